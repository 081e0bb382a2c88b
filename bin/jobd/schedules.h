/* schedules: recurring jobs on their way into the core, with their time zones. */
#ifndef JOBD_SCHEDULES_H
#define JOBD_SCHEDULES_H

#include "client.h"

void zones_start(struct jobd *d);	/* reads them again each hour */
void zones_reread(struct jobd *d);

/* Reads a zone's file; what zone points at lives in a. */
int zone_fill(struct arena *a, const char *name, struct ev_zone *zone, struct err *e);

/* A submission that recurs, as an event of this round; NULL with e. */
struct event *schedule_event(struct jobd *d, const struct actor *who, const struct msg *m,
    const char *via, struct err *e);

/* Requests: SUBMIT that recurs, SCHEDULE. */
void schedule_submit(struct client *c, const struct msg *m);
void schedule_order(struct client *c, const struct msg *m);

/* What is looked up on disk before the turn. */
int lookup_schedule(struct jobd *d, struct ev_schedule *a, struct err *e);

/*
 * What a run is, from the request that a row holds, and the row's spec_hash, as this
 * version has it; both live until this round's end.
 */
int schedule_decode(struct jobd *d, struct schedule_row *row, struct job_request *req,
    struct err *e);

#endif
