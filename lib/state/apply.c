/*
 * apply: what each type of mutation does to the tables.
 *
 * Owns every write that a turn causes; the mover (history.c) has its own.
 * Promises that a turn applied twice leaves the same rows, counts and references
 * as once, and that nothing is written that audit_note has not seen.  Requires a
 * transaction; texts in the rows only until it returns.
 */
#include "state/apply.h"

#include <assert.h>
#include <string.h>

#include "core/elements.h"

/*
 * The one place that sees every mutation with its cause: where the audit record
 * is made, in the same transaction.
 */
static void audit_note(struct apply *a, const struct mut *m)
{
	assert(m->cause != NULL && m->cause->via[0] != '\0');
	a->noted++;
}

int apply_init(struct apply *a, struct db *db, struct err *e)
{
	memset(a, 0, sizeof(*a));
	a->db = db;
	if (row_insert(&a->job_new, db, &table_jobs, "INSERT",
	    "ON CONFLICT(job_id) DO NOTHING", e) == 0 &&
	    row_derive(&a->element_new, db, "ON CONFLICT(job_id) DO NOTHING", e) == 0 &&
	    row_update(&a->job_set, db, &table_jobs, NULL, e) == 0 &&
	    row_update(&a->job_live, db, &table_jobs, "completed_at", e) == 0 &&
	    row_insert(&a->exec_new, db, &table_executions, "INSERT OR REPLACE", "", e) == 0 &&
	    row_update(&a->exec_set, db, &table_executions, NULL, e) == 0 &&
	    row_insert(&a->dep_new, db, &table_dependencies, "INSERT OR REPLACE", "", e) == 0 &&
	    row_update(&a->dep_set, db, &table_dependencies, NULL, e) == 0 &&
	    row_insert(&a->worker, db, &table_workers, "INSERT OR REPLACE", "", e) == 0 &&
	    row_insert(&a->schedule, db, &table_schedules, "INSERT OR REPLACE", "", e) == 0 &&
	    row_update(&a->schedule_set, db, &table_schedules, NULL, e) == 0 &&
	    row_insert(&a->occurrence, db, &table_occurrences, "INSERT OR REPLACE", "", e) == 0 &&
	    row_insert(&a->account, db, &table_accounts, "INSERT OR REPLACE", "", e) == 0 &&
	    row_insert(&a->quota, db, &table_quotas, "INSERT OR REPLACE", "", e) == 0 &&
	    row_insert(&a->setting, db, &table_settings, "INSERT OR REPLACE", "", e) == 0 &&
	    row_insert(&a->notice, db, &table_notices, "INSERT OR REPLACE", "", e) == 0 &&
	    row_insert(&a->runtime, db, &table_runtimes, "INSERT OR REPLACE", "", e) == 0)
		return 0;
	apply_release(a);
	return -1;
}

void apply_release(struct apply *a)
{
	row_stmt_release(&a->job_new);
	row_stmt_release(&a->element_new);
	row_stmt_release(&a->job_set);
	row_stmt_release(&a->job_live);
	row_stmt_release(&a->exec_new);
	row_stmt_release(&a->exec_set);
	row_stmt_release(&a->dep_new);
	row_stmt_release(&a->dep_set);
	row_stmt_release(&a->worker);
	row_stmt_release(&a->schedule);
	row_stmt_release(&a->schedule_set);
	row_stmt_release(&a->occurrence);
	row_stmt_release(&a->runtime);
	row_stmt_release(&a->account);
	row_stmt_release(&a->quota);
	row_stmt_release(&a->setting);
	row_stmt_release(&a->notice);
}

int blob_keep(struct db *d, const char *hash, const void *data, int64_t size, struct err *e)
{
	sqlite3_stmt *st;
	int n;

	if ((st = db_stmt(d, "UPDATE blobs SET refs = refs + 1 WHERE hash = ?1", e)) == NULL)
		return -1;
	sqlite3_bind_text(st, 1, hash, -1, SQLITE_STATIC);
	if ((n = db_run(d, st, e)) != 0)
		return n < 0 ? -1 : 0;
	if (data == NULL)
		return err_set(e, ERR_INTERNAL, "launch block %s is not known", hash);
	if ((st = db_stmt(d, "INSERT INTO blobs VALUES (?1, 1, ?2)", e)) == NULL)
		return -1;
	sqlite3_bind_text(st, 1, hash, -1, SQLITE_STATIC);
	sqlite3_bind_blob64(st, 2, data, (sqlite3_uint64)size, SQLITE_STATIC);
	return db_run(d, st, e) < 0 ? -1 : 0;
}

