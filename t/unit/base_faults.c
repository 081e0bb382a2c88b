/*
 * Tests base/fdio when the system fails: this program's own write, fsync and so on
 * stand in for the C library's and fail on the nth call, for every n.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fdio.h"
#include "tap.h"

static int dir;
static int countdown;		/* the call that fails; 0: none */
static int fault_errno;
static const char *faulted;	/* which one it was */

static bool fault(const char *name)
{
	if (countdown == 0 || --countdown > 0)
		return false;
	faulted = name;
	errno = fault_errno;
	return true;
}

/* A write that is not made to fail is made short, so that the loop is needed. */
ssize_t write(int fd, const void *p, size_t n)
{
	if (fault("write"))
		return -1;
	return syscall(SYS_write, fd, p, countdown > 0 && n > 7 ? 7 : n);
}

ssize_t read(int fd, void *p, size_t n)
{
	if (fault("read"))
		return -1;
	return syscall(SYS_read, fd, p, countdown > 0 && n > 7 ? 7 : n);
}

int fsync(int fd)
{
	return fault("fsync") ? -1 : (int)syscall(SYS_fsync, fd);
}

int fchmod(int fd, mode_t mode)
{
	return fault("fchmod") ? -1 : (int)syscall(SYS_fchmod, fd, mode);
}

int chmod(const char *path, mode_t mode)
{
	return fault("chmod") ? -1 : (int)syscall(SYS_fchmodat, AT_FDCWD, path, mode);
}

int renameat(int from, const char *old, int to, const char *new)
{
	return fault("renameat") ? -1 : (int)syscall(SYS_renameat2, from, old, to, new, 0);
}

int mkdirat(int at, const char *path, mode_t mode)
{
	return fault("mkdirat") ? -1 : (int)syscall(SYS_mkdirat, at, path, mode);
}

int openat(int at, const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list ap;

	va_start(ap, flags);
	if ((flags & O_CREAT) != 0)
		mode = va_arg(ap, mode_t);
	va_end(ap);
	return fault("openat") ? -1 : (int)syscall(SYS_openat, at, path, flags, mode);
}

/* As the kernel does it: the descriptor is gone, whatever close says. */
int close(int fd)
{
	int r = (int)syscall(SYS_close, fd);

	return fault("close") ? -1 : r;
}

int socket(int domain, int type, int protocol)
{
	return fault("socket") ? -1 : (int)syscall(SYS_socket, domain, type, protocol);
}

int listen(int fd, int backlog)
{
	return fault("listen") ? -1 : (int)syscall(SYS_listen, fd, backlog);
}

static int open_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

static int entries(void)
{
	DIR *d = fdopendir(dir_open(dir, ".", NULL));
	int n = 0;

	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n - 2;
}

static bool holds(const char *path, const char *want)
{
	struct buf b;
	bool same;

	buf_init(&b, 1000);
	same = file_read(dir, path, &b, NULL) == 0 && strcmp(b.data, want) == 0;
	buf_release(&b);
	return same;
}

static int unlink_at(const char *name)
{
	return unlinkat(dir, name, 0);
}

/* Sets the nth call from here to fail; stops after the call under test. */
static void arm(int n, int error)
{
	faulted = NULL;
	fault_errno = error;
	countdown = n;
}

static bool disarm(void)
{
	countdown = 0;
	return faulted != NULL;
}

static void replace_fails(int error, enum err_code want, enum err_code also)
{
	struct err e = { 0 };
	int n, r, fds = open_fds(), wrong = 0, failed = 0;
	char seen[300] = "";
	bool hit;

	for (n = 1; n < 100; n++) {
		file_replace(dir, "f", "the old content", 15, 0600, NULL);
		err_clear(&e);
		arm(n, error);
		r = file_replace(dir, "f", "the new content", 15, 0600, &e);
		hit = disarm();
		if (!hit)
			break;
		snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen), " %s", faulted);
		/* A close of the folder, when all is done, is nobody's loss. */
		failed += r == -1;
		wrong += r == -1 && ((e.code != want && e.code != also) || e.text[0] != 'f');
		wrong += r == 0 && strcmp(faulted, "close") != 0;
		wrong += !holds("f", "the old content") && !holds("f", "the new content");
		wrong += r == 0 && !holds("f", "the new content");
		wrong += entries() != 1 || open_fds() != fds;
	}
	is_int(wrong, 0, "file_replace with %s at each step:%s", strerror(error), seen);
	is_int(failed, n - 2, "each but the last close fails it");
	ok(r == 0 && holds("f", "the new content"), "and without a fault it works");
}

static void test_replace(void)
{
	replace_fails(EIO, ERR_IO, ERR_CREATE);
	replace_fails(ENOSPC, ERR_AGAIN, ERR_AGAIN);
	replace_fails(EDQUOT, ERR_AGAIN, ERR_AGAIN);
}

