/*
 * timer: jobs that wait for an instant, in two binary heaps.
 *
 * One heap counts wall time (begin, deadline: they stand in a calendar), one
 * counts boot time (retry delay, queue timeout, planned end: they are durations).
 * A job stands in each at most once, under the earliest instant at which its
 * situation may change; timers_fire looks afresh, so a timer that is early or late by itself
 * decides nothing.
 */
#include <stdlib.h>

#include "core/ahead.h"
#include "core/impl.h"

#define FIRE_MAX 10000	/* timers a turn: the rest fire in the next, at once */

static uint32_t *place(struct core *c, struct heap *h, struct job *j)
{
	return h == &c->wall ? &j->at_wall : &j->at_boot;
}

static bool before(const struct heap *h, uint32_t a, uint32_t b)
{
	if (h->due[a] != h->due[b])
		return h->due[a] < h->due[b];
	return h->jobs[a]->id < h->jobs[b]->id;
}

static void swap(struct core *c, struct heap *h, uint32_t a, uint32_t b)
{
	struct job *j = h->jobs[a];
	int64_t due = h->due[a];

	h->jobs[a] = h->jobs[b];
	h->due[a] = h->due[b];
	h->jobs[b] = j;
	h->due[b] = due;
	*place(c, h, h->jobs[a]) = a;
	*place(c, h, h->jobs[b]) = b;
}

static void sift(struct core *c, struct heap *h, uint32_t i)
{
	for (; i > 0 && before(h, i, (i - 1) / 2); i = (i - 1) / 2)
		swap(c, h, i, (i - 1) / 2);
	for (;;) {
		uint32_t least = i, kid;

		for (kid = 2 * i + 1; kid <= 2 * i + 2; kid++)
			if (kid < h->n && before(h, kid, least))
				least = kid;
		if (least == i)
			return;
		swap(c, h, i, least);
		i = least;
	}
}

static void heap_grow(struct heap *h)
{
	if (h->n < h->cap)
		return;
	h->cap = h->cap != 0 ? h->cap * 2 : 64;
	h->jobs = xreallocarray(h->jobs, h->cap, sizeof(struct job *));
	h->due = xreallocarray(h->due, h->cap, sizeof(*h->due));
}

static void heap_remove(struct core *c, struct heap *h, struct job *j)
{
	uint32_t *at = place(c, h, j), i = *at;

	if (i == NO_HEAP)
		return;
	h->n--;
	if (i != h->n) {
		swap(c, h, i, h->n);
		sift(c, h, i);
	}
	*at = NO_HEAP;
}

static void heap_set(struct core *c, struct heap *h, struct job *j, int64_t due)
{
	uint32_t *at = place(c, h, j);

	if (due == 0) {
		heap_remove(c, h, j);
		return;
	}
	if (*at == NO_HEAP) {
		heap_grow(h);
		h->jobs[h->n] = j;
		*at = h->n++;
	}
	h->due[*at] = due;
	sift(c, h, *at);
}

static int64_t wall_due(const struct core *c, const struct job *j)
{
	int64_t due = 0;

	if (job_status_terminal(j->status) || j->stopping != REASON_NONE ||
	    (is_array(j) && j->status != JOB_QUEUED))	/* its elements have their own */
		return 0;
	if (j->deadline_at > 0)
		due = j->deadline_at;
	if (j->status == JOB_QUEUED && j->begin_at > c->now.wall &&
	    (due == 0 || j->begin_at < due))
		due = j->begin_at;
	return due;
}

/* At least 1: 0 is none.  It began before the host did when jobs wait over a reboot. */
static int64_t after(int64_t boot, int64_t ms)
{
	return boot + ms > 0 ? boot + ms : 1;
}

static int64_t exec_due(const struct exec *x)
{
	int64_t ends = x->ends < INT64_MAX ? after(x->ends, 0) : 0;

	return x->recall_at > 0 && (ends == 0 || x->recall_at < ends) ? x->recall_at : ends;
}

static int64_t boot_due(const struct job *j)
{
	if (j->exec != NULL)
		return exec_due(j->exec);
	if (j->status != JOB_QUEUED)
		return is_array(j) && !j->is_ended ? j->dep_due : 0;	/* its elements wait */
	if (j->retry_boot > 0)
		return j->retry_boot;
	if (j->waiting && j->queue_timeout > 0)
		return after(j->eligible_boot, j->queue_timeout);
	return j->dep_due;
}

void timer_update(struct core *c, struct job *j)
{
	heap_set(c, &c->wall, j, wall_due(c, j));
	heap_set(c, &c->boot, j, boot_due(j));
}

static void job_due(struct core *c, struct job *j)
{
	if (j->exec != NULL && j->exec->ends <= c->now.boot)
		exec_overdue(c, j->exec);
	if (j->dep_due > 0 && j->dep_due <= c->now.boot)
		deps_due(c, j);
	if (j->deadline_at > 0 && j->deadline_at <= c->now.wall) {
		job_changed_by(c, j);
		if (j->status == JOB_QUEUED)
			job_give_up(c, j, JOB_FAILED, REASON_DEADLINE);
		else
			job_stop(c, j, REASON_DEADLINE, false);
		return;
	}
	if (j->waiting && j->queue_timeout > 0 &&
	    after(j->eligible_boot, j->queue_timeout) <= c->now.boot) {
		job_changed_by(c, j);
		job_give_up(c, j, JOB_CANCELLED, REASON_EXPIRED);
		return;
	}
	if (j->exec != NULL && j->exec->recall_at > 0 && j->exec->recall_at <= c->now.boot)
		ahead_recall(c, j->exec);
	else
		job_settle(c, j);
}

static void heap_fire(struct core *c, struct heap *h, int64_t now)
{
	int left = FIRE_MAX;

	while (h->n > 0 && h->due[0] <= now && left-- > 0)
		job_due(c, h->jobs[0]);
}

void timers_fire(struct core *c)
{
	heap_fire(c, &c->wall, c->now.wall);
	heap_fire(c, &c->boot, c->now.boot);
}

static int64_t heap_due(const struct heap *h, int64_t now)
{
	if (h->n == 0)
		return -1;
	return h->due[0] <= now ? 0 : h->due[0] - now;
}

int64_t timers_due(const struct core *c, struct now now)
{
	int64_t a = heap_due(&c->wall, now.wall), b = heap_due(&c->boot, now.boot);

	if (a < 0 || b < 0)
		return a < 0 ? b : a;
	return a < b ? a : b;
}
