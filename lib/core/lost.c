/*
 * lost: workers whose lease is over, and when their jobs may run elsewhere.
 *
 * A worker that is cut off ends its jobs when its lease is over (SPEC 2.9), each
 * within its own grace.  So an execution is given up at that instant plus its grace
 * and a tenth, for clocks that do not run alike; not before, whatever is known.
 *
 * A worker that is back with another journal than the one that an execution's order went
 * to has lost its records, while that execution may still run: until the lease that its
 * supervisor has is over, too.  Such a worker is among the lost ones though it is up, for
 * those executions alone.
 */
#include "core/impl.h"

static int64_t give_up_at(const struct core *c, const struct exec *x)
{
	int64_t grace = x->job->kill_grace;

	return x->worker->lost_at + grace + (c->conf.lease + grace) / 10;
}

static bool may_run(const struct exec *x)
{
	return !x->worker->up || !uuid_equal(&x->journal, &x->worker->journal);
}

static void give_up(struct core *c, struct exec *x)
{
	struct exec_end end = { .cause = END_LOST, .exit_code = -1, .signal = -1,
		.text = x->worker->up ? RECORDS_LOST :
		    "its worker was lost: it was not heard of for as long as its lease" };

	exec_end(c, x, &end);
}

void lost_begin(struct core *c, struct worker *w, int64_t at)
{
	if (w->lost)
		return;
	w->lost = true;
	w->lost_at = at;
	LIST_INSERT_HEAD(&c->lost, w, lost_link);
}

void lost_end(struct core *c, struct worker *w)
{
	if (w->lost)
		LIST_REMOVE(w, lost_link);
	w->lost = false;
	(void)c;
}

void on_worker_lost(struct core *c, const struct event *ev)
{
	struct worker *w = worker_get(c, ev->down.worker);

	if (w == NULL || (w->lost && !w->up))
		return;
	on_worker_down(c, ev);
	lost_begin(c, w, c->now.boot);
}

void on_worker_beat(struct core *c, const struct event *ev)
{
	struct worker *w = worker_get(c, ev->beat.worker);

	if (w == NULL || !w->up)
		return;
	w->heartbeat = c->now.wall;
	w->round_trip = ev->beat.round_trip;
	w->clock_offset = ev->beat.clock_offset;
	worker_touch(c, w);
}

/* An admin knows that nothing of it runs any more. */
void lost_confirmed(struct core *c, struct worker *w)
{
	struct exec *x;

	while ((x = LIST_FIRST(&w->execs)) != NULL)
		give_up(c, x);
}

void lost_fire(struct core *c)
{
	struct worker *w;
	struct exec *x, *next;

	LIST_FOREACH(w, &c->lost, lost_link) {
		for (x = LIST_FIRST(&w->execs); x != NULL; x = next) {
			next = LIST_NEXT(x, link);
			if (may_run(x) && give_up_at(c, x) <= c->now.boot)
				give_up(c, x);
		}
	}
}

int64_t lost_due(const struct core *c, struct now now)
{
	const struct worker *w;
	const struct exec *x;
	int64_t least = -1, left;

	LIST_FOREACH(w, &c->lost, lost_link) {
		LIST_FOREACH(x, &w->execs, link) {
			if (!may_run(x))
				continue;
			left = give_up_at(c, x) - now.boot;
			if (least == -1 || left < least)
				least = left > 0 ? left : 0;
		}
	}
	return least;
}
