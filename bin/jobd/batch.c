/*
 * batch: submissions that are accepted all or none.
 *
 * Owns the messages of a batch while it is received.  Whatever is wrong with one of
 * them, the whole batch is read to its end and answered once.
 */
#include <stdlib.h>

#include "msg/plan.h"
#include "client.h"

#define BATCH_MAX 10000
#define BATCH_BYTES_MAX (64u << 20)

struct batch {
	uint64_t seq;
	size_t want, n, bytes;
	struct msg **msgs;
	struct err err;		/* the first thing wrong with it */
};

void batch_free(struct batch *b)
{
	size_t i;

	if (b == NULL)
		return;
	for (i = 0; i < b->n; i++)
		msg_free(b->msgs[i]);
	free(b->msgs);
	free(b);
}

void batch_begin(struct client *c, const struct msg *m)
{
	uint64_t n = msg_u64(m, F_COUNT, 0), seq = msg_u64(m, F_SEQ, 0);
	struct err e;

	if (n < 1 || n > BATCH_MAX) {
		err_set(&e, ERR_DATA, "an atomic batch has 1 to %d entries", BATCH_MAX);
		client_error(c, seq, &e);
		client_finish(c);	/* what follows cannot be told from other requests */
		return;
	}
	c->batch = xcalloc(1, sizeof(*c->batch));
	c->batch->seq = seq;
	c->batch->want = n;
	c->batch->msgs = xcalloc(n, sizeof(struct msg *));
}

static int batch_decode(struct client *c, struct batch *b, struct job_request *reqs)
{
	struct err e;
	size_t i;

	for (i = 0; i < b->n; i++) {
		if (request_recurs(b->msgs[i]))
			return err_set(&b->err, ERR_DATA, "entry %zu: a schedule cannot be part of "
			    "an atomic batch", i + 1);
		if (submit_fill(c->d, &c->actor, b->msgs[i], &reqs[i], &e) == -1) {
			b->err = e;
			return err_prefix(&b->err, "entry %zu", i + 1);
		}
	}
	return 0;
}

static void batch_done(struct client *c)
{
	struct batch *b = c->batch;
	struct jobd *d = c->d;
	struct job_request *reqs = arena_alloc(loop_arena(d), b->n * sizeof(*reqs));
	struct event *ev;

	if (b->err.code != ERR_NONE || batch_decode(c, b, reqs) == -1) {
		client_error(c, b->seq, &b->err);
		return;
	}
	ev = loop_event(d, EV_SUBMIT);
	cause_fill(d, &ev->cause, &c->actor, "socket");
	ev->submit.jobs = reqs;
	ev->submit.n = b->n;
	ev->submit.atomic = true;
	ev->token = ask_new(d, c, b->seq, answer_batch)->token;
}

void batch_add(struct client *c, struct msg *m, size_t bytes)
{
	struct batch *b = c->batch;
	struct err e;

	if (msg_type(m) != MSG_SUBMIT) {
		err_set(&e, ERR_DATA, "%s inside an atomic batch", msg_type_name(msg_type(m)));
		msg_free(m);
		client_error(c, b->seq, &e);
		client_finish(c);
		return;
	}
	b->bytes += bytes;
	b->msgs[b->n++] = m;
	if (b->bytes > BATCH_BYTES_MAX) {
		err_set(&e, ERR_DATA, "an atomic batch has at most %u bytes", BATCH_BYTES_MAX);
		client_error(c, b->seq, &e);
		client_finish(c);
		return;
	}
	if (b->n < b->want)
		return;
	batch_done(c);
	batch_free(b);
	c->batch = NULL;
}
