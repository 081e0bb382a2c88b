/*
 * calendar: reads windows, and says whether a local time is in one.
 *
 * A window is the days on which it begins and the time of day at which it does; one that
 * ends no later than it begins ends on the day after.
 */
#include "core/calendar.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "core/cron.h"

#define WINDOWS_MAX 256
#define MINUTE_MS INT64_C(60000)
#define DAY_MINUTES 1440
#define ALL_WEEKDAYS 0x7f
#define PART_MAX (CALENDAR_NAME_MAX + 1)
#define BLANKS " \t"

enum dates { DATES_ANY, DATES_ONCE, DATES_YEARLY };

struct window {
	char *calendar;			/* its days; NULL: none is named */
	unsigned weekdays;		/* bit 0: Sunday */
	enum dates dates;
	int64_t first, last;		/* days since 1970, or 32 * month + day */
	int from, until;		/* minutes of the day */
};

/* ---- reading */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool number(const char **s, int digits, int *out)
{
	for (*out = 0; digits > 0; digits--, (*s)++) {
		if (!is_digit(**s))
			return false;
		*out = *out * 10 + (**s - '0');
	}
	return true;
}

/* 2026-12-24, or 12-24 for each year; leap years have a 02-29. */
static bool date(const char **s, enum dates *kind, int64_t *out)
{
	int year = 2000, month, day;

	*kind = strcspn(*s, "-") == 4 ? DATES_ONCE : DATES_YEARLY;
	if (*kind == DATES_ONCE && (!number(s, 4, &year) || *(*s)++ != '-'))
		return false;
	if (!number(s, 2, &month) || *(*s)++ != '-' || !number(s, 2, &day) ||
	    year < 1970 || month < 1 || month > 12 || day < 1 ||
	    day > civil_month_days(year, month))
		return false;
	*out = *kind == DATES_ONCE ? civil_to_days(year, month, day) : 32 * month + day;
	return true;
}

static bool dates(struct window *w, const char *s)
{
	enum dates second;

	if (!date(&s, &w->dates, &w->first))
		return false;
	w->last = w->first;
	second = w->dates;
	if (strncmp(s, "..", 2) == 0) {
		s += 2;
		if (!date(&s, &second, &w->last))
			return false;
	}
	return *s == '\0' && second == w->dates &&
	    (w->dates == DATES_YEARLY || w->first <= w->last);
}

/* sun, or mon-fri, or sat-sun, which goes on past the week's end. */
static bool weekdays(struct window *w, const char *s)
{
	size_t n = strcspn(s, "-");
	int first = cron_weekday(s, n), last = first;

	if (s[n] == '-')
		last = cron_weekday(s + n + 1, strlen(s + n + 1));
	if (first == -1 || last == -1)
		return false;
	for (w->weekdays = 1u << last; first != last; first = (first + 1) % 7)
		w->weekdays |= 1u << first;
	return true;
}

static bool clock_time(const char **s, int *minutes)
{
	int64_t ms;

	if (!civil_time_read(s, &ms) || ms % MINUTE_MS != 0)
		return false;
	*minutes = (int)(ms / MINUTE_MS);
	return true;
}

static bool times(struct window *w, const char *s)
{
	return clock_time(&s, &w->from) && *s++ == '-' && clock_time(&s, &w->until) && *s == '\0';
}

static bool part(struct window *w, const char *s)
{
	if (*s == '@' && w->calendar == NULL && name_valid(s + 1, CALENDAR_NAME_MAX)) {
		w->calendar = xstrdup(s + 1);
		return true;
	}
	if (strchr(s, ':') != NULL)
		return times(w, s);
	return is_digit(*s) ? dates(w, s) : weekdays(w, s);
}

/* The parts of a window, with blanks between them: how many there are; -1: one is wrong. */
static int parts(struct window *w, const char *s, size_t n)
{
	char word[PART_MAX + 1];
	size_t len;
	int found = 0;

	for (size_t at = 0; at < n; at += len) {
		if (strchr(BLANKS, s[at]) != NULL) {
			len = 1;
			continue;
		}
		len = strcspn(s + at, BLANKS ",");
		if (len > PART_MAX)
			return -1;
		memcpy(word, s + at, len);
		word[len] = '\0';
		if (!part(w, word))
			return -1;
		found++;
	}
	return found;
}

static int window_read(struct window *w, const char *s, size_t n, struct err *e)
{
	*w = (struct window){ .weekdays = ALL_WEEKDAYS };
	if (parts(w, s, n) > 0)
		return 0;
	free(w->calendar);
	return err_set(e, ERR_DATA, "'%.*s' is no window: write days (sat, mon-fri, 2026-12-24, "
	    "12-24..12-26, @calendar), a time of day (22:00-06:00), or both",
	    n < 64 ? (int)n : 64, s);
}

