/*
 * field: finds, shows and sorts by the fields of a row.
 *
 * Owns the syntax of -o and -S.  A set's own fields come first; every other
 * column of the table that is not hidden is a field under its own name.  Rows are
 * only read; a column's field is made once and lives with the program.
 */
#include "cli/field.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/num.h"
#include "base/text.h"
#include "cli/json.h"

#define NAMES_MAX 256
#define NAME_MAX_BYTES 64
#define WIDTH_MAX 1000
#define VALUE_BYTES (64u << 20)

/* ---- finding */

struct made {			/* fields made of columns, one for each that was asked for */
	const struct field_set *set;
	struct field field;
	struct made *next;
};

static struct made *made_list;

static bool kind_is_words(enum col_kind kind)
{
	return kind == COL_TEXT || kind == COL_UUID || kind >= COL_STATUS;
}

static const struct field *field_of_column(const struct field_set *set,
    const struct column *c)
{
	struct made *m;

	for (m = made_list; m; m = m->next) {
		if (m->set == set && m->field.column == c->name)
			return &m->field;
	}
	m = xcalloc(1, sizeof(*m));
	m->set = set;
	m->field.name = c->name;
	m->field.title = c->name;
	m->field.column = c->name;
	m->field.flags = kind_is_words(c->kind) || c->kind == COL_TIME ? 0 : FIELD_RIGHT;
	if (c->kind == COL_TEXT)
		m->field.flags |= FIELD_WIDE;
	m->next = made_list;
	made_list = m;
	return &m->field;
}

/* The field of that name; its field is NULL when there is none. */
static struct pick field_find(const struct field_set *set, const char *name)
{
	for (const struct field *f = set->fields; f->name; f++) {
		if (strcmp(f->name, name) == 0)
			return (struct pick){ f,
			    f->column ? table_column(set->table, f->column) : NULL };
	}

	const struct column *c = table_column(set->table, name);

	if (!c || (c->flags & COL_HIDDEN) || c->kind == COL_BLOB)
		return (struct pick){ NULL, NULL };
	return (struct pick){ field_of_column(set, c), c };
}

static int unknown_field(const struct field_set *set, const char *name, struct err *e)
{
	const char *names[NAMES_MAX];
	size_t n = 0;

	for (const struct field *f = set->fields; f->name && n < NAMES_MAX; f++)
		names[n++] = f->name;
	for (const struct column *c = set->table->columns; c->name && n < NAMES_MAX; c++) {
		if (!(c->flags & COL_HIDDEN))
			names[n++] = c->name;
	}

	const char *near = nearest_word(name, names, n);

	return err_set(e, ERR_USAGE, "no such field: %s%s%s%s", name, near ? "; did you mean " : "",
	    near ? near : "", near ? "?" : "");
}

/* Cuts the next word, up to a comma, off *list; false at the end. */
static bool next_word(const char **list, char word[NAME_MAX_BYTES])
{
	size_t n = strcspn(*list, ",");

	if (**list == '\0')
		return false;
	snprintf(word, NAME_MAX_BYTES, "%.*s", (int)(n < NAME_MAX_BYTES ? n : NAME_MAX_BYTES - 1),
	    *list);
	*list += n + ((*list)[n] == ',');
	return true;
}

/* ---- -o */

/* What stands behind the name: ":20", ":<", ":20:>". */
static int read_layout(char *layout, struct list_column *c, struct err *e)
{
	uint64_t width;
	char *part;

	while ((part = strsep(&layout, ":")) != NULL) {
		if (strcmp(part, "<") == 0) {
			c->right = false;
		} else if (strcmp(part, ">") == 0) {
			c->right = true;
		} else {
			if (num_u64(part, 1, WIDTH_MAX, &width, e) < 0)
				return err_prefix(e, "a field is NAME[:WIDTH][:<|>]");
			c->width = (int)width;
		}
	}
	return 0;
}

static int choose(struct chosen *c, char *word, struct err *e)
{
	char *layout = strchr(word, ':');

	if (layout)
		*layout++ = '\0';

	struct pick pick = field_find(c->set, word);
	const struct field *f = pick.field;

	if (!f)
		return unknown_field(c->set, word, e);
	c->fields = xreallocarray(c->fields, c->n + 1, sizeof(*c->fields));
	c->columns = xreallocarray(c->columns, c->n + 1, sizeof(*c->columns));
	c->fields[c->n] = pick;
	c->columns[c->n] = (struct list_column){ .title = f->title, .text = f->flags & FIELD_WIDE,
	    .right = f->flags & FIELD_RIGHT };
	c->n++;
	return layout ? read_layout(layout, &c->columns[c->n - 1], e) : 0;
}

int chosen_parse(const struct field_set *set, const char *list, struct chosen *c,
    struct err *e)
{
	char word[NAME_MAX_BYTES];

