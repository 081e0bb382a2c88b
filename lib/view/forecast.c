/*
 * forecast: fills the workers with the queued jobs, in their order.
 *
 * forecast_plan is pure.  On each worker time only goes forward: a job that needs what
 * is released at noon starts at noon, and so does, at the earliest, whatever is put
 * there after it.  That makes one pass over the jobs enough.
 */
#include "view/forecast.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"

#define PLANNED_MAX 10000	/* jobs further behind have no forecast */
#define PAGE 1000

/* ---- workers */

static bool fits(const int64_t have[FORECAST_NEEDS], const int64_t needs[FORECAST_NEEDS])
{
	for (int i = 0; i < FORECAST_NEEDS; i++) {
		if (needs[i] > have[i])
			return false;
	}
	return true;
}

static void add(int64_t to[FORECAST_NEEDS], const int64_t needs[FORECAST_NEEDS], int sign)
{
	for (int i = 0; i < FORECAST_NEEDS; i++)
		to[i] += sign * needs[i];
}

void forecast_occupy(struct forecast_worker *w, const int64_t needs[FORECAST_NEEDS],
    int64_t until)
{
	size_t at;

	if (w->n == w->cap) {
		w->cap = w->cap ? w->cap * 2 : 16;
		w->releases = xreallocarray(w->releases, w->cap, sizeof(*w->releases));
	}
	for (at = w->n; at > 0 && w->releases[at - 1].at > until; at--)
		w->releases[at] = w->releases[at - 1];
	w->releases[at].at = until;
	memcpy(w->releases[at].needs, needs, sizeof(w->releases[at].needs));
	w->n++;
	add(w->free, needs, -1);
}

/* When the worker has room for it: INT64_MAX never, or nobody knows. */
static int64_t room_at(const struct forecast_worker *w, const struct forecast_job *j)
{
	int64_t have[FORECAST_NEEDS], at = w->clock > j->earliest ? w->clock : j->earliest;
	size_t i = 0;

	if (!fits(w->total, j->needs))
		return INT64_MAX;
	memcpy(have, w->free, sizeof(have));
	while (i < w->n && (w->releases[i].at <= at || !fits(have, j->needs))) {
		if (w->releases[i].at == INT64_MAX)
			return INT64_MAX;
		if (w->releases[i].at > at)
			at = w->releases[i].at;
		add(have, w->releases[i++].needs, 1);
	}
	return fits(have, j->needs) ? at : INT64_MAX;
}

static void start(struct forecast_worker *w, struct forecast_job *j, int64_t at)
{
	size_t n = 0;

	while (n < w->n && w->releases[n].at <= at)
		add(w->free, w->releases[n++].needs, 1);
	w->n -= n;
	memmove(w->releases, w->releases + n, w->n * sizeof(*w->releases));
	w->clock = at;
	j->start = at;
	forecast_occupy(w, j->needs, j->length ? at + j->length : INT64_MAX);
}

/* ---- the plan */

static int in_order(const void *pa, const void *pb)
{
	const struct forecast_job *a = pa, *b = pb;

	if (a->earliest != b->earliest)
		return a->earliest < b->earliest ? -1 : 1;
	if (a->priority != b->priority)
		return a->priority > b->priority ? -1 : 1;
	return (a->id > b->id) - (a->id < b->id);
}

void forecast_plan(struct forecast_worker *workers, size_t nworkers, struct forecast_job *jobs,
    size_t njobs)
{
	if (njobs > 1)
		qsort(jobs, njobs, sizeof(*jobs), in_order);
	for (size_t j = 0; j < njobs; j++) {
		struct forecast_worker *best = NULL;
		int64_t soonest = INT64_MAX;

		jobs[j].start = 0;
		for (size_t i = 0; i < nworkers && j < PLANNED_MAX; i++) {
			int64_t at = room_at(&workers[i], &jobs[j]);

			if (at < soonest) {
				soonest = at;
				best = &workers[i];
			}
		}
		if (best)
			start(best, &jobs[j], soonest);
	}
}

/* ---- gathering */

struct gathering {
	int64_t now, at;
	struct arena *names;
	struct forecast_worker *workers;
	const char **worker_names;
	size_t nworkers;
	struct forecast_job *jobs;
	size_t njobs, cap;
};

struct forecast {
	struct forecast_job *jobs;
	struct map *by_id;
};

