/*
 * Dependencies that are not on an end: on a start, with a delay, on a name; and those
 * that a parent which runs again makes possible anew.
 */
#include <inttypes.h>
#include <string.h>

#include "corelib.h"

#define DELAY 5000

static struct lab *lab_with_worker(void)
{
	struct lab *l = lab_new(NULL);

	lab_worker(l, "w1", 1000000);
	return l;
}

static int64_t held_job(struct lab *l)
{
	struct job_request *r = lab_job(l);

	r->row.hold = HOLD_USER;
	return lab_submit(l, r);
}

static struct job_request *child_request(struct lab *l, enum dep_type type, int64_t parent,
    int64_t delay)
{
	struct job_request *r = lab_job(l);

	lab_dep(l, r, type, parent);
	r->deps[0].delay = delay;
	return r;
}

static int64_t starter(struct lab *l, int64_t parent, int64_t delay)
{
	return lab_submit(l, child_request(l, DEP_START, parent, delay));
}

static void restart(struct lab *l)
{
	lab_restart(l);
	lab_worker(l, "w1", 1000000);
}

/* ---- start */

static void test_start(void)
{
	struct lab *l = lab_with_worker();
	int64_t parent = held_job(l), child = starter(l, parent, 0), late;

	lab_control(l, CONTROL_RELEASE, parent);
	is_job(l, parent, "scheduled", "the parent has its order");
	is_job(l, child, "queued Dependency", "that is no start");
	lab_started(l, parent);
	is_job(l, child, "scheduled", "this is");
	is_int(disk_dep(l->disk, child, parent)->state, DEP_SATISFIED, "its edge");
	late = starter(l, parent, 0);
	is_job(l, late, "scheduled", "of one that runs already");
	lab_exit(l, parent, 1);
	is_int(disk_dep(l->disk, late, parent)->state, DEP_SATISFIED, "the end changes nothing");
	lab_free(l);
}

static void test_never_started(void)
{
	struct lab *l = lab_with_worker();
	int64_t parent = held_job(l), child = starter(l, parent, 0);
	int64_t other = starter(l, parent, DELAY);

	lab_control(l, CONTROL_CANCEL, parent);
	is_job(l, child, "cancelled DependencyFailed", "cancelled before it ran");
	is_job(l, other, "cancelled DependencyFailed", "with a delay as well");
	is_int(disk_job(l->disk, child)->caused_by, parent, "and is named");
	lab_free(l);
}

/* An attempt that failed was a start all the same. */
static void test_start_of_retried(void)
{
	struct lab *l = lab_with_worker();
	struct job_request *r = lab_job(l);
	int64_t parent, child;

	r->row.max_retries = 1;
	parent = lab_submit(l, r);
	lab_exit(l, parent, 1);
	is_job(l, parent, "queued RetryWait", "the parent has run once");
	child = starter(l, parent, 0);
	is_job(l, child, "scheduled", "so its child may");
	lab_free(l);
}

static void test_start_on_disk(void)
{
	struct lab *l = lab_with_worker();
	struct job_request *r = child_request(l, DEP_START, 77, DELAY);

	r->deps[0].on_disk = true;
	r->deps[0].end = (struct parent){ JOB_FAILED, l->now.wall - DELAY + 1000, false };
	is_job(l, lab_submit(l, r), "queued Dependency", "a parent in the history, 4 s ago");
	lab_pass(l, 999);
	is_job(l, 1, "queued Dependency", "not yet");
	lab_pass(l, 1);
	is_job(l, 1, "scheduled", "5 s ago");
	r = child_request(l, DEP_START, 77, 0);
	r->deps[0].on_disk = true;
	r->deps[0].end = (struct parent){ JOB_CANCELLED, 0, false };
	is_job(l, lab_submit(l, r), "cancelled DependencyFailed", "one that never ran");
	lab_free(l);
}

/* ---- delays */

static void test_delay(bool again)
{
	struct lab *l = lab_with_worker();
	int64_t parent = held_job(l), child = starter(l, parent, DELAY), start;

	lab_control(l, CONTROL_RELEASE, parent);
	lab_started(l, parent);
	start = l->now.wall;
	is_job(l, child, "queued Dependency", "the delay runs");
	is_int(disk_dep(l->disk, child, parent)->state, DEP_OPEN, "its edge is open");
	is_int(disk_dep(l->disk, child, parent)->due_at, start + DELAY, "until then");
	lab_pass(l, 1000);
	lab_exit(l, parent, 0);
	is_job(l, child, "queued Dependency", "also when the parent is over");
	if (again)
		restart(l);
	is_int(core_due(l->core, l->now), DELAY - 1000, "so long%s",
	    again ? ", after a restart" : "");
	lab_pass(l, DELAY - 1001);
	is_job(l, child, "queued Dependency", "a moment before");
	lab_pass(l, 1);
	is_job(l, child, "scheduled", "then it may run");
	is_int(disk_dep(l->disk, child, parent)->state, DEP_SATISFIED, "and its edge is closed");
	lab_free(l);
}

