/* inspect: looking at an agent's folder, and acting on it, without its daemon. */
#ifndef AGENT_INSPECT_H
#define AGENT_INSPECT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

struct inspected {
	uint64_t job, number;
	const char *state;	/* "starting", "running", "ended", "orphaned" */
	pid_t supervisor, pid;	/* 0: none */
	int64_t at;		/* ms since the epoch; 0: not started */
	const char *limits;	/* or NULL */
	const char *cause;	/* of its end, or NULL */
};

/* Calls fn for each execution that the folder holds. */
int inspect_list(const char *dir, void (*fn)(void *arg, const struct inspected *i), void *arg,
    struct err *e);

/* Tells the supervisor of an execution to end it; `now`: without grace. */
int inspect_kill(const char *dir, uint64_t job, uint64_t number, bool now, struct err *e);

/*
 * Ends all processes that come from this folder's jobs and have no supervisor.
 * Returns how many there were; -1 also when some did not end within 10 s.
 */
int inspect_sweep(const char *dir, struct err *e);

#endif
