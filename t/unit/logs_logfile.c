/* logfile: reads at any offset, plain or compressed, and refuses what is no file. */
#include "logs/logfile.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/fdio.h"
#include "tap.h"

#define CREATED INT64_C(1795428000000)

static struct spool spool;
static char dir[400];

static void make_file(const char *name, const char *text, bool compress)
{
	char path[500];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (compress) {
		gzFile gz = gzopen(path, "wb");

		gzputs(gz, text);
		gzclose(gz);
	} else {
		int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

		fd_write_all(fd, text, strlen(text), NULL);
		close(fd);
	}
}

static struct logfile *open_log(const char *stream, struct err *e)
{
	err_clear(e);
	return logfile_open(&spool, CREATED, 7, 1, stream, e);
}

static void reads(struct logfile *f, uint64_t offset, size_t max, const char *want)
{
	struct buf b;
	struct err e = { .text = "" };

	buf_init(&b, 1 << 20);
	buf_adds(&b, "");
	is_int(logfile_read(f, offset, max, &b, &e), 0, "%d bytes from %d: read %s", (int)max,
	    (int)offset, e.text);
	is_str(b.len ? b.data : "", want, "are '%s'", want);
	buf_release(&b);
}

static void check_offsets(struct logfile *f, const char *what)
{
	uint64_t size = 0;
	struct err e;

	ok(f != NULL, "%s: opens", what);
	if (!f)
		return;
	reads(f, 0, 100, "0123456789");
	reads(f, 4, 3, "456");
	reads(f, 2, 4, "2345");
	reads(f, 9, 5, "9");
	reads(f, 10, 5, "");
	reads(f, 0, 0, "");
	is_int(logfile_size(f, &size, &e), 0, "%s: has a size", what);
	is_int(size, 10, "%s: of ten", what);
	reads(f, 1, 2, "12");
}

static void check_refused(void)
{
	char path[500], target[500];
	struct buf b;
	struct err e;
	struct logfile *f;

	ok(open_log("nothing", &e) == NULL && e.code == ERR_DATA, "an unknown stream");
	snprintf(path, sizeof(path), "%s/execution_metadata.json", dir);
	ok(open_log("meta", &e) == NULL && e.code == ERR_NOINPUT, "a file that is not there");
	mkfifo(path, 0600);
	ok(open_log("meta", &e) == NULL && e.code == ERR_IO, "a pipe is refused, without waiting");
	unlink(path);
	snprintf(target, sizeof(target), "%s/stdout.log", dir);
	ok(symlink(target, path) == 0 && open_log("meta", &e) == NULL, "so is a symbolic link");
	unlink(path);

	snprintf(path, sizeof(path), "%s/execution_metadata.json.gz", dir);
	make_file("execution_metadata.json.gz", "metadata metadata metadata", true);
	ok(truncate(path, 20) == 0, "half a compressed file");
	f = open_log("meta", &e);
	buf_init(&b, 1000);
	ok(f && logfile_read(f, 0, 100, &b, &e) == -1 && e.code == ERR_IO, "is an error: %s",
	    e.text);
	logfile_close(f);
	buf_release(&b);
}

int main(void)
{
	char name[SPOOL_NAME_MAX];
	struct logfile *f;
	struct err e;

	spool.path = (char *)(uintptr_t)tap_tmpdir();
	spool.fd = dir_open(AT_FDCWD, spool.path, &e);
	spool_log_name(CREATED, 7, 1, name);
	snprintf(dir, sizeof(dir), "%s/%s", spool.path, name);
	ok(dir_make(spool.fd, name, 0700, &e) == 0, "a folder for logs");

	ok(open_log("stdout", &e) == NULL && e.code == ERR_NOINPUT,
	    "nothing written, nothing there");
	make_file("stdout.log", "01234", false);
	f = open_log("stdout", &e);
	reads(f, 0, 100, "01234");
	make_file("stdout.log", "56789", false);
	check_offsets(f, "a plain file that grew");
	logfile_close(f);
	make_file("stderr.log.gz", "0123456789", true);
	f = open_log("stderr", &e);
	check_offsets(f, "a compressed file");
	logfile_close(f);
	check_refused();
	logfile_close(NULL);
	close(spool.fd);
	return tap_done();
}
