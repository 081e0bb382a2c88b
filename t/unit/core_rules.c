/*
 * The rules by which simulators of batch systems are compared (strict order, EASY,
 * shortest first, conservative), written down once more as plainly as can be, and the
 * core on random loads of one machine: every job must start in the same second.
 *
 * Time is whole seconds; at each instant first what ends, then what comes, then one
 * pass.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "corelib.h"

#define CPUS 32
#define JOBS 200
#define AHEAD 4096		/* s: longer than any queue */
#define NEVER INT64_MAX
#define START INT64_C(1800000000000)

struct load {
	struct { int64_t submit, run, limit, cpus; } jobs[JOBS];
};

struct rules {
	const char *name;
	enum policy policy;
	int64_t reservations;
	enum backfill_order order;
};

/* ---- the rules, plainly: a job's number is its place in the queue */

struct plain {
	const struct load *l;
	const struct rules *r;
	int64_t start[JOBS], slot[JOBS];	/* NEVER: not yet */
	bool here[JOBS], over[JOBS];
	int64_t free[AHEAD];			/* by the seconds from now */
	int64_t now;
};

static bool runs(const struct plain *p, int i)
{
	return p->start[i] <= p->now && !p->over[i];
}

static bool waits(const struct plain *p, int i)
{
	return p->here[i] && p->start[i] == NEVER;
}

/* What is free from now on, by what runs and, conservatively, by all slots but one. */
static const int64_t *look_ahead(struct plain *p, int but)
{
	int64_t at, from;
	int i;

	for (at = 0; at < AHEAD; at++)
		p->free[at] = CPUS;
	for (i = 0; i < JOBS; i++) {
		from = runs(p, i) ? p->start[i] : waits(p, i) ? p->slot[i] : NEVER;
		if (i == but || from == NEVER)
			continue;
		for (at = from; at < from + p->l->jobs[i].limit; at++)
			if (at >= p->now)
				p->free[at - p->now] -= p->l->jobs[i].cpus;
	}
	return p->free;
}

static bool longer(const struct plain *p, int a, int b)
{
	return p->l->jobs[a].limit > p->l->jobs[b].limit;
}

/* The first of those that wait and were not tried yet. */
static int first(const struct plain *p, const bool *tried, bool shortest)
{
	int i, best = -1;

	for (i = 0; i < JOBS; i++)
		if (waits(p, i) && !tried[i] && (best < 0 || (shortest && longer(p, best, i))))
			best = i;
	return best;
}

static void pass_easy(struct plain *p)
{
	int64_t shadow = 0, extra;
	bool tried[JOBS] = { false };
	int i;

	while ((i = first(p, tried, p->r->policy == POLICY_SHORTEST)) >= 0 &&
	    p->l->jobs[i].cpus <= *look_ahead(p, -1))
		p->start[i] = p->now;
	if (i < 0 || p->r->reservations == 0)
		return;
	while (p->free[shadow] < p->l->jobs[i].cpus)
		shadow++;
	extra = p->free[shadow] - p->l->jobs[i].cpus;
	tried[i] = true;
	while ((i = first(p, tried, p->r->order == BACKFILL_SHORTEST ||
	    p->r->policy == POLICY_SHORTEST)) >= 0) {
		int64_t cpus = p->l->jobs[i].cpus;
		bool ends = p->l->jobs[i].limit <= shadow;

		tried[i] = true;
		if (cpus > *look_ahead(p, -1) || (!ends && cpus > extra))
			continue;
		extra -= ends ? 0 : cpus;
		p->start[i] = p->now;
	}
}

static void place(struct plain *p, int i)
{
	const int64_t *ahead = look_ahead(p, i);
	int64_t at, from;

	for (from = at = 0; at < from + p->l->jobs[i].limit; at++)
		if (ahead[at] < p->l->jobs[i].cpus)
			from = at + 1;
	p->slot[i] = p->now + from;
}

static void plain_ends(struct plain *p)
{
	bool early = false;
	int i;

	for (i = 0; i < JOBS; i++)
		if (runs(p, i) && p->start[i] + p->l->jobs[i].run <= p->now) {
			p->over[i] = true;
			early = early || p->l->jobs[i].run < p->l->jobs[i].limit;
		}
	for (i = 0; early && i < JOBS; i++)
		if (waits(p, i) && p->r->reservations == RESERVATIONS_ALL)
			place(p, i);
}

static void plain_submits(struct plain *p)
{
	int i;

	for (i = 0; i < JOBS; i++)
		if (!p->here[i] && p->l->jobs[i].submit <= p->now) {
			p->here[i] = true;
			if (p->r->reservations == RESERVATIONS_ALL)
				place(p, i);
		}
}

/* Returns the next instant at which something is due. */
static int64_t plain_step(struct plain *p)
{
	int64_t next = NEVER;
	int i;

	plain_ends(p);
	plain_submits(p);
	if (p->r->reservations != RESERVATIONS_ALL)
		pass_easy(p);
	for (i = 0; i < JOBS; i++) {
		int64_t due = NEVER;

		if (waits(p, i) && p->slot[i] <= p->now)
			p->start[i] = p->now;
		if (!p->here[i])
			due = p->l->jobs[i].submit;
		else if (waits(p, i))
			due = p->slot[i];
		else if (runs(p, i))
			due = p->start[i] + p->l->jobs[i].run;
		if (due < next)
			next = due;
	}
	return next;
}

