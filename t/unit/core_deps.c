/*
 * Dependencies (SPEC 2.4): each type against each end of the parent, `?`, hold,
 * what follows from a cancelled child, and cascades of every size.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "corelib.h"

static const struct {
	enum dep_type type;
	enum job_status parent;
	bool runs;		/* else it is cancelled, or held */
} table[] = {
	{ DEP_OK, JOB_COMPLETED, true }, { DEP_OK, JOB_FAILED, false },
	{ DEP_OK, JOB_CANCELLED, false }, { DEP_NOTOK, JOB_COMPLETED, false },
	{ DEP_NOTOK, JOB_FAILED, true }, { DEP_NOTOK, JOB_CANCELLED, false },
	{ DEP_ANY, JOB_COMPLETED, true }, { DEP_ANY, JOB_FAILED, true },
	{ DEP_ANY, JOB_CANCELLED, true },
};

#define ROWS (sizeof(table) / sizeof(table[0]))

static struct lab *lab_with_worker(void)
{
	struct lab *l = lab_new(NULL);

	lab_worker(l, "w1", 1000000);
	return l;
}

/* A job that stays queued until it is ended by finish(). */
static int64_t held_job(struct lab *l)
{
	struct job_request *r = lab_job(l);

	r->row.hold = HOLD_USER;
	return lab_submit(l, r);
}

static void finish(struct lab *l, int64_t job, enum job_status how)
{
	if (how == JOB_CANCELLED) {
		lab_control(l, CONTROL_CANCEL, job);
		return;
	}
	lab_control(l, CONTROL_RELEASE, job);
	lab_exit(l, job, how == JOB_COMPLETED ? 0 : 1);
}

static int64_t child_of(struct lab *l, enum dep_type type, int64_t parent, bool hold)
{
	struct job_request *r = lab_job(l);

	r->row.dep_hold = hold;
	lab_dep(l, r, type, parent);
	return lab_submit(l, r);
}

static const char *expected(size_t row, bool hold)
{
	if (table[row].runs)
		return "scheduled";
	return hold ? "queued DependencyNeverSatisfied" : "cancelled DependencyFailed";
}

static void check_row(struct lab *l, size_t row, bool hold, int64_t parent, int64_t child,
    const char *when)
{
	const struct job_row *r = disk_job(l->disk, child);
	bool cancelled = !table[row].runs && !hold;

	is_job(l, child, expected(row, hold), "%s %s, parent %s%s", when,
	    dep_type_name(table[row].type), job_status_name(table[row].parent),
	    hold ? ", hold" : "");
	ok(r->caused_by == (cancelled ? parent : 0) &&
	    disk_dep(l->disk, child, parent)->state ==
	    (table[row].runs ? DEP_SATISFIED : DEP_IMPOSSIBLE), "%s: its edge and its cause", when);
}

static void test_table(bool hold)
{
	size_t i;

	for (i = 0; i < ROWS; i++) {
		struct lab *l = lab_with_worker();
		int64_t parent = held_job(l), child;

		child = child_of(l, table[i].type, parent, hold);
		is_job(l, child, "queued Dependency", "it waits");
		is_int(disk_dep(l->disk, child, parent)->state, DEP_OPEN, "its edge is open");
		finish(l, parent, table[i].parent);
		check_row(l, i, hold, parent, child, "before");
		lab_free(l);
	}
}

/* The parent ended in the very turn of the submission, before it. */
static void test_same_turn(void)
{
	size_t i;

	for (i = 0; i < ROWS; i++) {
		struct lab *l = lab_with_worker();
		int64_t parent = held_job(l);

		if (table[i].parent == JOB_CANCELLED)
			lab_order(l, CONTROL_CANCEL, parent, parent);
		else {
			struct exec_end *end;

			lab_control(l, CONTROL_RELEASE, parent);
			end = &lab_report(l, EV_ENDED, parent)->end;
			end->exit_code = table[i].parent == JOB_COMPLETED ? 0 : 1;
			end->started_at = l->now.wall;
		}
		child_of(l, table[i].type, parent, false);
		check_row(l, i, false, parent, parent + 1, "same turn");
		lab_free(l);
	}
}

