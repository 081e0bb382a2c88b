/*
 * schedule: the set of schedules, and when each is due next.
 *
 * Owns struct schedule and the zones.  The one rule for time is in schedule_plan: what
 * comes behind the cursor, and when.  A schedule whose zone is not known stands still and
 * says so; nothing is lost, since its cursor stays.  Read occur.c next.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/impl.h"

#define SHUT_MAX 10000		/* planned times among which one that is wanted is looked for */

static int by_wake(const struct schedule *a, const struct schedule *b)
{
	if (a->wake != b->wake)
		return a->wake < b->wake ? -1 : 1;
	return (a->row.id > b->row.id) - (a->row.id < b->row.id);
}

#define UNUSED_STATIC __attribute__((unused)) static
RB_GENERATE_INTERNAL(plan_tree, schedule, plan, by_wake, UNUSED_STATIC)

/* ---- zones */

const struct zone *zone_get(const struct core *c, const char *name)
{
	const struct zone_entry *z;

	LIST_FOREACH(z, &c->plans.zones, link) {
		if (strcmp(zone_name(z->zone), name) == 0)
			return z->zone;
	}
	return NULL;
}

const char *core_zone(const struct core *c, size_t i)
{
	const struct zone_entry *z;

	LIST_FOREACH(z, &c->plans.zones, link) {
		if (strcmp(zone_name(z->zone), "UTC") != 0 && i-- == 0)
			return zone_name(z->zone);
	}
	return NULL;
}

static void zone_put(struct plans *p, struct zone *zone)
{
	struct zone_entry *z = xcalloc(1, sizeof(*z));

	z->zone = zone;
	LIST_INSERT_HEAD(&p->zones, z, link);
}

static void zone_drop(struct zone_entry *z)
{
	LIST_REMOVE(z, link);
	zone_free(z->zone);
	free(z);
}

/* What is decided stays: only what comes behind each cursor is computed anew. */
void on_zone(struct core *c, const struct event *ev)
{
	struct zone *zone = zone_decode(ev->zone.name, ev->zone.tzif, ev->zone.size, NULL);
	struct zone_entry *z, *next;
	struct schedule *s;
	size_t i = 0;

	if (zone == NULL)
		return;
	LIST_FOREACH_SAFE(z, &c->plans.zones, link, next) {
		if (strcmp(zone_name(z->zone), ev->zone.name) == 0)
			zone_drop(z);
	}
	zone_put(&c->plans, zone);
	c->queues_at = 0;		/* by other rules it is another time */
	while ((s = map_next(c->plans.by_id, &i)) != NULL) {
		if (strcmp(s->row.zone, ev->zone.name) != 0)
			continue;
		s->zone = zone;
		if (!c->restoring)
			schedule_plan(c, s);
	}
}

/* ---- the set */

void plans_init(struct plans *p)
{
	p->by_id = map_new();
	p->next_id = 1;
	RB_INIT(&p->tree);
	RB_INIT(&p->watches);
	TAILQ_INIT(&p->line);
	TAILQ_INIT(&p->able);
	TAILQ_INIT(&p->stale);
	LIST_INIT(&p->zones);
	zone_put(p, zone_new_utc());
}

static void list_free(struct occurrence_list *list)
{
	struct occurrence *o;

	while ((o = TAILQ_FIRST(list)) != NULL) {
		TAILQ_REMOVE(list, o, link);
		free(o);
	}
}

static void schedule_free(struct schedule *s)
{
	struct run *r;

	list_free(&s->waiting);
	list_free(&s->late);
	while ((r = LIST_FIRST(&s->runs)) != NULL) {
		LIST_REMOVE(r, link);
		r->live = false;
		r->schedule = NULL;
	}
	windows_release(&s->blackout);
	arena_free(s->kept);
	free(s);
}

/* From every list it may be on. */
void schedule_drop(struct core *c, struct schedule *s)
{
	schedule_unplan(c, s);
	watch_drop(c, s);
	if (s->behind)
		TAILQ_REMOVE(&c->plans.line, s, line);
	if (s->ready)
		TAILQ_REMOVE(&c->plans.able, s, able);
	if (s->dirty)
		TAILQ_REMOVE(&c->plans.stale, s, stale);
	map_del(c->plans.by_id, (uint64_t)s->row.id);
	schedule_free(s);
}

void plans_free(struct plans *p)
{
	struct zone_entry *z;
	struct schedule *s;
	size_t i = 0;

	while ((s = map_next(p->by_id, &i)) != NULL)
		schedule_free(s);
	map_free(p->by_id);
	while ((z = LIST_FIRST(&p->zones)) != NULL)
		zone_drop(z);
}

struct schedule *schedule_get(const struct core *c, int64_t id)
{
	return map_get(c->plans.by_id, (uint64_t)id);
}

struct schedule *schedule_new(struct core *c, int64_t id)
{
	struct schedule *s = xcalloc(1, sizeof(*s));

