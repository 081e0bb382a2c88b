/*
 * history: the mover.
 *
 * A step takes up to MOVE_BATCH ended jobs of one day: inserts them there, syncs,
 * and only then deletes them from state.db in a commit of its own.  A crash
 * between leaves them in both: readers drop repeats and the next step does both
 * halves again.  Promises that a day that cannot be written stops only itself.
 * Requires that no turn is applied inside a step (one thread does both).
 */
#include "state/history.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "state/copy.h"
#include "state/schema.h"
#include "state/start.h"

#define EXAMINE 2000		/* ended jobs looked at in a step */
#define KEY_MS (24 * 3600 * 1000LL)
#define NOTICE_MS (30 * KEY_MS)		/* so long is it known what was told */
#define PRUNE 500		/* expired keys and uuids dropped in a step */
#define BAD_FIRST 60000
#define BAD_LONGEST 3600000

void mover_init(struct mover *m, struct apply *a, const struct spool *s,
    const struct writer_conf *conf, int64_t epoch)
{
	memset(m, 0, sizeof(*m));
	m->apply = a;
	m->spool = s;
	m->conf = *conf;
	m->epoch = epoch;
	m->at_end = INT64_MIN;
}

/*
 * At rest a day is one plain file.  While a reader has it open that cannot be, but
 * at least all of it is in the database and not in its log.
 */
static void day_close(struct day *day, bool broken)
{
	if (day->db.h == NULL)
		return;
	row_stmt_release(&day->job);
	row_stmt_release(&day->exec);
	row_stmt_release(&day->dep);
	db_rollback(&day->db);
	sqlite3_busy_timeout(day->db.h, 0);
	if (broken)
		sqlite3_db_config(day->db.h, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)NULL);
	else
		db_exec(&day->db, "PRAGMA wal_checkpoint; PRAGMA journal_mode = DELETE", NULL);
	db_close(&day->db);
}

void mover_release(struct mover *m)
{
	day_close(&m->day, false);
}

static int day_open(struct mover *m, int64_t number, struct err *e)
{
	struct day *day = &m->day;
	char name[SPOOL_NAME_MAX];

	if (day->db.h && day->number == number)
		return 0;
	day_close(day, false);
	spool_history_name(number * DAY_MS, name);
	if (start_file(m->spool, name, e) != 0 ||
	    db_open(&day->db, m->spool->path, name, DB_DAY, e) != 0)
		return -1;
	day->number = number;
	if (schema_migrate(&day->db, &schema_day, e) == 0 &&
	    row_insert(&day->job, &day->db, &table_jobs, "INSERT OR REPLACE", "", e) == 0 &&
	    row_insert(&day->exec, &day->db, &table_executions, "INSERT OR REPLACE", "",
	    e) == 0 &&
	    row_insert(&day->dep, &day->db, &table_dependencies, "INSERT OR REPLACE", "",
	    e) == 0)
		return 0;
	day_close(day, true);
	return -1;
}

static struct bad_day *bad_find(struct mover *m, int64_t number)
{
	for (size_t i = 0; i < m->nbad; i++) {
		if (m->bad[i].number == number)
			return &m->bad[i];
	}
	return NULL;
}

static void day_failed(struct mover *m, int64_t number, int64_t now, const struct err *why)
{
	struct bad_day *b = bad_find(m, number);

	m->trouble = *why;
	if (m->day.db.h && m->day.number == number)
		day_close(&m->day, true);
	if (b == NULL) {
		b = &m->bad[m->nbad < BAD_DAYS ? m->nbad++ : BAD_DAYS - 1];
		*b = (struct bad_day){ .number = number, .wait = BAD_FIRST / 2 };
	}
	b->wait = b->wait * 2 < BAD_LONGEST ? b->wait * 2 : BAD_LONGEST;
	b->until = now + b->wait;
}

