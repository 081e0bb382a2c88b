/*
 * reader: one job and what belongs to it, wherever it is.
 *
 * Owns a read-only handle of state.db; a day of the history is opened for one call,
 * or for as long as the reader is held, so that nobody who archives it has to wait for
 * us.  Every statement is reset before a call returns: no other read transaction stays
 * open.  Lists of jobs are in page.c.
 */
#include "state/reader.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bsd/string.h>

#include "base/clock.h"
#include "core/elements.h"
#include "state/history.h"
#include "state/read.h"
#include "state/schema.h"

#define KEY_WINDOW_MS (24 * 3600 * 1000LL)
#define UUID_WINDOW_MS (48 * 3600 * 1000LL)

struct reader *reader_open(const struct spool *s, struct err *e)
{
	struct reader *r;

	if (faccessat(s->fd, SPOOL_DB, F_OK, AT_SYMLINK_NOFOLLOW) != 0) {
		err_set(e, ERR_UNAVAIL, "%s: no state yet: jobd has not started here", s->path);
		return NULL;
	}
	r = xcalloc(1, sizeof(*r));
	r->spool = s;
	r->texts = arena_new();
	if (db_open(&r->state, s->path, SPOOL_DB, DB_READ, e) == 0 &&
	    schema_readable(&r->state, &schema_state, e) == 0)
		return r;
	reader_close(r);
	return NULL;
}

void reader_close(struct reader *r)
{
	if (r == NULL)
		return;
	db_close(&r->day);
	db_close(&r->state);
	arena_free(r->texts);
	free(r);
}

int read_each(struct db *d, sqlite3_stmt *st, const struct table *t, void *row, row_fn fn,
    void *arg, struct err *e)
{
	int rc;

	while ((rc = db_step(d, st, e)) == 1) {
		if ((rc = row_read(d, st, t, row, NULL, e)) != 0)
			break;
		if (fn(arg, row) != 0) {
			rc = 1;
			break;
		}
	}
	sqlite3_reset(st);
	return rc;
}

static int holds_job(struct db *d, int64_t job, struct err *e)
{
	int64_t one;

	return db_int1(d, "SELECT 1 FROM jobs WHERE job_id = ?1", job, &one, e);
}

/* One view of state.db for several statements; a callback may call us again. */
static int view_begin(struct reader *r, struct err *e)
{
	if (r->depth == 0 && db_do(&r->state, "BEGIN", NULL, 0, e) < 0)
		return -1;
	r->depth++;
	return 0;
}

static void view_end(struct reader *r)
{
	/* A view that stays open would fail the next one. */
	if (--r->depth == 0 && db_do(&r->state, "COMMIT", NULL, 0, NULL) < 0)
		db_rollback(&r->state);
}

/* To open a day costs more than to read a row of it: one that is held is opened once. */
static int day_get(struct reader *r, int64_t number, struct db *own, struct db **d,
    struct err *e)
{
	int rc;

	*d = &r->day;
	if (r->day.h != NULL && r->day_number == number)
		return 1;
	if (!r->held || r->day.h != NULL)
		*d = own;
	rc = history_open(*d, r->spool, number, e);
	if (rc != 1 || *d == own)
		return rc;
	r->day_number = number;
	return db_do(*d, "BEGIN", NULL, 0, e) < 0 ? -1 : 1;
}

int reader_hold(struct reader *r, struct err *e)
{
	if (view_begin(r, e) != 0)
		return -1;
	r->held = true;
	return 0;
}

void reader_let_go(struct reader *r)
{
	r->held = false;
	db_close(&r->day);
	view_end(r);
}

int read_where(struct reader *r, int64_t job, struct db *day, struct db **d, struct err *e)
{
	int64_t days[DAYS_OF_ID];
	int n, rc;

	*d = &r->state;
	if (view_begin(r, e) != 0)
		return -1;
	if ((rc = holds_job(&r->state, job, e)) == 1)
		return 1;
	view_end(r);
	if (rc < 0)
		return -1;
	n = history_days_of(&r->state, job, days, DAYS_OF_ID, e);
	for (int i = 0; i < n; i++) {
		if ((rc = day_get(r, days[i], day, d, e)) < 0)
			return -1;
		if (rc == 1 && (rc = holds_job(*d, job, e)) == 1)
			return 1;
		read_done(r, *d);
		if (rc < 0)
			return -1;
	}
	return n < 0 ? -1 : 0;
}

void read_done(struct reader *r, struct db *d)
{
	if (d == &r->state)
		view_end(r);
	else if (d != &r->day && d->h != NULL)
		db_close(d);
}

