/*
 * wait: until jobs have ended, whatever happens to jobd meanwhile.
 *
 * Owns, for each target, how many of its jobs are still to be heard of.  After a
 * restart of jobd the rest is asked for again, and a job that is reported twice is
 * passed on once.  A UUID may be that of a request that still waits in incoming/, or
 * was refused there: so each is asked for by itself, since an unknown job ends a
 * whole request, and not before jobd has taken it out of there.
 *
 * However short the time is: when it is over and jobd has said nothing yet, its answer
 * to one more question is waited for, so that what had ended long ago is told.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/hash.h"
#include "client/impl.h"
#include "msg/request.h"

#define NAP_SHORT 50		/* ms, and twice as long each time */
#define NAP_LONG 1000
#define LOOK_SHORT 50		/* the same for looks into the spool */
#define LOOK_LONG 2000
#define REASON_MAX 65536
#define NEVER INT64_MAX
#define NOBODY "9223372036854775807"	/* no job will have this number */
#define ROUND_TRIP 2000		/* ms at most for the answer to that */

struct target {
	const char *name;
	struct uuid uuid;	/* nil: a number or a range */
	int64_t width;		/* jobs in it */
	int64_t left;		/* not heard of yet */
	int64_t look_at;	/* when to ask for it (CLOCK_BOOTTIME) */
	int64_t look_wait;
	bool asked;
	bool taken;		/* the spool does not have it, it is asked for a last time */
	struct target *same;	/* the next one whose name has the same hash */
};

struct wait {
	struct client *client;
	const struct client_wait *what;
	struct target *targets;
	size_t n, open;		/* open: targets with jobs left */
	int64_t ask_at;		/* when the next one is to be asked for; NEVER: all are */
	struct map *by_name;	/* hash -> target */
	struct map *by_seq;	/* requests for one UUID -> target */
	struct map *seen;	/* jobs that were passed on */
	int64_t end;		/* CLOCK_BOOTTIME; -1: none */
	int64_t nap;
	uint64_t first, last;	/* our requests on this connection */
	uint64_t probe;		/* the last of them, when the time was over; 0: not asked */
	bool heard;		/* jobd has answered something */
	bool away;
};

enum step { STEP_ON, STEP_DONE, STEP_FAILED };

static enum step fail_again(const char *why, struct err *e)
{
	err_set(e, ERR_AGAIN, "%s", why);
	return STEP_FAILED;
}

static enum step nap(struct wait *w, struct err *e)
{
	int64_t ms = w->nap;

	if (w->end >= 0 && w->end - now_read().boot < ms)
		ms = w->end - now_read().boot;
	if (ms <= 0)
		return fail_again("timed out", e);
	conn_nap(&w->client->conn, ms);
	w->nap = w->nap * 2 < NAP_LONG ? w->nap * 2 : NAP_LONG;
	return conn_interrupted(&w->client->conn) ? fail_again("interrupted", e) : STEP_ON;
}

static void away_set(struct wait *w, bool away)
{
	if (w->away == away)
		return;
	w->away = away;
	if (w->what->away != NULL)
		w->what->away(w->what->arg, away);
}

/* ---- asking */

/* One request; takes m over. */
static int request_send(struct wait *w, struct msg *m, struct err *e)
{
	const char *until = w->what->until;
	struct buf block;
	int r;

	if (until != NULL && msg_add(m, F_UNTIL, until) == -1)
		r = err_set(e, ERR_USAGE, "%.64s: is nothing to wait for", until);
	else
		r = client_block(w->client, m, &block, &w->last, e);
	msg_free(m);
	if (r == -1)
		return -1;
	if (w->first == 0)
		w->first = w->last;
	r = conn_send(&w->client->conn, block.data, block.len);
	buf_release(&block);
	return r == 0 ? 0 : err_set(e, ERR_USAGE, "too many jobs to wait for at once");
}

static int ask_numbers(struct wait *w, struct err *e)
{
	struct msg *m = msg_new(MSG_WAIT);
	struct target *t;

	for (t = w->targets; t < w->targets + w->n; t++) {
		if (t->left == 0 || t->asked || !uuid_is_nil(&t->uuid))
			continue;
		if (msg_add(m, F_TARGET, t->name) == -1) {
			msg_free(m);
			return err_set(e, ERR_USAGE, "too many jobs to wait for at once");
		}
		t->asked = true;
	}
	if (msg_has(m, F_TARGET))
		return request_send(w, m, e);
	msg_free(m);
	return 0;
}

