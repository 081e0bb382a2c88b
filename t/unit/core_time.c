/*
 * Waiting for an instant: begin, deadline, queue timeout, retries; each against
 * both clocks, which a step of the wall clock tells apart; and when the next turn
 * is due.
 */
#include <inttypes.h>
#include <string.h>

#include "corelib.h"

#define HOUR INT64_C(3600000)

static int64_t due(const struct lab *l)
{
	return core_due(l->core, l->now);
}

static void step_wall(struct lab *l, int64_t ms)
{
	l->now.wall += ms;
	lab_event(l, EV_TICK);
	lab_turn(l);
}

static struct lab *lab_with_worker(void)
{
	struct lab *l = lab_new(NULL);

	lab_worker(l, "w1", 1000);
	return l;
}

static void test_begin(void)
{
	struct lab *l = lab_with_worker();
	struct job_request *r = lab_job(l);
	int64_t job;

	is_int(due(l), -1, "nothing waits for a time");
	r->row.begin_at = l->now.wall + 10000;
	job = lab_submit(l, r);
	is_job(l, job, "queued BeginTime", "not before its time");
	is_int(disk_job(l->disk, job)->eligible_at, 0, "not eligible");
	is_int(due(l), 10000, "due then");
	lab_pass(l, 9999);
	is_job(l, job, "queued BeginTime", "a millisecond before");
	is_int(due(l), 1, "due in one");
	lab_pass(l, 1);
	is_job(l, job, "scheduled", "then");
	is_int(disk_job(l->disk, job)->eligible_at, l->now.wall, "eligible since now");
	is_int(due(l), -1, "nothing is due any more");
	r = lab_job(l);
	r->row.begin_at = l->now.wall;
	lab_exit(l, job, 0);
	is_job(l, lab_submit(l, r), "scheduled", "a begin that is past is none");
	lab_free(l);
}

static void test_begin_and_wall_steps(void)
{
	struct lab *l = lab_with_worker();
	struct job_request *r = lab_job(l);
	int64_t job;

	r->row.begin_at = l->now.wall + HOUR;
	job = lab_submit(l, r);
	step_wall(l, -2 * HOUR);
	is_job(l, job, "queued BeginTime", "the clock is set back");
	is_int(due(l), 3 * HOUR, "it waits for the calendar");
	step_wall(l, 3 * HOUR);
	is_job(l, job, "scheduled", "set forward: its time has come");
	lab_free(l);
}

static void test_deadline_queued(void)
{
	struct lab *l = lab_new(NULL);
	struct job_request *r = lab_job(l);
	int64_t a, b, c;

	r->row.deadline_at = l->now.wall + 5000;
	a = lab_submit(l, r);
	r = lab_job(l);
	r->row.deadline_at = l->now.wall + 5000;
	r->row.hold = HOLD_USER;
	b = lab_submit(l, r);
	r = lab_job(l);
	lab_dep(l, r, DEP_NOTOK, a);
	c = lab_submit(l, r);
	lab_pass(l, 4999);
	is_job(l, a, "queued WorkersUnavailable", "before its deadline");
	is_int(due(l), 1, "due in one");
	lab_pass(l, 1);
	is_job(l, a, "failed Deadline", "at its deadline");
	is_job(l, b, "failed Deadline", "held or not");
	is_job(l, c, "queued WorkersUnavailable", "its child sees that it failed");
	is_int(disk_job(l->disk, a)->completed_at, l->now.wall, "ended now");
	is_int(lab_effects(l, EFF_STATE), 2, "both are told");
	r = lab_job(l);
	r->row.deadline_at = l->now.wall;
	is_job(l, lab_submit(l, r), "failed Deadline", "a deadline that is past");
	is_int(due(l), -1, "nothing is due any more");
	lab_free(l);
}

