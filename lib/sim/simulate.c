/*
 * simulate: the loop of virtual time.
 *
 * Owns the clock, the workers and the order of what happens at one instant.  A
 * turn's arena serves many core_turns, as in recovery: here nothing is written to a
 * disk, so nothing is gained by one for each.
 */
#include "sim/simulate.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

#define TURNS_AT_ONCE 64
#define PATIENCE INT64_C(3155760000000)		/* ms, a hundred years */

struct run {			/* a job that runs */
	int64_t end, started, id;
	size_t job;		/* in the workload */
	const char *worker;
};

struct world {
	const struct work *work;
	const struct machine *machine;
	struct sim_result *result;
	struct core *core;
	bool accounts;		/* the policy asks for them: else it is spared them */
	int64_t zero;		/* the core's wall clock at the workload's 0 */
	struct now now;
	struct turn *turn;
	size_t turns, seen;	/* of this turn: core_turns made, effects looked at */
	size_t next;		/* job to be submitted */
	size_t *jobs;		/* by id: the place in the workload */
	struct run *runs;	/* a heap, the first end on top */
	size_t nruns, cap_runs;
	struct event *events;
	size_t nevents, cap_events;
	struct job_request *requests;
	size_t cap_requests;
};

/* ---- what runs */

static bool earlier(const struct run *a, const struct run *b)
{
	return a->end != b->end ? a->end < b->end : a->job < b->job;
}

static void runs_push(struct world *v, struct run r)
{
	size_t i, up;

	if (v->nruns == v->cap_runs) {
		v->cap_runs = v->cap_runs != 0 ? v->cap_runs * 2 : 256;
		v->runs = xreallocarray(v->runs, v->cap_runs, sizeof(*v->runs));
	}
	for (i = v->nruns++; i > 0 && earlier(&r, &v->runs[up = (i - 1) / 2]); i = up)
		v->runs[i] = v->runs[up];
	v->runs[i] = r;
}

static struct run runs_pop(struct world *v)
{
	struct run top = v->runs[0], last = v->runs[--v->nruns];
	size_t i = 0, kid;

	while ((kid = 2 * i + 1) < v->nruns) {
		if (kid + 1 < v->nruns && earlier(&v->runs[kid + 1], &v->runs[kid]))
			kid++;
		if (!earlier(&v->runs[kid], &last))
			break;
		v->runs[i] = v->runs[kid];
		i = kid;
	}
	v->runs[i] = last;
	return top;
}

/* ---- events */

static const struct cause cause = {
	.actor = { .name = "jobsim", .method = BY_SYSTEM, .uid = -1, .admin = true },
	.via = "jobsim",
};

static struct event *event(struct world *v, enum event_type type)
{
	struct event *ev;

	if (v->nevents == v->cap_events) {
		v->cap_events = v->cap_events != 0 ? v->cap_events * 2 : 64;
		v->events = xreallocarray(v->events, v->cap_events, sizeof(*v->events));
	}
	ev = &v->events[v->nevents++];
	memset(ev, 0, sizeof(*ev));
	ev->type = type;
	ev->cause = cause;
	return ev;
}

static void attach_all(struct world *v)
{
	size_t i;

	for (i = 0; i < v->machine->n; i++) {
		const struct machine_worker *w = &v->machine->workers[i];
		struct event *ev = event(v, EV_WORKER_UP);

		ev->up.row = (struct worker_row){ .name = w->name, .cpus = w->cpus, .mem = w->mem,
		    .disk = w->disk, .gpus = w->gpus, .version = JOB_VERSION, .limits = "none" };
		ev->up.attachment = i + 1;	/* an order names it again */
	}
}

static bool is_cut(const struct work_job *j)
{
	return j->limit > 0 && j->run > j->limit;
}

static void add_ends(struct world *v)
{
	while (v->nruns > 0 && v->runs[0].end <= v->now.wall) {
		struct run r = runs_pop(v);
		bool cut = is_cut(&v->work->jobs[r.job]);
		struct event *ev = event(v, EV_ENDED);

		ev->exec.worker = r.worker;
		ev->exec.held = (struct held){ .job = r.id, .execution = 1, .ended = true, .end = {
		    .cause = cut ? END_TIMEOUT : END_EXIT, .exit_code = cut ? -1 : 0,
		    .signal = -1, .started_at = r.started, .ended_at = r.end,
		    .duration = r.end - r.started } };
	}
}

static void fill_request(const struct world *v, struct job_request *r, size_t i)
{
	const struct work_job *j = &v->work->jobs[i];
	uint64_t serial = i + 1;

	memset(r, 0, sizeof(*r));
	memcpy(&r->row.uuid.b[8], &serial, sizeof(serial));
	r->row.user = r->row.run_as = j->user != NULL ? j->user : "nobody";
	r->row.uid = j->uid;
	r->row.account = v->accounts ? j->account : "all";
	r->row.queue = j->queue;
	r->row.name = j->name;
	r->row.cpus = j->cpus;
	r->row.mem = j->mem;
	r->row.disk = j->disk;
	r->row.gpus = j->gpus;
	r->row.bw = j->bw;
	r->row.priority = j->priority;
	r->row.time_limit = j->limit;
	r->row.created_at = v->now.wall;
}

