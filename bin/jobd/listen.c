/*
 * listen: connections.
 *
 * Owns the socket that clients connect to and every connection: who is there, how
 * much it may send and leave unread, how many of its requests may be under way.
 * Promises that a client that is slow, silent, greedy or mad costs its own
 * connection and nobody else's.  What the messages mean is in requests.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fdio.h"
#include "base/log.h"
#include "msg/msg.h"
#include "client.h"

#define MESSAGE_MAX (32u << 20)		/* as in the spool */
#define OUT_MAX (32u << 20)
#define INPUT_SUM_MAX (256u << 20)	/* of half-received messages, all connections */
#define AT_ONCE 256			/* messages of one connection in a round */

struct listen {
	struct listener *listener;
	LIST_HEAD(, client) clients;
	size_t n, buffered;
	uint64_t inode;		/* of the socket's name */
	bool troubled;		/* the name could not be made again; it was told */
};

static void client_free(struct client *c)
{
	asks_forget(c);
	waiters_forget(c);
	batch_free(c->batch);
	c->d->listen->buffered -= c->buffered;
	c->d->listen->n--;
	LIST_REMOVE(c, link);
	stream_free(c->stream);
	free(c);
}

void client_send(struct client *c, struct msg *m)
{
	if (msg_encode(m, stream_out(c->stream)) == -1)
		stream_fail(c->stream, ENOBUFS);
	else
		stream_flush(c->stream);
	msg_free(m);
}

void client_error(struct client *c, uint64_t seq, const struct err *e)
{
	struct msg *m = msg_new(MSG_ERROR);

	if (seq != 0)
		(void)msg_add_u64(m, F_SEQ, seq);
	(void)msg_add_u64(m, F_CODE, e->code);
	(void)msg_add(m, F_TEXT, e->text);
	client_send(c, m);
}

void client_finish(struct client *c)
{
	c->closing = true;
	stream_finish(c->stream);
}

static bool is_full(const struct client *c)
{
	return c->nasks >= (size_t)c->d->conf.max_requests_per_connection;
}

void client_resume(struct client *c)
{
	if (!c->paused || c->d->stopping || is_full(c))
		return;
	c->paused = false;
	stream_pause(c->stream, false);
	stream_again(c->stream);
}

static void client_refuse(struct client *c, const struct err *e)
{
	client_error(c, 0, e);
	client_finish(c);
}

/* Takes one message from the front; false: none is whole, or no more may come now. */
static bool take_one(struct client *c, struct buf *in)
{
	struct msg *m = NULL;
	struct err e;
	size_t used;
	int r;

	if (in->len < c->need || in->len == 0)
		return false;
	err_clear(&e);
	r = msg_decode(in->data, in->len, &m, &used, &e);
	if (r == 0 && used > MESSAGE_MAX)
		r = err_set(&e, ERR_DATA, "a request of %zu bytes: at most %u", used, MESSAGE_MAX);
	if (r == -1)
		client_refuse(c, &e);
	if (r != 1) {
		c->need = r == 0 ? used : 0;
		return false;
	}
	c->need = 0;
	buf_consume(in, used);
	request_handle(c, m, used);
	return true;
}

/* What is left lies in memory until the rest comes: all of that together is bounded. */
static void count_input(struct client *c, size_t left)
{
	struct listen *l = c->d->listen;
	struct err e;

	l->buffered += left - c->buffered;
	c->buffered = left;
	if (l->buffered <= INPUT_SUM_MAX || c->closing)
		return;
	err_set(&e, ERR_AGAIN, "too many large requests at once: try later");
	client_refuse(c, &e);
}

static void on_data(void *arg, struct stream *s)
{
	struct client *c = arg;
	struct buf *in = stream_in(s);
	int n;

	for (n = 0; n < AT_ONCE && !c->closing && !is_full(c); n++)
		if (!take_one(c, in))
			break;
	if (c->closing) {
		buf_reset(in);
	} else if (is_full(c)) {
		c->paused = true;
		stream_pause(s, true);
	} else if (n == AT_ONCE) {
		stream_again(s);
	}
	count_input(c, in->len);
}

static void on_close(void *arg, struct stream *s, int error)
{
	(void)s;
	if (error == ENOBUFS)
		log_warn("a client of %s does not read: dropped",
		    ((struct client *)arg)->actor.name);
	client_free(arg);
}

