/*
 * compress: the files of a day's executions, each replaced by NAME.gz.
 *
 * The order is: a temporary name, all bytes, sync, rename, sync of the folder, and
 * only then the plain file goes.  So after a crash there may be both, and both are
 * whole; the next call compares them.  A plain file that differs from its compressed
 * one was written to by somebody who should not have been there: both stay, and the
 * caller is told.
 *
 * A file of a block or less would not become smaller on disk and stays as it is.
 * A marker in the day's folder says that nothing is left to do.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/alloc.h"
#include "base/fdio.h"
#include "logs/day.h"

#define BLOCK 4096
#define STEP 65536
#define MARKER "compressed"
#define TEMP ".gz.tmp"
#define NAME_BYTES 280

struct compressing {
	struct log_compress *c;
	bool young;		/* a file was left for later */
	char *in, *out;		/* STEP bytes each */
};

static bool ends_with(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n > m && strcmp(name + n - m, end) == 0;
}

static int disk_error(const char *name, struct err *e)
{
	return err_sys(e, errno == ENOSPC || errno == EDQUOT ? ERR_AGAIN : ERR_IO, "%s", name);
}

static ssize_t read_step(int fd, char *p, size_t n)
{
	ssize_t r;

	do
		r = read(fd, p, n);
	while (r == -1 && errno == EINTR);
	return r;
}

/* All of `in` through zlib into `to`, a descriptor of ours that stays open. */
static int squeeze(struct compressing *k, int in, int to, const char *name, struct err *e)
{
	int copy = fcntl(to, F_DUPFD_CLOEXEC, 0), code = Z_OK;
	gzFile gz = copy == -1 ? NULL : gzdopen(copy, "wb6");
	ssize_t n = 0;

	if (gz == NULL) {
		if (copy != -1)
			close(copy);
		return err_sys(e, ERR_OS, "%s: zlib", name);
	}
	while (code == Z_OK && (n = read_step(in, k->in, STEP)) > 0) {
		errno = 0;
		if (gzwrite(gz, k->in, (unsigned)n) != (int)n)
			code = Z_ERRNO;
	}
	if (n == -1 || code != Z_OK) {
		disk_error(name, e);
		gzclose_w(gz);
		return -1;
	}
	errno = 0;
	return gzclose_w(gz) == Z_OK ? 0 : disk_error(name, e);
}

/* The compressed file holds exactly the bytes of the plain one: 1, 0, -1. */
static int same_bytes(struct compressing *k, int plain, int fd)
{
	gzFile gz = gzdopen(fd, "rb");
	ssize_t n;
	int m, r = 1;

	if (gz == NULL) {
		close(fd);
		return -1;
	}
	do {
		m = gzread(gz, k->out, STEP);
		n = m < 0 ? -1 : read_step(plain, k->in, STEP);
		if (n != m || m < 0 || memcmp(k->in, k->out, (size_t)m) != 0)
			r = 0;
	} while (r == 1 && m > 0);
	gzclose_r(gz);
	return r;
}

/* Left over from a crash: the plain one goes if the other one holds the same. */
static int settle_both(struct compressing *k, int dirfd, int plain, const char *name, int gz,
    struct err *e)
{
	int r = same_bytes(k, plain, gz);

	if (r == 1 && unlinkat(dirfd, name, 0) == -1)
		return err_sys(e, ERR_IO, "cannot remove %s", name);
	if (r != 1)
		snprintf(k->c->odd, sizeof(k->c->odd), "%.100s", name);
	return 0;
}

static bool untouched(int fd, const struct stat *before)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_size == before->st_size &&
	    st.st_mtim.tv_sec == before->st_mtim.tv_sec &&
	    st.st_mtim.tv_nsec == before->st_mtim.tv_nsec;
}

