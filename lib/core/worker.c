/*
 * worker: hosts, what they have and what is booked.
 *
 * Booked is always the sum over the open executions on a worker (core_check holds
 * it to that); free may be negative after a worker came back smaller, and then
 * nothing fits until enough has ended.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/amounts.h"
#include "core/impl.h"
#include "core/texts.h"

static uint64_t name_key(const char *name)
{
	return hash64(0, name, strlen(name));
}

/* Another name at a key moves us to the next; workers are never taken out. */
struct worker *worker_get(const struct core *c, const char *name)
{
	uint64_t h = name_key(name);
	struct worker *w;

	while ((w = map_get(c->hosts, h)) != NULL && strcmp(w->name, name) != 0)
		h = splitmix64(h);
	return w;
}

struct worker *worker_make(struct core *c, const char *name)
{
	struct worker *w = worker_get(c, name);
	uint64_t h = name_key(name);

	if (w != NULL)
		return w;
	while (map_get(c->hosts, h) != NULL)
		h = splitmix64(h);
	w = xcalloc(1, sizeof(*w));
	map_put(c->hosts, h, w);
	w->name = xstrdup(name);
	w->index = c->nworkers++;
	w->created_at = w->since = c->now.wall;
	w->round_trip = -1;
	w->shown_health = HEALTH_UNHEALTHY;
	profile_init(&w->profile);
	LIST_INIT(&w->execs);
	LIST_INSERT_HEAD(&c->workers, w, link);
	filters_worker(c, w);
	return w;
}

void worker_free(struct worker *w)
{
	free(w->name);
	free(w->version);
	free(w->limits);
	free(w->text);
	free(w->type);
	free(w->region);
	free(w->zone);
	free(w->gpu_type);
	free(w->labels);
	free(w->busy);
	profile_release(&w->profile);
	free(w);
}

bool worker_is_new(const struct worker *w)
{
	return w->total[RES_CPU] == 0 && !w->up;
}

static bool has(const int64_t *what, const struct needs *needs)
{
	const struct need *x;

	for EACH_NEED(x, needs)
		if (x->n > what[x->res])
			return false;
	return true;
}

bool worker_fits(const struct worker *w, const struct demand *d)
{
	return has(w->free, &d->needs) && filter_allows(d->filter, w);
}

static bool takes_jobs(const struct worker *w)
{
	return w->up && w->status == WORKER_ACTIVE && w->health != HEALTH_UNHEALTHY;
}

static int room_compare(const struct worker *a, const struct worker *b)
{
	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	return strcmp(a->name, b->name);
}

#define UNUSED_STATIC __attribute__((unused)) static
RB_GENERATE_INTERNAL(worker_room, worker, room, room_compare, UNUSED_STATIC)

void worker_touch(struct core *c, struct worker *w)
{
	if (!w->dirty)
		TAILQ_INSERT_TAIL(&c->stale, w, stale);
	w->dirty = true;
}

/* Pack: the worker with the least cpu left over; spread: with the most. */
static int64_t room_rank(const struct core *c, int64_t cpus)
{
	return c->conf.placement == PLACE_SPREAD ? -cpus : cpus;
}

/* Between its neighbours, still. */
static bool stands_right(struct worker *w)
{
	const struct worker *before = RB_PREV(worker_room, NULL, w);
	const struct worker *behind = RB_NEXT(worker_room, NULL, w);

	return (before == NULL || room_compare(before, w) < 0) &&
	    (behind == NULL || room_compare(w, behind) < 0);
}

/* Taking out looks at no key, so this may come after the change. */
static void room_place(struct core *c, struct worker *w)
{
	bool was = w->ready;

	w->ready = takes_jobs(w);
	w->rank = room_rank(c, w->free[RES_CPU]);
	worker_touch(c, w);
	if (was && w->ready && stands_right(w))
		return;
	if (was)
		RB_REMOVE(worker_room, &c->room, w);
	if (w->ready)
		RB_INSERT(worker_room, &c->room, w);
}

