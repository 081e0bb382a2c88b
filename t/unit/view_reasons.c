/*
 * why: every reason that jobd can have given, beside every state of the workers; and
 * texts that would not fit.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/usage.h"
#include "tap.h"
#include "view/why.h"
#include "viewkit.h"

#define NOW KIT_DAY

struct told {
	char text[4000];
	struct why last;
	int n;
};

static void take(void *arg, const struct why *w)
{
	struct told *t = arg;
	size_t n = strlen(t->text);

	if (w->sooner)
		return;		/* view_sooner.c */
	snprintf(t->text + n, sizeof(t->text) - n, "%s: %s\n", reason_name(w->reason), w->text);
	t->last = *w;
	t->n++;
}

static struct told list_of(const struct why_case *c)
{
	struct told t = { .n = 0 };

	why_list(c, take, &t);
	return t;
}

static struct worker_row idle = { .name = "h1", .cpus = 4000, .free_cpus = 4000, .mem = 1000,
    .free_mem = 1000, .disk = 1000, .free_disk = 1000, .gpus = 2, .free_gpus = 2 };

static struct why_case case_of(const struct job_row *job)
{
	return (struct why_case){ .job = job, .workers = &idle, .nworkers = 1, .daemon_runs = true,
	    .now = NOW };
}

/* ---- what jobd gave as the reason, and nothing else is in the way */

static const struct { enum reason reason; const char *want; } given[] = {
	{ REASON_NONE, "Priority: its turn comes with jobd's next pass\n" },
	{ REASON_PRIORITY, "Priority: its turn has not come\n" },
	{ REASON_RESOURCES, "Resources: no worker had room for it when jobd last looked\n" },
	{ REASON_DEPENDENCY, "Dependency: so says jobd\n" },
	{ REASON_DEP_NEVER, "DependencyNeverSatisfied: so says jobd\n" },
	{ REASON_BEGIN_TIME, "BeginTime: its time has come: jobd's next pass takes it up\n" },
	{ REASON_RETRY_WAIT, "RetryWait: its delay is over: jobd's next pass takes it up\n" },
	{ REASON_HELD, "Held: so says jobd\n" },
	{ REASON_HELD_ADMIN, "HeldByAdmin: so says jobd\n" },
	{ REASON_WORKERS_UNAVAILABLE, "WorkersUnavailable: so says jobd\n" },
	{ REASON_WORKER_CONSTRAINT, "WorkerConstraint: so says jobd\n" },
	{ REASON_QUEUE_STOPPED, "QueueStopped: its queue is stopped\n" },
	{ REASON_WINDOW, "Window: its queue starts no jobs at this time of the week\n" },
	{ REASON_CRASH_LOOP, "CrashLoop: so says jobd\n" },
	{ REASON_NEVER_FITS, "NeverFits: no worker can ever run it\n" },
	{ REASON_REQUEUED, "Requeued: so says jobd\n" },
	{ REASON_COUNT, "Priority: its turn comes with jobd's next pass\n" },
	{ (enum reason)-1, "Priority: its turn comes with jobd's next pass\n" },
};

static void check_given(void)
{
	for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++) {
		struct job_row job = { .id = 1, .status = JOB_QUEUED, .cpus = 1000,
		    .reason = (int)given[i].reason };
		struct why_case c = case_of(&job);
		struct told t = list_of(&c);

		is_str(t.text, given[i].want, "reason %d", (int)given[i].reason);
		is_int(t.n, 1, "is one");
		ok(t.last.worker == NULL && t.last.job == 0 && t.last.until == 0,
		    "about no worker, no job and no time");
	}
}

/* What it is about is said, too. */
static void check_about(void)
{
	struct job_row job = { .id = 1, .status = JOB_QUEUED, .cpus = 1000,
	    .reason = REASON_LIMIT, .waits_for = "lic" };
	struct why_case c = case_of(&job);

	is_str(list_of(&c).text, "Limit: others have the tokens that it asks for: lic\n",
	    "which token");
}