/* The wall clock set back by a day makes no delay a day longer. */
static void test_clock_back(void)
{
	struct lab *l = lab_with_worker();
	int64_t parent = held_job(l), child = starter(l, parent, DELAY);

	lab_control(l, CONTROL_RELEASE, parent);
	lab_started(l, parent);
	l->now.wall -= 86400000;
	restart(l);
	lab_pass(l, DELAY);
	is_job(l, child, "scheduled", "no longer than the delay");
	lab_free(l);
}

static void test_delays_of_several(bool any)
{
	struct lab *l = lab_with_worker();
	int64_t a = held_job(l), b = held_job(l), child;
	struct job_request *r = lab_job(l);

	lab_dep(l, r, DEP_START, a);
	lab_dep(l, r, DEP_START, b);
	r->deps[0].delay = 3 * DELAY;
	r->deps[1].delay = DELAY;
	r->row.dep_any = any;
	child = lab_submit(l, r);
	lab_control(l, CONTROL_RELEASE, a);
	lab_control(l, CONTROL_RELEASE, b);
	lab_started(l, a);
	lab_started(l, b);
	lab_pass(l, DELAY);
	is_job(l, child, any ? "scheduled" : "queued Dependency", "the shorter one%s",
	    any ? ", ?" : "");
	lab_pass(l, 2 * DELAY);
	is_job(l, child, "scheduled", "the longer one");
	lab_free(l);
}

/* ---- one that becomes possible again */

static void test_reopen(bool again)
{
	struct lab *l = lab_with_worker();
	int64_t parent = lab_new_job(l), other = held_job(l), child;
	struct job_request *r = lab_job(l);
	struct found_job found = { .archived = false };
	struct ev_control *ct;

	r->row.dep_hold = true;
	lab_dep(l, r, DEP_OK, parent);
	lab_dep(l, r, DEP_OK, other);
	child = lab_submit(l, r);
	lab_exit(l, parent, 1);
	lab_control(l, CONTROL_CANCEL, other);
	is_job(l, child, "queued DependencyNeverSatisfied", "both its parents are bad");
	if (again)
		restart(l);
	found.row = *disk_job(l->disk, parent);
	ct = lab_order(l, CONTROL_RERUN, parent, parent);
	ct->found = &found;
	ct->nfound = 1;
	lab_turn(l);
	is_job(l, parent, "scheduled", "one runs again");
	is_int(disk_dep(l->disk, child, parent)->state, DEP_OPEN, "it is waited for");
	is_int(disk_dep(l->disk, child, other)->state, DEP_IMPOSSIBLE, "the other is as it was");
	is_job(l, child, "queued DependencyNeverSatisfied", "and is bad enough");
	found.row = *disk_job(l->disk, other);
	ct = lab_order(l, CONTROL_RERUN, other, other);
	ct->found = &found;
	ct->nfound = 1;
	lab_turn(l);
	is_job(l, child, "queued Dependency", "now both are waited for");
	lab_exit(l, parent, 0);
	lab_exit(l, other, 0);
	is_job(l, child, "scheduled", "both have done it%s", again ? " after a restart" : "");
	lab_free(l);
}

/* ---- singletons */

static struct job_request *named(struct lab *l, const char *name, bool singleton)
{
	struct job_request *r = lab_job(l);

	r->row.name = name;
	r->row.singleton = singleton;
	return r;
}

static void test_singleton(void)
{
	struct lab *l = lab_with_worker();
	int64_t first = lab_submit(l, named(l, "a", true)), second, third, other;

	is_job(l, first, "scheduled", "the first waits for nobody");
	second = lab_submit(l, named(l, "a", true));
	third = lab_submit(l, named(l, "a", true));
	other = lab_submit(l, named(l, "b", true));
	is_job(l, second, "queued Singleton", "the second does");
	is_job(l, other, "scheduled", "one of another name does not");
	lab_as(l, "bob", 1001, false);
	is_job(l, lab_submit(l, named(l, "a", true)), "scheduled", "nor one of another owner");
	is_job(l, lab_submit(l, named(l, "a", false)), "scheduled", "nor one that is no singleton");
	restart(l);
	is_job(l, second, "queued Singleton", "a restart changes nothing");
	lab_as(l, "alice", 1000, false);
	lab_control(l, CONTROL_CANCEL, second);
	is_job(l, third, "queued Singleton", "the first is still there");
	lab_started(l, first);
	lab_exit(l, first, 1);
	is_job(l, third, "scheduled", "and now nobody before it");
	is_int(disk_job(l->disk, third)->executions, 1, "it runs once");
	lab_free(l);
}

