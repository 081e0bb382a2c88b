/* Tests base/fdio's files and folders: contents, modes, what a failure leaves, who may not. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/fdio.h"
#include "tap.h"

#define BIG 300000
#define NOBODY 65534

static int dir;		/* the temporary folder */

static int mode_of(const char *path)
{
	struct stat st;

	return fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) == -1 ? -1 : (int)(st.st_mode & 07777);
}

/* How many entries a folder has: a failure must leave no temporary file. */
static int entries(const char *path)
{
	int fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), n = 0;
	DIR *d = fdopendir(fd);

	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n - 2;
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

static void test_flags(void)
{
	int fds[2];

	if (pipe(fds) == -1)
		return;
	is_int(fd_nonblock(fds[0]), 0, "fd_nonblock");
	is_int(fd_nonblock(fds[0]), 0, "twice");
	ok((fcntl(fds[0], F_GETFL) & O_NONBLOCK) != 0, "sets the flag");
	is_int(fd_cloexec(fds[0]), 0, "fd_cloexec");
	is_int(fd_cloexec(fds[0]), 0, "twice");
	ok((fcntl(fds[0], F_GETFD) & FD_CLOEXEC) != 0, "sets the flag");
	close(fds[0]);
	close(fds[1]);
	is_int(fd_nonblock(fds[0]), -1, "a closed descriptor");
	is_int(fd_cloexec(fds[0]), -1, "a closed descriptor");
}

static void *write_big(void *arg)
{
	char *p = malloc(BIG);
	int fd = *(int *)arg;

	memset(p, 'w', BIG);
	p[BIG - 1] = 'e';
	if (fd_write_all(fd, p, BIG, NULL) == -1)
		perror("fd_write_all");
	close(fd);
	free(p);
	return NULL;
}

static void on_alarm(int sig)
{
	(void)sig;
}

/* Both ends non-blocking, a pipe smaller than the data, and signals all the time. */
static void test_short_transfers(void)
{
	struct itimerval every = { { 0, 500 }, { 0, 500 } }, never = { { 0, 0 }, { 0, 0 } };
	struct sigaction act = { .sa_handler = on_alarm }, old;
	struct buf b;
	pthread_t t;
	int fds[2];

	if (pipe(fds) == -1)
		return;
	fd_nonblock(fds[0]);
	fd_nonblock(fds[1]);
	sigaction(SIGALRM, &act, &old);
	setitimer(ITIMER_REAL, &every, NULL);
	buf_init(&b, BIG);
	pthread_create(&t, NULL, write_big, &fds[1]);
	is_int(fd_read_all(fds[0], &b, NULL), 0, "fd_read_all of a non-blocking pipe");
	pthread_join(t, NULL);
	setitimer(ITIMER_REAL, &never, NULL);
	sigaction(SIGALRM, &old, NULL);
	ok(b.len == BIG && b.data[0] == 'w' && b.data[BIG - 1] == 'e', "all bytes came");
	buf_release(&b);
	close(fds[0]);
}

static void test_failed_transfers(void)
{
	struct err e = { 0 };
	struct buf b;
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	is_int(fd_write_all(fd, "x", 1, &e), -1, "a full device");
	is_int(e.code, ERR_AGAIN, "is for later");
	is_str(e.text, "write: No space left on device", "and says so");
	is_int(fd_write_all(fd, NULL, 0, &e), 0, "nothing can always be written");
	close(fd);
	is_int(fd_write_all(fd, "x", 1, &e), -1, "a closed descriptor");
	is_int(e.code, ERR_IO, "its code");
	buf_init(&b, 10);
	buf_adds(&b, "ab");
	is_int(fd_read_all(fd, &b, &e), -1, "also for reading");
	is_str(e.text, "read: Bad file descriptor", "its text");
	is_str(b.data, "ab", "the buffer is as it was");
	buf_release(&b);
}

