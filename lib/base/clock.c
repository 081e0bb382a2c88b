/*
 * clock: reads the clocks, and instants to and from text.
 *
 * Owns the calendar: civil_* are the usual era arithmetic (400 years repeat, the
 * year begins in March so that the leap day is last).  Local time comes from
 * localtime_r, hence from TZ; a local time that a change of offset skipped moves
 * forward by the gap, one that happens twice is the first.
 */
#include "base/clock.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/num.h"

#define DAY_S INT64_C(86400)
#define ERA_DAYS INT64_C(146097)
#define EPOCH_DAYS INT64_C(719468)		/* from 0000-03-01 to 1970-01-01 */
#define DAYS_MAX INT64_C(784350000000)		/* the years still fit an int */
#define SECONDS_MAX UINT64_C(253402300799)	/* the end of 9999 */

#define TIME_HELP "write now, +2h, 10:30, @SECONDS, 2026-11-23 or 2026-11-23T10:00[:00][Z|+01:00]"

struct now now_read(void)
{
	struct timespec wall, boot;

	clock_gettime(CLOCK_REALTIME, &wall);
	clock_gettime(CLOCK_BOOTTIME, &boot);
	return (struct now){
		.wall = (int64_t)wall.tv_sec * 1000 + wall.tv_nsec / 1000000,
		.boot = (int64_t)boot.tv_sec * 1000 + boot.tv_nsec / 1000000,
	};
}

int64_t civil_to_days(int y, int m, int d)
{
	int64_t year = (int64_t)y - (m <= 2), era = floor_div(year, 400), yoe = year - era * 400;
	int64_t doy = (153 * ((int64_t)m + (m > 2 ? -3 : 9)) + 2) / 5 + (int64_t)d - 1;

	return era * ERA_DAYS + yoe * 365 + yoe / 4 - yoe / 100 + doy - EPOCH_DAYS;
}

void civil_from_days(int64_t days, int *y, int *m, int *d)
{
	int64_t era, doe, yoe, doy, mp;

	if (days > DAYS_MAX)
		days = DAYS_MAX;
	if (days < -DAYS_MAX)
		days = -DAYS_MAX;
	days += EPOCH_DAYS;
	era = floor_div(days, ERA_DAYS);
	doe = days - era * ERA_DAYS;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	*d = (int)(doy - (153 * mp + 2) / 5 + 1);
	*m = (int)(mp < 10 ? mp + 3 : mp - 9);
	*y = (int)(yoe + era * 400 + (*m <= 2));
}

size_t civil_stamp(int64_t sec, char out[CLOCK_RFC3339_SIZE])
{
	int64_t days = floor_div(sec, DAY_S);
	int y, m, d, rest = (int)(sec - days * DAY_S);

	civil_from_days(days, &y, &m, &d);
	return (size_t)snprintf(out, CLOCK_RFC3339_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d", y, m, d,
	    rest / 3600, rest / 60 % 60, rest % 60);
}

void civil_offset(int minutes, char out[8])
{
	unsigned ahead = (unsigned)(minutes < 0 ? -minutes : minutes);

	snprintf(out, 8, "%c%02u:%02u", minutes < 0 ? '-' : '+', ahead / 60 % 100, ahead % 60);
}

void clock_rfc3339(int64_t ms, char out[CLOCK_RFC3339_SIZE])
{
	int64_t sec = floor_div(ms, 1000);
	size_t n = civil_stamp(sec, out);
	int milli = (int)(ms % 1000);

	snprintf(out + n, CLOCK_RFC3339_SIZE - n, ".%03dZ", milli < 0 ? milli + 1000 : milli);
}

/* What local time is ahead of UTC at this instant, in seconds. */
static int64_t local_offset(int64_t sec)
{
	struct tm tm;
	time_t t = (time_t)sec;

	return localtime_r(&t, &tm) != NULL ? tm.tm_gmtoff : 0;
}

void clock_local(int64_t ms, char out[CLOCK_RFC3339_SIZE])
{
	int64_t sec = floor_div(ms, 1000), off = local_offset(sec);
	size_t n = civil_stamp(sec + off, out);
	char zone[8];

	civil_offset((int)(off / 60), zone);
	snprintf(out + n, CLOCK_RFC3339_SIZE - n, "%s", zone);
}

/* The instant at which local clocks show `wall` (seconds as if it were UTC). */
static int64_t local_to_utc(int64_t wall)
{
	int64_t before = local_offset(wall - DAY_S), after = local_offset(wall + DAY_S);

	if (local_offset(wall - before) != before && local_offset(wall - after) == after)
		return wall - after;
	return wall - before;
}

int64_t clock_to_local(int64_t ms)
{
	return ms + local_offset(floor_div(ms, 1000)) * 1000;
}

int64_t clock_from_local(int64_t local)
{
	int64_t wall = floor_div(local, 1000);

	return local + (local_to_utc(wall) - wall) * 1000;
}

