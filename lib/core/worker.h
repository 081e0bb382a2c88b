/* worker: hosts and what is booked on them; inside lib/core only. */
#ifndef CORE_WORKER_H
#define CORE_WORKER_H

#include "base/err.h"
#include "core/job.h"

struct core;

struct worker {
	char *name, *version, *limits, *text, *type, *region, *zone;
	int64_t total[RES_COUNT], free[RES_COUNT];
	int64_t created_at, heartbeat;
	enum worker_status status;
	enum worker_health health;
	struct uuid journal;
	uint64_t attachment;
	bool up, dirty, ready, grown;	/* dirty: on the core's `stale`; ready: in its `room` */
	bool lively;			/* on the core's list of this name */
	size_t running;			/* executions that have booked something */
	LIST_HEAD(, exec) execs;
	LIST_ENTRY(worker) link;
	TAILQ_ENTRY(worker) stale, more, alive;
	RB_ENTRY(worker) room;
};

TAILQ_HEAD(worker_list, worker);
RB_HEAD(worker_room, worker);	/* those that take jobs, least free cpu first */

struct worker *worker_get(const struct core *c, const char *name);
struct worker *worker_make(struct core *c, const char *name);
void worker_free(struct worker *w);
bool worker_fits(const struct worker *w, const int64_t *want);

/* +1 takes, -1 gives back. */
void worker_book(struct core *c, struct worker *w, const int64_t *want, int sign);

/* What it can hold or whether it takes jobs has changed. */
void worker_changed(struct core *c, struct worker *w);

/* `avoid` (NULL: nobody) is taken only when no other has room. */
struct worker *worker_choose(const struct core *c, const int64_t *want,
    const struct worker *avoid);

/*
 * Of each resource the most that is free on a worker which has got more room since
 * this was asked last.
 */
void worker_new_room(struct core *c, int64_t most[RES_COUNT]);

/* Why there is no room for it. */
enum reason worker_lack(const struct core *c, const int64_t *want);
int never_fits(const struct core *c, const int64_t *want, struct err *e);
void workers_flush(struct core *c);

#endif
