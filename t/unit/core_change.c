/*
 * Changes of jobs that are not over: every attribute in every state, what is refused,
 * what a restart keeps; suspended jobs.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/impl.h"
#include "corelib.h"

#define SECOND 1000

static struct lab *lab_with_worker(void)
{
	struct lab *l = lab_new(NULL);

	l->conf.tokens = "lic=1";
	core_configure(l->core, &l->conf);
	lab_worker_up(l, (struct worker_row){ .name = "w1", .cpus = 2000, .mem = 1024,
	    .disk = 1024, .gpu_type = "a100", .named = "fpga=2",
	    .labels = "{\"rack\":\"7\"}" });
	return l;
}

static int64_t running(struct lab *l)
{
	int64_t job = lab_new_job(l);

	lab_started(l, job);
	return job;
}

/* One that waits: there is never room for it beside another. */
static int64_t waiting(struct lab *l)
{
	struct job_request *r = lab_job(l);

	r->row.cpus = 2000;
	r->row.hold = HOLD_USER;
	return lab_submit(l, r);
}

static int set(struct lab *l, int64_t job, const struct change *ch)
{
	struct ev_control *ct = lab_order(l, CONTROL_SET, job, job);

	ct->change = arena_memdup(l->arena, ch, sizeof(*ch));
	lab_turn(l);
	return lab_item(l, 0)->code;
}

static struct change one(enum attr a, int64_t number, const char *text)
{
	const struct column *col = attr_column(a);
	struct change ch = { .set = ATTR_BIT(a) };
	void *at = (char *)&ch.row + col->offset;

	if (col->kind == COL_TEXT)
		*(const char **)at = text;
	else
		*(int64_t *)at = number;
	return ch;
}

static int64_t number_of(const struct lab *l, int64_t job, enum attr a)
{
	return *(const int64_t *)(const void *)((const char *)disk_job(l->disk, job) +
	    attr_column(a)->offset);
}

static const char *text_of(const struct lab *l, int64_t job, enum attr a)
{
	return *(const char *const *)(const void *)((const char *)disk_job(l->disk, job) +
	    attr_column(a)->offset);
}

/* Which may be changed of a job that runs. */
static const struct {
	enum attr attr;
	int64_t number;
	const char *text;
	bool live;
} all[ATTR_COUNT] = {
	{ ATTR_PRIORITY, 7, NULL, true }, { ATTR_TIME, 3600 * SECOND, NULL, true },
	{ ATTR_CPUS, 1500, NULL, false }, { ATTR_MEM, 5, NULL, false },
	{ ATTR_DISK, 6, NULL, false }, { ATTR_GPUS, 0, NULL, false }, { ATTR_BW, 0, NULL, false },
	{ ATTR_QUEUE, 0, "night", false }, { ATTR_ACCOUNT, 0, "team", false },
	{ ATTR_NAME, 0, "new", true }, { ATTR_TAGS, 0, "{\"k\":\"v\"}", true },
	{ ATTR_COMMENT, 0, "a remark", true }, { ATTR_BEGIN, INT64_C(4000000000000), NULL, false },
	{ ATTR_DEADLINE, INT64_C(5000000000000), NULL, true },
	{ ATTR_QUEUE_TIMEOUT, 9 * SECOND, NULL, false }, { ATTR_RETRIES, 4, NULL, true },
	{ ATTR_RETRY_POLICY, RETRY_FIXED, NULL, true }, { ATTR_RETRY_DELAY, SECOND, NULL, true },
	{ ATTR_RETRY_MAX_DELAY, 70 * SECOND, NULL, true }, { ATTR_RETRY_JITTER, 3, NULL, true },
	{ ATTR_RETRY_ON, 0, "oom", true }, { ATTR_NO_RETRY_ON, 0, "3", true },
	{ ATTR_SUCCESS_CODES, 0, "0,2", true }, { ATTR_NO_REQUEUE, 1, NULL, true },
	{ ATTR_KILL_SIGNAL, 2, NULL, false }, { ATTR_KILL_GRACE, SECOND, NULL, false },
	{ ATTR_DEP_HOLD, 1, NULL, false }, { ATTR_GPU_TYPE, 0, "a100", false },
	{ ATTR_NAMED, 0, "fpga=2", false }, { ATTR_TOKENS, 0, "lic=1", false },
	{ ATTR_CONSTRAINTS, 0, "rack=7", false }, { ATTR_PREFER, 0, "rack=8", false },
	{ ATTR_ON_WORKERS, 0, "w*", false }, { ATTR_NOT_WORKERS, 0, "w2", false },
	{ ATTR_EXCLUSIVE, 1, NULL, false }, { ATTR_ESTIMATE, 60 * SECOND, NULL, true },
	{ ATTR_RETRY_MEM, 0, "2x:64G", true }, { ATTR_SINGLETON, 1, NULL, false },
};

