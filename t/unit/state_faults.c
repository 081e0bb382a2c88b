/*
 * Disks that are full and disks that fail.  Writes and syncs of this process pass
 * through here and fail as told, for files whose path has a given word in it.
 *
 * Of the log of state.db it is kept what really is on the disk: a sync brings there
 * the pages written since the last one, unless it fails; then the kernel takes them
 * for clean all the same, and no later sync brings them.
 */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fdio.h"
#include "mounts.h"
#include "staterow.h"
#include "tap.h"

#define PAGE 4096
#define PAGES 1024

int fdatasync(int fd);		/* ours, in place of libc's */
int fsync(int fd);
ssize_t pwrite(int fd, const void *p, size_t n, off_t at);

static struct fault {
	int error;		/* errno; 0: none */
	bool sync;		/* syncs fail, else writes */
	int after;		/* so many go well before the first fails */
	int times;		/* so many fail; -1: all */
	const char *word;	/* in the path of the file */
} fault;
static int writes;		/* that came through, to any file */

static struct disk {
	bool dirty[PAGES];
	char data[PAGES][PAGE];
} disk;

static bool path_has(int fd, const char *word)
{
	char link[64], path[4096];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n < 0)
		return false;
	path[n] = '\0';
	return strstr(path, word) != NULL;
}

static bool on_disk(int fd)
{
	return path_has(fd, "state.db-wal");
}

static void disk_written(size_t n, off_t at)
{
	for (off_t page = at / PAGE; page <= (at + (off_t)n - 1) / PAGE && page < PAGES; page++)
		disk.dirty[page] = true;
}

static void disk_synced(int fd, bool well)
{
	for (int page = 0; page < PAGES; page++) {
		if (disk.dirty[page] && well)
			(void)!pread(fd, disk.data[page], PAGE, (off_t)page * PAGE);
		disk.dirty[page] = false;
	}
}

static bool fails(int fd, bool sync)
{
	if (fault.error == 0 || fault.sync != sync || fault.times == 0 || !path_has(fd, fault.word))
		return false;
	if (fault.after-- > 0)
		return false;
	if (fault.times > 0)
		fault.times--;
	errno = fault.error;
	return true;
}

ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
	if (fails(fd, false))
		return -1;
	writes++;
	if (on_disk(fd))
		disk_written(n, at);
	return syscall(SYS_pwrite64, fd, p, n, at);
}

static int sync_by(long call, int fd)
{
	bool bad = fails(fd, true);

	if (on_disk(fd))
		disk_synced(fd, !bad);
	return bad ? -1 : (int)syscall(call, fd);
}

int fdatasync(int fd)
{
	return sync_by(SYS_fdatasync, fd);
}

int fsync(int fd)
{
	return sync_by(SYS_fsync, fd);
}

static void hook_writes(void)
{
	sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
	sqlite3_syscall_ptr ours = (sqlite3_syscall_ptr)(void (*)(void))pwrite;

	vfs->xSetSystemCall(vfs, "pwrite", ours);
	vfs->xSetSystemCall(vfs, "pwrite64", ours);
}

static void put_job(struct scratch *x, int64_t id)
{
	struct turn *t = scratch_turn(x);
	struct job_row row = plain_job(id);

	add_job(t, MUT_JOB_NEW, &row);
	writer_put(x->w, t);
}

static const char *jobs_in(const struct spool *s)
{
	return scratch_sql(s, "state.db", "SELECT group_concat(job_id) FROM jobs");
}

static void test_full(void)
{
	struct scratch x;
	struct spool s;
	struct err e;

	scratch_open(&s);
	scratch_writer(&x, &s, HOUR);
	put_job(&x, 1);
	ok(scratch_wait(&x, 1), "a job while there is room");
	fault = (struct fault){ .error = ENOSPC, .times = -1, .word = "state.db" };
	put_job(&x, 2);
	ok(scratch_health(&x, WRITER_FULL), "no room is told");
	writer_health(x.w, &e);
	ok(strstr(e.text, "no room") != NULL && e.code == ERR_AGAIN, "in words: %s", e.text);
	put_job(&x, 3);
	ok(writer_get(x.w) == NULL, "nothing is back");
	is_str(jobs_in(&s), "1", "nothing is there");
	fault.error = 0;
	ok(scratch_wait(&x, 3), "with room again, all become durable");
	is_int(writer_health(x.w, &e), WRITER_OK, "and it is told");
	is_str(jobs_in(&s), "1,2,3", "all are there");
	scratch_end(&x);
	is_str(scratch_check(&s), "", "the whole fits");
	scratch_close(&s);
}