static int keep_worker(void *arg, const void *p)
{
	const struct worker_row *row = p;
	struct gathering *g = arg;
	struct forecast_worker w = { .total = { row->cpus, row->mem, row->disk, row->gpus } };

	if (row->status != WORKER_ACTIVE || row->health == HEALTH_UNHEALTHY)
		return 0;
	memcpy(w.free, w.total, sizeof(w.free));
	g->workers = xreallocarray(g->workers, g->nworkers + 1, sizeof(*g->workers));
	g->worker_names = xreallocarray(g->worker_names, g->nworkers + 1, sizeof(char *));
	g->worker_names[g->nworkers] = arena_strdup(g->names, row->name);
	g->workers[g->nworkers++] = w;
	return 0;
}

static void keep_running(struct gathering *g, const struct job_row *row)
{
	const int64_t needs[] = { row->cpus, row->mem, row->disk, row->gpus };
	int64_t from = row->started_at ? row->started_at : g->now;
	int64_t until = row->time_limit ? from + row->time_limit : INT64_MAX;

	for (size_t i = 0; i < g->nworkers; i++) {
		if (row->worker && strcmp(g->worker_names[i], row->worker) == 0)
			forecast_occupy(&g->workers[i], needs, until > g->now ? until : g->now);
	}
}

/* Only room and time are reckoned with: what also waits for anything else has no forecast. */
static bool waits_for_more(const struct job_row *row)
{
	if (row->hold != HOLD_NONE || row->named != NULL || row->tokens != NULL ||
	    row->gpu_type != NULL || row->constraints != NULL || row->on_workers != NULL ||
	    row->not_workers != NULL || row->exclusive)
		return true;
	switch (row->reason) {
	case REASON_DEPENDENCY: case REASON_DEP_NEVER: case REASON_SINGLETON:
	case REASON_QUEUE_STOPPED: case REASON_NEVER_FITS: case REASON_WORKER_CONSTRAINT:
	case REASON_LIMIT: case REASON_ARRAY_LIMIT:
		return true;
	default:
		return false;
	}
}

static void keep_queued(struct gathering *g, const struct job_row *row)
{
	struct forecast_job j = { .id = row->id, .priority = row->priority,
	    .needs = { row->cpus, row->mem, row->disk, row->gpus }, .length = row->time_limit };

	if (waits_for_more(row))
		return;
	j.earliest = row->begin_at > row->next_retry_at ? row->begin_at : row->next_retry_at;
	if (j.earliest < g->now)
		j.earliest = g->now;
	if (g->njobs == g->cap) {
		g->cap = g->cap ? g->cap * 2 : 256;
		g->jobs = xreallocarray(g->jobs, g->cap, sizeof(*g->jobs));
	}
	g->jobs[g->njobs++] = j;
}

static int keep_job(void *arg, const void *p)
{
	const struct job_row *row = p;
	struct gathering *g = arg;

	g->at = row->id;
	if (row->status == JOB_QUEUED)
		keep_queued(g, row);
	else
		keep_running(g, row);
	return 0;
}

static int gather(struct view *v, struct gathering *g, struct err *e)
{
	struct job_filter f = { .limit = PAGE,
	    .statuses = 1u << JOB_QUEUED | 1u << JOB_SCHEDULED | 1u << JOB_RUNNING };
	bool more = true;

	if (view_workers(v, keep_worker, g, e) < 0)
		return -1;
	while (more) {
		if (view_jobs(v, &f, keep_job, g, &more, e) < 0)
			return -1;
		f.after = g->at;
	}
	return 0;
}

struct forecast *forecast_new(struct view *v, int64_t now, struct err *e)
{
	struct gathering g = { .now = now, .names = arena_new() };
	struct forecast *f = NULL;

	if (gather(v, &g, e) == 0) {
		f = xcalloc(1, sizeof(*f));
		forecast_plan(g.workers, g.nworkers, g.jobs, g.njobs);
		f->jobs = g.jobs;
		f->by_id = map_new();
		for (size_t i = 0; i < g.njobs; i++)
			map_put(f->by_id, (uint64_t)g.jobs[i].id, &g.jobs[i]);
	} else {
		free(g.jobs);
	}
	for (size_t i = 0; i < g.nworkers; i++)
		free(g.workers[i].releases);
	free(g.workers);
	free(g.worker_names);
	arena_free(g.names);
	return f;
}

void forecast_free(struct forecast *f)
{
	if (!f)
		return;
	map_free(f->by_id);
	free(f->jobs);
	free(f);
}

int64_t forecast_start(const void *forecast, int64_t job)
{
	const struct forecast *f = forecast;
	const struct forecast_job *j = f ? map_get(f->by_id, (uint64_t)job) : NULL;

	return j ? j->start : 0;
}
