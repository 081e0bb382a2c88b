/*
 * child: the steps of a new process between fork(2) and execve(2).
 *
 * Owns their order.  The record says that the process exists before it can do
 * anything; it becomes its user before it enters a folder or opens a file that this
 * user named; every result is checked, and what fails is reported over a pipe that
 * the exec closes.  Promises that the job gets descriptors 0, 1 and 2 and no other.
 */
#include <bsd/string.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/execfile.h"
#include "agent/redirect.h"
#include "agent/run.h"
#include "agent/tree.h"
#include "base/fdio.h"
#include "core/types.h"

#define EXIT_LAUNCH 125
#define EXIT_NO_EXEC 126
#define EXIT_NOT_FOUND 127

void failure_set(struct failure *f, int cause, int exit_code, const char *fmt, ...)
{
	va_list ap;

	f->cause = cause;
	f->exit_code = exit_code;
	va_start(ap, fmt);
	vsnprintf(f->text, sizeof(f->text), fmt, ap);
	va_end(ap);
}

int failure_cause(int error, int other)
{
	switch (error) {
	case EAGAIN:
	case ENOMEM:
	case ENOSPC:
	case EDQUOT:
	case EMFILE:
	case ENFILE:
	case EIO:
		return END_RESOURCE;
	default:
		return other;
	}
}

static void tell(int report, int cause, int exit_code, const char *what, const char *why)
    __attribute__((noreturn));
static void fail(int report, int cause, int exit_code, const char *what)
    __attribute__((noreturn));

static void tell(int report, int cause, int exit_code, const char *what, const char *why)
{
	struct failure f;

	memset(&f, 0, sizeof(f));
	failure_set(&f, cause, exit_code, "%s: %s", what, why);
	/* If this cannot be told, the exit status says that much. */
	if (write(report, &f, sizeof(f)) != (ssize_t)sizeof(f))
		_exit(EXIT_LAUNCH);
	_exit(exit_code);
}

/* `what` has failed with errno. */
static void fail(int report, int cause, int exit_code, const char *what)
{
	int error = errno;

	tell(report, failure_cause(error, cause), exit_code, what, strerror(error));
}

/* If the supervisor dies, so does the job: nobody would keep its limits. */
static void follow(int report, pid_t supervisor)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1)
		fail(report, END_LAUNCH, EXIT_LAUNCH, "parent death signal");
	if (getppid() != supervisor)
		_exit(EXIT_LAUNCH);
}

static void note(struct run *r, int report)
{
	struct proc_id self;
	struct err e;
	struct msg *m;
	int ret;

	if (process_self(&self, r->order->boot) == -1)
		fail(report, END_LAUNCH, EXIT_LAUNCH, "/proc/self");
	m = execfile_run(&self, r->at, r->limits, NULL, 0, NULL);
	ret = execfile_add(r->order->record, m, &e);
	msg_free(m);
	if (ret == -1)
		fail(report, END_RESOURCE, EXIT_LAUNCH, "record of the execution");
}

static void limit(int report, int what, rlim_t value)
{
	struct rlimit lim;

	if (getrlimit(what, &lim) == -1)
		fail(report, END_LAUNCH, EXIT_LAUNCH, "getrlimit");
	lim.rlim_cur = lim.rlim_max == RLIM_INFINITY || value < lim.rlim_max ? value : lim.rlim_max;
	if (what == RLIMIT_AS)
		lim.rlim_max = lim.rlim_cur;
	if (setrlimit(what, &lim) == -1)
		fail(report, END_LAUNCH, EXIT_LAUNCH, "setrlimit");
}

/* Nothing of root is left after this, or it fails. */
static void become(int report, const struct user *u)
{
	uid_t real, effective, saved;
	gid_t greal, geffective, gsaved;

	if (u->uid == geteuid() && u->uid == getuid())
		return;
	if (setgroups(u->ngroups, u->groups) == -1 || setresgid(u->gid, u->gid, u->gid) == -1 ||
	    setresuid(u->uid, u->uid, u->uid) == -1)
		fail(report, END_USER, EXIT_LAUNCH, "become the job's user");
	if (getresuid(&real, &effective, &saved) == -1 ||
	    getresgid(&greal, &geffective, &gsaved) == -1 ||
	    real != u->uid || effective != u->uid || saved != u->uid ||
	    greal != u->gid || geffective != u->gid || gsaved != u->gid ||
	    (u->uid != 0 && setuid(0) == 0)) {
		errno = EPERM;
		fail(report, END_USER, EXIT_LAUNCH, "become the job's user");
	}
}

static void attach(int report, int from, int to, const char *name)
{
	if (from == -1 || dup2(from, to) == -1)
		fail(report, END_LAUNCH, EXIT_LAUNCH, name);
}

/* As 0, 1 or 2. */
static void file(const struct launch *l, int report, int to, const char *path)
{
	const char *why;
	int fd = to == 0 ? redirect_input(path, l->pipe, &why) :
	    redirect_output(path, l->append, &why);

	if (fd == -1)
		tell(report, failure_cause(errno, END_LAUNCH), EXIT_LAUNCH, path, why);
	attach(report, fd, to, path);
}

