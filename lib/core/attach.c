/*
 * attach: workers come, go, and report.
 *
 * When a worker attaches, what it holds is compared with what is open on it, and
 * every execution is settled once (the table of SPEC 2.9).  "The worker knows
 * nothing of it" means "never started" only if its journal is the one to which the
 * order was sent; else its outcome is unknown.  A result of one that was given up is
 * kept beside what was made of it, and changes nothing any more.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/impl.h"
#include "core/texts.h"

static const struct held *held_get(const struct ev_worker_up *up, const struct exec *x)
{
	size_t i;

	for (i = 0; i < up->nheld; i++)
		if (up->held[i].job == x->job->id && up->held[i].execution == x->number)
			return &up->held[i];
	return NULL;
}

static void send_ack(struct core *c, const char *worker, int64_t job, int64_t execution)
{
	struct effect *f = turn_effect(c->turn, EFF_ACK);

	f->worker = arena_strdup(c->turn->arena, worker);
	f->job = job;
	f->execution = execution;
}

/*
 * A worker says "never started" of what it does not know, when it is to end it.  With
 * another journal than the one that the order went to it cannot know that.
 */
static void end_and_ack(struct core *c, struct exec *x, const struct exec_end *end)
{
	struct exec_end sure = *end;

	if (end->cause == END_NEVER && !uuid_equal(&x->journal, &x->worker->journal)) {
		sure.cause = END_LOST;
		sure.text = RECORDS_LOST;
	}
	send_ack(c, x->worker->name, x->job->id, x->number);
	exec_end(c, x, &sure);
}

static void settle_missing(struct core *c, struct worker *w, struct exec *x)
{
	struct exec_end end = { .exit_code = -1, .signal = -1 };
	bool same = uuid_equal(&x->journal, &w->journal);

	if (!same && c->conf.lease > 0) {
		lost_begin(c, w, c->now.boot + c->conf.lease);
		return;
	}
	end.cause = same && !x->running ? END_NEVER : END_LOST;
	end.text = end.cause == END_NEVER ? "the worker never got the order" :
	    RECORDS_LOST;
	exec_end(c, x, &end);
}

static void settle(struct core *c, struct worker *w, struct exec *x, const struct held *h)
{
	struct job *j = x->job;

	if (h == NULL) {
		settle_missing(c, w, x);
		return;
	}
	if (h->ended) {
		end_and_ack(c, x, &h->end);
		return;
	}
	if (h->end.started_at > 0)
		exec_running(c, x, h->end.started_at, h->end.limits);
	if (j->stopping != REASON_NONE)
		job_stop(c, j, j->stopping, false);	/* the order may have been lost */
	else if (x->running && x->adjusted)
		exec_adjust(c, x);			/* this one, too */
}

static bool is_open(const struct core *c, const struct worker *w, const struct held *h)
{
	const struct job *j = job_get(c, h->job);

	return j != NULL && j->exec != NULL && j->exec->number == h->execution &&
	    j->exec->worker == w;
}

static const char *result_text(struct core *c, const struct exec_end *end)
{
	char text[32];

	snprintf(text, sizeof(text), end->exit_code >= 0 ? "%s %d" : "%s",
	    end_cause_name(end->cause), end->exit_code);
	return arena_strdup(c->turn->arena, text);
}

/* Whether it was given up, or this is its result once more, is in its row. */
static void late(struct core *c, const char *worker, const struct held *h)
{
	struct exec_row *r = arena_alloc(c->turn->arena, sizeof(*r));

	*r = (struct exec_row){ .job_id = h->job, .execution = h->execution,
		.worker = arena_strdup(c->turn->arena, worker),
		.late_result = result_text(c, &h->end), .late_at = h->end.ended_at };
	turn_mut(c->turn, MUT_EXEC_LATE, c->cause)->exec = r;
	send_ack(c, worker, h->job, h->execution);
}

/* Nothing of ours: an execution whose end was settled without this worker. */
static void stray(struct core *c, const char *worker, const struct held *h)
{
	struct effect *f;

	if (h->ended) {
		late(c, worker, h);
		return;
	}
	f = turn_effect(c->turn, EFF_KILL);
	f->worker = arena_strdup(c->turn->arena, worker);
	f->job = h->job;
	f->execution = h->execution;
	f->kill.cause = END_FENCED;
	f->kill.now = true;
}

/* Strays first: settling frees executions, and what was open must not look stray. */
static void reconcile(struct core *c, struct worker *w, const struct ev_worker_up *up)
{
	struct exec *x, *next;
	size_t i;

	for (i = 0; i < up->nheld; i++)
		if (!is_open(c, w, &up->held[i]))
			stray(c, w->name, &up->held[i]);
	for (x = LIST_FIRST(&w->execs); x != NULL; x = next) {
		next = LIST_NEXT(x, link);
		settle(c, w, x, held_get(up, x));
	}
}

