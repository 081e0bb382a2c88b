/*
 * How long jobs are taken to run: by their limits, by what their users say, by what
 * the last runs took; and what becomes of a guess that was wrong.
 */
#include <inttypes.h>
#include <stdio.h>

#include "core/impl.h"
#include "corelib.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)

static struct lab *lab(enum plan_by by)
{
	struct core_conf conf = { .policy = POLICY_FIFO, .epoch = 1, .max_requeues = 5,
	    .reservations = 1, .backfill_order = BACKFILL_QUEUE, .plan_by = by };
	struct lab *l = lab_new(&conf);

	lab_worker(l, "w1", 4000);
	return l;
}

static int64_t submit(struct lab *l, const char *name, int64_t limit, int64_t estimate)
{
	struct job_request *r = lab_job(l);

	r->row.name = name;
	r->row.time_limit = limit;
	r->row.estimate = estimate;
	return lab_submit(l, r);
}

/* For how long it is planned, in s; -1: without end. */
static int64_t planned(const struct lab *l, int64_t job)
{
	const struct exec *x = job_get(l->core, job)->exec;

	return x->ends == INT64_MAX ? -1 : (x->ends - x->begun) / SECOND;
}

static void ran(struct lab *l, const char *name, int64_t ms)
{
	int64_t job = submit(l, name, 0, 0);

	lab_started(l, job);
	lab_pass(l, ms);
	lab_end(l, job, END_EXIT, 0, -1);
}

static void test_sources(void)
{
	static const struct {
		enum plan_by by;
		int64_t limit, estimate, want;
		const char *what;
	} rows[] = {
		{ PLAN_LIMIT, 100, 10, 100, "by limit: the limit" },
		{ PLAN_LIMIT, 0, 10, -1, "by limit: without one for ever" },
		{ PLAN_ESTIMATE, 100, 10, 10, "by estimate: the estimate" },
		{ PLAN_ESTIMATE, 100, 0, 100, "by estimate: without one the limit" },
		{ PLAN_ESTIMATE, 10, 100, 10, "by estimate: no longer than the limit" },
		{ PLAN_ESTIMATE, 0, 10, 10, "by estimate: no limit is needed" },
		{ PLAN_LEARNED, 100, 10, 10, "learned: nothing yet, so the estimate" },
		{ PLAN_LEARNED, 100, 0, 100, "learned: nothing yet, so the limit" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct lab *l = lab(rows[i].by);

		is_int(planned(l, submit(l, "a", rows[i].limit * SECOND,
		    rows[i].estimate * SECOND)), rows[i].want, "%s", rows[i].what);
		lab_free(l);
	}
}

static void test_learned(void)
{
	struct lab *l = lab(PLAN_LEARNED);

	ran(l, "a", 20 * SECOND);
	is_int(planned(l, submit(l, "a", 100 * SECOND, 50 * SECOND)), 20,
	    "as long as the last run");
	is_int(planned(l, submit(l, "b", 100 * SECOND, 0)), 100, "another name");
	lab_as(l, "bob", 1001, false);
	is_int(planned(l, submit(l, "a", 100 * SECOND, 0)), 100, "another user");
	is_int(disk_job(l->disk, 2)->time_limit, 100 * SECOND, "the limit stays what it was");
	lab_free(l);

	l = lab(PLAN_LEARNED);
	ran(l, "a", 20 * SECOND);
	ran(l, "a", 30 * SECOND);
	is_int(planned(l, submit(l, "a", 0, 0)), 30, "the longer of two");
	ran(l, "a", 5 * SECOND);
	is_int(planned(l, submit(l, "a", 0, 0)), 30, "in either order");
	ran(l, "a", 6 * SECOND);
	is_int(planned(l, submit(l, "a", 0, 0)), 6, "what was before is forgotten");
	is_int(planned(l, submit(l, "a", 4 * SECOND, 0)), 4, "never more than the limit");
	lab_free(l);
}

static void test_untold(void)
{
	struct lab *l = lab(PLAN_LEARNED);
	int64_t job = submit(l, "a", 0, 0);

	lab_started(l, job);
	lab_pass(l, 20 * SECOND);
	lab_control(l, CONTROL_CANCEL, job);
	lab_end(l, job, END_KILLED, -1, -1);
	is_int(planned(l, submit(l, "a", 100 * SECOND, 0)), 100, "who was cancelled tells nothing");
	lab_free(l);
}

static void test_restart(void)
{
	struct lab *l = lab(PLAN_LEARNED);

	ran(l, "a", 20 * SECOND);
	ran(l, "a", 30 * SECOND);
	lab_restart(l);
	lab_worker(l, "w1", 4000);
	is_int(planned(l, submit(l, "a", 0, 0)), 30, "a restart forgets nothing");
	ran(l, "a", 10 * SECOND);
	is_int(planned(l, submit(l, "a", 0, 0)), 30, "of both runs");
	lab_free(l);
}

static void test_wrong(void)
{
	struct lab *l = lab(PLAN_ESTIMATE);
	int64_t job = submit(l, "a", 10 * MINUTE, 2 * MINUTE);

	lab_started(l, job);
	lab_pass(l, 2 * MINUTE);
	is_int(planned(l, job), 4 * 60, "it takes longer: twice as long");
	lab_pass(l, 2 * MINUTE);
	is_int(planned(l, job), 8 * 60, "and again");
	lab_pass(l, 4 * MINUTE);
	is_int(planned(l, job), 10 * 60, "but not longer than it may");
	lab_pass(l, 2 * MINUTE);
	is_int(planned(l, job), 10 * 60 + 1, "then it is about to be ended");
	lab_free(l);

	l = lab(PLAN_ESTIMATE);
	job = submit(l, "a", 0, SECOND);
	lab_started(l, job);
	lab_pass(l, SECOND);
	is_int(planned(l, job), 60, "a minute at least");
	lab_pass(l, 10 * MINUTE);
	is_int(planned(l, job), 16 * 60, "after a long silence it is doubled until it is to come");
	lab_free(l);
}

/* More names than are remembered, the first of them used again in between. */
static void test_bound(void)
{
	struct lab *l = lab(PLAN_LEARNED);
	struct runtimes *all = &l->core->runtimes;
	char name[32];

	ran(l, "first", 20 * SECOND);
	ran(l, "second", 20 * SECOND);
	for (int i = 0; i < 19998; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		runtime_put(l->core, runtime_get(l->core, 1000, name));
	}
	is_int(map_count(all->all), 20000, "so many are remembered");
	ran(l, "first", 20 * SECOND);
	ran(l, "one more", 20 * SECOND);
	ok(map_count(all->all) <= 20000, "and no more");
	ok(runtime_of(l->core, 1000, "second") == 0 && runtime_of(l->core, 1000, "first") > 0,
	    "what was not used for longest is forgotten");
	lab_restart(l);
	is_int(runtime_of(l->core, 1000, "second"), 0, "for good");
	is_int(runtime_of(l->core, 1000, "one more"), 20 * SECOND, "the others are not");
	lab_free(l);
}

int main(void)
{
	test_sources();
	test_learned();
	test_untold();
	test_restart();
	test_wrong();
	test_bound();
	return tap_done();
}
