/*
 * multiply: a long past for a spool that has a short one.
 *
 *	multiply SPOOL		status 0: all jobs are in the history
 *	multiply SPOOL JOBS	the same, and jobd must not run
 *
 * The jobs of the only day in the history are copied, with their executions, under new
 * ids and UUIDs, until there are at least JOBS.  To run and move a million jobs would
 * take a quarter of an hour.
 */
#include <err.h>
#include <glob.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

static char sql[16384];

static void run(sqlite3 *db)
{
	char *why = NULL;

	if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
		errx(1, "%s: %s", sql, why);
}

static long number(sqlite3 *db, const char *query)
{
	sqlite3_stmt *s;
	long n;

	if (sqlite3_prepare_v2(db, query, -1, &s, NULL) != SQLITE_OK ||
	    sqlite3_step(s) != SQLITE_ROW)
		errx(1, "%s: %s", query, sqlite3_errmsg(db));
	n = (long)sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	return n;
}

/* Copies a table's rows, with another expression for one or two of its columns. */
static void copy(sqlite3 *db, const char *table, const char *id, long by)
{
	char columns[4096] = "", values[8192] = "";
	sqlite3_stmt *s;
	size_t n = 0, k = 0;

	snprintf(sql, sizeof(sql), "SELECT name FROM pragma_table_xinfo('%s') WHERE hidden = 0",
	    table);
	if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) != SQLITE_OK)
		errx(1, "%s: %s", table, sqlite3_errmsg(db));
	while (sqlite3_step(s) == SQLITE_ROW) {
		const char *name = (const char *)sqlite3_column_text(s, 0);
		const char *comma = n > 0 ? ", " : "";

		n += (size_t)snprintf(columns + n, sizeof(columns) - n, "%s\"%s\"", comma, name);
		if (sqlite3_stricmp(name, id) == 0)
			k += (size_t)snprintf(values + k, sizeof(values) - k, "%s\"%s\" + %ld",
			    comma, name, by);
		else if (sqlite3_stricmp(name, "job_uuid") == 0)
			k += (size_t)snprintf(values + k, sizeof(values) - k,
			    "%ssubstr(job_uuid, 1, 24) || printf('%%012x', \"%s\" + %ld)", comma,
			    id, by);
		else
			k += (size_t)snprintf(values + k, sizeof(values) - k, "%s\"%s\"", comma,
			    name);
	}
	sqlite3_finalize(s);
	snprintf(sql, sizeof(sql), "INSERT INTO %s (%s) SELECT %s FROM %s", table, columns, values,
	    table);
	run(db);
}

static sqlite3 *open_db(const char *path)
{
	sqlite3 *db;

	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
		errx(1, "%s: %s", path, sqlite3_errmsg(db));
	snprintf(sql, sizeof(sql), "PRAGMA synchronous = OFF; PRAGMA cache_size = -400000");
	run(db);
	return db;
}

static long multiply_day(const char *path, long jobs)
{
	sqlite3 *db = open_db(path);
	long n = number(db, "SELECT count(*) FROM jobs"), by;
	long shift = number(db, "SELECT max(job_id) - min(job_id) + 1 FROM jobs");

	if (n == 0)
		errx(1, "%s: no job has moved there", path);
	snprintf(sql, sizeof(sql), "BEGIN; DROP INDEX jobs_uuid; DROP INDEX jobs_user");
	run(db);
	for (by = shift; n < jobs; n *= 2, by *= 2) {
		copy(db, "jobs", "job_id", by);
		copy(db, "job_executions", "job_id", by);
	}
	snprintf(sql, sizeof(sql), "CREATE INDEX jobs_uuid ON jobs(job_uuid); "
	    "CREATE INDEX jobs_user ON jobs(user); COMMIT");
	run(db);
	n = number(db, "SELECT max(job_id) FROM jobs");
	sqlite3_close(db);
	return n;
}

int main(int argc, char **argv)
{
	char path[4096];
	sqlite3 *db;
	glob_t day;
	long last;

	if (argc != 2 && argc != 3)
		errx(1, "usage: multiply SPOOL [JOBS]");
	snprintf(path, sizeof(path), "%s/state.db", argv[1]);
	db = open_db(path);
	if (number(db, "SELECT count(*) FROM jobs") != 0)
		return 1;
	if (argc == 2)
		return 0;
	snprintf(path, sizeof(path), "%s/history/*/*/*.db", argv[1]);
	if (glob(path, 0, NULL, &day) != 0 || day.gl_pathc != 1)
		errx(1, "%s: there must be one day", path);
	last = multiply_day(day.gl_pathv[0], strtol(argv[2], NULL, 10));
	globfree(&day);
	snprintf(sql, sizeof(sql), "UPDATE days SET last_id = %ld; "
	    "UPDATE instance SET next_id = %ld", last, last + 1);
	run(db);
	sqlite3_close(db);
	return 0;
}