/* The disk stays full: closing does not wait for ever, and nothing was promised. */
static void test_full_close(void)
{
	struct scratch x;
	struct spool s;

	scratch_open(&s);
	scratch_writer(&x, &s, HOUR);
	fault = (struct fault){ .error = EDQUOT, .times = -1, .word = "state.db" };
	put_job(&x, 1);
	put_job(&x, 2);
	ok(scratch_health(&x, WRITER_FULL), "a quota is as a full disk");
	scratch_end(&x);
	fault.error = 0;
	is_str(jobs_in(&s), "", "what could not be written is not there");
	scratch_writer(&x, &s, HOUR);
	put_job(&x, 1);
	ok(scratch_wait(&x, 1), "the next start goes on");
	scratch_end(&x);
	scratch_close(&s);
}

static void test_failed(const char *what, struct fault f)
{
	struct scratch x;
	struct spool s;
	struct err e;
	int before;

	scratch_open(&s);
	scratch_writer(&x, &s, HOUR);
	put_job(&x, 1);
	ok(scratch_wait(&x, 1), "%s: a job before", what);
	fault = f;
	put_job(&x, 2);
	ok(scratch_health(&x, WRITER_FAILED), "%s: is told", what);
	writer_health(x.w, &e);
	is_int(e.code, ERR_IO, "%s: as %s", what, e.text);
	fault.error = 0;
	before = writes;
	put_job(&x, 3);
	is_int(writer_get(x.w) == NULL, true, "%s: nothing is back", what);
	scratch_end(&x);
	is_int(writes, before, "%s: that handle is not used again", what);
	scratch_writer(&x, &s, HOUR);
	ok(x.start.next_id == 2 || x.start.next_id == 3, "%s: the turn is there whole or not",
	    what);
	put_job(&x, 3);
	ok(scratch_wait(&x, 1), "%s: the next start goes on", what);
	scratch_end(&x);
	is_str(scratch_check(&s), "", "%s: the whole fits", what);
	scratch_close(&s);
}

/* The spool as a power cut would leave it now: the log is what is on the disk of it. */
static void power_cut(const struct spool *s, struct spool *after)
{
	struct buf b;
	struct err e = { .code = ERR_NONE };

	scratch_open(after);
	buf_init(&b, PAGES * PAGE);
	ok(file_read(s->fd, "state.db", &b, &e) == 0 &&
	    file_replace(after->fd, "state.db", b.data, b.len, 0600, &e) == 0 &&
	    file_replace(after->fd, "state.db-wal", disk.data, sizeof(disk.data), 0600, &e) == 0,
	    "the power goes %s", e.text);
	buf_release(&b);
}

/*
 * What a failed sync has left in the kernel is found by the next start, and lost at a
 * power cut: nothing may be built on it.
 */
static void test_forgotten(void)
{
	struct spool s, after;
	struct scratch x;

	scratch_open(&s);
	scratch_writer(&x, &s, HOUR);
	put_job(&x, 1);
	ok(scratch_wait(&x, 1), "a job before");
	fault = (struct fault){ .error = EIO, .sync = true, .times = 1, .word = "state.db-wal" };
	put_job(&x, 2);
	ok(scratch_health(&x, WRITER_FAILED), "a sync fails");
	power_cut(&s, &after);
	is_str(jobs_in(&after), "1", "what was to be synced is not on the disk");
	scratch_close(&after);
	scratch_end(&x);
	scratch_writer(&x, &s, HOUR);
	put_job(&x, 3);
	ok(scratch_wait(&x, 1), "the next start goes on");
	power_cut(&s, &after);
	is_str(jobs_in(&after), "1,2,3", "what it has said to be durable is on the disk");
	is_str(scratch_check(&after), "", "the whole fits");
	scratch_close(&after);
	scratch_end(&x);
	scratch_close(&s);
}

