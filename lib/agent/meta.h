/* meta: what stands in execution_metadata.json. */
#ifndef AGENT_META_H
#define AGENT_META_H

#include "base/buf.h"
#include "msg/msg.h"

/* From the order, the result and the worker's name; one field a line. */
void meta_make(struct buf *out, const struct msg *start, const struct msg *result,
    const char *worker);

#endif
