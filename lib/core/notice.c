/*
 * notice: what is told, to whom, and when it is tried again.
 *
 * The row of a notice is written with the event that it tells of, in the same commit;
 * so it is sent, or on record as not sent, whatever happens in between: at least once.
 * What does not get through is tried again later and later, for a day at most.
 */
#include "core/notice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/impl.h"
#include "core/texts.h"

#define AT_ONCE 16		/* notices under way */
#define LINE_MAX 1000		/* notices that wait for a receiver */
#define RECEIVERS_MAX 1000	/* that are remembered though nothing waits */
#define TRIES_MAX 12
#define LIFE (24 * INT64_C(3600000))
#define LATER_MAX INT64_C(3600000)
#define MINUTE INT64_C(60000)
#define SLACK INT64_C(1000)	/* ms by which run times differ anyhow */

struct notice {
	struct arena *kept;	/* with the row in it */
	struct notice_row *row;
	TAILQ_ENTRY(notice) link;
};

struct receiver {
	uint64_t hash;
	int64_t uid;
	char *channel, *target;
	TAILQ_HEAD(, notice) line;
	size_t n;
	int64_t due;		/* boot: not before */
	int64_t minute;		/* boot: when this minute began, in which... */
	int64_t told;		/* ...it was told so often */
	int failures;		/* in a row */
	bool busy;
	TAILQ_ENTRY(receiver) link;
};

void notices_init(struct notices *n)
{
	n->receivers = map_new();
	n->next_id = 1;
	TAILQ_INIT(&n->waiting);
	TAILQ_INIT(&n->busy);
}

static void notice_free(struct receiver *r, struct notice *n)
{
	TAILQ_REMOVE(&r->line, n, link);
	r->n--;
	arena_free(n->kept);
	free(n);
}

static void receiver_free(struct receiver *r)
{
	struct notice *n;

	while ((n = TAILQ_FIRST(&r->line)) != NULL)
		notice_free(r, n);
	free(r->channel);
	free(r->target);
	free(r);
}

void notices_free(struct notices *n)
{
	struct receiver *r;
	size_t i;

	for (i = 0; (r = map_next(n->receivers, &i)) != NULL;)
		receiver_free(r);
	map_free(n->receivers);
}

/* ---- receivers */

/* Those for whom nothing waits, and whose minute is over, need not be known. */
static void receivers_forget(struct core *c)
{
	struct notices *all = &c->notices;
	struct receiver *r;
	size_t i;

	for (i = 0; (r = map_next(all->receivers, &i)) != NULL;) {
		if (r->n > 0 || c->now.boot - r->minute < MINUTE)
			continue;
		map_del(all->receivers, r->hash);
		receiver_free(r);	/* one that moved up is met the next time */
	}
}

static struct receiver *receiver_get(struct core *c, const struct notice_row *row)
{
	uint64_t h = hash_text(hash_text((uint64_t)row->uid, row->channel), row->target);
	struct receiver *r;

	while ((r = map_get(c->notices.receivers, h)) != NULL) {
		if (r->uid == row->uid && strcmp(r->channel, row->channel) == 0 &&
		    strcmp(r->target, row->target) == 0)
			return r;
		h = splitmix64(h);
	}
	r = xcalloc(1, sizeof(*r));
	r->hash = h;
	r->uid = row->uid;
	r->channel = xstrdup(row->channel);
	r->target = xstrdup(row->target);
	TAILQ_INIT(&r->line);
	map_put(c->notices.receivers, h, r);
	return r;
}

static void enqueue(struct core *c, struct receiver *r, const struct notice_row *row)
{
	struct notice *n = xcalloc(1, sizeof(*n));

	n->kept = arena_new();
	n->row = row_keep(n->kept, &table_notices, row);
	TAILQ_INSERT_TAIL(&r->line, n, link);
	if (r->n++ == 0)
		TAILQ_INSERT_TAIL(&c->notices.waiting, r, link);
}

/* ---- what is told */

static void row_write(struct core *c, const struct notice_row *row)
{
	turn_mut(c->turn, MUT_NOTICE, c->cause)->notice =
	    row_keep(c->turn->arena, &table_notices, row);
}