static void look_later(struct wait *w, struct target *t, int64_t now)
{
	t->asked = false;
	t->look_at = now + t->look_wait;
	t->look_wait = t->look_wait * 2 < LOOK_LONG ? t->look_wait * 2 : LOOK_LONG;
	if (t->look_at < w->ask_at)
		w->ask_at = t->look_at;
}

static int ask_uuid(struct wait *w, struct target *t, int64_t now, struct err *e)
{
	struct msg *m;

	if (t->look_at > now) {
		if (t->look_at < w->ask_at)
			w->ask_at = t->look_at;
		return 0;
	}
	if (incoming_waits(w->client->conn.spool, &t->uuid)) {
		look_later(w, t, now);
		return 0;
	}
	m = msg_new(MSG_WAIT);
	msg_add(m, F_TARGET, t->name);
	if (request_send(w, m, e) == -1)
		return -1;
	t->asked = true;
	map_put(w->by_seq, w->last, t);
	return 0;
}

/* Sends what has not been asked for on this connection, and may be. */
static int ask(struct wait *w, struct err *e)
{
	int64_t now = now_read().boot;
	struct target *t;

	if (now < w->ask_at)
		return 0;
	w->ask_at = NEVER;
	if (ask_numbers(w, e) == -1)
		return -1;
	for (t = w->targets; t < w->targets + w->n; t++) {
		if (t->left > 0 && !t->asked && ask_uuid(w, t, now, e) == -1)
			return -1;
	}
	return 0;
}

static void lost(struct wait *w)
{
	conn_close(&w->client->conn);
	map_free(w->by_seq);
	w->by_seq = map_new();
	w->first = w->last = w->probe = 0;
	w->ask_at = 0;
	for (size_t i = 0; i < w->n; i++) {
		w->targets[i].asked = false;
		if (w->targets[i].left > 0)
			w->targets[i].left = w->targets[i].width;
	}
}

/* A connection with our questions on it. */
static enum step ready(struct wait *w, struct err *e)
{
	struct err why;

	if (!conn_is_open(&w->client->conn)) {
		lost(w);
		if (conn_open(&w->client->conn, &why) == -1) {
			if (why.code == ERR_PERM) {
				err_set(e, why.code, "%s", why.text);
				return STEP_FAILED;
			}
			away_set(w, true);
			return nap(w, e);
		}
	}
	return ask(w, e) == -1 ? STEP_FAILED : STEP_ON;
}

/* ---- answers */

static uint64_t name_hash(const char *name)
{
	return hash64(0, name, strlen(name));
}

static struct target *target_find(const struct wait *w, const char *name)
{
	struct target *t = name == NULL ? NULL : map_get(w->by_name, name_hash(name));

	while (t != NULL && (t->left == 0 || !t->asked || strcmp(t->name, name) != 0))
		t = t->same;
	return t;
}

/* jobd does not know t: the spool may.  Else e says what jobd said. */
static enum step unknown(struct wait *w, struct target *t, struct err *e)
{
	const struct spool *s = w->client->conn.spool;
	struct buf reason;

	if (incoming_waits(s, &t->uuid)) {
		look_later(w, t, now_read().boot);
		return STEP_ON;
	}
	buf_init(&reason, REASON_MAX);
	if (incoming_reason(s, &t->uuid, &reason) == 0) {
		err_set(e, ERR_DATA, "job %s: the request was refused: %s", t->name,
		    reason.data != NULL ? reason.data : "");
	} else if (!t->taken) {
		/* It may have been taken between jobd's answer and our look. */
		t->taken = true;
		buf_release(&reason);
		look_later(w, t, now_read().boot);
		return STEP_ON;
	}
	buf_release(&reason);
	return STEP_FAILED;
}

static enum step ended(struct wait *w, const struct msg *m)
{
	struct target *t = target_find(w, msg_str(m, F_TARGET));
	uint64_t job = msg_has(m, F_JOB) ? msg_u64(m, F_JOB, 0) : 0;

	if (t == NULL)
		return STEP_ON;
	w->open -= --t->left == 0;
	if (map_get(w->seen, job) == NULL) {
		map_put(w->seen, job, w);
		if (w->what->ended(w->what->arg, m) != 0)
			return STEP_DONE;
	}
	return w->open == 0 ? STEP_DONE : STEP_ON;
}

