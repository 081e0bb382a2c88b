/*
 * conn: one connection to jobd and its two buffers; for this folder alone.
 *
 * Reading and writing go together, so that neither side can block the other.
 */
#ifndef CLIENT_CONN_H
#define CLIENT_CONN_H

#include <signal.h>

#include "msg/msg.h"
#include "spool/spool.h"

struct conn {
	const struct spool *spool;
	int fd;				/* -1: none */
	struct buf in, out;
	size_t in_used, out_used;	/* bytes of each that are done with */
	const volatile sig_atomic_t *interrupt;
};

enum conn_got {
	CONN_MESSAGE,
	CONN_SILENT,		/* no byte came in time */
	CONN_CLOSED,		/* by the other side */
	CONN_BAD,		/* what came is no message; e says more */
	CONN_INTERRUPTED
};

void conn_init(struct conn *c, const struct spool *s);
void conn_close(struct conn *c);	/* and forgets what was buffered */
int conn_open(struct conn *c, struct err *e);	/* ERR_UNAVAIL: nobody listens */

/* ERR_UNAVAIL and what can be done: a jobd that runs is named by its process. */
int conn_away(const struct conn *c, struct err *e);
bool conn_is_open(const struct conn *c);

/* Queues bytes; they leave while messages are waited for.  -1: far too many. */
int conn_send(struct conn *c, const void *p, size_t n);

/* The next message, which the caller frees; `silence` in ms, -1: without end. */
enum conn_got conn_receive(struct conn *c, int64_t silence, struct msg **m, struct err *e);

/* Waits that long, or until interrupted. */
void conn_nap(const struct conn *c, int64_t ms);
bool conn_interrupted(const struct conn *c);

#endif
