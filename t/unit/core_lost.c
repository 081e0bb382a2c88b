/* Tests core/lost: when the executions of a worker that is cut off are given up. */
#include <string.h>

#include "corelib.h"

#define LEASE 120000
#define GRACE 30000
#define WAIT (GRACE + (LEASE + GRACE) / 10)	/* behind the end of the lease */
#define SAME 1

static struct lab *new_lab(void)
{
	struct core_conf conf = { .policy = POLICY_PRIORITY, .epoch = 1, .max_requeues = 5,
		.cascade = 1000, .max_queued = 1000, .lease = LEASE };

	return lab_new(&conf);
}

static int64_t run_one(struct lab *l, bool no_requeue)
{
	struct job_request *r = lab_job(l);
	int64_t id;

	r->row.kill_grace = GRACE;
	r->row.no_requeue = no_requeue;
	id = lab_submit(l, r);
	lab_started(l, id);
	return id;
}

static void tell(struct lab *l, enum event_type type, const char *worker, const char *text)
{
	struct event *ev = lab_event(l, type);

	ev->down.worker = worker;
	ev->down.text = text;
	lab_turn(l);
}

static void confirm_dead(struct lab *l, const char *worker)
{
	struct event *ev = lab_event(l, EV_WORKER_SET);

	ev->worker_set.name = worker;
	ev->worker_set.dead = true;
	ev->token = 1;
	lab_turn(l);
}

static void test_elsewhere(void)
{
	struct lab *l = new_lab();
	int64_t id;

	lab_worker(l, "w1", 1000);
	id = run_one(l, false);
	lab_worker(l, "w2", 1000);
	lab_worker_down(l, "w1");
	lab_pass(l, 10 * LEASE);
	is_job(l, id, "running", "a connection that is lost loses no job, however long");
	tell(l, EV_WORKER_LOST, "w1", "lost");
	is_job(l, id, "running", "its lease is over, but its grace is not");
	is_str(disk_worker(l->disk, "w1")->reason, "lost", "why is in the list");
	is_int(core_due(l->core, l->now), WAIT, "it is looked at again by then");
	lab_pass(l, WAIT - 1);
	is_job(l, id, "running", "not a millisecond before");
	lab_pass(l, 1);
	is_job(l, id, "scheduled", "then another runs it");
	is_str(disk_job(l->disk, id)->worker, "w2", "on the other worker");
	is_int(disk_exec(l->disk, id, 1)->reason, REASON_NODE_LOST, "the first one is lost");
	is_int(disk_exec(l->disk, id, 1)->error_class, CLASS_INFRA, "which is no fault of its own");
	is_int(disk_job(l->disk, id)->requeue_count, 1, "out of the budget for that");
	is_int(core_due(l->core, l->now), -1, "and no more is due");
	lab_free(l);
}

static void test_no_requeue(void)
{
	struct lab *l = new_lab();
	int64_t id;

	lab_worker(l, "w1", 1000);
	id = run_one(l, true);
	tell(l, EV_WORKER_LOST, "w1", "lost");
	lab_pass(l, WAIT);
	is_job(l, id, "failed NodeLost", "at most once: its outcome is unknown");
	lab_free(l);
}

static void test_back(void)
{
	struct held h = { .job = 1, .execution = 1, .end = { .started_at = 7, .exit_code = -1,
		.signal = -1 } };
	struct lab *l = new_lab();
	int64_t id;

	lab_worker_holds(l, "w1", 1000, SAME, NULL, 0);
	id = run_one(l, false);
	tell(l, EV_WORKER_LOST, "w1", "lost");
	lab_pass(l, WAIT - 1);
	lab_worker_holds(l, "w1", 1000, SAME, &h, 1);
	is_job(l, id, "running", "back in time with the job: adopted");
	is_int(core_due(l->core, l->now), -1, "nothing is given up any more");
	lab_pass(l, 10 * LEASE);
	is_job(l, id, "running", "ever");
	ok(disk_worker(l->disk, "w1")->reason == NULL, "and it is no longer called lost");
	lab_free(l);
}

static void test_late(void)
{
	struct held h = { .job = 1, .execution = 1, .end = { .started_at = 7, .exit_code = -1,
		.signal = -1 } };
	struct lab *l = new_lab();
	const struct effect *f;

	lab_worker_holds(l, "w1", 1000, SAME, NULL, 0);
	(void)run_one(l, false);
	tell(l, EV_WORKER_LOST, "w1", "lost");
	lab_pass(l, WAIT);
	is_job(l, 1, "queued WorkersUnavailable", "given up, and nobody else is there");
	lab_worker_holds(l, "w1", 1000, SAME, &h, 1);
	f = lab_effect(l, EFF_KILL, 0);
	ok(f != NULL && f->job == 1 && f->execution == 1 && f->kill.now,
	    "back too late with the job: that one is ended at once");
	is_int(f != NULL ? (int)f->kill.cause : -1, END_FENCED, "as fenced");
	lab_free(l);
}

