/*
 * worker: one attachment; workers.c keeps it alive, link.c hears what it says.
 */
#ifndef JOBD_WORKER_H
#define JOBD_WORKER_H

#include "jobd.h"
#include "transport/transport.h"

#define LOCAL_WORKER "local"

struct link {
	struct jobd *d;
	char name[64];
	struct transport *transport;
	struct ev_io *io;		/* while the transport waits */
	struct ev_timer *timer;		/* the next attempt, or the deadline of this one */
	struct stream *stream;
	unsigned failures;		/* in a row */
	char trouble[480];		/* what was logged last */
	uint64_t attachment;		/* 0: not attached */
	/* while it says what it holds */
	bool greeted;
	struct arena *arena;
	struct worker_row row;
	struct held *held;
	size_t nheld, cap_held;
};

/* -1 with e when the attachment has to end. */
int link_message(struct link *l, const struct msg *m, struct err *e);
void link_send(struct link *l, struct msg *m);		/* frees m */
void link_up(struct link *l);				/* it has said all that it holds */
void worker_cause(const struct link *l, struct cause *cause);

#endif
