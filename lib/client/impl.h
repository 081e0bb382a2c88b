/* impl: what the files of this folder share; others use client/client.h. */
#ifndef CLIENT_IMPL_H
#define CLIENT_IMPL_H

#include "client/client.h"
#include "client/conn.h"

struct client {
	struct conn conn;
	uint64_t seq;
	int64_t silence;
	int64_t away_until;	/* jobd was silent: nobody waits for it again so soon */
};

/* Gives m its seq and encodes it; the caller releases block (not after -1). */
int client_block(struct client *c, struct msg *m, struct buf *block, uint64_t *seq,
    struct err *e);

/* Sends encoded messages and waits for the OK with this seq; *m is set only then. */
int client_exchange(struct client *c, const struct buf *block, uint64_t seq, struct msg **m,
    struct err *e);

/* True for an answer to a request from first to last, or an ERROR about the connection. */
bool client_for(const struct msg *reply, uint64_t first, uint64_t last);

/* 0 for an OK; else -1 with what the ERROR says. */
int client_ok(const struct msg *reply, struct err *e);

/* What the end of a connection means, which is closed now: -1. */
int client_lost(struct client *c, enum conn_got got, struct err *e);

#endif
