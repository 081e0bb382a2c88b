/*
 * match: one scheduling pass.
 *
 * Shapes compete by their first job.  The best first job is placed, or its shape
 * is out for this pass: if the first does not fit, none of that shape does.  So a
 * pass costs the number of shapes plus the number of jobs started, however many
 * wait.  A shape that was out in the last pass is tried again only if it may fit
 * where room has come.
 *
 * A job that does not fit is a head.  Without reservations the pass ends there.
 * Else the first heads get slots (plan.c), and the shapes compete again, by their
 * shortest jobs or by the order of the queue: whoever is short enough, or leaves the
 * heads enough, passes them.  Where a job did not fit beside the slots, only shorter
 * ones of its shape are tried: the costs are the same.
 *
 * The first job of a shape that is out says what it lacks; those behind it wait for
 * their turn, reason Priority.
 */
#include <stdlib.h>

#include "core/ahead.h"
#include "core/impl.h"

struct runner {
	struct shape *shape;
	struct job *next;
	int64_t first, second;	/* the smaller the sooner; then its number */
	int64_t longest;	/* of this shape only jobs up to that length may fit */
	bool no_room;		/* for any of it */
};

struct race {		/* a binary heap, the best next job on top */
	struct runner *list;
	size_t n;
	bool by_length;		/* the shortest is the best; then whoever is first */
};

/* As job_before and job_shorter have it, without a look at the jobs each time. */
static void next_is(const struct core *c, const struct race *r, struct runner *x, struct job *j)
{
	x->next = j;
	x->first = r->by_length ? j->length : 0;
	x->second = -job_standing(c, j);
}

static bool before(const struct runner *a, const struct runner *b)
{
	if (a->first != b->first)
		return a->first < b->first;
	return a->second != b->second ? a->second < b->second : job_earlier(a->next, b->next);
}

static void sink(struct race *r, size_t i)
{
	for (;;) {
		size_t best = i, kid;
		struct runner moved;

		for (kid = 2 * i + 1; kid <= 2 * i + 2; kid++)
			if (kid < r->n && before(&r->list[kid], &r->list[best]))
				best = kid;
		if (best == i)
			return;
		moved = r->list[i];
		r->list[i] = r->list[best];
		r->list[best] = moved;
		i = best;
	}
}

static void heapify(struct race *r)
{
	size_t i;

	for (i = r->n / 2; i-- > 0;)
		sink(r, i);
}

static enum reason lack(const struct core *c, struct shape *s)
{
	enum reason why;

	s->waits_for = tokens_short(&s->want);
	if (s->waits_for != NULL)
		return REASON_LIMIT;
	s->waits_for = quota_short(s, &why);
	if (s->waits_for != NULL)
		return why;
	if (!array_allows(s))
		return REASON_ARRAY_LIMIT;
	if (s->lack_at != c->capability)
		s->lack = (uint8_t)worker_lack(c, &s->want);
	s->lack_at = c->capability;
	return (enum reason)s->lack;
}

static void say_lacking(struct core *c, struct shape *s)
{
	struct job *j = order_first(s);
	enum reason why = lack(c, s);

	if (s->kept && j->slot == NULL && shape_allowed(s))
		why = REASON_RESERVED;
	if (j->reason == why && j->waits_for == s->waits_for)
		return;
	j->waits_for = s->waits_for;
	j->reason = (uint8_t)why;
	job_touch(c, j);
}

static bool may_fit(const struct needs *needs, const int64_t *most)
{
	const struct need *x;

	for EACH_NEED(x, needs)
		if (x->n > most[x->res])
			return false;
	return true;
}

static void race_fill(struct core *c, struct race *r)
{
	int64_t most[RES_COUNT];
	struct shape *s;

	workers_new_room(c, most);
	r->n = 0;
	r->list = xreallocarray(NULL, map_count(c->shapes) + 1, sizeof(*r->list));
	r->by_length = false;
	LIST_FOREACH(s, &c->shape_list, link) {
		struct runner *x = &r->list[r->n];

		if (order_first(s) == NULL)
			continue;
		*x = (struct runner){ .shape = s, .longest = INT64_MAX,
		    .no_room = s->unfit && !may_fit(&s->want.needs, most) };
		next_is(c, r, x, order_first(s));
		r->n++;
	}
	heapify(r);
}

