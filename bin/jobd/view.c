/*
 * view: the process `jobd: view`.
 *
 * Knows who asks by SO_PEERCRED, answers queries from its own read-only handle, and
 * lets each see what he may.  It can write nothing.  A client that does not read
 * its answers is not read either.
 */
#include <bsd/sys/queue.h>
#include <bsd/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fdio.h"
#include "base/log.h"
#include "cli/cli.h"
#include "msg/msg.h"
#include "process.h"
#include "view/view.h"

#define IN_MAX (1u << 20)
#define OUT_MAX (160u << 20)		/* a launch block may be that long, encoded */
#define UNREAD_MAX (1u << 20)		/* no next query before it has read down to this */
#define AT_ONCE 16
#define CLIENTS_MAX 1024
#define LOOK_MS 2000

struct viewer_client;

struct server {
	struct spool spool;
	struct view *view;
	struct ev *ev;
	struct ev_timer *timer;
	struct listener *listener;
	uint64_t inode;
	bool private_jobs;
	size_t n;
	LIST_HEAD(, viewer_client) clients;
};

struct viewer_client {
	struct server *s;
	struct stream *stream;
	struct viewer who;
	bool closing;
	LIST_ENTRY(viewer_client) link;
};

static void client_end(struct viewer_client *c)
{
	c->s->n--;
	LIST_REMOVE(c, link);
	stream_free(c->stream);
	free(c);
}

static void refuse(struct viewer_client *c, const struct err *e)
{
	struct msg *m = msg_new(MSG_END);

	(void)msg_add_u64(m, F_CODE, e->code);
	(void)msg_add(m, F_TEXT, e->text);
	(void)msg_encode(m, stream_out(c->stream));
	msg_free(m);
	c->closing = true;
	stream_finish(c->stream);
}

static int answer(struct viewer_client *c, const struct msg *m, struct err *e)
{
	if (msg_type(m) != MSG_QUERY)
		return err_set(e, ERR_DATA, "%s is no query", msg_type_name(msg_type(m)));
	if (view_answer(c->s->view, &c->who, m, stream_out(c->stream), e) == -1)
		return -1;
	stream_flush(c->stream);
	return 0;
}

static bool take_one(struct viewer_client *c, struct buf *in)
{
	struct msg *m = NULL;
	struct err e;
	size_t used;
	int r = in->len > 0 ? msg_decode(in->data, in->len, &m, &used, &e) : 0;

	if (in->len > 0 && r == 0 && used > IN_MAX)
		r = err_set(&e, ERR_DATA, "a query of %zu bytes", used);
	if (r == 1) {
		buf_consume(in, used);
		r = answer(c, m, &e) == -1 ? -1 : 1;
		msg_free(m);
	}
	if (r == -1)
		refuse(c, &e);
	return r == 1;
}

static void on_data(void *arg, struct stream *s)
{
	struct viewer_client *c = arg;
	int n;

	for (n = 0; n < AT_ONCE && !c->closing && stream_unsent(s) < UNREAD_MAX; n++)
		if (!take_one(c, stream_in(s)))
			return;
	if (c->closing)
		buf_reset(stream_in(s));
	else if (stream_unsent(s) >= UNREAD_MAX)
		stream_pause(s, true);	/* until on_drain */
	else
		stream_again(s);
}

static void on_drain(void *arg, struct stream *s)
{
	struct viewer_client *c = arg;

	if (c->closing)
		return;
	stream_pause(s, false);
	stream_again(s);
}

static void on_close(void *arg, struct stream *s, int error)
{
	(void)s;
	(void)error;
	client_end(arg);
}

static const struct stream_fns client_fns = { on_data, on_close, on_drain };

static size_t count_uid(const struct server *s, uid_t uid)
{
	const struct viewer_client *c;
	size_t n = 0;

	LIST_FOREACH(c, &s->clients, link)
		n += c->who.uid == uid;
	return n;
}

static void on_accept(void *arg, int fd)
{
	struct server *s = arg;
	struct viewer_client *c;
	struct err e;
	uid_t uid;

	if (peer_cred(fd, &uid, NULL, NULL, &e) == -1) {
		close(fd);
		return;
	}
	c = xcalloc(1, sizeof(*c));
	c->s = s;
	c->who.uid = uid;
	c->who.admin = uid == 0 || uid == s->spool.owner;
	c->who.private_jobs = s->private_jobs;
	c->stream = stream_new(s->ev, fd, IN_MAX, OUT_MAX, &client_fns, c);
	LIST_INSERT_HEAD(&s->clients, c, link);
	if (s->n++ < CLIENTS_MAX && count_uid(s, uid) <= CLIENTS_MAX / 2)
		return;
	err_set(&e, ERR_AGAIN, "too many connections: try later");
	refuse(c, &e);
}

/* Another jobd has put its own socket in our place: nobody comes to us any more. */
static void on_timer(void *arg)
{
	struct server *s = arg;
	struct stat st;

	if (fstatat(s->spool.fd, SPOOL_VIEW, &st, AT_SYMLINK_NOFOLLOW) == -1 ||
	    st.st_ino != s->inode)
		ev_stop(s->ev);
	else
		ev_timer_set(s->timer, LOOK_MS);
}

static int server_open(struct server *s, const char *spool, struct err *e)
{
	if (fd_cloexec(VIEW_FD) == -1)
		return err_sys(e, ERR_USAGE, "no socket to listen on");
	if (spool_open(&s->spool, spool, e) == -1)
		return -1;
	s->view = view_open(&s->spool, e);
	if (s->view == NULL)
		return -1;
	if (!view_is_direct(s->view))
		return err_set(e, ERR_PERM, "%s: may not be read directly", spool);
	s->ev = ev_new(e);
	return s->ev == NULL ? -1 : 0;
}

int view_main(const char *spool, uint64_t inode, bool private_jobs)
{
	struct server s = { .inode = inode, .private_jobs = private_jobs };
	struct viewer_client *c;
	struct err e;

	closefrom(VIEW_FD + 1);
	log_init("jobd: view", false);
	LIST_INIT(&s.clients);
	if (server_open(&s, spool, &e) == -1) {
		log_error("%s", e.text);
		return exit_of(e.code);
	}
	s.listener = listener_new(s.ev, VIEW_FD, on_accept, &s);
	s.timer = ev_timer_new(s.ev, on_timer, &s);
	ev_timer_set(s.timer, LOOK_MS);
	ev_run(s.ev);
	while ((c = LIST_FIRST(&s.clients)) != NULL)
		client_end(c);
	listener_free(s.listener);
	ev_timer_free(s.timer);
	ev_free(s.ev);
	view_close(s.view);
	spool_close(&s.spool);
	return EXIT_OK;
}
