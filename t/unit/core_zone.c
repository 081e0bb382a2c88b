/* zone: TZif files of all kinds, the rules of their footers, and damaged ones. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"
#include "zonelib.h"

#define HOUR 3600
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static int offset_at(const struct zone *z, const char *stamp)
{
	return (int)(zone_span(z, utc(stamp)).offset / 1000);
}

static const char *stamp_at(const struct zone *z, const char *stamp)
{
	static char out[CLOCK_RFC3339_SIZE];

	zone_stamp(z, utc(stamp), out);
	return out;
}

static struct zone *zone_made(int first, const struct shift *changes, size_t n,
    const char *footer)
{
	struct zone *z;
	struct err e = { .text = "" };
	struct buf b;

	buf_init(&b, 65536);
	tzif_add(&b, first, changes, n, footer);
	z = zone_decode("Test/Zone", b.data, b.len, &e);
	ok(z != NULL, "decoded: %s", e.text);
	buf_release(&b);
	return z;
}

static void table(void)
{
	static const struct shift changes[] = {
		{ -3000000000, HOUR }, { 1000000000, 2 * HOUR }, { 1100000000, 2 * HOUR },
		{ 1200000000, HOUR },
	};
	struct zone *z = zone_made(900, changes, COUNT(changes), "");
	struct zone_span s;

	is_str(zone_name(z), "Test/Zone", "its name");
	is_int(offset_at(z, "1850-01-01"), 900, "before the first change");
	is_int(offset_at(z, "1900-01-01"), HOUR, "behind a change before 1901");
	is_int(zone_span(z, INT64_C(999999999999)).offset, HOUR * 1000, "up to the last ms");
	is_int(zone_span(z, INT64_C(1000000000000)).offset, 2 * HOUR * 1000, "from the first on");
	s = zone_span(z, INT64_C(1100000000000));
	is_int(s.start, INT64_C(1000000000000), "a change that clocks do not show is none");
	is_int(s.end, INT64_C(1200000000000), "so the span goes on");
	is_int(offset_at(z, "9000-01-01"), HOUR, "without a rule the last one stays");
	is_int(zone_span(z, INT64_MAX).end, ZONE_END, "after the end of time");
	is_int(zone_span(z, INT64_MIN).start, ZONE_BEGIN, "and before its beginning");
	zone_free(z);

	z = zone_made(0, changes + 1, 3, NULL);
	is_int(offset_at(z, "2001-09-10"), 2 * HOUR, "version 1");
	zone_free(z);
}

/* A rule holds from the last change on, though that one may change nothing itself. */
static void table_and_rule(void)
{
	static const struct shift changes[] = { { 946684800, -5 * HOUR },
		{ 1167609600, -5 * HOUR } };
	struct zone *z = zone_made(0, changes, COUNT(changes), "EST5EDT,M3.2.0,M11.1.0");

	is_int(offset_at(z, "2006-07-01"), -5 * HOUR, "the table knows no summer time in 2006");
	is_int(offset_at(z, "2007-07-01"), -4 * HOUR, "the rule does in 2007");
	is_int(zone_span(z, utc("2007-02-01")).start, utc("2007-01-01"), "it begins there");
	is_int(zone_span(z, utc("2007-02-01")).end, utc("2007-03-11T07:00"), "and changes next");
	zone_free(z);
}

