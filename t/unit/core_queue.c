/*
 * Queues: which there are, who may be in them, and what it means that one is stopped
 * or drains.
 */
#include <string.h>

#include "core/impl.h"
#include "corelib.h"
#include "zonelib.h"

#define HOUR INT64_C(3600000)
#define MINUTE INT64_C(60000)
#define DAY (24 * HOUR)

static struct queue_conf queues[] = {
	{ .name = "night", .max_priority = 600, .min_priority = 10, .users = "ann, alice,eve",
	    .quota.max[QUOTA_TIME] = 2 * HOUR },
	{ .name = "bulk", .max_priority = 1000 },
};

static struct core_conf conf(void)
{
	return (struct core_conf){ .policy = POLICY_PRIORITY, .epoch = 1, .max_requeues = 5,
	    .reservations = 1, .queues = queues, .nqueues = 2, .default_queue = "default" };
}

static struct lab *lab(void)
{
	struct core_conf c = conf();
	struct lab *l = lab_new(&c);

	queues[0].state = queues[1].state = QUEUE_OPEN;
	lab_as(l, "alice", 1000, false);
	lab_worker(l, "w1", 1000);
	return l;
}

static int64_t submit(struct lab *l, const char *queue)
{
	struct job_request *r = lab_job(l);

	r->row.queue = queue;
	r->row.user = "alice";
	r->row.time_limit = HOUR;
	return lab_submit(l, r);
}

/* The code of what is refused, which says this. */
static void refused(struct lab *l, struct job_request *r, enum err_code code, const char *text)
{
	is_int(lab_submit(l, r), 0, "refused");
	is_int(lab_item(l, 0)->code, code, "as it is to be");
	is_str(lab_item(l, 0)->text, text, "and says why");
}

/* SIGHUP with another state of the queue `bulk`. */
static void bulk_is(struct lab *l, enum queue_state state)
{
	queues[1].state = state;
	l->conf = conf();
	core_configure(l->core, &l->conf);
	lab_turn(l);
}

static void test_names(void)
{
	struct lab *l = lab();
	struct job_request *r = lab_job(l);
	struct core_conf none = { .epoch = 1 };

	r->row.queue = "nigth";
	refused(l, r, ERR_DATA, "there is no queue 'nigth'; did you mean 'night'?");
	r->row.queue = "xylophone";
	refused(l, r, ERR_DATA, "there is no queue 'xylophone'");
	ok(submit(l, "bulk") > 0, "one that there is");
	ok(submit(l, "default") > 0, "the default is always there");
	lab_free(l);

	l = lab_new(&none);
	ok(submit(l, "xylophone") > 0, "without configured queues any word is one");
	lab_free(l);
}

static void test_bounds(void)
{
	struct lab *l = lab();
	struct job_request *r = lab_job(l);
	int64_t job;

	r->row.queue = "night";
	r->row.user = "al";
	r->row.time_limit = HOUR;
	refused(l, r, ERR_PERM, "queue 'night' is not for al");
	r->row.user = "eve";
	r->row.priority = 601;
	refused(l, r, ERR_PERM, "priority 601 is above the 600 that queue 'night' allows");
	r->row.priority = 600;
	r->row.time_limit = 2 * HOUR + 1;
	refused(l, r, ERR_DATA,
	    "queue night has only jobs with a time limit of at most 7200 s");
	r->row.time_limit = 0;
	refused(l, r, ERR_DATA,
	    "queue night has only jobs with a time limit of at most 7200 s");
	r->row.priority = 9;
	refused(l, r, ERR_DATA, "priority 9 is below the 10 that queue 'night' asks for");
	r->row.priority = 10;
	r->row.time_limit = 2 * HOUR;
	job = lab_submit(l, r);
	ok(job > 0, "exactly as much as is allowed");
	lab_free(l);
}

