/*
 * Orders beyond what there is room for: who gets them, whose place they take, and when
 * they are taken back.
 */
#include <inttypes.h>
#include <string.h>

#include "corelib.h"

static struct lab *lab_ahead(int64_t ahead)
{
	const struct core_conf conf = {
		.policy = POLICY_PRIORITY, .epoch = 1, .max_requeues = 5, .cascade = 1000,
		.ahead = ahead, .reservations = 1, .reserve_after = 600000,
	};
	struct lab *l = lab_new(&conf);

	lab_worker(l, "w1", 2000);
	return l;
}

static int64_t submit(struct lab *l, int64_t cpus, int64_t priority)
{
	struct job_request *r = lab_job(l);

	r->row.cpus = cpus;
	r->row.priority = priority;
	return lab_submit(l, r);
}

static void jobs(struct lab *l, int n)
{
	for (int i = 0; i < n; i++)
		submit(l, 1000, 500);
}

static int64_t free_cpus(const struct lab *l)
{
	return disk_worker(l->disk, "w1")->free_cpus;
}

static size_t started_ahead(const struct lab *l)
{
	const struct effect *f;
	size_t n = 0;

	for (size_t i = 0; (f = lab_effect(l, EFF_START, i)) != NULL; i++)
		n += f->start.ahead;
	return n;
}

static void test_fill(void)
{
	struct lab *l = lab_ahead(2);

	jobs(l, 10);
	is_job(l, 3, "queued Resources", "nothing is known of these jobs yet");
	lab_exit(l, 1, 0);
	is_int(lab_effects(l, EFF_START), 5, "a short one has ended: its place, and two for each");
	is_int(started_ahead(l), 4, "all but one go ahead");
	ok(!lab_effect(l, EFF_START, 0)->start.ahead && lab_effect(l, EFF_START, 0)->job == 3,
	    "the one that comes first does not");
	is_int(free_cpus(l), 0, "they book nothing");
	is_int(disk_worker(l->disk, "w1")->running, 2, "and are not counted as running");
	is_job(l, 7, "scheduled", "ahead");
	is_job(l, 8, "queued Resources", "and no more than that");
	lab_exit(l, 2, 0);
	is_int(lab_effects(l, EFF_START), 1, "each end lets one more come");
	is_int(free_cpus(l), 0, "its place went to one that was ahead");
	for (int64_t job = 3; job <= 10; job++)
		lab_exit(l, job, 0);
	is_int(free_cpus(l), 2000, "at the end nothing is booked");
	lab_free(l);
}

/* Its place would be taken without a look at the bound. */
static void test_bounded(void)
{
	struct lab *l = lab_ahead(2);

	l->conf.site.max[QUOTA_JOBS] = 10;
	core_configure(l->core, &l->conf);
	jobs(l, 10);
	lab_exit(l, 1, 0);
	is_int(lab_effects(l, EFF_START), 1, "where somebody has a bound");
	is_int(started_ahead(l), 0, "nobody goes ahead");
	lab_free(l);
}

static void test_off(void)
{
	struct lab *l = lab_ahead(0);

	jobs(l, 5);
	lab_exit(l, 1, 0);
	is_int(lab_effects(l, EFF_START), 1, "dispatch_ahead = 0: a place, an order");
	lab_free(l);
}

/* Of a shape whose jobs take their time the queue is the better place. */
static void test_slow(void)
{
	struct lab *l = lab_ahead(2);
	struct held *h;

	jobs(l, 9);
	h = lab_report(l, EV_ENDED, 1);
	h->end.cause = END_EXIT;
	h->end.exit_code = 0;
	h->end.started_at = l->now.wall;
	h->end.duration = 51;
	lab_turn(l);
	is_int(lab_effects(l, EFF_START), 1, "51 ms: not worth it");
	lab_exit(l, 2, 0);
	is_int(lab_effects(l, EFF_START), 5, "of late they are shorter");
	lab_free(l);
}

static void test_better_waits(void)
{
	struct lab *l = lab_ahead(2);
	int64_t large;

	jobs(l, 8);
	large = submit(l, 2000, 900);
	submit(l, 4000, 1000);
	lab_exit(l, 1, 0);
	is_int(lab_effects(l, EFF_START), 1, "a better job waits for room: none goes ahead of it");
	lab_control(l, CONTROL_CANCEL, large);
	lab_exit(l, 2, 0);
	is_int(lab_effects(l, EFF_START), 5, "one that can run nowhere keeps nobody waiting");
	lab_free(l);
}

