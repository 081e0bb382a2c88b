/* Tests base/clock: the calendar against gmtime, text both ways, local time across changes. */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/hash.h"
#include "tap.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define NOW INT64_C(1795428000000)	/* 2026-11-23T10:00:00Z, a Monday in winter */

/* POSIX rules, so that no zone files are needed. */
#define BERLIN "CET-1CEST,M3.5.0,M10.5.0/3"

struct row {
	const char *text;
	const char *want;	/* RFC 3339, or NULL: refused */
};

/* The same numbers in every run, so that a failure comes again. */
static uint64_t rnd(uint64_t below)
{
	static uint64_t state = 1;

	return splitmix64(state++) % below;
}

static void zone(const char *tz)
{
	setenv("TZ", tz, 1);
	tzset();
}

static void test_now(void)
{
	struct now a = now_read(), b = now_read();
	int64_t t = (int64_t)time(NULL) * 1000;

	ok(a.wall > t - 5000 && a.wall < t + 5000, "the wall clock is in ms since the epoch");
	ok(a.boot > 0 && b.boot >= a.boot && b.boot < a.boot + 5000, "the boot clock goes on");
}

static void test_civil(void)
{
	int64_t days, wrong = 0, last;
	struct tm tm;
	time_t t;
	int y, m, d;

	is_int(civil_to_days(1970, 1, 1), 0, "the epoch is day 0");
	is_int(civil_to_days(2000, 2, 29), 11016, "a leap day");
	is_int(civil_to_days(1969, 12, 31), -1, "the day before");
	is_int(civil_to_days(0, 3, 1), -719468, "the start of the eras");
	for (days = -800000; days < 800000; days += 7) {
		t = (time_t)days * 86400;
		gmtime_r(&t, &tm);
		civil_from_days(days, &y, &m, &d);
		wrong += y != tm.tm_year + 1900 || m != tm.tm_mon + 1 || d != tm.tm_mday;
		wrong += civil_to_days(y, m, d) != days;
	}
	is_int(wrong, 0, "as gmtime, over four thousand years");
	for (y = INT_MIN, wrong = 0; y < INT_MAX - 70000001; y += 70000001) {
		last = civil_to_days(y, 2, 1);
		wrong += civil_to_days(y, 3, 1) - last != (y % 4 == 0 &&
		    (y % 100 != 0 || y % 400 == 0)
		    ? 29 : 28);
	}
	is_int(wrong, 0, "years of any size");
	civil_from_days(INT64_MAX, &y, &m, &d);
	ok(y > 2147000000, "days beyond an int's years stay at its end");
	civil_from_days(INT64_MIN, &y, &m, &d);
	ok(y < -2147000000, "also below");
}

static void test_rfc3339(void)
{
	static const struct {
		int64_t ms;
		const char *want;
	} rows[] = {
		{ 0, "1970-01-01T00:00:00.000Z" },
		{ -1, "1969-12-31T23:59:59.999Z" },
		{ NOW, "2026-11-23T10:00:00.000Z" },
		{ NOW + 123, "2026-11-23T10:00:00.123Z" },
		{ INT64_C(951782399999), "2000-02-28T23:59:59.999Z" },
		{ INT64_C(951868799999), "2000-02-29T23:59:59.999Z" },
		{ INT64_C(253402300799999), "9999-12-31T23:59:59.999Z" },
		{ INT64_C(253402300800000), "10000-01-01T00:00:00.000Z" },
		{ INT64_MAX, "292278994-08-17T07:12:55.807Z" },
		{ INT64_MIN, "-292275055-05-16T16:47:04.192Z" },
	};
	char out[CLOCK_RFC3339_SIZE];
	int64_t ms, back, wrong = 0;
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		clock_rfc3339(rows[i].ms, out);
		is_str(out, rows[i].want, "clock_rfc3339 %" PRId64, rows[i].ms);
	}
	for (i = 0; i < 20000; i++) {
		ms = (int64_t)rnd(253402300799999) + 1;
		clock_rfc3339(ms, out);
		wrong += clock_parse(out, NOW, &back, NULL) != 0 || back != ms;
	}
	is_int(wrong, 0, "clock_parse reads what clock_rfc3339 writes");
}

