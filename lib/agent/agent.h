/*
 * agent: a worker's own part of the scheduler: takes orders, keeps executions,
 * reports results.  It knows no loop and no socket: whoever runs it watches one
 * descriptor, hands in messages, and sends what comes out.
 *
 * A round: agent_ready() when agent_fd() is readable, agent_order() for each message
 * that is there, then agent_after() once: one sync for all of them.
 *
 * Requires that SIGCHLD is blocked and that no handlers are installed but for
 * SIGHUP, SIGINT, SIGTERM, SIGQUIT, SIGALRM, SIGUSR1, SIGUSR2; that SIGPIPE and no
 * other signal is ignored; one thread.
 */
#ifndef AGENT_AGENT_H
#define AGENT_AGENT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "agent/sink.h"
#include "base/buf.h"
#include "base/err.h"
#include "msg/msg.h"

struct agent;

struct agent_config {
	const char *dir;		/* absolute; made when missing */
	uint64_t cpus, mem, disk, gpus;	/* thousandths, MiB; UINT64_MAX: what there is */
	const struct sink_fns *sink;
	/* One encoded message to whoever is attached. */
	void (*send)(void *arg, const void *block, size_t n);
	void *arg;
};

/* Takes DIR and its lock.  ERR_AGAIN: another has it, and the text says who. */
struct agent *agent_open(const struct agent_config *c, struct err *e);

/* Reads the journal and takes over what a former daemon left, running or ended. */
int agent_start(struct agent *a, struct err *e);

/* Lets go; jobs run on. */
void agent_close(struct agent *a);

/* For sockets and the like in DIR. */
int agent_dirfd(const struct agent *a);

int agent_fd(const struct agent *a);
void agent_ready(struct agent *a);

/*
 * A jobd has said W_ATTACH; uid and gid are its own.  0: it may, the former one is
 * void, and W_HELLO, W_HELD..., W_HELD_END have been sent.  -1: it is refused.
 */
int agent_attach(struct agent *a, const struct msg *m, uid_t uid, gid_t gid, struct err *e);
void agent_detach(struct agent *a);

/*
 * Somebody has said W_GONE in its place: the jobd of that epoch has ended, so its jobs
 * are not to be ended for want of it.  -1: it is not about the last jobd that was here.
 */
int agent_gone(struct agent *a, const struct msg *m, struct err *e);

/* The answer to W_PROBE `seq` of one who may attach; the caller frees. */
struct msg *agent_survey(const struct agent *a, uint64_t seq);

/*
 * A message of the attached jobd, which is taken over, and the n bytes that it was
 * decoded from.  -1: it is no order.
 */
int agent_order(struct agent *a, struct msg *m, const void *block, size_t n, struct err *e);

/* -1: the journal cannot be trusted; stop. */
int agent_after(struct agent *a, struct err *e);

/*
 * The output of jobs, over a connection of its own.  attach: it has said W_OUTPUT; -1: it
 * is not of the last jobd that was here.  take: a message of it.  fill: appends what may
 * leave now, and stops behind max bytes.
 */
int agent_output_attach(struct agent *a, const struct msg *m, struct err *e);
int agent_output_take(struct agent *a, const struct msg *m, struct err *e);
void agent_output_fill(struct agent *a, struct buf *out, size_t max);

size_t agent_held(const struct agent *a);	/* executions that run or wait for an ack */
bool agent_busy(const struct agent *a);		/* one of them has no durable result yet */

/*
 * Ends the daemon of that folder, if one runs, and waits until it is gone, ms at most;
 * the supervisors and their jobs stay.  -1: ERR_AGAIN it does not end, or e.
 */
int agent_dismiss(const char *dir, int ms, struct err *e);

/* What this host has and can enforce, as a JSON object of one line. */
void agent_probe(const struct agent_config *c, struct buf *out);

#endif
