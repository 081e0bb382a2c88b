/*
 * fire: when an expression fires.
 *
 * Time is walked span by span (zone.h): within one, local time runs straight, so the next
 * match is found in local time and turned into an instant; at its start a change of offset
 * may have skipped local times (a gap) or begun to repeat some (a fold).  Within local
 * time whole months and days without a match are jumped over.
 */
#include "core/cron.h"

#include <limits.h>
#include <string.h>

#include "base/clock.h"

#define MINUTE_MS INT64_C(60000)
#define DAY_MS INT64_C(86400000)
#define DAY_MINUTES 1440
#define REACH (41 * 366 * DAY_MS)
#define ALIVE ((8 * 365 + 2 + 1) * DAY_MS)

#define NEVER INT64_MAX

bool cron_hourly(const struct cron *c)
{
	return c->hours == (UINT32_C(1) << 24) - 1;
}

static bool makes_up(const struct cron *c)
{
	return c->gap == GAP_AUTO ? !cron_hourly(c) : c->gap == GAP_MAKEUP;
}

static enum cron_fold fold_of(const struct cron *c)
{
	if (c->fold != FOLD_AUTO)
		return c->fold;
	return cron_hourly(c) ? FOLD_BOTH : FOLD_FIRST;
}

/* ---- local time */

/* The first matching minute of a day from minute `from` on, or -1. */
static int minute_next(const struct cron *c, int from)
{
	int hour = from / 60;
	uint64_t minutes = c->minutes >> (from % 60) << (from % 60);
	uint32_t hours;

	if (hour >= 24 || c->minutes == 0)
		return -1;
	if ((c->hours >> hour & 1) != 0 && minutes != 0)
		return hour * 60 + __builtin_ctzll(minutes);
	hours = hour == 23 ? 0 : c->hours >> (hour + 1) << (hour + 1);
	return hours == 0 ? -1 : __builtin_ctz(hours) * 60 + __builtin_ctzll(c->minutes);
}

/* The days of a month that match, as bits; `first` is its first day since the epoch. */
static uint32_t days_of(const struct cron *c, int64_t first, int days)
{
	uint32_t all = (uint32_t)((UINT64_C(2) << days) - 2);
	uint32_t by_day = c->days & all, by_weekday = 0;
	int weekday = (int)(((first + 4) % 7 + 7) % 7);		/* 1970-01-01 was a Thursday */

	if (c->last_day)
		by_day |= UINT32_C(1) << days;
	for (int d = 1; d <= days; d++, weekday = (weekday + 1) % 7) {
		if ((c->weekdays >> weekday & 1) != 0 ||
		    (c->nth >> (7 * ((d - 1) / 7) + weekday) & 1) != 0)
			by_weekday |= UINT32_C(1) << d;
	}
	return c->either ? by_day | by_weekday : by_day & by_weekday;
}

/* The first match in this month at or after a day and a minute of it, or NEVER. */
static int64_t month_next(const struct cron *c, int64_t first, int days, int day, int minute)
{
	uint32_t bits = days_of(c, first, days) >> day << day;

	for (; bits != 0; bits &= bits - 1) {
		int d = __builtin_ctz(bits), m = minute_next(c, d == day ? minute : 0);

		if (m != -1)
			return (first + d - 1) * DAY_MS + m * MINUTE_MS;
	}
	return NEVER;
}

/* The first local time in [from, end) that matches, or NEVER. */
static int64_t local_next(const struct cron *c, int64_t from, int64_t end)
{
	int64_t days = floor_div(from, DAY_MS), found;
	int minute = (int)((from - days * DAY_MS + MINUTE_MS - 1) / MINUTE_MS);
	int y, m, d;

	if (minute == DAY_MINUTES) {
		days++;
		minute = 0;
	}
	civil_from_days(days, &y, &m, &d);
	for (;;) {
		int64_t first = civil_to_days(y, m, 1);

		if (first * DAY_MS >= end)
			return NEVER;
		found = (c->months >> m & 1) == 0 ? NEVER : month_next(c, first,
		    civil_month_days(y, m), d, minute);
		if (found != NEVER)
			return found < end ? found : NEVER;
		y += m == 12;
		m = m == 12 ? 1 : m + 1;
		d = 1;
		minute = 0;
	}
}

/* ---- a span */

struct local_range {		/* [low, high), empty when low >= high */
	int64_t low, high;
};