/* Too much for a receiver is on record, but not sent. */
static bool has_room(const struct core *c, struct receiver *r)
{
	if (r->n >= LINE_MAX)
		return false;
	if (c->now.boot - r->minute >= MINUTE) {
		r->minute = c->now.boot;
		r->told = 0;
	}
	return c->conf.notice_rate <= 0 || r->told++ < c->conf.notice_rate;
}

static void tell(struct core *c, const struct notice_row *about, const char *channel,
    const struct subscription *sub)
{
	struct notice_row row = *about;
	struct receiver *r;

	row.id = c->notices.next_id++;
	row.channel = channel;
	row.target = arena_strdup(c->turn->arena, sub->target);
	((char *)(uintptr_t)row.target)[sub->n] = '\0';
	row.created_at = row.next_at = c->now.wall;
	if (map_count(c->notices.receivers) >= RECEIVERS_MAX)
		receivers_forget(c);
	r = receiver_get(c, &row);
	row.state = notice_state_name(has_room(c, r) ? NOTICE_PENDING : NOTICE_LIMITED);
	if (notice_state_parse(row.state) == NOTICE_PENDING)
		enqueue(c, r, &row);
	row_write(c, &row);
}

/* One notice for a subscription, of the most telling event. */
static void tell_all(struct core *c, struct notice_row *about, unsigned happened,
    const char *list)
{
	struct subscription sub;
	unsigned events;

	if (c->restoring)
		return;
	while (subscription_next(&list, &sub)) {
		events = sub.events & happened;
		if (events == 0)
			continue;
		about->event = notice_event_name((enum notice_event)(31 -
		    __builtin_clz(events)));
		tell(c, about, notice_channel_name(sub.channel), &sub);
	}
}

void notice_job(struct core *c, const struct job *j, unsigned events)
{
	struct notice_row about = { .job_id = j->id, .execution = j->executions,
	    .user = j->owner->name, .uid = j->owner->uid, .name = j->namesakes->name,
	    .status = job_status_name((enum job_status)j->status),
	    .reason = reason_name((enum reason)j->reason), .exit_code = j->exit_code,
	    .signal = j->signal, .detail = j->detail,
	    .schedule_id = j->run != NULL && j->run->schedule != NULL ?
	    j->run->schedule->row.id : 0 };

	if (j->rule->notify != NULL)
		tell_all(c, &about, events, j->rule->notify);
}

void notice_schedule(struct core *c, const struct schedule *s, unsigned events,
    const char *detail)
{
	struct notice_row about = { .schedule_id = s->row.id, .user = s->row.user,
	    .uid = s->row.uid, .name = s->row.name, .status = s->row.alert, .exit_code = -1,
	    .signal = -1, .detail = detail };

	if (s->request.row.notify != NULL)
		tell_all(c, &about, events, s->request.row.notify);
}

bool job_went_wrong(const struct job *j)
{
	return j->status == JOB_FAILED || (j->status == JOB_CANCELLED &&
	    (j->reason == REASON_DEP_FAILED || j->reason == REASON_EXPIRED));
}

bool notice_is_unusual(int64_t took, int64_t usual)
{
	return took > 2 * usual + SLACK || 2 * (took + SLACK) < usual;
}

/* What it means for a job that is no run. */
static unsigned of_itself(const struct job *j)
{
	unsigned events = 0;

	if (job_went_wrong(j))
		return j->retry_count == 0 ? NOTICE_BIT(FIRST_FAILURE) : 0;
	if (j->status != JOB_COMPLETED)
		return 0;
	if (j->retry_count > 0)
		events |= NOTICE_BIT(RECOVERY);
	if (j->estimate > 0 && notice_is_unusual(j->completed_at - j->started_at, j->estimate))
		events |= NOTICE_BIT(UNUSUAL);
	return events;
}

void notice_ended(struct core *c, const struct job *j, unsigned of_run)
{
	unsigned events = NOTICE_BIT(ENDED);

	if (j->rule->notify == NULL)
		return;
	if (job_went_wrong(j))
		events |= NOTICE_BIT(FAILED);
	notice_job(c, j, events | (j->run != NULL ? of_run : of_itself(j)));
}

