/*
 * helper: owns a child from its start to its end, which a pidfd tells of, so that
 * no SIGCHLD handler is needed and no pid can be mistaken.
 */
#include "helper.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"

#define AGAIN_MS 1000

struct helper {
	struct ev *ev;
	const char *what;
	char *const *argv;
	const struct helper_fns *fns;
	void *arg;
	pid_t pid;
	int pidfd;
	struct ev_io *io;
	struct ev_timer *timer;
};

static int run(struct helper *h, int fd)
{
	extern char **environ;
	posix_spawn_file_actions_t files;
	int r;

	if (posix_spawn_file_actions_init(&files) != 0)
		return ENOMEM;
	r = posix_spawn_file_actions_adddup2(&files, fd, HELPER_FD);
	if (r == 0)
		r = posix_spawn(&h->pid, "/proc/self/exe", &files, NULL, h->argv, environ);
	posix_spawn_file_actions_destroy(&files);
	return r;
}

static void reap(struct helper *h, int *status)
{
	while (waitpid(h->pid, status, 0) == -1 && errno == EINTR)
		;
	h->pid = -1;
	ev_io_free(h->io);
	h->io = NULL;
	if (h->pidfd != -1)
		close(h->pidfd);
	h->pidfd = -1;
}

static void on_end(void *arg, int ready)
{
	struct helper *h = arg;
	int status = 0;

	(void)ready;
	reap(h, &status);
	if (h->fns->again == NULL)
		log_warn("%s has ended (status %#x), starting it again", h->what,
		    (unsigned)status);
	if (h->fns->ended != NULL)
		h->fns->ended(h->arg);
	ev_timer_set(h->timer, h->fns->again ? h->fns->again(h->arg, status) : AGAIN_MS);
}

static void on_timer(void *arg)
{
	struct helper *h = arg;
	int fd = h->fns->open(h->arg), r;

	if (fd == -1) {
		ev_timer_set(h->timer, AGAIN_MS);
		return;
	}
	r = run(h, fd);
	if (r == 0)
		h->pidfd = (int)syscall(SYS_pidfd_open, h->pid, 0);
	if (h->fns->started != NULL)
		h->fns->started(h->arg, fd);
	if (h->pidfd != -1) {
		h->io = ev_io_new(h->ev, h->pidfd, on_end, h);
		ev_io_want(h->io, EV_IN);
		return;
	}
	log_error("%s cannot be started: %s", h->what, strerror(r != 0 ? r : errno));
	if (r == 0) {
		(void)kill(h->pid, SIGKILL);	/* not reaped yet: the pid is ours */
		reap(h, NULL);
	}
	h->pid = -1;
	if (h->fns->ended != NULL)
		h->fns->ended(h->arg);
	ev_timer_set(h->timer, AGAIN_MS);
}

struct helper *helper_new(struct ev *ev, const char *what, char *const *argv,
    const struct helper_fns *fns, void *arg)
{
	struct helper *h = xcalloc(1, sizeof(*h));

	h->ev = ev;
	h->what = what;
	h->argv = argv;
	h->fns = fns;
	h->arg = arg;
	h->pid = h->pidfd = -1;
	h->timer = ev_timer_new(ev, on_timer, h);
	ev_timer_set(h->timer, 0);
	return h;
}

void helper_leave(struct helper *h)
{
	if (h == NULL)
		return;
	ev_io_free(h->io);
	if (h->pidfd != -1)
		close(h->pidfd);
	ev_timer_free(h->timer);
	free(h);
}

void helper_free(struct helper *h)
{
	if (h != NULL && h->pid > 0) {
		(void)kill(h->pid, SIGTERM);	/* not reaped yet: the pid is ours */
		reap(h, NULL);
	}
	helper_leave(h);
}
