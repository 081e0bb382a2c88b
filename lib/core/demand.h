/*
 * demand: what jobs of one shape ask of a worker and of the site; inside lib/core only.
 *
 * Three parts: room on the worker (needs.h), which workers may be it (filters), and
 * tokens of the whole site.
 */
#ifndef CORE_DEMAND_H
#define CORE_DEMAND_H

#include <bsd/sys/queue.h>

#include "base/err.h"
#include "core/needs.h"
#include "core/row.h"

struct core;
struct worker;

struct filter {		/* which workers may run a job; shared by all who say the same */
	uint64_t hash;
	size_t users;
	char *constraints, *workers, *exclude, *gpu_type;	/* NULL: not said */
	uint64_t *allowed;	/* a bit for each worker, by its index */
	size_t words;		/* of them */
};

struct token {		/* as of a licence */
	char *name;
	int64_t total, used;
	LIST_ENTRY(token) link;
};

struct offers {	/* what jobs may ask for beside the fixed resources of a worker */
	char *named[NAMED_MAX];		/* from RES_NAMED on; NULL: a place that is free */
	LIST_HEAD(, token) tokens;
};

struct demand {
	struct needs needs;
	int64_t fixed[RES_NAMED];	/* the same of those that have no name; or 0 */
	struct need few[RES_NAMED];	/* the list, unless there are some with names */
	char *named, *tokens;		/* as in a job's row; NULL: none */
	struct filter *filter, *prefer;	/* NULL: any worker; none before another */
	struct token_need {
		struct token *token;
		int64_t n;
	} *token_needs;
	size_t ntokens;
};

void demand_make(struct core *c, struct demand *d, const struct job_row *row);
void demand_release(struct core *c, struct demand *d);
bool demand_is(const struct demand *d, const struct job_row *row);
uint64_t demand_hash(uint64_t seed, const struct job_row *row);
void demand_row(const struct demand *d, struct job_row *row);	/* texts are borrowed */
int demand_never(struct core *c, const struct job_row *row, struct err *e);	/* -1: so it is */

/* It asks for processors, memory, disk and bandwidth of any worker, and no more. */
bool demand_plain(const struct demand *d);

/* named.c: the resources that workers name */
int64_t named_find(const struct core *c, const char *name, size_t len);
int64_t named_add(struct core *c, const char *name, size_t len);	/* RES_NONE: too many */
void named_resolve(const struct core *c, struct demand *d);
void named_hold(struct core *c, const struct demand *d);	/* some of it is in use */
const char *named_text(const struct core *c, struct arena *a, const int64_t v[RES_COUNT],
    const int64_t total[RES_COUNT]);	/* those of which there is a total; NULL: none */
void named_free(struct core *c);

/* filter.c */
struct filter *filter_get(struct core *c, const struct filter *like);	/* NULL: says nothing */
void filter_put(struct core *c, struct filter *f);
bool filter_allows(const struct filter *f, const struct worker *w);
const char *filter_words(const struct filter *f);	/* the first thing that it says */
void filters_worker(struct core *c, const struct worker *w);	/* it is new, or has changed */

/* token.c */
void tokens_configure(struct core *c);
int tokens_never(const struct core *c, const char *list, struct err *e);
struct token *token_get(struct core *c, const char *name, size_t len);
const char *tokens_short(const struct demand *d);	/* the first that is lacking; or NULL */
void tokens_book(const struct demand *d, int sign);
void tokens_release(struct core *c);

#endif
