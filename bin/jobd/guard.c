/*
 * guard: jobd's own place in the spool, looked at every few seconds.
 *
 * A spool that was removed or put aside, or whose lock somebody took away, is no
 * longer ours: another jobd may serve that name.  Then jobd leaves without touching
 * what is there now.  A socket alone that got lost is made again.
 */
#include <stdlib.h>

#include "base/log.h"
#include "client.h"
#include "process.h"

#define LOOK_MS 2000

static void on_timer(void *arg)
{
	struct jobd *d = arg;
	struct err e;

	if (d->stopping)
		return;
	if (spool_kept(&d->spool, d->lock, &e) == -1) {
		log_error("stopping; jobs run on: %s", e.text);
		d->status = 74;
		d->failed = d->lost = true;
		return;
	}
	listen_again(d);
	viewd_again(d);
	workers_look(d);
	ev_timer_set(d->guard, LOOK_MS);
}

void guard_start(struct jobd *d)
{
	d->guard = ev_timer_new(d->ev, on_timer, d);
	ev_timer_set(d->guard, LOOK_MS);
}

void guard_free(struct jobd *d)
{
	ev_timer_free(d->guard);
	d->guard = NULL;
}
