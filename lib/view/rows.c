/*
 * rows: what can be done with a row knowing only its column table.
 *
 * Owns the wire form: an integer is decimal, an enum its word (a value without a
 * word is its number), a text its bytes.  A column that the reader does not know
 * is passed over, so that a newer view can serve an older program.
 */
#include "view/rows.h"

#include <inttypes.h>
#include <string.h>

#include "base/num.h"

static void *cell(const struct column *c, void *row)
{
	return (char *)row + c->offset;
}

static const void *cell_const(const struct column *c, const void *row)
{
	return (const char *)row + c->offset;
}

static int add_text(struct msg *m, const char *name, const char *text)
{
	return msg_addf(m, F_COLUMN, "%s %s", name, text);
}

static int add_column(const struct column *c, const void *row, struct msg *m)
{
	const void *p = cell_const(c, row);
	char uuid[UUID_TEXT];
	const char *word;
	int64_t v;

	if (c->kind == COL_TEXT) {
		const char *text = *(const char *const *)p;

		return text ? add_text(m, c->name, text) : 0;
	}
	if (c->kind == COL_UUID) {
		if (uuid_is_nil(p))
			return 0;
		uuid_format(p, uuid);
		return add_text(m, c->name, uuid);
	}
	v = *(const int64_t *)p;
	if (v == 0)
		return 0;
	word = col_word(c->kind, v);
	if (word && *word)
		return add_text(m, c->name, word);
	return msg_addf(m, F_COLUMN, "%s %" PRId64, c->name, v);
}

int row_to_msg(const struct table *t, const void *row, unsigned except, struct msg *m)
{
	for (const struct column *c = t->columns; c->name; c++) {
		if (c->kind == COL_BLOB || (c->flags & except))
			continue;
		if (add_column(c, row, m) < 0)
			return -1;
	}
	return 0;
}

static int read_column(const struct column *c, const char *text, struct arena *a, void *row,
    struct err *e)
{
	void *p = cell(c, row);
	int64_t v;
	int word;

	switch (c->kind) {
	case COL_TEXT:
		*(const char **)p = arena_strdup(a, text);
		return 0;
	case COL_UUID:
		if (uuid_parse(text, p) < 0)
			return err_set(e, ERR_DATA, "%s: not a UUID", c->name);
		return 0;
	case COL_BLOB:
		return 0;
	default:
		break;
	}
	word = col_value(c->kind, text);
	if (word >= 0)
		v = word;
	else if (num_i64(text, INT64_MIN, INT64_MAX, &v, e) < 0)
		return err_prefix(e, "%s", c->name);
	*(int64_t *)p = v;
	return 0;
}

/* The column of that name; they come in the table's order, so *hint is nearly always it. */
static const struct column *find_column(const struct table *t, const char *name, size_t n,
    const struct column **hint)
{
	for (const struct column *c = *hint; c->name; c++) {
		if (strncmp(c->name, name, n) == 0 && c->name[n] == '\0') {
			*hint = c + 1;
			return c;
		}
	}
	for (const struct column *c = t->columns; c->name; c++) {
		if (strncmp(c->name, name, n) == 0 && c->name[n] == '\0')
			return c;
	}
	return NULL;
}

int row_from_msg(const struct table *t, const struct msg *m, struct arena *a, void *row,
    struct err *e)
{
	const struct column *hint = t->columns;
	const char *field;
	size_t iter = 0;

	memset(row, 0, t->size);
	while ((field = msg_next(m, F_COLUMN, &iter)) != NULL) {
		const char *blank = strchr(field, ' ');
		const struct column *c;

		if (!blank)
			return err_set(e, ERR_DATA, "a row from the view is malformed");
		c = find_column(t, field, (size_t)(blank - field), &hint);
		if (c && read_column(c, blank + 1, a, row, e) < 0)
			return -1;
	}
	return 0;
}