/* One that has a row. */
static int read_job(struct reader *r, int64_t id, struct job_row *row, struct err *e)
{
	struct db day = { 0 }, *d;
	sqlite3_stmt *st;
	int rc = read_where(r, id, &day, &d, e);

	if (rc != 1)
		return rc;
	arena_free(r->texts);
	r->texts = arena_new();
	r->archived = d != &r->state;
	if ((st = row_select(d, &table_jobs, "WHERE job_id = ?1", e)) == NULL) {
		rc = -1;
	} else {
		sqlite3_bind_int64(st, 1, id);
		rc = db_step(d, st, e);
		if (rc == 1 && row_read(d, st, &table_jobs, row, r->texts, e) != 0)
			rc = -1;
		sqlite3_reset(st);
	}
	read_done(r, d);
	return rc;
}

/* The array of the last job of a file before this number; 0: it is no part of one. */
static int array_before(struct db *d, int64_t id, int64_t *array, struct err *e)
{
	*array = 0;
	return db_int1(d, "SELECT array_id FROM jobs WHERE job_id < ?1 "
	    "ORDER BY job_id DESC LIMIT 1", id, array, e);
}

/* An element that has no row is what its array says. */
static int element_of(struct reader *r, int64_t array, int64_t id, struct job_row *row,
    struct err *e)
{
	struct job_row whole;
	int rc = array != 0 ? read_job(r, array, &whole, e) : 0;

	return rc != 1 ? rc : array_element_row(&whole, id, row) == 0;
}

bool read_has_arrays(struct db *d)
{
	return sqlite3_table_column_metadata(d->h, "main", "jobs", "array_id", NULL, NULL, NULL,
	    NULL, NULL) == SQLITE_OK;
}

static int reader_element(struct reader *r, int64_t id, struct job_row *row, struct err *e)
{
	int64_t days[DAYS_OF_ID], array;
	int rc, n;

	if (!read_has_arrays(&r->state))	/* jobd has not brought it up to date yet */
		return 0;
	rc = array_before(&r->state, id, &array, e);
	if (rc >= 0)
		rc = element_of(r, array, id, row, e);
	if (rc != 0 || (n = history_days_of(&r->state, id, days, DAYS_OF_ID, e)) < 0)
		return rc != 0 ? rc : -1;
	for (int i = 0; i < n && rc == 0; i++) {
		struct db day = { 0 };

		if ((rc = history_open(&day, r->spool, days[i], e)) != 1)
			continue;
		/* a day of an older version knows no arrays */
		rc = read_has_arrays(&day) ? array_before(&day, id, &array, e) : 0;
		db_close(&day);
		if (rc == 1)
			rc = element_of(r, array, id, row, e);
	}
	return rc;
}

int reader_job(struct reader *r, int64_t id, struct job_row *row, struct err *e)
{
	int rc = read_job(r, id, row, e);

	return rc == 0 ? reader_element(r, id, row, e) : rc;
}

bool reader_archived(const struct reader *r)
{
	return r->archived;
}

static int find_uuid(struct db *d, const char *sql, const struct uuid *u, int64_t *id,
    struct err *e)
{
	sqlite3_stmt *st = db_stmt(d, sql, e);
	char text[UUID_TEXT];
	int rc;

	if (st == NULL)
		return -1;
	uuid_format(u, text);
	sqlite3_bind_text(st, 1, text, -1, SQLITE_TRANSIENT);
	if ((rc = db_step(d, st, e)) == 1)
		*id = sqlite3_column_int64(st, 0);
	sqlite3_reset(st);
	return rc;
}

/* An old uuid names its day by itself, give or take one. */
static int find_old_uuid(struct reader *r, const struct uuid *u, int64_t *id, struct err *e)
{
	int64_t its = uuid_time(u) / DAY_MS;
	int rc = 0;

	for (int64_t day = its - 1; day <= its + 1 && rc == 0; day++) {
		struct db d = { 0 };

		if ((rc = history_open(&d, r->spool, day, e)) != 1)
			continue;
		rc = find_uuid(&d, "SELECT job_id FROM jobs WHERE job_uuid = ?1", u, id, e);
		db_close(&d);
	}
	return rc;
}

