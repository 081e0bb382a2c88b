/*
 * day: the log folder of one day, as a whole: measured, compressed, removed.
 *
 * A day is named by any instant in it (UTC).  A day without a folder is an empty
 * one.  Who calls sees to it that none of the day's jobs can still write: its
 * jobs have all left state.db (reader_day_live).
 */
#ifndef LOGS_DAY_H
#define LOGS_DAY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/err.h"
#include "spool/spool.h"

/* One file of an execution in the folder dirfd; non-zero stops the walk, which returns it. */
typedef int (*log_day_fn)(void *arg, int dirfd, const char *name, const struct stat *st,
    struct err *e);

/* Visits every regular file of the day's executions. */
int log_day_each(const struct spool *s, int64_t day_ms, log_day_fn fn, void *arg,
    struct err *e);

struct log_day_sum {
	uint64_t files, bytes;		/* bytes as they lie on disk, compressed or not */
};

int log_day_measure(const struct spool *s, int64_t day_ms, struct log_day_sum *sum,
    struct err *e);

/* Removes the folder with all that is in it; sum is what that was, also after -1. */
int log_day_remove(const struct spool *s, int64_t day_ms, struct log_day_sum *sum,
    struct err *e);

struct log_compress {
	int64_t settled;	/* ms since 1970: what was written to later stays as it is */
	uint64_t budget;	/* bytes to read at most; what is left is for the next call */
	/* done */
	uint64_t files, before, after;	/* bytes */
	char odd[SPOOL_NAME_MAX];	/* a file beside a compressed one that is not the same */
};

/*
 * Compresses the files that take less room then: 1 all of them, and the day is marked
 * as done, 0 the budget is used up or a file is too young, -1 (ERR_AGAIN: disk full).
 * A crash at any point leaves each file whole, under its own name or with ".gz".
 */
int log_day_compress(const struct spool *s, int64_t day_ms, struct log_compress *c,
    struct err *e);

/* The day has been compressed. */
bool log_day_compressed(const struct spool *s, int64_t day_ms);

/* A file has come to it since: it is not compressed any more. */
void log_day_touched(const struct spool *s, int64_t day_ms);

#endif
