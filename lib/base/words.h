/*
 * words: a line cut as sh(1) cuts it, with nothing expanded.
 *
 * Quotes '...' and "...", and the backslash; a word that begins with `#` ends the line.
 */
#ifndef BASE_WORDS_H
#define BASE_WORDS_H

#include <stddef.h>

#include "base/err.h"

#define WORDS_MAX 1000		/* in a line */

struct words {
	size_t n;
	char **list;		/* NULL-ended; NULL when there is none */
};

/*
 * Appends the words of n bytes without NUL or line end; w starts zeroed and is
 * released by the caller, also after an error.  -1: ERR_DATA, a quote that does not
 * end, or too many words.
 */
int words_split(const char *p, size_t n, struct words *w, struct err *e);
void words_add(struct words *w, const char *word);	/* a copy */
void words_release(struct words *w);

#endif
