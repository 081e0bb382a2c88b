/* incoming: requests that wait in the spool while jobd is away. */
#ifndef SPOOL_INCOMING_H
#define SPOOL_INCOMING_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/uuid.h"

struct spool;

/*
 * incoming: one request a file.  put() is jobsub's: temporary name, fsync,
 * rename, then the directory made durable (syncfs where it cannot be opened).
 */
int incoming_put(const struct spool *s, const struct uuid *u, const void *block, size_t n,
    struct err *e);

struct incoming {
	struct uuid uuid;
	char name[64];
	uid_t uid;		/* the file's owner: who asks */
	struct buf block;	/* bounded */
	struct err bad;		/* why it cannot be taken, or ERR_NONE */
};

/*
 * The next at most max files, owners in rotation and per owner in order of
 * their names (UUIDv7: of time).  Opened O_NOFOLLOW|O_NONBLOCK, regular, one
 * link, right mode and size, else `bad`.  The caller releases each.
 */
int incoming_scan(const struct spool *s, size_t max, struct incoming **list, size_t *n,
    struct err *e);
void incoming_release(struct incoming *list, size_t n);
int incoming_done(const struct spool *s, const char *name, struct err *e);	/* unlink */

/* Keeps it aside as rejected/UUID with `UUID.reason` beside it, and reads that reason. */
int incoming_reject(const struct spool *s, const struct incoming *in, const char *reason,
    struct err *e);
int incoming_reason(const struct spool *s, const struct uuid *u, struct buf *reason);

/* True when this request still waits in incoming/ (it may not be readable by us). */
bool incoming_waits(const struct spool *s, const struct uuid *u);

#endif
