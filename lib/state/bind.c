/*
 * bind: one generic way for every row, in both directions.
 *
 * Owns how each col_kind stands in SQL.  Promises that what was bound reads back
 * as the same row, whatever the table.  Requires a column table that names what
 * the SQL table has (schema tests compare them).
 */
#include "state/bind.h"

#include <assert.h>
#include <string.h>

/* A COL_BLOB field and the length right behind it. */
struct blob_field {
	const void *data;
	int64_t size;
};

static void add_name(struct buf *sql, const char *before, const char *name, const char *after)
{
	buf_adds(sql, before);
	buf_adds(sql, "\"");
	buf_adds(sql, name);
	buf_adds(sql, "\"");
	buf_adds(sql, after);
}

static int row_prepare(struct row_stmt *rs, struct buf *sql, struct err *e)
{
	rs->stmt = db_prepare(rs->db, sql->data, e);
	buf_release(sql);
	return rs->stmt ? 0 : -1;
}

static void row_param(struct row_stmt *rs, const struct column *c)
{
	assert(rs->n < BIND_MAX);
	rs->cols[rs->n++] = c;
}

int row_insert(struct row_stmt *rs, struct db *d, const struct table *t, const char *verb,
    const char *tail, struct err *e)
{
	struct buf sql;
	const char *comma = "";

	*rs = (struct row_stmt){ .db = d };
	buf_init(&sql, 65536);
	buf_addf(&sql, "%s INTO %s(", verb, t->name);
	for (const struct column *c = t->columns; c->name; c++) {
		add_name(&sql, comma, c->name, "");
		comma = ",";
		row_param(rs, c);
	}
	buf_adds(&sql, ") VALUES (?");
	for (int i = 1; i < rs->n; i++)
		buf_adds(&sql, ",?");
	buf_addf(&sql, ") %s", tail);
	return row_prepare(rs, &sql, e);
}

int row_derive(struct row_stmt *rs, struct db *d, const char *tail, struct err *e)
{
	const struct column *c;
	struct buf sql;
	const char *comma = "";

	*rs = (struct row_stmt){ .db = d };
	buf_init(&sql, 65536);
	buf_adds(&sql, "INSERT INTO jobs(");
	for (c = table_jobs.columns; c->name; c++, comma = ",")
		add_name(&sql, comma, c->name, "");
	buf_adds(&sql, ") SELECT ");
	for (c = table_jobs.columns, comma = ""; c->name; c++, comma = ",") {
		if (c->flags & (COL_KEY | COL_MUTABLE | COL_OWN)) {
			buf_addf(&sql, "%s?", comma);
			row_param(rs, c);
		} else {
			buf_addf(&sql, "%sm.\"%s\"", comma, c->name);
		}
	}
	buf_addf(&sql, " FROM jobs m WHERE m.job_id = ? %s", tail);
	row_param(rs, table_column(&table_jobs, "array_id"));
	return row_prepare(rs, &sql, e);
}

static void where_key(struct row_stmt *rs, const struct table *t, struct buf *sql)
{
	const char *before = " WHERE ";

	for (const struct column *c = t->columns; c->name; c++) {
		if (!(c->flags & COL_KEY))
			continue;
		add_name(sql, before, c->name, "=?");
		before = " AND ";
		row_param(rs, c);
	}
}

int row_update(struct row_stmt *rs, struct db *d, const struct table *t, const char *except,
    struct err *e)
{
	struct buf sql;
	const char *comma = "";

	*rs = (struct row_stmt){ .db = d };
	buf_init(&sql, 65536);
	buf_addf(&sql, "UPDATE %s SET ", t->name);
	for (const struct column *c = t->columns; c->name; c++) {
		if (!(c->flags & COL_MUTABLE) || (except && strcmp(c->name, except) == 0))
			continue;
		add_name(&sql, comma, c->name, "=?");
		comma = ",";
		row_param(rs, c);
	}
	where_key(rs, t, &sql);
	return row_prepare(rs, &sql, e);
}

int row_edit(struct row_stmt *rs, struct db *d, const struct table *t, const struct column *col,
    const char *value, struct err *e)
{
	struct buf sql;

	*rs = (struct row_stmt){ .db = d };
	buf_init(&sql, 65536);
	buf_addf(&sql, "UPDATE %s SET \"%s\"=%s", t->name, col->name, value);
	row_param(rs, col);
	where_key(rs, t, &sql);
	return row_prepare(rs, &sql, e);
}

void row_stmt_release(struct row_stmt *rs)
{
	sqlite3_finalize(rs->stmt);
	rs->stmt = NULL;
}

static int bind_text(sqlite3_stmt *st, int i, const char *s)
{
	return s ? sqlite3_bind_text(st, i, s, -1, SQLITE_STATIC) : sqlite3_bind_null(st, i);
}

static int bind_uuid(sqlite3_stmt *st, int i, const struct uuid *u)
{
	char text[UUID_TEXT];

	if (uuid_is_nil(u))
		return sqlite3_bind_null(st, i);
	uuid_format(u, text);
	return sqlite3_bind_text(st, i, text, UUID_TEXT - 1, SQLITE_TRANSIENT);
}

static int bind_real(sqlite3_stmt *st, int i, int64_t v, int64_t unit)
{
	return sqlite3_bind_double(st, i, (double)v / (double)unit);
}

