/*
 * list: tables and lines for scripts from the same cells.
 *
 * A table holds its cells until the end, since widths depend on all of them; the
 * other formats hold nothing.  Promises that no byte of a cell acts on the
 * terminal and that one row is one line.
 */
#include "cli/list.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/text.h"

#define CELL_BYTES (64u << 20)	/* a cell, with every byte escaped */
#define LEAST_WIDTH 6		/* a text column is not made narrower than this */
#define GAP 2			/* blanks between columns */

struct list {
	const struct list_column *columns;
	size_t ncolumns;
	struct list_options o;
	FILE *out;
	bool started;		/* the header stands */
	struct buf scratch;
	struct arena *arena;
	char **cells;
	size_t ncells, cap;
	int *widths;
};

struct list *list_new(const struct list_column *columns, size_t n,
    const struct list_options *o, FILE *out)
{
	struct list *l = xcalloc(1, sizeof(*l));

	l->columns = columns;
	l->ncolumns = n;
	l->o = *o;
	l->out = out;
	l->arena = arena_new();
	l->widths = xcalloc(n, sizeof(*l->widths));
	for (size_t i = 0; i < n; i++)
		l->widths[i] = o->no_header ? 0 : (int)text_width(columns[i].title);
	buf_init(&l->scratch, CELL_BYTES);
	return l;
}

void list_free(struct list *l)
{
	if (!l)
		return;
	arena_free(l->arena);
	free(l->cells);
	free(l->widths);
	buf_release(&l->scratch);
	free(l);
}

/* ---- characters and the room they take */

static uint32_t code_point(const unsigned char *s, size_t *n)
{
	uint32_t c = s[0];
	size_t len = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;

	if (len > 1)
		c &= 0x7fu >> len;
	*n = 1;
	while (*n < len && (s[*n] & 0xc0) == 0x80)
		c = c << 6 | (s[(*n)++] & 0x3f);
	return c;
}

/* Cells that a character takes: none for marks on another one, two for wide ones. */
static size_t point_width(uint32_t c)
{
	static const struct { uint32_t first, last; size_t width; } ranges[] = {
		{ 0x0300, 0x036f, 0 }, { 0x200b, 0x200f, 0 }, { 0x20d0, 0x20ff, 0 },
		{ 0xfe00, 0xfe0f, 0 }, { 0xfeff, 0xfeff, 0 }, { 0x1100, 0x115f, 2 },
		{ 0x2e80, 0x303e, 2 }, { 0x3041, 0xa4cf, 2 }, { 0xac00, 0xd7a3, 2 },
		{ 0xf900, 0xfaff, 2 }, { 0xfe30, 0xfe6f, 2 }, { 0xff00, 0xff60, 2 },
		{ 0xffe0, 0xffe6, 2 }, { 0x1f300, 0x1f64f, 2 }, { 0x1f900, 0x1f9ff, 2 },
		{ 0x20000, 0x3fffd, 2 },
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		if (c >= ranges[i].first && c <= ranges[i].last)
			return ranges[i].width;
	}
	return 1;
}

/* The bytes of s that fill at most `room` cells, and how many they fill. */
static size_t fitting(const char *s, size_t room, size_t *filled)
{
	size_t at = 0, n, w;

	*filled = 0;
	while (s[at]) {
		w = point_width(code_point((const unsigned char *)s + at, &n));
		if (*filled + w > room)
			break;
		*filled += w;
		at += n;
	}
	return at;
}

/* The length of a text that is printable ASCII, or -1. */
static int plain_length(const char *s)
{
	const char *p = s;

	while (*p >= 0x20 && *p < 0x7f)
		p++;
	return *p || p - s > 1000 ? -1 : (int)(p - s);
}

size_t text_width(const char *s)
{
	size_t filled;
	int plain = plain_length(s);

	if (plain >= 0)
		return (size_t)plain;
	fitting(s, SIZE_MAX, &filled);
	return filled;
}

/* ---- lines for scripts */

/* What a cell may hold as it is, of ASCII. */
static bool script_plain(char c, char separator)
{
	return c >= 0x20 && c < 0x7f && c != '\\' && c != separator;
}

/* One character of n bytes that is not plain ASCII. */
static void escape_one(struct buf *b, const char *s, size_t n, char separator)
{
	static const char controls[] = "\n\t\r", letters[] = "ntr";
	const char *control = strchr(controls, *s);
	size_t start = b->len;

	if (control) {
		buf_addf(b, "\\%c", letters[control - controls]);
	} else if (*s == '\\' || *s == separator) {
		buf_addf(b, "\\%c", *s);
	} else if (safe_add(b, s, n) < 0 || b->len - start != n) {
		b->len = start;		/* safe_add found something to hide */
		for (size_t i = 0; i < n; i++)
			buf_addf(b, "\\x%02X", (unsigned char)s[i]);
	}
}

static void escape_add(struct buf *b, const char *s, char separator)
{
	size_t n;

	while (*s) {
		for (n = 0; script_plain(s[n], separator); n++)
			;
		buf_add(b, s, n);
		s += n;
		if (*s == '\0')
			break;
		code_point((const unsigned char *)s, &n);
		escape_one(b, s, n, separator);
		s += n;
	}
}

static void script_cell(struct list *l, size_t column, const char *text)
{
	char separator = l->o.format == LIST_TSV ? '\t' : '|';

	buf_reset(&l->scratch);
	escape_add(&l->scratch, text, separator);
	if (column)
		putc(separator, l->out);
	if (l->scratch.len)
		fwrite(l->scratch.data, 1, l->scratch.len, l->out);
	if (column + 1 == l->ncolumns)
		putc('\n', l->out);
}

