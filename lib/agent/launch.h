/*
 * launch: an order (W_START) made into what execve(2) and its neighbours take.
 * Pure: it looks at nothing but what it is given.
 */
#ifndef AGENT_LAUNCH_H
#define AGENT_LAUNCH_H

#include <stdbool.h>
#include <sys/types.h>

#include "agent/user.h"
#include "base/err.h"
#include "msg/msg.h"
#include "msg/setting.h"

struct launch_host {		/* all borrowed */
	const char *worker;	/* the name jobd knows it by */
	const char *dir;	/* the agent's own, absolute: scripts are put below it */
	const char *token;	/* the cookie */
	const char *lang, *tz;	/* for jobs that do not say; NULL: none */
	const struct user *user;	/* as whom the job runs */
	int64_t now;		/* ms since the epoch */
};

enum launch_missing { MISSING_FAIL, MISSING_CREATE, MISSING_HOME };	/* the folder is */

struct launch {
	uint64_t job, number;
	char **argv, **env;	/* ended by NULL */
	char *file;		/* what is executed when it is not argv[0], or NULL */
	char *dir;		/* working directory */
	char *in, *out, *err;	/* the user's files; NULL: /dev/null, a pipe to the log */
	bool append;
	mode_t mask;		/* umask */
	char *script;		/* path of the script to be written, or NULL */
	const void *body;	/* its text, borrowed from `msg` */
	size_t body_len;
	char *log_dir;		/* or NULL: what it writes is not kept */
	bool log_sent;		/* log_dir is our own, and jobd gets what is in it */
	uint64_t time, grace;	/* ms; time 0: no limit */
	int kill_signal;
	uint64_t mem, cpus;	/* to hold it to: MiB, thousandths; 0: no limit */
	/* what few jobs ask for */
	enum launch_missing missing;
	char *scratch;		/* path of the folder to be made, or NULL */
	bool pipe, pty;		/* stdin is a FIFO somebody holds; output goes to a terminal */
	bool timestamps;
	uint64_t log_max;	/* bytes of a stream in the log; 0: all */
	bool log_kill;		/* more of them end the job */
	int nice;
	struct rlimit_setting *rlimits;
	size_t nrlimits;
	struct warn_setting warn;
	struct msg *msg;	/* the decoded LAUNCH block */
};

#define LAUNCH_SCRIPTS "scripts"
#define LAUNCH_SCRATCH "scratch"

int launch_make(struct launch *l, const struct msg *start, const struct launch_host *h,
    struct err *e);
void launch_release(struct launch *l);

/* Another working directory than was asked for, before the environment is used. */
void launch_move(struct launch *l, const char *dir, const struct msg *start,
    const struct launch_host *h);

/* %j %A %a %n %x %u %w %Y %m %d %%; NULL with e filled for another letter. */
char *launch_expand(const char *pattern, const struct msg *start, const struct launch_host *h,
    struct err *e);

/* The value of a variable in l->env, or NULL. */
const char *launch_getenv(const struct launch *l, const char *name);

/* settings.c: reads what few jobs ask for; -1 with e. */
int settings_take(struct launch *l, const struct msg *start, const struct launch_host *h,
    struct err *e);

/* Fills l->env from the order, the launch block and the host; see job(7) for the list. */
void environ_make(struct launch *l, const struct msg *start, const struct launch_host *h);

#endif
