/* calendar: how windows are written, which local times they hold, and what is refused. */
#include <stdio.h>
#include <string.h>

#include "core/calendar.h"
#include "tap.h"
#include "zonelib.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct calendar named[] = {
	{ "bank", "12-25, 2026-04-03, sun", { NULL, 0 } },
	{ "none", "2000-01-01", { NULL, 0 } },
};

static struct calendars all;

/* 23 November 2026 is a Monday. */
static void held(void)
{
	static const struct { const char *text, *in, *out; } rows[] = {
		{ "mon", "2026-11-23T00:00", "2026-11-22T23:59" },
		{ "MON", "2026-11-23T23:59", "2026-11-24T00:00" },
		{ "sat-sun", "2026-11-28T00:00", "2026-11-23T12:00" },
		{ "fri-mon", "2026-11-23T12:00", "2026-11-24T12:00" },
		{ "tue-thu", "2026-11-26T12:00", "2026-11-23T12:00" },
		{ "22:00-23:30", "2026-11-23T22:00", "2026-11-23T23:30" },
		{ "22:00-06:00", "2026-11-23T05:59", "2026-11-23T06:00" },
		{ "22:00-06:00", "2026-11-23T22:00", "2026-11-23T21:59" },
		{ "22:00-00:00", "2026-11-23T23:59", "2026-11-24T00:00" },
		{ "00:00-00:00", "2026-11-23T12:00", NULL },
		{ "08:00-08:00 mon", "2026-11-24T07:59", "2026-11-23T07:59" },
		{ "fri 22:00-06:00", "2026-11-28T05:59", "2026-11-27T05:59" },
		{ "22:00-06:00 mon-thu", "2026-11-24T01:00", "2026-11-23T01:00" },
		{ "2026-12-24", "2026-12-24T00:00", "2027-12-24T00:00" },
		{ "2026-12-24..2027-01-02", "2027-01-02T23:59", "2027-01-03T00:00" },
		{ "12-24", "2031-12-24T12:00", "2031-12-25T12:00" },
		{ "12-24..12-26", "2026-12-25T12:00", "2026-12-27T00:00" },
		{ "12-24..01-06", "2027-01-06T12:00", "2027-01-07T00:00" },
		{ "12-24..01-06", "2026-12-24T00:00", "2026-12-23T23:59" },
		{ "02-29", "2028-02-29T12:00", "2026-03-01T12:00" },
		{ "2026-12-01..2026-12-31 sat 10:00-11:00", "2026-12-05T10:30",
		    "2026-12-06T10:30" },
		{ " sat ,  sun\t12:00-13:00", "2026-11-29T12:30", "2026-11-29T13:30" },
		{ "@bank", "2026-12-25T12:00", "2026-12-26T12:00" },
		{ "@bank 10:00-12:00", "2026-04-03T10:00", "2026-04-03T12:00" },
		{ "@bank mon-fri", "2026-04-03T10:00", "2026-11-29T10:00" },
		{ "@none,@bank", "2026-11-29T10:00", "2026-11-28T10:00" },
		{ "2026-12-24..2026-12-26 22:00-02:00", "2026-12-27T01:59", "2026-12-27T02:00" },
	};
	struct windows w;
	struct err e;

	for (size_t i = 0; i < COUNT(rows); i++) {
		is_int(windows_parse(rows[i].text, &w, &e), 0, "%s", rows[i].text);
		ok(windows_hold(&w, &all, utc(rows[i].in)), "%s holds %s", rows[i].text,
		    rows[i].in);
		ok(rows[i].out == NULL || !windows_hold(&w, &all, utc(rows[i].out)),
		    "but not %s", rows[i].out);
		windows_release(&w);
	}
	ok(windows_parse(NULL, &w, &e) == 0 && !windows_hold(&w, &all, 0), "none at all");
	ok(windows_parse("", &w, &e) == 0 && w.n == 0, "nor in an empty text");
}

static void refused(void)
{
	static const char *const rows[] = {
		"funday", "mo", "mon-", "-fri", "mon-fri-sat", "22:00", "22:00-", "24:00-02:00",
		"22:00-06:60", "22:00:30-23:00", "22:00-06:00x", "2026-12-32", "2026-13-01",
		"2026-02-29", "1969-12-31", "12-00", "2-29", "02-30", "2026-12-24..12-26",
		"2026-12-26..2026-12-24", "2026-12-24..", "..2026-12-24", "2026-12-24.2026-12-25",
		"@", "@a @b", "@a b", ",", "sat,", ",sat", "sat,,sun", "sat sun x",
	};
	struct windows w;
	struct err e;
	char many[257 * 4 + 1];
	size_t n = 0;

	for (size_t i = 0; i < COUNT(rows); i++) {
		err_clear(&e);
		ok(windows_parse(rows[i], &w, &e) == -1 && e.code == ERR_DATA && w.n == 0 &&
		    strstr(e.text, "is no window") != NULL, "%s: %s", rows[i], e.text);
	}
	for (int i = 0; i < 256; i++)
		n += (size_t)snprintf(many + n, sizeof(many) - n, i > 0 ? ",sat" : "sat");
	is_int(windows_parse(many, &w, &e), 0, "256 windows");
	windows_release(&w);
	snprintf(many + n, sizeof(many) - n, ",sat");
	ok(windows_parse(many, &w, &e) == -1 && strstr(e.text, "more than 256") != NULL,
	    "one more: %s", e.text);
	ok(days_parse("sat 10:00-12:00", &w, &e) == -1 && strstr(e.text, "has days") != NULL,
	    "a calendar has no times: %s", e.text);
	ok(days_parse("@bank", &w, &e) == -1, "and no other calendars");
}

static void names(void)
{
	struct windows w;

	is_int(windows_parse("sat, @bank, @gone", &w, NULL), 0, "some names");
	is_str(windows_lack(&w, &all), "gone", "one of them is not there");
	is_str(windows_lack(&w, NULL), "bank", "without any it is the first");
	ok(!windows_hold(&w, NULL, utc("2026-12-25T12:00")), "what is not there has no day");
	windows_release(&w);
	is_int(windows_parse("sat, @bank", &w, NULL), 0, "those that are there");
	ok(windows_lack(&w, &all) == NULL, "lack nothing");
	windows_release(&w);
}

int main(void)
{
	const struct calendars from = { (struct calendar *)(uintptr_t)named, COUNT(named) };

	all = calendars_copy(&from);
	held();
	refused();
	names();
	calendars_free(&all);
	return tap_done();
}
