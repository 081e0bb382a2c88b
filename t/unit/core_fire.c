/* fire: the vectors of job-cron(7), the ways that may be chosen, and far jumps. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/cron.h"
#include "tap.h"
#include "zonelib.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define DAY INT64_C(86400000)

static struct cron cron;

static void expression(const char *text)
{
	struct err e;

	if (cron_parse(&cron, text, "s1", &e) == -1) {
		printf("Bail out! %s\n", e.text);
		exit(1);
	}
}

/* Fires in [from, until) as "03-07T07:30 03-08T07:00m ..."; m makeup, 1 and 2 of a repeat. */
static const char *fires(const struct zone *z, int64_t from, int64_t until)
{
	static char out[4096];
	struct cron_fire f;
	struct buf b;
	char stamp[CLOCK_RFC3339_SIZE];

	buf_init(&b, sizeof(out));
	for (int64_t at = from - 1; cron_next(&cron, z, at, &f) && f.at < until; at = f.at) {
		civil_stamp(f.at / 1000, stamp);
		buf_addf(&b, "%s%.11s%.1s", b.len > 0 ? " " : "", stamp + 5, &"\0m12"[f.kind]);
	}
	snprintf(out, sizeof(out), "%s", b.data != NULL ? b.data : "");
	buf_release(&b);
	return out;
}

/* The same from local midnight to local midnight. */
static const char *local_fires(const struct zone *z, const char *first, const char *behind)
{
	return fires(z, zone_to_utc(z, utc(first)), zone_to_utc(z, utc(behind)));
}

