/*
 * control: cancel, hold, release, requeue, rerun, signal.
 *
 * A row of `ops` says what is done to one job, and how it is refused to a job that
 * is over; the rest is walking the targets.  Ended jobs that the core holds no more
 * come with the event.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/impl.h"

static bool by_owner(const struct core *c, const struct job *j)
{
	return c->cause->actor.uid == j->owner->uid;
}

static int op_cancel(struct core *c, struct job *j, const struct ev_control *ct, struct err *e)
{
	enum reason why = by_owner(c, j) ? REASON_BY_USER : REASON_BY_ADMIN;

	(void)e;
	job_detail(j, ct->text);
	job_changed_by(c, j);
	job_touch(c, j);
	if (j->status == JOB_QUEUED)
		job_move(c, j, JOB_CANCELLED, why);
	else if (j->stopping == REASON_NONE || j->stopping == REASON_REQUEUED || ct->now) {
		j->stopping = REASON_NONE;	/* a cancel outranks a requeue */
		job_stop(c, j, why, ct->now);
	}
	return 0;
}

static int op_hold(struct core *c, struct job *j, const struct ev_control *ct, struct err *e)
{
	if (j->status != JOB_QUEUED)
		return err_set(e, ERR_DATA, "is %s: only a queued job can be held",
		    job_status_name(j->status));
	if (j->hold != HOLD_ADMIN || c->cause->actor.admin)	/* a user takes none away */
		j->hold = by_owner(c, j) ? HOLD_USER : HOLD_ADMIN;
	job_detail(j, ct->text);
	job_changed_by(c, j);
	job_touch(c, j);
	job_settle(c, j);
	return 0;
}

static int op_release(struct core *c, struct job *j, const struct ev_control *ct, struct err *e)
{
	(void)ct;
	if (j->status != JOB_QUEUED)
		return err_set(e, ERR_DATA, "is %s: only a held job can be released",
		    job_status_name(j->status));
	if (j->hold == HOLD_ADMIN && !c->cause->actor.admin)
		return err_set(e, ERR_PERM, "was held by an administrator");
	j->hold = HOLD_NONE;
	job_detail(j, NULL);
	job_changed_by(c, j);
	job_touch(c, j);
	job_settle(c, j);
	return 0;
}

static int requeue_running(struct core *c, struct job *j, bool now, struct err *e)
{
	if (j->stopping != REASON_NONE && j->stopping != REASON_REQUEUED)
		return err_set(e, ERR_DATA, "is being stopped already (%s)",
		    reason_name((enum reason)j->stopping));
	job_changed_by(c, j);
	job_stop(c, j, REASON_REQUEUED, now);
	return 0;
}

static int op_requeue(struct core *c, struct job *j, const struct ev_control *ct, struct err *e)
{
	if (j->status != JOB_QUEUED)
		return requeue_running(c, j, ct->now, e);
	if (j->retry_boot == 0)
		return err_set(e, ERR_DATA, "is queued already");
	if (!ct->now)
		return err_set(e, ERR_DATA, "waits for its retry: --now skips the wait");
	j->retry_boot = 0;
	j->next_retry_at = 0;
	job_changed_by(c, j);
	job_touch(c, j);
	job_settle(c, j);
	return 0;
}

/* A later job may have its key now. */
static int regain_key(struct core *c, struct job *j, struct err *e)
{
	const struct job *other = j->key == NULL ? NULL :
	    job_by_key(c, j->owner->uid, j->key->key);

	if (other != NULL && other != j && job_key_in_force(other))
		return err_set(e, ERR_DATA, "cannot run again: job %" PRId64
		    " has its key '%s' now", other->id, j->key->key);
	if (j->key != NULL)
		job_key_put(c, j);
	return 0;
}

static int op_rerun(struct core *c, struct job *j, const struct ev_control *ct, struct err *e)
{
	(void)ct;
	if (!job_status_terminal(j->status))
		return err_set(e, ERR_DATA, "is %s: only an ended job can be rerun",
		    job_status_name(j->status));
	if (regain_key(c, j, e) == -1)
		return -1;
	j->retry_count = j->requeue_count = 0;	/* a new series */
	j->caused_by = 0;
	deps_waive(j);				/* by hand: what its parents did is past */
	if (j->hold != HOLD_ADMIN || c->cause->actor.admin)
		j->hold = HOLD_NONE;
	j->last_exit = -1;
	j->last_reason = REASON_NONE;
	if (j->deadline_at <= c->now.wall)
		j->deadline_at = 0;
	job_detail(j, NULL);
	job_changed_by(c, j);
	job_move(c, j, JOB_QUEUED, REASON_PRIORITY);
	job_settle(c, j);
	return 0;
}