static void test_local(void)
{
	static const struct {
		const char *tz;
		int64_t ms;
		const char *want;
	} rows[] = {
		{ BERLIN, NOW, "2026-11-23T11:00:00+01:00" },
		{ BERLIN, INT64_C(1782208800999), "2026-06-23T12:00:00+02:00" },
		{ "NST3:30", NOW, "2026-11-23T06:30:00-03:30" },
		{ "XXX0:30", NOW, "2026-11-23T09:30:00-00:30" },
		{ "NPT-5:45", NOW, "2026-11-23T15:45:00+05:45" },
		{ "UTC0", -1, "1969-12-31T23:59:59+00:00" },
	};
	char out[CLOCK_RFC3339_SIZE];
	int64_t ms, back, wrong = 0;
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		zone(rows[i].tz);
		clock_local(rows[i].ms, out);
		is_str(out, rows[i].want, "clock_local in %s", rows[i].tz);
	}
	clock_local(INT64_MAX, out);
	clock_local(INT64_MIN, out);
	ok(strlen(out) < sizeof(out), "any instant fits");
	zone(BERLIN);
	for (i = 0; i < 20000; i++) {
		ms = (int64_t)rnd(UINT32_MAX) * 1000 + 1000;
		clock_local(ms, out);
		wrong += clock_parse(out, NOW, &back, NULL) != 0 || back != ms;
	}
	is_int(wrong, 0, "clock_parse reads what clock_local writes");
	zone("UTC0");
}

static void parses(const char *tz, int64_t now, const struct row *rows, size_t n)
{
	char got[CLOCK_RFC3339_SIZE + 1];
	struct err e;
	int64_t ms;
	size_t i;

	zone(tz);
	for (i = 0; i < n; i++) {
		ms = 77;
		err_clear(&e);
		if (clock_parse(rows[i].text, now, &ms, &e) == 0) {
			clock_rfc3339(ms, got);
			is_str(got, rows[i].want, "'%s' in %s", rows[i].text, tz);
		} else {
			ok(rows[i].want == NULL && ms == 77 && e.code == ERR_USAGE &&
			    e.text[0] == '\'' &&
			    clock_parse(rows[i].text, now, &ms, NULL) == -1,
			    "'%s' in %s is refused (%s)", rows[i].text, tz, e.text);
		}
	}
	zone("UTC0");
}

static void test_parse(void)
{
	static const struct row rows[] = {
		{ "now", "2026-11-23T10:00:00.000Z" },
		{ "+2h", "2026-11-23T12:00:00.000Z" },
		{ "+0", "2026-11-23T10:00:00.000Z" },
		{ "+1d", "2026-11-24T10:00:00.000Z" },
		{ "+1.5s", "2026-11-23T10:00:01.500Z" },
		{ "+01:30", "2026-11-23T10:01:30.000Z" },
		{ "@1763900000", "2025-11-23T12:13:20.000Z" },
		{ "@253402300799", "9999-12-31T23:59:59.000Z" },
		{ "2026-11-23", "2026-11-23T00:00:00.000Z" },
		{ "2028-02-29", "2028-02-29T00:00:00.000Z" },
		{ "2000-02-29T12:34", "2000-02-29T12:34:00.000Z" },
		{ "2026-11-23 10:00", "2026-11-23T10:00:00.000Z" },
		{ "2026-11-23T10:00:07", "2026-11-23T10:00:07.000Z" },
		{ "2026-11-23T10:00:07.5", "2026-11-23T10:00:07.500Z" },
		{ "2026-11-23T10:00:07.123Z", "2026-11-23T10:00:07.123Z" },
		{ "2026-11-23T10:00:07.123999Z", "2026-11-23T10:00:07.123Z" },
		{ "2026-11-23T10:00Z", "2026-11-23T10:00:00.000Z" },
		{ "2026-11-23T10:00+01:00", "2026-11-23T09:00:00.000Z" },
		{ "2026-11-23T10:00:00.25-03:30", "2026-11-23T13:30:00.250Z" },
		{ "2026-12-31T23:30-01:00", "2027-01-01T00:30:00.000Z" },
		{ "10:00", "2026-11-23T10:00:00.000Z" },
		{ "10:01", "2026-11-23T10:01:00.000Z" },
		{ "09:59", "2026-11-24T09:59:00.000Z" },
		{ "9:59", "2026-11-24T09:59:00.000Z" },
		{ "00:00", "2026-11-24T00:00:00.000Z" },
		{ "23:59", "2026-11-23T23:59:00.000Z" },
		{ "1970-01-01T00:00:00.001Z", "1970-01-01T00:00:00.001Z" },
	};

	parses("UTC0", NOW, rows, COUNT(rows));
}

static void test_refused(void)
{
	static const char *const bad[] = {
		"", " ", "Now", "now ", "-2h", "2h", "++2h", "+", "+101y", "+36526d", "@", "@-1",
		"@0", "@1.5", "@253402300800", "@99999999999999999999", "2026", "2026-11",
		"2026-11-23T", "2026-11-23T10", "2026-11-23T1:00", "2026-11-23T10:0",
		"2026-11-23T24:00", "2026-11-23T10:60", "2026-11-23T10:00:60",
		"2026-11-23T10:00:", "2026-11-23T10:00:00.", "2026-11-23T10:00.5",
		"2026-11-23T10:00z", "2026-11-23t10:00", "2026-11-23Z", "2026-11-23+01:00",
		"2026-11-23T10:00+0100", "2026-11-23T10:00+1:00", "2026-11-23T10:00+24:00",
		"2026-11-23T10:00+01:60", "2026-11-23T10:00+01", "2026-11-23T10:00ZZ",
		"2026-11-23T10:00 +01:00", "2026-11-23  10:00", "2026-11-31", "2026-02-29",
		"2100-02-29", "2026-13-01", "2026-00-01", "2026-01-00", "2026-1-1", "26-11-23",
		"02026-11-23", "+2026-11-23", "1969-12-31", "1970-01-01T00:00Z", "0000-01-01",
		"24:00", "10:60", "10:0", "10:00:00", ":00", "10:", "010:00", "10:00Z", "1:",
		"1", "10:00 ", "2026-11-23T10:00:00.123Zx",
	};
	struct row row = { 0 };
	size_t i;

	for (i = 0; i < COUNT(bad); i++) {
		row.text = bad[i];
		parses("UTC0", NOW, &row, 1);
	}
}

