/*
 * logfile: one file of the log tree, read at any offset.
 *
 * Owns how a compressed file is told from a plain one: by its name.  Requires
 * regular files: what else stands under a log's name is refused.  A plain file
 * may grow while it is read; a compressed one is complete.
 */
#include "logs/logfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/alloc.h"

#define STEP 65536

struct logfile {
	int fd;			/* plain; -1 when compressed */
	gzFile gz;
};

const char *logfile_name(const char *stream)
{
	static const char *const names[][2] = {
		{ "stdout", "stdout.log" }, { "stderr", "stderr.log" },
		{ "meta", "execution_metadata.json" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i][0], stream) == 0)
			return names[i][1];
	}
	return NULL;
}

/* The descriptor of a regular file below the spool, or -1 with errno. */
static int open_regular(const struct spool *s, const char *path)
{
	int fd = openat(s->fd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	errno = EINVAL;
	return -1;
}

struct logfile *logfile_open(const struct spool *s, int64_t created_ms, int64_t job,
    int64_t execution, const char *stream, struct err *e)
{
	char dir[SPOOL_NAME_MAX], path[SPOOL_NAME_MAX + 64];
	const char *name = logfile_name(stream);
	struct logfile f = { .fd = -1 };
	int fd;

	if (!name) {
		err_set(e, ERR_DATA, "no such output: %s", stream);
		return NULL;
	}
	spool_log_name(created_ms, job, execution, dir);
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f.fd = open_regular(s, path);
	if (f.fd < 0 && errno == ENOENT) {
		snprintf(path, sizeof(path), "%s/%s.gz", dir, name);
		fd = open_regular(s, path);
		if (fd >= 0 && (f.gz = gzdopen(fd, "rb")) == NULL) {
			close(fd);
			errno = ENOMEM;
		}
	}
	if (f.fd < 0 && !f.gz) {
		err_sys(e, errno == ENOENT ? ERR_NOINPUT : errno == EACCES ? ERR_PERM : ERR_IO,
		    "%s", path);
		return NULL;
	}
	return xmemdup(&f, sizeof(f));
}

void logfile_close(struct logfile *f)
{
	if (!f)
		return;
	if (f->gz)
		gzclose_r(f->gz);
	else
		close(f->fd);
	free(f);
}

/* Up to n bytes from offset; 0 at the end. */
static ssize_t read_at(struct logfile *f, uint64_t offset, char *p, size_t n)
{
	int code = Z_OK;
	ssize_t r;

	if (f->gz) {
		if (gztell(f->gz) != (z_off_t)offset &&
		    gzseek(f->gz, (z_off_t)offset, SEEK_SET) != (z_off_t)offset)
			return -1;
		r = gzread(f->gz, p, (unsigned)n);
		if (r == 0)
			gzerror(f->gz, &code);
		return code == Z_BUF_ERROR ? -1 : r;	/* it ends too early */
	}
	do
		r = pread(f->fd, p, n, (off_t)offset);
	while (r < 0 && errno == EINTR);
	return r;
}

static int read_failed(struct logfile *f, struct err *e)
{
	int code = Z_OK;
	const char *text = f->gz ? gzerror(f->gz, &code) : NULL;

	if (text && code != Z_ERRNO)
		return err_set(e, ERR_IO, "compressed log: %s", text);
	return err_sys(e, ERR_IO, "cannot read the log");
}

int logfile_read(struct logfile *f, uint64_t offset, size_t max, struct buf *out,
    struct err *e)
{
	while (max > 0) {
		size_t n = max < STEP ? max : STEP;
		char *p = buf_reserve(out, n);
		ssize_t r;

		if (!p)
			return err_set(e, ERR_IO, "no room for %zu bytes of a log", n);
		r = read_at(f, offset, p, n);
		if (r < 0)
			return read_failed(f, e);
		if (r == 0)
			break;
		buf_commit(out, (size_t)r);
		offset += (uint64_t)r;
		max -= (size_t)r;
	}
	return 0;
}

int logfile_size(struct logfile *f, uint64_t *size, struct err *e)
{
	struct stat st;
	char *p;
	ssize_t r;

	if (!f->gz) {
		if (fstat(f->fd, &st) < 0)
			return err_sys(e, ERR_IO, "cannot look at the log");
		*size = (uint64_t)st.st_size;
		return 0;
	}
	p = xmalloc(STEP);
	*size = 0;
	while ((r = read_at(f, *size, p, STEP)) > 0)
		*size += (uint64_t)r;
	free(p);
	return r < 0 ? read_failed(f, e) : 0;
}