static void test_stopped(void)
{
	struct lab *l = lab();
	int64_t runs = submit(l, "bulk"), waits = submit(l, "bulk"), other;

	bulk_is(l, QUEUE_STOPPED);
	is_job(l, waits, "queued QueueStopped", "it waits for its queue");
	is_job(l, runs, "scheduled", "what runs runs on");
	other = submit(l, "default");
	lab_exit(l, runs, 0);
	is_job(l, other, "scheduled", "other queues go on, though it came first");
	lab_exit(l, other, 0);
	other = submit(l, "bulk");
	is_job(l, other, "queued QueueStopped", "it takes jobs, and starts none");
	lab_restart(l);
	lab_worker(l, "w1", 1000);
	is_job(l, waits, "queued QueueStopped", "nor after a restart");
	bulk_is(l, QUEUE_OPEN);
	is_job(l, waits, "scheduled", "it is open again");
	lab_exit(l, waits, 0);
	is_job(l, other, "scheduled", "and goes on in order");
	lab_free(l);
}

static void test_draining(void)
{
	struct lab *l = lab();
	struct job_request *r = lab_job(l);
	int64_t runs = submit(l, "bulk"), waits = submit(l, "bulk");

	bulk_is(l, QUEUE_DRAINING);
	r->row.queue = "bulk";
	refused(l, r, ERR_AGAIN, "queue 'bulk' takes no jobs at present: try later");
	lab_exit(l, runs, 0);
	is_job(l, waits, "scheduled", "what it has it runs");
	lab_free(l);
}

/* The wall clock shows 23:59 on a Sunday in UTC. */
static struct lab *lab_on_sunday(const char *windows, const char *zone)
{
	struct lab *l = lab();
	int64_t ahead = 3 * DAY + DAY - MINUTE - l->now.wall % (7 * DAY);

	l->conf = conf();
	queues[1].windows = windows;
	l->conf.time_zone = zone;
	core_configure(l->core, &l->conf);
	lab_pass(l, ahead + (ahead < 0 ? 7 * DAY : 0));
	return l;
}

static void test_windows(void)
{
	struct lab *l = lab_on_sunday("Mon 00:00-00:02", NULL);
	int64_t job = submit(l, "bulk"), other = submit(l, "default"), late;

	is_job(l, job, "queued Window", "it is not Monday yet");
	is_job(l, other, "scheduled", "other queues have none");
	lab_exit(l, other, 0);
	ok(core_due(l->core, l->now) <= MINUTE && core_due(l->core, l->now) > 0,
	    "it is looked at again by the minute");
	lab_pass(l, MINUTE - 1);
	is_job(l, job, "queued Window", "a millisecond before");
	lab_pass(l, 1);
	is_job(l, job, "scheduled", "the window is open");
	late = submit(l, "bulk");
	is_job(l, late, "queued Resources", "the next waits for room");
	lab_pass(l, 2 * MINUTE);
	is_job(l, late, "queued Window", "and now for a week");
	lab_exit(l, job, 0);
	is_job(l, late, "queued Window", "though there is room");
	lab_restart(l);
	lab_worker(l, "w1", 1000);
	is_job(l, late, "queued Window", "nor after a restart");
	l->now.wall -= 2 * MINUTE;
	lab_turn(l);
	is_job(l, late, "scheduled", "a clock that is set back opens it again");
	queues[1].windows = NULL;
	lab_free(l);
}

/* Its rules are not known: nothing starts before they come. */
static void test_zone(void)
{
	struct lab *l = lab_on_sunday("Mon", "Test/East");
	int64_t job = submit(l, "bulk");
	struct event *ev;
	struct buf b;

	is_job(l, job, "queued Window", "nobody knows what time it is there");
	buf_init(&b, 10000);
	tzif_add(&b, 2 * 3600, NULL, 0, "<+02>-2");
	ev = lab_event(l, EV_ZONE);
	ev->zone.name = "Test/East";
	ev->zone.tzif = b.data;
	ev->zone.size = b.len;
	lab_turn(l);
	buf_release(&b);
	is_job(l, job, "scheduled", "two hours to the east it is Monday");
	queues[1].windows = NULL;
	lab_free(l);
}

int main(void)
{
	test_names();
	test_bounds();
	test_stopped();
	test_draining();
	test_windows();
	test_zone();
	return tap_done();
}
