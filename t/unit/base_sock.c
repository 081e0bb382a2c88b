/* Tests base/fdio's sockets: in use, dead, something else, long paths, modes. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fdio.h"
#include "tap.h"

#define NOBODY 65534
#define WAIT_MS 5000

static int dir;

static int mode_of(const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == -1 ? -1 : (int)(st.st_mode & 07777);
}

/* Takes a connection, with a limit to the wait. */
static int accept_soon(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	return poll(&pfd, 1, WAIT_MS) == 1 ? accept(fd, NULL, NULL) : -1;
}

static bool talks(int listener, int client)
{
	int server = accept_soon(listener);
	char c = 0;
	bool good;

	good = server != -1 && write(client, "x", 1) == 1 && read(server, &c, 1) == 1 && c == 'x';
	if (server != -1)
		close(server);
	return good;
}

static void test_talk(void)
{
	mode_t mask = umask(077);
	struct err e = { 0 };
	int l, c;

	l = sock_listen(dir, "s", 0666, &e);
	ok(l != -1, "sock_listen");
	is_int(mode_of("s"), 0666, "the mode, whatever the umask");
	ok((fcntl(l, F_GETFL) & O_NONBLOCK) != 0, "the listener does not block");
	ok((fcntl(l, F_GETFD) & FD_CLOEXEC) != 0, "and closes on exec");
	is_int(accept(l, NULL, NULL), -1, "nobody there yet");
	is_int(errno, EAGAIN, "would block");
	c = sock_connect(dir, "s", &e);
	ok(c != -1, "sock_connect");
	is_int(fcntl(c, F_GETFL) & O_NONBLOCK, 0, "the client blocks");
	ok((fcntl(c, F_GETFD) & FD_CLOEXEC) != 0, "and closes on exec");
	ok(talks(l, c), "a byte comes through");
	close(c);
	is_int(sock_listen(dir, "s", 0600, &e), -1, "a second listener");
	is_int(e.code, ERR_AGAIN, "its code");
	is_str(e.text, "s: in use by another process", "its text");
	is_int(mode_of("s"), 0666, "the first is untouched");
	close(l);
	umask(mask);
}

static void test_dead(void)
{
	struct err e = { 0 };
	int l, c;

	is_int(sock_connect(dir, "s", &e), -1, "the listener is gone");
	is_int(e.code, ERR_UNAVAIL, "its code");
	is_str(e.text, "s: connect: Connection refused", "its text");
	is_int(sock_connect(dir, "none", &e), -1, "there was never one");
	is_int(e.code, ERR_UNAVAIL, "its code");
	is_str(e.text, "none: connect: No such file or directory", "its text");
	l = sock_listen(dir, "s", 0600, &e);
	ok(l != -1, "a dead socket is replaced");
	is_int(mode_of("s"), 0600, "with the new mode");
	c = sock_connect(dir, "s", &e);
	ok(talks(l, c), "and works");
	close(c);
	close(l);
}

static void test_other_things(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct err e = { 0 };
	struct buf b;
	int d;

	file_replace(dir, "file", "keep", 4, 0600, NULL);
	is_int(sock_listen(dir, "file", 0600, &e), -1, "a file in its place");
	is_int(e.code, ERR_CREATE, "its code");
	is_str(e.text, "file: exists and is not a socket", "its text");
	buf_init(&b, 10);
	ok(file_read(dir, "file", &b, NULL) == 0 && strcmp(b.data, "keep") == 0, "it stays");
	buf_release(&b);
	is_int(symlinkat("s", dir, "link"), 0, "a link to a dead socket");
	is_int(sock_listen(dir, "link", 0600, &e), -1, "is no socket");
	mkdirat(dir, "folder", 0700);
	is_int(sock_listen(dir, "folder", 0600, &e), -1, "nor is a folder");
	is_int(sock_listen(dir, "none/s", 0600, &e), -1, "no folder for it");
	is_int(sock_listen(-1, "s", 0600, &e), -1, "no folder at all");
	is_int(sock_listen(dir, "", 0600, &e), -1, "no name to listen at");
	is_int(sock_connect(dir, "", &e), -1, "no name to connect to");
	is_int(sock_connect(dir, "file", &e), -1, "a file is no listener");
	is_int(e.code, ERR_UNAVAIL, "its code");
	snprintf(sun.sun_path, sizeof(sun.sun_path), "/proc/self/fd/%d/dgram", dir);
	d = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	is_int(bind(d, (struct sockaddr *)&sun, sizeof(sun)), 0, "a datagram socket");
	is_int(sock_listen(dir, "dgram", 0600, &e), -1, "in use all the same");
	is_int(e.code, ERR_AGAIN, "its code");
	close(d);
}

