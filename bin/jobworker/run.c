/*
 * run: brings the daemon up, in the foreground or behind the caller's back.
 *
 * Promises that whoever starts it in the background learns how that went: it
 * returns when the socket listens, or with the daemon's own message and status.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/agent.h"
#include "base/fdio.h"
#include "base/log.h"
#include "jobworker.h"
#include "logs/sink.h"

#define SOCK_NAME "sock"
#define LOG_NAME "jobworker.log"
#define DISMISS_MS 10000

/* ---- the log tree as the agent sees it */

static void *sink_open(const char *dir, uid_t uid, gid_t gid)
{
	return log_sink_new(dir, uid, gid);
}

static ssize_t sink_write(void *sink, int stream, const void *p, size_t n, struct err *e)
{
	return log_sink_write(sink, stream == 1 ? LOG_STDOUT : LOG_STDERR, p, n, e);
}

static int sink_finish(void *sink, const void *metadata, size_t n, struct err *e)
{
	return log_sink_finish(sink, metadata, n, e);
}

static const struct sink_fns sink = { sink_open, sink_write, sink_finish };

/* ---- up */

/* jobd's user owns the socket, so that it alone (and root) can connect. */
static int door_open(const struct options *o, const struct agent *a, struct err *e)
{
	int fd;

	/* We hold the lock, so whoever still has the old one open is about to end. */
	unlinkat(agent_dirfd(a), SOCK_NAME, 0);
	fd = sock_listen(agent_dirfd(a), SOCK_NAME, 0600, e);
	if (fd != -1 && o->allow != (uid_t)-1 && o->allow != geteuid() &&
	    fchownat(agent_dirfd(a), SOCK_NAME, o->allow, (gid_t)-1, AT_SYMLINK_NOFOLLOW) == -1) {
		err_sys(e, ERR_PERM, "%s/" SOCK_NAME ": chown", o->dir);
		close(fd);
		return -1;
	}
	return fd;
}

static void nofile_raise(void)
{
	struct rlimit lim;

	if (getrlimit(RLIMIT_NOFILE, &lim) == -1)
		return;
	lim.rlim_cur = lim.rlim_max;
	/* If it is refused, fewer jobs can be adopted at once; nothing else. */
	(void)setrlimit(RLIMIT_NOFILE, &lim);
}

/*
 * From now on what there is to say goes to the log; *terminal is where it went
 * before, for whoever started us.
 */
static int log_open(const struct agent *a, int *terminal, struct err *e)
{
	int log = openat(agent_dirfd(a), LOG_NAME,
	    O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);

	*terminal = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	if (log == -1 || dup2(log, STDERR_FILENO) == -1)
		return err_sys(e, ERR_CREATE, LOG_NAME);
	close(log);
	return 0;
}

/* Lets go of the terminal, and tells whoever waits that we are up. */
static int settle_in(int ready, int terminal, struct err *e)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	char zero = 0;

	if (null == -1 || dup2(null, 0) == -1 || dup2(null, 1) == -1 || chdir("/") == -1 ||
	    write(ready, &zero, 1) != 1)
		return err_sys(e, ERR_OS, "background");
	close(null);
	close(ready);
	close(terminal);
	return 0;
}

static int fail(int terminal, const struct err *e)
{
	dprintf(terminal, "jobworker: %s\n", e->text);
	return exit_status(e->code);
}

static void child_block(void)
{
	sigset_t child;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
}

/* The daemon itself; ready: a pipe to whoever waits for it, or -1. */
static int daemon_main(const struct options *o, int ready)
{
	const struct agent_config config = {
		.dir = o->dir, .cpus = o->cpus, .mem = o->mem, .disk = o->disk, .gpus = o->gpus,
		.sink = &sink, .send = daemon_send,
	};
	struct err e = { .code = ERR_NONE };
	int fd = -1, terminal = STDERR_FILENO, r;
	struct agent *a;

	umask(077);
	log_init("jobworker", false);
	child_block();
	a = agent_open(&config, &e);
	nofile_raise();
	if (a == NULL || (ready != -1 && log_open(a, &terminal, &e) == -1) ||
	    agent_start(a, &e) == -1 || (fd = door_open(o, a, &e)) == -1 ||
	    (ready != -1 && settle_in(ready, terminal, &e) == -1)) {
		r = fail(terminal, &e);
	} else {
		r = daemon_run(o, a, fd);
		unlinkat(agent_dirfd(a), SOCK_NAME, 0);
	}
	agent_close(a);
	return r;
}

int run_background(const struct options *o)
{
	int fds[2], status = 0;
	char c;
	pid_t pid;
	ssize_t n;

	if (pipe2(fds, O_CLOEXEC) == -1 || (pid = fork()) == -1) {
		fprintf(stderr, "jobworker: %s\n", strerror(errno));
		return exit_status(ERR_OS);
	}
	if (pid == 0) {
		close(fds[0]);
		setsid();
		_exit(daemon_main(o, fds[1]));
	}
	close(fds[1]);
	do {
		n = read(fds[0], &c, 1);
	} while (n == -1 && errno == EINTR);
	close(fds[0]);
	if (n == 1)
		return 0;
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		continue;
	return WIFEXITED(status) ? WEXITSTATUS(status) : exit_status(ERR_OS);
}

int run(const struct options *o)
{
	return o->foreground ? daemon_main(o, -1) : run_background(o);
}

int run_end(const struct options *o)
{
	struct err e;

	if (agent_dismiss(o->dir, DISMISS_MS, &e) == 0)
		return 0;
	fprintf(stderr, "jobworker: %s\n", e.text);
	return exit_status(e.code);
}
