/*
 * graph: entries of one submission that name each other before they have numbers.
 *
 * A name (`ref`) stands for a UUID from the first time that somebody mentions it, so
 * an entry may depend on one that comes later.
 */
#ifndef CLIENT_GRAPH_H
#define CLIENT_GRAPH_H

#include <stddef.h>

#include "base/uuid.h"
#include "msg/msg.h"

struct graph;

struct graph *graph_new(void);
void graph_free(struct graph *g);

/* What is read from now on stands in this line. */
void graph_line(struct graph *g, size_t line);

/* The entry at hand has this name, and so this UUID.  ERR_DATA: it is bad, or taken. */
int graph_define(struct graph *g, const char *name, struct uuid *u, struct err *e);

/* The UUID of the entry of that name, which may be still to come.  ERR_DATA. */
int graph_mention(struct graph *g, const char *name, struct uuid *u, struct err *e);

/*
 * An order of n submissions in which each stands behind those that it depends on, else
 * as they are: order[0] is the place of the first.  lines: where they stand.
 * ERR_DATA with the line: a name that no entry has, or a circle.
 */
int graph_order(const struct graph *g, struct msg *const *list, const size_t *lines, size_t n,
    size_t *order, struct err *e);

#endif
