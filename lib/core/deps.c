/*
 * deps: edges between jobs, and what a start or an end does to those behind it.
 *
 * A parent in the core has lists of the edges that wait for it: for its start, and for
 * its end.  A child counts its undecided, impossible and satisfied parents.  A parent
 * that has edges to judge stands on `cascade` until all are judged, at most conf.cascade
 * of them a turn, and an edge that is judged has left the parent; so a cascade of any
 * size goes on turn by turn, and after a crash from the edges that are still open on
 * disk.  Nothing here calls itself: a chain of any length is a list.
 *
 * An edge that is judged goes, but for two: one whose delay runs is left with its child
 * until then, and one that is impossible with a child that is held for it, on `stuck`,
 * since the parent may run again.
 */
#include <stdlib.h>

#include "core/impl.h"

/* ---- what an edge says of a parent */

static struct parent parent_of(const struct job *j)
{
	return (struct parent){ (enum job_status)j->status, j->started_at, j->retry_count > 0 };
}

/* Open with an instant: satisfied then. */
struct judgement {
	enum dep_state state;
	int64_t due_at;
};

static struct judgement wait_for(bool over, bool good)
{
	if (!over)
		return (struct judgement){ DEP_OPEN, 0 };
	return (struct judgement){ good ? DEP_SATISFIED : DEP_IMPOSSIBLE, 0 };
}

static struct judgement judge_start(const struct core *c, int64_t delay, const struct parent *p)
{
	bool began = p->started_at > 0 || p->retried;
	int64_t from = p->started_at > 0 ? p->started_at : c->now.wall;

	if (began && delay > 0 && from + delay > c->now.wall)
		return (struct judgement){ DEP_OPEN, from + delay };
	return wait_for(began || job_status_terminal(p->status), began);
}

static struct judgement judge(const struct core *c, enum dep_type type, int64_t delay,
    const struct parent *p)
{
	bool over = job_status_terminal(p->status);

	switch (type) {
	case DEP_OK:
		return wait_for(over, p->status == JOB_COMPLETED);
	case DEP_NOTOK:
		return wait_for(over, p->status == JOB_FAILED);
	case DEP_ANY:
		return wait_for(over, true);
	case DEP_START:
		return judge_start(c, delay, p);
	}
	return (struct judgement){ DEP_OPEN, 0 };
}

/* One impossible parent is enough, unless one of several would do. */
bool dep_impossible(const struct job *j)
{
	if (j->dep_any)
		return j->nmet == 0 && j->nopen == 0 && j->nbad > 0;
	return j->nbad > 0;
}

bool dep_blocks(const struct job *j)
{
	return dep_impossible(j) || (j->nopen > 0 && !(j->dep_any && j->nmet > 0));
}

/* ---- edges and their lists */

static struct dep *dep_new(struct job *child, enum dep_type type, int64_t delay, int64_t parent)
{
	struct dep *d = xcalloc(1, sizeof(*d));

	d->child = child;
	d->parent_id = parent;
	d->type = type;
	d->delay = delay;
	child->nopen++;
	LIST_INSERT_HEAD(&child->parents, d, of_child);
	return d;
}

static void attach(struct core *c, struct dep *d, struct job *parent)
{
	d->parent = parent;
	if (d->type == DEP_START)
		LIST_INSERT_HEAD(&parent->starters, d, of_parent);
	else
		LIST_INSERT_HEAD(&parent->children, d, of_parent);
	cascade_push(c, parent);
}

static void detach(struct dep *d)
{
	if (d->parent != NULL || d->state == DEP_IMPOSSIBLE)
		LIST_REMOVE(d, of_parent);
	d->parent = NULL;
}

static void dep_free(struct dep *d)
{
	detach(d);
	LIST_REMOVE(d, of_child);
	if (d->state == DEP_OPEN)
		d->child->nopen--;
	free(d);
}

void deps_drop(struct job *j)
{
	struct dep *d;

	while ((d = LIST_FIRST(&j->parents)) != NULL)
		dep_free(d);
	while ((d = LIST_FIRST(&j->children)) != NULL)
		dep_free(d);
	while ((d = LIST_FIRST(&j->starters)) != NULL)
		dep_free(d);
}

/* Its parents' ends are past, also those that are still to come. */
void deps_waive(struct job *j)
{
	struct dep *d;

	while ((d = LIST_FIRST(&j->parents)) != NULL)
		dep_free(d);
	j->nopen = j->nbad = j->nmet = 0;
	j->dep_due = 0;
}

/* ---- judging */

/* The delay runs from the parent's start; a clock set back makes it no longer. */
static void run_delay(struct core *c, struct dep *d, int64_t due_at)
{
	int64_t left = due_at - c->now.wall;

	detach(d);
	if (left > d->delay)
		left = d->delay;
	d->due_at = due_at;
	d->due = c->now.boot + (left > 0 ? left : 0);
	if (d->due <= 0)
		d->due = 1;
	if (d->child->dep_due == 0 || d->due < d->child->dep_due)
		d->child->dep_due = d->due;
}

/* It is satisfied or impossible: counted, and gone unless the parent may change that. */
static void close_edge(struct core *c, struct dep *d, enum dep_state state)
{
	struct job *child = d->child;

	detach(d);
	child->nopen--;
	d->state = state;
	if (state == DEP_IMPOSSIBLE)
		child->nbad++;
	else
		child->nmet++;
	if (state == DEP_IMPOSSIBLE && child->dep_hold) {
		LIST_INSERT_HEAD(&c->stuck, d, of_parent);
		return;
	}
	LIST_REMOVE(d, of_child);
	free(d);
}

