/* core: what of the configuration the scheduling core is told. */
#include "core/core.h"

#include <string.h>

#include "conf/conf.h"

#define CASCADE 1000		/* jobs that a cascade may touch in a turn */

void conf_core(const struct conf *c, const struct sections *s, struct core_conf *core)
{
	memset(core, 0, sizeof(*core));
	core->policy = (enum policy)c->policy;
	core->reservations = c->backfill_reservations;
	core->backfill_order = (enum backfill_order)c->backfill_order;
	core->plan_by = (enum plan_by)c->plan_by;
	core->reserve_after = c->reserve_after;
	core->placement = (enum placement)c->placement;
	core->tokens = c->tokens;
	core->age_interval = c->age_interval;
	core->age_step = c->age_step;
	core->fair_weight = c->fair_weight;
	core->fair_half_life = c->fair_half_life;
	core->shares = s->shares;
	core->nshares = s->nshares;
	core->queues = s->queues;
	core->nqueues = s->nqueues;
	core->site = s->site;
	core->calendars = c->calendars;
	core->default_queue = c->default_queue;
	core->time_zone = c->time_zone;
	core->lease = c->lease;
	core->max_requeues = c->max_requeues;
	core->cascade = CASCADE;
	core->max_queued = c->max_queued;
	core->ahead = c->dispatch_ahead;
	core->notice_rate = c->notice_rate;
	core->notice_retry = c->notice_retry;
	core->misfire_grace = c->misfire_grace;
	core->catch_up_rate = c->catch_up_rate;
	core->retry_on = c->retry_on;
	core->no_retry_on = c->no_retry_on;
}
