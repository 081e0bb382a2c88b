/* Arrays: elements that come to be as they start, and what becomes of the whole. */
#include <inttypes.h>
#include <string.h>

#include "core/elements.h"
#include "corelib.h"

static int64_t submit_array(struct lab *l, const char *spec, int64_t limit, const char *halt)
{
	struct job_request *r = lab_job(l);

	r->row.array_spec = spec;
	r->row.array_limit = limit;
	r->row.array_halt = halt;
	return lab_submit(l, r);
}

static const char *states(const struct lab *l, int64_t id)
{
	const struct job_row *r = disk_job(l->disk, id);

	return r != NULL && r->array_states != NULL ? r->array_states : "-";
}

static void test_life(void)
{
	struct lab *l = lab_new(NULL);
	int64_t a = submit_array(l, "10-18:4", 0, NULL), next;
	const struct job_row *e;

	is_int(a, 1, "an array has a number");
	is_job(l, a, "queued WorkersUnavailable", "and waits as one");
	is_str(states(l, a), "queued=3", "with three elements");
	ok(disk_job(l->disk, a + 1) == NULL, "of which none has a row");
	next = lab_new_job(l);
	is_int(next, a + 4, "that have the numbers behind its own");
	lab_control(l, CONTROL_CANCEL, next);
	lab_worker(l, "w", 2000);
	is_job(l, a + 1, "scheduled", "where there is room the first starts");
	is_job(l, a + 2, "scheduled", "and the second");
	ok(disk_job(l->disk, a + 3) == NULL, "the third is still to come");
	is_int((int64_t)lab_effects(l, EFF_START), 2, "two orders");
	is_str(states(l, a), "queued=1,scheduled=2", "it counts them");
	is_job(l, a, "queued Resources", "and is queued as long as one is to come");
	e = disk_job(l->disk, a + 2);
	is_int(e->array_id, a, "an element says whose it is");
	is_int(e->array_index, 14, "and which");
	ok(e->user != NULL && strcmp(e->command, "true") == 0, "and has what its array has");
	lab_exit(l, a + 1, 0);
	is_job(l, a + 3, "scheduled", "the third follows");
	is_job(l, a, "running", "now it is running");
	is_str(states(l, a), "scheduled=2,completed=1", "as its elements are");
	lab_exit(l, a + 2, 3);
	lab_restart(l);
	lab_worker_holds(l, "w", 2000, 1, NULL, 0);
	lab_pass(l, 100000);
	lab_exit(l, a + 3, 0);
	is_job(l, a, "failed NonZeroExit", "one that failed is enough");
	is_int(disk_job(l->disk, a)->exit_code, 3, "with its exit status");
	is_str(disk_job(l->disk, a)->array_exits, "3=1", "which is counted");
	lab_free(l);
}

static void test_completed(void)
{
	struct lab *l = lab_new(NULL);
	int64_t a, child;
	struct job_request *r;

	a = submit_array(l, "1-2", 0, NULL);
	r = lab_job(l);
	lab_dep(l, r, DEP_OK, a);
	child = lab_submit(l, r);
	lab_worker(l, "w", 1000);
	lab_exit(l, a + 1, 0);
	is_job(l, child, "queued Dependency", "one element is not the whole");
	lab_exit(l, a + 2, 0);
	is_job(l, a, "completed", "all are");
	is_job(l, child, "scheduled", "and who waited for the array starts");
	lab_free(l);
}

static void test_limit(void)
{
	struct lab *l = lab_new(NULL);
	int64_t a = submit_array(l, "1-5", 2, NULL), other;

	lab_worker(l, "w", 8000);
	is_str(states(l, a), "queued=3,scheduled=2", "two at a time");
	is_job(l, a, "queued ArrayLimit", "says why");
	other = submit_array(l, "1-3", 2, NULL);
	is_str(states(l, other), "queued=1,scheduled=2", "another array has its own limit");
	is_job(l, lab_new_job(l), "scheduled", "other jobs have none");
	lab_exit(l, a + 1, 0);
	is_str(states(l, a), "queued=2,scheduled=2,completed=1", "one goes, one comes");
	lab_restart(l);
	lab_worker_holds(l, "w", 8000, 1, NULL, 0);
	is_str(states(l, a), "queued=2,scheduled=2,completed=1", "also after a crash");
	lab_free(l);
}

