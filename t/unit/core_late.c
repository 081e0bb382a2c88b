/*
 * An end that jobd hears of late: times are those of the end, not of the news, and
 * what was said of an earlier execution is not said of the next.
 */
#include "corelib.h"

static struct lab *lab_ready(void)
{
	struct lab *l = lab_new(NULL);

	lab_worker(l, "w1", 4000);
	return l;
}

static struct held *ended(struct lab *l, int64_t job, int64_t began, int64_t until)
{
	struct held *h = lab_report(l, EV_ENDED, job);

	h->end = (struct exec_end){ .cause = END_EXIT, .exit_code = 0, .signal = -1,
	    .started_at = began, .ended_at = until, .duration = until - began };
	return h;
}

static void test_late_news(void)
{
	struct lab *l = lab_ready();
	int64_t job = lab_new_job(l), began = l->now.wall + 5;

	l->now.wall += 60000;
	l->now.boot += 60000;
	(void)ended(l, job, began, began + 3000);
	lab_turn(l);
	is_job(l, job, "completed", "ended");
	is_int(disk_job(l->disk, job)->completed_at, began + 3000, "when it ended");
	is_int(disk_exec(l->disk, job, 1)->completed_at, began + 3000, "and its execution");
	lab_free(l);
}

/* A worker's clock that is off must not put an end before the job or after now. */
static void test_odd_clocks(void)
{
	struct lab *l = lab_ready();
	int64_t early = lab_new_job(l), late = lab_new_job(l), now;

	l->now.wall += 1000;
	now = l->now.wall;
	(void)ended(l, early, 10, 20);
	(void)ended(l, late, now + 4000, now + 5000);
	lab_turn(l);
	is_int(disk_job(l->disk, early)->completed_at, now, "not before it was scheduled");
	is_int(disk_job(l->disk, late)->completed_at, now, "not in the future");
	lab_free(l);
}

static void test_lost_time(void)
{
	struct lab *l = lab_ready();
	int64_t job = lab_new_job(l);
	struct held *h;

	lab_started(l, job);
	l->now.wall += 45000;
	l->now.boot += 45000;
	h = lab_report(l, EV_ENDED, job);
	h->end = (struct exec_end){ .cause = END_LOST, .exit_code = -1, .signal = -1,
	    .text = "its supervisor was killed" };
	lab_turn(l);
	is_int(disk_exec(l->disk, job, 1)->duration, 45000, "a lost execution lasted until then");
	is_job(l, job, "scheduled", "it runs again");
	ok(disk_job(l->disk, job)->detail == NULL, "and nothing is said of the first");
	lab_free(l);
}

int main(void)
{
	test_late_news();
	test_odd_clocks();
	test_lost_time();
	return tap_done();
}
