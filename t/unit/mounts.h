/*
 * mounts: file systems that only the test itself sees.
 */
#ifndef T_UNIT_MOUNTS_H
#define T_UNIT_MOUNTS_H

#include <stdbool.h>

/* Whatever is mounted or unmounted from here on stays in this process; false: not permitted. */
bool mounts_private(void);

/* A file system in memory at path, seen by this process alone; size as "64k". */
bool mounts_disk(const char *path, const char *size);

#endif
