/*
 * sink: where a job's output goes; whoever makes an agent says how.
 *
 * The functions run in the supervisor's process, one sink for each execution.
 */
#ifndef AGENT_SINK_H
#define AGENT_SINK_H

#include <sys/types.h>

#include "base/err.h"

struct sink_fns {
	/* A sink for this folder, owned by that user; touches no file yet. */
	void *(*open)(const char *dir, uid_t uid, gid_t gid);

	/* stream: 1 stdout, 2 stderr.  Bytes taken, or -1; ERR_AGAIN: try again later. */
	ssize_t (*write)(void *sink, int stream, const void *p, size_t n, struct err *e);

	/* Makes what was written durable, puts a description of it beside it, frees. */
	int (*finish)(void *sink, const void *metadata, size_t n, struct err *e);
};

#endif