	s->row.id = id;
	LIST_INIT(&s->runs);
	TAILQ_INIT(&s->waiting);
	TAILQ_INIT(&s->late);
	map_put(c->plans.by_id, (uint64_t)id, s);
	if (id >= c->plans.next_id)
		c->plans.next_id = id + 1;
	return s;
}

/* ---- what it is */

static int word(const char *what, const char *text, int value, struct err *e)
{
	if (value == -1)
		return err_set(e, ERR_DATA, "%s: '%.32s' is not known", what, text);
	return 0;
}

struct reading {		/* of a row, before it counts */
	struct cron cron;
	struct windows blackout;
	int catch_up, overlap;
};

static int row_read(const struct schedule_row *row, int64_t id, struct reading *r,
    struct err *e)
{
	int gap = cron_gap_parse(row->dst_gap), fold = cron_fold_parse(row->dst_fold);
	char name[24];

	snprintf(name, sizeof(name), "s%" PRId64, id);
	r->catch_up = catch_up_parse(row->catch_up);
	r->overlap = overlap_parse(row->overlap);
	if (cron_parse(&r->cron, row->expression, name, e) == -1 ||
	    word("dst_gap", row->dst_gap, gap, e) == -1 ||
	    word("dst_fold", row->dst_fold, fold, e) == -1 ||
	    word("catch_up", row->catch_up, r->catch_up, e) == -1 ||
	    word("overlap", row->overlap, r->overlap, e) == -1)
		return -1;
	r->cron.gap = (enum cron_gap)gap;
	r->cron.fold = (enum cron_fold)fold;
	r->cron.anchor = row->anchor_at;
	return windows_parse(row->blackout, &r->blackout, e);
}

int schedule_take(struct core *c, struct schedule *s, const struct schedule_row *row,
    const struct job_request *request, struct err *e)
{
	struct arena *kept;
	struct reading r;
	int64_t id = s->row.id;

	if (row_read(row, id, &r, e) == -1)
		return -1;
	kept = arena_new();
	s->row = *(struct schedule_row *)row_keep(kept, &table_schedules, row);
	s->row.id = id;
	s->request = *request;
	s->request.row = *(struct job_row *)row_keep(kept, &table_jobs, &request->row);
	s->request.deps = NULL;		/* a run depends on nobody */
	s->request.ndeps = 0;
	arena_free(s->kept);
	s->kept = kept;
	s->cron = r.cron;
	windows_release(&s->blackout);
	s->blackout = r.blackout;
	s->catch_up = (enum catch_up)r.catch_up;
	s->overlap = (enum overlap)r.overlap;
	s->zone = zone_get(c, s->row.zone);
	return 0;
}

/* ---- when it is due */

static int64_t local_time(const struct schedule *s, int64_t at)
{
	return at + zone_span(s->zone, at).offset;
}

bool schedule_blacked_out(const struct core *c, const struct schedule *s, int64_t at)
{
	return s->blackout.n > 0 && s->zone != NULL &&
	    windows_hold(&s->blackout, &c->conf.calendars, local_time(s, at));
}

const char *schedule_shut(const struct core *c, const struct schedule *s, int64_t nominal)
{
	if (s->row.calendar == NULL && s->blackout.n == 0)
		return NULL;
	return windows_shut(s->row.calendar, &s->blackout, &c->conf.calendars,
	    local_time(s, nominal));
}

const char *schedule_lacks(const struct core *c, const struct schedule *s)
{
	if (s->row.calendar != NULL &&
	    calendar_find(&c->conf.calendars, s->row.calendar) == NULL)
		return s->row.calendar;
	return windows_lack(&s->blackout, &c->conf.calendars);
}

/* Where all is shut for long the last one that was looked at is as good as any. */
bool schedule_open_next(const struct core *c, const struct schedule *s, int64_t after,
    struct cron_fire *f)
{
	for (int i = 0; i < SHUT_MAX; i++, after = f->at) {
		if (!cron_next(&s->cron, s->zone, after, f) ||
		    (s->row.until_at > 0 && f->at > s->row.until_at))
			return false;
		if (schedule_shut(c, s, f->at) == NULL)
			return true;
	}
	return true;
}

int64_t schedule_due(const struct schedule *s, int64_t nominal)
{
	uint64_t x = splitmix64(((uint64_t)s->row.id << 40) ^ (uint64_t)(nominal / 1000)) >> 11;
	int64_t due = nominal + (int64_t)((unsigned __int128)(uint64_t)s->row.jitter * x >> 53);
	char name[24];

	if (s->row.splay >= 1000) {
		snprintf(name, sizeof(name), "s%" PRId64, s->row.id);
		due += (int64_t)(cron_hash(name) % (uint64_t)(s->row.splay / 1000)) * 1000;
	}
	return due;
}

void schedule_unplan(struct core *c, struct schedule *s)
{
	if (s->planned)
		RB_REMOVE(plan_tree, &c->plans.tree, s);
	s->planned = false;
}

static bool all_done(const struct schedule *s)
{
	return s->row.max_runs > 0 &&
	    s->row.runs + (int64_t)(s->nwaiting + s->nlate) >= s->row.max_runs;
}