/* Each bound that leaves no room, of whoever it holds for. */
static void check_quotas(void)
{
	static const struct quota_row quotas[] = {
		{ .kind = "queue", .name = "q", .max[QUOTA_JOBS] = 2, .used[QUOTA_JOBS] = 2 },
		{ .kind = "queue", .name = "r", .max[QUOTA_JOBS] = 2, .used[QUOTA_JOBS] = 2 },
		{ .kind = "site", .name = "", .max[QUOTA_MEM] = 100, .used[QUOTA_MEM] = 60 },
		{ .kind = "team", .name = "ops", .max[QUOTA_JOBS] = 2, .used[QUOTA_JOBS] = 1 },
		{ .kind = "user", .name = "ann", .max[QUOTA_CPUS] = 2000,
		    .used[QUOTA_CPUS] = 1500 },
	};
	struct job_row job = { .id = 1, .status = JOB_QUEUED, .cpus = 1000, .mem = 50,
	    .user = "ann", .account = "ops", .queue = "q", .reason = REASON_QUOTA_QUEUE,
	    .waits_for = "queue q" };
	struct why_case c = case_of(&job);

	is_str(list_of(&c).text, "QuotaQueue: there was no room within the bounds when jobd "
	    "last looked: queue q\n", "nothing is known of bounds");
	c.quotas = quotas;
	c.nquotas = sizeof(quotas) / sizeof(quotas[0]);
	is_str(list_of(&c).text, "QuotaQueue: queue q has 2 of 2 jobs\n"
	    "QuotaMem: site has 60 of 100 MiB of memory\n"
	    "QuotaCPU: user ann has 1.5 of 2 cpus\n", "each that is in the way, and once");
}

/* A reason that the rows show already is not said twice. */
static void check_twice(void)
{
	struct job_row job = { .id = 1, .status = JOB_QUEUED, .cpus = 1000, .begin_at = NOW + 1,
	    .reason = REASON_BEGIN_TIME };
	struct why_case c = case_of(&job);

	is_str(list_of(&c).text, "BeginTime: not to begin before its time\n", "a time to come");
	job.begin_at = NOW;
	is_str(list_of(&c).text, "BeginTime: its time has come: jobd's next pass takes it up\n",
	    "a time that is now");
	c.ahead = 2;
	is_str(list_of(&c).text, "Priority: 2 jobs stand before it\n",
	    "an old BeginTime beside a reason that holds");
	job.reason = REASON_RETRY_WAIT;
	is_str(list_of(&c).text, "Priority: 2 jobs stand before it\n", "an old RetryWait");
	job.reason = REASON_PRIORITY;
	is_str(list_of(&c).text, "Priority: 2 jobs stand before it\n", "Priority itself");
	job.reason = REASON_NONE;
	is_str(list_of(&c).text, "Priority: 2 jobs stand before it\n", "none given");
	job.reason = REASON_QUEUE_STOPPED;
	is_str(list_of(&c).text, "Priority: 2 jobs stand before it\n"
	    "QueueStopped: its queue is stopped\n", "one that no row shows");
}

static void check_status(void)
{
	for (int s = JOB_SCHEDULED; s <= JOB_CANCELLED + 1; s++) {
		struct job_row job = { .status = s, .hold = HOLD_USER, .begin_at = NOW + 1,
		    .reason = REASON_HELD };
		struct why_case c = case_of(&job);

		is_int(list_of(&c).n, 0, "status %d waits for nothing", s);
	}
}

/* ---- dependencies: each type in each state */

static void check_deps(void)
{
	static const struct { int64_t type, state, parent; int any; const char *want; } deps[] = {
		{ DEP_OK, DEP_OPEN, JOB_QUEUED, 0,
		    "Dependency: needs success of job 9, which is queued\n" },
		{ DEP_NOTOK, DEP_OPEN, JOB_RUNNING, 0,
		    "Dependency: needs failure of job 9, which is running\n" },
		{ DEP_ANY, DEP_OPEN, JOB_SCHEDULED, 1,
		    "Dependency: needs completion of job 9, which is scheduled "
		    "(one such job is enough)\n" },
		{ DEP_OK, DEP_IMPOSSIBLE, JOB_FAILED, 0,
		    "DependencyNeverSatisfied: needs success of job 9, which is failed\n" },
		{ DEP_NOTOK, DEP_IMPOSSIBLE, JOB_COMPLETED, 1,
		    "DependencyNeverSatisfied: needs failure of job 9, which is completed\n" },
		{ DEP_OK, DEP_OPEN, -1, 0,
		    "Dependency: needs success of job 9, which is not known any more\n" },
		{ 17, DEP_OPEN, 17, 0,
		    "Dependency: needs the end of job 9, which is not known any more\n" },
		{ 17, DEP_IMPOSSIBLE, -1, 0,
		    "DependencyNeverSatisfied: needs the end of job 9, which is not known any "
		    "more\n" },
		{ DEP_OK, DEP_SATISFIED, JOB_COMPLETED, 0, "" },
		{ DEP_OK, DEP_SATISFIED, JOB_COMPLETED, 1, "" },
		{ DEP_OK, 17, JOB_COMPLETED, 0, "" },
	};

	for (size_t i = 0; i < sizeof(deps) / sizeof(deps[0]); i++) {
		struct job_row job = { .id = 1, .status = JOB_QUEUED, .dep_any = deps[i].any,
		    .cpus = 1000, .reason = REASON_DEPENDENCY };
		struct dep_row d = { 1, 9, deps[i].type, deps[i].state, 0, 0 };
		struct why_case c = case_of(&job);
		struct told t;

		c.deps = &d;
		c.parents = &deps[i].parent;
		c.ndeps = 1;
		t = list_of(&c);
		if (deps[i].want[0] == '\0') {
			is_str(t.text, "Dependency: so says jobd\n", "dependency %zu: nothing", i);
			continue;
		}
		ok(strncmp(t.text, deps[i].want, strlen(deps[i].want)) == 0,
		    "dependency %zu: %s", i, t.text);
		is_int(strncmp(t.text, "Dep", 3), 0, "dependency %zu: comes first", i);
	}
}

