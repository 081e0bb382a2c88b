/*
 * watch: whether a schedule's runs happen as they should.
 *
 * A schedule that is watched owes something: a run that ends well so long after each
 * planned time (expect_by), and never longer than so long without one (max_silence).
 * What it owed until `satisfied_at` is paid; a run that ends well pays for all that was
 * planned up to its own time.  What is not paid in time is an alert: it stands in the
 * row, is told, and told again each day, until a run ends well.
 */
#include <string.h>

#include "core/impl.h"

#define AGAIN (24 * INT64_C(3600000))

#define LATE "late"		/* words of the column `alert` */
#define SILENCE "silence"

static int by_watch(const struct schedule *a, const struct schedule *b)
{
	if (a->watch_at != b->watch_at)
		return a->watch_at < b->watch_at ? -1 : 1;
	return (a->row.id > b->row.id) - (a->row.id < b->row.id);
}

#define UNUSED_STATIC __attribute__((unused)) static
RB_GENERATE_INTERNAL(watch_tree, schedule, watch, by_watch, UNUSED_STATIC)

/* ---- what is owed */

/* When the first run that is owed is late; INT64_MAX: none is. */
static int64_t late_at(const struct core *c, const struct schedule *s)
{
	struct cron_fire f;

	if (s->row.expect_by == 0 || s->zone == NULL ||
	    !schedule_open_next(c, s, s->row.satisfied_at, &f) ||
	    (s->state == SCHEDULE_ENDED && f.at > s->row.cursor_at))
		return INT64_MAX;
	return schedule_due(s, f.at) + s->row.expect_by;
}

static int64_t silent_at(const struct schedule *s)
{
	int64_t since = s->row.watched_at > s->row.success_at ? s->row.watched_at :
	    s->row.success_at;

	if (s->row.max_silence == 0 || s->state != SCHEDULE_ACTIVE)
		return INT64_MAX;
	return since + s->row.max_silence;
}

/* The next time at which something is amiss, and what. */
static int64_t amiss_at(const struct core *c, const struct schedule *s, const char **what)
{
	int64_t late = late_at(c, s), silent = silent_at(s);

	*what = late <= silent ? LATE : SILENCE;
	return late <= silent ? late : silent;
}

/* ---- when it is looked at */

/* An alert that goes on is told again after each day. */
static int64_t again_at(const struct core *c, const struct schedule *s)
{
	return s->row.alert_at + AGAIN * (floor_div(c->now.wall - s->row.alert_at, AGAIN) + 1);
}

void watch_drop(struct core *c, struct schedule *s)
{
	if (s->watched)
		RB_REMOVE(watch_tree, &c->plans.watches, s);
	s->watched = false;
}

void watch_plan(struct core *c, struct schedule *s)
{
	const char *what;
	int64_t at;

	watch_drop(c, s);
	if (s->row.expect_by == 0 && s->row.max_silence == 0)
		return;
	if (s->state != SCHEDULE_ACTIVE && s->state != SCHEDULE_ENDED)
		return;
	at = s->row.alert != NULL ? again_at(c, s) : amiss_at(c, s, &what);
	if (at == INT64_MAX)
		return;
	s->watch_at = at;
	s->watched = true;
	RB_INSERT(watch_tree, &c->plans.watches, s);
}

void watch_begin(struct core *c, struct schedule *s)
{
	s->row.watched_at = s->row.satisfied_at = c->now.wall;
	s->row.alert = NULL;
	s->row.alert_at = 0;
	schedule_touch(c, s);
}

/* ---- what happens */

void watch_skipped(struct core *c, struct schedule *s, int64_t nominal)
{
	struct cron_fire f;

	/* One that was owed before it is still owed. */
	if (schedule_open_next(c, s, s->row.satisfied_at, &f) && f.at >= nominal)
		s->row.satisfied_at = nominal;
	schedule_touch(c, s);
}

bool watch_satisfied(struct core *c, struct schedule *s, int64_t nominal)
{
	const char *what;
	bool over;

	s->row.success_at = c->now.wall;
	if (nominal > s->row.satisfied_at)
		s->row.satisfied_at = nominal;
	over = s->row.alert != NULL && amiss_at(c, s, &what) > c->now.wall;
	if (over) {
		s->row.alert = NULL;
		s->row.alert_at = 0;
	}
	schedule_touch(c, s);
	watch_plan(c, s);
	return over;
}

static void alert(struct core *c, struct schedule *s)
{
	const char *what;

	if (s->row.alert == NULL && amiss_at(c, s, &what) <= c->now.wall) {
		s->row.alert = what;	/* a constant */
		s->row.alert_at = c->now.wall;
		schedule_touch(c, s);
	}
	if (s->row.alert != NULL)
		notice_schedule(c, s, NOTICE_BIT(LATE), strcmp(s->row.alert, LATE) == 0 ?
		    "a run has not ended well by the time it should have" :
		    "no run has ended well for longer than it may be");
	watch_plan(c, s);
}

static struct schedule *first(const struct core *c)
{
	return RB_MIN(watch_tree, (struct watch_tree *)(uintptr_t)&c->plans.watches);
}

void watch_fire(struct core *c)
{
	struct schedule *s;

	while ((s = first(c)) != NULL && s->watch_at <= c->now.wall)
		alert(c, s);
}

int64_t watch_due(const struct core *c, struct now now)
{
	const struct schedule *s = first(c);

	if (s == NULL)
		return -1;
	return s->watch_at > now.wall ? s->watch_at - now.wall : 0;
}
