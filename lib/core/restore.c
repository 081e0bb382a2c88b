/*
 * restore: recovery brings back from disk what was alive.
 *
 * Rows come as events of turns like everything else: accounts, bounds, run times, workers,
 * schedules and what waits for their runs, then jobs, then open executions and all
 * dependencies of live jobs, then `done`.  Nothing is written while rows come; with
 * `done` every queued job takes its place, and every schedule.
 */
#include <stdlib.h>

#include "core/impl.h"

/* Negative when it was before the host came up. */
int64_t boot_of(const struct core *c, int64_t wall)
{
	return c->now.boot - (c->now.wall > wall ? c->now.wall - wall : 0);
}

/*
 * A retry's wait goes on.  It is a duration, of which only the wall clock's instant
 * is on disk: if the clock was set back since, no more than the whole is waited.
 */
static void take_retry(struct core *c, struct job *j, int64_t at)
{
	const struct rule *r = j->rule;
	int64_t left = at - c->now.wall, whole;

	if (at == 0)
		return;
	whole = retry_delay(r->policy, r->delay, r->max_delay, r->jitter, j->retry_count - 1,
	    j->id, j->retry_count);
	if (left > whole)
		left = whole;
	j->next_retry_at = at;
	j->retry_boot = c->now.boot + (left > 0 ? left : 0);
	if (j->retry_boot == 0)
		j->retry_boot = 1;
}

static void take_lived(struct core *c, struct job *j, const struct job_row *row)
{
	j->reason = (uint8_t)row->reason;
	j->exit_code = (int16_t)row->exit_code;
	j->signal = (int16_t)row->signal;
	j->last_exit = (int16_t)(row->signal > 0 ? 128 + row->signal : row->exit_code);
	j->eligible_at = row->eligible_at;
	j->eligible_boot = boot_of(c, row->eligible_at);
	j->scheduled_at = row->scheduled_at;
	j->started_at = row->started_at;
	j->completed_at = row->completed_at;
	j->attempts = (uint32_t)row->attempts;
	j->retry_count = (uint32_t)row->retry_count;
	j->requeue_count = (uint32_t)row->requeue_count;
	j->executions = (uint32_t)row->executions;
	j->caused_by = row->caused_by;
	j->crashed_on = row->crashed_on != NULL ? xstrdup(row->crashed_on) : NULL;
	j->stopping = (uint8_t)row->stopping;
	j->worker = row->worker != NULL ? worker_get(c, row->worker) : NULL;
	if (row->changed_by != NULL)
		j->changed_by = owner_get(c, -1, row->changed_by);
	if (row->changed_via != NULL)
		j->changed_via = owner_get(c, -1, row->changed_via);
	take_retry(c, j, row->next_retry_at);
	job_detail(j, row->detail);
}

struct job *job_restore(struct core *c, const struct job_row *row)
{
	struct job *j = job_get(c, row->id);

	if (j != NULL)
		return j;
	j = job_new(c, row->id, row);
	take_lived(c, j, row);
	c->counts[j->status]--;
	j->status = (uint8_t)row->status;
	c->counts[j->status]++;
	if (j->status != JOB_QUEUED)
		quota_wait(c, j->shape, -1);	/* as job_new had it */
	array_restored(j);
	if (job_status_terminal(j->status)) {
		namesake_leave(c, j);
		(void)run_over(c, j);
		j->ended_turn = c->turn->number;
		j->is_ended = true;
		TAILQ_INSERT_TAIL(&c->ended, j, chain);
	}
	if (array_top(j) >= c->next_id)
		c->next_id = array_top(j) + 1;
	return j;
}

static void restore_worker(struct core *c, const struct worker_row *row)
{
	struct worker *w = worker_make(c, row->name);

	worker_take(c, w, row);		/* executions book again */
	w->status = (enum worker_status)row->status;
	w->health = row->health == HEALTH_DEGRADED ? HEALTH_DEGRADED : HEALTH_HEALTHY;
	w->shown_status = w->status;
	w->shown_health = (enum worker_health)row->health;
	w->since = row->since;
	w->journal = row->journal;
	w->created_at = row->created_at;
	w->heartbeat = row->last_heartbeat;
	w->text = row->reason != NULL ? xstrdup(row->reason) : NULL;
	worker_changed(c, w);	/* nobody is attached now: `done` writes so */
}

static void restore_dep(struct core *c, const struct dep_row *row)
{
	struct job *child = job_get(c, row->job_id);

	if (child != NULL && !job_status_terminal(child->status))
		dep_restore(c, child, row);
}

/*
 * Whoever is rerun waits for no parent any more, but its edges on disk stand as
 * they were.  It is known by this: it blocks although its row tells of something
 * later, or although such an edge would have cancelled it.
 */
static bool was_waived(const struct job *j)
{
	if (job_status_terminal(j->status) || !dep_blocks(j))
		return false;
	if (j->executions > 0 || (dep_impossible(j) && !j->dep_hold))
		return true;
	return j->hold == HOLD_NONE && j->reason != REASON_DEPENDENCY &&
	    j->reason != REASON_DEP_NEVER;
}

static void restore_done(struct core *c, int64_t next_id, int64_t next_schedule)
{
	struct job *j;
	size_t i;

	if (next_id > c->next_id)
		c->next_id = next_id;
	c->restoring = false;
	for (i = 0; (j = map_next(c->jobs, &i)) != NULL;) {
		if (was_waived(j))
			deps_waive(j);
		job_settle(c, j);
		timer_update(c, j);
	}
	plans_restored(c, next_schedule);
}

void on_restore(struct core *c, const struct event *ev)
{
	const struct ev_restore *r = &ev->restore;

	c->restoring = true;
	if (r->worker != NULL)
		restore_worker(c, r->worker);
	else if (r->job != NULL)
		(void)job_restore(c, r->job);
	else if (r->schedule != NULL)
		schedule_restore(c, r->schedule, r->request);
	else if (r->occurrence != NULL)
		occurrence_restore(c, r->occurrence);
	else if (r->exec != NULL)
		(void)exec_adopt(c, r->exec);
	else if (r->dep != NULL)
		restore_dep(c, r->dep);
	else if (r->account != NULL)
		account_restore(c, r->account);
	else if (r->quota != NULL)
		quota_restore(c, r->quota);
	else if (r->runtime != NULL)
		runtime_restore(c, r->runtime);
	else if (r->notice != NULL)
		notice_restore(c, r->notice);
	else if (r->done) {
		notices_restored(c, r->next_notice);
		restore_done(c, r->next_id, r->next_schedule);
	}
}