static void test_read(void)
{
	struct err e = { 0 };
	struct buf b;
	char *big = malloc(BIG);

	memset(big, 'r', BIG);
	is_int(file_replace(dir, "ten", "0123456789", 10, 0600, &e), 0, "a file of ten bytes");
	is_int(file_replace(dir, "big", big, BIG, 0600, &e), 0, "a big file");
	buf_init(&b, 12);
	buf_adds(&b, "ab");
	is_int(file_read(dir, "ten", &b, &e), 0, "file_read to the very maximum");
	is_str(b.data, "ab0123456789", "appends");
	is_int(file_read(dir, "ten", &b, &e), -1, "once more is too much");
	is_str(e.text, "ten: more than 0 bytes", "the text says how much there was room for");
	is_int(e.code, ERR_DATA, "its code");
	is_str(b.data, "ab0123456789", "and the buffer is as it was");
	buf_release(&b);
	buf_init(&b, BIG - 1);
	is_int(file_read(dir, "big", &b, &e), -1, "one byte too many");
	is_str(e.text, "big: more than 299999 bytes", "its text");
	ok(b.len == 0 && b.data[0] == '\0', "nothing is kept");
	buf_release(&b);
	buf_init(&b, BIG);
	is_int(file_read(dir, "big", &b, &e), 0, "a big file is read");
	ok(b.len == BIG && memcmp(b.data, big, BIG) == 0, "whole");
	buf_release(&b);
	free(big);
}

static void test_read_failures(void)
{
	struct err e = { 0 };
	struct buf b;

	buf_init(&b, 100);
	is_int(file_read(dir, "none", &b, &e), -1, "a missing file");
	is_int(e.code, ERR_NOINPUT, "is no input");
	is_str(e.text, "none: open: No such file or directory", "its text");
	is_int(file_read(dir, "ten/x", &b, &e), -1, "a file as a folder");
	is_int(e.code, ERR_NOINPUT, "is no input");
	is_int(file_read(dir, ".", &b, &e), -1, "a folder");
	is_int(e.code, ERR_IO, "cannot be read");
	is_str(e.text, ".: read: Is a directory", "its text");
	is_int(file_read(dir, "none", &b, NULL), -1, "no error wanted");
	is_int(file_read(AT_FDCWD, "/proc/self/stat", &b, &e), -1, "a file of unknown length");
	buf_release(&b);
	buf_init(&b, 10000);
	is_int(file_read(AT_FDCWD, "/proc/self/stat", &b, &e), 0, "and with room");
	ok(b.len > 20, "is read");
	buf_release(&b);
}

static bool holds(const char *path, const char *want)
{
	struct buf b;
	bool same;

	buf_init(&b, 1000);
	same = file_read(dir, path, &b, NULL) == 0 && b.len == strlen(want) &&
	    (b.len == 0 || memcmp(b.data, want, b.len) == 0);
	buf_release(&b);
	return same;
}

static void test_replace(void)
{
	mode_t mask = umask(077);
	struct err e = { 0 };
	struct stat a, b;

	mkdirat(dir, "rep", 0700);
	is_int(file_replace(dir, "rep/f", "one", 3, 0644, &e), 0, "file_replace of none");
	ok(holds("rep/f", "one"), "its content");
	is_int(mode_of("rep/f"), 0644, "the mode, whatever the umask");
	fstatat(dir, "rep/f", &a, 0);
	is_int(file_replace(dir, "rep/f", "", 0, 0400, &e), 0, "file_replace of one");
	fstatat(dir, "rep/f", &b, 0);
	ok(holds("rep/f", "") && a.st_ino != b.st_ino, "is another file");
	is_int(mode_of("rep/f"), 0400, "with its mode");
	is_int(symlinkat("f", dir, "rep/link"), 0, "a link");
	is_int(file_replace(dir, "rep/link", "L", 1, 0600, &e), 0, "in place of a link");
	ok(holds("rep/link", "L") && holds("rep/f", ""), "the link goes, its target stays");
	is_int(entries("rep"), 2, "no temporary file stays");
	umask(mask);
}

static void test_replace_paths(void)
{
	struct err e = { 0 };
	char path[4200], *cwd = getcwd(NULL, 0);

	is_int(fchdir(dir), 0, "in the folder");
	is_int(file_replace(AT_FDCWD, "here", "h", 1, 0600, &e), 0,
	    "a name in the working directory");
	ok(holds("here", "h"), "is made");
	snprintf(path, sizeof(path), "/proc/self/fd/%d/abs", dir);
	is_int(file_replace(-1, path, "a", 1, 0600, &e), 0, "an absolute path");
	ok(holds("abs", "a"), "is made");
	is_int(chdir(cwd), 0, "back");
	free(cwd);
	memset(path, 'n', 255);
	path[255] = '\0';
	is_int(file_replace(dir, path, "x", 1, 0600, &e), 0, "the longest name");
	unlinkat(dir, path, 0);
	memset(path, 'n', 4199);
	path[4199] = '\0';
	path[4100] = '/';
	is_int(file_replace(dir, path, "x", 1, 0600, &e), -1, "a path too long");
	is_int(e.code, ERR_CREATE, "its code");
}

