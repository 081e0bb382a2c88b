/*
 * fair: usage that decays, shares, and the boost that follows from both.
 *
 * All in integers, so that a replay is the same everywhere.  Usage runs on by itself
 * between two looks: by the rate at which an account is charged, and by half with
 * each half-life.  Boosts stand still for a minute at a time, so that a pass compares
 * numbers and nothing else.
 */
#include "core/fair.h"

#include <stdlib.h>
#include <string.h>

#include "core/impl.h"

#define TICK INT64_C(60000)
#define ENTRY INT64_C(60000)	/* ms that each start costs beforehand */
#define MEM_PER_CPU 4096	/* MiB: who takes the memory of a cpu takes the cpu */
#define GPU_WEIGHT 8000		/* thousandths of a cpu that a gpu counts for */

/* 2^-(1/2), 2^-(1/4), 2^-(1/8)...; 63 bits behind the point */
static const uint64_t roots[32] = {
	0x5a827999fcef3242, 0x6ba27e656b4eb57a, 0x75606373ee921c97, 0x7a92be8a92436616,
	0x7d41d96db915019d, 0x7e9f06067a4360ba, 0x7f4f08ae3dc7c426, 0x7fa765aca88f6453,
	0x7fd3ab290e46d769, 0x7fe9d3a8e07bf086, 0x7ff4e9597bed93ab, 0x7ffa748dff8dc61f,
	0x7ffd3a3f50020332, 0x7ffe9d1dbc0a75aa, 0x7fff4e8e6306ed59, 0x7fffa74712c3cdfd,
	0x7fffd3a381b1fa29, 0x7fffe9d1beed018a, 0x7ffff4e8defb81d7, 0x7ffffa746f5f012f,
	0x7ffffd3a37a7d0a8, 0x7ffffe9d1bd1fc58, 0x7fffff4e8de8832d, 0x7fffffa746f422d7,
	0x7fffffd3a37a09bb, 0x7fffffe9d1bd02f2, 0x7ffffff4e8de80fe, 0x7ffffffa746f4060,
	0x7ffffffd3a37a028, 0x7ffffffe9d1bd012, 0x7fffffff4e8de809, 0x7fffffffa746f404
};

uint64_t pow2_neg(uint64_t x)
{
	uint64_t r = UINT64_C(1) << 63;
	int i;

	if (x >> 32 >= 63)
		return 0;
	for (i = 0; i < 32; i++)
		if (x >> (31 - i) & 1)
			r = (uint64_t)((unsigned __int128)r * roots[i] >> 63);
	return r >> (x >> 32);
}

int64_t fair_boost(int64_t weight, uint64_t usage, uint64_t shares)
{
	const uint64_t one = UINT64_C(1) << 63;
	unsigned __int128 x = shares == 0 ? UINT64_MAX :
	    ((unsigned __int128)usage << 32) / shares;
	uint64_t f = pow2_neg(x > UINT64_MAX ? UINT64_MAX : (uint64_t)x);
	bool up = f >= one / 2;
	unsigned __int128 away = (up ? f - one / 2 : one / 2 - f) * (unsigned __int128)2;
	int64_t b = (int64_t)((away * (uint64_t)weight + one / 2) >> 63);

	return up ? b : -b;
}

/* ---- accounts */

struct share *shares_copy(const struct share *shares, size_t n)
{
	struct share *all = xcalloc(n + 1, sizeof(*all));
	size_t i;

	for (i = 0; i < n; i++) {
		all[i] = shares[i];
		all[i].name = xstrdup(shares[i].name);
	}
	return all;
}

void shares_free(const struct share *shares, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		free((char *)(uintptr_t)shares[i].name);
	free((struct share *)(uintptr_t)shares);
}

/* An administrator's word beats the configuration's. */
static int64_t shares_of(const struct core *c, const struct account *a)
{
	size_t i;

	if (a->shares_set > 0)
		return a->shares_set;

	for (i = 0; i < c->conf.nshares; i++)
		if (c->conf.shares[i].team == a->is_team &&
		    strcmp(c->conf.shares[i].name, a->name) == 0)
			return c->conf.shares[i].shares;
	return 1;
}

