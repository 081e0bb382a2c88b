/* worker: hosts and what is booked on them; inside lib/core only. */
#ifndef CORE_WORKER_H
#define CORE_WORKER_H

#include "base/clock.h"
#include "base/err.h"
#include "core/job.h"
#include "core/profile.h"

struct core;
struct event;
struct exec_end;

struct worker {
	int64_t free[RES_COUNT], total[RES_COUNT];
	char *name, *version, *limits, *text, *type, *region, *zone, *gpu_type;
	char *labels;			/* a JSON object of strings, or NULL */
	size_t index;			/* counted from 0, never given to another */
	uint64_t *busy;			/* a bit for each of its gpus: somebody has it */
	size_t busy_words;
	struct profile profile;		/* of free: open executions and slots are booked in it */
	size_t slots;
	const struct job *kept_for;	/* nobody else is placed here */
	int64_t created_at, heartbeat;
	enum worker_status status;
	enum worker_health health;
	struct uuid journal;
	uint64_t attachment;
	bool up, dirty, ready, grown;	/* dirty: on the core's `stale`; ready: in its `room` */
	bool lively;			/* on the core's list of this name */
	size_t running;			/* executions that have booked something */
	/* as its last row said it, and since when */
	enum worker_status shown_status;
	enum worker_health shown_health;
	int64_t since;
	int64_t round_trip, clock_offset;	/* ms, of its last heartbeat; round_trip -1: none */
	unsigned failures;		/* in a row to start a job; fitness.c */
	int64_t failed_uid;		/* whose job that was */
	bool gone;			/* it was taken from the list of workers */
	bool lost;			/* on the core's `lost`, since lost_at of the boot clock */
	int64_t lost_at;
	LIST_ENTRY(worker) lost_link;
	LIST_HEAD(, exec) execs;
	LIST_ENTRY(worker) link;
	TAILQ_ENTRY(worker) stale, more, alive;
	RB_ENTRY(worker) room;
	int64_t rank;			/* there: the lowest is looked at first */
};

TAILQ_HEAD(worker_list, worker);
RB_HEAD(worker_room, worker);	/* those that take jobs, in order of placement */

struct worker *worker_get(const struct core *c, const char *name);
struct worker *worker_make(struct core *c, const char *name);
void worker_free(struct worker *w);
bool worker_fits(const struct worker *w, const struct demand *d);	/* room now */
bool worker_is_new(const struct worker *w);	/* never here: what it has is not known */

/* What it has and what is said of it, as in the row; what is booked stays booked. */
void worker_take(struct core *c, struct worker *w, const struct worker_row *row);

/* +1 takes, from now until then as far as can be foreseen; -1 gives back. */
void worker_book(struct core *c, struct worker *w, const struct needs *needs, int64_t until,
    int sign);

/* It has or will have more room than the last pass knew. */
void worker_grew(struct core *c, struct worker *w);

void worker_touch(struct core *c, struct worker *w);	/* its row is written */

/* It gets no more jobs, and `text` says why, until an administrator undrains it. */
void worker_degrade(struct core *c, struct worker *w, const char *text);

/* fitness.c: a job has started there; one has ended, which may never have started. */
void fitness_started(struct worker *w);
void fitness_ended(struct core *c, struct worker *w, const struct job *j,
    const struct exec_end *end);

/* What it can hold or whether it takes jobs has changed. */
void worker_changed(struct core *c, struct worker *w);

/* It takes such jobs, and when it is empty there is room. */
bool worker_capable(const struct worker *w, const struct demand *d);

/*
 * A worker on which it may start now; kept: where there is none, whether one has
 * room that is kept for others.
 */
struct worker *worker_choose(const struct core *c, const struct job *j, bool *kept);

/*
 * Of each resource the most that is free on a worker that has got more room since
 * the last pass; and the end of that pass.
 */
void workers_new_room(const struct core *c, int64_t most[RES_COUNT]);
void workers_seen(struct core *c);
void workers_reorder(struct core *c);	/* the placement may have changed */

/* Why there is no room for it. */
enum reason worker_lack(const struct core *c, const struct demand *d);
int never_fits(const struct core *c, const struct demand *d, struct err *e);
void workers_flush(struct core *c);

/* lost.c: executions of workers that are cut off, or have lost their records */
#define RECORDS_LOST "the worker knows nothing of it: its records were lost"
void lost_begin(struct core *c, struct worker *w, int64_t at);	/* its lease ends then */
void lost_end(struct core *c, struct worker *w);	/* it is back */
void lost_confirmed(struct core *c, struct worker *w);
void lost_fire(struct core *c);
int64_t lost_due(const struct core *c, struct now now);	/* ms from now; -1: never */
void on_worker_lost(struct core *c, const struct event *ev);
void on_worker_beat(struct core *c, const struct event *ev);
void on_worker_gone(struct core *c, const struct event *ev);

#endif
