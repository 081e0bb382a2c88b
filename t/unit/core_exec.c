/*
 * One execution: started and ended, reports that come twice or late, what counts as
 * a retry and what as a requeue, and ends that race with an order to end.
 */
#include <inttypes.h>
#include <string.h>

#include "corelib.h"


static struct lab *lab_with_workers(void)
{
	struct lab *l = lab_new(NULL);

	lab_worker(l, "w1", 2000);
	lab_worker(l, "w2", 2000);
	return l;
}

static void test_life(void)
{
	struct lab *l = lab_with_workers();
	int64_t job = lab_new_job(l), begun;
	const struct exec_row *x;
	const struct effect *f;

	l->now.wall += 100;
	begun = l->now.wall;
	lab_started(l, job);
	is_job(l, job, "running", "started");
	is_str(lab_notes(l, job), "scheduled>running", "one edge");
	is_int(disk_job(l->disk, job)->started_at, begun, "since when");
	is_str(disk_exec(l->disk, job, 1)->limits, "none", "with what limits");
	f = lab_effect(l, EFF_STATE, 0);
	ok(f != NULL && f->state.status == JOB_RUNNING && f->token == 0 && f->job == job &&
	    f->execution == 1,
	    "whoever waits hears it");
	l->now.wall += 4000;
	lab_end(l, job, END_EXIT, 0, -1);
	is_job(l, job, "completed", "ended");
	is_str(lab_notes(l, job), "running>completed", "one edge");
	is_int(lab_effects(l, EFF_ACK), 1, "its worker may forget it");
	is_int(lab_effect(l, EFF_ACK, 0)->execution, 1, "that execution");
	f = lab_effect(l, EFF_STATE, 0);
	ok(f != NULL && f->state.status == JOB_COMPLETED && f->state.exit_code == 0,
	    "whoever waits hears how");
	x = disk_exec(l->disk, job, 1);
	is_int(x->duration, 4000, "how long");
	is_int(x->completed_at, l->now.wall, "until when");
	is_int(disk_worker(l->disk, "w1")->running, 0, "nothing is booked any more");
	ok(!core_holds(l->core, job), "it has left the core");
	is_int(core_count(l->core, JOB_COMPLETED), 0, "and its count");
	lab_free(l);
}

/* What the worker measured goes to the execution's row as it is. */
static void test_figures(void)
{
	struct lab *l = lab_with_workers();
	int64_t job = lab_new_job(l);
	const struct exec_row *x;
	struct held *h = lab_report(l, EV_ENDED, job);

	h->end = (struct exec_end){ .cause = END_EXIT, .exit_code = 3, .signal = -1,
	    .started_at = 1111, .ended_at = 2222, .duration = 1110, .cpu_ms = 7, .max_rss = 8,
	    .out_bytes = 9, .err_bytes = 10, .text = "why", .limits = "cgroup2:memory" };
	lab_turn(l);
	x = disk_exec(l->disk, job, 1);
	ok(x->started_at == 1111 && x->completed_at == 2222 && x->duration == 1110, "times");
	ok(x->cpu_ms == 7 && x->max_rss == 8, "usage");
	ok(x->out_bytes == 9 && x->err_bytes == 10, "output");
	is_str(x->message, "why", "words");
	is_str(x->limits, "cgroup2:memory", "limits");
	is_str(disk_job(l->disk, job)->detail, "why", "words on the job");
	is_str(lab_notes(l, job), "scheduled>running running>failed",
	    "started and ended in one passes through running");
	is_int(lab_effects(l, EFF_STATE), 2, "and both are told");
	is_int(x->attempt, 1, "the attempt");
	job = lab_new_job(l);
	lab_report(l, EV_STARTED, job);
	lab_turn(l);
	is_int(disk_job(l->disk, job)->started_at, l->now.wall, "a start that has no time: now");
	job = lab_new_job(l);
	lab_report(l, EV_ENDED, job)->end = (struct exec_end){ .cause = END_NO_EXEC,
	    .exit_code = 126, .signal = -1, .limits = "rlimit:memory" };
	lab_turn(l);
	is_str(disk_exec(l->disk, job, 1)->limits, "rlimit:memory", "limits without a start");
	lab_free(l);
}

static void test_success_without_start(void)
{
	struct lab *l = lab_with_workers();
	int64_t job = lab_new_job(l);

	lab_end(l, job, END_EXIT, 0, -1);
	is_str(lab_notes(l, job), "scheduled>running running>completed",
	    "a success has run, whether its start was told or not");
	is_int(disk_job(l->disk, job)->started_at, l->now.wall, "at the latest at its end");
	job = lab_new_job(l);
	lab_end(l, job, END_NOT_FOUND, 127, -1);
	is_str(lab_notes(l, job), "scheduled>failed", "what was not found has not");
	is_int(disk_job(l->disk, job)->started_at, 0, "and has no start");
	lab_free(l);
}