/* Folders far beyond what fits into a socket's address. */
static void test_long_path(void)
{
	char path[600] = "";
	struct err e = { 0 };
	int i, deep, l, c;

	for (i = 0; i < 10; i++)
		snprintf(path + strlen(path), sizeof(path) - strlen(path),
		    "%sa-name-of-some-length-%d",
		    i > 0 ? "/" : "", i);
	is_int(dir_make(dir, path, 0700, &e), 0, "a path of %zu bytes", strlen(path));
	deep = dir_open(dir, path, &e);
	l = sock_listen(deep, "socket", 0600, &e);
	c = sock_connect(deep, "socket", &e);
	ok(l != -1 && c != -1 && talks(l, c), "a socket at its end (%s)", e.text);
	close(l);
	close(c);
	close(deep);
	memset(path, 'x', 150);
	path[150] = '\0';
	is_int(sock_listen(dir, path, 0600, &e), -1, "a name too long");
	ok(strstr(e.text, "File name too long") != NULL && e.code == ERR_CREATE, "its error");
	is_int(sock_connect(dir, path, &e), -1, "also to connect to");
	is_int(e.code, ERR_UNAVAIL, "its code");
}

static void test_working_directory(void)
{
	struct err e = { 0 };
	int l, c;

	is_int(fchdir(dir), 0, "in the folder");
	l = sock_listen(AT_FDCWD, "here", 0600, &e);
	c = sock_connect(dir, "here", &e);
	ok(l != -1 && c != -1 && talks(l, c), "a name in the working directory");
	close(c);
	c = sock_connect(AT_FDCWD, "here", &e);
	ok(c != -1 && talks(l, c), "for both");
	close(c);
	close(l);
	is_int(chdir("/"), 0, "out again");
}

static void test_backlog(void)
{
	int l = sock_listen(dir, "many", 0600, NULL), fds[200], i, n = 0;
	struct err e = { 0 };

	for (i = 0; i < 200; i++) {
		fds[i] = sock_connect(dir, "many", &e);
		n += fds[i] != -1;
	}
	is_int(n, 200, "many may wait for an accept");
	for (i = 0; i < 200; i++)
		close(fds[i]);
	close(l);
}

static void test_rights(void)
{
	struct err e = { 0 };
	int l = sock_listen(dir, "mine", 0600, NULL), c;

	if (fchmod(dir, 0755) == -1 || geteuid() != 0 || seteuid(NOBODY) == -1) {
		ok(true, "rights are not tested: not root");
		close(l);
		return;
	}
	c = sock_connect(dir, "mine", &e);
	is_int(c, -1, "another's socket");
	is_int(e.code, ERR_PERM, "its code");
	is_int(sock_listen(dir, "mine", 0600, &e), -1, "in its place");
	is_int(e.code, ERR_PERM, "its code");
	is_int(sock_listen(dir, "new", 0600, &e), -1, "another's folder");
	is_int(e.code, ERR_PERM, "its code");
	ok(seteuid(0) == 0, "root again");
	close(l);
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	dir = dir_open(AT_FDCWD, tap_tmpdir(), NULL);
	test_talk();
	test_dead();
	test_other_things();
	test_long_path();
	test_working_directory();
	test_backlog();
	test_rights();
	close(dir);
	return tap_done();
}
