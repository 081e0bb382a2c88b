/*
 * sink: writes the log folder of one execution.
 *
 * The folder and its files come into being with the first byte: a job that writes
 * nothing leaves nothing.
 */
#ifndef LOGS_SINK_H
#define LOGS_SINK_H

#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

enum log_stream { LOG_STDOUT, LOG_STDERR, LOG_STREAMS };

struct log_sink;

/*
 * dir is absolute.  When we are root, files are made with the rights of uid and gid
 * and belong to them; (uid_t)-1: with our own.  Touches no file.
 */
struct log_sink *log_sink_new(const char *dir, uid_t uid, gid_t gid);

/* Bytes taken, at least one; -1: ERR_AGAIN when the disk is full, else ERR_IO and others. */
ssize_t log_sink_write(struct log_sink *s, enum log_stream stream, const void *p, size_t n,
    struct err *e);
uint64_t log_sink_bytes(const struct log_sink *s, enum log_stream stream);

/*
 * Makes what was written durable and puts execution_metadata.json beside it (these
 * n bytes; NULL: no such file); nothing when nothing was written.  Frees s always.
 */
int log_sink_finish(struct log_sink *s, const void *metadata, size_t n, struct err *e);

#endif
