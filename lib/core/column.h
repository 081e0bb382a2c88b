/*
 * column: how the fields of a row struct stand in a table.
 *
 * A column table is the one owner of the names that the database, the JSON and the
 * listings use.
 */
#ifndef CORE_COLUMN_H
#define CORE_COLUMN_H

#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"

enum col_kind {
	COL_INT,	/* integer; -1 in exit_code and signal is NULL (COL_OPT) */
	COL_OPT,	/* integer, -1 = NULL */
	COL_TIME,	/* ms since the epoch, 0 = NULL */
	COL_SECONDS,	/* ms here, seconds there (REAL), 0 = NULL */
	COL_MILLI,	/* thousandths here, units there (REAL) */
	COL_GB,		/* MiB here, GiB there (REAL) */
	COL_BOOL, COL_TEXT, COL_BLOB,	/* BLOB: pointer, its length right behind it */
	COL_UUID,
	COL_STATUS, COL_REASON, COL_CAUSE, COL_CLASS, COL_RETRY, COL_DEPTYPE, COL_DEPSTATE,
	COL_WSTATUS, COL_WHEALTH	/* an enum in an int64_t here, its string there */
};

#define COL_KEY		0x1	/* part of the primary key */
#define COL_MUTABLE	0x2	/* written again by an update */
#define COL_PRIVATE	0x4	/* only the owner and admins see it */
#define COL_HIDDEN	0x8	/* not part of JSON answers */
#define COL_OWN		0x10	/* an element does not have it from its array */

struct column {
	const char *name;
	enum col_kind kind;
	unsigned flags;
	size_t offset;
};

struct table {
	const char *name;		/* of the SQL table */
	const struct column *columns;	/* in order; ended by name NULL */
	size_t size;			/* of the row struct */
};

/* A copy of a row with all that it points at. */
void *row_keep(struct arena *a, const struct table *t, const void *row);

/*
 * The word of an enum's value in a column of this kind; NULL when the kind is no
 * enum or the value (-1: none) has no word.  And back: -1 when it is no word of it.
 */
const char *col_word(enum col_kind kind, int64_t value);
int col_value(enum col_kind kind, const char *word);

/* The column of that name, or NULL. */
const struct column *table_column(const struct table *t, const char *name);

#endif
