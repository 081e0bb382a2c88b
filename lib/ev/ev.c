/*
 * ev: the loop itself, descriptors and signals.
 *
 * Owns the event_base and the shape of a round: what is ready, then what streams
 * have to tell, then `after`, then one write for each stream that has bytes.  So
 * what a round decides leaves in that round, and everything that was ready goes
 * through one `after`.  Requires that nothing but these files touches libevent.
 * See timer.c for timers, stream.c for buffers, listen.c for new connections.
 */
#include "ev/ev.h"

#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "ev/impl.h"

struct ev_io {
	struct event *in, *out;		/* two, so that wanting one more costs one call */
	void (*fn)(void *arg, int ready);
	void *arg;
	int want;
};

struct ev_signal {
	struct event *event;
	void (*fn)(void *arg, int signo);
	void *arg;
};

static void *resize(void *p, size_t n)
{
	return xreallocarray(p, n, 1);
}

static struct event_base *base_new(void)
{
	struct event_config *config;
	struct event_base *base = NULL;

	/* Without memory libevent ends the program as everything does. */
	event_set_mem_functions(xmalloc, resize, free);
	config = event_config_new();
	if (config == NULL)
		return NULL;
	if (event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK) == 0 &&
	    event_config_set_flag(config, EVENT_BASE_FLAG_IGNORE_ENV) == 0)
		base = event_base_new_with_config(config);
	event_config_free(config);
	return base;
}

struct ev *ev_new(struct err *e)
{
	struct ev *ev = xcalloc(1, sizeof(*ev));

	TAILQ_INIT(&ev->dirty);
	TAILQ_INIT(&ev->notify);
	TAILQ_INIT(&ev->stalled);
	ev->timer_fd = -1;
	ev->base = base_new();
	if (ev->base == NULL) {
		err_set(e, ERR_OS, "no event loop: descriptors are short");
		ev_free(ev);
		return NULL;
	}
	if (timers_init(ev, e) == -1) {
		ev_free(ev);
		return NULL;
	}
	ev->scratch = xmalloc(EV_SCRATCH);
	return ev;
}

void ev_free(struct ev *ev)
{
	if (ev == NULL)
		return;
	assert(TAILQ_EMPTY(&ev->dirty) && TAILQ_EMPTY(&ev->notify) && TAILQ_EMPTY(&ev->stalled));
	timers_release(ev);
	if (ev->base != NULL)
		event_base_free(ev->base);
	free(ev->scratch);
	free(ev);
}

void ev_run(struct ev *ev)
{
	while (!ev->stop) {
		int flags = EVLOOP_ONCE;

		if (!TAILQ_EMPTY(&ev->notify) || !TAILQ_EMPTY(&ev->dirty))
			flags |= EVLOOP_NONBLOCK;
		/* It fails when epoll_wait was given nonsense: our bug. */
		if (event_base_loop(ev->base, flags) == -1)
			abort();
		streams_tell(ev);
		if (ev->after != NULL)
			ev->after(ev->after_arg);
		streams_flush(ev);
	}
	ev->stop = false;
}

void ev_stop(struct ev *ev)
{
	ev->stop = true;
}

void ev_after(struct ev *ev, void (*fn)(void *arg), void *arg)
{
	ev->after = fn;
	ev->after_arg = arg;
}

static void io_ready(evutil_socket_t fd, short what, void *arg)
{
	struct ev_io *io = arg;

	(void)fd;
	io->fn(io->arg, (what & EV_READ) != 0 ? EV_IN : EV_OUT);
}

static struct event *event_make(struct ev *ev, int fd, short what, event_callback_fn fn,
    void *arg)
{
	struct event *event = event_new(ev->base, fd, what, fn, arg);

	/* It fails when the base cannot watch fd: our bug. */
	if (event == NULL)
		abort();
	return event;
}

struct ev_io *ev_io_new(struct ev *ev, int fd, void (*fn)(void *arg, int ready), void *arg)
{
	struct ev_io *io = xcalloc(1, sizeof(*io));

	io->in = event_make(ev, fd, EV_READ | EV_PERSIST, io_ready, io);
	io->out = event_make(ev, fd, EV_WRITE | EV_PERSIST, io_ready, io);
	io->fn = fn;
	io->arg = arg;
	return io;
}

static void event_want(struct event *event, bool want)
{
	/* epoll refuses a descriptor that is closed or a plain file: our bug. */
	if ((want ? event_add(event, NULL) : event_del(event)) == -1)
		abort();
}

void ev_io_want(struct ev_io *io, int want)
{
	if (((want ^ io->want) & EV_IN) != 0)
		event_want(io->in, (want & EV_IN) != 0);
	if (((want ^ io->want) & EV_OUT) != 0)
		event_want(io->out, (want & EV_OUT) != 0);
	io->want = want;
}

void ev_io_free(struct ev_io *io)
{
	if (io == NULL)
		return;
	event_free(io->in);
	event_free(io->out);
	free(io);
}

static void signal_ready(evutil_socket_t signo, short what, void *arg)
{
	struct ev_signal *s = arg;

	(void)what;
	s->fn(s->arg, (int)signo);
}

struct ev_signal *ev_signal_new(struct ev *ev, int signo, void (*fn)(void *arg, int signo),
    void *arg)
{
	struct ev_signal *s = xcalloc(1, sizeof(*s));

	s->fn = fn;
	s->arg = arg;
	s->event = event_make(ev, signo, EV_SIGNAL | EV_PERSIST, signal_ready, s);
	event_want(s->event, true);
	return s;
}

void ev_signal_free(struct ev_signal *s)
{
	if (s == NULL)
		return;
	event_free(s->event);
	free(s);
}
