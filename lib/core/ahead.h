/* ahead: executions that are ordered before there is room for them; inside lib/core only. */
#ifndef CORE_AHEAD_H
#define CORE_AHEAD_H

#include "core/impl.h"

bool same_size(const struct shape *a, const struct shape *b);

/* An execution of this shape has ended so: how long do its jobs take? */
void ahead_pace(struct shape *s, const struct exec_end *end);

/* Whether a job of this shape may go ahead, if a worker takes it; which one, or NULL. */
bool ahead_worth(const struct core *c, const struct shape *s);
struct worker *ahead_choose(const struct core *c, const struct shape *s);

/* recall_at of one that is ordered now; and when that instant has come. */
int64_t ahead_due(const struct core *c);
void ahead_recall(struct core *c, struct exec *x);

/* One that had booked its place is gone, and the booking given back. */
void ahead_ended(struct core *c, struct worker *w, const struct shape *s);

/* The pass is over: ends before it are no news any more. */
void ahead_clear(struct core *c);

#endif