static void plain_run(const struct load *l, const struct rules *r, int64_t *starts)
{
	struct plain p = { .l = l, .r = r };
	int i;

	for (i = 0; i < JOBS; i++)
		p.start[i] = p.slot[i] = NEVER;
	while (p.now != NEVER)
		p.now = plain_step(&p);
	memcpy(starts, p.start, sizeof(p.start));
}

/* ---- the core */

static void come(struct lab *l, const struct load *load, int i)
{
	struct job_request *r = lab_job(l);
	struct event *ev = lab_event(l, EV_SUBMIT);

	r->row.cpus = load->jobs[i].cpus * 1000;
	r->row.time_limit = load->jobs[i].limit * 1000;
	ev->submit.jobs = r;
	ev->submit.n = 1;
}

static void go(struct lab *l, int64_t job)
{
	struct held *h = lab_report(l, EV_ENDED, job);

	h->end = (struct exec_end){ .cause = END_EXIT, .signal = -1, .ended_at = l->now.wall,
	    .started_at = disk_job(l->disk, job)->scheduled_at };
}

static int64_t core_step(struct lab *l, const struct load *load, int64_t *starts, int *came)
{
	int64_t now = (l->now.wall - START) / 1000, due, next = NEVER;
	int i;

	for (i = 0; i < *came; i++)
		if (starts[i] != NEVER && starts[i] + load->jobs[i].run == now)
			go(l, i + 1);
	for (; *came < JOBS && load->jobs[*came].submit == now; ++*came)
		come(l, load, *came);
	lab_turn(l);
	for (i = 0; i < (int)lab_effects(l, EFF_START); i++)
		starts[lab_effect(l, EFF_START, (size_t)i)->job - 1] = now;
	for (i = 0; i < *came; i++)
		if (starts[i] != NEVER && starts[i] + load->jobs[i].run > now &&
		    starts[i] + load->jobs[i].run < next)
			next = starts[i] + load->jobs[i].run;
	if (*came < JOBS && load->jobs[*came].submit < next)
		next = load->jobs[*came].submit;
	due = core_due(l->core, l->now);
	return due >= 0 && now + due / 1000 < next ? now + due / 1000 : next;
}

static void core_run(const struct load *load, const struct rules *r, int64_t *starts)
{
	struct core_conf conf = { .policy = r->policy, .epoch = 1, .max_requeues = 5,
	    .reservations = r->reservations, .backfill_order = r->order };
	struct lab *l = lab_new(&conf);
	int64_t next = load->jobs[0].submit, step;
	int came = 0, i;

	lab_worker(l, "machine", CPUS * 1000);
	for (i = 0; i < JOBS; i++)
		starts[i] = NEVER;
	while (next != NEVER) {
		step = START + next * 1000 - l->now.wall;
		l->now.wall += step;
		l->now.boot += step;
		next = core_step(l, load, starts, &came);
	}
	lab_free(l);
}

/* ---- */

static void random_load(struct load *l, uint64_t x)
{
	static const int64_t limits[] = { 5, 10, 10, 30, 60, 60, 90 };
	int64_t at = 0;
	int i;

	for (i = 0; i < JOBS; i++) {
		int64_t limit;

		x = splitmix64(x);
		at += (int64_t)(x % 7) * (int64_t)(x >> 8 & 1);
		limit = limits[(x >> 16) % 7];
		l->jobs[i].submit = at;
		l->jobs[i].limit = limit;
		l->jobs[i].run = (x >> 24) % 3 == 0 ? limit :
		    1 + (int64_t)((x >> 32) % (uint64_t)limit);
		l->jobs[i].cpus = (x >> 44) % 5 == 0 ? CPUS - (int64_t)((x >> 50) % 16) :
		    1 + (int64_t)((x >> 50) % 12);
	}
}

int main(void)
{
	static const struct rules rules[] = {
		{ "strict order", POLICY_FIFO, 0, BACKFILL_QUEUE },
		{ "EASY", POLICY_FIFO, 1, BACKFILL_QUEUE },
		{ "EASY, shortest behind the head", POLICY_FIFO, 1, BACKFILL_SHORTEST },
		{ "EASY, all by length", POLICY_SHORTEST, 1, BACKFILL_QUEUE },
		{ "the same", POLICY_SHORTEST, 1, BACKFILL_SHORTEST },
		{ "conservative", POLICY_FIFO, RESERVATIONS_ALL, BACKFILL_QUEUE },
	};
	int64_t want[JOBS], got[JOBS], last = 0;
	struct load l;
	uint64_t seed;
	size_t i;

	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		size_t differ = 0, k;

		for (seed = 1; seed <= 2; seed++) {
			random_load(&l, seed * 1000);
			plain_run(&l, &rules[i], want);
			core_run(&l, &rules[i], got);
			for (k = 0; k < JOBS; k++)
				differ += want[k] != got[k];
			last += got[JOBS - 1];
		}
		is_int((int64_t)differ, 0, "%s: all start when the rules say", rules[i].name);
	}
	ok(last > 1000, "and had to wait");
	return tap_done();
}