/* That it may be of an execution that was given up, and how it ended, is the row's to know. */
static void expect_nothing(struct lab *l, size_t acks, const char *what)
{
	size_t changes = 0;

	lab_turn(l);
	for (size_t i = 0; i < l->turn->nmuts; i++)
		changes += l->turn->muts[i].type != MUT_EXEC_LATE;
	ok(changes == 0 && l->turn->neffects == acks && lab_effects(l, EFF_ACK) == acks,
	    "%s: %s", what, acks > 0 ? "is acknowledged and changes nothing" : "changes nothing");
}

static void test_stale_reports(void)
{
	struct lab *l = lab_with_workers();
	int64_t job = lab_new_job(l);

	lab_started(l, job);
	lab_report(l, EV_STARTED, job)->end.started_at = 5;
	expect_nothing(l, 0, "started twice");
	is_int(disk_job(l->disk, job)->started_at, l->now.wall, "the first one counts");
	lab_report(l, EV_ENDED, job)->execution = 2;
	expect_nothing(l, 1, "an end of an execution that is not yet");
	lab_report(l, EV_ENDED, job);
	l->ev[0].exec.worker = "w2";
	expect_nothing(l, 1, "an end from another worker");
	is_str(lab_effect(l, EFF_ACK, 0)->worker, "w2", "the answer goes there");
	lab_report(l, EV_STARTED, job);
	l->ev[0].exec.worker = "nobody";
	expect_nothing(l, 0, "a start on a worker that nobody knows");
	lab_report(l, EV_ENDED, job)->job = 99;
	expect_nothing(l, 1, "an end of a job that nobody knows");
	lab_end(l, job, END_LOST, -1, -1);
	is_job(l, job, "scheduled", "lost, and on its way again");
	is_int(disk_job(l->disk, job)->executions, 2, "as the second execution");
	lab_report(l, EV_ENDED, job)->execution = 1;
	l->ev[0].exec.worker = "w1";
	expect_nothing(l, 1, "the end of the first, late");
	lab_exit(l, job, 0);
	lab_report(l, EV_ENDED, job);
	expect_nothing(l, 1, "the same end twice");
	lab_report(l, EV_STARTED, job);
	expect_nothing(l, 0, "a start behind the end");
	lab_free(l);
}

/* The end and its repetition in one turn: the job is still in the core. */
static void test_twice_in_a_turn(void)
{
	struct lab *l = lab_with_workers();
	int64_t job = lab_new_job(l);
	int i;

	for (i = 0; i < 3; i++)
		lab_report(l, EV_ENDED, job)->end = (struct exec_end){ .cause = END_EXIT,
		    .exit_code = i, .signal = -1, .started_at = 1 };
	lab_turn(l);
	is_job(l, job, "completed", "the first of three counts");
	is_int(lab_effects(l, EFF_ACK), 3, "all are acknowledged");
	lab_free(l);
}

static struct job_request *with_retries(struct lab *l, int64_t n)
{
	struct job_request *r = lab_job(l);

	r->row.max_retries = n;
	r->row.retry_policy = RETRY_IMMEDIATE;
	return r;
}

static void test_counters(void)
{
	struct lab *l = lab_with_workers();
	int64_t job = lab_submit(l, with_retries(l, 2));
	const struct effect *f;

	lab_exit(l, job, 9);
	is_str(lab_notes(l, job), "scheduled>running running>queued queued>scheduled",
	    "failed: an immediate retry in the same turn");
	f = lab_effect(l, EFF_START, 0);
	ok(f->execution == 2 && f->start.attempt == 2 && f->start.max_attempts == 3,
	    "execution 2 is attempt 2 of 3");
	is_str(f->worker, "w1", "a retry shuns no worker: it was the program's fault");
	ok(f->start.prev_status == 9 && f->start.prev_reason == REASON_NONZERO_EXIT,
	    "it is told how the last one ended");
	lab_end(l, job, END_NEVER, -1, -1);
	f = lab_effect(l, EFF_START, 0);
	ok(f->execution == 3 && f->start.attempt == 2 && f->start.requeues == 1,
	    "never started: execution 3 is attempt 2 still, and a requeue");
	lab_started(l, job);
	lab_end(l, job, END_SIGNAL, -1, 11);
	f = lab_effect(l, EFF_START, 0);
	ok(f->execution == 4 && f->start.attempt == 3 && f->start.prev_status == 139,
	    "killed by a signal: attempt 3");
	is_int(disk_job(l->disk, job)->exit_code, -1, "a new execution has no exit code yet");
	lab_exit(l, job, 1);
	is_job(l, job, "failed NonZeroExit", "no attempt is left");
	ok(disk_job(l->disk, job)->attempts == 3 && disk_job(l->disk, job)->retry_count == 2 &&
	    disk_job(l->disk, job)->requeue_count == 1 &&
	    disk_job(l->disk, job)->executions == 4, "3 attempts, 2 retries, 1 requeue, 4 runs");
	is_int(disk_exec(l->disk, job, 4)->attempt, 3, "its row has the attempt");
	lab_free(l);
}