static void put_edge(struct core *c, struct dep *d, struct judgement v, struct job *parent)
{
	if (v.state != DEP_OPEN)
		close_edge(c, d, v.state);
	else if (v.due_at > 0)
		run_delay(c, d, v.due_at);
	else if (parent != NULL)
		attach(c, d, parent);
}

static struct dep_row *dep_write(struct core *c, enum mut_type type, const struct dep *d,
    struct judgement v)
{
	struct dep_row *row = arena_alloc(c->turn->arena, sizeof(*row));

	row->job_id = d->child->id;
	row->parent_id = d->parent_id;
	row->type = d->type;
	row->delay = d->delay;
	row->state = v.state;
	row->due_at = v.due_at;
	turn_mut(c->turn, type, c->cause)->dep = row;
	return row;
}

/* An edge to a parent that is over is judged at once. */
void dep_add(struct core *c, struct job *child, const struct dep_request *r, struct job *parent)
{
	struct parent p = parent != NULL ? parent_of(parent) : r->end;
	struct judgement v;
	struct dep *d;

	if (parent == NULL && array_never(c, r->parent, &p.status))
		p.started_at = 0;
	v = judge(c, r->type, r->delay, &p);
	d = dep_new(child, r->type, r->delay, parent != NULL ? parent->id : r->parent);
	dep_write(c, MUT_DEP_NEW, d, v);
	if (v.state == DEP_IMPOSSIBLE)
		child->caused_by = d->parent_id;
	put_edge(c, d, v, parent);
}

/* Where nobody can judge an edge any more its child rather waits than runs. */
void dep_restore(struct core *c, struct job *child, const struct dep_row *row)
{
	struct dep *d = dep_new(child, (enum dep_type)row->type, row->delay, row->parent_id);
	struct judgement v = { (enum dep_state)row->state, row->due_at };

	put_edge(c, d, v, job_get(c, row->parent_id));
}

void dep_settle(struct core *c, struct job *child, int64_t parent)
{
	if (child->status != JOB_QUEUED &&
	    (!is_array(child) || job_status_terminal((enum job_status)child->status)))
		return;
	if (dep_impossible(child) && !child->dep_hold) {
		child->caused_by = parent;
		job_changed_by(c, child);
		array_end(c, child, REASON_DEP_FAILED, false, false);
	} else
		job_settle(c, child);
}

void deps_due(struct core *c, struct job *child)
{
	const struct judgement met = { DEP_SATISFIED, 0 };
	struct dep *d, *next;

	child->dep_due = 0;
	LIST_FOREACH_SAFE(d, &child->parents, of_child, next) {
		if (d->due == 0)
			continue;
		if (d->due <= c->now.boot) {
			dep_write(c, MUT_DEP_SET, d, met);
			close_edge(c, d, DEP_SATISFIED);
		} else if (child->dep_due == 0 || d->due < child->dep_due)
			child->dep_due = d->due;
	}
}

void deps_reopen(struct core *c, struct job *parent)
{
	const struct judgement open = { DEP_OPEN, 0 };
	struct dep *d, *next;

	LIST_FOREACH_SAFE(d, &c->stuck, of_parent, next) {
		if (d->parent_id != parent->id)
			continue;
		detach(d);
		d->state = DEP_OPEN;
		d->child->nbad--;
		d->child->nopen++;
		dep_write(c, MUT_DEP_SET, d, open);
		attach(c, d, parent);
		job_settle(c, d->child);
	}
}

/* ---- cascades */

static bool has_started(const struct job *j)
{
	return j->started_at > 0 || j->retry_count > 0;
}

/* The next edge of it that can be judged, or NULL. */
static struct dep *next_edge(const struct job *parent)
{
	bool over = job_status_terminal(parent->status);
	struct dep *d = over || has_started(parent) ? LIST_FIRST(&parent->starters) : NULL;

	return d == NULL && over ? LIST_FIRST(&parent->children) : d;
}

void cascade_push(struct core *c, struct job *parent)
{
	if (parent->in_cascade || next_edge(parent) == NULL)
		return;
	parent->in_cascade = true;
	TAILQ_INSERT_TAIL(&c->cascade, parent, ripple);
}

static void ripple(struct core *c, struct dep *d)
{
	struct job *child = d->child, *parent = d->parent;
	const struct parent p = parent_of(parent);
	struct judgement v = judge(c, d->type, d->delay, &p);

	dep_write(c, MUT_DEP_SET, d, v);
	put_edge(c, d, v, parent);
	dep_settle(c, child, parent->id);
}

void cascade_run(struct core *c)
{
	int64_t left = c->conf.cascade;
	struct job *parent;
	struct dep *d;

	while (left > 0 && (parent = TAILQ_FIRST(&c->cascade)) != NULL) {
		/* a parent that was rerun meanwhile judges nobody any more */
		while (left > 0 && (d = next_edge(parent)) != NULL) {
			ripple(c, d);
			left--;
		}
		if (next_edge(parent) != NULL)
			return;
		TAILQ_REMOVE(&c->cascade, parent, ripple);
		parent->in_cascade = false;
	}
}
