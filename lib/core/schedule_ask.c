/*
 * schedule_ask: what people ask of schedules.
 *
 * A row of `ops` is what is done to one schedule; the rest is walking the targets.  What
 * an order makes the past is not missed: the cursor is put to now.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/impl.h"

#define REPLAY_MAX 1000		/* runs of one order */
#define SKIP_MAX 1000

struct asked {			/* one target's answer */
	struct reply_item *item;
	struct err err;
};

/* Where the clock was set back, what is decided already is not decided again. */
static void cursor_now(struct core *c, struct schedule *s)
{
	if (s->row.cursor_at < c->now.wall)
		s->row.cursor_at = c->now.wall;
	s->row.caught = 0;
	s->row.changed_by = owner_get(c, -1, c->cause->actor.name)->name;
	schedule_touch(c, s);
	schedule_plan(c, s);
}

/* ---- a new one, or another meaning for one that is there */

static const struct schedule *known(const struct core *c, const struct schedule_row *row)
{
	const struct schedule *s;
	size_t i = 0;

	while ((s = map_next(c->plans.by_id, &i)) != NULL) {
		if (uuid_equal(&s->row.uuid, &row->uuid))
			return s;
		if (row->key != NULL && s->row.key != NULL && s->row.uid == row->uid &&
		    strcmp(s->row.key, row->key) == 0)
			return s;
	}
	return NULL;
}

/* 1: it is that one; -1 with e; 0: it is new. */
static int judge_known(const struct schedule *s, const struct schedule_row *row, struct err *e)
{
	const char *a = row->spec_hash, *b;

	if (s == NULL)
		return 0;
	b = s->row.spec_hash;
	if (s->row.uid != row->uid)
		return err_set(e, ERR_PERM, "not permitted");
	if (uuid_equal(&s->row.uuid, &row->uuid) ||
	    strcmp(a != NULL ? a : "", b != NULL ? b : "") == 0)
		return 1;
	return err_set(e, ERR_DATA, "key '%s' is in use by schedule s%" PRId64
	    " for another command or other times: choose another key", row->key, s->row.id);
}

/* Its calendars are those of the configuration. */
static int calendars_known(const struct core *c, const struct schedule_row *row, struct err *e)
{
	struct windows w;
	const char *lack = NULL;

	if (windows_parse(row->blackout, &w, e) == -1)
		return -1;
	if (row->calendar != NULL && calendar_find(&c->conf.calendars, row->calendar) == NULL)
		lack = row->calendar;
	else
		lack = windows_lack(&w, &c->conf.calendars);
	if (lack != NULL)
		err_set(e, ERR_DATA, "there is no calendar '%.64s': job.conf names those there are",
		    lack);
	windows_release(&w);
	return lack != NULL ? -1 : 0;
}

static int may_run(struct core *c, const struct ev_schedule *a, struct err *e)
{
	struct job_request r = a->request;

	if (calendars_known(c, &a->row, e) == -1)
		return -1;
	memset(&r.row.uuid, 0, sizeof(r.row.uuid));
	return job_judge(c, &r, e);
}

/* Its meaning can be told only once it has a name, from which H is computed. */
static int meaning(struct core *c, struct schedule *s, const struct ev_schedule *a,
    struct err *e)
{
	struct schedule_row row = a->row;

	row.state = schedule_state_name(s->state);
	row.detail = NULL;
	row.created_at = s->row.created_at != 0 ? s->row.created_at : c->now.wall;
	if (row.anchor_at == 0)
		row.anchor_at = floor_div(row.created_at, 1000) * 1000;
	row.runs = s->row.runs;
	row.cursor_at = s->row.cursor_at;
	row.by_hand_at = s->row.by_hand_at;
	row.success_at = s->row.success_at;
	row.failing = s->row.failing;
	row.usual = s->row.usual;
	row.usual_runs = s->row.usual_runs;
	row.changed_by = s->row.changed_by;
	if (zone_get(c, row.zone) == NULL)
		return err_set(e, ERR_DATA, "the time zone %.64s is not known", row.zone);
	if (schedule_take(c, s, &row, &a->request, e) == -1 ||
	    cron_alive(&s->cron, s->zone, c->now.wall, e) == -1)
		return -1;
	watch_begin(c, s);
	cursor_now(c, s);
	return 0;
}

static void forget(struct core *c, struct schedule *s)
{
	s->fresh = false;
	s->state = SCHEDULE_REMOVED;
	schedule_drop(c, s);
}

