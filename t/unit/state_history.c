/*
 * History: what has ended moves to its day, whole, and is found there as before;
 * what must stay stays; a crash between the halves and a broken day do no harm.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fdio.h"
#include "staterow.h"
#include "tap.h"

#define DAY_FILE "history/2025/11/30.db"

static struct job_row ended_job(int64_t id)
{
	struct job_row row = plain_job(id);

	row.status = JOB_COMPLETED;
	row.completed_at = T0 + 1000 + id;
	row.exit_code = 0;
	return row;
}

static int count(void *arg, const void *row)
{
	(void)row;
	(*(int *)arg)++;
	return 0;
}

static mode_t mode_of(const struct spool *s, const char *name)
{
	struct stat st;

	return fstatat(s->fd, name, &st, 0) == 0 ? st.st_mode & 07777 : 0;
}

/* A job with two executions, two dependencies and a block of its own. */
static void put_rich(struct scratch *x, int64_t id)
{
	struct turn *t = scratch_turn(x);
	struct job_row row = ended_job(id);
	struct exec_row exec = plain_exec(id, 1);
	struct dep_row dep = { id, 900, DEP_OK, DEP_SATISFIED, 0, 0 };

	row.launch_hash = "f00d";
	add_job(t, MUT_JOB_NEW, &row);
	exec.status = JOB_FAILED;
	exec.completed_at = T0 + 1;
	add_exec(t, MUT_EXEC_NEW, &exec);
	exec.execution = 2;
	exec.status = JOB_COMPLETED;
	add_exec(t, MUT_EXEC_NEW, &exec);
	add_dep(t, MUT_DEP_NEW, &dep);
	dep.parent_id = 901;
	add_dep(t, MUT_DEP_NEW, &dep);
	scratch_commit(x, t);
}

static void check_rich(const struct spool *s, int64_t id, bool archived)
{
	const char *where = archived ? "moved" : "not moved";
	struct reader *r = reader_open(s, NULL);
	struct job_row row, want = ended_job(id);
	struct buf b;
	int n = 0;

	want.launch = NULL;
	want.launch_size = 0;
	want.launch_hash = "f00d";
	ok(reader_job(r, id, &row, NULL) == 1 && same_row(&table_jobs, &row, &want), "%s: the job",
	    where);
	is_int(reader_archived(r), archived, "%s: it says so", where);
	buf_init(&b, 100);
	ok(reader_launch(r, &row, &b, NULL) == 1 && b.len == 12, "%s: its block", where);
	buf_release(&b);
	ok(reader_execs(r, id, count, &n, NULL) == 0 && n == 2, "%s: its executions", where);
	n = 0;
	ok(reader_deps(r, id, count, &n, NULL) == 0 && n == 2, "%s: its dependencies", where);
	n = 0;
	ok(reader_dependents(r, 900, count, &n, NULL) == 0 && n == 1, "%s: its parent knows it",
	    where);
	is_str(scratch_ids(r, (struct job_filter){ .history = true }), "1000", "%s: in a list",
	    where);
	is_str(scratch_ids(r, (struct job_filter){ .history = false }), archived ? "" : "1000",
	    "%s: in a list without the history", where);
	reader_close(r);
}

static void test_move(void)
{
	struct scratch x;
	struct spool s;

	scratch_open(&s);
	scratch_writer(&x, &s, 100 * 365 * 24 * HOUR);
	put_rich(&x, 1000);
	scratch_end(&x);
	check_rich(&s, 1000, false);
	scratch_writer(&x, &s, 1);
	ok(scratch_moved(&x, 1), "it moves");
	check_rich(&s, 1000, true);
	scratch_end(&x);
	check_rich(&s, 1000, true);
	is_int(mode_of(&s, DAY_FILE), 0600, "the day is 0600");
	is_int(mode_of(&s, "history/2025/11"), 0700, "its directory 0700");
	is_int(mode_of(&s, DAY_FILE "-wal") | mode_of(&s, DAY_FILE "-shm"), 0, "at rest one file");
	is_str(scratch_sql(&s, "state.db", "SELECT (SELECT count(*) FROM jobs) + "
	    "(SELECT count(*) FROM job_executions) + (SELECT count(*) FROM job_dependencies) + "
	    "(SELECT count(*) FROM blobs)"), "0", "nothing of it stays in state.db");
	is_str(scratch_sql(&s, "state.db", "SELECT day || ' ' || first_id || ' ' || last_id || ' ' "
	    "|| live FROM days"), "20422 1000 1000 0", "but its day");
	is_str(scratch_check(&s), "", "the whole fits");
	scratch_close(&s);
}

