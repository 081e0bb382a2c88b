/*
 * call: one host: the way there, as the cable process tells it, and its answers.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "hosts.h"

#define PATIENCE_MS 60000	/* a host may have to take a jobworker over a slow line */
#define ANSWER_MAX 65536

struct call {
	struct reach *reach;
	uint64_t id;
	int stream;
	void (*step)(void *arg, enum cable_news news, const char *text);
	void *arg;
	struct buf in;
	uint64_t asked;		/* how often */
	int64_t asked_at;	/* boot clock */
	int64_t asked_wall;
	struct reached *out;
	bool done;
};

/* The first answer comes from a jobworker that may just have started: the second is timed. */
static int probe_ask(struct call *c, struct err *e)
{
	struct msg *m = msg_new(MSG_W_PROBE);
	struct now now = now_read();
	struct buf b;
	int r;

	buf_init(&b, ANSWER_MAX);
	(void)msg_add_u64(m, F_SEQ, ++c->asked);
	r = msg_encode(m, &b);
	msg_free(m);
	c->asked_at = now.boot;
	c->asked_wall = now.wall;
	if (r == 0 && fd_write_all(c->stream, b.data, b.len, e) == -1)
		r = errno == EPIPE ? 0 : -1;	/* over already: the other socket tells why */
	buf_release(&b);
	return r;
}

static int probe_take(struct call *c, struct msg *m, struct err *e)
{
	int64_t round_trip = now_read().boot - c->asked_at;

	if (msg_type(m) == MSG_W_REFUSE)
		return err_set(e, ERR_UNAVAIL, "its jobworker refuses: %s; one of an older version "
		    "has to be ended there (its jobs run on)", msg_str(m, F_TEXT));
	if (msg_type(m) != MSG_W_PROBED || msg_u64(m, F_SEQ, 0) != c->asked)
		return err_set(e, ERR_DATA, "its jobworker gives an answer that is none");
	if (c->asked == 1)
		return probe_ask(c, e);
	c->out->round_trip = round_trip;
	c->out->offset = msg_i64(m, F_AT, 0) - (c->asked_wall + round_trip / 2);
	c->done = true;
	return 0;
}

static int stream_read(struct call *c, struct err *e)
{
	char data[4096];
	ssize_t n = read(c->stream, data, sizeof(data));
	struct msg *m = NULL;
	size_t used;
	int r;

	if (n == -1 && (errno == EINTR || errno == EAGAIN))
		return 0;
	if (n <= 0) {
		/* Why is told by the other socket. */
		close(c->stream);
		c->stream = -1;
		return 0;
	}
	if (buf_add(&c->in, data, (size_t)n) == -1)
		return err_set(e, ERR_DATA, "its jobworker gives an answer that is too long");
	while ((r = msg_decode(c->in.data, c->in.len, &m, &used, e)) == 1) {
		buf_consume(&c->in, used);
		r = probe_take(c, m, e);
		if (c->done)
			c->out->probed = m;
		else
			msg_free(m);
		if (r == -1 || c->done)
			return r;
	}
	return r;
}

static int answers_read(struct call *c, struct err *e)
{
	struct cable_answer a;
	int r;

	while ((r = cable_hear(c->reach->fd, &a, e)) == 1) {
		if (a.id != c->id)
			continue;
		if (a.news == CABLE_OVER)
			return err_set(e, a.code != ERR_NONE ? a.code : ERR_UNAVAIL, "%s", a.text);
		c->step(c->arg, a.news, a.text);
		if (a.news == CABLE_JOINED && c->stream != -1 && probe_ask(c, e) == -1)
			return -1;
	}
	return r;
}

static int call_run(struct call *c, struct err *e)
{
	int64_t until = now_read().boot + PATIENCE_MS, left;
	struct pollfd p[2] = { { .fd = c->reach->fd, .events = POLLIN }, { .events = POLLIN } };
	int r = 0;

	while (r == 0 && !c->done) {
		left = until - now_read().boot;
		if (left <= 0)
			return err_set(e, ERR_UNAVAIL, "it does not answer");
		p[1].fd = c->stream;
		p[0].revents = p[1].revents = 0;
		if (poll(p, 2, (int)left) == -1 && errno != EINTR)
			return err_sys(e, ERR_OS, "poll");
		if (p[0].revents != 0)
			r = answers_read(c, e);
		if (r == 0 && p[1].revents != 0)
			r = stream_read(c, e);
	}
	return r;
}

int reach_host(struct reach *r, struct cable_target *t,
    void (*step)(void *arg, enum cable_news news, const char *text), void *arg,
    struct reached *out, struct err *e)
{
	struct call c = { .reach = r, .step = step, .arg = arg, .out = out };
	int fds[2], status;

	*out = (struct reached){ .probed = NULL };
	if (reach_pair(fds, e) == -1)
		return -1;
	t->id = c.id = ++r->number;
	t->watch = "1";
	c.stream = fds[0];
	buf_init(&c.in, ANSWER_MAX);
	err_clear(e);
	status = cable_ask(r->fd, t, fds[1], e);
	close(fds[1]);
	if (status == 0)
		status = call_run(&c, e);
	cable_drop(r->fd, c.id);
	if (c.stream != -1)
		close(c.stream);
	buf_release(&c.in);
	return status;
}
