/*
 * The schema: it has what the column tables name, as they name it; files of old
 * versions come up to date and keep what they hold; files of newer ones, and of
 * somebody else, are left alone.
 */
#include "state/schema.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fdio.h"
#include "core/notify.h"
#include "core/recur.h"
#include "staterow.h"
#include "state/bind.h"
#include "state/start.h"
#include "tap.h"

#define DATA "t/data/state/"
#define DAY_FILE "history/2025/11/30.db"
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct table *const tables[] = {
	&table_jobs, &table_executions, &table_dependencies, &table_workers, &table_schedules,
	&table_occurrences, &table_runtimes, &table_accounts, &table_quotas,
	&table_settings, &table_notices,
};

static void open_empty(struct db *d, const struct spool *s, const char *name)
{
	ok(start_file(s, name, NULL) == 0 && db_open(d, s->path, name, DB_STATE, NULL) == 0,
	    "an empty %s", name);
}

/* ---- names and types ---- */

static const char *type_of(enum col_kind kind)
{
	switch (kind) {
	case COL_INT:
	case COL_OPT:
	case COL_TIME:
	case COL_BOOL:
		return "INTEGER";
	case COL_SECONDS:
	case COL_MILLI:
	case COL_GB:
		return "REAL";
	case COL_BLOB:
		return "BLOB";
	default:
		return "TEXT";
	}
}

/* What is wrong with a table, in words; NULL what is may be there twice. */
static void compare(struct db *d, const struct table *t, struct buf *wrong)
{
	int64_t n = 0, there;
	char sql[128];
	sqlite3_stmt *st;

	for (const struct column *c = t->columns; c->name; c++, n++) {
		const char *type = NULL;
		int key = 0;

		if (sqlite3_table_column_metadata(d->h, "main", t->name, c->name, &type, NULL,
		    NULL, &key, NULL) != SQLITE_OK || strcmp(type, type_of(c->kind)) != 0 ||
		    key != ((c->flags & COL_KEY) != 0))
			buf_addf(wrong, "%s.%s ", t->name, c->name);
	}
	snprintf(sql, sizeof(sql), "SELECT count(*) FROM pragma_table_info('%s')", t->name);
	st = db_prepare(d, sql, NULL);
	sqlite3_step(st);
	there = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	if (there != n)
		buf_addf(wrong, "%s has %d columns, not %d ", t->name, (int)there, (int)n);
}

static void test_names(void)
{
	struct spool s;
	struct db d;
	struct buf wrong;

	scratch_open(&s);
	buf_init(&wrong, 10000);
	buf_adds(&wrong, "");
	open_empty(&d, &s, "state.db");
	ok(schema_migrate(&d, &schema_state, NULL) == 0, "the schema of state.db");
	for (size_t i = 0; i < COUNT(tables); i++)
		compare(&d, tables[i], &wrong);
	is_str(wrong.data ? wrong.data : "", "", "state.db has the columns of the tables");
	db_close(&d);
	open_empty(&d, &s, DAY_FILE);
	ok(schema_migrate(&d, &schema_day, NULL) == 0, "the schema of a day");
	for (size_t i = 0; i < 3; i++)
		compare(&d, tables[i], &wrong);
	is_str(wrong.data ? wrong.data : "", "", "a day has them too");
	db_close(&d);
	buf_release(&wrong);
	scratch_close(&s);
}

/* ---- files of older versions ---- */

static bool load(const struct spool *s, const char *script, const char *name)
{
	struct buf b;
	struct db d;
	struct err e;
	bool done;

	buf_init(&b, 1 << 20);
	done = file_read(AT_FDCWD, script, &b, &e) == 0 && start_file(s, name, &e) == 0 &&
	    db_open(&d, s->path, name, DB_STATE, &e) == 0;
	if (done) {
		sqlite3_db_config(d.h, SQLITE_DBCONFIG_DEFENSIVE, 0, NULL);
		done = db_exec(&d, b.data, &e) == 0;
		db_close(&d);
	}
	if (!done)
		fprintf(stderr, "# %s: %s\n", script, e.text);
	buf_release(&b);
	return done;
}

struct count {
	int n;
};

static int count_row(void *arg, const void *row)
{
	(void)row;
	((struct count *)arg)->n++;
	return 0;
}

static void check_first_job(const struct job_row *j)
{
	is_str(j->user, "alice", "its user");
	is_str(j->comment, "it's a \"job\"", "its comment");
	is_str(j->key, "nightly-1", "its key");
	is_int(j->cpus, 1500, "its cpus");
	is_int(j->disk, 1536, "its disk");
	is_int(j->time_limit, HOUR, "its time limit");
	is_int(j->queue_timeout, 1500, "its queue timeout");
	is_int(j->retry_policy, RETRY_EXPONENTIAL, "its retry policy");
	is_int(j->created_at, T0, "when it was submitted");
	is_int(j->exit_code, -1, "no exit code");
	is_int(j->launch_size, 12, "its block");
}

