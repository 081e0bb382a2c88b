/*
 * fitness: a worker that cannot start jobs is taken out of service.
 *
 * Without this a host whose disk is full would fetch one job after the other, since
 * it always has room.  Counted in a row: any job that starts there begins anew.  What
 * may be the job's own fault counts only when another user's job failed before it, so
 * that nobody drains a cluster with jobs of his.
 */
#include <stdio.h>
#include <stdlib.h>

#include "core/impl.h"

#define FAILURES_MAX 3

static bool counts(const struct worker *w, const struct job *j, const struct exec_end *end)
{
	switch (end->cause) {
	case END_RESOURCE:
		return true;
	case END_LAUNCH:
	case END_USER:
		return w->failures == 0 || w->failed_uid != j->owner->uid;
	default:
		return false;
	}
}

void fitness_started(struct worker *w)
{
	w->failures = 0;
}

void fitness_ended(struct core *c, struct worker *w, const struct job *j,
    const struct exec_end *end)
{
	char text[512];

	if (!counts(w, j, end))
		return;
	w->failures++;
	w->failed_uid = j->owner->uid;
	if (w->failures < FAILURES_MAX || w->status != WORKER_ACTIVE)
		return;
	(void)snprintf(text, sizeof(text), "%d jobs in a row could not start: %s", FAILURES_MAX,
	    end->text != NULL ? end->text : end_cause_name(end->cause));
	worker_degrade(c, w, text);
}
