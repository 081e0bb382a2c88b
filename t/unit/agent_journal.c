/* agent_journal: what is written is read; damage, a full disk, another's file. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/journal.h"
#include "base/fdio.h"
#include "mounts.h"
#include "tap.h"

ssize_t pwrite(int fd, const void *p, size_t n, off_t at);	/* ours, in place of libc's */
int fdatasync(int fd);

static int dir;
static struct { size_t bytes, synced; } renewed;

/* Only what is written anew is written at a place. */
ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
	renewed.bytes += n;
	return syscall(SYS_pwrite64, fd, p, n, at);
}

int fdatasync(int fd)
{
	renewed.synced = renewed.bytes;
	return (int)syscall(SYS_fdatasync, fd);
}

struct seen {
	int starts, results, acks, others;
	uint64_t last;
	size_t bytes;
};

static void replay(void *arg, const struct msg *m, size_t size)
{
	struct seen *s = arg;

	s->bytes += size;
	switch (msg_type(m)) {
	case MSG_W_HELD:
		s->starts++;
		break;
	case MSG_W_RESULT:
		s->results++;
		break;
	case MSG_W_ACK:
		s->acks++;
		break;
	default:
		s->others++;
		return;
	}
	s->last = msg_u64(m, F_JOB, 0);
}

static void put(struct journal *j, enum msg_type type, uint64_t job, bool sync)
{
	struct msg *m = msg_new(type);
	struct buf b;

	msg_add_u64(m, F_JOB, job);
	msg_add_u64(m, F_EXECUTION, 1);
	if (type == MSG_W_HELD) {
		msg_add_u64(m, F_EPOCH, 1);
		msg_add(m, F_STATUS, "running");
	}
	buf_init(&b, 4096);
	msg_encode(m, &b);
	ok(journal_add(j, b.data, b.len, sync) == 0, "added: %s of %d", msg_type_name(type),
	    (int)job);
	buf_release(&b);
	msg_free(m);
}

static void fresh(void)
{
	if (dir != 0)
		close(dir);
	dir = dir_open(AT_FDCWD, tap_tmpdir(), NULL);
}

static off_t size_of(void)
{
	struct stat st;

	return fstatat(dir, JOURNAL_NAME, &st, 0) == 0 ? st.st_size : -1;
}

static int opened(struct journal *j, struct seen *s, size_t *cut)
{
	struct err e = { .code = ERR_NONE };
	int r;

	memset(s, 0, sizeof(*s));
	r = journal_open(j, dir, replay, s, cut, &e);
	ok(r == 0, "opened: %s", e.text);
	return r;
}

static void begin(struct journal *j, const struct uuid *instance, uint64_t epoch)
{
	struct err e = { .code = ERR_NONE };

	ok(journal_begin(j, instance, epoch, &e) == 0, "begun: %s", e.text);
}

static void test_life(void)
{
	struct journal j;
	struct seen s;
	struct uuid instance, id;
	size_t cut;

	fresh();
	uuid_new(&instance);
	opened(&j, &s, &cut);
	ok(!j.begun && cut == 0, "new: it belongs to nobody");
	begin(&j, &instance, 5);
	id = j.id;
	ok(j.begun && !uuid_is_nil(&id), "begun: it has a name of its own");
	put(&j, MSG_W_HELD, 1, true);
	put(&j, MSG_W_RESULT, 1, true);
	ok(journal_flush(&j, NULL) == 0 && j.pending.len == 0, "flushed");
	put(&j, MSG_W_ACK, 1, false);
	ok(journal_flush(&j, NULL) == 0, "flushed");
	begin(&j, &instance, 6);
	put(&j, MSG_W_HELD, 2, true);
	journal_close(&j);
	memset(&renewed, 0, sizeof(renewed));
	opened(&j, &s, &cut);
	is_int(renewed.synced, j.size, "a sync that failed before is made good");
	is_int(cut, 0, "nothing torn");
	is_int(s.starts, 1, "what was not flushed is not there");
	is_int(s.results, 1, "what was is");
	is_int(s.acks, 1, "also what was not synced");
	is_int(s.others, 0, "heads are not handed on");
	ok(uuid_equal(&id, &j.id) && uuid_equal(&instance, &j.instance), "it is the same journal");
	is_int((int64_t)j.epoch, 6, "with the highest epoch");
	is_int(j.size, size_of(), "to its end");
	journal_close(&j);
}

static void append(const void *p, size_t n)
{
	int fd = openat(dir, JOURNAL_NAME, O_WRONLY | O_APPEND);

	ok(write(fd, p, n) == (ssize_t)n, "%d bytes behind it", (int)n);
	close(fd);
}

static int cut_at(off_t at)
{
	int fd = openat(dir, JOURNAL_NAME, O_WRONLY), r = ftruncate(fd, at);

	close(fd);
	return r;
}