static void test_deadline_running(void)
{
	struct lab *l = lab_with_worker();
	struct job_request *r = lab_job(l);
	const struct effect *f;
	int64_t job;

	r->row.deadline_at = l->now.wall + 5000;
	r->row.max_retries = 3;
	job = lab_submit(l, r);
	lab_started(l, job);
	is_int(due(l), 5000, "due at its deadline");
	lab_pass(l, 5000);
	is_job(l, job, "running Stopping", "it is being stopped");
	f = lab_effect(l, EFF_KILL, 0);
	ok(f != NULL && f->job == job && f->execution == 1, "by an order");
	ok(f != NULL && f->kill.cause == END_TIMEOUT && !f->kill.now && f->kill.signal == 0,
	    "by the ladder, because of time");
	is_int(due(l), -1, "once");
	lab_pass(l, 1000);
	is_int(lab_effects(l, EFF_KILL), 0, "and not again");
	lab_end(l, job, END_KILLED, -1, 15);
	is_job(l, job, "failed Deadline", "then it has failed");
	is_int(disk_exec(l->disk, job, 1)->reason, REASON_DEADLINE, "so says its execution");
	is_str(disk_job(l->disk, job)->changed_by, "jobd", "nobody else did it");
	lab_free(l);
}

static void test_deadline_races(void)
{
	struct lab *l = lab_with_worker();
	struct job_request *r = lab_job(l);
	int64_t job;

	r->row.deadline_at = l->now.wall + 5000;
	job = lab_submit(l, r);
	lab_pass(l, 5000);
	is_job(l, job, "scheduled Stopping", "a scheduled one is stopped, too");
	lab_end(l, job, END_NEVER, -1, -1);
	is_job(l, job, "failed Deadline", "never started, and never will be");
	r = lab_job(l);
	r->row.deadline_at = l->now.wall + 5000;
	job = lab_submit(l, r);
	lab_started(l, job);
	lab_pass(l, 5000);
	lab_exit(l, job, 0);
	is_job(l, job, "completed", "it was done before the order came");
	r = lab_job(l);
	r->row.deadline_at = l->now.wall + 5000;
	r->row.max_retries = 1;
	job = lab_submit(l, r);
	lab_started(l, job);
	lab_pass(l, 5000);
	lab_exit(l, job, 1);
	is_job(l, job, "failed Deadline", "it failed by itself: no retry after the deadline");
	lab_free(l);
}

static void test_deadline_and_retry(void)
{
	struct lab *l = lab_with_worker();
	struct job_request *r = lab_job(l);
	int64_t job;

	r->row.deadline_at = l->now.wall + 62232;
	r->row.max_retries = 1;
	job = lab_submit(l, r);
	lab_exit(l, job, 1);
	is_job(l, job, "failed Deadline", "a retry 1 ms after the deadline is none");
	is_str(disk_job(l->disk, job)->detail, "the next retry would start after the deadline",
	    "and it says why");
	lab_free(l);
	l = lab_with_worker();
	r = lab_job(l);
	r->row.deadline_at = l->now.wall + 62233;
	r->row.max_retries = 1;
	job = lab_submit(l, r);
	lab_exit(l, job, 1);
	is_job(l, job, "queued RetryWait", "one just at the deadline is tried");
	lab_pass(l, 62233);
	is_job(l, job, "failed Deadline", "but the deadline comes first");
	lab_free(l);
}

static void test_requeue_past_deadline(void)
{
	struct lab *l = lab_with_worker();
	struct job_request *r = lab_job(l);
	int64_t job;

	r->row.deadline_at = l->now.wall + 5000;
	job = lab_submit(l, r);
	lab_started(l, job);
	is_int(lab_control(l, CONTROL_REQUEUE, job), 0, "requeue");
	lab_pass(l, 6000);
	is_job(l, job, "running Stopping", "it is being stopped anyhow");
	lab_end(l, job, END_KILLED, -1, 15);
	is_job(l, job, "failed Deadline", "requeued after its deadline: failed");
	is_str(lab_notes(l, job), "running>queued queued>failed", "by two edges");
	lab_free(l);
}

