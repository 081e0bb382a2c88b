/*
 * filter: which workers may run a job, worked out once for each filter and worker.
 *
 * Whoever says the same shares a filter.  A worker that has never been here may have
 * any label; only its name is known.
 */
#include <stdlib.h>
#include <string.h>

#include "core/impl.h"
#include "core/texts.h"
#include "core/labels.h"

static bool is_true(const struct filter *f, const struct worker *w)
{
	const struct labels l = { w->labels, w->name, w->region, w->zone, w->gpu_type };

	if (f->workers != NULL && !name_list_has(f->workers, w->name))
		return false;
	if (f->exclude != NULL && name_list_has(f->exclude, w->name))
		return false;
	if (worker_is_new(w))
		return true;
	if (f->gpu_type != NULL && !same_text(f->gpu_type, w->gpu_type))
		return false;
	return f->constraints == NULL || label_expr_true(f->constraints, &l);
}

static void look(struct filter *f, const struct worker *w)
{
	size_t word = w->index / 64;
	uint64_t bit = UINT64_C(1) << w->index % 64;

	if (word >= f->words) {
		size_t words = 2 * word + 1;

		f->allowed = xreallocarray(f->allowed, words, sizeof(*f->allowed));
		memset(&f->allowed[f->words], 0, (words - f->words) * sizeof(*f->allowed));
		f->words = words;
	}
	if (is_true(f, w))
		f->allowed[word] |= bit;
	else
		f->allowed[word] &= ~bit;
}

static bool same(const struct filter *a, const struct filter *b)
{
	return same_text(a->constraints, b->constraints) && same_text(a->workers, b->workers) &&
	    same_text(a->exclude, b->exclude) && same_text(a->gpu_type, b->gpu_type);
}

static struct filter *filter_new(struct core *c, const struct filter *like)
{
	struct filter *f = xcalloc(1, sizeof(*f));
	const struct worker *w;

	f->constraints = copy_text(like->constraints);
	f->workers = copy_text(like->workers);
	f->exclude = copy_text(like->exclude);
	f->gpu_type = copy_text(like->gpu_type);
	LIST_FOREACH(w, &c->workers, link)
		look(f, w);
	return f;
}

struct filter *filter_get(struct core *c, const struct filter *like)
{
	static const struct filter none;
	struct filter *f;
	uint64_t h;

	if (same(like, &none))
		return NULL;
	h = hash_text(hash_text(0, like->constraints), like->workers);
	h = hash_text(hash_text(h, like->exclude), like->gpu_type);
	for (; (f = map_get(c->filters, h)) != NULL && !same(f, like); h = splitmix64(h))
		;
	if (f == NULL) {
		f = filter_new(c, like);
		f->hash = h;
		map_put(c->filters, h, f);
	}
	f->users++;
	return f;
}

void filter_put(struct core *c, struct filter *f)
{
	if (f == NULL || --f->users > 0)
		return;
	map_del(c->filters, f->hash);
	free(f->constraints);
	free(f->workers);
	free(f->exclude);
	free(f->gpu_type);
	free(f->allowed);
	free(f);
}

bool filter_allows(const struct filter *f, const struct worker *w)
{
	return f == NULL || (f->allowed[w->index / 64] >> w->index % 64 & 1) != 0;
}

const char *filter_words(const struct filter *f)
{
	const char *const words[] = { f->gpu_type, f->constraints, f->workers, f->exclude };
	size_t i;

	for (i = 0; words[i] == NULL; i++)
		;
	return words[i];
}

void filters_worker(struct core *c, const struct worker *w)
{
	struct filter *f;
	size_t i;

	for (i = 0; (f = map_next(c->filters, &i)) != NULL;)
		look(f, w);
}
