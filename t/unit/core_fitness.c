/* Tests core/fitness: a worker that cannot start jobs is drained, and nobody else's. */
#include <stdio.h>

#include "corelib.h"

static struct lab *new_lab(void)
{
	struct core_conf conf = { .policy = POLICY_PRIORITY, .epoch = 1, .max_requeues = 100,
		.cascade = 1000, .max_queued = 1000, .lease = 120000 };
	struct lab *l = lab_new(&conf);

	lab_worker(l, "w1", 1000);
	return l;
}

/* A job of that user, which is placed and ends so without having begun. */
static void fail(struct lab *l, const char *user, int64_t uid, enum end_cause cause)
{
	struct job_request *r = lab_job(l);

	r->row.user = user;
	r->row.uid = uid;
	r->row.no_requeue = true;
	lab_end(l, lab_submit(l, r), cause, 125, -1);
}

static void is_worker(const struct lab *l, const char *want, const char *what)
{
	const struct worker_row *w = disk_worker(l->disk, "w1");
	char text[64];

	snprintf(text, sizeof(text), "%s %s", worker_status_name((enum worker_status)w->status),
	    worker_health_name((enum worker_health)w->health));
	is_str(text, want, "%s", what);
}

static void test_three(void)
{
	struct lab *l = new_lab();
	int64_t id, since = disk_worker(l->disk, "w1")->since;

	lab_pass(l, 5000);
	id = lab_new_job(l);
	lab_end(l, id, END_RESOURCE, 125, -1);
	lab_end(l, id, END_RESOURCE, 125, -1);
	is_worker(l, "active healthy", "two failures are none yet");
	is_int(disk_worker(l->disk, "w1")->since, since, "it is so since it came");
	lab_end(l, id, END_RESOURCE, 125, -1);
	is_worker(l, "draining degraded", "three in a row are");
	is_int(disk_worker(l->disk, "w1")->since, l->now.wall, "since now");
	is_str(disk_worker(l->disk, "w1")->reason,
	    "3 jobs in a row could not start: resource", "with the reason");
	is_job(l, id, "queued WorkersUnavailable", "the job waits for another");
	lab_worker_down(l, "w1");
	lab_worker(l, "w1", 1000);
	is_worker(l, "draining degraded", "it does not heal by coming back");
	lab_restart(l);
	lab_worker(l, "w1", 1000);
	is_worker(l, "draining degraded", "nor by a restart of jobd");
	lab_worker_set(l, "w1", WORKER_ACTIVE);
	is_worker(l, "active healthy", "an administrator knows better");
	lab_end(l, id, END_RESOURCE, 125, -1);
	is_worker(l, "active healthy", "and it is counted anew");
	lab_free(l);
}

static void test_in_a_row(void)
{
	struct lab *l = new_lab();
	int64_t id = lab_new_job(l);

	lab_end(l, id, END_RESOURCE, 125, -1);
	lab_end(l, id, END_RESOURCE, 125, -1);
	lab_started(l, id);
	lab_exit(l, id, 0);
	id = lab_new_job(l);
	lab_end(l, id, END_RESOURCE, 125, -1);
	lab_end(l, id, END_RESOURCE, 125, -1);
	is_worker(l, "active healthy", "one that starts begins the count anew");
	lab_free(l);
}

static void test_own_fault(void)
{
	struct lab *l = new_lab();

	for (int i = 0; i < 5; i++)
		fail(l, "eve", 1001, i % 2 == 0 ? END_LAUNCH : END_USER);
	is_worker(l, "active healthy", "one user alone drains nobody");
	for (int i = 0; i < 5; i++)
		fail(l, "eve", 1001, END_NOT_FOUND);
	is_worker(l, "active healthy", "nor does a command that is not there");
	fail(l, "bob", 1002, END_LAUNCH);
	is_worker(l, "active healthy", "another user's is the second");
	fail(l, "eve", 1001, END_LAUNCH);
	is_worker(l, "draining degraded", "it is the host, after all");
	lab_free(l);
}

static void test_beat(void)
{
	struct lab *l = new_lab();
	struct event *ev;

	is_int(disk_worker(l->disk, "w1")->round_trip, -1, "no heartbeat, no round trip");
	ev = lab_event(l, EV_WORKER_BEAT);
	ev->beat.worker = "w1";
	ev->beat.round_trip = 42;
	ev->beat.clock_offset = -1500;
	lab_turn(l);
	is_int(disk_worker(l->disk, "w1")->round_trip, 42, "a heartbeat tells it");
	is_int(disk_worker(l->disk, "w1")->clock_offset, -1500, "and how the clock stands");
	lab_worker_down(l, "w1");
	is_int(disk_worker(l->disk, "w1")->round_trip, -1, "when it is away, nobody knows");
	lab_free(l);
}

int main(void)
{
	test_three();
	test_in_a_row();
	test_own_fault();
	test_beat();
	return tap_done();
}
