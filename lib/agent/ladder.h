/*
 * ladder: when a job's processes are told to end, and how sharply.  Pure.
 *
 * A warning before the time limit, if one is wished for; soft (a signal that can be
 * caught), after the grace hard (SIGKILL, repeated until nothing is left), after two
 * minutes more give up.  Instants are ms of
 * CLOCK_BOOTTIME.
 */
#ifndef AGENT_LADDER_H
#define AGENT_LADDER_H

#include <stdbool.h>
#include <stdint.h>

#define LADDER_LEFTOVER_MS 2000		/* grace of what a job leaves behind */
#define LADDER_GIVE_UP_MS 120000

enum ladder_act { LADDER_WAIT, LADDER_WARN, LADDER_SOFT, LADDER_HARD, LADDER_GIVE_UP };
enum ladder_stage { LADDER_RUNS, LADDER_IS_SOFT, LADDER_IS_HARD };

struct ladder {
	enum ladder_stage stage;
	int64_t grace;		/* between soft and hard, ms */
	int64_t next_at;	/* when ladder_step has something to do; -1: never */
	int64_t hard_at, give_up_at, pause;
	int64_t limit_at;	/* of the time; -1: none */
	int64_t warn_before;	/* ms before it; 0: no warning, or it was given */
	int cause;		/* enum end_cause of the first order; -1: it ended by itself */
	bool main_ended;
};

void ladder_init(struct ladder *l, int64_t grace);
void ladder_limit(struct ladder *l, int64_t at);	/* may be set anew; -1: none */
void ladder_warn(struct ladder *l, int64_t before);	/* of the limit that is set later */

/* An order to end the job, for this cause; a second one can only make it sharper. */
void ladder_begin(struct ladder *l, int cause, int64_t grace, int64_t now);

/* The main process has ended; what is left of the job gets a short ladder. */
void ladder_main_ended(struct ladder *l, int64_t now);

/* What is to be done now.  To be called again at ladder_due(), -1: not by time. */
enum ladder_act ladder_step(struct ladder *l, int64_t now);
int64_t ladder_due(const struct ladder *l);

#endif
