/*
 * read: what the readers' files share.  Private to state.
 */
#ifndef STATE_READ_H
#define STATE_READ_H

#include "state/bind.h"
#include "state/reader.h"

struct reader {
	struct db state;
	const struct spool *spool;
	struct arena *texts;		/* of the row that was given last */
	bool archived;
	int depth;			/* of views of state.db, see read_where */
	bool held;
	struct db day;			/* of a held reader: the first that was opened */
	int64_t day_number;
};

struct day_range {
	int64_t day, first, last;	/* days since 1970, ids */
};

/* A day of an older version has none. */
bool read_has_arrays(struct db *d);

/* Table days in order; the caller frees *list, also on failure. */
int read_days(struct reader *r, struct day_range **list, size_t *n, struct err *e);

/*
 * Gives each row of the statement to fn, then resets it: 0 all, 1 fn stopped, -1.
 * row is scratch of t's size.
 */
int read_each(struct db *d, sqlite3_stmt *st, const struct table *t, void *row, row_fn fn,
    void *arg, struct err *e);

/*
 * Where a job is: 1 and *d is state.db, in a view that does not change, or a day
 * opened into `day` (or the one that is held), until read_done; 0 nowhere, -1.
 */
int read_where(struct reader *r, int64_t job, struct db *day, struct db **d, struct err *e);
void read_done(struct reader *r, struct db *d);

#endif
