/*
 * outcome: what became of each target of a control request, told to a person or a
 * script, and the exit status of it all (jobcancel, jobctl).
 */
#ifndef CLI_OUTCOME_H
#define CLI_OUTCOME_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define OUTCOME_UNKNOWN "no such job"	/* as jobd says it */

struct json;

struct outcome {
	char *target;		/* the job, or what was asked for when there is none */
	enum err_code code;	/* ERR_NONE: done */
	char *text;		/* why not, or a remark; "" */
};

struct outcomes {		/* starts zeroed */
	struct outcome *list;
	size_t n;
};

/* Keeps copies; the target is len bytes long. */
void outcomes_add(struct outcomes *o, const char *target, size_t len, enum err_code code,
    const char *text);
void outcomes_release(struct outcomes *o);

/* Jobs that had ended already are as good as done (-Q). */
void outcomes_forgive(struct outcomes *o);

/* True when the target names a job that exists. */
bool outcome_known(const struct outcome *o);

/* {"schema":...,"results":[{"target","done","code","text"}]} */
void outcomes_json(const struct outcomes *o, struct json *j);

/* 0 all done; 66 none known; 77 none done and all others not permitted; 75 busy; else 1. */
int outcomes_status(const struct outcomes *o);

#endif
