/*
 * errand: a command on a route, from its request to its end.
 *
 * Owns the two ways to run one: a program here, whose stdio is the stream itself, and
 * a stream of a session.
 */
#include <bsd/string.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "route_impl.h"

struct errand *errand_new(struct route *r, int fd, const struct errand_fns *fns, void *arg)
{
	struct errand *k = xcalloc(1, sizeof(*k));

	k->route = r;
	k->fd = fd;
	k->fns = fns;
	k->arg = arg;
	k->pidfd = -1;
	TAILQ_INSERT_TAIL(&r->runs, k, link);
	return k;
}

static void errand_free(struct errand *k)
{
	struct route *r = k->route;

	TAILQ_REMOVE(&r->runs, k, link);
	ev_io_free(k->io);
	ssh_stream_free(k->stream);
	if (k->fd != -1)
		close(k->fd);
	free(k->text);
	free(k);
	route_left(r);
}

void errand_over(struct errand *k, int status, enum err_code code, const char *said)
{
	const struct errand_fns *fns = k->fns;
	char last[CABLE_TEXT_MAX];
	void *arg = k->arg;

	strlcpy(last, said, sizeof(last));
	errand_free(k);
	fns->over(arg, status, code, last);
}

void errand_cut(struct errand *k)
{
	struct starter st = spawn_starter(&k->spawn);

	if (k->pidfd != -1)
		st.cancel(st.arg, k->pidfd);
	errand_free(k);
}

static void errand_joined(struct errand *k)
{
	if (k->joined)
		return;
	k->joined = true;
	if (k->fns->news != NULL)
		k->fns->news(k->arg, CABLE_JOINED, "");
}

/* ---- a program here */

static void on_program_end(void *arg, int ready)
{
	struct errand *k = arg;
	struct starter st = spawn_starter(&k->spawn);
	struct err e;
	int r;

	(void)ready;
	r = st.finish(st.arg, k->pidfd, &e);
	k->pidfd = -1;
	errand_over(k, r == 0 ? 0 : 1, r == 0 ? ERR_NONE : ERR_UNAVAIL, r == 0 ? "" : e.text);
}

static void program_start(struct errand *k, const char *text)
{
	static char sh[] = "/bin/sh", option[] = "-c";
	struct starter st;
	struct err e;

	k->text = xstrdup(text);
	k->argv[0] = sh;
	k->argv[1] = option;
	k->argv[2] = k->text;
	spawn_init(&k->spawn, k->argv);
	k->spawn.io = k->fd;
	st = spawn_starter(&k->spawn);
	k->pidfd = st.begin(st.arg, &e);
	if (k->pidfd == -1) {
		errand_over(k, -1, e.code, e.text);
		return;
	}
	close(k->fd);
	k->fd = -1;
	k->io = ev_io_new(k->route->ev, k->pidfd, on_program_end, k);
	ev_io_want(k->io, EV_IN);
	errand_joined(k);
}

/* ---- a stream of a session */

static void on_stream(void *arg, int ready)
{
	struct errand *k = arg;

	(void)ready;
	route_move(k->route);
}

void errand_moved(struct errand *k)
{
	const char *said;
	int want, fd, status;

	if (k->stream == NULL)
		return;
	if (ssh_stream_joined(k->stream))
		errand_joined(k);
	if (ssh_stream_over(k->stream, &status, &said)) {
		errand_over(k, status, status == 0 ? ERR_NONE : ERR_UNAVAIL, said);
		return;
	}
	fd = ssh_stream_want(k->stream, &want);
	if (fd == -1 && k->io != NULL) {
		ev_io_free(k->io);
		k->io = NULL;
	}
	if (fd == -1)
		return;
	if (k->io == NULL)
		k->io = ev_io_new(k->route->ev, fd, on_stream, k);
	ev_io_want(k->io, (want & POLLIN ? EV_IN : 0) | (want & POLLOUT ? EV_OUT : 0));
}

void errand_start(struct errand *k, const char *text)
{
	char *program;

	switch (k->route->kind) {
	case ROUTE_COMMAND:
		program_start(k, text);
		break;
	case ROUTE_PROGRAM:
		program = text_program(k->route, text);
		program_start(k, program);
		free(program);
		break;
	case ROUTE_SSH:
		k->stream = ssh_exec(k->route->ssh, text, k->fd);
		k->fd = -1;
		break;
	}
}