static void day_worked(struct mover *m, int64_t number)
{
	struct bad_day *b = bad_find(m, number);

	if (b != NULL)
		*b = m->bad[--m->nbad];
	if (m->nbad == 0)
		err_clear(&m->trouble);
}

/*
 * Ids of one day that may move: ended long enough, no dependent that still waits
 * to hear of it, no execution that is not settled.  Elements move when their array is
 * over, and the array when all of them have.  Goes on where the last call
 * stopped.  The number of ids, or -1; *more: the sweep is not at its end.
 */
static int pick(struct mover *m, int64_t now, int64_t ids[MOVE_BATCH], int64_t *day, bool *more,
    struct err *e)
{
	struct db *d = m->apply->db;
	sqlite3_stmt *st = db_stmt(d, "SELECT job_id, created_at, completed_at, "
	    "EXISTS (SELECT 1 FROM job_dependencies x WHERE x.depends_on_job_id = jobs.job_id "
	    "AND x.state = 'open') OR EXISTS (SELECT 1 FROM job_executions x "
	    "WHERE x.job_id = jobs.job_id AND x.status IN ('queued', 'scheduled', 'running')) "
	    "OR CASE WHEN array_id = 0 THEN 0 "
	    "WHEN array_id = job_id THEN array_id IS (SELECT x.array_id FROM jobs x "
	    "WHERE x.job_id > jobs.job_id ORDER BY x.job_id LIMIT 1) "
	    "ELSE EXISTS (SELECT 1 FROM jobs x WHERE x.job_id = jobs.array_id "
	    "AND x.completed_at IS NULL) END "
	    "FROM jobs WHERE (completed_at, job_id) > (?1, ?2) AND completed_at <= ?3 "
	    "ORDER BY completed_at, job_id LIMIT ?4", e);
	int n = 0, seen = 0, rc = 0;
	bool other = false;

	if (st == NULL)
		return -1;
	sqlite3_bind_int64(st, 1, m->at_end);
	sqlite3_bind_int64(st, 2, m->at_id);
	sqlite3_bind_int64(st, 3, now - m->conf.history_after);
	sqlite3_bind_int64(st, 4, EXAMINE);
	while (n < MOVE_BATCH && (rc = db_step(d, st, e)) == 1) {
		int64_t its = tally_day_of(sqlite3_column_int64(st, 1));
		const struct bad_day *b = bad_find(m, its);
		bool stays = sqlite3_column_int(st, 3) || (b && b->until > now);

		seen++;
		other |= !stays && n > 0 && its != *day;
		if (!other) {	/* else the next step begins before that one */
			m->at_id = sqlite3_column_int64(st, 0);
			m->at_end = sqlite3_column_int64(st, 2);
		}
		if (stays || (n > 0 && its != *day))
			continue;
		*day = its;
		ids[n++] = sqlite3_column_int64(st, 0);
	}
	sqlite3_reset(st);
	*more = rc == 1 || seen == EXAMINE || other;
	return rc < 0 ? -1 : n;
}

/* First half: into the day, synced. */
static int into_day(struct mover *m, int64_t number, const int64_t *ids, int n,
    struct job_row *rows, const struct db **blame, struct err *e)
{
	struct db *d = m->apply->db;
	struct copy_to to = { &m->day.db, &m->day.job, &m->day.exec, &m->day.dep };
	int rc;

	*blame = &m->day.db;
	if (day_open(m, number, e) != 0 || db_exec(&m->day.db, "BEGIN IMMEDIATE", e) != 0)
		return -1;
	for (int i = 0; i < n; i++) {
		if ((rc = copy_job(d, &to, ids[i], &rows[i], blame, e)) == 1)
			continue;
		if (rc == 0)
			err_set(e, ERR_INTERNAL, "job %lld has vanished", (long long)ids[i]);
		db_rollback(&m->day.db);
		return -1;
	}
	*blame = &m->day.db;
	return db_exec(&m->day.db, "COMMIT", e);
}

