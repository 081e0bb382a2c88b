/*
 * inherit: orders that begin when an execution of their size ends.
 *
 * jobd sends them beyond what it has booked, so that a place which comes free is taken
 * at once (see ahead.c of the core).  The rule is the same on both sides: each execution
 * that held a place passes it on once, to the order that came first of those of its
 * size.  An end that jobd has not acknowledged yet may still be passed on: when jobd
 * sent the order it did not know of it, and counts as we do when it hears of it.  An
 * end that it has acknowledged it has counted before it sent anything further.
 *
 * Without a jobd nothing that waits may begin: it is given back.
 */
#include <string.h>

#include "agent/impl.h"
#include "agent/result.h"
#include "base/clock.h"
#include "core/types.h"

void inherit_note(struct exec *x, const struct msg *order)
{
	static const enum msg_field fields[EXEC_SIZES] = {
		F_CPUS, F_MEM, F_DISK, F_GPUS, F_BW
	};

	x->waits = msg_flag(order, F_AHEAD);
	x->alone = msg_flag(order, F_ALONE);
	for (int i = 0; i < EXEC_SIZES; i++)
		x->size[i] = msg_u64(order, fields[i], 0);
}

bool inherit_place(struct agent *a, struct exec *x)
{
	struct exec *y;

	for (int state = EXEC_ENDED; state <= EXEC_HELD; state++) {
		TAILQ_FOREACH(y, execs_in(a->execs, (enum exec_state)state), link) {
			if (!y->passes || memcmp(y->size, x->size, sizeof(x->size)) != 0)
				continue;
			y->passes = false;
			x->waits = false;
			return true;
		}
	}
	return false;
}

void inherit_give_back(struct agent *a, struct exec *x)
{
	if (x->waits && x->state <= EXEC_READY)
		exec_ended(a, x, result_plain(x->job, x->number, END_RECALLED, 0,
		    now_read().wall, NULL));
}

void inherit_give_back_all(struct agent *a)
{
	struct exec *x, *next;

	for (int state = EXEC_ORDERED; state <= EXEC_READY; state++) {
		TAILQ_FOREACH_SAFE(x, execs_in(a->execs, (enum exec_state)state), link, next)
			inherit_give_back(a, x);
	}
}
