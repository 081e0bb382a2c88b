/* result: what became of an execution, as a W_RESULT block. */
#ifndef AGENT_RESULT_H
#define AGENT_RESULT_H

#include "agent/run.h"

struct outcome {
	uint64_t job, number;
	const struct failure *failure;	/* could not be started, or NULL */
	int ladder_cause;		/* enum end_cause; -1: ended by itself */
	bool gave_up, executed;
	int status;			/* as of waitpid(2), unless it gave up or failed */
	bool has_status;
	const struct usage *usage;
	int64_t at, ended, duration;	/* at, ended: since the epoch */
	const char *limits;
	uint64_t out_bytes, err_bytes, lost;
	const char *lost_why;
};

/* The caller frees. */
struct msg *result_make(const struct outcome *o);

/* The result of one that no supervisor saw the end of. */
struct msg *result_plain(uint64_t job, uint64_t number, int cause, int64_t at, int64_t ended,
    const char *text);

#endif
