/*
 * reader: rows out of state.db and the history, for any process that may open the
 * files.
 *
 * Looks in state.db first, then in the history, and drops repeats.  Works while
 * jobd runs, is stopped, or was killed.  No call holds a read transaction longer
 * than a page, unless the reader is held.  One thread a reader.
 */
#ifndef STATE_READER_H
#define STATE_READER_H

#include "base/buf.h"
#include "core/notify.h"
#include "core/recur.h"
#include "core/usage.h"
#include "spool/spool.h"

struct reader;

struct occurrence_filter {
	int64_t schedule, since, until;		/* ms; until 0: any */
	size_t limit;				/* 0: all */
};

/* ERR_UNAVAIL: no state yet.  Looks at state.db first, then at the history. */
struct reader *reader_open(const struct spool *s, struct err *e);	/* s outlives it */
void reader_close(struct reader *r);

/*
 * From the one to the other all calls see the files as they were, and what is opened
 * stays open: for the parts of one record, not for longer.  They do not nest.
 */
int reader_hold(struct reader *r, struct err *e);
void reader_let_go(struct reader *r);

/*
 * Rows are valid until the next call on the same reader.  1 found, 0 none, -1
 * error.  A job is found wherever it is.  A launch block of a hash is not in the
 * row: reader_launch gets either kind.
 */
int reader_job(struct reader *r, int64_t id, struct job_row *row, struct err *e);
bool reader_archived(const struct reader *r);	/* that job was in the history */
int reader_uuid(struct reader *r, const struct uuid *u, int64_t *id, struct err *e);
int reader_key(struct reader *r, int64_t uid, const char *key, int64_t now_ms, int64_t *id,
    char hash[65], struct err *e);
int reader_launch(struct reader *r, const struct job_row *row, struct buf *block, struct err *e);

struct job_filter {
	int64_t first, last;		/* ids, 0: any */
	unsigned statuses;		/* bits 1 << status; 0: all */
	const char *user, *name, *queue, *worker, *tag_key, *tag_value;	/* NULL: any */
	int64_t since, until;		/* created_at, ms, both included; 0: any */
	int64_t after;			/* the page: ids below this (newest first), or above */
	bool newest_first;
	size_t limit;			/* rows a page */
	bool history;			/* look there too */
	bool wholes;			/* arrays, not their elements */
};

/* Gets a row, valid for that call; non-zero stops, and the reader returns 0. */
typedef int (*row_fn)(void *arg, const void *row);

/* A page of jobs in order of id; *more tells whether another page may follow. */
int reader_jobs(struct reader *r, const struct job_filter *f, row_fn fn, void *arg, bool *more,
    struct err *e);
int reader_execs(struct reader *r, int64_t job, row_fn fn, void *arg, struct err *e);
int reader_deps(struct reader *r, int64_t job, row_fn fn, void *arg, struct err *e);
int reader_dependents(struct reader *r, int64_t job, row_fn fn, void *arg, struct err *e);
int reader_workers(struct reader *r, row_fn fn, void *arg, struct err *e);
int reader_accounts(struct reader *r, row_fn fn, void *arg, struct err *e);
int reader_quotas(struct reader *r, row_fn fn, void *arg, struct err *e);
int reader_settings(struct reader *r, row_fn fn, void *arg, struct err *e);

/* How many jobs that were submitted on this day (its first instant) still are in state.db. */
int reader_day_live(struct reader *r, int64_t day_ms, int64_t *live, struct err *e);

/* The jobs in state.db by status: all that live, and what ended lately. */
int reader_counts(struct reader *r, int64_t counts[6], struct err *e);

/* Schedules, newest last; removed ones, too, if they are asked for. */
int reader_schedules(struct reader *r, bool removed, row_fn fn, void *arg, struct err *e);
int reader_next_schedule(struct reader *r, int64_t *id, struct err *e);

/* The latest `limit` notices, newest first: of a job, of a schedule, or (both 0) of all. */
struct notice_filter {
	int64_t job, schedule;
	size_t limit;				/* 0: all */
};
int reader_notices(struct reader *r, const struct notice_filter *f, row_fn fn, void *arg,
    struct err *e);
int reader_next_notice(struct reader *r, int64_t *id, struct err *e);

/* The latest `limit` occurrences of a schedule with a nominal time in [since, until]. */
int reader_occurrences(struct reader *r, const struct occurrence_filter *f, row_fn fn,
    void *arg, struct err *e);

/*
 * For recovery: all accounts, notices to be sent, run times and workers; all schedules,
 * and their occurrences
 * that wait; every job that is not ended, and ended ones on which a dependency is still
 * open; then open executions; then all dependencies of jobs that are not ended.  A
 * callback that stops makes it -1 and leaves e to its caller.
 */
struct recovered {
	row_fn account, quota, notice, runtime, worker, schedule, occurrence, job, exec, dep;
	void *arg;
};
int reader_recover(struct reader *r, const struct recovered *to, struct err *e);

/* Integrity of state.db and of the history: fn gets a line for each finding. */
int reader_check(struct reader *r, void (*fn)(void *arg, const char *finding), void *arg,
    struct err *e);

#endif
