/*
 * db: SQLite handles, the statements kept with them, and SQLite's results as
 * our errors.  Private to state; the only file that includes sqlite3.h.
 *
 * A handle belongs to one thread.  What can be tried again as it is (no room,
 * locked by another program) has the code ERR_AGAIN; after any other error of a
 * writing handle the handle must not be used again.
 */
#ifndef STATE_DB_H
#define STATE_DB_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct db {
	sqlite3 *h;
	char *name;		/* for messages: "state.db" */
	struct db_kept *kept;	/* statements by the address of their text */
	size_t nkept;
	bool newest;		/* schema_of has seen that it has every column there is */
};

enum db_mode {
	DB_READ,	/* read-only, never checkpoints, leaves -wal and -shm */
	DB_STATE,	/* the writer's state.db: WAL stays, checkpoints when it says so */
	DB_DAY		/* the writer's day of history */
};

/* Opens the file dir/name, which must exist.  On failure d is closed. */
int db_open(struct db *d, const char *dir, const char *name, enum db_mode mode, struct err *e);
void db_close(struct db *d);

/* The last result of d as an error: "state.db: what: why"; returns -1. */
int db_fail(const struct db *d, const char *what, struct err *e);

int db_exec(struct db *d, const char *sql, struct err *e);

/* A statement for the caller to finalize; NULL on failure. */
sqlite3_stmt *db_prepare(struct db *d, const char *sql, struct err *e);

/* The same, kept with d until it closes.  sql: a literal, its address is the key. */
sqlite3_stmt *db_stmt(struct db *d, const char *sql, struct err *e);

/* For text that is made: a kept statement by two addresses, and keeping one. */
sqlite3_stmt *db_kept(const struct db *d, const void *key, const void *key2);
sqlite3_stmt *db_keep(struct db *d, const void *key, const void *key2, sqlite3_stmt *st);

/*
 * step: 1 a row, 0 done, -1 error; the statement is reset unless it gave a row.
 * run: a statement without rows; the number of changed rows, or -1.
 */
int db_step(struct db *d, sqlite3_stmt *st, struct err *e);
int db_run(struct db *d, sqlite3_stmt *st, struct err *e);

/* The statement with these integers bound to ?1, ?2...; the number of changes or -1. */
int db_do(struct db *d, const char *sql, const int64_t *args, int n, struct err *e);

/* The first integer of the first row: 1, or 0 when there is none (*out 0), or -1. */
int db_int(struct db *d, const char *sql, int64_t *out, struct err *e);
int db_int1(struct db *d, const char *sql, int64_t arg, int64_t *out, struct err *e);

/* Ends a transaction without a result; safe when none is open. */
void db_rollback(struct db *d);

#endif
