/*
 * rows: any row by its column table: sent as fields of a message, and back.
 */
#ifndef VIEW_ROWS_H
#define VIEW_ROWS_H

#include "base/alloc.h"
#include "core/row.h"
#include "msg/msg.h"

/*
 * Adds a COLUMN field "name value" for every column that is not zero or NULL.
 * Blobs stay away, columns with one of the `except` flags too.  -1: no room in m.
 */
int row_to_msg(const struct table *t, const void *row, unsigned except, struct msg *m);

/* Fills a row from such fields; what is absent is zero.  Texts live in the arena. */
int row_from_msg(const struct table *t, const struct msg *m, struct arena *a, void *row,
    struct err *e);

#endif
