/* pump: carries what a job writes from its pipes to the sink. */
#ifndef AGENT_PUMP_H
#define AGENT_PUMP_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/sink.h"

#define PUMP_SIZE 65536

struct pump {
	int fds[2];			/* stdout, stderr; -1: none, or at its end */
	uint64_t bytes[2];		/* carried */
	uint64_t lost;			/* read, but not taken by the sink */
	struct sink sink;
	bool stuck;			/* the sink had no room: the rest below waits */
	int stuck_stream;
	size_t from, to;		/* of data */
	struct err why;			/* what the sink said last */
	char data[PUMP_SIZE];
};

void pump_init(struct pump *p, const int fds[2], struct sink sink);

/* One read of that pipe (0 or 1), which poll(2) has said to be ready, and its write. */
void pump_move(struct pump *p, int which);
void pump_retry(struct pump *p);	/* when it is stuck */

/*
 * Takes what is in the pipes now, which nobody of the job writes to any more, but
 * does not wait for their ends.  False when it is stuck.
 */
bool pump_drain(struct pump *p);
void pump_give_up(struct pump *p);	/* drops what waits and all that follows */
void pump_close(struct pump *p);

#endif
