/*
 * exec: one dispatch of a job, from the booking to what its end makes of the job.
 *
 * A scheduled or running job has exactly one open execution, and booked resources
 * are what the open executions hold.  An execution's number grows by one per job
 * and is its fence: an end that names another number changes nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "base/codes.h"
#include "core/again.h"
#include "core/ahead.h"
#include "core/device.h"
#include "core/impl.h"
#include "core/texts.h"

#define GUESS_LEAST INT64_C(60000)	/* ms */

static struct exec_row *exec_touch(struct core *c, struct exec *x, enum mut_type type)
{
	if (x->pending == NULL || x->pending_turn != c->turn->number) {
		x->pending = arena_alloc(c->turn->arena, sizeof(*x->pending));
		x->pending_turn = c->turn->number;
		turn_mut(c->turn, type, c->cause)->exec = x->pending;
	}
	return x->pending;
}

/* What stands in the row from the first; the caller adds how it ended. */
static void fill_open(struct core *c, const struct exec *x, struct exec_row *r)
{
	const struct demand *want = &x->job->shape->want;

	r->job_id = x->job->id;
	r->execution = x->number;
	r->attempt = x->attempt;
	r->epoch = x->epoch;
	r->journal = x->journal;
	r->worker = arena_strdup(c->turn->arena, x->worker->name);
	r->limits = arena_strdup(c->turn->arena, x->limits);
	r->cpus = want->fixed[RES_CPU];
	r->mem = want->fixed[RES_MEM];
	r->disk = want->fixed[RES_DISK];
	r->gpus = want->fixed[RES_GPU];
	r->bw = want->fixed[RES_BW];
	r->gpu_ids = arena_strdup(c->turn->arena, x->gpu_ids);
	r->status = x->running ? JOB_RUNNING : JOB_SCHEDULED;
	r->cause = -1;
	r->error_class = -1;
	r->exit_code = r->signal = -1;
	r->scheduled_at = x->scheduled_at;
	r->started_at = x->started_at;
	r->adjusted = x->adjusted;
}

/*
 * When it is taken to end, now that it is taken to run for its length: then, or if that
 * is over, twice as long, a minute at least, but no longer than it may run.  Past its
 * limit a second more, or two, or four...: what is late may be so for long.
 */
static int64_t late_end(const struct core *c, const struct exec *x)
{
	int64_t limit = time_after(x->begun, job_limit(x->job)), late;
	int64_t ends = time_after(x->begun, x->job->length), now = c->now.boot;

	while (ends <= now && ends < limit) {
		int64_t taken = ends - x->begun;

		ends = time_after(ends, taken > GUESS_LEAST / 2 ? taken : GUESS_LEAST - taken);
		if (ends > limit)
			ends = limit;
	}
	for (late = 1000; ends <= now; late *= 2)
		ends = limit + late;
	return ends;
}

/* From `begun` (boot clock) for as long as the job is taken to run. */
void exec_book(struct core *c, struct exec *x, int64_t begun)
{
	x->begun = begun;
	x->ends = time_after(begun, x->job->length);
	account_charge(c, x->job->shape->account, &x->job->shape->want, 1);
	worker_book(c, x->worker, &x->job->shape->want.needs, x->ends, 1);
	tokens_book(&x->job->shape->want, 1);
	quota_book(c, x->job->shape, 1);
	devices_take(x->worker, x);
}

static void exec_unbook(struct core *c, const struct exec *x)
{
	account_charge(c, x->job->shape->account, &x->job->shape->want, -1);
	worker_book(c, x->worker, &x->job->shape->want.needs, x->ends, -1);
	tokens_book(&x->job->shape->want, -1);
	quota_book(c, x->job->shape, -1);
	devices_give(x->worker, x);
}

static struct exec *exec_open(struct job *j, struct worker *w)
{
	struct exec *x = xcalloc(1, sizeof(*x));

	x->job = j;
	x->worker = w;
	x->number = j->executions;
	x->attempt = j->retry_count + 1;
	x->journal = w->journal;
	j->exec = x;
	j->worker = w;
	x->ends = INT64_MAX;
	j->shape->active++;
	LIST_INSERT_HEAD(&w->execs, x, link);
	return x;
}

void exec_overdue(struct core *c, struct exec *x)
{
	int64_t from = x->ends;

	x->ends = late_end(c, x);
	profile_book(&x->worker->profile, from, x->ends, &x->job->shape->want.needs, 1);
	plan_broken(c);
	timer_update(c, x->job);
}

