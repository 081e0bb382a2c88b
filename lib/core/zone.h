/*
 * zone: a time zone's rules, made from the bytes of a TZif file (RFC 8536).
 *
 * Instants are ms UTC.  A local time is ms, too: those at which a clock on UTC shows
 * the same digits.  Pure: whoever has files reads them (conf/zones.h) and hands the
 * bytes in.
 */
#ifndef CORE_ZONE_H
#define CORE_ZONE_H

#include <stddef.h>

#include "base/clock.h"
#include "core/tzrule.h"

#define ZONE_NAME_MAX 64
#define ZONE_OFFSET_MAX INT64_C(93600000)	/* no offset is larger: 26 h */

struct zone;

/* UTC itself, which needs no file. */
struct zone *zone_new_utc(void);

/*
 * From a file's bytes, versions 1 to 4; those that count leap seconds are refused.
 * NULL with ERR_DATA.
 */
struct zone *zone_decode(const char *name, const void *tzif, size_t n, struct err *e);
void zone_free(struct zone *z);

const char *zone_name(const struct zone *z);

/* The stretch with one offset around an instant, which is held in [ZONE_BEGIN, ZONE_END). */
struct zone_span zone_span(const struct zone *z, int64_t at);

/*
 * The instant at which clocks show a local time: the first of two; one that was skipped
 * moves forward by what was skipped.
 */
int64_t zone_to_utc(const struct zone *z, int64_t local);

/* ISO 8601 to the second, with the zone's offset: "2026-03-08T03:00:00-04:00". */
void zone_stamp(const struct zone *z, int64_t at, char out[CLOCK_RFC3339_SIZE]);

#endif