static enum step refused(struct wait *w, const struct msg *m, struct err *e)
{
	struct target *t;

	if (w->probe != 0 && msg_has(m, F_SEQ) && msg_u64(m, F_SEQ, 0) == w->probe)
		return fail_again("timed out", e);
	/* A jobd that is too busy for one more connection is as good as away. */
	if (!msg_has(m, F_SEQ)) {
		if (e->code != ERR_AGAIN)
			return STEP_FAILED;
		lost(w);
		return nap(w, e);
	}
	t = map_get(w->by_seq, msg_u64(m, F_SEQ, 0));
	return t != NULL && t->left > 0 && e->code == ERR_NOINPUT ? unknown(w, t, e) : STEP_FAILED;
}

static enum step message(struct wait *w, const struct msg *m, struct err *e)
{
	if (!client_for(m, w->first, w->last))
		return STEP_ON;
	w->heard = true;
	if (msg_type(m) == MSG_ENDED) {
		w->nap = NAP_SHORT;
		return ended(w, m);
	}
	/* An OK stands behind the last one, and each was counted. */
	return client_ok(m, e) == 0 ? STEP_ON : refused(w, m, e);
}

/* How long to listen: to the end, or until there is something to ask; -1: without end. */
static int64_t patience(const struct wait *w)
{
	int64_t until = w->ask_at, ms;

	if (w->end >= 0 && w->end < until)
		until = w->end;
	if (until == NEVER)
		return -1;
	ms = until - now_read().boot;
	return ms > 0 ? ms : 0;
}

/* The answer to NOBODY comes behind those that are there already. */
static enum step time_over(struct wait *w, struct err *e)
{
	struct msg *m;

	if (w->heard || w->probe != 0)
		return fail_again("timed out", e);
	m = msg_new(MSG_WAIT);
	msg_add(m, F_TARGET, NOBODY);
	if (request_send(w, m, e) == -1)
		return STEP_FAILED;
	w->probe = w->last;
	w->end = now_read().boot + ROUND_TRIP;
	return STEP_ON;
}

static enum step turn(struct wait *w, struct err *e)
{
	enum step s = ready(w, e);
	struct msg *m = NULL;
	enum conn_got got;

	if (s != STEP_ON || !conn_is_open(&w->client->conn))
		return s;
	got = conn_receive(&w->client->conn, patience(w), &m, e);
	switch (got) {
	case CONN_MESSAGE:
		away_set(w, false);
		s = message(w, m, e);
		msg_free(m);
		return s;
	case CONN_SILENT:
		if (w->end >= 0 && now_read().boot >= w->end)
			return time_over(w, e);
		return STEP_ON;
	case CONN_CLOSED:
		lost(w);
		return nap(w, e);
	default:
		client_lost(w->client, got, e);
		return STEP_FAILED;
	}
}

static int targets_init(struct wait *w, struct err *e)
{
	int64_t first, last;

	w->targets = xcalloc(w->what->n, sizeof(*w->targets));
	w->n = w->open = w->what->n;
	for (size_t i = 0; i < w->n; i++) {
		struct target *t = &w->targets[i];

		t->name = w->what->targets[i];
		if (request_target(t->name, &first, &last, &t->uuid, e) == -1)
			return -1;
		t->left = t->width = last - first + 1;
		t->look_wait = LOOK_SHORT;
		t->same = map_get(w->by_name, name_hash(t->name));
		map_put(w->by_name, name_hash(t->name), t);
	}
	return 0;
}

int client_wait(struct client *c, const struct client_wait *what, struct err *e)
{
	struct wait w = { .client = c, .what = what, .end = -1, .nap = NAP_SHORT };
	enum step s = STEP_FAILED;
	struct err own;

	if (what->n == 0)
		return 0;
	if (e == NULL)
		e = &own;
	if (what->timeout >= 0)
		w.end = now_read().boot + what->timeout;
	w.by_name = map_new();
	w.by_seq = map_new();
	w.seen = map_new();
	/* What was asked on an open connection before is not ours. */
	conn_close(&c->conn);
	if (targets_init(&w, e) == 0) {
		do {
			s = turn(&w, e);
		} while (s == STEP_ON);
	}
	conn_close(&c->conn);
	map_free(w.seen);
	map_free(w.by_seq);
	map_free(w.by_name);
	free(w.targets);
	return s == STEP_DONE ? 0 : -1;
}
