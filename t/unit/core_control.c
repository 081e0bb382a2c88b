/*
 * Orders about jobs: every operation on every state by owner, admin and stranger;
 * ranges, unknown targets, and jobs that are on disk only.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "corelib.h"

enum place { QUEUED, HELD, HELD_ADMIN, WAITING, SCHEDULED, RUNNING, STOPPING, COMPLETED, FAILED,
    CANCELLED, PLACES };

static const char *const names[PLACES] = { "queued", "held", "held by an admin", "in RetryWait",
    "scheduled", "running", "stopping", "completed", "failed", "cancelled" };

/* A job in that place; those that are over are still in the core in the next event. */
static int64_t job_in(struct lab *l, enum place p)
{
	struct job_request *r = lab_job(l);
	int64_t job;

	lab_as(l, "alice", 1000, false);
	r->row.user = "alice";
	r->row.uid = 1000;
	r->row.hold = p == HELD ? HOLD_USER : p == HELD_ADMIN ? HOLD_ADMIN : HOLD_NONE;
	r->row.max_retries = p == WAITING;
	if (p == QUEUED || p == CANCELLED)
		r->row.cpus = 2000;
	job = lab_submit(l, r);
	if (p == RUNNING || p == STOPPING)
		lab_started(l, job);
	if (p == STOPPING)
		lab_control(l, CONTROL_CANCEL, job);
	if (p == WAITING || p == FAILED)
		lab_exit(l, job, 1);
	if (p == COMPLETED)
		lab_exit(l, job, 0);
	if (p == CANCELLED)
		lab_control(l, CONTROL_CANCEL, job);
	return job;
}

/* Codes by place for the owner, and where the job then is ("" as before). */
static const struct {
	enum control_op op;
	bool now;
	struct { int code; const char *where; } want[PLACES];
} table[] = {
	{ CONTROL_CANCEL, false, {
		{ 0, "cancelled ByUser" }, { 0, "cancelled ByUser" }, { 0, "cancelled ByUser" },
		{ 0, "cancelled ByUser" }, { 0, "scheduled Stopping" },
		{ 0, "running Stopping" }, { 0, "running Stopping" },
		{ ERR_NOINPUT, "completed" }, { ERR_NOINPUT, "failed NonZeroExit" },
		{ ERR_NOINPUT, "cancelled ByUser" } } },
	{ CONTROL_HOLD, false, {
		{ 0, "queued Held" }, { 0, "queued Held" }, { 0, "queued HeldByAdmin" },
		{ 0, "queued Held" }, { ERR_DATA, "scheduled" }, { ERR_DATA, "running" },
		{ ERR_DATA, "running Stopping" }, { ERR_DATA, "completed" },
		{ ERR_DATA, "failed NonZeroExit" }, { ERR_DATA, "cancelled ByUser" } } },
	{ CONTROL_RELEASE, false, {
		{ 0, "queued Resources" }, { 0, "scheduled" },
		{ ERR_PERM, "queued HeldByAdmin" }, { 0, "queued RetryWait" },
		{ ERR_DATA, "scheduled" }, { ERR_DATA, "running" },
		{ ERR_DATA, "running Stopping" }, { ERR_DATA, "completed" },
		{ ERR_DATA, "failed NonZeroExit" }, { ERR_DATA, "cancelled ByUser" } } },
	{ CONTROL_REQUEUE, false, {
		{ ERR_DATA, "queued Resources" }, { ERR_DATA, "queued Held" },
		{ ERR_DATA, "queued HeldByAdmin" }, { ERR_DATA, "queued RetryWait" },
		{ 0, "scheduled Stopping" }, { 0, "running Stopping" },
		{ ERR_DATA, "running Stopping" }, { ERR_DATA, "completed" },
		{ ERR_DATA, "failed NonZeroExit" }, { ERR_DATA, "cancelled ByUser" } } },
	{ CONTROL_REQUEUE, true, {
		{ ERR_DATA, "queued Resources" }, { ERR_DATA, "queued Held" },
		{ ERR_DATA, "queued HeldByAdmin" }, { 0, "scheduled" },
		{ 0, "scheduled Stopping" }, { 0, "running Stopping" },
		{ ERR_DATA, "running Stopping" }, { ERR_DATA, "completed" },
		{ ERR_DATA, "failed NonZeroExit" }, { ERR_DATA, "cancelled ByUser" } } },
	{ CONTROL_RERUN, false, {
		{ ERR_DATA, "queued Resources" }, { ERR_DATA, "queued Held" },
		{ ERR_DATA, "queued HeldByAdmin" }, { ERR_DATA, "queued RetryWait" },
		{ ERR_DATA, "scheduled" }, { ERR_DATA, "running" },
		{ ERR_DATA, "running Stopping" }, { ERR_DATA, "completed" },
		{ 0, "scheduled" }, { 0, "queued Resources" } } },
	{ CONTROL_SIGNAL, false, {
		{ ERR_NOINPUT, "queued Resources" }, { ERR_NOINPUT, "queued Held" },
		{ ERR_NOINPUT, "queued HeldByAdmin" }, { ERR_NOINPUT, "queued RetryWait" },
		{ ERR_NOINPUT, "scheduled" }, { 0, "running" }, { 0, "running Stopping" },
		{ ERR_NOINPUT, "completed" }, { ERR_NOINPUT, "failed NonZeroExit" },
		{ ERR_NOINPUT, "cancelled ByUser" } } },
	{ CONTROL_SUSPEND, false, {
		{ ERR_DATA, "queued Resources" }, { ERR_DATA, "queued Held" },
		{ ERR_DATA, "queued HeldByAdmin" }, { ERR_DATA, "queued RetryWait" },
		{ ERR_DATA, "scheduled" }, { 0, "running Suspended" },
		{ ERR_DATA, "running Stopping" }, { ERR_DATA, "completed" },
		{ ERR_DATA, "failed NonZeroExit" }, { ERR_DATA, "cancelled ByUser" } } },
	{ CONTROL_RESUME, false, {
		{ ERR_DATA, "queued Resources" }, { ERR_DATA, "queued Held" },
		{ ERR_DATA, "queued HeldByAdmin" }, { ERR_DATA, "queued RetryWait" },
		{ ERR_DATA, "scheduled" }, { ERR_DATA, "running" },
		{ ERR_DATA, "running Stopping" }, { ERR_DATA, "completed" },
		{ ERR_DATA, "failed NonZeroExit" }, { ERR_DATA, "cancelled ByUser" } } },
};

