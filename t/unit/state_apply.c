/*
 * Applying mutations: once is as twice; what is kept beside the rows (counts,
 * days, blocks, keys) follows them; what does not fit is refused.
 */
#include "state/apply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "state/start.h"
#include "staterow.h"
#include "tap.h"

static struct spool spool;
static struct db db;
static struct apply ap;
static int64_t epoch, turn_at;

static const char *const contents[] = {
	"SELECT * FROM jobs ORDER BY 1", "SELECT * FROM job_executions ORDER BY 1, 2",
	"SELECT * FROM job_dependencies ORDER BY 1, 2", "SELECT * FROM worker_nodes ORDER BY 1",
	"SELECT * FROM counts WHERE n <> 0 ORDER BY 1", "SELECT * FROM days ORDER BY 1",
	"SELECT * FROM blobs ORDER BY 1", "SELECT * FROM job_keys ORDER BY 1, 2",
};

/* Everything that stands in state.db, as text. */
static char *dump(void)
{
	struct buf b;

	buf_init(&b, 1 << 24);
	for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++) {
		sqlite3_stmt *st = db_prepare(&db, contents[i], NULL);

		while (sqlite3_step(st) == SQLITE_ROW) {
			for (int c = 0; c < sqlite3_column_count(st); c++) {
				const char *v = (const char *)sqlite3_column_text(st, c);

				buf_addf(&b, "%s|", v ? v : "NULL");
			}
			buf_addc(&b, '\n');
		}
		sqlite3_finalize(st);
	}
	return buf_steal(&b);
}

/* The turn in a transaction of its own. */
static int apply_one(const struct turn *t, struct err *e)
{
	if (db_exec(&db, "BEGIN IMMEDIATE", e) == 0 && apply_turn(&ap, t, e) == 0 &&
	    apply_end(&ap, epoch, turn_at, turn_at + 1, e) == 0 &&
	    db_exec(&db, "COMMIT", e) == 0) {
		turn_at++;
		return 0;
	}
	db_rollback(&db);
	apply_drop(&ap);
	return -1;
}

static void begin(void)
{
	struct writer_start start;

	scratch_open(&spool);
	ok(start_open(&db, &spool, &start, NULL) == 0 && apply_init(&ap, &db, NULL) == 0,
	    "a state to apply to");
	epoch = start.epoch;
	turn_at = 0;
}

/* What is said of state.db then, by its check and by a statement. */
static void end(const char *sql, const char *want)
{
	apply_release(&ap);
	db_close(&db);
	is_str(scratch_check(&spool), "", "the whole fits");
	is_str(scratch_sql(&spool, "state.db", sql), want, "%s", sql);
	scratch_close(&spool);
}

static struct turn *rich_turn(void)
{
	struct turn *t = turn_new(1);
	struct job_row job = plain_job(1);
	struct exec_row exec = plain_exec(1, 1);
	struct dep_row dep = { 2, 1, DEP_OK, DEP_OPEN, 0, 0 };
	struct worker_row worker = plain_worker("local");

	job.launch_hash = "feed";
	job.key = "k";
	add_job(t, MUT_JOB_NEW, &job);
	job.id = 2;
	job.uuid.b[15] = 99;
	job.key = NULL;
	job.created_at = T0 + 24 * HOUR;
	add_job(t, MUT_JOB_NEW, &job);
	add_dep(t, MUT_DEP_NEW, &dep);
	add_worker(t, &worker);
	add_exec(t, MUT_EXEC_NEW, &exec);
	job = plain_job(1);
	job.status = JOB_RUNNING;
	exec.status = JOB_RUNNING;
	add_job(t, MUT_JOB_SET, &job);
	add_exec(t, MUT_EXEC_SET, &exec);
	return t;
}

static struct turn *ending_turn(void)
{
	struct turn *t = turn_new(2);
	struct job_row job = plain_job(1);
	struct exec_row exec = plain_exec(1, 1);
	struct dep_row dep = { 2, 1, DEP_OK, DEP_SATISFIED, 0, 0 };

	exec.status = job.status = JOB_COMPLETED;
	exec.completed_at = job.completed_at = T0 + 1000;
	exec.exit_code = job.exit_code = 0;
	add_exec(t, MUT_EXEC_SET, &exec);
	add_job(t, MUT_JOB_SET, &job);
	add_dep(t, MUT_DEP_SET, &dep);
	return t;
}

