/*
 * viewd: jobd's side of `jobd: view`, the process that answers readers of a system
 * spool.
 *
 * Owns the socket, so that nobody who connects is lost while the process is started
 * anew, and the process: a fresh image of our own program that shares nothing with
 * the writer.  When jobd is killed the view stays; the next jobd puts a new socket
 * in the place of the old one, and the old view leaves when it sees that.
 */
#include <bsd/string.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fdio.h"
#include "base/log.h"
#include "process.h"

#define NEW_NAME "view.new"
#define AGAIN_MS 1000

struct viewd {
	struct jobd *d;
	int fd;			/* listens */
	uint64_t inode;		/* of its name */
	pid_t pid;
	int pidfd;
	struct ev_io *io;
	struct ev_timer *timer;
};

static int run(struct viewd *v, char *const *argv)
{
	extern char **environ;
	posix_spawn_file_actions_t files;
	int r;

	if (posix_spawn_file_actions_init(&files) != 0)
		return ENOMEM;
	r = posix_spawn_file_actions_adddup2(&files, v->fd, VIEW_FD);
	if (r == 0)
		r = posix_spawn(&v->pid, "/proc/self/exe", &files, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&files);
	return r;
}

static void forget(struct viewd *v)
{
	ev_io_free(v->io);
	v->io = NULL;
	if (v->pidfd != -1)
		close(v->pidfd);
	v->pidfd = -1;
	v->pid = -1;
}

static void on_end(void *arg, int ready)
{
	struct viewd *v = arg;
	int status = 0;

	(void)ready;
	while (waitpid(v->pid, &status, 0) == -1 && errno == EINTR)
		;
	log_warn("the view has ended (status %#x), starting it again", (unsigned)status);
	forget(v);
	ev_timer_set(v->timer, AGAIN_MS);
}

static void on_timer(void *arg)
{
	struct viewd *v = arg;
	char name[] = "jobd: view", view[] = "--view", spool[] = "--spool", private[] = "--private";
	char inode[24], *argv[] = { name, view, inode, spool, v->d->spool.path,
		v->d->conf.private_jobs ? private : NULL, NULL };
	int r;

	snprintf(inode, sizeof(inode), "%" PRIu64, v->inode);
	r = run(v, argv);
	if (r == 0)
		v->pidfd = (int)syscall(SYS_pidfd_open, v->pid, 0);
	if (r != 0 || v->pidfd == -1) {
		log_error("the view cannot be started: %s", strerror(r != 0 ? r : errno));
		forget(v);
		ev_timer_set(v->timer, AGAIN_MS);
		return;
	}
	v->io = ev_io_new(v->d->ev, v->pidfd, on_end, v);
	ev_io_want(v->io, EV_IN);
}

static int listen_for_view(struct viewd *v, struct err *e)
{
	const struct spool *s = &v->d->spool;
	struct stat st;

	v->fd = sock_listen(s->fd, NEW_NAME, 0666, e);
	if (v->fd == -1)
		return err_prefix(e, "%s", s->path);
	if (fstatat(s->fd, NEW_NAME, &st, AT_SYMLINK_NOFOLLOW) == -1 ||
	    renameat(s->fd, NEW_NAME, s->fd, SPOOL_VIEW) == -1)
		return err_sys(e, ERR_CREATE, "%s/%s", s->path, SPOOL_VIEW);
	v->inode = st.st_ino;
	return 0;
}

int viewd_start(struct jobd *d, struct err *e)
{
	struct viewd *v;

	if (!d->spool.system)
		return 0;
	v = xcalloc(1, sizeof(*v));
	d->viewd = v;
	v->d = d;
	v->pid = v->pidfd = v->fd = -1;
	if (listen_for_view(v, e) == -1)
		return -1;
	v->timer = ev_timer_new(d->ev, on_timer, v);
	ev_timer_set(v->timer, 0);	/* after ready(): stderr is the log by then */
	return 0;
}

void viewd_stop(struct jobd *d)
{
	struct viewd *v = d->viewd;

	if (v == NULL)
		return;
	if (v->pid > 0) {
		(void)kill(v->pid, SIGTERM);	/* not reaped yet: the pid is ours */
		while (waitpid(v->pid, NULL, 0) == -1 && errno == EINTR)
			;
	}
	forget(v);
	ev_timer_free(v->timer);
	if (v->fd != -1) {
		close(v->fd);
		if (!d->lost)
			(void)unlinkat(d->spool.fd, SPOOL_VIEW, 0);
	}
	free(v);
	d->viewd = NULL;
}
