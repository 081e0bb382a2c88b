/*
 * The writer: turns become durable together, whole and in order; what nobody has
 * to wait for waits for nobody; one jobd at a time.
 */
#include <poll.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "staterow.h"
#include "tap.h"

static void test_fresh(void)
{
	struct scratch x;
	struct spool s;
	struct stat st;
	struct uuid instance;
	struct err e;

	scratch_open(&s);
	ok(reader_open(&s, &e) == NULL && e.code == ERR_UNAVAIL, "nothing to read yet: %s", e.text);
	scratch_writer(&x, &s, HOUR);
	is_int(x.start.epoch, 1, "the first start is epoch 1");
	is_int(x.start.next_id, 1, "ids begin with 1");
	ok(!uuid_is_nil(&x.start.instance), "the spool has a name");
	instance = x.start.instance;
	ok(fstatat(s.fd, "state.db", &st, 0) == 0 && (st.st_mode & 07777) == 0600,
	    "state.db is 0600");
	ok(fstatat(s.fd, "state.db-wal", &st, 0) == 0 && (st.st_mode & 07777) == 0600,
	    "its log too");
	ok(scratch_job(&x, &(struct job_row){ .id = 41, .exit_code = -1, .signal = -1 }),
	    "a job with nothing but a number");
	scratch_end(&x);
	ok(fstatat(s.fd, "state.db-wal", &st, 0) == 0 && fstatat(s.fd, "state.db-shm", &st, 0) == 0,
	    "log and index stay for readers");
	scratch_writer(&x, &s, HOUR);
	is_int(x.start.epoch, 2, "each start is an epoch");
	is_int(x.start.next_id, 42, "ids go on");
	ok(uuid_equal(&instance, &x.start.instance), "the name stays");
	scratch_end(&x);
	scratch_close(&s);
}

/* A lock on state.db by a program of its owner: as it holds, turns gather. */
static void test_group(void)
{
	struct writer_stats before, st;
	struct scratch x;
	struct spool s;
	char path[300];
	sqlite3 *h;
	enum { N = 500 };

	scratch_open(&s);
	scratch_writer(&x, &s, HOUR);
	scratch_job(&x, &(struct job_row){ .id = 1, .exit_code = -1, .signal = -1 });
	writer_stats(x.w, &before);
	snprintf(path, sizeof(path), "%s/state.db", s.path);
	sqlite3_open(path, &h);
	sqlite3_exec(h, "BEGIN IMMEDIATE", NULL, NULL, NULL);
	for (int i = 0; i < N; i++) {
		struct turn *t = scratch_turn(&x);
		struct job_row row = plain_job(i + 2);

		add_job(t, MUT_JOB_NEW, &row);
		writer_put(x.w, t);
	}
	writer_stats(x.w, &st);
	is_int(st.backlog, N, "all wait");
	ok(writer_get(x.w) == NULL, "none is back before it is on disk");
	sqlite3_exec(h, "ROLLBACK", NULL, NULL, NULL);
	sqlite3_close(h);
	ok(scratch_wait(&x, N + 1), "all become durable, in order");
	writer_stats(x.w, &st);
	is_int(st.turns - before.turns, N, "each is counted");
	ok(st.commits - before.commits <= 2, "in %d commits",
	    (int)(st.commits - before.commits));
	is_int(st.backlog, 0, "none waits");
	is_int(st.rows, N + 1, "rows are counted");
	is_str(scratch_sql(&s, "state.db", "SELECT turn FROM instance"), "501", "the last turn");
	is_str(scratch_sql(&s, "state.db", "SELECT next_id FROM instance"), "502", "the next id");
	scratch_end(&x);
	scratch_close(&s);
}

