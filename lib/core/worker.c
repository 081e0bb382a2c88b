/*
 * worker: hosts, what they have and what is booked.
 *
 * Booked is always the sum over the open executions on a worker (core_check holds
 * it to that); free may be negative after a worker came back smaller, and then
 * nothing fits until enough has ended.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/impl.h"

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
	w->created_at = c->now.wall;
	profile_init(&w->profile);
	LIST_INIT(&w->execs);
	LIST_INSERT_HEAD(&c->workers, w, link);
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
	profile_release(&w->profile);
	free(w);
}

bool worker_fits(const struct worker *w, const int64_t *want)
{
	int i;

	for (i = 0; i < RES_COUNT; i++)
		if (want[i] > 0 && want[i] > w->free[i])
			return false;
	return true;
}

static bool takes_jobs(const struct worker *w)
{
	return w->up && w->status == WORKER_ACTIVE && w->health != HEALTH_UNHEALTHY;
}

/* Pack: the worker with the least cpu left over; equal ones by name. */
static int room_compare(const struct worker *a, const struct worker *b)
{
	if (a->free[RES_CPU] != b->free[RES_CPU])
		return a->free[RES_CPU] < b->free[RES_CPU] ? -1 : 1;
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

/* Taking out looks at no key, so this may come after the change. */
static void room_place(struct core *c, struct worker *w)
{
	if (w->ready)
		RB_REMOVE(worker_room, &c->room, w);
	w->ready = takes_jobs(w);
	if (w->ready)
		RB_INSERT(worker_room, &c->room, w);
	worker_touch(c, w);
}

void worker_grew(struct core *c, struct worker *w)
{
	if (!w->grown)
		TAILQ_INSERT_TAIL(&c->grown, w, more);
	w->grown = true;
}

void worker_resize(struct worker *w, const int64_t *total)
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

void worker_book(struct core *c, struct worker *w, const int64_t *want, int64_t until, int sign)
{
	int i;

	for (i = 0; i < RES_COUNT; i++)
		w->free[i] -= sign * want[i];
	profile_trim(&w->profile, c->now.boot);
	profile_book(&w->profile, c->now.boot, until, want, sign);
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
	    profile_fits(&w->profile, c->now.boot, j->shape->want, j->length);
}

struct worker *worker_choose(const struct core *c, const struct job *j, bool *kept)
{
	struct worker least = { .name = (char[]){ "" } }, *w, *spare = NULL;
	const int64_t *want = j->shape->want;

	*kept = false;
	least.free[RES_CPU] = want[RES_CPU] > 0 ? want[RES_CPU] : INT64_MIN;
	/* RB_NFIND has no const; it changes nothing */
	w = RB_NFIND(worker_room, (struct worker_room *)(uintptr_t)&c->room, &least);
	for (; w != NULL; w = RB_NEXT(worker_room, &c->room, w)) {
		if (!worker_fits(w, want))
			continue;
		if (!may_start(c, w, j))
			*kept = true;
		else if (w != shunned(j))
			return w;
		else
			spare = w;
	}
	return spare;
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
static bool could_hold(const struct worker *w, const int64_t *want)
{
	int i;

	if (w->gone)
		return false;
	if (w->total[RES_CPU] == 0 && !w->up)
		return true;
	for (i = 0; i < RES_COUNT; i++)
		if (want[i] > w->total[i])
			return false;
	return true;
}

bool worker_capable(const struct worker *w, const int64_t *want)
{
	return w->ready && could_hold(w, want);
}

static bool has_workers(const struct core *c)
{
	const struct worker *w;

	LIST_FOREACH(w, &c->workers, link)
		if (!w->gone)
			return true;
	return false;
}

enum reason worker_lack(const struct core *c, const int64_t *want)
{
	enum reason why = has_workers(c) ? REASON_NEVER_FITS : REASON_WORKERS_UNAVAILABLE;
	const struct worker *w;

	LIST_FOREACH(w, &c->workers, link) {
		if (!could_hold(w, want))
			continue;
		if (w->ready)
			return REASON_RESOURCES;
		why = REASON_WORKERS_UNAVAILABLE;
	}
	return why;
}

static int64_t largest(const struct core *c, int res)
{
	const struct worker *w;
	int64_t most = 0;

	LIST_FOREACH(w, &c->workers, link)
		if (w->total[res] > most)
			most = w->total[res];
	return most;
}

static int say_lacking(const struct core *c, const int64_t *want, struct err *e)
{
	static const char *const names[RES_COUNT] =
	    { "cpus", "MiB of memory", "MiB of disk", "gpus", "Mbit/s" };
	int i;

	for (i = 0; i < RES_COUNT; i++) {
		int64_t most = largest(c, i), div = i == RES_CPU ? 1000 : 1;

		if (want[i] <= most)
			continue;
		if (want[i] % div == 0 && most % div == 0)
			return err_set(e, ERR_UNAVAIL, "asks for %" PRId64 " %s, the largest "
			    "worker has %" PRId64, want[i] / div, names[i], most / div);
		return err_set(e, ERR_UNAVAIL, "asks for %.3f %s, the largest worker has %.3f",
		    (double)want[i] / 1000, names[i], (double)most / 1000);
	}
	return err_set(e, ERR_UNAVAIL, "no single worker has all that it asks for");
}

/* Without any worker known yet nothing can be said: the job may wait for one. */
int never_fits(const struct core *c, const int64_t *want, struct err *e)
{
	const struct worker *w;

	if (!has_workers(c))
		return 0;
	LIST_FOREACH(w, &c->workers, link)
		if (could_hold(w, want))
			return 0;
	return say_lacking(c, want, e);
}

static struct worker_row *worker_row(struct arena *a, const struct worker *w)
{
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
	r->free_cpus = w->free[RES_CPU];
	r->free_mem = w->free[RES_MEM];
	r->free_disk = w->free[RES_DISK];
	r->free_gpus = w->free[RES_GPU];
	r->status = w->status;
	r->health = w->up ? w->health : HEALTH_UNHEALTHY;
	r->running = (int64_t)w->running;
	r->last_heartbeat = w->heartbeat;
	r->created_at = w->created_at;
	r->journal = w->journal;
	return r;
}

void workers_flush(struct core *c)
{
	struct worker *w;

	while (!c->restoring && (w = TAILQ_FIRST(&c->stale)) != NULL) {
		struct worker_row *r;

		TAILQ_REMOVE(&c->stale, w, stale);
		w->dirty = false;
		r = worker_row(c->turn->arena, w);
		r->updated_at = c->now.wall;
		turn_mut(c->turn, MUT_WORKER, c->cause)->worker = r;
	}
}
