/*
 * when: an instant as people write it, read in a zone.
 *
 * base/clock.h has the forms that need no zone, atwords.h those in words; here is what
 * turns local time into instants.
 */
#include "cli/when.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "cli/atwords.h"

#define DAY INT64_C(86400000)
#define UTC_WORD " utc"

static int64_t to_local(const struct zone *z, int64_t at)
{
	return z != NULL ? at + zone_span(z, at).offset : clock_to_local(at);
}

static int64_t from_local(const struct zone *z, int64_t local)
{
	return z != NULL ? zone_to_utc(z, local) : clock_from_local(local);
}

/* HH:MM, today or tomorrow. */
static bool clock_time(const char *s, int64_t now, const struct zone *z, int64_t *ms)
{
	int64_t time, day = floor_div(to_local(z, now), DAY) * DAY;

	if (!civil_time_read(&s, &time) || *s != '\0')
		return false;
	*ms = from_local(z, day + time);
	if (*ms < now)
		*ms = from_local(z, day + DAY + time);
	return true;
}

static int words_time(const char *s, int64_t now, const struct zone *z, int64_t *ms,
    struct err *e)
{
	struct at_time t;

	if (at_words(s, to_local(z, now), &t, e) == -1)
		return -1;
	*ms = from_local(z, t.local) + t.after;
	return 0;
}

/* In words, with "utc" behind them. */
static int utc_time(const char *s, size_t n, int64_t now, int64_t *ms, struct err *e)
{
	struct zone *utc = zone_new_utc();
	char *words = xstrndup(s, n);
	int r = words_time(words, now, utc, ms, e);

	free(words);
	zone_free(utc);
	return r;
}

static int any_form(const char *s, int64_t now, const struct zone *z, int64_t *ms,
    struct err *e)
{
	size_t n = strlen(s), utc = strlen(UTC_WORD);
	bool local;

	if (clock_time(s, now, z, ms))
		return 0;
	if (civil_read(s, ms, &local)) {
		if (local)
			*ms = from_local(z, *ms);
		return 0;
	}
	if (*s == '@' || (*s == '+' && s[1] != ' ') || strcmp(s, "now") == 0)
		return clock_parse(s, now, ms, e);
	if (n > utc && strcasecmp(s + n - utc, UTC_WORD) == 0)
		return utc_time(s, n - utc, now, ms, e);
	return words_time(s, now, z, ms, e);
}

int when_parse(const char *s, int64_t now, const struct zone *z, int64_t *ms, struct err *e)
{
	if (any_form(s, now, z, ms, e) == -1)
		return -1;
	if (*ms <= 0)
		return err_set(e, ERR_USAGE, "'%.64s' is before 1970", s);
	return 0;
}
