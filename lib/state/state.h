/*
 * state: the database of what is alive, its one writer, and the history by day.
 *
 * The only folder that knows SQLite.  Names and columns come from core/row.h's
 * tables.  jobd's loop hands whole turns to the writer thread and gets them back
 * when they are durable; readers open their own read-only handle.
 */
#ifndef STATE_STATE_H
#define STATE_STATE_H

#include "base/clock.h"
#include "core/turn.h"
#include "spool/spool.h"
#include "state/reader.h"

struct writer;

struct writer_start {		/* what a start of jobd needs to know */
	struct uuid instance;	/* of this spool */
	int64_t epoch;		/* already raised and committed */
	int64_t next_id;
	int64_t schema;
	bool restored;		/* from a backup, and not accepted yet: start nothing */
};

struct writer_conf {
	int64_t history_after;	/* ms after its end a job moves to its day */
	int64_t uuid_keep;	/* ms that uuid -> id is remembered: 48 h */
};

/*
 * Opens (or makes) state.db, migrates it, raises the epoch, checks its integrity
 * quickly and starts the thread.  notify_fd (an eventfd) is written when turns
 * have become durable or the state of the disk has changed.
 */
struct writer *writer_open(const struct spool *s, const struct writer_conf *conf, int notify_fd,
    struct writer_start *start, struct err *e);

/*
 * Waits for what was handed over (when the disk is full: one more try), checkpoints,
 * closes.  Turns that nobody fetched, or that could not be written, are freed with
 * turn_free.  NULL is fine.
 */
void writer_close(struct writer *w);

/* Hands a turn over, in order; it is not touched by the caller until it is back. */
void writer_put(struct writer *w, struct turn *t);

/* The next durable turn in order, or NULL; the caller releases its effects and frees it. */
struct turn *writer_get(struct writer *w);

enum writer_health {
	WRITER_OK,
	WRITER_FULL,	/* no room, or another program has locked state.db: the batch
			 * is kept and tried again each second */
	WRITER_FAILED	/* I/O error: this handle is never used again; stop jobd */
};
enum writer_health writer_health(struct writer *w, struct err *why);

struct writer_stats {
	uint64_t turns, commits, rows, moved;
	int64_t last_commit_us, max_commit_us, wal_bytes;
	size_t backlog;		/* turns handed over and not yet durable */
	struct err trouble;	/* a day of history that cannot be written, or ERR_NONE */
};
void writer_stats(struct writer *w, struct writer_stats *st);

#endif
