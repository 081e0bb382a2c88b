/*
 * why: from the rows of a job, its parents and the workers to the reasons for
 * which it waits.
 *
 * why_list is pure; why_ask gathers what it needs through a view.  Reasons are
 * told all, not only the first: who removes one of them wants to know the next.
 */
#include "view/why.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/usage.h"
#include "view/needs.h"
#include "view/rows.h"
#include "view/sooner.h"

_Static_assert(REASON_COUNT <= 64, "struct telling has a bit for each reason");

struct telling {
	const struct why_case *c;
	why_fn fn;
	void *arg;
	uint64_t told;		/* bits 1 << reason */
};

static void tell(struct telling *t, struct why *w, enum reason reason, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

static void tell(struct telling *t, struct why *w, enum reason reason, const char *fmt, ...)
{
	va_list ap;

	w->reason = reason;
	va_start(ap, fmt);
	vsnprintf(w->text, sizeof(w->text), fmt, ap);
	va_end(ap);
	t->told |= UINT64_C(1) << reason;
	t->fn(t->arg, w);
}

static bool told(const struct telling *t, enum reason reason)
{
	return t->told & (UINT64_C(1) << reason);
}

/* ---- the job by itself */

static void tell_hold(struct telling *t)
{
	const struct job_row *job = t->c->job;
	struct why w = { .until = 0 };

	if (job->hold == HOLD_NONE)
		return;
	if (job->reason == REASON_CRASH_LOOP)
		tell(t, &w, REASON_CRASH_LOOP, "held after its executions were lost again and "
		    "again; 'jobctl release %" PRId64 "' tries once more", job->id);
	else if (job->hold == HOLD_ADMIN)
		tell(t, &w, REASON_HELD_ADMIN,
		    "held by an administrator, who alone can release it");
	else
		tell(t, &w, REASON_HELD, "held; 'jobctl release %" PRId64 "' lets it go", job->id);
}

static void tell_times(struct telling *t)
{
	const struct job_row *job = t->c->job;
	struct why w = { .until = job->begin_at };

	if (job->begin_at > t->c->now)
		tell(t, &w, REASON_BEGIN_TIME, "not to begin before its time");
	if (job->next_retry_at > t->c->now) {
		w.until = job->next_retry_at;
		tell(t, &w, REASON_RETRY_WAIT,
		    "attempt %" PRId64 " of %" PRId64 " waits out its delay", job->attempts + 1,
		    job->max_retries + 1);
	}
}

/* ---- dependencies */

static const char *parent_stands(int64_t status)
{
	const char *name = col_word(COL_STATUS, status);

	return name ? name : "not known any more";
}

static void tell_dep(struct telling *t, const struct dep_row *d, int64_t parent)
{
	struct why w = { .job = d->parent_id };
	const char *type = col_word(COL_DEPTYPE, d->type);

	if (d->state == DEP_OPEN && d->due_at > 0) {
		w.until = d->due_at;
		tell(t, &w, REASON_DEPENDENCY, "job %" PRId64 " has started, and it waits a while "
		    "longer", d->parent_id);
	} else if (d->state == DEP_OPEN)
		tell(t, &w, REASON_DEPENDENCY, "needs %s of job %" PRId64 ", which is %s%s",
		    type ? type : "the end", d->parent_id, parent_stands(parent),
		    t->c->job->dep_any ? " (one such job is enough)" : "");
	else if (d->state == DEP_IMPOSSIBLE)
		tell(t, &w, REASON_DEP_NEVER, "needs %s of job %" PRId64 ", which is %s",
		    type ? type : "the end", d->parent_id, parent_stands(parent));
}

static void tell_deps(struct telling *t)
{
	const struct why_case *c = t->c;

	for (size_t i = 0; i < c->ndeps && c->job->dep_any; i++) {
		if (c->deps[i].state == DEP_SATISFIED)
			return;
	}
	for (size_t i = 0; i < c->ndeps; i++)
		tell_dep(t, &c->deps[i], c->parents ? c->parents[i] : -1);
}

/* ---- workers */

static void tell_worker(struct telling *t, const struct worker_row *w)
{
	struct why why = { .worker = w->name };
	const char *status = col_word(COL_WSTATUS, w->status);
	const char *health = col_word(COL_WHEALTH, w->health);
	char text[300];

	if (needs_never(t->c->job, w, text, sizeof(text)))
		tell(t, &why, REASON_WORKER_CONSTRAINT, "worker %s can never run it: %s", w->name,
		    text);
	else if (w->status != WORKER_ACTIVE)
		tell(t, &why, REASON_WORKERS_UNAVAILABLE, "worker %s is %s%s%s", w->name,
		    status ? status : "unknown", w->reason ? ": " : "",
		    w->reason ? w->reason : "");
	else if (w->health == HEALTH_UNHEALTHY)
		tell(t, &why, REASON_WORKERS_UNAVAILABLE, "worker %s is %s%s%s", w->name,
		    health ? health : "unknown", w->reason ? ": " : "",
		    w->reason ? w->reason : "");
	else if (needs_busy(t->c->job, w, text, sizeof(text)))
		tell(t, &why, REASON_RESOURCES, "worker %s is busy: %s", w->name, text);
}

static void tell_workers(struct telling *t)
{
	const struct why_case *c = t->c;
	struct why w = { .until = 0 };
	bool possible = false;

	if (!c->daemon_runs)
		tell(t, &w, REASON_WORKERS_UNAVAILABLE, "jobd does not run: nothing starts before "
		    "it does");
	if (c->nworkers == 0)
		tell(t, &w, REASON_WORKERS_UNAVAILABLE, "there is no worker");
	for (size_t i = 0; i < c->nworkers; i++) {
		char text[300];

		tell_worker(t, &c->workers[i]);
		possible |= !needs_never(c->job, &c->workers[i], text, sizeof(text));
	}
	if (c->nworkers > 0 && !possible)
		tell(t, &w, REASON_NEVER_FITS, "no worker can ever run it");
}

/* ---- bounds */

static bool bounds_it(const struct quota_row *q, const struct job_row *job)
{
	const char *name = strcmp(q->kind, "user") == 0 ? job->user :
	    strcmp(q->kind, "team") == 0 ? job->account :
	    strcmp(q->kind, "queue") == 0 ? job->queue : "";

	return name != NULL && strcmp(q->name, name) == 0;
}

static void tell_quota(struct telling *t, const struct quota_row *q)
{
	const struct job_row *job = t->c->job;
	const int64_t asks[QUOTA_ROOM] = { 1, job->cpus, job->mem, job->disk, job->gpus };
	struct why w = { .until = 0 };

	for (enum quota_dim dim = 0; dim < QUOTA_ROOM; dim++) {
		const char *words;
		int64_t unit;

		if (q->max[dim] == 0 || q->used[dim] + asks[dim] <= q->max[dim])
			continue;
		words = quota_words(dim, &unit);
		tell(t, &w, quota_reason(strcmp(q->kind, "queue") == 0, dim),
		    "%s%s%s has %.10g of %.10g %s", q->kind, *q->name ? " " : "", q->name,
		    (double)q->used[dim] / (double)unit, (double)q->max[dim] / (double)unit,
		    words);
	}
}

static void tell_quotas(struct telling *t)
{
	for (size_t i = 0; i < t->c->nquotas; i++)
		if (bounds_it(&t->c->quotas[i], t->c->job))
			tell_quota(t, &t->c->quotas[i]);
}

/* ---- the rest */

static void tell_order(struct telling *t)
{
	struct why w = { .until = 0 };

	if (t->c->ahead > 0)
		tell(t, &w, REASON_PRIORITY, "%" PRId64 " %s before it", t->c->ahead,
		    t->c->ahead == 1 ? "job stands" : "jobs stand");
}

/* What jobd itself gave as the reason, when none of the above says it. */
static void tell_given(struct telling *t)
{
	static const char no_room[] = "there was no room within the bounds when jobd last looked";
	static const struct { enum reason reason; const char *text; } words[] = {
		{ REASON_PRIORITY, "its turn has not come" },
		{ REASON_RESERVED, "there is room, but it is kept for jobs that go before it" },
		{ REASON_ARRAY_LIMIT, "as many elements of its array run as may at once" },
		{ REASON_LIMIT, "others have the tokens that it asks for" },
		{ REASON_QUOTA_JOBS, no_room }, { REASON_QUOTA_CPU, no_room },
		{ REASON_QUOTA_MEM, no_room }, { REASON_QUOTA_DISK, no_room },
		{ REASON_QUOTA_GPU, no_room }, { REASON_QUOTA_QUEUE, no_room },
		{ REASON_RESOURCES, "no worker had room for it when jobd last looked" },
		{ REASON_BEGIN_TIME, "its time has come: jobd's next pass takes it up" },
		{ REASON_RETRY_WAIT, "its delay is over: jobd's next pass takes it up" },
		{ REASON_SINGLETON, "an earlier job of its owner and name is not over" },
		{ REASON_QUEUE_STOPPED, "its queue is stopped" },
		{ REASON_WINDOW, "its queue starts no jobs at this time of the week" },
		{ REASON_NEVER_FITS, "no worker can ever run it" },
	};
	const char *about = t->c->job->waits_for;
	int64_t reason = t->c->job->reason;
	struct why w = { .until = 0 };

	if (reason <= REASON_NONE || reason >= REASON_COUNT) {
		if (t->told == 0)
			tell(t, &w, REASON_PRIORITY, "its turn comes with jobd's next pass");
		return;
	}
	/* A row may be older than the clock: these two end by themselves. */
	if (told(t, (enum reason)reason) || ((reason == REASON_BEGIN_TIME ||
	    reason == REASON_RETRY_WAIT) && t->told))
		return;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (words[i].reason == (enum reason)reason) {
			tell(t, &w, (enum reason)reason, "%s%s%s", words[i].text,
			    about != NULL ? ": " : "", about != NULL ? about : "");
			return;
		}
	}
	tell(t, &w, (enum reason)reason, "so says jobd");
}