/* Its supervisor may not have lost its lease yet, though the records are lost. */
static void test_records_lost(void)
{
	struct lab *l = new_lab();
	struct held h = { .job = 2, .execution = 1, .end = { .started_at = 7, .exit_code = -1,
		.signal = -1 } };
	int64_t old, new;

	lab_worker_holds(l, "w1", 2000, SAME, NULL, 0);
	old = run_one(l, false);
	lab_worker(l, "w2", 1000);
	lab_worker_holds(l, "w1", 2000, SAME + 1, NULL, 0);
	is_job(l, old, "running", "back with another journal: it may run there still");
	new = run_one(l, false);
	lab_pass(l, LEASE + WAIT - 1);
	is_job(l, old, "running", "for as long as its lease, its grace and a tenth");
	lab_pass(l, 1);
	is_int(disk_exec(l->disk, old, 1)->cause, END_LOST, "then it is given up");
	is_int(disk_job(l->disk, old)->executions, 2, "and runs again");
	is_job(l, new, "running", "what was given to the worker since has another end");

	lab_worker_holds(l, "w1", 2000, SAME + 2, NULL, 0);
	tell(l, EV_WORKER_LOST, "w1", "lost");
	lab_pass(l, WAIT - 1);
	lab_worker_holds(l, "w1", 2000, SAME + 1, &h, 1);
	is_job(l, new, "running", "an older loss does not count when a later one begins");
	lab_free(l);
}

/* What is told of execution 1 of job 1 by a worker, too late. */
static const char *told_late(struct lab *l, const char *worker, const struct exec_end *end)
{
	struct held h = { .job = 1, .execution = 1, .ended = true, .end = *end };
	const char *text;

	lab_worker_holds(l, worker, 1000, SAME, &h, 1);
	is_int(lab_effects(l, EFF_ACK), 1, "%s may forget it", worker);
	text = disk_exec(l->disk, 1, 1)->late_result;
	return text != NULL ? text : "none";
}

static void test_late_results(void)
{
	const struct exec_end fenced = { .cause = END_FENCED, .ended_at = 4077,
		.exit_code = -1, .signal = -1 };
	const struct exec_end good = { .cause = END_EXIT, .ended_at = 4088, .signal = -1 };
	struct lab *l = new_lab();

	lab_worker_holds(l, "w1", 1000, SAME, NULL, 0);
	(void)run_one(l, false);
	tell(l, EV_WORKER_LOST, "w1", "lost");
	is_str(told_late(l, "w2", &good), "none", "before it is given up, and by another");
	is_job(l, 1, "running", "that is nobody's business");
	lab_pass(l, WAIT);
	is_str(told_late(l, "w2", &good), "none", "also afterwards");
	is_str(told_late(l, "w1", &fenced), "fenced", "the result of a lost one is kept");
	is_int(disk_exec(l->disk, 1, 1)->late_at, 4077, "with its time");
	is_int(disk_exec(l->disk, 1, 1)->cause, END_LOST, "beside what was made of it");
	ok(disk_job(l->disk, 1)->executions > 1, "which stands: it runs again");
	is_str(told_late(l, "w1", &good), "exit 0", "how it ended is told, too");
	lab_free(l);
}

/* The result of one that was not given up, told twice: its first end is all that there is. */
static void test_told_twice(void)
{
	const struct exec_end good = { .cause = END_EXIT, .ended_at = 4088, .signal = -1 };
	struct lab *l = new_lab();

	lab_worker_holds(l, "w1", 1000, SAME, NULL, 0);
	(void)run_one(l, false);
	is_str(told_late(l, "w1", &good), "none", "a result");
	is_job(l, 1, "completed", "is the job's");
	is_str(told_late(l, "w1", &good), "none", "and not late when it is told again");
	lab_free(l);
}

