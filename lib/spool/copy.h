/* copy: files of a spool to another folder and back, and walking over them. */
#ifndef SPOOL_COPY_H
#define SPOOL_COPY_H

#include <sys/stat.h>

#include "spool/manifest.h"

/*
 * Copies one file, making the folders on its way (0700): under a temporary name
 * first, so that what was there is replaced whole or not at all.  The copy keeps the
 * time of change; it is not synced.  f gets all but its path.
 */
int copy_file(int from, int to, const char *path, struct manifest_file *f, struct err *e);

/* Fills f of a file that is there, but for its path. */
int copy_look(int dirfd, const char *path, struct manifest_file *f, struct err *e);

/* A regular file below a folder, by its path from there; -1 with e stops. */
typedef int (*copy_fn)(void *arg, const char *path, const struct stat *st, struct err *e);

/* Every file below `path` whose name is no temporary one; 0 when it is not there. */
int copy_walk(int dirfd, const char *path, copy_fn fn, void *arg, struct err *e);

int64_t copy_mtime(const struct stat *st);	/* ms */

#endif
