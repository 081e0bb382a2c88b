/*
 * ops: what a control request does to one job.
 *
 * A row of `ops` for each: how it is carried out, and how it is refused to a job that
 * is over.  What `set` changes stands in change.c.
 */
#include <inttypes.h>

#include "core/again.h"
#include "core/ops.h"

static bool by_owner(const struct core *c, const struct job *j)
{
	return c->cause->actor.uid == j->owner->uid;
}

static enum reason cancelled_by(const struct core *c, const struct job *j)
{
	return by_owner(c, j) ? REASON_BY_USER : REASON_BY_ADMIN;
}

static int op_cancel(struct core *c, struct job *j, const struct ev_control *ct, struct err *e)
{
	enum reason why = cancelled_by(c, j);

	(void)e;
	job_detail(j, ct->text);
	job_changed_by(c, j);
	job_touch(c, j);
	if (j->status == JOB_QUEUED)
		job_give_up(c, j, JOB_CANCELLED, why);
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
	if (j->hold == HOLD_CRASH)
		again_forgiven(j);
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

static void new_series(struct core *c, struct job *j)
{
	j->retry_count = j->requeue_count = 0;
	again_forgiven(j);
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
}

static int op_rerun(struct core *c, struct job *j, const struct ev_control *ct, struct err *e)
{
	(void)ct;
	if (!job_status_terminal(j->status))
		return err_set(e, ERR_DATA, "is %s: only an ended job can be rerun",
		    job_status_name(j->status));
	if (regain_key(c, j->array != NULL && j->array->master != NULL ? j->array->master : j,
	    e) == -1)
		return -1;
	new_series(c, j);
	job_move(c, j, JOB_QUEUED, REASON_PRIORITY);
	job_settle(c, j);
	return 0;
}

int op_revive(struct core *c, struct job *array, struct err *e)
{
	if (array->array->never.count == 0)
		return -1;
	if (job_status_terminal((enum job_status)array->status)) {
		if (regain_key(c, array, e) == -1)
			return -1;
		new_series(c, array);
	}
	(void)array_revive(c, array);
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
	f->kill.main = ct->main_only;
	return 0;
}

static int op_suspend(struct core *c, struct job *j, const struct ev_control *ct, struct err *e)
{
	if (j->status != JOB_RUNNING)
		return err_set(e, ERR_DATA, "is %s: only a running job can be suspended",
		    job_status_name(j->status));
	if (j->stopping != REASON_NONE)
		return err_set(e, ERR_DATA, "is being stopped (%s)",
		    reason_name((enum reason)j->stopping));
	j->reason = REASON_SUSPENDED;
	job_detail(j, ct->text);
	job_changed_by(c, j);
	job_touch(c, j);
	exec_adjust(c, j->exec);
	return 0;
}

static int op_resume(struct core *c, struct job *j, const struct ev_control *ct, struct err *e)
{
	(void)ct;
	if (j->status != JOB_RUNNING || j->reason != REASON_SUSPENDED)
		return err_set(e, ERR_DATA, "is %s: only a suspended job can be resumed",
		    job_status_name(j->status));
	j->reason = REASON_NONE;
	job_detail(j, NULL);
	job_changed_by(c, j);
	job_touch(c, j);
	exec_adjust(c, j->exec);
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
	[CONTROL_SUSPEND] = { op_suspend, ERR_DATA, ": only a running job can be suspended" },
	[CONTROL_RESUME] = { op_resume, ERR_DATA, ": only a suspended job can be resumed" },
	[CONTROL_SET] = { op_set, ERR_DATA, ": it can be changed no more" },
	[CONTROL_TOP] = { op_top, ERR_DATA, ": only a job that waits can pass others" },
	[CONTROL_EXPEDITE] = { op_expedite, ERR_DATA, ": only a job that waits can be expedited" },
};

int op_permit(const struct core *c, enum control_op op, int64_t owner,
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

int op_skip(struct core *c, int64_t element, const struct ev_control *ct)
{
	const struct job *m = array_of(c, element)->master;

	return ct->op == CONTROL_CANCEL && array_skip(c, element, cancelled_by(c, m)) ? 0 : -1;
}

int op_apply(struct core *c, struct job *j, const struct ev_control *ct, struct err *e)
{
	return ops[ct->op].apply(c, j, ct, e);
}
