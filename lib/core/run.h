/*
 * run: the runs of a schedule, and what it does when one still runs; inside lib/core only.
 */
#ifndef CORE_RUN_H
#define CORE_RUN_H

#include "core/schedule.h"

enum admit { ADMIT_ALWAYS, ADMIT_RULE, ADMIT_QUEUE };	/* QUEUE: wait, whatever the rule */
/* The new run's job; NULL: none now, which is noted; *later: nothing is, try again. */
struct job *occurrence_admit(struct core *c, struct schedule *s, const struct occurrence *o,
    enum admit how, bool *later);
void waiting_add(struct schedule *s, const struct occurrence *o);
void late_add(struct core *c, struct schedule *s, const struct occurrence *o);
void late_start(struct core *c, struct schedule *s);	/* its first, which is removed */
void waiting_start(struct core *c, struct schedule *s);
void waiting_drop(struct core *c, struct schedule *s, const char *why);
void run_attach(struct core *c, struct job *j, int64_t schedule, int64_t nominal);
void run_free(struct job *j);
unsigned run_over(struct core *c, struct job *j);	/* what that means for its schedule */
void run_again(struct job *j);

#endif