/* One of two cpus is taken, so that a job of two waits and can hope. */
static struct lab *lab_with_worker(void)
{
	struct lab *l = lab_new(NULL);

	lab_worker(l, "w1", 2000);
	lab_new_job(l);
	return l;
}

/* Jobs that are over come from disk: the core dropped them when they were durable. */
static int control(struct lab *l, enum control_op op, int64_t job, bool now)
{
	struct ev_control *ct = lab_order(l, op, job, job);
	struct found_job *found = arena_alloc(l->arena, sizeof(*found));

	ct->now = now;
	if (!core_holds(l->core, job)) {
		found->row = *disk_job(l->disk, job);
		ct->found = found;
		ct->nfound = 1;
	}
	lab_turn(l);
	return lab_item(l, 0)->code;
}

static void test_owner(void)
{
	size_t i;
	int p;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		for (p = 0; p < PLACES; p++) {
			struct lab *l = lab_with_worker();
			int64_t job = job_in(l, (enum place)p);
			int code = control(l, table[i].op, job, table[i].now);
			const struct reply_item *it = lab_item(l, 0);

			ok(code == table[i].want[p].code && it->job == job &&
			    (code != 0) == (it->text != NULL) && it->reason < REASON_COUNT &&
			    (code == 0) >= (it->reason != disk_job(l->disk, job)->reason) &&
			    uuid_equal(&it->uuid, &disk_job(l->disk, job)->uuid),
			    "%s%s, %s: %s (%d)", control_op_name(table[i].op),
			    table[i].now ? " --now" : "", names[p], it->text ? it->text : "done",
			    code);
			is_job(l, job, table[i].want[p].where, "... and then");
			lab_free(l);
		}
}

