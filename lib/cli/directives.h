/*
 * directives: the options that a script carries in itself, as lines `#JOB -t 2h`, and
 * those of a file of defaults, which has them as `-t 2h`.
 *
 * In a script, they stand before the first command: a line is looked at as long as it is empty
 * or a comment.  `#JOB` begins the line, and a blank follows it.
 */
#ifndef CLI_DIRECTIVES_H
#define CLI_DIRECTIVES_H

#include <stddef.h>

#include "base/words.h"

struct directive {
	size_t line;	/* from 1 */
	struct words words;	/* behind one that is none, so that opts_parse takes them as argv */
};

struct directives {
	struct directive *list;
	size_t n;
	size_t late;	/* the first #JOB line that stands too late to count; 0: none */
};

/*
 * Reads them from a script of n bytes (any bytes).  -1: ERR_DATA, with the line's
 * number.  The caller releases d, also after an error.
 */
int directives_read(const char *text, size_t n, struct directives *d, struct err *e);

/* The same from a file in which each line holds options, but for empty ones and comments. */
int defaults_read(const char *text, size_t n, struct directives *d, struct err *e);
void directives_release(struct directives *d);

#endif
