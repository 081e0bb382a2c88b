/* control: cancel, hold, release, requeue, rerun or signal many jobs, in requests that fit. */
#ifndef CLIENT_CONTROL_H
#define CLIENT_CONTROL_H

#include "client/client.h"
#include "core/types.h"

struct client_control {
	enum control_op op;
	const char *const *targets;	/* ids or UUIDs, one job each */
	size_t n;
	const char *text;		/* the caller's reason, or NULL */
	int signal;			/* CONTROL_SIGNAL... */
	bool main_only;			/* ...to the main process alone */
	bool now;
	const struct msg *change;	/* CONTROL_SET: a CONTROL with what is to be set */
	/*
	 * What became of each, in order.  job: of the one that a rerun made anew, or 0.
	 * code ERR_NONE: done; ERR_NOINPUT: there is no such job, or it has ended.
	 */
	void (*done)(void *arg, const char *target, enum err_code code, const char *text,
	    int64_t job);
	void *arg;
};

/* -1: as client_call; targets that were told to `done` before are settled. */
int client_control(struct client *c, const struct client_control *ct, struct err *e);

#endif