void exec_replan(struct core *c, struct exec *x)
{
	struct worker *w = x->worker;
	int64_t until = x->ends;

	x->job->length = job_length(c, x->job);
	if (x->ahead)
		return;		/* it books when it begins */
	x->ends = late_end(c, x);
	if (x->ends > until) {
		profile_book(&w->profile, until, x->ends, &x->job->shape->want.needs, 1);
		plan_broken(c);
	} else {
		profile_book(&w->profile, x->ends, until, &x->job->shape->want.needs, -1);
		worker_grew(c, w);
		plan_loosened(c);
		c->must_match = true;
	}
	timer_update(c, x->job);
}

void exec_free(struct exec *x)
{
	if (x == NULL)
		return;
	LIST_REMOVE(x, link);
	free(x->limits);
	free(x->gpu_ids);
	free(x);
}

static void order_start(struct core *c, const struct exec *x)
{
	struct effect *f = turn_effect(c->turn, EFF_START);
	const struct job *j = x->job;
	const struct demand *want = &j->shape->want;

	f->worker = arena_strdup(c->turn->arena, x->worker->name);
	f->job = j->id;
	f->execution = x->number;
	f->attachment = x->worker->attachment;
	f->start.attempt = x->attempt;
	f->start.max_attempts = j->rule->max_retries + 1;
	f->start.requeues = j->requeue_count;
	f->start.priority = j->priority;
	f->start.cpus = want->fixed[RES_CPU];
	f->start.mem = want->fixed[RES_MEM];
	f->start.disk = want->fixed[RES_DISK];
	f->start.gpus = want->fixed[RES_GPU];
	f->start.bw = want->fixed[RES_BW];
	f->start.gpu_ids = arena_strdup(c->turn->arena, x->gpu_ids);
	f->start.alone = !demand_plain(want);
	f->start.prev_status = j->last_exit;
	f->start.prev_reason = j->last_reason;
	f->start.ahead = x->ahead;
	f->start.parents = j->nmet + j->nbad + j->nopen > 0;
}

void exec_start(struct core *c, struct job *j, struct worker *w, bool ahead)
{
	struct exec *x;

	j = array_next(c, j);
	j->executions++;
	j->attempts = j->retry_count + 1;
	j->scheduled_at = c->now.wall;
	j->started_at = 0;
	j->exit_code = j->signal = -1;
	job_detail(j, NULL);		/* it spoke of an earlier execution */
	x = exec_open(j, w);
	x->ahead = ahead;
	if (ahead)
		x->recall_at = ahead_due(c);
	else
		exec_book(c, x, c->now.boot);
	x->epoch = c->conf.epoch;
	x->scheduled_at = c->now.wall;
	job_move(c, j, JOB_SCHEDULED, REASON_NONE);
	fill_open(c, x, exec_touch(c, x, MUT_EXEC_NEW));
	order_start(c, x);
}

struct exec *exec_adopt(struct core *c, const struct exec_row *row)
{
	struct job *j = job_get(c, row->job_id);
	struct exec *x;

	if (j == NULL || j->exec != NULL || row->execution != j->executions)
		return NULL;
	j->length = job_length(c, j);
	x = exec_open(j, worker_make(c, row->worker));
	x->gpu_ids = copy_text(row->gpu_ids);
	named_hold(c, &j->shape->want);
	exec_book(c, x, boot_of(c, row->scheduled_at));
	x->attempt = row->attempt;
	x->epoch = row->epoch;
	x->journal = row->journal;
	x->scheduled_at = row->scheduled_at;
	x->started_at = row->started_at;
	x->running = row->status == JOB_RUNNING;
	x->adjusted = row->adjusted != 0;
	x->limits = row->limits != NULL ? xstrdup(row->limits) : NULL;
	return x;
}

/* All that holds, so that saying it twice is as once. */
void exec_adjust(struct core *c, struct exec *x)
{
	struct effect *f;

	if (!x->adjusted) {
		x->adjusted = true;
		fill_open(c, x, exec_touch(c, x, MUT_EXEC_SET));
	}
	if (!x->running)
		return;		/* it is told when it has started */
	f = turn_effect(c->turn, EFF_SET);
	f->worker = arena_strdup(c->turn->arena, x->worker->name);
	f->job = x->job->id;
	f->execution = x->number;
	f->set.time = x->job->time_limit;
	f->set.suspend = x->job->reason == REASON_SUSPENDED;
}

