/*
 * device: which of a worker's gpus an execution has; inside lib/core only.
 *
 * An execution's are written as "0,2", in its row, too, so that they are known again
 * after a restart.
 */
#ifndef CORE_DEVICE_H
#define CORE_DEVICE_H

#include "core/job.h"

/* Those of x, or the lowest that are free, are taken; x->gpu_ids names them. */
void devices_take(struct worker *w, struct exec *x);
void devices_give(struct worker *w, const struct exec *x);

#define DEVICE_WORDS 64		/* more have none */

/* Adds those of an execution to the n bits; -1: one of them is in there already. */
int devices_add(const struct exec *x, uint64_t *bits, size_t words);

#endif
