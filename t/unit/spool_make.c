/* spool: making and opening one, what is refused, and the lock. */
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fdio.h"
#include "spool/impl.h"
#include "tap.h"

#define ACCOUNT "nobody"

static mode_t mode_of(int dirfd, const char *name)
{
	struct stat st;

	return fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == -1 ? 0 : st.st_mode & 07777;
}

static uid_t owner_of(int dirfd, const char *name)
{
	struct stat st;

	return fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == -1 ? (uid_t)-1 : st.st_uid;
}

static void personal(void)
{
	char *path = xasprintf("%s/a/b/spool/", tap_tmpdir());
	struct spool s, t;
	struct err e;
	struct stat st;

	umask(0);
	err_clear(&e);
	is_int(spool_make(&s, path, NULL, &e), 0, "makes it and its parents %s", e.text);
	ok(s.path[strlen(s.path) - 1] != '/', "the path has no slash at its end");
	is_int(mode_of(s.fd, "."), 0700, "mode of a personal one, whatever the umask");
	is_int(mode_of(s.fd, ".."), 0700, "of its parent");
	is_int(mode_of(s.fd, "incoming"), 0700, "incoming");
	is_int(mode_of(s.fd, "incoming/rejected"), 0700, "rejected");
	is_int(mode_of(s.fd, "history"), 0700, "history");
	is_int(mode_of(s.fd, "log"), 0700, "log");
	is_int(mode_of(s.fd, "worker"), 0700, "worker");
	ok(!s.system && s.owner == geteuid(), "owner");
	ok(fstat(s.fd, &st) == 0 && fcntl(s.fd, F_GETFD) == FD_CLOEXEC, "close on exec");
	is_int(spool_make(&t, path, NULL, &e), 0, "again");
	spool_close(&t);
	is_int(spool_open(&t, path, &e), 0, "opens");
	ok(!t.system && t.owner == s.owner && strcmp(t.path, s.path) == 0, "the same");
	spool_close(&t);

	unlinkat(s.fd, "worker", AT_REMOVEDIR);
	is_int(fchmodat(s.fd, "history", 0, 0), 0, "a mode of nothing");
	is_int(spool_make(&t, path, NULL, &e), geteuid() == 0 ? 0 : -1, "after a crash on the way");
	if (geteuid() == 0)
		ok(mode_of(s.fd, "worker") == 0700 && mode_of(s.fd, "history") == 0700,
		    "is made whole");
	spool_close(&t);
	spool_close(&s);
	spool_close(&s);
	ok(s.fd == -1 && s.path == NULL, "closing twice");
	free(path);
	umask(022);
}

static void refused(const char *path, const char *user, enum err_code code, const char *word,
    const char *what)
{
	struct spool s;
	struct err e;

	err_clear(&e);
	is_int(spool_make(&s, path, user, &e), -1, "%s", what);
	is_int(e.code, code, "%s: code", what);
	ok(strstr(e.text, word) != NULL, "%s: says \"%s\" (%s)", what, word, e.text);
}

static void unsafe(void)
{
	const char *tmp = tap_tmpdir();
	char *dir = xasprintf("%s/dir", tmp), *file = xasprintf("%s/dir/file", tmp);
	char *link = xasprintf("%s/link", tmp), *link2 = xasprintf("%s/link/", tmp);
	char *below = xasprintf("%s/dir/spool", tmp), *loose = xasprintf("%s/dir/spool/log", tmp);
	struct spool s;
	struct err e;

	mkdir(dir, 0755);
	chmod(dir, 0777);
	refused(dir, NULL, ERR_PERM, "chmod 700", "an empty one that is open to all");
	is_int(mode_of(AT_FDCWD, dir), 0777, "which stays as it was");
	chmod(dir, 0700);
	is_int(spool_make(&s, dir, NULL, &e), 0, "an empty directory with our mode is taken");
	spool_close(&s);
	chmod(dir, 0755);
	refused(dir, NULL, ERR_PERM, "chmod 700", "one with content and another mode");
	is_int(mode_of(AT_FDCWD, dir), 0755, "and is not touched");
	chmod(dir, 0777);
	refused(dir, NULL, ERR_PERM, "chmod 700", "one that others may write in");
	is_int(spool_open(&s, dir, &e), -1, "is not opened either");
	is_int(e.code, ERR_PERM, "code");
	ok(strstr(e.text, "chmod go-w") != NULL, "names the remedy");
	refused(below, NULL, ERR_PERM, "chmod o-w", "one that others may rename");
	chmod(dir, 0700);
	is_int(spool_make(&s, below, NULL, &e), 0, "below a safe one");
	spool_close(&s);
	chmod(loose, 0770);
	refused(below, NULL, ERR_PERM, "chmod 700", "a part that others may write in");
	rmdir(loose);
	is_int(symlink("/tmp", loose), 0, "a link");
	refused(below, NULL, ERR_PERM, "symbolic link", "a part that is a link");
	is_int(symlink(dir, link), 0, "a link");
	refused(link, NULL, ERR_PERM, "symbolic link", "a link to it");
	refused(link2, NULL, ERR_PERM, "symbolic link", "a link with a slash");
	close(open(file, O_CREAT | O_WRONLY, 0600));
	refused(file, NULL, ERR_PERM, "no directory", "a file");
	refused("", NULL, ERR_USAGE, "empty", "an empty path");
	refused(dir, "no-such-user-here", ERR_CONFIG, "no-such-user-here", "an unknown account");
	is_int(spool_open(&s, "/nonexistent/spool", &e), -1, "none there");
	is_int(e.code, ERR_UNAVAIL, "code");
	free(dir); free(file); free(link); free(link2); free(below); free(loose);
}

