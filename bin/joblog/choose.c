/*
 * choose: from the words of the command line to jobs, and from options to executions.
 */
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "core/elements.h"
#include "joblog.h"
#include "view/walk.h"

#define PAUSE_MS 250

/* ---- jobs */

struct failed {
	int64_t *ids;
	size_t n, cap;
};

static int keep_failed(void *arg, const void *p)
{
	const struct job_row *row = p;
	struct failed *f = arg;

	if (row->started_at == 0)
		return 0;
	if (f->n == f->cap) {
		f->cap = f->cap ? f->cap * 2 : 16;
		f->ids = xreallocarray(f->ids, f->cap, sizeof(*f->ids));
	}
	f->ids[f->n++] = row->id;
	return 0;
}

/* Those of the words that ran and failed; without words, of the caller's latest jobs. */
static int find_failed(struct joblog *l, const struct selection *sel, int64_t **ids, size_t *n,
    struct err *e)
{
	struct walk w = { .filter = { .statuses = 1u << JOB_FAILED }, .elements = true };
	struct failed f = { NULL, 0, 0 };

	w.mine = selection_empty(sel);
	w.words = w.mine ? NULL : sel;
	w.filter.history = !w.mine;
	if (walk_jobs(l->v, &w, keep_failed, &f, e) < 0) {
		free(f.ids);
		return -1;
	}
	*ids = f.ids;
	*n = f.n;
	return 0;
}

/* An array has no output, its elements have. */
static int check_element(struct joblog *l, int64_t id, struct err *e)
{
	struct job_row row;

	int r = view_job(l->v, id, &row, e);

	if (r <= 0)
		return r;
	if (row_is_array(&row))
		return err_set(e, ERR_DATA, "job %" PRId64 " is an array: name an element of it, "
		    "as %" PRId64 "_%" PRId64 ", or see --all-failed", id, id,
		    array_first_index(&row));
	return 0;
}

/* Of one word that means several jobs, as %name, the last one; of several words, all. */
static int find_named(struct joblog *l, const struct selection *sel, bool one, int64_t **ids,
    size_t *n, struct err *e)
{
	struct selected found;
	int r = 0;

	if (selection_find(sel, l->v, 0, &found, e) < 0)
		return -1;
	if (found.nunknown > 0) {
		err_set(e, ERR_NOINPUT, "no such job: %s", found.unknown[0]);
		selected_release(&found);
		return -1;
	}
	*n = one && found.n > 0 ? 1 : found.n;
	*ids = xcalloc(*n ? *n : 1, sizeof(**ids));
	for (size_t i = 0; i < *n && r == 0; i++) {
		(*ids)[i] = found.ids[found.n - *n + i];
		r = check_element(l, (*ids)[i], e);
	}
	selected_release(&found);
	return r;
}

/* The word is that of a request which waits in the spool: with -f it is waited for. */
static bool still_waits(const struct joblog *l, const char *word)
{
	struct uuid u;

	return uuid_parse(word, &u) == 0 && incoming_waits(&l->spool, &u);
}

static int await_requests(struct joblog *l, char *const *words, struct err *e)
{
	bool told = false;

	for (; *words; words++) {
		while (still_waits(l, *words)) {
			if (!l->quiet && !told)
				cli_warn(&program, "the request waits in the spool until jobd "
				    "takes it up");
			told = true;
			if (!l->follow)
				return err_set(e, ERR_NOINPUT, "%s has no output yet", *words);
			poll(NULL, 0, PAUSE_MS);
		}
	}
	return 0;
}

int jobs_chosen(struct joblog *l, char *const *words, int64_t **ids, size_t *n, struct err *e)
{
	struct selection *sel = selection_new();
	bool one = words[0] && !words[1];
	int r = 0;

	for (char *const *w = words; *w && r == 0; w++)
		r = selection_add(sel, *w, e);
	if (r == 0)
		r = await_requests(l, words, e);
	if (r == 0)
		l->v = view_open(&l->spool, e);
	if (r == 0 && l->v == NULL)
		r = -1;
	if (r == 0)
		r = l->all_failed ? find_failed(l, sel, ids, n, e) :
		    find_named(l, sel, one, ids, n, e);
	selection_free(sel);
	return r;
}

/* ---- executions */

int execution_chosen(const struct joblog *l, const struct record *rec, int64_t *execution,
    struct err *e)
{
	const struct job_row *job = rec->job;

	*execution = l->execution;
	if (l->prev)
		*execution = job->executions - 1;
	for (size_t i = 0; i < rec->nexecs && l->attempt; i++) {
		if (rec->execs[i].attempt == l->attempt)
			*execution = rec->execs[i].execution;
	}
	if (l->attempt && *execution == 0)
		return err_set(e, ERR_NOINPUT, "job %" PRId64 " has had no attempt %" PRId64,
		    job->id, l->attempt);
	if (l->prev && *execution <= 0)
		return err_set(e, ERR_NOINPUT,
		    "job %" PRId64 " has had no execution before its last", job->id);
	if (*execution > job->executions)
		return err_set(e, ERR_NOINPUT, "job %" PRId64 " has had no execution %" PRId64,
		    job->id, *execution);
	return 0;
}
