/*
 * events: what has happened to a job, in order of time.
 *
 * Made of the rows of the job and its executions, so it tells what these have an instant
 * of: of how often a job was eligible, only the last time.
 */
#ifndef CLI_EVENTS_H
#define CLI_EVENTS_H

#include "core/row.h"

struct job_event {
	int64_t at;			/* ms */
	/* Stable: submitted eligible scheduled started ended retry completed failed cancelled. */
	const char *name;
	const struct exec_row *exec;	/* whose event it is; NULL: the job's */
	const char *text;	/* for a person, perhaps with what users supplied; not NULL */
};

/* Calls fn for each; execs in order.  An event is valid in fn only. */
void events_each(const struct job_row *job, const struct exec_row *execs, size_t n,
    void (*fn)(void *arg, const struct job_event *ev), void *arg);

#endif