static int execs_of(struct reader *r, int64_t id)
{
	int n = 0;

	return reader_execs(r, id, count, &n, NULL) == 0 ? n : -1;
}

static void move_all(const struct spool *s)
{
	struct scratch x;

	scratch_writer(&x, s, 1);
	ok(scratch_moved(&x, 1), "it moves meanwhile");
	scratch_end(&x);
}

/* A held reader goes on with what it has seen, and opens a day once. */
static void test_held(void)
{
	struct job_row row;
	struct scratch x;
	struct reader *r;
	struct spool s;

	scratch_open(&s);
	scratch_writer(&x, &s, 100 * 365 * 24 * HOUR);
	put_rich(&x, 1000);
	scratch_end(&x);
	r = reader_open(&s, NULL);
	ok(reader_hold(r, NULL) == 0 && reader_job(r, 1000, &row, NULL) == 1, "held: the job");
	move_all(&s);
	ok(reader_job(r, 1000, &row, NULL) == 1 && !reader_archived(r), "held: is where it was");
	is_int(execs_of(r, 1000), 2, "held: with its executions");
	reader_let_go(r);
	ok(reader_job(r, 1000, &row, NULL) == 1 && reader_archived(r), "let go: it has moved");
	ok(reader_hold(r, NULL) == 0 && reader_job(r, 1000, &row, NULL) == 1, "held: in its day");
	renameat(s.fd, DAY_FILE, s.fd, "away");
	is_int(execs_of(r, 1000), 2, "held: the day stays open");
	reader_let_go(r);
	is_int(execs_of(r, 1000), 0, "let go: nothing is left open");
	reader_close(r);
	scratch_close(&s);
}

static void test_stays(void)
{
	struct exec_row exec = plain_exec(2, 1);
	struct dep_row dep = { 5, 1, DEP_OK, DEP_OPEN, 0, 0 };
	struct job_row row;
	struct scratch x;
	struct spool s;
	struct turn *t;

	scratch_open(&s);
	scratch_writer(&x, &s, 5000);
	t = scratch_turn(&x);
	for (int id = 1; id <= 5; id++) {
		row = id == 5 ? plain_job(id) : ended_job(id);
		if (id == 3)
			row.completed_at = now_read().wall;
		add_job(t, MUT_JOB_NEW, &row);
	}
	add_dep(t, MUT_DEP_NEW, &dep);
	add_exec(t, MUT_EXEC_NEW, &exec);
	scratch_commit(&x, t);
	ok(scratch_moved(&x, 1), "one of five moves");
	is_str(scratch_sql(&s, "state.db", "SELECT group_concat(job_id) FROM "
	    "(SELECT job_id FROM jobs ORDER BY 1)"), "1,2,3,5",
	    "one has an open dependent, one an open execution, one just ended, one lives");
	t = scratch_turn(&x);
	dep.state = DEP_SATISFIED;
	add_dep(t, MUT_DEP_SET, &dep);
	exec.status = JOB_FAILED;
	exec.completed_at = T0;
	add_exec(t, MUT_EXEC_SET, &exec);
	scratch_commit(&x, t);
	ok(scratch_moved(&x, 3), "when that is settled two more do");
	is_str(scratch_sql(&s, "state.db", "SELECT group_concat(job_id) FROM "
	    "(SELECT job_id FROM jobs ORDER BY 1)"), "3,5",
	    "the others stay");
	scratch_end(&x);
	is_str(scratch_check(&s), "", "the whole fits");
	scratch_close(&s);
}

static void keep_file(const struct spool *s, const char *from, const char *to)
{
	struct buf b;

	buf_init(&b, 1 << 26);
	if (file_read(s->fd, from, &b, NULL) != 0 ||
	    file_replace(s->fd, to, b.data, b.len, 0600, NULL) != 0)
		ok(false, "copy of %s", from);
	buf_release(&b);
}