static void script_header(struct list *l)
{
	if (l->started || l->o.no_header)
		return;
	l->started = true;
	for (size_t i = 0; i < l->ncolumns; i++)
		script_cell(l, i, l->columns[i].title);
}

/* ---- tables */

static void keep_cell(struct list *l, const char *text)
{
	size_t column = l->ncells % l->ncolumns;
	int width = plain_length(text);

	if (*text == '\0') {
		text = "-";
		width = 1;
	} else if (width < 0) {		/* it has to be looked at by the character */
		buf_reset(&l->scratch);
		text = safe_add(&l->scratch, text, strlen(text)) == 0 ? l->scratch.data : "?";
		width = (int)text_width(text);
	}
	if (l->ncells == l->cap) {
		l->cap = l->cap ? l->cap * 2 : 256;
		l->cells = xreallocarray(l->cells, l->cap, sizeof(*l->cells));
	}
	l->cells[l->ncells++] = arena_strdup(l->arena, text);
	if (width > l->widths[column])
		l->widths[column] = width;
}

void list_cell(struct list *l, const char *text)
{
	if (text == NULL)
		text = "";
	if (l->o.format == LIST_TABLE) {
		keep_cell(l, text);
		return;
	}
	if (l->ncells == 0)
		script_header(l);
	script_cell(l, l->ncells, text);
	l->ncells = (l->ncells + 1) % l->ncolumns;
}

/* Takes room from the widest text column, a cell at a time, until all fits. */
static void narrow(struct list *l)
{
	int total = -GAP;

	for (size_t i = 0; i < l->ncolumns; i++)
		total += l->widths[i] + GAP;
	for (; total > l->o.columns; total--) {
		size_t widest = l->ncolumns;

		for (size_t i = 0; i < l->ncolumns; i++) {
			if (l->columns[i].text && l->columns[i].width == 0 &&
			    l->widths[i] > LEAST_WIDTH &&
			    (widest == l->ncolumns || l->widths[i] > l->widths[widest]))
				widest = i;
		}
		if (widest == l->ncolumns)
			return;
		l->widths[widest]--;
	}
}

static void add_blanks(struct buf *b, size_t n)
{
	while (n-- > 0)
		buf_addc(b, ' ');
}

/* A line is never longer than the terminal is wide, or the terminal would break it. */
static void put_line(struct list *l)
{
	struct buf *b = &l->scratch;
	size_t room = (size_t)l->o.columns, filled, bytes = b->len;
	bool cut = room && b->len > room && text_width(b->data) > room;

	if (cut)
		bytes = fitting(b->data, room - 1, &filled);
	while (!cut && bytes > 0 && b->data[bytes - 1] == ' ')
		bytes--;
	fwrite(b->data, 1, bytes, l->out);
	fputs(cut ? "+\n" : "\n", l->out);
	buf_reset(b);
}

/* One cell of the table; at the end of a line nothing is filled up. */
static void table_cell(struct list *l, size_t column, const char *text)
{
	const struct list_column *c = &l->columns[column];
	size_t room = (size_t)l->widths[column], filled = text_width(text), bytes = strlen(text);
	bool cut = l->o.columns && filled > room;

	if (cut)
		bytes = fitting(text, room - 1, &filled);

	size_t blanks = filled + cut < room ? room - filled - cut : 0;

	if (column)
		add_blanks(&l->scratch, GAP);
	if (c->right)
		add_blanks(&l->scratch, blanks);
	buf_add(&l->scratch, text, bytes);
	if (cut)
		buf_addc(&l->scratch, '+');
	if (!c->right && column + 1 < l->ncolumns)
		add_blanks(&l->scratch, blanks);
	if (column + 1 == l->ncolumns)
		put_line(l);
}

void list_end(struct list *l)
{
	if (l->o.format != LIST_TABLE) {
		script_header(l);
		return;
	}
	for (size_t i = 0; i < l->ncolumns; i++) {
		if (l->columns[i].width)
			l->widths[i] = l->columns[i].width;
	}
	if (l->o.columns)
		narrow(l);
	buf_reset(&l->scratch);
	for (size_t i = 0; i < l->ncolumns && !l->o.no_header; i++)
		table_cell(l, i, l->columns[i].title);
	for (size_t i = 0; i < l->ncells; i++)
		table_cell(l, i % l->ncolumns, l->cells[i]);
}

/* ---- the terminal */

int terminal_columns(void)
{
	struct winsize ws;

	if (!isatty(STDOUT_FILENO))
		return 0;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_col > 0)
		return ws.ws_col;
	return 80;
}

void text_line(FILE *out, const char *s)
{
	struct buf b;

	buf_init(&b, CELL_BYTES);
	if (safe_add(&b, s, strlen(s)) == 0 && b.len)
		fwrite(b.data, 1, b.len, out);
	buf_release(&b);
}

void text_print(FILE *out, const char *p, size_t n)
{
	struct buf b;

	if (!isatty(fileno(out))) {
		if (n)
			fwrite(p, 1, n, out);
		return;
	}
	buf_init(&b, CELL_BYTES);
	while (n > 0) {
		const char *stop = p;

		while ((size_t)(stop - p) < n && *stop != '\n' && *stop != '\t')
			stop++;
		buf_reset(&b);
		if (safe_add(&b, p, (size_t)(stop - p)) == 0 && b.len)
			fwrite(b.data, 1, b.len, out);
		n -= (size_t)(stop - p);
		p = stop;
		if (n > 0) {
			putc(*p++, out);
			n--;
		}
	}
	buf_release(&b);
}