static void test_empty(void)
{
	struct scratch x;
	struct spool s;
	struct job_row row = plain_job(1);
	struct turn *t;

	scratch_open(&s);
	scratch_writer(&x, &s, HOUR);
	ok(scratch_commit(&x, scratch_turn(&x)), "a turn without rows comes back");
	is_str(scratch_sql(&s, "state.db", "SELECT turn FROM instance"), "0", "without a commit");
	ok(scratch_job(&x, &row), "one with rows");
	is_str(scratch_sql(&s, "state.db", "SELECT turn FROM instance"), "2", "with one");
	t = scratch_turn(&x);
	turn_mut(t, MUT_NOTE, &(struct cause){ .via = "test" })->note.job = 1;
	ok(scratch_commit(&x, t), "a note is a commit too");
	is_str(scratch_sql(&s, "state.db", "SELECT turn FROM instance"), "3", "and moves the turn");
	ok(writer_get(x.w) == NULL, "nothing is left");
	scratch_end(&x);
	scratch_close(&s);
}

static void test_close(void)
{
	struct scratch x;
	struct spool s;

	scratch_open(&s);
	scratch_writer(&x, &s, HOUR);
	for (int i = 1; i <= 100; i++) {
		struct turn *t = scratch_turn(&x);
		struct job_row row = plain_job(i);

		add_job(t, MUT_JOB_NEW, &row);
		writer_put(x.w, t);
	}
	scratch_end(&x);
	is_str(scratch_sql(&s, "state.db", "SELECT count(*) FROM jobs"), "100",
	    "closing waits for what was handed over");
	writer_close(NULL);
	scratch_writer(&x, &s, HOUR);
	is_int(x.start.next_id, 101, "it is there for the next");
	scratch_end(&x);
	scratch_close(&s);
}

/* Another jobd on the same spool raises the epoch: the old one is out. */
static void test_taken_over(void)
{
	struct scratch old, new;
	struct spool s;
	struct job_row row = plain_job(1);
	struct err e;

	scratch_open(&s);
	scratch_writer(&old, &s, HOUR);
	ok(scratch_job(&old, &row), "the first writes");
	scratch_writer(&new, &s, HOUR);
	row = plain_job(2);
	ok(scratch_job(&new, &row), "the second writes");
	row = plain_job(3);
	ok(!scratch_job(&old, &row), "the first writes no more");
	is_int(writer_health(old.w, &e), WRITER_FAILED, "it has failed: %s", e.text);
	ok(strstr(e.text, "another jobd") != NULL, "and says why");
	row = plain_job(4);
	ok(!scratch_job(&old, &row), "nor later");
	scratch_end(&old);
	row = plain_job(5);
	ok(scratch_job(&new, &row), "the second goes on");
	scratch_end(&new);
	is_str(scratch_sql(&s, "state.db", "SELECT group_concat(job_id) FROM jobs"), "1,2,5",
	    "only what was durable is there");
	scratch_close(&s);
}

/* Longer than SQLite waits: as with a full disk, all is kept until it works. */
static void test_locked(void)
{
	struct scratch x;
	struct spool s;
	struct job_row row = plain_job(1);
	struct turn *t;
	struct err e;
	char path[300];
	sqlite3 *h;

	scratch_open(&s);
	scratch_writer(&x, &s, HOUR);
	snprintf(path, sizeof(path), "%s/state.db", s.path);
	sqlite3_open(path, &h);
	sqlite3_exec(h, "BEGIN IMMEDIATE", NULL, NULL, NULL);
	t = scratch_turn(&x);
	add_job(t, MUT_JOB_NEW, &row);
	writer_put(x.w, t);
	ok(scratch_health(&x, WRITER_FULL), "a lock that stays is told");
	writer_health(x.w, &e);
	ok(strstr(e.text, "locked") != NULL, "in words: %s", e.text);
	sqlite3_exec(h, "ROLLBACK", NULL, NULL, NULL);
	sqlite3_close(h);
	ok(scratch_wait(&x, 1) && writer_health(x.w, &e) == WRITER_OK, "then it goes on");
	is_str(e.text, "", "and has nothing to say");
	scratch_end(&x);
	scratch_close(&s);
}

int main(void)
{
	test_fresh();
	test_group();
	test_empty();
	test_close();
	test_taken_over();
	test_locked();
	return tap_done();
}
