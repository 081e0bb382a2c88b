/* spool: leaving requests, taking them away, refusing them. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fdio.h"
#include "spool/impl.h"
#include "tap.h"

#define ACCOUNT "nobody"
#define STRANGER 12345

static const char block[] = "job1 submit 0 0\n";

static size_t entries(int dirfd, const char *dir)
{
	int fd = openat(dirfd, dir, O_RDONLY | O_DIRECTORY);
	DIR *d = fdopendir(fd);
	size_t n = 0;

	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n - 2;
}

static void path_of(const char *dir, const struct uuid *u, const char *suffix, char out[128])
{
	char text[UUID_TEXT];

	uuid_format(u, text);
	snprintf(out, 128, "%s/%s%s", dir, text, suffix);
}

static void putting(void)
{
	struct spool s;
	struct uuid u;
	struct buf b;
	struct stat st;
	struct err e;
	char path[128];

	if (!ok(spool_make(&s, tap_tmpdir(), NULL, &e) == 0, "a spool"))
		return;
	umask(0);
	uuid_new(&u);
	ok(!incoming_waits(&s, &u), "nothing waits");
	is_int(incoming_put(&s, &u, block, sizeof(block) - 1, &e), 0, "left");
	ok(incoming_waits(&s, &u), "now it does");
	path_of("incoming", &u, "", path);
	ok(fstatat(s.fd, path, &st, 0) == 0 && (st.st_mode & 07777) == 0600, "its mode");
	is_int(entries(s.fd, "incoming"), 2, "nothing else but rejected/");
	buf_init(&b, 1000);
	ok(file_read(s.fd, path, &b, &e) == 0 && strcmp(b.data, block) == 0, "its content");
	buf_release(&b);
	is_int(incoming_put(&s, &u, block, sizeof(block) - 1, &e), 0, "the same once more");
	is_int(entries(s.fd, "incoming"), 2, "is one file");
	is_int(incoming_put(&s, &u, "", 0, &e), -1, "nothing at all");
	is_int(e.code, ERR_DATA, "is refused");
	is_int(incoming_put(&s, &u, block, (32u << 20) + 1, &e), -1, "too much");
	is_int(e.code, ERR_DATA, "is refused");
	ok(incoming_done(&s, path + strlen("incoming/"), &e) == 0 && !incoming_waits(&s, &u),
	    "done");
	is_int(incoming_done(&s, path + strlen("incoming/"), &e), 0, "done twice");
	is_int(incoming_done(&s, "../state.db", &e), -1, "not elsewhere");
	is_int(incoming_done(&s, "", &e), -1, "not nothing");
	umask(022);
	spool_close(&s);
}

/* What goes wrong on the way leaves nothing behind. */
static void failures(void)
{
	struct rlimit small = { .rlim_cur = 8, .rlim_max = RLIM_INFINITY }, old;
	struct spool s;
	struct uuid u;
	struct err e;

	if (!ok(spool_make(&s, tap_tmpdir(), NULL, &e) == 0, "a spool"))
		return;
	uuid_new(&u);
	getrlimit(RLIMIT_FSIZE, &old);
	small.rlim_max = old.rlim_max;
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &small);
	is_int(incoming_put(&s, &u, block, sizeof(block) - 1, &e), -1, "a write that fails");
	setrlimit(RLIMIT_FSIZE, &old);
	is_int(e.code, ERR_IO, "code: %s", e.text);
	is_int(entries(s.fd, "incoming"), 1, "no temporary file stays");
	is_int(renameat(s.fd, "incoming", s.fd, "other"), 0, "incoming/ is gone");
	is_int(incoming_put(&s, &u, block, sizeof(block) - 1, &e), -1, "nowhere to leave it");
	is_int(e.code, ERR_UNAVAIL, "code");
	is_int(symlinkat("other", s.fd, "incoming"), 0, "a link in its place");
	is_int(incoming_put(&s, &u, block, sizeof(block) - 1, &e), -1, "is not followed");
	unlinkat(s.fd, "incoming", 0);
	is_int(renameat(s.fd, "other", s.fd, "incoming"), 0, "back");
	is_int(fchmodat(s.fd, "incoming", 0777, 0), 0, "open to all");
	is_int(incoming_put(&s, &u, block, sizeof(block) - 1, &e), -1, "is not safe");
	is_int(e.code, ERR_PERM, "code");
	spool_close(&s);
}

