/*
 * atwords: reads at's words token by token, and puts them together at the end.
 *
 * Owns the words.  A token is a run of letters in lower case, a run of digits with what
 * stands between those of a date, or a sign; blanks and commas only separate.
 */
#include "cli/atwords.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define TOKENS 16
#define TOKEN_BYTES 12
#define AMOUNT_MAX 100000
#define HELP "write 17:30, 5pm friday, noon tomorrow, dec 24, now + 2 hours, +2h or " \
	"2026-11-23T10:00"

enum kind { WORD_TIME, WORD_DAY, WORD_WEEKDAY, WORD_MONTH, WORD_UNIT };
enum unit { UNIT_MINUTE, UNIT_HOUR, UNIT_DAY, UNIT_WEEK, UNIT_MONTH, UNIT_YEAR };
enum date { DATE_NONE, DATE_IN_DAYS, DATE_WEEKDAY, DATE_NEXT_WEEKDAY, DATE_DAY };

static const struct word {
	const char *text;
	enum kind kind;
	int64_t value;
} words[] = {
	{ "now", WORD_TIME, -1 }, { "noon", WORD_TIME, 12 * HOUR },
	{ "midnight", WORD_TIME, 0 }, { "teatime", WORD_TIME, 16 * HOUR },
	{ "today", WORD_DAY, 0 }, { "tomorrow", WORD_DAY, 1 },
	{ "sunday", WORD_WEEKDAY, 0 }, { "monday", WORD_WEEKDAY, 1 },
	{ "tuesday", WORD_WEEKDAY, 2 }, { "wednesday", WORD_WEEKDAY, 3 },
	{ "thursday", WORD_WEEKDAY, 4 }, { "friday", WORD_WEEKDAY, 5 },
	{ "saturday", WORD_WEEKDAY, 6 },
	{ "january", WORD_MONTH, 1 }, { "february", WORD_MONTH, 2 }, { "march", WORD_MONTH, 3 },
	{ "april", WORD_MONTH, 4 }, { "may", WORD_MONTH, 5 }, { "june", WORD_MONTH, 6 },
	{ "july", WORD_MONTH, 7 }, { "august", WORD_MONTH, 8 }, { "september", WORD_MONTH, 9 },
	{ "october", WORD_MONTH, 10 }, { "november", WORD_MONTH, 11 },
	{ "december", WORD_MONTH, 12 },
	{ "minute", WORD_UNIT, UNIT_MINUTE }, { "hour", WORD_UNIT, UNIT_HOUR },
	{ "day", WORD_UNIT, UNIT_DAY }, { "week", WORD_UNIT, UNIT_WEEK },
	{ "month", WORD_UNIT, UNIT_MONTH }, { "year", WORD_UNIT, UNIT_YEAR },
};

struct reading {
	char tokens[TOKENS][TOKEN_BYTES];
	size_t n, at;
	int64_t time;			/* of day, or -1 */
	bool timed;			/* it was said, if only as "now" */
	enum date date;
	int64_t day;			/* days ahead, of the week, or since the epoch */
	int year, month, mday;		/* of DATE_DAY; year 0: not said */
	int64_t months, days, after;	/* added */
	bool added;
};

static bool is_number(const char *t)
{
	return *t >= '0' && *t <= '9';
}

static bool in_token(const char *first, char c)
{
	return is_number(first) ? is_number(&c) || strchr(":./-", c) != NULL :
	    isalpha((unsigned char)*first) && isalpha((unsigned char)c);
}

static bool tokens_read(struct reading *r, const char *s)
{
	for (; *s != '\0';) {
		size_t n = 1;

		if (strchr(" \t,", *s) != NULL) {
			s++;
			continue;
		}
		while (s[n] != '\0' && in_token(s, s[n]))
			n++;
		if (n >= TOKEN_BYTES || r->n == TOKENS)
			return false;
		for (size_t i = 0; i < n; i++)
			r->tokens[r->n][i] = (char)tolower((unsigned char)s[i]);
		r->n++;
		s += n;
	}
	return r->n > 0;
}

static const char *token(const struct reading *r)
{
	return r->at < r->n ? r->tokens[r->at] : "";
}

/* Names of days and months also by their first three letters; units also as plurals. */
static bool is_word(const struct word *w, const char *t)
{
	size_t n = strlen(w->text);

	if (strcmp(w->text, t) == 0)
		return true;
	if (w->kind == WORD_UNIT)
		return strncmp(w->text, t, n) == 0 && strcmp(t + n, "s") == 0;
	return (w->kind == WORD_WEEKDAY || w->kind == WORD_MONTH) && strlen(t) == 3 &&
	    strncmp(w->text, t, 3) == 0;
}