/* Starts the top's next job if it fits; else notes for whom of its shape that holds. */
static bool try_top(struct core *c, struct runner *top)
{
	struct job *j = top->next;
	struct worker *w;
	bool kept;

	if (top->no_room || j->length > top->longest || !shape_allowed(top->shape))
		return false;
	c->tried++;
	w = worker_choose(c, j, &kept);
	if (w == NULL) {
		top->no_room = !kept;
		top->longest = j->length - 1;
		return false;
	}
	exec_start(c, j, w, false);
	return true;
}

/* Nobody better waits for room, so it may be ordered before there is some. */
static bool go_ahead(struct core *c, struct runner *top)
{
	struct worker *w = ahead_choose(c, top->shape);

	if (w != NULL)
		exec_start(c, top->next, w, true);
	return w != NULL;
}

/*
 * It leaves the race, and its shape is told.  What had no room may be tried again
 * only where room comes.
 */
static void leave(struct core *c, struct race *r, size_t i)
{
	struct shape *s = r->list[i].shape;

	s->unfit = r->list[i].no_room && order_first(s) != NULL;
	s->kept = !r->list[i].no_room;
	if (order_first(s) != NULL)
		say_lacking(c, s);
	r->list[i] = r->list[--r->n];
}

/* The top has another next job, or none. */
static void advance(struct core *c, struct race *r, struct job *next)
{
	if (next != NULL)
		next_is(c, r, &r->list[0], next);
	else
		leave(c, r, 0);
	sink(r, 0);
}

/* In the order of the queue, until as many do not fit as there are reservations. */
static void start_first(struct core *c, struct race *r)
{
	int64_t left = c->conf.reservations;

	while (r->n > 0) {
		struct runner *top = &r->list[0];
		struct job *j = top->next, *next = order_next(j);
		bool first = left == c->conf.reservations;
		bool head = !try_top(c, top) && !(first && go_ahead(c, top));

		if (!head && j->waiting)
			next = j;	/* an array: another of its elements */
		if (head && lack(c, top->shape) != REASON_RESOURCES) {
			head = false;		/* no worker could take it: it is in nobody's way */
			next = NULL;
		}
		if (head && left > 0) {
			plan_reserve(c, j);
			if (--left > 0)
				head = false;
		}
		advance(c, r, next);
		if (head)
			return;
	}
}

/* The next of its shape that may fit beside the slots. */
static struct job *candidate(const struct core *c, const struct runner *t, struct job *from)
{
	if (t->no_room || !shape_allowed(t->shape))
		return NULL;
	if (c->conf.backfill_order == BACKFILL_SHORTEST)
		from = order_shortest(t->shape);
	else if (from != NULL && from->length > t->longest)
		from = order_next_within(from, t->longest);
	return from != NULL && from->length <= t->longest ? from : NULL;
}

static void start_others(struct core *c, struct race *r)
{
	size_t i;

	r->by_length = c->conf.backfill_order == BACKFILL_SHORTEST;
	for (i = 0; i < r->n;) {
		struct job *next = candidate(c, &r->list[i], r->list[i].next);

		if (next == NULL)
			leave(c, r, i);
		else
			next_is(c, r, &r->list[i++], next);
	}
	heapify(r);
	while (r->n > 0) {
		struct runner *top = &r->list[0];
		struct job *j = top->next, *next = order_next(j);

		if (!try_top(c, top) || j->waiting)	/* an array has more */
			next = j;
		advance(c, r, candidate(c, top, next));
	}
}

/* What was not tried may be tried by the next pass. */
static void give_up(struct race *r)
{
	size_t i;

	for (i = 0; i < r->n; i++) {
		r->list[i].shape->unfit = r->list[i].no_room;
		r->list[i].shape->kept = false;
	}
}

static void race(struct core *c)
{
	struct race r;

	plan_lift(c);
	race_fill(c, &r);
	start_first(c, &r);
	if (c->conf.reservations > 0)
		start_others(c, &r);
	else
		give_up(&r);
	free(r.list);
}

static void follow_plan(struct core *c)
{
	struct shape *s;

	plan_all(c);
	LIST_FOREACH(s, &c->shape_list, link) {
		s->unfit = s->kept = false;	/* by another setting any may be tried */
		if (order_first(s) != NULL)
			say_lacking(c, s);
	}
}

void match_pass(struct core *c)
{
	if (c->conf.reservations == RESERVATIONS_ALL)
		follow_plan(c);
	else
		race(c);
	workers_seen(c);
	ahead_clear(c);
	c->must_match = false;
}