static void test_parent_on_disk(void)
{
	size_t i;

	for (i = 0; i < ROWS; i++) {
		struct lab *l = lab_with_worker();
		int64_t parent = held_job(l), child;
		struct job_request *r = lab_job(l);

		finish(l, parent, table[i].parent);
		ok(!core_holds(l->core, parent), "the parent has left the core");
		lab_dep(l, r, table[i].type, parent);
		r->deps[0].on_disk = true;
		r->deps[0].end.status = table[i].parent;
		child = lab_submit(l, r);
		check_row(l, i, false, parent, child, "on disk");
		lab_free(l);
	}
}

/* Of several parents the one that made it impossible is named. */
static void test_cause_at_birth(void)
{
	struct lab *l = lab_with_worker();
	struct job_request *r = lab_job(l);
	int64_t good = held_job(l), bad = held_job(l), child;

	finish(l, good, JOB_COMPLETED);
	finish(l, bad, JOB_FAILED);
	lab_dep(l, r, DEP_OK, bad);
	lab_dep(l, r, DEP_OK, good);
	r->deps[0].on_disk = r->deps[1].on_disk = true;
	r->deps[0].end.status = JOB_FAILED;
	r->deps[1].end.status = JOB_COMPLETED;
	child = lab_submit(l, r);
	is_job(l, child, "cancelled DependencyFailed", "one of two parents had failed");
	is_int(disk_job(l->disk, child)->caused_by, bad, "that one");
	is_str(lab_notes(l, child), "queued>cancelled", "it was queued for a moment");
	lab_free(l);
}

/* A retry or a requeue of the parent tells its children nothing. */
static void test_final_outcome(void)
{
	struct lab *l = lab_with_worker();
	struct job_request *r = lab_job(l);
	int64_t parent, child;

	r->row.max_retries = 1;
	parent = lab_submit(l, r);
	child = child_of(l, DEP_OK, parent, false);
	lab_exit(l, parent, 1);
	is_job(l, parent, "queued RetryWait", "the parent failed once");
	is_job(l, child, "queued Dependency", "its child waits");
	lab_pass(l, 100000);
	lab_end(l, parent, END_LOST, -1, -1);
	is_job(l, child, "queued Dependency", "lost and requeued: it waits");
	lab_exit(l, parent, 0);
	is_job(l, child, "scheduled", "completed: it runs");
	lab_free(l);
}

static int64_t child_of_three(struct lab *l, bool any, bool hold, int64_t parents[3])
{
	struct job_request *r = lab_job(l);
	int i;

	r->row.dep_any = any;
	r->row.dep_hold = hold;
	for (i = 0; i < 3; i++) {
		parents[i] = held_job(l);
		lab_dep(l, r, DEP_OK, parents[i]);
	}
	return lab_submit(l, r);
}

static void test_all(void)
{
	struct lab *l = lab_with_worker();
	int64_t p[3], child = child_of_three(l, false, false, p);

	finish(l, p[1], JOB_COMPLETED);
	finish(l, p[0], JOB_COMPLETED);
	is_job(l, child, "queued Dependency", "two of three are not all");
	finish(l, p[2], JOB_COMPLETED);
	is_job(l, child, "scheduled", "three are");
	child = child_of_three(l, false, false, p);
	finish(l, p[1], JOB_COMPLETED);
	finish(l, p[2], JOB_FAILED);
	is_job(l, child, "cancelled DependencyFailed", "one that fails is enough to end it");
	is_int(disk_job(l->disk, child)->caused_by, p[2], "and is named");
	finish(l, p[0], JOB_COMPLETED);
	is_int(disk_dep(l->disk, child, p[0])->state, DEP_OPEN, "nobody judges the rest");
	lab_free(l);
}