static void files(const struct launch *l, int report, const int out[2])
{
	file(l, report, 0, l->in != NULL ? l->in : "/dev/null");
	if (l->out != NULL)
		file(l, report, 1, l->out);
	else
		attach(report, out[0], 1, "stdout");
	if (l->err != NULL && l->out != NULL && strcmp(l->err, l->out) == 0)
		attach(report, 1, 2, l->err);
	else if (l->err != NULL)
		file(l, report, 2, l->err);
	else
		attach(report, out[1], 2, "stderr");
}

static bool is_missing(int error)
{
	return error == ENOENT || error == ENOTDIR;
}

static void enter(struct run *r, int report)
{
	struct launch *l = &r->launch;

	if (chdir(l->dir) == 0)
		return;
	if (is_missing(errno) && l->missing == MISSING_CREATE &&
	    dir_make(AT_FDCWD, l->dir, 0777 & ~l->mask, NULL) == 0 && chdir(l->dir) == 0)
		return;
	if (is_missing(errno) && l->missing == MISSING_HOME && chdir(r->order->user->home) == 0) {
		launch_move(l, r->order->user->home, r->order->start, &r->host);
		return;
	}
	fail(report, END_DIR, EXIT_LAUNCH, l->dir);
}

static void rlimit_set(const struct rlimit_setting *s, int report)
{
	struct rlimit lim;
	char what[32];

	snprintf(what, sizeof(what), "rlimit %s", s->name);
	if (getrlimit(s->resource, &lim) == -1)
		fail(report, END_LAUNCH, EXIT_LAUNCH, what);
	/* RLIM_INFINITY is the largest number, as SETTING_UNLIMITED is. */
	lim.rlim_cur = (rlim_t)s->soft;
	if (s->has_hard)
		lim.rlim_max = (rlim_t)s->hard;
	if (setrlimit(s->resource, &lim) == -1)
		fail(report, END_LAUNCH, EXIT_LAUNCH, what);
}

/* What the job wants of itself, with its user's rights. */
static void wishes(const struct launch *l, int report)
{
	if (l->nice != 0 && setpriority(PRIO_PROCESS, 0, l->nice) == -1)
		fail(report, END_LAUNCH, EXIT_LAUNCH, "nice");
	for (size_t i = 0; i < l->nrlimits; i++)
		rlimit_set(&l->rlimits[i], report);
}

/* As execvpe(3), but in the job's own PATH and without a shell for what is no program. */
static void search(const struct launch *l, const char *name)
{
	const char *path = launch_getenv(l, "PATH"), *end;
	char file[4096];
	int error = ENOENT;

	for (; path != NULL; path = *end == ':' ? end + 1 : NULL) {
		size_t n;

		end = strchrnul(path, ':');
		n = (size_t)(end - path);
		if (n + strlen(name) + 2 > sizeof(file))
			continue;
		memcpy(file, path, n);
		snprintf(file + n, sizeof(file) - n, "%s%s", n > 0 ? "/" : "", name);
		execve(file, l->argv, l->env);
		if (errno != ENOENT && errno != ENOTDIR)
			error = errno;
		if (error != ENOENT && error != EACCES)
			break;
	}
	errno = error;
}

static void program(const struct launch *l, int report)
{
	const char *name = l->file != NULL ? l->file : l->argv[0];

	if (strchr(name, '/') != NULL)
		execve(name, l->argv, l->env);
	else
		search(l, name);
	if (errno == ENOENT || errno == ENOTDIR)
		fail(report, END_NOT_FOUND, EXIT_NOT_FOUND, name);
	if (errno == E2BIG)
		fail(report, END_LAUNCH, EXIT_LAUNCH, name);
	fail(report, END_NO_EXEC, EXIT_NO_EXEC, name);
}

void child_exec(struct run *r, int report, const int out[2])
{
	const struct launch *l = &r->launch;
	sigset_t none;

	if (setsid() == -1)
		fail(report, END_LAUNCH, EXIT_LAUNCH, "setsid");
	follow(report, r->self.pid);
	note(r, report);
	if (cgroup_join(&r->cgroup) == -1)
		fail(report, END_LAUNCH, EXIT_LAUNCH, "join the control group");
	if (r->rlimit_mem)
		limit(report, RLIMIT_AS, (rlim_t)l->mem << 20);
	if (r->order->nofile > 0)
		limit(report, RLIMIT_NOFILE, r->order->nofile);
	umask(l->mask);
	become(report, r->order->user);
	/* Changing the user has taken it away. */
	follow(report, r->self.pid);
	enter(r, report);
	files(l, report, out);
	if (close_range(3, ~0u, CLOSE_RANGE_CLOEXEC) == -1)
		fail(report, END_LAUNCH, EXIT_LAUNCH, "close_range");
	wishes(l, report);
	sigemptyset(&none);
	if (signal(SIGPIPE, SIG_DFL) == SIG_ERR || sigprocmask(SIG_SETMASK, &none, NULL) == -1)
		fail(report, END_LAUNCH, EXIT_LAUNCH, "signals");
	program(l, report);
}