/* A stranger may nothing, and changes nothing. */
static void test_stranger(void)
{
	int op, p;

	for (op = 0; op < CONTROL_COUNT; op++)
		for (p = 0; p < PLACES; p++) {
			struct lab *l = lab_with_worker();
			int64_t job = job_in(l, (enum place)p);
			char before[64];
			int code;

			snprintf(before, sizeof(before), "%s", lab_where(l, job));
			lab_as(l, "mallory", 1666, false);
			code = control(l, (enum control_op)op, job, true);
			ok(code == ERR_PERM && l->turn->nmuts == 0 && l->turn->neffects == 1 &&
			    strcmp(lab_item(l, 0)->text, "is not yours") == 0 &&
			    strcmp(before, lab_where(l, job)) == 0, "%s by a stranger, %s",
			    control_op_name((enum control_op)op), names[p]);
			lab_free(l);
		}
}

static void test_admin(void)
{
	struct lab *l = lab_with_worker();
	int64_t job = job_in(l, QUEUED);

	lab_as(l, "root", 0, true);
	is_int(lab_control(l, CONTROL_HOLD, job), 0, "an admin holds another's job");
	is_job(l, job, "queued HeldByAdmin", "and it says by whom");
	is_str(disk_job(l->disk, job)->changed_by, "root", "by name, too");
	lab_as(l, "alice", 1000, false);
	is_int(lab_control(l, CONTROL_HOLD, job), 0, "its owner holds it as well");
	is_job(l, job, "queued HeldByAdmin", "that changes nothing");
	is_str(disk_job(l->disk, job)->changed_by, "alice", "but he was there last");
	is_int(lab_control(l, CONTROL_RELEASE, job), ERR_PERM, "so he cannot release it");
	is_str(lab_item(l, 0)->text, "was held by an administrator", "and is told why");
	lab_control(l, CONTROL_CANCEL, job);
	is_int(control(l, CONTROL_RERUN, job, false), 0, "cancelled and rerun");
	is_job(l, job, "queued HeldByAdmin", "it is held still");
	lab_as(l, "root", 0, true);
	is_int(lab_control(l, CONTROL_RELEASE, job), 0, "the admin releases it");
	is_job(l, job, "queued Resources", "and it waits for room");
	is_str(disk_job(l->disk, job)->changed_by, "root", "released by name");
	is_int(lab_control(l, CONTROL_CANCEL, job), 0, "an admin cancels another's job");
	is_job(l, job, "cancelled ByAdmin", "and it says so");
	is_int(lab_item(l, 0)->reason, REASON_BY_ADMIN, "in the answer, too");
	is_str(disk_job(l->disk, job)->changed_by, "root", "by name");
	job = job_in(l, RUNNING);
	lab_as(l, "root", 0, true);
	lab_control(l, CONTROL_REQUEUE, job);
	is_int(lab_item(l, 0)->status, JOB_RUNNING, "it runs still, says the answer");
	is_str(disk_job(l->disk, job)->changed_by, "root", "requeued by name");
	lab_free(l);
	l = lab_with_worker();
	job = job_in(l, QUEUED);
	lab_as(l, "root", 0, true);
	lab_control(l, CONTROL_CANCEL, job);
	is_str(disk_job(l->disk, job)->changed_by, "root", "a queued one cancelled by name");
	job = job_in(l, WAITING);
	lab_as(l, "root", 0, true);
	lab_range(l, CONTROL_REQUEUE, job, job, true);
	is_str(disk_job(l->disk, job)->changed_by, "root", "its wait skipped by name");
	lab_free(l);
}

