/*
 * walk: pages of a view, and the words of a selection, as one stream of rows.
 *
 * Promises that no read stays open for longer than a page.  Whatever the view
 * filters is filtered here again: a filter of its own is a help, not a proof.
 */
#include "view/walk.h"

#include <string.h>

#include "base/hash.h"

#define PAGE 1000

struct walking {
	struct view *v;
	struct walk *w;
	row_fn fn;
	void *arg;
	int64_t at, given;
	bool stopped;
};

bool list_holds(const char *list, const char *word)
{
	size_t n = word ? strlen(word) : 0;

	for (const char *s = list; word; s++) {
		size_t len = strcspn(s, ",");

		if (len == n && memcmp(s, word, n) == 0)
			return true;
		s += len;
		if (*s == '\0')
			break;
	}
	return false;
}

static bool fits_list(const char *list, const char *word)
{
	return list == NULL || list_holds(list, word);
}

static bool fits(const struct walking *k, const struct job_row *row)
{
	const struct walk *w = k->w;
	const struct job_filter *f = &w->filter;

	if (f->statuses && (row->status < 0 || row->status > JOB_CANCELLED ||
	    !(f->statuses & (1u << row->status))))
		return false;
	if ((f->since && row->created_at < f->since) || (f->until && row->created_at > f->until))
		return false;
	if (w->mine && !view_is_mine(k->v, row))
		return false;
	return fits_list(w->users, row->user) && fits_list(w->names, row->name) &&
	    fits_list(w->queues, row->queue) && fits_list(w->workers, row->worker) &&
	    (!w->match || w->match(w->arg, row));
}

static int each(void *arg, const void *p)
{
	const struct job_row *row = p;
	struct walking *k = arg;

	k->at = row->id;
	if (!fits(k, row))
		return 0;
	k->given++;
	if (k->fn(k->arg, row) || (k->w->max && k->given >= k->w->max))
		k->stopped = true;
	return k->stopped;
}

static int walk_all(struct walking *k, struct err *e)
{
	struct job_filter f = k->w->filter;
	bool more = true;

	f.limit = PAGE;
	while (more && !k->stopped) {
		if (view_jobs(k->v, &f, each, k, &more, e) < 0)
			return -1;
		f.after = k->at;
	}
	return 0;
}

/* ---- jobs by their ids, in the order in which they are wanted */

struct near {		/* rows of ids that lie close together, by id */
	struct arena *arena;
	struct map *rows;
	int64_t at;
};

static int near_keep(void *arg, const void *row)
{
	struct near *n = arg;

	n->at = ((const struct job_row *)row)->id;
	map_put(n->rows, (uint64_t)n->at, row_keep(n->arena, &table_jobs, row));
	return 0;
}

static int near_read(struct near *n, struct view *v, int64_t first, int64_t last, struct err *e)
{
	struct job_filter f = { .first = first, .last = last, .history = true, .limit = PAGE };
	bool more = true;

	for (; more; f.after = n->at) {
		if (view_jobs(v, &f, near_keep, n, &more, e) < 0)
			return -1;
	}
	return 0;
}

static int give_near(struct walking *k, const int64_t *ids, size_t n, int64_t first,
    int64_t last, struct err *e)
{
	struct near near = { .arena = arena_new(), .rows = map_new() };
	int r = near_read(&near, k->v, first, last, e);

	for (size_t i = 0; i < n && r == 0 && !k->stopped; i++) {
		const struct job_row *row = map_get(near.rows, (uint64_t)ids[i]);

		if (row != NULL)
			each(k, row);
	}
	map_free(near.rows);
	arena_free(near.arena);
	return r;
}

static int give_each(struct walking *k, const int64_t *ids, size_t n, struct err *e)
{
	struct job_row row;
	int r = 0;

	for (size_t i = 0; i < n && r >= 0 && !k->stopped; i++) {
		r = view_job(k->v, ids[i], &row, e);
		if (r > 0)
			each(k, &row);
	}
	return r < 0 ? -1 : 0;
}

/* A look at all of a stretch costs less than one for each of its ids, if most are wanted. */
static int give(struct walking *k, const int64_t *ids, size_t n, struct err *e)
{
	int64_t first = ids[0], last = ids[0];

	for (size_t i = 1; i < n; i++) {
		first = ids[i] < first ? ids[i] : first;
		last = ids[i] > last ? ids[i] : last;
	}
	if (n > 1 && last - first < 4 * (int64_t)n)
		return give_near(k, ids, n, first, last, e);
	return give_each(k, ids, n, e);
}

static int walk_words(struct walking *k, struct err *e)
{
	struct selected found;
	int r = selection_find(k->w->words, k->v, k->w->filter.statuses, &found, e);

	if (r < 0)
		return -1;
	for (size_t i = 0; i < found.n && r == 0 && !k->stopped; i += PAGE)
		r = give(k, &found.ids[i], found.n - i < PAGE ? found.n - i : PAGE, e);
	selected_release(&found);
	return r;
}

/* A list of one is a filter; of several, the view cannot help. */
static const char *single(const char *list)
{
	return list && strchr(list, ',') == NULL ? list : NULL;
}

int walk_jobs(struct view *v, struct walk *w, row_fn fn, void *arg, struct err *e)
{
	struct walking k = { .v = v, .w = w, .fn = fn, .arg = arg };
	struct job_filter *f = &w->filter;

	f->user = w->mine ? view_me(v) : single(w->users);
	f->name = single(w->names);
	f->queue = single(w->queues);
	f->worker = single(w->workers);
	if (w->words && !(selection_range(w->words, &f->first, &f->last) && f->first != f->last))
		return walk_words(&k, e);
	return walk_all(&k, e);
}
