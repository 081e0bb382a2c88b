/*
 * workers: attachments.
 *
 * Owns the stream to each worker and the way to get one: connect (or start the
 * local worker), greet, hear what it holds, and from then on pass its messages on
 * as events.  An attachment has a number of its own; an order that was meant for
 * another one is void.  Orders of a round leave in one write.  There is one worker
 * so far, `local`; nothing below the transport knows that.
 */
#include <bsd/string.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/cli.h"
#include "msg/msg.h"
#include "process.h"
#include "worker.h"

#define IN_MAX (1u << 20)
#define OUT_MAX (128u << 20)
#define AT_ONCE 1000		/* messages in a round */
#define STEP_MS 30000		/* for a start, and for a greeting */
#define NAP_MIN_MS 100
#define NAP_MAX_MS 10000

struct workers {
	struct link local;
	bool used;
	uint64_t attachments;
	char **command;		/* how the local worker is started, or NULL */
	struct spawn spawn;
};

static void link_step(struct link *l);

/* ---- down */

static void link_close(struct link *l)
{
	transport_cancel(l->transport);
	ev_io_free(l->io);
	l->io = NULL;
	stream_free(l->stream);
	l->stream = NULL;
	arena_free(l->arena);
	l->arena = NULL;
	l->held = NULL;
	l->nheld = l->cap_held = 0;
	l->greeted = false;
}

static void link_down(struct link *l)
{
	struct event *ev;

	if (l->attachment != 0) {
		ev = loop_event(l->d, EV_WORKER_DOWN);
		worker_cause(l, &ev->cause);
		ev->down.worker = l->name;
	}
	l->attachment = 0;
}

/* The same trouble again and again is said once. */
static void link_fail(struct link *l, const struct err *why)
{
	int64_t nap = l->failures == 0 ? 0 : NAP_MIN_MS << (l->failures < 8 ? l->failures : 8);

	if (strcmp(l->trouble, why->text) != 0)
		log_warn("worker %s: %s", l->name, why->text);
	strlcpy(l->trouble, why->text, sizeof(l->trouble));
	link_down(l);
	link_close(l);
	l->failures++;
	ev_timer_set(l->timer, nap < NAP_MAX_MS ? nap : NAP_MAX_MS);
}

/* ---- up */

static void link_greet(struct link *l)
{
	struct msg *m = msg_new(MSG_W_ATTACH);
	struct jobd *d = l->d;

	(void)msg_add_uuid(m, F_INSTANCE, &d->start.instance);
	(void)msg_add_u64(m, F_EPOCH, (uint64_t)d->start.epoch);
	(void)msg_add(m, F_VERSION, JOB_VERSION);
	(void)msg_add(m, F_WORKER, l->name);
	link_send(l, m);
}

void link_up(struct link *l)
{
	struct workers *w = l->d->workers;
	struct event *ev = loop_event(l->d, EV_WORKER_UP);

	l->attachment = ++w->attachments;
	l->failures = 0;
	l->trouble[0] = '\0';
	ev_timer_set(l->timer, -1);
	worker_cause(l, &ev->cause);
	ev->up.row = l->row;
	ev->up.attachment = l->attachment;
	ev->up.held = l->held;
	ev->up.nheld = l->nheld;
	log_info("worker %s attached, holds %zu", l->name, l->nheld);
	loop_adopt(l->d, l->arena);
	l->arena = NULL;
	l->held = NULL;
	l->nheld = l->cap_held = 0;
}

static void on_data(void *arg, struct stream *s)
{
	struct link *l = arg;
	struct buf *in = stream_in(s);
	struct msg *m;
	struct err e;
	size_t used;
	int n, r = 1;

	err_clear(&e);
	for (n = 0; n < AT_ONCE && in->len > 0; n++) {
		r = msg_decode(in->data, in->len, &m, &used, &e);
		if (r != 1)
			break;
		buf_consume(in, used);
		r = link_message(l, m, &e) == -1 ? -1 : 1;
		msg_free(m);
		if (r == -1)
			break;
	}
	if (r == 0 && used > IN_MAX)
		r = err_set(&e, ERR_DATA, "a message of %zu bytes", used);
	if (r == -1)
		link_fail(l, &e);
	else if (n == AT_ONCE)
		stream_again(s);
}

static void on_close(void *arg, struct stream *s, int error)
{
	struct err e;

	(void)s;
	if (error == ENOBUFS)
		err_set(&e, ERR_IO, "it does not read its orders");
	else
		err_set(&e, ERR_IO, "connection lost%s%s", error != 0 ? ": " : "",
		    error != 0 ? strerror(error) : "");
	link_fail(arg, &e);
}

