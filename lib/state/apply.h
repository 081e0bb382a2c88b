/*
 * apply: a turn's mutations as changes of state.db.  Private to state.
 */
#ifndef STATE_APPLY_H
#define STATE_APPLY_H

#include "core/turn.h"
#include "state/bind.h"
#include "state/tally.h"

struct apply {
	struct db *db;
	struct row_stmt job_new, element_new, job_set, job_live, exec_new, exec_set;
	struct row_stmt dep_new, dep_set, worker, schedule, schedule_set, occurrence;
	struct row_stmt runtime, account, quota, setting, notice;
	struct tally tally;
	/* brings a job back that has moved to the history: 1, 0 unknown, -1; or NULL */
	int (*bring)(void *arg, int64_t id, struct err *e);
	void *bring_arg;
	uint64_t noted;		/* mutations that audit_note has seen */
	uint64_t rows;		/* rows written */
};

int apply_init(struct apply *a, struct db *db, struct err *e);
void apply_release(struct apply *a);

/*
 * All mutations of t, within the caller's transaction.  -1: it must be rolled
 * back; a mutation that does not fit what is stored is ERR_INTERNAL.
 */
int apply_turn(struct apply *a, const struct turn *t, struct err *e);

/*
 * Before the commit: writes what was added up, and moves the instance row from
 * turn `from` to `to` of this epoch.  ERR_PERM when somebody else has moved it.
 */
int apply_end(struct apply *a, int64_t epoch, int64_t from, int64_t to, struct err *e);

/* After a rollback. */
void apply_drop(struct apply *a);

/* For a while, whoever asks for this UUID means the job; now: ms. */
int uuid_keep(struct db *d, const struct uuid *u, int64_t job, int64_t now, struct err *e);

/* One job less refers to this block; the last one takes it away. */
int blob_release(struct db *d, const char *hash, struct err *e);

/* One job more; data may be NULL when the block is already there. */
int blob_keep(struct db *d, const char *hash, const void *data, int64_t size, struct err *e);

#endif