static void test_damage(void)
{
	static const char half[] = "job1 ack 18 0\njob 3\nexe", bad[] = "job1 nonsense 0 0\n";
	static const char zeros[300];
	struct journal j;
	struct seen s;
	struct uuid instance;
	size_t cut;
	off_t sound;

	fresh();
	uuid_new(&instance);
	opened(&j, &s, &cut);
	begin(&j, &instance, 1);
	put(&j, MSG_W_HELD, 1, true);
	ok(journal_flush(&j, NULL) == 0, "flushed");
	sound = j.size;
	journal_close(&j);
	append(half, sizeof(half) - 1);
	opened(&j, &s, &cut);
	is_int(cut, sizeof(half) - 1, "half a block is cut off");
	is_int(size_of(), sound, "in the file, too");
	put(&j, MSG_W_RESULT, 1, true);
	ok(journal_flush(&j, NULL) == 0, "it goes on behind what is sound");
	sound = j.size;
	journal_close(&j);
	append(zeros, sizeof(zeros));
	opened(&j, &s, &cut);
	is_int(cut, 0, "zeros are no damage");
	is_int(size_of(), sound, "but cut off");
	is_int(s.results, 1, "what was before them is there");
	journal_close(&j);
	append(bad, sizeof(bad) - 1);
	append(half, sizeof(half) - 1);
	opened(&j, &s, &cut);
	is_int(size_of(), sound, "what is no message is cut off");
	journal_close(&j);
	/* Cut at each byte: never an error, never more than was whole. */
	for (off_t at = sound - 1; at >= 0; at -= 7) {
		struct err e = { .code = ERR_NONE };

		if (cut_at(at) == -1 || journal_open(&j, dir, replay, &s, &cut, &e) == -1) {
			ok(false, "cut at %d: %s", (int)at, e.text);
			break;
		}
		if (j.size > at) {
			ok(false, "cut at %d", (int)at);
			break;
		}
		journal_close(&j);
	}
	ok(true, "cut anywhere, it opens");
}

static void test_foreign(void)
{
	struct journal j;
	struct err e = { .code = ERR_NONE };
	struct seen s;
	size_t cut;

	fresh();
	ok(file_replace(dir, JOURNAL_NAME, "#!/bin/sh\n", 10, 0600, NULL) == 0, "another file");
	is_int(journal_open(&j, dir, replay, &s, &cut, &e), -1, "is not opened");
	is_int(e.code, ERR_DATA, "as it is none: %s", e.text);
	is_int(size_of(), 10, "and let alone");
	unlinkat(dir, JOURNAL_NAME, 0);
	ok(symlinkat("/etc/passwd", dir, JOURNAL_NAME) == 0, "a link");
	is_int(journal_open(&j, dir, replay, &s, &cut, &e), -1, "is not followed");
	unlinkat(dir, JOURNAL_NAME, 0);
	is_int(journal_look(&j, dir, replay, &s, &e), 0, "to look for a missing one is fine");
	ok(!j.begun && size_of() == -1, "and makes none");
	journal_close(&j);
}

static void test_rewrite(void)
{
	struct journal j;
	struct seen s;
	struct uuid instance, id;
	struct buf blocks;
	struct err e;
	size_t cut;
	off_t before;

	fresh();
	uuid_new(&instance);
	opened(&j, &s, &cut);
	begin(&j, &instance, 9);
	id = j.id;
	ok(!journal_is_garbage(&j), "a small one is not worth it");
	while (j.size <= JOURNAL_GARBAGE_MIN) {
		struct buf b;

		buf_init(&b, 1 << 20);
		for (int i = 0; i < 1000; i++)
			buf_adds(&b, "job1 ack 18 0\njob 3\nexecution 1\n");
		journal_add(&j, b.data, b.len, false);
		buf_release(&b);
		journal_flush(&j, NULL);
	}
	ok(journal_is_garbage(&j), "a large one without anything alive is");
	j.live = j.size * 2 / 3;
	ok(!journal_is_garbage(&j), "not while most of it is alive");
	before = j.size;
	buf_init(&blocks, 4096);
	buf_adds(&blocks, "job1 ack 18 0\njob 4\nexecution 1\n");
	ok(journal_rewrite(&j, &blocks, &e) == 0, "written anew");
	buf_release(&blocks);
	ok(j.size < before && j.size == size_of(), "it is shorter");
	put(&j, MSG_W_RESULT, 5, true);
	ok(journal_flush(&j, NULL) == 0, "and goes on");
	journal_close(&j);
	opened(&j, &s, &cut);
	ok(s.acks == 1 && s.results == 1 && s.last == 5, "with what was kept, and what came then");
	ok(uuid_equal(&id, &j.id) && j.epoch == 9, "it is the same journal");
	journal_close(&j);
}

static void test_full(void)
{
	const char *path = tap_tmpdir();
	char block[4096];
	struct journal j;
	struct seen s;
	struct uuid instance;
	struct err e;
	size_t cut;
	off_t sound;
	int n = 0;

	if (!mounts_disk(path, "64k")) {
		ok(true, "a full disk: skipped, not root");
		return;
	}
	close(dir);
	dir = dir_open(AT_FDCWD, path, NULL);
	uuid_new(&instance);
	opened(&j, &s, &cut);
	begin(&j, &instance, 1);
	snprintf(block, sizeof(block), "job1 refuse %d 0\ntext %01000d\n", 1006, 0);
	do {
		sound = j.size;
		journal_add(&j, block, strlen(block), true);
		err_clear(&e);
	} while (journal_flush(&j, &e) == 0 && n++ < 1000);
	is_int(e.code, ERR_AGAIN, "a full disk: try again: %s", e.text);
	is_int(size_of(), sound, "no half a block is left");
	is_int(j.pending.len, strlen(block), "what was to be written is kept");
	is_int(journal_flush(&j, &e), -1, "again");
	journal_drop(&j, 0);
	is_int(journal_flush(&j, &e), 0, "dropped");
	journal_close(&j);
	opened(&j, &s, &cut);
	is_int(s.others, n, "everything that was said to be written is");
	is_int(cut, 0, "and nothing else");
	journal_close(&j);
	close(dir);
	dir = 0;
	umount2(path, MNT_DETACH);
}

int main(void)
{
	test_life();
	test_damage();
	test_foreign();
	test_rewrite();
	test_full();
	return tap_done();
}
