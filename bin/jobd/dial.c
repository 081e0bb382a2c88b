/*
 * dial: an attachment, from the first attempt to its end and the next attempt.
 *
 * Owns the way to a worker: the local one is a socket in the spool behind which a
 * program is started, a host is a stream that the cable process hands out.  From
 * there on both are the same: greet, hear what it holds, pass its messages on.
 */
#include <bsd/string.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "msg/msg.h"
#include "worker.h"

#define IN_MAX (1u << 20)
#define OUT_MAX (128u << 20)
#define AT_ONCE 1000		/* messages in a round */
#define STEP_MS 30000		/* for a start, and for a greeting */
#define HOST_MS 60000		/* the same for a host: jobworker may have to be put there */
#define WHY_MS 1000		/* for the cable process to say why a connection has ended */
#define NAP_MIN_MS 100
#define NAP_MAX_MS 10000
#define LOST "connection lost"

static void link_step(struct link *l);

/* ---- down */

static void link_close(struct link *l)
{
	if (l->transport != NULL)
		transport_cancel(l->transport);
	workers_asked(l, 0);
	output_stop(l);
	l->ended = false;
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

void link_down(struct link *l, const char *why)
{
	struct event *ev = loop_event(l->d, EV_WORKER_DOWN);

	worker_cause(l, &ev->cause);
	ev->down.worker = arena_strdup(loop_arena(l->d), l->name);
	ev->down.text = arena_strdup(loop_arena(l->d), why);
	l->attachment = 0;
}

/* The same trouble again and again is said once. */
void link_fail(struct link *l, const struct err *why)
{
	int64_t nap = l->failures == 0 ? 0 : NAP_MIN_MS << (l->failures < 8 ? l->failures : 8);

	if (strcmp(l->trouble, why->text) != 0) {
		log_warn("worker %s: %s", l->name, why->text);
		link_down(l, why->text);
	} else if (l->attachment != 0) {
		link_down(l, why->text);
	}
	strlcpy(l->trouble, why->text, sizeof(l->trouble));
	link_close(l);
	l->failures++;
	ev_timer_set(l->timer, nap < NAP_MAX_MS ? nap : NAP_MAX_MS);
}

void link_quiet(struct link *l)
{
	ev_timer_set(l->timer, -1);
	if (l->stream != NULL)
		stream_pause(l->stream, true);
	ev_io_free(l->io);
	l->io = NULL;
}

void link_end(struct link *l)
{
	link_close(l);
	ev_timer_free(l->timer);
	ev_timer_free(l->lease);
	transport_free(l->transport);
	free(l);
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
	if (l->lease != NULL) {
		(void)msg_add_u64(m, F_HEARTBEAT, (uint64_t)d->conf.heartbeat);
		(void)msg_add_u64(m, F_LEASE, (uint64_t)d->conf.lease);
		(void)msg_add_u64(m, F_STOP_LEASE, (uint64_t)d->conf.stop_lease);
	}
	link_send(l, m);
}

/* ---- leases */

/*
 * The worker counts from when it sent the heartbeat, we from the acknowledgement,
 * which is later: so it has ended its jobs before we give them to another.  This
 * waits for no commit.
 */
void link_beat(struct link *l, uint64_t seq)
{
	struct msg *m = msg_new(MSG_W_LEASE);

	if (l->lease != NULL)
		ev_timer_set(l->lease, l->d->conf.lease);
	(void)msg_add_u64(m, F_SEQ, seq);
	link_send(l, m);
}

/* Nothing was heard for as long as its lease was. */
static void on_lease_end(void *arg)
{
	struct link *l = arg;
	struct event *ev;
	struct err e;

	if (l->d->stopping)
		return;
	err_set(&e, ERR_UNAVAIL, "lost: its lease is over");
	ev = loop_event(l->d, EV_WORKER_LOST);
	worker_cause(l, &ev->cause);
	ev->down.worker = arena_strdup(loop_arena(l->d), l->name);
	ev->down.text = arena_strdup(loop_arena(l->d), e.text);
	link_fail(l, &e);
}

void link_up(struct link *l)
{
	struct event *ev = loop_event(l->d, EV_WORKER_UP);

	l->attachment = workers_number(l->d);
	l->failures = 0;
	l->trouble[0] = '\0';
	ev_timer_set(l->timer, -1);
	worker_cause(l, &ev->cause);
	ev->up.row = l->row;
	ev->up.attachment = l->attachment;
	ev->up.held = l->held;
	ev->up.nheld = l->nheld;
	log_info("worker %s attached, holds %zu", l->name, l->nheld);
	output_start(l);
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

/* The cable process tells why, right behind the end. */
static void host_ended(struct link *l)
{
	l->ended = true;
	stream_free(l->stream);
	l->stream = NULL;
	if (l->attachment != 0)
		link_down(l, LOST);
	ev_timer_set(l->timer, WHY_MS);
}

static void on_close(void *arg, struct stream *s, int error)
{
	struct link *l = arg;
	struct err e;

	(void)s;
	if (l->asked != 0 && error != ENOBUFS) {
		host_ended(l);
		return;
	}
	if (error == ENOBUFS)
		err_set(&e, ERR_IO, "it does not read its orders");
	else
		err_set(&e, ERR_IO, LOST "%s%s", error != 0 ? ": " : "",
		    error != 0 ? strerror(error) : "");
	link_fail(l, &e);
}

static const struct stream_fns link_fns = { on_data, on_close, NULL };

static void link_connected(struct link *l, int fd)
{
	if (l->arena == NULL)
		l->arena = arena_new();
	l->stream = stream_new(l->d->ev, fd, IN_MAX, OUT_MAX, &link_fns, l);
	ev_timer_set(l->timer, STEP_MS);
	link_greet(l);
}

void link_send(struct link *l, struct msg *m)
{
	if (msg_encode(m, stream_out(l->stream)) == -1)
		stream_fail(l->stream, ENOBUFS);
	else
		stream_flush(l->stream);
	msg_free(m);
}

/* ---- the way to the local worker */

static void on_io(void *arg, int ready)
{
	struct link *l = arg;

	(void)ready;
	ev_io_free(l->io);
	l->io = NULL;
	link_step(l);
}

static void local_step(struct link *l)
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

/* ---- the way to a host */

/* What a worker is told when we have ended, whatever the way. */
static void last_words(const struct jobd *d, struct buf *b)
{
	struct msg *m = msg_new(MSG_W_GONE);

	(void)msg_add_uuid(m, F_INSTANCE, &d->start.instance);
	(void)msg_add_u64(m, F_EPOCH, (uint64_t)d->start.epoch);
	(void)msg_encode(m, b);
	msg_free(m);
}

int host_stream(struct link *l, const struct buf *last, uint64_t *id, struct err *e)
{
	const struct host *h = l->host;
	struct cable_target t = { .name = l->name, .transport = host_transport_name(h),
		.address = h->address, .user = h->user, .identity = h->identity,
		.known_hosts = h->known_hosts, .command = h->command,
		.compress = h->compress ? "yes" : NULL,
		.replace = last != NULL && l->replace == REPLACE_NEXT ? "yes" :
		    NULL };
	char port[16], instance[UUID_TEXT];
	int fd;

	(void)snprintf(port, sizeof(port), "%lld", (long long)h->port);
	uuid_format(&l->d->start.instance, instance);
	t.port = port;
	t.dir = host_dir(h, instance);
	if (last != NULL) {
		t.last = last->data;
		t.last_len = last->len;
	}
	fd = cabled_ask(workers_cable(l), &t, e);
	*id = t.id;
	return fd;
}

static void host_step(struct link *l)
{
	struct buf last;
	uint64_t id;
	struct err e;
	int fd;

	buf_init(&last, 4096);
	last_words(l->d, &last);
	fd = host_stream(l, &last, &id, &e);
	buf_release(&last);
	if (fd == -1) {
		link_fail(l, &e);
		return;
	}
	workers_asked(l, id);
	link_connected(l, fd);
	ev_timer_set(l->timer, HOST_MS);
}

void link_said(struct link *l, const struct cable_answer *a)
{
	struct err e;

	if (a->news != CABLE_OVER)
		return;
	err_set(&e, a->code != ERR_NONE ? a->code : ERR_UNAVAIL, "%s", a->text);
	link_fail(l, &e);
}

static void link_step(struct link *l)
{
	if (l->host == NULL)
		local_step(l);
	else
		host_step(l);
}

/* Time for another attempt, or a step took too long. */
static void on_timer(void *arg)
{
	struct link *l = arg;
	struct err e;

	if (l->d->stopping)
		return;
	if (l->io == NULL && l->stream == NULL && !l->ended) {
		link_step(l);
		return;
	}
	if (l->ended)
		err_set(&e, ERR_IO, LOST);
	else
		err_set(&e, ERR_UNAVAIL, "it does not %s", l->io != NULL ? "start" : "answer");
	link_fail(l, &e);
}

/* What lease a host has from the jobd before us is not known: the longest. */
void link_start(struct link *l, int64_t ms)
{
	l->timer = ev_timer_new(l->d->ev, on_timer, l);
	ev_timer_set(l->timer, ms);
	if (l->host == NULL)
		return;
	l->lease = ev_timer_new(l->d->ev, on_lease_end, l);
	ev_timer_set(l->lease, l->d->conf.stop_lease);
}
