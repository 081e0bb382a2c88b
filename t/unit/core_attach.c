/*
 * Workers come back: each row of the table of SPEC 2.9, strays, and what else an
 * attachment changes.
 */
#include <inttypes.h>
#include <string.h>

#include "corelib.h"

#define SAME 1
#define OTHER 2

static struct held held_run(int64_t job, int64_t execution, int64_t started_at)
{
	return (struct held){ .job = job, .execution = execution,
	    .end = { .started_at = started_at, .exit_code = -1, .signal = -1 } };
}

static struct held held_end(int64_t job, int64_t execution, int code)
{
	return (struct held){ .job = job, .execution = execution, .ended = true,
	    .end = { .cause = END_EXIT, .started_at = 5, .ended_at = 6, .exit_code = code,
	    .signal = -1 } };
}

/* Job 1 was sent to w1, whose journal is SAME; w2 is there so that it can go on. */
static struct lab *lab_with_job(bool running)
{
	struct lab *l = lab_new(NULL);

	lab_worker(l, "w1", 1000);
	lab_new_job(l);
	if (running)
		lab_started(l, 1);
	lab_worker(l, "w2", 1000);
	lab_worker_down(l, "w1");
	return l;
}

/* What the worker says of the one open execution, and what becomes of it. */
static const struct {
	const char *what;
	bool was_running;
	uint8_t journal;
	int says;		/* 0: nothing, 1: holds it, 2: it runs, 3: it ended with 0 */
	const char *where, *worker;
	int64_t cause, acks;
} table[] = {
	{ "holds the order", false, SAME, 1, "scheduled", "w1", -1, 0 },
	{ "runs it", false, SAME, 2, "running", "w1", -1, 0 },
	{ "runs it still", true, SAME, 2, "running", "w1", -1, 0 },
	{ "has its result", false, SAME, 3, "completed", "w1", END_EXIT, 1 },
	{ "has the result of a running one", true, SAME, 3, "completed", "w1", END_EXIT, 1 },
	{ "never got it", false, SAME, 0, "scheduled", "w2", END_NEVER, 0 },
	{ "lost a running one", true, SAME, 0, "scheduled", "w2", END_LOST, 0 },
	{ "lost its journal", false, OTHER, 0, "scheduled", "w2", END_LOST, 0 },
	{ "lost its journal and a running one", true, OTHER, 0, "scheduled", "w2", END_LOST, 0 },
	{ "has another journal and runs it", true, OTHER, 2, "running", "w1", -1, 0 },
};

static void test_table(bool restart)
{
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct lab *l = lab_with_job(table[i].was_running);
		struct held h = table[i].says == 3 ? held_end(1, 1, 0) :
		    held_run(1, 1, table[i].says == 2 ? 7 : 0);

		if (restart) {
			lab_restart(l);
			lab_worker(l, "w2", 1000);
		}
		lab_worker_holds(l, "w1", 1000, table[i].journal, &h, table[i].says > 0);
		is_job(l, 1, table[i].where, "%s%s", table[i].what,
		    restart ? ", after a restart" : "");
		is_str(disk_job(l->disk, 1)->worker, table[i].worker, "it is on");
		is_int(disk_exec(l->disk, 1, 1)->cause, table[i].cause, "the first execution");
		is_int(lab_effects(l, EFF_ACK), table[i].acks, "acknowledged");
		is_int(lab_effects(l, EFF_KILL), 0, "nothing is killed");
		is_int(lab_effects(l, EFF_START), table[i].worker[1] == '2', "started anew");
		lab_free(l);
	}
}

static void test_adopted(void)
{
	struct lab *l = lab_with_job(false);
	struct held h = held_run(1, 1, 4711);

	lab_restart(l);
	is_job(l, 1, "scheduled", "after a restart nobody is asked before he attaches");
	is_int(disk_worker(l->disk, "w1")->health, HEALTH_UNHEALTHY, "nobody is attached");
	is_int(disk_worker(l->disk, "w2")->health, HEALTH_UNHEALTHY, "nobody at all");
	h.end.limits = "cgroup2:memory";
	lab_worker_holds(l, "w1", 1000, SAME, &h, 1);
	is_str(lab_notes(l, 1), "scheduled>running", "it started meanwhile");
	is_int(disk_job(l->disk, 1)->started_at, 4711, "when the worker says");
	is_str(disk_exec(l->disk, 1, 1)->limits, "cgroup2:memory", "with these limits");
	is_int(disk_exec(l->disk, 1, 1)->epoch, 1, "its epoch is that of the order");
	is_int(disk_worker(l->disk, "w1")->free_cpus, 0, "its cpu is booked");
	lab_exit(l, 1, 0);
	is_job(l, 1, "completed", "and it ends as if nothing had been");
	lab_free(l);
}

