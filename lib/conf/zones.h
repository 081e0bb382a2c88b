/*
 * zones: time zones by name, read from the system's files.
 *
 * The files are those of zic(8) in $TZDIR, or /usr/share/zoneinfo.  A name is a path
 * in there, as "Europe/Berlin", and never leads out of it.  "UTC" is always known.
 */
#ifndef CONF_ZONES_H
#define CONF_ZONES_H

#include "base/buf.h"
#include "core/zone.h"

#define ZONE_BYTES_MAX ((size_t)256 * 1024)

/* The file's bytes, appended to b; -1 as zone_load.  There need be none for UTC. */
int zone_read(const char *name, struct buf *b, struct err *e);

/*
 * The zone of that name, which the caller frees; or NULL with ERR_DATA and, where one
 * is near, the name that may have been meant.
 */
struct zone *zone_load(const char *name, struct err *e);

#endif
