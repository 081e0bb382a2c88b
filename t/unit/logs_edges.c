/*
 * logfile, sink: every border of a log: between blocks, at the end of a file that
 * grows or shrinks, in a damaged compressed one; and disks that take nothing.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/alloc.h"
#include "base/fdio.h"
#include "logs/logfile.h"
#include "logs/sink.h"
#include "tap.h"

#define CREATED INT64_C(1795428000000)
#define BLOCK 65536
#define N(a) (sizeof(a) / sizeof((a)[0]))

static struct spool spool;

/* The folder of an execution of job 7, made. */
static const char *folder(int64_t execution)
{
	static char path[600];
	char name[SPOOL_NAME_MAX];

	spool_log_name(CREATED, 7, execution, name);
	if (dir_make(spool.fd, name, 0700, NULL) < 0)
		ok(false, "a folder");
	snprintf(path, sizeof(path), "%s/%s", spool.path, name);
	return path;
}

static void put(int64_t execution, const char *name, const void *p, size_t n, int flags)
{
	char path[700];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder(execution), name);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0600);
	if (fd < 0 || fd_write_all(fd, p, n, NULL) < 0)
		ok(false, "%s is written", path);
	close(fd);
}

static void put_gz(int64_t execution, const char *p, size_t n)
{
	char path[700];
	gzFile gz;

	snprintf(path, sizeof(path), "%s/stdout.log.gz", folder(execution));
	gz = gzopen(path, "ab");
	if (gzwrite(gz, p, (unsigned)n) != (int)n)
		ok(false, "%s is written", path);
	gzclose(gz);
}

static struct logfile *open_log(int64_t execution, struct err *e)
{
	err_clear(e);
	return logfile_open(&spool, CREATED, 7, execution, "stdout", e);
}

static char *pattern(size_t n)
{
	char *p = xmalloc(n + 1);

	for (size_t i = 0; i < n; i++)
		p[i] = (char)('a' + i % 23);
	p[n] = '\0';
	return p;
}

/* ---- around the borders of blocks, plain and compressed alike */

static void check_slices(struct logfile *f, const char *all, size_t size, const char *what)
{
	static const struct { uint64_t offset; size_t max; } slices[] = {
		{ 0, 1 }, { 0, BLOCK }, { 0, BLOCK + 1 }, { BLOCK - 1, 2 }, { BLOCK, 1 },
		{ 1, 3 * BLOCK }, { 2 * BLOCK, BLOCK }, { 5, 0 }, { BLOCK * 2 + 9, 10 },
		{ BLOCK * 2 + 10, 10 }, { 1000000, 10 }, { 3, 7 }, { 0, 10 * BLOCK },
	};

	for (size_t i = 0; i < N(slices); i++) {
		uint64_t at = slices[i].offset;
		size_t left = at < size ? size - at : 0;
		size_t want = slices[i].max < left ? slices[i].max : left;
		struct buf b;
		struct err e = { .text = "" };

		buf_init(&b, 1 << 20);
		is_int(logfile_read(f, at, slices[i].max, &b, &e), 0, "%s: slice %zu %s", what, i,
		    e.text);
		is_int(b.len, want, "%s: slice %zu has its length", what, i);
		ok(want == 0 || memcmp(b.data, all + at, want) == 0, "%s: slice %zu its bytes",
		    what, i);
		buf_release(&b);
	}
}

static void check_blocks(void)
{
	size_t size = 2 * BLOCK + 10;
	char *all = pattern(size);
	uint64_t n = 0;
	struct logfile *f;
	struct err e;

	put(1, "stdout.log", all, size, O_TRUNC);
	put_gz(2, all, BLOCK + 7);		/* two members, as of two sweeps */
	put_gz(2, all + BLOCK + 7, size - BLOCK - 7);
	for (int x = 1; x <= 2; x++) {
		f = open_log(x, &e);
		if (!ok(f != NULL, "opens: %s", e.text))
			continue;
		check_slices(f, all, size, x == 1 ? "plain" : "compressed");
		is_int(logfile_size(f, &n, &e), 0, "its size");
		is_int(n, size, "is right");
		check_slices(f, all, size, "after its size");
		logfile_close(f);
	}
	free(all);
}

/* ---- a file that changes under the reader */

static void reads(struct logfile *f, uint64_t offset, const char *want, const char *what)
{
	struct buf b;
	struct err e = { .text = "" };

	buf_init(&b, 1000);
	is_int(logfile_read(f, offset, 100, &b, &e), 0, "%s %s", what, e.text);
	is_str(b.len ? b.data : "", want, "%s: bytes", what);
	buf_release(&b);
}

