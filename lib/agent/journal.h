/*
 * journal: what orders came and how they ended, so that it survives a power cut.
 *
 * One file of message blocks, DIR/journal, that only grows: J_HEAD (whose journal
 * this is, and the highest epoch seen), then W_START as it came, W_RESULT, W_ACK.
 * When most of it is settled it is written anew, with W_HELD for what is not.  It
 * has an UUID: "this journal does not know of it" proves that an order never came.
 */
#ifndef AGENT_JOURNAL_H
#define AGENT_JOURNAL_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/uuid.h"
#include "msg/msg.h"

#define JOURNAL_NAME "journal"
#define JOURNAL_GARBAGE_MIN (1 << 20)

struct journal {
	int dirfd;		/* borrowed */
	int fd;
	bool begun;		/* has a head */
	struct uuid id, instance;
	uint64_t epoch;
	off_t size;		/* of what is in the file and sound; zeros may follow */
	off_t room;		/* length of the file */
	off_t live;		/* bytes that a compaction would keep; the user counts */
	off_t retry_size;	/* at which a compaction that failed is tried again */
	struct buf pending;	/* to be written */
	bool must_sync;
};

/*
 * Opens or makes it and hands each block but the heads to `replay` (with its size
 * in the file), which may be NULL.  A torn or damaged tail is cut off, and counted
 * in *cut.  ERR_DATA: this is no journal.
 */
int journal_open(struct journal *j, int dirfd,
    void (*replay)(void *arg, const struct msg *m, size_t size), void *arg, size_t *cut,
    struct err *e);

/* The same for looking only: the file is not changed and need not be there. */
int journal_look(struct journal *j, int dirfd,
    void (*replay)(void *arg, const struct msg *m, size_t size), void *arg, struct err *e);
void journal_close(struct journal *j);

/* Makes it known, durably, that this instance and epoch have come. */
int journal_begin(struct journal *j, const struct uuid *instance, uint64_t epoch, struct err *e);

/* Adds a block to the next flush; `sync`: that flush must be durable. */
int journal_add(struct journal *j, const void *block, size_t n, bool sync);

/*
 * Writes what was added.  -1 with ERR_AGAIN: there is no room; the file is as it
 * was, and what was added is kept for another try, unless journal_drop.  -1 with
 * another code: what is on disk is not known; stop, and start from the disk.
 */
int journal_flush(struct journal *j, struct err *e);
void journal_drop(struct journal *j, size_t from);	/* pending bytes from there on */

bool journal_is_garbage(const struct journal *j);	/* it is worth writing it anew */

/*
 * Replaces it durably by a head and these blocks; nothing may be pending.  -1 with
 * ERR_AGAIN: it could not be made and the old one goes on; else stop.
 */
int journal_rewrite(struct journal *j, const struct buf *blocks, struct err *e);

#endif
