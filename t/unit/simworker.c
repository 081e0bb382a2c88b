/*
 * simworker: the workers of the simulation.
 *
 * Each holds executions from the order until its result is acknowledged, over every
 * loss of the connection.  Promises what a real one does: an order from an older
 * attachment is void, a repeated one starts nothing, what was never started says so.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "simworld.h"

static struct simworker *named(struct sim *s, const char *name)
{
	size_t i;

	for (i = 0; i < SIM_WORKERS; i++)
		if (strcmp(s->workers[i].name, name) == 0)
			return &s->workers[i];
	abort();
}

static struct simexec *find(struct simworker *w, int64_t job, int64_t number)
{
	size_t i;

	for (i = 0; i < w->n; i++)
		if (w->ex[i].job == job && w->ex[i].number == number)
			return &w->ex[i];
	return NULL;
}

static struct simexec *add(struct simworker *w, int64_t job, int64_t number)
{
	if (w->n == w->cap) {
		w->cap = w->cap != 0 ? w->cap * 2 : 16;
		w->ex = xreallocarray(w->ex, w->cap, sizeof(*w->ex));
	}
	w->ex[w->n] = (struct simexec){ .job = job, .number = number,
	    .end = { .exit_code = -1, .signal = -1 } };
	return &w->ex[w->n++];
}

static void tell(struct simworker *w, const struct simexec *x)
{
	struct simnews *news;

	if (!w->attached)
		return;		/* it is told when it attaches */
	if (w->nnews == w->cap_news) {
		w->cap_news = w->cap_news != 0 ? w->cap_news * 2 : 16;
		w->news = xreallocarray(w->news, w->cap_news, sizeof(*w->news));
	}
	news = &w->news[w->nnews++];
	news->type = x->state == SIM_ENDED ? EV_ENDED : EV_STARTED;
	news->held = (struct held){ x->job, x->number, x->state == SIM_ENDED, x->end };
}

/* What runs fits, however many orders there are. */
static void check_room(struct sim *s, const struct simworker *w)
{
	int64_t cpus = 0, mem = 0;
	unsigned gpus = 0;
	size_t i;

	for (i = 0; i < w->n; i++) {
		if (w->ex[i].state != SIM_RUNNING)
			continue;
		cpus += w->ex[i].cpus;
		mem += w->ex[i].mem;
		if ((gpus & w->ex[i].gpus) != 0)
			sim_error(s, "%s: two run on one gpu", w->name);
		gpus |= w->ex[i].gpus;
	}
	if (cpus > w->cpus || mem > w->mem)
		sim_error(s, "%s runs more than it has room for", w->name);
}

/* Nobody else may run it at this moment. */
static void start(struct sim *s, struct simworker *w, struct simexec *x)
{
	size_t i, k;

	for (i = 0; i < SIM_WORKERS; i++)
		for (k = 0; k < s->workers[i].n; k++)
			if (s->workers[i].ex[k].job == x->job &&
			    s->workers[i].ex[k].state == SIM_RUNNING)
				sim_error(s, "%" PRId64 ".%" PRId64 " starts on %s while .%"
				    PRId64 " runs on %s", x->job, x->number, w->name,
				    s->workers[i].ex[k].number, s->workers[i].name);
	x->state = SIM_RUNNING;
	watch_started(s, x->job, x->number);
	x->end.started_at = s->now.wall;
	x->end.limits = "none";
	check_room(s, w);
	tell(w, x);
}

static void end(struct sim *s, struct simworker *w, struct simexec *x, enum end_cause cause,
    int exit_code)
{
	x->end.cause = cause;
	x->end.exit_code = exit_code;
	x->end.signal = exit_code < 0 && cause != END_NEVER ? 9 : -1;
	x->end.ended_at = s->now.wall;
	x->state = SIM_ENDED;
	x->passes = !x->waits && !x->alone;
	tell(w, x);
}

/* An end passes its place on once, to the first that came of those of its size. */
static bool inherit(struct simworker *w, struct simexec *x)
{
	struct simexec *from = NULL;
	size_t i;

	for (i = 0; i < w->n; i++) {
		struct simexec *y = &w->ex[i];

		if (y->cpus != x->cpus || y->mem != x->mem)
			continue;
		if (y->state == SIM_ACCEPTED && y->waits && y->came < x->came)
			return false;
		if (y->state == SIM_ENDED && y->passes)
			from = y;
	}
	if (from == NULL || !w->attached)
		return false;
	from->passes = x->waits = false;
	return true;
}

