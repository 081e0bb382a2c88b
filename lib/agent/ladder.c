/*
 * ladder: the times of an execution's end, and nothing else.
 *
 * Promises that the first cause stays, that a later order never gives more time
 * than an earlier one, and that hard passes follow each other ever more slowly, so
 * that a tree which is slow to die costs little.  supervisor.c does what this says.
 */
#include "agent/ladder.h"

#include "core/types.h"

#define PAUSE_FIRST_MS 5
#define PAUSE_MAX_MS 500

void ladder_init(struct ladder *l, int64_t grace)
{
	*l = (struct ladder){ .stage = LADDER_RUNS, .grace = grace, .cause = -1, .next_at = -1,
		.limit_at = -1 };
}

static int64_t sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

void ladder_limit(struct ladder *l, int64_t at)
{
	if (l->stage != LADDER_RUNS || l->main_ended)
		return;
	l->limit_at = at;
	l->next_at = at != -1 ? at - l->warn_before : -1;
}

void ladder_warn(struct ladder *l, int64_t before)
{
	l->warn_before = before;
}

static void begin(struct ladder *l, int64_t grace, int64_t now)
{
	switch (l->stage) {
	case LADDER_RUNS:
		l->hard_at = now + grace;
		l->stage = LADDER_IS_SOFT;
		l->next_at = now;
		break;
	case LADDER_IS_SOFT:
		l->hard_at = sooner(l->hard_at, now + grace);
		l->next_at = sooner(l->next_at, l->hard_at);
		break;
	case LADDER_IS_HARD:
		break;
	}
}

void ladder_begin(struct ladder *l, int cause, int64_t grace, int64_t now)
{
	if (l->cause == -1 && !l->main_ended)
		l->cause = cause;
	begin(l, grace, now);
}

void ladder_main_ended(struct ladder *l, int64_t now)
{
	l->main_ended = true;
	if (l->stage == LADDER_RUNS)
		begin(l, sooner(l->grace, LADDER_LEFTOVER_MS), now);
}

static enum ladder_act hard(struct ladder *l, int64_t now)
{
	if (l->stage != LADDER_IS_HARD) {
		l->stage = LADDER_IS_HARD;
		l->give_up_at = now + LADDER_GIVE_UP_MS;
		l->pause = PAUSE_FIRST_MS;
	} else if (now >= l->give_up_at) {
		l->next_at = -1;
		return LADDER_GIVE_UP;
	} else {
		l->pause = sooner(l->pause * 2, PAUSE_MAX_MS);
	}
	l->next_at = sooner(now + l->pause, l->give_up_at);
	return LADDER_HARD;
}

enum ladder_act ladder_step(struct ladder *l, int64_t now)
{
	if (l->next_at == -1 || now < l->next_at)
		return LADDER_WAIT;
	if (l->stage == LADDER_RUNS && now < l->limit_at) {
		l->warn_before = 0;
		l->next_at = l->limit_at;
		return LADDER_WARN;
	}
	if (l->stage == LADDER_RUNS)
		ladder_begin(l, END_TIMEOUT, l->grace, now);
	if (l->stage == LADDER_IS_HARD || now >= l->hard_at)
		return hard(l, now);
	l->next_at = l->hard_at;
	return LADDER_SOFT;
}

int64_t ladder_due(const struct ladder *l)
{
	return l->next_at;
}