static void vectors(void)
{
	static const struct { const char *zone, *text, *first, *behind, *fires; } rows[] = {
		{ "America/New_York", "30 2 * * *", "2026-03-07", "2026-03-10",
		    "03-07T07:30 03-08T07:00m 03-09T06:30" },
		{ "America/New_York", "0,30 2 * * *", "2026-03-08", "2026-03-09", "03-08T07:00m" },
		{ "America/New_York", "0 2,3 * * *", "2026-03-08", "2026-03-09", "03-08T07:00m" },
		{ "America/New_York", "30 0-3 * * *", "2026-03-08", "2026-03-09",
		    "03-08T05:30 03-08T06:30 03-08T07:00m 03-08T07:30" },
		{ "America/New_York", "30 * * * *", "2026-03-08", "2026-03-08T05:00",
		    "03-08T05:30 03-08T06:30 03-08T07:30 03-08T08:30" },
		{ "America/New_York", "0 */2 * * *", "2026-03-08", "2026-03-08T09:00",
		    "03-08T05:00 03-08T07:00m 03-08T08:00 03-08T10:00 03-08T12:00" },
		{ "America/New_York", "30 1 * * *", "2026-10-31", "2026-11-03",
		    "10-31T05:30 11-01T05:301 11-02T06:30" },
		{ "America/New_York", "30 * * * *", "2026-11-01", "2026-11-01T03:00",
		    "11-01T04:30 11-01T05:301 11-01T06:302 11-01T07:30" },
		{ "America/New_York", "*/20 1 * * *", "2026-11-01", "2026-11-02",
		    "11-01T05:001 11-01T05:201 11-01T05:401" },
		{ "Europe/London", "15 1 * * *", "2026-03-28", "2026-03-31",
		    "03-28T01:15 03-29T01:00m 03-30T00:15" },
		{ "Europe/London", "15 1 * * *", "2026-10-24", "2026-10-27",
		    "10-24T00:15 10-25T00:151 10-26T01:15" },
		{ "Australia/Lord_Howe", "15 2 * * *", "2026-10-03", "2026-10-06",
		    "10-02T15:45 10-03T15:30m 10-04T15:15" },
		{ "Australia/Lord_Howe", "45 1 * * *", "2026-04-04", "2026-04-07",
		    "04-03T14:45 04-04T14:451 04-05T15:15" },
		{ "Africa/Cairo", "0 0 * * *", "2026-04-23", "2026-04-26",
		    "04-22T22:00 04-23T22:00m 04-24T21:00" },
		{ "America/Havana", "0 0 * * *", "2026-10-31", "2026-11-03",
		    "10-31T04:00 11-01T04:001 11-02T05:00" },
		{ "Asia/Kolkata", "30 4 1,15 * 5", "2026-05-08", "2026-05-16",
		    "05-07T23:00 05-14T23:00" },
		{ "UTC", "0 12 */2 * 1", "2026-06-01", "2026-07-01",
		    "06-01T12:00 06-15T12:00 06-29T12:00" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct zone *z = zone_known(rows[i].zone);

		expression(rows[i].text);
		is_str(local_fires(z, rows[i].first, rows[i].behind), rows[i].fires, "%s '%s'",
		    rows[i].zone, rows[i].text);
		zone_free(z);
	}
}

static void ways(void)
{
	static const struct {
		const char *text;
		enum cron_gap gap;
		enum cron_fold fold;
		const char *first, *behind, *fires;
	} rows[] = {
		{ "30 2 * * *", GAP_SKIP, FOLD_AUTO, "2026-03-08", "2026-03-10", "03-09T06:30" },
		{ "0 2,3 * * *", GAP_SKIP, FOLD_AUTO, "2026-03-08", "2026-03-09", "03-08T07:00" },
		{ "30 * * * *", GAP_MAKEUP, FOLD_AUTO, "2026-03-08", "2026-03-08T04:00",
		    "03-08T05:30 03-08T06:30 03-08T07:00m 03-08T07:30" },
		{ "30 1 * * *", GAP_AUTO, FOLD_SECOND, "2026-11-01", "2026-11-03",
		    "11-01T06:302 11-02T06:30" },
		{ "30 1 * * *", GAP_AUTO, FOLD_BOTH, "2026-11-01", "2026-11-02",
		    "11-01T05:301 11-01T06:302" },
		{ "30 * * * *", GAP_AUTO, FOLD_FIRST, "2026-11-01", "2026-11-01T03:00",
		    "11-01T04:30 11-01T05:301 11-01T07:30" },
		{ "0 * * * *", GAP_AUTO, FOLD_SECOND, "2026-11-01", "2026-11-01T03:00",
		    "11-01T04:00 11-01T06:002 11-01T07:00" },
	};
	struct zone *z = zone_known("America/New_York");

	for (size_t i = 0; i < COUNT(rows); i++) {
		expression(rows[i].text);
		cron.gap = rows[i].gap;
		cron.fold = rows[i].fold;
		is_str(local_fires(z, rows[i].first, rows[i].behind), rows[i].fires,
		    "'%s' gap %d fold %d", rows[i].text, rows[i].gap, rows[i].fold);
	}
	zone_free(z);
}

/* What no rule of a footer does, and tables of the past did. */
static void odd_changes(void)
{
	static const struct shift apia[] = { { 1325239200, 14 * 3600 } };	/* lost a day */
	static const struct shift line[] = { { 1325239200, -10 * 3600 } };	/* had one twice */
	static const struct shift short_summer[] = {		/* two weeks, then half an hour */
		{ 1325239200, 3600 }, { 1326448800, 0 }, { 1326450600, 3600 },
	};
	struct zone *z;
	struct err e;
	struct buf b;

	buf_init(&b, 4096);
	tzif_add(&b, -10 * 3600, apia, 1, "<+14>-14");
	z = zone_decode("Z", b.data, b.len, &e);
	expression("0 12 * * *");
	is_str(fires(z, utc("2011-12-29"), utc("2012-01-01")),
	    "12-29T22:00 12-30T10:00m 12-30T22:00 12-31T22:00", "a day without noon has one");
	expression("0 12 30 12 *");
	is_str(fires(z, utc("2011-12-29"), utc("2012-01-01")), "12-30T10:00m",
	    "the day that is missing counts for the day fields");
	expression("0 12 29 12 *");
	is_str(fires(z, utc("2011-12-29"), utc("2012-01-01")), "12-29T22:00", "and no other");
	zone_free(z);

	buf_reset(&b);
	tzif_add(&b, 14 * 3600, line, 1, "<-10>10");
	z = zone_decode("Z", b.data, b.len, &e);
	expression("0 12 * * *");
	is_str(fires(z, utc("2011-12-29"), utc("2012-01-01")),
	    "12-29T22:001 12-31T22:00", "the noon of a day that comes twice is one");
	zone_free(z);

	buf_reset(&b);
	tzif_add(&b, 0, short_summer, 3, "<+01>-1");
	z = zone_decode("Z", b.data, b.len, &e);
	expression("*/15 10,11 * * *");
	is_str(fires(z, utc("2012-01-13T09:00"), utc("2012-01-13T12:00")),
	    "01-13T09:001 01-13T09:151 01-13T09:30 01-13T09:45 01-13T10:30m 01-13T10:45",
	    "half an hour of winter");
	zone_free(z);
	buf_release(&b);
}

static void jumps(void)
{
	struct zone *z = zone_known("UTC");
	struct cron_fire f;

	expression("0 0 29 2 *");
	is_str(fires(z, utc("2026-01-01"), utc("2034-01-01")), "02-29T00:00 02-29T00:00",
	    "two leap days in eight years");
	ok(cron_next(&cron, z, utc("2096-02-29"), &f) && f.at == utc("2104-02-29"),
	    "2100 has none");
	is_int(cron_alive(&cron, z, utc("2096-02-29"), NULL), 0, "which is within 8 years");
	expression("0 0 29 2 */7");
	ok(cron_next(&cron, z, utc("2004-03-01"), &f) && f.at == utc("2032-02-29"),
	    "28 years to the next Sunday of that kind");
	is_int(cron_alive(&cron, z, utc("2004-03-01"), NULL), -1, "which is never");
	is_int(cron_alive(&cron, z, utc("2025-03-01"), NULL), 0, "unless it is near");
	for (int i = 0; i < 2; i++) {
		static const char *const never[] = { "0 0 30 2 *", "0 0 31 4,6,9,11 *" };
		struct err e;

		expression(never[i]);
		ok(!cron_next(&cron, z, utc("2026-01-01"), &f), "'%s' never fires", never[i]);
		ok(cron_alive(&cron, z, utc("2026-01-01"), &e) == -1 && e.code == ERR_DATA &&
		    strstr(e.text, "never fires within 8 years") != NULL, "and is refused");
	}
	expression("0 0 L 2 *");
	is_str(fires(z, utc("2023-01-01"), utc("2025-01-01")), "02-28T00:00 02-29T00:00", "L");
	expression("0 0 * * 1#1,fri#5");
	is_str(fires(z, utc("2026-05-01"), utc("2026-08-01")),
	    "05-04T00:00 05-29T00:00 06-01T00:00 07-06T00:00 07-31T00:00", "n#k");
	expression("59 23 31 12 *");
	ok(!cron_next(&cron, z, ZONE_END - 60000, &f), "nothing after the year 9999");
	ok(cron_next(&cron, z, INT64_MIN / 2, &f) && f.at == utc("0001-12-31T23:59"),
	    "nothing before the year 1");
	zone_free(z);
}

static void edges(void)
{
	struct zone *z = zone_known("UTC");
	struct cron_fire f;

	expression("* * * * *");
	ok(cron_next(&cron, z, 0, &f) && f.at == 60000, "strictly after");
	ok(cron_next(&cron, z, -1, &f) && f.at == 0, "the next ms counts");
	ok(cron_next(&cron, z, 1, &f) && f.at == 60000, "whole minutes");
	expression("0 0 1 1 *");
	ok(cron_next(&cron, z, utc("2026-12-31T23:59") + 59999, &f) && f.at == utc("2027-01-01"),
	    "the last ms of a year");
	expression("@every 90m");
	cron.anchor = utc("2026-01-01T00:10");
	is_str(fires(z, utc("2026-01-01T00:10"), utc("2026-01-01T04:00")),
	    "01-01T00:10 01-01T01:40 01-01T03:10", "@every");
	ok(cron_next(&cron, z, utc("2025-12-31T22:40"), &f) && f.at == cron.anchor,
	    "before its anchor, too");
	zone_free(z);
}

static void backwards(void)
{
	static const char *const texts[] = {
		"30 2 * * *", "*/7 * * * *", "0 0 29 2 *", "15 1 L * fri#2", "* * * 1 *",
		"@every 7h",
	};
	struct zone *z = zone_known("America/New_York");
	struct cron_fire f, before;
	int wrong = 0;

	for (size_t i = 0; i < COUNT(texts); i++) {
		int64_t at = utc("2026-02-20"), last = 0;

		expression(texts[i]);
		for (int n = 0; n < 40 && cron_next(&cron, z, at, &f); n++) {
			if (last != 0 && !(cron_prev(&cron, z, f.at, &before) &&
			    before.at == last))
				wrong++;
			if (!(cron_prev(&cron, z, f.at + 1, &before) && before.at == f.at &&
			    before.kind == f.kind))
				wrong++;
			last = at = f.at;
		}
	}
	is_int(wrong, 0, "the last before is the next after, turned round");
	expression("0 0 30 2 *");
	ok(!cron_prev(&cron, z, utc("2026-01-01"), &f), "never in the past, either");
	zone_free(z);
}

int main(void)
{
	vectors();
	ways();
	odd_changes();
	jumps();
	edges();
	backwards();
	return tap_done();
}
