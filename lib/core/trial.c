/*
 * trial: when a job would start if it were submitted now and were the first to be
 * started; nothing changes.
 *
 * What is known: the limits of what runs, and the slots that were promised.  Without a
 * limit nobody knows when something ends, and what a job waits for besides room
 * cannot be foreseen at all: then there is no answer, only a reason.
 */
#include "core/impl.h"

/* The earliest start from `from` on, on the boot clock; INT64_MAX: unknown. */
static int64_t earliest(const struct core *c, const struct job_request *r,
    const struct demand *d, int64_t from, bool *workers)
{
	int64_t length = planned_length(c, r->row.time_limit, r->row.estimate,
	    runtime_of(c, r->row.uid, r->row.name));
	int64_t best = INT64_MAX, at;
	const struct worker *w;

	*workers = false;
	LIST_FOREACH(w, &c->workers, link) {
		if (!worker_capable(w, d))
			continue;
		*workers = true;
		at = profile_find(&w->profile, from, best, &d->needs, length, INT64_MAX);
		if (at < best)
			best = at;
	}
	return best;
}

void trial_answer(struct core *c, const struct job_request *r, struct reply_item *it)
{
	int64_t wait = r->row.begin_at > c->now.wall ? r->row.begin_at - c->now.wall : 0;
	int64_t from = time_after(c->now.boot, wait), start;
	struct demand d;
	bool workers;

	it->tested = true;
	it->uuid = r->row.uuid;
	if (r->row.hold != HOLD_NONE || r->ndeps > 0) {
		it->reason = r->row.hold != HOLD_NONE ? REASON_HELD : REASON_DEPENDENCY;
		return;
	}
	demand_make(c, &d, &r->row);
	start = earliest(c, r, &d, from, &workers);
	if (tokens_short(&d) != NULL) {
		start = INT64_MAX;
		it->reason = REASON_LIMIT;
	} else if (start == INT64_MAX)
		it->reason = workers ? REASON_RESOURCES : REASON_WORKERS_UNAVAILABLE;
	else if (start > from)
		it->reason = REASON_RESOURCES;
	else if (wait > 0)
		it->reason = REASON_BEGIN_TIME;
	if (start < INT64_MAX)
		it->start = c->now.wall + (start - c->now.boot);
	demand_release(c, &d);
}
