/*
 * sink: where a job's output goes; whoever makes an agent says how.
 *
 * The functions run in the supervisor's process, one sink for each execution.
 */
#ifndef AGENT_SINK_H
#define AGENT_SINK_H

#include <stdbool.h>
#include <stdint.h>
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

struct sink {
	const struct sink_fns *fns;	/* NULL: what comes is dropped */
	void *at;
};

/*
 * Sinks over another one, which they take over; `open` is not theirs.
 *
 * stamp: puts the time in front of each line, when its first byte came.
 * trim: keeps at most max bytes of a stream.  With `tail` these are the first and,
 * of what came last, half of them or TRIM_TAIL; that is held in memory to the end.
 * Between them a line says how many are cut.
 */
#define TRIM_TAIL (256u << 10)

struct sink sink_stamp(struct sink below);
struct sink sink_trim(struct sink below, uint64_t max, bool tail);
bool sink_trim_cuts(const struct sink *trim);	/* something has been cut */

#endif
