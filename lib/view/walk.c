/*
 * walk: pages of a view, and the words of a selection, as one stream of rows.
 *
 * Promises that no read stays open for longer than a page.  Whatever the view
 * filters is filtered here again: a filter of its own is a help, not a proof.
 */
#include "view/walk.h"

#include <string.h>

#include "base/hash.h"
#include "base/ranges.h"
#include "core/elements.h"

#define PAGE 1000

struct walking {
	struct job_row *array;	/* whose elements come next; NULL: none */
	struct arena *arena;	/* its texts */
	struct ranges unmade;	/* its places without a row, ascending */
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

static int give(struct walking *k, const struct job_row *row)
{
	if (k->stopped || !fits(k, row))
		return k->stopped;
	k->given++;
	if (k->fn(k->arg, row) || (k->w->max && k->given >= k->w->max))
		k->stopped = true;
	return k->stopped;
}

/* ---- elements without a row */

static void add_places(struct ranges *to, const char *list)
{
	struct ranges r;

	if (list == NULL || ranges_parse(&r, list, ARRAY_MAX, NULL) == -1)
		return;
	for (size_t i = 0; i < r.n; i++) {
		for (int64_t place = r.list[i].first; place <= r.list[i].last; place++)
			ranges_add(to, place);
	}
	ranges_release(&r);
}

static void array_begin(struct walking *k, const struct job_row *row)
{
	arena_free(k->arena);
	k->arena = arena_new();
	k->array = row_keep(k->arena, &table_jobs, row);
	add_places(&k->unmade, row->array_left);
	add_places(&k->unmade, row->array_never);
}

/* Those of the array that come before this number. */
static void give_unmade(struct walking *k, int64_t before)
{
	struct array_places places;
	struct job_row row;

	if (k->array == NULL || k->unmade.count == 0)
		return;
	array_places_init(&places, k->array);
	while (k->unmade.count > 0 && !k->stopped) {
		int64_t place = k->unmade.list[0].first;

		if (k->array->id + 1 + place >= before)
			break;
		ranges_remove(&k->unmade, place);
		if (array_places_row(&places, place, &row) == 0)
			give(k, &row);
	}
	array_places_release(&places);
}

static int each(void *arg, const void *p)
{
	const struct job_row *row = p;
	struct walking *k = arg;

	k->at = row->id;
	if (!k->w->elements)
		return give(k, row);
	give_unmade(k, row->id);
	if (!row_is_array(row))
		return give(k, row);
	ranges_release(&k->unmade);
	array_begin(k, row);
	return k->stopped;
}

static int walk_all(struct walking *k, struct err *e)
{
	struct job_filter f = k->w->filter;
	bool more = true;

	f.limit = PAGE;
	if (k->w->elements)
		f.statuses = 0;		/* their array may be in another state */
	while (more && !k->stopped) {
		if (view_jobs(k->v, &f, each, k, &more, e) < 0)
			return -1;
		f.after = k->at;
	}
	give_unmade(k, INT64_MAX);
	return 0;
}

/* All elements of one. */
static int walk_array(struct walking *k, int64_t id, int64_t last, struct err *e)
{
	struct job_filter f = k->w->filter;
	int r;

	k->w->filter = (struct job_filter){ .first = id, .last = last, .history = true,
	    .statuses = f.statuses };
	r = walk_all(k, e);
	k->w->filter = f;
	return r;
}

/* One that was named: an array stands for its elements where those are wanted. */
static int give_named(struct walking *k, const struct job_row *row, struct err *e)
{
	if (k->w->elements && row_is_array(row))
		return walk_array(k, row->id, array_last(row), e);
	give(k, row);
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

static int give_each(struct walking *k, const int64_t *ids, size_t n, struct err *e)
{
	struct job_row row;
	int r = 0;

	for (size_t i = 0; i < n && r >= 0 && !k->stopped; i++) {
		r = view_job(k->v, ids[i], &row, e);
		if (r > 0)
			r = give_named(k, &row, e);
	}
	return r < 0 ? -1 : 0;
}

static int give_near(struct walking *k, const int64_t *ids, size_t n, int64_t first,
    int64_t last, struct err *e)
{
	struct near near = { .arena = arena_new(), .rows = map_new() };
	int r = near_read(&near, k->v, first, last, e);

	for (size_t i = 0; i < n && r == 0 && !k->stopped; i++) {
		const struct job_row *row = map_get(near.rows, (uint64_t)ids[i]);

		r = row != NULL ? give_named(k, row, e) : give_each(k, &ids[i], 1, e);
	}
	map_free(near.rows);
	arena_free(near.arena);
	return r;
}

/* A look at all of a stretch costs less than one for each of its ids, if most are wanted. */
static int give_ids(struct walking *k, const int64_t *ids, size_t n, struct err *e)
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
		r = give_ids(k, &found.ids[i], found.n - i < PAGE ? found.n - i : PAGE, e);
	selected_release(&found);
	return r;
}

/* A list of one is a filter; of several, the view cannot help. */
static const char *single(const char *list)
{
	return list && strchr(list, ',') == NULL ? list : NULL;
}

static int walk_done(struct walking *k, int r)
{
	ranges_release(&k->unmade);
	arena_free(k->arena);
	return r;
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
		return walk_done(&k, walk_words(&k, e));
	return walk_done(&k, walk_all(&k, e));
}