void exec_running(struct core *c, struct exec *x, int64_t at, const char *limits)
{
	struct job *j = x->job;

	if (x->running)
		return;
	x->running = true;
	fitness_started(x->worker);
	x->recall_at = 0;
	x->started_at = at > 0 ? at : c->now.wall;
	if (limits != NULL && x->limits == NULL)
		x->limits = xstrdup(limits);
	j->started_at = x->started_at;
	job_move(c, j, JOB_RUNNING, j->stopping != REASON_NONE ? REASON_STOPPING : REASON_NONE);
	fill_open(c, x, exec_touch(c, x, MUT_EXEC_SET));
	if (x->adjusted)
		exec_adjust(c, x);
}

/* Closes the row and gives the resources back; x is gone. */
static void exec_close(struct core *c, struct exec *x, const struct exec_end *end,
    enum job_status status, enum reason why)
{
	struct exec_row *r = exec_touch(c, x, MUT_EXEC_SET);
	struct worker *w = x->worker;
	struct job *j = x->job;
	bool ahead = x->ahead, early = x->ends > c->now.boot || j->shape->want.ntokens > 0 ||
	    j->shape->limit > 0;

	if (end->limits != NULL && x->limits == NULL)
		x->limits = xstrdup(end->limits);
	fill_open(c, x, r);
	r->status = status;
	r->reason = why;
	r->cause = end->cause;
	r->error_class = classify(end, j->rule->success_codes);
	r->exit_code = end->exit_code;
	r->signal = end->signal;
	r->message = arena_strdup(c->turn->arena, end->text);
	r->completed_at = end->ended_at > 0 ? end->ended_at : c->now.wall;
	r->duration = end->duration;
	if (r->duration == 0 && x->started_at > 0 && r->completed_at > x->started_at)
		r->duration = r->completed_at - x->started_at;	/* nobody was there to count */
	r->cpu_ms = end->cpu_ms;
	r->max_rss = end->max_rss;
	r->out_bytes = end->out_bytes;
	r->err_bytes = end->err_bytes;
	c->must_match = true;
	if (!ahead)
		exec_unbook(c, x);
	j->exec = NULL;
	j->shape->active--;
	exec_free(x);
	if (ahead)
		return;
	if (early)
		plan_loosened(c);
	ahead_ended(c, w, j->shape);
}

static bool wants_retry(const struct core *c, const struct job *j, const struct exec_end *end,
    enum error_class cls)
{
	const char *const no[] = { j->rule->no_retry_on, c->conf.no_retry_on };
	const char *const yes[] = { j->rule->retry_on, c->conf.retry_on };
	const char *name = error_class_name(cls);
	int i;

	if (cls == CLASS_CANCELLED || end->cause == END_UNKILLABLE)
		return false;
	for (i = 0; i < 2; i++) {	/* the job's word beats the configuration's */
		if (no[i] != NULL && codes_match(no[i], end->exit_code, end->signal, name))
			return false;
		if (yes[i] != NULL && codes_match(yes[i], end->exit_code, end->signal, name))
			return true;
	}
	return class_retries(cls) || (cls == CLASS_OOM && j->rule->retry_mem != NULL);
}

static void requeue(struct core *c, struct job *j, enum reason why)
{
	job_move(c, j, JOB_QUEUED, why);
	j->stopping = REASON_NONE;
	job_settle(c, j);
}

static void retry(struct core *c, struct job *j)
{
	const struct rule *r = j->rule;
	int64_t delay = retry_delay(r->policy, r->delay, r->max_delay, r->jitter,
	    j->retry_count, j->id, j->retry_count + 1);
	bool first;

	if (j->deadline_at > 0 && c->now.wall + delay > j->deadline_at) {
		job_detail(j, "the next retry would start after the deadline");
		job_move(c, j, JOB_FAILED, REASON_DEADLINE);
		return;
	}
	first = j->retry_count++ == 0;
	if (delay > 0) {
		j->next_retry_at = c->now.wall + delay;
		j->retry_boot = c->now.boot + delay;
	}
	requeue(c, j, REASON_RETRY_WAIT);
	if (first && j->run == NULL)
		notice_job(c, j, NOTICE_BIT(FIRST_FAILURE));
}

/* The scheduler's own troubles: another try that is not the program's. */
static void infra(struct core *c, struct job *j, const struct exec_end *end)
{
	if (j->no_requeue && end->cause != END_NEVER && end->cause != END_RESOURCE) {
		job_detail(j, "outcome unknown");
		job_move(c, j, JOB_FAILED, REASON_NODE_LOST);
	} else if (j->requeue_count >= c->conf.max_requeues)
		job_move(c, j, JOB_FAILED, REASON_MAX_REQUEUES);
	else {
		if (again_crashed(j, end))
			j->hold = HOLD_CRASH;
		j->requeue_count++;
		requeue(c, j, REASON_REQUEUED);
	}
}