static void test_replace_failures(void)
{
	struct rlimit lim, low;
	struct err e = { 0 };
	char data[5000] = { 0 };
	int fds = open_fds();

	mkdirat(dir, "bad", 0700);
	mkdirat(dir, "bad/sub", 0700);
	file_replace(dir, "bad/f", "old", 3, 0600, NULL);
	is_int(file_replace(dir, "bad/none/f", "x", 1, 0600, &e), -1, "no such folder");
	is_int(e.code, ERR_CREATE, "its code");
	is_str(e.text, "bad/none/f: open the folder: No such file or directory", "its text");
	is_int(file_replace(dir, "bad/sub", "x", 1, 0600, &e), -1, "a folder in its place");
	is_int(e.code, ERR_CREATE, "its code");
	is_str(e.text, "bad/sub: rename: Is a directory", "its text");
	is_int(file_replace(dir, "bad/", "x", 1, 0600, &e), -1, "no name");
	is_int(file_replace(dir, "", "x", 1, 0600, &e), -1, "no path");
	is_int(file_replace(dir, "bad/f/g", "x", 1, 0600, NULL), -1, "a file as a folder");
	getrlimit(RLIMIT_FSIZE, &lim);
	low = lim;
	low.rlim_cur = 4096;
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &low);
	is_int(file_replace(dir, "bad/f", data, sizeof(data), 0600, &e), -1, "a write that fails");
	setrlimit(RLIMIT_FSIZE, &lim);
	is_int(e.code, ERR_IO, "its code");
	is_str(e.text, "bad/f: write: File too large", "its text");
	ok(holds("bad/f", "old"), "the old content is there");
	is_int(entries("bad"), 2, "and no temporary file");
	is_int(open_fds(), fds, "and no descriptor");
}

/* Readers at any moment see the old or the new content, never less. */
static atomic_bool stop_reading;

static void *read_often(void *arg)
{
	size_t *wrong = arg;
	struct buf b;

	buf_init(&b, 100);
	while (!stop_reading) {
		buf_reset(&b);
		*wrong += file_read(dir, "race", &b, NULL) == -1 ||
		    (strcmp(b.data, "first content") != 0 && strcmp(b.data, "second") != 0);
	}
	buf_release(&b);
	return NULL;
}

static void test_replace_race(void)
{
	size_t wrong = 0;
	pthread_t t;
	int i;

	file_replace(dir, "race", "second", 6, 0600, NULL);
	pthread_create(&t, NULL, read_often, &wrong);
	for (i = 0; i < 100; i++) {
		if (i % 2 == 0)
			file_replace(dir, "race", "first content", 13, 0600, NULL);
		else
			file_replace(dir, "race", "second", 6, 0600, NULL);
	}
	stop_reading = true;
	pthread_join(t, NULL);
	is_int(wrong, 0, "a reader never sees half a file");
}

static void test_dir_make(void)
{
	mode_t mask = umask(027);
	struct err e = { 0 };
	char path[300];

	is_int(dir_make(dir, "d/e/f", 0751, &e), 0, "dir_make of three");
	ok(mode_of("d") == 0751 && mode_of("d/e/f") == 0751, "the mode, whatever the umask");
	is_int(dir_make(dir, "d/e/f", 0700, &e), 0, "once more");
	is_int(mode_of("d/e"), 0751, "leaves them alone");
	is_int(dir_make(dir, "d//e/./g/", 01777, &e), 0, "slashes and dots");
	is_int(mode_of("d/e/g"), 01777, "and a sticky one");
	is_int(dir_make(dir, "lock/in", 0300, &e), 0, "folders that cannot be read");
	is_int(mode_of("lock/in"), 0300, "their mode");
	is_int(symlinkat("d", dir, "sym"), 0, "a link to a folder");
	is_int(dir_make(dir, "sym/h", 0700, &e), 0, "can be passed");
	is_int(mode_of("d/h"), 0700, "and leads there");
	snprintf(path, sizeof(path), "/proc/self/fd/%d/abs1/abs2", dir);
	is_int(dir_make(-1, path, 0700, &e), 0, "an absolute path");
	is_int(mode_of("abs1/abs2"), 0700, "is made");
	is_int(dir_make(AT_FDCWD, "/", 0700, &e), 0, "the root is there");
	umask(mask);
}

