/*
 * submit: requests that must not get lost.
 *
 * Owns the window of submissions in flight.  Each keeps its encoded block until it
 * is answered: the same bytes are sent again over a new connection or left in the
 * spool, and the UUID in them makes it one job however often they arrive.
 * Promises that results come in the order of the requests.  Once jobd is found
 * away, the rest of a series goes to the spool without asking again.
 */
#include <assert.h>
#include <bsd/string.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "client/impl.h"

#define WINDOW 512			/* submissions in flight */
#define WINDOW_BYTES (8u << 20)
#define OPENS_MAX 3			/* connections made without an answer between them */
#define AWAY_TIME 30000			/* ms for which a silent jobd is not asked again */

struct flight {
	uint64_t seq;
	struct buf block;
	bool answered;
	struct client_result result;
};

struct series {
	struct client *client;
	const struct client_many *many;
	struct flight ring[WINDOW];
	size_t head, count;		/* oldest, and how many */
	size_t bytes, index;		/* index: of the oldest, among all */
	int opens;
	bool away;			/* jobd is: leave all in the spool */
	bool ended;			/* next has no more */
	bool borrowed;			/* what next gives is not ours to free */
	struct err why;			/* it is away */
};

static struct flight *flight_at(struct series *s, size_t i)
{
	return &s->ring[(s->head + i) % WINDOW];
}

static void answer(struct series *s, struct flight *f)
{
	f->answered = true;
	s->bytes -= f->block.len;
	buf_release(&f->block);
}

/* ---- the spool */

static void leave(struct series *s, struct flight *f)
{
	struct client_result *r = &f->result;

	r->err = s->why;
	r->outcome = CLIENT_LEFT;
	if (incoming_put(s->client->conn.spool, &r->uuid, f->block.data, f->block.len,
	    &r->err) == -1) {
		err_prefix(&r->err, "%.200s, and the request cannot be left in the spool",
		    s->why.text);
		r->outcome = CLIENT_REFUSED;
	}
	answer(s, f);
}

static void leave_all(struct series *s)
{
	s->away = true;
	conn_close(&s->client->conn);
	for (size_t i = 0; i < s->count; i++) {
		if (!flight_at(s, i)->answered)
			leave(s, flight_at(s, i));
	}
}

/* ---- answers */

static void accepted(const struct msg *okay, struct client_result *r)
{
	const char *status = msg_str(okay, F_STATUS), *reason = msg_str(okay, F_REASON);

	r->outcome = msg_flag(okay, F_DUPLICATE) ? CLIENT_DUPLICATE : CLIENT_ACCEPTED;
	r->job = (int64_t)msg_u64(okay, F_JOB, 0);
	r->schedule = (int64_t)msg_u64(okay, F_SCHEDULE, 0);
	strlcpy(r->status, status != NULL ? status : "", sizeof(r->status));
	strlcpy(r->reason, reason != NULL ? reason : "", sizeof(r->reason));
}

static void answer_take(struct series *s, struct flight *f, const struct msg *reply)
{
	s->opens = 0;
	if (client_ok(reply, &f->result.err) == 0) {
		accepted(reply, &f->result);
	} else {
		f->result.outcome = CLIENT_REFUSED;
		f->result.job = msg_has(reply, F_JOB) ? (int64_t)msg_u64(reply, F_JOB, 0) : 0;
	}
	answer(s, f);
}

/* jobd does not want this connection: if it is only too busy, the spool is open. */
static void connection_refused(struct series *s, const struct msg *reply)
{
	client_ok(reply, &s->why);
	if (s->why.code == ERR_AGAIN) {
		leave_all(s);
		return;
	}
	for (size_t i = 0; i < s->count; i++) {
		if (!flight_at(s, i)->answered)
			answer_take(s, flight_at(s, i), reply);
	}
	conn_close(&s->client->conn);
}

static void reply_take(struct series *s, const struct msg *reply)
{
	uint64_t first = flight_at(s, 0)->seq, seq;
	struct flight *f;

	/* Nothing else is sent during a series: numbers in the window have no gaps. */
	if (!client_for(reply, first, first + s->count - 1))
		return;
	seq = msg_has(reply, F_SEQ) ? msg_u64(reply, F_SEQ, 0) : 0;
	if (seq == 0) {
		connection_refused(s, reply);
		return;
	}
	f = flight_at(s, seq - first);
	if (!f->answered)
		answer_take(s, f, reply);
}

/* ---- sending */

static int send_one(struct series *s, const struct flight *f)
{
	return conn_send(&s->client->conn, f->block.data, f->block.len);
}

