/* planlib: schedules in the lab of corelib.h. */
#ifndef T_UNIT_PLANLIB_H
#define T_UNIT_PLANLIB_H

#include "corelib.h"

/* A schedule with the usual in it, in UTC, for the lab's life; change it, then add it. */
struct ev_schedule *plan_new(struct lab *l, const char *expression);
int64_t plan_add(struct lab *l, const struct ev_schedule *a);	/* runs a turn; its id, or 0 */
int plan_order(struct lab *l, enum schedule_op op, int64_t id);	/* the answer's code */
void plan_zone(struct lab *l, const char *name);		/* for the next turn */

/* The clock goes to this instant, on both sides; then turns until nothing is due. */
void plan_at(struct lab *l, const char *stamp);
void plan_settle(struct lab *l);

/*
 * All occurrences of a schedule on disk, in order of time: "12:00 run 1, 12:05 skipped
 * overlap 1, ..."; a catch-up run has a '+'.  Valid until the next call.
 */
const char *plan_history(const struct lab *l, int64_t id);

#endif