static void test_kill_orders(void)
{
	struct lab *l = lab_with_worker();
	int64_t job = job_in(l, RUNNING);
	const struct effect *f;

	lab_control(l, CONTROL_SIGNAL, job);
	f = lab_effect(l, EFF_KILL, 0);
	ok(f != NULL && f->kill.signal == 10 && f->job == job && f->execution == 1 &&
	    f->kill.cause == END_KILLED, "a signal, and nothing else");
	is_int(l->turn->nmuts, 0, "which leaves no trace");
	lab_control(l, CONTROL_CANCEL, job);
	lab_control(l, CONTROL_CANCEL, job);
	is_int(lab_effects(l, EFF_KILL), 0, "cancelled twice: one order");
	control(l, CONTROL_CANCEL, job, true);
	f = lab_effect(l, EFF_KILL, 0);
	ok(f != NULL && f->kill.now, "--now: another, without grace");
	is_job(l, job, "running Stopping", "it is being stopped");
	is_int(control(l, CONTROL_REQUEUE, job, true), ERR_DATA, "a requeue comes too late");
	is_str(lab_item(l, 0)->text, "is being stopped already (ByUser)", "and is told");
	lab_end(l, job, END_KILLED, -1, 15);
	job = job_in(l, RUNNING);
	lab_control(l, CONTROL_REQUEUE, job);
	is_int(lab_control(l, CONTROL_CANCEL, job), 0, "a cancel behind a requeue");
	is_int(lab_effects(l, EFF_KILL), 1, "is ordered");
	lab_end(l, job, END_KILLED, -1, 15);
	is_job(l, job, "cancelled ByUser", "and outranks it");
	lab_free(l);
}

static void test_text(void)
{
	struct lab *l = lab_with_worker();
	int64_t job = job_in(l, QUEUED);

	lab_order(l, CONTROL_HOLD, job, job)->text = "until monday";
	lab_turn(l);
	is_str(disk_job(l->disk, job)->detail, "until monday", "the caller's words are kept");
	lab_order(l, CONTROL_HOLD, job, job)->text = "until friday";
	lab_turn(l);
	is_str(disk_job(l->disk, job)->detail, "until friday", "newer ones as well");
	lab_control(l, CONTROL_RELEASE, job);
	is_str(disk_job(l->disk, job)->detail, NULL, "and gone with the hold");
	lab_order(l, CONTROL_CANCEL, job, job)->text = "no use";
	lab_turn(l);
	is_str(disk_job(l->disk, job)->detail, "no use", "on a cancel, too");
	lab_free(l);
}

static void test_targets(void)
{
	struct lab *l = lab_new(NULL);
	int64_t first[] = { 1, 3, 0, 9, 3 }, last[] = { 2, 4, 0, INT64_MAX, 3 };
	const char *name[] = { "1-2", "3-4", "0190-uuid", "9-", "3" };
	struct ev_control *ct;
	size_t i;

	for (i = 0; i < 6; i++)
		lab_new_job(l);
	ct = lab_order(l, CONTROL_CANCEL, 1, 1);
	ct->names = name;
	ct->first = first;
	ct->last = last;
	ct->n = 5;
	lab_turn(l);
	is_int(lab_effect(l, EFF_REPLY, 0)->reply.n, 7, "an answer for each that was meant");
	is_str(lab_item(l, 1)->name, "1-2", "by the caller's words");
	is_int(lab_item(l, 1)->job, 2, "and its number");
	is_int(lab_item(l, 4)->code, ERR_NOINPUT, "a name that is none");
	is_str(lab_item(l, 4)->text, "no such job", "no such job");
	is_int(lab_item(l, 5)->code, ERR_NOINPUT, "a range with nobody in it");
	is_int(lab_item(l, 6)->code, ERR_NOINPUT, "the same job again");
	is_str(lab_item(l, 6)->text, "is cancelled already", "was done above");
	is_int(core_count(l->core, JOB_QUEUED), 2, "the others are untouched");
	is_int(lab_range(l, CONTROL_CANCEL, -5, 3, false), ERR_NOINPUT, "a range below 1");
	ct = lab_order(l, CONTROL_CANCEL, 5, 5);
	ct->n = 0;
	lab_turn(l);
	is_int(lab_effect(l, EFF_REPLY, 0)->reply.n, 0, "no target: an empty answer");
	lab_free(l);
}

