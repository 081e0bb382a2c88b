/*
 * stats: what a simulation was like, in numbers.
 *
 * The wait of a job is its start less its submission; its bounded slowdown is
 * max(1, (wait + run) / max(run, 10 s)), of the time that it really ran.  Percentiles are of
 * the nearest rank: of n sorted values the one at ceil(p n), counted from 1.
 */
#ifndef SIM_STATS_H
#define SIM_STATS_H

#include "sim/simulate.h"

struct spread {
	double mean, p50, p90, p95, p99, max;
};

struct user_stats {
	const char *name;		/* of the workload, or "nobody" */
	size_t jobs;
	double cpu_time;		/* cpu seconds */
	double wait, slowdown;		/* means */
};

struct sim_stats {
	size_t jobs, refused;
	struct spread wait, slowdown;	/* seconds; ratio */
	double utilization;		/* cpu time that was used, of all from first to last */
	double makespan;		/* s, from the first submission to the last end */
	size_t nusers;
	struct user_stats *users;	/* by cpu time, the most first */
	/* of the users' mean slowdowns: 1 when all are alike, 1/n when one has it all */
	double fairness;
	double worst;			/* the largest of them */
};

void stats_make(struct sim_stats *s, const struct work *w, const struct machine *m,
    const struct sim_result *r);
void stats_release(struct sim_stats *s);

#endif
