/*
 * attach: --pipe, a job that is used as if its command ran here.
 *
 * Its standard input is a FIFO in a folder of our own, which a child of ours fills from
 * ours; its output goes to the log tree as any other's, and joblog -f copies it from
 * there.  We wait for its end, pass on the signals that we get, and when nobody reads
 * what joblog writes, tell the job so.  Promises that both children are gone and the
 * folder is removed when this returns.
 *
 * The FIFO is also held open for reading: what was written into it stays there until
 * the job has come to read it.  When we are killed, the job reads to the end of what
 * is there, and then the end.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/beside.h"
#include "base/clock.h"
#include "base/fdio.h"
#include "client/control.h"
#include "jobsub.h"

#define CHUNK 65536
#define FIFO "stdin"
#define LOG_READER "joblog"

static const int passed_on[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2 };

static volatile sig_atomic_t flag;

/* That a child has ended is found anyway; it must not hide a signal for the job. */
static void on_signal(int sig)
{
	if (sig != SIGCHLD || flag == 0)
		flag = sig;
}

/* ---- before the submission */

/* A % in a path begins a pattern. */
static char *escaped(const char *path)
{
	char *out = xmalloc(2 * strlen(path) + 1), *p = out;

	for (; *path != '\0'; path++) {
		if (*path == '%')
			*p++ = '%';
		*p++ = *path;
	}
	*p = '\0';
	return out;
}

static int folder_make(struct attach *a, struct err *e)
{
	const char *tmp = getenv("TMPDIR");

	a->dir = xasprintf("%s/jobsub.XXXXXX", tmp != NULL && tmp[0] == '/' ? tmp : "/tmp");
	if (mkdtemp(a->dir) == NULL) {
		err_sys(e, ERR_CREATE, "%s", a->dir);
		free(a->dir);
		a->dir = NULL;
		return -1;
	}
	a->fifo = xasprintf("%s/" FIFO, a->dir);
	if (mkfifo(a->fifo, 0600) == -1 ||
	    (a->reader = open(a->fifo, O_RDONLY | O_NONBLOCK | O_CLOEXEC)) == -1 ||
	    (a->writer = open(a->fifo, O_WRONLY | O_CLOEXEC)) == -1)
		return err_sys(e, ERR_CREATE, "%s", a->fifo);
	return 0;
}

int attach_begin(struct jobsub *j, struct msg *m, struct err *e)
{
	static const enum msg_field taken[] = { F_STDIN, F_STDOUT, F_STDERR, F_KEY, F_RUN_AS };
	char *path;
	int r;

	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		if (msg_has(m, taken[i]))
			return err_set(e, ERR_USAGE, "%s: not together with --pipe",
			    msg_field_name(taken[i]));
	}
	if (folder_make(&j->attach, e) == -1)
		return -1;
	path = escaped(j->attach.fifo);
	r = msg_add(m, F_STDIN, path);
	free(path);
	/* What was read once is gone: no other execution could read it again. */
	if (r == -1 || msg_add_u64(m, F_PIPE, 1) == -1 ||
	    (!msg_has(m, F_NO_REQUEUE) && msg_add_u64(m, F_NO_REQUEUE, 1) == -1) ||
	    (!msg_has(m, F_RETRIES) && msg_add_u64(m, F_RETRIES, 0) == -1))
		return err_set(e, ERR_DATA, "the request is too large");
	return 0;
}

/* ---- the children */

/* What a terminal tells all of us is for the job alone. */
static void child_signals(void)
{
	for (size_t i = 0; i < sizeof(passed_on) / sizeof(passed_on[0]); i++)
		(void)signal(passed_on[i], SIG_IGN);
	(void)signal(SIGCHLD, SIG_DFL);
	/* If we are killed, the job's input has an end. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static void feed(int to) __attribute__((noreturn));

static void feed(int to)
{
	static char data[CHUNK];
	ssize_t n;

	for (;;) {
		n = read(STDIN_FILENO, data, sizeof(data));
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0 || fd_write_all(to, data, (size_t)n, NULL) == -1)
			_exit(n == 0 ? 0 : EXIT_IOERR);
	}
}

static void show(const struct jobsub *j, const char *job) __attribute__((noreturn));

static void show(const struct jobsub *j, const char *job)
{
	const char *argv[] = { LOG_READER, "-f", "-Q", "--spool", j->spool.path, "--", job, NULL };
	char *program = program_beside(LOG_READER);

	/* The one beside us, else the one in PATH. */
	execv(program, (char *const *)argv);
	execvp(LOG_READER, (char *const *)argv);
	cli_warn(j->program, "%s: %s", program, strerror(errno));
	_exit(EXIT_NOT_FOUND);
}

static pid_t child(struct jobsub *j, const char *job)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	child_signals();
	if (job != NULL)
		show(j, job);
	feed(j->attach.writer);
}

