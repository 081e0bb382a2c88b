/*
 * follow: the output of a job, as it is or as it comes.
 *
 * A step writes what is there; between steps the caller pauses.  The job's state
 * is always read before its output, so that nothing that was written before the
 * end is missed.  Output that a pattern sent to a file of the user's own is read
 * from there, with the rights of whoever runs this.
 *
 * What an execution wrote on another host may come after its end, even when nothing is
 * followed: it is waited for while it comes.
 */
#ifndef VIEW_FOLLOW_H
#define VIEW_FOLLOW_H

#include "view/record.h"

enum follow_stream { FOLLOW_OUT, FOLLOW_ERR, FOLLOW_STREAMS };

/* Takes n bytes of a stream; non-zero ends it all (nobody reads any more). */
typedef int (*follow_fn)(void *arg, enum follow_stream stream, const void *p, size_t n);

struct follow_want {
	bool streams[FOLLOW_STREAMS];
	bool follow;			/* go on until the end */
	int64_t execution;		/* this one; 0: the last, and those after it */
	bool all;			/* from the first one on */
	int64_t lines;			/* only so many last lines to begin with; -1: all */
	follow_fn put;
	/* A new execution's output begins; may be NULL. */
	void (*begin)(void *arg, const struct exec_row *exec);
	void *arg;
};

struct follow;

struct follow *follow_new(struct view *v, int64_t job, const struct follow_want *want);
void follow_free(struct follow *f);

enum follow_result { FOLLOW_FAILED = -1, FOLLOW_MORE, FOLLOW_IDLE, FOLLOW_DONE };

/*
 * MORE: something was written, step again; IDLE: nothing new, pause first; DONE: all
 * is written.  ERR_NOINPUT: no such job (any more).
 */
enum follow_result follow_step(struct follow *f, struct err *e);

/* Waits until there may be something new, at most ms. */
void follow_pause(struct follow *f, int ms);

/* After DONE: an execution's output is not all here yet, and nothing has come for a while. */
bool follow_behind(const struct follow *f);

/* The job as the last step saw it; valid until the next. */
const struct job_row *follow_job(const struct follow *f);

#endif
