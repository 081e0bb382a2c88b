/*
 * walk: every job that a program is to look at, page by page.
 */
#ifndef VIEW_WALK_H
#define VIEW_WALK_H

#include "view/select.h"

struct walk {
	struct job_filter filter;	/* what the view can do by itself */
	const struct selection *words;	/* these jobs only; NULL: all */
	bool mine;			/* the caller's own only */
	/* comma lists beside the filter, or NULL */
	const char *users, *names, *queues, *workers;
	bool (*match)(void *arg, const struct job_row *row);	/* what else there is; or NULL */
	void *arg;
	int64_t max;			/* rows handed over at most; 0: no limit */
	bool elements;			/* of arrays, also those without a row, instead of arrays */
};

/*
 * Hands every job to fn that fits, in order of id (with words: in theirs), each once.
 * fn may stop it with non-zero.  A row is valid in fn only.
 */
int walk_jobs(struct view *v, struct walk *w, row_fn fn, void *arg, struct err *e);

/* True when word stands in the comma list. */
bool list_holds(const char *list, const char *word);

#endif
