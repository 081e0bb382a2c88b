/*
 * core: the turn.
 *
 * Applies events by a table, lets cascades go on, fires timers, runs the matcher
 * when something changed that may let a job start, and writes the rows of all that
 * changed.  The same path serves requests, workers, time and recovery.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/impl.h"

typedef void (*handler)(struct core *c, const struct event *ev);

static void on_watch(struct core *c, const struct event *ev)
{
	const struct job *j = job_get(c, ev->watch.job);
	struct effect *f;

	if (j == NULL)
		j = array_element(c, ev->watch.job);
	if (j != NULL) {
		job_state_effect(c, j, ev->token);
		return;
	}
	f = turn_effect(c->turn, EFF_STATE);
	f->token = ev->token;
	f->job = ev->watch.job;
	f->state.unknown = true;
}

/* The loop, which has attached no worker so far, does so when this is durable. */
static void on_accept(struct core *c, const struct event *ev)
{
	struct effect *f = turn_effect(c->turn, EFF_REPLY);

	turn_mut(c->turn, MUT_ACCEPT, c->cause);
	f->token = ev->token;
	f->reply.n = 1;
	f->reply.items = arena_alloc(c->turn->arena, sizeof(struct reply_item));
}

static void on_tick(struct core *c, const struct event *ev)
{
	(void)c;	/* time itself is the news: every turn looks at its timers */
	(void)ev;
}

static const handler handlers[EV_TYPE_COUNT] = {
	[EV_SUBMIT] = on_submit,
	[EV_CONTROL] = on_control,
	[EV_WORKER_SET] = on_worker_set,
	[EV_WORKER_UP] = on_worker_up,
	[EV_WORKER_DOWN] = on_worker_down,
	[EV_WORKER_LOST] = on_worker_lost,
	[EV_WORKER_GONE] = on_worker_gone,
	[EV_WORKER_BEAT] = on_worker_beat,
	[EV_STARTED] = on_exec,
	[EV_ENDED] = on_exec,
	[EV_RESTORE] = on_restore,
	[EV_SCHEDULE] = on_schedule,
	[EV_ZONE] = on_zone,
	[EV_ACCEPT] = on_accept,
	[EV_WATCH] = on_watch,
	[EV_TICK] = on_tick,
	[EV_ACCOUNT_SET] = on_account_set,
	[EV_SETTING] = on_setting,
	[EV_NOTICED] = on_noticed,
};

/* What the core does by itself is caused by nobody else. */
static const struct cause own_cause = {
	.actor = { .name = "jobd", .method = BY_SYSTEM, .uid = -1 },
	.via = "turn",
};

static char *keep(const char *s)
{
	return s != NULL ? xstrdup(s) : NULL;
}

static void conf_take(struct core *c, const struct core_conf *conf)
{
	char *retry_on = keep(conf->retry_on), *no_retry_on = keep(conf->no_retry_on);
	char *tokens = keep(conf->tokens);
	struct share *shares = shares_copy(conf->shares, conf->nshares);
	struct queue_conf *queues = queues_copy(conf->queues, conf->nqueues);
	char *default_queue = keep(conf->default_queue), *time_zone = keep(conf->time_zone);
	struct calendars calendars = calendars_copy(&conf->calendars);

	free((char *)(uintptr_t)c->conf.retry_on);
	free((char *)(uintptr_t)c->conf.no_retry_on);
	free((char *)(uintptr_t)c->conf.tokens);
	free((char *)(uintptr_t)c->conf.default_queue);
	free((char *)(uintptr_t)c->conf.time_zone);
	shares_free(c->conf.shares, c->conf.nshares);
	queues_free(c->conf.queues, c->conf.nqueues);
	calendars_free(&c->conf.calendars);
	c->conf = *conf;
	c->conf.calendars = calendars;
	c->conf.shares = shares;
	c->conf.queues = queues;
	c->conf.default_queue = default_queue;
	c->conf.time_zone = time_zone;
	c->conf.retry_on = retry_on;
	c->conf.no_retry_on = no_retry_on;
	c->conf.tokens = tokens;
	tokens_configure(c);
	queues_configure(c);
	if (c->conf.cascade <= 0)
		c->conf.cascade = 1000;
}

struct core *core_new(const struct core_conf *conf)
{
	struct core *c = xcalloc(1, sizeof(*c));

	conf_take(c, conf);
	c->next_id = 1;
	c->jobs = map_new();
	c->uuids = map_new();
	c->keys = map_new();
	c->shapes = map_new();
	c->rules = map_new();
	c->owners = map_new();
	c->hosts = map_new();
	c->filters = map_new();
	c->namesakes = map_new();
	c->fair.accounts = map_new();
	RB_INIT(&c->arrays);
	LIST_INIT(&c->shape_list);
	LIST_INIT(&c->workers);
	LIST_INIT(&c->offers.tokens);
	LIST_INIT(&c->fair.list);
	TAILQ_INIT(&c->fair.stale);
	holders_init(&c->holders);
	LIST_INIT(&c->lost);
	LIST_INIT(&c->stuck);
	TAILQ_INIT(&c->stale);
	TAILQ_INIT(&c->grown);
	TAILQ_INIT(&c->lively);
	RB_INIT(&c->room);
	c->capability = 1;
	TAILQ_INIT(&c->plan.slots);
	TAILQ_INIT(&c->plan.fresh);
	c->plan.due = INT64_MAX;
	TAILQ_INIT(&c->ended);
	TAILQ_INIT(&c->cascade);
	plans_init(&c->plans);
	runtimes_init(&c->runtimes);
	notices_init(&c->notices);
	return c;
}