static void tell_late(struct exec_row *x, const char *result, int64_t job, const char *worker)
{
	struct turn *t = turn_new(9);

	x->job_id = job;
	x->worker = worker;
	x->late_result = result;
	x->late_at = T0 + 5000;
	add_exec(t, MUT_EXEC_LATE, x);
	ok(apply_one(t, NULL) == 0, "%s of job %d by %s", result, (int)job, worker);
	turn_free(t);
}

static void test_late(void)
{
	struct turn *t = rich_turn();
	struct exec_row x = plain_exec(1, 1);
	struct job_row job = plain_job(1);

	begin();
	job.status = JOB_FAILED;
	job.completed_at = T0 + 1000;
	add_job(t, MUT_JOB_SET, &job);
	x.worker = "local";
	x.status = JOB_FAILED;
	x.completed_at = T0 + 1000;
	x.cause = END_LOST;
	add_exec(t, MUT_EXEC_SET, &x);
	ok(apply_one(t, NULL) == 0, "an execution is lost");
	turn_free(t);
	tell_late(&x, "exit 1", 1, "elsewhere");
	tell_late(&x, "exit 2", 7, "local");
	tell_late(&x, "fenced", 1, "local");
	end("SELECT late_result || ' ' || (late_at - 1764500000000) || ' ' || cause "
	    "FROM job_executions", "fenced 5000 lost");
}

static void test_twice(void)
{
	struct turn *turns[] = { rich_turn(), ending_turn() };
	char *once, *twice;
	struct err e;

	begin();
	for (size_t i = 0; i < 2; i++) {
		ok(apply_one(turns[i], &e) == 0, "turn %d applies", (int)i + 1);
		once = dump();
		ok(apply_one(turns[i], &e) == 0, "turn %d applies again", (int)i + 1);
		twice = dump();
		is_str(twice, once, "and leaves the same");
		free(once);
		free(twice);
	}
	is_int(ap.noted, 2 * (turns[0]->nmuts + turns[1]->nmuts), "all were noted");
	end("SELECT refs FROM blobs WHERE hash = 'feed'", "2");
	turn_free(turns[0]);
	turn_free(turns[1]);
}

/* Random lives of jobs; the numbers beside them always agree with the rows. */
static void test_numbers(void)
{
	uint64_t seed = 7;
	struct err e;
	int bad = 0;

	begin();
	for (int i = 0; i < 60; i++) {
		struct turn *t = turn_new((uint64_t)i + 1);

		for (int k = 0; k < 20; k++) {
			uint64_t r = splitmix64(++seed);
			struct job_row job = plain_job(1 + (int64_t)(r % 50));

			job.created_at = T0 + job.id % 11 * 24 * HOUR;
			job.launch_hash = job.id % 3 ? "aa" : NULL;
			job.status = r >> 32 & 1 ? JOB_FAILED : JOB_QUEUED;
			job.completed_at = r >> 32 & 1 ? T0 + 5 : 0;
			add_job(t, MUT_JOB_NEW, &job);
			job.status = JOB_CANCELLED;
			job.completed_at = T0 + 6;
			if (r >> 33 & 1)
				add_job(t, MUT_JOB_SET, &job);
		}
		bad += apply_one(t, &e) != 0;
		turn_free(t);
	}
	is_int(bad, 0, "random lives apply");
	end("SELECT sum(n) = (SELECT count(*) FROM jobs) FROM counts", "1");
}

static void refused(struct turn *t, enum err_code code, const char *what)
{
	char *before = dump(), *after;
	struct err e;

	err_clear(&e);
	ok(apply_one(t, &e) == -1 && e.code == code, "%s: refused (%s)", what, e.text);
	after = dump();
	is_str(after, before, "%s: nothing has changed", what);
	free(before);
	free(after);
	turn_free(t);
}

