/*
 * clock: instants, and how they are read and written.
 *
 * An instant is a count of milliseconds since 1970-01-01 UTC in an int64_t;
 * 0 means "none".  A `struct now` is one look at both clocks: the wall clock,
 * for what stands in a calendar, and CLOCK_BOOTTIME, for durations.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct now {
	int64_t wall;	/* ms since the epoch */
	int64_t boot;	/* ms of CLOCK_BOOTTIME */
};

struct now now_read(void);

/* a / b, rounded down also below zero. */
static inline int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* Days since the epoch and back, proleptic Gregorian; the days of a month; pure. */
int64_t civil_to_days(int y, int m, int d);
void civil_from_days(int64_t days, int *y, int *m, int *d);
int civil_month_days(int y, int m);

/* "2026-11-23T10:00:00" for seconds since the epoch; its length; pure. */
#define CLOCK_RFC3339_SIZE 32
size_t civil_stamp(int64_t sec, char out[CLOCK_RFC3339_SIZE]);

/* What stands behind it for an offset in minutes: "+01:00"; at most 7 bytes; pure. */
void civil_offset(int minutes, char out[8]);

/*
 * "2026-11-23", or that and T (or a blank) and HH:MM[:SS[.123]][Z|+01:00], in ms; false
 * when it is none.  *local: it names no zone, and *ms is as if it were UTC.  Pure.
 */
bool civil_read(const char *s, int64_t *ms, bool *local);

/* HH:MM[:SS[.123]] at *s, which goes behind it: ms since midnight; pure. */
bool civil_time_read(const char **s, int64_t *ms);

/* "2026-11-23T10:00:00.000Z" (RFC 3339 UTC, milliseconds), 25 bytes. */
void clock_rfc3339(int64_t ms, char out[CLOCK_RFC3339_SIZE]);

/* ISO 8601 with the local offset, to the second: "2026-11-23T11:00:00+01:00". */
void clock_local(int64_t ms, char out[CLOCK_RFC3339_SIZE]);

/* To what local clocks show, as if it were UTC, and back; in ms. */
int64_t clock_to_local(int64_t ms);
int64_t clock_from_local(int64_t local);

/*
 * A time as people write it, relative to now_ms: "now", "+2h", "@1763900000",
 * "2026-11-23", "2026-11-23T10:00[:00[.123]][Z|+01:00]" (a blank serves as T;
 * without a zone it is local time), "10:30" (today, or tomorrow if it is past).
 */
int clock_parse(const char *s, int64_t now_ms, int64_t *ms, struct err *e);

#endif
