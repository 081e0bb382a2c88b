/* lines: a stream of lines of bounded length, with their numbers (jobsub --bulk). */
#ifndef CLIENT_LINES_H
#define CLIENT_LINES_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

struct lines {
	int fd;			/* borrowed */
	struct buf in;
	size_t used;		/* of in */
	size_t number;		/* of the line that was given last, from 1 */
	bool ended;		/* nothing more can be read */
};

void lines_init(struct lines *l, int fd, size_t max);
void lines_release(struct lines *l);

/*
 * 1: a line without its end, valid until the next call (a last one without an end
 * counts); 0: no more; -1: unreadable, or longer than max.
 */
int lines_next(struct lines *l, const char **p, size_t *n, struct err *e);

/* False when lines_next would have to wait for somebody who writes. */
bool lines_ready(const struct lines *l);

#endif