/* One that is rerun comes before those that were submitted later. */
static void test_singleton_rerun(void)
{
	struct lab *l = lab_new(NULL);
	int64_t first = lab_submit(l, named(l, "a", false)), second;
	struct found_job found = { .archived = false };
	struct ev_control *ct;

	second = lab_submit(l, named(l, "a", true));
	lab_control(l, CONTROL_CANCEL, first);
	is_job(l, second, "queued WorkersUnavailable", "its turn");
	found.row = *disk_job(l->disk, first);
	ct = lab_order(l, CONTROL_RERUN, first, first);
	ct->found = &found;
	ct->nfound = 1;
	lab_turn(l);
	is_job(l, second, "queued Singleton", "not any more");
	lab_free(l);
}

/* What has another name waits for other jobs. */
static void test_singleton_renamed(void)
{
	struct lab *l = lab_with_worker();
	int64_t first = lab_submit(l, named(l, "a", false)), second, third;
	struct change change = { .set = ATTR_BIT(ATTR_NAME), .row = { .name = "b" } };

	second = lab_submit(l, named(l, "a", true));
	third = lab_submit(l, named(l, "a", true));
	is_job(l, second, "queued Singleton", "it waits for the first");
	lab_order(l, CONTROL_SET, second, second)->change = &change;
	lab_turn(l);
	is_job(l, second, "scheduled", "by another name for nobody");
	lab_order(l, CONTROL_SET, first, first)->change = &change;
	lab_turn(l);
	is_job(l, third, "scheduled", "nobody is left of its name");
	lab_free(l);
}

static void test_singleton_and_parent(void)
{
	struct lab *l = lab_with_worker();
	int64_t parent = held_job(l), child;
	struct job_request *r = named(l, "x", true);

	lab_dep(l, r, DEP_OK, parent);
	child = lab_submit(l, r);
	is_job(l, child, "queued Dependency", "a parent comes first");
	lab_control(l, CONTROL_RELEASE, parent);
	lab_exit(l, parent, 0);
	is_job(l, child, "scheduled", "and no namesake is there");
	lab_free(l);
}

/* ---- a chain of 100,000, without an audit of every turn */

#define LONG 100000

static void bare_turn(struct lab *l, struct event *ev, size_t n)
{
	struct turn *t = turn_new(++l->number);

	core_turn(l->core, l->now, ev, n, t);
	turn_free(t);
	core_durable(l->core, l->number);
}

static void submit_chain(struct lab *l, size_t n)
{
	struct job_request *all = arena_alloc(l->arena, n * sizeof(*all));
	struct dep_request *deps = arena_alloc(l->arena, n * sizeof(*deps));
	struct event ev = { .type = EV_SUBMIT, .cause = l->cause,
	    .submit = { .jobs = all, .n = n } };

	for (size_t i = 0; i < n; i++) {
		all[i] = *lab_job(l);
		deps[i].parent = (int64_t)i;
		all[i].deps = &deps[i];
		all[i].ndeps = i > 0;
	}
	bare_turn(l, &ev, 1);
}

static void test_long_chain(void)
{
	struct lab *l = lab_new(NULL);
	const int64_t first = 1;
	const char *const name = "1";
	struct event ev = { .type = EV_CONTROL, .cause = l->cause, .control = {
	    .op = CONTROL_CANCEL, .names = &name, .first = &first, .last = &first, .n = 1 } };
	size_t turns = 1;

	submit_chain(l, LONG);
	is_int(core_count(l->core, JOB_QUEUED), LONG, "a chain of 100,000");
	bare_turn(l, &ev, 1);
	is_int(core_count(l->core, JOB_QUEUED), LONG - 1001, "a thousand fall in a turn");
	for (; core_busy(l->core) && turns < LONG; turns++)
		bare_turn(l, NULL, 0);
	is_int(core_count(l->core, JOB_QUEUED), 0, "all of them");
	is_int(turns, LONG / 1000, "in a hundred turns");
	ok(!core_holds(l->core, LONG), "and none is left in the core");
	lab_free(l);
}

int main(void)
{
	test_start();
	test_never_started();
	test_start_of_retried();
	test_start_on_disk();
	test_delay(false);
	test_delay(true);
	test_clock_back();
	test_delays_of_several(false);
	test_delays_of_several(true);
	test_reopen(false);
	test_reopen(true);
	test_singleton();
	test_singleton_rerun();
	test_singleton_renamed();
	test_singleton_and_parent();
	test_long_chain();
	return tap_done();
}
