/*
 * needs: what a job takes of a worker: the few amounts that are not 0; inside lib/core
 * only.
 *
 * What a worker has is a vector with a place for each resource: the fixed ones, and
 * from RES_NAMED on those that workers name (names.c of the core's `names`).  At RES_NONE
 * nobody has anything: there points what no worker names.
 */
#ifndef CORE_NEEDS_H
#define CORE_NEEDS_H

#include <stddef.h>
#include <stdint.h>

enum resource {
	RES_CPU, RES_MEM, RES_DISK, RES_GPU, RES_BW,
	RES_SHARE,		/* of the worker itself: each job has one... */
	RES_NAMED,
	RES_NONE = 31,
	RES_COUNT
};

#define NAMED_MAX (RES_NONE - RES_NAMED)
#define SHARES INT64_C(1000000)	/* ...of so many, and who has all is alone */

struct need {
	int64_t n;		/* more than 0 */
	int64_t res;		/* enum resource */
};

struct needs {
	struct need *list;	/* in order of res, but for what nobody has */
	size_t n;
};

#define EACH_NEED(x, needs) ((x) = (needs)->list; (x) < (needs)->list + (needs)->n; (x)++)

#endif