static void test_many(void)
{
	struct lab *l = lab_new(NULL);
	struct event *ev = lab_event(l, EV_SUBMIT);
	size_t n = 10000, i, done = 0;
	struct job_request *all = arena_alloc(l->arena, n * sizeof(*all));

	for (i = 0; i < n; i++)
		all[i] = *lab_job(l);
	ev->submit.jobs = all;
	ev->submit.n = n;
	lab_turn(l);
	is_int(lab_range(l, CONTROL_CANCEL, 1, 1000000, false), 0, "a million numbers");
	is_int(lab_effect(l, EFF_REPLY, 0)->reply.n, 10000, "10,000 jobs");
	for (i = 0; i < n; i++)
		done += lab_item(l, i)->code == 0 && lab_item(l, i)->job == (int64_t)i + 1;
	is_int(done, 10000, "all cancelled, in order");
	is_int(core_count(l->core, JOB_QUEUED), 0, "none is left");
	lab_free(l);
}

/* A new series: as many retries as at first. */
static void test_rerun_retries(void)
{
	struct lab *l = lab_with_worker();
	struct job_request *r = lab_job(l);
	int64_t job;
	int i;

	r->row.max_retries = 1;
	r->row.retry_policy = RETRY_IMMEDIATE;
	job = lab_submit(l, r);
	for (i = 0; i < 2; i++) {
		lab_exit(l, job, 1);
		is_job(l, job, "scheduled", "series %d: one retry", i + 1);
		lab_exit(l, job, 1);
		is_job(l, job, "failed NonZeroExit", "series %d: and no more", i + 1);
		control(l, CONTROL_RERUN, job, false);
	}
	is_int(disk_job(l->disk, job)->executions, 5, "five executions in all");
	lab_free(l);
}

/* From state.db: the same job again; what it was is past. */
static void test_rerun(void)
{
	struct lab *l = lab_with_worker();
	struct job_request *r = lab_job(l);
	const struct job_row *row;
	int64_t job;

	r->row.deadline_at = l->now.wall + 1000;
	r->row.max_retries = 1;
	job = lab_submit(l, r);
	lab_exit(l, job, 7);
	is_job(l, job, "failed Deadline", "failed: its retry would be too late");
	ok(!core_holds(l->core, job), "it is on disk only");
	lab_pass(l, 5000);
	is_int(control(l, CONTROL_RERUN, job, false), 0, "rerun");
	is_str(lab_notes(l, job), "failed>queued queued>scheduled", "it starts anew");
	row = disk_job(l->disk, job);
	ok(row->completed_at == 0 && row->exit_code == -1 && row->caused_by == 0 &&
	    row->detail == NULL, "nothing is left of its end");
	is_int(row->deadline_at, 0, "nor of its deadline");
	is_int(row->executions, 2, "its executions are counted on");
	is_int(lab_effect(l, EFF_START, 0)->start.attempt, 1, "its attempts from 1");
	is_int(lab_effect(l, EFF_START, 0)->start.prev_status, -1, "with no past");
	lab_restart(l);
	lab_pass(l, 1000);
	is_job(l, job, "scheduled", "a restart brings the deadline not back");
	lab_free(l);
}

static struct ev_control *rerun_of(struct lab *l, struct found_job *found, int64_t job)
{
	struct ev_control *ct = lab_order(l, CONTROL_RERUN, job, job);

	found->row = *disk_job(l->disk, job);
	found->archived = true;
	found->fresh.b[0] = 0x77;
	ct->found = found;
	ct->nfound = 1;
	return ct;
}

