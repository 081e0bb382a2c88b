/*
 * json: a writer that keeps track of commas and brackets, and how a row's
 * columns look in JSON.
 *
 * Promises valid JSON in UTF-8 whatever the bytes of a text are, in numbers that
 * are exact, independent of the locale.  The nesting is bounded by our own
 * documents, hence asserted.
 */
#include "cli/json.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "cli/value.h"

#define TEXT_BYTES (128u << 20)
#define DEPTH (int)(sizeof(((struct json *)0)->filled) / sizeof(bool))

void json_init(struct json *j, FILE *out)
{
	memset(j, 0, sizeof(*j));
	j->out = out;
}

static void new_line(struct json *j)
{
	putc('\n', j->out);
	for (int i = 0; i < j->depth; i++)
		fputs("  ", j->out);
}

/* True when no byte of it needs an escape. */
static bool plain(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (s[i] < 0x20 || s[i] > 0x7e || s[i] == '"' || s[i] == '\\')
			return false;
	}
	return true;
}

static void put_text(struct json *j, const char *s, size_t n)
{
	struct buf b;

	if (plain(s, n)) {
		putc('"', j->out);
		fwrite(s, 1, n, j->out);
		putc('"', j->out);
		return;
	}
	buf_init(&b, TEXT_BYTES);
	if (json_quote(&b, s, n) < 0)
		fputs("null", j->out);
	else
		fwrite(b.data, 1, b.len, j->out);
	buf_release(&b);
}

static void put_key(struct json *j, const char *key)
{
	if (j->filled[j->depth])
		putc(',', j->out);
	j->filled[j->depth] = true;
	if (j->lines && j->depth > 0)
		new_line(j);
	if (key) {
		put_text(j, key, strlen(key));
		putc(':', j->out);
		if (j->lines)
			putc(' ', j->out);
	}
}

static void open_with(struct json *j, const char *key, char open, char closing)
{
	put_key(j, key);
	putc(open, j->out);
	j->depth++;
	assert(j->depth < DEPTH);
	j->filled[j->depth] = false;
	j->closing[j->depth] = closing;
}

void json_object(struct json *j, const char *key)
{
	open_with(j, key, '{', '}');
}

void json_array(struct json *j, const char *key)
{
	open_with(j, key, '[', ']');
}

void json_end(struct json *j)
{
	char closing = j->closing[j->depth];
	bool filled = j->filled[j->depth];

	assert(j->depth > 0);
	j->depth--;
	if (j->lines && filled)
		new_line(j);
	putc(closing, j->out);
}

void json_newline(struct json *j)
{
	putc('\n', j->out);
}

void json_strn(struct json *j, const char *key, const char *s, size_t n)
{
	put_key(j, key);
	put_text(j, s, n);
}

void json_str(struct json *j, const char *key, const char *s)
{
	if (s)
		json_strn(j, key, s, strlen(s));
	else
		json_null(j, key);
}

void json_raw(struct json *j, const char *key, const char *text)
{
	put_key(j, key);
	fputs(text, j->out);
}

void json_null(struct json *j, const char *key)
{
	json_raw(j, key, "null");
}

void json_int(struct json *j, const char *key, int64_t v)
{
	put_key(j, key);
	fprintf(j->out, "%" PRId64, v);
}

void json_bool(struct json *j, const char *key, bool v)
{
	json_raw(j, key, v ? "true" : "false");
}

/* v / unit as an exact decimal; unit has at most ten places behind the point. */
static void put_fraction(struct json *j, const char *key, int64_t v, int64_t unit)
{
	uint64_t n = v < 0 ? -(uint64_t)v : (uint64_t)v, rest = n % (uint64_t)unit;

	put_key(j, key);
	fprintf(j->out, "%s%" PRIu64, v < 0 ? "-" : "", n / (uint64_t)unit);
	if (rest)
		putc('.', j->out);
	while (rest) {
		rest *= 10;
		putc((int)('0' + rest / (uint64_t)unit), j->out);
		rest %= (uint64_t)unit;
	}
}

void json_thousandths(struct json *j, const char *key, int64_t v)
{
	put_fraction(j, key, v, 1000);
}

void json_1024ths(struct json *j, const char *key, int64_t v)
{
	put_fraction(j, key, v, 1024);
}

void json_time(struct json *j, const char *key, int64_t ms)
{
	char text[CLOCK_RFC3339_SIZE];

	if (ms == 0) {
		json_null(j, key);
		return;
	}
	clock_rfc3339(ms, text);
	json_str(j, key, text);
}

static void words_column(struct json *j, const char *key, const struct column *c,
    const void *row)
{
	const void *p = (const char *)row + c->offset;
	char uuid[UUID_TEXT];

	if (column_absent(c, row)) {
		json_null(j, key);
	} else if (c->kind == COL_TEXT) {
		json_str(j, key, *(const char *const *)p);
	} else if (c->kind == COL_UUID) {
		uuid_format(p, uuid);
		json_str(j, key, uuid);
	} else {
		json_str(j, key, col_word(c->kind, *(const int64_t *)p));
	}
}

void json_column(struct json *j, const char *key, const struct column *c, const void *row)
{
	int64_t v = column_int(c, row);

	switch (c->kind) {
	case COL_INT:
		json_int(j, key, v);
		break;
	case COL_OPT:
		if (v < 0)
			json_null(j, key);
		else
			json_int(j, key, v);
		break;
	case COL_TIME:
		json_time(j, key, v);
		break;
	case COL_SECONDS:
		if (v == 0)
			json_null(j, key);
		else
			json_thousandths(j, key, v);
		break;
	case COL_MILLI:
		json_thousandths(j, key, v);
		break;
	case COL_GB:
		json_1024ths(j, key, v);
		break;
	case COL_BOOL:
		json_bool(j, key, v != 0);
		break;
	default:
		words_column(j, key, c, row);
	}
}

void json_open_list(struct json *j, const char *list)
{
	json_object(j, NULL);
	json_str(j, "schema", JSON_SCHEMA);
	json_array(j, list);
}

void json_close_list(struct json *j)
{
	json_end(j);
	json_end(j);
	json_newline(j);
}
