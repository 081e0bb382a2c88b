/*
 * when: an instant as people write it, with local times in a zone of their choice.
 *
 * Pure: the present and the zone are handed in.
 */
#ifndef CLI_WHEN_H
#define CLI_WHEN_H

#include "core/zone.h"

/*
 * now, +2h, @SECONDS, 2026-11-23, 2026-11-23T10:00[:00[.123]][Z|+01:00], 10:30 (the next
 * time that clocks show it), and at's words (atwords.h), "utc" behind them.  A local time
 * that comes twice is the first, one that is skipped moves forward.  z: NULL for the
 * process's own local time.  -1: ERR_USAGE.
 */
int when_parse(const char *s, int64_t now, const struct zone *z, int64_t *ms, struct err *e);

#endif
