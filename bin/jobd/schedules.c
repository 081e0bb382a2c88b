/*
 * schedules: requests about recurring jobs as events, and the time zones they need.
 *
 * Owns the way of a zone's file into the core: with each schedule that comes, at the
 * start, at SIGHUP and every hour, so that an update of the system's zones counts for all
 * runs to come.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "conf/zones.h"
#include "msg/plan.h"
#include "schedules.h"

#define REREAD_MS (3600 * 1000)
#define BLOCK_MAX ((size_t)MSG_HEAD_MAX + MSG_BODY_MAX + MSG_PREFIX_MAX)

/* ---- zones */

int zone_fill(struct arena *a, const char *name, struct ev_zone *zone, struct err *e)
{
	struct buf b;
	int r;

	buf_init(&b, ZONE_BYTES_MAX);
	r = zone_read(name, &b, e);
	if (r == 0) {
		zone->name = arena_strdup(a, name);
		zone->tzif = arena_memdup(a, b.data, b.len);
		zone->size = b.len;
	}
	buf_release(&b);
	return r;
}

/* An event that brings the zone, unless the core knows it by itself. */
static int zone_event(struct jobd *d, const char *name, struct err *e)
{
	struct ev_zone zone;
	struct event *ev;

	if (strcmp(name, "UTC") == 0)
		return 0;
	if (zone_fill(loop_arena(d), name, &zone, e) == -1)
		return -1;
	ev = loop_event(d, EV_ZONE);
	ev->cause = (struct cause){ .actor = { .name = "jobd", .method = BY_SYSTEM, .uid = -1 },
		.via = "zone" };
	ev->zone = zone;
	return 0;
}

void zones_reread(struct jobd *d)
{
	const char *name = d->conf.time_zone;
	struct err e;

	if (zone_event(d, name, &e) == -1)
		log_error("%s: queues with windows start nothing", e.text);
	for (size_t i = 0; (name = core_zone(d->core, i)) != NULL; i++)
		if (zone_event(d, name, &e) == -1)
			log_warn("%s; its rules stay as they were", e.text);
}

static void on_hour(void *arg)
{
	struct jobd *d = arg;

	zones_reread(d);
	ev_timer_set(d->zones, REREAD_MS);
}

void zones_start(struct jobd *d)
{
	d->zones = ev_timer_new(d->ev, on_hour, d);
	zones_reread(d);	/* what is known from recovery, and our own */
	ev_timer_set(d->zones, REREAD_MS);
}

/* ---- a new one, or a change of one */

/* The request itself, which a restart reads again. */
static int request_keep(struct arena *a, const struct msg *m, struct schedule_row *row,
    struct err *e)
{
	struct buf b;
	int r;

	buf_init(&b, BLOCK_MAX);
	r = msg_encode(m, &b);
	if (r == 0) {
		row->request = arena_memdup(a, b.data, b.len);
		row->request_size = (int64_t)b.len;
	} else {
		err_set(e, ERR_DATA, "the request is too long");
	}
	buf_release(&b);
	return r;
}

struct event *schedule_event(struct jobd *d, const struct actor *who, const struct msg *m,
    const char *via, struct err *e)
{
	struct ev_schedule a = { .op = SCHEDULE_ADD };
	struct arena *arena = loop_arena(d);
	int64_t id = (int64_t)msg_u64(m, F_SCHEDULE, 0);
	struct event *ev;

	if (submit_fill(d, who, m, &a.request, e) == -1 ||
	    request_schedule(m, arena, &a.request, d->conf.time_zone, &a.row, e) == -1 ||
	    request_keep(arena, m, &a.row, e) == -1 || zone_event(d, a.row.zone, e) == -1)
		return NULL;
	if (id != 0) {
		a.op = SCHEDULE_EDIT;
		a.ids = arena_memdup(arena, &id, sizeof(id));
		a.names = arena_alloc(arena, sizeof(*a.names));
		*(const char **)(uintptr_t)a.names = "the schedule";
		a.n = 1;
	}
	ev = loop_event(d, EV_SCHEDULE);
	cause_fill(d, &ev->cause, who, via);
	ev->schedule = a;
	return ev;
}

void schedule_submit(struct client *c, const struct msg *m)
{
	uint64_t seq = msg_u64(m, F_SEQ, 0);
	struct event *ev;
	struct err e;

	ev = schedule_event(c->d, &c->actor, m, "socket", &e);
	if (ev == NULL)
		client_error(c, seq, &e);
	else
		ev->token = ask_new(c->d, c, seq, answer_schedule_new)->token;
}

/* ---- orders */

