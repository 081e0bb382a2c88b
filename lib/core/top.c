/*
 * top: a job before those that wait with it: the caller's own, or for an admin all.
 *
 * Nothing but its priority says so, and that is raised as little as is enough.  So what
 * comes later with a higher one goes before it, and the order stays what the policy
 * makes of priorities.
 */
#include <inttypes.h>

#include "core/ops.h"

#define PRIORITY_MAX 1000

/* The first of those that it is to pass, or NULL.  The jobs of a shape have one owner. */
static const struct job *first_other(const struct core *c, const struct job *j)
{
	const struct job *best = NULL, *k;
	const struct shape *s;

	LIST_FOREACH(s, &c->shape_list, link) {
		k = order_first(s);
		if (k == j)
			k = order_next(k);
		if (k != NULL && (c->cause->actor.admin || k->owner == j->owner) &&
		    (best == NULL || job_before(c, k, best)))
			best = k;
	}
	return best;
}

static void raise_to(struct core *c, struct job *j, int64_t priority)
{
	if (priority > j->priority) {
		order_remove(c, j);
		j->priority = (int16_t)priority;
		job_settle(c, j);
	}
	job_changed_by(c, j);
	job_touch(c, j);
}

static int check(const struct core *c, const struct job *j, struct err *e)
{
	if (c->conf.policy != POLICY_PRIORITY && c->conf.policy != POLICY_HYBRID)
		return err_set(e, ERR_DATA, "cannot pass others: the policy of this scheduler does "
		    "not look at priorities");
	if (!j->waiting)
		return err_set(e, ERR_DATA, "is %s (%s): only a job that waits for room can pass "
		    "others", job_status_name(j->status), reason_name((enum reason)j->reason));
	return 0;
}

int op_top(struct core *c, struct job *j, const struct ev_control *ct, struct err *e)
{
	const struct job *other;
	int64_t priority;

	(void)ct;
	if (check(c, j, e) == -1)
		return -1;
	other = first_other(c, j);
	priority = other != NULL ? order_priority(c, j, other) : 0;
	if (priority > PRIORITY_MAX)
		return err_set(e, ERR_DATA, "cannot pass job %" PRId64 ", which has priority %d "
		    "and has waited longer: 'jobctl set %" PRId64 " priority=...' lowers that "
		    "one", other->id, other->priority, other->id);
	raise_to(c, j, priority);
	return 0;
}

/* What only time would bring is skipped; then as far to the front as there is. */
int op_expedite(struct core *c, struct job *j, const struct ev_control *ct, struct err *e)
{
	const struct change begin = { .set = ATTR_BIT(ATTR_BEGIN) };
	struct ev_control set = *ct;

	if (j->status != JOB_QUEUED || j->hold != HOLD_NONE || dep_blocks(j) ||
	    dep_impossible(j))
		return err_set(e, ERR_DATA, "is %s (%s): only a job that waits for time or room "
		    "can be expedited", job_status_name(j->status),
		    reason_name((enum reason)j->reason));
	j->retry_boot = 0;
	j->next_retry_at = 0;
	set.change = &begin;
	if (op_set(c, j, &set, e) == -1)
		return -1;
	raise_to(c, j, PRIORITY_MAX);
	return 0;
}
