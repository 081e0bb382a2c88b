/*
 * quota: bounds of a user, a team, a queue or the whole site.
 *
 * What a job would exceed by itself is refused; what it would exceed beside others
 * it waits for, and is in nobody's way.  Lowering a bound ends nothing.
 */
#ifndef CORE_QUOTA_H
#define CORE_QUOTA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/types.h"

enum quota_dim {
	QUOTA_JOBS, QUOTA_CPUS, QUOTA_MEM, QUOTA_DISK, QUOTA_GPUS,	/* in use at once */
	QUOTA_QUEUED,		/* jobs that wait */
	QUOTA_RATE,		/* submissions a minute */
	QUOTA_TIME,		/* ms that a job may run */
	QUOTA_COUNT
};
#define QUOTA_ROOM QUOTA_QUEUED		/* so many are about what runs */

struct quota {
	int64_t max[QUOTA_COUNT];	/* thousandths, MiB, ms; 0: no bound */
};

struct share {		/* what is said of a user, in any team, or of a team */
	const char *name;
	bool team;
	int64_t shares;
	struct quota quota;
};

struct share *shares_copy(const struct share *shares, size_t n);
void shares_free(const struct share *shares, size_t n);

/* Why a job waits for whom; what it is of ("cpus"), and ours of those that people count. */
enum reason quota_reason(bool queue, enum quota_dim dim);
const char *quota_words(enum quota_dim dim, int64_t *unit);

#endif
