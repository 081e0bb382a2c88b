/*
 * worker: one attachment; dial.c gets it and keeps it, link.c hears what it says,
 * workers.c has the table of them, output.c sees to the output of its jobs.
 */
#ifndef JOBD_WORKER_H
#define JOBD_WORKER_H

#include <bsd/sys/tree.h>

#include "cable.h"
#include "conf/hosts.h"
#include "jobd.h"
#include "transport/transport.h"

/*
 * A host whose jobworker is of another version than ours gets ours with the next
 * connection; once, since it may be that nothing else is to be had.
 */
struct link {
	RB_ENTRY(link) entry;
	struct jobd *d;
	char name[64];
	const struct host *host;	/* NULL: the local worker */
	struct transport *transport;	/* to the local worker */
	uint64_t asked;			/* the cable's number of the way to a host, 0: none */
	bool ended;			/* that way has ended, why is about to be told */
	struct ev_io *io;		/* while the transport waits */
	struct ev_timer *timer;		/* the next attempt, or the deadline of this one */
	struct stream *stream;
	unsigned failures;		/* in a row */
	char trouble[480];		/* what was logged last */
	uint64_t attachment;		/* 0: not attached */
	struct output *output;		/* of a host: the way of its jobs' output, or NULL */
	struct ev_timer *lease;		/* of a host: when it must have ended its jobs */
	enum { REPLACE_NONE, REPLACE_NEXT, REPLACE_DONE } replace;
	/* while it says what it holds */
	bool greeted;
	struct arena *arena;
	struct worker_row row;
	struct held *held;
	size_t nheld, cap_held;
};

/* link.c: -1 with e when the attachment has to end. */
int link_message(struct link *l, const struct msg *m, struct err *e);
void worker_cause(const struct link *l, struct cause *cause);

/* dial.c */
void link_start(struct link *l, int64_t ms);		/* the first attempt, ms from now */
void link_up(struct link *l);				/* it has said all that it holds */
void link_down(struct link *l, const char *why);	/* tells the core */
void link_fail(struct link *l, const struct err *why);	/* and another attempt, later */
void link_beat(struct link *l, uint64_t seq);		/* it lives: its lease is renewed */
void link_said(struct link *l, const struct cable_answer *a);	/* of the way to it */
void link_quiet(struct link *l);			/* takes nothing more */
void link_end(struct link *l);				/* for good */
void link_send(struct link *l, struct msg *m);		/* frees m */

/*
 * One end of a stream to that host, which can be used at once: what is written waits in it
 * until it is joined.  last: what the worker is told when we are gone, or NULL.  The caller
 * has the cable process drop *id in the end.  -1 with e.
 */
int host_stream(struct link *l, const struct buf *last, uint64_t *id, struct err *e);

/*
 * output.c: while a host is attached, another stream to it is in the hands of the
 * process that writes the log tree.
 */
void outputs_start(struct jobd *d);
void outputs_free(struct jobd *d);		/* when all links are gone */
void output_start(struct link *l);
void output_stop(struct link *l);		/* it may not have been started */
void outputs_heard(struct jobd *d, const struct cable_answer *a);	/* of the cable process */

/* workers.c, for the others */
struct cabled *workers_cable(struct link *l);
void workers_asked(struct link *l, uint64_t id);	/* answers to id are for it; 0: none */
uint64_t workers_number(struct jobd *d);		/* of the next attachment */

#endif