/* EINTR is no failure of a transfer, and EAGAIN is waited for. */
static void test_transfers(void)
{
	static const int errors[] = { EINTR, EAGAIN };
	struct buf b;
	int i, n, wrong = 0, runs = 0;
	int fd = openat(dir, "t", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	buf_init(&b, 100);
	for (i = 0; i < 2; i++) {
		for (n = 1; n < 50; n++) {
			if (ftruncate(fd, 0) == -1 || lseek(fd, 0, SEEK_SET) == -1)
				wrong++;
			arm(n, errors[i]);
			wrong += fd_write_all(fd, "0123456789abcdefghij", 20, NULL) != 0;
			wrong += lseek(fd, 0, SEEK_SET) != 0;
			buf_reset(&b);
			wrong += fd_read_all(fd, &b, NULL) != 0;
			wrong += strcmp(b.data, "0123456789abcdefghij") != 0;
			if (!disarm())
				break;
			runs++;
		}
	}
	is_int(wrong, 0, "EINTR and EAGAIN at each read and write");
	ok(runs >= 12, "of which there were some (%d)", runs);
	buf_release(&b);
	close(fd);
	unlink_at("t");
}

static void test_read(void)
{
	struct err e = { 0 };
	int n, r, fds = open_fds(), wrong = 0;
	struct buf b;

	buf_init(&b, 100);
	buf_adds(&b, "kept");
	for (n = 1; n < 50; n++) {
		buf_truncate(&b, 4);
		arm(n, EIO);
		r = file_read(dir, "f", &b, &e);
		if (!disarm())
			break;
		wrong += r == -1 && (b.len != 4 || e.code != ERR_IO || open_fds() != fds);
		wrong += r == 0 && strcmp(faulted, "close") != 0;
	}
	is_int(wrong, 0, "a file_read that fails leaves the buffer as it was");
	ok(n > 4 && strcmp(b.data, "keptthe new content") == 0, "and works without a fault");
	buf_release(&b);
}

static void test_dir_make(void)
{
	struct err e = { 0 };
	int n, r, fds = open_fds(), wrong = 0;

	for (n = 1; n < 50; n++) {
		unlinkat(dir, "a/b", AT_REMOVEDIR);
		unlinkat(dir, "a", AT_REMOVEDIR);
		arm(n, EIO);
		r = dir_make(dir, "a/b", 0750, &e);
		if (!disarm())
			break;
		wrong += r == -1 && (e.code != ERR_CREATE || strncmp(e.text, "a/b: ", 5) != 0);
		wrong += r == 0 && strcmp(faulted, "close") != 0;
		wrong += open_fds() != fds;
	}
	is_int(wrong, 0, "dir_make at each step");
	ok(n > 6 && r == 0, "and without a fault");
	unlinkat(dir, "a/b", AT_REMOVEDIR);
	unlinkat(dir, "a", AT_REMOVEDIR);
}

static void test_listen(void)
{
	struct err e = { 0 };
	int n, r, fds, wrong = 0;

	/* A dead socket stands in the way, so that every step is taken. */
	close(sock_listen(dir, "s", 0600, NULL));
	fds = open_fds();
	for (n = 1; n < 50; n++) {
		arm(n, EMFILE);
		r = sock_listen(dir, "s", 0600, &e);
		if (!disarm())
			break;
		if (r != -1)
			close(r);
		wrong += r == -1 && e.code != ERR_CREATE && e.code != ERR_OS;
		wrong += r != -1 && strcmp(faulted, "close") != 0;
		wrong += open_fds() != fds;
		/* Where it failed at the end, there is no socket left that nobody serves. */
		wrong += strcmp(faulted, "listen") == 0 && faccessat(dir, "s", F_OK, 0) == 0;
		close(sock_listen(dir, "s", 0600, NULL));
	}
	is_int(wrong, 0, "sock_listen at each step");
	ok(n > 4 && r != -1, "and without a fault");
	arm(1, EMFILE);
	is_int(sock_connect(dir, "s", &e), -1, "sock_connect without a socket");
	disarm();
	is_int(e.code, ERR_UNAVAIL, "its code");
	close(r);
	unlink_at("s");
}

/* Some file systems have no fsync of a folder; others fail at it. */
static void test_dir_sync(void)
{
	struct err e = { 0 };

	arm(1, EINVAL);
	is_int(dir_sync(dir, &e), 0, "EINVAL means that there is nothing to sync");
	disarm();
	arm(1, EIO);
	is_int(dir_sync(dir, &e), -1, "EIO is a failure");
	disarm();
	is_int(e.code, ERR_IO, "its code");
	arm(1, EACCES);
	is_int(dir_sync(AT_FDCWD, &e), -1, "no way to open the working directory");
	disarm();
	is_int(e.code, ERR_PERM, "its code");
}

int main(void)
{
	dir = dir_open(AT_FDCWD, tap_tmpdir(), NULL);
	test_replace();
	test_transfers();
	test_read();
	test_dir_make();
	test_listen();
	test_dir_sync();
	close(dir);
	return tap_done();
}