/* What an admin has said of it stays. */
static void say(struct worker *w, const char *text)
{
	if (w->status == WORKER_ACTIVE)
		set_text(&w->text, text);
}

/* It is a worker, or one again. */
static void come(struct worker *w)
{
	if (w->gone)
		w->status = WORKER_ACTIVE;
	w->gone = false;
	say(w, NULL);
}

void on_worker_up(struct core *c, const struct event *ev)
{
	const struct ev_worker_up *up = &ev->up;
	struct worker *w = worker_make(c, up->row.name);

	come(w);
	w->journal = up->row.journal;
	w->attachment = up->attachment;
	w->heartbeat = c->now.wall;
	w->up = true;
	worker_take(c, w, &up->row);
	lost_end(c, w);
	worker_changed(c, w);
	reconcile(c, w, up);
}

/* What it was lost for while it was up is looked at when it is up again. */
static void cut(struct core *c, struct worker *w)
{
	if (w->up)
		lost_end(c, w);
	w->up = false;
}

/* Also of one that has never been here: it is a worker, and `text` says why it is not. */
void on_worker_down(struct core *c, const struct event *ev)
{
	struct worker *w = worker_get(c, ev->down.worker);

	if (w == NULL && ev->down.text == NULL)
		return;
	if (w == NULL)
		w = worker_make(c, ev->down.worker);
	else if (!w->up && !w->gone && same_text(w->text, ev->down.text))
		return;
	if (w->gone)
		come(w);
	cut(c, w);
	say(w, ev->down.text);
	worker_changed(c, w);
}

/*
 * Cut off by us: its lease, if it is of our time, is over when one has gone by.  What
 * it may have from a jobd before us only an admin knows.
 */
void on_worker_gone(struct core *c, const struct event *ev)
{
	struct worker *w = worker_get(c, ev->down.worker);

	if (w == NULL)
		return;
	cut(c, w);
	w->gone = true;
	w->status = WORKER_INACTIVE;
	if (w->attachment != 0)
		lost_begin(c, w, c->now.boot + c->conf.lease);
	set_text(&w->text, ev->down.text);
	worker_changed(c, w);
}

void on_exec(struct core *c, const struct event *ev)
{
	const struct held *h = &ev->exec.held;
	struct job *j = job_get(c, h->job);
	struct exec *x = j != NULL ? j->exec : NULL;

	if (x == NULL || x->number != h->execution ||
	    strcmp(x->worker->name, ev->exec.worker) != 0) {
		if (ev->type == EV_ENDED)
			late(c, ev->exec.worker, h);
		return;
	}
	x->worker->heartbeat = c->now.wall;
	if (ev->type == EV_STARTED)
		exec_running(c, x, h->end.started_at, h->end.limits);
	else
		end_and_ack(c, x, &h->end);
}

static void worker_set_reply(struct core *c, const struct event *ev, enum err_code code,
    const char *text)
{
	struct effect *f = turn_effect(c->turn, EFF_REPLY);

	f->token = ev->token;
	f->reply.n = 1;
	f->reply.items = arena_alloc(c->turn->arena, sizeof(struct reply_item));
	f->reply.items[0].name = arena_strdup(c->turn->arena, ev->worker_set.name);
	f->reply.items[0].code = (int)code;
	f->reply.items[0].text = text;
}

static void status_set(struct core *c, struct worker *w, const struct ev_worker_set *set)
{
	w->status = set->status;
	if (w->status == WORKER_ACTIVE) {
		w->health = HEALTH_HEALTHY;
		w->failures = 0;
	}
	set_text(&w->text, set->text);
	worker_changed(c, w);
}

void on_worker_set(struct core *c, const struct event *ev)
{
	struct worker *w = worker_get(c, ev->worker_set.name);

	if (!ev->cause.actor.admin) {
		worker_set_reply(c, ev, ERR_PERM, "only an administrator may do that");
		return;
	}
	if (w == NULL) {
		worker_set_reply(c, ev, ERR_NOINPUT, "no such worker");
		return;
	}
	if (ev->worker_set.dead && w->up) {
		worker_set_reply(c, ev, ERR_DATA, "it is attached, and so not dead");
		return;
	}
	if (ev->worker_set.dead)
		lost_confirmed(c, w);
	else
		status_set(c, w, &ev->worker_set);
	worker_set_reply(c, ev, ERR_NONE, NULL);
}