static int64_t at_least(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t at_most(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* The local times of `later` which `earlier`, the span before it, has shown already. */
static struct local_range shown_twice(const struct zone_span *earlier,
    const struct zone_span *later)
{
	return (struct local_range){
		at_least(earlier->start + earlier->offset, later->start + later->offset),
		at_most(earlier->end + earlier->offset, later->end + later->offset),
	};
}

static bool within(const struct local_range *r, int64_t local)
{
	return r->low <= local && local < r->high;
}

struct walk {
	const struct cron *c;
	struct zone_span before, now, next;	/* an absent one is empty, far away */
	struct local_range repeats, repeated;	/* of `now`: seen before; seen again later */
};

static void walk_to(struct walk *w, const struct zone *z, int64_t at)
{
	static const struct local_range none = { 0, 0 };

	w->now = zone_span(z, at);
	w->repeats = w->repeated = none;
	w->before = w->next = w->now;
	if (w->now.start > ZONE_BEGIN) {
		w->before = zone_span(z, w->now.start - 1);
		w->repeats = shown_twice(&w->before, &w->now);
	}
	if (w->now.end < ZONE_END) {
		w->next = zone_span(z, w->now.end);
		w->repeated = shown_twice(&w->now, &w->next);
	}
}

/* The first local time in [from, end) that matches and is not left out. */
static int64_t match_next(const struct walk *w, int64_t from, int64_t end)
{
	enum cron_fold fold = fold_of(w->c);
	const struct local_range *out = fold == FOLD_FIRST ? &w->repeats :
	    fold == FOLD_SECOND ? &w->repeated : NULL;
	int64_t local = local_next(w->c, from, end);

	if (out != NULL && local != NEVER && within(out, local))
		local = local_next(w->c, out->high, end);
	return local;
}

/* The first fire at or after `from`, which lies in w->now. */
static bool span_next(const struct walk *w, int64_t from, int64_t end, struct cron_fire *f)
{
	int64_t offset = w->now.offset, local;

	if (from == w->now.start && w->before.offset < offset && makes_up(w->c)) {
		local = local_next(w->c, from + w->before.offset, from + offset);
		if (local != NEVER) {
			*f = (struct cron_fire){ from, local, FIRE_MAKEUP };
			return true;
		}
	}
	local = match_next(w, from + offset, end + offset);
	if (local == NEVER)
		return false;
	*f = (struct cron_fire){ local - offset, local, FIRE_PLAIN };
	if (within(&w->repeated, local))
		f->kind = FIRE_FIRST;
	if (within(&w->repeats, local))
		f->kind = FIRE_SECOND;
	return true;
}

/* @every: the instants anchor + k * every, whatever clocks on the wall show. */
static bool every_next(const struct cron *c, const struct zone *z, int64_t after,
    struct cron_fire *f)
{
	int64_t k = floor_div(after - c->anchor, c->every) + 1;

	f->at = c->anchor + k * c->every;
	f->local = f->at + zone_span(z, f->at).offset;
	f->kind = FIRE_PLAIN;
	return f->at < ZONE_END;
}

bool cron_next(const struct cron *c, const struct zone *z, int64_t after, struct cron_fire *f)
{
	int64_t at = at_least(after, ZONE_BEGIN) + 1, end = at_most(at, ZONE_END - REACH) + REACH;
	struct walk w = { .c = c };

	if (c->every != 0)
		return every_next(c, z, at - 1, f);
	for (; at < end; at = w.now.end) {
		walk_to(&w, z, at);
		if (span_next(&w, at, at_most(end, w.now.end), f))
			return true;
	}
	return false;
}

bool cron_prev(const struct cron *c, const struct zone *z, int64_t before, struct cron_fire *f)
{
	int64_t high = at_most(before, ZONE_END), low = at_least(high - REACH, ZONE_BEGIN);
	struct cron_fire found;

	if (!cron_next(c, z, low, f) || f->at >= before)
		return false;
	/* From low on there is one before `before`, from high on there is none. */
	while (high - low > 1) {
		int64_t middle = low + (high - low) / 2;

		if (cron_next(c, z, middle, &found) && found.at < before) {
			*f = found;
			low = found.at - 1 > middle ? found.at - 1 : middle;
		} else {
			high = middle;
		}
	}
	return true;
}

int cron_alive(const struct cron *c, const struct zone *z, int64_t now, struct err *e)
{
	struct cron_fire f;

	if (cron_next(c, z, now, &f) && f.at <= now + ALIVE)
		return 0;
	return err_set(e, ERR_DATA, "the cron expression never fires within 8 years: look at its "
	    "day, month and weekday together");
}