/* ---- workers: what each dimension lacks, and how it is written */

static const struct {
	int64_t cpus, mem, disk, gpus;			/* wanted */
	int64_t free_cpus, free_mem, free_disk, free_gpus;
	const char *want;
} needs[] = {
	{ 1, 0, 0, 0, 0, 1000, 1000, 2, "cpus: 0.001 wanted, 0 free of 4" },
	{ 1500, 0, 0, 0, 1250, 1000, 1000, 2, "cpus: 1.5 wanted, 1.25 free of 4" },
	{ 4000, 0, 0, 0, 3999, 1000, 1000, 2, "cpus: 4 wanted, 3.999 free of 4" },
	{ 0, 1000, 0, 0, 0, 999, 1000, 2, "memory: 1000M wanted, 999M free of 1000M" },
	{ 0, 1, 0, 0, 0, 0, 1000, 2, "memory: 1M wanted, 0 free of 1000M" },
	{ 0, 0, 1, 0, 0, 0, 0, 2, "disk: 1M wanted, 0 free of 1000M" },
	{ 0, 0, 0, 2, 0, 0, 0, 1, "gpus: 2 wanted, 1 free of 2" },
	{ 1000, 10, 10, 1, 0, 0, 0, 0, "cpus: 1 wanted, 0 free of 4; memory: 10M wanted, 0 free "
	    "of 1000M; disk: 10M wanted, 0 free of 1000M; gpus: 1 wanted, 0 free of 2" },
};

static void check_needs(void)
{
	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
		struct job_row job = { .status = JOB_QUEUED, .reason = REASON_RESOURCES,
		    .cpus = needs[i].cpus, .mem = needs[i].mem, .disk = needs[i].disk,
		    .gpus = needs[i].gpus };
		struct worker_row w = idle;
		struct why_case c = case_of(&job);
		char want[400];
		struct told t;

		w.free_cpus = needs[i].free_cpus;
		w.free_mem = needs[i].free_mem;
		w.free_disk = needs[i].free_disk;
		w.free_gpus = needs[i].free_gpus;
		c.workers = &w;
		snprintf(want, sizeof(want), "Resources: worker h1 is busy: %s\n", needs[i].want);
		t = list_of(&c);
		is_str(t.text, want, "what lacks, %zu", i);
		is_str(t.last.worker, "h1", "where");
	}
}

static void check_never(void)
{
	static const struct { int64_t cpus, mem, disk, gpus; const char *want; } large[] = {
		{ 4001, 0, 0, 0, "cpus: 4.001 wanted, 4 in all" },
		{ 0, 2048, 0, 0, "memory: 2G wanted, 1000M in all" },
		{ 0, 0, 1001, 0, "disk: 1001M wanted, 1000M in all" },
		{ 0, 0, 0, 3, "gpus: 3 wanted, 2 in all" },
	};

	for (size_t i = 0; i < 4; i++) {
		struct job_row job = { .status = JOB_QUEUED, .reason = REASON_NEVER_FITS,
		    .cpus = large[i].cpus, .mem = large[i].mem, .disk = large[i].disk,
		    .gpus = large[i].gpus };
		struct why_case c = case_of(&job);
		char want[400];

		snprintf(want, sizeof(want), "WorkerConstraint: worker h1 can never run it: %s\n"
		    "NeverFits: no worker can ever run it\n", large[i].want);
		is_str(list_of(&c).text, want, "too large, %zu", i);
	}
}

