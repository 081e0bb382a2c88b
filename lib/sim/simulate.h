/*
 * simulate: a workload, a machine and a policy in virtual time.
 *
 * The core is the one that jobd runs, moved turn by turn: at each instant first
 * what has ended, then what is submitted, then the core's own pass.  Orders arrive at
 * once, workers do what they are told, and a job ends when it has run for what the
 * workload says, or at its limit.
 */
#ifndef SIM_SIMULATE_H
#define SIM_SIMULATE_H

#include "core/core.h"
#include "sim/machine.h"
#include "sim/work.h"

struct fate {			/* what became of a job; ms, as in the workload */
	int64_t start, end;	/* -1: it was refused, since no worker could ever hold it */
};

struct sim_result {
	struct fate *fates;	/* one for each job of the workload */
	size_t refused;
	size_t turns, events, muts, effects;
};

/*
 * -1: ERR_DATA, when jobs were left that would have waited for ever.  The caller
 * releases r in any case.
 */
int simulate(const struct work *w, const struct machine *m, const struct core_conf *conf,
    struct sim_result *r, struct err *e);
void sim_result_release(struct sim_result *r);

#endif
