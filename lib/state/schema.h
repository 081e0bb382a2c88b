/*
 * schema: the tables of state.db and of a day's history, and how a file of an
 * older version becomes one of this.  Private to state.
 *
 * To change the schema: add a row at the end of the list in schema.c (never edit
 * one that was released), a column also in core/row.c, and a fixture of the old
 * form under t/data/state.
 */
#ifndef STATE_SCHEMA_H
#define STATE_SCHEMA_H

#include "state/db.h"

struct migration {
	int version;		/* the file's user_version after it; 1, 2, 3... */
	const char *sql;
};

struct schema {
	int application;	/* the file's application_id */
	const struct migration *rows;
	size_t n;
};

extern const struct schema schema_state, schema_day;

int schema_version(const struct schema *s);	/* the newest */

/* The version of a file: 0 an empty one, -1 error: not ours, or newer than this program. */
int schema_of(struct db *d, const struct schema *s, struct err *e);

/* Brings a file up to the newest version, in one transaction. */
int schema_migrate(struct db *d, const struct schema *s, struct err *e);

/* For readers: 0 when the file can be read as it is. */
int schema_readable(struct db *d, const struct schema *s, struct err *e);

#endif
