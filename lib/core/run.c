/*
 * run: the runs of a schedule, and what happens when one is due while another lives.
 *
 * A run is alive until it has ended for good: queued and between retries, too.  What
 * waits stands in the database as well, so that a restart finds it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/impl.h"

#define USUAL_KNOWN 5		/* runs, before one can be unusual */
#define USUAL_MEAN 8

/* ---- the job of a run */

static struct job *run_make(struct core *c, struct schedule *s, const struct occurrence *o,
    bool *later)
{
	struct job_request r = s->request;
	struct job_row *row = &r.row;
	struct job *j;
	struct err e;

	uuid_derive(&row->uuid, &s->row.uuid, (uint64_t)s->row.runs, c->now.wall);
	if (row->deadline_at > 0)	/* it was said as so long after the submission */
		row->deadline_at += c->now.wall - s->row.created_at;
	row->created_at = c->now.wall;
	row->schedule_id = s->row.id;
	row->scheduled_time = o->nominal;
	row->catch_up = o->catch_up;
	row->type = "recurring";
	if (job_judge(c, &r, &e) == -1) {
		*later = e.code == ERR_AGAIN;
		if (!*later)
			occurrence_note(c, s, o, DECISION_MISSED,
			    arena_strdup(c->turn->arena, e.text), 0);
		return NULL;
	}
	j = job_make(c, &r);
	s->row.runs++;
	schedule_touch(c, s);
	occurrence_note(c, s, o, DECISION_RUN, o->by_hand ? "by hand" : NULL, j->id);
	return j;
}

/* It would begin now, within a blackout, and nobody asks for it by hand: it is noted. */
static bool run_barred(struct core *c, const struct schedule *s, const struct occurrence *o)
{
	if (o->by_hand || !schedule_blacked_out(c, s, c->now.wall))
		return false;
	occurrence_note(c, s, o, DECISION_SKIPPED, "blackout", 0);
	return true;
}

/* A run of it that lives, or 0. */
static int64_t runner(const struct schedule *s)
{
	const struct run *r = LIST_FIRST(&s->runs);

	return r != NULL ? r->job->id : 0;
}

/* ---- those that wait */

void waiting_add(struct schedule *s, const struct occurrence *o)
{
	struct occurrence *w = xmemdup(o, sizeof(*o));

	TAILQ_INSERT_TAIL(&s->waiting, w, link);
	s->nwaiting++;
}

void late_add(struct core *c, struct schedule *s, const struct occurrence *o)
{
	struct occurrence *w = xmemdup(o, sizeof(*o));

	TAILQ_INSERT_TAIL(&s->late, w, link);
	s->nlate++;
	if (s->behind)
		return;
	s->behind = true;
	TAILQ_INSERT_TAIL(&c->plans.line, s, line);
}

static void late_remove(struct core *c, struct schedule *s, struct occurrence *w)
{
	TAILQ_REMOVE(&s->late, w, link);
	s->nlate--;
	free(w);
	/* Those of others come first. */
	TAILQ_REMOVE(&c->plans.line, s, line);
	s->behind = s->nlate > 0;
	if (s->behind)
		TAILQ_INSERT_TAIL(&c->plans.line, s, line);
}

void late_start(struct core *c, struct schedule *s)
{
	struct occurrence *w = TAILQ_FIRST(&s->late);
	bool later = false;

	(void)occurrence_admit(c, s, w, ADMIT_RULE, &later);
	if (!later)
		late_remove(c, s, w);
}

static void waiting_remove(struct schedule *s, struct occurrence *w)
{
	TAILQ_REMOVE(&s->waiting, w, link);
	s->nwaiting--;
	free(w);
}

void waiting_drop(struct core *c, struct schedule *s, const char *why)
{
	struct occurrence *w;

	while ((w = TAILQ_FIRST(&s->waiting)) != NULL) {
		occurrence_note(c, s, w, DECISION_SKIPPED, why, 0);
		waiting_remove(s, w);
	}
	while ((w = TAILQ_FIRST(&s->late)) != NULL) {
		occurrence_note(c, s, w, DECISION_SKIPPED, why, 0);
		late_remove(c, s, w);
	}
}

void waiting_start(struct core *c, struct schedule *s)
{
	struct occurrence *w;
	bool later = false;

	while (LIST_EMPTY(&s->runs) && (w = TAILQ_FIRST(&s->waiting)) != NULL) {
		if (!run_barred(c, s, w))
			(void)run_make(c, s, w, &later);
		if (later)
			return;
		waiting_remove(s, w);
	}
	TAILQ_REMOVE(&c->plans.able, s, able);
	s->ready = false;
}

static void wait_for(struct core *c, struct schedule *s, const struct occurrence *o)
{
	occurrence_note(c, s, o, DECISION_WAITING, o->by_hand ? "replay" : "overlap", runner(s));
	waiting_add(s, o);
}

