/*
 * holder: who has bounds, how much of them is used, and whether a job fits in.
 *
 * Users, teams, queues and the site are holders; all jobs of a shape have the same.
 * What is used is counted for all, bounded or not, so that a bound that comes later
 * holds at once.  Submissions are counted in minutes that begin with the first one.
 */
#include "core/holder.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/impl.h"
#include "core/usage.h"

#define MINUTE INT64_C(60000)
#define EVERYBODY "*"		/* the name for whoever has no bound of his own */

/* What is said of each dimension; units: so many of ours are one of those that people use. */
static const struct {
	enum reason reason;
	const char *of;
	int64_t unit;
} dims[QUOTA_COUNT] = {
	[QUOTA_JOBS] = { REASON_QUOTA_JOBS, "jobs", 1 },
	[QUOTA_CPUS] = { REASON_QUOTA_CPU, "cpus", 1000 },
	[QUOTA_MEM] = { REASON_QUOTA_MEM, "MiB of memory", 1 },
	[QUOTA_DISK] = { REASON_QUOTA_DISK, "MiB of disk", 1 },
	[QUOTA_GPUS] = { REASON_QUOTA_GPU, "gpus", 1 },
	[QUOTA_QUEUED] = { REASON_NONE, "jobs that wait", 1 },
	[QUOTA_RATE] = { REASON_NONE, "jobs a minute", 1 },
	[QUOTA_TIME] = { REASON_NONE, "s", 1000 },
};

const char *holder_kind_name(enum holder_kind kind)
{
	static const char *const names[HOLDER_KINDS] = { "site", "user", "team", "queue" };

	return names[kind];
}

enum reason quota_reason(bool queue, enum quota_dim dim)
{
	return queue ? REASON_QUOTA_QUEUE : dims[dim].reason;
}

const char *quota_words(enum quota_dim dim, int64_t *unit)
{
	*unit = dims[dim].unit;
	return dims[dim].of;
}

void holders_init(struct holders *h)
{
	h->map = map_new();
	LIST_INIT(&h->list);
	TAILQ_INIT(&h->stale);
}

void holders_free(struct holders *h)
{
	struct holder *x;

	while ((x = LIST_FIRST(&h->list)) != NULL) {
		LIST_REMOVE(x, link);
		free(x->label);
		free(x);
	}
	map_free(h->map);
}

/* ---- bounds */

static const struct quota *said_of(const struct core *c, enum holder_kind kind,
    const char *name)
{
	size_t i;

	if (kind == HOLDER_SITE)
		return &c->conf.site;
	for (i = 0; kind == HOLDER_QUEUE && i < c->conf.nqueues; i++)
		if (strcmp(c->conf.queues[i].name, name) == 0)
			return &c->conf.queues[i].quota;
	for (i = 0; kind != HOLDER_QUEUE && i < c->conf.nshares; i++)
		if (c->conf.shares[i].team == (kind == HOLDER_TEAM) &&
		    strcmp(c->conf.shares[i].name, name) == 0)
			return &c->conf.shares[i].quota;
	return NULL;
}

/* What stands for everybody holds where nothing is said of the one. */
static void bounds_take(const struct core *c, struct holder *h)
{
	const struct quota *own = said_of(c, h->kind, h->name);
	const struct quota *all = said_of(c, h->kind, EVERYBODY);
	int i;

	h->bounded = false;
	for (i = 0; i < QUOTA_COUNT; i++) {
		h->max.max[i] = own != NULL ? own->max[i] : 0;
		if (h->max.max[i] == 0 && all != NULL)
			h->max.max[i] = all->max[i];
		h->bounded |= h->max.max[i] > 0;
	}
}

static void holder_changed(struct core *c, struct holder *h)
{
	if (!h->dirty)
		TAILQ_INSERT_TAIL(&c->holders.stale, h, stale);
	h->dirty = true;
}

