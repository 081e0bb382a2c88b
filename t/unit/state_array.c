/*
 * Arrays on disk: a row of an element is made from its array's, elements without a row
 * are read all the same, and all of it moves to the history in an order that loses none.
 */
#include <stdio.h>
#include <string.h>

#include "core/elements.h"
#include "staterow.h"
#include "tap.h"

#define ARRAY 10

static struct job_row array_job(void)
{
	struct job_row row = plain_job(ARRAY);

	row.array_id = ARRAY;
	row.array_spec = "1-9:2";
	row.array_limit = 2;
	row.array_left = "1-3";
	row.array_states = "queued=3,running=1,cancelled=1";
	row.array_never = "4";
	row.array_fate = REASON_BY_USER;
	row.launch = "block";
	row.launch_size = 5;
	row.key = "k";
	row.key_scope = "window";
	row.comment = "of the array";
	return row;
}

static struct job_row element_job(void)
{
	struct job_row row = { .id = ARRAY + 1, .array_id = ARRAY, .array_index = 1,
	    .status = JOB_SCHEDULED, .executions = 1, .exit_code = -1, .signal = -1,
	    .priority = 500, .created_at = T0, .worker = "local" };

	uuid_new(&row.uuid);
	return row;
}

static void put_array(struct scratch *x, bool twice)
{
	struct job_row array = array_job(), element = element_job();
	struct exec_row exec = plain_exec(ARRAY + 1, 1);
	struct worker_row worker = plain_worker("local");
	struct turn *t = scratch_turn(x);

	add_worker(t, &worker);
	add_job(t, MUT_JOB_NEW, &array);
	add_job(t, MUT_ELEMENT_NEW, &element);
	if (twice)
		add_job(t, MUT_ELEMENT_NEW, &element);
	add_exec(t, MUT_EXEC_NEW, &exec);
	ok(scratch_commit(x, t), "an array and an element of it");
}

static void end_all(struct scratch *x)
{
	struct job_row array = array_job(), element = element_job();
	struct exec_row exec = plain_exec(ARRAY + 1, 1);
	struct turn *t = scratch_turn(x);

	array.array_left = NULL;
	array.array_never = "1-4";
	array.array_states = "completed=1,cancelled=4";
	array.status = JOB_CANCELLED;
	array.reason = REASON_BY_USER;
	element.status = JOB_COMPLETED;
	element.completed_at = T0 + 5;
	array.completed_at = T0 + 6;
	exec.status = JOB_COMPLETED;
	exec.completed_at = T0 + 5;
	add_exec(t, MUT_EXEC_SET, &exec);
	add_job(t, MUT_JOB_SET, &element);
	add_job(t, MUT_JOB_SET, &array);
	ok(scratch_commit(x, t), "both end");
}

static void is_launch(struct reader *r, const struct job_row *row, const char *what)
{
	struct buf b;
	struct err e;

	buf_init(&b, 1000);
	is_int(reader_launch(r, row, &b, &e), 1, "%s: a launch block", what);
	ok(b.len == 5 && memcmp(b.data, "block", 5) == 0, "%s: its array's", what);
	buf_release(&b);
}

static void check_rows(const struct spool *s, bool archived)
{
	struct reader *r = reader_open(s, NULL);
	struct job_row row;
	struct err e;

	is_int(reader_job(r, ARRAY + 1, &row, &e), 1, "an element with a row");
	ok(row.array_id == ARRAY && row.array_index == 1 && row.array_limit == 2, "is one");
	is_str(row.comment, "of the array", "has what its array has");
	ok(row.key == NULL && row.launch == NULL && row.array_left == NULL, "but what is its own");
	is_str(row.worker, "local", "and what became of it");
	is_launch(r, &row, "with a row");
	is_int(reader_archived(r), archived, "it is where it is");
	is_int(reader_job(r, ARRAY + 3, &row, &e), 1, "an element without one");
	ok(row.id == ARRAY + 3 && row.array_index == 5 && row.worker == NULL, "is that one");
	is_int(row.status, archived ? JOB_CANCELLED : JOB_QUEUED, "in its state");
	is_launch(r, &row, "without a row");
	is_int(reader_job(r, ARRAY + 5, &row, &e), 1, "one that will never run");
	is_int(row.status, JOB_CANCELLED, "is cancelled");
	is_int(row.reason, REASON_BY_USER, "for the array's reason");
	is_int(reader_job(r, ARRAY + 6, &row, &e), 0, "behind the last there is none");
	is_int(reader_job(r, ARRAY - 1, &row, &e), 0, "nor before the array");
	reader_close(r);
	is_str(scratch_check(s), "", "the files are sound");
}

static void test_life(void)
{
	struct spool s;
	struct scratch x;

	scratch_open(&s);
	scratch_writer(&x, &s, INT64_C(1) << 60);
	put_array(&x, true);
	is_str(scratch_sql(&s, "state.db", "SELECT next_id FROM instance"), "16",
	    "its elements' numbers are taken");
	is_str(scratch_sql(&s, "state.db", "SELECT n FROM counts WHERE status = 'scheduled'"), "1",
	    "the same turn twice counts once");
	check_rows(&s, false);
	scratch_end(&x);
	scratch_close(&s);
}

/* Elements first; the array stays until all of them have gone. */
static void test_history(void)
{
	struct spool s;
	struct scratch x;

	scratch_open(&s);
	scratch_writer(&x, &s, 0);
	put_array(&x, false);
	end_all(&x);
	ok(scratch_moved(&x, 2), "both move");
	is_str(scratch_sql(&s, "state.db", "SELECT count(*) FROM jobs"), "0", "to the history");
	check_rows(&s, true);
	scratch_end(&x);
	scratch_close(&s);
}

/* While the array lives, no element leaves it. */
static void test_stays(void)
{
	struct job_row element = element_job(), other = plain_job(5);
	struct exec_row exec = plain_exec(ARRAY + 1, 1);
	struct spool s;
	struct scratch x;
	struct turn *t;

	scratch_open(&s);
	scratch_writer(&x, &s, 0);
	put_array(&x, false);
	t = scratch_turn(&x);
	element.status = JOB_COMPLETED;
	element.completed_at = T0 + 5;
	exec.status = JOB_COMPLETED;
	exec.completed_at = T0 + 5;
	add_exec(t, MUT_EXEC_SET, &exec);
	add_job(t, MUT_JOB_SET, &element);
	other.status = JOB_COMPLETED;
	other.completed_at = T0 + 7;
	add_job(t, MUT_JOB_NEW, &other);
	ok(scratch_commit(&x, t), "an element has ended, and another job after it");
	ok(scratch_moved(&x, 1), "one moves");
	is_str(scratch_sql(&s, "state.db", "SELECT group_concat(job_id) FROM jobs"), "10,11",
	    "the other one");
	scratch_end(&x);
	scratch_close(&s);
}

int main(void)
{
	test_life();
	test_history();
	test_stays();
	return tap_done();
}
