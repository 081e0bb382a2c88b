/*
 * select: the words that stand for jobs on a command line.
 *
 *	123  100-120  UUID	by id
 *	123_7  123_[1-9:2]	elements of an array, by their indices
 *	last  last:3		the caller's newest ones
 *	%name  @tag=value	the caller's of that name, or with that tag: all that have
 *				not ended, or not long ago; else the newest in the history
 *	-			such words from standard input, one or more a line
 */
#ifndef VIEW_SELECT_H
#define VIEW_SELECT_H

#include "view/view.h"

struct selection;

struct selection *selection_new(void);
void selection_free(struct selection *s);

/* ERR_USAGE: no such word.  Reads all of standard input for "-" (once). */
int selection_add(struct selection *s, const char *word, struct err *e);
bool selection_empty(const struct selection *s);

/* True when all of it is one range (or one id): a filter can do the work. */
bool selection_range(const struct selection *s, int64_t *first, int64_t *last);

struct selected {
	int64_t *ids;		/* in order of the words, each once */
	size_t n;
	const char **unknown;	/* words (the selection's own) that name no job */
	size_t nunknown;
};

/*
 * Looks the words up; a single id is taken as it stands, without a look.
 * `statuses` as in job_filter limits what ranges, names and tags find (0: all).
 */
int selection_find(const struct selection *s, struct view *v, unsigned statuses,
    struct selected *out, struct err *e);
void selected_release(struct selected *out);

#endif