static void test_queue_timeout(void)
{
	struct lab *l = lab_new(NULL);
	struct job_request *r = lab_job(l);
	int64_t job;

	r->row.queue_timeout = 30000;
	r->row.begin_at = l->now.wall + 5000;
	job = lab_submit(l, r);
	is_int(due(l), 5000, "first its begin");
	lab_pass(l, 5000);
	is_int(due(l), 30000, "it counts from when it may run");
	lab_pass(l, 29999);
	lab_control(l, CONTROL_HOLD, job);
	is_int(due(l), -1, "not while it is held");
	lab_pass(l, HOUR);
	is_job(l, job, "queued Held", "for an hour");
	lab_control(l, CONTROL_RELEASE, job);
	is_int(due(l), 30000, "and anew when it is released");
	step_wall(l, HOUR);
	is_job(l, job, "queued WorkersUnavailable", "a step of the wall clock is no time");
	step_wall(l, -5 * HOUR);
	is_int(due(l), 30000, "in neither direction");
	lab_pass(l, 30000);
	is_job(l, job, "cancelled Expired", "then it expires");
	is_str(disk_job(l->disk, job)->changed_by, "jobd", "by the scheduler itself");
	is_int(due(l), -1, "and nothing is due");
	lab_free(l);
}

static void test_queue_timeout_over_restart(void)
{
	struct lab *l = lab_new(NULL);
	struct job_request *r = lab_job(l);
	int64_t job;

	r->row.queue_timeout = 2 * HOUR;
	job = lab_submit(l, r);
	lab_pass(l, HOUR);
	lab_restart(l);
	is_int(due(l), HOUR, "a restart loses nothing of it");
	l->now.wall += HOUR / 2;
	l->now.boot = 60000;			/* the host was booted a minute ago */
	lab_restart(l);
	is_int(due(l), HOUR / 2, "nor does a reboot");
	l->now.wall += 10 * HOUR;
	l->now.boot = 1;
	lab_restart(l);
	is_job(l, job, "cancelled Expired", "long past at the start: it expires");
	lab_free(l);
}

static int64_t retrying(struct lab *l)
{
	struct job_request *r = lab_job(l);
	int64_t job;

	r->row.max_retries = 1;
	r->row.retry_policy = RETRY_FIXED;
	r->row.retry_jitter = 0;
	job = lab_submit(l, r);
	lab_exit(l, job, 1);
	return job;
}

static void test_retry_wait(void)
{
	struct lab *l = lab_with_worker();
	int64_t job = retrying(l), at = l->now.wall + 60000;

	is_job(l, job, "queued RetryWait", "it waits for its retry");
	is_int(disk_job(l->disk, job)->next_retry_at, at, "which is announced");
	is_int(disk_job(l->disk, job)->eligible_at, 0, "it is not eligible");
	is_int(disk_job(l->disk, job)->retry_count, 1, "and counted");
	is_int(due(l), 60000, "due then");
	step_wall(l, -HOUR);
	is_int(due(l), 60000, "a wait is a duration: the wall clock has no say");
	step_wall(l, 10 * HOUR);
	is_job(l, job, "queued RetryWait", "in neither direction");
	lab_pass(l, 59999);
	is_job(l, job, "queued RetryWait", "a millisecond before");
	lab_pass(l, 1);
	is_job(l, job, "scheduled", "then");
	is_int(disk_job(l->disk, job)->next_retry_at, 0, "nothing is announced any more");
	is_int(lab_effect(l, EFF_START, 0)->start.attempt, 2, "the second attempt");
	lab_free(l);
}

