/* atwords: at's words, as local time; what is none. */
#include <stdio.h>
#include <string.h>

#include "cli/atwords.h"
#include "tap.h"
#include "zonelib.h"

#define NOW "2026-03-04T14:30"		/* a Wednesday */

static const struct { const char *text, *local; } rows[] = {
	{ "now", NOW }, { "noon", "2026-03-05T12:00" }, { "midnight", "2026-03-05T00:00" },
	{ "teatime", "2026-03-04T16:00" }, { "Noon Today", "2026-03-04T12:00" },
	{ "NOON TOMORROW", "2026-03-05T12:00" }, { "midnight tomorrow", "2026-03-05T00:00" },
	{ "5pm", "2026-03-04T17:00" }, { "5 pm", "2026-03-04T17:00" },
	{ "5am", "2026-03-05T05:00" },
	{ "12am", "2026-03-05T00:00" }, { "12pm", "2026-03-05T12:00" },
	{ "5:45pm", "2026-03-04T17:45" }, { "0545pm", "2026-03-04T17:45" },
	{ "1745", "2026-03-04T17:45" }, { "17:45", "2026-03-04T17:45" },
	{ "7:05", "2026-03-05T07:05" }, { "14:30", NOW }, { "14:29", "2026-03-05T14:29" },
	/* days of the week are to come */
	{ "5pm friday", "2026-03-06T17:00" }, { "5pm Fri", "2026-03-06T17:00" },
	{ "fri 5pm", "2026-03-06T17:00" }, { "monday", "2026-03-09T14:30" },
	{ "wednesday", "2026-03-11T14:30" }, { "5pm wed", "2026-03-04T17:00" },
	{ "2pm wed", "2026-03-11T14:00" }, { "5pm next wed", "2026-03-11T17:00" },
	{ "next friday", "2026-03-06T14:30" },
	/* dates */
	{ "tomorrow", "2026-03-05T14:30" }, { "noon dec 24", "2026-12-24T12:00" },
	{ "noon 24 december", "2026-12-24T12:00" }, { "noon, Dec 24, 2027", "2027-12-24T12:00" },
	{ "1am jan 2", "2027-01-02T01:00" }, { "5pm mar 4", "2026-03-04T17:00" },
	{ "2pm mar 4", "2027-03-04T14:00" }, { "noon feb 29", "2028-02-29T12:00" },
	{ "noon 12/24", "2026-12-24T12:00" }, { "noon 12/24/27", "2027-12-24T12:00" },
	{ "noon 24.12.2027", "2027-12-24T12:00" }, { "noon 24.12", "2026-12-24T12:00" },
	{ "noon 2027-12-24", "2027-12-24T12:00" }, { "2027-12-24 5pm", "2027-12-24T17:00" },
	{ "noon 122427", "2027-12-24T12:00" }, { "noon 12242027", "2027-12-24T12:00" },
	{ "4am mar 3 2026", "2026-03-03T04:00" },	/* past, since it was said so */
	/* what is added */
	{ "now + 3 days", "2026-03-07T14:30" }, { "now+3days", "2026-03-07T14:30" },
	{ "4am + 3 days", "2026-03-07T04:00" }, { "+ 2 weeks", "2026-03-18T14:30" },
	{ "next week", "2026-03-11T14:30" }, { "noon next day", "2026-03-05T12:00" },
	{ "next month", "2026-04-04T14:30" }, { "next year", "2027-03-04T14:30" },
	{ "now + 1 year + 1 month", "2027-04-04T14:30" },
	{ "noon jan 31 + 1 month", "2027-02-28T12:00" },
	{ "noon feb 29 + 1 year", "2029-02-28T12:00" },
	{ "now + 10 months", "2027-01-04T14:30" },
};

static const char *const wrong[] = {
	"", " ", ",", "soon", "5", "17", "25:00", "13pm", "0pm", "17:60", "17:5:1", "12:30:15pm",
	"noon 5pm", "noon noon", "today tomorrow", "friday monday", "dec", "dec 32", "feb 30",
	"noon 13/01", "noon 32.1", "+", "+ 2", "+ hours", "+ two hours", "+ 2 fridays",
	"+ 9999999 days", "next", "next noon", "next 5", "hours", "- 2 hours", "noon of",
	"noon 1224", "122427", "a b c d e f g h i j k l m n o p q r", "noon yesterday",
	"2026-02-30", "2026-13-01", "\xff",
};

int main(void)
{
	int64_t now = utc(NOW);
	struct at_time t;
	struct err e;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		e.text[0] = '\0';
		ok(at_words(rows[i].text, now, &t, &e) == 0 && t.local == utc(rows[i].local) &&
		    t.after == 0, "'%s' is %s %s", rows[i].text, rows[i].local, e.text);
	}
	ok(at_words("now + 90 minutes + 1 hour", now, &t, &e) == 0 && t.local == now &&
	    t.after == 9000000, "hours and minutes are real time");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		err_clear(&e);
		ok(at_words(wrong[i], now, &t, &e) == -1 && e.code == ERR_USAGE, "'%s': %s",
		    wrong[i], e.text);
	}
	at_words("noon of day", now, &t, &e);
	ok(strstr(e.text, "'of' is not understood") != NULL, "the word is named: %s", e.text);
	return tap_done();
}