static void add(struct core *c, const struct ev_schedule *a, struct asked *q)
{
	const struct schedule *same = known(c, &a->row);
	struct schedule *s;
	int r = judge_known(same, &a->row, &q->err);

	if (r != 0) {
		q->item->duplicate = r == 1;
		q->item->job = same->row.id;
		return;
	}
	if (may_run(c, a, &q->err) == -1)
		return;
	s = schedule_new(c, c->plans.next_id);
	s->fresh = true;
	if (meaning(c, s, a, &q->err) == -1) {
		forget(c, s);
		return;
	}
	q->item->job = s->row.id;
	q->item->uuid = s->row.uuid;
}

/* Takes the new meaning only if it is one: a copy is tried first. */
static int op_edit(struct core *c, struct schedule *s, const struct ev_schedule *a,
    struct err *e)
{
	struct ev_schedule edit = *a;
	struct cron cron;
	char name[24];

	edit.row.uuid = s->row.uuid;
	edit.row.user = s->row.user;
	edit.row.uid = s->row.uid;
	snprintf(name, sizeof(name), "s%" PRId64, s->row.id);
	if (cron_parse(&cron, a->row.expression, name, e) == -1)
		return -1;
	if (zone_get(c, a->row.zone) == NULL)
		return err_set(e, ERR_DATA, "the time zone %.64s is not known", a->row.zone);
	if (cron_alive(&cron, zone_get(c, a->row.zone), c->now.wall, e) == -1 ||
	    may_run(c, a, e) == -1)
		return -1;
	if (s->state == SCHEDULE_ENDED)
		s->state = SCHEDULE_ACTIVE;
	s->fresh = true;		/* all of the row is written */
	return meaning(c, s, &edit, e);
}

/* ---- orders */

static int op_pause(struct core *c, struct schedule *s, const struct ev_schedule *a,
    struct err *e)
{
	(void)a;
	if (s->state != SCHEDULE_ACTIVE)
		return err_set(e, ERR_DATA, "is %s", schedule_state_name(s->state));
	waiting_drop(c, s, "paused");
	schedule_state(c, s, SCHEDULE_PAUSED, NULL);
	cursor_now(c, s);
	return 0;
}

static int op_resume(struct core *c, struct schedule *s, const struct ev_schedule *a,
    struct err *e)
{
	(void)a;
	if (s->state != SCHEDULE_PAUSED)
		return err_set(e, ERR_DATA, "is %s: only a paused one can be resumed",
		    schedule_state_name(s->state));
	schedule_state(c, s, SCHEDULE_ACTIVE, NULL);
	watch_begin(c, s);
	cursor_now(c, s);
	return 0;
}

static int op_skip(struct core *c, struct schedule *s, const struct ev_schedule *a,
    struct err *e)
{
	if (s->next.nominal == 0)
		return err_set(e, ERR_DATA, "is %s: nothing is to come",
		    schedule_state_name(s->state));
	if (a->count < 1 || a->count > SKIP_MAX)
		return err_set(e, ERR_DATA, "1 to %d occurrences may be skipped", SKIP_MAX);
	for (int64_t i = 0; i < a->count && s->next.nominal != 0; i++) {
		occurrence_note(c, s, &s->next, DECISION_SKIPPED, "by hand", 0);
		watch_skipped(c, s, s->next.nominal);
		s->row.cursor_at = s->next.nominal;
		schedule_plan(c, s);
	}
	schedule_touch(c, s);
	return 0;
}

/* No whole second, so that it is never the time of a planned one. */
static int64_t hand_time(struct core *c, struct schedule *s)
{
	int64_t at = c->now.wall > s->row.by_hand_at ? c->now.wall : s->row.by_hand_at + 1;

	s->row.by_hand_at = at % 1000 == 0 ? at + 1 : at;
	schedule_touch(c, s);
	return s->row.by_hand_at;
}

static int admitted(struct core *c, struct schedule *s, const struct occurrence *o,
    enum admit how, int64_t *job, struct err *e)
{
	bool later = false;
	const struct job *j = occurrence_admit(c, s, o, how, &later);

	*job = j != NULL ? j->id : 0;
	if (later)
		return err_set(e, ERR_AGAIN, "too many jobs are queued: try later");
	return 0;
}

static int op_run(struct core *c, struct schedule *s, const struct ev_schedule *a,
    int64_t *job, struct err *e)
{
	int64_t at = hand_time(c, s);
	struct occurrence o = { .nominal = at, .due = at, .by_hand = true };
	size_t waiting = s->nwaiting;

	if (admitted(c, s, &o, a->force ? ADMIT_ALWAYS : ADMIT_RULE, job, e) == -1)
		return -1;
	if (*job != 0 || s->nwaiting > waiting)
		return 0;
	if (LIST_EMPTY(&s->runs))
		return err_set(e, ERR_DATA, "its job cannot be made: see its occurrences");
	return err_set(e, ERR_DATA, "job %" PRId64 " of it has not ended; --force runs one more",
	    LIST_FIRST(&s->runs)->job->id);
}

