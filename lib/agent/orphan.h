/* orphan: an execution whose supervisor was killed. */
#ifndef AGENT_ORPHAN_H
#define AGENT_ORPHAN_H

#include <stdint.h>

#include "agent/execfile.h"

/*
 * Ends what is left of an execution and adds the result `lost` to its record (or
 * `never_started`, when it had no process yet).  Takes the record's lock first, and
 * holds it to the end.  Takes up to two minutes: runs in a process of its own,
 * which exits then.  dir is the agent's own folder.
 */
void orphan_end(int execfd, const char *dir, uint64_t job, uint64_t number)
    __attribute__((noreturn));

/* One pass: SIGKILL to what the record leads to; how many processes there were. */
int orphan_kill(const struct execfile *r);

#endif