static void test_another_worker(void)
{
	struct lab *l = lab_with_workers();
	int64_t job = lab_new_job(l);
	int i;

	is_str(disk_job(l->disk, job)->worker, "w1", "on the first");
	for (i = 0; i < 5; i++) {
		lab_end(l, job, END_RESOURCE, -1, -1);
		is_str(disk_job(l->disk, job)->worker, i % 2 == 0 ? "w2" : "w1",
		    "what one could not start goes to another (%d)", i);
	}
	lab_end(l, job, END_RESOURCE, -1, -1);
	is_job(l, job, "failed MaxRequeues", "five times");
	lab_worker_set(l, "w1", WORKER_ACTIVE);		/* by now they are drained */
	lab_worker_set(l, "w2", WORKER_ACTIVE);
	job = lab_new_job(l);
	lab_worker_down(l, "w2");
	lab_end(l, job, END_RESOURCE, -1, -1);
	is_str(disk_job(l->disk, job)->worker, "w1", "the same one if there is no other");
	lab_free(l);
}

static void test_no_requeue(void)
{
	static const struct {
		enum end_cause cause;
		const char *where;
	} ends[] = {
		{ END_LOST, "failed NodeLost" }, { END_FENCED, "failed NodeLost" },
		{ END_NEVER, "scheduled" }, { END_RESOURCE, "scheduled" },
	};
	size_t i;

	for (i = 0; i < 4; i++) {
		struct lab *l = lab_with_workers();
		struct job_request *r = lab_job(l);
		int64_t job;

		r->row.no_requeue = 1;
		job = lab_submit(l, r);
		lab_end(l, job, ends[i].cause, -1, -1);
		is_job(l, job, ends[i].where, "--no-requeue, %s", end_cause_name(ends[i].cause));
		is_str(disk_job(l->disk, job)->detail, i < 2 ? "outcome unknown" : NULL,
		    "and what is known of it");
		lab_free(l);
	}
}

static const struct {
	const char *no, *yes, *conf_no, *conf_yes;
	enum end_cause cause;
	int code, signal;
	bool again;
} lists[] = {
	{ "75", NULL, NULL, NULL, END_EXIT, 75, -1, false },
	{ "70-80", NULL, NULL, NULL, END_EXIT, 75, -1, false },
	{ "transient", NULL, NULL, NULL, END_EXIT, 75, -1, false },
	{ "error", NULL, NULL, NULL, END_EXIT, 75, -1, true },
	{ "SIGSEGV", NULL, NULL, NULL, END_SIGNAL, -1, 11, false },
	{ "SIG*", NULL, NULL, NULL, END_SIGNAL, -1, 6, false },
	{ NULL, "64", NULL, NULL, END_EXIT, 64, -1, true },
	{ NULL, "user", NULL, NULL, END_EXIT, 77, -1, true },
	{ NULL, "permanent", NULL, NULL, END_NOT_FOUND, 127, -1, true },
	{ NULL, "timeout", NULL, NULL, END_TIMEOUT, -1, 15, true },
	{ NULL, "oom", NULL, NULL, END_OOM, -1, 9, true },
	{ NULL, "oom", NULL, NULL, END_TIMEOUT, -1, 9, false },
	{ "64", "user", NULL, NULL, END_EXIT, 64, -1, false },	/* no wins */
	{ "user", "64", NULL, NULL, END_EXIT, 64, -1, false },
	{ NULL, NULL, "75", NULL, END_EXIT, 75, -1, false },
	{ NULL, NULL, NULL, "timeout", END_TIMEOUT, -1, -1, true },
	{ NULL, NULL, "timeout", "timeout", END_TIMEOUT, -1, -1, false },
	/* the job beats the configuration */
	{ NULL, "75", "75", NULL, END_EXIT, 75, -1, true },
	{ "timeout", NULL, NULL, "timeout", END_TIMEOUT, -1, -1, false },
	{ NULL, "cancelled", NULL, NULL, END_KILLED, -1, 15, false },	/* never */
	{ NULL, "permanent", NULL, NULL, END_UNKILLABLE, -1, -1, false },
	{ "infra", NULL, NULL, NULL, END_LOST, -1, -1, false },
	{ "infra", NULL, NULL, NULL, END_NEVER, -1, -1, false },
	{ NULL, NULL, "infra", NULL, END_FENCED, -1, -1, false },
};

