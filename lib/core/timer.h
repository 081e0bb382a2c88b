/* timer: jobs that wait for an instant; inside lib/core only. */
#ifndef CORE_TIMER_H
#define CORE_TIMER_H

#include <stdint.h>

#include "base/clock.h"

struct core;
struct job;

struct heap {		/* of timers, by due instant then id */
	struct job **jobs;
	int64_t *due;
	uint32_t n, cap;
};

void timer_update(struct core *c, struct job *j);
void timers_fire(struct core *c);
int64_t timers_due(const struct core *c, struct now now);

#endif
