/*
 * calendar: stretches of local time: days, times of day, and lists of days that have a name.
 *
 * job-cron(7) says how they are written.  Pure; local times are ms as in zone.h.
 */
#ifndef CORE_CALENDAR_H
#define CORE_CALENDAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define CALENDAR_NAME_MAX 64

struct window;

struct windows {
	struct window *list;
	size_t n;
};

struct calendar {		/* a list of days */
	const char *name;
	const char *text;	/* as it was written */
	struct windows days;
};

struct calendars {
	struct calendar *list;
	size_t n;
};

/*
 * "sat, mon-fri 22:00-06:00, 12-24..12-26, @bank".  NULL and "" are none.  -1: ERR_DATA,
 * and w is empty.
 */
int windows_parse(const char *text, struct windows *w, struct err *e);
void windows_release(struct windows *w);

/* The same for a calendar's days, which have neither times nor other calendars in them. */
int days_parse(const char *text, struct windows *w, struct err *e);

/* Whether a local time is in one of them; a calendar that is not among `all` has no day. */
bool windows_hold(const struct windows *w, const struct calendars *all, int64_t local);

/*
 * Why nothing is to run at a local time: "calendar", its day is none of that calendar
 * (NULL: any day will do); "blackout"; or NULL: it may run.
 */
const char *windows_shut(const char *calendar, const struct windows *blackout,
    const struct calendars *all, int64_t local);

/* The first calendar named in w that is not among `all`, or NULL. */
const char *windows_lack(const struct windows *w, const struct calendars *all);

const struct calendar *calendar_find(const struct calendars *all, const char *name);
/* Copies with `days` made from `text`; what cannot be read has no days. */
struct calendars calendars_copy(const struct calendars *from);
void calendars_free(struct calendars *all);

#endif
