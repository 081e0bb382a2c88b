/*
 * listen: new connections, and who is at their other end.
 *
 * Owns the listening descriptor.  Promises that a process that is out of
 * descriptors does not spin: it looks away for a moment, and whoever waits in the
 * backlog is served when a descriptor is free again.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "ev/impl.h"

#define ACCEPT_MAX 64		/* in one round, so that others get their turn */
#define SHORT_MS 100		/* until descriptors are looked for again */

struct listener {
	int fd;
	struct ev_io *io;
	struct ev_timer *retry;
	void (*fn)(void *arg, int fd);
	void *arg;
	bool paused;
	bool is_short;		/* waits for retry */
	bool *dead;		/* set when freed by fn */
};

static void listener_look(struct listener *l)
{
	ev_io_want(l->io, l->paused || l->is_short ? 0 : EV_IN);
}

static void listener_retry(void *arg)
{
	struct listener *l = arg;

	l->is_short = false;
	listener_look(l);
}

static bool error_is_shortage(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

static void listener_ready(void *arg, int ready)
{
	struct listener *l = arg;
	bool dead = false;

	(void)ready;
	for (int i = 0; i < ACCEPT_MAX && !l->paused; i++) {
		int fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd == -1 && errno == EINTR)
			continue;
		if (fd == -1 && error_is_shortage(errno)) {
			l->is_short = true;
			listener_look(l);
			ev_timer_set(l->retry, SHORT_MS);
		}
		if (fd == -1)
			return;		/* none waits, or one that has gone again */
		l->dead = &dead;
		l->fn(l->arg, fd);
		if (dead)
			return;
		l->dead = NULL;
	}
}

struct listener *listener_new(struct ev *ev, int fd, void (*fn)(void *arg, int fd), void *arg)
{
	struct listener *l = xcalloc(1, sizeof(*l));

	l->fd = fd;
	l->fn = fn;
	l->arg = arg;
	l->io = ev_io_new(ev, fd, listener_ready, l);
	l->retry = ev_timer_new(ev, listener_retry, l);
	listener_look(l);
	return l;
}

void listener_pause(struct listener *l, bool paused)
{
	l->paused = paused;
	listener_look(l);
}

void listener_free(struct listener *l)
{
	if (l == NULL)
		return;
	if (l->dead != NULL)
		*l->dead = true;
	ev_io_free(l->io);
	ev_timer_free(l->retry);
	close(l->fd);
	free(l);
}

int peer_cred(int fd, uid_t *uid, gid_t *gid, pid_t *pid, struct err *e)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == -1)
		return err_sys(e, ERR_OS, "SO_PEERCRED");
	if (uid != NULL)
		*uid = cred.uid;
	if (gid != NULL)
		*gid = cred.gid;
	if (pid != NULL)
		*pid = cred.pid;
	return 0;
}