static struct account *find_or_make(struct core *c, struct account *team, bool is_team,
    const char *name)
{
	uint64_t h = hash64(team != NULL ? team->hash : is_team, name, strlen(name));
	struct account *a;

	while ((a = map_get(c->fair.accounts, h)) != NULL) {
		if (a->team == team && a->is_team == is_team && strcmp(a->name, name) == 0)
			return a;
		h = splitmix64(h);
	}
	a = xcalloc(1, sizeof(*a));
	a->hash = h;
	a->name = xstrdup(name);
	a->team = team;
	a->is_team = is_team;
	a->shares = shares_of(c, a);
	a->at = c->now.boot;
	map_put(c->fair.accounts, h, a);
	LIST_INSERT_HEAD(&c->fair.list, a, link);
	c->fair.at = 0;		/* all others have a smaller part now */
	return a;
}

struct account *account_get(struct core *c, const struct job_row *row)
{
	struct account *team = NULL;

	if (row->account != NULL)
		team = find_or_make(c, NULL, true, row->account);
	return find_or_make(c, team, false, row->user);
}

void accounts_free(struct core *c)
{
	struct account *a;

	while ((a = LIST_FIRST(&c->fair.list)) != NULL) {
		LIST_REMOVE(a, link);
		free(a->name);
		free(a);
	}
}

static void account_changed(struct core *c, struct account *a)
{
	if (!a->dirty)
		TAILQ_INSERT_TAIL(&c->fair.stale, a, stale);
	a->dirty = true;
}

static struct account_row *account_row(const struct core *c, const struct account *a)
{
	struct arena *arena = c->turn->arena;
	struct account_row *row = arena_alloc(arena, sizeof(*row));
	const char *team = a->is_team ? a->name : a->team != NULL ? a->team->name : "";

	row->team = arena_strdup(arena, team);
	row->user = arena_strdup(arena, a->is_team ? "" : a->name);
	row->shares = a->shares;
	row->shares_set = a->shares_set;
	row->usage = a->usage;
	row->used_at = c->now.wall - (c->now.boot - a->at);
	row->boost = a->boost;
	return row;
}

void accounts_flush(struct core *c)
{
	struct account *a;

	while (!c->restoring && (a = TAILQ_FIRST(&c->fair.stale)) != NULL) {
		TAILQ_REMOVE(&c->fair.stale, a, stale);
		a->dirty = false;
		turn_mut(c->turn, MUT_ACCOUNT, c->cause)->account = account_row(c, a);
	}
}

static struct account *account_named(struct core *c, const char *team, const char *user)
{
	struct account *t = team != NULL ? find_or_make(c, NULL, true, team) : NULL;

	return user != NULL ? find_or_make(c, t, false, user) : t;
}

/* What is charged at present comes with the executions. */
void account_restore(struct core *c, const struct account_row *row)
{
	struct account *a = account_named(c, row->team[0] != '\0' ? row->team : NULL,
	    row->user[0] != '\0' ? row->user : NULL);

	a->shares_set = row->shares_set;
	a->shares = shares_of(c, a);
	a->usage = row->usage;
	a->at = boot_of(c, row->used_at);
	a->boost = row->boost;
}

static void settle(const struct core *c, struct account *a)
{
	int64_t passed = c->now.boot - a->at, half_life = c->conf.fair_half_life;
	unsigned __int128 steps;

	if (passed <= 0)
		return;
	a->at = c->now.boot;
	if (a->usage > 0 && half_life > 0) {
		steps = ((unsigned __int128)(uint64_t)passed << 32) / (uint64_t)half_life;
		a->usage = (int64_t)((unsigned __int128)(uint64_t)a->usage *
		    pow2_neg(steps > UINT64_MAX ? UINT64_MAX : (uint64_t)steps) >> 63);
	}
	a->usage += a->rate * passed;
}

static int64_t charge(const struct demand *d)
{
	int64_t rate = d->fixed[RES_CPU], mem = d->fixed[RES_MEM] * 1000 / MEM_PER_CPU;
	int64_t gpus = d->fixed[RES_GPU] * GPU_WEIGHT;

	if (mem > rate)
		rate = mem;
	return gpus > rate ? gpus : rate;
}

