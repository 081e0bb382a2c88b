/*
 * daemon: the agent on a loop, and jobd's connections to it.
 *
 * Owns the door and what is connected.  A connection says W_ATTACH first; from then
 * on it is the one that gives orders, and the former one is closed.  Another one says
 * W_OUTPUT and gets the output of jobs, which so holds up no order.  Everything that
 * is ready goes into one agent_after(), so one sync serves it all.
 */
#include <bsd/sys/queue.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/agent.h"
#include "base/alloc.h"
#include "base/log.h"
#include "ev/ev.h"
#include "jobworker.h"
#include "msg/msg.h"

#define IN_MAX (MSG_PREFIX_MAX + MSG_HEAD_MAX + MSG_BODY_MAX)
#define OUT_MAX (256u << 20)
#define AT_ONCE 1000		/* messages in a round */
#define OUTPUT_MAX (256u << 10)	/* of jobs, that waits in a buffer */
#define PEERS_MAX 16
#define GREET_MS 10000		/* until a connection has to say who it is */
#define IDLE_MS 10000		/* until a local agent without work ends */

struct peer {
	LIST_ENTRY(peer) link;
	struct stream *stream;
	struct ev_timer *patience;
	uid_t uid;
	gid_t gid;
};

static struct {			/* one in a process */
	const struct options *o;
	struct agent *agent;
	struct ev *ev;
	struct ev_io *io;
	struct listener *door;
	struct ev_timer *idle;
	struct ev_signal *term, *intr;
	LIST_HEAD(, peer) peers;
	size_t npeers;
	struct peer *current;	/* the attached one, or NULL */
	struct peer *output;	/* the one that gets the output of jobs, or NULL */
	int status;
} d;

void daemon_send(void *arg, const void *block, size_t n)
{
	(void)arg;
	if (d.current == NULL)
		return;
	if (buf_add(stream_out(d.current->stream), block, n) == -1)
		stream_fail(d.current->stream, ENOBUFS);
	else
		stream_flush(d.current->stream);
}

static void idle_look(void)
{
	ev_timer_set(d.idle, d.o->local && d.current == NULL ? IDLE_MS : -1);
}

static void on_idle(void *arg)
{
	(void)arg;
	if (agent_busy(d.agent))
		idle_look();
	else
		ev_stop(d.ev);
}

static void peer_free(struct peer *p)
{
	if (d.current == p) {
		d.current = NULL;
		agent_detach(d.agent);
		idle_look();
	}
	if (d.output == p)
		d.output = NULL;
	LIST_REMOVE(p, link);
	d.npeers--;
	listener_pause(d.door, false);
	ev_timer_free(p->patience);
	stream_free(p->stream);
	free(p);
}

/* Says why and closes; what is buffered still leaves. */
static void peer_refuse(struct peer *p, const struct err *why)
{
	struct msg *m = msg_new(MSG_W_REFUSE);

	log_warn("a connection of user %u is refused: %s", p->uid, why->text);
	msg_add_u64(m, F_CODE, (uint64_t)why->code);
	msg_add(m, F_TEXT, why->text);
	msg_encode(m, stream_out(p->stream));
	msg_free(m);
	stream_finish(p->stream);
	ev_timer_set(p->patience, GREET_MS);
}

/* Says that jobd is gone, and has no more to say. */
static int gone_peer(struct peer *p, struct msg *m, struct err *e)
{
	int r = agent_gone(d.agent, m, e);

	msg_free(m);
	if (r == 0) {
		stream_finish(p->stream);
		ev_timer_set(p->patience, GREET_MS);
	}
	return r;
}

/* Asks what this host is, and may go on. */
static void probe_peer(struct peer *p, struct msg *m)
{
	struct msg *answer = agent_survey(d.agent, msg_u64(m, F_SEQ, 0));

	msg_free(m);
	if (msg_encode(answer, stream_out(p->stream)) == 0)
		stream_flush(p->stream);
	msg_free(answer);
}

static int attach_peer(struct peer *p, struct msg *m, struct err *e)
{
	struct peer *former = d.current;
	int r;

	/* What the agent says in there goes to the new one. */
	d.current = p;
	r = agent_attach(d.agent, m, p->uid, p->gid, e);
	msg_free(m);
	if (r == -1) {
		d.current = former;
		return -1;
	}
	ev_timer_set(p->patience, -1);
	ev_timer_set(d.idle, -1);
	if (former != NULL)
		peer_free(former);
	log_info("attached, %zu executions held", agent_held(d.agent));
	return 0;
}

static int output_peer(struct peer *p, struct msg *m, struct err *e)
{
	int r = agent_output_attach(d.agent, m, e);

	msg_free(m);
	if (r == -1)
		return -1;
	ev_timer_set(p->patience, -1);
	if (d.output != NULL)
		peer_free(d.output);
	d.output = p;
	return 0;
}

static int output_message(struct msg *m, struct err *e)
{
	int r = agent_output_take(d.agent, m, e);

	msg_free(m);
	return r;
}

