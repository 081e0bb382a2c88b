/* impl: the daemon's side of the agent, as its files share it; others use agent.h. */
#ifndef AGENT_IMPL_H
#define AGENT_IMPL_H

#include "agent/agent.h"
#include "agent/cgroup.h"
#include "agent/execs.h"
#include "agent/journal.h"
#include "agent/lease.h"
#include "agent/outbox.h"
#include "agent/users.h"
#include "base/uuid.h"

#define TICK_MS 20		/* while something has to be looked at again */
#define NOTICE_NAME "notice"
#define LOCK_NAME "lock"

struct agent {
	struct agent_config config;
	char *dir, *worker;		/* worker: as jobd calls it */
	int dirfd, execfd, lock;
	int poll, signals, notice, timer, beat;	/* poll: an epoll over the others */
	struct buf notes;		/* read from notice, not whole yet */
	struct journal journal;
	struct execs *execs;
	struct users *users;
	struct cgroup_host cgroups;
	struct lease lease;
	struct outbox *outbox;
	char boot[UUID_TEXT];
	bool attached;
	uid_t peer_uid;			/* of the attached jobd, or the last one */
	gid_t peer_gid;
	bool again;			/* results have to be added to the journal once more */
	int64_t again_at;		/* CLOCK_BOOTTIME, ms */
	bool ticking;
	uint64_t nofile;
};

/* agent.c */
void agent_watch(struct agent *a, int fd);
void agent_tick(struct agent *a);	/* see to it that tick() is called soon */
void agent_send(struct agent *a, const struct msg *m);
void agent_durable(struct agent *a);	/* all results are: they may be told */

/* dir.c: DIR and what stands in it */
int dir_take(struct agent *a, struct err *e);

/* settle.c: from a supervisor's end to an acknowledged result */
void exec_ended(struct agent *a, struct exec *x, struct msg *result);	/* frees result */
void exec_gone(struct agent *a, struct exec *x);	/* its supervisor has ended */
void exec_announce(struct agent *a, const struct exec *x);	/* W_STARTED or W_RESULT */
void exec_acked(struct agent *a, struct exec *x);
int exec_tell(struct agent *a, struct exec *x, int value);
void agent_exec_adjust(struct agent *a, struct exec *x);	/* as `change`, `look` ask */
void exec_started(struct agent *a, struct exec *x, int64_t at, const char *limits);

/* start.c: from a durable order to a supervisor */
void agent_exec_start(struct agent *a, struct exec *x);

/* recover.c: agent_start, and */
void agent_exec_adopt(struct agent *a, struct exec *x);	/* one more look */

/* inherit.c: orders that wait for a place; to give back: it ends before it has begun */
void inherit_note(struct exec *x, const struct msg *order);
bool inherit_place(struct agent *a, struct exec *x);	/* true: it may begin now */
void inherit_give_back(struct agent *a, struct exec *x);	/* if it waits */
void inherit_give_back_all(struct agent *a);

/* beat.c: heartbeats */
int beat_open(struct agent *a, struct err *e);
void beat_due(struct agent *a);		/* its descriptor is ready */
void beat_attach(struct agent *a, const struct msg *m);
void beat_acked(struct agent *a, const struct msg *m);

/* orders.c */
int order_take(struct agent *a, struct msg *m, const void *block, size_t n, struct err *e);
void order_refuse(struct agent *a, uint64_t job, uint64_t number, int code, const char *text);

/* probe.c: what this host has; the caller frees.  And which limits it can enforce. */
struct msg *probe_hello(const struct agent_config *c, const char *worker,
    const struct uuid *journal, const struct cgroup_host *h);

/* compact.c */
int agent_compact(struct agent *a, struct err *e);

#endif