/* The journal to which the order went is not the one that the worker has now. */
static void test_journal_over_restart(void)
{
	struct lab *l = lab_with_job(false);
	struct held h = held_run(1, 1, 0);

	lab_worker_holds(l, "w1", 1000, OTHER, &h, 1);
	is_job(l, 1, "scheduled", "another journal, but it holds the order");
	lab_restart(l);
	lab_worker_holds(l, "w1", 1000, OTHER, NULL, 0);
	is_int(disk_exec(l->disk, 1, 1)->cause, END_LOST, "that it lost it proves nothing");
	lab_free(l);
}

/* An order to end it may have been lost with the connection: it is given again. */
static void test_stopping(void)
{
	struct lab *l = lab_with_job(true);
	struct held h = held_run(1, 1, 7);
	const struct effect *f;

	is_int(lab_control(l, CONTROL_CANCEL, 1), 0, "cancelled while the worker is away");
	is_int(lab_effects(l, EFF_KILL), 1, "the order is given");
	lab_restart(l);
	lab_worker_holds(l, "w1", 1000, SAME, &h, 1);
	f = lab_effect(l, EFF_KILL, 0);
	ok(f != NULL && f->job == 1 && f->execution == 1 && strcmp(f->worker, "w1") == 0,
	    "and again when it attaches");
	is_job(l, 1, "running Stopping", "it is being stopped still");
	lab_end(l, 1, END_KILLED, -1, 15);
	is_job(l, 1, "cancelled ByUser", "by whom is not forgotten");
	lab_free(l);
	l = lab_with_job(false);
	lab_control(l, CONTROL_CANCEL, 1);
	lab_worker_holds(l, "w1", 1000, SAME, NULL, 0);
	is_job(l, 1, "cancelled ByUser", "cancelled, and never started");
	is_int(lab_effects(l, EFF_START), 0, "nor started again");
	lab_free(l);
}

static void test_strays(void)
{
	struct lab *l = lab_with_job(true);
	struct held h[5];
	const struct effect *f;

	h[0] = held_run(99, 1, 7);	/* nobody knows that job */
	h[1] = held_run(1, 1, 7);	/* ours */
	h[2] = held_run(1, 2, 7);	/* a number that was never given */
	h[3] = held_end(77, 3, 0);	/* a result that was settled long ago */
	h[4] = held_run(77, 4, 0);
	lab_worker_holds(l, "w1", 1000, SAME, h, 5);
	is_int(lab_effects(l, EFF_KILL), 3, "what runs and is not ours is ended");
	f = lab_effect(l, EFF_KILL, 0);
	ok(f->job == 99 && f->execution == 1 && f->kill.now && f->kill.cause == END_FENCED &&
	    strcmp(f->worker, "w1") == 0, "at once, as fenced");
	is_int(lab_effect(l, EFF_KILL, 1)->execution, 2, "by its number");
	is_int(lab_effects(l, EFF_ACK), 1, "what has ended may be forgotten");
	is_int(lab_effect(l, EFF_ACK, 0)->job, 77, "by its name");
	is_job(l, 1, "running", "ours runs on");
	lab_free(l);
}

/* The same execution held by two: only where the order went is it ours. */
static void test_wrong_worker(void)
{
	struct lab *l = lab_with_job(true);
	struct held h = held_run(1, 1, 7);
	const struct effect *f;

	lab_worker_holds(l, "w2", 1000, SAME, &h, 1);
	f = lab_effect(l, EFF_KILL, 0);
	ok(f != NULL && strcmp(f->worker, "w2") == 0, "it is a stray elsewhere");
	is_job(l, 1, "running", "and changes nothing");
	h = held_end(1, 1, 0);
	lab_worker_holds(l, "w2", 1000, SAME, &h, 1);
	is_int(lab_effects(l, EFF_ACK), 1, "a result from elsewhere is acknowledged");
	is_job(l, 1, "running", "and changes nothing");
	lab_free(l);
}

static void test_attachments(void)
{
	struct lab *l = lab_new(NULL);
	uint64_t first;

	lab_worker(l, "w1", 1000);
	first = l->attachment;
	lab_new_job(l);
	is_int(lab_effect(l, EFF_START, 0)->attachment, first, "an order names its attachment");
	lab_worker(l, "w1", 1000);
	ok(l->attachment > first, "attached again, without a word of going");
	is_int(disk_exec(l->disk, 1, 1)->cause, END_NEVER, "the order is void");
	is_int(lab_effect(l, EFF_START, 0)->execution, 2, "and given anew");
	is_int(lab_effect(l, EFF_START, 0)->attachment, l->attachment, "by the new attachment");
	lab_free(l);
}

