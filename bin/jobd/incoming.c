/*
 * incoming: requests that were left in the spool while jobd was away.
 *
 * Owns the files of one scan at a time: each becomes the same event as a request on
 * the socket, and leaves the directory only when its turn is durable.  A crash in
 * between finds it again, and it is the same job by its UUID.  Scans at the start,
 * when inotify says that a file has come, and every few seconds.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/log.h"
#include "msg/plan.h"
#include "schedules.h"

#define AT_ONCE 500		/* files of one scan */
#define REJECTS_AT_ONCE 20	/* each costs some fsyncs: the rest waits for the next scan */
#define LOOK_MS 5000

struct inbox {
	struct incoming *list;
	size_t n, open;		/* open: under way */
	size_t rejected;
	bool progress;		/* a file has left the directory: look for more at once */
	int inotify;
	struct ev_io *io;
	struct ev_timer *timer;
	bool again;		/* something came while a scan was open */
	bool quiet;
};

static void reject(struct jobd *d, const struct incoming *in, const char *why)
{
	struct inbox *b = d->inbox;
	struct err e;

	if (b->rejected++ >= REJECTS_AT_ONCE)
		return;
	log_info("incoming: %s of uid %ld refused: %s", in->name, (long)in->uid, why);
	if (incoming_reject(&d->spool, in, why, &e) == -1)
		log_warn("incoming: %s", e.text);
	else
		b->progress = true;
}

static void settled(struct jobd *d)
{
	struct inbox *b = d->inbox;

	if (b->open > 0)
		return;
	incoming_release(b->list, b->n);
	b->list = NULL;
	b->n = 0;
	ev_timer_set(b->timer, b->quiet ? -1 : b->progress || b->again ? 0 : LOOK_MS);
}

/* It is not the request that is at fault: it stays, to be tried again. */
static bool passes(enum err_code code)
{
	return code == ERR_AGAIN || code == ERR_IO || code == ERR_OS;
}

/* The turn is durable: the file has served. */
static void answer_file(struct jobd *d, struct ask *a, const struct effect *f)
{
	const struct reply_item *it = f->reply.n > 0 ? &f->reply.items[0] : NULL;
	const struct incoming *in = a->what;
	struct inbox *b = d->inbox;
	struct err e;

	b->open--;
	if (it != NULL && it->code == 0) {
		if (incoming_done(&d->spool, in->name, &e) == -1)
			log_warn("incoming: %s", e.text);
		else
			b->progress = true;
	} else if (it != NULL && !passes((enum err_code)it->code)) {
		reject(d, in, it->text != NULL ? it->text : "refused");
	}
	settled(d);
}

static struct msg *decode(struct incoming *in, struct err *e)
{
	struct msg *m = NULL;
	struct uuid u;
	size_t used;
	int r = msg_decode(in->block.data, in->block.len, &m, &used, e);

	if (r == 0)
		err_set(e, ERR_DATA, "the request is cut off");
	if (r != 1)
		return NULL;
	if (used != in->block.len)
		err_set(e, ERR_DATA, "something follows the request");
	else if (msg_type(m) != MSG_SUBMIT)
		err_set(e, ERR_DATA, "it is no submission");
	else if (msg_uuid(m, F_UUID, &u) == -1 || !uuid_equal(&u, &in->uuid))
		err_set(e, ERR_DATA, "its name is not the UUID inside");
	else
		return m;
	msg_free(m);
	return NULL;
}

static struct event *job_event(struct jobd *d, const struct actor *who, const struct msg *m,
    struct err *e)
{
	struct job_request *req = arena_alloc(loop_arena(d), sizeof(*req));
	struct event *ev;

	if (submit_fill(d, who, m, req, e) == -1)
		return NULL;
	ev = loop_event(d, EV_SUBMIT);
	cause_fill(d, &ev->cause, who, "incoming");
	ev->submit.jobs = req;
	ev->submit.n = 1;
	return ev;
}

static int submit(struct jobd *d, struct incoming *in, struct err *e)
{
	struct msg *m = decode(in, e);
	struct actor who;
	struct event *ev;
	struct ask *a;

	if (m == NULL)
		return -1;
	actor_fill(d, &who, in->uid, BY_SPOOL_FILE);
	if (request_recurs(m))
		ev = schedule_event(d, &who, m, "incoming", e);
	else
		ev = job_event(d, &who, m, e);
	msg_free(m);
	if (ev == NULL)
		return -1;
	a = ask_new(d, NULL, 0, answer_file);
	a->what = in;
	ev->token = a->token;
	d->inbox->open++;
	return 0;
}

static void scan(struct jobd *d)
{
	struct inbox *b = d->inbox;
	struct err e;
	size_t i;

	if (b->open > 0 || b->quiet || d->read_only) {
		b->again = true;
		if (b->open == 0)
			ev_timer_set(b->timer, b->quiet ? -1 : LOOK_MS);
		return;
	}
	b->again = b->progress = false;
	b->rejected = 0;
	if (incoming_scan(&d->spool, AT_ONCE, &b->list, &b->n, &e) == -1)
		log_warn("%s", e.text);
	for (i = 0; i < b->n; i++) {
		struct incoming *in = &b->list[i];

		if (in->bad.code != ERR_NONE)
			reject(d, in, in->bad.text);
		else if (submit(d, in, &e) == -1 && !passes(e.code))
			reject(d, in, e.text);
	}
	settled(d);
}

static void on_timer(void *arg)
{
	scan(arg);
}

static void on_inotify(void *arg, int ready)
{
	struct jobd *d = arg;
	char events[4096];

	(void)ready;
	while (read(d->inbox->inotify, events, sizeof(events)) > 0)
		;
	scan(d);
}

/* Without inotify, the timer alone finds what has come. */
static void watch(struct jobd *d)
{
	struct inbox *b = d->inbox;
	char path[64];

	b->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (b->inotify == -1)
		return;
	snprintf(path, sizeof(path), "/proc/self/fd/%d/" SPOOL_INCOMING, d->spool.fd);
	if (inotify_add_watch(b->inotify, path, IN_MOVED_TO | IN_ONLYDIR) == -1)
		log_warn("inotify on " SPOOL_INCOMING " failed: looking every %d s",
		    LOOK_MS / 1000);
	b->io = ev_io_new(d->ev, b->inotify, on_inotify, d);
	ev_io_want(b->io, EV_IN);
}

int inbox_start(struct jobd *d, struct err *e)
{
	(void)e;
	d->inbox = xcalloc(1, sizeof(*d->inbox));
	d->inbox->timer = ev_timer_new(d->ev, on_timer, d);
	watch(d);
	ev_timer_set(d->inbox->timer, 0);
	return 0;
}

void inbox_stop(struct jobd *d)
{
	d->inbox->quiet = true;
	ev_timer_set(d->inbox->timer, -1);
	ev_io_free(d->inbox->io);
	d->inbox->io = NULL;
}

void inbox_free(struct jobd *d)
{
	struct inbox *b = d->inbox;

	if (b == NULL)
		return;
	incoming_release(b->list, b->n);
	ev_io_free(b->io);
	ev_timer_free(b->timer);
	if (b->inotify != -1)
		close(b->inotify);
	free(b);
	d->inbox = NULL;
}