static void is_changed(struct lab *l, int64_t job, size_t i, const char *when)
{
	const char *name = attr_column(all[i].attr)->name;

	if (all[i].text != NULL)
		is_str(text_of(l, job, all[i].attr), all[i].text, "%s %s", name, when);
	else
		is_int(number_of(l, job, all[i].attr), all[i].number, "%s %s", name, when);
}

static void test_every(void)
{
	struct lab *l = lab_with_worker();
	int64_t runs = running(l), waits = waiting(l);
	size_t i;

	for (i = 0; i < ATTR_COUNT; i++) {
		struct change ch = one(all[i].attr, all[i].number, all[i].text);
		int code = set(l, runs, &ch);

		is_int(code, all[i].live ? 0 : ERR_DATA, "%s of a running job",
		    attr_column(all[i].attr)->name);
		if (all[i].live)
			is_changed(l, runs, i, "is changed");
		else
			ok(strstr(lab_item(l, 0)->text, "only while it is queued") != NULL,
			    "and says when: %s", lab_item(l, 0)->text);
		is_int(set(l, waits, &ch), 0, "and of one that waits");
		is_changed(l, waits, i, "is changed");
	}
	is_str(disk_job(l->disk, waits)->changed_by, l->cause.actor.name, "it says by whom");
	lab_restart(l);
	lab_worker(l, "w1", 2000);
	for (i = 0; i < ATTR_COUNT; i++)
		is_changed(l, waits, i, "after a restart");
	lab_free(l);
}

/* What the core then does with it, not only what stands in the row. */
static void test_effects(void)
{
	struct lab *l = lab_with_worker();
	int64_t block = running(l), job = waiting(l);
	struct change ch = one(ATTR_CPUS, 1000, NULL);

	set(l, job, &ch);
	lab_control(l, CONTROL_RELEASE, job);
	is_job(l, job, "scheduled", "it asks for less, fits and starts");
	is_int(lab_effect(l, EFF_START, 0)->start.cpus, 1000, "with that much");
	lab_exit(l, job, 0);
	job = waiting(l);
	lab_control(l, CONTROL_RELEASE, job);
	is_job(l, job, "queued Resources", "one that waits for room");
	ch = one(ATTR_CPUS, 99000, NULL);
	is_int(set(l, job, &ch), ERR_UNAVAIL, "what would never fit is refused");
	is_int(disk_job(l->disk, job)->cpus, 2000, "and nothing is changed");
	ch = one(ATTR_QUEUE_TIMEOUT, 5 * SECOND, NULL);
	set(l, job, &ch);
	lab_pass(l, 6 * SECOND);
	is_job(l, job, "cancelled Expired", "a time to wait counts from when it was queued");
	job = waiting(l);
	lab_control(l, CONTROL_RELEASE, job);
	ch = one(ATTR_BEGIN, l->now.wall + 60 * SECOND, NULL);
	set(l, job, &ch);
	is_job(l, job, "queued BeginTime", "it begins later");
	ch = one(ATTR_BEGIN, 0, NULL);
	set(l, job, &ch);
	is_job(l, job, "queued Resources", "or not later any more");
	ch = one(ATTR_DEADLINE, l->now.wall + 60 * SECOND, NULL);
	set(l, block, &ch);
	lab_pass(l, 61 * SECOND);
	is_job(l, block, "running Stopping", "a deadline is watched at once");
	lab_free(l);
}

