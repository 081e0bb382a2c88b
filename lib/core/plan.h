/*
 * plan: the order of waiting jobs, and which have been promised a start; inside
 * lib/core only.
 */
#ifndef CORE_PLAN_H
#define CORE_PLAN_H

#include "core/job.h"

struct core;

struct slot {		/* when and where a waiting job is to start */
	struct job *job;
	struct worker *worker;		/* NULL: nowhere, as far as can be foreseen */
	int64_t start;			/* boot clock; INT64_MAX: never */
	TAILQ_ENTRY(slot) link;		/* of the core's, in the order of the queue */
	TAILQ_ENTRY(slot) fresh;	/* of those that have been given no place yet */
	bool is_fresh;
};

struct plan {
	TAILQ_HEAD(slot_list, slot) slots, fresh;
	struct worker *kept;		/* see its kept_for; or NULL */
	int64_t due;			/* boot clock: the first slot begins; INT64_MAX: none */
	uint64_t capability;		/* the core's, of the last pass */
	bool loosened, broken;		/* slots may be moved up; some may not hold */
	struct {			/* of the last pass: the first job that got a slot */
		int64_t job, start;
		struct worker *worker;
		uint64_t capability;
	} head;
};

/* order.c: who goes first within a shape, and how long a job is taken to run */
int64_t job_length(const struct core *c, const struct job *j);
int64_t job_standing(const struct core *c, const struct job *j);	/* the higher the sooner */
int64_t job_limit(const struct job *j);		/* INT64_MAX: it may run for ever */
/* The same of a limit, an estimate and what was learned; 0: there is none. */
int64_t planned_length(const struct core *c, int64_t limit, int64_t estimate, int64_t learned);
bool job_shorter(const struct core *c, const struct job *a, const struct job *b);
bool job_before(const struct core *c, const struct job *a, const struct job *b);
/* The lowest priority with which j goes before other, where the policy looks at priorities. */
int64_t order_priority(const struct core *c, const struct job *j, const struct job *other);
void order_insert(struct core *c, struct job *j);
void order_remove(struct core *c, struct job *j);
struct job *order_first(const struct shape *s);
struct job *order_next(const struct job *j);
struct job *order_shortest(const struct shape *s);
struct job *order_next_within(const struct job *j, int64_t longest);	/* of that length at most */
void order_rebuild(struct core *c);			/* the policy changed */

/* plan.c: slots, the promised starts of waiting jobs */
void plan_enter(struct core *c, struct job *j);		/* it waits from now on */
void plan_reorder(struct core *c);	/* the order of the queue has changed */
void plan_leave(struct core *c, struct job *j);
void plan_again(struct core *c, struct job *j);	/* an array, of which one starts */
void plan_loosened(struct core *c);	/* something is over before it was to be */
void plan_broken(struct core *c);	/* something is not over when it was to be */
void plan_lift(struct core *c);		/* all promises of the last pass are void */
void plan_reserve(struct core *c, struct job *j);
void plan_all(struct core *c);		/* a pass, where every job has a slot */

#endif