void worker_grew(struct core *c, struct worker *w)
{
	if (!w->grown)
		TAILQ_INSERT_TAIL(&c->grown, w, more);
	w->grown = true;
}

void workers_reorder(struct core *c)
{
	struct worker *w;

	RB_INIT(&c->room);
	LIST_FOREACH(w, &c->workers, link) {
		w->rank = room_rank(c, w->free[RES_CPU]);
		if (w->ready)
			RB_INSERT(worker_room, &c->room, w);
	}
}

static void resize(struct worker *w, const int64_t *total)
{
	int64_t more[RES_COUNT];
	int i;

	for (i = 0; i < RES_COUNT; i++) {
		more[i] = total[i] - w->total[i];
		w->free[i] += more[i];
		w->total[i] = total[i];
	}
	profile_grow(&w->profile, more);
}

void worker_take(struct core *c, struct worker *w, const struct worker_row *row)
{
	int64_t total[RES_COUNT] = { row->cpus, row->mem, row->disk, row->gpus, row->bw, SHARES };
	const char *at = row->named;
	struct amount a;

	set_text(&w->version, row->version);
	set_text(&w->limits, row->limits);
	set_text(&w->type, row->type);
	set_text(&w->region, row->region);
	set_text(&w->zone, row->zone);
	set_text(&w->gpu_type, row->gpu_type);
	set_text(&w->labels, row->labels);
	while (amounts_next(&at, &a)) {
		int64_t res = named_add(c, a.name, a.len);

		if (res != RES_NONE)
			total[res] = a.n;
	}
	resize(w, total);
	filters_worker(c, w);
}

void worker_book(struct core *c, struct worker *w, const struct needs *needs, int64_t until,
    int sign)
{
	const struct need *x;

	for EACH_NEED(x, needs)
		w->free[x->res] -= sign * x->n;
	profile_trim(&w->profile, c->now.boot);
	profile_book(&w->profile, c->now.boot, until, needs, sign);
	w->running += (size_t)sign;
	room_place(c, w);
	if (sign < 0)
		worker_grew(c, w);
}

void worker_changed(struct core *c, struct worker *w)
{
	room_place(c, w);
	worker_grew(c, w);
	c->capability++;
	c->must_match = true;
}

void worker_degrade(struct core *c, struct worker *w, const char *text)
{
	w->health = HEALTH_DEGRADED;
	w->status = WORKER_DRAINING;
	free(w->text);
	w->text = xstrdup(text);
	worker_changed(c, w);
}

/* A job that a worker could not run goes to another one, if another has room. */
static const struct worker *shunned(const struct job *j)
{
	return j->requeue_count > 0 ? j->worker : NULL;
}

/* Room now, which nobody else was promised. */
static bool may_start(const struct core *c, const struct worker *w, const struct job *j)
{
	if (w->kept_for != NULL && w->kept_for != j)
		return false;
	return w->slots == 0 ||
	    profile_fits(&w->profile, c->now.boot, &j->shape->want.needs, j->length);
}

/* The first in order of placement that may have room for so much cpu. */
static struct worker *room_first(const struct core *c, int64_t cpus)
{
	struct worker least = { .name = (char[]){ "" }, .rank = cpus };
	/* sys/tree.h has no const; this changes nothing */
	struct worker_room *room = (struct worker_room *)(uintptr_t)&c->room;

	return c->conf.placement == PLACE_SPREAD ? RB_MIN(worker_room, room) :
	    RB_NFIND(worker_room, room, &least);
}

/* First what it prefers; then rather not where it has failed. */
static int liking(const struct job *j, const struct worker *w)
{
	const struct filter *prefer = j->shape->want.prefer;

	return (prefer != NULL && filter_allows(prefer, w) ? 2 : 0) + (w != shunned(j));
}