/* Where it may run, and what it takes of the site. */
static void test_place(void)
{
	struct lab *l = lab_with_worker();
	int64_t job = waiting(l);
	struct change ch = one(ATTR_CONSTRAINTS, 0, "rack=8");

	is_int(set(l, job, &ch), ERR_UNAVAIL, "a worker that there is not");
	is_str(lab_item(l, 0)->text, "there is no worker as it must be (rack=8)", "in words");
	ch = one(ATTR_TOKENS, 0, "lic=2");
	is_int(set(l, job, &ch), ERR_UNAVAIL, "more tokens than there are");
	ch = one(ATTR_NAMED, 0, "fpga=3");
	is_int(set(l, job, &ch), ERR_UNAVAIL, "more of a resource than any worker has");
	ch = one(ATTR_NAMED, 0, "fpga=2");
	is_int(set(l, job, &ch), 0, "all of it");
	lab_control(l, CONTROL_RELEASE, job);
	is_job(l, job, "scheduled", "starts with it");
	is_str(disk_job(l->disk, job)->named, "fpga=2", "which its order reads from the row");
	lab_free(l);
}

/* What nobody has changed stays, also what only the core reads. */
static void test_kept(void)
{
	struct lab *l = lab_with_worker();
	struct change ch = one(ATTR_PRIORITY, 7, NULL);
	struct job_request *r = lab_job(l);
	const struct job *j;
	int64_t job;

	l->conf.plan_by = PLAN_ESTIMATE;
	core_configure(l->core, &l->conf);
	r->row.kill_grace = 9 * SECOND;
	r->row.estimate = 60 * SECOND;
	job = lab_submit(l, r);
	lab_started(l, job);
	is_int(set(l, job, &ch), 0, "another priority");
	j = job_get(l->core, job);
	ok(j->kill_grace == 9 * SECOND && j->estimate == 60 * SECOND, "and the same grace");
	is_int(j->exec->ends - j->exec->begun, 60 * SECOND, "the plan counts on its estimate");
	ch = one(ATTR_ESTIMATE, 90 * SECOND, NULL);
	is_int(set(l, job, &ch), 0, "another estimate");
	is_int(j->exec->ends - j->exec->begun, 90 * SECOND, "the plan counts on that");
	lab_free(l);
}

static void test_order(void)
{
	struct lab *l = lab_with_worker();
	int64_t block = running(l), a, b;
	struct change ch = one(ATTR_PRIORITY, 900, NULL);

	a = waiting(l);
	b = waiting(l);
	lab_range(l, CONTROL_RELEASE, a, b, false);
	set(l, b, &ch);
	lab_exit(l, block, 0);
	is_job(l, b, "scheduled", "who is raised goes first");
	is_job(l, a, "queued Resources", "the other one waits");
	lab_free(l);
}

static void test_refused(void)
{
	struct lab *l = lab_with_worker();
	int64_t job = running(l);
	struct change ch = one(ATTR_DEADLINE, l->now.wall - 1, NULL);

	is_int(set(l, job, &ch), ERR_DATA, "a deadline that has passed");
	ch = one(ATTR_RETRY_MAX_DELAY, 1, NULL);
	is_int(set(l, job, &ch), ERR_DATA, "the longest wait below the first");
	is_int(set(l, job, &(struct change){ .set = ATTR_BIT(ATTR_RETRIES),
	    .row.max_retries = -1 }), ERR_DATA, "fewer retries than it has had");
	ch = one(ATTR_TIME, 10 * SECOND, NULL);
	ch.time_more = true;
	is_int(set(l, job, &ch), ERR_DATA, "a longer limit, where there is none");
	lab_pass(l, 60 * SECOND);
	ch.time_more = false;
	is_int(set(l, job, &ch), ERR_DATA, "a limit that is over already");
	is_str(lab_item(l, 0)->text, "has run for 60 s: a limit of 10 s is over "
	    "(jobcancel ends it)", "is explained");
	ch = one(ATTR_PRIORITY, 1, NULL);
	ch.set |= ATTR_BIT(ATTR_CPUS);
	ch.row.cpus = 1;
	is_int(set(l, job, &ch), ERR_DATA, "one of two may not be changed");
	is_int(disk_job(l->disk, job)->priority, 500, "then the other is not, either");
	lab_exit(l, job, 0);
	lab_free(l);
}

