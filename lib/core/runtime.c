/*
 * runtime: how long the runs of a user's jobs of one name took of late, and so how
 * long the next one is taken to run.
 *
 * Kept only where the plan asks for it (conf.plan_by).  It is a guess about the
 * future and nothing that a job is held to.  What no live job needs is remembered up
 * to a bound, what was needed last the longest; each that has been learned stands in
 * a row, so that a restart forgets nothing.
 */
#include "core/runtime.h"

#include <stdlib.h>
#include <string.h>

#include "core/impl.h"

#define REMEMBERED 20000

void runtimes_init(struct runtimes *r)
{
	r->all = map_new();
	TAILQ_INIT(&r->idle);
}

static void runtime_free(struct runtime *r)
{
	free(r->name);
	free(r);
}

void runtimes_free(struct runtimes *r)
{
	struct runtime *one;
	size_t i;

	for (i = 0; (one = map_next(r->all, &i)) != NULL;)
		runtime_free(one);
	map_free(r->all);
}

/* NULL: there is none, and h is the key that one would have. */
static struct runtime *find(const struct core *c, int64_t uid, const char *name, uint64_t *h)
{
	struct runtime *r;

	*h = hash64((uint64_t)uid, name, strlen(name));
	while ((r = map_get(c->runtimes.all, *h)) != NULL) {
		if (r->uid == uid && strcmp(r->name, name) == 0)
			return r;
		*h = splitmix64(*h);
	}
	return NULL;
}

static struct runtime *make(struct core *c, int64_t uid, const char *name, uint64_t h)
{
	struct runtime *r = xcalloc(1, sizeof(*r));

	r->hash = h;
	r->uid = uid;
	r->name = xstrdup(name);
	map_put(c->runtimes.all, h, r);
	TAILQ_INSERT_TAIL(&c->runtimes.idle, r, idle);
	return r;
}

/* Its row of this turn, with what is known by now. */
static void write_row(struct core *c, struct runtime *r)
{
	if (r->pending == NULL || r->pending_turn != c->turn->number) {
		r->pending = arena_alloc(c->turn->arena, sizeof(*r->pending));
		r->pending->uid = r->uid;
		r->pending->name = arena_strdup(c->turn->arena, r->name);
		r->pending_turn = c->turn->number;
		turn_mut(c->turn, MUT_RUNTIME, c->cause)->runtime = r->pending;
	}
	r->pending->last = r->last;
	r->pending->before = r->before;
	r->pending->learned_at = c->now.wall;
}

/* A row that tells of no run is taken away. */
static void forget(struct core *c, struct runtime *r)
{
	if (r->last > 0) {
		r->last = 0;
		write_row(c, r);
	}
	TAILQ_REMOVE(&c->runtimes.idle, r, idle);
	map_del(c->runtimes.all, r->hash);
	runtime_free(r);
}

struct runtime *runtime_get(struct core *c, int64_t uid, const char *name)
{
	struct runtime *r;
	uint64_t h;

	if (c->conf.plan_by != PLAN_LEARNED)
		return NULL;
	if (name == NULL)
		name = "";
	r = find(c, uid, name, &h);
	if (r == NULL)
		r = make(c, uid, name, h);
	if (r->users++ == 0)
		TAILQ_REMOVE(&c->runtimes.idle, r, idle);
	while (!c->restoring && map_count(c->runtimes.all) > REMEMBERED &&
	    !TAILQ_EMPTY(&c->runtimes.idle))
		forget(c, TAILQ_FIRST(&c->runtimes.idle));
	return r;
}

void runtime_put(struct core *c, struct runtime *r)
{
	if (r != NULL && --r->users == 0)
		TAILQ_INSERT_TAIL(&c->runtimes.idle, r, idle);
}

/* What was lost, or ended by somebody, says nothing of the program. */
static bool tells(const struct exec_end *end)
{
	switch (end->cause) {
	case END_EXIT: case END_SIGNAL: case END_TIMEOUT: case END_OOM:
		return end->duration > 0;
	default:
		return false;
	}
}

void runtime_learn(struct core *c, struct runtime *r, const struct exec_end *end)
{
	if (r == NULL || !tells(end))
		return;
	r->before = r->last;
	r->last = end->duration;
	write_row(c, r);
}

void runtime_restore(struct core *c, const struct runtime_row *row)
{
	struct runtime *r;
	uint64_t h;

	if (c->conf.plan_by != PLAN_LEARNED || find(c, row->uid, row->name, &h) != NULL)
		return;
	r = make(c, row->uid, row->name, h);
	r->last = row->last;
	r->before = row->before;
}

/*
 * The longer of the last two runs: what was taken for too short is corrected while it
 * runs (exec_overdue), at the cost of whoever was promised a start behind it.
 */
int64_t runtime_expected(const struct runtime *r)
{
	if (r == NULL)
		return 0;
	return r->last > r->before ? r->last : r->before;
}

int64_t runtime_of(const struct core *c, int64_t uid, const char *name)
{
	uint64_t h;

	return runtime_expected(find(c, uid, name != NULL ? name : "", &h));
}
