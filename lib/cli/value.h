/*
 * value: one value of a row as text for a person or a script.
 */
#ifndef CLI_VALUE_H
#define CLI_VALUE_H

#include "base/buf.h"
#include "core/row.h"

enum time_style { TIME_LOCAL, TIME_UTC, TIME_EPOCH, TIME_RELATIVE };

struct style {
	enum time_style times;
	int64_t now;		/* ms: what relative times and elapsed ones are measured from */
	/* When a queued job may start: ms, 0 not known.  NULL: nobody has asked. */
	int64_t (*start_of)(const void *arg, int64_t job);
	const void *start_arg;
};

/* "iso", "utc", "epoch", "relative", as in JOB_TIME_FORMAT; -1: no such style. */
int time_style_parse(const char *word);

#define TIME_TEXT 56
/*
 * An instant: 2026-11-23T11:00:00+01:00, ...Z, seconds since the epoch, or
 * "2h13m ago" / "in 5m".  Nothing ("") for 0.
 */
void time_text(const struct style *st, int64_t ms, char out[TIME_TEXT]);

/*
 * Appends the value of a column as listings show it: nothing for an absent one,
 * D-HH:MM:SS for durations, 1.5G for sizes.  Text is appended as it is: who
 * prints it makes it safe.
 */
int column_text(const struct style *st, const struct column *c, const void *row, struct buf *b);

/* True when there is nothing to show: NULL, no instant, no reason, -1. */
bool column_absent(const struct column *c, const void *row);

/* An integer column, whatever its kind; TEXT and UUID have none (0). */
int64_t column_int(const struct column *c, const void *row);

/* Less, equal, greater as -1, 0, 1, in the order of the column's kind. */
int column_compare(const struct column *c, const void *a, const void *b);

/* Thousandths without needless zeros: "2", "0.5". */
int milli_text(int64_t milli, struct buf *b);

/* When a queued job may start, as far as that is known: ms or 0. */
int64_t job_expected(const struct style *st, const struct job_row *row);

/* How long a job ran so far, in ms; 0 when it never started. */
int64_t job_elapsed(const struct job_row *row, int64_t now);

/* It runs, or its last attempt has ended it. */
bool job_has_run(const struct job_row *row);

/* What a job waits for or ended by: "Resources", "Limit:matlab"; nothing where there is none. */
int job_reason(const struct job_row *row, struct buf *b);

/* What a person calls the state: two letters, as in squeue. */
const char *job_code(const struct job_row *row);

#endif