int blob_release(struct db *d, const char *hash, struct err *e)
{
	sqlite3_stmt *st = db_stmt(d, "UPDATE blobs SET refs = refs - 1 WHERE hash = ?1", e);
	sqlite3_stmt *gone = db_stmt(d, "DELETE FROM blobs WHERE hash = ?1 AND refs <= 0", e);

	if (st == NULL || gone == NULL)
		return -1;
	sqlite3_bind_text(st, 1, hash, -1, SQLITE_STATIC);
	sqlite3_bind_text(gone, 1, hash, -1, SQLITE_STATIC);
	return db_run(d, st, e) < 0 || db_run(d, gone, e) < 0 ? -1 : 0;
}

/* The status that a stored job has: 1, 0 no such job, -1. */
static int stored_status(struct apply *a, int64_t id, enum job_status *status, struct err *e)
{
	sqlite3_stmt *st = db_stmt(a->db, "SELECT status FROM jobs WHERE job_id = ?1", e);
	int rc, v = 0;

	if (st == NULL)
		return -1;
	sqlite3_bind_int64(st, 1, id);
	if ((rc = db_step(a->db, st, e)) == 1) {
		v = job_status_parse((const char *)sqlite3_column_text(st, 0));
		if (v < 0)
			rc = err_set(e, ERR_IO, "job %lld: unknown status", (long long)id);
	}
	sqlite3_reset(st);
	*status = (enum job_status)v;
	return rc;
}

/* The indexes tell what lives by completed_at, so it has to say the same as status. */
static int job_ended_right(const struct job_row *row, struct err *e)
{
	if (job_status_terminal((enum job_status)row->status) == (row->completed_at != 0))
		return 0;
	return err_set(e, ERR_INTERNAL, "job %lld is %s with completed_at %lld",
	    (long long)row->id, job_status_name((enum job_status)row->status),
	    (long long)row->completed_at);
}

static int key_take(struct apply *a, const struct job_row *row, struct err *e)
{
	sqlite3_stmt *st = db_stmt(a->db, "INSERT OR REPLACE INTO job_keys "
	    "VALUES (?1,?2,?3,?4,?5,NULL)", e);

	if (st == NULL)
		return -1;
	sqlite3_bind_int64(st, 1, row->uid);
	sqlite3_bind_text(st, 2, row->key, -1, SQLITE_STATIC);
	sqlite3_bind_text(st, 3, row->key_scope, -1, SQLITE_STATIC);
	sqlite3_bind_text(st, 4, row->spec_hash, -1, SQLITE_STATIC);
	sqlite3_bind_int64(st, 5, row->id);
	return db_run(a->db, st, e) < 0 ? -1 : 0;
}

/*
 * The row is there already: this turn was applied before.  Not INSERT OR REPLACE,
 * which would also take away another job that has this uuid.
 */
static int job_again(struct apply *a, struct row_stmt *insert, const struct job_row *row,
    struct err *e)
{
	enum job_status old;

	if (stored_status(a, row->id, &old, e) != 1 ||
	    db_do(a->db, "DELETE FROM jobs WHERE job_id = ?1", &row->id, 1, e) < 0 ||
	    row_run(insert, row, e) <= 0)
		return -1;
	a->tally.counts[old]--;
	a->tally.counts[row->status]++;
	return 0;
}

static int job_new(struct apply *a, const struct job_row *given, struct err *e)
{
	struct job_row row = *given;
	int n;

	if (job_ended_right(&row, e) != 0)
		return -1;
	if (row.launch_hash) {
		row.launch = NULL;
		row.launch_size = 0;
	}
	if ((n = row_run(&a->job_new, &row, e)) < 0)
		return -1;
	if (n == 0)
		return job_again(a, &a->job_new, &row, e);
	if (row.launch_hash &&
	    blob_keep(a->db, row.launch_hash, given->launch, given->launch_size, e) != 0)
		return -1;
	if (row.key && key_take(a, &row, e) != 0)
		return -1;
	a->tally.counts[row.status]++;
	if (row_is_array(&row) &&	/* its elements' numbers are its own */
	    tally_job(&a->tally, a->db, array_last(&row), row.created_at, 0, e) != 0)
		return -1;
	return tally_job(&a->tally, a->db, row.id, row.created_at, 1, e);
}

static int element_new(struct apply *a, const struct job_row *row, struct err *e)
{
	int n;

	if (job_ended_right(row, e) != 0 || (n = row_run(&a->element_new, row, e)) < 0)
		return -1;
	if (n == 0)
		return job_again(a, &a->element_new, row, e);
	a->tally.counts[row->status]++;
	return tally_job(&a->tally, a->db, row->id, row->created_at, 1, e);
}