static int targets_read(struct jobd *d, const struct msg *m, struct ev_schedule *a,
    struct err *e)
{
	size_t n = msg_count(m, F_TARGET), iter = 0;
	const char **names = arena_alloc(loop_arena(d), n * sizeof(*names));
	int64_t *ids = arena_alloc(loop_arena(d), n * sizeof(*ids));

	if (n == 0)
		return err_set(e, ERR_USAGE, "no schedule is named");
	for (size_t i = 0; i < n; i++) {
		names[i] = arena_strdup(loop_arena(d), msg_next(m, F_TARGET, &iter));
		if (schedule_target(names[i], &ids[i], e) == -1)
			return -1;
	}
	a->names = names;
	a->ids = ids;
	a->n = n;
	return 0;
}

static int order_read(struct jobd *d, const struct msg *m, struct ev_schedule *a,
    struct err *e)
{
	int op = schedule_op_parse(msg_str(m, F_OP));

	if (op == -1 || op == SCHEDULE_ADD || op == SCHEDULE_EDIT)
		return err_set(e, ERR_DATA, "op: \"%s\" is none that jobd knows", msg_str(m, F_OP));
	a->op = (enum schedule_op)op;
	a->force = msg_flag(m, F_NOW);
	a->count = (int64_t)msg_u64(m, F_COUNT, 1);
	a->from = msg_i64(m, F_SINCE, 0);
	a->until = msg_i64(m, F_UNTIL_TIME, INT64_MAX);
	if (op == SCHEDULE_REPLAY && (a->from <= 0 || a->until <= a->from))
		return err_set(e, ERR_DATA, "since: a replay needs a time from which it goes on");
	return targets_read(d, m, a, e);
}

void schedule_order(struct client *c, const struct msg *m)
{
	struct ev_schedule a = { .op = SCHEDULE_PAUSE };
	uint64_t seq = msg_u64(m, F_SEQ, 0);
	struct jobd *d = c->d;
	struct event *ev;
	struct err e;

	if (order_read(d, m, &a, &e) == -1) {
		client_error(c, seq, &e);
		return;
	}
	ev = loop_event(d, EV_SCHEDULE);
	cause_fill(d, &ev->cause, &c->actor, "socket");
	ev->schedule = a;
	ev->token = ask_new(d, c, seq, answer_control)->token;
}

/* ---- what a replay need not do again */

struct had_run {
	struct jobd *d;
	int64_t *times;
	size_t n, cap;
};

static int add_run(void *arg, const void *row)
{
	const struct occurrence_row *o = row;
	struct had_run *h = arg;
	int64_t *more;

	if (strcmp(o->outcome, "run") != 0 && strcmp(o->outcome, "waiting") != 0)
		return 0;
	if (h->n == h->cap) {
		h->cap = h->cap != 0 ? h->cap * 2 : 64;
		more = arena_alloc(loop_arena(h->d), h->cap * sizeof(*more));
		if (h->n > 0)
			memcpy(more, h->times, h->n * sizeof(*more));
		h->times = more;
	}
	h->times[h->n++] = o->nominal_at;
	return 0;
}

int lookup_schedule(struct jobd *d, struct ev_schedule *a, struct err *e)
{
	struct had_run h = { .d = d };
	struct occurrence_filter f = { .since = a->from, .until = a->until };

	if (a->op != SCHEDULE_REPLAY)
		return 0;
	if (a->n != 1)
		return err_set(e, ERR_USAGE, "one schedule at a time is replayed");
	f.schedule = a->ids[0];
	if (reader_occurrences(d->reader, &f, add_run, &h, e) == -1)
		return -1;
	a->ran = h.times;
	a->nran = h.n;
	return 0;
}

/* ---- from disk */

/* What a run is, read again from the request as it came; a newer jobd may hash it otherwise. */
int schedule_decode(struct jobd *d, struct schedule_row *row, struct job_request *req,
    struct err *e)
{
	const struct actor owner = { .method = BY_SYSTEM, .uid = row->uid, .admin = true };
	struct schedule_row again;
	struct actor who = owner;
	struct msg *m = NULL;
	size_t used;
	int r;

	snprintf(who.name, sizeof(who.name), "%s", row->user != NULL ? row->user : "");
	r = msg_decode(row->request, (size_t)row->request_size, &m, &used, e);
	if (r == 0)
		err_set(e, ERR_DATA, "its request is cut off");
	if (r != 1)
		return -1;
	r = submit_fill(d, &who, m, req, e);
	if (r == 0)
		r = request_schedule(m, loop_arena(d), req, row->zone, &again, e);
	if (r == 0)
		row->spec_hash = again.spec_hash;
	req->row.created_at = row->created_at;
	msg_free(m);
	return r;
}
