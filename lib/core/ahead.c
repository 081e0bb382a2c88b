/*
 * ahead: orders beyond what there is room for.
 *
 * Between the end of a job and the start of the next lie a message, a commit, an order
 * and two syncs: some milliseconds, in which the place that came free stays empty.
 * Jobs that take hours do not notice; jobs that take a millisecond would do nothing but
 * wait.  So a worker gets a few orders more, each of which begins when an execution of
 * its size ends there (see inherit.c of the agent).
 *
 * Promises: what is ahead books nothing; it takes over the booking of the first
 * execution of its size that ends on its worker, and there is always one.  Only shapes
 * whose jobs are short of late go ahead, and only while no better job waits for room.
 * Whatever asks for more than numbers of any worker neither goes ahead nor is followed;
 * nor does anything of which somebody may have only so much go ahead.
 * What has not begun in time is taken back, so that a place elsewhere, or a better job,
 * does not wait for a guess that was wrong.
 */
#include <string.h>

#include "core/ahead.h"

#define PACE_MAX_MS 50		/* longer jobs gain nothing */
#define PACE_SLOW_MS 800	/* a guess was wrong: ten short jobs until the next */
#define WAIT_MS 250

bool same_size(const struct shape *a, const struct shape *b)
{
	const struct needs *x = &a->want.needs, *y = &b->want.needs;

	return x->n == y->n && memcmp(x->list, y->list, x->n * sizeof(*x->list)) == 0 &&
	    demand_plain(&a->want) && demand_plain(&b->want);
}

/* Up at once, down by and by: one long job is enough to be careful. */
void ahead_pace(struct shape *s, const struct exec_end *end)
{
	if (end->started_at == 0)
		return;
	if (s->pace == -1 || end->duration > s->pace)
		s->pace = end->duration;
	else
		s->pace = (3 * s->pace + end->duration) / 4;
}

bool ahead_worth(const struct core *c, const struct shape *s)
{
	return c->conf.ahead > 0 && demand_plain(&s->want) && !quota_bounded(s) && s->limit == 0 &&
	    s->pace >= 0 &&
	    s->pace <= PACE_MAX_MS && !TAILQ_EMPTY(&c->lively);
}

static bool takes_one(const struct core *c, const struct worker *w, const struct shape *s)
{
	int64_t places = 0, ahead = 0;
	const struct exec *x;

	LIST_FOREACH(x, &w->execs, link) {
		if (x->ahead)
			ahead++;
		else if (same_size(x->job->shape, s))
			places++;
	}
	return w->ready && ahead < places * c->conf.ahead;
}

struct worker *ahead_choose(const struct core *c, const struct shape *s)
{
	struct worker *w;

	if (!ahead_worth(c, s))
		return NULL;
	TAILQ_FOREACH(w, &c->lively, alive) {
		if (takes_one(c, w, s))
			return w;
	}
	return NULL;
}

void ahead_clear(struct core *c)
{
	struct worker *w;

	while ((w = TAILQ_FIRST(&c->lively)) != NULL) {
		TAILQ_REMOVE(&c->lively, w, alive);
		w->lively = false;
	}
}

/* The worker does the same: the order that came first begins. */
static void hand_over(struct core *c, struct worker *w, const struct shape *s)
{
	struct exec *x, *first = NULL;

	LIST_FOREACH(x, &w->execs, link) {	/* the newest first */
		if (x->ahead && same_size(x->job->shape, s))
			first = x;
	}
	if (first == NULL)
		return;
	first->ahead = false;
	exec_book(c, first, c->now.boot);
	if (w->slots > 0)
		plan_broken(c);		/* it may take longer than the one before it */
	timer_update(c, first->job);
}

void ahead_ended(struct core *c, struct worker *w, const struct shape *s)
{
	hand_over(c, w, s);
	if (!w->lively)
		TAILQ_INSERT_TAIL(&c->lively, w, alive);
	w->lively = true;
}

/* If it has begun meanwhile the worker does not mind. */
void ahead_recall(struct core *c, struct exec *x)
{
	struct effect *f = turn_effect(c->turn, EFF_KILL);

	x->recall_at = 0;
	x->job->shape->pace = PACE_SLOW_MS;
	timer_update(c, x->job);
	f->worker = arena_strdup(c->turn->arena, x->worker->name);
	f->job = x->job->id;
	f->execution = x->number;
	f->kill.cause = END_RECALLED;
}

int64_t ahead_due(const struct core *c)
{
	return c->now.boot + WAIT_MS;
}