void why_list(const struct why_case *c, why_fn fn, void *arg)
{
	struct telling t = { .c = c, .fn = fn, .arg = arg };

	if (c->job->status != JOB_QUEUED)
		return;
	tell_hold(&t);
	tell_deps(&t);
	tell_times(&t);
	tell_workers(&t);
	tell_quotas(&t);
	tell_order(&t);
	tell_given(&t);
	sooner_list(c, fn, arg);
}

bool why_before(const struct job_row *other, const struct job_row *job)
{
	bool ready = other->status == JOB_QUEUED && other->hold == HOLD_NONE &&
	    (other->reason == REASON_NONE || other->reason == REASON_PRIORITY ||
	    other->reason == REASON_RESOURCES || other->reason == REASON_WORKERS_UNAVAILABLE);

	if (!ready || other->id == job->id)
		return false;
	if (other->priority != job->priority)
		return other->priority > job->priority;
	return other->id < job->id;
}

/* ---- gathering */

struct gathering {
	struct arena *arena;
	struct worker_row *workers;
	size_t nworkers;
	struct quota_row *quotas;
	size_t nquotas;
	const struct job_row *job;
	int64_t ahead, at;
};

static int keep_worker(void *arg, const void *row)
{
	struct gathering *g = arg;

	g->workers = xreallocarray(g->workers, g->nworkers + 1, sizeof(*g->workers));
	memcpy(&g->workers[g->nworkers++], row_keep(g->arena, &table_workers, row),
	    sizeof(*g->workers));
	return 0;
}

