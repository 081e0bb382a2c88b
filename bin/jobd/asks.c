/*
 * asks: what the core was asked and has not answered durably yet.
 *
 * Owns the numbering of tokens and the map from a token to who waits for it.
 * Promises that answer is called once for each ask, also when its client has gone
 * (then with no client), and never for a token of another time.
 */
#include <stdlib.h>

#include "client.h"

struct asks {
	uint64_t last;
	struct map *by_token;
};

int asks_init(struct jobd *d)
{
	d->asks = xcalloc(1, sizeof(*d->asks));
	d->asks->by_token = map_new();
	return 0;
}

void asks_free(struct jobd *d)
{
	struct ask *a;
	size_t i = 0;

	if (d->asks == NULL)
		return;
	while ((a = map_next(d->asks->by_token, &i)) != NULL)
		free(a);
	map_free(d->asks->by_token);
	free(d->asks);
	d->asks = NULL;
}

struct ask *ask_new(struct jobd *d, struct client *c, uint64_t seq, answer_fn answer)
{
	struct ask *a = xcalloc(1, sizeof(*a));

	a->token = ++d->asks->last;
	a->seq = seq;
	a->answer = answer;
	a->client = c;
	if (c != NULL) {
		LIST_INSERT_HEAD(&c->asks, a, link);
		c->nasks++;
	}
	map_put(d->asks->by_token, a->token, a);
	return a;
}

void ask_answer(struct jobd *d, uint64_t token, const struct effect *f)
{
	struct ask *a = map_del(d->asks->by_token, token);
	struct client *c;

	if (a == NULL)
		return;
	c = a->client;
	if (c != NULL) {
		LIST_REMOVE(a, link);
		c->nasks--;
	}
	a->answer(d, a, f);
	free(a);
	if (c != NULL)
		client_resume(c);
}

void ask_refuse(struct jobd *d, uint64_t token, const struct err *e)
{
	struct reply_item item = { .code = (int)e->code, .text = e->text };
	struct effect f = { .type = EFF_REPLY, .token = token };

	f.reply.items = &item;
	f.reply.n = 1;
	ask_answer(d, token, &f);
}

void asks_forget(struct client *c)
{
	struct ask *a;

	while ((a = LIST_FIRST(&c->asks)) != NULL) {
		LIST_REMOVE(a, link);
		a->client = NULL;
	}
	c->nasks = 0;
}