/* Whoever failed goes again before those that never ran. */
static void test_retry(void)
{
	struct lab *l = lab_new(NULL);
	struct job_request *r = lab_job(l);
	int64_t a;

	r->row.array_spec = "1-4";
	r->row.max_retries = 1;
	r->row.retry_policy = RETRY_IMMEDIATE;
	a = lab_submit(l, r);
	lab_worker(l, "w", 1000);
	lab_exit(l, a + 1, 1);
	is_job(l, a + 1, "scheduled", "the first again");
	is_int(disk_job(l->disk, a + 1)->attempts, 2, "for the second time");
	lab_exit(l, a + 1, 0);
	is_job(l, a + 2, "scheduled", "then the second");
	lab_free(l);
}

static void test_cancel(void)
{
	struct lab *l = lab_new(NULL);
	int64_t a = submit_array(l, "1-6", 0, NULL);

	lab_worker(l, "w", 1000);
	is_int(lab_control(l, CONTROL_CANCEL, a + 3), 0, "one that is to come is cancelled");
	ok(disk_job(l->disk, a + 3) == NULL, "without a row");
	is_str(states(l, a), "queued=4,scheduled=1,cancelled=1", "and counted");
	is_int(lab_control(l, CONTROL_CANCEL, a + 3), ERR_NOINPUT, "it is not there any more");
	lab_exit(l, a + 1, 0);
	is_int(lab_control(l, CONTROL_CANCEL, a), 0, "all of it");
	is_str(disk_job(l->disk, a)->array_left, NULL, "nothing is to come");
	is_job(l, a, "running", "but one runs still");
	lab_end(l, a + 2, END_KILLED, -1, 15);
	is_job(l, a, "cancelled ByUser", "until it is stopped");
	is_str(states(l, a), "completed=1,cancelled=5", "that is what became of them");
	is_int(disk_job(l->disk, a)->exit_code, 125, "none of which is a program's end");
	lab_free(l);
}

static void test_hold(void)
{
	struct lab *l = lab_new(NULL);
	int64_t a = submit_array(l, "1-3", 0, NULL);

	is_int(lab_control(l, CONTROL_HOLD, a), 0, "the whole is held");
	is_job(l, a, "queued Held", "so it stands");
	lab_worker(l, "w", 4000);
	is_int((int64_t)lab_effects(l, EFF_START), 0, "and none starts");
	is_int(lab_control(l, CONTROL_RELEASE, a + 2), 0, "one is let go");
	is_job(l, a + 2, "scheduled", "and starts alone");
	is_str(disk_job(l->disk, a)->array_left, "0,2", "the others wait");
	lab_control(l, CONTROL_RELEASE, a);
	is_str(states(l, a), "scheduled=3", "until they are, too");
	lab_free(l);
}

