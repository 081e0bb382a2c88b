/*
 * tzrule: a POSIX TZ string, read, and the changes of offset it means.
 *
 * Promises: bad input is refused, never read past its end.  A year's two changes are
 * computed each time they are asked for; they need no table, so the rule holds for
 * any year.  Read zone.c next.
 */
#include "core/tzrule.h"

#include <string.h>

#include "base/clock.h"

#define SECOND INT64_C(1000)
#define DAY (86400 * SECOND)

struct reader {
	const char *s, *end;
};

static bool take(struct reader *in, char c)
{
	if (in->s == in->end || *in->s != c)
		return false;
	in->s++;
	return true;
}

static bool digit_next(const struct reader *in)
{
	return in->s < in->end && *in->s >= '0' && *in->s <= '9';
}

static bool number(struct reader *in, int min, int max, int *out)
{
	int v = 0;

	if (!digit_next(in))
		return false;
	for (; digit_next(in); in->s++) {
		v = v * 10 + (*in->s - '0');
		if (v > max)
			return false;
	}
	*out = v;
	return v >= min;
}

static bool letter_next(const struct reader *in)
{
	return in->s < in->end &&
	    ((*in->s >= 'A' && *in->s <= 'Z') || (*in->s >= 'a' && *in->s <= 'z'));
}

/* An abbreviation, which nobody asks for: at least three letters, or anything in <>. */
static bool name(struct reader *in)
{
	const char *first = in->s;

	if (take(in, '<')) {
		while (in->s < in->end && *in->s != '>')
			in->s++;
		return in->s - first > 3 && take(in, '>');
	}
	while (letter_next(in))
		in->s++;
	return in->s - first >= 3;
}

/* [+-]h[h[h]][:mm[:ss]] in ms. */
static bool hms(struct reader *in, int hours_max, int64_t *ms)
{
	int h, m = 0, s = 0;
	bool negative = take(in, '-');

	if (!negative)
		(void)take(in, '+');
	if (!number(in, 0, hours_max, &h))
		return false;
	if (take(in, ':')) {
		if (!number(in, 0, 59, &m))
			return false;
		if (take(in, ':') && !number(in, 0, 59, &s))
			return false;
	}
	*ms = (h * INT64_C(3600) + m * 60 + s) * SECOND * (negative ? -1 : 1);
	return true;
}

static bool day_read(struct reader *in, struct tzrule_day *d)
{
	bool good;

	d->time = 2 * 3600 * SECOND;
	d->month = d->week = 0;
	if (take(in, 'M')) {
		d->kind = 'M';
		good = number(in, 1, 12, &d->month) && take(in, '.') &&
		    number(in, 1, 5, &d->week) && take(in, '.') && number(in, 0, 6, &d->day);
	} else if (take(in, 'J')) {
		d->kind = 'J';
		good = number(in, 1, 365, &d->day);
	} else {
		d->kind = 'N';
		good = number(in, 0, 365, &d->day);
	}
	return good && (!take(in, '/') || hms(in, 167, &d->time));
}

int tzrule_parse(struct tzrule *r, const char *s, int n)
{
	struct reader in = { s, s + n };

	memset(r, 0, sizeof(*r));
	if (!name(&in) || !hms(&in, 24, &r->standard))
		return -1;
	r->standard = -r->standard;
	r->dst = in.s < in.end;
	if (!r->dst)
		return 0;
	if (!name(&in))
		return -1;
	r->summer = r->standard + 3600 * SECOND;
	if (in.s < in.end && *in.s != ',') {
		if (!hms(&in, 24, &r->summer))
			return -1;
		r->summer = -r->summer;
	}
	if (!take(&in, ',') || !day_read(&in, &r->begins) || !take(&in, ',') ||
	    !day_read(&in, &r->ends) || in.s != in.end)
		return -1;
	return 0;
}

/* Days since the epoch of a rule's day in a year. */
static int64_t day_of(const struct tzrule_day *d, int year)
{
	int64_t first;
	int day;

	if (d->kind != 'M') {
		first = civil_to_days(year, 1, 1);
		/* J60 is the 1st of March in every year. */
		if (d->kind == 'J')
			return first + d->day - 1 +
			    (d->day > 59 && civil_to_days(year, 3, 1) - first == 60);
		return first + d->day;
	}
	first = civil_to_days(year, d->month, 1);
	/* 1970-01-01 was a Thursday. */
	day = (int)(((d->day - (first + 4)) % 7 + 7) % 7) + 7 * (d->week - 1);
	if (day >= civil_month_days(year, d->month))
		day -= 7;			/* week 5 is the last one */
	return first + day;
}

/* Puts a change into the list, which is in order; summer time wins where two coincide. */
static void change_add(struct zone_span *list, int *n, int64_t at, int64_t offset, bool wins)
{
	int i = (*n)++;

	for (; i > 0 && (list[i - 1].start > at || (list[i - 1].start == at && !wins)); i--)
		list[i] = list[i - 1];
	list[i] = (struct zone_span){ .start = at, .offset = offset };
}

struct zone_span tzrule_span(const struct tzrule *r, int64_t at)
{
	struct zone_span list[6], found;
	int64_t days = floor_div(at, DAY);
	int year, month, day, n = 0, i;

	if (!r->dst)
		return (struct zone_span){ ZONE_BEGIN, ZONE_END, r->standard };
	civil_from_days(days, &year, &month, &day);
	for (i = year - 1; i <= year + 1; i++) {
		change_add(list, &n, day_of(&r->begins, i) * DAY + r->begins.time - r->standard,
		    r->summer, true);
		change_add(list, &n, day_of(&r->ends, i) * DAY + r->ends.time - r->summer,
		    r->standard, false);
	}
	for (i = n - 1; i > 0 && list[i].start > at; i--)
		;
	found = list[i];
	found.end = i + 1 < n ? list[i + 1].start : ZONE_END;
	if (found.start < ZONE_BEGIN)
		found.start = ZONE_BEGIN;
	if (found.end > ZONE_END)
		found.end = ZONE_END;
	return found;
}
