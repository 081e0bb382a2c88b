/*
 * core: how long the scheduler thinks.
 *
 *	core
 *
 * Prints a line for each figure, all of it CPU time of core_turn: turns in a steady
 * state at two lengths of the queue, and placements on an empty system.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/hash.h"
#include "core/impl.h"

#define WORKERS 5000
#define SHAPES 2000
#define USERS 500
#define TURNS 300
#define PER_TURN 20		/* ends, and submissions, of each turn */

struct bench {
	struct core *core;
	struct now now;
	uint64_t number, rnd;
	int64_t id;		/* of the last job */
	struct event *ev;
	size_t nev, starts;
	double spent;		/* s of CPU in the last turn */
};

static double cpu_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static uint64_t rnd(struct bench *b, uint64_t below)
{
	return splitmix64(++b->rnd) % below;
}

static struct bench *bench_new(const struct core_conf *conf)
{
	struct bench *b = xcalloc(1, sizeof(*b));

	b->core = core_new(conf);
	b->now = (struct now){ INT64_C(1800000000000), 1000000 };
	b->ev = xcalloc(200000, sizeof(*b->ev));
	return b;
}

static void bench_free(struct bench *b)
{
	core_free(b->core);
	free(b->ev);
	free(b);
}

static struct event *event(struct bench *b, enum event_type type)
{
	struct event *ev = &b->ev[b->nev++];

	*ev = (struct event){ .type = type, .cause = { .actor = { .name = "bench" },
	    .via = "bench" } };
	return ev;
}

static void turn(struct bench *b)
{
	struct turn *t = turn_new(++b->number);
	double began = cpu_s();
	size_t i;

	core_turn(b->core, b->now, b->ev, b->nev, t);
	b->spent = cpu_s() - began;
	b->starts = 0;
	for (i = 0; i < t->neffects; i++)
		b->starts += t->effects[i].type == EFF_START;
	b->nev = 0;
	turn_free(t);
	core_durable(b->core, b->number);
}

/* cpus 0: of any size */
static void submit(struct bench *b, struct job_request *r, int64_t cpus, int64_t limit)
{
	static char users[USERS][8];
	uint64_t user = rnd(b, USERS), kind = rnd(b, SHAPES / USERS);
	struct event *ev = event(b, EV_SUBMIT);

	memset(r, 0, sizeof(*r));
	b->id++;
	memcpy(r->row.uuid.b, &b->id, sizeof(b->id));
	snprintf(users[user], sizeof(users[user]), "u%03d", (int)user);
	r->row.user = r->row.run_as = users[user];
	r->row.uid = (int64_t)user;
	r->row.cpus = cpus > 0 ? cpus : 1000 * (1 + (int64_t)(splitmix64(user * 8 + kind) % 16));
	/* few sizes a user, so that there are as many shapes as there are to be */
	r->row.mem = 256 * (1 + (int64_t)kind);
	r->row.priority = (int64_t)rnd(b, 1001);
	r->row.time_limit = limit;
	ev->submit.jobs = r;
	ev->submit.n = 1;
}

static void workers(struct bench *b, size_t n, int64_t cpus)
{
	static char names[WORKERS][24];
	size_t i;

	for (i = 0; i < n; i++) {
		struct event *ev = event(b, EV_WORKER_UP);

		snprintf(names[i], sizeof(names[i]), "w%04zu", i);
		ev->up.row = (struct worker_row){ .name = names[i], .cpus = cpus,
		    .mem = 1 << 20 };
		ev->up.attachment = i + 1;
	}
}

static void finish(struct bench *b, const struct exec *x)
{
	struct event *ev = event(b, EV_ENDED);

	ev->exec.worker = x->worker->name;
	ev->exec.held = (struct held){ x->job->id, x->number, true,
	    { .cause = END_EXIT, .signal = -1, .started_at = x->scheduled_at,
	    .ended_at = b->now.wall, .duration = b->now.wall - x->scheduled_at } };
}