static void test_any(void)
{
	struct lab *l = lab_with_worker();
	int64_t p[3], child = child_of_three(l, true, false, p);

	finish(l, p[0], JOB_FAILED);
	is_job(l, child, "queued Dependency", "?: one that fails leaves two");
	finish(l, p[1], JOB_COMPLETED);
	is_job(l, child, "scheduled", "?: one is enough");
	finish(l, p[2], JOB_FAILED);
	is_job(l, child, "scheduled", "?: the last one matters no more");
	is_int(disk_dep(l->disk, child, p[2])->state, DEP_IMPOSSIBLE, "but is judged");
	child = child_of_three(l, true, false, p);
	finish(l, p[0], JOB_FAILED);
	finish(l, p[1], JOB_CANCELLED);
	is_job(l, child, "queued Dependency", "?: two bad ones of three");
	finish(l, p[2], JOB_FAILED);
	is_job(l, child, "cancelled DependencyFailed", "?: all are bad");
	is_int(disk_job(l->disk, child)->caused_by, p[2], "the last one did it");
	child = child_of_three(l, true, true, p);
	finish(l, p[0], JOB_FAILED);
	finish(l, p[1], JOB_FAILED);
	finish(l, p[2], JOB_FAILED);
	is_job(l, child, "queued DependencyNeverSatisfied", "?: all are bad, hold");
	lab_free(l);
}

static void test_hold(void)
{
	struct lab *l = lab_with_worker();
	int64_t parent = held_job(l), child = child_of(l, DEP_OK, parent, true), grandchild;

	grandchild = child_of(l, DEP_OK, child, false);
	finish(l, parent, JOB_FAILED);
	is_job(l, child, "queued DependencyNeverSatisfied", "held");
	is_job(l, grandchild, "queued Dependency", "its child waits");
	is_int(disk_job(l->disk, child)->eligible_at, 0, "it is not eligible");
	lab_restart(l);
	lab_worker(l, "w1", 1000000);
	is_job(l, child, "queued DependencyNeverSatisfied", "after a restart, too");
	is_int(lab_control(l, CONTROL_RELEASE, child), 0, "release");
	is_job(l, child, "queued DependencyNeverSatisfied", "does not help");
	lab_control(l, CONTROL_CANCEL, child);
	is_job(l, grandchild, "cancelled DependencyFailed", "cancelled: its child as well");
	lab_free(l);
}

/* Whoever is rerun by hand waits for no parent, before a restart and behind it. */
static void test_rerun(bool restart, bool hold)
{
	struct lab *l = lab_with_worker();
	int64_t parent = held_job(l), other = held_job(l), child;
	struct job_request *r = lab_job(l);
	struct found_job found = { .archived = false };
	struct ev_control *ct;

	r->row.dep_hold = hold;
	r->row.begin_at = l->now.wall + 5000;
	lab_dep(l, r, DEP_OK, parent);
	lab_dep(l, r, DEP_OK, other);
	child = lab_submit(l, r);
	lab_control(l, CONTROL_CANCEL, parent);
	if (hold)
		lab_control(l, CONTROL_CANCEL, child);
	is_job(l, child, hold ? "cancelled ByUser" : "cancelled DependencyFailed",
	    "its parent was cancelled");
	found.row = *disk_job(l->disk, child);
	ct = lab_order(l, CONTROL_RERUN, child, child);
	ct->found = &found;
	ct->nfound = 1;
	lab_turn(l);
	is_int(lab_item(l, 0)->code, 0, "rerun");
	is_job(l, child, "queued BeginTime", "its parents are past, its begin is not");
	if (restart) {
		lab_restart(l);
		lab_worker(l, "w1", 1000000);
	}
	is_job(l, child, "queued BeginTime", "so it stays%s", restart ? " after a restart" : "");
	finish(l, other, JOB_FAILED);
	lab_pass(l, 5000);
	is_job(l, child, "scheduled", "it begins");
	if (restart)
		lab_restart(l);
	lab_worker(l, "w1", 1000000);
	is_str(lab_notes(l, child), "scheduled>queued queued>scheduled",
	    "what it has begun it goes on with");
	lab_free(l);
}

