/*
 * local: a worker on this machine, behind a Unix socket.
 *
 * Owns the order of the steps: connect; when nobody listens, start, wait for the
 * start to be over, connect again.  One start an attempt: a worker that ends at
 * once must not be started in a circle without the caller's pause in between.
 */
#include <poll.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/fdio.h"
#include "transport/transport.h"

struct transport {
	int dirfd;
	char *sock;
	struct starter start;
	int waiting;		/* the start's descriptor, or -1 */
};

struct transport *transport_local(int dirfd, const char *sock, const struct starter *start)
{
	struct transport *t = xcalloc(1, sizeof(*t));

	t->dirfd = dirfd;
	t->sock = xstrdup(sock);
	t->waiting = -1;
	if (start != NULL)
		t->start = *start;
	return t;
}

void transport_cancel(struct transport *t)
{
	if (t->waiting == -1)
		return;
	t->start.cancel(t->start.arg, t->waiting);
	t->waiting = -1;
}

void transport_free(struct transport *t)
{
	if (t == NULL)
		return;
	transport_cancel(t);
	free(t->sock);
	free(t);
}

static int connect_now(struct transport *t, int *fd, struct err *e)
{
	*fd = sock_connect(t->dirfd, t->sock, e);
	if (*fd == -1)
		return -1;
	if (fd_nonblock(*fd) == 0)
		return 1;
	return err_sys(e, ERR_OS, "%s", t->sock);
}

int transport_step(struct transport *t, int *fd, struct err *e)
{
	struct err why;
	int r;

	if (t->waiting != -1) {
		r = t->start.finish(t->start.arg, t->waiting, e);
		t->waiting = -1;
		return r == -1 ? -1 : connect_now(t, fd, e);
	}
	err_clear(&why);
	if (connect_now(t, fd, &why) == 1)
		return 1;
	if (why.code != ERR_UNAVAIL || t->start.begin == NULL)
		return err_set(e, why.code, "%s", why.text);
	t->waiting = t->start.begin(t->start.arg, e);
	return t->waiting == -1 ? -1 : 0;
}

int transport_fd(const struct transport *t, int *want)
{
	*want = POLLIN;
	return t->waiting;
}
