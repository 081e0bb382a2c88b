/*
 * backup: SQLite's online copy, and what a restored state must not do again.
 *
 * After the copy was made, jobd has given out numbers, begun epochs and ended jobs
 * that the copy does not know.  So a restored state passes over what may have been
 * given out, and follows the history, which tells the truth of what it holds.
 */
#include "state/backup.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/fdio.h"
#include "state/history.h"
#include "state/schema.h"
#include "state/start.h"

#define NUMBERS 100000		/* the next job's number is 1 beyond a multiple of this */
#define EPOCHS 1000		/* starts of jobd that may be unknown */

/* ---- copies */

static int copy_into(struct db *from, const char *to, struct err *e)
{
	sqlite3_backup *b;
	sqlite3 *h = NULL;
	int rc = sqlite3_open_v2(to, &h, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);

	if (rc == SQLITE_OK && (b = sqlite3_backup_init(h, "main", from->h, "main")) != NULL) {
		do {
			rc = sqlite3_backup_step(b, -1);
		} while (rc == SQLITE_BUSY || rc == SQLITE_LOCKED);
		rc = sqlite3_backup_finish(b);
	}
	/* A copy is one plain file. */
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(h, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
	if (rc != SQLITE_OK)
		err_set(e, rc == SQLITE_FULL ? ERR_AGAIN : ERR_IO, "%s: %s", to,
		    h != NULL ? sqlite3_errmsg(h) : "no memory");
	sqlite3_close(h);
	return rc == SQLITE_OK ? 0 : -1;
}

int backup_copy(const char *dir, const char *name, const char *to, struct err *e)
{
	struct db from;
	int r;

	if (db_open(&from, dir, name, DB_READ, e) == -1)
		return -1;
	r = copy_into(&from, to, e);
	db_close(&from);
	return r;
}

static int mark_read(struct db *d, struct backup_mark *mark, struct err *e)
{
	sqlite3_stmt *st;
	const char *text;
	int rc, version = schema_of(d, &schema_state, e);

	if (version <= 0)
		return version == 0 ? err_set(e, ERR_IO, "%s: is empty", d->name) : -1;
	st = db_stmt(d, version < 3 ? "SELECT instance, epoch, next_id, NULL FROM instance" :
	    "SELECT instance, epoch, next_id, restored_at FROM instance", e);
	if (st == NULL || (rc = db_step(d, st, e)) == -1)
		return -1;
	text = rc == 1 ? (const char *)sqlite3_column_text(st, 0) : NULL;
	rc = text != NULL ? uuid_parse(text, &mark->instance) : -1;
	mark->epoch = sqlite3_column_int64(st, 1);
	mark->next_id = sqlite3_column_int64(st, 2);
	mark->restored = sqlite3_column_type(st, 3) != SQLITE_NULL;
	sqlite3_reset(st);
	return rc == 0 ? 0 : err_set(e, ERR_IO, "%s: its instance row is damaged", d->name);
}

int backup_mark(const char *dir, struct backup_mark *mark, struct err *e)
{
	struct db d;
	int r;

	if (db_open(&d, dir, SPOOL_DB, DB_READ, e) == -1)
		return -1;
	r = start_check(&d, e) == 0 ? mark_read(&d, mark, e) : -1;
	db_close(&d);
	return r;
}

int backup_check_day(const char *dir, const char *name, struct err *e)
{
	struct db d;
	int r;

	if (db_open(&d, dir, name, DB_READ, e) == -1)
		return -1;
	r = schema_of(&d, &schema_day, e) < 0 ? -1 : start_check(&d, e);
	db_close(&d);
	return r;
}

/* ---- a state that was put back */

struct settling {
	struct mover mover;
	struct apply apply;
	const struct spool *spool;
	int64_t now, next;
	int64_t known;		/* jobs from this number on the state never knew */
	int64_t schedule;	/* the highest that a run tells of */
	size_t ended;
};

/* The numbers that a day has are given out, whatever state.db remembers. */
static int day_numbers(struct settling *s, struct db *day, int64_t number, struct err *e)
{
	int64_t first, last;

	if (db_int(day, "SELECT min(job_id) FROM jobs", &first, e) < 0 ||
	    db_int(day, "SELECT max(job_id) FROM jobs", &last, e) < 0)
		return -1;
	if (first == 0)
		return 0;
	if (last >= s->next)
		s->next = last + 1;
	return db_do(s->apply.db, "INSERT INTO days VALUES (?1,?2,?3,0) ON CONFLICT(day) DO UPDATE "
	    "SET first_id = min(first_id, ?2), last_id = max(last_id, ?3)",
	    (int64_t[]){ number, first, last }, 3, e) < 0 ? -1 : 0;
}

/* Who waits for one that has ended well need wait no more; others wait for a person. */
static int release_children(struct db *d, int64_t id, struct db *day, struct err *e)
{
	int64_t ok;

	if (db_int1(day, "SELECT status = 'completed' FROM jobs WHERE job_id = ?1", id, &ok, e) < 0)
		return -1;
	return db_do(d, "UPDATE job_dependencies SET state = 'satisfied' "
	    "WHERE depends_on_job_id = ?1 AND state = 'open' AND (dependency_type = 'completion' "
	    "OR (?2 AND dependency_type = 'success'))", (int64_t[]){ id, ok }, 2, e) < 0 ? -1 : 0;
}

/* The jobs of a day that state.db still has, and the history has as ended. */
static int day_jobs(struct settling *s, struct db *day, int64_t number, struct err *e)
{
	struct db *d = s->apply.db;
	sqlite3_stmt *st = row_select(d, &table_jobs, "WHERE created_at >= ?1 AND created_at < ?1 "
	    "+ 86400000 ORDER BY job_id", e);
	struct arena *a = arena_new();
	struct job_row row;
	int64_t ended;
	int rc;

	if (st == NULL) {
		arena_free(a);
		return -1;
	}
	sqlite3_bind_int64(st, 1, number * DAY_MS);
	while ((rc = db_step(d, st, e)) == 1) {
		if (row_read(d, st, &table_jobs, &row, a, e) != 0 || db_int1(day, "SELECT "
		    "completed_at FROM jobs WHERE job_id = ?1", row.id, &ended, e) < 0)
			break;
		if (ended == 0)
			continue;
		row.completed_at = ended;
		if (release_children(d, row.id, day, e) == -1 ||
		    mover_leave(&s->mover, &row, s->now, e) == -1)
			break;
		s->ended++;
	}
	if (rc == 1)
		rc = -1;
	sqlite3_reset(st);
	arena_free(a);
	return rc;
}

/* What a schedule has run since is not due again, whatever else it may have missed. */
static int run_known(struct settling *s, sqlite3_stmt *st, struct err *e)
{
	int64_t run[5];
	int changed;

	for (int i = 0; i < 5; i++)
		run[i] = sqlite3_column_int64(st, i);
	if (run[0] > s->schedule)
		s->schedule = run[0];
	changed = db_do(s->apply.db, "INSERT INTO occurrences (schedule_id, nominal_at, due_at, "
	    "decided_at, outcome, job_id, blocked_by, catch_up) VALUES (?1,?2,?2,?3,'run',?4,0,?5) "
	    "ON CONFLICT DO UPDATE SET outcome = 'run', reason = NULL, job_id = ?4, blocked_by = 0",
	    run, 5, e);
	if (changed < 0)
		return -1;
	return db_do(s->apply.db, "UPDATE schedules SET runs = runs + 1, "
	    "cursor_at = max(coalesce(cursor_at, 0), ?2) WHERE schedule_id = ?1", run, 2, e) < 0 ?
	    -1 : 0;
}

static int day_runs(struct settling *s, struct db *day, struct err *e)
{
	sqlite3_stmt *st;
	int rc, version = schema_of(day, &schema_day, e);

	if (version < 2)		/* of before there were schedules */
		return version < 0 ? -1 : 0;
	st = db_prepare(day, "SELECT schedule_id, scheduled_time, created_at, job_id, catch_up "
	    "FROM jobs WHERE job_id >= ?1 AND schedule_id > 0 ORDER BY job_id", e);
	if (st == NULL)
		return -1;
	sqlite3_bind_int64(st, 1, s->known);
	while ((rc = db_step(day, st, e)) == 1 && (rc = run_known(s, st, e)) == 0)
		;
	sqlite3_finalize(st);
	return rc;
}

/* Numbers of schedules are not given out again, either: one that is gone stands for all. */
static int schedules_pass(struct settling *s, struct err *e)
{
	int64_t highest;

	if (db_int(s->apply.db, "SELECT coalesce(max(schedule_id), 0) FROM schedules", &highest,
	    e) < 0)
		return -1;
	if (highest >= s->schedule)
		return 0;
	return db_do(s->apply.db, "INSERT INTO schedules (schedule_id, state, uid, catch_up_max, "
	    "overlap_max, max_runs, runs, caught, created_at, detail) VALUES (?1, 'removed', 0, 0, "
	    "0, 0, 0, 0, ?2, 'made after the backup that was restored')",
	    (int64_t[]){ s->schedule, s->now }, 2, e) < 0 ? -1 : 0;
}

static int each_day(struct settling *s, struct err *e)
{
	int64_t *days;
	struct db day;
	size_t n;
	int rc = 0;

	if (spool_history_days(s->spool, &days, &n, e) != 0)
		return -1;
	for (size_t i = 0; i < n && rc == 0; i++) {
		rc = history_open(&day, s->spool, days[i] / DAY_MS, e);
		if (rc != 1)
			continue;
		rc = day_numbers(s, &day, days[i] / DAY_MS, e) == 0 &&
		    day_runs(s, &day, e) == 0 ? day_jobs(s, &day, days[i] / DAY_MS, e) : -1;
		db_close(&day);
	}
	free(days);
	return rc;
}

static int settle(struct settling *s, struct db *d, int64_t seen, struct restored *out,
    struct err *e)
{
	struct backup_mark mark;

	if (mark_read(d, &mark, e) == -1)
		return -1;
	s->next = s->known = mark.next_id;
	if (each_day(s, e) == -1 || schedules_pass(s, e) == -1 ||
	    tally_write(&s->apply.tally, d, e) == -1)
		return -1;
	out->epoch = (mark.epoch > seen ? mark.epoch : seen) + EPOCHS;
	out->next_id = ((s->next - 1) / NUMBERS + 1) * NUMBERS + 1;
	out->ended = s->ended;
	return db_do(d, "UPDATE instance SET epoch = ?1, turn = 0, next_id = ?2, restored_at = ?3",
	    (int64_t[]){ out->epoch, out->next_id, s->now }, 3, e) < 0 ? -1 : 0;
}

static int state_open(struct db *d, const struct spool *s, struct err *e)
{
	if (db_open(d, s->path, SPOOL_DB, DB_STATE, e) == -1)
		return -1;
	if (schema_of(d, &schema_state, e) > 0 && start_check(d, e) == 0 &&
	    schema_migrate(d, &schema_state, e) == 0)
		return 0;
	db_close(d);
	return -1;
}

int restore_settle(const struct spool *spool, int64_t seen, struct restored *out, struct err *e)
{
	const struct writer_conf conf = { 0, 0 };
	struct settling s = { .spool = spool, .now = now_read().wall };
	struct db d;
	int r;

	if (state_open(&d, spool, e) == -1)
		return -1;
	r = apply_init(&s.apply, &d, e);
	if (r == 0) {
		mover_init(&s.mover, &s.apply, spool, &conf, 0);
		r = db_exec(&d, "BEGIN IMMEDIATE", e) == 0 &&
		    settle(&s, &d, seen, out, e) == 0 ? db_exec(&d, "COMMIT", e) : -1;
		db_rollback(&d);
		apply_release(&s.apply);
	}
	db_close(&d);
	return r;
}

int restore_accept(const struct spool *s, int64_t seen, struct err *e)
{
	struct db d;
	int r;

	if (state_open(&d, s, e) == -1)
		return -1;
	r = db_do(&d, "UPDATE instance SET restored_at = NULL, turn = 0, "
	    "epoch = max(epoch, ?1) + ?2", (int64_t[]){ seen, EPOCHS }, 2, e) < 0 ? -1 : 0;
	db_close(&d);
	return r;
}

int state_vacuum(const struct spool *s, struct err *e)
{
	struct db d;
	int r;

	if (state_open(&d, s, e) == -1)
		return -1;
	r = db_exec(&d, "VACUUM; PRAGMA wal_checkpoint(TRUNCATE)", e);
	db_close(&d);
	return r;
}