/* A complete compressed copy under a temporary name: its size, 0 if it is no smaller, -1. */
static off_t make_temp(struct compressing *k, int dirfd, int plain, const char *name,
    const char *temp, struct err *e)
{
	int fd = openat(dirfd, temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	struct stat was, st = { .st_size = -1 };
	struct timespec times[2];
	int r = 0;

	if (fd == -1 || fstat(plain, &was) == -1 || squeeze(k, plain, fd, name, e) == -1)
		r = fd == -1 ? disk_error(name, e) : -1;
	if (r == 0 && (fstat(fd, &st) == -1 || (st.st_uid != was.st_uid &&
	    fchown(fd, was.st_uid, was.st_gid) == -1)))
		r = err_sys(e, ERR_IO, "%s", name);
	times[0] = was.st_atim;
	times[1] = was.st_mtim;
	if (r == 0 && (futimens(fd, times) == -1 || fsync(fd) == -1))
		r = disk_error(name, e);
	if (fd != -1)
		close(fd);
	if (r == 0 && (st.st_size + BLOCK - 1) / BLOCK >= (was.st_size + BLOCK - 1) / BLOCK)
		st.st_size = 0;
	if (r == -1 || st.st_size == 0)
		unlinkat(dirfd, temp, 0);
	return r == -1 ? -1 : st.st_size;
}

static int compress_file(struct compressing *k, int dirfd, int plain, const char *name,
    const struct stat *st, struct err *e)
{
	char temp[NAME_BYTES], final[NAME_BYTES];
	off_t size;

	snprintf(temp, sizeof(temp), "%s" TEMP, name);
	snprintf(final, sizeof(final), "%s.gz", name);
	size = make_temp(k, dirfd, plain, name, temp, e);
	if (size <= 0)
		return (int)size;
	if (!untouched(plain, st)) {
		k->young = true;
		unlinkat(dirfd, temp, 0);
		return 0;
	}
	if (renameat(dirfd, temp, dirfd, final) == -1 || dir_sync(dirfd, e) == -1)
		return disk_error(final, e);
	if (unlinkat(dirfd, name, 0) == -1)
		return err_sys(e, ERR_IO, "cannot remove %s", name);
	k->c->files++;
	k->c->before += (uint64_t)st->st_size;
	k->c->after += (uint64_t)size;
	return 0;
}

static int64_t written_at(const struct stat *st)
{
	return (int64_t)st->st_mtim.tv_sec * 1000 + st->st_mtim.tv_nsec / 1000000;
}

static int compress_one(struct compressing *k, int dirfd, const char *name,
    const struct stat *st, struct err *e)
{
	char gz_name[NAME_BYTES];
	int plain = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), gz, r;

	if (plain == -1)
		return errno == ENOENT ? 0 : err_sys(e, ERR_IO, "%s", name);
	snprintf(gz_name, sizeof(gz_name), "%s.gz", name);
	gz = openat(dirfd, gz_name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (gz != -1)
		r = settle_both(k, dirfd, plain, name, gz, e);
	else
		r = compress_file(k, dirfd, plain, name, st, e);
	close(plain);
	return r;
}

/* 1 stops the walk: the budget is used up. */
static int each_file(void *arg, int dirfd, const char *name, const struct stat *st,
    struct err *e)
{
	struct compressing *k = arg;
	uint64_t size = (uint64_t)st->st_size;

	if (ends_with(name, TEMP))	/* of a call that did not end */
		return unlinkat(dirfd, name, 0) == -1 ? err_sys(e, ERR_IO, "%s", name) : 0;
	if (ends_with(name, ".gz") || size <= BLOCK || strlen(name) > 255)
		return 0;
	if (written_at(st) > k->c->settled) {
		k->young = true;
		return 0;
	}
	if (k->c->budget == 0)
		return 1;
	k->c->budget -= size < k->c->budget ? size : k->c->budget;
	return compress_one(k, dirfd, name, st, e);
}

static void marker_name(int64_t day_ms, char out[SPOOL_NAME_MAX + 16])
{
	char day[SPOOL_NAME_MAX];

	spool_log_day(day_ms, day);
	snprintf(out, SPOOL_NAME_MAX + 16, "%s/" MARKER, day);
}

int log_day_compress(const struct spool *s, int64_t day_ms, struct log_compress *c,
    struct err *e)
{
	struct compressing k = { .c = c, .in = xmalloc(STEP), .out = xmalloc(STEP) };
	char marker[SPOOL_NAME_MAX + 16];
	int r = log_day_each(s, day_ms, each_file, &k, e);

	free(k.in);
	free(k.out);
	if (r != 0 || k.young)
		return r == -1 ? -1 : 0;
	spool_log_day(day_ms, marker);
	if (faccessat(s->fd, marker, F_OK, AT_SYMLINK_NOFOLLOW) == -1)
		return 1;
	marker_name(day_ms, marker);
	return file_replace(s->fd, marker, "", 0, 0600, e) == -1 ? -1 : 1;
}

void log_day_touched(const struct spool *s, int64_t day_ms)
{
	char marker[SPOOL_NAME_MAX + 16];

	marker_name(day_ms, marker);
	(void)unlinkat(s->fd, marker, 0);
}

bool log_day_compressed(const struct spool *s, int64_t day_ms)
{
	char marker[SPOOL_NAME_MAX + 16];

	marker_name(day_ms, marker);
	return faccessat(s->fd, marker, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}