/* All that is due comes as one submission. */
static void add_jobs(struct world *v)
{
	size_t first = v->next, i, n;
	struct event *ev;

	while (v->next < v->work->n && v->zero + v->work->jobs[v->next].submit <= v->now.wall)
		v->next++;
	n = v->next - first;
	if (n == 0)
		return;
	if (n > v->cap_requests) {
		v->cap_requests = n * 2;
		v->requests = xreallocarray(v->requests, v->cap_requests, sizeof(*v->requests));
	}
	for (i = 0; i < n; i++)
		fill_request(v, &v->requests[i], first + i);
	ev = event(v, EV_SUBMIT);
	ev->token = first;
	ev->submit.jobs = v->requests;
	ev->submit.n = n;
}

/* ---- effects */

static void on_reply(struct world *v, const struct effect *f)
{
	size_t i;

	for (i = 0; i < f->reply.n; i++) {
		if (f->reply.items[i].code == 0)
			v->jobs[f->reply.items[i].job] = f->token + i;
		else
			v->result->refused++;
	}
}

static void on_start(struct world *v, const struct effect *f)
{
	size_t i = v->jobs[f->job];
	const struct work_job *j = &v->work->jobs[i];
	struct run r = { .started = v->now.wall, .id = f->job, .job = i,
	    .worker = v->machine->workers[f->attachment - 1].name };

	r.end = r.started + (is_cut(j) ? j->limit : j->run);
	v->result->fates[i] = (struct fate){ r.started - v->zero, r.end - v->zero };
	runs_push(v, r);
}

static void read_effects(struct world *v)
{
	for (; v->seen < v->turn->neffects; v->seen++) {
		const struct effect *f = &v->turn->effects[v->seen];

		if (f->type == EFF_REPLY)
			on_reply(v, f);
		else if (f->type == EFF_START)
			on_start(v, f);
	}
}

/* ---- turns */

static void next_turn(struct world *v)
{
	uint64_t number = v->turn->number;

	v->result->muts += v->turn->nmuts;
	v->result->effects += v->turn->neffects;
	core_durable(v->core, number);
	turn_free(v->turn);
	v->turn = turn_new(number + 1);
	v->turns = v->seen = 0;
}

static void run_turn(struct world *v)
{
	if (v->turns == TURNS_AT_ONCE)
		next_turn(v);
	core_turn(v->core, v->now, v->events, v->nevents, v->turn);
	v->turns++;
	v->result->turns++;
	v->result->events += v->nevents;
	v->nevents = 0;
	read_effects(v);
}

/* The next instant at which something happens, or -1. */
static int64_t next_instant(const struct world *v)
{
	int64_t due = core_due(v->core, v->now), t;

	t = due >= 0 ? v->now.wall + due : INT64_MAX;
	if (v->nruns > 0 && v->runs[0].end < t)
		t = v->runs[0].end;
	if (v->next < v->work->n && v->zero + v->work->jobs[v->next].submit < t)
		t = v->zero + v->work->jobs[v->next].submit;
	return t != INT64_MAX ? t : -1;
}

static size_t left(const struct world *v)
{
	return v->work->n - v->next + core_count(v->core, JOB_QUEUED) + v->nruns;
}

static int run_all(struct world *v, struct err *e)
{
	int64_t quiet = v->now.wall;	/* nothing but timers since then */

	attach_all(v);
	run_turn(v);
	while (left(v) > 0) {
		int64_t t = next_instant(v);

		if (t == -1 || t - quiet > PATIENCE)
			return err_set(e, ERR_DATA, "%zu jobs would wait for ever with this "
			    "policy and this machine", core_count(v->core, JOB_QUEUED));
		v->now.boot += t - v->now.wall;
		v->now.wall = t;
		add_ends(v);
		add_jobs(v);
		if (v->nevents > 0)
			quiet = t;
		run_turn(v);
	}
	next_turn(v);
	return 0;
}

static void begin(struct world *v, const struct core_conf *conf)
{
	const struct work *w = v->work;
	size_t i;

	/* to the core 0 is no instant */
	v->zero = w->n > 0 && w->jobs[0].submit > 0 ? 0 : 1000;
	v->now.wall = v->now.boot = v->zero + (w->n > 0 ? w->jobs[0].submit : 0);
	v->accounts = conf->policy == POLICY_FAIRSHARE || conf->policy == POLICY_HYBRID;
	v->core = core_new(conf);
	v->turn = turn_new(1);
	v->jobs = xcalloc(w->n + 1, sizeof(*v->jobs));
	v->result->fates = xreallocarray(NULL, w->n, sizeof(struct fate));
	for (i = 0; i < w->n; i++)
		v->result->fates[i] = (struct fate){ -1, -1 };
}

int simulate(const struct work *w, const struct machine *m, const struct core_conf *conf,
    struct sim_result *r, struct err *e)
{
	struct world v = { .work = w, .machine = m, .result = r };
	int result;

	memset(r, 0, sizeof(*r));
	begin(&v, conf);
	result = run_all(&v, e);
	turn_free(v.turn);
	core_free(v.core);
	free(v.jobs);
	free(v.runs);
	free(v.events);
	free(v.requests);
	return result;
}

void sim_result_release(struct sim_result *r)
{
	free(r->fates);
	r->fates = NULL;
}
