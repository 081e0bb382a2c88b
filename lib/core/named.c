/*
 * named: the resources that workers name, each with a place in the vectors.
 *
 * A name gets a place when a worker has it; a place is given to another name when no
 * worker has any of it and nothing is booked.  Then every demand is looked up again.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/amounts.h"
#include "base/buf.h"
#include "core/impl.h"

int64_t named_find(const struct core *c, const char *name, size_t len)
{
	for (size_t i = 0; i < NAMED_MAX; i++)
		if (c->offers.named[i] != NULL && strlen(c->offers.named[i]) == len &&
		    memcmp(c->offers.named[i], name, len) == 0)
			return RES_NAMED + (int64_t)i;
	return RES_NONE;
}

/* Those of no worker stand last; the needs of rows stand before, in the order of RES_. */
void named_resolve(const struct core *c, struct demand *d)
{
	const char *at = d->named;
	struct need *first = d->needs.list, *x, moved;
	struct amount a;

	while (first < d->needs.list + d->needs.n && first->res < RES_NAMED)
		first++;
	for (x = first; amounts_next(&at, &a); x++) {
		moved = (struct need){ a.n, named_find(c, a.name, a.len) };
		*x = moved;
		for (struct need *y = x; y > first && y[-1].res > moved.res; y--) {
			*y = y[-1];
			y[-1] = moved;
		}
	}
}

static bool unused(const struct core *c, int64_t res)
{
	const struct worker *w;

	LIST_FOREACH(w, &c->workers, link)
		if (w->total[res] != 0 || w->free[res] != 0)
			return false;
	return true;
}

static size_t free_place(const struct core *c)
{
	size_t i;

	for (i = 0; i < NAMED_MAX && c->offers.named[i] != NULL; i++)
		;
	if (i < NAMED_MAX)
		return i;
	for (i = 0; i < NAMED_MAX && !unused(c, RES_NAMED + (int64_t)i); i++)
		;
	return i;
}

int64_t named_add(struct core *c, const char *name, size_t len)
{
	int64_t res = named_find(c, name, len);
	struct shape *s;
	size_t i;

	if (res != RES_NONE)
		return res;
	i = free_place(c);
	if (i == NAMED_MAX)
		return RES_NONE;
	free(c->offers.named[i]);
	c->offers.named[i] = xstrndup(name, len);
	LIST_FOREACH(s, &c->shape_list, link)
		named_resolve(c, &s->want);
	return RES_NAMED + (int64_t)i;
}

void named_hold(struct core *c, const struct demand *d)
{
	const char *at = d->named;
	struct amount a;

	while (amounts_next(&at, &a))
		(void)named_add(c, a.name, a.len);
}

const char *named_text(const struct core *c, struct arena *a, const int64_t v[RES_COUNT],
    const int64_t total[RES_COUNT])
{
	const char *text = NULL;
	struct buf b;

	buf_init(&b, 4096);
	for (size_t i = 0; i < NAMED_MAX; i++)
		if (total[RES_NAMED + i] > 0)
			buf_addf(&b, "%s%s=%" PRId64, b.len > 0 ? "," : "", c->offers.named[i],
			    v[RES_NAMED + i]);
	if (b.len > 0)
		text = arena_strdup(a, b.data);
	buf_release(&b);
	return text;
}

void named_free(struct core *c)
{
	for (size_t i = 0; i < NAMED_MAX; i++)
		free(c->offers.named[i]);
}