struct worker *worker_choose(const struct core *c, const struct job *j, bool *kept)
{
	const struct demand *d = &j->shape->want;
	int64_t cpus = d->fixed[RES_CPU];
	int most = d->prefer != NULL ? 3 : 1, best = -1, like;
	struct worker *w, *found = NULL;

	*kept = false;
	for (w = room_first(c, cpus); w != NULL; w = RB_NEXT(worker_room, &c->room, w)) {
		if (w->free[RES_CPU] < cpus)
			break;		/* spread: nor have those behind it */
		if (!worker_fits(w, d) || (like = liking(j, w)) <= best)
			continue;
		if (!may_start(c, w, j)) {
			*kept = true;
			continue;
		}
		found = w;
		best = like;
		if (best == most)
			break;
	}
	return found;
}

void workers_new_room(const struct core *c, int64_t most[RES_COUNT])
{
	const struct worker *w;
	int i;

	for (i = 0; i < RES_COUNT; i++)
		most[i] = INT64_MIN;
	TAILQ_FOREACH(w, &c->grown, more)
		for (i = 0; w->ready && i < RES_COUNT; i++)
			if (w->free[i] > most[i])
				most[i] = w->free[i];
}

void workers_seen(struct core *c)
{
	struct worker *w;

	while ((w = TAILQ_FIRST(&c->grown)) != NULL) {
		TAILQ_REMOVE(&c->grown, w, more);
		w->grown = false;
	}
}

/* One that has never been here may have anything. */
static bool could_hold(const struct worker *w, const struct needs *needs)
{
	return !w->gone && (worker_is_new(w) || has(w->total, needs));
}

static bool could_run(const struct worker *w, const struct demand *d)
{
	return could_hold(w, &d->needs) && filter_allows(d->filter, w);
}

bool worker_capable(const struct worker *w, const struct demand *d)
{
	return w->ready && could_run(w, d);
}

static bool has_workers(const struct core *c)
{
	const struct worker *w;

	LIST_FOREACH(w, &c->workers, link)
		if (!w->gone)
			return true;
	return false;
}

enum reason worker_lack(const struct core *c, const struct demand *d)
{
	enum reason why = has_workers(c) ? REASON_NEVER_FITS : REASON_WORKERS_UNAVAILABLE;
	const struct worker *w;

	LIST_FOREACH(w, &c->workers, link) {
		if (!could_hold(w, &d->needs))
			continue;
		if (!filter_allows(d->filter, w)) {
			if (why == REASON_NEVER_FITS)
				why = REASON_WORKER_CONSTRAINT;
			continue;
		}
		if (w->ready)
			return REASON_RESOURCES;
		why = REASON_WORKERS_UNAVAILABLE;
	}
	return why;
}

/* The most of it that a worker which it may use has. */
static int64_t largest(const struct core *c, const struct demand *d, int64_t res)
{
	const struct worker *w;
	int64_t most = 0;

	LIST_FOREACH(w, &c->workers, link)
		if (!w->gone && filter_allows(d->filter, w) && w->total[res] > most)
			most = w->total[res];
	return most;
}

static int say_short(const char *name, int64_t want, int64_t most, int64_t unit, struct err *e)
{
	if (want % unit == 0 && most % unit == 0)
		return err_set(e, ERR_UNAVAIL, "asks for %" PRId64 " %s, the largest worker has %"
		    PRId64, want / unit, name, most / unit);
	return err_set(e, ERR_UNAVAIL, "asks for %.3f %s, the largest worker has %.3f",
	    (double)want / (double)unit, name, (double)most / (double)unit);
}