/* The newest waits; those before it do not any more. */
static void wait_alone(struct core *c, struct schedule *s, const struct occurrence *o)
{
	struct occurrence *w, *next;

	TAILQ_FOREACH_SAFE(w, &s->waiting, link, next) {
		if (w->by_hand)
			continue;
		occurrence_note(c, s, w, DECISION_SKIPPED, "superseded", 0);
		waiting_remove(s, w);
	}
	wait_for(c, s, o);
}

static void wait_in_line(struct core *c, struct schedule *s, const struct occurrence *o)
{
	if ((int64_t)s->nwaiting < s->row.overlap_max)
		wait_for(c, s, o);
	else
		occurrence_note(c, s, o, DECISION_SKIPPED, "queue full", runner(s));
}

/* ---- one more, while others may live */

static void runs_stop(struct core *c, struct schedule *s)
{
	struct run *r, *next;

	LIST_FOREACH_SAFE(r, &s->runs, link, next) {
		job_changed_by(c, r->job);
		array_end(c, r->job, REASON_REPLACED, true, false);
	}
}

static struct job *replace(struct core *c, struct schedule *s, const struct occurrence *o,
    bool *later)
{
	runs_stop(c, s);
	if (LIST_EMPTY(&s->runs) && s->nwaiting == 0)
		return run_make(c, s, o, later);
	wait_alone(c, s, o);
	return NULL;
}

struct job *occurrence_admit(struct core *c, struct schedule *s, const struct occurrence *o,
    enum admit how, bool *later)
{
	bool idle = LIST_EMPTY(&s->runs) && s->nwaiting == 0;

	if (run_barred(c, s, o))
		return NULL;
	if (idle || how == ADMIT_ALWAYS || s->overlap == OVERLAP_ALLOW)
		return run_make(c, s, o, later);
	if (how == ADMIT_QUEUE) {
		wait_in_line(c, s, o);
		return NULL;
	}
	switch (s->overlap) {
	case OVERLAP_QUEUE:
		wait_alone(c, s, o);
		return NULL;
	case OVERLAP_QUEUE_ALL:
		wait_in_line(c, s, o);
		return NULL;
	case OVERLAP_REPLACE:
		return replace(c, s, o, later);
	default:
		occurrence_note(c, s, o, DECISION_SKIPPED, "overlap", runner(s));
		return NULL;
	}
}

/* ---- jobs that are runs */

static void enlist(struct run *r)
{
	if (r->schedule == NULL || r->live)
		return;
	LIST_INSERT_HEAD(&r->schedule->runs, r, link);
	r->live = true;
}

void run_attach(struct core *c, struct job *j, int64_t schedule, int64_t nominal)
{
	j->run = xcalloc(1, sizeof(*j->run));
	j->run->job = j;
	j->run->nominal = nominal;
	j->run->schedule = schedule_get(c, schedule);
	enlist(j->run);
}

static void delist(struct run *r)
{
	if (r->live)
		LIST_REMOVE(r, link);
	r->live = false;
}

void run_free(struct job *j)
{
	if (j->run == NULL)
		return;
	delist(j->run);
	free(j->run);
}

/* How long runs take: the mean of the first ones, then those of late count more. */
static unsigned usual_learn(struct schedule *s, int64_t took)
{
	bool odd = s->row.usual_runs >= USUAL_KNOWN && notice_is_unusual(took, s->row.usual);

	s->row.usual_runs++;
	s->row.usual += (took - s->row.usual) /
	    (s->row.usual_runs < USUAL_MEAN ? s->row.usual_runs : USUAL_MEAN);
	return odd ? NOTICE_BIT(UNUSUAL) : 0;
}

/* What an end means beside those of the runs before it. */
static unsigned run_judge(struct core *c, struct schedule *s, const struct job *j)
{
	unsigned events = 0;

	if (job_went_wrong(j)) {
		events = s->row.failing ? 0 : NOTICE_BIT(FIRST_FAILURE);
		s->row.failing = true;
	} else if (j->status == JOB_COMPLETED) {
		events = usual_learn(s, j->completed_at - j->started_at);
		if (watch_satisfied(c, s, j->run->nominal) || s->row.failing)
			events |= NOTICE_BIT(RECOVERY);
		s->row.failing = false;
	}
	schedule_touch(c, s);
	return events;
}

unsigned run_over(struct core *c, struct job *j)
{
	struct schedule *s = j->run != NULL ? j->run->schedule : NULL;
	unsigned events;

	if (s == NULL)
		return 0;
	delist(j->run);
	events = c->restoring ? 0 : run_judge(c, s, j);
	if (LIST_EMPTY(&s->runs) && s->nwaiting > 0 && !s->ready) {
		s->ready = true;
		TAILQ_INSERT_TAIL(&c->plans.able, s, able);
	}
	return events;
}

void run_again(struct job *j)
{
	if (j->run != NULL)
		enlist(j->run);
}
