/*
 * tzrule: the rule that a POSIX TZ string gives for all years: "EST5EDT,M3.2.0,M11.1.0".
 *
 * Offsets are ms to be added to UTC, east positive (the string has it the other way
 * round).  Also what RFC 8536 adds in footers: names in <>, hours from -167 to 167.
 * Pure.
 */
#ifndef CORE_TZRULE_H
#define CORE_TZRULE_H

#include <stdbool.h>
#include <stdint.h>

struct tzrule_day {
	char kind;		/* 'M' month.week.weekday, 'J' 1-365 without leap day, 'N' 0-365 */
	int month, week, day;
	int64_t time;		/* ms after local midnight, may be below 0 or above a day */
};

struct tzrule {
	bool dst;		/* there is summer time, else only `standard` counts */
	int64_t standard, summer;
	struct tzrule_day begins, ends;		/* of summer time */
};

/* A stretch of time with one offset: [start, end) in ms UTC. */
struct zone_span {
	int64_t start, end;
	int64_t offset;		/* local = UTC + offset, ms */
};

/* 0001-01-01 and 10000-01-01 UTC: nothing is known outside. */
#define ZONE_BEGIN INT64_C(-62135596800000)
#define ZONE_END INT64_C(253402300800000)

/* The whole string of n bytes, or -1. */
int tzrule_parse(struct tzrule *r, const char *s, int n);

/* The span around an instant in [ZONE_BEGIN, ZONE_END). */
struct zone_span tzrule_span(const struct tzrule *r, int64_t at);

#endif
