/*
 * turn: the growing lists of a turn and the arena behind them.
 *
 * Owns the storage of mutations and effects; knows nothing of what they mean.
 */
#include "core/turn.h"

#include <stdlib.h>
#include <string.h>

struct turn *turn_new(uint64_t number)
{
	struct turn *t = xcalloc(1, sizeof(*t));

	t->number = number;
	t->arena = arena_new();
	return t;
}

void turn_free(struct turn *t)
{
	if (t == NULL)
		return;
	free(t->muts);
	free(t->effects);
	arena_free(t->arena);
	free(t);
}

/* Doubling: a cascade of thousands costs a handful of copies. */
static void *grow(void *list, size_t n, size_t *cap, size_t size)
{
	if (n < *cap)
		return list;
	*cap = *cap != 0 ? *cap * 2 : 16;
	return xreallocarray(list, *cap, size);
}

/* Events hand the same cause to many mutations: one copy serves a run of them. */
static const struct cause *keep_cause(struct turn *t, const struct cause *cause)
{
	const struct cause *last = t->nmuts > 0 ? t->muts[t->nmuts - 1].cause : NULL;

	if (last != NULL && memcmp(last, cause, sizeof(*cause)) == 0)
		return last;
	return arena_memdup(t->arena, cause, sizeof(*cause));
}

struct mut *turn_mut(struct turn *t, enum mut_type type, const struct cause *cause)
{
	const struct cause *kept = keep_cause(t, cause);
	struct mut *m;

	t->muts = grow(t->muts, t->nmuts, &t->cap_muts, sizeof(*t->muts));
	m = &t->muts[t->nmuts++];
	memset(m, 0, sizeof(*m));
	m->type = type;
	m->cause = kept;
	return m;
}

struct effect *turn_effect(struct turn *t, enum effect_type type)
{
	struct effect *f;

	t->effects = grow(t->effects, t->neffects, &t->cap_effects, sizeof(*t->effects));
	f = &t->effects[t->neffects++];
	memset(f, 0, sizeof(*f));
	f->type = type;
	return f;
}
