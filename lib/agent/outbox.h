/*
 * outbox: what executions have written and jobd's host has not safely got yet.
 *
 * DIR/out/JOB.K holds the log folder of an execution as its supervisor writes it.
 * Here it is sent piece by piece, each with its offset, and removed when it is
 * acknowledged as a whole.  Of one stream OUTBOX_WINDOW bytes are on their way at
 * most, of all together OUTBOX_FLYING: so one that floods holds up no other.  After a
 * cut all goes on behind the last acknowledgement; what comes twice is told by its
 * offset.
 */
#ifndef AGENT_OUTBOX_H
#define AGENT_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "msg/msg.h"

#define OUTBOX_DIR "out"
#define OUTBOX_WINDOW (256u << 10)
#define OUTBOX_FLYING (1u << 20)

struct outbox;

/*
 * Takes what lies in DIR/out; dirfd is DIR and borrowed.  final tells whether nothing
 * more is written for an execution.
 */
struct outbox *outbox_open(int dirfd, bool (*final)(void *arg, uint64_t job, uint64_t number),
    void *arg, struct err *e);
void outbox_close(struct outbox *o);		/* NULL is fine */

int outbox_fd(const struct outbox *o);		/* readable: something was written; -1: none */
void outbox_ready(struct outbox *o);
void outbox_ended(struct outbox *o, uint64_t job, uint64_t number);	/* final, from now on */

/* Another connection: what the former one did not acknowledge is sent again. */
void outbox_attach(struct outbox *o);

/* An O_ACK.  -1: it is about nothing that was sent. */
int outbox_ack(struct outbox *o, const struct msg *m, struct err *e);

/* Appends what may leave now, in turn for all executions, and stops behind `max` bytes. */
void outbox_fill(struct outbox *o, struct buf *out, size_t max);

size_t outbox_count(const struct outbox *o);	/* executions that are not acknowledged */

#endif
