/*
 * sink: the writing side of the log tree.
 *
 * Owns the folder's and the files' descriptors.  Promises that a byte taken is in
 * the file, in order; that after log_sink_finish the bytes survive a power cut; and
 * that root never makes a file where the tree's owner could not: it borrows that
 * user's rights for every name that it looks up.
 */
#include "logs/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/fsuid.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fdio.h"

#define DIR_MODE 0700
#define FILE_MODE 0600
#define METADATA "execution_metadata.json"

struct log_sink {
	char *dir;
	uid_t uid;
	gid_t gid;
	int dirfd;			/* -1: nothing was written yet */
	int fds[LOG_STREAMS];
	uint64_t bytes[LOG_STREAMS];
};

static const char *const names[LOG_STREAMS] = {
	[LOG_STDOUT] = "stdout.log", [LOG_STDERR] = "stderr.log"
};

struct log_sink *log_sink_new(const char *dir, uid_t uid, gid_t gid)
{
	struct log_sink *s = xcalloc(1, sizeof(*s));

	s->dir = xstrdup(dir);
	s->uid = geteuid() == 0 && uid != (uid_t)-1 ? uid : geteuid();
	s->gid = geteuid() == 0 && gid != (gid_t)-1 ? gid : getegid();
	s->dirfd = s->fds[LOG_STDOUT] = s->fds[LOG_STDERR] = -1;
	return s;
}

/* These two never fail to answer, and answer with what was: a second call tells the truth. */
static bool rights_set(uid_t uid, gid_t gid)
{
	setfsgid(gid);
	setfsuid(uid);
	return (gid_t)setfsgid((gid_t)-1) == gid && (uid_t)setfsuid((uid_t)-1) == uid;
}

static int rights_borrow(const struct log_sink *s, struct err *e)
{
	if (rights_set(s->uid, s->gid))
		return 0;
	return err_set(e, ERR_PERM, "%s: cannot take the rights of user %u", s->dir, s->uid);
}

static void rights_return(void)
{
	/* With root's own a log would be readable by others' mistakes, not by others. */
	if (!rights_set(geteuid(), getegid()))
		abort();
}

static int dir_enter(struct log_sink *s, struct err *e)
{
	if (s->dirfd != -1)
		return 0;
	if (dir_make(AT_FDCWD, s->dir, DIR_MODE, e) == -1)
		return -1;
	s->dirfd = dir_open(AT_FDCWD, s->dir, e);
	return s->dirfd == -1 ? -1 : 0;
}

static int stream_make(struct log_sink *s, enum log_stream stream, struct err *e)
{
	int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY;

	if (dir_enter(s, e) == -1)
		return -1;
	s->fds[stream] = openat(s->dirfd, names[stream], flags, FILE_MODE);
	if (s->fds[stream] == -1)
		return err_sys(e, errno == ENOSPC || errno == EDQUOT ? ERR_AGAIN : ERR_CREATE,
		    "%s/%s", s->dir, names[stream]);
	return 0;
}

ssize_t log_sink_write(struct log_sink *s, enum log_stream stream, const void *p, size_t n,
    struct err *e)
{
	ssize_t r;

	if (s->fds[stream] == -1) {
		if (rights_borrow(s, e) == -1)
			return -1;
		r = stream_make(s, stream, e);
		rights_return();
		if (r == -1)
			return -1;
	}
	do {
		r = write(s->fds[stream], p, n);
	} while (r == -1 && errno == EINTR);
	if (r == -1)
		return err_sys(e, errno == ENOSPC || errno == EDQUOT ? ERR_AGAIN : ERR_IO,
		    "%s/%s", s->dir, names[stream]);
	s->bytes[stream] += (uint64_t)r;
	return r;
}

uint64_t log_sink_bytes(const struct log_sink *s, enum log_stream stream)
{
	return s->bytes[stream];
}

static int streams_close(struct log_sink *s, struct err *e)
{
	int r = 0;

	for (int i = 0; i < LOG_STREAMS; i++) {
		if (s->fds[i] == -1)
			continue;
		if (fdatasync(s->fds[i]) == -1)
			r = err_sys(e, ERR_IO, "%s/%s: sync", s->dir, names[i]);
		if (close(s->fds[i]) == -1 && r == 0)
			r = err_sys(e, ERR_IO, "%s/%s: close", s->dir, names[i]);
	}
	return r;
}

/* What it says is in the journal, too: it is not worth a sync of its own. */
static int metadata_write(struct log_sink *s, const void *p, size_t n, struct err *e)
{
	int fd, r;

	if (rights_borrow(s, e) == -1)
		return -1;
	fd = openat(s->dirfd, METADATA, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
	    FILE_MODE);
	rights_return();
	if (fd == -1)
		return err_sys(e, ERR_CREATE, "%s/" METADATA, s->dir);
	r = fd_write_all(fd, p, n, e);
	close(fd);
	return r;
}

int log_sink_finish(struct log_sink *s, const void *metadata, size_t n, struct err *e)
{
	struct err minor;
	int r = streams_close(s, e);

	/* The output is there without it: a failure is not worth a word about lost output. */
	if (s->dirfd != -1 && metadata != NULL)
		(void)metadata_write(s, metadata, n, &minor);
	if (s->dirfd != -1)
		close(s->dirfd);
	free(s->dir);
	free(s);
	return r;
}