/* state.db as it was before the second half of a move. */
static void test_between(void)
{
	struct scratch x;
	struct spool s;
	struct reader *r;
	int n = 0;

	scratch_open(&s);
	scratch_writer(&x, &s, 100 * 365 * 24 * HOUR);
	put_rich(&x, 1);
	for (int id = 2; id <= 6; id++) {
		struct job_row row = id % 2 ? ended_job(id) : plain_job(id);

		scratch_job(&x, &row);
	}
	scratch_end(&x);
	keep_file(&s, "state.db", "kept");
	scratch_writer(&x, &s, 1);
	ok(scratch_moved(&x, 3), "three move");
	scratch_end(&x);
	keep_file(&s, "kept", "state.db");
	unlinkat(s.fd, "state.db-wal", 0);
	unlinkat(s.fd, "state.db-shm", 0);
	r = reader_open(&s, NULL);
	is_str(scratch_ids(r, (struct job_filter){ .history = true, .limit = 2 }), "1 2 3 4 5 6",
	    "in both places: listed once");
	is_str(scratch_ids(r, (struct job_filter){ .history = true, .limit = 2,
	    .newest_first = true }), "6 5 4 3 2 1", "also backwards");
	ok(reader_dependents(r, 900, count, &n, NULL) == 0 && n == 1, "a dependent once");
	reader_close(r);
	scratch_writer(&x, &s, 1);
	ok(scratch_moved(&x, 3), "they move again");
	scratch_end(&x);
	is_str(scratch_sql(&s, DAY_FILE, "SELECT refs FROM blobs"), "1", "a block counts once");
	is_str(scratch_check(&s), "", "the whole fits");
	scratch_close(&s);
}

/* A rerun in place of a job that has moved since somebody looked it up. */
static void test_return(void)
{
	struct scratch x;
	struct spool s;
	struct job_row row = ended_job(7);
	struct exec_row exec = plain_exec(7, 3);
	struct worker_row worker = plain_worker("local");
	struct reader *r;
	struct turn *t;
	int n = 0;

	scratch_open(&s);
	scratch_writer(&x, &s, 1);
	put_rich(&x, 7);
	ok(scratch_moved(&x, 1), "it moves");
	t = scratch_turn(&x);
	add_worker(t, &worker);
	row.status = JOB_SCHEDULED;
	row.completed_at = 0;
	row.executions = 3;
	add_job(t, MUT_JOB_SET, &row);
	add_exec(t, MUT_EXEC_NEW, &exec);
	ok(scratch_commit(&x, t), "and lives again");
	r = reader_open(&s, NULL);
	ok(reader_job(r, 7, &row, NULL) == 1 && row.status == JOB_SCHEDULED && !reader_archived(r),
	    "it is in state.db");
	ok(reader_execs(r, 7, count, &n, NULL) == 0 && n == 3, "with all its executions");
	is_str(scratch_ids(r, (struct job_filter){ .history = true }), "7", "listed once");
	is_str(scratch_sql(&s, "state.db", "SELECT refs FROM blobs"), "1", "with its block");
	is_str(scratch_check(&s), "", "the whole fits");
	t = scratch_turn(&x);
	row.status = JOB_FAILED;
	row.completed_at = T0 + 5;
	exec.status = JOB_FAILED;
	exec.completed_at = T0 + 5;
	add_job(t, MUT_JOB_SET, &row);
	add_exec(t, MUT_EXEC_SET, &exec);
	scratch_commit(&x, t);
	ok(scratch_moved(&x, 2), "it moves once more");
	n = 0;
	ok(reader_job(r, 7, &row, NULL) == 1 && row.status == JOB_FAILED && reader_archived(r),
	    "its day has it as it ended at last");
	ok(reader_execs(r, 7, count, &n, NULL) == 0 && n == 3, "with all its executions");
	reader_close(r);
	scratch_end(&x);
	is_str(scratch_check(&s), "", "the whole fits");
	scratch_close(&s);
}

/* What was lost comes back when its job has moved long ago. */
static void test_late(void)
{
	struct job_row row = ended_job(7);
	struct exec_row exec = plain_exec(7, 1);
	struct scratch x;
	struct spool s;
	struct turn *t;

	scratch_open(&s);
	scratch_writer(&x, &s, 1);
	t = scratch_turn(&x);
	exec.status = JOB_FAILED;
	exec.cause = END_LOST;
	exec.completed_at = T0;
	add_job(t, MUT_JOB_NEW, &row);
	add_exec(t, MUT_EXEC_NEW, &exec);
	scratch_commit(&x, t);
	ok(scratch_moved(&x, 1), "it moves");
	t = scratch_turn(&x);
	exec.late_result = "fenced";
	exec.late_at = T0 + 5;
	add_exec(t, MUT_EXEC_LATE, &exec);
	ok(scratch_commit(&x, t), "its late result comes");
	ok(scratch_moved(&x, 2), "it moves once more");
	scratch_end(&x);
	is_str(scratch_check(&s), "", "the whole fits");
	is_str(scratch_sql(&s, DAY_FILE, "SELECT late_result || late_at FROM job_executions"),
	    "fenced1764500000005", "its day has it");
	scratch_close(&s);
}