/* What outlives the row: its key while that is in force, its uuid for a while. */
static int leave_traces(struct db *d, const struct job_row *job, int64_t now, struct err *e)
{
	if (db_do(d, "UPDATE job_keys SET ended_at = iif(scope IS 'active', 0, ?2) "
	    "WHERE uid = ?3 AND \"key\" = (SELECT \"key\" FROM jobs WHERE job_id = ?1) "
	    "AND job_id = ?1 AND scope IS NOT 'forever'",
	    (int64_t[]){ job->id, job->completed_at, job->uid }, 3, e) < 0)
		return -1;
	if (uuid_is_nil(&job->uuid))
		return 0;
	return uuid_keep(d, &job->uuid, job->id, now, e);
}

static int leave_blob(struct db *d, int64_t id, struct err *e)
{
	sqlite3_stmt *st = db_stmt(d, "SELECT launch_hash FROM jobs WHERE job_id = ?1 "
	    "AND launch_hash IS NOT NULL", e);
	int rc;

	if (st == NULL)
		return -1;
	sqlite3_bind_int64(st, 1, id);
	if ((rc = db_step(d, st, e)) == 1)
		rc = blob_release(d, (const char *)sqlite3_column_text(st, 0), e);
	sqlite3_reset(st);
	return rc;
}

int mover_leave(struct mover *m, const struct job_row *job, int64_t now, struct err *e)
{
	struct tally *t = &m->apply->tally;
	struct db *d = m->apply->db;

	if (leave_traces(d, job, now, e) != 0 || leave_blob(d, job->id, e) != 0 ||
	    db_do(d, "DELETE FROM job_executions WHERE job_id = ?1", &job->id, 1, e) < 0 ||
	    db_do(d, "DELETE FROM job_dependencies WHERE job_id = ?1", &job->id, 1, e) < 0 ||
	    db_do(d, "DELETE FROM jobs WHERE job_id = ?1", &job->id, 1, e) < 0)
		return -1;
	t->counts[job->status]--;
	return tally_job(t, d, job->id, job->created_at, -1, e);
}

static int prune(struct mover *m, int64_t now, struct err *e)
{
	struct db *d = m->apply->db;

	return db_do(d, "DELETE FROM job_uuids WHERE job_uuid IN (SELECT job_uuid FROM job_uuids "
	    "WHERE moved_at < ?1 LIMIT ?2)",
	    (int64_t[]){ now - m->conf.uuid_keep, PRUNE }, 2, e) < 0 ||
	    db_do(d, "DELETE FROM notices WHERE notice_id IN (SELECT notice_id FROM notices "
	    "WHERE created_at < ?1 AND state <> 'pending' LIMIT ?2)",
	    (int64_t[]){ now - NOTICE_MS, PRUNE }, 2, e) < 0 ||
	    db_do(d, "DELETE FROM job_keys WHERE rowid IN (SELECT rowid FROM job_keys "
	    "WHERE ended_at < ?1 LIMIT ?2)",
	    (int64_t[]){ now - KEY_MS, PRUNE }, 2, e) < 0 ? -1 : 0;
}

/* Second half: out of state.db, unless another jobd has come in between. */
static int out_of_state(struct mover *m, const struct job_row *rows, int n, int64_t now,
    struct err *e)
{
	struct db *d = m->apply->db;
	int64_t epoch;

	if (db_exec(d, "BEGIN IMMEDIATE", e) != 0)
		return -1;
	if (db_int(d, "SELECT epoch FROM instance", &epoch, e) < 0)
		goto fail;
	if (epoch != m->epoch) {
		err_set(e, ERR_PERM, "another jobd has taken over this spool");
		goto fail;
	}
	for (int i = 0; i < n; i++) {
		if (mover_leave(m, &rows[i], now, e) != 0)
			goto fail;
	}
	if (prune(m, now, e) == 0 && tally_write(&m->apply->tally, d, e) == 0 &&
	    db_exec(d, "COMMIT", e) == 0)
		return 0;
fail:
	db_rollback(d);
	apply_drop(m->apply);
	return -1;
}