static void test_dir_failures(void)
{
	struct err e = { 0 };
	int fds = open_fds();
	char path[300];

	is_int(dir_make(dir, "", 0700, &e), -1, "no path");
	is_int(dir_make(dir, "ten", 0700, &e), -1, "a file in its place");
	is_int(e.code, ERR_CREATE, "its code");
	is_str(e.text, "ten: mkdir: Not a directory", "its text");
	is_int(dir_make(dir, "ten/x", 0700, &e), -1, "a file on the way");
	is_int(symlinkat("nowhere", dir, "dangling"), 0, "a link to nowhere");
	is_int(dir_make(dir, "dangling", 0700, &e), -1, "in its place");
	is_int(mode_of("nowhere"), -1, "does not make what it points to");
	memset(path, 'p', 256);
	path[256] = '\0';
	is_int(dir_make(dir, path, 0700, &e), -1, "a name too long");
	is_int(dir_make(-1, "x", 0700, &e), -1, "no folder to begin with");
	is_int(dir_make(AT_FDCWD, "/proc/none", 0700, &e), -1, "where nothing can be made");
	is_str(e.text, "/proc/none: mkdir: No such file or directory", "its text");
	is_int(dir_open(dir, "ten", &e), -1, "dir_open of a file");
	is_int(dir_open(dir, "none", &e), -1, "dir_open of nothing");
	is_int(e.code, ERR_NOINPUT, "is no input");
	is_str(e.text, "none: open: No such file or directory", "its text");
	is_int(dir_sync(dir, &e), 0, "dir_sync");
	is_int(dir_sync(AT_FDCWD, &e), 0, "dir_sync of the working directory");
	is_int(dir_sync(-1, &e), -1, "dir_sync of nothing");
	is_str(e.text, "fsync of the directory: Bad file descriptor", "its text");
	is_int(open_fds(), fds, "no descriptor stays");
}

static void test_renew(void)
{
	static char data[150000];
	struct err e = { 0 };
	struct buf b;
	int fd;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (char)(i * 7 + i / 4096);
	is_int(file_replace(dir, "old", data, sizeof(data), 0600, &e), 0, "a file");
	fd = openat(dir, "old", O_RDWR | O_CLOEXEC);
	is_int(lseek(fd, 77, SEEK_SET), 77, "somewhere in it");
	is_int(fd_renew(fd, &e), 0, "is written anew");
	is_int(lseek(fd, 0, SEEK_CUR), 77, "the place is kept");
	close(fd);
	buf_init(&b, sizeof(data));
	is_int(file_read(dir, "old", &b, &e), 0, "and read");
	ok(b.len == sizeof(data) && memcmp(b.data, data, b.len) == 0, "it holds what it held");
	buf_release(&b);
	fd = openat(dir, "old", O_RDONLY | O_CLOEXEC);
	is_int(fd_renew(fd, &e), -1, "not what may not be written");
	is_str(e.text, "write: Bad file descriptor", "its text");
	close(fd);
	fd = openat(dir, ".", O_RDONLY | O_CLOEXEC);
	is_int(fd_renew(fd, &e), -1, "nor what cannot be read");
	close(fd);
}

/* As somebody who may not; needs root to become nobody. */
static void test_rights(void)
{
	struct err e = { 0 };
	struct buf b;

	buf_init(&b, 100);
	file_replace(dir, "secret", "s", 1, 0600, NULL);
	mkdirat(dir, "closed", 0755);
	if (fchmod(dir, 0755) == -1 || geteuid() != 0 || seteuid(NOBODY) == -1) {
		ok(true, "rights are not tested: not root");
		return;
	}
	is_int(file_read(dir, "secret", &b, &e), -1, "another's file");
	is_int(e.code, ERR_PERM, "its code");
	is_str(e.text, "secret: open: Permission denied", "its text");
	is_int(file_replace(dir, "closed/f", "x", 1, 0600, &e), -1, "another's folder");
	is_int(e.code, ERR_PERM, "its code");
	is_int(dir_make(dir, "closed/a/b", 0700, &e), -1, "a folder in it");
	is_int(e.code, ERR_PERM, "its code");
	is_str(e.text, "closed/a/b: mkdir: Permission denied", "its text");
	is_int(dir_make(dir, "d/e", 0700, &e), 0, "what is there need not be made");
	ok(seteuid(0) == 0, "root again");
	buf_release(&b);
}

int main(void)
{
	dir = dir_open(AT_FDCWD, tap_tmpdir(), NULL);
	ok((fcntl(dir, F_GETFD) & FD_CLOEXEC) != 0, "dir_open closes on exec");
	test_flags();
	test_short_transfers();
	test_failed_transfers();
	test_read();
	test_read_failures();
	test_replace();
	test_replace_paths();
	test_replace_failures();
	test_replace_race();
	test_dir_make();
	test_dir_failures();
	test_renew();
	test_rights();
	close(dir);
	return tap_done();
}
