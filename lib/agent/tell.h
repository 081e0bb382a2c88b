/*
 * tell: an order to a supervisor, small enough to ride on a signal.
 *
 * A supervisor has no socket; it gets TELL_SIGNAL with a number that holds all of
 * the order.  A grace travels in tenths of a second, at most seven hours.
 */
#ifndef AGENT_TELL_H
#define AGENT_TELL_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

#define TELL_SIGNAL (SIGRTMIN + 3)

struct tell {
	bool look;	/* only: what holds has changed, see the record */
	int signal;	/* only this one, nothing else; 0: the ladder */
	bool main;	/* the signal: to the main process alone */
	int cause;	/* enum end_cause that the result shall have */
	bool now;	/* skip the grace */
	int64_t grace;	/* ms; -1: the job's own */
};

int tell_encode(const struct tell *t);		/* never 0 */
int tell_decode(int value, struct tell *t);	/* -1: it is none */

/* By pidfd, or by pid for a child of ours (pidfd -1).  ERR_AGAIN: try again later. */
int tell_send(pid_t pid, int pidfd, int value, struct err *e);

#endif