/* Makes the connection and sends all that has no answer; leaves it when that fails. */
static void reopen(struct series *s)
{
	if (s->opens++ == OPENS_MAX || conn_open(&s->client->conn, &s->why) == -1) {
		leave_all(s);
		return;
	}
	for (size_t i = 0; i < s->count; i++) {
		if (!flight_at(s, i)->answered && send_one(s, flight_at(s, i)) == -1) {
			err_set(&s->why, ERR_UNAVAIL, "too much to send at once");
			leave_all(s);
			return;
		}
	}
}

static void flight_start(struct series *s, struct msg *m)
{
	struct flight *f = flight_at(s, s->count++);
	struct client_result *r = &f->result;

	memset(f, 0, sizeof(*f));
	assert(msg_type(m) == MSG_SUBMIT);
	msg_uuid(m, F_UUID, &r->uuid);
	if (client_block(s->client, m, &f->block, &f->seq, &r->err) == -1) {
		r->outcome = CLIENT_REFUSED;
		f->answered = true;
		return;
	}
	s->bytes += f->block.len;
	if (s->away)
		leave(s, f);
	else if (!conn_is_open(&s->client->conn) || send_one(s, f) == -1)
		reopen(s);
}

static int window_fill(struct series *s, struct err *e)
{
	struct msg *m;
	int r = 1;

	while (!s->ended && s->count < WINDOW && s->bytes < WINDOW_BYTES) {
		r = s->many->next(s->many->arg, &m, e);
		if (r != 1) {
			s->ended = true;
			break;
		}
		flight_start(s, m);
		if (!s->borrowed)
			msg_free(m);
		if (s->away)
			break;
	}
	return r == -1 ? -1 : 0;
}

static void window_drain(struct series *s)
{
	while (s->count > 0 && flight_at(s, 0)->answered) {
		s->many->done(s->many->arg, s->index++, &flight_at(s, 0)->result);
		s->head = (s->head + 1) % WINDOW;
		s->count--;
	}
}

/* Takes one message, or acts on its absence; -1: interrupted. */
static int answers_wait(struct series *s, struct err *e)
{
	struct msg *reply = NULL;
	enum conn_got got;

	got = conn_receive(&s->client->conn, s->client->silence, &reply, &s->why);
	switch (got) {
	case CONN_MESSAGE:
		reply_take(s, reply);
		msg_free(reply);
		return 0;
	case CONN_CLOSED:
		client_lost(s->client, got, &s->why);
		reopen(s);
		return 0;
	case CONN_INTERRUPTED:
		return client_lost(s->client, got, e);
	default:
		client_lost(s->client, got, &s->why);
		s->client->away_until = now_read().boot + AWAY_TIME;
		leave_all(s);
		return 0;
	}
}

static void series_release(struct series *s)
{
	for (size_t i = 0; i < s->count; i++)
		buf_release(&flight_at(s, i)->block);
	free(s);
}

static int series_run(struct client *c, const struct client_many *many, bool borrowed,
    struct err *e)
{
	struct series *s = xcalloc(1, sizeof(*s));
	int r = 0;

	s->client = c;
	s->many = many;
	s->borrowed = borrowed;
	s->away = now_read().boot < c->away_until;
	if (s->away)
		err_set(&s->why, ERR_UNAVAIL, "jobd did not answer a moment ago");
	for (;;) {
		if (window_fill(s, e) == -1)
			r = -1;
		window_drain(s);
		if (s->count == 0 && s->ended)
			break;
		if (s->count > 0 && answers_wait(s, e) == -1) {
			r = -1;
			break;
		}
	}
	series_release(s);
	return r;
}

int client_submit_many(struct client *c, const struct client_many *many, struct err *e)
{
	return series_run(c, many, false, e);
}

/* ---- one */

struct single {
	struct msg *submit;
	struct client_result *result;
};

static int single_next(void *arg, struct msg **m, struct err *e)
{
	struct single *one = arg;

	(void)e;
	*m = one->submit;
	one->submit = NULL;
	return *m != NULL;
}

static void single_done(void *arg, size_t index, const struct client_result *r)
{
	struct single *one = arg;

	(void)index;
	*one->result = *r;
}

int client_submit(struct client *c, struct msg *submit, struct client_result *r, struct err *e)
{
	struct single one = { .submit = submit, .result = r };
	struct client_many many = { .next = single_next, .done = single_done, .arg = &one };

	memset(r, 0, sizeof(*r));
	r->outcome = CLIENT_REFUSED;
	if (series_run(c, &many, true, e) == -1)
		return -1;
	if (r->outcome != CLIENT_REFUSED)
		return 0;
	return err_set(e, r->err.code, "%s", r->err.text);
}