static void give_back(struct sim *s, struct simworker *w, struct simexec *x)
{
	if (x->state == SIM_ACCEPTED && x->waits)
		end(s, w, x, END_RECALLED, -1);
}

static unsigned gpu_bits(const char *ids)
{
	unsigned bits = 0;

	for (; ids != NULL && *ids != '\0'; ids++)
		if (*ids != ',')
			bits |= 1u << (*ids - '0');
	return bits;
}

static void on_start(struct sim *s, struct simworker *w, const struct simorder *o)
{
	const struct effect *f = &o->effect;
	struct simexec *x = find(w, f->job, f->execution);
	size_t i;

	if (!w->attached || w->attachment != f->attachment)
		return;		/* void */
	if (x != NULL) {
		tell(w, x);
		return;
	}
	for (i = 0; i < w->n; i++)
		if (w->ex[i].job == f->job && w->ex[i].number > f->execution)
			sim_error(s, "order %" PRId64 ".%" PRId64 " behind a later one", f->job,
			    f->execution);
	x = add(w, f->job, f->execution);
	x->cpus = f->start.cpus;
	x->mem = f->start.mem;
	x->waits = f->start.ahead;
	x->alone = f->start.alone;
	x->gpus = o->gpus;
	x->came = s->starts++;
	s->ahead += x->waits;
}

static void on_kill(struct sim *s, struct simworker *w, const struct effect *f)
{
	struct simexec *x = find(w, f->job, f->execution);

	if (!w->attached || f->kill.signal != 0)
		return;
	if (f->kill.cause == END_RECALLED && x != NULL)
		give_back(s, w, x);
	if (f->kill.cause == END_RECALLED)
		return;
	if (x == NULL)	/* certainly never started now: an order behind this is refused */
		end(s, w, add(w, f->job, f->execution), END_NEVER, -1);
	else if (x->state == SIM_ENDED)
		tell(w, x);
	else
		end(s, w, x, x->state == SIM_ACCEPTED && sim_rnd(s, 2) == 0 ? END_NEVER :
		    f->kill.cause, -1);
}

static void on_ack(struct sim *s, struct simworker *w, const struct effect *f)
{
	struct simexec *x = find(w, f->job, f->execution);

	if (!w->attached || x == NULL)
		return;
	if (x->state != SIM_ENDED)
		sim_error(s, "%" PRId64 ".%" PRId64 " is acknowledged and has not ended", f->job,
		    f->execution);
	*x = w->ex[--w->n];
}

static void obey(struct sim *s, struct simworker *w, const struct simorder *o)
{
	const struct effect *f = &o->effect;

	if (f->type == EFF_START)
		on_start(s, w, o);
	else if (f->type == EFF_KILL)
		on_kill(s, w, f);
	else if (f->type == EFF_ACK)
		on_ack(s, w, f);
}

/* Without faults it is there at once. */
void simworker_order(struct sim *s, const struct effect *f)
{
	struct simorder o = { *f, f->type == EFF_START ? gpu_bits(f->start.gpu_ids) : 0 };
	struct simworker *w = named(s, f->worker);

	if (!s->conf.faults) {
		obey(s, w, &o);
		return;
	}
	if (!w->attached)
		return;
	if (w->norders == w->cap_orders) {
		w->cap_orders = w->cap_orders != 0 ? w->cap_orders * 2 : 16;
		w->orders = xreallocarray(w->orders, w->cap_orders, sizeof(*w->orders));
	}
	w->orders[w->norders++] = o;
}

/* Late, twice, or lost with the stream that carried it: the next attachment will tell. */
void simworker_hear(struct sim *s, struct simworker *w)
{
	struct simorder o;

	if (w->norders == 0)
		return;
	o = w->orders[0];
	memmove(&w->orders[0], &w->orders[1], --w->norders * sizeof(o));
	if (s->conf.faults && sim_rnd(s, 40) == 0) {
		simworker_cut(s, w);
		return;
	}
	obey(s, w, &o);
	if (s->conf.faults && sim_rnd(s, 40) == 0)
		obey(s, w, &o);
}

bool sim_endless(int64_t job)
{
	return job % 13 == 6;
}

/* Class transient: it is tried again as often as it may. */
static bool fails_always(int64_t job)
{
	return job % 17 == 5;
}

/* The host cannot start it: class infra. */
static bool never_launches(int64_t job)
{
	return job % 23 == 7;
}

