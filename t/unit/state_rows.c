/*
 * Rows: whatever a row holds, in any column, comes back from disk as it was, from
 * state.db and from the history; and what an update may not change stays.
 */
#include <stdio.h>
#include <string.h>

#include "staterow.h"
#include "tap.h"

#define ROUNDS 40

/* What state refuses or changes by design is made fit: see apply.c. */
static void make_fit(struct job_row *row, int64_t id)
{
	row->id = id;
	row->launch_hash = NULL;
	row->array_id = 0;	/* else it would move with others */
	row->created_at = T0;
	if (job_status_terminal((enum job_status)row->status))
		row->completed_at = T0 + id;
	else
		row->completed_at = 0;
}

struct one {
	const struct table *table;
	const void *want;
	int seen;
	bool same;
};

static int compare(void *arg, const void *row)
{
	struct one *o = arg;

	o->same = same_row(o->table, o->want, row);
	o->seen++;
	return 0;
}

static void check_job(struct reader *r, const struct job_row *want, const char *where)
{
	struct one o = { &table_jobs, want, 0, false };
	struct job_filter f = { .first = want->id, .last = want->id, .history = true };
	struct job_row got;
	struct err e;
	bool more;

	ok(reader_job(r, want->id, &got, &e) == 1 && same_row(&table_jobs, want, &got),
	    "job %d alone, %s", (int)want->id, where);
	ok(reader_jobs(r, &f, compare, &o, &more, &e) == 0 && o.seen == 1 && o.same && !more,
	    "job %d in a list, %s", (int)want->id, where);
}

/* For a check of the whole: without executions nothing runs. */
static void make_idle(struct job_row *row)
{
	if (row->status == JOB_SCHEDULED || row->status == JOB_RUNNING)
		row->status = JOB_QUEUED;
}

static void test_jobs(void)
{
	struct job_row rows[ROUNDS];
	struct arena *a = arena_new();
	struct scratch x;
	struct spool s;
	struct reader *r;
	uint64_t ended = 0;

	scratch_open(&s);
	scratch_writer(&x, &s, 1);
	for (int i = 0; i < ROUNDS; i++) {
		random_row(&table_jobs, &rows[i], a);
		make_fit(&rows[i], i + 1);
		ended += job_status_terminal((enum job_status)rows[i].status);
		ok(scratch_job(&x, &rows[i]), "job %d is kept", i + 1);
	}
	r = reader_open(&s, NULL);
	for (int i = 0; i < ROUNDS; i++)
		check_job(r, &rows[i], "from state.db or the history");
	ok(scratch_moved(&x, ended), "those that ended have moved");
	for (int i = 0; i < ROUNDS; i++)
		check_job(r, &rows[i], reader_archived(r) ? "moved" : "alive");
	reader_close(r);
	scratch_end(&x);
	scratch_close(&s);
	arena_free(a);
}

/* An update takes the mutable columns from the new row and leaves the others. */
static void test_update(void)
{
	struct job_row was, now, got;
	struct arena *a = arena_new();
	struct scratch x;
	struct spool s;
	struct reader *r;
	struct err e;
	int bad = 0;

	scratch_open(&s);
	scratch_writer(&x, &s, HOUR * 24 * 365 * 100);
	for (int i = 1; i <= ROUNDS; i++) {
		struct turn *t;

		random_row(&table_jobs, &was, a);
		make_fit(&was, i);
		make_idle(&was);
		random_row(&table_jobs, &now, a);
		make_fit(&now, i);
		make_idle(&now);
		scratch_job(&x, &was);
		t = scratch_turn(&x);
		add_job(t, MUT_JOB_SET, &now);
		bad += !scratch_commit(&x, t);
		for (const struct column *c = table_jobs.columns; c->name; c++) {
			size_t n = c->kind == COL_UUID ? 16 : c->kind == COL_BLOB ? 16 : 8;

			if (!(c->flags & COL_MUTABLE))
				memcpy((char *)&now + c->offset, (char *)&was + c->offset, n);
		}
		r = reader_open(&s, NULL);
		bad += reader_job(r, i, &got, &e) != 1 || !same_row(&table_jobs, &now, &got);
		reader_close(r);
	}
	is_int(bad, 0, "an update changes what it may, in %d random jobs", ROUNDS);
	is_str(scratch_check(&s), "", "counts and days fit");
	scratch_end(&x);
	scratch_close(&s);
	arena_free(a);
}

static void test_others(void)
{
	struct arena *a = arena_new();
	struct exec_row exec;
	struct dep_row dep;
	struct worker_row worker;
	struct job_row job = plain_job(1);
	struct scratch x;
	struct spool s;
	struct reader *r;
	struct err e;
	struct one o;
	int bad = 0;

	scratch_open(&s);
	scratch_writer(&x, &s, HOUR);
	scratch_job(&x, &job);
	r = reader_open(&s, NULL);
	for (int i = 0; i < ROUNDS; i++) {
		struct turn *t = scratch_turn(&x);

		random_row(&table_executions, &exec, a);
		random_row(&table_dependencies, &dep, a);
		random_row(&table_workers, &worker, a);
		exec.job_id = dep.job_id = 1;
		exec.execution = 1;
		dep.parent_id = 7;
		worker.name = "local";
		add_exec(t, MUT_EXEC_NEW, &exec);
		add_dep(t, MUT_DEP_NEW, &dep);
		add_worker(t, &worker);
		bad += !scratch_commit(&x, t);
		o = (struct one){ &table_executions, &exec, 0, false };
		bad += reader_execs(r, 1, compare, &o, &e) != 0 || o.seen != 1 || !o.same;
		o = (struct one){ &table_dependencies, &dep, 0, false };
		bad += reader_deps(r, 1, compare, &o, &e) != 0 || o.seen != 1 || !o.same;
		o = (struct one){ &table_dependencies, &dep, 0, false };
		bad += reader_dependents(r, 7, compare, &o, &e) != 0 || o.seen != 1 || !o.same;
		o = (struct one){ &table_workers, &worker, 0, false };
		bad += reader_workers(r, compare, &o, &e) != 0 || o.seen != 1 || !o.same;
	}
	is_int(bad, 0, "executions, dependencies and workers come back as they were");
	reader_close(r);
	scratch_end(&x);
	scratch_close(&s);
	arena_free(a);
}

int main(void)
{
	test_jobs();
	test_update();
	test_others();
	return tap_done();
}
