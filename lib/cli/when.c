/*
 * when: an instant as people write it, read in a zone.
 *
 * base/clock.h has the forms that need no zone; here are those that do.
 */
#include "cli/when.h"

#include <string.h>

#define DAY INT64_C(86400000)

/* HH:MM, today or tomorrow. */
static bool clock_time(const char *s, int64_t now, const struct zone *z, int64_t *ms)
{
	int64_t time, day = floor_div(now + zone_span(z, now).offset, DAY) * DAY;

	if (!civil_time_read(&s, &time) || *s != '\0')
		return false;
	*ms = zone_to_utc(z, day + time);
	if (*ms < now)
		*ms = zone_to_utc(z, day + DAY + time);
	return true;
}

int when_parse(const char *s, int64_t now, const struct zone *z, int64_t *ms, struct err *e)
{
	bool local;

	if (clock_time(s, now, z, ms))
		return 0;
	if (!civil_read(s, ms, &local) || !local)
		return clock_parse(s, now, ms, e);
	*ms = zone_to_utc(z, *ms);
	if (*ms <= 0)
		return err_set(e, ERR_USAGE, "'%.64s' is before 1970", s);
	return 0;
}
