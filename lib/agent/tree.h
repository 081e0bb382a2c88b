/*
 * tree: the processes of a job, found in /proc and told something.
 *
 * Each is named by a descriptor right before it, or its group, gets a signal, so that
 * a number that was given to another process meanwhile does no harm.
 */
#ifndef AGENT_TREE_H
#define AGENT_TREE_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/proc.h"

/* Of each job's environment, in front of its token. */
#define COOKIE_NAME "JOB_COOKIE"

/*
 * Sends sig to all descendants of root, but not to root nor to members of the
 * process group `but` (0: none); returns how many there were, without those that
 * are dead and wait for their parent.  -1: no /proc.
 */
int tree_signal(pid_t root, int sig, pid_t but);

/* How many descendants of root are neither stopped nor dead; -1: no /proc. */
int tree_awake(pid_t root);

/*
 * Sends sig (0: none, only counts) to all processes whose environment holds
 * JOB_COOKIE=<token>, a token that `match` accepts.  Returns how many; -1: no /proc.
 */
int cookie_signal(bool (*match)(void *arg, const char *token), void *arg, int sig);

/* A match for exactly this token. */
bool cookie_is(void *token, const char *found);

/* Who we are, when the boot is known already: one file less to read than proc_self. */
int process_self(struct proc_id *id, const char *boot);

/* A pidfd of pid if it still started at `start`; -1 when it is gone. */
int process_open(pid_t pid, unsigned long long start);
int process_signal(int pidfd, int sig);

#endif
