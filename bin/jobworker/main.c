/*
 * jobworker: the agent of a worker host.
 *
 * Here are the options and the choice of what to do; see run.c for the daemon,
 * attach.c for the way to it, tools.c for the rest.  The agent itself is lib/agent.
 */
#include <bsd/string.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/num.h"
#include "jobworker.h"

#define CPUS_MAX 1000000000u
#define GPUS_MAX 65536u

static const char usage_text[] =
    "usage: jobworker run --dir DIR [-f] [--local] [--allow-uid UID]\n"
    "                     [--cpus N] [--mem SIZE] [--disk SIZE] [--gpus N]\n"
    "       jobworker attach --dir DIR [--replace] [the options of run]\n"
    "       jobworker status|sweep --dir DIR\n"
    "       jobworker kill --dir DIR [--now] JOB.EXECUTION\n"
    "       jobworker probe [--dir DIR] [--cpus N] [--mem SIZE] [--disk SIZE] [--gpus N]\n"
    "       jobworker --help | --version\n";

int exit_status(enum err_code code)
{
	static const int statuses[] = {
		[ERR_NONE] = 0, [ERR_USAGE] = 64, [ERR_DATA] = 65, [ERR_NOINPUT] = 66,
		[ERR_UNAVAIL] = 69, [ERR_INTERNAL] = 70, [ERR_OS] = 71, [ERR_CREATE] = 73,
		[ERR_IO] = 74, [ERR_AGAIN] = 75, [ERR_PERM] = 77, [ERR_CONFIG] = 78,
	};

	return statuses[code];
}

static int usage(const char *why, const char *what)
{
	fprintf(stderr, "jobworker: %s%s%s\n%s", why, what != NULL ? ": " : "",
	    what != NULL ? what : "", usage_text);
	return EX_USAGE;
}

enum {
	OPT_DIR = 256, OPT_LOCAL, OPT_ALLOW, OPT_CPUS, OPT_MEM, OPT_DISK, OPT_GPUS, OPT_NOW,
	OPT_REPLACE
};

static const struct option long_options[] = {
	{ "dir", required_argument, NULL, OPT_DIR },
	{ "local", no_argument, NULL, OPT_LOCAL },
	{ "allow-uid", required_argument, NULL, OPT_ALLOW },
	{ "cpus", required_argument, NULL, OPT_CPUS },
	{ "mem", required_argument, NULL, OPT_MEM },
	{ "disk", required_argument, NULL, OPT_DISK },
	{ "gpus", required_argument, NULL, OPT_GPUS },
	{ "now", no_argument, NULL, OPT_NOW },
	{ "replace", no_argument, NULL, OPT_REPLACE },
	{ NULL, 0, NULL, 0 }
};

static int size_option(const char *s, uint64_t *mib, struct err *e)
{
	uint64_t bytes;

	if (size_parse(s, &bytes, e) == -1)
		return -1;
	*mib = bytes >> 20;
	return 0;
}

static int option_take(struct options *o, int c, struct err *e)
{
	uint64_t n = 0;
	int r = 0;

	switch (c) {
	case 'f':
		o->foreground = true;
		break;
	case OPT_DIR:
		o->dir = optarg;
		break;
	case OPT_LOCAL:
		o->local = true;
		break;
	case OPT_NOW:
		o->now = true;
		break;
	case OPT_REPLACE:
		o->replace = true;
		break;
	case OPT_ALLOW:
		r = num_u64(optarg, 0, UINT32_MAX - 1, &n, e);
		o->allow = (uid_t)n;
		break;
	case OPT_CPUS:
		r = num_milli(optarg, 0, CPUS_MAX, &o->cpus, e);
		break;
	case OPT_MEM:
		r = size_option(optarg, &o->mem, e);
		break;
	case OPT_DISK:
		r = size_option(optarg, &o->disk, e);
		break;
	case OPT_GPUS:
		r = num_u64(optarg, 0, GPUS_MAX, &o->gpus, e);
		break;
	}
	return r;
}

/* The options behind the subcommand; -1: a message was printed. */
static int options_read(struct options *o, int argc, char **argv)
{
	struct err e;
	int c;

	*o = (struct options){
		.allow = (uid_t)-1, .cpus = UINT64_MAX, .mem = UINT64_MAX, .disk = UINT64_MAX,
		.gpus = UINT64_MAX,
	};
	opterr = 0;
	while ((c = getopt_long(argc, argv, "+:f", long_options, NULL)) != -1) {
		if (c == ':' || c == '?') {
			usage(c == ':' ? "an argument is missing" : "unknown option",
			    argv[optind - 1]);
			return -1;
		}
		if (option_take(o, c, &e) == -1) {
			usage(argv[optind - 1], e.text);
			return -1;
		}
	}
	return 0;
}

/* Other folders are entered meanwhile, so its name must not depend on where we are. */
static int dir_absolute(struct options *o)
{
	static char path[PATH_MAX];
	char here[PATH_MAX];

	if (o->dir[0] == '/')
		return 0;
	if (getcwd(here, sizeof(here)) == NULL ||
	    (size_t)snprintf(path, sizeof(path), "%s/%s", here, o->dir) >= sizeof(path))
		return -1;
	o->dir = path;
	return 0;
}

/*
 * Whoever started us may have ignored or blocked some, and jobs would inherit that.
 * Asked of the kernel, since glibc refuses two signals of its own, which
 * posix_spawn(3) leaves ignored.  The two that cannot be changed refuse by themselves.
 */
static void signals_reset(void)
{
	static const uint64_t action[4];	/* a kernel's sigaction: no handler, flags, mask */
	sigset_t none;

	for (int i = 1; i < NSIG; i++)
		(void)syscall(SYS_rt_sigaction, i, action, NULL, sizeof(uint64_t));
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static int dispatch(const char *command, struct options *o, int argc, char **argv)
{
	bool kill = strcmp(command, "kill") == 0;

	if (argc != (kill ? 1 : 0))
		return usage(kill ? "kill takes one execution" : "too many arguments", argv[0]);
	if (strcmp(command, "probe") == 0) {
		if (o->dir == NULL)
			o->dir = "/";
		return tool_probe(o);
	}
	if (o->dir == NULL)
		return usage("--dir is missing", NULL);
	if (dir_absolute(o) == -1)
		return usage("the path is too long", o->dir);
	if (strcmp(command, "run") == 0)
		return run(o);
	if (strcmp(command, "attach") == 0)
		return attach(o);
	if (strcmp(command, "status") == 0)
		return tool_status(o);
	if (kill)
		return tool_kill(o, argv[0]);
	return tool_sweep(o);
}

int main(int argc, char **argv)
{
	static const char *const commands[] = {
		"run", "attach", "status", "kill", "sweep", "probe"
	};
	const char *command = argc > 1 ? argv[1] : "";
	struct options o;

	signals_reset();
	if (strcmp(command, "--help") == 0 || strcmp(command, "-h") == 0) {
		fputs(usage_text, stdout);
		return 0;
	}
	if (strcmp(command, "--version") == 0 || strcmp(command, "-V") == 0) {
		puts("jobworker " JOB_VERSION);
		return 0;
	}
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(command, commands[i]) != 0)
			continue;
		if (options_read(&o, argc - 1, argv + 1) == -1)
			return EX_USAGE;
		return dispatch(command, &o, argc - 1 - optind, argv + 1 + optind);
	}
	return usage(argc > 1 ? "unknown command" : "a command is missing", argc > 1 ? command :
	    NULL);
}
