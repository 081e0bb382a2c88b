/*
 * look: what jobq, jobstat and joblog take alike from their command line and
 * their environment.
 */
#include "cli/look.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/num.h"

#define DAY INT64_C(86400000)

int look_init(struct look *l, struct err *e)
{
	const char *format = getenv("JOB_TIME_FORMAT");
	int times = format && *format ? time_style_parse(format) : TIME_LOCAL;

	memset(l, 0, sizeof(*l));
	l->style.now = now_read().wall;
	if (times < 0)
		return err_set(e, ERR_USAGE, "JOB_TIME_FORMAT is '%s', not one of iso, utc, epoch, "
		    "relative", format);
	l->style.times = (enum time_style)times;
	return 0;
}

bool look_option(struct look *l, int id, const char *value)
{
	switch (id) {
	case LOOK_SPOOL:
		l->spool = value;
		return true;
	case LOOK_CONFIG:
		l->config = value;
		return true;
	case LOOK_UTC:
		l->style.times = TIME_UTC;
		return true;
	case LOOK_EPOCH:
		l->style.times = TIME_EPOCH;
		return true;
	case LOOK_RELATIVE:
		l->style.times = TIME_RELATIVE;
		return true;
	default:
		return false;
	}
}

/* "10:30" is the last one, though clock_parse takes the next: within a day it comes again. */
static int64_t last_time(const char *s, int64_t now, int64_t next)
{
	int64_t last = next, at = now - 2 * DAY;

	while (clock_parse(s, at, &next, NULL) == 0 && next <= now) {
		last = next;
		at = next + 1;
	}
	return last;
}

static bool is_time_of_day(const char *s)
{
	size_t n = strspn(s, "0123456789");

	return n > 0 && n <= 2 && s[n] == ':';
}

int past_parse(const char *s, int64_t now, int64_t *ms, struct err *e)
{
	size_t n = strlen(s);
	bool ago = s[0] == '-', unit = n > 0 && strchr("smhdw", s[n - 1]) != NULL;
	uint64_t span;

	if (ago || (unit && s[0] >= '0' && s[0] <= '9')) {
		if (dur_parse(s + ago, &span, e) < 0)
			return -1;
		*ms = now - (int64_t)span;
		return 0;
	}
	if (clock_parse(s, now, ms, e) == -1)
		return -1;
	if (*ms > now && is_time_of_day(s))
		*ms = last_time(s, now, *ms);
	return 0;
}