/* ---- sending */

static void hand_out(struct core *c, struct receiver *r)
{
	struct effect *f = turn_effect(c->turn, EFF_NOTICE);
	const struct notice *n = TAILQ_FIRST(&r->line);

	f->notice = row_keep(c->turn->arena, &table_notices, n->row);
	r->busy = true;
	TAILQ_REMOVE(&c->notices.waiting, r, link);
	TAILQ_INSERT_TAIL(&c->notices.busy, r, link);
	c->notices.nbusy++;
}

void notices_fire(struct core *c)
{
	struct receiver *r, *next;

	if (c->conf.read_only)
		return;
	TAILQ_FOREACH_SAFE(r, &c->notices.waiting, link, next) {
		if (c->notices.nbusy >= AT_ONCE)
			return;
		if (r->due <= c->now.boot)
			hand_out(c, r);
	}
}

int64_t notices_due(const struct core *c, struct now now)
{
	const struct receiver *r;
	int64_t due = INT64_MAX;

	if (c->conf.read_only || c->notices.nbusy >= AT_ONCE)
		return -1;
	TAILQ_FOREACH(r, &c->notices.waiting, link) {
		if (r->due < due)
			due = r->due;
	}
	if (due == INT64_MAX)
		return -1;
	return due > now.boot ? due - now.boot : 0;
}

static struct receiver *receiver_of(const struct core *c, int64_t notice)
{
	struct receiver *r;

	TAILQ_FOREACH(r, &c->notices.busy, link) {
		if (TAILQ_FIRST(&r->line)->row->id == notice)
			return r;
	}
	return NULL;
}

static int64_t pause_of(const struct core *c, const struct receiver *r)
{
	int64_t pause = c->conf.notice_retry > 0 ? c->conf.notice_retry : MINUTE;

	for (int i = 1; i < r->failures && pause < LATER_MAX; i++)
		pause *= 2;
	return pause < LATER_MAX ? pause : LATER_MAX;
}

/* It stays the first in its line, unless it has been tried for long enough. */
static void not_sent(struct core *c, struct receiver *r, struct notice_row *row)
{
	int64_t pause;

	r->failures++;
	pause = pause_of(c, r);
	r->due = c->now.boot + pause;
	row->next_at = c->now.wall + pause;
	if (row->attempts >= TRIES_MAX || row->next_at - row->created_at > LIFE) {
		row->state = notice_state_name(NOTICE_GIVEN_UP);
		row->next_at = 0;
	}
}

void on_noticed(struct core *c, const struct event *ev)
{
	struct receiver *r = receiver_of(c, ev->noticed.id);
	struct notice_row *row;

	if (r == NULL)
		return;
	TAILQ_REMOVE(&c->notices.busy, r, link);
	c->notices.nbusy--;
	r->busy = false;
	row = TAILQ_FIRST(&r->line)->row;
	row->attempts++;
	row->error = ev->noticed.error;		/* good until the row is copied, below */
	if (row->error == NULL) {
		r->failures = 0;
		r->due = 0;
		row->state = notice_state_name(NOTICE_SENT);
		row->next_at = 0;
		row->sent_at = c->now.wall;
	} else {
		not_sent(c, r, row);
	}
	row_write(c, row);
	row->error = NULL;
	if (notice_state_parse(row->state) != NOTICE_PENDING)
		notice_free(r, TAILQ_FIRST(&r->line));
	if (r->n > 0)
		TAILQ_INSERT_TAIL(&c->notices.waiting, r, link);
}

/* ---- from disk */

void notice_restore(struct core *c, const struct notice_row *row)
{
	struct receiver *r;
	int64_t left = row->next_at - c->now.wall;

	if (row->channel == NULL || row->target == NULL || row->state == NULL)
		return;
	r = receiver_get(c, row);
	if (r->n == 0 && left > 0)		/* however the clock was set meanwhile */
		r->due = c->now.boot + (left < LATER_MAX ? left : LATER_MAX);
	enqueue(c, r, row);
}

void notices_restored(struct core *c, int64_t next_id)
{
	if (next_id > c->notices.next_id)
		c->notices.next_id = next_id;
}
