/*
 * states: which jobs -t means: statuses by name, and squeue's two letters.
 */
#ifndef CLI_STATES_H
#define CLI_STATES_H

#include "base/err.h"
#include "core/row.h"

#define STATES_ALL 0x3fu	/* bits 1 << enum job_status */
#define STATES_ACTIVE ((1u << JOB_QUEUED) | (1u << JOB_SCHEDULED) | (1u << JOB_RUNNING))

struct states {
	unsigned statuses;	/* what a job_filter takes: no other status can match */
	unsigned whole;		/* of these, every job */
	char codes[128];	/* of the others, those with one of these codes: " TO OOM " */
};

/* "queued,running", "PD,TO", "active", "ended", "all"; case does not matter. */
int states_parse(const char *list, struct states *s, struct err *e);
bool states_match(const struct states *s, const struct job_row *row);

#endif