static int job_set(struct apply *a, const struct job_row *row, struct err *e)
{
	enum job_status old;
	struct row_stmt *rs = &a->job_set;
	int rc;

	if (job_ended_right(row, e) != 0)
		return -1;
	rc = stored_status(a, row->id, &old, e);
	/* A job that lives again may have moved since it was looked up. */
	if (rc == 0 && a->bring && (rc = a->bring(a->bring_arg, row->id, e)) == 1)
		rc = stored_status(a, row->id, &old, e);
	if (rc != 1)
		return rc < 0 ? -1 : err_set(e, ERR_INTERNAL, "job %lld is not in state.db",
		    (long long)row->id);
	/* While it lives no index has to change. */
	if (!job_status_terminal(old) && row->completed_at == 0)
		rs = &a->job_live;
	a->tally.counts[old]--;
	a->tally.counts[row->status]++;
	return row_run(rs, row, e) < 0 ? -1 : 0;
}

static int run_new(struct row_stmt *rs, const void *row, struct err *e)
{
	return row_run(rs, row, e) < 0 ? -1 : 0;
}

static int run_set(struct row_stmt *rs, const void *row, const char *what, int64_t job,
    int64_t which, struct err *e)
{
	int n = row_run(rs, row, e);

	if (n == 0)
		return err_set(e, ERR_INTERNAL, "%s %lld of job %lld is not in state.db", what,
		    (long long)which, (long long)job);
	return n < 0 ? -1 : 0;
}

static int late_run(struct apply *a, const struct exec_row *row, struct err *e)
{
	sqlite3_stmt *st = db_stmt(a->db, "UPDATE job_executions SET late_result = ?3, "
	    "late_at = ?4 WHERE job_id = ?1 AND execution = ?2 AND worker_node_id = ?5 "
	    "AND cause = ?6", e);

	if (st == NULL)
		return -1;
	sqlite3_bind_int64(st, 1, row->job_id);
	sqlite3_bind_int64(st, 2, row->execution);
	sqlite3_bind_text(st, 3, row->late_result, -1, SQLITE_STATIC);
	sqlite3_bind_int64(st, 4, row->late_at);
	sqlite3_bind_text(st, 5, row->worker, -1, SQLITE_STATIC);
	sqlite3_bind_text(st, 6, end_cause_name(END_LOST), -1, SQLITE_STATIC);
	return db_run(a->db, st, e);
}

/* Most are told once more because an acknowledgement was lost, and change nothing. */
static int exec_late(struct apply *a, const struct exec_row *row, struct err *e)
{
	enum job_status status;
	int n = late_run(a, row, e);

	if (n != 0 || a->bring == NULL)
		return n < 0 ? -1 : 0;
	n = stored_status(a, row->job_id, &status, e);
	if (n == 0 && (n = a->bring(a->bring_arg, row->job_id, e)) == 1)
		n = late_run(a, row, e);
	return n < 0 ? -1 : 0;
}

/*
 * Rare enough for a statement of its own.  Tags are merged, which gives the same when
 * it is done twice.
 */
static int job_edit(struct apply *a, const struct job_row *row, const struct column *col,
    struct err *e)
{
	bool merged = strcmp(col->name, "tags") == 0;
	struct row_stmt rs;
	int n = row_edit(&rs, a->db, &table_jobs, col,
	    merged ? "json_patch(coalesce(tags, '{}'), ?)" : "?", e);

	if (n == 0)
		n = row_run(&rs, row, e);
	row_stmt_release(&rs);
	if (n == 0)
		return err_set(e, ERR_INTERNAL, "job %lld is not in state.db",
		    (long long)row->id);
	return n < 0 ? -1 : 0;
}

static int runtime_set(struct apply *a, const struct runtime_row *row, struct err *e)
{
	sqlite3_stmt *st;

	if (row->last > 0)
		return run_new(&a->runtime, row, e);
	st = db_stmt(a->db, "DELETE FROM runtimes WHERE uid = ?1 AND job_name = ?2", e);
	if (st == NULL)
		return -1;
	sqlite3_bind_int64(st, 1, row->uid);
	sqlite3_bind_text(st, 2, row->name, -1, SQLITE_STATIC);
	return db_run(a->db, st, e) < 0 ? -1 : 0;
}

int uuid_keep(struct db *d, const struct uuid *u, int64_t job, int64_t now, struct err *e)
{
	sqlite3_stmt *st = db_stmt(d, "INSERT OR REPLACE INTO job_uuids VALUES (?1,?2,?3)", e);
	char text[UUID_TEXT];

	if (st == NULL)
		return -1;
	uuid_format(u, text);
	sqlite3_bind_text(st, 1, text, -1, SQLITE_STATIC);
	sqlite3_bind_int64(st, 2, job);
	sqlite3_bind_int64(st, 3, now);
	return db_run(d, st, e) < 0 ? -1 : 0;
}

