/*
 * store: owns the files of one execution and how much of each is durable.
 *
 * Nothing is ever appended: bytes are written where they belong (pwrite), and what is
 * known to be there is passed over.
 */
#include "logs/store.h"

#include <bsd/string.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/fdio.h"
#include "logs/day.h"
#include "logs/logfile.h"

#define DIR_MODE 0700
#define FILE_MODE 0600
#define FILES 3
#define META 2
#define STEP 65536
#define PATH_BYTES (SPOOL_NAME_MAX + 64)

/* The streams in their order, and behind them the metadata. */
static const char *const streams[FILES] = {
	[LOG_STDOUT] = "stdout", [LOG_STDERR] = "stderr", [META] = "meta"
};

struct file {
	int fd;			/* -1: not made yet */
	uint64_t size, durable;
};

struct log_store {
	char dir[SPOOL_NAME_MAX];
	int spool, dirfd;	/* spool is borrowed; dirfd -1: there is no folder yet */
	struct file files[FILES];
};

static int failed(const struct log_store *t, int i, struct err *e)
{
	return err_sys(e, errno == ENOSPC || errno == EDQUOT ? ERR_AGAIN : ERR_IO, "%s/%s", t->dir,
	    logfile_name(streams[i]));
}

/* ---- what is there */

/* 1: open; 0: there is none. */
static int file_open(struct log_store *t, int i, int flags, struct err *e)
{
	struct file *f = &t->files[i];
	struct stat st;

	f->fd = openat(t->dirfd, logfile_name(streams[i]),
	    O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | flags, FILE_MODE);
	if (f->fd == -1)
		return errno == ENOENT ? 0 : failed(t, i, e);
	if (fstat(f->fd, &st) == -1)
		return failed(t, i, e);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_IO, "%s/%s is no file", t->dir, logfile_name(streams[i]));
	f->size = f->durable = (uint64_t)st.st_size;
	return 1;
}

static int copy_out(struct logfile *from, int to, struct err *e)
{
	uint64_t at = 0;
	struct buf b;
	int r;

	buf_init(&b, STEP);
	do {
		buf_reset(&b);
		r = logfile_read(from, at, STEP, &b, e);
		if (r == 0)
			r = fd_write_all(to, b.data, b.len, e);
		at += b.len;
	} while (r == 0 && b.len > 0);
	buf_release(&b);
	if (r == 0 && fsync(to) == -1)
		r = err_sys(e, ERR_IO, "sync");
	return r;
}

/* Both are whole in between, which compress.c expects of a crash. */
static int make_plain(struct log_store *t, int i, struct logfile *from, struct err *e)
{
	const char *name = logfile_name(streams[i]);
	char gz[64], temp[64];
	int fd, r;

	(void)snprintf(gz, sizeof(gz), "%s.gz", name);
	(void)snprintf(temp, sizeof(temp), "%s.gz.tmp", name);
	fd = openat(t->dirfd, temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
	    FILE_MODE);
	if (fd == -1)
		return failed(t, i, e);
	r = copy_out(from, fd, e);
	close(fd);
	if (r == 0 && (renameat(t->dirfd, temp, t->dirfd, name) == -1 ||
	    dir_sync(t->dirfd, e) == -1 || unlinkat(t->dirfd, gz, 0) == -1))
		r = failed(t, i, e);
	if (r == -1)
		(void)unlinkat(t->dirfd, temp, 0);
	return r;
}

