/*
 * graph: names of entries, and the order in which they can be made.
 *
 * The order is found by going from each entry to what it depends on, with a stack of
 * our own: a chain may be as long as the file.
 */
#include "client/graph.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/text.h"

#define NAME_BYTES 64

struct node {
	char *name;
	struct uuid uuid;
	size_t defined, mentioned;	/* lines; 0: not yet */
	struct node *same_hash;
};

struct graph {
	struct map *names;
	size_t line;
};

struct graph *graph_new(void)
{
	struct graph *g = xcalloc(1, sizeof(*g));

	g->names = map_new();
	return g;
}

void graph_free(struct graph *g)
{
	struct node *n, *next;
	size_t i;

	if (g == NULL)
		return;
	for (i = 0; (n = map_next(g->names, &i)) != NULL;)
		for (; n != NULL; n = next) {
			next = n->same_hash;
			free(n->name);
			free(n);
		}
	map_free(g->names);
	free(g);
}

void graph_line(struct graph *g, size_t line)
{
	g->line = line;
}

static struct node *node_get(struct graph *g, const char *name, struct err *e)
{
	uint64_t hash = hash64(0, name, strlen(name));
	struct node *first = map_get(g->names, hash), *n;

	if (!name_valid(name, NAME_BYTES)) {
		err_set(e, ERR_DATA, "\"%.100s\" is no name: 1 to %d letters, digits and ._-:/@+, "
		    "no - in front", name, NAME_BYTES);
		return NULL;
	}
	for (n = first; n != NULL; n = n->same_hash)
		if (strcmp(n->name, name) == 0)
			return n;
	n = xcalloc(1, sizeof(*n));
	n->name = xstrdup(name);
	uuid_new(&n->uuid);
	n->same_hash = first;
	map_put(g->names, hash, n);
	return n;
}

int graph_define(struct graph *g, const char *name, struct uuid *u, struct err *e)
{
	struct node *n = node_get(g, name, e);

	if (n == NULL)
		return -1;
	if (n->defined != 0)
		return err_set(e, ERR_DATA, "line %zu has the name \"%s\" already", n->defined,
		    name);
	n->defined = g->line;
	*u = n->uuid;
	return 0;
}

int graph_mention(struct graph *g, const char *name, struct uuid *u, struct err *e)
{
	struct node *n = node_get(g, name, e);

	if (n == NULL)
		return -1;
	if (n->mentioned == 0)
		n->mentioned = g->line;
	*u = n->uuid;
	return 0;
}

static int check_names(const struct graph *g, struct err *e)
{
	const struct node *n, *bad = NULL;
	size_t i;

	for (i = 0; (n = map_next(g->names, &i)) != NULL;)
		for (; n != NULL; n = n->same_hash)
			if (n->defined == 0 && (bad == NULL || n->mentioned < bad->mentioned))
				bad = n;
	if (bad == NULL)
		return 0;
	return err_set(e, ERR_DATA, "line %zu: dependencies: no line has the name \"%s\"",
	    bad->mentioned, bad->name);
}

/* ---- the order */

struct walk {
	struct msg *const *list;
	const size_t *lines;
	struct map *places;		/* hash of a UUID -> place + 1 */
	struct visit {
		size_t iter;		/* how far its dependencies were looked at */
		size_t from;		/* who led here, + 1 */
		enum { NEW, UNDER_WAY, DONE } state;
	} *visits;
	size_t *order, n;
};

static uint64_t uuid_key(const struct uuid *u)
{
	return hash64(0, u->b, sizeof(u->b));
}

static bool has_uuid(const struct msg *m, const struct uuid *u)
{
	struct uuid own;

	return msg_uuid(m, F_UUID, &own) == 0 && uuid_equal(&own, u);
}

/* The next entry that it depends on, + 1; 0: no more. */
static size_t next_parent(const struct walk *w, size_t at)
{
	const char *dep;

	while ((dep = msg_next(w->list[at], F_DEP, &w->visits[at].iter)) != NULL) {
		const char *id = strchr(dep, ':');
		struct uuid u;
		size_t place;

		if (id == NULL || uuid_parse(id + 1, &u) == -1)
			continue;
		place = (size_t)(uintptr_t)map_get(w->places, uuid_key(&u));
		if (place != 0 && has_uuid(w->list[place - 1], &u))
			return place;
	}
	return 0;
}

static int visit(struct walk *w, size_t root, struct err *e)
{
	size_t at = root + 1, parent;

	while (at != 0) {
		struct visit *v = &w->visits[at - 1];

		v->state = UNDER_WAY;
		parent = next_parent(w, at - 1);
		if (parent == 0) {
			v->state = DONE;
			w->order[w->n++] = at - 1;
			at = v->from;
		} else if (w->visits[parent - 1].state == UNDER_WAY) {
			return err_set(e, ERR_DATA, "line %zu: dependencies: it would wait for "
			    "itself, by way of line %zu", w->lines[parent - 1], w->lines[at - 1]);
		} else if (w->visits[parent - 1].state == NEW) {
			w->visits[parent - 1].from = at;
			at = parent;
		}
	}
	return 0;
}

int graph_order(const struct graph *g, struct msg *const *list, const size_t *lines, size_t n,
    size_t *order, struct err *e)
{
	struct walk w = { .list = list, .lines = lines, .order = order };
	struct uuid u;
	size_t i;
	int r = 0;

	if (check_names(g, e) == -1)
		return -1;
	w.places = map_new();
	w.visits = xcalloc(n + 1, sizeof(*w.visits));
	for (i = 0; i < n; i++)
		if (msg_uuid(list[i], F_UUID, &u) == 0)
			map_put(w.places, uuid_key(&u), (void *)(uintptr_t)(i + 1));
	for (i = 0; r == 0 && i < n; i++)
		if (w.visits[i].state == NEW)
			r = visit(&w, i, e);
	map_free(w.places);
	free(w.visits);
	return r;
}