static void test_retry_over_restart(void)
{
	struct lab *l = lab_with_worker();
	int64_t job = retrying(l);

	lab_pass(l, 20000);
	lab_restart(l);
	is_int(due(l), 40000, "a restart loses nothing of the wait");
	l->now.boot = 5000;
	l->now.wall += 10000;
	lab_restart(l);
	is_int(due(l), 30000, "nor does a reboot");
	l->now.wall -= 100 * HOUR;
	lab_restart(l);
	is_int(due(l), 60000, "set back by days meanwhile: no more than the whole wait");
	l->now.wall += 200 * HOUR;
	lab_restart(l);
	is_job(l, job, "queued WorkersUnavailable", "past at the start: it may run");
	is_int(disk_job(l->disk, job)->exit_code, 1, "its last exit is known");
	lab_worker(l, "w1", 1000);
	is_int(lab_effect(l, EFF_START, 0)->start.prev_status, 1, "and told to the next one");
	is_int(disk_job(l->disk, job)->next_retry_at, 0, "nothing is announced any more");
	lab_free(l);
}

static void test_hold_in_retry_wait(void)
{
	struct lab *l = lab_with_worker();
	int64_t job = retrying(l);

	lab_control(l, CONTROL_HOLD, job);
	is_job(l, job, "queued Held", "held while it waits for its retry");
	lab_pass(l, 60000);
	is_job(l, job, "queued Held", "its time passes");
	is_int(disk_job(l->disk, job)->next_retry_at, 0, "and is forgotten");
	is_int(due(l), -1, "nothing is due");
	lab_control(l, CONTROL_RELEASE, job);
	is_job(l, job, "scheduled", "released: it starts at once");
	lab_free(l);
}

/* The earliest of all is what counts, whatever the order in which they came and went. */
static void test_earliest(void)
{
	static const int64_t at[] = { 500, 300, 900, 100, 700, 200, 800, 400, 600, 1000 };
	struct lab *l = lab_new(NULL);
	size_t i;

	for (i = 0; i < 10; i++) {
		struct job_request *r = lab_job(l);

		r->row.hold = HOLD_USER;
		r->row.deadline_at = l->now.wall + at[i];
		lab_submit(l, r);
	}
	is_int(due(l), 100, "the earliest of ten");
	lab_control(l, CONTROL_CANCEL, 4);
	is_int(due(l), 200, "it is gone: the next one");
	lab_control(l, CONTROL_CANCEL, 1);
	is_int(due(l), 200, "one in the middle is gone");
	for (i = 2; i <= 10; i++) {
		lab_pass(l, due(l));
		if (i != 5 && i != 10)
			is_int(lab_effects(l, EFF_STATE), 1, "one at a time (%zu)", i);
		if (i == 4)
			lab_pass(l, 200);
		if (due(l) == -1)
			break;
	}
	is_int(core_count(l->core, JOB_QUEUED), 0, "all have come");
	lab_free(l);
}

/* More at one instant than a turn takes. */
static void test_crowd(void)
{
	struct lab *l = lab_new(NULL);
	size_t n = 10050, i;
	struct event *ev = lab_event(l, EV_SUBMIT);
	struct job_request *all = arena_alloc(l->arena, n * sizeof(*all));

	for (i = 0; i < n; i++) {
		all[i] = *lab_job(l);
		all[i].row.begin_at = l->now.wall + 1000;
	}
	ev->submit.jobs = all;
	ev->submit.n = n;
	lab_turn(l);
	lab_pass(l, 1000);
	is_int(due(l), 0, "10,000 timers a turn: the rest at once");
	lab_turn(l);
	is_int(due(l), -1, "in the next one");
	for (i = 1; i <= n; i++)
		if (strcmp(lab_where(l, (int64_t)i), "queued BeginTime") == 0)
			break;
	is_int(i, n + 1, "nobody is left waiting");
	lab_free(l);
}

int main(void)
{
	test_begin();
	test_begin_and_wall_steps();
	test_deadline_queued();
	test_deadline_running();
	test_deadline_races();
	test_deadline_and_retry();
	test_requeue_past_deadline();
	test_queue_timeout();
	test_queue_timeout_over_restart();
	test_retry_wait();
	test_retry_over_restart();
	test_hold_in_retry_wait();
	test_earliest();
	test_crowd();
	return tap_done();
}
