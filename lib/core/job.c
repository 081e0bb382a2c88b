/*
 * job: making and dropping live jobs, and the rows that tell of them.
 *
 * Owns struct job; its names are in names.c.  A job's row is written once a
 * turn, with what it has become by the end of the turn, however often it changed:
 * job_touch notes that it changed, jobs_flush fills the rows.
 */
#include <stdlib.h>
#include <string.h>

#include "core/elements.h"
#include "core/given.h"
#include "core/impl.h"

void job_take_given(struct job *j, const struct job_row *row)
{
	j->begin_at = row->begin_at;
	j->deadline_at = row->deadline_at;
	j->time_limit = row->time_limit;
	j->estimate = row->estimate;
	j->queue_timeout = row->queue_timeout;
	j->kill_grace = row->kill_grace;
	j->priority = (int16_t)row->priority;
	j->no_requeue = row->no_requeue != 0;
	j->dep_any = row->dep_any != 0;
	j->dep_hold = row->dep_hold != 0;
	j->singleton = row->singleton != 0;
}

void job_given(const struct job *j, struct job_row *row)
{
	row->begin_at = j->begin_at;
	row->deadline_at = j->deadline_at;
	row->time_limit = j->time_limit;
	row->estimate = j->estimate;
	row->queue_timeout = j->queue_timeout;
	row->kill_grace = j->kill_grace;
	row->priority = j->priority;
	row->no_requeue = j->no_requeue;
	row->dep_any = j->dep_any;
	row->dep_hold = j->dep_hold;
	row->singleton = j->singleton;
	row->user = j->owner->name;
	row->name = j->namesakes->name;
	shape_row(j->shape, row);
	rule_row(j->rule, row);
}

struct job *job_new(struct core *c, int64_t id, const struct job_row *row)
{
	struct job *j = xcalloc(1, sizeof(*j));

	j->id = id;
	j->uuid = row->uuid;
	j->created_at = row->created_at;
	j->hold = (uint8_t)row->hold;
	job_take_given(j, row);
	j->exit_code = j->signal = j->last_exit = -1;
	j->at_wall = j->at_boot = NO_HEAP;
	LIST_INIT(&j->parents);
	LIST_INIT(&j->children);
	LIST_INIT(&j->starters);
	j->owner = owner_get(c, row->uid, row->user);
	j->shape = shape_get(c, row);
	j->rule = rule_get(c, row);
	j->runtime = runtime_get(c, row->uid, row->name);
	names_add(c, j, row);
	if (row->schedule_id != 0 && !row_is_element(row))
		run_attach(c, j, row->schedule_id, row->scheduled_time);
	array_attach(c, j, row);
	c->counts[JOB_QUEUED]++;
	quota_wait(c, j->shape, 1);
	return j;
}

void job_free(struct core *c, struct job *j)
{
	order_remove(c, j);
	deps_drop(j);
	if (j->in_cascade)
		TAILQ_REMOVE(&c->cascade, j, ripple);
	if (j->is_ended)
		TAILQ_REMOVE(&c->ended, j, chain);
	names_drop(c, j);
	if (j->status == JOB_QUEUED)
		quota_wait(c, j->shape, -1);
	shape_put(c, j->shape);
	rule_put(c, j->rule);
	runtime_put(c, j->runtime);
	c->counts[j->status]--;
	exec_free(j->exec);
	run_free(j);
	array_detach(c, j);
	free(j->detail);
	free(j->crashed_on);
	free(j);
}

static void touch_list(struct core *c, struct job *j)
{
	if (c->ntouched == c->cap_touched) {
		c->cap_touched = c->cap_touched != 0 ? c->cap_touched * 2 : 64;
		c->touched = xreallocarray(c->touched, c->cap_touched, sizeof(*c->touched));
	}
	c->touched[c->ntouched++] = j;
}

static void announce(struct core *c, struct job *j, enum mut_type type, struct job_row *row)
{
	row->id = j->id;
	row->uuid = j->uuid;
	turn_mut(c->turn, type, c->cause)->job = row;
	j->pending = row;
	touch_list(c, j);
}

void job_announce(struct core *c, struct job *j, const struct job_row *given)
{
	bool element = j->array != NULL && !is_array(j);

	/* The row of an event borrows; the turn outlives the event. */
	announce(c, j, element ? MUT_ELEMENT_NEW : MUT_JOB_NEW,
	    row_keep(c->turn->arena, &table_jobs, given));
}

void job_touch(struct core *c, struct job *j)
{
	if (j->pending == NULL && !c->restoring)
		announce(c, j, MUT_JOB_SET, arena_alloc(c->turn->arena, sizeof(struct job_row)));
}

void job_changed_by(struct core *c, struct job *j)
{
	j->changed_by = owner_get(c, -1, c->cause->actor.name);
	j->changed_via = owner_get(c, -1, c->cause->via);
}

void job_detail(struct job *j, const char *text)
{
	free(j->detail);
	j->detail = text != NULL && *text != '\0' ? xstrdup(text) : NULL;
}

/* It is about one token, user, queue... */
static bool has_name(int64_t reason)
{
	return reason >= REASON_LIMIT && reason <= REASON_QUOTA_QUEUE;
}

static void fill_row(struct core *c, const struct job *j, struct job_row *row)
{
	struct arena *a = c->turn->arena;

	row->status = j->status;
	row->reason = j->reason;
	row->hold = j->hold;
	row->priority = j->priority;
	row->deadline_at = j->deadline_at;
	row->exit_code = j->exit_code;
	row->signal = j->signal;
	row->eligible_at = j->eligible_at;
	row->scheduled_at = j->scheduled_at;
	row->started_at = j->started_at;
	row->completed_at = j->completed_at;
	row->next_retry_at = j->next_retry_at;
	row->attempts = j->attempts;
	row->retry_count = j->retry_count;
	row->requeue_count = j->requeue_count;
	row->executions = j->executions;
	row->worker = j->worker != NULL ? arena_strdup(a, j->worker->name) : NULL;
	row->detail = arena_strdup(a, j->detail);
	row->crashed_on = arena_strdup(a, j->crashed_on);
	row->waits_for = has_name(j->reason) ? j->waits_for : NULL;
	row->caused_by = j->caused_by;
	row->stopping = j->stopping;
	/* owners live as long as the core, and the core longer than its turns */
	row->changed_by = j->changed_by != NULL ? j->changed_by->name : NULL;
	row->changed_via = j->changed_via != NULL ? j->changed_via->name : NULL;
	array_fill(c, j, row);
}

void jobs_flush(struct core *c)
{
	size_t i;

	for (i = 0; i < c->ntouched; i++) {
		struct job *j = c->touched[i];

		fill_row(c, j, j->pending);
		j->pending = NULL;
	}
	c->ntouched = 0;
}