static const struct word *word_find(const char *t)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (is_word(&words[i], t))
			return &words[i];
	}
	return NULL;
}

/* A token of digits alone, of so many places. */
static bool digits(const char *t, size_t least, size_t most, int *out)
{
	size_t n = strspn(t, "0123456789");

	if (n < least || n > most || t[n] != '\0')
		return false;
	*out = (int)strtol(t, NULL, 10);
	return true;
}

/* ---- each part: false when it is none, or the second one */

static bool time_put(struct reading *r, int64_t time)
{
	if (r->timed)
		return false;
	r->timed = true;
	r->time = time;
	return true;
}

static bool date_put(struct reading *r, enum date kind, int64_t day)
{
	if (r->date != DATE_NONE)
		return false;
	r->date = kind;
	r->day = day;
	return true;
}

static bool day_put(struct reading *r, int year, int month, int day)
{
	if (year > 0 && year < 100)
		year += 2000;
	/* A day without a year is looked for in the next leap year, too. */
	if (month < 1 || month > 12 || day < 1 ||
	    day > civil_month_days(year > 0 ? year : 2000, month))
		return false;
	r->year = year;
	r->month = month;
	r->mday = day;
	return date_put(r, DATE_DAY, 0);
}

/* 5pm, 17:30, 5:30pm, 1730; but 17 by itself might be anything */
static bool clock_read(struct reading *r, const char *t)
{
	int h, m = 0, end = 0, number;
	bool pm, half;

	if (sscanf(t, "%2d:%2d%n", &h, &m, &end) != 2 || t[end] != '\0') {
		if (!digits(t, 1, 2, &number) && !digits(t, 4, 4, &number))
			return false;
		h = strlen(t) == 4 ? number / 100 : number;
		m = strlen(t) == 4 ? number % 100 : 0;
	}
	pm = strcmp(token(r), "pm") == 0;
	half = pm || strcmp(token(r), "am") == 0;
	if ((strlen(t) < 3 && !half) || h < 0 || m < 0 || m > 59 || h > (half ? 12 : 23) ||
	    (half && h == 0))
		return false;
	r->at += half;
	if (half)
		h = h % 12 + (pm ? 12 : 0);
	return time_put(r, h * HOUR + m * MINUTE);
}

/* 2026-12-24, 12/24[/26], 24.12[.2026], and behind a time 122426 and 12242026 */
static bool numbers_date(struct reading *r, const char *t)
{
	int a, b, c = 0, end = 0, number;

	if (sscanf(t, "%4d-%2d-%2d%n", &a, &b, &c, &end) == 3 && t[end] == '\0')
		return day_put(r, a, b, c);
	c = 0;
	if ((sscanf(t, "%2d/%2d%n/%4d%n", &a, &b, &end, &c, &end) >= 2) && t[end] == '\0')
		return day_put(r, c, a, b);
	c = 0;
	if ((sscanf(t, "%2d.%2d%n.%4d%n", &a, &b, &end, &c, &end) >= 2) && t[end] == '\0')
		return day_put(r, c, b, a);
	if (r->timed && digits(t, 6, 6, &number))
		return day_put(r, number % 100, number / 10000, number / 100 % 100);
	if (r->timed && digits(t, 8, 8, &number))
		return day_put(r, number % 10000, number / 1000000, number / 10000 % 100);
	return false;
}

/* Behind a month's name: its day, and perhaps a year. */
static bool month_read(struct reading *r, int month)
{
	int day, year = 0;

	if (!digits(token(r), 1, 2, &day))
		return false;
	r->at++;
	if (digits(token(r), 4, 4, &year) && year > 0)
		r->at++;
	return day_put(r, year, month, day);
}

/* "24 dec [2026]" */
static bool day_month(struct reading *r, int day)
{
	const struct word *w = word_find(token(r));
	int year = 0;

	if (w == NULL || w->kind != WORD_MONTH)
		return false;
	r->at++;
	if (digits(token(r), 4, 4, &year) && year > 0)
		r->at++;
	return day_put(r, year, (int)w->value, day);
}

static bool number_read(struct reading *r, const char *t)
{
	const struct word *next = word_find(token(r));
	int day;

	if (next != NULL && next->kind == WORD_MONTH && digits(t, 1, 2, &day))
		return day_month(r, day);
	return numbers_date(r, t) || clock_read(r, t);
}