static void check_changes(void)
{
	char path[700];
	uint64_t n = 9;
	struct logfile *f;
	struct err e;

	put(3, "stdout.log", "", 0, 0);
	f = open_log(3, &e);
	if (!ok(f != NULL, "an empty log"))
		return;
	reads(f, 0, "", "has nothing");
	is_int(logfile_size(f, &n, &e), 0, "its size");
	is_int(n, 0, "is 0");
	put(3, "stdout.log", "one\n", 4, O_APPEND);
	reads(f, 0, "one\n", "what is written later");
	reads(f, 4, "", "its end");
	put(3, "stdout.log", "two\n", 4, O_APPEND);
	reads(f, 4, "two\n", "and more");
	snprintf(path, sizeof(path), "%s/stdout.log", folder(3));
	is_int(truncate(path, 2), 0, "it is cut");
	reads(f, 4, "", "behind its new end");
	reads(f, 0, "on", "in front of it");
	is_int(logfile_size(f, &n, &e), 0, "its new size");
	is_int(n, 2, "is 2");
	put_gz(3, "packed", 6);
	unlink(path);
	reads(f, 0, "on", "the open one stays");
	logfile_close(f);
	f = open_log(3, &e);
	ok(f != NULL, "then the compressed one");
	if (f != NULL)
		reads(f, 0, "packed", "is found");
	logfile_close(f);
	put(3, "stdout.log", "plain", 5, 0);
	f = open_log(3, &e);
	if (ok(f != NULL, "both"))
		reads(f, 0, "plain", "the plain one is taken");
	logfile_close(f);
	logfile_close(NULL);
}

/* ---- damaged */

static void check_damage(void)
{
	char *all = pattern(200000), path[700];
	struct stat st;
	uint64_t n;
	struct logfile *f;
	struct buf b;
	struct err e;

	for (size_t i = 0; i < 200000; i++)		/* hard to compress */
		all[i] = (char)(i * i >> 3 ^ i);
	put_gz(4, all, 200000);
	snprintf(path, sizeof(path), "%s/stdout.log.gz", folder(4));
	is_int(stat(path, &st), 0, "a compressed log");
	is_int(truncate(path, st.st_size / 2), 0, "is cut in half");
	f = open_log(4, &e);
	if (ok(f != NULL, "it opens")) {
		buf_init(&b, 1 << 20);
		is_int(logfile_read(f, 0, 10, &b, &e), 0, "its beginning is there");
		is_int(logfile_read(f, 0, 1 << 19, &b, &e), -1, "its end is not");
		is_int(e.code, ERR_IO, "which is told");
		is_int(logfile_size(f, &n, &e), -1, "nor has it a size");
		buf_release(&b);
	}
	logfile_close(f);
	free(all);
}

static void check_refusals(void)
{
	static const struct { const char *stream; enum err_code code; } streams[] = {
		{ "stdout", ERR_IO }, { "stderr", ERR_IO }, { "meta", ERR_NOINPUT },
		{ "", ERR_DATA }, { "stdout.log", ERR_DATA }, { "STDOUT", ERR_DATA },
		{ "../5/stdout", ERR_DATA },
	};
	char path[700];
	struct buf b;
	struct logfile *f;
	struct err e;

	snprintf(path, sizeof(path), "%s/stdout.log", folder(5));
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/stderr.log", folder(5));
	is_int(symlink("/etc/hostname", path), 0, "a link");
	for (size_t i = 0; i < N(streams); i++) {
		ok(logfile_open(&spool, CREATED, 7, 5, streams[i].stream, &e) == NULL, "'%s'",
		    streams[i].stream);
		is_int(e.code, streams[i].code, "'%s': code (%s)", streams[i].stream, e.text);
	}
	put(6, "stdout.log", "0123456789", 10, 0);
	f = open_log(6, &e);
	buf_init(&b, 4);
	ok(f != NULL && logfile_read(f, 0, 10, &b, &e) == -1 && e.code == ERR_IO,
	    "no room for what is asked for");
	ok(f != NULL && logfile_read(f, 0, 4, &b, &e) == 0 && b.len == 4, "but for a part");
	buf_release(&b);
	logfile_close(f);
}

/* ---- writing */

static const char *log_dir(const char *tmp, const char *name)
{
	static char path[600];

	snprintf(path, sizeof(path), "%s/%s", tmp, name);
	return path;
}

