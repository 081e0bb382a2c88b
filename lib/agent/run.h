/*
 * run: one execution, inside its supervisor.  The order comes from the daemon, by
 * being in memory when it forks; the rest is the supervisor's own.
 */
#ifndef AGENT_RUN_H
#define AGENT_RUN_H

#include "agent/cgroup.h"
#include "agent/launch.h"
#include "agent/lease.h"
#include "agent/sink.h"
#include "base/proc.h"

struct order {			/* what a supervisor is given; all borrowed */
	const struct msg *start;
	const struct user *user;
	const char *worker, *dir, *token, *boot, *lang, *tz;
	const struct cgroup_host *cgroups;
	const struct sink_fns *sink;	/* NULL: output is counted and dropped */
	uid_t log_uid;			/* as whom the log is written */
	gid_t log_gid;
	int record, notice;		/* descriptors; notice -1: nobody to tell */
	uint64_t nofile;		/* soft limit that a job shall have */
	const struct lease_page *lease;	/* shared with the daemon; NULL: none */
};

struct engine;

struct run {
	const struct order *order;
	const struct engine *engine;
	struct launch launch;
	struct launch_host host;	/* what it was made with */
	struct cgroup cgroup;
	bool rlimit_mem;
	char limits[128];
	struct proc_id self;	/* the supervisor */
	pid_t main;		/* the job's process, 0: none yet */
	int report;		/* from it: why it could not exec; end of file: it did */
	int pipes[2];		/* its stdout and stderr, -1: it has files of its own */
	bool main_ended, empty;
	int status;		/* of main, as of waitpid(2) */
	int64_t at;		/* ms since the epoch, when it was started */
};

struct usage {
	uint64_t cpu_ms, max_rss;	/* KiB */
	bool oom;
};

/* Why a job could not be started; travels over the report pipe. */
struct failure {
	int cause;		/* enum end_cause */
	int exit_code;		/* as a shell would say it */
	char text[400];
};

/* How an execution is carried out; the host itself is the first row. */
struct engine {
	const char *name;
	int (*prepare)(struct run *r, struct failure *f);	/* before X_RUN is written */
	int (*start)(struct run *r, struct failure *f);
	void (*kill)(struct run *r, int sig);		/* to all that is left of it */
	void (*signal)(struct run *r, int sig);		/* to its main process alone */
	void (*pause)(struct run *r, bool on);		/* none of it gets the processor */
	void (*wait)(struct run *r);		/* takes what has ended; never blocks */
	void (*usage)(struct run *r, struct usage *u);
	void (*clean)(struct run *r);		/* leaves nothing behind */
};

/* The row for an environment's name (NULL: the default), or NULL. */
const struct engine *engine_find(const char *name);
extern const struct engine engine_host;

/* In the new process: does not return. */
void child_exec(struct run *r, int report, const int out[2]);

/* A failure from errno, in words. */
void failure_set(struct failure *f, int cause, int exit_code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Resources of this host that ran out make a cause of their own: another may have them. */
int failure_cause(int error, int other);

/* In the process that becomes the supervisor, all signals blocked; does not return. */
void supervise(const struct order *o) __attribute__((noreturn));

#endif
