/*
 * Expressions over labels, lists of names and of amounts, of any bytes: what is taken
 * has a truth that its negation has not, what is not has a text, and all come to an end.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/amounts.h"
#include "core/labels.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int cond, const char *what)
{
	if (cond)
		return;
	fprintf(stderr, "fuzz: %s\n", what);
	abort();
}

static void expression(const char *text, const struct labels *l)
{
	struct err e = { .text = "" };
	char *not;

	if (label_expr_valid(text, &e) == -1) {
		must(e.code == ERR_DATA && e.text[0] != '\0', "what is refused is told");
		(void)label_expr_true(text, l);		/* a row may hold anything */
		return;
	}
	not = xasprintf("!(%s)", text);
	if (label_expr_valid(not, NULL) == 0)		/* else it is too deep */
		must(label_expr_true(text, l) != label_expr_true(not, l), "one of the two");
	free(not);
}

static void amounts(const char *text)
{
	bool valid = amounts_valid(text, 16, NULL) == 0;
	const char *at = text;
	struct amount a;

	while (amounts_next(&at, &a)) {
		must(a.name >= text && a.name + a.len <= at, "a name of the list");
		must(!valid || (a.n > 0 && a.n <= AMOUNT_MAX &&
		    amounts_of(text, a.name, a.len) == a.n), "an amount");
	}
}

/* The first line is the labels, the second one what is read. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *all = xstrndup((const char *)data, size), *text = strchr(all, '\n');
	struct labels l = { .json = all, .worker = "w1", .zone = "a" };

	if (text != NULL) {
		*text++ = '\0';
		expression(text, &l);
		(void)name_list_has(text, "worker-1.example");
		if (name_list_valid(text, NULL) == 0)
			must(name_list_has("*", text), "anything");
		amounts(text);
	}
	free(all);
	return 0;
}