static void test_resources(void)
{
	struct lab *l = lab_new(NULL);
	struct held h[3];
	int i;

	lab_worker(l, "w1", 3000);
	for (i = 0; i < 4; i++)
		lab_new_job(l);
	for (i = 0; i < 3; i++)
		h[i] = held_run(i + 1, 1, 7);
	is_job(l, 4, "queued Resources", "three cpus, four jobs");
	lab_worker_holds(l, "w1", 1000, SAME, h, 3);
	is_int(disk_worker(l->disk, "w1")->cpus, 1000, "it comes back with one cpu");
	is_int(disk_worker(l->disk, "w1")->free_cpus, -2000, "and owes two");
	lab_exit(l, 1, 0);
	lab_exit(l, 2, 0);
	is_job(l, 4, "queued Resources", "nothing fits until enough has ended");
	lab_exit(l, 3, 0);
	is_job(l, 4, "scheduled", "now it does");
	h[0] = held_run(4, 1, 7);
	lab_worker_holds(l, "w1", 8000, SAME, h, 1);
	is_int(disk_worker(l->disk, "w1")->free_cpus, 7000, "and it grows");
	lab_worker_down(l, "w1");
	is_int(disk_worker(l->disk, "w1")->health, HEALTH_UNHEALTHY, "down");
	is_int(l->turn->nmuts, 1, "is one row");
	lab_worker_down(l, "w1");
	is_int(l->turn->nmuts, 0, "and down twice none");
	lab_worker_down(l, "w9");
	is_int(l->turn->nmuts, 0, "one that nobody knows neither");
	lab_free(l);
}

/* It owes memory: a job that books none fits, if cpus are free. */
static void test_owed_memory(void)
{
	struct lab *l = lab_new(NULL);
	struct job_request *r = lab_job(l);
	struct held h = held_run(1, 1, 7);
	struct event *ev;

	lab_worker_with(l, "w1", 4000, 1000);
	r->row.mem = 800;
	lab_submit(l, r);
	ev = lab_event(l, EV_WORKER_UP);
	ev->up.row = (struct worker_row){ .name = "w1", .type = "bare", .cpus = 4000, .mem = 500 };
	ev->up.row.journal.b[0] = 1;
	ev->up.held = &h;
	ev->up.nheld = 1;
	ev->up.attachment = ++l->attachment;
	lab_turn(l);
	is_int(disk_worker(l->disk, "w1")->free_mem, -300, "it came back with less memory");
	is_str(disk_worker(l->disk, "w1")->type, "bare", "and of another type");
	is_job(l, lab_new_job(l), "scheduled", "a job without memory starts");
	r = lab_job(l);
	r->row.mem = 1;
	is_job(l, lab_submit(l, r), "queued Resources", "one with does not");
	lab_free(l);
}

static void test_worker_row(void)
{
	struct lab *l = lab_new(NULL);
	int64_t since = l->now.wall;
	const struct worker_row *w;

	lab_worker(l, "w1", 1000);
	lab_pass(l, 5000);
	lab_restart(l);
	w = disk_worker(l->disk, "w1");
	ok(w->created_at == since && w->last_heartbeat == since, "known since");
	ok(strcmp(w->version, "0.1") == 0 && strcmp(w->limits, "none") == 0 &&
	    strcmp(w->type, "vm") == 0 && w->journal.b[0] == SAME, "a restart keeps its words");
	lab_worker_holds(l, "w1", 2000, OTHER, NULL, 0);
	w = disk_worker(l->disk, "w1");
	ok(w->created_at == since && w->last_heartbeat == since + 5000 && w->cpus == 2000 &&
	    w->journal.b[0] == OTHER && w->health == HEALTH_HEALTHY, "it attaches: all is new");
	lab_free(l);
}

/* It was told to end what it does not know, for it has lost its journal since. */
static void test_never_by_another_journal(void)
{
	struct lab *l = lab_new(NULL);
	struct held *h;

	lab_worker_holds(l, "w1", 1000, SAME, NULL, 0);
	(void)lab_new_job(l);
	lab_worker_holds(l, "w1", 1000, OTHER, &(struct held){ .job = 1, .execution = 1,
	    .ended = true, .end = { .cause = END_NEVER, .exit_code = -1, .signal = -1 } }, 1);
	is_int(disk_exec(l->disk, 1, 1)->cause, END_LOST, "what it holds proves nothing");
	ok(lab_effect(l, EFF_ACK, 0) != NULL, "and is acknowledged");
	h = lab_report(l, EV_ENDED, 1);
	h->end = (struct exec_end){ .cause = END_NEVER, .exit_code = -1, .signal = -1 };
	lab_turn(l);
	is_int(disk_exec(l->disk, 1, 2)->cause, END_NEVER, "of its own journal it knows");
	lab_free(l);
}

int main(void)
{
	test_never_by_another_journal();
	test_table(false);
	test_table(true);
	test_adopted();
	test_journal_over_restart();
	test_stopping();
	test_strays();
	test_wrong_worker();
	test_attachments();
	test_resources();
	test_owed_memory();
	test_worker_row();
	return tap_done();
}
