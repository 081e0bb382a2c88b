/*
 * namesake: live jobs of one owner and name, so that a singleton knows who is before it.
 *
 * A singleton may run when no live job of its owner and name has a lower number: when
 * it is the first of its tree.  So only two changes matter: the first leaves, or
 * another, which was rerun, becomes the first.
 */
#include <stdlib.h>
#include <string.h>

#include "core/impl.h"

static int compare(const struct job *a, const struct job *b)
{
	return a->id < b->id ? -1 : a->id > b->id;
}

#define UNUSED_STATIC __attribute__((unused)) static
RB_GENERATE_INTERNAL(namesake_tree, job, namesake, compare, UNUSED_STATIC)

static struct namesakes *namesakes_get(struct core *c, int64_t uid, const char *name)
{
	uint64_t h = hash64(hash64(0, &uid, sizeof(uid)), name, strlen(name));
	struct namesakes *n;

	for (; (n = map_get(c->namesakes, h)) != NULL; h = splitmix64(h))
		if (n->uid == uid && strcmp(n->name, name) == 0)
			return n;
	n = xcalloc(1, sizeof(*n));
	n->hash = h;
	n->uid = uid;
	n->name = xstrdup(name);
	RB_INIT(&n->jobs);
	map_put(c->namesakes, h, n);
	return n;
}

static struct job *first(const struct namesakes *n)
{
	return RB_MIN(namesake_tree, (struct namesake_tree *)(uintptr_t)&n->jobs);
}

bool singleton_waits(const struct job *j)
{
	return j->singleton && first(j->namesakes) != j;
}

/* While rows come from disk nobody takes a place; all do at the end. */
static void settle(struct core *c, struct job *j)
{
	if (j != NULL && j->singleton && !c->restoring)
		job_settle(c, j);
}

void namesake_enter(struct core *c, struct job *j)
{
	struct job *before = first(j->namesakes);

	RB_INSERT(namesake_tree, &j->namesakes->jobs, j);
	if (before != NULL && j->id < before->id)
		settle(c, before);
}

void namesake_leave(struct core *c, struct job *j)
{
	bool was_first = first(j->namesakes) == j;

	RB_REMOVE(namesake_tree, &j->namesakes->jobs, j);
	if (was_first)
		settle(c, first(j->namesakes));
}

void namesakes_add(struct core *c, struct job *j, const char *name)
{
	j->namesakes = namesakes_get(c, j->owner->uid, name);
	j->namesakes->users++;
	namesake_enter(c, j);
}

static void namesakes_release(struct namesakes *n)
{
	free(n->name);
	free(n);
}

static void namesakes_put(struct core *c, struct namesakes *n)
{
	if (--n->users > 0)
		return;
	map_del(c->namesakes, n->hash);
	namesakes_release(n);
}

void namesakes_drop(struct core *c, struct job *j)
{
	if (!j->is_ended)
		RB_REMOVE(namesake_tree, &j->namesakes->jobs, j);
	namesakes_put(c, j->namesakes);
}

void namesakes_rename(struct core *c, struct job *j, const char *name)
{
	struct namesakes *old = j->namesakes;

	if (strcmp(old->name, name) == 0)
		return;
	namesake_leave(c, j);
	namesakes_add(c, j, name);
	namesakes_put(c, old);
}

void namesakes_free(struct core *c)
{
	struct namesakes *n;
	size_t i;

	for (i = 0; (n = map_next(c->namesakes, &i)) != NULL;)
		namesakes_release(n);
}