static int op_signal(struct core *c, struct job *j, const struct ev_control *ct, struct err *e)
{
	struct effect *f;

	if (j->status != JOB_RUNNING)
		return err_set(e, ERR_NOINPUT, "is %s: nothing to signal",
		    job_status_name(j->status));
	f = turn_effect(c->turn, EFF_KILL);
	f->worker = arena_strdup(c->turn->arena, j->exec->worker->name);
	f->job = j->id;
	f->execution = j->exec->number;
	f->kill.cause = END_KILLED;
	f->kill.signal = ct->signal;
	return 0;
}

static const struct op {
	int (*apply)(struct core *c, struct job *j, const struct ev_control *ct, struct err *e);
	enum err_code over;	/* to a job that is over, with these words behind its status */
	const char *words;
} ops[CONTROL_COUNT] = {
	[CONTROL_CANCEL] = { op_cancel, ERR_NOINPUT, " already" },
	[CONTROL_HOLD] = { op_hold, ERR_DATA, ": only a queued job can be held" },
	[CONTROL_RELEASE] = { op_release, ERR_DATA, ": only a held job can be released" },
	[CONTROL_REQUEUE] = { op_requeue, ERR_DATA, ": use rerun" },
	[CONTROL_RERUN] = { op_rerun, ERR_NONE, NULL },
	[CONTROL_SIGNAL] = { op_signal, ERR_NOINPUT, ": nothing to signal" },
};

/* What can be told without the job itself: it may be in the core or on disk. */
static int permit(const struct core *c, enum control_op op, int64_t owner,
    enum job_status status, struct err *e)
{
	if (!c->cause->actor.admin && c->cause->actor.uid != owner)
		return err_set(e, ERR_PERM, "is not yours");
	if (ops[op].words != NULL && job_status_terminal(status))
		return err_set(e, ops[op].over, "is %s%s", job_status_name(status), ops[op].words);
	if (op == CONTROL_RERUN && status == JOB_COMPLETED)
		return err_set(e, ERR_DATA, "is completed: submit it anew");
	if (c->conf.read_only)
		return err_set(e, ERR_AGAIN, "the disk of the spool is full: try later");
	return 0;
}

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
    struct reply_item *it)
{
	struct err e;

	it->uuid = j->uuid;
	err_clear(&e);
	if (permit(c, ct->op, j->owner->uid, j->status, &e) == 0)
		(void)ops[ct->op].apply(c, j, ct, &e);
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

static void apply_found(struct core *c, const struct ev_control *ct,
    const struct found_job *found, struct reply_item *it)
{
	const struct job_row *row = &found->row;
	const struct job *j;
	struct err e;

	err_clear(&e);
	it->uuid = row->uuid;
	it->status = (enum job_status)row->status;
	it->reason = (enum reason)row->reason;
	if (permit(c, ct->op, row->uid, it->status, &e) == -1) {
		answer_err(c, it, &e);
		return;
	}
	if (!found->archived) {
		apply(c, ct, job_restore(c, row), it);
		return;
	}
	if ((j = job_by_uuid(c, &found->fresh)) == NULL)	/* else it was named twice */
		j = rerun_archived(c, found);
	it->job = j->id;
	it->uuid = j->uuid;
	it->status = j->status;
	it->reason = j->reason;
}

/* False when there is no such job. */
static bool one_id(struct core *c, const struct ev_control *ct, const char *name, int64_t id,
    struct answer *a)
{
	struct job *j = job_get(c, id);
	const struct found_job *found;

	if (j != NULL) {
		apply(c, ct, j, answer_add(c, a, name, id));
		return true;
	}
	found = a->found != NULL ? map_get(a->found, (uint64_t)id) : NULL;
	if (found == NULL)
		return false;
	apply_found(c, ct, found, answer_add(c, a, name, id));
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
			any = one_id(c, ct, name, id, a) || any;
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
