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

struct launch_host {		/* all borrowed */
	const char *worker;	/* the name jobd knows it by */
	const char *dir;	/* the agent's own, absolute: scripts are put below it */
	const char *token;	/* the cookie */
	const char *lang, *tz;	/* for jobs that do not say; NULL: none */
	const struct user *user;	/* as whom the job runs */
	int64_t now;		/* ms since the epoch */
};

struct launch {
	uint64_t job, number;
	char **argv, **env;	/* ended by NULL */
	char *dir;		/* working directory */
	char *in, *out, *err;	/* the user's files; NULL: /dev/null, a pipe to the log */
	bool append;
	mode_t mask;		/* umask */
	char *script;		/* path of the script to be written, or NULL */
	const void *body;	/* its text, borrowed from `msg` */
	size_t body_len;
	char *log_dir;		/* or NULL: what it writes is not kept */
	uint64_t time, grace;	/* ms; time 0: no limit */
	int kill_signal;
	uint64_t mem, cpus;	/* to hold it to: MiB, thousandths; 0: no limit */
	struct msg *msg;	/* the decoded LAUNCH block */
};

#define LAUNCH_SCRIPTS "scripts"

int launch_make(struct launch *l, const struct msg *start, const struct launch_host *h,
    struct err *e);
void launch_release(struct launch *l);

/* %j %A %a %n %x %u %w %Y %m %d %%; NULL with e filled for another letter. */
char *launch_expand(const char *pattern, const struct msg *start, const struct launch_host *h,
    struct err *e);

/* The value of a variable in l->env, or NULL. */
const char *launch_getenv(const struct launch *l, const char *name);

/* Fills l->env from the order, the launch block and the host; see job(7) for the list. */
void environ_make(struct launch *l, const struct msg *start, const struct launch_host *h);

#endif