/* From the history: a new job that says whose work it is. */
static void test_rerun_archived(void)
{
	struct lab *l = lab_with_worker();
	int64_t job = job_in(l, FAILED), first[2], last[2];
	struct found_job found = { .archived = true };
	const char *both[] = { "a", "b" };
	const struct job_row *row;
	struct ev_control *ct;

	first[0] = first[1] = last[0] = last[1] = job;
	ct = rerun_of(l, &found, job);
	found.row.key = "k";
	found.row.key_scope = "forever";
	found.row.deadline_at = l->now.wall - 1;
	found.row.hold = HOLD_USER;
	found.row.launch = "block";
	found.row.launch_size = 5;
	ct->names = both;
	ct->first = first;
	ct->last = last;
	ct->n = 2;
	lab_turn(l);
	is_int(lab_item(l, 0)->job, job + 1, "a new number");
	ok(uuid_equal(&lab_item(l, 0)->uuid, &found.fresh), "and name");
	is_int(lab_item(l, 1)->job, job + 1, "named twice: once");
	row = disk_job(l->disk, job + 1);
	is_int(row->rerun_of, job, "it says of whom");
	is_str(row->command, "true", "the same command");
	ok(row->launch != NULL && memcmp(row->launch, "block", 5) == 0, "the same launch block");
	ok(row->key == NULL && row->deadline_at == 0 && row->exit_code == -1 &&
	    row->hold == HOLD_NONE && row->executions == 1, "but nothing of its past");
	is_job(l, job + 1, "scheduled", "it runs");
	is_job(l, job, "failed NonZeroExit", "the old one stays as it is");
	is_int(core_count(l->core, JOB_FAILED), 0, "and out of the core");
	lab_free(l);
}

static void test_found(void)
{
	struct lab *l = lab_with_worker();
	int64_t job = job_in(l, COMPLETED);
	struct found_job found = { .archived = true };
	struct ev_control *ct = rerun_of(l, &found, job);

	lab_turn(l);
	is_str(lab_item(l, 0)->text, "is completed: submit it anew", "completed, in the history");
	ct = rerun_of(l, &found, job);
	ct->op = CONTROL_CANCEL;
	lab_turn(l);
	is_str(lab_item(l, 0)->text, "is completed already", "nothing to cancel in the history");
	is_int(lab_item(l, 0)->code, ERR_NOINPUT, "with the same code as otherwise");
	ct = rerun_of(l, &found, job);
	ct->op = CONTROL_REQUEUE;
	lab_turn(l);
	is_str(lab_item(l, 0)->text, "is completed: use rerun", "and the same words");
	is_int(core_next_id(l->core), 3, "nothing was made");
	lab_free(l);
}

/* The key may have gone to a later job meanwhile. */
static void test_rerun_with_key(void)
{
	struct lab *l = lab_with_worker();
	struct job_request *r = lab_job(l);
	int64_t job, other;

	r->row.key = "k";
	r->row.key_scope = "active";
	job = lab_submit(l, r);
	lab_exit(l, job, 1);
	r = lab_job(l);
	r->row.key = "k";
	r->row.key_scope = "active";
	other = lab_submit(l, r);
	ok(other > job, "a later job has the key");
	is_int(control(l, CONTROL_RERUN, job, false), ERR_DATA, "so the first cannot run again");
	is_str(lab_item(l, 0)->text, "cannot run again: job 3 has its key 'k' now", "and why");
	is_int(core_find_key(l->core, 1000, "k"), other, "the later one keeps it");
	lab_exit(l, other, 0);
	is_int(control(l, CONTROL_RERUN, job, false), 0, "it is over: now it can");
	is_int(core_find_key(l->core, 1000, "k"), job, "and has its key again");
	lab_free(l);
}

static void test_full_disk(void)
{
	struct core_conf conf = { .policy = POLICY_FIFO, .epoch = 1, .read_only = true };
	struct lab *l = lab_with_worker();
	int64_t job = job_in(l, FAILED);
	struct found_job found = { .archived = true };

	core_configure(l->core, &conf);
	is_int(lab_control(l, CONTROL_CANCEL, 1), ERR_AGAIN, "the disk is full: try later");
	is_int(control(l, CONTROL_RERUN, job, false), ERR_AGAIN, "a rerun, too");
	rerun_of(l, &found, job);
	lab_turn(l);
	is_int(lab_item(l, 0)->code, ERR_AGAIN, "and one from the history");
	is_int(l->turn->nmuts, 0, "nothing is written");
	lab_free(l);
}

int main(void)
{
	test_owner();
	test_stranger();
	test_admin();
	test_kill_orders();
	test_text();
	test_targets();
	test_many();
	test_rerun();
	test_rerun_retries();
	test_rerun_archived();
	test_found();
	test_rerun_with_key();
	test_full_disk();
	return tap_done();
}