static int keep_quota(void *arg, const void *row)
{
	struct gathering *g = arg;

	g->quotas = xreallocarray(g->quotas, g->nquotas + 1, sizeof(*g->quotas));
	memcpy(&g->quotas[g->nquotas++], row_keep(g->arena, &table_quotas, row),
	    sizeof(*g->quotas));
	return 0;
}

static int count_ahead(void *arg, const void *row)
{
	struct gathering *g = arg;

	g->at = ((const struct job_row *)row)->id;
	g->ahead += why_before(row, g->job);
	return 0;
}

static int gather_ahead(struct view *v, struct gathering *g, struct err *e)
{
	struct job_filter f = { .statuses = 1u << JOB_QUEUED, .limit = 1000 };
	bool more = true;

	while (more) {
		f.after = g->at;
		if (view_jobs(v, &f, count_ahead, g, &more, e) < 0)
			return -1;
	}
	return 0;
}

int why_ask(struct view *v, const struct record *rec, int64_t now, why_fn fn, void *arg,
    struct err *e)
{
	struct gathering g = { .arena = arena_new(), .job = rec->job };
	struct why_case c = { .job = rec->job, .deps = rec->deps, .parents = rec->parents,
	    .ndeps = rec->ndeps, .now = now };
	struct view_daemon d;
	int r = 0;

	if (rec->job->status == JOB_QUEUED)
		r = view_workers(v, keep_worker, &g, e);
	if (r == 0 && rec->job->status == JOB_QUEUED)
		r = view_quotas(v, keep_quota, &g, e);
	if (r == 0 && rec->job->status == JOB_QUEUED)
		r = gather_ahead(v, &g, e);
	if (r == 0) {
		view_daemon(v, &d);
		c.daemon_runs = d.runs;
		c.workers = g.workers;
		c.nworkers = g.nworkers;
		c.quotas = g.quotas;
		c.nquotas = g.nquotas;
		c.ahead = g.ahead;
		why_list(&c, fn, arg);
	}
	free(g.workers);
	free(g.quotas);
	arena_free(g.arena);
	return r;
}
