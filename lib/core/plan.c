/*
 * plan: slots, that is when and on which worker a waiting job is to start.
 *
 * A slot is booked in its worker's profile like what runs there, so whatever would
 * delay it does not fit.  How many jobs have one is conf.reservations.  With a
 * number, the slots are made anew in each pass, for the first jobs that do not fit
 * (match.c).  With all, every job gets one when it comes, where it delays no other,
 * and keeps it; it is only moved up, in the order of the queue, when something is
 * over earlier than planned.  Where no end can be foreseen there is no place; then the
 * first job may get a worker that is kept for it alone.
 *
 * All instants here are the boot clock's.
 */
#include <stdlib.h>
#include <string.h>

#include "core/impl.h"

struct place {
	struct worker *worker;
	int64_t start;
};

static int64_t slot_end(const struct slot *s)
{
	return time_after(s->start, s->job->length);
}

static void put(struct slot *s, const struct place *p)
{
	s->worker = p->worker;
	s->start = p->start;
	if (p->worker == NULL)
		return;
	profile_book(&s->worker->profile, s->start, slot_end(s), &s->job->shape->want.needs, 1);
	s->worker->slots++;
}

static void lift(struct slot *s)
{
	if (s->worker != NULL) {
		profile_book(&s->worker->profile, s->start, slot_end(s),
		    &s->job->shape->want.needs, -1);
		s->worker->slots--;
	}
	s->worker = NULL;
	s->start = INT64_MAX;
}

static struct slot *slot_new(struct job *j)
{
	struct slot *s = xcalloc(1, sizeof(*s));

	s->job = j;
	s->start = INT64_MAX;
	j->slot = s;
	return s;
}

static void slot_free(struct core *c, struct slot *s)
{
	lift(s);
	TAILQ_REMOVE(&c->plan.slots, s, link);
	if (s->is_fresh)
		TAILQ_REMOVE(&c->plan.fresh, s, fresh);
	s->job->slot = NULL;
	free(s);
}

static void keep_none(struct core *c)
{
	if (c->plan.kept != NULL)
		c->plan.kept->kept_for = NULL;
	c->plan.kept = NULL;
}

static void line_up(struct core *c, struct slot *s)
{
	struct slot *before = TAILQ_LAST(&c->plan.slots, slot_list);

	while (before != NULL && job_before(c, s->job, before->job))
		before = TAILQ_PREV(before, slot_list, link);
	if (before != NULL)
		TAILQ_INSERT_AFTER(&c->plan.slots, before, s, link);
	else
		TAILQ_INSERT_HEAD(&c->plan.slots, s, link);
}

void plan_reorder(struct core *c)
{
	struct slot_list old;
	struct slot *s;

	TAILQ_INIT(&old);
	TAILQ_CONCAT(&old, &c->plan.slots, link);
	while ((s = TAILQ_FIRST(&old)) != NULL) {
		TAILQ_REMOVE(&old, s, link);
		line_up(c, s);
	}
}

void plan_enter(struct core *c, struct job *j)
{
	struct slot *s;

	if (c->conf.reservations != RESERVATIONS_ALL)
		return;
	s = slot_new(j);
	line_up(c, s);
	TAILQ_INSERT_TAIL(&c->plan.fresh, s, fresh);
	s->is_fresh = true;
}

void plan_leave(struct core *c, struct job *j)
{
	if (c->plan.kept != NULL && c->plan.kept->kept_for == j)
		keep_none(c);
	if (j->slot == NULL)
		return;
	if (j->exec == NULL && j->slot->worker != NULL) {	/* it does not start there */
		worker_grew(c, j->slot->worker);
		plan_loosened(c);
	}
	slot_free(c, j->slot);
}

void plan_again(struct core *c, struct job *j)
{
	plan_leave(c, j);
	plan_enter(c, j);
}

void plan_loosened(struct core *c)
{
	c->plan.loosened = true;
}

void plan_broken(struct core *c)
{
	c->plan.broken = c->must_match = true;
}

/* ---- finding a place */

/* The same start: by name. */
static void improve(const struct core *c, const struct job *j, struct worker *w,
    struct place *best, int64_t own)
{
	int64_t before = best->start, at;

	if (!worker_capable(w, &j->shape->want) || (w->kept_for != NULL && w->kept_for != j))
		return;
	if (best->worker != NULL && best->worker != w && best->start < INT64_MAX &&
	    strcmp(w->name, best->worker->name) < 0)
		before++;
	at = profile_find(&w->profile, c->now.boot, before, &j->shape->want.needs,
	    j->length, own);
	if (at < INT64_MAX)
		*best = (struct place){ w, at };
}

static void search(const struct core *c, const struct job *j, struct place *best)
{
	struct worker *w;

	*best = (struct place){ NULL, INT64_MAX };
	LIST_FOREACH(w, &c->workers, link)
		improve(c, j, w, best, INT64_MAX);
}

/*
 * The head of the last pass again: its start can only have come nearer where room
 * has grown since, and gone away only on its own worker.
 */
