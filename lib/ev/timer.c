/*
 * timer: timers on CLOCK_BOOTTIME.
 *
 * Owns one timerfd for all timers of a loop and the tree of what is due when.
 * libevent's own timers stand still while the machine is suspended; a lease or a
 * time limit must not.  The timerfd is set anew only when something earlier comes
 * or when it has fired: a timer that is moved back and forth costs no system call.
 * Promises that a timer never fires early, and that one set within a callback
 * fires in a later round.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "ev/impl.h"

#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)
#define MS_MAX (INT64_C(100) * 366 * 86400 * 1000)

enum timer_state { TIMER_OFF, TIMER_WAITS, TIMER_DUE };

struct ev_timer {
	struct ev *ev;
	void (*fn)(void *arg);
	void *arg;
	enum timer_state state;		/* which list it is on */
	int64_t due;			/* ns */
	RB_ENTRY(ev_timer) waits;
	TAILQ_ENTRY(ev_timer) link;
};

/* libbsd's RB_GENERATE_STATIC needs a macro that it does not define. */
#define UNUSED_STATIC __attribute__((unused)) static

static int timer_cmp(struct ev_timer *a, struct ev_timer *b)
{
	if (a->due != b->due)
		return a->due < b->due ? -1 : 1;
	if (a == b)
		return 0;
	return (uintptr_t)a < (uintptr_t)b ? -1 : 1;
}

RB_GENERATE_INTERNAL(timer_tree, ev_timer, waits, timer_cmp, UNUSED_STATIC)

static int64_t boot_ns(void)
{
	struct timespec ts;

	/* It cannot fail: timers_init has seen that this clock is there. */
	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (int64_t)ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

/* Makes timer_fd ready at the first timer's time, if that is not arranged already. */
static void timers_arm(struct ev *ev)
{
	struct ev_timer *first = RB_MIN(timer_tree, &ev->timers);
	struct itimerspec its = { .it_value.tv_sec = 0 };

	if (first == NULL || (ev->armed != 0 && ev->armed <= first->due))
		return;
	its.it_value.tv_sec = first->due / NS_PER_S;
	its.it_value.tv_nsec = first->due % NS_PER_S;
	if (timerfd_settime(ev->timer_fd, TFD_TIMER_ABSTIME, &its, NULL) == -1)
		abort();	/* the arguments are ours */
	ev->armed = first->due;
}

static void timers_ready(void *arg, int ready)
{
	struct ev *ev = arg;
	struct ev_timer *t;
	uint64_t times;
	int64_t now;

	(void)ready;
	if (read(ev->timer_fd, &times, sizeof(times)) == -1 && errno != EAGAIN && errno != EINTR)
		abort();
	ev->armed = 0;
	now = boot_ns();
	while ((t = RB_MIN(timer_tree, &ev->timers)) != NULL && t->due <= now) {
		RB_REMOVE(timer_tree, &ev->timers, t);
		TAILQ_INSERT_TAIL(&ev->due, t, link);
		t->state = TIMER_DUE;
	}
	while ((t = TAILQ_FIRST(&ev->due)) != NULL) {
		TAILQ_REMOVE(&ev->due, t, link);
		t->state = TIMER_OFF;
		t->fn(t->arg);
	}
	timers_arm(ev);
}

int timers_init(struct ev *ev, struct err *e)
{
	RB_INIT(&ev->timers);
	TAILQ_INIT(&ev->due);
	ev->timer_fd = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (ev->timer_fd == -1)
		return err_sys(e, ERR_OS, "timerfd");
	ev->timer_io = ev_io_new(ev, ev->timer_fd, timers_ready, ev);
	ev_io_want(ev->timer_io, EV_IN);
	return 0;
}

void timers_release(struct ev *ev)
{
	ev_io_free(ev->timer_io);
	if (ev->timer_fd != -1)
		close(ev->timer_fd);
}

struct ev_timer *ev_timer_new(struct ev *ev, void (*fn)(void *arg), void *arg)
{
	struct ev_timer *t = xcalloc(1, sizeof(*t));

	t->ev = ev;
	t->fn = fn;
	t->arg = arg;
	return t;
}

static void timer_off(struct ev_timer *t)
{
	if (t->state == TIMER_WAITS)
		RB_REMOVE(timer_tree, &t->ev->timers, t);
	else if (t->state == TIMER_DUE)
		TAILQ_REMOVE(&t->ev->due, t, link);
	t->state = TIMER_OFF;
}

void ev_timer_set(struct ev_timer *t, int64_t ms)
{
	timer_off(t);
	if (ms < 0)
		return;
	t->due = boot_ns() + (ms < MS_MAX ? ms : MS_MAX) * NS_PER_MS;
	t->state = TIMER_WAITS;
	RB_INSERT(timer_tree, &t->ev->timers, t);
	timers_arm(t->ev);
}

void ev_timer_free(struct ev_timer *t)
{
	if (t == NULL)
		return;
	timer_off(t);
	free(t);
}
