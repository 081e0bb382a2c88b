/*
 * schedule: recurring jobs, inside lib/core only.
 *
 * A schedule has a cursor: every instant up to it has been decided.  It waits in the
 * tree of plans for the occurrence behind the cursor.  One that owes catch-up runs also
 * stands in a line, since these start at a bounded rate.
 */
#ifndef CORE_SCHEDULE_H
#define CORE_SCHEDULE_H

#include <bsd/sys/queue.h>
#include <bsd/sys/tree.h>

#include "core/calendar.h"
#include "core/cron.h"
#include "core/recur.h"

struct core;
struct event;
struct job;
struct schedule;

struct run {			/* a job that a schedule made */
	struct job *job;
	int64_t nominal;
	struct schedule *schedule;	/* NULL: it is gone */
	LIST_ENTRY(run) link;	/* of its runs that have not ended */
	bool live;
};

struct occurrence {		/* an instant at which a run is due */
	int64_t nominal, due;
	bool catch_up, by_hand;	/* by hand: nothing newer pushes it aside */
	TAILQ_ENTRY(occurrence) link;
};

TAILQ_HEAD(occurrence_list, occurrence);

struct schedule {
	struct schedule_row row;	/* its texts, and those of request, are in `kept` */
	struct job_request request;
	struct arena *kept;
	struct cron cron;
	struct windows blackout;
	const struct zone *zone;	/* NULL: its rules are not known */
	enum schedule_state state;
	enum catch_up catch_up;
	enum overlap overlap;
	struct occurrence next;		/* behind the cursor; nominal 0: none */
	int64_t wake;			/* its key in the tree */
	LIST_HEAD(, run) runs;
	struct occurrence_list waiting;	/* for the run before them */
	struct occurrence_list late;	/* catch-up runs, for their turn */
	size_t nwaiting, nlate;
	bool planned, behind, ready, dirty, fresh;	/* fresh: all of it is written */
	int64_t watch_at;		/* its key in the tree of those that are watched... */
	bool watched;			/* ...in which it is */
	RB_ENTRY(schedule) plan, watch;
	TAILQ_ENTRY(schedule) line, able, stale;
};

struct zone_entry {
	struct zone *zone;
	LIST_ENTRY(zone_entry) link;
};

struct plans {
	struct map *by_id;
	int64_t next_id;
	int64_t catch_up_boot;		/* no catch-up run starts before */
	RB_HEAD(plan_tree, schedule) tree;
	RB_HEAD(watch_tree, schedule) watches;
	TAILQ_HEAD(, schedule) line, able, stale;	/* behind; idle with some waiting; dirty */
	LIST_HEAD(, zone_entry) zones;
};

/* schedule.c: the set of them, and when each is due */
void plans_init(struct plans *p);
void plans_free(struct plans *p);
void plans_flush(struct core *c);		/* rows of those that changed */
void plans_configure(struct core *c);		/* calendars may be others */
struct schedule *schedule_get(const struct core *c, int64_t id);
const struct zone *zone_get(const struct core *c, const char *name);
/* Takes copies; -1: ERR_DATA, s unchanged. */
int schedule_take(struct core *c, struct schedule *s, const struct schedule_row *row,
    const struct job_request *request, struct err *e);
struct schedule *schedule_new(struct core *c, int64_t id);
void schedule_drop(struct core *c, struct schedule *s);
void schedule_plan(struct core *c, struct schedule *s);	/* after cursor or state changed */
void schedule_unplan(struct core *c, struct schedule *s);
void schedule_wake(struct core *c, struct schedule *s, int64_t wall);	/* no sooner than then */
struct schedule *schedule_first(const struct core *c);	/* to wake, or NULL */
int64_t schedule_due(const struct schedule *s, int64_t nominal);
void schedule_touch(struct core *c, struct schedule *s);
void schedule_state(struct core *c, struct schedule *s, enum schedule_state to,
    const char *why);
void schedule_restore(struct core *c, const struct schedule_row *row,
    const struct job_request *request);
void occurrence_restore(struct core *c, const struct occurrence_row *row);
void plans_restored(struct core *c, int64_t next_id);

/* occur.c: what becomes of what is due */
void plans_fire(struct core *c);
int64_t plans_due(const struct core *c, struct now now);	/* as core_due */
void occurrence_note(struct core *c, const struct schedule *s, const struct occurrence *o,
    enum decision d, const char *reason, int64_t job);

void on_schedule(struct core *c, const struct event *ev);
void on_zone(struct core *c, const struct event *ev);

#endif