static bool search_again(const struct core *c, const struct job *j, struct place *best)
{
	struct worker *w;

	if (c->plan.head.job != j->id || c->plan.head.capability != c->capability)
		return false;
	*best = (struct place){ NULL, INT64_MAX };
	if (c->plan.head.worker != NULL)
		improve(c, j, c->plan.head.worker, best, INT64_MAX);
	if (best->start > c->plan.head.start)
		return false;
	TAILQ_FOREACH(w, &c->grown, more)
		improve(c, j, w, best, INT64_MAX);
	return true;
}

/* The largest part of what is asked for that is not free, in 1/1024. */
static int64_t lacking(const struct worker *w, const struct needs *needs)
{
	const struct need *x;
	int64_t most = 0;

	for EACH_NEED(x, needs) {
		int64_t lack = (x->n - w->free[x->res]) * 1024 / x->n;

		if (lack > most)
			most = lack;
	}
	return most;
}

/* Nobody knows when there will be room, so one worker takes nothing else until there is. */
static void keep_worker(struct core *c, const struct job *j)
{
	struct worker *w, *best = NULL;
	int64_t least = INT64_MAX;

	if (c->plan.kept != NULL || c->now.boot - j->eligible_boot < c->conf.reserve_after)
		return;
	LIST_FOREACH(w, &c->workers, link) {
		int64_t lack;

		if (!worker_capable(w, &j->shape->want))
			continue;
		lack = lacking(w, &j->shape->want.needs);
		if (best == NULL || lack < least ||
		    (lack == least && strcmp(w->name, best->name) < 0)) {
			best = w;
			least = lack;
		}
	}
	if (best != NULL)
		best->kept_for = j;
	c->plan.kept = best;
}

/* ---- a number of slots, new in each pass */

void plan_lift(struct core *c)
{
	struct slot *s;

	keep_none(c);
	while ((s = TAILQ_FIRST(&c->plan.slots)) != NULL)
		slot_free(c, s);
	c->plan.due = INT64_MAX;
	c->plan.loosened = c->plan.broken = false;
}

void plan_reserve(struct core *c, struct job *j)
{
	bool head = TAILQ_EMPTY(&c->plan.slots);
	struct place p;
	struct slot *s;

	if (!head || !search_again(c, j, &p))
		search(c, j, &p);
	s = slot_new(j);
	TAILQ_INSERT_TAIL(&c->plan.slots, s, link);
	put(s, &p);
	if (!head)
		return;
	c->plan.head.job = j->id;
	c->plan.head.worker = p.worker;
	c->plan.head.start = p.start;
	c->plan.head.capability = c->capability;
	if (p.worker == NULL)
		keep_worker(c, j);
}

/* ---- a slot for everybody */

static void first_place(struct core *c, struct slot *s)
{
	struct place p = { NULL, INT64_MAX };

	if (shape_allowed(s->job->shape))
		search(c, s->job, &p);
	put(s, &p);
}

static void move_up(struct core *c, struct slot *s)
{
	struct place p = { s->worker, s->start };
	struct worker *w;

	if (s->worker == NULL) {
		first_place(c, s);
		return;
	}
	TAILQ_FOREACH(w, &c->grown, more)
		improve(c, s->job, w, &p, w == s->worker ? s->start : INT64_MAX);
	if (p.worker == s->worker && p.start == s->start)
		return;
	lift(s);
	put(s, &p);
}

static void lift_all(struct core *c)
{
	struct slot *s;

	keep_none(c);
	TAILQ_FOREACH(s, &c->plan.slots, link)
		lift(s);
	c->plan.loosened = true;
}

/* Others have the tokens now: until some come back it keeps no room. */
static void give_up(struct core *c, struct slot *s)
{
	worker_grew(c, s->worker);
	lift(s);
	plan_loosened(c);
}

static void start_due(struct core *c)
{
	struct slot *s, *next;

	c->plan.due = INT64_MAX;
	for (s = TAILQ_FIRST(&c->plan.slots); s != NULL; s = next) {
		next = TAILQ_NEXT(s, link);
		if (s->start > c->now.boot) {
			if (s->start < c->plan.due)
				c->plan.due = s->start;
			if (s->worker == NULL && shape_allowed(s->job->shape))
				keep_worker(c, s->job);
		} else if (!shape_allowed(s->job->shape)) {
			give_up(c, s);
		} else if (worker_fits(s->worker, &s->job->shape->want)) {
			exec_start(c, s->job, s->worker, false);
		}
	}
}

static void place_all(struct core *c)
{
	struct slot *s;

	if (c->plan.loosened)
		TAILQ_FOREACH(s, &c->plan.slots, link)
			move_up(c, s);
	while ((s = TAILQ_FIRST(&c->plan.fresh)) != NULL) {
		if (!c->plan.loosened)
			first_place(c, s);
		TAILQ_REMOVE(&c->plan.fresh, s, fresh);
		s->is_fresh = false;
	}
	c->plan.loosened = c->plan.broken = false;
}

void plan_all(struct core *c)
{
	if (c->plan.broken || c->plan.capability != c->capability)
		lift_all(c);
	c->plan.capability = c->capability;
	do {
		place_all(c);
		start_due(c);
	} while (c->plan.loosened);	/* a slot was given up */
}
