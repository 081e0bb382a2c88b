/* logs_sink: a log folder is made late, filled in order, and owned by whom it should be. */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fdio.h"
#include "logs/sink.h"
#include "mounts.h"
#include "tap.h"

static const char *path_in(const char *dir, const char *name)
{
	static char path[1024];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void contains(const char *dir, const char *name, const char *want)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	file_read(AT_FDCWD, path_in(dir, name), &b, NULL);
	is_str(b.data, want, "%s", name);
	buf_release(&b);
}

static void test_lazy(void)
{
	const char *base = tap_tmpdir();
	char dir[512];
	struct err e = { .code = ERR_NONE };
	struct log_sink *s;

	snprintf(dir, sizeof(dir), "%s/2026/11/23/000/001/1", base);
	s = log_sink_new(dir, (uid_t)-1, (gid_t)-1);
	is_int(log_sink_finish(s, "{}", 2, &e), 0, "nothing written");
	ok(access(path_in(base, "2026"), F_OK) == -1, "nothing made");
	s = log_sink_new(dir, (uid_t)-1, (gid_t)-1);
	is_int(log_sink_write(s, LOG_STDERR, "one ", 4, &e), 4, "a write: %s", e.text);
	is_int(log_sink_write(s, LOG_STDERR, "two", 3, &e), 3, "another");
	is_int(log_sink_bytes(s, LOG_STDERR), 7, "counted");
	is_int(log_sink_bytes(s, LOG_STDOUT), 0, "by stream");
	contains(dir, "stderr.log", "one two");
	ok(access(path_in(dir, "stdout.log"), F_OK) == -1, "the other file is not made");
	is_int(log_sink_finish(s, "{}", 2, &e), 0, "finished: %s", e.text);
	contains(dir, "execution_metadata.json", "{}");
	s = log_sink_new(dir, (uid_t)-1, (gid_t)-1);
	is_int(log_sink_write(s, LOG_STDERR, "!", 1, &e), 1, "a second time");
	is_int(log_sink_finish(s, NULL, 0, &e), 0, "finished");
	contains(dir, "stderr.log", "one two!");
}

static void test_modes(void)
{
	const char *base = tap_tmpdir();
	const struct passwd *pw = getpwnam("nobody");
	struct err e = { .code = ERR_NONE };
	struct log_sink *s;
	struct stat st;
	char dir[512];

	snprintf(dir, sizeof(dir), "%s/a/b", base);
	s = log_sink_new(dir, (uid_t)-1, (gid_t)-1);
	log_sink_write(s, LOG_STDOUT, "x", 1, &e);
	log_sink_finish(s, NULL, 0, &e);
	ok(stat(dir, &st) == 0 && (st.st_mode & 07777) == 0700, "the folder is private");
	ok(stat(path_in(dir, "stdout.log"), &st) == 0 && (st.st_mode & 07777) == 0600,
	    "the file, too");
	ok(symlink("/etc/passwd", path_in(dir, "stderr.log")) == 0, "a link in its place");
	s = log_sink_new(dir, (uid_t)-1, (gid_t)-1);
	is_int(log_sink_write(s, LOG_STDERR, "x", 1, &e), -1, "is not followed: %s", e.text);
	log_sink_finish(s, NULL, 0, &e);
	if (geteuid() != 0 || pw == NULL) {
		ok(true, "another user's tree: skipped, not root");
		return;
	}
	s = log_sink_new(path_in(base, "c/d"), pw->pw_uid, pw->pw_gid);
	is_int(log_sink_write(s, LOG_STDOUT, "x", 1, &e), -1,
	    "root makes nothing where the tree's owner may not: %s", e.text);
	log_sink_finish(s, NULL, 0, &e);
	ok(chown(base, pw->pw_uid, pw->pw_gid) == 0, "the tree is theirs");
	s = log_sink_new(path_in(base, "c/d"), pw->pw_uid, pw->pw_gid);
	is_int(log_sink_write(s, LOG_STDOUT, "x", 1, &e), 1, "then it may: %s", e.text);
	is_int(log_sink_finish(s, "{}", 2, &e), 0, "finished: %s", e.text);
	ok(stat(path_in(base, "c/d/stdout.log"), &st) == 0 && st.st_uid == pw->pw_uid &&
	    st.st_gid == pw->pw_gid, "and what it makes is theirs");
	ok(stat(path_in(base, "c/d/execution_metadata.json"), &st) == 0 && st.st_uid == pw->pw_uid,
	    "all of it");
}

static void test_full(void)
{
	const char *base = tap_tmpdir();
	static char data[100000];
	struct err e = { .code = ERR_NONE };
	struct log_sink *s;
	size_t n = 0;
	ssize_t r;

	if (!mounts_disk(base, "64k")) {
		ok(true, "a full disk: skipped, not root");
		return;
	}
	s = log_sink_new(path_in(base, "x"), (uid_t)-1, (gid_t)-1);
	while ((r = log_sink_write(s, LOG_STDOUT, data, sizeof(data), &e)) > 0)
		n += (size_t)r;
	is_int(e.code, ERR_AGAIN, "a full disk: try again: %s", e.text);
	is_int(log_sink_bytes(s, LOG_STDOUT), n, "what was taken is counted");
	ok(mount(NULL, base, NULL, MS_REMOUNT, "size=1m") == 0, "room again");
	is_int(log_sink_write(s, LOG_STDOUT, data, 1000, &e), 1000, "it goes on");
	is_int(log_sink_finish(s, NULL, 0, &e), 0, "finished");
	umount2(base, MNT_DETACH);
}

int main(void)
{
	test_lazy();
	test_modes();
	test_full();
	return tap_done();
}
