/*
 * execs: the table of what this worker holds: executions that run or whose end has
 * not been acknowledged.  A bare table: no file, no process, no message.
 *
 * An execution is in one state, and execs_move() is the one function that changes
 * it.  Of executions that are settled the table remembers the last few thousand, so
 * that an order which comes twice is not taken for a new one.
 */
#ifndef AGENT_EXECS_H
#define AGENT_EXECS_H

#include <bsd/sys/queue.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"

#define EXECS_SETTLED 4096
#define EXEC_SIZES 5		/* cpus, memory, disk, gpus, bandwidth */

enum exec_state {
	EXEC_ORDERED,	/* the order is in the journal with the next flush */
	EXEC_READY,	/* the order is durable; no process yet */
	EXEC_STARTING,	/* has a supervisor */
	EXEC_RUNNING,	/* the job has been exec'ed */
	EXEC_ENDED,	/* has a result, which waits to be durable */
	EXEC_HELD,	/* has a durable result, which waits to be acknowledged */
	EXEC_STATES
};

struct msg;

struct exec {
	uint64_t job, number, epoch;
	enum exec_state state;
	pid_t pid;		/* of the supervisor; 0: none, or not known yet */
	int pidfd;		/* of one that is not our child; -1: none */
	bool adopted;		/* its supervisor is not our child */
	int orphaned;		/* times its supervisor was found killed */
	int64_t at;		/* ms since the epoch, when it was exec'ed; 0: not yet */
	char *limits;		/* or NULL */
	char token[64];
	struct msg *order;	/* W_START, until it has a supervisor */
	int told;		/* an order to its supervisor that could not be sent yet; 0: none */
	struct msg *change;	/* a W_SET that is not in its record yet, or NULL */
	bool look;		/* its supervisor has not been told to look there */
	char *result;		/* the W_RESULT block, with a result */
	size_t result_len;
	size_t bytes;		/* that it takes in the journal */
	uint64_t size[EXEC_SIZES];	/* as the order says; zeros: not known any more */
	bool waits;		/* it begins when one of its size ends */
	bool passes;		/* it has ended, and its place is still to be passed on */
	bool alone;		/* it has what is its own: its place is never passed on */
	struct exec *next;	/* of the same job */
	TAILQ_ENTRY(exec) link;	/* of its state */
};

TAILQ_HEAD(exec_list, exec);

struct execs;

struct execs *execs_new(void);
void execs_free(struct execs *t);

/* NULL: it is not held. */
struct exec *execs_get(const struct execs *t, uint64_t job, uint64_t number);

/* The highest number of this job that is held or known to be settled; 0: none. */
uint64_t execs_highest(const struct execs *t, uint64_t job);

/* One of this job that has no result yet, or NULL. */
struct exec *execs_active(const struct execs *t, uint64_t job);

/* Adds it; it must not be there. */
struct exec *execs_add(struct execs *t, uint64_t job, uint64_t number, uint64_t epoch,
    enum exec_state state);
void execs_move(struct execs *t, struct exec *x, enum exec_state to);
void execs_settle(struct execs *t, uint64_t job, uint64_t number);	/* frees it if held */

/* Forgets an order that was never taken, as if it had not come. */
void execs_forget(struct execs *t, struct exec *x);

struct exec_list *execs_in(struct execs *t, enum exec_state state);
size_t execs_count(const struct execs *t);

/* The settled ones that are remembered, oldest first: *iter starts at 0. */
bool execs_settled(const struct execs *t, size_t *iter, uint64_t *job, uint64_t *number);

/* The supervisor with this pid, or NULL. */
struct exec *execs_by_pid(struct execs *t, pid_t pid);
void execs_set_pid(struct execs *t, struct exec *x, pid_t pid);

#endif
