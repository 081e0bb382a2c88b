/* list: the same cells as a table and as lines, harmless in both. */
#include "cli/list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

static const struct list_column columns[] = {
	{ .title = "ID", .right = true },
	{ .title = "NAME", .text = true },
	{ .title = "WHERE", .text = true },
};

/* Cells, three a row, as the list prints them. */
static char *prints(const struct list_column *c, struct list_options o, const char *const *cells)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);
	struct list *l = list_new(c, 3, &o, f);

	for (; *cells; cells++)
		list_cell(l, *cells);
	list_end(l);
	list_free(l);
	fclose(f);
	return text;
}

static void is_print(const struct list_column *c, struct list_options o,
    const char *const *cells, const char *want, const char *what)
{
	char *text = prints(c, o, cells);

	is_str(text, want, "%s", what);
	free(text);
}

static const char *const plain[] = { "1", "one", "here", "12345", "a longer name", "", NULL };
static const char *const none[] = { NULL };

/* What is not there is as empty. */
static void check_nothing(void)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);
	struct list *l = list_new(columns, 3, &(struct list_options){ .no_header = true }, f);

	for (int i = 0; i < 3; i++)
		list_cell(l, i == 1 ? NULL : "x");
	list_end(l);
	list_free(l);
	fclose(f);
	is_str(text, "x  -  x\n", "a cell that is NULL");
	free(text);
}

static void check_table(void)
{
	static const struct list_column fixed[] = {
		{ .title = "ID" }, { .title = "NAME", .width = 5 },
		{ .title = "W", .width = 3, .right = true },
	};
	static const char *const wide[] = { "1", "\u00e9t\u00e9", "x", "2", "\u4e2d\u6587",
	    "y", "3", "abc", "z", NULL };

	is_print(columns, (struct list_options){ .columns = 0 }, plain,
	    "   ID  NAME           WHERE\n"
	    "    1  one            here\n"
	    "12345  a longer name  -\n", "a table, as wide as its cells");
	is_print(columns, (struct list_options){ .no_header = true }, plain,
	    "    1  one            here\n12345  a longer name  -\n", "without a header");
	is_print(columns, (struct list_options){ .columns = 0 }, none, "ID  NAME  WHERE\n",
	    "an empty one has its header");
	is_print(columns, (struct list_options){ .no_header = true }, none, "", "or nothing");
	is_print(columns, (struct list_options){ .columns = 80 }, plain,
	    "   ID  NAME           WHERE\n    1  one            here\n12345  a longer name  -\n",
	    "what fits into the terminal is not cut");
	is_print(columns, (struct list_options){ .columns = 20 }, plain,
	    "   ID  NAME    WHERE\n    1  one     here\n12345  a lon+  -\n",
	    "what does not is cut and marked");
	is_print(columns, (struct list_options){ .columns = 5 }, plain,
	    "   I+\n    +\n1234+\n",
	    "but some of it always stays");
	is_print(fixed, (struct list_options){ .columns = 0 }, plain,
	    "ID     NAME     W\n1      one    here\n12345  a longer name    -\n",
	    "a given width cuts nothing off the terminal");
	is_print(fixed, (struct list_options){ .columns = 80 }, plain,
	    "ID     NAME     W\n1      one    he+\n12345  a lo+    -\n", "but on it");
	is_print(columns, (struct list_options){ .no_header = true }, wide,
	    "1  \u00e9t\u00e9   x\n2  \u4e2d\u6587  y\n3  abc   z\n",
	    "characters count as wide as they are");
}

static void check_hostile(void)
{
	static const char *const cells[] = { "1", "\033[2Jx\ny", "a|b\tc\\d", "2", "\xff\x9b" "31m",
	    "\302\23331m\u202e", NULL };

	is_print(columns, (struct list_options){ .no_header = true }, cells,
	    "1  \\033[2Jx\\ny  a|b\\tc\\d\n2  \\377\\23331m  \\302\\23331m\\342\\200\\256\n",
	    "a table shows controls as marks");
	is_print(columns, (struct list_options){ .format = LIST_PARSABLE, .no_header = true },
	    cells,
	    "1|\\x1B[2Jx\\ny|a\\|b\\tc\\\\d\n2|\\xFF\\x9B31m|\\xC2\\x9B31m\\xE2\\x80\\xAE\n",
	    "so do lines");
	is_print(columns, (struct list_options){ .format = LIST_TSV, .no_header = true }, cells,
	    "1\t\\x1B[2Jx\\ny\ta|b\\tc\\\\d\n2\t\\xFF\\x9B31m\t\\xC2\\x9B31m\\xE2\\x80\\xAE\n",
	    "and those between tabs");
}

static void check_lines(void)
{
	static const char *const cells[] = { "1", "\u00e9", "", NULL };

	is_print(columns, (struct list_options){ .format = LIST_PARSABLE }, plain,
	    "ID|NAME|WHERE\n1|one|here\n12345|a longer name|\n", "lines for scripts");
	is_print(columns, (struct list_options){ .format = LIST_TSV, .columns = 5 }, plain,
	    "ID\tNAME\tWHERE\n1\tone\there\n12345\ta longer name\t\n", "are never cut");
	is_print(columns, (struct list_options){ .format = LIST_TSV }, none, "ID\tNAME\tWHERE\n",
	    "and have a header without rows");
	is_print(columns, (struct list_options){ .format = LIST_TSV, .no_header = true }, cells,
	    "1\t\u00e9\t\n", "UTF-8 stays as it is");
}

static void check_text(void)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	text_line(f, "a\033b\nc");
	fclose(f);
	is_str(text, "a\\033b\\nc", "a line of text is harmless");
	free(text);
	f = tmpfile();
	text_print(f, "a\033b\nc", 5);
	rewind(f);
	text = calloc(1, 100);
	is_int(fread(text, 1, 99, f), 5, "text for a file");
	is_str(text, "a\033b\nc", "is not touched");
	free(text);
	fclose(f);
	is_int(text_width("abc"), 3, "three letters");
	is_int(text_width("e\u0301"), 1, "a letter and its accent");
	is_int(text_width("\U0001f600"), 2, "a face");
}

int main(void)
{
	check_table();
	check_nothing();
	check_hostile();
	check_lines();
	check_text();
	return tap_done();
}
