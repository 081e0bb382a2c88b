/*
 * intern: what many jobs share: owners, failure rules and shapes.
 *
 * A job points at these instead of holding them, which keeps a live job well
 * under a kilobyte.  Rules and shapes are counted and go with their last job;
 * owners stay, since they are few.
 */
#include <bsd/string.h>
#include <stdlib.h>
#include <string.h>

#include "core/given.h"
#include "core/impl.h"
#include "core/texts.h"

/* A taken place in the map with other content moves us to the next key. */
#define NEXT_KEY(h) splitmix64(h)

struct owner *owner_get(struct core *c, int64_t uid, const char *name)
{
	uint64_t h = hash_text((uint64_t)uid, name);
	struct owner *o;

	while ((o = map_get(c->owners, h)) != NULL) {
		if (o->uid == uid && strncmp(o->name, name, sizeof(o->name) - 1) == 0)
			return o;
		h = NEXT_KEY(h);
	}
	o = xcalloc(1, sizeof(*o));
	o->uid = uid;
	strlcpy(o->name, name, sizeof(o->name));
	map_put(c->owners, h, o);
	return o;
}

static bool rule_is(const struct rule *r, const struct job_row *row)
{
	return r->max_retries == row->max_retries && r->policy == row->retry_policy &&
	    r->delay == row->retry_delay && r->max_delay == row->retry_max_delay &&
	    r->jitter == row->retry_jitter && same_text(r->retry_on, row->retry_on) &&
	    same_text(r->no_retry_on, row->no_retry_on) &&
	    same_text(r->success_codes, row->success_codes) &&
	    same_text(r->retry_mem, row->retry_mem) && same_text(r->notify, row->notify);
}

static uint64_t rule_hash(const struct job_row *row)
{
	const int64_t n[] = { row->max_retries, row->retry_policy, row->retry_delay,
	    row->retry_max_delay, row->retry_jitter };
	uint64_t h = hash64(0, n, sizeof(n));

	h = hash_text(h, row->retry_on);
	h = hash_text(h, row->no_retry_on);
	h = hash_text(h, row->retry_mem);
	h = hash_text(h, row->notify);
	return hash_text(h, row->success_codes);
}

struct rule *rule_get(struct core *c, const struct job_row *row)
{
	uint64_t h = rule_hash(row);
	struct rule *r;

	while ((r = map_get(c->rules, h)) != NULL) {
		if (rule_is(r, row)) {
			r->users++;
			return r;
		}
		h = NEXT_KEY(h);
	}
	r = xcalloc(1, sizeof(*r));
	r->hash = h;
	r->users = 1;
	r->max_retries = row->max_retries;
	r->policy = row->retry_policy;
	r->delay = row->retry_delay;
	r->max_delay = row->retry_max_delay;
	r->jitter = row->retry_jitter;
	r->retry_on = copy_text(row->retry_on);
	r->no_retry_on = copy_text(row->no_retry_on);
	r->success_codes = copy_text(row->success_codes);
	r->retry_mem = copy_text(row->retry_mem);
	r->notify = copy_text(row->notify);
	map_put(c->rules, h, r);
	return r;
}

void rule_row(const struct rule *r, struct job_row *row)
{
	row->max_retries = r->max_retries;
	row->retry_policy = r->policy;
	row->retry_delay = r->delay;
	row->retry_max_delay = r->max_delay;
	row->retry_jitter = r->jitter;
	row->retry_on = r->retry_on;
	row->no_retry_on = r->no_retry_on;
	row->success_codes = r->success_codes;
	row->retry_mem = r->retry_mem;
	row->notify = r->notify;
}

static void rule_free(struct rule *r)
{
	free(r->retry_on);
	free(r->no_retry_on);
	free(r->success_codes);
	free(r->retry_mem);
	free(r->notify);
	free(r);
}

void rule_put(struct core *c, struct rule *r)
{
	if (--r->users > 0)
		return;
	map_del(c->rules, r->hash);
	rule_free(r);
}

/* Others are no part of its limit. */
static int64_t limited_array(const struct job_row *row)
{
	return row->array_limit > 0 ? row->array_id : 0;
}

static bool shape_is(const struct shape *s, const struct account *account, const char *queue,
    const struct job_row *row)
{
	return s->account == account && strcmp(s->queue, queue) == 0 &&
	    s->limit == row->array_limit && s->array == limited_array(row) &&
	    demand_is(&s->want, row);
}

struct shape *shape_get(struct core *c, const struct job_row *row)
{
	struct account *account = account_get(c, row);
	const char *queue = row->queue != NULL ? row->queue : "";
	struct shape *s;
	uint64_t h;

	h = hash_text(demand_hash(account->hash, row), queue) + (uint64_t)limited_array(row);
	while ((s = map_get(c->shapes, h)) != NULL) {
		if (shape_is(s, account, queue, row)) {
			s->users++;
			return s;
		}
		h = NEXT_KEY(h);
	}
	s = xcalloc(1, sizeof(*s));
	s->hash = h;
	s->users = 1;
	s->account = account;
	account->live++;
	s->queue = xstrdup(queue);
	quota_holders(c, s, row);
	s->closed = (uint8_t)queue_closed(c, queue);
	s->array = limited_array(row);
	s->limit = row->array_limit;
	demand_make(c, &s->want, row);
	s->pace = -1;
	RB_INIT(&s->jobs);
	map_put(c->shapes, h, s);
	LIST_INSERT_HEAD(&c->shape_list, s, link);
	return s;
}

bool array_allows(const struct shape *s)
{
	return s->limit == 0 || s->active < s->limit;
}

void shape_row(const struct shape *s, struct job_row *row)
{
	row->account = s->account->team != NULL ? s->account->team->name : NULL;
	row->queue = s->queue;
	row->array_id = s->array;
	row->array_limit = s->limit;
	demand_row(&s->want, row);
}

static void shape_free(struct core *c, struct shape *s)
{
	LIST_REMOVE(s, link);
	s->account->live--;
	demand_release(c, &s->want);
	free(s->queue);
	free(s);
}

void shape_put(struct core *c, struct shape *s)
{
	if (--s->users > 0)
		return;
	map_del(c->shapes, s->hash);
	shape_free(c, s);
}

void intern_free(struct core *c)
{
	struct owner *o;
	struct rule *r;
	struct shape *s;
	size_t i;

	for (i = 0; (o = map_next(c->owners, &i)) != NULL;)
		free(o);
	for (i = 0; (r = map_next(c->rules, &i)) != NULL;)
		rule_free(r);
	for (i = 0; (s = map_next(c->shapes, &i)) != NULL;)
		shape_free(c, s);
	accounts_free(c);
	namesakes_free(c);
}