static const struct stream_fns link_fns = { on_data, on_close, NULL };

/* ---- the way there */

static void link_connected(struct link *l, int fd)
{
	if (l->arena == NULL)
		l->arena = arena_new();
	l->stream = stream_new(l->d->ev, fd, IN_MAX, OUT_MAX, &link_fns, l);
	ev_timer_set(l->timer, STEP_MS);
	link_greet(l);
}

static void on_io(void *arg, int ready)
{
	struct link *l = arg;

	(void)ready;
	ev_io_free(l->io);
	l->io = NULL;
	link_step(l);
}

static void link_step(struct link *l)
{
	struct err e;
	int fd, want, r;

	err_clear(&e);
	r = transport_step(l->transport, &fd, &e);
	if (r == 1) {
		link_connected(l, fd);
	} else if (r == -1) {
		link_fail(l, &e);
	} else {
		fd = transport_fd(l->transport, &want);
		l->io = ev_io_new(l->d->ev, fd, on_io, l);
		ev_io_want(l->io, (want & POLLIN ? EV_IN : 0) | (want & POLLOUT ? EV_OUT : 0));
		ev_timer_set(l->timer, STEP_MS);
	}
}

/* Time for another attempt, or a step took too long. */
static void on_timer(void *arg)
{
	struct link *l = arg;
	struct err e;

	if (l->d->stopping)
		return;
	if (l->io == NULL && l->stream == NULL) {
		link_step(l);
		return;
	}
	err_set(&e, ERR_UNAVAIL, "it does not %s", l->io != NULL ? "start" : "answer");
	link_fail(l, &e);
}

/* ---- orders */

void link_send(struct link *l, struct msg *m)
{
	if (msg_encode(m, stream_out(l->stream)) == -1)
		stream_fail(l->stream, ENOBUFS);
	else
		stream_flush(l->stream);
	msg_free(m);
}

static struct link *link_get(const struct jobd *d, const char *name)
{
	struct workers *w = d->workers;

	return w->used && strcmp(w->local.name, name) == 0 ? &w->local : NULL;
}

uint64_t workers_attachment(const struct jobd *d, const char *name)
{
	const struct link *l = link_get(d, name);

	return l != NULL ? l->attachment : 0;
}

void workers_send(struct jobd *d, const char *name, struct msg *m)
{
	struct link *l = link_get(d, name);

	/* What is not said now is said again when it attaches and is asked what it holds. */
	if (l == NULL || l->attachment == 0)
		msg_free(m);
	else
		link_send(l, m);
}

/* ---- start and stop */

static void local_start(struct jobd *d)
{
	struct workers *w = d->workers;
	struct link *l = &w->local;
	struct starter st = { NULL, NULL, NULL, NULL };

	if (d->keeper != NULL) {
		st = keeper_starter(d->keeper);
	} else if (w->command != NULL) {
		spawn_init(&w->spawn, w->command);
		w->spawn.nofile = &d->nofile;
		st = spawn_starter(&w->spawn);
	}
	w->used = true;
	l->d = d;
	strlcpy(l->name, LOCAL_WORKER, sizeof(l->name));
	l->transport = transport_local(d->spool.fd, SPOOL_WORKER "/sock", &st);
	l->timer = ev_timer_new(d->ev, on_timer, l);
	ev_timer_set(l->timer, 0);
}

int workers_start(struct jobd *d, struct err *e)
{
	d->workers = xcalloc(1, sizeof(*d->workers));
	if (!d->conf.local_worker)
		return 0;
	/* In a system spool without root, somebody else has to start it. */
	if (d->keeper == NULL && !d->spool.system) {
		d->workers->command = worker_command(d, e);
		if (d->workers->command == NULL)
			return -1;
	}
	local_start(d);
	return 0;
}

void workers_quiet(struct jobd *d)
{
	struct link *l = &d->workers->local;

	if (!d->workers->used)
		return;
	ev_timer_set(l->timer, -1);
	if (l->stream != NULL)
		stream_pause(l->stream, true);
	ev_io_free(l->io);
	l->io = NULL;
}

void workers_free(struct jobd *d)
{
	struct workers *w = d->workers;

	if (w == NULL)
		return;
	if (w->used) {
		link_close(&w->local);
		ev_timer_free(w->local.timer);
		transport_free(w->local.transport);
	}
	command_free(w->command);
	free(w);
	d->workers = NULL;
}
