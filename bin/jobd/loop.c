/*
 * loop: turns.
 *
 * Owns the events of the present round, the numbering of turns and the hand-over to
 * the writer.  After each round of callbacks it makes one turn of everything that
 * came, so one commit serves all of it; when the writer says that turns are durable
 * their effects leave, in order, and not before.  A round in which nothing happened
 * and nothing is due makes no turn.
 *
 * A core that has ended is dropped only by loop_durable, never between the look-ups
 * of a turn and the turn itself.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "jobd.h"
#include "settings.h"

struct loop {
	struct event *events;
	size_t n, cap;
	struct arena *arena;
	struct arena **adopted;
	size_t nadopted, cap_adopted;
	struct ev_timer *timer;
	struct ev_io *durable, *clock;
	int durable_fd, clock_fd;
	bool due;
	uint64_t number, request;
	struct loop_stats stats;
};

/* ---- what a round gathers */

struct event *loop_event(struct jobd *d, enum event_type type)
{
	struct loop *l = d->loop;
	struct event *ev;

	if (l->n == l->cap) {
		l->cap = l->cap != 0 ? l->cap * 2 : 64;
		l->events = xreallocarray(l->events, l->cap, sizeof(*l->events));
	}
	ev = &l->events[l->n++];
	memset(ev, 0, sizeof(*ev));
	ev->type = type;
	return ev;
}

struct arena *loop_arena(struct jobd *d)
{
	if (d->loop->arena == NULL)
		d->loop->arena = arena_new();
	return d->loop->arena;
}

void loop_adopt(struct jobd *d, struct arena *a)
{
	struct loop *l = d->loop;

	if (l->nadopted == l->cap_adopted) {
		l->cap_adopted = l->cap_adopted != 0 ? l->cap_adopted * 2 : 8;
		l->adopted = xreallocarray(l->adopted, l->cap_adopted, sizeof(struct arena *));
	}
	l->adopted[l->nadopted++] = a;
}

uint64_t loop_request(struct jobd *d)
{
	return ++d->loop->request;
}

static void round_clear(struct loop *l)
{
	l->n = 0;
	arena_free(l->arena);
	l->arena = NULL;
	while (l->nadopted > 0)
		arena_free(l->adopted[--l->nadopted]);
}

/* ---- the turn */

static int64_t clock_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

struct turn *loop_turn(struct jobd *d)
{
	return turn_new(++d->loop->number);
}

void loop_put(struct jobd *d, struct turn *t)
{
	d->loop->stats.turns++;
	d->loop->stats.outstanding++;
	writer_put(d->writer, t);
}

/* Drops the events whose look-up failed; who asked was told. */
static void look_up(struct jobd *d)
{
	struct loop *l = d->loop;
	size_t i, kept = 0;

	for (i = 0; i < l->n; i++)
		if (lookup_event(d, &l->events[i]))
			l->events[kept++] = l->events[i];
	l->n = kept;
}

static void set_timer(struct jobd *d)
{
	ev_timer_set(d->loop->timer, core_due(d->core, now_read()));
}

static void make_turn(struct jobd *d)
{
	struct loop *l = d->loop;
	int64_t began = clock_us();
	struct turn *t;

	look_up(d);
	t = loop_turn(d);
	core_turn(d->core, now_read(), l->events, l->n, t);
	loop_put(d, t);
	round_clear(l);
	l->due = false;
	l->stats.last_us = clock_us() - began;
	if (l->stats.last_us > l->stats.max_us)
		l->stats.max_us = l->stats.last_us;
	set_timer(d);
}

static void loop_after(void *arg)
{
	struct jobd *d = arg;
	struct loop *l = d->loop;

	if (l->n > 0 || (l->due && !d->stopping))
		make_turn(d);
	if (d->failed || (d->stopping && l->n == 0 && l->stats.outstanding == 0))
		ev_stop(d->ev);
}

static void loop_timer(void *arg)
{
	struct jobd *d = arg;

	d->loop->due = true;
}

/* ---- what comes back from the writer */

