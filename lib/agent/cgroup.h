/*
 * cgroup: limits of a job by control groups, version 1, version 2, or both.
 *
 * A host is looked at once; where the kernel or the rights do not reach, the
 * controller is missing from it and the caller has other means.
 */
#ifndef AGENT_CGROUP_H
#define AGENT_CGROUP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define CGROUP_PATHS 3

struct cgroup_host {
	int version;		/* of the hierarchy that limits; 0: none does */
	char *memory, *cpu;	/* where groups of jobs are made, or NULL; one and the same in v2 */
};

struct cgroup {			/* of one execution */
	char *paths[CGROUP_PATHS];
	int npaths;
};

/*
 * What /proc/self/mountinfo and /proc/self/cgroup say: the folder of our own group
 * for each controller.  Pure, for cgroup_find and for tests.
 */
void cgroup_parse(struct cgroup_host *h, const char *mountinfo, const char *own);

/*
 * Looks, and keeps what we may use.  In version 2 this may move the calling process
 * into a group below its own.
 */
void cgroup_find(struct cgroup_host *h);
void cgroup_host_release(struct cgroup_host *h);

/*
 * The group of an execution: cgroup_plan names its folders (so that they can be
 * written down before they exist), cgroup_make makes them with these limits; mem
 * in MiB and cpus in thousandths, 0: not limited.
 */
void cgroup_plan(struct cgroup *g, const struct cgroup_host *h, const char *name, uint64_t mem,
    uint64_t cpus);
int cgroup_make(const struct cgroup *g, const struct cgroup_host *h, uint64_t mem,
    uint64_t cpus, struct err *e);
void cgroup_release(struct cgroup *g);

int cgroup_join(const struct cgroup *g);	/* the calling process; -1 with errno */
uint64_t cgroup_oom_kills(const struct cgroup *g);
uint64_t cgroup_peak(const struct cgroup *g);	/* KiB; 0: not known */

/* SIGKILL to what is in it; how many there were (as far as known), 0: empty or gone. */
int cgroup_kill(const char *path);
/* Stops all that is in it, or lets it go on; -1: this group cannot. */
int cgroup_freeze(const char *path, bool on);
int cgroup_remove(const char *path);		/* 0 also when it is not there */

#endif