static void unit_add(struct reading *r, enum unit unit, int64_t n)
{
	r->added = true;
	switch (unit) {
	case UNIT_MINUTE:
		r->after += n * MINUTE;
		break;
	case UNIT_HOUR:
		r->after += n * HOUR;
		break;
	case UNIT_DAY:
		r->days += n;
		break;
	case UNIT_WEEK:
		r->days += 7 * n;
		break;
	case UNIT_MONTH:
		r->months += n;
		break;
	case UNIT_YEAR:
		r->months += 12 * n;
		break;
	}
}

/* + N UNIT */
static bool plus_read(struct reading *r)
{
	const struct word *w;
	int n;

	if (!digits(token(r), 1, 6, &n) || n > AMOUNT_MAX)
		return false;
	r->at++;
	w = word_find(token(r));
	if (w == NULL || w->kind != WORD_UNIT)
		return false;
	r->at++;
	unit_add(r, (enum unit)w->value, n);
	return true;
}

static bool next_read(struct reading *r)
{
	const struct word *w = word_find(token(r));

	if (w == NULL || (w->kind != WORD_UNIT && w->kind != WORD_WEEKDAY))
		return false;
	r->at++;
	if (w->kind == WORD_WEEKDAY)
		return date_put(r, DATE_NEXT_WEEKDAY, w->value);
	unit_add(r, (enum unit)w->value, 1);
	return true;
}

static bool word_read(struct reading *r, const char *t)
{
	const struct word *w = word_find(t);

	if (strcmp(t, "next") == 0)
		return next_read(r);
	if (w == NULL)
		return false;
	switch (w->kind) {
	case WORD_TIME:
		return time_put(r, w->value);
	case WORD_DAY:
		return date_put(r, DATE_IN_DAYS, w->value);
	case WORD_WEEKDAY:
		return date_put(r, DATE_WEEKDAY, w->value);
	case WORD_MONTH:
		return month_read(r, (int)w->value);
	case WORD_UNIT:
		break;
	}
	return false;
}

static bool part_read(struct reading *r)
{
	const char *t = token(r);

	r->at++;
	if (strcmp(t, "+") == 0)
		return plus_read(r);
	return is_number(t) ? number_read(r, t) : word_read(r, t);
}

/* ---- all together */

/* The date of that name in a year that has it, from `today` on. */
static int64_t day_find(const struct reading *r, int64_t today)
{
	int y, m, d;

	if (r->year > 0)
		return civil_to_days(r->year, r->month, r->mday);
	civil_from_days(today, &y, &m, &d);
	while (r->mday > civil_month_days(y, r->month) ||
	    civil_to_days(y, r->month, r->mday) < today)
		y++;
	return civil_to_days(y, r->month, r->mday);
}

/* is_past: the time of day has passed today. */
static int64_t day_of(const struct reading *r, int64_t today, bool is_past)
{
	int64_t weekday = ((today + 4) % 7 + 7) % 7;	/* 1970-01-01 was a Thursday */
	int64_t ahead = (r->day - weekday + 7) % 7;

	switch (r->date) {
	case DATE_NONE:
		return today + (is_past && !r->added);
	case DATE_IN_DAYS:
		return today + r->day;
	case DATE_WEEKDAY:
		return today + (ahead == 0 && (is_past || r->time == -1) ? 7 : ahead);
	case DATE_NEXT_WEEKDAY:
		return today + (ahead == 0 ? 7 : ahead);
	case DATE_DAY:
		return day_find(r, today + (is_past && r->year == 0));
	}
	return today;
}

static int64_t months_later(int64_t day, int64_t months)
{
	int y, m, d, last;
	int64_t count;

	if (months == 0)
		return day;
	civil_from_days(day, &y, &m, &d);
	count = (int64_t)y * 12 + m - 1 + months;
	y = (int)floor_div(count, 12);
	m = (int)(count - (int64_t)y * 12) + 1;
	last = civil_month_days(y, m);
	return civil_to_days(y, m, d < last ? d : last);
}

int at_words(const char *s, int64_t local_now, struct at_time *t, struct err *e)
{
	struct reading r = { .time = -1 };
	int64_t today = floor_div(local_now, DAY), day, time;

	if (!tokens_read(&r, s))
		return err_set(e, ERR_USAGE, "'%.64s' is not a time: " HELP, s);
	while (r.at < r.n) {
		size_t at = r.at;

		if (!part_read(&r))
			return err_set(e, ERR_USAGE, "'%.64s' is not a time: '%s' is not "
			    "understood there; " HELP, s, r.tokens[at]);
	}
	time = r.time != -1 ? r.time : local_now - today * DAY;
	day = day_of(&r, today, today * DAY + time < local_now);
	day = months_later(day, r.months) + r.days;
	t->local = day * DAY + time;
	t->after = r.after;
	return 0;
}