static void next_find(struct core *c, struct schedule *s)
{
	struct cron_fire f;

	if (s->state != SCHEDULE_ACTIVE)
		return;
	if (s->zone == NULL) {
		schedule_state(c, s, SCHEDULE_ACTIVE, "its time zone is not known on this host");
	} else if (schedule_lacks(c, s) != NULL) {
		schedule_state(c, s, SCHEDULE_ACTIVE, "job.conf does not name its calendar");
	} else if (all_done(s)) {
		schedule_state(c, s, SCHEDULE_ENDED, "it has had all its runs");
	} else if (!cron_next(&s->cron, s->zone, s->row.cursor_at, &f) ||
	    (s->row.until_at > 0 && f.at > s->row.until_at)) {
		schedule_state(c, s, SCHEDULE_ENDED, "its time is over");
	} else {
		s->next.nominal = f.at;
		s->next.due = schedule_due(s, f.at);
		if (s->row.detail != NULL)
			schedule_state(c, s, SCHEDULE_ACTIVE, NULL);
	}
}

/* What people are told is next: a run that is wanted. */
static int64_t next_shown(const struct core *c, const struct schedule *s)
{
	struct cron_fire f;

	if (s->next.nominal == 0)
		return 0;
	return schedule_open_next(c, s, s->next.nominal - 1, &f) ? f.at : 0;
}

void schedule_plan(struct core *c, struct schedule *s)
{
	int64_t was = s->row.next_at;

	schedule_unplan(c, s);
	memset(&s->next, 0, sizeof(s->next));
	next_find(c, s);
	s->row.next_at = next_shown(c, s);
	if (s->row.next_at != was)
		schedule_touch(c, s);
	if (s->next.nominal != 0)
		schedule_wake(c, s, s->next.due);
	watch_plan(c, s);
}

void plans_configure(struct core *c)
{
	struct schedule *s;
	size_t i = 0;

	while (!c->restoring && (s = map_next(c->plans.by_id, &i)) != NULL)
		schedule_plan(c, s);
}

void schedule_wake(struct core *c, struct schedule *s, int64_t wall)
{
	schedule_unplan(c, s);
	s->wake = wall;
	s->planned = true;
	RB_INSERT(plan_tree, &c->plans.tree, s);
}

struct schedule *schedule_first(const struct core *c)
{
	return RB_MIN(plan_tree, (struct plan_tree *)(uintptr_t)&c->plans.tree);
}

/* ---- rows */

void schedule_touch(struct core *c, struct schedule *s)
{
	if (s->dirty || c->restoring)
		return;
	s->dirty = true;
	TAILQ_INSERT_TAIL(&c->plans.stale, s, stale);
}

void schedule_state(struct core *c, struct schedule *s, enum schedule_state to, const char *why)
{
	s->state = to;
	s->row.state = schedule_state_name(to);
	s->row.detail = why;		/* a constant, or kept */
	schedule_touch(c, s);
}

void plans_flush(struct core *c)
{
	struct schedule *s;

	while ((s = TAILQ_FIRST(&c->plans.stale)) != NULL) {
		TAILQ_REMOVE(&c->plans.stale, s, stale);
		s->dirty = false;
		turn_mut(c->turn, s->fresh ? MUT_SCHEDULE : MUT_SCHEDULE_SET, c->cause)->schedule =
		    row_keep(c->turn->arena, &table_schedules, &s->row);
		s->fresh = false;
		if (s->state == SCHEDULE_REMOVED)
			schedule_drop(c, s);
	}
}

/* ---- from disk */

void schedule_restore(struct core *c, const struct schedule_row *row,
    const struct job_request *request)
{
	struct schedule *s = schedule_new(c, row->id);
	int state = row->state != NULL ? schedule_state_parse(row->state) : -1;
	struct err e;

	s->state = state != -1 ? (enum schedule_state)state : SCHEDULE_PAUSED;
	if (schedule_take(c, s, row, request, &e) == 0)
		return;
	/* Of a newer version, or damaged: it stands on disk as it is, and does nothing. */
	schedule_drop(c, s);
}

void occurrence_restore(struct core *c, const struct occurrence_row *row)
{
	struct schedule *s = schedule_get(c, row->schedule_id);
	struct occurrence o = { .nominal = row->nominal_at, .due = row->due_at,
	    .catch_up = row->catch_up != 0,
	    .by_hand = row->reason != NULL && strcmp(row->reason, "replay") == 0 };

	if (s != NULL && row->reason != NULL && strcmp(row->reason, "catch-up") == 0)
		late_add(c, s, &o);
	else if (s != NULL)
		waiting_add(s, &o);
}

void plans_restored(struct core *c, int64_t next_id)
{
	struct schedule *s;
	size_t i = 0;

	if (next_id > c->plans.next_id)
		c->plans.next_id = next_id;
	while ((s = map_next(c->plans.by_id, &i)) != NULL) {
		schedule_plan(c, s);
		if (LIST_EMPTY(&s->runs) && s->nwaiting > 0 && !s->ready) {
			s->ready = true;
			TAILQ_INSERT_TAIL(&c->plans.able, s, able);
		}
	}
}
