/*
 * store: the log folder of an execution elsewhere, written as its bytes come.
 *
 * Each piece says where it belongs, so that one which comes again changes nothing, also
 * when two processes write for a moment.  The folder and its files come into being with
 * the first byte, and look as if sink.h had written them.
 */
#ifndef LOGS_STORE_H
#define LOGS_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "logs/sink.h"
#include "spool/spool.h"

struct log_store;

/*
 * What is there already is taken up, and made plain again if it was compressed.
 * NULL: ERR_AGAIN when the disk is full, else ERR_IO and others.
 */
struct log_store *log_store_open(const struct spool *s, int64_t created_ms, int64_t job,
    int64_t execution, struct err *e);
void log_store_close(struct log_store *t);		/* NULL is fine */

/*
 * n bytes at offset.  -1: ERR_AGAIN: the disk is full, and a part may be in; ERR_DATA:
 * what is before offset is not there.
 */
int log_store_write(struct log_store *t, enum log_stream stream, uint64_t offset,
    const void *p, size_t n, struct err *e);
uint64_t log_store_size(const struct log_store *t, enum log_stream stream);

/* Behind all output: execution_metadata.json, by which readers know that it is whole. */
int log_store_describe(struct log_store *t, const void *metadata, size_t n, struct err *e);

/*
 * Makes all of it durable.  When that fails, what was not durable before is cut off: it
 * may be lost already, and has to come again.
 */
int log_store_sync(struct log_store *t, struct err *e);

/* The same, when the caller has synced the whole file system, or has failed to. */
void log_store_synced(struct log_store *t, bool good);

#endif
