/*
 * sooner: what would make a queued job start sooner, as far as rows tell.
 *
 * Nothing is promised: between now and the change others may take the room.
 */
#include "view/sooner.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "view/needs.h"

#define PRIORITY_MAX 1000

static bool takes_jobs(const struct worker_row *w)
{
	return w->status == WORKER_ACTIVE && w->health != HEALTH_UNHEALTHY;
}

/* Only a job that waits for nothing but room and its turn. */
static bool waits_for_room(const struct why_case *c)
{
	return c->daemon_runs && c->job->hold == HOLD_NONE &&
	    (c->job->reason == REASON_RESOURCES || c->job->reason == REASON_RESERVED ||
	    c->job->reason == REASON_WORKER_CONSTRAINT || c->job->reason == REASON_PRIORITY ||
	    c->job->reason == REASON_NEVER_FITS);
}

/*
 * How much of what it wants is free there, in 1/1000 of the scarcest; 0: of something
 * nothing is.
 */
static int64_t part_free(const struct needs *needs)
{
	int64_t least = 1000;

	for (size_t i = 0; i < needs->n; i++) {
		const struct need *x = &needs->list[i];
		int64_t part = x->want > 0 && x->free < x->want ? x->free * 1000 / x->want : 1000;

		if (part < least)
			least = part > 0 ? part : 0;
	}
	return least;
}

/* "cpus 2 instead of 4, fpga 1 instead of 2" */
static void less_text(const struct needs *needs, char *text, size_t size)
{
	size_t at = 0;

	for (size_t i = 0; i < needs->n && at < size; i++) {
		const struct need *x = &needs->list[i];
		char want[32], free[32];

		if (x->want <= x->free)
			continue;
		x->format(x->want, want, sizeof(want));
		x->format(x->free, free, sizeof(free));
		at += (size_t)snprintf(text + at, size - at, "%s%.*s %s instead of %s",
		    at > 0 ? ", " : "", x->len, x->name, free, want);
	}
}

/* The worker where it has to give up the smallest part of what it wants. */
static void tell_less(const struct why_case *c, why_fn fn, void *arg)
{
	struct why w = { .sooner = true };
	const struct worker_row *best = NULL;
	struct needs needs;
	char text[300];
	int64_t most = 0;

	for (size_t i = 0; i < c->nworkers; i++) {
		const struct worker_row *row = &c->workers[i];
		int64_t part;

		if (!takes_jobs(row) || needs_kept_off(c->job, row, text, sizeof(text)) ||
		    (c->job->exclusive && row->running > 0))
			continue;
		needs_of(c->job, row, &needs);
		part = part_free(&needs);
		if (part <= most)
			continue;
		most = part;
		best = row;
	}
	if (best == NULL || most == 1000)
		return;
	needs_of(c->job, best, &needs);
	less_text(&needs, text, sizeof(text));
	w.worker = best->name;
	snprintf(w.text, sizeof(w.text), "worker %s has room now for %s", best->name, text);
	fn(arg, &w);
}

/* A worker with room, which only the job's own words exclude. */
static void tell_elsewhere(const struct why_case *c, why_fn fn, void *arg)
{
	struct why w = { .sooner = true };
	char text[300], busy[300];

	for (size_t i = 0; i < c->nworkers; i++) {
		const struct worker_row *row = &c->workers[i];

		if (!takes_jobs(row) || !needs_kept_off(c->job, row, text, sizeof(text)) ||
		    needs_busy(c->job, row, busy, sizeof(busy)))
			continue;
		w.worker = row->name;
		snprintf(w.text, sizeof(w.text), "worker %s has room now, but %s", row->name,
		    text);
		fn(arg, &w);
		return;
	}
}

/* What is kept for others lets pass whoever is over before they start. */
static void tell_shorter(const struct why_case *c, why_fn fn, void *arg)
{
	struct why w = { .sooner = true };

	if (c->job->reason != REASON_RESERVED)
		return;
	snprintf(w.text, sizeof(w.text), "%s: it may start when it is over before those for "
	    "which room is kept", c->job->time_limit > 0 ? "a shorter time limit" :
	    "a time limit");
	fn(arg, &w);
}

static void tell_priority(const struct why_case *c, why_fn fn, void *arg)
{
	struct why w = { .sooner = true };

	if (c->ahead == 0 || c->job->priority == PRIORITY_MAX)
		return;
	snprintf(w.text, sizeof(w.text), "a priority above %" PRId64 ": %" PRId64 " %s before it",
	    c->job->priority, c->ahead, c->ahead == 1 ? "job stands" : "jobs stand");
	fn(arg, &w);
}

void sooner_list(const struct why_case *c, why_fn fn, void *arg)
{
	if (!waits_for_room(c))
		return;
	tell_less(c, fn, arg);
	tell_elsewhere(c, fn, arg);
	tell_shorter(c, fn, arg);
	tell_priority(c, fn, arg);
}