void quotas_configure(struct core *c)
{
	struct holder *h;

	LIST_FOREACH(h, &c->holders.list, link) {
		bool was = h->bounded;

		bounds_take(c, h);
		if (was || h->bounded)
			holder_changed(c, h);
	}
}

/* Where it is or would be in the map, and the key. */
static struct holder *holder_find(const struct core *c, enum holder_kind kind,
    const char *name, uint64_t *hash)
{
	struct holder *h;

	*hash = hash64(kind, name, strlen(name));
	while ((h = map_get(c->holders.map, *hash)) != NULL) {
		if (h->kind == kind && strcmp(h->name, name) == 0)
			return h;
		*hash = splitmix64(*hash);
	}
	return NULL;
}

static struct holder *holder_get(struct core *c, enum holder_kind kind, const char *name)
{
	uint64_t hash;
	struct holder *h = holder_find(c, kind, name, &hash);

	if (h != NULL)
		return h;
	h = xcalloc(1, sizeof(*h));
	h->kind = kind;
	h->label = xasprintf("%s%s%s", holder_kind_name(kind), *name != '\0' ? " " : "", name);
	h->name = h->label + strlen(h->label) - strlen(name);
	map_put(c->holders.map, hash, h);
	LIST_INSERT_HEAD(&c->holders.list, h, link);
	bounds_take(c, h);
	if (h->bounded)
		holder_changed(c, h);
	return h;
}

static const char *name_of(const struct job_row *row, enum holder_kind kind)
{
	const char *const names[HOLDER_KINDS] = { "", row->user, row->account, row->queue };

	return names[kind] == NULL && kind == HOLDER_QUEUE ? "" : names[kind];
}

void quota_holders(struct core *c, struct shape *s, const struct job_row *row)
{
	enum holder_kind kind;

	for (kind = 0; kind < HOLDER_KINDS; kind++)
		if (name_of(row, kind) != NULL)
			s->holders[kind] = holder_get(c, kind, name_of(row, kind));
}

/* ---- use */

/* What one job of it holds of each. */
static int64_t share_of(const struct demand *d, enum quota_dim dim)
{
	static const int64_t res[QUOTA_ROOM] = {
		[QUOTA_CPUS] = RES_CPU, [QUOTA_MEM] = RES_MEM, [QUOTA_DISK] = RES_DISK,
		[QUOTA_GPUS] = RES_GPU,
	};

	return dim == QUOTA_JOBS ? 1 : d->fixed[res[dim]];
}

void quota_book(struct core *c, const struct shape *s, int sign)
{
	enum quota_dim dim;
	int i;

	for (i = 0; i < HOLDER_KINDS; i++) {
		struct holder *h = s->holders[i];

		if (h == NULL)
			continue;
		for (dim = 0; dim < QUOTA_ROOM; dim++)
			h->used[dim] += sign * share_of(&s->want, dim);
		if (h->bounded)
			holder_changed(c, h);
	}
}

void quota_wait(struct core *c, const struct shape *s, int sign)
{
	int i;

	for (i = 0; i < HOLDER_KINDS; i++) {
		if (s->holders[i] == NULL)
			continue;
		s->holders[i]->used[QUOTA_QUEUED] += sign;
		if (s->holders[i]->bounded)
			holder_changed(c, s->holders[i]);
	}
}

static bool exceeds(const struct holder *h, enum quota_dim dim, int64_t more)
{
	return h->max.max[dim] > 0 && h->used[dim] + more > h->max.max[dim];
}

const char *quota_short(const struct shape *s, enum reason *why)
{
	enum quota_dim dim;
	int i;

	for (i = 0; i < HOLDER_KINDS; i++) {
		const struct holder *h = s->holders[i];

		if (h == NULL || !h->bounded)
			continue;
		for (dim = 0; dim < QUOTA_ROOM; dim++) {
			if (!exceeds(h, dim, share_of(&s->want, dim)))
				continue;
			*why = quota_reason(h->kind == HOLDER_QUEUE, dim);
			return h->label;
		}
	}
	return NULL;
}

