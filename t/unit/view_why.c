/* why: every reason, and none that is not one. */
#include "view/why.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "tap.h"
#include "viewkit.h"

#define NOW KIT_DAY

struct told {
	struct buf b;		/* "Reason: text\n"... */
	struct why last;
	int n;
};

static void take(void *arg, const struct why *w)
{
	struct told *t = arg;

	if (w->sooner)
		return;		/* view_sooner.c */
	buf_addf(&t->b, "%s: %s\n", reason_name(w->reason), w->text);
	t->last = *w;
	t->n++;
}

static struct job_row a_job(void)
{
	return (struct job_row){ .id = 10, .status = JOB_QUEUED, .cpus = 1000, .priority = 500,
	    .reason = REASON_PRIORITY };
}

static struct worker_row a_worker(const char *name)
{
	return (struct worker_row){ .name = name, .cpus = 8000, .free_cpus = 8000, .mem = 16384,
	    .free_mem = 16384, .disk = 1000, .free_disk = 1000 };
}

/* All that is told of a case, as text, compared. */
static struct why tells(struct why_case c, const char *want, const char *what)
{
	struct told t = { .n = 0 };

	c.now = NOW;
	buf_init(&t.b, 100000);
	buf_adds(&t.b, "");
	why_list(&c, take, &t);
	is_str(t.b.data ? t.b.data : "", want, "%s", what);
	buf_release(&t.b);
	return t.last;
}

static void check_self(void)
{
	struct worker_row w = a_worker("local");
	struct job_row j = a_job();
	struct why_case c = { .job = &j, .workers = &w, .nworkers = 1, .daemon_runs = true };
	struct why last;

	tells(c, "Priority: its turn has not come\n", "a job that fits waits its turn");
	j.reason = REASON_NONE;
	tells(c, "Priority: its turn comes with jobd's next pass\n", "a new one, too");
	j.status = JOB_RUNNING;
	tells(c, "", "a running job waits for nothing");
	j.status = JOB_COMPLETED;
	tells(c, "", "nor does one that ended");

	j = a_job();
	j.hold = HOLD_USER;
	j.reason = REASON_HELD;
	tells(c, "Held: held; 'jobctl release 10' lets it go\n", "a hold");
	j.hold = HOLD_ADMIN;
	j.reason = REASON_HELD_ADMIN;
	tells(c, "HeldByAdmin: held by an administrator, who alone can release it\n",
	    "an admin's hold");
	j.reason = REASON_CRASH_LOOP;
	tells(c, "CrashLoop: held after its executions were lost again and again; "
	    "'jobctl release 10' tries once more\n", "a crash loop");

	j = a_job();
	j.begin_at = NOW + 5000;
	j.reason = REASON_BEGIN_TIME;
	last = tells(c, "BeginTime: not to begin before its time\n", "a begin time");
	is_int(last.until, NOW + 5000, "says until when");
	j.begin_at = NOW - 5000;
	tells(c, "BeginTime: its time has come: jobd's next pass takes it up\n",
	    "a time that has just come");
	j = a_job();
	j.next_retry_at = NOW + 7000;
	j.attempts = 1;
	j.max_retries = 3;
	j.reason = REASON_RETRY_WAIT;
	last = tells(c, "RetryWait: attempt 2 of 4 waits out its delay\n", "a retry");
	is_int(last.until, NOW + 7000, "says until when");
	j = a_job();
	j.reason = REASON_QUEUE_STOPPED;
	tells(c, "QueueStopped: its queue is stopped\n", "what only jobd knows is passed on");
}

static void check_deps(void)
{
	struct worker_row w = a_worker("local");
	struct job_row j = a_job();
	struct dep_row deps[3] = {
		{ .job_id = 10, .parent_id = 7, .type = DEP_OK, .state = DEP_OPEN },
		{ .job_id = 10, .parent_id = 8, .type = DEP_ANY, .state = DEP_SATISFIED },
		{ .job_id = 10, .parent_id = 9, .type = DEP_NOTOK, .state = DEP_OPEN },
	};
	int64_t parents[3] = { JOB_RUNNING, JOB_FAILED, JOB_QUEUED };
	struct why_case c = { .job = &j, .workers = &w, .nworkers = 1, .daemon_runs = true,
	    .deps = deps, .parents = parents, .ndeps = 3 };
	struct why last;

	j.reason = REASON_DEPENDENCY;
	last = tells(c, "Dependency: needs success of job 7, which is running\n"
	    "Dependency: needs failure of job 9, which is queued\n", "open dependencies");
	is_int(last.job, 9, "name the parent");
	j.dep_any = 1;
	j.reason = REASON_PRIORITY;
	tells(c, "Priority: its turn has not come\n",
	    "of a `?` list one that is satisfied is enough");
	deps[1].state = DEP_IMPOSSIBLE;
	j.reason = REASON_DEPENDENCY;
	tells(c, "Dependency: needs success of job 7, which is running (one such job is enough)\n"
	    "DependencyNeverSatisfied: needs completion of job 8, which is failed\n"
	    "Dependency: needs failure of job 9, which is queued (one such job is enough)\n",
	    "of a `?` list all that can still come");
	j.dep_any = 0;
	j.hold = HOLD_USER;
	c.ndeps = 1;
	c.parents = NULL;
	tells(c, "Held: held; 'jobctl release 10' lets it go\n"
	    "Dependency: needs success of job 7, which is not known any more\n",
	    "all reasons at once, a lost parent among them");
}

