/*
 * share: the sections [user NAME] and [team NAME], whose one key says how many shares
 * each has.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/num.h"
#include "conf/impl.h"

#define SHARES_MAX 1000000

static struct share *share_at(struct conf *c, bool team, const char *name)
{
	struct share *s;
	size_t i;

	for (i = 0; i < c->nshares; i++)
		if (c->shares[i].team == team && strcmp(c->shares[i].name, name) == 0)
			return &c->shares[i];
	c->shares = xreallocarray(c->shares, c->nshares + 1, sizeof(*c->shares));
	s = &c->shares[c->nshares++];
	*s = (struct share){ .name = xstrdup(name), .team = team };
	return s;
}

/* A later one replaces an earlier one: a file that is included may be overridden. */
int conf_share_take(struct conf *c, const struct conf_item *item, struct err *e)
{
	int64_t shares;

	if (strcmp(item->key, "shares") != 0)
		return err_set(e, ERR_CONFIG, "unknown key \"%.64s\": a [%s] has only shares",
		    item->key, item->kind);
	if (num_i64(item->value, 1, SHARES_MAX, &shares, e) == -1) {
		if (e != NULL)
			e->code = ERR_CONFIG;
		return err_prefix(e, "shares");
	}
	share_at(c, strcmp(item->kind, "team") == 0, item->name)->shares = shares;
	return 0;
}

int conf_share_print(const struct conf *c, struct buf *out)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < c->nshares; i++)
		r = buf_addf(out, "[%s %s]\nshares = %" PRId64 "\n",
		    c->shares[i].team ? "team" : "user", c->shares[i].name, c->shares[i].shares);
	return r;
}

void conf_share_free(struct conf *c)
{
	size_t i;

	for (i = 0; i < c->nshares; i++)
		free((char *)(uintptr_t)c->shares[i].name);
	free(c->shares);
}
