/*
 * recover: what was alive when we last stopped, from disk into the core.
 *
 * No logic of its own: rows become events of the same turn as everything else, some
 * hundreds at a time.  Requires that nothing else has happened yet.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "schedules.h"

#define ROWS_AT_ONCE 500

struct recovery {
	struct jobd *d;
	struct turn *turn;
	struct arena *arena;
	struct event *events;
	size_t n, rows;
};

static void flush(struct recovery *r)
{
	core_turn(r->d->core, now_read(), r->events, r->n, r->turn);
	r->rows += r->n;
	r->n = 0;
	arena_free(r->arena);
	r->arena = arena_new();
}

static struct event *next_event(struct recovery *r, enum event_type type)
{
	struct event *ev;

	if (r->n == ROWS_AT_ONCE)
		flush(r);
	ev = &r->events[r->n++];
	*ev = (struct event){ .type = type };
	ev->cause = (struct cause){ .actor = { .name = "jobd", .method = BY_SYSTEM, .uid = -1 },
		.via = "recovery" };
	return ev;
}

static struct ev_restore *next(struct recovery *r)
{
	return &next_event(r, EV_RESTORE)->restore;
}

static int on_job(void *arg, const void *row)
{
	struct ev_restore *ev = next(arg);

	ev->job = row_keep(((struct recovery *)arg)->arena, &table_jobs, row);
	return 0;
}

static int on_exec(void *arg, const void *row)
{
	struct ev_restore *ev = next(arg);

	ev->exec = row_keep(((struct recovery *)arg)->arena, &table_executions, row);
	return 0;
}

static int on_dep(void *arg, const void *row)
{
	struct ev_restore *ev = next(arg);

	ev->dep = row_keep(((struct recovery *)arg)->arena, &table_dependencies, row);
	return 0;
}

static int on_worker(void *arg, const void *row)
{
	struct ev_restore *ev = next(arg);

	ev->worker = row_keep(((struct recovery *)arg)->arena, &table_workers, row);
	return 0;
}

static int on_account(void *arg, const void *row)
{
	struct ev_restore *ev = next(arg);

	ev->account = row_keep(((struct recovery *)arg)->arena, &table_accounts, row);
	return 0;
}

static int on_quota(void *arg, const void *row)
{
	struct ev_restore *ev = next(arg);

	ev->quota = row_keep(((struct recovery *)arg)->arena, &table_quotas, row);
	return 0;
}

static int on_notice(void *arg, const void *row)
{
	struct ev_restore *ev = next(arg);

	ev->notice = row_keep(((struct recovery *)arg)->arena, &table_notices, row);
	return 0;
}

static int on_runtime(void *arg, const void *row)
{
	struct ev_restore *ev = next(arg);

	ev->runtime = row_keep(((struct recovery *)arg)->arena, &table_runtimes, row);
	return 0;
}

/* Its zone comes first.  What cannot be read stands still, and is told. */
static int on_schedule(void *arg, const void *p)
{
	struct recovery *r = arg;
	struct schedule_row row = *(const struct schedule_row *)p;
	struct ev_zone zone;
	struct ev_restore *ev;
	struct job_request *req;
	struct err e;

	if (strcmp(row.zone, "UTC") != 0) {
		if (zone_fill(loop_arena(r->d), row.zone, &zone, &e) == -1)
			log_error("schedule s%" PRId64 " stands still: %s", row.id, e.text);
		else
			next_event(r, EV_ZONE)->zone = zone;
	}
	ev = next(r);
	req = arena_alloc(r->arena, sizeof(*req));
	if (schedule_decode(r->d, &row, req, &e) == -1) {
		log_error("schedule s%" PRId64 " stands still: %s", row.id, e.text);
		r->n--;
		return 0;
	}
	ev->schedule = row_keep(r->arena, &table_schedules, &row);
	ev->request = req;
	return 0;
}

static int on_occurrence(void *arg, const void *row)
{
	struct ev_restore *ev = next(arg);

	ev->occurrence = row_keep(((struct recovery *)arg)->arena, &table_occurrences, row);
	return 0;
}

int recover(struct jobd *d, struct err *e)
{
	struct recovered to = { on_account, on_quota, on_notice, on_runtime, on_worker,
	    on_schedule, on_occurrence, on_job, on_exec, on_dep, NULL };
	int64_t next_schedule, next_notice;
	struct recovery r = { .d = d };
	struct ev_restore *done;
	int result;

	r.turn = loop_turn(d);
	r.arena = arena_new();
	r.events = xcalloc(ROWS_AT_ONCE, sizeof(*r.events));
	to.arg = &r;
	result = reader_next_schedule(d->reader, &next_schedule, e);
	if (result == 0)
		result = reader_next_notice(d->reader, &next_notice, e);
	if (result == 0)
		result = reader_recover(d->reader, &to, e);
	if (result == 0) {
		done = next(&r);
		done->done = true;
		done->next_id = d->start.next_id;
		done->next_schedule = next_schedule;
		done->next_notice = next_notice;
		flush(&r);
		d->recovered = r.rows - 1;
		loop_put(d, r.turn);
	} else {
		turn_free(r.turn);
	}
	arena_free(r.arena);
	free(r.events);
	return result;
}