static void test_lists(void)
{
	size_t i;

	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		struct core_conf conf = { .policy = POLICY_FIFO, .epoch = 1, .max_requeues = 5,
		    .no_retry_on = lists[i].conf_no, .retry_on = lists[i].conf_yes };
		struct lab *l = lab_new(&conf);
		struct job_request *r = with_retries(l, 1);
		int64_t job;

		lab_worker(l, "w1", 1000);
		r->row.no_retry_on = lists[i].no;
		r->row.retry_on = lists[i].yes;
		job = lab_submit(l, r);
		lab_started(l, job);
		lab_end(l, job, lists[i].cause, lists[i].code, lists[i].signal);
		is_int(disk_job(l->disk, job)->status == JOB_SCHEDULED, lists[i].again,
		    "no=%s yes=%s conf no=%s yes=%s: %s %d", lists[i].no ? lists[i].no : "-",
		    lists[i].yes ? lists[i].yes : "-", lists[i].conf_no ? lists[i].conf_no : "-",
		    lists[i].conf_yes ? lists[i].conf_yes : "-", end_cause_name(lists[i].cause),
		    lists[i].code);
		lab_free(l);
	}
}

/* The reasons with which an end for infra is final. */
static void test_final_infra(void)
{
	static const struct {
		enum end_cause cause;
		const char *where;
	} ends[] = {
		{ END_LOST, "failed NodeLost" }, { END_FENCED, "failed NodeLost" },
		{ END_NEVER, "failed LaunchFailed" }, { END_RESOURCE, "failed LaunchFailed" },
	};
	size_t i;

	for (i = 0; i < 4; i++) {
		struct lab *l = lab_with_workers();
		struct job_request *r = lab_job(l);
		int64_t job;

		r->row.no_retry_on = "infra";
		job = lab_submit(l, r);
		lab_end(l, job, ends[i].cause, -1, -1);
		is_job(l, job, ends[i].where, "--no-retry-on infra, %s",
		    end_cause_name(ends[i].cause));
		lab_free(l);
	}
}

static void test_success_codes(void)
{
	static const struct {
		const char *codes;
		int code;
		bool success;
	} rows[] = {
		{ NULL, 0, true }, { NULL, 1, false }, { "0,3-5", 4, true }, { "0,3-5", 6, false },
		{ "3", 0, false }, { "0-255", 127, true },
	};
	size_t i;

	for (i = 0; i < 6; i++) {
		struct lab *l = lab_with_workers();
		struct job_request *r = lab_job(l);
		int64_t job;

		r->row.success_codes = rows[i].codes;
		job = lab_submit(l, r);
		lab_exit(l, job, rows[i].code);
		is_job(l, job, rows[i].success ? "completed" : "failed NonZeroExit",
		    "success codes %s, exit %d", rows[i].codes ? rows[i].codes : "-",
		    rows[i].code);
		is_int(disk_job(l->disk, job)->exit_code, rows[i].code, "the code is kept");
		lab_free(l);
	}
}

/* An order to end, and what came of it. */
static const struct {
	enum control_op op;
	bool started, admin;
	enum end_cause cause;
	int code;
	const char *where;
	enum reason execution;
} races[] = {
	{ CONTROL_CANCEL, true, false, END_KILLED, -1, "cancelled ByUser", REASON_BY_USER },
	{ CONTROL_CANCEL, true, true, END_KILLED, -1, "cancelled ByAdmin", REASON_BY_ADMIN },
	{ CONTROL_CANCEL, false, false, END_KILLED, -1, "cancelled ByUser", REASON_BY_USER },
	{ CONTROL_CANCEL, false, false, END_NEVER, -1, "cancelled ByUser", REASON_NEVER_STARTED },
	{ CONTROL_CANCEL, true, false, END_EXIT, 0, "completed", REASON_NONE },
	{ CONTROL_CANCEL, true, false, END_EXIT, 1, "cancelled ByUser", REASON_NONZERO_EXIT },
	{ CONTROL_CANCEL, true, false, END_TIMEOUT, -1, "cancelled ByUser", REASON_TIMEOUT },
	{ CONTROL_CANCEL, true, false, END_LOST, -1, "cancelled ByUser", REASON_NODE_LOST },
	{ CONTROL_CANCEL, true, false, END_UNKILLABLE, -1, "failed Unkillable",
	    REASON_UNKILLABLE },
	{ CONTROL_REQUEUE, true, false, END_KILLED, -1, "scheduled", REASON_REQUEUED },
	{ CONTROL_REQUEUE, false, false, END_NEVER, -1, "scheduled", REASON_NEVER_STARTED },
	{ CONTROL_REQUEUE, true, false, END_EXIT, 0, "completed", REASON_NONE },
	{ CONTROL_REQUEUE, true, false, END_EXIT, 70, "scheduled", REASON_NONZERO_EXIT },
};