bool quota_bounded(const struct shape *s)
{
	int i;

	for (i = 0; i < HOLDER_KINDS; i++)
		if (s->holders[i] != NULL && s->holders[i]->bounded)
			return true;
	return false;
}

bool shape_allowed(const struct shape *s)
{
	enum reason why;

	return tokens_short(&s->want) == NULL && array_allows(s) && quota_short(s, &why) == NULL;
}

/* ---- submissions */

struct guess {			/* of a job that may never come: no holder is made for it */
	struct holder holder;
	char label[80];
};

/* The holder of that kind, or what it would be; NULL: it has no bounds. */
static struct holder *bounded_for(const struct core *c, const struct job_row *row,
    enum holder_kind kind, struct guess *spare)
{
	const char *name = name_of(row, kind);
	struct holder *h;
	uint64_t hash;

	if (name == NULL)
		return NULL;
	h = holder_find(c, kind, name, &hash);
	if (h == NULL) {
		(void)snprintf(spare->label, sizeof(spare->label), "%s%s%s",
		    holder_kind_name(kind), *name != '\0' ? " " : "", name);
		spare->holder = (struct holder){ .kind = kind, .label = spare->label,
		    .name = name };
		h = &spare->holder;
		bounds_take(c, h);
	}
	return h->bounded ? h : NULL;
}

static int alone(const struct holder *h, const struct job_row *row, struct err *e)
{
	const int64_t asks[QUOTA_ROOM] = { 1, row->cpus, row->mem, row->disk, row->gpus };
	int64_t most = h->max.max[QUOTA_TIME];
	enum quota_dim dim;

	for (dim = 0; dim < QUOTA_ROOM; dim++) {
		double unit = (double)dims[dim].unit;

		if (h->max.max[dim] > 0 && asks[dim] > h->max.max[dim])
			return err_set(e, ERR_UNAVAIL, "asks for %.10g %s, %s may have %.10g at "
			    "once", (double)asks[dim] / unit, dims[dim].of, h->label,
			    (double)h->max.max[dim] / unit);
	}
	if (most > 0 && (row->time_limit == 0 || row->time_limit > most))
		return err_set(e, ERR_DATA, "%s has only jobs with a time limit of at most %"
		    PRId64 " s", h->label, most / 1000);
	return 0;
}

int quota_never(const struct core *c, const struct job_row *row, struct err *e)
{
	enum holder_kind kind;
	struct guess spare;
	struct holder *h;

	for (kind = 0; kind < HOLDER_KINDS; kind++) {
		h = bounded_for(c, row, kind, &spare);
		if (h != NULL && alone(h, row, e) == -1)
			return -1;
	}
	return 0;
}

/* The minute that is counted at present. */
static void minute_begin(const struct core *c, struct holder *h)
{
	if (h->used[QUOTA_RATE] == 0 || c->now.boot - h->since >= MINUTE) {
		h->since = c->now.boot;
		h->used[QUOTA_RATE] = 0;
	}
}

/* Nobody knows when one that waits will start: a minute is as good as any. */
static int admits(const struct core *c, struct holder *h, int64_t n, struct err *e)
{
	if (exceeds(h, QUOTA_QUEUED, n))
		return err_set(e, ERR_AGAIN, "%s has %" PRId64 " of the %" PRId64 " jobs that may "
		    "wait: retry after %d s", h->label, h->used[QUOTA_QUEUED],
		    h->max.max[QUOTA_QUEUED], (int)(MINUTE / 1000));
	minute_begin(c, h);
	if (exceeds(h, QUOTA_RATE, n))
		return err_set(e, ERR_AGAIN, "%s may submit %" PRId64 " jobs a minute: retry "
		    "after %" PRId64 " s", h->label, h->max.max[QUOTA_RATE],
		    (h->since + MINUTE - c->now.boot + 999) / 1000);
	return 0;
}

