/*
 * recover: what a jobd that starts has to know of the past, in the order in which
 * it can use it.
 *
 * Rows are streamed: nothing is gathered, since there may be very many.  The
 * whole is one view of state.db, so that the rows fit each other.
 */
#include "state/read.h"

static int stream(struct reader *r, const struct table *t, const char *rest, void *row,
    row_fn fn, void *arg, struct err *e)
{
	sqlite3_stmt *st = row_select(&r->state, t, rest, e);

	return st && read_each(&r->state, st, t, row, fn, arg, e) == 0 ? 0 : -1;
}

static int stream_all(struct reader *r, row_fn job, row_fn exec, row_fn dep, row_fn worker,
    void *arg, struct err *e)
{
	struct job_row j;
	struct exec_row x;
	struct dep_row d;
	struct worker_row w;

	if (stream(r, &table_workers, "ORDER BY node_id", &w, worker, arg, e) != 0 ||
	    stream(r, &table_jobs, "WHERE completed_at IS NULL ORDER BY job_id", &j, job, arg,
	    e) != 0 ||
	    stream(r, &table_jobs, "WHERE completed_at IS NOT NULL AND job_id IN "
	    "(SELECT depends_on_job_id FROM job_dependencies WHERE state = 'open')", &j, job,
	    arg, e) != 0 ||
	    stream(r, &table_executions, "JOIN jobs ON jobs.job_id = job_executions.job_id "
	    "WHERE jobs.completed_at IS NULL AND job_executions.status IN "
	    "('queued', 'scheduled', 'running')", &x, exec, arg, e) != 0 ||
	    stream(r, &table_dependencies, "JOIN jobs ON jobs.job_id = job_dependencies.job_id "
	    "WHERE jobs.completed_at IS NULL", &d, dep, arg, e) != 0)
		return -1;
	return 0;
}

int reader_recover(struct reader *r, row_fn job, row_fn exec, row_fn dep, row_fn worker,
    void *arg, struct err *e)
{
	int rc;

	if (db_do(&r->state, "BEGIN", NULL, 0, e) < 0)
		return -1;
	rc = stream_all(r, job, exec, dep, worker, arg, e);
	db_do(&r->state, "COMMIT", NULL, 0, NULL);
	return rc;
}
