/*
 * plan: a SUBMIT message that is a schedule, as the core takes it.
 *
 * What each run is, request_submit has read already; here is when.
 */
#ifndef MSG_PLAN_H
#define MSG_PLAN_H

#include "core/recur.h"
#include "msg/request.h"

/* Is it one?  It has an expression. */
bool request_recurs(const struct msg *m);

/*
 * Fills row, and takes from req what belongs to the schedule and not to its runs.
 * `zone` is that of a request that names none.  Memory comes from a.  Checks all but the
 * time zone, which needs files: that row->zone is known is for the caller to see.
 * row->request is the caller's to set.  -1: ERR_DATA.
 */
int request_schedule(const struct msg *m, struct arena *a, struct job_request *req,
    const char *zone, struct schedule_row *row, struct err *e);

/* "s12" or "12"; -1: ERR_USAGE. */
int schedule_target(const char *s, int64_t *id, struct err *e);

#endif
