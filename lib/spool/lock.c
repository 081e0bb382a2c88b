/*
 * lock: who is jobd of this spool.
 *
 * Owns the file `lock`.  The lock is one of an open file description (F_OFD_SETLK):
 * it outlives the fork into the background, another descriptor on the file that
 * is closed in the same process does not drop it, and it ends with its last
 * descriptor.  So children that live longer than jobd must close it.  The file is
 * 0600: who may read it could hold it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fdio.h"
#include "base/num.h"
#include "spool/impl.h"

#define LOCK_NAME "lock"
#define PID_TEXT_MAX 32

static struct flock whole_file(void)
{
	struct flock fl = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	return fl;
}

/* The pid in the file, or 0; F_GETLK knows no pid for a lock of this kind. */
static pid_t pid_read(int fd)
{
	char text[PID_TEXT_MAX];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	uint64_t pid;

	if (n <= 0)
		return 0;
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return num_u64(text, 1, INT32_MAX, &pid, NULL) == -1 ? 0 : (pid_t)pid;
}

static int pid_write(int fd, struct err *e)
{
	char text[PID_TEXT_MAX];
	int n = snprintf(text, sizeof(text), "%ld\n", (long)getpid());

	/* In this order a reader finds a whole line at any time. */
	if (pwrite(fd, text, (size_t)n, 0) != n || ftruncate(fd, n) == -1)
		return err_sys(e, spool_code(errno, ERR_IO), LOCK_NAME ": write");
	return 0;
}

/* True when somebody else has it; *pid as far as it is known. */
static bool held(int fd, pid_t *pid)
{
	struct flock fl = whole_file();

	*pid = 0;
	if (fcntl(fd, F_OFD_GETLK, &fl) == -1 || fl.l_type == F_UNLCK)
		return false;
	*pid = fl.l_pid > 0 ? fl.l_pid : pid_read(fd);
	return true;
}

int spool_lock(const struct spool *s, pid_t *holder, struct err *e)
{
	struct flock fl = whole_file();
	pid_t pid;
	int fd;

	fd = openat(s->fd, LOCK_NAME, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd == -1)
		return err_sys(e, spool_code(errno, ERR_CREATE), "%s/" LOCK_NAME, s->path);
	if (fcntl(fd, F_OFD_SETLK, &fl) == -1) {
		if (errno != EAGAIN && errno != EACCES) {
			err_sys(e, ERR_IO, "%s/" LOCK_NAME ": lock", s->path);
			goto bad;
		}
		held(fd, &pid);
		if (holder != NULL)
			*holder = pid;
		if (pid > 0)
			err_set(e, ERR_AGAIN, "%s: jobd runs already, pid %ld", s->path, (long)pid);
		else
			err_set(e, ERR_AGAIN, "%s: jobd runs already", s->path);
		goto bad;
	}
	if (pid_write(fd, e) == -1)
		goto bad;
	return fd;
bad:
	close(fd);
	return -1;
}

/* What stands at a name: is it what fd has open?  What cannot be looked at counts as kept. */
static bool kept(int fd, int at, const char *path)
{
	struct stat ours, there;

	if (fstat(fd, &ours) == -1)
		return true;
	if (fstatat(at, path, &there, AT_SYMLINK_NOFOLLOW) == -1)
		return errno != ENOENT && errno != ENOTDIR;
	return ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

int spool_kept(const struct spool *s, int lock, struct err *e)
{
	if (!kept(s->fd, AT_FDCWD, s->path))
		return err_set(e, ERR_IO, "%s: this spool was removed, or another one stands in "
		    "its place", s->path);
	if (!kept(lock, s->fd, LOCK_NAME))
		return err_set(e, ERR_IO, "%s/" LOCK_NAME ": the lock was removed or replaced",
		    s->path);
	return 0;
}

pid_t spool_holder(const struct spool *s)
{
	pid_t pid = 0;
	int fd = openat(s->fd, LOCK_NAME, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd == -1)
		return 0;
	if (!held(fd, &pid))
		pid = 0;
	close(fd);
	return pid;
}
