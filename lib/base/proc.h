/*
 * proc: naming a process so that it cannot be mistaken for another.
 *
 * A pid alone is reused; pid + start time + boot id is not.
 */
#ifndef BASE_PROC_H
#define BASE_PROC_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/uuid.h"

struct proc_id {
	pid_t pid;
	uint64_t start;		/* field 22 of /proc/PID/stat, clock ticks since boot */
	char boot[UUID_TEXT];	/* /proc/sys/kernel/random/boot_id */
};

int proc_boot_id(char out[UUID_TEXT], struct err *e);
int proc_self(struct proc_id *id, struct err *e);
int proc_of(pid_t pid, struct proc_id *id, struct err *e);	/* ERR_NOINPUT: no such process */

/* This very process, not a zombie.  True where it cannot be found out (no descriptors). */
bool proc_alive(const struct proc_id *id);

/* A pidfd of this very process, or -1 with ERR_NOINPUT when it is gone. */
int proc_pidfd(const struct proc_id *id, struct err *e);

#endif
