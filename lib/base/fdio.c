/*
 * fdio: descriptors, files, folders and Unix sockets.
 *
 * Owns the order of steps that makes a file durable (write, fsync, rename, fsync
 * of the folder) and the detour through /proc/self/fd that long socket paths
 * need.  Promises O_CLOEXEC everywhere and that a failed call leaves no file and
 * no descriptor behind.  A full disk is ERR_AGAIN.  Requires /proc.
 */
#include "base/fdio.h"

#include <bsd/stdlib.h>
#include <bsd/string.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define READ_ROOM 4096
#define RENEW_SIZE 65536
#define PROC_FD_SIZE 32
#define TEMP_TRIES 16
#define LISTEN_BACKLOG 4096

/*
 * The code for an errno; `other` where it says nothing in particular.  A folder
 * that is missing where something is to be made is no missing input.
 */
static enum err_code code_of(int error, enum err_code other)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
		return other == ERR_CREATE ? ERR_CREATE : ERR_NOINPUT;
	case EACCES:
	case EPERM:
	case EROFS:
		return ERR_PERM;
	case ENOSPC:
	case EDQUOT:
		return ERR_AGAIN;
	default:
		return other;
	}
}

static int fail(struct err *e, enum err_code other, const char *what, const char *path)
{
	if (path == NULL)
		return err_sys(e, code_of(errno, other), "%s", what);
	return err_sys(e, code_of(errno, other), "%s: %s", path, what);
}

static void close_keep(int fd)
{
	int saved = errno;

	if (fd != -1)
		close(fd);
	errno = saved;
}

int fd_nonblock(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags == -1)
		return -1;
	return (flags & O_NONBLOCK) != 0 ? 0 : fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

int fd_cloexec(int fd)
{
	int flags = fcntl(fd, F_GETFD);

	if (flags == -1)
		return -1;
	return (flags & FD_CLOEXEC) != 0 ? 0 : fcntl(fd, F_SETFD, flags | FD_CLOEXEC);
}

/* Whether a transfer that failed is to be tried again; waits if it would block. */
static bool try_again(int fd, short events)
{
	struct pollfd pfd = { .fd = fd, .events = events };

	if (errno == EINTR)
		return true;
	if (errno != EAGAIN && errno != EWOULDBLOCK)
		return false;
	return poll(&pfd, 1, -1) != -1 || errno == EINTR;
}

int fd_write_all(int fd, const void *p, size_t n, struct err *e)
{
	const char *s = p;
	ssize_t r;

	while (n > 0) {
		r = write(fd, s, n);
		if (r == -1) {
			if (try_again(fd, POLLOUT))
				continue;
			return fail(e, ERR_IO, "write", NULL);
		}
		s += r;
		n -= (size_t)r;
	}
	return 0;
}

static int pwrite_all(int fd, const char *s, size_t n, off_t at, struct err *e)
{
	ssize_t r;

	for (; n > 0; s += r, n -= (size_t)r, at += r) {
		while ((r = pwrite(fd, s, n, at)) == -1 && errno == EINTR)
			;
		if (r == -1)
			return fail(e, ERR_IO, "write", NULL);
	}
	return 0;
}

int fd_renew(int fd, struct err *e)
{
	char data[RENEW_SIZE];
	off_t at = 0;
	ssize_t n;

	while ((n = pread(fd, data, sizeof(data), at)) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return fail(e, ERR_IO, "read", NULL);
		if (pwrite_all(fd, data, (size_t)n, at, e) == -1)
			return -1;
		at += n;
	}
	return fdatasync(fd) == -1 ? fail(e, ERR_IO, "fdatasync", NULL) : 0;
}

/* Reads once into b, or into a spare byte when b is full; as read(2). */
static ssize_t read_some(int fd, struct buf *b)
{
	size_t room = b->max - b->len;
	char *to, spare;
	ssize_t r;

	if (room == 0)
		return read(fd, &spare, 1);
	to = buf_reserve(b, room < READ_ROOM ? room : READ_ROOM);
	if (to == NULL) {
		errno = ENOMEM;
		return -1;
	}
	r = read(fd, to, b->cap - b->len - 1);
	if (r > 0)
		buf_commit(b, (size_t)r);
	return r;
}

int fd_read_all(int fd, struct buf *b, struct err *e)
{
	size_t start = b->len;
	ssize_t r;
	bool full;

	for (;;) {
		full = b->len == b->max;
		r = read_some(fd, b);
		if (r == 0)
			return 0;
		if (r == -1 && try_again(fd, POLLIN))
			continue;
		if (r == -1)
			fail(e, ERR_IO, "read", NULL);
		else if (full)
			err_set(e, ERR_DATA, "more than %zu bytes", b->max - start);
		else
			continue;
		break;
	}
	buf_truncate(b, start);
	return -1;
}

