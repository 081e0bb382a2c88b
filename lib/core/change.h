/*
 * change: what `set` may change of a job that is not over yet, as a table.
 */
#ifndef CORE_CHANGE_H
#define CORE_CHANGE_H

#include "core/row.h"

enum attr {
	ATTR_PRIORITY, ATTR_TIME, ATTR_CPUS, ATTR_MEM, ATTR_DISK, ATTR_GPUS, ATTR_BW, ATTR_QUEUE,
	ATTR_ACCOUNT, ATTR_NAME, ATTR_TAGS, ATTR_COMMENT, ATTR_BEGIN, ATTR_DEADLINE,
	ATTR_QUEUE_TIMEOUT, ATTR_RETRIES, ATTR_RETRY_POLICY, ATTR_RETRY_DELAY,
	ATTR_RETRY_MAX_DELAY, ATTR_RETRY_JITTER, ATTR_RETRY_ON, ATTR_NO_RETRY_ON,
	ATTR_SUCCESS_CODES, ATTR_NO_REQUEUE, ATTR_KILL_SIGNAL, ATTR_KILL_GRACE, ATTR_DEP_HOLD,
	ATTR_GPU_TYPE, ATTR_NAMED, ATTR_TOKENS, ATTR_CONSTRAINTS, ATTR_PREFER, ATTR_ON_WORKERS,
	ATTR_NOT_WORKERS, ATTR_EXCLUSIVE, ATTR_ESTIMATE, ATTR_RETRY_MEM, ATTR_SINGLETON,
	ATTR_COUNT
};

#define ATTR_BIT(a) (UINT64_C(1) << (a))

struct change {
	uint64_t set;		/* bits of the attributes that it changes... */
	struct job_row row;	/* ...to these values */
	bool time_more;		/* time_limit is added to what it is now */
};

/*
 * The column of table jobs that an attribute is.  Its value lies in a row where that
 * column says; tags are a JSON object that is merged into what is there, where null
 * takes a tag away.
 */
const struct column *attr_column(enum attr a);

#endif
