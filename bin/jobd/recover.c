/*
 * recover: what was alive when we last stopped, from disk into the core.
 *
 * No logic of its own: rows become events of the same turn as everything else, some
 * hundreds at a time.  Requires that nothing else has happened yet.
 */
#include <stdlib.h>

#include "jobd.h"

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

static struct ev_restore *next(struct recovery *r)
{
	struct event *ev;

	if (r->n == ROWS_AT_ONCE)
		flush(r);
	ev = &r->events[r->n++];
	*ev = (struct event){ .type = EV_RESTORE };
	ev->cause = (struct cause){ .actor = { .name = "jobd", .method = BY_SYSTEM, .uid = -1 },
		.via = "recovery" };
	return &ev->restore;
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

int recover(struct jobd *d, struct err *e)
{
	struct recovery r = { .d = d };
	struct ev_restore *done;
	int result;

	r.turn = loop_turn(d);
	r.arena = arena_new();
	r.events = xcalloc(ROWS_AT_ONCE, sizeof(*r.events));
	result = reader_recover(d->reader, on_job, on_exec, on_dep, on_worker, &r, e);
	if (result == 0) {
		done = next(&r);
		done->done = true;
		done->next_id = d->start.next_id;
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
