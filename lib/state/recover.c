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

static int stream_plans(struct reader *r, const struct recovered *to, struct err *e)
{
	struct worker_row w;
	struct schedule_row s;
	struct occurrence_row o;
	struct runtime_row t;
	struct account_row a;
	struct quota_row q;
	struct notice_row n;

	if (stream(r, &table_accounts, "ORDER BY team, user", &a, to->account, to->arg, e) != 0)
		return -1;
	if (stream(r, &table_quotas, "ORDER BY kind, name", &q, to->quota, to->arg, e) != 0)
		return -1;
	if (stream(r, &table_notices, "WHERE state = 'pending' ORDER BY notice_id", &n, to->notice,
	    to->arg, e) != 0)
		return -1;
	if (stream(r, &table_runtimes, "ORDER BY learned_at", &t, to->runtime, to->arg, e) != 0)
		return -1;
	if (stream(r, &table_workers, "ORDER BY node_id", &w, to->worker, to->arg, e) != 0 ||
	    stream(r, &table_schedules, "WHERE state <> 'removed' ORDER BY schedule_id", &s,
	    to->schedule, to->arg, e) != 0)
		return -1;
	return stream(r, &table_occurrences, "WHERE outcome = 'waiting' "
	    "ORDER BY schedule_id, nominal_at", &o, to->occurrence, to->arg, e);
}

static int stream_jobs(struct reader *r, const struct recovered *to, struct err *e)
{
	struct job_row j;
	struct exec_row x;
	struct dep_row d;

	if (stream(r, &table_jobs, "WHERE completed_at IS NULL ORDER BY job_id", &j, to->job,
	    to->arg, e) != 0 ||
	    stream(r, &table_jobs, "WHERE completed_at IS NOT NULL AND job_id IN "
	    "(SELECT depends_on_job_id FROM job_dependencies WHERE state = 'open')", &j, to->job,
	    to->arg, e) != 0 ||
	    stream(r, &table_executions, "JOIN jobs ON jobs.job_id = job_executions.job_id "
	    "WHERE jobs.completed_at IS NULL AND job_executions.status IN "
	    "('queued', 'scheduled', 'running')", &x, to->exec, to->arg, e) != 0)
		return -1;
	return stream(r, &table_dependencies, "JOIN jobs ON jobs.job_id = job_dependencies.job_id "
	    "WHERE jobs.completed_at IS NULL", &d, to->dep, to->arg, e);
}

int reader_recover(struct reader *r, const struct recovered *to, struct err *e)
{
	int rc;

	if (db_do(&r->state, "BEGIN", NULL, 0, e) < 0)
		return -1;
	rc = stream_plans(r, to, e) != 0 || stream_jobs(r, to, e) != 0 ? -1 : 0;
	db_rollback(&r->state);		/* once in a life, and cannot fail */
	return rc;
}
