/*
 * envrules: which of the caller's environment a job gets (jobsub -E).
 *
 * A comma list, worked off from left to right:
 *	NONE		forget everything so far (so begins every job)
 *	ALL		every variable but JOB_*, which describe another job
 *	NAME		the variable of that name, if it is set; `*` and `?` match
 *			several, but JOB_* only where the pattern begins with JOB_
 *	-NAME		forget it, or what the pattern matches
 *	NAME=VALUE	this value; `\,` stands for a comma and `\\` for a backslash
 */
#ifndef CLI_ENVRULES_H
#define CLI_ENVRULES_H

#include <stddef.h>

#include "base/err.h"

struct envset {		/* NAME=VALUE words; starts zeroed */
	char **list;
	size_t n, cap;
};

/* Adds a copy of a NAME=VALUE word; it replaces the one of that name. */
void envset_put(struct envset *set, const char *word);

/* Works off one list of rules; -1: ERR_USAGE.  environ_ is NULL-ended, borrowed. */
int envrules_apply(struct envset *set, const char *rules, const char *const *environ_,
    struct err *e);

/*
 * Works off a file (--env-file): a line is NAME=VALUE, the value up to the line's
 * end as it stands; or NAME, the caller's variable if it is set; or empty; or a
 * comment, with `#` in front.  -1: ERR_DATA with the line's number.
 */
int envfile_apply(struct envset *set, const char *text, size_t n, const char *const *environ_,
    struct err *e);
void envset_release(struct envset *set);

#endif
