/*
 * jobsim: the scheduling core in virtual time.
 *
 * Wires options to a workload, a machine and a simulation for each policy, and these
 * to a report.
 */
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "core/core.h"
#include "jobsim.h"

#define CPUS_MAX INT64_C(100000000)

enum { COMPARE, CONFIG, ESTIMATES, JSON, PLOT, POLICY, PROCS, SET, STARTS, TSV, USERS, WORKERS };

static const struct opt opts[] = {
	{ 'p', "policy", "NAME", "fcfs, easy, sjbf, sjf, cons, or default (job.conf)", POLICY },
	{ 0, "compare", "A,B", "simulate several policies, side by side", COMPARE },
	{ 0, "set", "KEY=VALUE", "a setting of job.conf", SET },
	{ 'c', "config", "FILE", "settings as in job.conf", CONFIG },
	{ 0, "estimates", "KIND", "how long jobs should run: user, perfect or learned", ESTIMATES },
	{ 0, "procs", "N", "the machine has N processors", PROCS },
	{ 0, "workers", "FILE|NxC[:MEM]", "it consists of these workers", WORKERS },
	{ 0, "starts", NULL, "print the number and the start of each job", STARTS },
	{ 0, "users", NULL, "print a line for each user", USERS },
	{ 0, "json", NULL, "print all figures as JSON", JSON },
	{ 0, "tsv", NULL, "print the figures between tabs", TSV },
	{ 0, "plot", "FILE", "draw queue and utilization over time, as SVG", PLOT },
	{ 0, NULL, NULL, NULL, 0 }
};

static const char *const usage[] = { "[options] TRACE", NULL };
static const struct program program = {
	"jobsim", usage, "Simulates the scheduler over a workload trace.", opts, false
};

/* ---- options */

static int take_policies(struct jobsim *s, const char *list, bool many, struct err *e)
{
	if (s->policies != NULL)
		return err_set(e, ERR_USAGE, "policies are named twice");
	if (!many && strchr(list, ',') != NULL)
		return err_set(e, ERR_USAGE, "--policy takes one policy, --compare several");
	s->policies = xstrdup(list);
	return 0;
}

static int take_estimates(struct jobsim *s, const char *word, struct err *e)
{
	static const char *const words[] = { "user", "perfect", "learned" };
	size_t i;

	for (i = 0; i < 3; i++)
		if (strcmp(words[i], word) == 0) {
			s->estimates = (enum estimates)i;
			return 0;
		}
	return err_set(e, ERR_USAGE, "--estimates: \"%.40s\" is not user, perfect or "
	    "learned", word);
}

static int take_procs(struct jobsim *s, const char *value, struct err *e)
{
	if (num_i64(value, 1, CPUS_MAX, &s->cpus, e) == -1)
		return err_prefix(e, "--procs");
	s->cpus *= 1000;
	return 0;
}

static int take_setting(struct jobsim *s, const char *value, struct err *e)
{
	if (s->nsettings == SETTINGS_MAX)
		return err_set(e, ERR_USAGE, "--set is given more than %d times", SETTINGS_MAX);
	s->settings[s->nsettings++] = value;
	return 0;
}

static int take_output(struct jobsim *s, enum output output, struct err *e)
{
	if (s->output != AS_TABLE && s->output != output)
		return err_set(e, ERR_USAGE, "one form of output can be chosen only");
	s->output = output;
	return 0;
}

static int on_option(void *ctx, int id, const char *value, struct err *e)
{
	struct jobsim *s = ctx;

	switch (id) {
	case POLICY:
	case COMPARE:
		return take_policies(s, value, id == COMPARE, e);
	case ESTIMATES:
		return take_estimates(s, value, e);
	case PROCS:
		return take_procs(s, value, e);
	case SET:
		return take_setting(s, value, e);
	case CONFIG:
		s->config = value;
		return 0;
	case WORKERS:
		s->workers = value;
		return 0;
	case PLOT:
		s->plot = value;
		return 0;
	case STARTS:
		return take_output(s, AS_STARTS, e);
	case USERS:
		return take_output(s, AS_USERS, e);
	case JSON:
		return take_output(s, AS_JSON, e);
	default:
		return take_output(s, AS_TSV, e);
	}
}

static int check_options(struct jobsim *s, int operands, struct err *e)
{
	if (operands != 1)
		return err_set(e, ERR_USAGE, "name one trace, or - for standard input");
	if (s->workers != NULL && s->cpus > 0)
		return err_set(e, ERR_USAGE, "--procs and --workers exclude each other");
	if (s->policies == NULL)
		s->policies = xstrdup("default");
	if (policies_split(s, e) == -1)
		return -1;
	if (s->output == AS_STARTS && s->nsims > 1)
		return err_set(e, ERR_USAGE, "--starts is for one policy");
	return 0;
}

/* ---- work */

/* Everybody is as good at guessing as can be. */
static void make_perfect(struct work *w)
{
	size_t i;

	for (i = 0; i < w->n; i++)
		if (w->jobs[i].limit == 0 || w->jobs[i].run < w->jobs[i].limit)
			w->jobs[i].limit = w->jobs[i].run;
}

static int simulate_one(struct jobsim *s, struct simulation *sim, struct err *e)
{
	struct core_conf core;
	struct conf conf;
	int r;

	if (policies_conf(s, sim->policy, &conf, e) == -1)
		return -1;
	memset(&core, 0, sizeof(core));
	conf_core(&conf, &conf.sections, &core);
	core.max_queued = INT64_MAX;
	core.epoch = 1;
	core.ahead = 0;		/* orders take no time here: there is nothing to gain */
	r = simulate(&s->work, &s->machine, &core, &sim->result, e);
	conf_free(&conf);
	if (r == -1)
		return err_prefix(e, "%s", sim->policy);
	if (s->output != AS_STARTS)
		stats_make(&sim->stats, &s->work, &s->machine, &sim->result);
	return 0;
}

static int run(struct jobsim *s, const char *trace, struct err *e)
{
	size_t k;

	if (load_work(s, trace, e) == -1 || load_machine(s, e) == -1)
		return -1;
	if (s->estimates == ESTIMATES_PERFECT)
		make_perfect(&s->work);
	for (k = 0; k < s->nsims; k++)
		if (simulate_one(s, &s->sims[k], e) == -1)
			return -1;
	if (s->plot != NULL && report_plot(s, e) == -1)
		return -1;
	report(s);
	return EXIT_OK;
}

static void release(struct jobsim *s)
{
	size_t k;

	for (k = 0; k < s->nsims; k++) {
		sim_result_release(&s->sims[k].result);
		stats_release(&s->sims[k].stats);
	}
	work_release(&s->work);
	machine_release(&s->machine);
	free(s->policies);
}

int main(int argc, char **argv)
{
	struct jobsim s = { 0 };
	struct err e;
	int n = opts_parse(&program, argc, argv, on_option, &s, &e), status = -1;

	if (n != -1 && check_options(&s, argc - n, &e) == 0)
		status = run(&s, argv[n], &e);
	if (status == -1)
		status = cli_fail(&program, &e);
	release(&s);
	return cli_finish(&program, status);
}
