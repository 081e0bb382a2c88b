/*
 * cable: the process that holds the connections to hosts.
 *
 * It joins streams that jobd asks for to whatever leads to a host, and knows nothing
 * of the bytes.  When jobd's socket closes, it opens each stream that was joined once
 * more, says jobd's last words to the worker behind it, and ends: so workers learn
 * that jobd is gone, which a mere end of a connection does not prove.
 */
#include "cable.h"

#include <bsd/sys/queue.h>
#include <bsd/unistd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fdio.h"
#include "base/log.h"
#include "cli/cli.h"
#include "helper.h"
#include "route.h"

#define REQUEST_MAX (1u << 17)
#define LAST_MS 10000		/* for all last words together */
#define KEEP_MS 2000		/* a cable that has ended */

struct cable {			/* a stream that is joined, or about to be */
	LIST_ENTRY(cable) link;
	struct cable_target *t;		/* id 0: it carries last words */
	struct errand *run;		/* NULL: it has ended */
	struct ev_timer *forget;
};

static struct {			/* one in a process */
	struct ev *ev;
	struct ev_io *io;
	struct ev_timer *deadline;
	struct buf request;
	LIST_HEAD(, cable) cables;
	bool leaving;
} c;

static void cable_free(struct cable *k)
{
	LIST_REMOVE(k, link);
	ev_timer_free(k->forget);
	cable_target_free(k->t);
	free(k);
	if (c.leaving && LIST_EMPTY(&c.cables))
		ev_stop(c.ev);
}

static void on_forget(void *arg)
{
	cable_free(arg);
}

static void say(const struct cable *k, enum cable_news news, enum err_code code,
    const char *text)
{
	if (!c.leaving)
		cable_say(HELPER_FD, k->t->id, news, code, text);
}

static void on_news(void *arg, enum cable_news news, const char *text)
{
	const struct cable *k = arg;

	if (news == CABLE_JOINED || k->t->watch != NULL)
		say(k, news, ERR_NONE, text);
}

/*
 * When jobd is killed this may be seen before its own end is, so a cable is not
 * forgotten at once.
 */
static void on_over(void *arg, int status, enum err_code code, const char *said)
{
	struct cable *k = arg;
	char text[64];

	k->run = NULL;
	if (c.leaving) {
		cable_free(k);
		return;
	}
	(void)snprintf(text, sizeof(text), status > 0 ? "exit status %d" :
	    "the connection has ended", status);
	say(k, CABLE_OVER, code, said[0] != '\0' ? said : text);
	k->forget = ev_timer_new(c.ev, on_forget, k);
	ev_timer_set(k->forget, KEEP_MS);
}

static const struct errand_fns errand_fns = { on_news, on_over };

/* The stream stays the caller's. */
static struct cable *cable_new(const struct cable_target *t, int stream)
{
	struct cable *k = xcalloc(1, sizeof(*k));

	k->t = cable_target_copy(t);
	LIST_INSERT_HEAD(&c.cables, k, link);
	k->run = route_join(route_get(c.ev, t), stream, t->replace != NULL, &errand_fns,
	    k);
	return k;
}

static void drop(uint64_t id)
{
	struct cable *k;

	LIST_FOREACH(k, &c.cables, link)
		if (k->t->id == id)
			break;
	/* One that has ended is remembered for a while. */
	if (k == NULL || k->run == NULL)
		return;
	errand_cut(k->run);
	cable_free(k);
}

/* ---- jobd has ended */

static void last_words(const struct cable *former)
{
	struct cable_target t = *former->t;
	struct err e;
	int fds[2];

	if (t.last_len == 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == -1)
		return;
	if (fd_write_all(fds[0], t.last, t.last_len, &e) == -1)
		log_warn("worker %s does not hear that jobd has ended: %s", t.name, e.text);
	(void)shutdown(fds[0], SHUT_WR);
	t.id = 0;
	t.last_len = 0;
	t.replace = NULL;
	(void)cable_new(&t, fds[1]);
	close(fds[1]);
	/* What the worker answers is not read; the end that is left open is its leave. */
	close(fds[0]);
}

static void on_deadline(void *arg)
{
	(void)arg;
	ev_stop(c.ev);
}

/* Those that have ended are not waited for; those that go on see the end of their stream. */
static void leave(void)
{
	struct cable *k, *next;

	c.leaving = true;
	ev_io_want(c.io, 0);
	ev_timer_set(c.deadline, LAST_MS);
	/* New ones are put in front, and are not met. */
	for (k = LIST_FIRST(&c.cables); k != NULL; k = next) {
		next = LIST_NEXT(k, link);
		last_words(k);
		if (k->run == NULL)
			cable_free(k);
	}
	if (LIST_EMPTY(&c.cables))
		ev_stop(c.ev);
}

static void begin(const struct cable_target *t, int stream)
{
	(void)cable_new(t, stream);
	close(stream);
}

static void on_requests(void *arg, int ready)
{
	static const struct cable_asked fns = { begin, drop };
	struct err e;

	(void)arg;
	(void)ready;
	if (cable_serve(HELPER_FD, &c.request, &fns, &e) == 0)
		return;
	if (e.code != ERR_NONE)
		log_error("%s", e.text);
	leave();
}

int cable_main(void)
{
	struct err e;

	closefrom(HELPER_FD + 1);
	log_init("jobd: cable", false);
	(void)signal(SIGINT, SIG_IGN);	/* of a terminal: jobd decides */
	(void)signal(SIGPIPE, SIG_IGN);
	LIST_INIT(&c.cables);
	buf_init(&c.request, REQUEST_MAX);
	c.ev = fd_cloexec(HELPER_FD) == 0 ? ev_new(&e) : NULL;
	if (c.ev == NULL) {
		log_error("the holder of connections cannot start");
		return EXIT_OSERR;
	}
	c.deadline = ev_timer_new(c.ev, on_deadline, NULL);
	c.io = ev_io_new(c.ev, HELPER_FD, on_requests, NULL);
	ev_io_want(c.io, EV_IN);
	ev_run(c.ev);
	routes_free();		/* with every program that is still there */
	return EXIT_OK;
}