static void look_at_health(struct jobd *d)
{
	struct err why;
	enum writer_health health;

	err_clear(&why);
	health = writer_health(d->writer, &why);
	if (health == WRITER_FAILED) {
		log_error("the state cannot be written, stopping; jobs run on, and a start after "
		    "the cause is mended recovers all that was acknowledged: %s", why.text);
		d->status = 74;
		d->failed = true;
	}
	if ((health == WRITER_FULL) == d->read_only)
		return;
	d->read_only = health == WRITER_FULL;
	if (d->read_only)
		log_warn("what was decided is kept and tried again each second, new requests "
		    "are put off: %s", why.text);
	else
		log_info("the state can be written again");
	loop_configure(d);
}

static void loop_durable(void *arg, int ready)
{
	struct jobd *d = arg;
	struct turn *t;
	uint64_t count;

	(void)ready;
	if (read(d->loop->durable_fd, &count, sizeof(count)) == -1 && errno != EAGAIN)
		log_warn("eventfd: %s", strerror(errno));
	while ((t = writer_get(d->writer)) != NULL) {
		d->loop->stats.outstanding--;
		effects_release(d, t);
		core_durable(d->core, t->number);
		turn_free(t);
	}
	look_at_health(d);
	if (d->stopping && d->read_only)
		d->failed = true;	/* it may take for ever; nothing of it was told */
}

/* ---- the wall clock was set: all that stands in a calendar is looked at again */

static void clock_arm(int fd)
{
	struct itimerspec far = { .it_value.tv_sec = (time_t)1 << 40 };

	(void)timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &far, NULL);
}

static void loop_clock(void *arg, int ready)
{
	struct jobd *d = arg;
	uint64_t count;

	(void)ready;
	if (read(d->loop->clock_fd, &count, sizeof(count)) == -1 && errno == ECANCELED) {
		log_info("the wall clock was set");
		(void)loop_event(d, EV_TICK);
	}
	clock_arm(d->loop->clock_fd);
}

/* ---- start, stop, configuration */

void loop_configure(struct jobd *d)
{
	struct core_conf c;

	conf_core(&d->conf, settings_in_force(d), &c);
	c.epoch = d->start.epoch;
	c.read_only = d->read_only;
	if (d->core == NULL)
		d->core = core_new(&c);
	else
		core_configure(d->core, &c);
	d->loop->due = true;
}

int loop_init(struct jobd *d, struct err *e)
{
	struct loop *l = xcalloc(1, sizeof(*l));

	d->loop = l;
	l->clock_fd = -1;
	l->durable_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (l->durable_fd == -1)
		return err_sys(e, ERR_OS, "eventfd");
	l->clock_fd = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (l->clock_fd == -1)
		return err_sys(e, ERR_OS, "timerfd");
	clock_arm(l->clock_fd);
	d->ev = ev_new(e);
	if (d->ev == NULL)
		return -1;
	l->timer = ev_timer_new(d->ev, loop_timer, d);
	l->durable = ev_io_new(d->ev, l->durable_fd, loop_durable, d);
	ev_io_want(l->durable, EV_IN);
	l->clock = ev_io_new(d->ev, l->clock_fd, loop_clock, d);
	ev_io_want(l->clock, EV_IN);
	ev_after(d->ev, loop_after, d);
	return 0;
}

int loop_notify_fd(const struct jobd *d)
{
	return d->loop->durable_fd;
}

void loop_free(struct jobd *d)
{
	struct loop *l = d->loop;

	if (l == NULL)
		return;
	round_clear(l);
	ev_timer_free(l->timer);
	ev_io_free(l->durable);
	ev_io_free(l->clock);
	if (l->durable_fd != -1)
		close(l->durable_fd);
	if (l->clock_fd != -1)
		close(l->clock_fd);
	free(l->events);
	free(l->adopted);
	free(l);
	d->loop = NULL;
}

void loop_stop(struct jobd *d)
{
	d->stopping = true;
	if (d->read_only)
		d->failed = true;
}

void loop_stats(const struct jobd *d, struct loop_stats *st)
{
	*st = d->loop->stats;
}
