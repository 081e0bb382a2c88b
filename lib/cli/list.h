/*
 * list: rows of cells as a table, or as lines for scripts.
 *
 * In a table, widths are computed over all rows; controls in a cell are shown as
 * vis(3) marks, an empty cell as "-".  On a terminal the table is cut to its
 * width, text columns first, then the lines, with a '+' where something is missing.  Lines for
 * scripts are written as they come: separated by '|' (LIST_PARSABLE) or a tab
 * (LIST_TSV), the separator, backslash and newline in a cell written as \| \t \\
 * \n, other controls and bytes that are no UTF-8 as \xHH.
 */
#ifndef CLI_LIST_H
#define CLI_LIST_H

#include <stdbool.h>
#include <stdio.h>

enum list_format { LIST_TABLE, LIST_PARSABLE, LIST_TSV };

struct list_column {
	const char *title;
	int width;		/* 0: as wide as its cells */
	bool right;
	bool text;		/* may be cut when room is short */
};

struct list_options {
	enum list_format format;
	bool no_header;
	int columns;		/* of the terminal; 0: none, nothing is cut */
};

struct list;

/* `columns` is borrowed until list_free. */
struct list *list_new(const struct list_column *columns, size_t n,
    const struct list_options *o, FILE *out);
void list_free(struct list *l);

/* The next cell of the present row (NULL: nothing); after the last one it is complete. */
void list_cell(struct list *l, const char *text);

/* Writes what is still held back: all of a table, the header if there was no row. */
void list_end(struct list *l);

/* The width of the terminal that stdout is, or 0. */
int terminal_columns(void);

/* Text of many lines: as it is, or harmless when out is a terminal. */
void text_print(FILE *out, const char *p, size_t n);

/* One line of text, always harmless; no line end behind it. */
void text_line(FILE *out, const char *s);

/* How many cells of a screen a UTF-8 text takes. */
size_t text_width(const char *s);

#endif
