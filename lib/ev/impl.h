/* impl: what the files of this folder share; others use ev/ev.h. */
#ifndef EV_IMPL_H
#define EV_IMPL_H

#include <bsd/sys/queue.h>
#include <bsd/sys/tree.h>

#include "ev/ev.h"

struct event_base;

#define EV_SCRATCH 65536	/* bytes taken by one read */

TAILQ_HEAD(stream_list, stream);
TAILQ_HEAD(timer_list, ev_timer);
RB_HEAD(timer_tree, ev_timer);

struct ev {
	struct event_base *base;
	bool stop;
	uint64_t round;			/* counted up where callbacks end and telling begins */
	bool served;			/* between there and the round's end */
	void (*after)(void *arg);
	void *after_arg;

	int timer_fd;
	struct ev_io *timer_io;
	int64_t armed;			/* ns, what timer_fd waits for; 0: nothing */
	struct timer_tree timers;	/* by due */
	struct timer_list due;		/* their time has come in this round */

	struct stream_list dirty;	/* have bytes to write at the end of the round */
	struct stream_list notify;	/* have something to tell in the next round */
	struct stream_list stalled;	/* were full: to be read again when there is room */
	char *scratch;
};

int timers_init(struct ev *ev, struct err *e);
void timers_release(struct ev *ev);

/* The two ends of a round, as streams see it. */
void streams_tell(struct ev *ev);
void streams_flush(struct ev *ev);

#endif