static void rules(void)
{
	static const struct { const char *rule, *at; int offset; } rows[] = {
		{ "EST5EDT,M3.2.0,M11.1.0", "2026-03-08T06:59", -5 * HOUR },
		{ "EST5EDT,M3.2.0,M11.1.0", "2026-03-08T07:00", -4 * HOUR },
		{ "EST5EDT,M3.2.0,M11.1.0", "2026-11-01T05:59", -4 * HOUR },
		{ "EST5EDT,M3.2.0,M11.1.0", "2026-11-01T06:00", -5 * HOUR },
		{ "EST5EDT,M3.2.0,M11.1.0", "2400-07-01", -4 * HOUR },
		{ "AEST-10AEDT,M10.1.0,M4.1.0/3", "2026-01-01", 11 * HOUR },
		{ "AEST-10AEDT,M10.1.0,M4.1.0/3", "2026-07-01", 10 * HOUR },
		{ "AEST-10AEDT,M10.1.0,M4.1.0/3", "2026-12-31T23:59", 11 * HOUR },
		{ "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29T00:59", -2 * HOUR },
		{ "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29T01:00", -1 * HOUR },
		{ "IST-2IDT,M3.4.4/26,M10.5.0", "2026-03-26T23:59", 2 * HOUR },
		{ "IST-2IDT,M3.4.4/26,M10.5.0", "2026-03-27T00:00", 3 * HOUR },
		{ "<+0330>-3:30<+0430>,J79/24,J263/24", "2024-03-20T20:29", 3 * HOUR + 1800 },
		{ "<+0330>-3:30<+0430>,J79/24,J263/24", "2024-03-20T20:30", 4 * HOUR + 1800 },
		{ "AAA0BBB,59/0,60/0", "2024-02-29T00:00", HOUR },	/* day 59 of a leap year */
		{ "AAA0BBB,59/0,60/0", "2023-03-01T00:00", HOUR },
		{ "AAA0BBB,J60/0,J61/0", "2024-02-29T12:00", 0 },	/* J60 is 1 March always */
		{ "AAA0BBB,J60/0,J61/0", "2024-03-01T00:00", HOUR },
		{ "IST-1GMT0,M10.5.0,M3.5.0/1", "2026-01-01", 0 },	/* winter is "summer" */
		{ "IST-1GMT0,M10.5.0,M3.5.0/1", "2026-07-01", HOUR },
		{ "XXX3EDT4,0/0,J365/23", "2026-01-01T03:00", -4 * HOUR },	/* all year */
		{ "XXX3EDT4,0/0,J365/23", "2026-12-31T23:59", -4 * HOUR },
		{ "<+1245>-12:45<+1345>,M9.5.0/2:45,M4.1.0/3:45", "2026-04-04T13:59",
		    13 * HOUR + 2700 },
		{ "<+1245>-12:45<+1345>,M9.5.0/2:45,M4.1.0/3:45", "2026-04-04T14:00",
		    12 * HOUR + 2700 },
		{ "LMT-0:01:15", "2026-01-01", 75 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct zone *z = zone_ruled("Z", rows[i].rule);

		is_int(offset_at(z, rows[i].at), rows[i].offset, "%s at %s", rows[i].rule,
		    rows[i].at);
		zone_free(z);
	}
}

static void local_times(void)
{
	static const struct { const char *local, *utc; } rows[] = {
		{ "2026-03-08T01:59", "2026-03-08T06:59" },
		{ "2026-03-08T02:00", "2026-03-08T07:00" },	/* skipped: as if not yet moved */
		{ "2026-03-08T02:30", "2026-03-08T07:30" },
		{ "2026-03-08T03:00", "2026-03-08T07:00" },
		{ "2026-11-01T01:30", "2026-11-01T05:30" },	/* twice: the first */
		{ "2026-11-01T02:00", "2026-11-01T07:00" },
	};
	struct zone *z = zone_known("America/New_York");

	for (size_t i = 0; i < COUNT(rows); i++)
		is_int(zone_to_utc(z, utc(rows[i].local)), utc(rows[i].utc), "local %s",
		    rows[i].local);
	is_str(stamp_at(z, "2026-03-08T07:00"), "2026-03-08T03:00:00-04:00", "a stamp");
	zone_free(z);
	z = zone_known("Asia/Kolkata");
	is_str(stamp_at(z, "2026-03-08T20:00"), "2026-03-09T01:30:00+05:30", "a stamp east");
	zone_free(z);
	z = zone_new_utc();
	is_str(stamp_at(z, "1969-12-31T23:59"), "1969-12-31T23:59:00+00:00", "a stamp before 1970");
	is_int(zone_span(z, 0).end, ZONE_END, "UTC has one span");
	zone_free(z);
}

static bool refused(const void *p, size_t n, const char *why)
{
	struct err e;
	struct zone *z = zone_decode("Bad/Zone", p, n, &e);

	zone_free(z);
	return z == NULL && e.code == ERR_DATA && strstr(e.text, why) != NULL &&
	    strstr(e.text, "Bad/Zone") != NULL;
}

static void damage(void)
{
	static const char *const footers[] = {
		"EST", "EST5EDT", "EST5EDT,M3.2.0", "EST5EDT,M13.2.0,M11.1.0",
		"EST5EDT,M3.6.0,M11.1.0", "EST5EDT,M3.2.7,M11.1.0", "EST5EDT,M3.2.0,M11.1.0x",
		"EST25", "ES5", "<>5", "<EST5", "EST5EDT,J0,J5", "EST5EDT,1,366", "EST5:60",
		"EST5EDT,M3.2.0/168,M11.1.0", "EST5EDT,M3.2.0/,M11.1.0", "EST99999999999999999999",
	};
	static const struct shift back[] = { { 100, 0 }, { 100, 60 } };
	static const struct shift far[] = { { 100, 93600 } };
	struct buf b;
	int whole = 0;

	buf_init(&b, 65536);
	tzif_add(&b, 0, back, 1, "EST5EDT,M3.2.0,M11.1.0");
	for (size_t n = 0; n < b.len; n++)
		whole += !refused(b.data, n, "");
	is_int(whole, 0, "a file that is cut short at any byte is refused");
	b.data[0] = 't';
	ok(refused(b.data, b.len, "no time zone file"), "wrong first bytes");
	buf_reset(&b);
	tzif_add(&b, 0, back, 2, "UTC0");
	ok(refused(b.data, b.len, "table of changes"), "changes that do not go up");
	buf_reset(&b);
	tzif_add(&b, 0, far, 1, "UTC0");
	ok(refused(b.data, b.len, "table of changes"), "an offset of 26 hours");
	buf_reset(&b);
	tzif_add(&b, 0, back, 1, "UTC0");
	b.data[45 + 44 + 6 + 8] = 2;	/* behind two headers, a type and an instant */
	ok(refused(b.data, b.len, ""), "a type that there is none of");
	buf_reset(&b);
	tzif_add(&b, 0, NULL, 0, NULL);
	b.data[20 + 4 * 2 + 3] = 1;
	buf_addf(&b, "%8s", "");
	ok(refused(b.data, b.len, "leap seconds"), "leap seconds");
	for (size_t i = 0; i < COUNT(footers); i++) {
		buf_reset(&b);
		tzif_add(&b, 0, NULL, 0, footers[i]);
		ok(refused(b.data, b.len, "rule"), "footer %s", footers[i]);
	}
	buf_release(&b);
	ok(zone_decode("a-name-that-is-too-long-to-be-one-of-a-time-zone-which-have-63-bytes-"
	    "at-most", "", 0, NULL) == NULL, "a long name");
}

int main(void)
{
	table();
	table_and_rule();
	rules();
	local_times();
	damage();
	return tap_done();
}
