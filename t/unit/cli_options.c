/* options, exit, fail: what every program's command line and end have in common. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fdio.h"
#include "cli/cli.h"
#include "core/types.h"
#include "tap.h"

enum { ALL = 1, USER, NAME, WATCH, LATER };

static const struct opt opts[] = {
	{ 'a', "all", NULL, "everything", ALL },
	{ 'u', "user", "USER", "of this user", USER },
	{ 0, "name", "NAME", "of this name", NAME },
	{ 'w', "watch", "[N]", "again each N seconds", WATCH },
	{ 'z', "later", NULL, NULL, LATER },
	{ 0, NULL, NULL, NULL, 0 }
};
static const char *const usage[] = { "[options] ID ...", "--stdin", NULL };
static const struct program tool = { "tool", usage, "Does things.", opts, false };
static const struct program lister = { "lister", usage, "Lists things.", opts, true };

static char seen[300];

static int take(void *ctx, int id, const char *value, struct err *e)
{
	size_t n = strlen(seen);

	(void)ctx;
	if (id == LATER)
		return err_set(e, ERR_UNAVAIL, "not there yet");
	snprintf(seen + n, sizeof(seen) - n, "%d=%s;", id, value ? value : "-");
	return 0;
}

/* Words between blanks; what fn saw, and where the operands begin. */
static int parse(const struct program *p, const char *line, struct err *e)
{
	static char words[300];
	char *argv[20], *rest = words, *word;
	int argc = 1;

	snprintf(words, sizeof(words), "%s", line);
	argv[0] = (char *)(uintptr_t)p->name;
	while ((word = strsep(&rest, " ")) != NULL)
		argv[argc++] = word;
	argv[argc] = NULL;
	seen[0] = '\0';
	err_clear(e);
	return opts_parse(p, argc, argv, take, NULL, e);
}

static void parses(const char *line, int at, const char *want)
{
	struct err e;

	is_int(parse(&tool, line, &e), at, "'%s': operands from %d %s", line, at, e.text);
	is_str(seen, want, "'%s': options", line);
}

static void refused(const char *line, enum err_code code, const char *why)
{
	struct err e;

	is_int(parse(&tool, line, &e), -1, "'%s' is refused", line);
	is_int(e.code, code, "with its code");
	is_str(e.text, why, "and why");
}

static void check_parse(void)
{
	parses("x", 1, "");
	parses("-a x", 2, "1=-;");
	parses("-au ann x", 3, "1=-;2=ann;");
	parses("-uann -a", 3, "2=ann;1=-;");
	parses("-ua", 2, "2=a;");
	parses("--user ann --all", 4, "2=ann;1=-;");
	parses("--user=ann --name= x", 3, "2=ann;3=;");
	parses("--user=a=b", 2, "2=a=b;");
	parses("-u -a", 3, "2=-a;");
	parses("-a x -u ann", 2, "1=-;");
	parses("-a -- -u", 3, "1=-;");
	parses("- -a", 1, "");
	parses("-w 5", 2, "4=-;");
	parses("-w5 --watch=7 --watch", 4, "4=5;4=7;4=-;");
	refused("--users x", ERR_USAGE, "unknown option --users; did you mean --user?");
	refused("--use x", ERR_USAGE, "unknown option --use; did you mean --user?");
	refused("--zzzzzz", ERR_USAGE, "unknown option --zzzzzz");
	refused("--versoin", ERR_USAGE, "unknown option --versoin; did you mean --version?");
	refused("-x", ERR_USAGE, "unknown option -x");
	refused("-ax", ERR_USAGE, "unknown option -x");
	refused("-u", ERR_USAGE, "option -u needs USER");
	refused("--user", ERR_USAGE, "option --user needs USER");
	refused("--all=1", ERR_USAGE, "option --all takes no value");
	refused("--later", ERR_UNAVAIL, "not there yet");
	refused("--help=x", ERR_USAGE, "option --help takes no value");
}

/* ---- what is printed: in a child, which may exit */

struct run {
	char out[4000], err[1000];
	int status;
};

typedef int (*child_fn)(void);

static void slurp(const char *path, char *out, size_t size)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	file_read(AT_FDCWD, path, &b, NULL);
	snprintf(out, size, "%s", b.len ? b.data : "");
	buf_release(&b);
}

static struct run in_child(child_fn fn)
{
	char out[300], err[310];
	struct run r;
	pid_t pid;

	snprintf(out, sizeof(out), "%s/out", tap_tmpdir());
	snprintf(err, sizeof(err), "%s.err", out);
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		if (!freopen(out, "w", stdout) || !freopen(err, "w", stderr))
			_exit(99);
		r.status = fn();
		fflush(NULL);
		_exit(r.status);
	}
	waitpid(pid, &r.status, 0);
	r.status = WIFEXITED(r.status) ? WEXITSTATUS(r.status) : -1;
	slurp(out, r.out, sizeof(r.out));
	slurp(err, r.err, sizeof(r.err));
	return r;
}

static int help(void)
{
	struct err e;

	return parse(&tool, "-a --help", &e) + 50;
}

static int short_help(void)
{
	struct err e;

	return parse(&tool, "-h", &e) + 50;
}

static int lister_short_help(void)
{
	struct err e;

	return parse(&lister, "-h", &e) + 50;
}

