/*
 * deps: edges between jobs, and what an end does to those behind it.
 *
 * A parent in the core has a list of the edges that wait for it; a child counts
 * its undecided, impossible and satisfied parents.  An ended parent stands on
 * `cascade` until all its edges are judged, at most conf.cascade of them a turn,
 * and an edge that is judged has left both lists; so a cascade of any size goes on
 * turn by turn, and after a crash from the edges that are still open on disk.
 */
#include <assert.h>
#include <stdlib.h>

#include "core/impl.h"

void dep_link(struct core *c, struct job *child, struct job *parent, enum dep_type type)
{
	struct dep *d = xcalloc(1, sizeof(*d));

	d->child = child;
	d->parent = parent;
	d->type = type;
	child->nopen++;
	LIST_INSERT_HEAD(&child->parents, d, of_child);
	LIST_INSERT_HEAD(&parent->children, d, of_parent);
	if (job_status_terminal(parent->status))
		cascade_push(c, parent);
}

static void dep_unlink(struct dep *d)
{
	LIST_REMOVE(d, of_child);
	LIST_REMOVE(d, of_parent);
	d->child->nopen--;
	free(d);
}

void deps_drop(struct job *j)
{
	struct dep *d;

	while ((d = LIST_FIRST(&j->parents)) != NULL)
		dep_unlink(d);
	while ((d = LIST_FIRST(&j->children)) != NULL)
		dep_unlink(d);
}

/* Its parents' ends are past, also those that are still to come. */
void deps_waive(struct job *j)
{
	struct dep *d;

	while ((d = LIST_FIRST(&j->parents)) != NULL)
		dep_unlink(d);
	j->nopen = j->nbad = j->nmet = 0;
}

static bool satisfied(enum dep_type type, enum job_status parent)
{
	switch (type) {
	case DEP_OK:
		return parent == JOB_COMPLETED;
	case DEP_NOTOK:
		return parent == JOB_FAILED;
	case DEP_ANY:
		return true;
	}
	return false;
}

void dep_judge(struct job *child, enum dep_type type, enum job_status parent)
{
	assert(job_status_terminal(parent));
	if (satisfied(type, parent))
		child->nmet++;
	else
		child->nbad++;
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

void dep_settle(struct core *c, struct job *child, int64_t parent)
{
	if (child->status != JOB_QUEUED)
		return;
	if (dep_impossible(child) && !child->dep_hold) {
		child->caused_by = parent;
		job_changed_by(c, child);
		job_move(c, child, JOB_CANCELLED, REASON_DEP_FAILED);
	} else
		job_settle(c, child);
}

void cascade_push(struct core *c, struct job *ended)
{
	if (ended->in_cascade || LIST_EMPTY(&ended->children))
		return;
	ended->in_cascade = true;
	TAILQ_INSERT_TAIL(&c->cascade, ended, ripple);
}

static void dep_write(struct core *c, const struct dep *d, enum dep_state state)
{
	struct dep_row *row = arena_alloc(c->turn->arena, sizeof(*row));

	row->job_id = d->child->id;
	row->parent_id = d->parent->id;
	row->type = d->type;
	row->state = state;
	turn_mut(c->turn, MUT_DEP_SET, c->cause)->dep = row;
}

static void ripple(struct core *c, struct dep *d)
{
	struct job *child = d->child, *parent = d->parent;
	enum dep_type type = d->type;

	dep_write(c, d, satisfied(type, parent->status) ? DEP_SATISFIED : DEP_IMPOSSIBLE);
	dep_unlink(d);
	dep_judge(child, type, parent->status);
	dep_settle(c, child, parent->id);
}

void cascade_run(struct core *c)
{
	int64_t left = c->conf.cascade;
	struct job *parent;
	struct dep *d;

	while (left > 0 && (parent = TAILQ_FIRST(&c->cascade)) != NULL) {
		/* a parent that was rerun meanwhile judges nobody any more */
		while (left > 0 && job_status_terminal(parent->status) &&
		    (d = LIST_FIRST(&parent->children)) != NULL) {
			ripple(c, d);
			left--;
		}
		if (job_status_terminal(parent->status) && !LIST_EMPTY(&parent->children))
			return;
		TAILQ_REMOVE(&c->cascade, parent, ripple);
		parent->in_cascade = false;
	}
}
