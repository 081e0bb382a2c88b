/* ops: one control request on one job; inside lib/core only. */
#ifndef CORE_OPS_H
#define CORE_OPS_H

#include "core/impl.h"

/* What needs no job, which may be in the core or on disk: -1 when it is refused. */
int op_permit(const struct core *c, enum control_op op, int64_t owner, enum job_status status,
    struct err *e);

/* To a job that is in the core and for which it is permitted; -1: nothing is changed. */
int op_apply(struct core *c, struct job *j, const struct ev_control *ct, struct err *e);

/*
 * The same to an array and its elements; `found` has those that are on disk alone, by
 * number, or is NULL.  -1: to none of them.
 */
int op_array(struct core *c, struct job *array, const struct ev_control *ct, struct map *found,
    struct err *e);

/* A cancel of an element that is to come, for which it is permitted; -1: it must be made. */
int op_skip(struct core *c, int64_t element, const struct ev_control *ct);

/* Elements that were never to run may, after all; -1: there are none, or e says why not. */
int op_revive(struct core *c, struct job *array, struct err *e);

/* The parts of it in change.c and top.c. */
int op_set(struct core *c, struct job *j, const struct ev_control *ct, struct err *e);
int op_top(struct core *c, struct job *j, const struct ev_control *ct, struct err *e);
int op_expedite(struct core *c, struct job *j, const struct ev_control *ct, struct err *e);

#endif