/* Room goes out at the nth write and comes back: whatever n, nothing is lost. */
static void test_sweep(void)
{
	int bad = 0, hit = 0;

	for (int n = 0; n < 24; n++) {
		struct scratch x;
		struct spool s;

		scratch_open(&s);
		scratch_writer(&x, &s, HOUR);
		fault = (struct fault){ .error = ENOSPC, .after = n, .times = 1,
		    .word = "state.db" };
		for (int i = 1; i <= 4; i++)
			put_job(&x, i);
		/* The first attempt is over when it has failed or all is durable. */
		while (x.durable < 4 && writer_health(x.w, NULL) == WRITER_OK)
			scratch_look(&x);
		hit += fault.times == 0;
		scratch_end(&x);	/* tries once more at once */
		fault.error = 0;
		bad += strcmp(jobs_in(&s), "1,2,3,4") != 0 || scratch_check(&s)[0] != '\0';
		scratch_close(&s);
	}
	is_int(bad, 0, "no room at the nth write, once: nothing is lost");
	ok(hit > 3, "and it did happen, %d times", hit);
}

static void test_history_full(void)
{
	struct writer_stats st;
	struct scratch x;
	struct spool s;
	struct job_row row = plain_job(1);

	scratch_open(&s);
	scratch_writer(&x, &s, 1);
	fault = (struct fault){ .error = ENOSPC, .times = -1, .word = "history" };
	row.status = JOB_COMPLETED;
	row.completed_at = T0 + 1;
	ok(scratch_job(&x, &row), "a job that has ended");
	do {
		scratch_look(&x);
		writer_stats(x.w, &st);
	} while (st.trouble.code == ERR_NONE);
	ok(strstr(st.trouble.text, "history/2025/11/30.db") != NULL, "a day without room: %s",
	    st.trouble.text);
	put_job(&x, 2);
	ok(scratch_wait(&x, 2), "the writer goes on");
	is_int(writer_health(x.w, NULL), WRITER_OK, "in good health");
	is_int(st.moved, 0, "the job stays");
	scratch_end(&x);
	fault.error = 0;
	scratch_writer(&x, &s, 1);
	ok(scratch_moved(&x, 1), "with room it moves");
	writer_stats(x.w, &st);
	is_int(st.trouble.code, ERR_NONE, "no trouble is left");
	scratch_end(&x);
	is_str(scratch_check(&s), "", "the whole fits");
	scratch_close(&s);
}

/* A real one: a small file system of our own that a file fills up. */
static void test_tmpfs(void)
{
	struct scratch x;
	struct spool s;
	char path[4200];
	int fd;

	scratch_open(&s);
	if (!mounts_disk(s.path, "2m")) {
		ok(true, "a small file system: not tried, mounting is not permitted");
		scratch_close(&s);
		return;
	}
	close(s.fd);
	s.fd = open(s.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	scratch_writer(&x, &s, HOUR);
	put_job(&x, 1);
	ok(scratch_wait(&x, 1), "a job on a small file system");
	snprintf(path, sizeof(path), "%s/filler", s.path);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	for (char block[4096] = { 0 }; write(fd, block, sizeof(block)) > 0;)
		;
	for (int i = 2; i < 2000; i++)
		put_job(&x, i);
	ok(scratch_health(&x, WRITER_FULL), "it is full");
	close(fd);
	unlink(path);
	ok(scratch_wait(&x, 1999), "with the file gone, all become durable");
	is_int(writer_health(x.w, NULL), WRITER_OK, "in good health");
	scratch_end(&x);
	is_str(scratch_sql(&s, "state.db", "SELECT count(*) FROM jobs"), "1999", "all are there");
	close(s.fd);
	umount(s.path);
	free(s.path);
}

int main(void)
{
	hook_writes();
	test_full();
	test_full_close();
	test_failed("EIO of a write", (struct fault){ .error = EIO, .times = 1,
	    .word = "state.db" });
	test_failed("EIO of a sync", (struct fault){ .error = EIO, .sync = true, .times = 1,
	    .word = "state.db" });
	test_failed("ENOSPC of a sync", (struct fault){ .error = ENOSPC, .sync = true, .times = 1,
	    .word = "state.db" });
	test_forgotten();
	test_sweep();
	test_history_full();
	test_tmpfs();
	return tap_done();
}