void windows_release(struct windows *w)
{
	for (size_t i = 0; i < w->n; i++)
		free(w->list[i].calendar);
	free(w->list);
	*w = (struct windows){ NULL, 0 };
}

int windows_parse(const char *text, struct windows *w, struct err *e)
{
	size_t n;

	*w = (struct windows){ NULL, 0 };
	if (text != NULL && *text == '\0')
		return 0;
	for (; text != NULL; text = text[n] == ',' ? text + n + 1 : NULL) {
		n = strcspn(text, ",");
		if (w->n == WINDOWS_MAX) {
			windows_release(w);
			return err_set(e, ERR_DATA, "more than %d windows", WINDOWS_MAX);
		}
		w->list = xreallocarray(w->list, w->n + 1, sizeof(*w->list));
		if (window_read(&w->list[w->n], text, n, e) == -1) {
			windows_release(w);
			return -1;
		}
		w->n++;
	}
	return 0;
}

int days_parse(const char *text, struct windows *w, struct err *e)
{
	if (windows_parse(text, w, e) == -1)
		return -1;
	for (size_t i = 0; i < w->n; i++) {
		if (w->list[i].calendar == NULL && w->list[i].from == w->list[i].until)
			continue;
		windows_release(w);
		return err_set(e, ERR_DATA, "a calendar has days, neither times nor other "
		    "calendars");
	}
	return 0;
}

/* ---- asking */

static bool on_date(const struct window *w, int64_t day)
{
	int y, m, d;
	int64_t at = day;

	if (w->dates == DATES_ANY)
		return true;
	if (w->dates == DATES_YEARLY) {
		civil_from_days(day, &y, &m, &d);
		at = 32 * m + d;
		if (w->first > w->last)		/* over the year's end */
			return at >= w->first || at <= w->last;
	}
	return w->first <= at && at <= w->last;
}

/* 1970-01-01 was a Thursday. */
static bool on_day(const struct window *w, const struct calendars *all, int64_t day)
{
	const struct calendar *c = w->calendar != NULL ? calendar_find(all, w->calendar) : NULL;

	if ((w->weekdays >> (((day + 4) % 7 + 7) % 7) & 1) == 0 || !on_date(w, day))
		return false;
	return w->calendar == NULL ||
	    (c != NULL && windows_hold(&c->days, NULL, day * DAY_MINUTES * MINUTE_MS));
}

static bool holds(const struct window *w, const struct calendars *all, int64_t local)
{
	int64_t minutes = floor_div(local, MINUTE_MS), day = floor_div(minutes, DAY_MINUTES);
	int at = (int)(minutes - day * DAY_MINUTES);

	if (w->from < w->until)
		return at >= w->from && at < w->until && on_day(w, all, day);
	return (at >= w->from && on_day(w, all, day)) ||
	    (at < w->until && on_day(w, all, day - 1));
}

bool windows_hold(const struct windows *w, const struct calendars *all, int64_t local)
{
	for (size_t i = 0; i < w->n; i++) {
		if (holds(&w->list[i], all, local))
			return true;
	}
	return false;
}

const char *windows_shut(const char *calendar, const struct windows *blackout,
    const struct calendars *all, int64_t local)
{
	const struct calendar *only = calendar != NULL ? calendar_find(all, calendar) : NULL;

	if (calendar != NULL && (only == NULL || !windows_hold(&only->days, NULL, local)))
		return "calendar";
	return windows_hold(blackout, all, local) ? "blackout" : NULL;
}

const char *windows_lack(const struct windows *w, const struct calendars *all)
{
	for (size_t i = 0; i < w->n; i++) {
		if (w->list[i].calendar != NULL && calendar_find(all, w->list[i].calendar) == NULL)
			return w->list[i].calendar;
	}
	return NULL;
}

/* ---- the named ones */

const struct calendar *calendar_find(const struct calendars *all, const char *name)
{
	for (size_t i = 0; all != NULL && i < all->n; i++) {
		if (strcmp(all->list[i].name, name) == 0)
			return &all->list[i];
	}
	return NULL;
}

struct calendars calendars_copy(const struct calendars *from)
{
	struct calendars all = { xcalloc(from->n + 1, sizeof(*all.list)), from->n };

	for (size_t i = 0; i < from->n; i++) {
		all.list[i].name = xstrdup(from->list[i].name);
		all.list[i].text = xstrdup(from->list[i].text);
		(void)days_parse(all.list[i].text, &all.list[i].days, NULL);
	}
	return all;
}

void calendars_free(struct calendars *all)
{
	for (size_t i = 0; i < all->n; i++) {
		free((char *)(uintptr_t)all->list[i].name);
		free((char *)(uintptr_t)all->list[i].text);
		windows_release(&all->list[i].days);
	}
	free(all->list);
	*all = (struct calendars){ NULL, 0 };
}