static int version(void)
{
	struct err e;

	return parse(&lister, "-V", &e) + 50;
}

static int usage_failure(void)
{
	struct err e;

	err_set(&e, ERR_USAGE, "no\033[31m such\nthing");
	return cli_fail(&tool, &e);
}

static int other_failure(void)
{
	struct err e;

	err_set(&e, ERR_NOINPUT, "no such job: 5");
	cli_warn(&tool, "%d things", 3);
	return cli_fail(&tool, &e);
}

static int full_disk(void)
{
	if (!freopen("/dev/full", "w", stdout))
		return 99;
	printf("data\n");
	return cli_finish(&tool, EXIT_OK);
}

static int good_end(void)
{
	printf("data\n");
	return cli_finish(&tool, EXIT_SOME_FAILED);
}

static void check_print(void)
{
	struct run r = in_child(help);

	is_int(r.status, 0, "--help ends with 0");
	is_str(r.out, "usage: tool [options] ID ...\n"
	    "       tool --stdin\n"
	    "Does things.\n\n"
	    "  -a, --all                   everything\n"
	    "  -u, --user USER             of this user\n"
	    "      --name NAME             of this name\n"
	    "  -w, --watch[=N]             again each N seconds\n"
	    "  -h, --help                  show this help\n"
	    "  -V, --version               show the version\n"
	    "\nThe manual: man tool\n", "--help shows every option that is there");
	r = in_child(short_help);
	ok(r.status == 0 && strncmp(r.out, "usage: tool", 11) == 0, "-h is help");
	r = in_child(lister_short_help);
	ok(r.status == 49 && r.out[0] == '\0', "but not where it means no header");
	r = in_child(version);
	is_str(r.out, "lister " JOB_VERSION "\n", "-V");
	r = in_child(usage_failure);
	is_int(r.status, 64, "a usage error");
	is_str(r.err, "tool: no\\033[31m such\\nthing\ntool: try 'tool --help'\n",
	    "says so harmlessly, and where help is");
	r = in_child(other_failure);
	is_int(r.status, 66, "another error has its own status");
	is_str(r.err, "tool: 3 things\ntool: no such job: 5\n", "and its line");
	r = in_child(full_disk);
	is_int(r.status, 74, "output that does not fit is an error");
	ok(strstr(r.err, "tool: cannot write to standard output") == r.err, "that is told: %s",
	    r.err);
	r = in_child(good_end);
	ok(r.status == 1 && strcmp(r.out, "data\n") == 0 && r.err[0] == '\0', "a good end");
}

static void check_exit(void)
{
	static const struct { enum err_code code; int status; } codes[] = {
		{ ERR_NONE, 0 }, { ERR_USAGE, 64 }, { ERR_DATA, 65 }, { ERR_NOINPUT, 66 },
		{ ERR_UNAVAIL, 69 }, { ERR_INTERNAL, 70 }, { ERR_OS, 71 }, { ERR_CREATE, 73 },
		{ ERR_IO, 74 }, { ERR_AGAIN, 75 }, { ERR_PERM, 77 }, { ERR_CONFIG, 78 },
	};
	static const struct { int status, reason, code, signal, want; } ends[] = {
		{ JOB_COMPLETED, REASON_NONE, 0, -1, 0 },
		{ JOB_COMPLETED, REASON_NONE, 3, -1, 0 },
		{ JOB_FAILED, REASON_NONZERO_EXIT, 0, -1, 1 },
		{ JOB_COMPLETED, REASON_NONE, -1, -1, 0 },
		{ JOB_FAILED, REASON_NONZERO_EXIT, 7, -1, 7 },
		{ JOB_FAILED, REASON_SIGNAL, -1, 9, 137 },
		{ JOB_FAILED, REASON_OUT_OF_MEMORY, -1, 9, 137 },
		{ JOB_FAILED, REASON_TIMEOUT, -1, 15, 124 },
		{ JOB_FAILED, REASON_TIMEOUT, 0, -1, 124 },
		{ JOB_FAILED, REASON_DEADLINE, 1, -1, 125 },
		{ JOB_FAILED, REASON_NOT_EXECUTABLE, 126, -1, 126 },
		{ JOB_FAILED, REASON_NOT_FOUND, 127, -1, 127 },
		{ JOB_FAILED, REASON_NODE_LOST, -1, -1, 125 },
		{ JOB_FAILED, REASON_LAUNCH_FAILED, 125, -1, 125 },
		{ JOB_CANCELLED, REASON_BY_USER, -1, 15, 125 },
		{ JOB_CANCELLED, REASON_DEP_FAILED, -1, -1, 125 },
		{ JOB_QUEUED, REASON_RETRY_WAIT, 1, -1, -1 },
		{ JOB_RUNNING, REASON_NONE, -1, -1, -1 },
	};

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		is_int(exit_of(codes[i].code), codes[i].status, "error %d", (int)codes[i].code);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		is_int(exit_of_job(ends[i].status, ends[i].reason, ends[i].code, ends[i].signal),
		    ends[i].want, "a job that is %s (%s)",
		    job_status_name((enum job_status)ends[i].status),
		    reason_name((enum reason)ends[i].reason));
}

int main(void)
{
	check_parse();
	check_print();
	check_exit();
	return tap_done();
}