static void check_others(struct reader *r)
{
	struct job_row j;
	struct count c = { 0 };
	struct buf b;

	ok(reader_job(r, 2, &j, NULL) == 1 && j.status == JOB_RUNNING && j.started_at == T0 + 20,
	    "a job that runs");
	buf_init(&b, 100);
	ok(reader_launch(r, &j, &b, NULL) == 1 && b.len == 12, "its shared block");
	buf_release(&b);
	ok(reader_job(r, 3, &j, NULL) == 1 && j.status == JOB_FAILED && j.exit_code == 3 &&
	    j.reason == REASON_NONZERO_EXIT, "a job that has failed");
	ok(reader_execs(r, 3, count_row, &c, NULL) == 0 && c.n == 2, "its executions");
	c.n = 0;
	ok(reader_deps(r, 1, count_row, &c, NULL) == 0 && c.n == 2, "dependencies");
	c.n = 0;
	ok(reader_workers(r, count_row, &c, NULL) == 0 && c.n == 1, "a worker");
}

/* What version 2 brought. */
static void check_schedule(struct reader *r)
{
	const struct occurrence_filter all = { .schedule = 1 };
	struct count c = { 0 };
	struct job_row j;

	ok(reader_job(r, 2, &j, NULL) == 1 && j.schedule_id == 1 && j.catch_up == 1 &&
	    j.scheduled_time == T0, "the run of a schedule");
	ok(reader_schedules(r, false, count_row, &c, NULL) == 0 && c.n == 1, "the schedule");
	c.n = 0;
	ok(reader_occurrences(r, &all, count_row, &c, NULL) == 0 && c.n == 2,
	    "its occurrences");
}

/* What version 3 brought. */
static void check_account(struct reader *r)
{
	struct count c = { 0 };

	ok(reader_accounts(r, count_row, &c, NULL) == 0 && c.n == 1, "an account");
}

static void test_old(int version, const char *file)
{
	struct scratch x;
	struct spool s;
	struct reader *r;
	struct job_row j;

	scratch_open(&s);
	ok(load(&s, file, "state.db"), "state.db of version %d", version);
	ok((r = reader_open(&s, NULL)) != NULL, "a reader takes it as it is");
	reader_close(r);
	scratch_writer(&x, &s, 100 * 365 * 24 * HOUR);
	is_int(x.start.epoch, 2, "a writer goes on with it");
	is_int(x.start.next_id, 4, "and its numbers");
	is_int(x.start.schema, schema_version(&schema_state), "it is up to date");
	r = reader_open(&s, NULL);
	ok(reader_job(r, 1, &j, NULL) == 1, "its first job");
	check_first_job(&j);
	check_others(r);
	if (version >= 2)
		check_schedule(r);
	if (version >= 3)
		check_account(r);
	reader_close(r);
	is_str(scratch_check(&s), "", "the whole fits");
	scratch_end(&x);
	scratch_writer(&x, &s, 1);
	ok(scratch_moved(&x, 1), "what has ended moves");
	scratch_end(&x);
	scratch_close(&s);
}

static void test_old_day(const char *file)
{
	struct job_row j = plain_job(5);
	struct scratch x;
	struct spool s;
	struct reader *r;

	scratch_open(&s);
	ok(load(&s, file, DAY_FILE), "a day of an older version: %s", file);
	scratch_writer(&x, &s, 1);
	is_int(x.start.next_id, 4, "numbers go on behind it");
	r = reader_open(&s, NULL);
	ok(reader_job(r, 3, &j, NULL) == 1 && j.exit_code == 3, "its job is read");
	j = plain_job(5);
	j.status = JOB_COMPLETED;
	j.completed_at = T0 + 2;
	scratch_job(&x, &j);
	ok(scratch_moved(&x, 1), "it takes another");
	is_str(scratch_ids(r, (struct job_filter){ .history = true }), "3 5", "both are listed");
	reader_close(r);
	scratch_end(&x);
	scratch_sql(&s, DAY_FILE, "ALTER TABLE jobs DROP COLUMN stopping");
	scratch_sql(&s, DAY_FILE, "ALTER TABLE jobs DROP COLUMN comment");
	scratch_sql(&s, DAY_FILE, "PRAGMA user_version = 1");
	r = reader_open(&s, NULL);
	ok(reader_job(r, 3, &j, NULL) == 1 && j.stopping == REASON_NONE && j.comment == NULL &&
	    j.exit_code == 3, "columns that a day does not have yet are none");
	reader_close(r);
	scratch_close(&s);
}

