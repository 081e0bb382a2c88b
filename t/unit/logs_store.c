/* store: pieces of output in any order of arrival become the same file, and stay so. */
#include "logs/store.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fdio.h"
#include "logs/day.h"
#include "mounts.h"
#include "tap.h"

#define DAY INT64_C(1795392000000)	/* 2026-11-23T00:00:00Z */

static struct spool spool;

static void spool_in(const char *dir)
{
	struct err e;
	char path[500];

	(void)snprintf(path, sizeof(path), "%s/spool", dir);
	if (spool.path != NULL)
		spool_close(&spool);
	if (spool_make(&spool, path, NULL, &e) == -1) {
		(void)fprintf(stderr, "%s\n", e.text);
		exit(1);
	}
}

static const char *path_of(int64_t job, const char *name)
{
	static char path[500];
	char folder[SPOOL_NAME_MAX];

	spool_log_name(DAY, job, 1, folder);
	(void)snprintf(path, sizeof(path), "%s/%s/%s", spool.path, folder, name);
	return path;
}

static struct log_store *opened(int64_t job)
{
	struct err e = { .code = ERR_NONE };
	struct log_store *t = log_store_open(&spool, DAY, job, 1, &e);

	if (!ok(t != NULL, "opened: %s", e.text))
		exit(tap_done());
	return t;
}

static void holds(int64_t job, const char *name, const char *text)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	if (file_read(AT_FDCWD, path_of(job, name), &b, NULL) == -1)
		buf_adds(&b, "(none)");
	is_str(b.len > 0 ? b.data : "", text, "%s of %d", name, (int)job);
	buf_release(&b);
}

static int put(struct log_store *t, uint64_t offset, const char *text, struct err *e)
{
	return log_store_write(t, LOG_STDOUT, offset, text, strlen(text), e);
}

static void test_pieces(void)
{
	struct log_store *t = opened(1), *other;
	struct err e = { .code = ERR_NONE };
	struct stat st;

	ok(stat(path_of(1, "."), &st) == -1, "without a byte there is no folder");
	is_int(put(t, 0, "one ", &e), 0, "the first piece: %s", e.text);
	is_int(put(t, 4, "two ", &e), 0, "the second");
	is_int(put(t, 0, "one ", &e), 0, "the first once more");
	is_int(put(t, 4, "two three", &e), 0, "more than what is there");
	is_int(log_store_size(t, LOG_STDOUT), 13, "its size");
	is_int(put(t, 14, "!", &e), -1, "one that does not join");
	is_int(e.code, ERR_DATA, "is refused: %s", e.text);
	other = opened(1);
	is_int(put(other, 8, "three four", &e), 0, "another process goes on");
	is_int(put(t, 13, " four", &e), 0, "and the first one says the same");
	is_int(log_store_sync(t, &e), 0, "synced");
	is_int(log_store_write(other, LOG_STDERR, 0, "oops", 4, &e), 0, "the other stream");
	is_int(log_store_describe(other, "{}\n", 3, &e), 0, "its description");
	is_int(log_store_describe(other, "{}\n", 3, &e), 0, "twice");
	is_int(log_store_sync(other, &e), 0, "synced, too");
	log_store_close(t);
	log_store_close(other);
	holds(1, "stdout.log", "one two three four");
	holds(1, "stderr.log", "oops");
	holds(1, "execution_metadata.json", "{}\n");
	ok(stat(path_of(1, "stdout.log"), &st) == 0 && (st.st_mode & 07777) == 0600,
	    "nobody else reads it");
}

static void test_sync_fails(void)
{
	struct log_store *t = opened(2);
	struct err e;

	(void)put(t, 0, "safe", &e);
	log_store_synced(t, true);
	(void)put(t, 4, " lost", &e);
	log_store_synced(t, false);
	is_int(log_store_size(t, LOG_STDOUT), 4, "what could not be made durable is cut off");
	holds(2, "stdout.log", "safe");
	is_int(put(t, 4, " again", &e), 0, "and comes again");
	log_store_close(t);
	holds(2, "stdout.log", "safe again");
}

static void test_compressed(void)
{
	struct log_compress c = { .settled = INT64_MAX, .budget = UINT64_MAX };
	static char text[20001];
	struct log_store *t = opened(3);
	struct err e = { .code = ERR_NONE };
	struct stat st;

	memset(text, 'x', sizeof(text) - 1);
	is_int(put(t, 0, text, &e), 0, "a long one");
	log_store_close(t);
	is_int(log_day_compress(&spool, DAY, &c, &e), 1, "its day is compressed: %s", e.text);
	ok(stat(path_of(3, "stdout.log.gz"), &st) == 0 &&
	    stat(path_of(3, "stdout.log"), &st) == -1, "so it is");
	ok(log_day_compressed(&spool, DAY), "and its day is marked");
	t = opened(3);
	is_int(log_store_size(t, LOG_STDOUT), sizeof(text) - 1, "it is as long as it was");
	is_int(put(t, sizeof(text) - 1, "late", &e), 0, "what comes late is added: %s", e.text);
	log_store_close(t);
	ok(stat(path_of(3, "stdout.log.gz"), &st) == -1 &&
	    stat(path_of(3, "stdout.log"), &st) == 0, "to the plain file");
	is_int(st.st_size, sizeof(text) + 3, "which is longer now");
	ok(!log_day_compressed(&spool, DAY), "and its day is to be compressed again");
}

static void test_refused(void)
{
	struct err e = { .code = ERR_NONE };
	struct log_store *t = opened(4);

	is_int(put(t, 0, "x", &e), 0, "a folder");
	log_store_close(t);
	ok(unlink(path_of(4, "stdout.log")) == 0 && mkdir(path_of(4, "stdout.log"), 0700) == 0 &&
	    symlink("/etc/passwd", path_of(4, "stderr.log")) == 0, "spoilt");
	t = log_store_open(&spool, DAY, 4, 1, &e);
	ok(t == NULL && e.code == ERR_IO, "a folder in its place: %s", e.text);
	log_store_close(t);
	ok(rmdir(path_of(4, "stdout.log")) == 0, "not that one");
	t = log_store_open(&spool, DAY, 4, 1, &e);
	ok(t == NULL && e.code == ERR_IO, "a link is not followed: %s", e.text);
	log_store_close(t);
}

static void test_full(void)
{
	static char data[200000];
	const char *base = tap_tmpdir();
	struct err e = { .code = ERR_NONE };
	struct log_store *t;
	uint64_t size;

	if (!mounts_disk(base, "128k")) {
		ok(true, "a full disk: skipped, not root");
		return;
	}
	spool_in(base);
	t = opened(5);
	memset(data, 'x', sizeof(data));
	is_int(log_store_write(t, LOG_STDOUT, 0, data, sizeof(data), &e), -1, "no room");
	is_int(e.code, ERR_AGAIN, "is no reason to give up: %s", e.text);
	size = log_store_size(t, LOG_STDOUT);
	ok(size > 0 && size < sizeof(data), "a part is in");
	ok(mount(NULL, base, NULL, MS_REMOUNT, "size=1m") == 0, "room");
	is_int(log_store_write(t, LOG_STDOUT, 0, data, sizeof(data), &e), 0, "all of it again");
	is_int(log_store_size(t, LOG_STDOUT), sizeof(data), "is there once");
	log_store_close(t);
	spool_close(&spool);
	umount2(base, MNT_DETACH);
}

int main(void)
{
	spool_in(tap_tmpdir());
	test_pieces();
	test_sync_fails();
	test_compressed();
	test_refused();
	test_full();
	return tap_done();
}