int reader_uuid(struct reader *r, const struct uuid *u, int64_t *id, struct err *e)
{
	int rc = find_uuid(&r->state, "SELECT job_id FROM jobs WHERE job_uuid = ?1 UNION ALL "
	    "SELECT job_id FROM job_uuids WHERE job_uuid = ?1 LIMIT 1", u, id, e);

	/* What is younger than that is still remembered, or does not exist. */
	if (rc == 0 && uuid_time(u) < now_read().wall - UUID_WINDOW_MS)
		rc = find_old_uuid(r, u, id, e);
	return rc;
}

/* A key is in force until its job has ended, for a day after, or for ever. */
static bool key_in_force(const char *scope, bool ended, int64_t ended_at, int64_t now_ms)
{
	if (scope && strcmp(scope, "forever") == 0)
		return true;
	if (!ended)
		return true;
	if (scope && strcmp(scope, "active") == 0)
		return false;
	return now_ms - ended_at < KEY_WINDOW_MS;
}

int reader_key(struct reader *r, int64_t uid, const char *key, int64_t now_ms, int64_t *id,
    char hash[65], struct err *e)
{
	struct db *d = &r->state;
	sqlite3_stmt *st = db_stmt(d, "SELECT k.job_id, k.hash, k.scope, iif(j.job_id IS NULL, "
	    "k.ended_at, j.completed_at) FROM job_keys k LEFT JOIN jobs j ON j.job_id = k.job_id "
	    "WHERE k.uid = ?1 AND k.\"key\" = ?2", e);
	const char *text;
	int rc;

	if (st == NULL)
		return -1;
	sqlite3_bind_int64(st, 1, uid);
	sqlite3_bind_text(st, 2, key, -1, SQLITE_STATIC);
	if ((rc = db_step(d, st, e)) == 1 && !key_in_force(
	    (const char *)sqlite3_column_text(st, 2),
	    sqlite3_column_type(st, 3) != SQLITE_NULL, sqlite3_column_int64(st, 3), now_ms))
		rc = 0;
	if (rc == 1) {
		*id = sqlite3_column_int64(st, 0);
		text = (const char *)sqlite3_column_text(st, 1);
		strlcpy(hash, text ? text : "", 65);
	}
	sqlite3_reset(st);
	return rc;
}

static int launch_of_hash(struct db *d, const char *hash, struct buf *block, struct err *e)
{
	sqlite3_stmt *st = db_stmt(d, "SELECT data FROM blobs WHERE hash = ?1", e);
	int rc;

	if (st == NULL)
		return -1;
	sqlite3_bind_text(st, 1, hash, -1, SQLITE_STATIC);
	if ((rc = db_step(d, st, e)) == 1 && buf_add(block, sqlite3_column_blob(st, 0),
	    (size_t)sqlite3_column_bytes(st, 0)) != 0)
		rc = err_set(e, ERR_DATA, "launch block %s is too long", hash);
	sqlite3_reset(st);
	return rc;
}

/* Elements have their array's; its row's texts would take away the caller's. */
static int launch_of_array(struct reader *r, int64_t array, struct buf *block, struct err *e)
{
	struct db day = { 0 }, *d;
	sqlite3_stmt *st;
	int rc = read_where(r, array, &day, &d, e);

	if (rc != 1)
		return rc;
	st = db_stmt(d, "SELECT coalesce(launch, (SELECT data FROM blobs "
	    "WHERE hash = launch_hash)) FROM jobs WHERE job_id = ?1", e);
	if (st == NULL) {
		rc = -1;
	} else {
		sqlite3_bind_int64(st, 1, array);
		if ((rc = db_step(d, st, e)) == 1 && buf_add(block, sqlite3_column_blob(st, 0),
		    (size_t)sqlite3_column_bytes(st, 0)) != 0)
			rc = err_set(e, ERR_DATA, "job %lld: launch block is too long",
			    (long long)array);
		sqlite3_reset(st);
	}
	read_done(r, d);
	return rc;
}

int reader_launch(struct reader *r, const struct job_row *row, struct buf *block, struct err *e)
{
	struct db day = { 0 }, *d;
	int rc;

	if (row_is_element(row) && row->launch == NULL && row->launch_hash == NULL)
		return launch_of_array(r, row->array_id, block, e);
	if (row->launch_hash == NULL) {
		if (row->launch == NULL)
			return 0;
		return buf_add(block, row->launch, (size_t)row->launch_size) == 0 ? 1 :
		    err_set(e, ERR_DATA, "job %lld: launch block is too long",
		    (long long)row->id);
	}
	if ((rc = launch_of_hash(&r->state, row->launch_hash, block, e)) != 0)
		return rc;
	if ((rc = read_where(r, row->id, &day, &d, e)) != 1)
		return rc;
	rc = launch_of_hash(d, row->launch_hash, block, e);
	read_done(r, d);
	return rc;
}

