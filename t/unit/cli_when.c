/* when: instants, with local ones in a zone. */
#include <stdio.h>
#include <string.h>

#include "cli/when.h"
#include "tap.h"
#include "zonelib.h"

int main(void)
{
	static const struct { const char *text, *utc; } rows[] = {
		{ "now", "2026-03-07T20:00" },
		{ "+2h", "2026-03-07T22:00" },
		{ "@1772900000", "2026-03-07T16:13:20" },
		{ "2026-03-08", "2026-03-08T05:00" },
		{ "2026-03-08T12:00", "2026-03-08T16:00" },
		{ "2026-03-08 12:00:30.250", "2026-03-08T16:00:30.250" },
		{ "2026-03-08T12:00Z", "2026-03-08T12:00" },
		{ "2026-03-08T12:00+05:30", "2026-03-08T06:30" },
		{ "2026-03-08T02:30", "2026-03-08T07:30" },	/* skipped: moved forward */
		{ "2026-11-01T01:30", "2026-11-01T05:30" },	/* twice: the first */
		{ "15:00", "2026-03-07T20:00" },		/* now is still to come */
		{ "14:59", "2026-03-08T18:59" },		/* tomorrow, in summer time */
		{ "23:00:01", "2026-03-08T04:00:01" },
		{ "5pm friday", "2026-03-13T21:00" },		/* in summer time */
		{ "now + 2 hours", "2026-03-07T22:00" },
		{ "1am tomorrow + 2 hours", "2026-03-08T08:00" },	/* of real time: 04:00 */
		{ "noon UTC", "2026-03-08T12:00" }, { "23:30 utc", "2026-03-07T23:30" },
		{ "2:30am tomorrow", "2026-03-08T07:30" },	/* skipped: moved forward */
		{ "1:30am nov 1", "2026-11-01T05:30" },		/* twice: the first */
	};
	static const char *const wrong[] = {
		"", "soon", "2026-02-30", "24:00", "12", "+", "1969-12-31", "2026-03-08T12:00X",
		"noon of"
	};
	struct zone *z = zone_known("America/New_York");
	int64_t now = utc("2026-03-07T20:00"), ms;
	struct err e;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		e.text[0] = '\0';
		ok(when_parse(rows[i].text, now, z, &ms, &e) == 0 && ms == utc(rows[i].utc),
		    "'%s' %s", rows[i].text, e.text);
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ok(when_parse(wrong[i], now, z, &ms, &e) == -1 && e.code == ERR_USAGE, "'%s': %s",
		    wrong[i], e.text);
	zone_free(z);
	return tap_done();
}
