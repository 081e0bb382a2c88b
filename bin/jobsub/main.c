/*
 * jobsub: submits a command, a script, a shell text, or jobs described in JSON.
 *
 * main.c owns the command line and the order of things: options, the place, what
 * is asked for, the wait.  It must be quick to start, so nothing is read or looked
 * up here that the request does not need.
 */
#include <bsd/string.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "base/num.h"
#include "jobsub.h"

static const char *const usage[] = {
	"[options] [--] command [arg ...]", "[options] -f script [arg ...]",
	"[options] --wrap text", "[options] --spec file", "[options] --bulk file [--atomic]", NULL
};

static int whole_file(const char *path, struct buf *b, struct err *e)
{
	return file_read(AT_FDCWD, path, b, e);
}

static int surroundings_read(struct jobsub *j, struct err *e)
{
	struct utsname names;

	if (getcwd(j->cwd, sizeof(j->cwd)) == NULL)
		return err_sys(e, ERR_OS, "the present folder has no name");
	if (uname(&names) == -1)
		return err_sys(e, ERR_OS, "uname");
	strlcpy(j->host, names.nodename, sizeof(j->host));
	/* There is no other way to ask for it. */
	j->umask_ = umask(077);
	umask(j->umask_);
	j->context = (struct submit_context){
		.now = now_read().wall, .cwd = j->cwd,
		.environ_ = (const char *const *)environ, .file = whole_file
	};
	return 0;
}

/* Exactly one of the ways to say what is run. */
static int ways_check(const struct jobsub *j, struct err *e)
{
	static const enum submit_tool ways[] = { TOOL_SCRIPT, TOOL_WRAP, TOOL_SPEC, TOOL_BULK };
	bool operands = j->operands[0] != NULL;
	int n = 0, takes_none = 0;

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		bool given = submit_tool(j->options, ways[i]) != NULL;

		n += given;
		takes_none += given && ways[i] != TOOL_SCRIPT;
	}
	if (n > 1 || (takes_none > 0 && operands))
		return err_set(e, ERR_USAGE, "a command, --file, --wrap, --spec and --bulk exclude "
		    "each other");
	if (submit_tool(j->options, TOOL_PIPE) != NULL &&
	    submit_tool(j->options, TOOL_BULK) != NULL)
		return err_set(e, ERR_USAGE, "--pipe is for one job, and --bulk for many");
	if (submit_tool(j->options, TOOL_TEST_ONLY) != NULL &&
	    submit_tool(j->options, TOOL_BULK) != NULL)
		return err_set(e, ERR_USAGE, "--test-only is for one job, and --bulk for many");
	if (n == 0 && !operands)
		return err_set(e, ERR_USAGE, "there is no command");
	if (submit_tool(j->options, TOOL_ATOMIC) != NULL &&
	    submit_tool(j->options, TOOL_BULK) == NULL)
		return err_set(e, ERR_USAGE, "--atomic goes with --bulk");
	return 0;
}

/* What does nothing by itself; a default in a file or the environment may wait for its use. */
static int partners_check(const struct jobsub *j, struct err *e)
{
	static const struct { const char *name, *with, *or; bool in_json; } rows[] = {
		{ "timeout", "wait", "pipe", false },
		{ "cancel-on-int", "wait", "pipe", false },
		{ "append", "output", "error", true },
		{ "on-dep-fail", "after", "after", true },
	};
	const struct submit_options *o = j->options;
	bool json = submit_tool(o, TOOL_SPEC) != NULL || submit_tool(o, TOOL_BULK) != NULL;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!submit_has(o, rows[i].name, FROM_COMMAND_LINE) || (json && rows[i].in_json) ||
		    submit_has(o, rows[i].with, FROM_SYSTEM_FILE) ||
		    submit_has(o, rows[i].or, FROM_SYSTEM_FILE))
			continue;
		return err_set(e, ERR_USAGE, "--%s goes with --%s%s%s", rows[i].name, rows[i].with,
		    strcmp(rows[i].or, rows[i].with) != 0 ? " or --" : "",
		    strcmp(rows[i].or, rows[i].with) != 0 ? rows[i].or : "");
	}
	return 0;
}

int place_ready(struct jobsub *j, struct err *e)
{
	const char *config = submit_tool(j->options, TOOL_CONFIG);
	const char *timeout = submit_tool(j->options, TOOL_TIMEOUT);
	char *path = NULL;
	uint64_t ms;
	int r;

	if (partners_check(j, e) == -1)
		return -1;
	if (timeout != NULL && dur_parse(timeout, &ms, e) == -1)
		return err_prefix(e, "--timeout");
	j->timeout = timeout != NULL ? (int64_t)ms : -1;
	r = conf_load(config, &j->conf, e);
	if (r == -1 || j->dry)
		return r;
	r = spool_locate(submit_tool(j->options, TOOL_SPOOL), j->conf.spool, &path, e);
	if (r == 0)
		r = spool_open(&j->spool, path, e);
	free(path);
	if (r == 0)
		j->client = client_new(&j->spool);
	return r;
}

static int run(struct jobsub *j)
{
	struct err e;

	if (ways_check(j, &e) == -1 || surroundings_read(j, &e) == -1 ||
	    sources_take(j, &e) == -1 || zone_take(j, &e) == -1)
		return cli_fail(j->program, &e);
	j->dry = submit_tool(j->options, TOOL_DRY_RUN) != NULL;
	if (submit_tool(j->options, TOOL_BULK) != NULL)
		return bulk_run(j);
	return single_run(j);
}

int main(int argc, char **argv)
{
	const struct program program = {
		"jobsub", usage, "Submits a job and prints its id.",
		submit_opts(FROM_COMMAND_LINE), false
	};
	static struct jobsub j;
	struct submit_place place;
	struct err e;
	int n, status;

	j.program = &program;
	j.spool.fd = -1;
	j.attach.reader = j.attach.writer = -1;
	j.options = submit_options_new();
	place = (struct submit_place){ j.options, FROM_COMMAND_LINE };
	n = opts_parse(&program, argc, argv, submit_take, &place, &e);
	if (n == -1)
		return cli_fail(&program, &e);
	j.operands = argv + n;
	status = cli_finish(&program, run(&j));
	client_free(j.client);
	if (j.spool.fd != -1)
		spool_close(&j.spool);
	conf_free(&j.conf);
	zone_free(j.zone);
	waitset_release(&j.waits);
	for (size_t i = 0; i < FROM_ENVIRONMENT; i++)
		directives_release(&j.lines[i]);
	submit_options_free(j.options);
	return status;
}
