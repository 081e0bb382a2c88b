/*
 * core: the scheduler as a pure machine.
 *
 *	core_turn(core, now, events) -> turn (mutations, effects)
 *
 * No I/O, no clock, no randomness, no globals: the same events at the same
 * `now`s give the same turns, byte for byte.  jobd wraps it in sockets and
 * SQLite, jobsim in virtual time, tests in both.
 *
 * Jobs stay in the core while they are alive, and after their end until the turn
 * that ended them is durable (core_durable); later they are only on disk.
 */
#ifndef CORE_CORE_H
#define CORE_CORE_H

#include "base/clock.h"
#include "core/calendar.h"
#include "core/queue.h"
#include "core/turn.h"

struct core;

enum policy {	/* who is first; in any case the lower number goes before */
	POLICY_FIFO, POLICY_PRIORITY,
	POLICY_SHORTEST,			/* the shortest planned time */
	POLICY_FAIRSHARE, POLICY_HYBRID		/* SPEC 2.7 */
};
enum backfill_order { BACKFILL_SHORTEST, BACKFILL_QUEUE };	/* who is tried first */
enum plan_by { PLAN_LIMIT, PLAN_ESTIMATE, PLAN_LEARNED };	/* how long a job is taken to run */
enum placement { PLACE_PACK, PLACE_SPREAD };
#define RESERVATIONS_ALL INT64_MAX

struct core_conf {
	enum policy policy;
	/*
	 * How many jobs that do not fit get a time and a place of their own, which no
	 * later job may delay.  0: nobody passes the first that does not fit (as FCFS);
	 * 1: EASY; RESERVATIONS_ALL: conservative.
	 */
	int64_t reservations;
	enum backfill_order backfill_order;
	enum plan_by plan_by;
	enum placement placement;
	int64_t age_interval, age_step;	/* ms of waiting for so much more priority; 0: none */
	int64_t fair_weight, fair_half_life;	/* largest boost; ms */
	const struct share *shares;
	size_t nshares;			/* who is not among them has one */
	const struct queue_conf *queues;
	size_t nqueues;			/* 0: any word is a queue */
	struct quota site;		/* of all together */
	const char *default_queue;	/* of jobs that name none: always there */
	const char *time_zone;		/* of the windows of queues; NULL: UTC */
	int64_t reserve_after;		/* ms; then one without a foreseeable start gets a worker */
	int64_t epoch;			/* of this start of jobd */
	int64_t lease;			/* of a worker that is cut off, ms */
	int64_t max_requeues;		/* infra requeues a job may have: 5 */
	int64_t cascade;		/* jobs that a cascade may touch in a turn: 1000 */
	int64_t max_queued;		/* live jobs; above it submissions get ERR_AGAIN */
	int64_t ahead;			/* orders beyond each place of a worker: ahead.c */
	struct calendars calendars;	/* of schedules */
	int64_t notice_rate;		/* to a receiver in a minute; 0: no bound */
	int64_t notice_retry;		/* ms before the first retry; 0: 60000 */
	int64_t misfire_grace;		/* ms after which what was due is missed; 0: 60000 */
	int64_t catch_up_rate;		/* catch-up runs a minute; 0: 60 */
	bool read_only;			/* the disk is full: refuse what would write, ERR_AGAIN */
	const char *retry_on, *no_retry_on;	/* defaults for all jobs, or NULL */
	const char *tokens;		/* how many there are: "matlab=4,oracle=2", or NULL */
};

struct core *core_new(const struct core_conf *conf);	/* copies conf */
void core_free(struct core *c);
void core_configure(struct core *c, const struct core_conf *conf);

/*
 * One turn: applies the events in order, fires what is due, starts what fits,
 * and fills t.  An event that may not or cannot be done is answered, never fatal.
 */
void core_turn(struct core *c, struct now now, const struct event *events, size_t n,
    struct turn *t);

/* True when a turn without events would do something at once (a cascade goes on). */
bool core_busy(const struct core *c);

/*
 * When the next turn is due at the latest, in ms from now: 0 at once, -1 never
 * (nothing waits for a time).
 */
int64_t core_due(const struct core *c, struct now now);

/* All turns up to this number are on disk: ended jobs of theirs may be dropped. */
void core_durable(struct core *c, uint64_t turn);

/* What counts in the order of the queue, part by part; what policy leaves out is 0. */
struct priority { int64_t given, age, fair; };
struct priority priority_of(const struct core_conf *conf, int64_t given, int64_t eligible_at,
    int64_t boost, int64_t now);

/* Answers for the loop and for tests; no side effects. */
int64_t core_find_uuid(const struct core *c, const struct uuid *u);	/* id or 0 */
int64_t core_find_key(const struct core *c, int64_t uid, const char *key);
const char *core_zone(const struct core *c, size_t i);	/* of schedules; NULL behind the last */
bool core_holds(const struct core *c, int64_t job);
size_t core_count(const struct core *c, enum job_status s);
int64_t core_next_id(const struct core *c);
int64_t core_queue_jobs(const struct core *c, const char *queue);	/* that are not over */

/*
 * Invariants, for tests and the simulator: 0, or -1 with what is broken: booked
 * equals the sum over open executions, one open execution per scheduled or
 * running job and none else, every queued job that may run stands in its shape.
 */
int core_check(const struct core *c, struct err *e);

/* The delay before retry n (0-based) of SPEC 2.5, in ms; pure. */
int64_t retry_delay(enum retry_policy policy, int64_t base, int64_t max, int64_t jitter_pct,
    int64_t n, int64_t job, int64_t attempt);

#endif
