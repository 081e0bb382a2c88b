/* array: jobs that are alike but for a number, made as they start; inside lib/core only. */
#ifndef CORE_ARRAY_H
#define CORE_ARRAY_H

#include "base/ranges.h"
#include "core/job.h"

struct core;

struct array {
	int64_t id;			/* its own number; elements: see elements.h */
	struct job *master;		/* the job that it is; NULL: the core has dropped it */
	size_t users;			/* jobs in the core that belong to it */
	struct ranges spec;		/* indices */
	struct ranges left, never;	/* places without a job: to come, or not any more */
	int64_t n[6];			/* the other elements, by status */
	int64_t *exits;			/* of those that failed or were cancelled; or NULL */
	int64_t halt_at;		/* failures after which no more start; 0: none */
	bool halt_now;			/* ...and what runs is stopped */
	uint8_t fate;			/* why those of `never` will not run: a reason */
	RB_ENTRY(array) link;
};

bool is_array(const struct job *j);

/* By number, and an array is behind its elements. */
bool job_earlier(const struct job *a, const struct job *b);

/* A job is made or restored from this row; it is dropped. */
void array_attach(struct core *c, struct job *j, const struct job_row *row);
void array_detach(struct core *c, struct job *j);
void array_restored(struct job *j);	/* its status is what the row says */
int64_t array_top(const struct job *j);	/* the last number that it takes; of any job */

/*
 * What starts when j does: of an array its next element, which is made; else j.  The
 * one place where elements come to be without being asked for.
 */
struct job *array_next(struct core *c, struct job *j);

/* An element that is still to come, made now, queued; NULL: this is none. */
struct job *array_element(struct core *c, int64_t id);
bool array_expects(const struct core *c, int64_t id);	/* it would be made */
/* One that never was and will not be any more: how it ended. */
bool array_never(const struct core *c, int64_t id, enum job_status *how);

/* job_move does it: an element leaves a status; it has got there. */
void array_leave(struct job *j);
void array_enter(struct core *c, struct job *j, bool was_over);

/*
 * It will not run: a queued job, or what of an array is still to come.  The array ends
 * when its last element has.
 */
void job_give_up(struct core *c, struct job *j, enum job_status to, enum reason why);

/* array_end: all of it; what runs is stopped, too, if `stop`.  j may be any job. */
void array_end(struct core *c, struct job *j, enum reason why, bool stop, bool now);
/* One that is to come will not, without being made; false: it has to be. */
bool array_skip(struct core *c, int64_t id, enum reason why);
bool array_revive(struct core *c, struct job *j);	/* what would never run; is there any? */
void array_wake(struct core *c, const struct job *j);	/* what it waits for has changed */
const struct array *array_of(const struct core *c, int64_t id);	/* or NULL */
struct job *array_job(const struct core *c, const struct array *a, int64_t place);

void array_fill(struct core *c, const struct job *j, struct job_row *row);
int array_check(const struct core *c, const struct job *j, struct err *e);	/* check.c's */
int array_judge(const struct job_row *row, struct err *e);	/* a new one; -1 */

#endif