static const struct stream_fns client_fns = { on_data, on_close, NULL };

/* ---- who may come in */

static size_t count_uid(const struct listen *l, int64_t uid)
{
	const struct client *c;
	size_t n = 0;

	LIST_FOREACH(c, &l->clients, link)
		n += c->actor.uid == uid;
	return n;
}

/* The last half of the connections is not for one user alone. */
static int may_enter(struct jobd *d, const struct client *c, struct err *e)
{
	const struct listen *l = d->listen;
	size_t max = (size_t)d->conf.max_connections;

	if (!c->actor.admin && !d->spool.system)
		return err_set(e, ERR_PERM, "this jobd serves %s only", name_of(d, d->spool.owner));
	if (l->n > max || (!c->actor.admin && l->n > max / 2 &&
	    count_uid(l, c->actor.uid) > max / 2))
		return err_set(e, ERR_AGAIN, "too many connections: try later");
	return 0;
}

static void on_accept(void *arg, int fd)
{
	struct jobd *d = arg;
	struct client *c;
	struct err e;
	uid_t uid;

	if (peer_cred(fd, &uid, NULL, NULL, &e) == -1) {
		log_warn("%s", e.text);
		close(fd);
		return;
	}
	c = xcalloc(1, sizeof(*c));
	c->d = d;
	LIST_INIT(&c->asks);
	LIST_INIT(&c->waits);
	actor_fill(d, &c->actor, uid, BY_SOCKET);
	c->stream = stream_new(d->ev, fd, MESSAGE_MAX, OUT_MAX, &client_fns, c);
	LIST_INSERT_HEAD(&d->listen->clients, c, link);
	d->listen->n++;
	if (may_enter(d, c, &e) == -1)
		client_refuse(c, &e);
}

/* The inode of the socket's name; 0: there is none. */
static uint64_t name_inode(const struct jobd *d)
{
	struct stat st;

	return fstatat(d->spool.fd, SPOOL_SOCK, &st, AT_SYMLINK_NOFOLLOW) == 0 ? st.st_ino : 0;
}

static int name_make(struct jobd *d, struct err *e)
{
	struct listen *l = d->listen;
	int fd = sock_listen(d->spool.fd, SPOOL_SOCK, d->spool.system ? 0666 : 0600, e);

	if (fd == -1)
		return err_prefix(e, "%s", d->spool.path);
	if (l->listener != NULL)
		listener_free(l->listener);
	l->listener = listener_new(d->ev, fd, on_accept, d);
	l->inode = name_inode(d);
	return 0;
}

int listen_start(struct jobd *d, struct err *e)
{
	d->listen = xcalloc(1, sizeof(*d->listen));
	LIST_INIT(&d->listen->clients);
	return name_make(d, e);
}

void listen_again(struct jobd *d)
{
	struct listen *l = d->listen;
	struct err e;

	if (l->listener == NULL || name_inode(d) == l->inode)
		return;
	if (name_make(d, &e) == 0)
		log_warn("%s/" SPOOL_SOCK " was gone: made again", d->spool.path);
	else if (!l->troubled)
		log_error("the socket is gone and cannot be made again: %s", e.text);
	l->troubled = name_inode(d) != l->inode;
}

/* Who comes now is refused at once, and leaves his request in the spool. */
static void stop_listening(struct jobd *d)
{
	if (d->listen->listener == NULL)
		return;
	if (!d->lost)
		(void)unlinkat(d->spool.fd, SPOOL_SOCK, 0);
	listener_free(d->listen->listener);
	d->listen->listener = NULL;
}

void listen_quiet(struct jobd *d)
{
	struct client *c;

	stop_listening(d);
	LIST_FOREACH(c, &d->listen->clients, link)
		stream_pause(c->stream, true);
}

void listen_free(struct jobd *d)
{
	struct client *c;

	if (d->listen == NULL)
		return;
	while ((c = LIST_FIRST(&d->listen->clients)) != NULL)
		client_free(c);
	stop_listening(d);
	free(d->listen);
	d->listen = NULL;
}

size_t listen_count(const struct jobd *d)
{
	return d->listen->n;
}