static void sink_fails(const char *dir, ssize_t other, const char *what)
{
	struct log_sink *s = log_sink_new(dir, (uid_t)-1, (gid_t)-1);
	struct err e = { .text = "" };

	is_int(log_sink_write(s, LOG_STDOUT, "x", 1, &e), -1, "%s", what);
	is_int(e.code, ERR_CREATE, "%s: code (%s)", what, e.text);
	is_int(log_sink_bytes(s, LOG_STDOUT), 0, "%s: nothing counts as written", what);
	is_int(log_sink_write(s, LOG_STDERR, "x", 1, &e), other,
	    "%s: the other stream", what);
	is_int(log_sink_finish(s, "{}", 2, &e), 0, "%s: ends all the same", what);
}

static void check_sink_fails(void)
{
	const char *tmp = tap_tmpdir();
	char path[700];
	int fd;

	snprintf(path, sizeof(path), "%s/file", tmp);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	close(fd);
	sink_fails(path, -1, "a file in the folder's place");
	snprintf(path, sizeof(path), "%s/busy", tmp);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/busy/stdout.log", tmp);
	mkdir(path, 0700);
	sink_fails(log_dir(tmp, "busy"), 1, "a folder in the file's place");
	snprintf(path, sizeof(path), "%s/linked", tmp);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/linked/stdout.log", tmp);
	is_int(symlink("/dev/null", path), 0, "a link");
	sink_fails(log_dir(tmp, "linked"), 1, "a link in the file's place");
}

static void check_sink(void)
{
	const char *dir = log_dir(tap_tmpdir(), "a/b/7/1");
	struct log_sink *s = log_sink_new(dir, (uid_t)-1, (gid_t)-1);
	char path[700];
	struct stat st;
	struct buf b;
	struct err e;

	ok(stat(dir, &st) == -1, "no folder before the first byte");
	is_int(log_sink_write(s, LOG_STDERR, "oh\n", 3, &e), 3, "a first byte");
	ok(stat(dir, &st) == 0 && (st.st_mode & 07777) == 0700, "makes it");
	is_int(log_sink_write(s, LOG_STDERR, "no\n", 3, &e), 3, "the next");
	is_int(log_sink_bytes(s, LOG_STDERR), 6, "are counted");
	is_int(log_sink_bytes(s, LOG_STDOUT), 0, "by stream");
	is_int(log_sink_finish(s, "{\"a\":1}", 7, &e), 0, "the end");
	buf_init(&b, 100);
	snprintf(path, sizeof(path), "%s/stderr.log", dir);
	ok(file_read(AT_FDCWD, path, &b, &e) == 0 && b.len == 6 &&
	    memcmp(b.data, "oh\nno\n", 6) == 0, "what was written");
	ok(stat(path, &st) == 0 && (st.st_mode & 07777) == 0600, "for its owner alone");
	snprintf(path, sizeof(path), "%s/stdout.log", dir);
	ok(stat(path, &st) == -1, "a stream without a byte has no file");
	snprintf(path, sizeof(path), "%s/execution_metadata.json", dir);
	buf_reset(&b);
	ok(file_read(AT_FDCWD, path, &b, &e) == 0 && b.len == 7, "the metadata");
	buf_release(&b);
	s = log_sink_new(log_dir(tap_tmpdir(), "never"), (uid_t)-1, (gid_t)-1);
	is_int(log_sink_finish(s, "{}", 2, &e), 0, "one that wrote nothing");
	ok(stat(log_dir(tap_tmpdir(), "never"), &st) == -1, "leaves nothing");
}

/* A file size limit stands for a disk that takes no more. */
static void check_sink_limit(void)
{
	struct log_sink *s = log_sink_new(log_dir(tap_tmpdir(), "limit"), (uid_t)-1, (gid_t)-1);
	struct rlimit keep, small;
	struct err e = { .text = "" };

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &keep);
	small = keep;
	small.rlim_cur = 4;
	setrlimit(RLIMIT_FSIZE, &small);
	is_int(log_sink_write(s, LOG_STDOUT, "123456", 6, &e), 4, "a part is taken");
	is_int(log_sink_write(s, LOG_STDOUT, "56", 2, &e), -1, "then nothing");
	setrlimit(RLIMIT_FSIZE, &keep);
	is_int(e.code, ERR_IO, "which is told: %s", e.text);
	is_int(log_sink_bytes(s, LOG_STDOUT), 4, "only what was taken counts");
	is_int(log_sink_finish(s, NULL, 0, &e), 0, "the end");
}

int main(void)
{
	struct err e;

	if (!ok(spool_make(&spool, tap_tmpdir(), NULL, &e) == 0, "a spool"))
		return tap_done();
	check_blocks();
	check_changes();
	check_damage();
	check_refusals();
	check_sink_fails();
	check_sink();
	check_sink_limit();
	spool_close(&spool);
	return tap_done();
}
