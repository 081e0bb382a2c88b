/*
 * tools: looking at a worker from its own host, and helping it by hand.
 */
#include <inttypes.h>
#include <stdio.h>

#include "agent/agent.h"
#include "agent/inspect.h"
#include "agent/execfile.h"
#include "base/clock.h"
#include "jobworker.h"

#define PROBE_MAX 8192

static int fail(const struct err *e)
{
	fprintf(stderr, "jobworker: %s\n", e->text);
	return exit_status(e->code);
}

static int flushed(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	perror("jobworker: stdout");
	return exit_status(ERR_IO);
}

static void row(void *arg, const struct inspected *i)
{
	char at[CLOCK_RFC3339_SIZE] = "-", name[EXECFILE_NAME_MAX];

	(void)arg;
	if (i->at > 0)
		clock_local(i->at, at);
	execfile_name(i->job, i->number, name);
	printf("%-16s %-9s %10d %10d %-25s %-14s %s\n", name, i->state, (int)i->supervisor,
	    (int)i->pid, at, i->cause != NULL ? i->cause : "-",
	    i->limits != NULL ? i->limits : "-");
}

int tool_status(const struct options *o)
{
	struct err e;

	printf("%-16s %-9s %10s %10s %-25s %-14s %s\n", "EXECUTION", "STATE", "SUPERVISOR", "PID",
	    "STARTED", "CAUSE", "LIMITS");
	if (inspect_list(o->dir, row, NULL, &e) == -1)
		return fail(&e);
	return flushed();
}

int tool_kill(const struct options *o, const char *name)
{
	uint64_t job, number;
	struct err e;

	if (execfile_name_parse(name, &job, &number) == -1) {
		fprintf(stderr, "jobworker: %s: not JOB.EXECUTION\n", name);
		return EX_USAGE;
	}
	return inspect_kill(o->dir, job, number, o->now, &e) == -1 ? fail(&e) : 0;
}

int tool_sweep(const struct options *o)
{
	struct err e;
	int n = inspect_sweep(o->dir, &e);

	if (n == -1)
		return fail(&e);
	printf("%d\n", n);
	return flushed();
}

int tool_probe(const struct options *o)
{
	const struct agent_config config = {
		.dir = o->dir, .cpus = o->cpus, .mem = o->mem, .disk = o->disk, .gpus = o->gpus,
	};
	struct buf b;

	buf_init(&b, PROBE_MAX);
	agent_probe(&config, &b);
	fputs(b.data, stdout);
	buf_release(&b);
	return flushed();
}