/* The rows of t that belong to a job, from wherever it is. */
static int rows_of_job(struct reader *r, const struct table *t, int64_t job, void *row,
    row_fn fn, void *arg, struct err *e)
{
	struct db day = { 0 }, *d;
	sqlite3_stmt *st;
	int rc = read_where(r, job, &day, &d, e);

	if (rc != 1)
		return rc;
	st = row_select(d, t, "WHERE job_id = ?1 ORDER BY 1, 2", e);
	if (st != NULL)
		sqlite3_bind_int64(st, 1, job);
	rc = st ? read_each(d, st, t, row, fn, arg, e) : -1;
	read_done(r, d);
	return rc < 0 ? -1 : 0;
}

int reader_execs(struct reader *r, int64_t job, row_fn fn, void *arg, struct err *e)
{
	struct exec_row row;

	return rows_of_job(r, &table_executions, job, &row, fn, arg, e);
}

int reader_deps(struct reader *r, int64_t job, row_fn fn, void *arg, struct err *e)
{
	struct dep_row row;

	return rows_of_job(r, &table_dependencies, job, &row, fn, arg, e);
}

/* Dependents in one day: those that are not still in state.db as well. */
struct fresh {
	struct reader *r;
	row_fn fn;
	void *arg;
	struct err *e;
	bool failed, stopped;
};

static int fresh_row(void *arg, const void *row)
{
	struct fresh *f = arg;
	int there = holds_job(&f->r->state, ((const struct dep_row *)row)->job_id, f->e);

	f->failed = there < 0;
	if (there == 0)
		f->stopped = f->fn(f->arg, row) != 0;
	return f->failed || f->stopped;
}

static int dependents_in(struct db *d, int64_t job, row_fn fn, void *arg, struct err *e)
{
	sqlite3_stmt *st = row_select(d, &table_dependencies,
	    "WHERE depends_on_job_id = ?1 ORDER BY 1", e);
	struct dep_row row;

	if (st == NULL)
		return -1;
	sqlite3_bind_int64(st, 1, job);
	return read_each(d, st, &table_dependencies, &row, fn, arg, e);
}

int read_days(struct reader *r, struct day_range **list, size_t *n, struct err *e)
{
	sqlite3_stmt *st = db_stmt(&r->state, "SELECT day, first_id, last_id FROM days "
	    "ORDER BY day", e);
	int rc;

	*list = NULL;
	*n = 0;
	if (st == NULL)
		return -1;
	while ((rc = db_step(&r->state, st, e)) == 1) {
		if ((*n & (*n - 1)) == 0)	/* full at each power of two */
			*list = xreallocarray(*list, *n ? *n * 2 : 1, sizeof(**list));
		(*list)[(*n)++] = (struct day_range){ sqlite3_column_int64(st, 0),
		    sqlite3_column_int64(st, 1), sqlite3_column_int64(st, 2) };
	}
	return rc;
}

int reader_day_live(struct reader *r, int64_t day_ms, int64_t *live, struct err *e)
{
	*live = 0;
	return db_int1(&r->state, "SELECT live FROM days WHERE day = ?1", day_ms / DAY_MS, live,
	    e) < 0 ? -1 : 0;
}

static int dependents_of_day(struct reader *r, int64_t number, int64_t job, struct fresh *f)
{
	struct db day = { 0 }, *d;
	int rc = day_get(r, number, &day, &d, f->e);

	if (rc != 1)
		return rc;
	rc = dependents_in(d, job, fresh_row, f, f->e);
	read_done(r, d);
	return f->failed ? -1 : rc;
}

/* A dependent is submitted after its parent: only days that go beyond it. */
static int dependents_moved(struct reader *r, int64_t job, row_fn fn, void *arg, struct err *e)
{
	struct fresh f = { r, fn, arg, e, false, false };
	struct day_range *days;
	size_t n;
	int rc = read_days(r, &days, &n, e);

	for (size_t i = 0; i < n && rc == 0; i++) {
		if (days[i].last > job)
			rc = dependents_of_day(r, days[i].day, job, &f);
	}
	free(days);
	return rc < 0 ? -1 : 0;
}

int reader_dependents(struct reader *r, int64_t job, row_fn fn, void *arg, struct err *e)
{
	int rc = dependents_in(&r->state, job, fn, arg, e);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	return dependents_moved(r, job, fn, arg, e);
}

