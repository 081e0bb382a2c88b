/*
 * match: one scheduling pass.
 *
 * Shapes compete by their first job.  The best first job is placed, or its shape
 * is out for this pass: if the first does not fit, none of that shape does.  So a
 * pass costs the number of shapes plus the number of jobs started, however many
 * wait, and a shape that does not fit keeps no other from running.  A shape that
 * was out in the last pass competes again only if it may fit where room has come.
 *
 * The first job of a shape that is out says what it lacks; those behind it wait for
 * their turn, reason Priority.
 */
#include <stdlib.h>

#include "core/ahead.h"
#include "core/impl.h"

struct race {		/* a binary heap of shapes, best first job on top */
	struct shape **shapes;
	size_t n;
	struct job *over;	/* the best one that waits for room, or NULL */
};

static void sink(struct core *c, struct race *r, size_t i)
{
	for (;;) {
		size_t best = i, kid;
		struct shape *s;

		for (kid = 2 * i + 1; kid <= 2 * i + 2; kid++)
			if (kid < r->n && job_before(c, order_first(r->shapes[kid]),
			    order_first(r->shapes[best])))
				best = kid;
		if (best == i)
			return;
		s = r->shapes[i];
		r->shapes[i] = r->shapes[best];
		r->shapes[best] = s;
		i = best;
	}
}

static void say_lacking(struct core *c, struct shape *s)
{
	struct job *j = order_first(s);

	if (s->lack_at == c->capability && !s->other_first)
		return;
	if (s->lack_at != c->capability)
		s->lack = (uint8_t)worker_lack(c, s->want);
	s->lack_at = c->capability;
	s->other_first = false;
	if (j->reason == s->lack)
		return;
	j->reason = s->lack;
	job_touch(c, j);
}

/* It waits until something ends; what could never run here keeps nobody waiting. */
static void pass_over(struct core *c, struct race *r, struct shape *s)
{
	struct job *j = order_first(s);

	say_lacking(c, s);
	if (s->lack == REASON_RESOURCES && (r->over == NULL || job_before(c, j, r->over)))
		r->over = j;
}

static bool may_fit(const int64_t *want, const int64_t *most)
{
	int i;

	for (i = 0; i < RES_COUNT; i++)
		if (want[i] > most[i] && (want[i] > 0 || most[i] == INT64_MIN))
			return false;
	return true;
}

static void race_fill(struct core *c, struct race *r)
{
	int64_t most[RES_COUNT];
	struct shape *s;
	size_t i;

	worker_new_room(c, most);
	r->n = 0;
	r->over = NULL;
	r->shapes = xreallocarray(NULL, map_count(c->shapes) + 1, sizeof(struct shape *));
	LIST_FOREACH(s, &c->shape_list, link) {
		if (order_first(s) == NULL)
			continue;
		if (!s->unfit || may_fit(s->want, most) || ahead_worth(c, s))
			r->shapes[r->n++] = s;
		else
			pass_over(c, r, s);
	}
	for (i = r->n / 2; i-- > 0;)
		sink(c, r, i);
}

static void drop_top(struct race *r)
{
	r->shapes[0] = r->shapes[--r->n];
}

/* A job that a worker could not run goes to another one, if another has room. */
static const struct worker *shunned(const struct job *j)
{
	return j->requeue_count > 0 ? j->worker : NULL;
}

/* False: there is no room for it, and it may not go ahead. */
static bool place(struct core *c, const struct race *r, struct shape *s, struct job *j)
{
	struct worker *w = worker_choose(c, s->want, shunned(j));
	bool ahead = w == NULL && (r->over == NULL || job_before(c, j, r->over));

	if (ahead)
		w = ahead_choose(c, s);
	if (w != NULL)
		exec_start(c, j, w, ahead);
	return w != NULL;
}

void match_pass(struct core *c)
{
	struct race r;

	race_fill(c, &r);
	while (r.n > 0) {
		struct shape *s = r.shapes[0];
		bool placed = place(c, &r, s, order_first(s));

		if (!placed) {
			s->unfit = true;
			pass_over(c, &r, s);
		}
		if (!placed || order_first(s) == NULL)
			drop_top(&r);
		sink(c, &r, 0);
	}
	free(r.shapes);
	ahead_clear(c);
	c->must_match = false;
}
