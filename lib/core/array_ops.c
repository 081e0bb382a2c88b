/*
 * array_ops: a control request on a whole array.
 *
 * It is done to the array itself where that decides about what is still to come, and to
 * those of its elements that are in a state in which it means something.  An array of
 * which nothing can be changed says why.
 */
#include "core/ops.h"

#define IN(s) (1u << JOB_##s)
#define LIVE (IN(QUEUED) | IN(SCHEDULED) | IN(RUNNING))

static const struct {
	bool self;		/* the array, while it is queued */
	unsigned elements;	/* bits 1 << status */
} reach[CONTROL_COUNT] = {
	[CONTROL_CANCEL] = { true, LIVE },
	[CONTROL_HOLD] = { true, IN(QUEUED) },
	[CONTROL_RELEASE] = { true, IN(QUEUED) },
	[CONTROL_REQUEUE] = { false, LIVE },
	[CONTROL_RERUN] = { false, IN(FAILED) | IN(CANCELLED) },
	[CONTROL_SIGNAL] = { false, IN(RUNNING) },
	[CONTROL_SUSPEND] = { false, IN(RUNNING) },
	[CONTROL_RESUME] = { false, IN(RUNNING) },
	[CONTROL_SET] = { true, LIVE },
	[CONTROL_TOP] = { true, IN(QUEUED) },
	[CONTROL_EXPEDITE] = { true, IN(QUEUED) },
};

/* One that has ended may be on disk only. */
static struct job *element(struct core *c, const struct array *a, int64_t place,
    struct map *found)
{
	const struct found_job *f = found != NULL ?
	    map_get(found, (uint64_t)(a->id + 1 + place)) : NULL;
	struct job *j = array_job(c, a, place);

	return j == NULL && f != NULL ? job_restore(c, &f->row) : j;
}

static bool concerns(const struct job *j, const struct ev_control *ct)
{
	return (reach[ct->op].elements & 1u << j->status) != 0;
}

int op_array(struct core *c, struct job *m, const struct ev_control *ct, struct map *found,
    struct err *e)
{
	const struct array *a = m->array;
	int64_t done = 0;
	struct err why;

	err_clear(&why);
	if (reach[ct->op].self && m->status == JOB_QUEUED) {
		if (op_apply(c, m, ct, e) == -1)
			return -1;
		done++;
	}
	for (int64_t k = 0; k < a->spec.count; k++) {
		struct job *j = element(c, a, k, found);

		if (j != NULL && concerns(j, ct))
			done += op_apply(c, j, ct, &why) == 0;
	}
	if (ct->op == CONTROL_RERUN)
		done += op_revive(c, m, &why) == 0;
	if (done > 0)
		return 0;
	if (why.code == ERR_NONE)
		return err_set(e, ERR_DATA, "has no element to which that could be done");
	*e = why;
	return -1;
}
