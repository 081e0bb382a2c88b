/* gzip: compressed files, in memory. */
#ifndef BASE_GZIP_H
#define BASE_GZIP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/* It begins as gzip(1) begins its files. */
bool gzip_is(const void *p, size_t n);

/*
 * Appends what was compressed, of all members; -1: ERR_DATA when it is damaged, cut
 * short, or larger than the maximum of out allows.
 */
int gzip_expand(const void *p, size_t n, struct buf *out, struct err *e);

#endif