static int say_lacking(const struct core *c, const struct demand *d, struct err *e)
{
	static const char *const names[RES_SHARE] =
	    { "cpus", "MiB of memory", "MiB of disk", "gpus", "Mbit/s" };
	const struct need *x;
	const char *at = d->named;
	struct amount a;
	char name[AMOUNT_NAME_MAX + 1];

	for EACH_NEED(x, &d->needs) {
		int64_t most = x->res < RES_SHARE ? largest(c, d, x->res) : x->n;

		if (x->n > most)
			return say_short(names[x->res], x->n, most,
			    x->res == RES_CPU ? 1000 : 1, e);
	}
	while (amounts_next(&at, &a)) {
		int64_t most = largest(c, d, named_find(c, a.name, a.len));

		snprintf(name, sizeof(name), "%.*s", (int)a.len, a.name);
		if (a.n > most)
			return say_short(name, a.n, most, 1, e);
	}
	return err_set(e, ERR_UNAVAIL, "no single worker has all that it asks for");
}

/* Whether there is a worker that the filter lets pass, however small. */
static bool any_allowed(const struct core *c, const struct filter *f)
{
	const struct worker *w;

	LIST_FOREACH(w, &c->workers, link)
		if (!w->gone && filter_allows(f, w))
			return true;
	return false;
}

/* Without any worker known yet nothing can be said: the job may wait for one. */
int never_fits(const struct core *c, const struct demand *d, struct err *e)
{
	const struct worker *w;

	if (tokens_never(c, d->tokens, e) == -1)
		return -1;
	if (!has_workers(c))
		return 0;
	LIST_FOREACH(w, &c->workers, link)
		if (could_run(w, d))
			return 0;
	if (!any_allowed(c, d->filter))
		return err_set(e, ERR_UNAVAIL, "there is no worker as it must be (%s)",
		    filter_words(d->filter));
	return say_lacking(c, d, e);
}

static enum worker_health health_shown(const struct worker *w)
{
	return w->up ? w->health : HEALTH_UNHEALTHY;
}

static void since_update(const struct core *c, struct worker *w)
{
	if (w->shown_status == w->status && w->shown_health == health_shown(w))
		return;
	w->shown_status = w->status;
	w->shown_health = health_shown(w);
	w->since = c->now.wall;
}

static struct worker_row *worker_row(const struct core *c, const struct worker *w)
{
	struct arena *a = c->turn->arena;
	struct worker_row *r = arena_alloc(a, sizeof(*r));

	r->name = arena_strdup(a, w->name);
	r->type = arena_strdup(a, w->type != NULL ? w->type : "vm");
	r->region = arena_strdup(a, w->region);
	r->zone = arena_strdup(a, w->zone);
	r->reason = arena_strdup(a, w->text);
	r->version = arena_strdup(a, w->version);
	r->limits = arena_strdup(a, w->limits);
	r->cpus = w->total[RES_CPU];
	r->mem = w->total[RES_MEM];
	r->disk = w->total[RES_DISK];
	r->gpus = w->total[RES_GPU];
	r->bw = w->total[RES_BW];
	r->gpu_type = arena_strdup(a, w->gpu_type);
	r->labels = arena_strdup(a, w->labels);
	r->named = named_text(c, a, w->total, w->total);
	r->free_named = named_text(c, a, w->free, w->total);
	r->free_cpus = w->free[RES_CPU];
	r->free_mem = w->free[RES_MEM];
	r->free_disk = w->free[RES_DISK];
	r->free_gpus = w->free[RES_GPU];
	r->free_bw = w->free[RES_BW];
	r->status = w->status;
	r->health = health_shown(w);
	r->running = (int64_t)w->running;
	r->last_heartbeat = w->heartbeat;
	r->created_at = w->created_at;
	r->journal = w->journal;
	r->since = w->since;
	r->round_trip = w->up ? w->round_trip : -1;
	r->clock_offset = w->clock_offset;
	return r;
}

void workers_flush(struct core *c)
{
	struct worker *w;

	while (!c->restoring && (w = TAILQ_FIRST(&c->stale)) != NULL) {
		struct worker_row *r;

		TAILQ_REMOVE(&c->stale, w, stale);
		w->dirty = false;
		since_update(c, w);
		r = worker_row(c, w);
		r->updated_at = c->now.wall;
		turn_mut(c->turn, MUT_WORKER, c->cause)->worker = r;
	}
}
