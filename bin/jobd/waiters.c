/*
 * waiters: clients that wait for jobs to start or to end.
 *
 * Owns the table from a job to those who wait for it.  A waiter is entered first,
 * then the core is asked where the job stands (EV_WATCH): so no move is missed.  A
 * job that the core holds no more has ended, and stands on disk.  One request waits
 * for many jobs: each is told when it gets there, and behind the last comes an OK;
 * a job that does not exist ends the request with an ERROR.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "msg/request.h"

#define WAITERS_MAX 100000	/* of one connection */

struct waited {			/* a job for which somebody waits */
	int64_t job;
	LIST_HEAD(, waiter) list;
};

struct wait {			/* a request */
	struct client *client;
	uint64_t seq;
	bool until_started;
	LIST_HEAD(, waiter) list;	/* jobs that are not there yet */
	LIST_ENTRY(wait) link;
};

struct waiter {			/* a request and a job */
	struct wait *wait;
	struct waited *job;
	struct ask *watch;	/* the question to the core, while it is open */
	const char *target;
	LIST_ENTRY(waiter) of_wait, of_job;
	char name[];		/* target's storage */
};

struct waiters {
	struct map *by_job;
};

struct standing {
	int64_t uid;		/* whose job */
	enum job_status status;
	enum reason reason;
	int exit_code, signal;
	struct uuid uuid;
};

int waiters_init(struct jobd *d)
{
	d->waiters = xcalloc(1, sizeof(*d->waiters));
	d->waiters->by_job = map_new();
	return 0;
}

/* Requires that no client is left. */
void waiters_free(struct jobd *d)
{
	if (d->waiters == NULL)
		return;
	map_free(d->waiters->by_job);
	free(d->waiters);
	d->waiters = NULL;
}

/* ---- the table */

static struct waited *waited_get(struct jobd *d, int64_t job)
{
	struct waited *w = map_get(d->waiters->by_job, (uint64_t)job);

	if (w != NULL)
		return w;
	w = xcalloc(1, sizeof(*w));
	w->job = job;
	LIST_INIT(&w->list);
	map_put(d->waiters->by_job, (uint64_t)job, w);
	return w;
}

static void waiter_free(struct waiter *w)
{
	struct client *c = w->wait->client;

	if (w->watch != NULL)
		w->watch->what = NULL;
	LIST_REMOVE(w, of_wait);
	LIST_REMOVE(w, of_job);
	c->nwaiters--;
	if (LIST_EMPTY(&w->job->list)) {
		(void)map_del(c->d->waiters->by_job, (uint64_t)w->job->job);
		free(w->job);
	}
	free(w);
}

static void wait_free(struct wait *wt)
{
	struct waiter *w;

	while ((w = LIST_FIRST(&wt->list)) != NULL)
		waiter_free(w);
	LIST_REMOVE(wt, link);
	free(wt);
}

void waiters_forget(struct client *c)
{
	struct wait *wt;

	while ((wt = LIST_FIRST(&c->waits)) != NULL)
		wait_free(wt);
}

/* ---- what they are told */

static bool reached(const struct wait *wt, enum job_status s)
{
	return job_status_terminal(s) || (wt->until_started && s == JOB_RUNNING);
}

static struct msg *answer_new(enum msg_type type, const struct wait *wt)
{
	struct msg *m = msg_new(type);

	if (wt->seq != 0)
		(void)msg_add_u64(m, F_SEQ, wt->seq);
	return m;
}

static void wait_done(struct wait *wt)
{
	if (!LIST_EMPTY(&wt->list))
		return;
	client_send(wt->client, answer_new(MSG_OK, wt));
	wait_free(wt);
}

static void wait_fail(struct wait *wt, const struct err *e)
{
	client_error(wt->client, wt->seq, e);
	wait_free(wt);
}

/* Tells of one job; w is gone, and with the last one the whole wait. */
static void tell(struct waiter *w, const struct standing *st)
{
	struct msg *m = answer_new(MSG_ENDED, w->wait);
	struct wait *wt = w->wait;

	(void)msg_add(m, F_TARGET, w->target);
	(void)msg_add_u64(m, F_JOB, (uint64_t)w->job->job);
	if (!uuid_is_nil(&st->uuid))
		(void)msg_add_uuid(m, F_UUID, &st->uuid);
	(void)msg_add(m, F_STATUS, job_status_name(st->status));
	if (st->reason != REASON_NONE)
		(void)msg_add(m, F_REASON, reason_name(st->reason));
	if (st->exit_code >= 0)
		(void)msg_add_u64(m, F_EXIT_CODE, (uint64_t)st->exit_code);
	if (st->signal > 0)
		(void)msg_add_u64(m, F_SIGNAL, (uint64_t)st->signal);
	client_send(wt->client, m);
	waiter_free(w);
	wait_done(wt);
}

/*
 * Where a job stands by an effect; what the effect does not say comes from disk,
 * where later turns may be already.  1 found, 0 unknown, -1 with e.
 */
static int standing_of(struct jobd *d, const struct effect *f, struct standing *st,
    struct err *e)
{
	struct job_row row;
	int r = reader_job(d->reader, f->job, &row, e);

