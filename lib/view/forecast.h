/*
 * forecast: when queued jobs may start, as far as that can be known.
 *
 * Worked out from rows alone: what runs ends at its time limit, jobs start in their
 * order, none passes another, and nothing else is submitted.  So it is a bound for
 * work that keeps its limits, not a promise; a job behind one without a limit has
 * none.
 */
#ifndef VIEW_FORECAST_H
#define VIEW_FORECAST_H

#include "view/view.h"

#define FORECAST_NEEDS 4	/* thousandths of a cpu, MiB of memory and disk, gpus */

struct forecast_job {		/* one that is queued */
	int64_t id, priority;
	int64_t needs[FORECAST_NEEDS];
	int64_t earliest;	/* ms: not before; at least now */
	int64_t length;		/* ms; 0: without a limit */
	int64_t start;		/* out: ms, 0: not known */
};

struct forecast_worker {
	int64_t free[FORECAST_NEEDS], total[FORECAST_NEEDS];
	struct release {	/* what becomes free again, in order of time */
		int64_t at;	/* ms; INT64_MAX: nobody knows */
		int64_t needs[FORECAST_NEEDS];
	} *releases;		/* on the heap */
	size_t n, cap;
	int64_t clock;		/* nothing starts here before */
};

/* Something occupies a part of the worker until then (INT64_MAX: nobody knows). */
void forecast_occupy(struct forecast_worker *w, const int64_t needs[FORECAST_NEEDS],
    int64_t until);

/* Puts the jobs into their order and sets each one's start. */
void forecast_plan(struct forecast_worker *workers, size_t nworkers, struct forecast_job *jobs,
    size_t njobs);

/* The same from a view: all that is queued or runs now. */
struct forecast *forecast_new(struct view *v, int64_t now, struct err *e);
void forecast_free(struct forecast *f);

/* When that job may start, ms; 0: not known, or it is not queued. */
int64_t forecast_start(const void *forecast, int64_t job);

#endif