static int restore_accept(struct apply *a, struct err *e)
{
	return db_do(a->db, "UPDATE instance SET restored_at = NULL", NULL, 0, e) < 0 ? -1 : 0;
}

static int setting_set(struct apply *a, const struct setting_row *row, struct err *e)
{
	sqlite3_stmt *st;

	if (row->value != NULL)
		return run_new(&a->setting, row, e);
	st = db_stmt(a->db, "DELETE FROM settings WHERE kind = ?1 AND name = ?2 AND "
	    "\"key\" = ?3", e);
	if (st == NULL)
		return -1;
	sqlite3_bind_text(st, 1, row->kind, -1, SQLITE_STATIC);
	sqlite3_bind_text(st, 2, row->name, -1, SQLITE_STATIC);
	sqlite3_bind_text(st, 3, row->key, -1, SQLITE_STATIC);
	return db_run(a->db, st, e) < 0 ? -1 : 0;
}

/* What belongs to no job. */
static int apply_other(struct apply *a, const struct mut *m, struct err *e)
{
	switch (m->type) {
	case MUT_WORKER:
		return run_new(&a->worker, m->worker, e);
	case MUT_SCHEDULE:
		return run_new(&a->schedule, m->schedule, e);
	case MUT_SCHEDULE_SET:
		return run_set(&a->schedule_set, m->schedule, "schedule", 0, m->schedule->id, e);
	case MUT_OCCURRENCE:
		return run_new(&a->occurrence, m->occurrence, e);
	case MUT_ACCEPT:
		return restore_accept(a, e);
	case MUT_ACCOUNT:
		return run_new(&a->account, m->account, e);
	case MUT_QUOTA:
		return run_new(&a->quota, m->quota, e);
	case MUT_SETTING:
		return setting_set(a, m->setting, e);
	case MUT_NOTICE:
		return run_new(&a->notice, m->notice, e);
	case MUT_RUNTIME:
		return runtime_set(a, m->runtime, e);
	default:
		return err_set(e, ERR_INTERNAL, "mutation of type %d", (int)m->type);
	}
}

static int apply_mut(struct apply *a, const struct mut *m, struct err *e)
{
	switch (m->type) {
	case MUT_JOB_NEW:
		return job_new(a, m->job, e);
	case MUT_ELEMENT_NEW:
		return element_new(a, m->job, e);
	case MUT_JOB_SET:
		return job_set(a, m->job, e);
	case MUT_JOB_EDIT:
		return job_edit(a, m->edit.row, m->edit.column, e);
	case MUT_EXEC_NEW:
		return run_new(&a->exec_new, m->exec, e);
	case MUT_EXEC_SET:
		return run_set(&a->exec_set, m->exec, "execution", m->exec->job_id,
		    m->exec->execution, e);
	case MUT_EXEC_LATE:
		return exec_late(a, m->exec, e);
	case MUT_DEP_NEW:
		return run_new(&a->dep_new, m->dep, e);
	case MUT_DEP_SET:
		return run_set(&a->dep_set, m->dep, "dependency", m->dep->job_id,
		    m->dep->parent_id, e);
	case MUT_ALIAS:
		return uuid_keep(a->db, &m->alias.uuid, m->alias.job, m->alias.at, e);
	case MUT_NOTE:
		return 0;
	default:
		return apply_other(a, m, e);
	}
}

int apply_turn(struct apply *a, const struct turn *t, struct err *e)
{
	for (size_t i = 0; i < t->nmuts; i++) {
		audit_note(a, &t->muts[i]);
		if (apply_mut(a, &t->muts[i], e) != 0)
			return err_prefix(e, "turn %llu", (unsigned long long)t->number);
		a->rows += t->muts[i].type != MUT_NOTE;
	}
	return 0;
}

int apply_end(struct apply *a, int64_t epoch, int64_t from, int64_t to, struct err *e)
{
	int64_t next = a->tally.max_id + 1;
	int n;

	if (tally_write(&a->tally, a->db, e) != 0)
		return -1;
	n = db_do(a->db, "UPDATE instance SET turn = ?3, next_id = max(next_id, ?4) "
	    "WHERE epoch = ?1 AND turn = ?2", (int64_t[]){ epoch, from, to, next }, 4, e);
	if (n == 0)
		return err_set(e, ERR_PERM, "another jobd has taken over this spool");
	return n < 0 ? -1 : 0;
}

void apply_drop(struct apply *a)
{
	memset(&a->tally, 0, sizeof(a->tally));
}