	memset(st, 0, sizeof(*st));
	if (r == 1) {
		st->uid = row.uid;
		st->uuid = row.uuid;
	}
	if (!f->state.unknown) {
		st->status = f->state.status;
		st->reason = f->state.reason;
		st->exit_code = f->state.exit_code;
		st->signal = f->state.signal;
	} else if (r == 1) {
		st->status = (enum job_status)row.status;
		st->reason = (enum reason)row.reason;
		st->exit_code = (int)row.exit_code;
		st->signal = (int)row.signal;
	}
	return r;
}

void waiters_tell(struct jobd *d, const struct effect *f)
{
	struct waited *job = map_get(d->waiters->by_job, (uint64_t)f->job);
	struct waiter *w, *next;
	struct standing st;
	struct err e;

	if (job == NULL)
		return;
	(void)standing_of(d, f, &st, &e);	/* the effect has what matters */
	for (w = LIST_FIRST(&job->list); w != NULL; w = next) {
		next = LIST_NEXT(w, of_job);	/* with the last one, the list is gone */
		/* Who has not been answered where the job stands will be, by a later effect. */
		if (w->watch == NULL && reached(w->wait, st.status))
			tell(w, &st);
	}
}

static bool may_know(const struct jobd *d, const struct client *c, const struct standing *st)
{
	return !d->conf.private_jobs || c->actor.admin || c->actor.uid == st->uid;
}

/* The core's answer to EV_WATCH. */
static void answer_watch(struct jobd *d, struct ask *a, const struct effect *f)
{
	struct waiter *w = a->what;
	struct standing st;
	struct err e;
	int r;

	if (w == NULL)
		return;
	w->watch = NULL;
	r = standing_of(d, f, &st, &e);
	if (r == 1 && may_know(d, w->wait->client, &st)) {
		if (reached(w->wait, st.status))
			tell(w, &st);
		return;
	}
	if (r != -1)
		err_set(&e, ERR_NOINPUT, "job %" PRId64 ": no such job", w->job->job);
	wait_fail(w->wait, &e);
}

/* ---- the request */

static void wait_job(struct wait *wt, const char *target, int64_t job)
{
	struct waiter *w = xcalloc(1, sizeof(*w) + strlen(target) + 1);
	struct client *c = wt->client;
	struct event *ev;

	memcpy(w->name, target, strlen(target));
	w->target = w->name;
	w->wait = wt;
	w->job = waited_get(c->d, job);
	LIST_INSERT_HEAD(&w->job->list, w, of_job);
	LIST_INSERT_HEAD(&wt->list, w, of_wait);
	c->nwaiters++;
	w->watch = ask_new(c->d, c, wt->seq, answer_watch);
	w->watch->what = w;
	ev = loop_event(c->d, EV_WATCH);
	cause_fill(c->d, &ev->cause, &c->actor, "socket");
	ev->watch.job = job;
	ev->token = w->watch->token;
}

static int find_uuid(struct jobd *d, const char *target, const struct uuid *u, int64_t *job,
    struct err *e)
{
	int r = 1;

	*job = core_find_uuid(d->core, u);
	if (*job == 0)
		r = reader_uuid(d->reader, u, job, e);
	if (r == 0)
		return err_set(e, ERR_NOINPUT, "job %s: no such job", target);
	return r == 1 ? 0 : -1;
}

/* A range waits for each of its jobs. */
static int wait_target(struct wait *wt, const char *target, struct err *e)
{
	int64_t first, last, id;
	struct uuid u;

	if (request_target(target, &first, &last, &u, e) == -1)
		return -1;
	if (first == 0) {
		if (find_uuid(wt->client->d, target, &u, &first, e) == -1)
			return -1;
		last = first;
	}
	if ((size_t)(last - first) + wt->client->nwaiters >= WAITERS_MAX)
		return err_set(e, ERR_USAGE, "more than %d jobs to wait for", WAITERS_MAX);
	/* The last number there is may be asked for, too: nothing is beyond it. */
	for (id = first; id < last; id++)
		wait_job(wt, target, id);
	wait_job(wt, target, last);
	return 0;
}

static int wait_targets(struct wait *wt, const struct msg *m, struct err *e)
{
	const char *until = msg_str(m, F_UNTIL), *target;
	size_t iter = 0;

	/* "ok" is the caller's to judge: the job has to end for it. */
	if (until != NULL && strcmp(until, "started") != 0 && strcmp(until, "ended") != 0 &&
	    strcmp(until, "ok") != 0)
		return err_set(e, ERR_DATA, "until: \"%s\" is none of started, ended and ok",
		    until);
	wt->until_started = until != NULL && strcmp(until, "started") == 0;
	if (!msg_has(m, F_TARGET))
		return err_set(e, ERR_USAGE, "no job is named");
	while ((target = msg_next(m, F_TARGET, &iter)) != NULL)
		if (wait_target(wt, target, e) == -1)
			return -1;
	return 0;
}

void wait_begin(struct client *c, const struct msg *m)
{
	struct wait *wt = xcalloc(1, sizeof(*wt));
	struct err e;

	wt->client = c;
	wt->seq = msg_u64(m, F_SEQ, 0);
	LIST_INIT(&wt->list);
	LIST_INSERT_HEAD(&c->waits, wt, link);
	if (wait_targets(wt, m, &e) == -1)
		wait_fail(wt, &e);
}
