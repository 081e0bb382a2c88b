/*
 * client: the connection as callers have it, and plain requests.
 *
 * Owns struct client.  Submitting is in submit.c, waiting in wait.c.
 */
#include "client/client.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/num.h"
#include "client/impl.h"

#define BLOCK_MAX ((size_t)MSG_HEAD_MAX + MSG_BODY_MAX + MSG_PREFIX_MAX)

struct client *client_new(const struct spool *s)
{
	struct client *c = xcalloc(1, sizeof(*c));

	conn_init(&c->conn, s);
	c->silence = CLIENT_SILENCE;
	return c;
}

void client_free(struct client *c)
{
	if (c == NULL)
		return;
	conn_close(&c->conn);
	free(c);
}

void client_silence(struct client *c, int64_t ms)
{
	c->silence = ms;
}

void client_interrupt(struct client *c, const volatile sig_atomic_t *flag)
{
	c->conn.interrupt = flag;
}

int client_block(struct client *c, struct msg *m, struct buf *block, uint64_t *seq,
    struct err *e)
{
	*seq = ++c->seq;
	buf_init(block, BLOCK_MAX);
	if (msg_has(m, F_SEQ) || msg_add_u64(m, F_SEQ, *seq) == -1)
		return err_set(e, ERR_INTERNAL, "a request was sent twice");
	if (msg_encode(m, block) == 0)
		return 0;
	buf_release(block);
	return err_set(e, ERR_DATA, "the request is larger than a message may be");
}

int client_ok(const struct msg *reply, struct err *e)
{
	uint64_t code;

	if (msg_type(reply) == MSG_OK)
		return 0;
	if (msg_type(reply) != MSG_ERROR)
		return err_set(e, ERR_UNAVAIL, "jobd answered with %s",
		    msg_type_name(msg_type(reply)));
	code = msg_u64(reply, F_CODE, 0);
	return err_set(e, code > ERR_NONE && code <= ERR_CONFIG ? (enum err_code)code :
	    ERR_INTERNAL, "%s", msg_str(reply, F_TEXT));
}

int client_lost(struct client *c, enum conn_got got, struct err *e)
{
	conn_close(&c->conn);
	switch (got) {
	case CONN_SILENT:
		return err_set(e, ERR_UNAVAIL, "jobd does not answer: silent for %lld ms",
		    (long long)c->silence);
	case CONN_CLOSED:
		return err_set(e, ERR_UNAVAIL, "jobd has closed the connection");
	case CONN_INTERRUPTED:
		return err_set(e, ERR_AGAIN, "interrupted");
	case CONN_BAD:
		if (e != NULL)
			e->code = ERR_UNAVAIL;
		return err_prefix(e, "jobd speaks another language");
	case CONN_MESSAGE:
		break;
	}
	return err_set(e, ERR_INTERNAL, "an answer of an unknown kind");
}

bool client_for(const struct msg *reply, uint64_t first, uint64_t last)
{
	uint64_t seq = msg_has(reply, F_SEQ) ? msg_u64(reply, F_SEQ, 0) : 0;

	if (seq == 0)
		return msg_type(reply) == MSG_ERROR;
	return seq >= first && seq <= last;
}

/* An answer to an earlier request that was given up is passed over. */
static enum conn_got reply_wait(struct client *c, uint64_t seq, struct msg **reply,
    struct err *e)
{
	enum conn_got got;

	while ((got = conn_receive(&c->conn, c->silence, reply, e)) == CONN_MESSAGE) {
		if (client_for(*reply, seq, seq))
			break;
		msg_free(*reply);
	}
	return got;
}

int client_exchange(struct client *c, const struct buf *block, uint64_t seq, struct msg **m,
    struct err *e)
{
	enum conn_got got;
	struct msg *reply;
	int r;

	if (!conn_is_open(&c->conn) && conn_open(&c->conn, e) == -1)
		return -1;
	if (conn_send(&c->conn, block->data, block->len) == -1)
		return err_set(e, ERR_DATA, "the request is larger than a message may be");
	got = reply_wait(c, seq, &reply, e);
	if (got != CONN_MESSAGE)
		return client_lost(c, got, e);
	r = client_ok(reply, e);
	if (r == 0)
		*m = reply;
	else
		msg_free(reply);
	return r;
}

int client_call(struct client *c, struct msg *request, struct msg **reply, struct err *e)
{
	struct buf block;
	uint64_t seq;
	int r;

	*reply = NULL;
	if (client_block(c, request, &block, &seq, e) == -1)
		return -1;
	r = client_exchange(c, &block, seq, reply, e);
	buf_release(&block);
	return r;
}

int client_item(const char *s, struct client_item *item)
{
	size_t n = strcspn(s, " "), digits;
	char code[4];
	uint64_t v;

	if (n == 0 || s[n] == '\0')
		return -1;
	item->name = s;
	item->name_len = n;
	s += n + 1;
	digits = strcspn(s, " ");
	if (digits >= sizeof(code))
		return -1;
	memcpy(code, s, digits);
	code[digits] = '\0';
	if (num_u64(code, 0, ERR_CONFIG, &v, NULL) == -1)
		return -1;
	item->code = (int)v;
	item->text = s[digits] == ' ' ? s + digits + 1 : "";
	return 0;
}
