/*
 * msg: a message in memory, built by hand or by the decoder.
 *
 * Owns the values: an array of entries and one buffer of NUL-terminated text, so
 * a common message is two allocations.  Promises that each value fits its field
 * and that a field which may be there once is there once.  Requires callers to
 * name only fields of the message's type.
 */
#include "msg/msg.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "msg/impl.h"

struct msg *msg_new(enum msg_type type)
{
	struct msg *m = xmalloc(sizeof(*m));

	assert(type < MSG_TYPE_COUNT);
	m->type = type;
	m->count = 0;
	m->cap = MSG_ENTRIES_SMALL;
	m->rule = 0;
	m->entries = m->small;
	buf_init(&m->text, MSG_HEAD_MAX);
	m->body = NULL;
	m->body_len = 0;
	memset(m->seen, 0, sizeof(m->seen));
	return m;
}

void msg_free(struct msg *m)
{
	if (m == NULL)
		return;
	if (m->entries != m->small)
		free(m->entries);
	buf_release(&m->text);
	free(m->body);
	free(m);
}

enum msg_type msg_type(const struct msg *m)
{
	return m->type;
}

bool msg_has(const struct msg *m, enum msg_field f)
{
	return m->seen[f / 64] >> (f % 64) & 1;
}

int msg_use(enum msg_type type, enum msg_field f)
{
	const struct msg_rule *r;

	for (r = msg_schema[type]; r->field != MSG_FIELD_COUNT; r++)
		if (r->field == f)
			return (int)r->use;
	return -1;
}

/* Fields mostly come in the order of the schema: the search goes on where it ended. */
static int rule_use(struct msg *m, enum msg_field f)
{
	const struct msg_rule *rules = msg_schema[m->type], *r;

	for (r = rules + m->rule; r->field != MSG_FIELD_COUNT; r++)
		if (r->field == f) {
			m->rule = (uint32_t)(r - rules);
			return (int)r->use;
		}
	return msg_use(m->type, f);
}

int msg_push(struct msg *m, enum msg_field f, size_t n)
{
	struct msg_entry *e;

	if (m->count == MSG_FIELDS_MAX)
		return -1;
	if (m->count == m->cap) {
		e = m->entries == m->small ? NULL : m->entries;
		e = xreallocarray(e, m->cap * 2, sizeof(*e));
		if (m->entries == m->small)
			memcpy(e, m->small, sizeof(m->small));
		m->entries = e;
		m->cap *= 2;
	}
	if (!msg_has(m, f)) {
		m->seen[f / 64] |= UINT64_C(1) << (f % 64);
		m->first[f] = m->count;
	}
	e = &m->entries[m->count++];
	e->off = (uint32_t)(m->text.len - n - 1);
	e->len = (uint32_t)n;
	e->field = f;
	return 0;
}

/* The value may be one of m's own, which moves when text grows. */
static char *text_reserve(struct buf *text, const char **p, size_t n)
{
	size_t off = (size_t)((uintptr_t)*p - (uintptr_t)text->data);
	bool own = text->data != NULL && off < text->cap;
	char *room = buf_reserve(text, n);

	if (own)
		*p = text->data + off;
	return room;
}

int msg_addn(struct msg *m, enum msg_field f, const void *p, size_t n)
{
	int use = rule_use(m, f);
	const char *s = p;
	char *room;

	assert(use != -1);
	if (use != MSG_MANY && msg_has(m, f))
		return -1;
	if (n > msg_fields[f].max || m->count == MSG_FIELDS_MAX)
		return -1;
	room = text_reserve(&m->text, &s, n + 1);
	if (room == NULL)
		return -1;
	if (n > 0)
		memcpy(room, s, n);
	room[n] = '\0';
	if (msg_value_wrong(f, room, n) != NULL) {
		room[0] = '\0';
		return -1;
	}
	buf_commit(&m->text, n + 1);
	return msg_push(m, f, n);
}

int msg_add(struct msg *m, enum msg_field f, const char *s)
{
	return msg_addn(m, f, s, strlen(s));
}

int msg_addf(struct msg *m, enum msg_field f, const char *fmt, ...)
{
	struct buf b;
	va_list ap;
	int r;

	buf_init(&b, msg_fields[f].max);
	va_start(ap, fmt);
	r = buf_addv(&b, fmt, ap);
	va_end(ap);
	if (r == 0)
		r = msg_addn(m, f, b.data, b.len);
	buf_release(&b);
	return r;
}

