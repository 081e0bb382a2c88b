/*
 * copy: what makes up a job on disk, in one place.
 *
 * Used for the move into a day's history and for the way back.  Requires both
 * files to have the tables; columns that the source does not know read as NULL.
 */
#include "state/copy.h"

#include <string.h>

#include "state/apply.h"

struct copy {
	struct db *from;
	const struct copy_to *to;
	int64_t id;
	const struct db **blame;	/* whose fault an error is */
	struct err *e;
};

/* Takes the blame over to `d` for what is done with it next. */
static struct db *with(const struct copy *c, struct db *d)
{
	*c->blame = d;
	return d;
}

/* The rows of one table that belong to the job, through `put`; row is scratch. */
static int copy_table(const struct copy *c, const struct table *t, struct row_stmt *put, void *row)
{
	struct db *from = with(c, c->from);
	sqlite3_stmt *st = row_select(from, t, "WHERE job_id = ?1", c->e);
	int rc;

	if (st == NULL)
		return -1;
	sqlite3_bind_int64(st, 1, c->id);
	while ((rc = db_step(from, st, c->e)) == 1) {
		if ((rc = row_read(from, st, t, row, NULL, c->e)) != 0)
			break;
		with(c, c->to->db);
		if ((rc = row_run(put, row, c->e)) < 0)
			break;
		with(c, from);
	}
	sqlite3_reset(st);
	return rc < 0 ? -1 : 0;
}

static int copy_blob(const struct copy *c, const char *hash)
{
	struct db *from = with(c, c->from);
	sqlite3_stmt *st = db_stmt(from, "SELECT data FROM blobs WHERE hash = ?1", c->e);
	int rc;

	if (st == NULL)
		return -1;
	sqlite3_bind_text(st, 1, hash, -1, SQLITE_STATIC);
	if ((rc = db_step(from, st, c->e)) == 1)
		rc = blob_keep(with(c, c->to->db), hash, sqlite3_column_blob(st, 0),
		    sqlite3_column_bytes(st, 0), c->e);
	else if (rc == 0)
		rc = err_set(c->e, ERR_IO, "%s: launch block %s is missing", from->name, hash);
	sqlite3_reset(st);
	return rc;
}

/* The job's own row, and a reference to its block when the row is new there. */
static int copy_row(const struct copy *c, sqlite3_stmt *st, struct job_row *job)
{
	int64_t there;

	if (row_read(with(c, c->from), st, &table_jobs, job, NULL, c->e) != 0 ||
	    db_int1(with(c, c->to->db), "SELECT count(*) FROM jobs WHERE job_id = ?1", c->id,
	    &there, c->e) < 0)
		return -1;
	if (there == 0 && job->launch_hash && copy_blob(c, job->launch_hash) != 0)
		return -1;
	with(c, c->to->db);
	return row_run(c->to->job, job, c->e) < 0 ? -1 : 0;
}

static void drop_texts(struct job_row *job)
{
	for (const struct column *c = table_jobs.columns; c->name; c++) {
		if (c->kind == COL_TEXT || c->kind == COL_BLOB)
			memset((char *)job + c->offset, 0, sizeof(void *));
	}
	job->launch_size = 0;
}

int copy_job(struct db *from, const struct copy_to *to, int64_t id, struct job_row *job,
    const struct db **blame, struct err *e)
{
	const struct copy c = { from, to, id, blame, e };
	sqlite3_stmt *st = row_select(with(&c, from), &table_jobs, "WHERE job_id = ?1", e);
	struct exec_row exec;
	struct dep_row dep;
	int rc;

	if (st == NULL)
		return -1;
	sqlite3_bind_int64(st, 1, id);
	rc = db_step(from, st, e);
	if (rc == 1 && copy_row(&c, st, job) != 0)
		rc = -1;
	sqlite3_reset(st);
	if (rc != 1)
		return rc;
	drop_texts(job);
	if (copy_table(&c, &table_executions, to->exec, &exec) != 0 ||
	    copy_table(&c, &table_dependencies, to->dep, &dep) != 0)
		return -1;
	return 1;
}
