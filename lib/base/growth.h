/* growth: "2x:64G", by how much something grows with each attempt, and up to what. */
#ifndef BASE_GROWTH_H
#define BASE_GROWTH_H

#include <stdint.h>

#include "base/err.h"

struct growth {
	int64_t factor;		/* thousandths, above 1000 */
	int64_t max;		/* MiB; 0: no bound */
};

/* -1 with ERR_USAGE. */
int growth_parse(const char *s, struct growth *g, struct err *e);

#endif
