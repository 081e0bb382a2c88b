/*
 * cabled: jobd's side of a process to which streams are handed.
 *
 * Owns the socket over which that is done, and the process.  It is started with the
 * first request: without hosts there is none.  When jobd ends, whatever the way, that
 * process sees its socket close, does what remains to be done (the cable gives the
 * workers jobd's last words), and leaves; so nothing here is undone at the end.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fdio.h"
#include "base/log.h"
#include "cable.h"
#include "helper.h"

struct cabled {
	struct jobd *d;
	const struct cabled_fns *fns;
	void *arg;
	const char *what;
	char *const *argv;
	struct helper *helper;
	uint64_t number;	/* of the last request */
	int fd, other;		/* ours, the process's; -1 */
	struct ev_io *io;
};

static void close_ends(struct cabled *c)
{
	ev_io_free(c->io);
	c->io = NULL;
	if (c->fd != -1)
		close(c->fd);
	if (c->other != -1)
		close(c->other);
	c->fd = c->other = -1;
}

static void on_answers(void *arg, int ready)
{
	struct cabled *c = arg;
	struct cable_answer a;
	struct err e;
	int r;

	(void)ready;
	while ((r = cable_hear(c->fd, &a, &e)) == 1)
		c->fns->answer(c->arg, &a);
	if (r == -1)
		ev_io_want(c->io, 0);	/* the helper tells of its end */
}

/* ---- the process */

static int on_open(void *arg)
{
	struct cabled *c = arg;
	int fds[2];

	if (c->fd != -1)
		return c->other;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) == -1) {
		log_error("socketpair: %m");
		return -1;
	}
	c->fd = fds[0];
	c->other = fds[1];
	c->io = ev_io_new(c->d->ev, c->fd, on_answers, c);
	ev_io_want(c->io, EV_IN);
	return c->other;
}

static void on_started(void *arg, int fd)
{
	struct cabled *c = arg;

	close(fd);
	c->other = -1;
}

static void on_ended(void *arg)
{
	struct cabled *c = arg;

	close_ends(c);
	c->fns->lost(c->arg);
}

static const struct helper_fns helper_fns = { on_open, on_started, on_ended, NULL };

struct cabled *cabled_new(struct jobd *d, const char *what, char *const *argv,
    const struct cabled_fns *fns, void *arg)
{
	struct cabled *c = xcalloc(1, sizeof(*c));

	c->d = d;
	c->what = what;
	c->argv = argv;
	c->fns = fns;
	c->arg = arg;
	c->fd = c->other = -1;
	return c;
}

void cabled_free(struct cabled *c)
{
	if (c == NULL)
		return;
	close_ends(c);
	helper_leave(c->helper);
	free(c);
}

void cabled_drop(struct cabled *c, uint64_t id)
{
	if (c->fd != -1)
		cable_drop(c->fd, id);
}

/* A request waits in the socket until the process is there. */
int cabled_give(struct cabled *c, struct cable_target *t, int stream, struct err *e)
{
	if (c->helper == NULL)
		c->helper = helper_new(c->d->ev, c->what, c->argv, &helper_fns, c);
	if (on_open(c) == -1 && c->fd == -1)
		return err_set(e, ERR_AGAIN, "no descriptors");
	t->id = ++c->number;
	return cable_ask(c->fd, t, stream, e);
}

int cabled_ask(struct cabled *c, struct cable_target *t, struct err *e)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == -1)
		return err_sys(e, ERR_AGAIN, "socketpair");
	if (cabled_give(c, t, fds[1], e) == -1 || fd_nonblock(fds[0]) == -1) {
		close(fds[0]);
		fds[0] = -1;
	}
	close(fds[1]);
	return fds[0];
}
