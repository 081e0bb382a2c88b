/*
 * move: the edges between statuses, and where a queued job stands.
 *
 * job_move is the one place where a status changes.  The table holds every edge
 * that exists (SPEC 2.1); any other is a bug of ours and stops the program, since
 * going on would write a lie to disk.
 */
#include <assert.h>

#include "core/impl.h"

#define TO(s) (1u << JOB_##s)

static const unsigned edges[] = {
	[JOB_QUEUED] = TO(SCHEDULED) | TO(CANCELLED) | TO(FAILED),
	[JOB_SCHEDULED] = TO(QUEUED) | TO(RUNNING) | TO(CANCELLED) | TO(FAILED),
	[JOB_RUNNING] = TO(QUEUED) | TO(COMPLETED) | TO(FAILED) | TO(CANCELLED),
	[JOB_COMPLETED] = 0,
	[JOB_FAILED] = TO(QUEUED),	/* only by rerun */
	[JOB_CANCELLED] = TO(QUEUED),
};

static bool has_execution(enum job_status s)
{
	return s == JOB_SCHEDULED || s == JOB_RUNNING;
}

static void note(struct core *c, const struct job *j, enum job_status to, enum reason why)
{
	struct mut *m;

	if (c->restoring)
		return;
	m = turn_mut(c->turn, MUT_NOTE, c->cause);
	m->note.job = j->id;
	m->note.execution = has_execution(j->status) || has_execution(to) ? j->executions : 0;
	m->note.from = j->status;
	m->note.to = to;
	m->note.reason = why;
}

void job_state_effect(struct core *c, const struct job *j, uint64_t token)
{
	struct effect *f = turn_effect(c->turn, EFF_STATE);

	f->token = token;
	f->job = j->id;
	f->execution = j->executions;
	/* An array has started when one of its elements has. */
	f->state.status = is_array(j) && j->started_at > 0 && !j->is_ended ? JOB_RUNNING :
	    (enum job_status)j->status;
	f->state.reason = j->reason;
	f->state.exit_code = j->exit_code;
	f->state.signal = j->signal;
}

/* It stays in the core until this turn is on disk: readers see it without a gap. */
static void job_ended(struct core *c, struct job *j)
{
	j->completed_at = c->now.wall;
	j->next_retry_at = 0;
	j->retry_boot = 0;
	j->stopping = REASON_NONE;
	j->ended_turn = c->turn->number;
	j->is_ended = true;
	TAILQ_INSERT_TAIL(&c->ended, j, chain);
	cascade_push(c, j);
	namesake_leave(c, j);
	notice_ended(c, j, run_over(c, j));
	job_state_effect(c, j, 0);
}

static void job_revived(struct core *c, struct job *j)
{
	TAILQ_REMOVE(&c->ended, j, chain);
	j->is_ended = false;
	namesake_enter(c, j);
	deps_reopen(c, j);
	run_again(j);
	j->completed_at = 0;
}

void job_move(struct core *c, struct job *j, enum job_status to, enum reason why)
{
	bool was_over = job_status_terminal(j->status);

	assert((edges[j->status] & (1u << to)) != 0);
	array_leave(j);
	note(c, j, to, why);
	c->counts[j->status]--;
	c->counts[to]++;
	if (j->status == JOB_QUEUED || to == JOB_QUEUED)
		quota_wait(c, j->shape, to == JOB_QUEUED ? 1 : -1);
	j->status = (uint8_t)to;
	j->reason = (uint8_t)why;
	if (was_over)
		job_revived(c, j);
	if (to != JOB_QUEUED)
		order_remove(c, j);
	job_touch(c, j);
	if (job_status_terminal(to))
		job_ended(c, j);
	else if (to == JOB_RUNNING) {
		cascade_push(c, j);
		job_state_effect(c, j, 0);
		notice_job(c, j, NOTICE_BIT(STARTED));
	}
	timer_update(c, j);
	array_enter(c, j, was_over);
}

/* Until its array may go on, an element that was made before may not, either. */
static enum reason array_blocker(const struct job *j)
{
	const struct job *m = j->array != NULL ? j->array->master : NULL;

	if (m == NULL || m == j)
		return REASON_NONE;
	if (dep_impossible(m))
		return REASON_DEP_NEVER;
	if (dep_blocks(m))
		return REASON_DEPENDENCY;
	return singleton_waits(m) ? REASON_SINGLETON : REASON_NONE;
}

/* The first thing that keeps it from running. */
enum reason job_blocker(const struct core *c, const struct job *j)
{
	if (j->hold == HOLD_ADMIN)
		return REASON_HELD_ADMIN;
	if (j->hold == HOLD_USER)
		return REASON_HELD;
	if (j->hold == HOLD_CRASH)
		return REASON_CRASH_LOOP;
	if (dep_impossible(j))
		return REASON_DEP_NEVER;
	if (dep_blocks(j))
		return REASON_DEPENDENCY;
	if (singleton_waits(j))
		return REASON_SINGLETON;
	if (array_blocker(j) != REASON_NONE)
		return array_blocker(j);
	if (j->shape->closed != REASON_NONE)
		return (enum reason)j->shape->closed;
	if (j->begin_at > c->now.wall)
		return REASON_BEGIN_TIME;
	if (j->retry_boot > c->now.boot)
		return REASON_RETRY_WAIT;
	return REASON_NONE;
}

static bool is_about_room(enum reason why)
{
	return why == REASON_PRIORITY || why == REASON_RESOURCES ||
	    why == REASON_WORKERS_UNAVAILABLE || why == REASON_NEVER_FITS ||
	    why == REASON_RESERVED;
}

/* After a restart it was so before: then nothing has to be written. */
static void become_eligible(struct core *c, struct job *j)
{
	if (j->eligible_at == 0) {
		j->eligible_at = c->now.wall;
		j->eligible_boot = c->now.boot;
		job_touch(c, j);
	}
	if (!is_about_room((enum reason)j->reason)) {
		j->reason = REASON_PRIORITY;
		job_touch(c, j);
	}
}

void job_settle(struct core *c, struct job *j)
{
	enum reason why;

	if (is_array(j)) {
		array_wake(c, j);
		timer_update(c, j);
	}
	if (j->status != JOB_QUEUED)
		return;
	why = job_blocker(c, j);
	if (why != REASON_RETRY_WAIT && j->retry_boot > 0 && j->retry_boot <= c->now.boot) {
		j->retry_boot = 0;
		j->next_retry_at = 0;
		job_touch(c, j);
	}
	if (why != REASON_NONE) {
		order_remove(c, j);
		j->eligible_at = 0;
		if (j->reason != why)
			job_touch(c, j);
		j->reason = (uint8_t)why;
	} else if (!j->waiting) {
		become_eligible(c, j);
		order_insert(c, j);
		c->must_match = true;
	}
	timer_update(c, j);
}

/* Orders the end of the open execution; its result decides what the job becomes. */
void job_stop(struct core *c, struct job *j, enum reason why, bool now)
{
	struct effect *f;

	if (j->stopping == REASON_NONE) {
		j->stopping = (uint8_t)why;
		j->reason = REASON_STOPPING;
		job_changed_by(c, j);
	}
	job_touch(c, j);
	j->exec->recall_at = 0;		/* more than that is asked for now */
	timer_update(c, j);
	f = turn_effect(c->turn, EFF_KILL);
	f->worker = arena_strdup(c->turn->arena, j->exec->worker->name);
	f->job = j->id;
	f->execution = j->exec->number;
	f->kill.cause = why == REASON_DEADLINE ? END_TIMEOUT : END_KILLED;
	f->kill.now = now;
}
