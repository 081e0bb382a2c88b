/*
 * targets: the words of a command line as names that jobd takes.
 *
 * Numbers and UUIDs go as they are, and nothing is read for them.  Ranges, last,
 * %name, @tag=value and - are looked up (view/select.h).
 */
#ifndef VIEW_TARGETS_H
#define VIEW_TARGETS_H

#include "view/view.h"

struct targets {		/* starts zeroed */
	char **names;		/* NULL-ended when there are any */
	size_t n;
	char **unknown;		/* words that name no job */
	size_t nunknown;
};

/*
 * Reads NULL-ended words; ERR_USAGE names the one that is none.  statuses: as in
 * job_filter, for what is looked up; 0: all.
 */
int targets_read(struct targets *t, char *const *words, const struct spool *s,
    unsigned statuses, struct err *e);
void targets_add(struct targets *t, const char *name);
void targets_release(struct targets *t);

#endif