static void check_workers(void)
{
	struct worker_row w[3] = { a_worker("h1"), a_worker("h2"), a_worker("h3") };
	struct job_row j = a_job();
	struct why_case c = { .job = &j, .workers = w, .nworkers = 3, .daemon_runs = true };
	struct why last;

	j.cpus = 2500;
	j.mem = 1536;
	j.reason = REASON_RESOURCES;
	w[0].free_cpus = 1000;
	w[0].free_mem = 512;
	w[1].status = WORKER_DRAINING;
	w[1].reason = "new kernel";
	w[2].health = HEALTH_UNHEALTHY;
	last = tells(c, "Resources: worker h1 is busy: cpus: 2.5 wanted, 1 free of 8; "
	    "memory: 1.5G wanted, 512M free of 16G\n"
	    "WorkersUnavailable: worker h2 is draining: new kernel\n"
	    "WorkersUnavailable: worker h3 is unhealthy\n", "what each worker lacks");
	is_str(last.worker, "h3", "names the worker");

	j.gpus = 1;
	j.disk = 2000;
	c.nworkers = 1;
	tells(c, "WorkerConstraint: worker h1 can never run it: disk: 2000M wanted, 1000M in all; "
	    "gpus: 1 wanted, 0 in all\n"
	    "NeverFits: no worker can ever run it\n"
	    "Resources: no worker had room for it when jobd last looked\n",
	    "what no worker will ever have");

	j = a_job();
	j.reason = REASON_WORKERS_UNAVAILABLE;
	c.nworkers = 0;
	c.daemon_runs = false;
	tells(c, "WorkersUnavailable: jobd does not run: nothing starts before it does\n"
	    "WorkersUnavailable: there is no worker\n", "no daemon and no worker");
	c.nworkers = 1;
	c.daemon_runs = true;
	w[0] = a_worker("h1");
	j.reason = REASON_PRIORITY;
	c.ahead = 1;
	tells(c, "Priority: 1 job stands before it\n", "a job ahead");
	c.ahead = 5;
	tells(c, "Priority: 5 jobs stand before it\n", "jobs ahead");
}

static void check_before(void)
{
	struct job_row j = a_job(), o = a_job();

	ok(!why_before(&j, &j), "a job is not before itself");
	o.id = 9;
	ok(why_before(&o, &j) && !why_before(&j, &o), "an earlier one of the same priority is");
	o.priority = 499;
	ok(!why_before(&o, &j), "one of a lower priority is not");
	o.id = 11;
	o.priority = 501;
	ok(why_before(&o, &j), "one of a higher priority is");
	o.hold = HOLD_USER;
	ok(!why_before(&o, &j), "unless it is held");
	o.hold = HOLD_NONE;
	o.reason = REASON_DEPENDENCY;
	ok(!why_before(&o, &j), "or waits for something of its own");
	o.reason = REASON_NONE;
	o.status = JOB_RUNNING;
	ok(!why_before(&o, &j), "or runs");
}

/* Through a view: parents, workers and the queue are looked up. */
static void check_ask(void)
{
	struct told t = { .n = 0 };
	struct record rec;
	struct job_row *row;
	struct view *v;
	struct kit k;
	struct err e;

	kit_open(&k);
	kit_job(&k, 1, "parent")->reason = REASON_RESOURCES;
	kit_job(&k, 2, "other")->reason = REASON_RESOURCES;
	row = kit_job(&k, 3, "child");
	row->reason = REASON_DEPENDENCY;
	kit_dep(&k, 3, 1);
	kit_worker(&k, "local")->free_cpus = 0;
	kit_commit(&k);
	v = view_open(&k.spool, &e);
	ok(v && record_load(v, 3, RECORD_DEPS, &rec, &e) == 1, "a record with its dependencies");
	if (v) {
		buf_init(&t.b, 10000);
		is_int(why_ask(v, &rec, NOW, take, &t, &e), 0, "why does it wait?");
		is_str(t.b.data, "Dependency: needs success of job 1, which is queued\n"
		    "WorkersUnavailable: jobd does not run: nothing starts before it does\n"
		    "Resources: worker local is busy: cpus: 1 wanted, 0 free of 8\n"
		    "Priority: 2 jobs stand before it\n", "for all this");
		buf_release(&t.b);
		record_release(&rec);
	}
	view_close(v);
	kit_close(&k);
}

int main(void)
{
	check_self();
	check_deps();
	check_workers();
	check_before();
	check_ask();
	return tap_done();
}
