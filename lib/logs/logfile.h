/*
 * logfile: reads a file of the log tree, also when it has been compressed.
 *
 * NAME or NAME.gz: offsets are those of the uncompressed bytes in either case.
 */
#ifndef LOGS_LOGFILE_H
#define LOGS_LOGFILE_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "spool/spool.h"

struct logfile;

/* "stdout" -> "stdout.log", "stderr", "meta" -> "execution_metadata.json"; or NULL. */
const char *logfile_name(const char *stream);

/* NULL with ERR_NOINPUT: not there, since nothing has been written (yet). */
struct logfile *logfile_open(const struct spool *s, int64_t created_ms, int64_t job,
    int64_t execution, const char *stream, struct err *e);
void logfile_close(struct logfile *f);

/* Appends at most max bytes from offset; none at the present end. */
int logfile_read(struct logfile *f, uint64_t offset, size_t max, struct buf *out,
    struct err *e);

/* The present length; of a compressed file this reads all of it. */
int logfile_size(struct logfile *f, uint64_t *size, struct err *e);

#endif
