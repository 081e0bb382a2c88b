/*
 * work: a workload, as a trace or the history of a spool tells of it: who asked for
 * what and when, and how long it ran.
 *
 * Instants and durations are ms, cpus thousandths, memory and disk MiB.  A
 * workload's time begins where its source says: at 0 in a trace, in 1970 in a spool.
 */
#ifndef SIM_WORK_H
#define SIM_WORK_H

#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"

struct work_job {
	int64_t number;			/* its source's name for it */
	int64_t submit, run;		/* run: what it takes if nobody ends it */
	int64_t limit;			/* it is ended after that; 0: never */
	int64_t cpus, mem, disk, gpus, bw;
	int64_t priority, uid;
	const char *user, *account, *queue, *name;	/* NULL: not known; in the arena */
};

struct work {
	struct work_job *jobs;		/* in the order of (submit, place in the source) */
	size_t n, cap;
	int64_t cpus;			/* of the machine that it ran on; 0: not known */
	size_t no_run, no_cpus, no_submit;	/* left out: run, cpus or instant missing */
	struct arena *arena;
};

void work_init(struct work *w);
void work_release(struct work *w);

/* A new one at the end, zeroed but for a priority; valid until the next. */
struct work_job *work_add(struct work *w);

/* What can be simulated stays, in order; the others are counted. */
void work_settle(struct work *w);

#endif
