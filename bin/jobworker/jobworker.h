/* jobworker: what the files of this program share. */
#ifndef JOBWORKER_JOBWORKER_H
#define JOBWORKER_JOBWORKER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

struct options {
	const char *dir;	/* absolute */
	bool foreground, local, now, replace;
	uid_t allow;		/* who may attach beside root and ourselves; (uid_t)-1: nobody */
	uint64_t cpus, mem, disk, gpus;	/* UINT64_MAX: what there is */
};

#define EX_USAGE 64
int exit_status(enum err_code code);

/* run.c: the daemon; its exit status. */
int run(const struct options *o);

/*
 * Starts it in the background: 0 when its socket listens; another: the exit status
 * of a daemon that could not start, and which has said why on stderr.
 */
int run_background(const struct options *o);

/* Ends one that runs, jobs excepted: 0 when there is none any more, or an exit status. */
int run_end(const struct options *o);

/* daemon.c: from an open agent to the end. */
struct agent;
int daemon_run(const struct options *o, struct agent *a, int listen_fd);	/* closes it */
void daemon_send(void *arg, const void *block, size_t n);

/* attach.c */
int attach(const struct options *o);

/* tools.c */
int tool_status(const struct options *o);
int tool_kill(const struct options *o, const char *name);
int tool_sweep(const struct options *o);
int tool_probe(const struct options *o);

#endif