/* Exactly n digits, as a number in [min, max]. */
static bool field_read(const char **s, int n, int min, int max, int *out)
{
	int i, v = 0;

	for (i = 0; i < n; i++) {
		if ((*s)[i] < '0' || (*s)[i] > '9')
			return false;
		v = v * 10 + ((*s)[i] - '0');
	}
	if (v < min || v > max)
		return false;
	*s += n;
	*out = v;
	return true;
}

static bool char_read(const char **s, char c)
{
	if (**s != c)
		return false;
	(*s)++;
	return true;
}

int civil_month_days(int y, int m)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return days[m - 1] + (m == 2 && y % 4 == 0 && (y % 100 != 0 || y % 400 == 0));
}

static bool date_read(const char **s, int64_t *days)
{
	int y, m, d;

	if (!field_read(s, 4, 0, 9999, &y) || !char_read(s, '-') || !field_read(s, 2, 1, 12, &m) ||
	    !char_read(s, '-') || !field_read(s, 2, 1, civil_month_days(y, m), &d))
		return false;
	*days = civil_to_days(y, m, d);
	return true;
}

/* Places of a second beyond the third are cut off. */
bool civil_time_read(const char **s, int64_t *ms)
{
	int h, m, sec = 0, scale = 100;

	if (!field_read(s, 2, 0, 23, &h) || !char_read(s, ':') || !field_read(s, 2, 0, 59, &m))
		return false;
	*ms = 0;
	if (char_read(s, ':')) {
		if (!field_read(s, 2, 0, 59, &sec))
			return false;
		if (char_read(s, '.')) {
			if (**s < '0' || **s > '9')
				return false;
			for (; **s >= '0' && **s <= '9'; (*s)++, scale /= 10)
				*ms += (**s - '0') * scale;
		}
	}
	*ms += ((int64_t)h * 3600 + m * 60 + sec) * 1000;
	return true;
}

/* Z, +01:00 or nothing; *local says that there was none. */
static bool zone_read(const char **s, int64_t *offset, bool *local)
{
	int h, m;
	bool west = **s == '-';

	*offset = 0;
	*local = **s == '\0';
	if (*local || char_read(s, 'Z'))
		return true;
	if (!char_read(s, west ? '-' : '+') || !field_read(s, 2, 0, 23, &h) ||
	    !char_read(s, ':') || !field_read(s, 2, 0, 59, &m))
		return false;
	*offset = ((int64_t)h * 3600 + m * 60) * (west ? -1 : 1);
	return true;
}

bool civil_read(const char *s, int64_t *ms, bool *local)
{
	int64_t days, part = 0, offset = 0;

	*local = true;
	if (!date_read(&s, &days))
		return false;
	if (char_read(&s, 'T') || char_read(&s, ' ')) {
		if (!civil_time_read(&s, &part) || !zone_read(&s, &offset, local))
			return false;
	}
	*ms = (days * DAY_S - offset) * 1000 + part;
	return *s == '\0';
}

static bool stamp_read(const char *s, int64_t *ms)
{
	bool local;

	if (!civil_read(s, ms, &local))
		return false;
	if (local)
		*ms = clock_from_local(*ms);
	return true;
}

/* HH:MM: the next time that local clocks show it, now included. */
static bool today_read(const char *s, int64_t now_ms, int64_t *ms)
{
	int64_t now_sec = floor_div(now_ms, 1000), day, wall;
	int h, m;

	if (now_sec < 0 || now_sec > (int64_t)SECONDS_MAX)
		return false;
	if (!field_read(&s, s[0] != '\0' && s[1] == ':' ? 1 : 2, 0, 23, &h) ||
	    !char_read(&s, ':') || !field_read(&s, 2, 0, 59, &m) || *s != '\0')
		return false;
	day = floor_div(now_sec + local_offset(now_sec), DAY_S);
	wall = day * DAY_S + (int64_t)h * 3600 + m * 60;
	*ms = local_to_utc(wall) * 1000;
	if (*ms < now_ms)
		*ms = local_to_utc(wall + DAY_S) * 1000;
	return true;
}

int clock_parse(const char *s, int64_t now_ms, int64_t *ms, struct err *e)
{
	uint64_t v;
	int64_t t;

	if (s[0] == '+') {
		if (dur_parse(s + 1, &v, e) == -1)
			return -1;
		if (__builtin_add_overflow(now_ms, (int64_t)v, &t))
			return err_set(e, ERR_USAGE, "'%.64s' is too far ahead", s);
	} else if (s[0] == '@') {
		if (num_u64(s + 1, 1, SECONDS_MAX, &v, e) == -1)
			return -1;
		t = (int64_t)v * 1000;
	} else if (strcmp(s, "now") == 0) {
		t = now_ms;
	} else if (!stamp_read(s, &t) && !today_read(s, now_ms, &t)) {
		return err_set(e, ERR_USAGE, "'%.64s' is not a time: " TIME_HELP, s);
	}
	/* 0 means "none", so nothing may come out as it by chance. */
	if (t <= 0)
		return err_set(e, ERR_USAGE, "'%.64s' is before 1970", s);
	*ms = t;
	return 0;
}