/* Its array's parents are also its own, even where it was made before. */
static void test_dependency(void)
{
	struct lab *l = lab_new(NULL);
	int64_t parent = lab_new_job(l), a, child;
	struct job_request *r = lab_job(l);

	r->row.array_spec = "1-3";
	lab_dep(l, r, DEP_OK, parent);
	a = lab_submit(l, r);
	is_job(l, a, "queued Dependency", "the array waits for a job");
	r = lab_job(l);
	lab_dep(l, r, DEP_ANY, a + 2);
	child = lab_submit(l, r);
	is_job(l, a + 2, "queued Dependency", "an element that one asks for waits with it");
	lab_worker(l, "w", 8000);
	lab_exit(l, parent, 0);
	is_str(states(l, a), "scheduled=3", "then all go");
	is_job(l, child, "queued Dependency", "but for who waits for one of them");
	lab_exit(l, a + 2, 1);
	is_job(l, child, "scheduled", "until that has ended");
	lab_free(l);
	l = lab_new(NULL);
	parent = lab_new_job(l);
	r = lab_job(l);
	r->row.array_spec = "1-3";
	lab_dep(l, r, DEP_OK, parent);
	a = lab_submit(l, r);
	lab_control(l, CONTROL_CANCEL, parent);
	lab_idle(l);
	is_job(l, a, "cancelled DependencyFailed", "a parent's end is that of the whole");
	is_str(states(l, a), "cancelled=3", "of each element");
	ok(disk_job(l->disk, a + 1) == NULL, "without a row");
	lab_free(l);
}

static void test_halt(void)
{
	struct lab *l = lab_new(NULL);
	int64_t soon = submit_array(l, "1-9", 3, "soon,fail=2"), now;

	lab_worker(l, "w", 3000);
	lab_exit(l, soon + 1, 1);
	is_str(states(l, soon), "queued=5,scheduled=3,failed=1", "one failure is allowed");
	lab_exit(l, soon + 2, 1);
	is_str(states(l, soon), "scheduled=2,failed=2,cancelled=5", "two are not");
	is_int((int64_t)lab_effects(l, EFF_KILL), 0, "what runs goes on");
	lab_exit(l, soon + 3, 0);
	lab_exit(l, soon + 4, 0);
	is_job(l, soon, "failed NonZeroExit", "to its end");
	now = submit_array(l, "1-9", 3, "now,fail=1");
	lab_exit(l, now + 1, 1);
	is_int((int64_t)lab_effects(l, EFF_KILL), 2, "or it is stopped");
	lab_end(l, now + 2, END_KILLED, -1, 15);
	is_job(l, now + 2, "cancelled ArrayHalted", "and says why");
	lab_end(l, now + 3, END_KILLED, -1, 15);
	is_job(l, now, "failed NonZeroExit", "the array failed");
	lab_free(l);
}

/* What has ended comes from disk. */
static void restore_ended(struct lab *l, struct ev_control *ct, int64_t first, int64_t last)
{
	struct found_job *found = arena_alloc(l->arena, 20 * sizeof(*found));

	for (int64_t id = first; id <= last; id++) {
		if (disk_job(l->disk, id) != NULL && !core_holds(l->core, id))
			found[ct->nfound++].row = *disk_job(l->disk, id);
	}
	ct->found = found;
}

static void test_rerun(void)
{
	struct lab *l = lab_new(NULL);
	int64_t a = submit_array(l, "1-4", 0, "soon,fail=2");

	lab_worker(l, "w", 1000);
	lab_exit(l, a + 1, 0);
	lab_exit(l, a + 2, 5);
	lab_exit(l, a + 3, 6);
	is_job(l, a, "failed NonZeroExit", "two of four failed");
	is_str(states(l, a), "completed=1,failed=2,cancelled=1", "and one never ran");
	lab_turn(l);
	ok(!core_holds(l->core, a), "the core has forgotten it");
	restore_ended(l, lab_order(l, CONTROL_RERUN, a, a), a, a + 4);
	lab_turn(l);
	is_int(lab_item(l, 0)->code, 0, "what failed is run again");
	is_str(states(l, a), "queued=2,scheduled=1,completed=1", "and what never ran");
	is_job(l, a, "queued Priority", "the array lives");
	is_int(disk_job(l->disk, a + 1)->executions, 1, "but not what was completed");
	is_int(disk_job(l->disk, a + 2)->executions, 2, "the second execution of it");
	lab_exit(l, a + 2, 0);
	lab_exit(l, a + 3, 0);
	lab_exit(l, a + 4, 0);
	is_job(l, a, "completed", "now all is well");
	is_str(disk_job(l->disk, a)->array_exits, NULL, "no failure is left");
	lab_free(l);
}

