/*
 * control: requests about jobs that are there already.
 *
 * Walks the targets and makes the answer; what is done to one job stands in ops.c.
 * Ended jobs that the core holds no more come with the event.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/elements.h"
#include "core/ops.h"

/* The answer grows with the targets; it lives in the turn. */
struct answer {
	struct reply_item *items;
	size_t n, cap;
	struct map *found;	/* struct found_job by id, or NULL */
};

static struct reply_item *answer_add(struct core *c, struct answer *a, const char *name,
    int64_t job)
{
	if (a->n == a->cap) {
		size_t cap = a->cap != 0 ? a->cap * 2 : 8;
		struct reply_item *more = arena_alloc(c->turn->arena, cap * sizeof(*more));

		if (a->n > 0)
			memcpy(more, a->items, a->n * sizeof(*more));
		a->items = more;
		a->cap = cap;
	}
	a->items[a->n] = (struct reply_item){ .name = name, .job = job };
	return &a->items[a->n++];
}

static void answer_err(struct core *c, struct reply_item *it, const struct err *e)
{
	it->code = (int)e->code;
	it->text = e->code != ERR_NONE ? arena_strdup(c->turn->arena, e->text) : NULL;
}

static void apply(struct core *c, const struct ev_control *ct, struct job *j,
    struct map *found, struct reply_item *it)
{
	struct err e;

	it->uuid = j->uuid;
	err_clear(&e);
	if (op_permit(c, ct->op, j->owner->uid, j->status, &e) == 0)
		(void)(is_array(j) ? op_array(c, j, ct, found, &e) : op_apply(c, j, ct, &e));
	it->status = j->status;
	it->reason = j->reason;
	answer_err(c, it, &e);
}

/* The same work again under a new number: the old one is in the history for good. */
static struct job *rerun_archived(struct core *c, const struct found_job *found)
{
	struct job_row row = found->row;
	struct job *j;

	row.uuid = found->fresh;
	row.rerun_of = found->row.id;
	row.key = NULL;
	if (row.hold != HOLD_ADMIN || c->cause->actor.admin)
		row.hold = HOLD_NONE;
	row.created_at = c->now.wall;
	if (row.deadline_at <= c->now.wall)
		row.deadline_at = 0;
	j = job_new(c, c->next_id++, &row);
	job_changed_by(c, j);
	job_announce(c, j, &row);
	job_settle(c, j);
	return j;
}

/* An element counts in its array, so that comes back first. */
static struct job *restore(struct core *c, const struct job_row *row, struct map *all)
{
	const struct found_job *array = map_get(all, (uint64_t)row->array_id);

	if (array != NULL && !array->archived)
		(void)job_restore(c, &array->row);
	return job_restore(c, row);
}

static void apply_found(struct core *c, const struct ev_control *ct,
    const struct found_job *found, struct map *all, struct reply_item *it)
{
	const struct job_row *row = &found->row;
	const struct job *j;
	struct err e;

	err_clear(&e);
	it->uuid = row->uuid;
	it->status = (enum job_status)row->status;
	it->reason = (enum reason)row->reason;
	if (op_permit(c, ct->op, row->uid, it->status, &e) == -1) {
		answer_err(c, it, &e);
		return;
	}
	if (!found->archived) {
		apply(c, ct, restore(c, row, all), all, it);
		return;
	}
	if (row_is_array(row)) {
		err_set(&e, ERR_DATA, "is an array in the history: rerun its elements by their "
		    "numbers, or submit it anew");
		answer_err(c, it, &e);
		return;
	}
	if ((j = job_by_uuid(c, &found->fresh)) == NULL)	/* else it was named twice */
		j = rerun_archived(c, found);
	it->job = j->id;
	it->uuid = j->uuid;
	it->status = j->status;
	it->reason = j->reason;
}

/* An element that is still to come. */
static void apply_expected(struct core *c, const struct ev_control *ct, int64_t id,
    struct reply_item *it)
{
	const struct array *a = array_of(c, id);
	struct err e;

	err_clear(&e);
	if (op_permit(c, ct->op, a->master->owner->uid, JOB_QUEUED, &e) == -1)
		answer_err(c, it, &e);
	else if (op_skip(c, id, ct) == 0)
		it->status = JOB_CANCELLED;
	else
		apply(c, ct, array_element(c, id), NULL, it);
}

/*
 * False when there is no such job.  Where a range begins before an array, what is to come
 * of that has been decided with the array.
 */
static bool one_id(struct core *c, const struct ev_control *ct, const char *name, int64_t id,
    int64_t first, struct answer *a)
{
	struct job *j = job_get(c, id);
	const struct found_job *found;

	if (j != NULL) {
		apply(c, ct, j, a->found, answer_add(c, a, name, id));
		return true;
	}
	if (array_expects(c, id) && array_of(c, id)->id < first) {
		apply_expected(c, ct, id, answer_add(c, a, name, id));
		return true;
	}
	found = a->found != NULL ? map_get(a->found, (uint64_t)id) : NULL;
	if (found == NULL)
		return false;
	apply_found(c, ct, found, a->found, answer_add(c, a, name, id));
	return true;
}

static void one_target(struct core *c, const struct ev_control *ct, size_t i, struct answer *a)
{
	const char *name = arena_strdup(c->turn->arena, ct->names[i]);
	int64_t id, last = ct->last[i] < c->next_id ? ct->last[i] : c->next_id - 1;
	struct reply_item *it;
	bool any = false;

	if (ct->first[i] > 0)
		for (id = ct->first[i]; id <= last; id++)
			any = one_id(c, ct, name, id, ct->first[i], a) || any;
	if (any)
		return;
	it = answer_add(c, a, name, 0);
	it->code = ERR_NOINPUT;
	it->text = "no such job";
}

void on_control(struct core *c, const struct event *ev)
{
	const struct ev_control *ct = &ev->control;
	struct answer a = { NULL, 0, 0, NULL };
	struct effect *f;
	size_t i;

	if (ct->nfound > 0)
		a.found = map_new();
	for (i = 0; i < ct->nfound; i++)
		map_put(a.found, (uint64_t)ct->found[i].row.id, (void *)(uintptr_t)&ct->found[i]);
	for (i = 0; i < ct->n; i++)
		one_target(c, ct, i, &a);
	map_free(a.found);
	f = turn_effect(c->turn, EFF_REPLY);
	f->token = ev->token;
	f->reply.items = a.items;
	f->reply.n = a.n;
}