/* Writes v in front of end and returns where it begins. */
static char *digits_before(char *end, uint64_t v)
{
	do {
		*--end = (char)('0' + v % 10);
		v /= 10;
	} while (v > 0);
	return end;
}

int msg_add_u64(struct msg *m, enum msg_field f, uint64_t v)
{
	char digits[24], *end = digits + sizeof(digits), *p = digits_before(end, v);

	return msg_addn(m, f, p, (size_t)(end - p));
}

int msg_add_i64(struct msg *m, enum msg_field f, int64_t v)
{
	char digits[24], *end = digits + sizeof(digits), *p;

	p = digits_before(end, v < 0 ? -(uint64_t)v : (uint64_t)v);
	if (v < 0)
		*--p = '-';
	return msg_addn(m, f, p, (size_t)(end - p));
}

int msg_add_uuid(struct msg *m, enum msg_field f, const struct uuid *u)
{
	char text[UUID_TEXT];

	uuid_format(u, text);
	return msg_addn(m, f, text, UUID_TEXT - 1);
}

int msg_set_body(struct msg *m, const void *p, size_t n)
{
	void *body;

	assert(n == 0 || msg_types[m->type].body);
	if (n > MSG_BODY_MAX)
		return -1;
	body = n > 0 ? xmemdup(p, n) : NULL;
	free(m->body);
	m->body = body;
	m->body_len = n;
	return 0;
}

static const char *value_at(const struct msg *m, size_t i)
{
	return m->text.data + m->entries[i].off;
}

const char *msg_str(const struct msg *m, enum msg_field f)
{
	return msg_has(m, f) ? value_at(m, m->first[f]) : NULL;
}

uint64_t msg_u64(const struct msg *m, enum msg_field f, uint64_t absent)
{
	uint64_t v;
	int r;

	assert(msg_fields[f].kind == MSG_U64);
	if (!msg_has(m, f))
		return absent;
	r = msg_read_u64(value_at(m, m->first[f]), m->entries[m->first[f]].len, &v);
	assert(r == 0);
	return r == 0 ? v : absent;
}

int64_t msg_i64(const struct msg *m, enum msg_field f, int64_t absent)
{
	int64_t v;
	int r;

	assert(msg_fields[f].kind == MSG_I64);
	if (!msg_has(m, f))
		return absent;
	r = msg_read_i64(value_at(m, m->first[f]), m->entries[m->first[f]].len, &v);
	assert(r == 0);
	return r == 0 ? v : absent;
}

bool msg_flag(const struct msg *m, enum msg_field f)
{
	assert(msg_fields[f].kind == MSG_FLAG);
	return msg_has(m, f) && *value_at(m, m->first[f]) == '1';
}

int msg_uuid(const struct msg *m, enum msg_field f, struct uuid *out)
{
	assert(msg_fields[f].kind == MSG_ID);
	return msg_has(m, f) ? uuid_parse(value_at(m, m->first[f]), out) : -1;
}

const void *msg_body(const struct msg *m, size_t *n)
{
	*n = m->body_len;
	return m->body;
}

const char *msg_next(const struct msg *m, enum msg_field f, size_t *iter)
{
	size_t i;

	if (!msg_has(m, f))
		return NULL;
	for (i = *iter > 0 ? *iter : m->first[f]; i < m->count; i++)
		if (m->entries[i].field == f) {
			*iter = i + 1;
			return value_at(m, i);
		}
	*iter = i;
	return NULL;
}

size_t msg_count(const struct msg *m, enum msg_field f)
{
	size_t iter = 0, n = 0;

	while (msg_next(m, f, &iter) != NULL)
		n++;
	return n;
}

bool msg_each(const struct msg *m, size_t *iter, enum msg_field *f, const char **value)
{
	if (*iter >= m->count)
		return false;
	*f = (enum msg_field)m->entries[*iter].field;
	*value = value_at(m, *iter);
	(*iter)++;
	return true;
}

int msg_copy_fields(struct msg *dst, const struct msg *src)
{
	uint64_t had[MSG_SEEN_WORDS];
	const struct msg_entry *e;

	memcpy(had, dst->seen, sizeof(had));
	for (e = src->entries; e < src->entries + src->count; e++) {
		if ((had[e->field / 64] >> (e->field % 64) & 1) != 0)
			continue;
		if (msg_use(dst->type, (enum msg_field)e->field) == -1)
			continue;
		if (msg_addn(dst, (enum msg_field)e->field, src->text.data + e->off, e->len) == -1)
			return -1;
	}
	return 0;
}
