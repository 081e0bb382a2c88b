/*
 * incoming: leaving a request, and what becomes of one that was taken.
 *
 * Owns the steps that make a request durable and visible at once: temporary name,
 * fsync, rename, then the directory.  In a system spool the submitter may write
 * into incoming/ but not read it, so the directory is an O_PATH descriptor there
 * and syncfs on the file's own descriptor takes the place of its fsync.
 *
 * A taken request is removed without a sync.  Should a power cut bring it back,
 * its UUID is still known, and it is the same job.  Picking up is in scan.c.
 */
#include <bsd/stdlib.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fdio.h"
#include "spool/impl.h"

#define TEMP_NAME_SIZE 64
#define REASON_NAME_SIZE 80

int incoming_open(const struct spool *s, bool *readable, struct err *e)
{
	int flags = O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, fd;
	struct stat st;
	bool can_read = true;

	fd = openat(s->fd, SPOOL_INCOMING, O_RDONLY | flags);
	if (fd == -1 && errno == EACCES) {
		can_read = false;
		fd = openat(s->fd, SPOOL_INCOMING, O_PATH | flags);
	}
	if (fd == -1)
		return err_sys(e, ERR_UNAVAIL, "%s/" SPOOL_INCOMING, s->path);
	if (fstat(fd, &st) == -1) {
		err_sys(e, ERR_IO, "%s/" SPOOL_INCOMING ": stat", s->path);
		goto bad;
	}
	if (st.st_uid != s->owner || ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0 &&
	    (!s->system || (st.st_mode & S_ISVTX) == 0))) {
		err_set(e, ERR_PERM, "%s/" SPOOL_INCOMING ": not safe to leave a request in "
		    "(owner uid %ld, mode %04o)", s->path, (long)st.st_uid,
		    (unsigned int)st.st_mode & 07777);
		goto bad;
	}
	if (readable != NULL)
		*readable = can_read;
	return fd;
bad:
	close(fd);
	return -1;
}

/*
 * The file's group is the directory's in a system spool, and so jobd's.  In
 * another user's personal spool only root gets here; the directory is 0700.
 */
static mode_t file_mode(const struct spool *s)
{
	if (s->system)
		return 0640;
	return geteuid() == s->owner ? 0600 : 0644;
}

static int file_fill(int fd, const void *block, size_t n, mode_t mode, struct err *e)
{
	if (fd_write_all(fd, block, n, e) == -1)
		return -1;
	if (fchmod(fd, mode) == -1)
		return err_sys(e, ERR_CREATE, "chmod");
	if (fsync(fd) == -1)
		return err_sys(e, spool_code(errno, ERR_IO), "fsync");
	return 0;
}

/* From the temporary name to the durable one; removes either when it fails. */
static int file_publish(int dir, bool readable, int fd, const char *temp, const char *name,
    struct err *e)
{
	if (renameat(dir, temp, dir, name) == -1) {
		err_sys(e, spool_code(errno, ERR_CREATE), "rename");
		unlinkat(dir, temp, 0);
		return -1;
	}
	if ((readable ? fsync(dir) : syncfs(fd)) == -1) {
		err_sys(e, spool_code(errno, ERR_IO), readable ? "fsync of the directory" :
		    "syncfs");
		unlinkat(dir, name, 0);
		return -1;
	}
	return 0;
}

static int file_put(const struct spool *s, int dir, bool readable, const struct uuid *u,
    const struct buf *block, struct err *e)
{
	char name[UUID_TEXT], temp[TEMP_NAME_SIZE];
	int fd, r;

	uuid_format(u, name);
	snprintf(temp, sizeof(temp), INCOMING_TEMP_PREFIX "%s.%08" PRIx32, name, arc4random());
	fd = openat(dir, temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd == -1)
		return err_sys(e, spool_code(errno, ERR_CREATE), "create");
	r = file_fill(fd, block->data, block->len, file_mode(s), e);
	if (r == -1)
		unlinkat(dir, temp, 0);
	else
		r = file_publish(dir, readable, fd, temp, name, e);
	close(fd);
	return r;
}

