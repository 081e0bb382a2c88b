/* zonelib: time zones for tests, made here, so that no update of the system's changes them. */
#ifndef T_UNIT_ZONELIB_H
#define T_UNIT_ZONELIB_H

#include "base/buf.h"
#include "core/zone.h"

struct shift {
	int64_t at;		/* seconds UTC */
	int offset;		/* seconds east of UTC from then on */
};

/*
 * Appends a TZif file: offset `first` before the changes; footer NULL makes it version 1,
 * which has none and keeps instants in 32 bits.
 */
void tzif_add(struct buf *b, int first, const struct shift *changes, size_t n,
    const char *footer);

/* A zone that has only a rule; ends the program when it is none. */
struct zone *zone_ruled(const char *name, const char *rule);

/* The zones of the vectors in job-cron(7), by their names; the caller frees it. */
void zone_bytes(const char *name, struct buf *b);	/* as a file; nothing if unknown */
struct zone *zone_known(const char *name);

/* "2026-03-08T07:00" as ms UTC. */
int64_t utc(const char *stamp);

#endif