static void free_maps(struct core *c)
{
	map_free(c->jobs);
	map_free(c->uuids);
	map_free(c->keys);
	map_free(c->shapes);
	map_free(c->rules);
	map_free(c->owners);
	map_free(c->hosts);
	map_free(c->filters);
	map_free(c->namesakes);
	map_free(c->fair.accounts);
}

void core_free(struct core *c)
{
	struct worker *w;
	struct job *j;
	size_t i;

	if (c == NULL)
		return;
	for (i = 0; (j = map_next(c->jobs, &i)) != NULL;)
		job_free(c, j);
	while ((w = LIST_FIRST(&c->workers)) != NULL) {
		LIST_REMOVE(w, link);
		worker_free(w);
	}
	plans_free(&c->plans);
	runtimes_free(&c->runtimes);
	notices_free(&c->notices);
	intern_free(c);
	tokens_release(c);
	named_free(c);
	holders_free(&c->holders);
	free_maps(c);
	free(c->wall.jobs);
	free(c->wall.due);
	free(c->boot.jobs);
	free(c->boot.due);
	free(c->touched);
	free((char *)(uintptr_t)c->conf.retry_on);
	free((char *)(uintptr_t)c->conf.no_retry_on);
	free((char *)(uintptr_t)c->conf.tokens);
	free((char *)(uintptr_t)c->conf.default_queue);
	free((char *)(uintptr_t)c->conf.time_zone);
	shares_free(c->conf.shares, c->conf.nshares);
	queues_free(c->conf.queues, c->conf.nqueues);
	calendars_free(&c->conf.calendars);
	free(c);
}

void core_configure(struct core *c, const struct core_conf *conf)
{
	bool other = c->conf.policy != conf->policy || c->conf.plan_by != conf->plan_by ||
	    c->conf.reservations != conf->reservations ||
	    c->conf.age_interval != conf->age_interval || c->conf.age_step != conf->age_step;

	if (other)
		plan_lift(c);
	conf_take(c, conf);
	fair_configure(c);
	quotas_configure(c);
	workers_reorder(c);
	plans_configure(c);
	if (other)
		order_rebuild(c);
	c->must_match = true;
}

void core_turn(struct core *c, struct now now, const struct event *events, size_t n,
    struct turn *t)
{
	size_t i;

	c->turn = t;
	c->now = now;
	for (i = 0; i < n; i++) {
		c->cause = &events[i].cause;
		handlers[events[i].type](c, &events[i]);
	}
	c->cause = &own_cause;
	if (!c->restoring) {
		queues_tick(c);
		timers_fire(c);
		lost_fire(c);
		cascade_run(c);
		plans_fire(c);
		notices_fire(c);
		if (fair_due(c) <= now.boot && fair_tick(c)) {
			plan_reorder(c);
			c->must_match = true;
		}
		if ((c->must_match || c->plan.due <= now.boot) && !c->conf.read_only)
			match_pass(c);
	}
	jobs_flush(c);
	workers_flush(c);
	accounts_flush(c);
	quotas_flush(c);
	plans_flush(c);
	c->turn = NULL;
	c->cause = NULL;
}

bool core_busy(const struct core *c)
{
	return !c->restoring && (!TAILQ_EMPTY(&c->cascade) ||
	    (c->must_match && !c->conf.read_only));
}

/* Of two that are -1 when there is none. */
static int64_t sooner(int64_t a, int64_t b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

int64_t core_due(const struct core *c, struct now now)
{
	int64_t due = sooner(sooner(timers_due(c, now), notices_due(c, now)),
	    sooner(plans_due(c, now), lost_due(c, now)));
	int64_t at = fair_due(c);

	due = sooner(due, queues_due(c, now));
	if (core_busy(c))
		return 0;
	if (c->plan.due < at && !c->conf.read_only)
		at = c->plan.due;
	if (at == INT64_MAX)
		return due;
	return sooner(due, at > now.boot ? at - now.boot : 0);
}

void core_durable(struct core *c, uint64_t turn)
{
	struct job *j, *next;

	for (j = TAILQ_FIRST(&c->ended); j != NULL; j = next) {
		next = TAILQ_NEXT(j, chain);
		if (j->ended_turn > turn)
			return;		/* in order of their turns */
		if (LIST_EMPTY(&j->children) && LIST_EMPTY(&j->starters) && j->pending == NULL)
			job_free(c, j);
	}
}

int64_t core_find_uuid(const struct core *c, const struct uuid *u)
{
	const struct job *j = job_by_uuid(c, u);

	return j != NULL ? j->id : 0;
}

int64_t core_find_key(const struct core *c, int64_t uid, const char *key)
{
	const struct job *j = job_by_key(c, uid, key);

	return j != NULL ? j->id : 0;
}

bool core_holds(const struct core *c, int64_t job)
{
	return job_get(c, job) != NULL;
}

size_t core_count(const struct core *c, enum job_status s)
{
	return c->counts[s];
}

int64_t core_next_id(const struct core *c)
{
	return c->next_id;
}
