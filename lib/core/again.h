/* again: what changes for a job before it is tried again; inside lib/core only. */
#ifndef CORE_AGAIN_H
#define CORE_AGAIN_H

#include "core/impl.h"

/*
 * Notes that it was lost on its worker; true: on so many by now that it is to be held.
 */
bool again_crashed(struct job *j, const struct exec_end *end);
void again_forgiven(struct job *j);	/* what it was lost on counts no more */

/*
 * Its memory is what --retry-mem gives the next attempt.  False: that is no more than
 * it had, or no worker has so much; in the second case the job's detail says so.
 */
bool again_with_memory(struct core *c, struct job *j);

#endif