static void refusing(void)
{
	struct incoming in = { .bad = { .code = ERR_NONE } };
	struct spool s;
	struct buf b;
	struct err e;
	char path[128];

	if (!ok(spool_make(&s, tap_tmpdir(), NULL, &e) == 0, "a spool"))
		return;
	uuid_new(&in.uuid);
	uuid_format(&in.uuid, in.name);
	buf_init(&b, 1000);
	incoming_put(&s, &in.uuid, block, sizeof(block) - 1, NULL);
	is_int(incoming_reason(&s, &in.uuid, &b), -1, "no reason yet");
	is_int(incoming_reject(&s, &in, "priority: too high", &e), 0, "refused");
	ok(!incoming_waits(&s, &in.uuid), "does not wait any more");
	ok(incoming_reason(&s, &in.uuid, &b) == 0 && strcmp(b.data, "priority: too high") == 0,
	    "the reason");
	path_of("incoming/rejected", &in.uuid, "", path);
	buf_reset(&b);
	ok(file_read(s.fd, path, &b, &e) == 0 && strcmp(b.data, block) == 0, "is kept");
	is_int(incoming_reject(&s, &in, "another", &e), 0, "the rest of it, after a crash");
	buf_reset(&b);
	ok(incoming_reason(&s, &in.uuid, &b) == 0 && strcmp(b.data, "another") == 0, "again");
	is_int(entries(s.fd, "incoming/rejected"), 2, "two files");
	buf_release(&b);

	memset(&in, 0, sizeof(in));
	snprintf(in.name, sizeof(in.name), "junk.reason");
	close(openat(s.fd, "incoming/junk.reason", O_CREAT | O_WRONLY, 0600));
	is_int(incoming_reject(&s, &in, "no UUID", &e), 0, "what is no request");
	is_int(entries(s.fd, "incoming"), 1, "goes");
	is_int(entries(s.fd, "incoming/rejected"), 2, "and is not kept");
	snprintf(in.name, sizeof(in.name), "../x");
	is_int(incoming_reject(&s, &in, "no", &e), -1, "not elsewhere");
	spool_close(&s);
}

/* ---- a system spool, and somebody who may only submit */

static int as_stranger(int (*fn)(const char *path, const struct uuid *u), const char *path,
    const struct uuid *u)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (setresgid(STRANGER, STRANGER, STRANGER) == -1 ||
		    setresuid(STRANGER, STRANGER, STRANGER) == -1)
			_exit(99);
		_exit(fn(path, u));
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int stranger_puts(const char *path, const struct uuid *u)
{
	struct spool s;
	int fd;

	umask(0777);
	if (spool_open(&s, path, NULL) == -1)
		return 1;
	if (incoming_put(&s, u, block, sizeof(block) - 1, NULL) == -1)
		return 2;
	fd = openat(s.fd, "incoming", O_RDONLY | O_DIRECTORY);
	if (fd != -1)
		return 3;
	return incoming_waits(&s, u) ? 0 : 4;
}

static int stranger_reads_reason(const char *path, const struct uuid *u)
{
	struct spool s;
	struct buf b;

	buf_init(&b, 1000);
	if (spool_open(&s, path, NULL) == -1)
		return 1;
	if (incoming_reason(&s, u, &b) == -1 || strcmp(b.data, "no such user") != 0)
		return 2;
	return openat(s.fd, "incoming/rejected", O_RDONLY | O_DIRECTORY) == -1 ? 0 : 3;
}

static int stranger_takes_name(const char *path, const struct uuid *u)
{
	struct spool s;

	if (spool_open(&s, path, NULL) == -1)
		return 1;
	return incoming_put(&s, u, block, sizeof(block) - 1, NULL) == -1 ? 0 : 2;
}

static void system_one(void)
{
	char *path = xasprintf("%s/spool", tap_tmpdir()), name[128];
	const struct passwd *pw = getpwnam(ACCOUNT);
	struct incoming in = { .bad = { .code = ERR_NONE } };
	struct spool s;
	struct stat st;
	struct uuid root;
	struct err e;

	if (geteuid() != 0 || pw == NULL) {
		ok(true, "not root: no system spool");
		free(path);
		return;
	}
	*strrchr(path, '/') = '\0';
	chmod(path, 0711);
	path[strlen(path)] = '/';
	if (!ok(spool_make(&s, path, ACCOUNT, &e) == 0, "a system spool"))
		return;
	uuid_new(&in.uuid);
	uuid_format(&in.uuid, in.name);
	is_int(as_stranger(stranger_puts, path, &in.uuid), 0, "a stranger leaves a request");
	path_of("incoming", &in.uuid, "", name);
	ok(fstatat(s.fd, name, &st, 0) == 0 && st.st_uid == STRANGER && st.st_gid == pw->pw_gid &&
	    (st.st_mode & 07777) == 0640, "jobd's group may read it");
	is_int(entries(s.fd, "incoming"), 2, "and nothing else is there");
	is_int(incoming_reject(&s, &in, "no such user", &e), 0, "refused");
	is_int(as_stranger(stranger_reads_reason, path, &in.uuid), 0, "its owner may read why");
	uuid_new(&root);
	is_int(incoming_put(&s, &root, block, sizeof(block) - 1, &e), 0, "root leaves one");
	is_int(as_stranger(stranger_takes_name, path, &root), 0, "nobody else gets at its name");
	spool_close(&s);
	free(path);
}

int main(void)
{
	putting();
	failures();
	refusing();
	system_one();
	return tap_done();
}