/* One that ran out of memory, and cannot have more, would do so again. */
static bool may_retry(struct core *c, struct job *j, enum error_class cls)
{
	if (j->retry_count >= j->rule->max_retries)
		return false;
	return cls != CLASS_OOM || j->rule->retry_mem == NULL || again_with_memory(c, j);
}

/* Somebody had ordered the end: it is his reason that counts, if it was his doing. */
static bool end_was_ordered(struct core *c, struct job *j, const struct exec_end *end,
    enum error_class cls)
{
	enum reason why = j->stopping;

	if (why == REASON_NONE || cls == CLASS_SUCCESS || end->cause == END_UNKILLABLE)
		return false;
	if (why == REASON_REQUEUED)
		requeue(c, j, why);
	else if (why == REASON_DEADLINE)
		job_move(c, j, JOB_FAILED, why);
	else
		job_move(c, j, JOB_CANCELLED, why);
	return true;
}

/* What an execution may say of itself for a while is no word for a job's end. */
static enum reason final_reason(const struct exec_end *end)
{
	switch (end->cause) {
	case END_NEVER:
		return REASON_LAUNCH_FAILED;
	case END_FENCED:
		return REASON_NODE_LOST;
	default:
		return failure_reason(end);
	}
}

static void job_outcome(struct core *c, struct job *j, const struct exec_end *end,
    enum error_class cls)
{
	bool again;

	if (end_was_ordered(c, j, end, cls))
		return;
	job_detail(j, end->text);
	again = wants_retry(c, j, end, cls);
	if (cls == CLASS_SUCCESS)
		job_move(c, j, JOB_COMPLETED, REASON_NONE);
	else if (cls == CLASS_CANCELLED)
		job_move(c, j, JOB_CANCELLED, REASON_BY_ADMIN);	/* killed on its host */
	else if (again && cls == CLASS_INFRA)
		infra(c, j, end);
	else if (again && may_retry(c, j, cls))
		retry(c, j);
	else
		job_move(c, j, JOB_FAILED, final_reason(end));
}

/* It came back as it went: this was no attempt of the job's. */
static void given_back(struct core *c, struct exec *x, const struct exec_end *end)
{
	struct job *j = x->job;

	exec_close(c, x, end, JOB_FAILED, REASON_NEVER_STARTED);
	if (!end_was_ordered(c, j, end, CLASS_INFRA))
		requeue(c, j, REASON_REQUEUED);
}

static enum job_status exec_status(enum error_class cls)
{
	if (cls == CLASS_SUCCESS)
		return JOB_COMPLETED;
	return cls == CLASS_CANCELLED ? JOB_CANCELLED : JOB_FAILED;
}

/* It ended when its worker saw it end, which jobd may hear of much later. */
static void ended_at(const struct core *c, struct job *j, const struct exec_end *end)
{
	if (end->ended_at >= j->scheduled_at && end->ended_at < c->now.wall)
		j->completed_at = end->ended_at;
}

void exec_end(struct core *c, struct exec *x, const struct exec_end *end)
{
	struct job *j = x->job;
	enum error_class cls = classify(end, j->rule->success_codes);
	enum reason why = cls == CLASS_SUCCESS ? REASON_NONE : failure_reason(end);

	if (end->cause == END_RECALLED) {
		given_back(c, x, end);
		return;
	}
	ahead_pace(j->shape, end);
	runtime_learn(c, j->runtime, end);
	if (end->started_at > 0)
		exec_running(c, x, end->started_at, end->limits);
	if (cls == CLASS_SUCCESS && !x->running)
		exec_running(c, x, end->ended_at, end->limits);
	if ((j->stopping != REASON_NONE && cls == CLASS_CANCELLED) ||
	    (j->stopping == REASON_DEADLINE && cls == CLASS_TIMEOUT))
		why = j->stopping;
	j->exit_code = (int16_t)end->exit_code;
	j->signal = (int16_t)end->signal;
	j->last_exit = (int16_t)(end->signal > 0 ? 128 + end->signal : end->exit_code);
	j->last_reason = (uint8_t)why;
	if (end->cause == END_UNKILLABLE)
		worker_degrade(c, x->worker, "a process there cannot be ended");
	fitness_ended(c, x->worker, j, end);
	exec_close(c, x, end, exec_status(cls), why);
	job_outcome(c, j, end, cls);
	if (j->is_ended)
		ended_at(c, j, end);
}
