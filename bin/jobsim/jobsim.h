/*
 * jobsim: what joins the files of the program.
 *
 * load makes a workload and a machine of what the options name, policies a
 * configuration of the core for each simulation, report what is printed.
 */
#ifndef JOBSIM_JOBSIM_H
#define JOBSIM_JOBSIM_H

#include "cli/cli.h"
#include "conf/conf.h"
#include "sim/plot.h"
#include "sim/stats.h"

#define POLICIES_MAX PLOT_SERIES_MAX
#define SETTINGS_MAX 64

enum estimates { ESTIMATES_USER, ESTIMATES_PERFECT, ESTIMATES_LEARNED };
enum output { AS_TABLE, AS_TSV, AS_JSON, AS_STARTS, AS_USERS };

struct simulation {		/* one of those that are compared */
	const char *policy;
	struct sim_result result;
	struct sim_stats stats;
};

struct jobsim {
	/* options */
	const char *config, *plot, *workers;
	char *policies;				/* a comma list, cut in place */
	const char *settings[SETTINGS_MAX];
	size_t nsettings;
	int64_t cpus;				/* thousandths; 0: as the workload says */
	enum estimates estimates;
	enum output output;
	/* at work */
	struct work work;
	struct machine machine;
	struct simulation sims[POLICIES_MAX];
	size_t nsims;
};

/* policies.c: the configuration of a policy by name, with the settings of the options. */
int policies_conf(const struct jobsim *s, const char *policy, struct conf *c, struct err *e);
int policies_split(struct jobsim *s, struct err *e);	/* names a simulation for each */

/* load.c */
int load_work(struct jobsim *s, const char *path, struct err *e);
int load_machine(struct jobsim *s, struct err *e);

/* report.c: to standard output; the picture to its file. */
void report(const struct jobsim *s);
int report_plot(const struct jobsim *s, struct err *e);

#endif
