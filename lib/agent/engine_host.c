/*
 * engine_host: runs a job on the host itself, as the first row of the engine table.
 *
 * Owns the job's control group, its script file and its processes: all of them stay
 * below the supervisor, which is a subreaper, so waitpid(2) says when none is left.
 */
#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "agent/execfile.h"
#include "agent/run.h"
#include "agent/tree.h"
#include "base/fdio.h"
#include "base/hash.h"
#include "base/rmtree.h"
#include "core/types.h"

#define EXIT_LAUNCH 125
#define PAUSE_PASSES 50
#define PAUSE_LOOK_US 1000

/* Says which limits are in force: "cgroup1:memory,cpu", "rlimit:memory", "none". */
static void limits_describe(struct run *r, bool memory, bool cpu)
{
	const struct launch *l = &r->launch;
	char *s = r->limits;
	size_t n = sizeof(r->limits);

	if (memory || cpu)
		snprintf(s, n, "cgroup%d:%s%s%s", r->order->cgroups->version,
		    memory ? "memory" : "", memory && cpu ? "," : "", cpu ? "cpu" : "");
	else
		snprintf(s, n, "%s", r->rlimit_mem || l->cpus > 0 ? "" : "none");
	if (r->rlimit_mem)
		snprintf(s + strlen(s), n - strlen(s), "%srlimit:memory", s[0] != '\0' ? " " : "");
	if (l->cpus > 0 && !cpu)
		snprintf(s + strlen(s), n - strlen(s), "%snone:cpu", s[0] != '\0' ? " " : "");
}

static void limits_prepare(struct run *r)
{
	const struct launch *l = &r->launch;
	const struct cgroup_host *h = r->order->cgroups;
	bool memory = l->mem > 0 && h->memory != NULL, cpu = l->cpus > 0 && h->cpu != NULL;
	char execution[EXECFILE_NAME_MAX], name[EXECFILE_NAME_MAX + 32];

	/* Of this execution here: another agent on this host may have the same number. */
	execfile_name(l->job, l->number, execution);
	snprintf(name, sizeof(name), "jobworker-%08x-%s",
	    (unsigned)hash64(0, r->order->dir, strlen(r->order->dir)), execution);
	cgroup_plan(&r->cgroup, h, name, l->mem, l->cpus);
	r->rlimit_mem = l->mem > 0 && !memory;
	limits_describe(r, memory, cpu);
}

static int script_write(const struct run *r, struct failure *f)
{
	const struct launch *l = &r->launch;
	const struct user *u = r->order->user;
	struct err e = { .code = ERR_NONE };
	int fd, ret = -1;

	if (l->script == NULL)
		return 0;
	fd = open(l->script, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0500);
	if (fd != -1 && fd_write_all(fd, l->body, l->body_len, &e) == 0 &&
	    fchmod(fd, 0500) == 0 && (u->uid == geteuid() || fchown(fd, u->uid, u->gid) == 0))
		ret = 0;
	if (ret == -1)
		failure_set(f, failure_cause(errno, END_LAUNCH), EXIT_LAUNCH, "%s: %s", l->script,
		    strerror(errno));
	if (fd != -1)
		close(fd);
	return ret;
}

/* Its owner's alone; a leftover of this name cannot be: recover.c has removed it. */
static int scratch_make(const struct run *r, struct failure *f)
{
	const char *path = r->launch.scratch;
	const struct user *u = r->order->user;

	if (path == NULL || (mkdir(path, 0700) == 0 && chmod(path, 0700) == 0 &&
	    (u->uid == geteuid() || chown(path, u->uid, u->gid) == 0)))
		return 0;
	failure_set(f, failure_cause(errno, END_LAUNCH), EXIT_LAUNCH, "%s: %s", path,
	    strerror(errno));
	return -1;
}

static int host_prepare(struct run *r, struct failure *f)
{
	(void)f;
	limits_prepare(r);
	return 0;
}

/*
 * A terminal for what goes to the log: one stream, that of the first.  It changes no
 * byte; programs see that it is one, and write each line at once.
 */
static int pty_make(const struct launch *l, int ends[2], int out[2])
{
	int first = l->out != NULL ? 1 : 0, slave;
	struct winsize size = { .ws_row = 24, .ws_col = 80 };
	struct termios raw;

	if (openpty(&ends[first], &slave, NULL, NULL, &size) == -1)
		return -1;
	if (tcgetattr(slave, &raw) == -1)
		goto bad;
	cfmakeraw(&raw);
	if (tcsetattr(slave, TCSANOW, &raw) == -1 ||
	    fcntl(ends[first], F_SETFD, FD_CLOEXEC) == -1)
		goto bad;
	out[first] = slave;
	if (first == 0 && l->err == NULL)
		out[1] = fcntl(slave, F_DUPFD_CLOEXEC, 0);
	return 0;
bad:
	close(slave);
	return -1;
}

