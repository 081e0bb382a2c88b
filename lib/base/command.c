/*
 * command: runs a small program of the host and reads what it prints.
 *
 * Owns its process and the pipe.  Promises that it gets nothing of ours but
 * /dev/null and the pipe, and that one that hangs is killed.  It blocks: the agent
 * calls it in a process of its own.
 */
#include "base/command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

#define READ_SIZE 4096
#define COULD_NOT 125

static void child_run(const char *const *argv, int out)
{
	static char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	static char lang[] = "LANG=C", *env[] = { path, lang, NULL };
	int null = open("/dev/null", O_RDWR);
	sigset_t none;

	sigemptyset(&none);
	if (null == -1 || dup2(null, 0) == -1 || dup2(out, 1) == -1 || dup2(null, 2) == -1 ||
	    close_range(3, ~0u, 0) == -1 || sigprocmask(SIG_SETMASK, &none, NULL) == -1)
		_exit(COULD_NOT);
	signal(SIGPIPE, SIG_DFL);
	environ = env;		/* where execvp looks for PATH, too */
	execvp(argv[0], (char *const *)argv);
	_exit(COULD_NOT);
}

/* Reads until the end of file; -1 with e when it takes too long or says too much. */
static int answer_read(int fd, int64_t until, struct buf *out, struct err *e)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	char text[READ_SIZE];
	ssize_t n;
	int64_t left;

	for (;;) {
		left = until - now_read().boot;
		if (left <= 0 || poll(&pfd, 1, (int)left) == 0)
			return err_set(e, ERR_OS, "no answer in time");
		n = read(fd, text, sizeof(text));
		if (n == 0)
			return 0;
		if (n == -1 && errno != EINTR)
			return err_sys(e, ERR_OS, "read");
		if (n > 0 && buf_add(out, text, (size_t)n) == -1)
			return err_set(e, ERR_OS, "an answer of more than %zu bytes", out->max);
	}
}

static int wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) == -1) {
		if (errno != EINTR)
			return COULD_NOT;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int command_read(const char *const *argv, int timeout_ms, struct buf *out, int *status,
    struct err *e)
{
	int fds[2], r;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) == -1)
		return err_sys(e, ERR_OS, "pipe");
	pid = fork();
	if (pid == 0)
		child_run(argv, fds[1]);
	close(fds[1]);
	if (pid == -1) {
		err_sys(e, ERR_OS, "fork");
		close(fds[0]);
		return -1;
	}
	r = answer_read(fds[0], now_read().boot + timeout_ms, out, e);
	close(fds[0]);
	if (r == -1)
		kill(pid, SIGKILL);
	*status = wait_for(pid);
	if (r == -1)
		return err_prefix(e, "%s", argv[0]);
	if (*status == COULD_NOT)
		return err_set(e, ERR_OS, "%s cannot be run on this host", argv[0]);
	return 0;
}