	memset(c, 0, sizeof(*c));
	c->set = set;
	while (next_word(&list, word)) {
		if (choose(c, word, e) < 0) {
			chosen_release(c);
			return -1;
		}
	}
	if (c->n == 0)
		return err_set(e, ERR_USAGE, "no field is named");
	return 0;
}

bool chosen_has(const struct chosen *c, const char *name)
{
	for (size_t i = 0; i < c->n; i++) {
		if (strcmp(c->fields[i].field->name, name) == 0)
			return true;
	}
	return false;
}

void chosen_release(struct chosen *c)
{
	free(c->fields);
	free(c->columns);
	memset(c, 0, sizeof(*c));
}

/* ---- showing */

int pick_text(const struct pick *p, const struct style *st, const void *row, struct buf *b)
{
	if (p->field->text)
		return p->field->text(st, row, b);
	return column_text(st, p->column, row, b);
}

void chosen_row(const struct chosen *c, const struct style *st, const void *row,
    struct list *l)
{
	struct buf b;

	buf_init(&b, VALUE_BYTES);
	for (size_t i = 0; i < c->n; i++) {
		buf_reset(&b);
		if (pick_text(&c->fields[i], st, row, &b) < 0)
			buf_reset(&b);
		list_cell(l, b.len ? b.data : "");
	}
	buf_release(&b);
}

static void json_field(struct json *j, const struct pick *p, const struct style *st,
    const void *row)
{
	const struct field *f = p->field;
	struct buf b;

	if (p->column) {
		json_column(j, f->name, p->column, row);
		return;
	}
	buf_init(&b, VALUE_BYTES);
	if (f->text(st, row, &b) < 0 || b.len == 0)
		json_null(j, f->name);
	else if (f->flags & FIELD_SECONDS)
		json_thousandths(j, f->name, f->number(st, row));
	else if (f->flags & FIELD_INSTANT)
		json_time(j, f->name, f->number(st, row));
	else
		json_str(j, f->name, b.data);
	buf_release(&b);
}

void chosen_json(const struct chosen *c, const struct style *st, const void *row,
    struct json *j)
{
	json_object(j, NULL);
	for (size_t i = 0; i < c->n; i++)
		json_field(j, &c->fields[i], st, row);
	json_end(j);
}

/* ---- -S */

int order_parse(const struct field_set *set, const char *list, struct order *o,
    struct err *e)
{
	char word[NAME_MAX_BYTES];

	memset(o, 0, sizeof(*o));
	o->set = set;
	while (next_word(&list, word)) {
		size_t n = strlen(word);
		bool down = n > 0 && word[n - 1] == '-';

		if (n > 0 && (down || word[n - 1] == '+'))
			word[n - 1] = '\0';
		if (o->n == ORDER_MAX)
			return err_set(e, ERR_USAGE, "at most %d keys to sort by", ORDER_MAX);
		o->keys[o->n] = field_find(set, word);
		if (!o->keys[o->n].field)
			return unknown_field(set, word, e);
		o->down[o->n++] = down;
	}
	if (o->n == 0)
		return err_set(e, ERR_USAGE, "no key to sort by");
	return 0;
}

struct sorting {
	const struct order *order;
	const struct style *style;
	struct buf a, b;
};

struct place {			/* a row and where it stood */
	const void *row;
	size_t at;
};

static int compare_field(struct sorting *s, const struct pick *p, const void *a,
    const void *b)
{
	const struct field *f = p->field;

	if (f->number) {
		int64_t na = f->number(s->style, a), nb = f->number(s->style, b);

		return (na > nb) - (na < nb);
	}
	if (p->column)
		return column_compare(p->column, a, b);
	buf_reset(&s->a);
	buf_reset(&s->b);
	if (f->text(s->style, a, &s->a) < 0 || f->text(s->style, b, &s->b) < 0)
		return 0;
	return strcmp(s->a.len ? s->a.data : "", s->b.len ? s->b.data : "");
}

static int compare_rows(const void *pa, const void *pb, void *arg)
{
	const struct place *a = pa, *b = pb;
	struct sorting *s = arg;

	for (size_t i = 0; i < s->order->n; i++) {
		int r = compare_field(s, &s->order->keys[i], a->row, b->row);

		if (r)
			return s->order->down[i] ? -r : r;
	}
	return (a->at > b->at) - (a->at < b->at);
}

void order_sort(const struct order *o, const struct style *st, const void **rows, size_t n)
{
	struct sorting s = { .order = o, .style = st };
	struct place *places = xcalloc(n ? n : 1, sizeof(*places));

	buf_init(&s.a, VALUE_BYTES);
	buf_init(&s.b, VALUE_BYTES);
	for (size_t i = 0; i < n; i++)
		places[i] = (struct place){ rows[i], i };
	qsort_r(places, n, sizeof(*places), compare_rows, &s);
	for (size_t i = 0; i < n; i++)
		rows[i] = places[i].row;
	buf_release(&s.a);
	buf_release(&s.b);
	free(places);
}
