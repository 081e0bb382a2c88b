/*
 * walk: pages of a view, and the words of a selection, as one stream of rows.
 *
 * Promises that no read stays open for longer than a page.  Whatever the view
 * filters is filtered here again: a filter of its own is a help, not a proof.
 */
#include "view/walk.h"

#include <string.h>

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

static int walk_words(struct walking *k, struct err *e)
{
	struct selected found;
	int r = selection_find(k->w->words, k->v, k->w->filter.statuses, &found, e);

	if (r < 0)
		return -1;
	for (size_t i = 0; i < found.n && r >= 0 && !k->stopped; i++) {
		struct job_row row;

		r = view_job(k->v, found.ids[i], &row, e);
		if (r > 0)
			each(k, &row);
	}
	selected_release(&found);
	return r < 0 ? -1 : 0;
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