/* All of a small table; row: scratch of its size. */
static int read_table(struct reader *r, const struct table *t, const char *order, void *row,
    row_fn fn, void *arg, struct err *e)
{
	sqlite3_stmt *st = row_select(&r->state, t, order, e);

	return st != NULL && read_each(&r->state, st, t, row, fn, arg, e) >= 0 ? 0 : -1;
}

int reader_workers(struct reader *r, row_fn fn, void *arg, struct err *e)
{
	struct worker_row row;

	return read_table(r, &table_workers, "ORDER BY node_id", &row, fn, arg, e);
}

int reader_accounts(struct reader *r, row_fn fn, void *arg, struct err *e)
{
	struct account_row row;

	return read_table(r, &table_accounts, "ORDER BY team, user", &row, fn, arg, e);
}

int reader_quotas(struct reader *r, row_fn fn, void *arg, struct err *e)
{
	struct quota_row row;

	return read_table(r, &table_quotas, "ORDER BY kind, name", &row, fn, arg, e);
}

int reader_settings(struct reader *r, row_fn fn, void *arg, struct err *e)
{
	struct setting_row row;

	return read_table(r, &table_settings, "ORDER BY kind, name, \"key\"", &row, fn, arg, e);
}

int reader_schedules(struct reader *r, bool removed, row_fn fn, void *arg, struct err *e)
{
	sqlite3_stmt *st = row_select(&r->state, &table_schedules,
	    "WHERE state <> 'removed' OR ?1 ORDER BY schedule_id", e);
	struct schedule_row row;

	if (st == NULL)
		return -1;
	sqlite3_bind_int(st, 1, removed);
	return read_each(&r->state, st, &table_schedules, &row, fn, arg, e) < 0 ? -1 : 0;
}

int reader_next_schedule(struct reader *r, int64_t *id, struct err *e)
{
	return db_int(&r->state, "SELECT coalesce(max(schedule_id), 0) + 1 FROM schedules", id,
	    e) < 0 ? -1 : 0;
}

int reader_occurrences(struct reader *r, const struct occurrence_filter *f, row_fn fn,
    void *arg, struct err *e)
{
	sqlite3_stmt *st = row_select(&r->state, &table_occurrences,
	    "WHERE schedule_id = ?1 AND nominal_at BETWEEN ?2 AND ?3 "
	    "ORDER BY nominal_at DESC LIMIT ?4", e);
	struct occurrence_row row;

	if (st == NULL)
		return -1;
	sqlite3_bind_int64(st, 1, f->schedule);
	sqlite3_bind_int64(st, 2, f->since);
	sqlite3_bind_int64(st, 3, f->until != 0 ? f->until : INT64_MAX);
	sqlite3_bind_int64(st, 4, f->limit != 0 ? (int64_t)f->limit : -1);
	return read_each(&r->state, st, &table_occurrences, &row, fn, arg, e) < 0 ? -1 : 0;
}

int reader_counts(struct reader *r, int64_t counts[6], struct err *e)
{
	sqlite3_stmt *st = db_stmt(&r->state, "SELECT status, n FROM counts", e);
	int rc, s;

	memset(counts, 0, 6 * sizeof(*counts));
	if (st == NULL)
		return -1;
	while ((rc = db_step(&r->state, st, e)) == 1) {
		s = job_status_parse((const char *)sqlite3_column_text(st, 0));
		if (s >= 0)
			counts[s] = sqlite3_column_int64(st, 1);
	}
	return rc;
}

int reader_next_notice(struct reader *r, int64_t *id, struct err *e)
{
	return db_int(&r->state, "SELECT coalesce(max(notice_id), 0) + 1 FROM notices", id,
	    e) < 0 ? -1 : 0;
}

int reader_notices(struct reader *r, const struct notice_filter *f, row_fn fn, void *arg,
    struct err *e)
{
	sqlite3_stmt *st = row_select(&r->state, &table_notices,
	    "WHERE (?1 = 0 OR job_id = ?1) AND (?2 = 0 OR schedule_id = ?2) "
	    "ORDER BY notice_id DESC LIMIT ?3", e);
	struct notice_row row;

	if (st == NULL)
		return -1;
	sqlite3_bind_int64(st, 1, f->job);
	sqlite3_bind_int64(st, 2, f->schedule);
	sqlite3_bind_int64(st, 3, f->limit != 0 ? (int64_t)f->limit : -1);
	return read_each(&r->state, st, &table_notices, &row, fn, arg, e) < 0 ? -1 : 0;
}