static bool is_compressed(const struct log_store *t, int i)
{
	char gz[64];

	(void)snprintf(gz, sizeof(gz), "%s.gz", logfile_name(streams[i]));
	return faccessat(t->dirfd, gz, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

struct log_store *log_store_open(const struct spool *s, int64_t created_ms, int64_t job,
    int64_t execution, struct err *e)
{
	struct log_store *t = xcalloc(1, sizeof(*t));
	struct logfile *from;
	int r = 0;

	spool_log_name(created_ms, job, execution, t->dir);
	t->spool = s->fd;
	t->dirfd = openat(s->fd, t->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	for (int i = 0; i < FILES; i++)
		t->files[i].fd = -1;
	if (t->dirfd == -1 && errno != ENOENT)
		r = err_sys(e, ERR_IO, "%s", t->dir);
	for (int i = 0; r != -1 && t->dirfd != -1 && i < FILES; i++) {
		r = file_open(t, i, 0, e);
		if (r != 0 || !is_compressed(t, i))
			continue;
		from = logfile_open(s, created_ms, job, execution, streams[i], e);
		r = from != NULL ? make_plain(t, i, from, e) : -1;
		logfile_close(from);
		if (r == 0)
			r = file_open(t, i, 0, e);
		log_day_touched(s, created_ms);
	}
	if (r != -1)
		return t;
	log_store_close(t);
	return NULL;
}

void log_store_close(struct log_store *t)
{
	if (t == NULL)
		return;
	for (int i = 0; i < FILES; i++)
		if (t->files[i].fd != -1)
			close(t->files[i].fd);
	if (t->dirfd != -1)
		close(t->dirfd);
	free(t);
}

uint64_t log_store_size(const struct log_store *t, enum log_stream stream)
{
	return t->files[stream].size;
}

/* ---- writing */

/* Its last two parts are the job and the execution; all above is mostly there. */
static int folder_make(const struct log_store *t, struct err *e)
{
	char job[SPOOL_NAME_MAX];

	(void)strlcpy(job, t->dir, sizeof(job));
	*strrchr(job, '/') = '\0';
	if (mkdirat(t->spool, job, DIR_MODE) == -1 && errno != EEXIST)
		return dir_make(t->spool, t->dir, DIR_MODE, e);
	if (mkdirat(t->spool, t->dir, DIR_MODE) == -1 && errno != EEXIST)
		return err_sys(e, errno == ENOSPC || errno == EDQUOT ? ERR_AGAIN : ERR_CREATE,
		    "%s", t->dir);
	return 0;
}

static int file_make(struct log_store *t, int i, struct err *e)
{
	if (t->dirfd == -1) {
		if (folder_make(t, e) == -1)
			return -1;
		t->dirfd = dir_open(t->spool, t->dir, e);
		if (t->dirfd == -1)
			return -1;
	}
	return file_open(t, i, O_CREAT, e) == 1 ? 0 : -1;
}

static int file_write(struct log_store *t, int i, uint64_t offset, const char *p, size_t n,
    struct err *e)
{
	struct file *f = &t->files[i];
	size_t known;
	ssize_t r;

	if (f->fd == -1 && file_make(t, i, e) == -1)
		return -1;
	if (offset > f->size)
		return err_set(e, ERR_DATA, "%s/%s: %llu bytes are missing before those that have "
		    "come", t->dir, logfile_name(streams[i]),
		    (unsigned long long)(offset - f->size));
	known = f->size - offset < n ? (size_t)(f->size - offset) : n;
	for (p += known, n -= known; n > 0; p += r, n -= (size_t)r) {
		do
			r = pwrite(f->fd, p, n, (off_t)f->size);
		while (r == -1 && errno == EINTR);
		if (r == -1)
			return failed(t, i, e);
		f->size += (uint64_t)r;
	}
	return 0;
}

int log_store_write(struct log_store *t, enum log_stream stream, uint64_t offset,
    const void *p, size_t n, struct err *e)
{
	return file_write(t, (int)stream, offset, p, n, e);
}

int log_store_describe(struct log_store *t, const void *metadata, size_t n, struct err *e)
{
	return n > 0 ? file_write(t, META, 0, metadata, n, e) : 0;
}

/* ---- durable */

void log_store_synced(struct log_store *t, bool good)
{
	for (int i = 0; i < FILES; i++) {
		struct file *f = &t->files[i];

		if (good || f->size == f->durable) {
			f->durable = f->size;
		} else if (ftruncate(f->fd, (off_t)f->durable) == 0) {
			f->size = f->durable;
		}
	}
}

int log_store_sync(struct log_store *t, struct err *e)
{
	int r = 0;

	for (int i = 0; i < FILES && r == 0; i++) {
		struct file *f = &t->files[i];

		if (f->size != f->durable && fdatasync(f->fd) == -1)
			r = failed(t, i, e);
	}
	log_store_synced(t, r == 0);
	return r;
}