int incoming_put(const struct spool *s, const struct uuid *u, const void *block, size_t n,
    struct err *e)
{
	struct buf b = { .data = (char *)block, .len = n };
	bool readable;
	int dir, r;

	if (n == 0 || n > INCOMING_BLOCK_MAX)
		return err_set(e, ERR_DATA, "a request of %zu bytes cannot be left in the spool: "
		    "at most %u", n, INCOMING_BLOCK_MAX);
	dir = incoming_open(s, &readable, e);
	if (dir == -1)
		return -1;
	r = file_put(s, dir, readable, u, &b, e);
	close(dir);
	return r == -1 ? err_prefix(e, "%s/" SPOOL_INCOMING, s->path) : 0;
}

static bool name_plain(const char *name)
{
	return name[0] != '\0' && name[0] != '.' && strchr(name, '/') == NULL;
}

int incoming_done(const struct spool *s, const char *name, struct err *e)
{
	int dir, r = 0;

	if (!name_plain(name))
		return err_set(e, ERR_INTERNAL, "%s: no name of a request", name);
	dir = incoming_open(s, NULL, e);
	if (dir == -1)
		return -1;
	if (unlinkat(dir, name, 0) == -1 && errno != ENOENT)
		r = err_sys(e, spool_code(errno, ERR_IO), "%s/" SPOOL_INCOMING "/%s: unlink",
		    s->path, name);
	close(dir);
	return r;
}

static void reason_name(const char *uuid, char out[REASON_NAME_SIZE])
{
	snprintf(out, REASON_NAME_SIZE, "%s.reason", uuid);
}

/*
 * The reason first: after a crash in between, the request is found and refused
 * again.  What has no UUID for a name is not kept: under its own name it could
 * pass for the reason of another request.
 */
static int reject_steps(const struct spool *s, int dir, int kept, const struct incoming *in,
    const char *reason, struct err *e)
{
	char name[REASON_NAME_SIZE];

	if (uuid_is_nil(&in->uuid))
		return unlinkat(dir, in->name, 0) == -1 && errno != ENOENT ?
		    err_sys(e, spool_code(errno, ERR_IO), "%s: unlink", in->name) : 0;
	reason_name(in->name, name);
	if (file_replace(kept, name, reason, strlen(reason), s->system ? 0644 : 0600, e) == -1)
		return -1;
	if (renameat(dir, in->name, kept, in->name) == -1 && errno != ENOENT)
		return err_sys(e, spool_code(errno, ERR_IO), "%s: rename", in->name);
	return dir_sync(kept, e) == -1 || dir_sync(dir, e) == -1 ? -1 : 0;
}

int incoming_reject(const struct spool *s, const struct incoming *in, const char *reason,
    struct err *e)
{
	int dir, kept, r;

	if (!name_plain(in->name))
		return err_set(e, ERR_INTERNAL, "%s: no name of a request", in->name);
	dir = incoming_open(s, NULL, e);
	if (dir == -1)
		return -1;
	kept = openat(s->fd, SPOOL_REJECTED, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (kept == -1) {
		r = err_sys(e, spool_code(errno, ERR_IO), "open " SPOOL_REJECTED);
	} else {
		r = reject_steps(s, dir, kept, in, reason, e);
		close(kept);
	}
	close(dir);
	return r == -1 ? err_prefix(e, "%s/" SPOOL_INCOMING, s->path) : 0;
}

int incoming_reason(const struct spool *s, const struct uuid *u, struct buf *reason)
{
	char text[UUID_TEXT], name[REASON_NAME_SIZE], path[REASON_NAME_SIZE + 32];

	uuid_format(u, text);
	reason_name(text, name);
	snprintf(path, sizeof(path), SPOOL_REJECTED "/%s", name);
	return file_read(s->fd, path, reason, NULL);
}

bool incoming_waits(const struct spool *s, const struct uuid *u)
{
	char text[UUID_TEXT], path[UUID_TEXT + 32];
	struct stat st;

	uuid_format(u, text);
	snprintf(path, sizeof(path), SPOOL_INCOMING "/%s", text);
	return fstatat(s->fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}