static void test_gone(void)
{
	struct lab *l = new_lab();
	int64_t id;

	lab_worker(l, "w1", 1000);
	id = run_one(l, false);
	tell(l, EV_WORKER_GONE, "w1", "not in the list");
	is_int(disk_worker(l->disk, "w1")->status, WORKER_INACTIVE, "taken from the list");
	is_int(core_due(l->core, l->now), LEASE + WAIT, "its lease may have been new");
	lab_pass(l, LEASE + WAIT);
	is_job(l, id, "queued WorkersUnavailable", "then its job is queued again");
	lab_worker(l, "w1", 1000);
	is_job(l, id, "scheduled", "in the list again, it is a worker again");
	is_int(disk_worker(l->disk, "w1")->status, WORKER_ACTIVE, "an active one");
	tell(l, EV_WORKER_GONE, "w9", "not in the list");
	is_int(l->turn->nmuts, 0, "of one that nobody knows nothing is said");
	lab_free(l);
}

static void test_confirmed(void)
{
	struct lab *l = new_lab();
	int64_t id;

	lab_worker(l, "w1", 1000);
	id = run_one(l, false);
	lab_as(l, "root", 0, true);
	confirm_dead(l, "w1");
	is_int(lab_item(l, 0)->code, ERR_DATA, "one that is attached is not dead");
	is_job(l, id, "running", "and its job runs on");
	lab_worker_down(l, "w1");
	confirm_dead(l, "w1");
	is_int(lab_item(l, 0)->code, ERR_NONE, "one that is not may be");
	is_job(l, id, "queued WorkersUnavailable", "and its job is queued again at once");
	lab_as(l, "bob", 1001, false);
	confirm_dead(l, "w1");
	is_int(lab_item(l, 0)->code, ERR_PERM, "for an administrator to say");
	lab_free(l);
}

/* A restart knows nothing of leases: whoever calls hosts counts from its start. */
static void test_restart(void)
{
	struct lab *l = new_lab();
	int64_t id;

	lab_worker(l, "w1", 1000);
	id = run_one(l, false);
	tell(l, EV_WORKER_LOST, "w1", "lost");
	lab_restart(l);
	lab_pass(l, 100 * LEASE);
	is_job(l, id, "running", "nothing is given up by a jobd that has just started");
	tell(l, EV_WORKER_LOST, "w1", "lost");
	lab_pass(l, WAIT);
	is_job(l, id, "queued WorkersUnavailable", "but when it says so");
	lab_free(l);
}

static void test_never_seen(void)
{
	struct lab *l = new_lab();
	struct job_request *r;
	int64_t id;

	tell(l, EV_WORKER_DOWN, "w1", "no route");
	is_str(disk_worker(l->disk, "w1")->reason, "no route", "a host that was never reached");
	r = lab_job(l);
	r->row.cpus = 64000;
	id = lab_submit(l, r);
	is_job(l, id, "queued WorkersUnavailable", "may have anything: a job waits for it");
	lab_worker(l, "w1", 1000);
	is_job(l, id, "queued NeverFits", "until it is known");
	r = lab_job(l);
	r->row.cpus = 64000;
	is_int(lab_submit(l, r), 0, "and then another is refused");
	tell(l, EV_WORKER_DOWN, "w1", "no route");
	is_int(l->turn->nmuts, 1, "down is one row");
	tell(l, EV_WORKER_DOWN, "w1", "no route");
	is_int(l->turn->nmuts, 0, "the same again is none");
	tell(l, EV_WORKER_DOWN, "w1", "refused");
	is_str(disk_worker(l->disk, "w1")->reason, "refused", "another reason is");
	lab_worker_set(l, "w1", WORKER_DRAINING);
	tell(l, EV_WORKER_DOWN, "w1", "no route");
	ok(disk_worker(l->disk, "w1")->reason == NULL ||
	    strcmp(disk_worker(l->disk, "w1")->reason, "no route") != 0,
	    "what an admin said of it stays");
	lab_free(l);
}

static void test_beat(void)
{
	struct lab *l = new_lab();

	lab_worker(l, "w1", 1000);
	l->now.wall += 5000;
	lab_event(l, EV_WORKER_BEAT)->beat.worker = "w1";
	lab_turn(l);
	is_int(disk_worker(l->disk, "w1")->last_heartbeat, l->now.wall, "a heartbeat is a row");
	lab_event(l, EV_WORKER_BEAT)->beat.worker = "w9";
	lab_turn(l);
	is_int(l->turn->nmuts, 0, "of one that nobody knows it is nothing");
	lab_free(l);
}

int main(void)
{
	test_elsewhere();
	test_no_requeue();
	test_back();
	test_late();
	test_records_lost();
	test_late_results();
	test_told_twice();
	test_gone();
	test_confirmed();
	test_restart();
	test_never_seen();
	test_beat();
	return tap_done();
}