static void test_transitive(void)
{
	struct lab *l = lab_with_worker();
	int64_t a = held_job(l), b = child_of(l, DEP_OK, a, false);
	int64_t c = child_of(l, DEP_OK, b, false), d = child_of(l, DEP_ANY, c, false);
	int64_t f = child_of(l, DEP_NOTOK, b, false);

	finish(l, a, JOB_FAILED);
	is_job(l, b, "cancelled DependencyFailed", "the child");
	is_job(l, c, "cancelled DependencyFailed", "the grandchild sees a cancelled parent");
	is_job(l, f, "cancelled DependencyFailed", "which has not failed, either");
	is_job(l, d, "scheduled", "but is over");
	is_int(disk_job(l->disk, b)->caused_by, a, "b because of a");
	is_int(disk_job(l->disk, c)->caused_by, b, "c because of b");
	is_int(disk_job(l->disk, d)->caused_by, 0, "d because of nobody");
	is_str(disk_job(l->disk, c)->changed_by, "jobd", "by the scheduler itself");
	lab_free(l);
}

static void test_diamond(void)
{
	enum job_status ends[] = { JOB_COMPLETED, JOB_FAILED };
	int i;

	for (i = 0; i < 2; i++) {
		struct lab *l = lab_with_worker();
		int64_t top = held_job(l), left = child_of(l, DEP_OK, top, false);
		int64_t right = child_of(l, DEP_OK, top, false), bottom;
		struct job_request *r = lab_job(l);

		lab_dep(l, r, DEP_OK, left);
		lab_dep(l, r, DEP_OK, right);
		bottom = lab_submit(l, r);
		finish(l, top, ends[i]);
		if (i == 1) {
			is_job(l, bottom, "cancelled DependencyFailed", "a diamond falls at once");
			is_int(lab_effects(l, EFF_STATE), 5, "each end is told once (and a start)");
			lab_free(l);
			continue;
		}
		lab_exit(l, right, 0);
		is_job(l, bottom, "queued Dependency", "one side is not enough");
		lab_exit(l, left, 0);
		is_job(l, bottom, "scheduled", "both are");
		lab_free(l);
	}
}

static size_t count(const struct lab *l, const char *where)
{
	size_t i, n = 0;

	for (i = 0; i < l->disk->job_rows.n; i++) {
		const struct job_row *r = l->disk->job_rows.rows[i];

		n += strcmp(lab_where(l, r->id), where) == 0;
	}
	return n;
}

static int64_t chain(struct lab *l, int64_t n)
{
	int64_t first = held_job(l), last = first, i;

	for (i = 1; i < n; i++)
		last = child_of(l, DEP_OK, last, false);
	return first;
}

/* A cascade goes on turn by turn, also in a core that was started in the middle. */
static void test_chain(size_t restart_after)
{
	struct core_conf conf = { .policy = POLICY_FIFO, .epoch = 1, .cascade = 100 };
	struct lab *l = lab_new(&conf);
	int64_t first = chain(l, 1001);
	size_t turns = 1;

	lab_control(l, CONTROL_CANCEL, first);
	is_int(count(l, "cancelled DependencyFailed"), 100, "no more than 100 in a turn");
	ok(core_busy(l->core), "the core wants to go on");
	is_int(core_due(l->core, l->now), 0, "at once");
	for (; core_busy(l->core) && turns < 50; turns++) {
		if (turns == restart_after)
			lab_restart(l);
		else
			lab_turn(l);
	}
	is_int(count(l, "cancelled DependencyFailed"), 1000, "all of a chain of 1000");
	is_int(turns, 10, "in ten turns");
	is_int(disk_job(l->disk, 1001)->caused_by, 1000, "each by the one before it");
	is_int(core_count(l->core, JOB_CANCELLED), 0, "and nothing is left behind in the core");
	is_int(core_due(l->core, l->now), -1, "nor to do");
	lab_free(l);
}