static int children_start(struct jobsub *j, const char *job, struct err *e)
{
	struct attach *a = &j->attach;

	a->feeder = child(j, NULL);
	if (a->feeder != -1)
		a->follower = child(j, job);
	/* The feeder has it: when it ends, that is the end of the job's input. */
	close(a->writer);
	a->writer = -1;
	return a->feeder == -1 || a->follower == -1 ? err_sys(e, ERR_OS, "fork") : 0;
}

/* ---- while it runs */

static void controlled(void *arg, const char *target, enum err_code code, const char *text,
    int64_t job)
{
	(void)target;
	(void)text;
	(void)job;
	*(enum err_code *)arg = code;
}

/* Tells the job; false: it does not run. */
static bool control(struct jobsub *j, enum control_op op, int sig)
{
	struct client_control ct = { .op = op, .signal = sig, .done = controlled };
	enum err_code code = ERR_NONE;
	const char **names = waitset_targets(&j->waits, &ct.n);
	struct err e;

	ct.targets = names;
	ct.arg = &code;
	client_interrupt(j->client, NULL);
	if (client_control(j->client, &ct, &e) == -1)
		cli_warn(j->program, "the job is not told: %s", e.text);
	client_interrupt(j->client, &flag);
	free(names);
	return code == ERR_NONE;
}

/* One that has not begun has nobody to get a signal: those that end a program end its wait. */
static void pass_on(struct jobsub *j, int sig)
{
	bool ends = sig != SIGUSR1 && sig != SIGUSR2;
	bool cancels = sig == SIGINT && submit_tool(j->options, TOOL_CANCEL_ON_INT) != NULL;

	if (cancels || (!control(j, CONTROL_SIGNAL, sig) && ends))
		(void)control(j, CONTROL_CANCEL, 0);
}

/* Whether the one who reads our output has gone; then the job would write for nobody. */
static void look_after(struct jobsub *j)
{
	struct attach *a = &j->attach;
	int status;

	if (a->follower > 0 && waitpid(a->follower, &status, WNOHANG) == a->follower) {
		a->follower = 0;
		if (WIFSIGNALED(status) ? WTERMSIG(status) == SIGPIPE :
		    WEXITSTATUS(status) == EXIT_IOERR)
			(void)control(j, CONTROL_SIGNAL, SIGPIPE);
	}
	if (a->feeder > 0 && waitpid(a->feeder, NULL, WNOHANG) == a->feeder)
		a->feeder = 0;
}

static int64_t left(int64_t end)
{
	int64_t ms = end - now_read().boot;

	return end == -1 ? -1 : ms > 0 ? ms : 0;
}

/* Until the job's end, which no signal keeps us from; -1 with e. */
static int follow(struct jobsub *j, struct err *e)
{
	int64_t end = j->timeout == -1 ? -1 : now_read().boot + j->timeout;
	int sig, r;

	do {
		r = waiting_wait(j, left(end), &flag, e);
		sig = flag;
		flag = 0;
		if (r == 0)
			break;
		look_after(j);
		if (sig != 0 && sig != SIGCHLD)
			pass_on(j, sig);
	} while (sig != 0);
	return r;
}

static void signals_catch(void)
{
	struct sigaction sa = { .sa_handler = on_signal }, old;

	sigfillset(&sa.sa_mask);
	for (size_t i = 0; i < sizeof(passed_on) / sizeof(passed_on[0]); i++) {
		if (sigaction(passed_on[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			sigaction(passed_on[i], &sa, NULL);
	}
	sigaction(SIGCHLD, &sa, NULL);
}

/*
 * All of the output is there when joblog ends, which it does as the job has ended.  Who
 * does not want to wait for a slow reader of it sends us a signal.
 */
static void children_end(struct attach *a, bool whole)
{
	if (a->feeder > 0) {
		kill(a->feeder, SIGKILL);
		waitpid(a->feeder, NULL, 0);
	}
	if (a->follower > 0 && !whole)
		kill(a->follower, SIGKILL);
	while (a->follower > 0 && waitpid(a->follower, NULL, 0) == -1 && errno == EINTR &&
	    (flag == 0 || flag == SIGCHLD))
		continue;
}

int attach_run(struct jobsub *j)
{
	size_t n;
	const char **names = waitset_targets(&j->waits, &n);
	struct err e;
	int r = 0;

	if (n > 0) {
		signals_catch();
		r = children_start(j, names[0], &e);
		if (r == 0)
			r = follow(j, &e);
		children_end(&j->attach, r == 0);
		flag = 0;
	}
	free(names);
	return r == -1 ? waiting_stopped(j, &flag, &e) : waitset_status(&j->waits);
}

void attach_end(struct jobsub *j)
{
	struct attach *a = &j->attach;

	if (a->reader != -1)
		close(a->reader);
	if (a->writer != -1)
		close(a->writer);
	if (a->fifo != NULL)
		unlink(a->fifo);
	if (a->dir != NULL)
		rmdir(a->dir);
	free(a->fifo);
	free(a->dir);
}