static void check_states(void)
{
	static const struct { int64_t status, health; const char *reason, *want; } states[] = {
		{ WORKER_DRAINING, HEALTH_HEALTHY, NULL, "is draining" },
		{ WORKER_DRAINING, HEALTH_UNHEALTHY, "disk", "is draining: disk" },
		{ WORKER_INACTIVE, HEALTH_HEALTHY, "gone", "is inactive: gone" },
		{ 17, HEALTH_HEALTHY, NULL, "is unknown" },
		{ WORKER_ACTIVE, HEALTH_UNHEALTHY, "no disk", "is unhealthy: no disk" },
		{ WORKER_ACTIVE, HEALTH_UNHEALTHY, NULL, "is unhealthy" },
	};

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		struct job_row job = { .status = JOB_QUEUED, .cpus = 1000,
		    .reason = REASON_WORKERS_UNAVAILABLE };
		struct worker_row w = idle;
		struct why_case c = case_of(&job);
		char want[400];

		w.status = states[i].status;
		w.health = states[i].health;
		w.reason = states[i].reason;
		c.workers = &w;
		snprintf(want, sizeof(want), "WorkersUnavailable: worker h1 %s\n", states[i].want);
		is_str(list_of(&c).text, want, "a worker that cannot, %zu", i);
	}
}

/* A worker's name and reason are other people's and may be of any length. */
static void check_long(void)
{
	struct job_row job = { .status = JOB_QUEUED, .cpus = 1000 };
	struct worker_row w = idle;
	struct why_case c = case_of(&job);
	char words[1000];
	struct told t;

	memset(words, 'w', sizeof(words) - 1);
	words[sizeof(words) - 1] = '\0';
	w.reason = words;
	w.status = WORKER_DRAINING;
	c.workers = &w;
	t = list_of(&c);
	is_int(strlen(t.last.text), sizeof(t.last.text) - 1, "a long reason is cut");
	job.cpus = w.cpus = INT64_MAX - 1;
	job.mem = w.mem = INT64_C(1) << 43;
	job.disk = w.disk = INT64_C(1) << 43;
	job.gpus = w.gpus = INT64_MAX;
	w.status = WORKER_ACTIVE;
	w.free_cpus = w.free_mem = w.free_disk = w.free_gpus = 0;
	t = list_of(&c);
	ok(strlen(t.last.text) < sizeof(t.last.text) && t.n == 1, "so are the largest numbers: %s",
	    t.last.text);
}

/* ---- gathered through a view */

static void check_ask(struct view *v, struct kit *k)
{
	struct told t = { .n = 0 };
	struct record rec;
	struct err e;
	int fd = spool_lock(&k->spool, NULL, &e);

	ok(fd >= 0 && record_load(v, 2, RECORD_DEPS, &rec, &e) == 1, "a job, while jobd runs");
	is_int(why_ask(v, &rec, NOW, take, &t, &e), 0, "is asked about");
	is_str(t.text, "WorkersUnavailable: there is no worker\nPriority: 1 job stands before it\n",
	    "and waits for this");
	record_release(&rec);
	close(fd);
	t = (struct told){ .n = 0 };
	is_int(record_load(v, 3, RECORD_DEPS | RECORD_DEPENDENTS, &rec, &e), 1, "a running one");
	is_int(why_ask(v, &rec, NOW, take, &t, &e), 0, "is asked about, too");
	is_int(t.n, 0, "and waits for nothing");
	record_release(&rec);
	is_int(record_load(v, 99, RECORD_DEPS, &rec, &e), 0, "one that is not there");
	record_release(&rec);
}

int main(void)
{
	struct view *v;
	struct kit k;
	struct err e;

	check_given();
	check_about();
	check_quotas();
	check_twice();
	check_status();
	check_deps();
	check_needs();
	check_never();
	check_states();
	check_long();
	kit_open(&k);
	kit_job(&k, 1, "first");
	kit_job(&k, 2, "second")->priority = 400;
	kit_job(&k, 3, "third")->status = JOB_RUNNING;
	kit_job(&k, 4, "behind")->priority = 300;
	kit_commit(&k);
	v = view_open(&k.spool, &e);
	if (ok(v != NULL, "a view"))
		check_ask(v, &k);
	view_close(v);
	kit_close(&k);
	return tap_done();
}