static void test_chain_at_once(void)
{
	struct lab *l = lab_new(NULL);
	int64_t first = chain(l, 1001);

	lab_control(l, CONTROL_CANCEL, first);
	is_int(count(l, "cancelled DependencyFailed"), 1000, "a chain of 1000 in one turn");
	ok(!core_busy(l->core), "and that is all");
	lab_free(l);
}

static void fan_out(struct lab *l, int64_t parent, size_t n)
{
	struct event *ev = lab_event(l, EV_SUBMIT);
	struct job_request *all = arena_alloc(l->arena, n * sizeof(*all));
	size_t i;

	for (i = 0; i < n; i++) {
		struct job_request *r = lab_job(l);

		lab_dep(l, r, DEP_OK, parent);
		all[i] = *r;
	}
	ev->submit.jobs = all;
	ev->submit.n = n;
	lab_turn(l);
}

static void test_many_children(enum job_status end)
{
	struct lab *l = lab_new(NULL);
	int64_t parent = lab_new_job(l);

	lab_worker(l, "w1", 1000);
	fan_out(l, parent, 10000);
	lab_exit(l, parent, end == JOB_COMPLETED ? 0 : 1);
	is_int(lab_idle(l), 9, "10,000 children in ten turns");
	if (end == JOB_COMPLETED) {
		is_int(count(l, "scheduled"), 1, "one starts");
		is_int(count(l, "queued Resources") + count(l, "queued Priority"), 9999,
		    "the others wait their turn");
	} else
		is_int(count(l, "cancelled DependencyFailed"), 10000, "all are cancelled");
	ok(!core_holds(l->core, parent), "the parent has left the core");
	lab_free(l);
}

/* A parent that is rerun in the middle of its cascade judges nobody more. */
static void test_rerun_in_cascade(void)
{
	struct core_conf conf = { .policy = POLICY_FIFO, .epoch = 1, .cascade = 10 };
	struct lab *l = lab_new(&conf);
	int64_t parent = lab_new_job(l);

	lab_worker(l, "w1", 1000);
	fan_out(l, parent, 25);
	lab_exit(l, parent, 1);
	is_int(count(l, "cancelled DependencyFailed"), 10, "ten are cancelled");
	is_int(lab_control(l, CONTROL_RERUN, parent), 0, "rerun");
	is_int(count(l, "cancelled DependencyFailed"), 10, "no more");
	ok(!core_busy(l->core), "the cascade is over");
	is_int(count(l, "queued Dependency"), 15, "the others wait again");
	lab_exit(l, parent, 0);
	lab_idle(l);
	is_int(count(l, "queued Dependency"), 0, "until it is completed");
	is_int(count(l, "cancelled DependencyFailed"), 10, "those that it had cancelled stay so");
	lab_free(l);
}

int main(void)
{
	test_table(false);
	test_table(true);
	test_same_turn();
	test_parent_on_disk();
	test_cause_at_birth();
	test_final_outcome();
	test_all();
	test_any();
	test_hold();
	test_rerun(false, false);
	test_rerun(true, false);
	test_rerun(false, true);
	test_rerun(true, true);
	test_transitive();
	test_diamond();
	test_chain(0);
	test_chain(1);
	test_chain(7);
	test_chain_at_once();
	test_many_children(JOB_COMPLETED);
	test_many_children(JOB_FAILED);
	test_rerun_in_cascade();
	return tap_done();
}
