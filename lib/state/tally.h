/*
 * tally: the numbers that are kept beside the jobs: how many of each status are
 * in state.db, what each day holds, the next id.  Private to state.
 *
 * Changes are added up in memory and written once, in the commit that they
 * belong to.
 */
#ifndef STATE_TALLY_H
#define STATE_TALLY_H

#include "core/types.h"
#include "state/db.h"

#define TALLY_DAYS 8
#define STATUS_COUNT (JOB_CANCELLED + 1)
#define DAY_MS 86400000

struct tally {
	int64_t counts[STATUS_COUNT];
	struct tally_day {
		int64_t day, first, last, live;
	} days[TALLY_DAYS];
	size_t ndays;
	int64_t max_id;		/* of the new jobs, or 0 */
};

int64_t tally_day_of(int64_t created_ms);

/* A job came into this file (live 1) or has left it (live -1). */
int tally_job(struct tally *t, struct db *d, int64_t id, int64_t created_ms, int live,
    struct err *e);

/* Writes all but max_id, and is empty again. */
int tally_write(struct tally *t, struct db *d, struct err *e);

#endif
