/*
 * The words of the programs that look, of any bytes: selectors, fields, orders, states,
 * times; and cells of a listing, which must come out harmless.  The first byte chooses.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/field.h"
#include "cli/look.h"
#include "cli/states.h"
#include "view/select.h"

#define LINE 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int cond, const char *what)
{
	if (cond)
		return;
	fprintf(stderr, "fuzz: %s\n", what);
	abort();
}

static void select_words(const char *word)
{
	struct selection *s = selection_new();
	int64_t first, last;
	struct err e;

	if (strcmp(word, "-") != 0 && selection_add(s, word, &e) == 0) {
		must(!selection_empty(s), "a word was taken and nothing is selected");
		must(!selection_range(s, &first, &last) || (first > 0 && first <= last),
		    "an impossible range");
	}
	selection_free(s);
}

static void choose_fields(const char *list)
{
	struct chosen c;
	struct order o;
	struct states st;
	int64_t ms;
	struct err e;

	if (chosen_parse(&job_fields, list, &c, &e) == 0) {
		must(c.n > 0, "no field");
		chosen_release(&c);
	}
	if (order_parse(&job_fields, list, &o, &e) == 0)
		must(o.n > 0 && o.n <= ORDER_MAX, "no key");
	if (states_parse(list, &st, &e) == 0)
		must(st.statuses && !(st.statuses & ~STATES_ALL), "no state");
	past_parse(list, INT64_C(1795435200000), &ms, &e);
}

/* What is printed has no byte that a terminal obeys, but for line ends and tabs of ours. */
static void list_cell_of(const char *text, enum list_format format, int columns)
{
	static const struct list_column c[] = { { .title = "A", .text = true } };
	struct list_options o = { .format = format, .columns = columns };
	char *out = NULL;
	size_t n = 0, lines = 0;
	FILE *f = open_memstream(&out, &n);
	struct list *l = list_new(c, 1, &o, f);

	list_cell(l, text);
	list_end(l);
	list_free(l);
	fclose(f);
	for (size_t i = 0; i < n; i++) {
		lines += out[i] == '\n';
		must(out[i] == '\n' || ((unsigned char)out[i] >= 0x20 && out[i] != 0x7f),
		    "a control reached the terminal");
	}
	must(lines == 2, "a row is not a line");
	free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[LINE];

	if (size == 0 || size > LINE)
		return 0;
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	switch (data[0] % 3) {
	case 0:
		select_words(text);
		break;
	case 1:
		choose_fields(text);
		break;
	default:
		list_cell_of(text, LIST_TABLE, data[0] / 3);
		list_cell_of(text, LIST_TSV, 0);
		list_cell_of(text, LIST_PARSABLE, 0);
	}
	return 0;
}