/* Submits n, a thousand a turn. */
static void fill(struct bench *b, size_t n, struct job_request *all)
{
	size_t i, k;

	for (i = 0; i < n; i += 1000) {
		for (k = 0; k < 1000; k++)
			submit(b, &all[k], 0, 60000 * (1 + (int64_t)rnd(b, 240)));
		turn(b);
	}
}

static int by_time(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void steady(size_t queued)
{
	const struct core_conf conf = { .policy = POLICY_HYBRID, .epoch = 1, .reservations = 1,
	    .reserve_after = 600000, .age_interval = 60000, .age_step = 1, .fair_weight = 100,
	    .fair_half_life = 604800000 };
	struct bench *b = bench_new(&conf);
	struct job_request all[1000];
	double times[TURNS];
	size_t i, k, started = 0;

	workers(b, WORKERS, 16000);
	turn(b);
	fill(b, queued + 2 * WORKERS, all);
	for (i = 0; i < TURNS; i++) {
		const struct worker *w = NULL;

		b->now.wall += 10;
		b->now.boot += 10;
		for (k = 0; k < PER_TURN; k++) {
			size_t skip = rnd(b, 40);

			w = w == NULL ? LIST_FIRST(&b->core->workers) : LIST_NEXT(w, link);
			while (w != NULL && (skip-- > 0 || LIST_EMPTY(&w->execs)))
				w = LIST_NEXT(w, link);
			if (w != NULL)
				finish(b, LIST_FIRST(&w->execs));
		}
		for (k = 0; k < PER_TURN; k++)
			submit(b, &all[k], 0, 60000 * (1 + (int64_t)rnd(b, 240)));
		turn(b);
		times[i] = b->spent * 1000;
		started += b->starts;
	}
	qsort(times, TURNS, sizeof(times[0]), by_time);
	printf("turn with %d ends, %zu queued, %zu shapes, %d workers: %.2f ms median, %.2f ms "
	    "p99; %.1f started each\n", PER_TURN, core_count(b->core, JOB_QUEUED),
	    map_count(b->core->shapes), WORKERS, times[TURNS / 2], times[TURNS * 99 / 100],
	    (double)started / TURNS);
	bench_free(b);
}

static void empty_system(void)
{
	const struct core_conf conf = { .policy = POLICY_FIFO, .epoch = 1, .reservations = 1 };
	struct bench *b = bench_new(&conf);
	struct job_request *all = xcalloc(70000, sizeof(*all));
	size_t i;

	for (i = 0; i < 70000; i++)
		submit(b, &all[i], 1000, 3600000);
	turn(b);
	workers(b, WORKERS, 16000);
	turn(b);
	printf("%d workers attach, %zu jobs are placed and written: %.0f /s\n", WORKERS,
	    b->starts, (double)b->starts / b->spent);
	free(all);
	bench_free(b);
}

/* A chain falls in one turn when its first job is cancelled. */
static void cascade(size_t n)
{
	const struct core_conf conf = { .policy = POLICY_FIFO, .epoch = 1, .cascade = (int64_t)n };
	struct bench *b = bench_new(&conf);
	struct job_request *all = xcalloc(n + 1, sizeof(*all));
	struct dep_request *deps = xcalloc(n + 1, sizeof(*deps));
	const int64_t first = 1;
	const char *const name = "1";
	struct event *ev;
	size_t i;

	for (i = 0; i <= n; i++) {
		submit(b, &all[i], 1000, 0);
		deps[i].parent = b->id - 1;
		all[i].deps = &deps[i];
		all[i].ndeps = i > 0;
	}
	turn(b);
	ev = event(b, EV_CONTROL);
	ev->cause.actor.admin = true;
	ev->control = (struct ev_control){ .op = CONTROL_CANCEL, .names = &name, .first = &first,
	    .last = &first, .n = 1 };
	turn(b);
	printf("a chain of %zu is cancelled in one turn: %.1f ms, %zu left\n", n, b->spent * 1000,
	    core_count(b->core, JOB_QUEUED));
	free(all);
	free(deps);
	bench_free(b);
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	steady(100000);
	steady(1000000);
	empty_system();
	cascade(1000);
	cascade(100000);
	return 0;
}