static void test_refused(void)
{
	struct job_row job = plain_job(1);
	struct exec_row exec = plain_exec(1, 1);
	struct dep_row dep = { 1, 9, DEP_OK, DEP_OPEN, 0, 0 };
	struct turn *t;

	begin();
	t = turn_new(1);
	add_job(t, MUT_JOB_NEW, &job);
	ok(apply_one(t, NULL) == 0, "a job");
	turn_free(t);

	t = turn_new(2);
	job.id = 2;
	add_job(t, MUT_JOB_NEW, &job);
	refused(t, ERR_INTERNAL, "another job with its uuid");
	t = turn_new(2);
	job = plain_job(3);
	add_job(t, MUT_JOB_NEW, &job);
	job.id = 4;
	add_job(t, MUT_JOB_SET, &job);
	refused(t, ERR_INTERNAL, "an update of no job, after one that was fine");
	t = turn_new(2);
	job = plain_job(1);
	job.status = JOB_FAILED;
	add_job(t, MUT_JOB_SET, &job);
	refused(t, ERR_INTERNAL, "an end without its time");
	t = turn_new(2);
	job = plain_job(5);
	job.completed_at = T0;
	add_job(t, MUT_JOB_NEW, &job);
	refused(t, ERR_INTERNAL, "a time of its end without one");
	t = turn_new(2);
	add_exec(t, MUT_EXEC_SET, &exec);
	refused(t, ERR_INTERNAL, "an update of no execution");
	t = turn_new(2);
	add_dep(t, MUT_DEP_SET, &dep);
	refused(t, ERR_INTERNAL, "an update of no dependency");
	t = turn_new(2);
	job = plain_job(6);
	job.launch = NULL;
	job.launch_hash = "unknown";
	add_job(t, MUT_JOB_NEW, &job);
	refused(t, ERR_INTERNAL, "a block that nobody has");
	t = turn_new(2);
	job = plain_job(7);
	add_job(t, MUT_JOB_NEW, &job);
	epoch++;
	refused(t, ERR_PERM, "a turn of another epoch");
	epoch--;
	turn_at++;
	t = turn_new(2);
	add_job(t, MUT_JOB_NEW, &job);
	refused(t, ERR_PERM, "a turn that does not follow the last");
	end("SELECT count(*) FROM jobs", "1");
}

static void test_block(void)
{
	struct job_row job = plain_job(1);
	struct turn *t = turn_new(1);
	struct reader *r;
	struct buf b;

	begin();
	job.launch_hash = "beef";
	add_job(t, MUT_JOB_NEW, &job);
	job = plain_job(2);
	job.launch_hash = "beef";
	job.launch = NULL;
	job.launch_size = 0;
	add_job(t, MUT_JOB_NEW, &job);
	ok(apply_one(t, NULL) == 0, "two jobs share a block, the second only names it");
	turn_free(t);
	r = reader_open(&spool, NULL);
	ok(reader_job(r, 2, &job, NULL) == 1 && job.launch == NULL, "the row has its hash only");
	buf_init(&b, 1000);
	ok(reader_launch(r, &job, &b, NULL) == 1 && b.len == 12, "the block is found by it");
	is_str(b.data, "launch block", "and is what it was");
	buf_release(&b);
	buf_init(&b, 5);
	ok(reader_launch(r, &job, &b, NULL) == -1, "a block beyond the buffer's maximum: an error");
	buf_release(&b);
	reader_close(r);
	end("SELECT refs FROM blobs", "2");
}

/* Columns that a job's ordinary update leaves alone; tags are merged. */
static void test_edit(void)
{
	struct job_row job = plain_job(1);
	struct turn *t = turn_new(1);

	begin();
	job.tags = "{\"a\":\"1\",\"b\":\"2\"}";
	add_job(t, MUT_JOB_NEW, &job);
	ok(apply_one(t, NULL) == 0, "a job");
	turn_free(t);
	t = turn_new(2);
	job.tags = "{\"b\":null,\"c\":\"3\"}";
	job.time_limit = 90000;
	job.name = "other";
	add_edit(t, "tags", &job);
	add_edit(t, "max_execution_time", &job);
	ok(apply_one(t, NULL) == 0, "two columns");
	ok(apply_one(t, NULL) == 0, "and once more");
	turn_free(t);
	job.id = 9;
	t = turn_new(3);
	add_edit(t, "tags", &job);
	refused(t, ERR_INTERNAL, "a column of no job");
	end("SELECT tags || max_execution_time || (job_name = 'other') FROM jobs",
	    "{\"a\":\"1\",\"c\":\"3\"}90.00");
}

int main(void)
{
	test_twice();
	test_late();
	test_numbers();
	test_refused();
	test_block();
	test_edit();
	return tap_done();
}