void account_charge(struct core *c, struct account *a, const struct demand *d, int sign)
{
	int64_t rate = charge(d);

	if (c->restoring) {	/* it has been charged since the account's row was written */
		a->rate += rate;
		return;
	}
	settle(c, a);
	a->rate += sign * rate;
	if (sign > 0)
		a->usage += rate * ENTRY;
	account_changed(c, a);
}

/* ---- the tick */

struct site {
	int64_t usage, shares;
};

/* It has a part in what there is to share. */
static bool competes(const struct account *a)
{
	return a->live > 0 || a->usage > 0;
}

/* Users give their teams the sums; teams, and users without one, give the site its own. */
static void add_up(struct core *c, struct site *site)
{
	struct account *a;

	LIST_FOREACH(a, &c->fair.list, link)
		if (a->is_team)
			a->sum_usage = a->sum_shares = 0;
	LIST_FOREACH(a, &c->fair.list, link) {
		if (a->is_team)
			continue;
		settle(c, a);
		if (!competes(a))
			continue;
		if (a->team != NULL) {
			a->team->sum_usage += a->usage;
			a->team->sum_shares += a->shares;
		} else {
			site->usage += a->usage;
			site->shares += a->shares;
		}
	}
	LIST_FOREACH(a, &c->fair.list, link)
		if (a->is_team && a->sum_shares > 0) {
			site->usage += a->sum_usage;
			site->shares += a->shares;
		}
}

static uint64_t part(int64_t n, int64_t of)
{
	return of > 0 ? (uint64_t)(((unsigned __int128)(uint64_t)n << 32) / (uint64_t)of) : 0;
}

static uint64_t within(uint64_t inner, uint64_t outer)
{
	return (uint64_t)((unsigned __int128)inner * outer >> 32);
}

static int64_t boost(const struct core *c, const struct account *a, const struct site *site)
{
	const struct account *t = a->team;
	uint64_t usage, shares;

	if (!competes(a))
		return 0;
	if (t == NULL)
		return fair_boost(c->conf.fair_weight, part(a->usage, site->usage),
		    part(a->shares, site->shares));
	usage = within(part(a->usage, t->sum_usage), part(t->sum_usage, site->usage));
	shares = within(part(a->shares, t->sum_shares), part(t->shares, site->shares));
	return fair_boost(c->conf.fair_weight, usage, shares);
}

bool fair_tick(struct core *c)
{
	struct site site = { 0, 0 };
	struct account *a;
	bool changed = false;

	c->fair.at = c->now.boot + TICK;
	add_up(c, &site);
	LIST_FOREACH(a, &c->fair.list, link) {
		int64_t b = a->is_team ? 0 : boost(c, a, &site);

		changed = changed || b != a->boost;
		a->boost = b;
		if (competes(a))
			account_changed(c, a);
	}
	return changed;
}

/* Only where somebody waits does the order matter. */
int64_t fair_due(const struct core *c)
{
	return fair_counts(c) && c->counts[JOB_QUEUED] > 0 ? c->fair.at : INT64_MAX;
}

void fair_configure(struct core *c)
{
	struct account *a;

	LIST_FOREACH(a, &c->fair.list, link)
		a->shares = shares_of(c, a);
	c->fair.at = 0;
}

void on_account_set(struct core *c, const struct event *ev)
{
	const struct ev_account_set *s = &ev->account_set;
	struct effect *f = turn_effect(c->turn, EFF_REPLY);
	struct account *a;

	f->token = ev->token;
	f->reply.items = arena_alloc(c->turn->arena, sizeof(*f->reply.items));
	f->reply.n = 1;
	if (!ev->cause.actor.admin) {
		f->reply.items[0].code = ERR_PERM;
		f->reply.items[0].text = "only an administrator may do that";
		return;
	}
	a = account_named(c, s->team, s->user);
	a->shares_set = s->shares;
	a->shares = shares_of(c, a);
	c->fair.at = 0;
	account_changed(c, a);
}