int file_read(int dirfd, const char *path, struct buf *b, struct err *e)
{
	int fd, r;

	fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd == -1)
		return fail(e, ERR_IO, "open", path);
	r = fd_read_all(fd, b, e);
	close_keep(fd);
	return r == -1 ? err_prefix(e, "%s", path) : 0;
}

/* Opens the folder that holds path; *name becomes the last part of path. */
static int parent_open(int dirfd, const char *path, const char **name)
{
	char dir[PATH_MAX] = ".";
	const char *slash = strrchr(path, '/');
	size_t len;

	*name = slash == NULL ? path : slash + 1;
	if (slash != NULL) {
		len = slash == path ? 1 : (size_t)(slash - path);
		if (len >= sizeof(dir)) {
			errno = ENAMETOOLONG;
			return -1;
		}
		memcpy(dir, path, len);
		dir[len] = '\0';
	}
	return openat(dirfd, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int temp_open(int dirfd, char *name, size_t size)
{
	int fd, tries;

	for (tries = 0; tries < TEMP_TRIES; tries++) {
		snprintf(name, size, ".tmp-%08" PRIx32 "%08" PRIx32, arc4random(), arc4random());
		fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
		    0600);
		if (fd != -1 || errno != EEXIST)
			return fd;
	}
	return -1;
}

/* Fills the temporary file and makes it durable; closes fd in any case. */
static int temp_fill(int fd, const void *p, size_t n, mode_t mode, struct err *e)
{
	if (fd_write_all(fd, p, n, e) == -1) {
		close_keep(fd);
		return -1;
	}
	/* The umask has no say: a caller names the mode that it means. */
	if (fchmod(fd, mode) == -1) {
		fail(e, ERR_CREATE, "chmod", NULL);
		close_keep(fd);
		return -1;
	}
	if (fsync(fd) == -1) {
		fail(e, ERR_IO, "fsync", NULL);
		close_keep(fd);
		return -1;
	}
	if (close(fd) == -1 && errno != EINTR)
		return fail(e, ERR_IO, "close", NULL);
	return 0;
}

int file_replace(int dirfd, const char *path, const void *p, size_t n, mode_t mode,
    struct err *e)
{
	const char *name;
	char temp[NAME_MAX + 1];
	int dir, fd, saved, r = -1;

	dir = parent_open(dirfd, path, &name);
	if (dir == -1)
		return fail(e, ERR_CREATE, "open the folder", path);
	fd = temp_open(dir, temp, sizeof(temp));
	if (fd == -1) {
		fail(e, ERR_CREATE, "create", path);
		goto out;
	}
	if (temp_fill(fd, p, n, mode, e) == -1) {
		err_prefix(e, "%s", path);
		goto undo;
	}
	if (renameat(dir, temp, dir, name) == -1) {
		fail(e, ERR_CREATE, "rename", path);
		goto undo;
	}
	r = dir_sync(dir, e);
	if (r == -1)
		err_prefix(e, "%s", path);
	goto out;
undo:
	saved = errno;
	unlinkat(dir, temp, 0);
	errno = saved;
out:
	close_keep(dir);
	return r;
}

/* An O_PATH descriptor takes no fchmod; its name under /proc does. */
static int path_chmod(int fd, mode_t mode)
{
	char path[PROC_FD_SIZE];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return chmod(path, mode);
}

/* Makes and enters one part of a path; -1 with errno. */
static int part_enter(int at, const char *part, mode_t mode)
{
	int error = mkdirat(at, part, mode) == 0 ? 0 : errno;
	int fd;

	fd = openat(at, part, O_PATH | O_DIRECTORY | O_CLOEXEC | (error == 0 ? O_NOFOLLOW : 0));
	if (fd == -1) {
		/* What could not be made is not there: why it was not says more. */
		if (errno == ENOENT && error != 0 && error != EEXIST)
			errno = error;
		return -1;
	}
	if (error == 0 && path_chmod(fd, mode) == -1) {
		close_keep(fd);
		return -1;
	}
	return fd;
}

int dir_make(int dirfd, const char *path, mode_t mode, struct err *e)
{
	char part[NAME_MAX + 1];
	const char *s = path;
	size_t len;
	int at, next;

	at = openat(dirfd, *path == '/' ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (at == -1)
		return fail(e, ERR_CREATE, "mkdir", path);
	if (*path == '\0') {
		errno = ENOENT;
		goto bad;
	}
	for (s += strspn(s, "/"); *s != '\0'; s += strspn(s, "/")) {
		len = strcspn(s, "/");
		if (len >= sizeof(part)) {
			errno = ENAMETOOLONG;
			goto bad;
		}
		memcpy(part, s, len);
		part[len] = '\0';
		s += len;
		next = part_enter(at, part, mode);
		if (next == -1)
			goto bad;
		close(at);
		at = next;
	}
	close(at);
	return 0;
bad:
	close_keep(at);
	return fail(e, ERR_CREATE, "mkdir", path);
}

int dir_open(int dirfd, const char *path, struct err *e)
{
	int fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd == -1 ? fail(e, ERR_IO, "open", path) : fd;
}

int dir_sync(int dirfd, struct err *e)
{
	int fd = dirfd, r;

	if (dirfd == AT_FDCWD && (fd = dir_open(AT_FDCWD, ".", e)) == -1)
		return -1;
	r = fsync(fd);
	/* EINVAL: a file system that has no such thing, and so no way to ask for it. */
	if (r == -1 && errno == EINVAL)
		r = 0;
	if (r == -1)
		fail(e, ERR_IO, "fsync of the directory", NULL);
	if (fd != dirfd)
		close_keep(fd);
	return r == -1 ? -1 : 0;
}

static int sock_address(int dirfd, const char *name, struct sockaddr_un *sun)
{
	int n;

	memset(sun, 0, sizeof(*sun));
	sun->sun_family = AF_UNIX;
	if (dirfd == AT_FDCWD || name[0] == '/')
		n = snprintf(sun->sun_path, sizeof(sun->sun_path), "%s", name);
	else
		n = snprintf(sun->sun_path, sizeof(sun->sun_path), "/proc/self/fd/%d/%s", dirfd,
		    name);
	if (n <= 0 || (size_t)n >= sizeof(sun->sun_path) || name[0] == '\0') {
		errno = name[0] == '\0' ? ENOENT : ENAMETOOLONG;
		return -1;
	}
	return 0;
}

/* A connected socket, or -1 with errno. */
static int sock_try(const struct sockaddr_un *sun, int flags)
{
	int fd, r;

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
	if (fd == -1)
		return -1;
	do {
		r = connect(fd, (const struct sockaddr *)sun, sizeof(*sun));
	} while (r == -1 && errno == EINTR);
	if (r == -1) {
		close_keep(fd);
		return -1;
	}
	return fd;
}

/* Removes a socket that nobody listens on; refuses one in use, and what is none. */
static int sock_clear(int dirfd, const char *name, const struct sockaddr_un *sun,
    struct err *e)
{
	struct stat st;
	int fd;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return errno == ENOENT ? 0 : fail(e, ERR_CREATE, "stat", name);
	if (!S_ISSOCK(st.st_mode))
		return err_set(e, ERR_CREATE, "%s: exists and is not a socket", name);
	fd = sock_try(sun, SOCK_NONBLOCK);
	if (fd != -1)
		close(fd);
	/* EAGAIN is a listener whose backlog is full, EPROTOTYPE one of another type. */
	if (fd != -1 || errno == EAGAIN || errno == EPROTOTYPE)
		return err_set(e, ERR_AGAIN, "%s: in use by another process", name);
	if (errno == ENOENT)
		return 0;
	if (errno != ECONNREFUSED)
		return fail(e, ERR_CREATE, "connect", name);
	if (unlinkat(dirfd, name, 0) == -1 && errno != ENOENT)
		return fail(e, ERR_CREATE, "unlink", name);
	return 0;
}

int sock_listen(int dirfd, const char *name, mode_t mode, struct err *e)
{
	struct sockaddr_un sun;
	int fd;

	if (sock_address(dirfd, name, &sun) == -1)
		return fail(e, ERR_CREATE, "socket", name);
	if (sock_clear(dirfd, name, &sun, e) == -1)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return fail(e, ERR_OS, "socket", name);
	/* Before bind, so that the name never has a wider mode than asked for. */
	if (fchmod(fd, mode) == -1 || bind(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1) {
		if (errno == EADDRINUSE)
			err_set(e, ERR_AGAIN, "%s: in use by another process", name);
		else
			fail(e, ERR_CREATE, "bind", name);
		close_keep(fd);
		return -1;
	}
	/* And after it for the bits that the umask took. */
	if (fchmodat(dirfd, name, mode, 0) == -1 || listen(fd, LISTEN_BACKLOG) == -1) {
		fail(e, ERR_CREATE, "listen", name);
		unlinkat(dirfd, name, 0);
		close_keep(fd);
		return -1;
	}
	return fd;
}

int sock_connect(int dirfd, const char *name, struct err *e)
{
	struct sockaddr_un sun;
	int fd;

	if (sock_address(dirfd, name, &sun) == -1)
		return fail(e, ERR_UNAVAIL, "connect", name);
	fd = sock_try(&sun, 0);
	if (fd != -1)
		return fd;
	if (errno == EACCES || errno == EPERM)
		return fail(e, ERR_PERM, "connect", name);
	return err_sys(e, ERR_UNAVAIL, "%s: connect", name);
}
