/*
 * bind: rows into statements and out of them, by the column tables of core/row.h.
 * Private to state.
 */
#ifndef STATE_BIND_H
#define STATE_BIND_H

#include "base/alloc.h"
#include "core/row.h"
#include "state/db.h"

#define BIND_MAX 128	/* columns of a table at most */

struct row_stmt {
	struct db *db;
	sqlite3_stmt *stmt;
	const struct column *cols[BIND_MAX];	/* in order of the parameters */
	int n;
};

/* "verb INTO table(every column) VALUES (...) tail" */
int row_insert(struct row_stmt *rs, struct db *d, const struct table *t, const char *verb,
    const char *tail, struct err *e);

/*
 * Inserts a job: what a COL_OWN or mutable column says from the row, all else as it stands
 * with the job that the row names in array_id.
 */
int row_derive(struct row_stmt *rs, struct db *d, const char *tail, struct err *e);

/* Sets the mutable columns, but not `except` (or NULL), of the row with that key. */
int row_update(struct row_stmt *rs, struct db *d, const struct table *t, const char *except,
    struct err *e);
/* Sets one column of the row with that key to `value`, an expression with one ?. */
int row_edit(struct row_stmt *rs, struct db *d, const struct table *t, const struct column *col,
    const char *value, struct err *e);
void row_stmt_release(struct row_stmt *rs);

/* Binds the row (its texts are borrowed until it returns) and runs; changes or -1. */
int row_run(struct row_stmt *rs, const void *row, struct err *e);

/*
 * Appends every column of t, quoted, in order; a column that this file does not
 * have yet (a day of an older version) reads as NULL.
 */
void row_columns(struct db *d, const struct table *t, struct buf *sql);

/* "SELECT every column FROM t rest", kept with d; rest: a literal. */
sqlite3_stmt *row_select(struct db *d, const struct table *t, const char *rest, struct err *e);

/*
 * The row that st stands on; t's columns begin at its first.  Texts are SQLite's,
 * good until the next step, or copies in `a` when it is not NULL.
 */
int row_read(struct db *d, sqlite3_stmt *st, const struct table *t, void *row,
    struct arena *a, struct err *e);

#endif