static void test_broken_day(void)
{
	struct writer_stats st;
	struct scratch x;
	struct spool s;
	struct job_row row = ended_job(1);
	struct reader *r;
	struct err e;

	scratch_open(&s);
	scratch_writer(&x, &s, 1);
	dir_make(s.fd, "history/2025/11", 0700, NULL);
	file_replace(s.fd, DAY_FILE, "this is no database, and longer than a header", 44, 0600,
	    NULL);
	scratch_job(&x, &row);
	row = ended_job(2);
	row.created_at += 24 * HOUR;
	scratch_job(&x, &row);
	ok(scratch_moved(&x, 1), "the job of another day moves");
	do {
		writer_stats(x.w, &st);
		scratch_look(&x);
	} while (st.trouble.code == ERR_NONE);
	ok(strstr(st.trouble.text, DAY_FILE) != NULL, "the broken day is told: %s",
	    st.trouble.text);
	is_int(writer_health(x.w, NULL), WRITER_OK, "the writer is well");
	r = reader_open(&s, NULL);
	ok(reader_job(r, 1, &row, NULL) == 1, "its job can be read: it is in state.db");
	ok(reader_job(r, 2, &row, NULL) == 1, "so can that of the other day");
	err_clear(&e);
	ok(strstr(scratch_ids(r, (struct job_filter){ .history = true }), DAY_FILE) != NULL,
	    "a list that needs it says which day is broken");
	reader_close(r);
	ok(strstr(scratch_check(&s), DAY_FILE ": ") != NULL, "a check finds it");
	scratch_end(&x);
	unlinkat(s.fd, DAY_FILE, 0);
	scratch_writer(&x, &s, 1);
	ok(scratch_moved(&x, 1), "with it out of the way the job moves");
	scratch_end(&x);
	is_str(scratch_check(&s), "", "the whole fits");
	file_replace(s.fd, DAY_FILE, "", 0, 0600, NULL);
	r = reader_open(&s, NULL);
	is_str(scratch_ids(r, (struct job_filter){ .history = true }), "2",
	    "an empty file is a day without jobs");
	reader_close(r);
	scratch_close(&s);
}

static void test_lost(void)
{
	struct scratch x;
	struct spool s;
	struct job_row row;
	struct reader *r;

	scratch_open(&s);
	scratch_writer(&x, &s, 1);
	for (int id = 1; id <= 9; id++) {
		row = ended_job(id);
		row.created_at += id % 3 * 24 * HOUR;
		scratch_job(&x, &row);
	}
	ok(scratch_moved(&x, 9), "nine jobs move");
	scratch_end(&x);
	unlinkat(s.fd, "state.db", 0);
	unlinkat(s.fd, "state.db-wal", 0);
	unlinkat(s.fd, "state.db-shm", 0);
	scratch_writer(&x, &s, 1);
	is_int(x.start.next_id, 10, "state.db is lost: numbers go on behind the history");
	r = reader_open(&s, NULL);
	is_str(scratch_ids(r, (struct job_filter){ .history = true }), "1 2 3 4 5 6 7 8 9",
	    "which is found");
	ok(reader_job(r, 5, &row, NULL) == 1, "by number too");
	reader_close(r);
	scratch_end(&x);
	is_str(scratch_check(&s), "", "the whole fits");
	scratch_close(&s);
}

/* More than a step takes, of several days at once. */
static void test_many(void)
{
	enum { N = 1500 };
	struct scratch x;
	struct spool s;
	struct turn *t;
	struct reader *r;
	char *want = xmalloc(N * 6), *at = want;

	scratch_open(&s);
	scratch_writer(&x, &s, 1);
	t = scratch_turn(&x);
	for (int id = 1; id <= N; id++) {
		struct job_row row = ended_job(id);

		row.created_at += id % 4 * 24 * HOUR;
		row.completed_at = T0 + id / 300;
		add_job(t, MUT_JOB_NEW, &row);
		at += snprintf(at, 6, "%s%d", id > 1 ? " " : "", id);
	}
	scratch_commit(&x, t);
	ok(scratch_moved(&x, N), "%d jobs of four days move", (int)N);
	r = reader_open(&s, NULL);
	is_str(scratch_ids(r, (struct job_filter){ .history = true, .limit = 97 }), want,
	    "and are listed in order");
	reader_close(r);
	scratch_end(&x);
	is_str(scratch_check(&s), "", "the whole fits");
	scratch_close(&s);
	free(want);
}

int main(void)
{
	test_move();
	test_held();
	test_stays();
	test_between();
	test_return();
	test_late();
	test_broken_day();
	test_lost();
	test_many();
	return tap_done();
}