static int bind_column(sqlite3_stmt *st, int i, const struct column *c, const void *field)
{
	const struct blob_field *blob = field;
	int64_t v = 0;

	if (c->kind != COL_TEXT && c->kind != COL_BLOB && c->kind != COL_UUID)
		v = *(const int64_t *)field;
	switch (c->kind) {
	case COL_INT:
	case COL_BOOL:
		return sqlite3_bind_int64(st, i, v);
	case COL_OPT:
		return v == -1 ? sqlite3_bind_null(st, i) : sqlite3_bind_int64(st, i, v);
	case COL_TIME:
		return v == 0 ? sqlite3_bind_null(st, i) : sqlite3_bind_int64(st, i, v);
	case COL_SECONDS:
		return v == 0 ? sqlite3_bind_null(st, i) : bind_real(st, i, v, 1000);
	case COL_MILLI:
		return bind_real(st, i, v, 1000);
	case COL_GB:
		return bind_real(st, i, v, 1024);
	case COL_TEXT:
		return bind_text(st, i, *(const char *const *)field);
	case COL_BLOB:
		return blob->data ? sqlite3_bind_blob64(st, i, blob->data,
		    (sqlite3_uint64)blob->size, SQLITE_STATIC) : sqlite3_bind_null(st, i);
	case COL_UUID:
		return bind_uuid(st, i, field);
	default:	/* the enums */
		return bind_text(st, i, col_word(c->kind, v));
	}
}

int row_run(struct row_stmt *rs, const void *row, struct err *e)
{
	for (int i = 0; i < rs->n; i++) {
		const struct column *c = rs->cols[i];

		if (bind_column(rs->stmt, i + 1, c, (const char *)row + c->offset) != SQLITE_OK)
			return db_fail(rs->db, c->name, e);
	}
	return db_run(rs->db, rs->stmt, e);
}

void row_columns(struct db *d, const struct table *t, struct buf *sql)
{
	const char *comma = "";

	for (const struct column *c = t->columns; c->name; c++) {
		bool there = d->newest || sqlite3_table_column_metadata(d->h, "main", t->name,
		    c->name, NULL, NULL, NULL, NULL, NULL) == SQLITE_OK;

		buf_adds(sql, comma);
		comma = ",";
		buf_adds(sql, there ? t->name : "NULL");
		if (there)
			add_name(sql, ".", c->name, "");
	}
}

sqlite3_stmt *row_select(struct db *d, const struct table *t, const char *rest, struct err *e)
{
	sqlite3_stmt *st = db_kept(d, rest, t);
	struct buf sql;

	if (st)
		return st;
	buf_init(&sql, 65536);
	buf_adds(&sql, "SELECT ");
	row_columns(d, t, &sql);
	buf_addf(&sql, " FROM %s %s", t->name, rest);
	if ((st = db_prepare(d, sql.data, e)) != NULL)
		db_keep(d, rest, t, st);
	buf_release(&sql);
	return st;
}

/* Nearest integer without libm; all values are far inside 2^53. */
static int64_t scaled(sqlite3_stmt *st, int i, int64_t unit)
{
	double v = sqlite3_column_double(st, i) * (double)unit;

	return (int64_t)(v < 0 ? v - 0.5 : v + 0.5);
}

static const char *read_text(sqlite3_stmt *st, int i, struct arena *a)
{
	const char *s = (const char *)sqlite3_column_text(st, i);

	return a ? arena_strdup(a, s) : s;
}

static void read_blob(sqlite3_stmt *st, int i, struct blob_field *blob, struct arena *a)
{
	blob->data = sqlite3_column_blob(st, i);
	blob->size = sqlite3_column_bytes(st, i);
	if (blob->data && a)
		blob->data = arena_memdup(a, blob->data, (size_t)blob->size);
}

/* -1 when the text is none that this version knows; NULL is none, as a value. */
static int read_word(sqlite3_stmt *st, int i, enum col_kind kind, int64_t *out)
{
	const char *s = (const char *)sqlite3_column_text(st, i);

	*out = kind == COL_REASON ? REASON_NONE : -1;
	return s == NULL || (*out = col_value(kind, s)) >= 0 ? 0 : -1;
}

static int read_uuid(sqlite3_stmt *st, int i, struct uuid *u)
{
	const char *s = (const char *)sqlite3_column_text(st, i);

	memset(u, 0, sizeof(*u));
	return s == NULL ? 0 : uuid_parse(s, u);
}

static int read_column(sqlite3_stmt *st, int i, enum col_kind kind, void *field,
    struct arena *a)
{
	int64_t *v = field;

	switch (kind) {
	case COL_INT:
	case COL_BOOL:
	case COL_TIME:
		*v = sqlite3_column_int64(st, i);
		return 0;
	case COL_OPT:
		*v = sqlite3_column_type(st, i) == SQLITE_NULL ? -1 :
		    sqlite3_column_int64(st, i);
		return 0;
	case COL_SECONDS:
	case COL_MILLI:
		*v = scaled(st, i, 1000);
		return 0;
	case COL_GB:
		*v = scaled(st, i, 1024);
		return 0;
	case COL_TEXT:
		*(const char **)field = read_text(st, i, a);
		return 0;
	case COL_BLOB:
		read_blob(st, i, field, a);
		return 0;
	case COL_UUID:
		return read_uuid(st, i, field);
	default:
		return read_word(st, i, kind, v);
	}
}

int row_read(struct db *d, sqlite3_stmt *st, const struct table *t, void *row,
    struct arena *a, struct err *e)
{
	int i = 0;

	for (const struct column *c = t->columns; c->name; c++, i++) {
		if (read_column(st, i, c->kind, (char *)row + c->offset, a) != 0)
			return err_set(e, ERR_IO, "%s: %s.%s: unknown value \"%s\"", d->name,
			    t->name, c->name, (const char *)sqlite3_column_text(st, i));
	}
	return 0;
}
