/* demand: from a job's row to what the matcher compares, and back. */
#include "core/demand.h"

#include <stdlib.h>
#include <string.h>

#include "base/amounts.h"
#include "core/impl.h"
#include "core/texts.h"

#define TEXTS 7

/* The amounts that are columns of their own. */
static void amounts_of_row(const struct job_row *row, int64_t n[RES_NAMED])
{
	n[RES_CPU] = row->cpus;
	n[RES_MEM] = row->mem;
	n[RES_DISK] = row->disk;
	n[RES_GPU] = row->gpus;
	n[RES_BW] = row->bw;
	n[RES_SHARE] = row->exclusive ? SHARES : 1;
}

static size_t count(const char *list)
{
	struct amount a;
	size_t n = 0;

	while (amounts_next(&list, &a))
		n++;
	return n;
}

static void make_needs(struct core *c, struct demand *d, const struct job_row *row)
{
	struct needs *needs = &d->needs;
	const char *at = row->named;
	const int64_t *n = d->fixed;
	struct amount a;

	amounts_of_row(row, d->fixed);
	needs->list = row->named == NULL ? d->few :
	    xreallocarray(NULL, RES_NAMED + count(row->named), sizeof(*needs->list));
	needs->n = 0;
	for (int64_t r = 0; r < RES_NAMED; r++)
		if (n[r] > 0)
			needs->list[needs->n++] = (struct need){ n[r], r };
	while (amounts_next(&at, &a))
		needs->list[needs->n++] = (struct need){ a.n, RES_NONE };
	named_resolve(c, d);
}

static void make_tokens(struct core *c, struct demand *d)
{
	const char *at = d->tokens;
	struct amount a;

	if (at == NULL)
		return;
	d->token_needs = xreallocarray(NULL, count(at), sizeof(*d->token_needs));
	while (amounts_next(&at, &a))
		d->token_needs[d->ntokens++] =
		    (struct token_need){ token_get(c, a.name, a.len), a.n };
}

static struct filter filter_of_row(const struct job_row *row)
{
	/* filter_get only reads and copies */
	return (struct filter){ .constraints = (char *)(uintptr_t)row->constraints,
	    .workers = (char *)(uintptr_t)row->on_workers,
	    .exclude = (char *)(uintptr_t)row->not_workers,
	    .gpu_type = (char *)(uintptr_t)row->gpu_type };
}

void demand_make(struct core *c, struct demand *d, const struct job_row *row)
{
	struct filter must = filter_of_row(row);
	struct filter may = { .constraints = (char *)(uintptr_t)row->prefer };

	memset(d, 0, sizeof(*d));
	d->named = copy_text(row->named);
	d->tokens = copy_text(row->tokens);
	d->filter = filter_get(c, &must);
	d->prefer = filter_get(c, &may);
	make_needs(c, d, row);
	make_tokens(c, d);
}

void demand_release(struct core *c, struct demand *d)
{
	filter_put(c, d->filter);
	filter_put(c, d->prefer);
	if (d->needs.list != d->few)
		free(d->needs.list);
	free(d->token_needs);
	free(d->named);
	free(d->tokens);
}

/* Those in which two demands may differ beside numbers. */
static void texts_of_row(const struct job_row *row, const char *texts[TEXTS])
{
	texts[0] = row->named;
	texts[1] = row->tokens;
	texts[2] = row->prefer;
	texts[3] = row->constraints;
	texts[4] = row->on_workers;
	texts[5] = row->not_workers;
	texts[6] = row->gpu_type;
}

static void texts_of(const struct demand *d, const char *texts[TEXTS])
{
	static const struct filter none;
	const struct filter *f = d->filter != NULL ? d->filter : &none;

	texts[0] = d->named;
	texts[1] = d->tokens;
	texts[2] = d->prefer != NULL ? d->prefer->constraints : NULL;
	texts[3] = f->constraints;
	texts[4] = f->workers;
	texts[5] = f->exclude;
	texts[6] = f->gpu_type;
}

void demand_row(const struct demand *d, struct job_row *row)
{
	const char *texts[TEXTS];

	row->cpus = d->fixed[RES_CPU];
	row->mem = d->fixed[RES_MEM];
	row->disk = d->fixed[RES_DISK];
	row->gpus = d->fixed[RES_GPU];
	row->bw = d->fixed[RES_BW];
	row->exclusive = d->fixed[RES_SHARE] == SHARES;
	texts_of(d, texts);
	row->named = texts[0];
	row->tokens = texts[1];
	row->prefer = texts[2];
	row->constraints = texts[3];
	row->on_workers = texts[4];
	row->not_workers = texts[5];
	row->gpu_type = texts[6];
}

bool demand_is(const struct demand *d, const struct job_row *row)
{
	const char *a[TEXTS], *b[TEXTS];
	int64_t n[RES_NAMED];

	amounts_of_row(row, n);
	if (memcmp(d->fixed, n, sizeof(n)) != 0)
		return false;
	texts_of(d, a);
	texts_of_row(row, b);
	for (int i = 0; i < TEXTS; i++)
		if (!same_text(a[i], b[i]))
			return false;
	return true;
}

uint64_t demand_hash(uint64_t h, const struct job_row *row)
{
	const char *texts[TEXTS];
	int64_t n[RES_NAMED];

	amounts_of_row(row, n);
	texts_of_row(row, texts);
	h = hash64(h, n, sizeof(n));
	for (uint64_t i = 0; i < TEXTS; i++)
		if (texts[i] != NULL)
			h = hash_text(h + i, texts[i]);
	return h;
}

int demand_never(struct core *c, const struct job_row *row, struct err *e)
{
	struct demand d;
	int r;

	demand_make(c, &d, row);
	r = never_fits(c, &d, e);
	demand_release(c, &d);
	return r;
}

bool demand_plain(const struct demand *d)
{
	const struct need *x;

	if (d->filter != NULL || d->ntokens > 0)
		return false;
	for EACH_NEED(x, &d->needs)
		if (x->res == RES_GPU || x->res >= RES_NAMED || (x->res == RES_SHARE && x->n > 1))
			return false;
	return true;
}
