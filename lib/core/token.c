/*
 * token: amounts of the whole site, as of licences.
 *
 * job.conf says how many there are; a job has its own from its start to its end.  One
 * that is taken out of job.conf has a total of 0, and whoever asks for it waits.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/amounts.h"
#include "base/buf.h"
#include "core/impl.h"

struct token *token_get(struct core *c, const char *name, size_t len)
{
	struct token *t;

	LIST_FOREACH(t, &c->offers.tokens, link)
		if (strlen(t->name) == len && memcmp(t->name, name, len) == 0)
			return t;
	t = xcalloc(1, sizeof(*t));
	t->name = xstrndup(name, len);
	t->total = amounts_of(c->conf.tokens, name, len);
	LIST_INSERT_HEAD(&c->offers.tokens, t, link);
	return t;
}

void tokens_configure(struct core *c)
{
	struct token *t;

	LIST_FOREACH(t, &c->offers.tokens, link)
		t->total = amounts_of(c->conf.tokens, t->name, strlen(t->name));
}

const char *tokens_short(const struct demand *d)
{
	for (size_t i = 0; i < d->ntokens; i++) {
		const struct token_need *x = &d->token_needs[i];

		if (x->n > x->token->total - x->token->used)
			return x->token->name;
	}
	return NULL;
}

void tokens_book(const struct demand *d, int sign)
{
	for (size_t i = 0; i < d->ntokens; i++)
		d->token_needs[i].token->used += sign * d->token_needs[i].n;
}

int tokens_never(const struct core *c, const char *list, struct err *e)
{
	struct amount a;
	int64_t total;

	while (amounts_next(&list, &a)) {
		total = amounts_of(c->conf.tokens, a.name, a.len);
		if (total == 0)
			return err_set(e, ERR_UNAVAIL, "asks for the token %.*s, which job.conf "
			    "does not name", (int)a.len, a.name);
		if (a.n > total)
			return err_set(e, ERR_UNAVAIL, "asks for %" PRId64 " of the token %.*s, "
			    "of which there are %" PRId64, a.n, (int)a.len, a.name, total);
	}
	return 0;
}

void tokens_release(struct core *c)
{
	struct token *t;

	while ((t = LIST_FIRST(&c->offers.tokens)) != NULL) {
		LIST_REMOVE(t, link);
		free(t->name);
		free(t);
	}
}