int quota_admits(const struct core *c, const struct job_row *row, size_t more, struct err *e)
{
	enum holder_kind kind;
	struct guess spare;
	struct holder *h;

	for (kind = 0; kind < HOLDER_KINDS; kind++) {
		h = bounded_for(c, row, kind, &spare);
		if (h != NULL && admits(c, h, (int64_t)more + 1, e) == -1)
			return -1;
	}
	return 0;
}

void quota_came(struct core *c, const struct shape *s)
{
	int i;

	for (i = 0; i < HOLDER_KINDS; i++) {
		if (s->holders[i] == NULL)
			continue;
		minute_begin(c, s->holders[i]);
		s->holders[i]->used[QUOTA_RATE]++;
	}
}

/* ---- rows */

static struct quota_row *quota_row(const struct core *c, const struct holder *h)
{
	struct arena *a = c->turn->arena;
	struct quota_row *row = arena_alloc(a, sizeof(*row));

	row->kind = holder_kind_name(h->kind);
	row->name = arena_strdup(a, h->name);
	memcpy(row->max, h->max.max, sizeof(row->max));
	memcpy(row->used, h->used, sizeof(row->used));
	return row;
}

void quotas_flush(struct core *c)
{
	struct holder *h;

	while (!c->restoring && (h = TAILQ_FIRST(&c->holders.stale)) != NULL) {
		TAILQ_REMOVE(&c->holders.stale, h, stale);
		h->dirty = false;
		turn_mut(c->turn, MUT_QUOTA, c->cause)->quota = quota_row(c, h);
	}
}

void quota_restore(struct core *c, const struct quota_row *row)
{
	enum holder_kind kind;

	for (kind = 0; kind < HOLDER_KINDS; kind++)
		if (strcmp(holder_kind_name(kind), row->kind) == 0)
			holder_changed(c, holder_get(c, kind, row->name));
}

/* What is in force comes by core_configure; here it is only written down. */
void on_setting(struct core *c, const struct event *ev)
{
	struct effect *f = turn_effect(c->turn, EFF_REPLY);
	struct arena *a = c->turn->arena;
	size_t i;

	f->token = ev->token;
	f->reply.items = arena_alloc(a, sizeof(*f->reply.items));
	f->reply.n = 1;
	for (i = 0; i < ev->setting.n; i++) {
		struct setting_row *row = row_keep(a, &table_settings, &ev->setting.rows[i]);

		row->changed_by = arena_strdup(a, c->cause->actor.name);
		row->changed_at = c->now.wall;
		turn_mut(c->turn, MUT_SETTING, c->cause)->setting = row;
	}
}

int64_t core_queue_jobs(const struct core *c, const char *queue)
{
	int64_t n = 0;
	struct job *j;
	size_t i;

	for (i = 0; (j = map_next(c->jobs, &i)) != NULL;)
		n += !job_status_terminal(j->status) && strcmp(j->shape->queue, queue) == 0;
	return n;
}

/* ---- the invariant */

int quotas_check(const struct core *c, struct err *e)
{
	const struct holder *h;
	const struct job *j;
	size_t i;

	LIST_FOREACH(h, &c->holders.list, link) {
		int64_t jobs = 0, cpus = 0, queued = 0;

		for (i = 0; (j = map_next(c->jobs, &i)) != NULL;) {
			if (j->shape->holders[h->kind] != h)
				continue;
			queued += j->status == JOB_QUEUED;
			if (j->exec == NULL || j->exec->ahead)
				continue;
			jobs++;
			cpus += j->shape->want.fixed[RES_CPU];
		}
		if (jobs != h->used[QUOTA_JOBS] || cpus != h->used[QUOTA_CPUS] ||
		    queued != h->used[QUOTA_QUEUED])
			return err_set(e, ERR_INTERNAL, "%s '%s' has %" PRId64 " jobs, %" PRId64
			    " wait, counted %" PRId64 " and %" PRId64,
			    holder_kind_name(h->kind), h->name, jobs, queued,
			    h->used[QUOTA_JOBS], h->used[QUOTA_QUEUED]);
	}
	return 0;
}
