/*
 * family: the jobs that depend on jobs, at any depth.
 */
#ifndef VIEW_FAMILY_H
#define VIEW_FAMILY_H

#include "view/targets.h"

#define FAMILY_MAX 100000	/* jobs; beyond it is an error */

/*
 * Puts in front of t's names the jobs that depend on them and have not ended, those
 * farthest down first, so that none is let go by the end of another.
 */
int family_add(struct targets *t, const struct spool *s, struct err *e);

#endif
