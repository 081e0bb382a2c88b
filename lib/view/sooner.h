/* sooner: what would make a queued job start sooner; inside lib/view only. */
#ifndef VIEW_SOONER_H
#define VIEW_SOONER_H

#include "view/why.h"

/* Tells it, if room is what the job waits for. */
void sooner_list(const struct why_case *c, why_fn fn, void *arg);

#endif
