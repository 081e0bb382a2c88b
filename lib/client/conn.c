/*
 * conn: bytes to and from jobd's socket, with poll(2).
 *
 * Owns the descriptor.  Promises that it never blocks on a write while the other
 * side waits to be read, that silence is counted from the last byte that came (or
 * from the call), and that a closed connection is told apart from a silent one
 * only after all that was received has been handed out.
 */
#include "client/conn.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "client/sock.h"

#define IN_MAX (32u << 20)		/* a message with a column of 16 MiB, encoded */
#define OUT_MAX (256u << 20)
#define READ_SIZE 65536
#define POLL_SLICE 250			/* ms: a signal just before poll is seen after it */

void conn_init(struct conn *c, const struct spool *s)
{
	c->spool = s;
	c->fd = -1;
	c->in_used = c->out_used = 0;
	c->interrupt = NULL;
	buf_init(&c->in, IN_MAX);
	buf_init(&c->out, OUT_MAX);
}

void conn_close(struct conn *c)
{
	if (c->fd != -1)
		close(c->fd);
	c->fd = -1;
	c->in_used = c->out_used = 0;
	buf_release(&c->in);
	buf_release(&c->out);
}

int conn_away(const struct conn *c, struct err *e)
{
	pid_t holder = spool_holder(c->spool);

	if (holder > 0)
		return err_set(e, ERR_UNAVAIL, "jobd (process %ld) does not answer", (long)holder);
	return err_set(e, ERR_UNAVAIL, "jobd does not answer; 'jobd' starts it");
}

int conn_open(struct conn *c, struct err *e)
{
	conn_close(c);
	c->fd = sock_connect(c->spool->fd, SPOOL_SOCK, e);
	if (c->fd == -1 && e != NULL && e->code == ERR_UNAVAIL)
		return conn_away(c, e);
	if (c->fd == -1)
		return -1;
	if (fd_nonblock(c->fd) == -1) {
		err_sys(e, ERR_OS, "socket");
		conn_close(c);
		return -1;
	}
	return 0;
}

bool conn_is_open(const struct conn *c)
{
	return c->fd != -1;
}

bool conn_interrupted(const struct conn *c)
{
	return c->interrupt != NULL && *c->interrupt != 0;
}

/* Done bytes go in large steps, not with each message. */
static void buf_compact(struct buf *b, size_t *used)
{
	if (*used == b->len)
		buf_reset(b);
	else if (*used >= b->len / 2 + 1)
		buf_consume(b, *used);
	else
		return;
	*used = 0;
}

int conn_send(struct conn *c, const void *p, size_t n)
{
	return buf_add(&c->out, p, n);
}

static size_t unsent(const struct conn *c)
{
	return c->out.len - c->out_used;
}

/* False when the connection is gone. */
static bool write_some(struct conn *c)
{
	ssize_t n;

	while (unsent(c) > 0) {
		n = sock_write(c->fd, c->out.data + c->out_used, unsent(c));
		if (n == -1)
			return errno == EAGAIN || errno == EINTR;
		c->out_used += (size_t)n;
	}
	buf_compact(&c->out, &c->out_used);
	return true;
}

/* 1: something came; 0: nothing yet; -1: closed. */
static int read_some(struct conn *c)
{
	char *room = buf_reserve(&c->in, READ_SIZE);
	ssize_t n;

	if (room == NULL)
		return -1;
	n = sock_read(c->fd, room, READ_SIZE);
	if (n == -1)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	buf_commit(&c->in, (size_t)n);
	return n > 0 ? 1 : -1;
}

/* A message that is there already: 1, or 0, or -1 when it is none. */
static int message_take(struct conn *c, struct msg **m, struct err *e)
{
	size_t used;
	int r;

	if (c->in.len == c->in_used)
		return 0;
	r = msg_decode(c->in.data + c->in_used, c->in.len - c->in_used, m, &used, e);
	if (r == 1)
		c->in_used += used;
	buf_compact(&c->in, &c->in_used);
	return r;
}

static int64_t slice_of(int64_t left)
{
	return left >= 0 && left < POLL_SLICE ? left : POLL_SLICE;
}

/* One look at the socket: 1 something came; 0 nothing yet; -1 closed. */
static int step(struct conn *c, int64_t left)
{
	struct pollfd pfd = { .fd = c->fd, .events = POLLIN };

	/* What was said before the end of a connection still counts: so read first. */
	if (!write_some(c))
		return read_some(c) == 1 ? 1 : -1;
	if (unsent(c) > 0)
		pfd.events |= POLLOUT;
	if (poll(&pfd, 1, (int)slice_of(left)) <= 0)
		return 0;
	return (pfd.revents & (POLLIN | POLLHUP | POLLERR)) != 0 ? read_some(c) : 0;
}

enum conn_got conn_receive(struct conn *c, int64_t silence, struct msg **m, struct err *e)
{
	int64_t since = now_read().boot, left = -1;
	int r;

	for (;;) {
		r = message_take(c, m, e);
		if (r != 0)
			return r == 1 ? CONN_MESSAGE : CONN_BAD;
		if (conn_interrupted(c))
			return CONN_INTERRUPTED;
		if (silence >= 0 && (left = since + silence - now_read().boot) <= 0)
			return CONN_SILENT;
		r = step(c, left);
		if (r == -1)
			return CONN_CLOSED;
		if (r == 1)
			since = now_read().boot;
	}
}

void conn_nap(const struct conn *c, int64_t ms)
{
	int64_t end = now_read().boot + ms, left;

	while (!conn_interrupted(c) && (left = end - now_read().boot) > 0)
		poll(NULL, 0, (int)slice_of(left));
}
