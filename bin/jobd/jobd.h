/*
 * jobd: what joins the files of the daemon.
 *
 * listen, incoming and workers produce events; loop makes a turn of them; state
 * commits it; effects releases what it caused.  Nothing else sends a reply or an
 * order.  Each part owns its own struct, opaque to the others.  What concerns
 * connections is in client.h, what concerns processes in process.h.
 */
#ifndef JOBD_JOBD_H
#define JOBD_JOBD_H

#include <sys/resource.h>

#include "base/hash.h"
#include "conf/conf.h"
#include "core/core.h"
#include "ev/ev.h"
#include "state/state.h"

struct msg;

struct jobd {
	char *config, *spool_option;	/* from the command line, absolute; or NULL */
	struct conf conf;
	struct spool spool;
	struct rlimit nofile;		/* as it was when we started */
	struct ev *ev;
	struct core *core;
	struct writer *writer;
	struct reader *reader;		/* for the loop's look-ups alone */
	struct writer_start start;
	int64_t since;
	size_t recovered;		/* rows */
	int lock, ready;		/* descriptors, or -1 */
	int status;			/* our exit status */
	bool foreground;
	bool read_only;			/* the disk is full */
	bool stopping;
	bool failed;			/* the writer is of no use: leave without it */
	bool lost;			/* the spool is not ours any more: leave it as it is */
	struct loop *loop;
	struct listen *listen;
	struct inbox *inbox;
	struct workers *workers;
	struct outputs *outputs;
	struct waiters *waiters;
	struct asks *asks;
	struct names *names;
	struct signals *signals;
	struct keeper *keeper;		/* NULL: no root process is needed */
	struct viewd *viewd;		/* NULL: a personal spool */
	struct tidyd *tidyd;
	struct notifier *notifier;
	struct ev_timer *guard, *zones;
	struct settings *settings;
};

/*
 * loop.c: events gathered in a round, with what they borrow from loop_arena or an
 * adopted arena, live until the turn of this round is made.
 */
int loop_init(struct jobd *d, struct err *e);
int loop_notify_fd(const struct jobd *d);	/* for the writer */
void loop_free(struct jobd *d);
struct event *loop_event(struct jobd *d, enum event_type type);	/* good until the next */
struct arena *loop_arena(struct jobd *d);
void loop_adopt(struct jobd *d, struct arena *a);
struct turn *loop_turn(struct jobd *d);		/* the next in number */
void loop_put(struct jobd *d, struct turn *t);	/* to the writer */
void loop_stop(struct jobd *d);			/* when all that was handed over is durable */
void loop_configure(struct jobd *d);		/* conf or read_only changed */
uint64_t loop_request(struct jobd *d);		/* the next request's number */

struct loop_stats {
	uint64_t turns;
	size_t outstanding;	/* handed over, not durable yet */
	int64_t last_us, max_us;
};
void loop_stats(const struct jobd *d, struct loop_stats *st);

/*
 * lookup.c: what the core needs from disk, put into an event right before its turn:
 * between the look and the turn nothing may leave the core.  False: it could not be
 * looked up; whoever asked was told.
 */
bool lookup_event(struct jobd *d, struct event *ev);

/* recover.c: all that was alive, from disk into the core. */
int recover(struct jobd *d, struct err *e);

/* effects.c: what a durable turn caused leaves here.  orders.c: to workers. */
void effects_release(struct jobd *d, const struct turn *t);
void order_start(struct jobd *d, const struct effect *f);
void order_kill(struct jobd *d, const struct effect *f);
void order_set(struct jobd *d, const struct effect *f);
void order_ack(struct jobd *d, const struct effect *f);

/* incoming.c: requests left in the spool. */
int inbox_start(struct jobd *d, struct err *e);
void inbox_stop(struct jobd *d);
void inbox_free(struct jobd *d);

/* guard.c: notices when the spool or the socket is taken away. */
void guard_start(struct jobd *d);
void guard_free(struct jobd *d);

/* workers.c: attachments. */
int workers_start(struct jobd *d, struct err *e);
void workers_quiet(struct jobd *d);	/* nothing more is taken from them */
void workers_free(struct jobd *d);
void workers_look(struct jobd *d);	/* has the workers file changed? */
uint64_t workers_attachment(const struct jobd *d, const char *name);	/* 0: not attached */
void workers_send(struct jobd *d, const char *name, struct msg *m);	/* frees m */

/* names.c: who a uid is, remembered. */
const char *name_of(struct jobd *d, uid_t uid);
void actor_fill(struct jobd *d, struct actor *a, uid_t uid, enum actor_method method);
void names_forget(struct jobd *d);

#endif