/* It had a run, or none is wanted then. */
static bool is_done(const struct core *c, const struct schedule *s,
    const struct ev_schedule *a, int64_t at)
{
	for (size_t i = 0; i < a->nran; i++) {
		if (a->ran[i] == at)
			return true;
	}
	return schedule_shut(c, s, at) != NULL;
}

static int op_replay(struct core *c, struct schedule *s, const struct ev_schedule *a,
    int64_t *job, struct err *e)
{
	struct cron_fire f;
	int64_t at = a->from - 1, last = a->until < c->now.wall ? a->until : c->now.wall;
	int n = 0;

	if (s->zone == NULL)
		return err_set(e, ERR_DATA, "its time zone is not known");
	for (; cron_next(&s->cron, s->zone, at, &f) && f.at <= last; at = f.at)
		n += !is_done(c, s, a, f.at);
	if (n == 0)
		return err_set(e, ERR_NOINPUT, "has no occurrence there that was not run");
	if (n > REPLAY_MAX)
		return err_set(e, ERR_DATA, "%d occurrences at once are too many: at most %d", n,
		    REPLAY_MAX);
	for (at = a->from - 1; cron_next(&s->cron, s->zone, at, &f) && f.at <= last; at = f.at) {
		struct occurrence o = { .nominal = f.at, .due = f.at, .by_hand = true,
		    .catch_up = true };

		if (!is_done(c, s, a, f.at) && admitted(c, s, &o, ADMIT_QUEUE, job, e) == -1)
			return -1;
	}
	return 0;
}

static int op_remove(struct core *c, struct schedule *s, const struct ev_schedule *a,
    struct err *e)
{
	(void)a;
	(void)e;
	waiting_drop(c, s, "removed");
	schedule_state(c, s, SCHEDULE_REMOVED, NULL);
	cursor_now(c, s);
	return 0;
}

static int apply(struct core *c, struct schedule *s, const struct ev_schedule *a,
    struct asked *q)
{
	static int (*const ops[])(struct core *, struct schedule *, const struct ev_schedule *,
	    struct err *) = {
		[SCHEDULE_EDIT] = op_edit, [SCHEDULE_PAUSE] = op_pause,
		[SCHEDULE_RESUME] = op_resume, [SCHEDULE_SKIP] = op_skip,
		[SCHEDULE_REMOVE] = op_remove,
	};

	if (!c->cause->actor.admin && c->cause->actor.uid != s->row.uid)
		return err_set(&q->err, ERR_PERM, "is not yours");
	if (a->op == SCHEDULE_RUN)
		return op_run(c, s, a, &q->item->job, &q->err);
	if (a->op == SCHEDULE_REPLAY)
		return op_replay(c, s, a, &q->item->job, &q->err);
	if (a->op == SCHEDULE_EDIT)
		q->item->job = s->row.id;
	return ops[a->op](c, s, a, &q->err);
}

static void one_target(struct core *c, const struct ev_schedule *a, size_t i, struct asked *q)
{
	struct schedule *s = schedule_get(c, a->ids[i]);

	q->item->name = arena_strdup(c->turn->arena, a->names[i]);
	if (s == NULL || s->state == SCHEDULE_REMOVED)
		err_set(&q->err, ERR_NOINPUT, "no such schedule");
	else
		(void)apply(c, s, a, q);
}

void on_schedule(struct core *c, const struct event *ev)
{
	const struct ev_schedule *a = &ev->schedule;
	size_t n = a->op == SCHEDULE_ADD ? 1 : a->n;
	struct effect *f;
	struct reply_item *items = arena_alloc(c->turn->arena, n * sizeof(*items));

	for (size_t i = 0; i < n; i++) {
		struct asked q = { .item = &items[i] };

		err_clear(&q.err);
		if (c->conf.read_only)
			err_set(&q.err, ERR_AGAIN, "the disk of the spool is full: try later");
		else if (a->op == SCHEDULE_ADD)
			add(c, a, &q);
		else
			one_target(c, a, i, &q);
		items[i].code = (int)q.err.code;
		if (q.err.code != ERR_NONE)
			items[i].text = arena_strdup(c->turn->arena, q.err.text);
	}
	f = turn_effect(c->turn, EFF_REPLY);
	f->token = ev->token;
	f->reply.items = items;
	f->reply.n = n;
}
