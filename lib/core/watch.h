/*
 * watch: when runs of a schedule are wanted, and whether they happen; inside lib/core only.
 */
#ifndef CORE_WATCH_H
#define CORE_WATCH_H

#include "core/schedule.h"

/* schedule.c */

/* Why no run is wanted at that planned time: "calendar", "blackout"; NULL: one is. */
const char *schedule_shut(const struct core *c, const struct schedule *s, int64_t nominal);
/* A run would begin within a blackout. */
bool schedule_blacked_out(const struct core *c, const struct schedule *s, int64_t at);
/* A calendar of its that the configuration does not name, or NULL. */
const char *schedule_lacks(const struct core *c, const struct schedule *s);
/* The first planned time after `after` at which a run is wanted; the zone is known. */
bool schedule_open_next(const struct core *c, const struct schedule *s, int64_t after,
    struct cron_fire *f);

/* What is owed begins anew when a schedule is made, changed or resumed. */
void watch_begin(struct core *c, struct schedule *s);
void watch_plan(struct core *c, struct schedule *s);	/* when it is looked at next */
void watch_drop(struct core *c, struct schedule *s);
void watch_skipped(struct core *c, struct schedule *s, int64_t nominal);	/* by hand */
/* A run has ended well; true: that ended an alert. */
bool watch_satisfied(struct core *c, struct schedule *s, int64_t nominal);
void watch_fire(struct core *c);
int64_t watch_due(const struct core *c, struct now now);	/* as core_due */

#endif