static int pipes_make(const struct launch *l, int ends[2], int out[2])
{
	const char *const files[2] = { l->out, l->err };
	int fds[2];

	if (l->pty)
		return pty_make(l, ends, out);
	for (int i = 0; i < 2; i++) {
		if (files[i] != NULL)
			continue;
		if (pipe2(fds, O_CLOEXEC) == -1)
			return -1;
		ends[i] = fds[0];
		out[i] = fds[1];
	}
	return 0;
}

static void close_all(const int *fds, int n)
{
	for (int i = 0; i < n; i++) {
		if (fds[i] != -1)
			close(fds[i]);
	}
}

static int host_start(struct run *r, struct failure *f)
{
	struct err e = { .code = ERR_NONE };
	int out[2] = { -1, -1 }, report[2] = { -1, -1 };

	if (cgroup_make(&r->cgroup, r->order->cgroups, r->launch.mem, r->launch.cpus, &e) == -1) {
		failure_set(f, END_RESOURCE, EXIT_LAUNCH, "limits: %s", e.text);
		return -1;
	}
	if (script_write(r, f) == -1 || scratch_make(r, f) == -1)
		return -1;
	if (pipes_make(&r->launch, r->pipes, out) == -1 || pipe2(report, O_CLOEXEC) == -1 ||
	    (r->main = fork()) == -1) {
		failure_set(f, END_RESOURCE, EXIT_LAUNCH, "new process: %s", strerror(errno));
		r->main = 0;
		close_all(out, 2);
		close_all(report, 2);
		return -1;
	}
	if (r->main == 0)
		child_exec(r, report[1], out);
	close_all(out, 2);
	close(report[1]);
	r->report = report[0];
	return 0;
}

static void host_kill(struct run *r, int sig)
{
	pid_t group = 0;

	if (r->empty)
		return;
	/* While the main process is not waited for, nobody else can have its number. */
	if (r->main != 0 && !r->main_ended) {
		group = r->main;
		if (kill(-group, sig) == -1)
			kill(group, sig);	/* it has not made its group yet */
	}
	tree_signal(r->self.pid, sig, group);
	for (int i = 0; sig == SIGKILL && i < r->cgroup.npaths; i++)
		cgroup_kill(r->cgroup.paths[i]);
}

static void host_signal(struct run *r, int sig)
{
	if (r->main != 0 && !r->main_ended)
		kill(r->main, sig);
}

/*
 * By the group's freezer, which lets nothing slip; where there is none by SIGSTOP,
 * again until a walk finds nobody awake, since one may fork while it is looked for.
 */
static void host_pause(struct run *r, bool on)
{
	bool frozen = false;

	for (int i = 0; i < r->cgroup.npaths; i++)
		frozen = cgroup_freeze(r->cgroup.paths[i], on) == 0 || frozen;
	if (!on) {
		host_kill(r, SIGCONT);
		return;
	}
	for (int i = 0; i < PAUSE_PASSES && !frozen && tree_awake(r->self.pid) > 0; i++) {
		host_kill(r, SIGSTOP);
		usleep(PAUSE_LOOK_US);
	}
}

static void host_wait(struct run *r)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) != 0) {
		if (pid == -1 && errno == EINTR)
			continue;
		if (pid == -1) {
			r->empty = true;	/* ECHILD: no child, so no descendant */
			return;
		}
		if (pid == r->main) {
			r->main_ended = true;
			r->status = status;
		}
	}
}

static void host_usage(struct run *r, struct usage *u)
{
	struct rusage ru;
	uint64_t peak = cgroup_peak(&r->cgroup);

	*u = (struct usage){ .oom = cgroup_oom_kills(&r->cgroup) > 0 };
	if (getrusage(RUSAGE_CHILDREN, &ru) == -1)
		return;
	u->cpu_ms = (uint64_t)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) * 1000 +
	    (uint64_t)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) / 1000;
	u->max_rss = (uint64_t)ru.ru_maxrss;
	if (peak > u->max_rss)
		u->max_rss = peak;
}

static void host_clean(struct run *r)
{
	for (int i = 0; i < r->cgroup.npaths; i++)
		cgroup_remove(r->cgroup.paths[i]);
	cgroup_release(&r->cgroup);
	if (r->launch.script != NULL)
		unlink(r->launch.script);
	if (r->launch.scratch != NULL)
		(void)dir_remove(AT_FDCWD, r->launch.scratch, NULL);
}

const struct engine engine_host = {
	.name = "host",
	.prepare = host_prepare,
	.start = host_start,
	.kill = host_kill,
	.signal = host_signal,
	.pause = host_pause,
	.wait = host_wait,
	.usage = host_usage,
	.clean = host_clean,
};

const struct engine *engine_find(const char *name)
{
	/* "vm" is what the request calls the host itself. */
	if (name == NULL || strcmp(name, "vm") == 0 || strcmp(name, engine_host.name) == 0)
		return &engine_host;
	return NULL;
}