static void test_rerun_one(void)
{
	struct lab *l = lab_new(NULL);
	int64_t a = submit_array(l, "1-2", 0, NULL);

	lab_worker(l, "w", 2000);
	lab_exit(l, a + 1, 5);
	lab_exit(l, a + 2, 7);
	is_int(disk_job(l->disk, a)->exit_code, 7, "the highest status is the array's");
	lab_turn(l);
	restore_ended(l, lab_order(l, CONTROL_RERUN, a + 2, a + 2), a, a + 2);
	lab_turn(l);
	is_job(l, a + 2, "scheduled", "one of two runs again");
	is_job(l, a, "running", "and with it the array");
	lab_exit(l, a + 2, 0);
	is_job(l, a, "failed NonZeroExit", "the other is as it was");
	is_int(disk_job(l->disk, a)->exit_code, 5, "and its status is the highest now");
	lab_free(l);
}

static void test_deadline(void)
{
	struct lab *l = lab_new(NULL);
	struct job_request *r = lab_job(l);
	struct job_row none;
	int64_t a;

	r->row.array_spec = "1-3";
	r->row.deadline_at = l->now.wall + 1000;
	a = lab_submit(l, r);
	lab_pass(l, 2000);
	is_job(l, a, "failed Deadline", "what has not started by its deadline never will");
	ok(disk_element(l->disk, a + 2, &none) && none.status == JOB_FAILED &&
	    none.reason == REASON_DEADLINE && none.array_index == 2, "an element says so, too");
	lab_free(l);
}

/* Holes in what is left cost rows when there are many. */
static void test_pieces(void)
{
	struct lab *l = lab_new(NULL);
	int64_t a = submit_array(l, "1-1200", 0, NULL), made = 0;

	for (int64_t k = 1; k <= 590; k++) {
		lab_order(l, CONTROL_CANCEL, a + 2 * k, a + 2 * k);
		if (k % 59 == 0)
			lab_turn(l);
	}
	for (int64_t id = a + 1; id <= a + 1200; id++)
		made += disk_job(l->disk, id) != NULL;
	ok(strlen(disk_job(l->disk, a)->array_left) < 8000, "what is left is short on disk");
	ok(made > 80 && made < 400, "since %" PRId64 " were made", made);
	is_str(states(l, a), "queued=610,cancelled=590", "and nothing is lost");
	lab_restart(l);
	is_str(states(l, a), "queued=610,cancelled=590", "also not by a crash");
	lab_free(l);
}

static void test_refused(void)
{
	struct lab *l = lab_new(NULL);

	is_int(submit_array(l, "1-2000000", 0, NULL), 0, "too many");
	is_int(lab_item(l, 0)->code, ERR_DATA, "are refused");
	is_int(submit_array(l, "3-1", 0, NULL), 0, "no list");
	is_int(submit_array(l, "1-3", 0, "never"), 0, "no such rule");
	lab_free(l);
}

/* Everybody has a slot, and so has an array. */
static void test_slots(void)
{
	struct core_conf conf = { .policy = POLICY_PRIORITY, .epoch = 1, .max_requeues = 5,
	    .reservations = RESERVATIONS_ALL, .reserve_after = 600000 };
	struct lab *l = lab_new(&conf);
	int64_t a = submit_array(l, "1-5", 0, NULL);

	lab_worker(l, "w", 2000);
	is_str(states(l, a), "queued=3,scheduled=2", "as many start as have room");
	for (int64_t k = 1; k <= 5; k++)
		lab_exit(l, a + k, 0);
	is_job(l, a, "completed", "one after the other");
	lab_free(l);
}

int main(void)
{
	test_life();
	test_completed();
	test_limit();
	test_retry();
	test_cancel();
	test_hold();
	test_dependency();
	test_halt();
	test_rerun();
	test_rerun_one();
	test_deadline();
	test_pieces();
	test_refused();
	test_slots();
	return tap_done();
}