static void is_told(const struct lab *l, int64_t time, bool suspend, const char *what)
{
	const struct effect *f = lab_effect(l, EFF_SET, 0);

	ok(f != NULL && f->set.time == time && f->set.suspend == suspend &&
	    lab_effect(l, EFF_SET, 1) == NULL, "%s", what);
}

static void attach_again(struct lab *l, int64_t job)
{
	struct held held = { .job = job, .execution = 1 };

	held.end.started_at = disk_exec(l->disk, job, 1)->started_at;
	lab_worker_holds(l, "w1", 2000, 0, &held, 1);
}

static void test_limit(void)
{
	struct lab *l = lab_with_worker();
	int64_t job = lab_new_job(l);
	struct change ch = one(ATTR_TIME, 100 * SECOND, NULL);

	set(l, job, &ch);
	is_int(lab_effects(l, EFF_SET), 0, "one that has not started is told later");
	lab_started(l, job);
	is_told(l, 100 * SECOND, false, "when it has");
	ch.time_more = true;
	set(l, job, &ch);
	is_told(l, 200 * SECOND, false, "more time: the whole limit is told");
	ch = one(ATTR_COMMENT, 0, "x");
	set(l, job, &ch);
	is_int(lab_effects(l, EFF_SET), 0, "what is not its worker's business is not");
	attach_again(l, job);
	is_told(l, 200 * SECOND, false, "told again to a worker that comes back");
	lab_restart(l);
	attach_again(l, job);
	is_told(l, 200 * SECOND, false, "and by a jobd that has started anew");
	ch = one(ATTR_TIME, 0, NULL);
	set(l, job, &ch);
	is_told(l, 0, false, "no limit at all");
	lab_free(l);
}

static void test_suspend(void)
{
	struct lab *l = lab_with_worker();
	int64_t job = running(l), other = running(l);

	lab_control(l, CONTROL_SUSPEND, job);
	is_told(l, 0, true, "its worker is told to suspend it");
	is_job(l, job, "running Suspended", "it runs, and is suspended");
	is_int(lab_control(l, CONTROL_SUSPEND, job), 0, "twice is as once");
	lab_restart(l);
	is_job(l, job, "running Suspended", "so after a restart");
	attach_again(l, job);
	is_told(l, 0, true, "its worker hears it again");
	lab_control(l, CONTROL_RESUME, job);
	is_told(l, 0, false, "and is told to let it go on");
	is_job(l, job, "running", "it runs");
	attach_again(l, job);
	is_told(l, 0, false, "which is told again, too");
	lab_control(l, CONTROL_SUSPEND, job);
	lab_control(l, CONTROL_CANCEL, job);
	is_job(l, job, "running Stopping", "a suspended job can be cancelled");
	is_int(lab_control(l, CONTROL_RESUME, job), ERR_DATA, "and then not be resumed");
	lab_end(l, job, END_KILLED, -1, 9);
	is_job(l, job, "cancelled ByUser", "it ends as any other");
	(void)other;
	lab_free(l);
}

int main(void)
{
	test_every();
	test_effects();
	test_place();
	test_kept();
	test_order();
	test_refused();
	test_limit();
	test_suspend();
	return tap_done();
}