static void system_one(void)
{
	const struct passwd *pw = getpwnam(ACCOUNT);
	const char *tmp = tap_tmpdir();
	char *path = xasprintf("%s/var/spool", tmp);
	struct spool s, t;
	struct err e;
	int status;
	pid_t pid;

	if (geteuid() != 0 || pw == NULL) {
		refused(path, "root", ERR_PERM, "as root", "another account, and not root");
		free(path);
		return;
	}
	chmod(tmp, 0711);
	err_clear(&e);
	is_int(spool_make(&s, path, ACCOUNT, &e), 0, "makes a system spool %s", e.text);
	ok(s.system && s.owner == pw->pw_uid && s.group == pw->pw_gid, "whose it is");
	is_int(mode_of(s.fd, "."), 0711, "mode");
	is_int(mode_of(s.fd, ".."), 0755, "parent");
	is_int(mode_of(s.fd, "incoming"), 03733, "incoming");
	is_int(mode_of(s.fd, "incoming/rejected"), 0711, "rejected");
	is_int(mode_of(s.fd, "log"), 0700, "log");
	is_int(owner_of(s.fd, "."), pw->pw_uid, "owner");
	is_int(owner_of(s.fd, "incoming"), pw->pw_uid, "owner of incoming");
	is_int(owner_of(s.fd, "worker"), pw->pw_uid, "owner of worker");
	is_int(spool_make(&t, path, ACCOUNT, &e), 0, "again");
	spool_close(&t);
	is_int(fchmodat(s.fd, "incoming", 0700, 0), 0, "closed");
	is_int(spool_make(&t, path, ACCOUNT, &e), 0, "after a crash on the way");
	is_int(mode_of(s.fd, "incoming"), 03733, "incoming is opened");
	spool_close(&t);
	refused(path, NULL, ERR_PERM, "owned by uid", "as a personal one of root");
	is_int(fchownat(s.fd, "log", 12345, 12345, 0), 0, "given away");
	refused(path, ACCOUNT, ERR_PERM, "owned by uid 12345", "a part of another owner");
	is_int(fchownat(s.fd, "log", pw->pw_uid, pw->pw_gid, 0), 0, "and back");

	pid = fork();
	if (pid == 0) {
		if (setresgid(12345, 12345, 12345) == -1 || setresuid(12345, 12345, 12345) == -1)
			_exit(9);
		if (spool_open(&t, path, NULL) == -1 || !t.system || t.owner != pw->pw_uid)
			_exit(1);
		if (faccessat(t.fd, "incoming/x", F_OK, 0) == 0 || spool_holder(&t) != 0)
			_exit(2);
		if (spool_make(&s, path, ACCOUNT, &e) == 0 || e.code != ERR_PERM)
			_exit(3);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	is_int(status, 0, "a stranger may open it, and no more");
	spool_close(&s);
	free(path);
}

/* ---- the lock */

/* Runs fn in a child and gives its exit status. */
static int in_child(int (*fn)(struct spool *s), struct spool *s)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(fn(s));
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int try_lock(struct spool *s)
{
	pid_t holder = -1;
	struct err e;
	int fd = spool_lock(s, &holder, &e);

	if (fd != -1)
		return 1;
	return e.code == ERR_AGAIN && holder == getppid() && spool_holder(s) == getppid() ? 2 : 3;
}

/* Locks, and dies without a word. */
static int lock_and_die(struct spool *s)
{
	return spool_lock(s, NULL, NULL) == -1 ? 1 : 0;
}

static void locking(void)
{
	pid_t holder = -1;
	struct spool s;
	struct err e;
	int fd, again;

	if (!ok(spool_make(&s, tap_tmpdir(), NULL, &e) == 0, "a spool"))
		return;
	is_int(spool_holder(&s), 0, "nobody");
	fd = spool_lock(&s, &holder, &e);
	ok(fd != -1, "locked");
	ok((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0, "close on exec");
	is_int(mode_of(s.fd, "lock"), 0600, "nobody else may read it");
	is_int(in_child(try_lock, &s), 2, "another process is told who has it");
	is_int(spool_holder(&s), getpid(), "and so are we");
	again = spool_lock(&s, &holder, &e);
	is_int(again, -1, "not twice");
	is_int(holder, getpid(), "and by whom");
	is_int(in_child(try_lock, &s), 2, "looking at it has not dropped it");
	close(fd);
	is_int(spool_holder(&s), 0, "free again, although the pid still stands there");
	is_int(in_child(lock_and_die, &s), 0, "a process locks it and dies");
	is_int(spool_holder(&s), 0, "then it is free");
	fd = spool_lock(&s, NULL, &e);
	ok(fd != -1, "and can be had");
	is_int(spool_holder(&s), getpid(), "with the new pid");
	close(fd);
	unlinkat(s.fd, "lock", 0);
	is_int(symlinkat("/etc/passwd", s.fd, "lock"), 0, "a link");
	is_int(spool_lock(&s, NULL, &e), -1, "is not followed");
	spool_close(&s);
}

int main(void)
{
	personal();
	unsafe();
	system_one();
	locking();
	return tap_done();
}
