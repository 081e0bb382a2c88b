/*
 * runtime: what is known of the run times of a user's jobs of one name; inside
 * lib/core only.
 */
#ifndef CORE_RUNTIME_H
#define CORE_RUNTIME_H

#include <bsd/sys/queue.h>

#include "core/event.h"

struct core;

struct runtime {
	uint64_t hash;
	int64_t uid;
	char *name;			/* "": jobs without one */
	int64_t last, before;		/* of the last two runs, ms; 0: not known */
	size_t users;			/* live jobs */
	struct runtime_row *pending;	/* its row in turn `pending_turn` */
	uint64_t pending_turn;
	TAILQ_ENTRY(runtime) idle;	/* of those that no live job uses */
};

struct runtimes {
	struct map *all;
	TAILQ_HEAD(, runtime) idle;	/* the one used last at the end */
};

void runtimes_init(struct runtimes *r);
void runtimes_free(struct runtimes *r);

/* For a new job; NULL where nothing is learned. */
struct runtime *runtime_get(struct core *c, int64_t uid, const char *name);
void runtime_put(struct core *c, struct runtime *r);	/* NULL is fine */
void runtime_learn(struct core *c, struct runtime *r, const struct exec_end *end);
void runtime_restore(struct core *c, const struct runtime_row *row);

/* What the next run is taken to need, in ms; 0: not known. */
int64_t runtime_expected(const struct runtime *r);

/* The same for a job that is not there. */
int64_t runtime_of(const struct core *c, int64_t uid, const char *name);

#endif
