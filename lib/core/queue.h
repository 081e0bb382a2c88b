/*
 * queue: what the configuration says of queues, and whether a job may be in one.
 */
#ifndef CORE_QUEUE_H
#define CORE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "core/quota.h"

struct core;
struct job_row;
struct shape;

enum queue_state {
	QUEUE_OPEN,
	QUEUE_STOPPED,		/* takes jobs, starts none */
	QUEUE_DRAINING		/* takes none; those that it has run */
};

struct queue_conf {
	const char *name;
	int64_t state;			/* enum queue_state */
	int64_t min_priority, max_priority;
	struct quota quota;
	const char *users;		/* names with commas; NULL: everybody */
	const char *windows;		/* when it starts jobs: calendar.h; NULL: always */
	/* of jobs that do not say; -1: as everywhere */
	int64_t default_priority, default_time_limit, default_cpus, default_memory, default_retries;
};

struct queue_conf *queues_copy(const struct queue_conf *queues, size_t n);
void queues_free(const struct queue_conf *queues, size_t n);

/* -1: a job like this may not be in its queue; a new one also not in one that drains. */
int queue_admits(const struct core *c, const struct job_row *row, bool is_new, struct err *e);

/* Why jobs of that queue may not start; NONE: they may.  For a shape's note of it. */
enum reason queue_closed(const struct core *c, const char *name);

/* Other settings: in the next turn every job is where it belongs. */
void queues_configure(struct core *c);

/* Each turn: windows open and close by the minute, and jobs take their places. */
void queues_tick(struct core *c);
int64_t queues_due(const struct core *c, struct now now);	/* ms; -1: never */

#endif
