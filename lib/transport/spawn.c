/*
 * spawn: starts a program that goes to the background by itself.
 *
 * Owns the child until it is reaped.  Its end is seen through a pidfd, so that no
 * SIGCHLD handler is needed and the pid cannot be mistaken; posix_spawn, since the
 * caller may have threads.  What it writes to stderr becomes the error's text.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "transport/transport.h"

void spawn_init(struct spawn *s, char *const *argv)
{
	s->argv = argv;
	s->io = -1;
	s->nofile = NULL;
	s->pid = -1;
	s->out = -1;
}

static int set_attributes(posix_spawnattr_t *attr)
{
	sigset_t none, all;

	sigemptyset(&none);
	sigfillset(&all);
	if (posix_spawnattr_setsigmask(attr, &none) != 0 ||
	    posix_spawnattr_setsigdefault(attr, &all) != 0)
		return -1;
	return posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK |
	    POSIX_SPAWN_SETSIGDEF) == 0 ? 0 : -1;
}

/* 0 or an error number. */
static int spawn_run(struct spawn *s, int err)
{
	extern char **environ;
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	int r;

	if (posix_spawn_file_actions_init(&files) != 0)
		return ENOMEM;
	if (posix_spawnattr_init(&attr) != 0) {
		posix_spawn_file_actions_destroy(&files);
		return ENOMEM;
	}
	r = ENOMEM;
	if (set_attributes(&attr) == 0 && (s->io != -1 ?
	    posix_spawn_file_actions_adddup2(&files, s->io, 0) :
	    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDWR, 0)) == 0 &&
	    posix_spawn_file_actions_adddup2(&files, 0, 1) == 0 &&
	    posix_spawn_file_actions_adddup2(&files, err, 2) == 0)
		r = posix_spawn(&s->pid, s->argv[0], &files, &attr, s->argv, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&files);
	return r;
}

static void spawn_reap(struct spawn *s, int sig)
{
	if (s->pid > 0) {
		/* Not reaped yet: the pid is ours, and what works on io is its group. */
		if (sig != 0)
			kill(s->io != -1 ? -s->pid : s->pid, sig);
		while (waitpid(s->pid, NULL, 0) == -1 && errno == EINTR)
			;
	}
	s->pid = -1;
	if (s->out != -1)
		close(s->out);
	s->out = -1;
}

static int spawn_begin(void *arg, struct err *e)
{
	struct spawn *s = arg;
	int out[2], fd, r;

	if (pipe2(out, O_CLOEXEC | O_NONBLOCK) == -1)
		return err_sys(e, ERR_OS, "pipe");
	r = spawn_run(s, out[1]);
	close(out[1]);
	s->out = out[0];
	if (r != 0) {
		s->pid = -1;
		spawn_reap(s, 0);
		errno = r;
		return err_sys(e, ERR_OS, "%s", s->argv[0]);
	}
	/* Programs that use select(2) rely on it; it has not come far enough to have children. */
	if (s->nofile != NULL)
		(void)prlimit(s->pid, RLIMIT_NOFILE, s->nofile, NULL);
	fd = (int)syscall(SYS_pidfd_open, s->pid, 0);	/* close-on-exec by itself */
	if (fd == -1) {
		err_sys(e, ERR_OS, "pidfd_open");
		spawn_reap(s, SIGKILL);
	}
	return fd;
}

/* The last line of what it said, without the end of line. */
static int said(struct spawn *s, int status, struct err *e)
{
	char text[400], *line;
	ssize_t n = read(s->out, text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	while (n > 0 && text[n - 1] == '\n')
		text[--n] = '\0';
	line = strrchr(text, '\n');
	line = line != NULL ? line + 1 : text;
	if (*line != '\0')
		return err_set(e, ERR_UNAVAIL, "%s", line);
	if (WIFSIGNALED(status))
		return err_set(e, ERR_UNAVAIL, "%s: ended by signal %d", s->argv[0],
		    WTERMSIG(status));
	return err_set(e, ERR_UNAVAIL, "%s: exit status %d", s->argv[0], WEXITSTATUS(status));
}

static int spawn_finish(void *arg, int fd, struct err *e)
{
	struct spawn *s = arg;
	int status = 0, r = 0;

	close(fd);
	while (waitpid(s->pid, &status, 0) == -1 && errno == EINTR)
		;
	s->pid = -1;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		r = said(s, status, e);
	spawn_reap(s, 0);
	return r;
}

static void spawn_cancel(void *arg, int fd)
{
	close(fd);
	spawn_reap(arg, SIGKILL);
}

struct starter spawn_starter(struct spawn *s)
{
	struct starter st = { spawn_begin, spawn_finish, spawn_cancel, s };

	return st;
}