/* One message, which is taken over. */
static int peer_message(struct peer *p, struct msg *m, const void *block, size_t n,
    struct err *e)
{
	if (p == d.current)
		return agent_order(d.agent, m, block, n, e);
	if (p == d.output)
		return output_message(m, e);
	switch (msg_type(m)) {
	case MSG_W_GONE:
		return gone_peer(p, m, e);
	case MSG_W_OUTPUT:
		return output_peer(p, m, e);
	case MSG_W_PROBE:
		probe_peer(p, m);
		return 0;
	default:
		return attach_peer(p, m, e);
	}
}

static void on_data(void *arg, struct stream *s)
{
	struct peer *p = arg;
	struct buf *in = stream_in(s);
	struct err e;
	struct msg *m;
	size_t done = 0, used;
	int n = 0, r = 0;

	while (n < AT_ONCE) {
		r = msg_decode(in->data + done, in->len - done, &m, &used, &e);
		if (r != 1)
			break;
		r = peer_message(p, m, in->data + done, used, &e);
		if (r == -1)
			break;
		done += used;
		n++;
	}
	buf_consume(in, done);
	if (r == -1)
		peer_refuse(p, &e);
	else if (n == AT_ONCE)
		stream_again(s);
}

static void on_close(void *arg, struct stream *s, int error)
{
	struct peer *p = arg;

	(void)s;
	if (p == d.current)
		log_info("detached%s", error == ENOBUFS ? ": jobd does not read" : "");
	peer_free(p);
}

static void output_fill(void)
{
	if (d.output == NULL || stream_unsent(d.output->stream) >= OUTPUT_MAX)
		return;
	agent_output_fill(d.agent, stream_out(d.output->stream), OUTPUT_MAX);
	stream_flush(d.output->stream);
}

static void on_drain(void *arg, struct stream *s)
{
	(void)s;
	if (arg == d.output)
		output_fill();
}

static const struct stream_fns peer_fns = { on_data, on_close, on_drain };

static void on_patience(void *arg)
{
	peer_free(arg);
}

static bool is_allowed(uid_t uid)
{
	return uid == 0 || uid == geteuid() || (d.o->allow != (uid_t)-1 && uid == d.o->allow);
}

static void on_connect(void *arg, int fd)
{
	struct err e;
	struct peer *p;
	uid_t uid;
	gid_t gid;

	(void)arg;
	if (peer_cred(fd, &uid, &gid, NULL, &e) == -1) {
		log_warn("a connection: %s", e.text);
		close(fd);
		return;
	}
	p = xcalloc(1, sizeof(*p));
	p->uid = uid;
	p->gid = gid;
	p->stream = stream_new(d.ev, fd, IN_MAX, OUT_MAX, &peer_fns, p);
	p->patience = ev_timer_new(d.ev, on_patience, p);
	ev_timer_set(p->patience, GREET_MS);
	LIST_INSERT_HEAD(&d.peers, p, link);
	if (++d.npeers >= PEERS_MAX)
		listener_pause(d.door, true);
	if (!is_allowed(uid)) {
		err_set(&e, ERR_PERM, "this worker takes no orders from user %u", uid);
		peer_refuse(p, &e);
	}
}

static void on_agent(void *arg, int ready)
{
	(void)arg;
	(void)ready;
	agent_ready(d.agent);
}

static void on_signal(void *arg, int signo)
{
	(void)arg;
	(void)signo;
	ev_stop(d.ev);
}

static void after(void *arg)
{
	struct err e;

	(void)arg;
	if (agent_after(d.agent, &e) == 0) {
		output_fill();
		return;
	}
	/* What is on disk is not known any more: the next one starts from there. */
	log_error("%s", e.text);
	d.status = exit_status(e.code);
	ev_stop(d.ev);
}

int daemon_run(const struct options *o, struct agent *a, int listen_fd)
{
	struct err e;

	d.o = o;
	d.agent = a;
	LIST_INIT(&d.peers);
	d.ev = ev_new(&e);
	if (d.ev == NULL) {
		log_error("%s", e.text);
		close(listen_fd);
		return exit_status(e.code);
	}
	d.idle = ev_timer_new(d.ev, on_idle, NULL);
	d.io = ev_io_new(d.ev, agent_fd(d.agent), on_agent, NULL);
	ev_io_want(d.io, EV_IN);
	d.term = ev_signal_new(d.ev, SIGTERM, on_signal, NULL);
	d.intr = ev_signal_new(d.ev, SIGINT, on_signal, NULL);
	d.door = listener_new(d.ev, listen_fd, on_connect, NULL);
	ev_after(d.ev, after, NULL);
	idle_look();
	log_info("ready in %s, %zu executions held", o->dir, agent_held(d.agent));
	ev_run(d.ev);
	while (!LIST_EMPTY(&d.peers))
		peer_free(LIST_FIRST(&d.peers));
	listener_free(d.door);
	ev_signal_free(d.intr);
	ev_signal_free(d.term);
	ev_io_free(d.io);
	ev_timer_free(d.idle);
	ev_free(d.ev);
	return d.status;
}