static void sweep_again(struct mover *m)
{
	m->at_end = INT64_MIN;
	m->at_id = 0;
}

int mover_step(struct mover *m, int64_t now, struct err *e)
{
	struct job_row rows[MOVE_BATCH];
	int64_t ids[MOVE_BATCH], day = 0;
	const struct db *blame;
	struct err why;
	bool more;
	int n = pick(m, now, ids, &day, &more, e);

	if (n < 0)
		return -1;
	if (n == 0) {
		if (!more) {
			sweep_again(m);
			day_close(&m->day, false);
		}
		return more;
	}
	if (into_day(m, day, ids, n, rows, &blame, &why) != 0) {
		if (blame == m->apply->db) {
			*e = why;
			return -1;
		}
		day_failed(m, day, now, &why);
		return more;
	}
	day_worked(m, day);
	if (out_of_state(m, rows, n, now, e) != 0)
		return -1;
	m->moved += (uint64_t)n;
	if (!more)
		sweep_again(m);
	return more;
}

/* A row that is in state.db again: what tally and keys have to know of it. */
static int came_back(struct mover *m, const struct job_row *job, struct err *e)
{
	struct db *d = m->apply->db;

	m->apply->tally.counts[job->status]++;
	if (db_do(d, "INSERT OR IGNORE INTO job_keys SELECT uid, \"key\", key_scope, spec_hash, "
	    "job_id, NULL FROM jobs WHERE job_id = ?1 AND \"key\" IS NOT NULL",
	    &job->id, 1, e) < 0)
		return -1;
	return tally_job(&m->apply->tally, d, job->id, job->created_at, 1, e);
}

int mover_return(struct mover *m, int64_t id, struct err *e)
{
	struct apply *a = m->apply;
	struct copy_to to = { a->db, &a->job_new, &a->exec_new, &a->dep_new };
	int64_t days[DAYS_OF_ID];
	int n = history_days_of(a->db, id, days, DAYS_OF_ID, e), rc = 0;

	for (int i = 0; i < n && rc == 0; i++) {
		const struct db *blame;
		struct job_row job;
		struct db day;

		if ((rc = history_open(&day, m->spool, days[i], e)) != 1)
			continue;
		rc = copy_job(&day, &to, id, &job, &blame, e);
		db_close(&day);
		if (rc == 1)
			rc = came_back(m, &job, e) == 0 ? 1 : -1;
	}
	return n < 0 ? -1 : rc;
}

int history_open(struct db *d, const struct spool *s, int64_t day, struct err *e)
{
	char name[SPOOL_NAME_MAX];
	int version;

	spool_history_name(day * DAY_MS, name);
	if (faccessat(s->fd, name, F_OK, AT_SYMLINK_NOFOLLOW) != 0)
		return 0;
	if (db_open(d, s->path, name, DB_READ, e) != 0)
		return -1;
	if ((version = schema_of(d, &schema_day, e)) > 0)
		return 1;
	db_close(d);
	return version;		/* 0: the mover died when it had just made the file */
}

int history_days_of(struct db *d, int64_t id, int64_t *days, int max, struct err *e)
{
	sqlite3_stmt *st = db_stmt(d, "SELECT day FROM days WHERE first_id <= ?1 "
	    "AND last_id >= ?1 ORDER BY day DESC", e);
	int n = 0, rc = 0;

	if (st == NULL)
		return -1;
	sqlite3_bind_int64(st, 1, id);
	while (n < max && (rc = db_step(d, st, e)) == 1)
		days[n++] = sqlite3_column_int64(st, 0);
	sqlite3_reset(st);
	return rc < 0 ? -1 : n;
}