static void test_races(void)
{
	size_t i;

	for (i = 0; i < sizeof(races) / sizeof(races[0]); i++) {
		struct lab *l = lab_with_workers();
		int64_t job = lab_submit(l, with_retries(l, 3));
		const struct effect *f;

		if (races[i].started)
			lab_started(l, job);
		if (races[i].admin)
			lab_as(l, "root", 0, true);
		is_int(lab_control(l, races[i].op, job), 0, "%s is taken",
		    control_op_name(races[i].op));
		is_job(l, job, races[i].started ? "running Stopping" : "scheduled Stopping",
		    "it is being stopped");
		f = lab_effect(l, EFF_KILL, 0);
		ok(f != NULL && f->kill.cause == END_KILLED && !f->kill.now, "by the ladder");
		if (!races[i].started)
			l->now.wall++;
		lab_end(l, job, races[i].cause, races[i].code, -1);
		is_job(l, job, races[i].where, "%s, then %s %d", control_op_name(races[i].op),
		    end_cause_name(races[i].cause), races[i].code);
		is_int(disk_exec(l->disk, job, 1)->reason, races[i].execution,
		    "and its execution says");
		is_int(disk_job(l->disk, job)->retry_count, 0, "it is no retry");
		lab_free(l);
	}
}

/* The order crosses the report of the start. */
static void test_start_behind_cancel(void)
{
	struct lab *l = lab_with_workers();
	int64_t job = lab_new_job(l);

	lab_control(l, CONTROL_CANCEL, job);
	lab_started(l, job);
	is_job(l, job, "running Stopping", "it started before the order came");
	lab_end(l, job, END_KILLED, -1, 15);
	is_job(l, job, "cancelled ByUser", "and ended by it");
	is_int(disk_job(l->disk, job)->signal, 15, "by that signal");
	lab_free(l);
}

static void test_unkillable(void)
{
	struct lab *l = lab_with_workers();
	struct job_request *r = with_retries(l, 3);
	int64_t job = lab_submit(l, r);
	const struct worker_row *w;

	lab_started(l, job);
	lab_end(l, job, END_UNKILLABLE, -1, -1);
	is_job(l, job, "failed Unkillable", "no retry beside a process that will not go");
	w = disk_worker(l->disk, "w1");
	is_int(w->health, HEALTH_DEGRADED, "its worker is degraded");
	is_int(w->status, WORKER_DRAINING, "and gets nothing any more");
	is_str(disk_job(l->disk, lab_new_job(l))->worker, "w2", "the next goes elsewhere");
	lab_worker_set(l, "w1", WORKER_ACTIVE);
	is_int(disk_worker(l->disk, "w1")->health, HEALTH_HEALTHY, "until an admin says so");
	lab_free(l);
}

static void test_watch(void)
{
	struct lab *l = lab_with_workers();
	int64_t job = lab_new_job(l);
	const struct effect *f;

	lab_started(l, job);
	lab_event(l, EV_WATCH)->watch.job = job;
	lab_event(l, EV_WATCH)->watch.job = 99;
	lab_turn(l);
	f = lab_effect(l, EFF_STATE, 0);
	ok(f->state.status == JOB_RUNNING && !f->state.unknown && f->token == l->serial - 1,
	    "a look at a job that runs");
	f = lab_effect(l, EFF_STATE, 1);
	ok(f->job == 99 && f->state.unknown && f->token == l->serial, "and at one not held");
	is_int(l->turn->nmuts, 0, "looking changes nothing");
	lab_free(l);
}

int main(void)
{
	test_life();
	test_figures();
	test_success_without_start();
	test_stale_reports();
	test_twice_in_a_turn();
	test_counters();
	test_another_worker();
	test_no_requeue();
	test_lists();
	test_final_infra();
	test_success_codes();
	test_races();
	test_start_behind_cancel();
	test_unkillable();
	test_watch();
	return tap_done();
}
