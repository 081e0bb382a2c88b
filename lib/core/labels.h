/*
 * labels: what is said of a worker, and expressions and lists that speak of it.
 *
 *	EXPR = TERM { `|` TERM }	TERM = FACTOR { `&` FACTOR }
 *	FACTOR = NAME | NAME=VALUE | NAME!=VALUE | !FACTOR | ( EXPR )
 *
 * NAME alone: the worker has such a label.  Without a label of that name, `worker`,
 * `region`, `zone` and `gpu` stand for what their rows say.
 */
#ifndef CORE_LABELS_H
#define CORE_LABELS_H

#include <stdbool.h>

#include "base/err.h"

struct worker_row;

struct labels {
	const char *json;	/* the labels: an object of strings, or NULL */
	const char *worker, *region, *zone, *gpu;	/* NULL: not said */
};

struct labels labels_of(const struct worker_row *w);

/* -1: ERR_DATA, what is wrong with it. */
int label_expr_valid(const char *expr, struct err *e);

/* Of an expression that is valid. */
bool label_expr_true(const char *expr, const struct labels *l);

/* Whether a list of names with commas, in which `*` stands for anything, has that one. */
bool name_list_has(const char *list, const char *name);
int name_list_valid(const char *list, struct err *e);

#endif