static void end_somehow(struct sim *s, struct simworker *w, struct simexec *x)
{
	static const struct {
		enum end_cause cause;
		int exit_code;
	} ways[] = {
		{ END_EXIT, 0 }, { END_EXIT, 0 }, { END_EXIT, 0 }, { END_EXIT, 0 }, { END_EXIT, 0 },
		{ END_EXIT, 1 }, { END_EXIT, 64 }, { END_EXIT, 75 }, { END_EXIT, 70 },
		{ END_SIGNAL, -1 }, { END_TIMEOUT, -1 }, { END_OOM, -1 }, { END_LOST, -1 },
		{ END_FENCED, -1 }, { END_KILLED, -1 }, { END_UNKILLABLE, -1 },
	};
	size_t i = sim_rnd(s, sizeof(ways) / sizeof(ways[0]));

	if (sim_endless(x->job))
		return;
	if (fails_always(x->job)) {
		end(s, w, x, END_EXIT, 75);
		return;
	}
	if (ways[i].cause == END_UNKILLABLE && sim_rnd(s, 5) != 0)
		i = 0;
	end(s, w, x, ways[i].cause, ways[i].exit_code);
}

static void fail_to_start(struct sim *s, struct simworker *w, struct simexec *x)
{
	static const enum end_cause causes[] = { END_RESOURCE, END_NEVER, END_NOT_FOUND, END_DIR,
	    END_USER };
	size_t i = never_launches(x->job) ? 0 : sim_rnd(s, 5);

	end(s, w, x, causes[i], causes[i] == END_NOT_FOUND ? 127 : -1);
}

void simworker_progress(struct sim *s, struct simworker *w)
{
	struct simexec *x;

	if (w->n == 0)
		return;
	x = &w->ex[sim_rnd(s, w->n)];
	switch (x->state) {
	case SIM_ACCEPTED:
		if (x->waits && !inherit(w, x))
			break;
		if (never_launches(x->job) || (!fails_always(x->job) && sim_rnd(s, 12) == 0))
			fail_to_start(s, w, x);
		else
			start(s, w, x);
		break;
	case SIM_RUNNING:
		end_somehow(s, w, x);
		break;
	case SIM_ENDED:
		break;
	}
}

void simworker_deliver(struct sim *s, struct simworker *w)
{
	size_t i = s->conf.faults && w->nnews > 0 && sim_rnd(s, 8) == 0 ? sim_rnd(s, w->nnews) : 0;
	int copies = 1;
	struct event *ev;

	if (w->nnews == 0)
		return;
	if (s->conf.faults)
		copies = sim_rnd(s, 25) == 0 ? 0 : sim_rnd(s, 15) == 0 ? 2 : 1;
	for (; copies > 0; copies--) {
		ev = sim_event(s, w->news[i].type);
		ev->exec.worker = w->name;
		ev->exec.held = w->news[i].held;
	}
	memmove(&w->news[i], &w->news[i + 1], (w->nnews - i - 1) * sizeof(*w->news));
	w->nnews--;
}

void simworker_cut(struct sim *s, struct simworker *w)
{
	if (!w->attached)
		return;
	w->attached = false;
	w->nnews = w->norders = 0;
	if (sim_rnd(s, 4) != 0)		/* else it is noticed when it comes again */
		sim_event(s, EV_WORKER_DOWN)->down.worker = w->name;
}

void simworker_attach(struct sim *s, struct simworker *w)
{
	struct event *ev = sim_event(s, EV_WORKER_UP);
	size_t i;

	w->attached = false;
	for (i = 0; i < w->n; i++)
		give_back(s, w, &w->ex[i]);
	w->attached = true;
	w->attachment = ++s->attachment;
	w->nnews = w->norders = 0;
	ev->up.row = (struct worker_row){ .name = w->name, .cpus = w->cpus, .mem = w->mem,
	    .version = "0.1", .limits = "none", .gpus = w->name[1] - '0',
	    .named = w->name[1] == '0' ? NULL : "fpga=2,nic=1",
	    .labels = w->name[1] % 2 == 1 ? "{\"odd\":\"yes\"}" : NULL };
	ev->up.row.journal.b[0] = w->journal;
	ev->up.attachment = w->attachment;
	ev->up.held = arena_alloc(s->arena, (w->n + 1) * sizeof(struct held));
	for (i = 0; i < w->n; i++)
		ev->up.held[i] = (struct held){ w->ex[i].job, w->ex[i].number,
		    w->ex[i].state == SIM_ENDED, w->ex[i].end };
	ev->up.nheld = w->n;
}

/* What ran is ended by the host before it speaks again. */
void simworker_forget(struct sim *s, struct simworker *w)
{
	simworker_cut(s, w);
	w->n = 0;
	w->journal++;
}
