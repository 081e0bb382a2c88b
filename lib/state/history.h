/*
 * history: moves ended jobs into the file of the day on which they were
 * submitted, and back when one lives again.  Private to state; runs in the
 * writer's thread, between commits.
 */
#ifndef STATE_HISTORY_H
#define STATE_HISTORY_H

#include "state/apply.h"
#include "state/state.h"

#define MOVE_BATCH 200		/* jobs a step */
#define BAD_DAYS 16

struct mover {
	struct apply *apply;		/* of state.db */
	const struct spool *spool;
	struct writer_conf conf;
	int64_t epoch;
	struct day {			/* the one open for writing; db.h NULL: none */
		struct db db;
		int64_t number;
		struct row_stmt job, exec, dep;
	} day;
	struct bad_day {		/* could not be written: not before `until` */
		int64_t number, until, wait;
	} bad[BAD_DAYS];
	size_t nbad;
	int64_t at_end, at_id;		/* how far this sweep has come */
	uint64_t moved;
	struct err trouble;		/* of a day, until it could be written */
};

void mover_init(struct mover *m, struct apply *a, const struct spool *s,
    const struct writer_conf *conf, int64_t epoch);
void mover_release(struct mover *m);

/*
 * One bounded step: 1 there may be more to do at once, 0 nothing now, -1 state.db
 * failed.  What a day's file does wrong stands in `trouble` and is tried again.
 */
int mover_step(struct mover *m, int64_t now, struct err *e);

/* Brings a moved job back within the caller's transaction: 1, 0 there is none, -1. */
int mover_return(struct mover *m, int64_t id, struct err *e);

/* Takes a job out of state.db that its day has; within the caller's transaction. */
int mover_leave(struct mover *m, const struct job_row *job, int64_t now, struct err *e);

/* A day's file for reading: 1, 0 there is none, -1. */
int history_open(struct db *d, const struct spool *s, int64_t day, struct err *e);

/* The days that may hold job id, by table days of state.db: how many, or -1. */
#define DAYS_OF_ID 8
int history_days_of(struct db *d, int64_t id, int64_t *days, int max, struct err *e);

#endif
