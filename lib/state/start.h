/*
 * start: from a spool to an opened state.db of this start of jobd.  Private to
 * state.
 */
#ifndef STATE_START_H
#define STATE_START_H

#include "state/db.h"
#include "state/state.h"

/*
 * Makes state.db when there is none (an existing history then gives the days and
 * the next id), migrates it, checks it quickly, commits epoch + 1, turn 0.
 */
int start_open(struct db *d, const struct spool *s, struct writer_start *start, struct err *e);

/* A quick look at the integrity of a file that is not too large for it. */
int start_check(struct db *d, struct err *e);

/*
 * Creates an empty database file, 0600, and what leads to it, 0700, durably; existing is
 * fine, and the log that it has becomes durable, whatever became of who wrote it.
 * Requires that nobody writes it.
 */
int start_file(const struct spool *s, const char *name, struct err *e);

#endif