static void test_local_parse(void)
{
	static const struct row winter[] = {
		{ "2026-11-23", "2026-11-22T23:00:00.000Z" },
		{ "2026-06-23T12:00", "2026-06-23T10:00:00.000Z" },
		{ "2026-11-23T12:00Z", "2026-11-23T12:00:00.000Z" },
		{ "11:00", "2026-11-23T10:00:00.000Z" },
		{ "10:59", "2026-11-24T09:59:00.000Z" },
		/* 2026-03-29 02:00 to 03:00 does not exist */
		{ "2026-03-29T01:59:59", "2026-03-29T00:59:59.000Z" },
		{ "2026-03-29T02:00", "2026-03-29T01:00:00.000Z" },
		{ "2026-03-29T02:30", "2026-03-29T01:30:00.000Z" },
		{ "2026-03-29T03:00", "2026-03-29T01:00:00.000Z" },
		/* 2026-10-25 02:00 to 03:00 is there twice: the first */
		{ "2026-10-25T01:59:59", "2026-10-24T23:59:59.000Z" },
		{ "2026-10-25T02:00", "2026-10-25T00:00:00.000Z" },
		{ "2026-10-25T02:30", "2026-10-25T00:30:00.000Z" },
		{ "2026-10-25T02:59:59.999", "2026-10-25T00:59:59.999Z" },
		{ "2026-10-25T03:00", "2026-10-25T02:00:00.000Z" },
		{ "2026-10-25T02:30+01:00", "2026-10-25T01:30:00.000Z" },
	};
	static const struct row evening[] = { { "23:00", "2026-03-28T22:00:00.000Z" },
	    { "02:30", "2026-03-29T01:30:00.000Z" }, { "21:00", "2026-03-29T19:00:00.000Z" } };
	static const struct row west[] = { { "2026-11-23", "2026-11-23T03:30:00.000Z" },
	    { "06:30", "2026-11-23T10:00:00.000Z" }, { "06:29", "2026-11-24T09:59:00.000Z" } };

	parses(BERLIN, NOW, winter, COUNT(winter));
	/* 2026-03-28 21:30 local time, the evening before clocks go forward */
	parses(BERLIN, INT64_C(1774729800000), evening, COUNT(evening));
	parses("NST3:30", NOW, west, COUNT(west));
}

static void test_extreme_now(void)
{
	struct err e = { 0 };
	int64_t ms = 5;

	is_int(clock_parse("+1h", INT64_MAX, &ms, &e), -1, "a sum that wraps is refused");
	is_str(e.text, "'+1h' is too far ahead", "with its text");
	is_int(clock_parse("10:00", INT64_MAX, &ms, &e), -1, "HH:MM of no year is refused");
	is_int(clock_parse("10:00", INT64_MIN, &ms, &e), -1, "also below");
	is_int(clock_parse("now", 0, &ms, &e), -1, "no instant may be 0");
	is_int(clock_parse("10h", NOW, &ms, &e), -1, "a duration without a sign is refused");
	is_str(e.text, "'10h' is not a time: write now, +2h, 10:30, @SECONDS, 2026-11-23 or "
	    "2026-11-23T10:00[:00][Z|+01:00]", "the text says what is accepted");
	is_int(ms, 5, "out is untouched");
}

static void test_random(void)
{
	static const char letters[] = "0123456789000112:-+T Z.@nowhms";
	char s[32];
	size_t i, k, n, wrong = 0;
	int64_t ms;

	for (i = 0; i < 200000; i++) {
		n = rnd(sizeof(s) - 1);
		for (k = 0; k < n; k++)
			s[k] = letters[rnd(sizeof(letters) - 1)];
		s[n] = '\0';
		ms = -5;
		wrong += clock_parse(s, NOW, &ms, NULL) == 0 ? ms <= 0 : ms != -5;
	}
	is_int(wrong, 0, "random texts");
}

int main(void)
{
	zone("UTC0");
	test_now();
	test_civil();
	test_rfc3339();
	test_local();
	test_parse();
	test_refused();
	test_local_parse();
	test_extreme_now();
	test_random();
	return tap_done();
}
