/*
 * copy: one job with its executions, dependencies and launch block from one file
 * to another.  Private to state.
 */
#ifndef STATE_COPY_H
#define STATE_COPY_H

#include "state/bind.h"

struct copy_to {
	struct db *db;
	struct row_stmt *job, *exec, *dep;	/* inserts that replace */
};

/*
 * Within the caller's transaction on `to`; copying twice is as once.  job gets
 * the row without its texts.  1 copied, 0 `from` has no such job, -1 with *blame
 * the file that failed.
 */
int copy_job(struct db *from, const struct copy_to *to, int64_t id, struct job_row *job,
    const struct db **blame, struct err *e);

#endif