/* ---- files that are not ours to change ---- */

static void refused(const char *sql, enum err_code code, const char *what)
{
	struct writer_conf conf = { HOUR, HOUR };
	struct writer_start start;
	struct scratch x;
	struct spool s;
	struct err e;
	char before[64];

	scratch_open(&s);
	scratch_writer(&x, &s, HOUR);
	scratch_end(&x);
	scratch_sql(&s, "state.db", sql);
	snprintf(before, sizeof(before), "%s", scratch_sql(&s, "state.db",
	    "SELECT epoch FROM instance"));
	ok(writer_open(&s, &conf, -1, &start, &e) == NULL && e.code == code,
	    "a writer refuses %s: %s", what, e.text);
	ok(reader_open(&s, &e) == NULL && e.code == code, "so does a reader");
	is_str(scratch_sql(&s, "state.db", "SELECT epoch FROM instance"), before,
	    "nothing has changed");
	scratch_close(&s);
}

static void test_damaged(void)
{
	struct writer_conf conf = { HOUR, HOUR };
	struct writer_start start;
	struct spool s;
	struct err e;

	scratch_open(&s);
	file_replace(s.fd, "state.db", "this is not what it should be, by far", 37, 0600, NULL);
	ok(writer_open(&s, &conf, -1, &start, &e) == NULL && e.code == ERR_IO,
	    "a writer refuses what is no database: %s", e.text);
	ok(reader_open(&s, &e) == NULL && e.code == ERR_IO, "so does a reader");
	scratch_close(&s);
}

/* ---- the mechanism ---- */

static const struct migration good_rows[] = {
	{ 1, "CREATE TABLE a (x INTEGER); INSERT INTO a VALUES (7)" },
	{ 2, "ALTER TABLE a ADD COLUMN y INTEGER; UPDATE a SET y = x * 2" },
	{ 3, "CREATE TABLE b (z INTEGER); INSERT INTO b SELECT y FROM a" },
};
static const struct migration bad_rows[] = {
	{ 1, "CREATE TABLE a (x INTEGER); INSERT INTO a VALUES (7)" },
	{ 2, "ALTER TABLE a ADD COLUMN y INTEGER; UPDATE a SET no_such = 1" },
};

static void test_steps(void)
{
	const struct schema first = { 77, good_rows, 1 }, all = { 77, good_rows, 3 };
	const struct schema bad = { 77, bad_rows, 2 };
	struct spool s;
	struct err e;
	int64_t v;
	struct db d;

	scratch_open(&s);
	open_empty(&d, &s, "a.db");
	is_int(schema_of(&d, &first, NULL), 0, "an empty file has version 0");
	ok(schema_migrate(&d, &first, NULL) == 0 && schema_of(&d, &first, NULL) == 1,
	    "the first step");
	ok(schema_migrate(&d, &bad, &e) == -1 && strstr(e.text, "schema 2") != NULL,
	    "a step that fails: %s", e.text);
	is_int(schema_of(&d, &first, NULL), 1, "leaves the version");
	ok(db_int(&d, "SELECT x FROM a", &v, NULL) == 1 && v == 7, "and the rows");
	ok(db_int(&d, "SELECT y FROM a", &v, NULL) < 0, "and the columns");
	ok(schema_migrate(&d, &all, NULL) == 0 && schema_of(&d, &all, NULL) == 3,
	    "two steps at once");
	ok(db_int(&d, "SELECT z FROM b", &v, NULL) == 1 && v == 14, "each on the one before");
	ok(schema_migrate(&d, &all, NULL) == 0 && db_int(&d, "SELECT count(*) FROM b", &v,
	    NULL) == 1 && v == 1, "none is done again");
	is_int(schema_of(&d, &first, &e), -1, "an older program refuses it: %s", e.text);
	db_close(&d);
	scratch_close(&s);
}

int main(void)
{
	test_names();
	test_old(1, DATA "v1.sql");
	test_old(2, DATA "v2.sql");
	test_old(3, DATA "v3.sql");
	test_old_day(DATA "day_v1.sql");
	test_old_day(DATA "day_v2.sql");
	test_old_day(DATA "day_v3.sql");
	refused("PRAGMA user_version = 99", ERR_UNAVAIL, "a newer version");
	refused("PRAGMA application_id = 1", ERR_DATA, "a database of something else");
	test_damaged();
	test_steps();
	return tap_done();
}