/* A guess was wrong: the one before it does not end. */
static void test_recall(void)
{
	struct lab *l = lab_ahead(1);
	const struct effect *f;

	jobs(l, 8);
	lab_exit(l, 1, 0);
	is_int(started_ahead(l), 2, "two are ahead: 4 and 5");
	lab_started(l, 3);
	lab_pass(l, 249);
	is_int(lab_effects(l, EFF_KILL), 0, "a quarter of a second");
	lab_pass(l, 1);
	is_int(lab_effects(l, EFF_KILL), 2, "then they are taken back");
	f = lab_effect(l, EFF_KILL, 0);
	ok(f->kill.cause == END_RECALLED && f->kill.signal == 0, "if they have not begun");
	is_job(l, 4, "scheduled", "until the worker says so");
	lab_end(l, 4, END_RECALLED, -1, -1);
	is_job(l, 4, "queued Resources", "back in the queue, in front");
	is_int(disk_job(l->disk, 4)->requeue_count, 0, "which counts for nothing");
	is_int(disk_job(l->disk, 4)->retry_count, 0, "nor is it a retry");
	is_int(disk_exec(l->disk, 4, 1)->cause, END_RECALLED, "the execution says what it was");
	lab_exit(l, 5, 0);
	is_job(l, 5, "completed", "the other had begun: it is as good as any");
	lab_exit(l, 3, 0);
	is_int(lab_effect(l, EFF_START, 0)->job, 4, "the next place is its own");
	is_int(started_ahead(l), 0, "and for a while nobody goes ahead");
	lab_pass(l, 1000);
	is_int(lab_effects(l, EFF_KILL), 0, "what has started or holds a place is left alone");
	lab_free(l);
}

static void test_given_back(void)
{
	struct lab *l = lab_ahead(1);
	struct job_request *r;

	jobs(l, 3);
	r = lab_job(l);
	r->row.no_retry_on = "infra";
	r->row.cpus = 1000;
	lab_submit(l, r);
	lab_exit(l, 1, 0);
	lab_end(l, 4, END_RECALLED, -1, -1);
	is_job(l, 4, "queued Resources", "given back, whatever the job says of failures");
	lab_exit(l, 2, 0);
	is_job(l, 4, "scheduled", "it goes to the next place");
	lab_control(l, CONTROL_CANCEL, 4);
	lab_end(l, 4, END_RECALLED, -1, -1);
	is_job(l, 4, "cancelled ByUser", "given back while it was being cancelled");
	lab_free(l);
}

/* A new core books all that is open, and ends up right. */
static void test_restart(void)
{
	struct lab *l = lab_ahead(1);
	struct held held[] = {
		{ .job = 2, .execution = 1 }, { .job = 3, .execution = 1 },
		{ .job = 4, .execution = 1, .ended = true, .end = { .cause = END_RECALLED,
		    .exit_code = -1, .signal = -1 } },
	};

	jobs(l, 5);
	lab_exit(l, 1, 0);
	is_int(started_ahead(l), 2, "4 and 5 are ahead");
	lab_restart(l);
	lab_worker_holds(l, "w1", 2000, 1, held, 3);
	is_job(l, 4, "queued Resources", "its worker gave it back");
	is_job(l, 5, "queued Priority", "it never came there");
	lab_exit(l, 2, 0);
	lab_exit(l, 3, 0);
	lab_exit(l, 4, 0);
	lab_exit(l, 5, 0);
	is_int(free_cpus(l), 2000, "nothing is booked at the end");
	lab_free(l);
}

/* The last of its kind goes ahead; whoever comes later finds what has become free since. */
static void test_last_one(void)
{
	struct lab *l = lab_ahead(2);

	jobs(l, 4);
	lab_exit(l, 1, 0);
	is_int(started_ahead(l), 1, "the last one is ahead");
	lab_exit(l, 2, 0);
	lab_exit(l, 3, 0);
	is_int(free_cpus(l), 1000, "there is room while none waits");
	is_job(l, submit(l, 1000, 500), "scheduled", "the next finds it");
	lab_free(l);
}

/* Its deadline comes while it waits for a place: one order says so. */
static void test_deadline(void)
{
	struct lab *l = lab_ahead(2);
	struct job_request *r;
	int64_t job;

	jobs(l, 3);
	r = lab_job(l);
	r->row.cpus = 1000;
	r->row.deadline_at = l->now.wall + 100;
	job = lab_submit(l, r);
	lab_exit(l, 1, 0);
	is_job(l, job, "scheduled", "ahead");
	lab_pass(l, 300);	/* both its deadline and the time to take it back have come */
	is_job(l, job, "scheduled Stopping", "is to end");
	is_int(lab_effects(l, EFF_KILL), 1, "its worker is told so once");
	ok(!core_busy(l->core) && core_due(l->core, l->now) != 0, "and nothing is left to do");
	lab_free(l);
}

int main(void)
{
	test_last_one();
	test_deadline();
	test_fill();
	test_off();
	test_bounded();
	test_slow();
	test_better_waits();
	test_recall();
	test_given_back();
	test_restart();
	return tap_done();
}
