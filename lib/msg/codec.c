/*
 * codec: a message to bytes, and bytes to a message.
 *
 * Owns the grammar of a block.  Promises that what it takes has exactly the bytes
 * that msg_encode writes for it, that it reads no byte beyond those it was given,
 * and that it allocates a small multiple of them at most.  The rules for single
 * values are in value.c, the lists of fields in schema.c.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "msg/impl.h"

#define MAGIC "job"
#define SHOWN_MAX 40			/* bytes of a value in an error */

struct prefix {
	enum msg_type type;
	size_t len;			/* of the line, with its newline */
	size_t head;
	size_t body;
};

/* ---- to bytes */

static int encode_fields(const struct msg *m, struct buf *out)
{
	const struct msg_entry *e = m->entries, *end = e + m->count;
	const struct msg_field_info *f;

	for (; e < end; e++) {
		f = &msg_fields[e->field];
		if (buf_add(out, f->name, (size_t)f->len + 1) == -1 ||
		    vis_add(out, m->text.data + e->off, e->len) == -1 ||
		    buf_addc(out, '\n') == -1)
			return -1;
	}
	return 0;
}

/* The first line holds the head's length, so it goes in front when that is known. */
static int encode_prefix(const struct msg *m, struct buf *out, size_t start)
{
	size_t head = out->len - start;
	char line[MSG_PREFIX_MAX + 1];
	int n;

	n = snprintf(line, sizeof(line), MAGIC "%d %s %zu %zu\n", MSG_VERSION,
	    msg_types[m->type].name, head, m->body_len);
	assert(n > 0 && n <= MSG_PREFIX_MAX);
	if (head > MSG_HEAD_MAX || buf_add(out, line, (size_t)n) == -1)
		return -1;
	memmove(out->data + start + n, out->data + start, head);
	memcpy(out->data + start, line, (size_t)n);
	return 0;
}

static const struct msg_rule *missing_rule(const struct msg *m)
{
	const struct msg_rule *r;

	for (r = msg_schema[m->type]; r->field != MSG_FIELD_COUNT; r++)
		if (r->use == MSG_REQUIRED && !msg_has(m, r->field))
			return r;
	return NULL;
}

int msg_encode(const struct msg *m, struct buf *out)
{
	size_t start = out->len;

	assert(missing_rule(m) == NULL);
	if (encode_fields(m, out) == 0 && encode_prefix(m, out, start) == 0 &&
	    buf_add(out, m->body, m->body_len) == 0)
		return 0;
	out->len = start;
	if (out->data != NULL)
		out->data[start] = '\0';
	return -1;
}

/* ---- from bytes: the first line */

/* What came from outside, cut and made harmless, between quotes. */
static const char *shown(const char *p, size_t n, char *out, size_t size)
{
	struct buf b;

	buf_init(&b, size);
	vis_add(&b, p, n < SHOWN_MAX ? n : SHOWN_MAX);
	snprintf(out, size, "\"%s\"%s", b.data != NULL ? b.data : "", n > SHOWN_MAX ? "..." : "");
	buf_release(&b);
	return out;
}

#define SHOW(p, n) shown(p, n, (char[4 * SHOWN_MAX + 8]){ 0 }, 4 * SHOWN_MAX + 8)

/* The word in front of the next blank (or the line's end); *p moves behind it. */
static const char *word_next(const char **p, const char *end, size_t *n)
{
	const char *word = *p, *blank = memchr(word, ' ', (size_t)(end - word));

	*n = (size_t)((blank != NULL ? blank : end) - word);
	*p = blank != NULL ? blank + 1 : end;
	return word;
}

static int type_read(const char *s, size_t n, enum msg_type *type)
{
	for (int i = 0; i < MSG_TYPE_COUNT; i++)
		if (msg_types[i].len == n && memcmp(msg_types[i].name, s, n) == 0) {
			*type = (enum msg_type)i;
			return 0;
		}
	return -1;
}

static int length_read(const char *s, size_t n, size_t max, size_t *out)
{
	uint64_t v;

	if (msg_read_u64(s, n, &v) == -1 || v > max)
		return -1;
	*out = (size_t)v;
	return 0;
}

/* A line of four words with one blank between them; end is where its newline is. */
static int prefix_words(const char *p, const char *end, struct prefix *x, struct err *e)
{
	const char *word, *line = p;
	size_t n;

	word = word_next(&p, end, &n);
	if (n != sizeof(MAGIC) || word[n - 1] != '0' + MSG_VERSION)
		return err_set(e, ERR_DATA, "no message of version %d: %s", MSG_VERSION,
		    SHOW(line, (size_t)(end - line)));
	word = word_next(&p, end, &n);
	if (type_read(word, n, &x->type) == -1)
		return err_set(e, ERR_DATA, "unknown message type %s", SHOW(word, n));
	word = word_next(&p, end, &n);
	if (length_read(word, n, MSG_HEAD_MAX, &x->head) == -1)
		return err_set(e, ERR_DATA, "%s message: %s is no head length up to %u",
		    msg_types[x->type].name, SHOW(word, n), MSG_HEAD_MAX);
	word = word_next(&p, end, &n);
	if (p != end || p[-1] == ' ' || length_read(word, n, MSG_BODY_MAX, &x->body) == -1)
		return err_set(e, ERR_DATA, "%s message: %s is no body length up to %u",
		    msg_types[x->type].name, SHOW(word, (size_t)(end - word)), MSG_BODY_MAX);
	if (x->body > 0 && !msg_types[x->type].body)
		return err_set(e, ERR_DATA, "%s message: a body of %zu bytes where none may be",
		    msg_types[x->type].name, x->body);
	return 0;
}

/* 1 with x filled, 0 when the line is not all there, -1. */
static int prefix_read(const char *p, size_t n, struct prefix *x, struct err *e)
{
	size_t look = n < MSG_PREFIX_MAX ? n : MSG_PREFIX_MAX;
	size_t magic = n < sizeof(MAGIC) - 1 ? n : sizeof(MAGIC) - 1;
	const char *end;

	if (n == 0)
		return 0;
	end = memchr(p, '\n', look);
	if (memcmp(p, MAGIC, magic) != 0 || (end == NULL && n >= MSG_PREFIX_MAX))
		return err_set(e, ERR_DATA, "no message: it begins %s",
		    SHOW(p, end != NULL ? (size_t)(end - p) : look));
	if (end == NULL)
		return 0;
	x->len = (size_t)(end - p) + 1;
	return prefix_words(p, end, x, e) == -1 ? -1 : 1;
}

/* ---- from bytes: the head */

static bool rule_named(const struct msg_rule *r, const char *name, size_t n)
{
	const struct msg_field_info *f = &msg_fields[r->field];

	return f->len == n && memcmp(f->name, name, n) == 0;
}

/*
 * The rule for a name.  Our own messages come in the order of the schema, so the
 * search goes on where the last one ended and then once around.
 */
static const struct msg_rule *rule_find(struct msg *m, const char *name, size_t n)
{
	const struct msg_rule *rules = msg_schema[m->type], *last = rules + m->rule, *r;

	for (r = last; r->field != MSG_FIELD_COUNT; r++)
		if (rule_named(r, name, n))
			goto found;
	for (r = rules; r < last; r++)
		if (rule_named(r, name, n))
			goto found;
	return NULL;
found:
	m->rule = (uint32_t)(r - rules);
	return r;
}

static int value_read(struct msg *m, enum msg_field f, const char *p, size_t n, struct err *e)
{
	size_t off = m->text.len, len;
	const char *wrong;

	if (unvis_add(&m->text, p, n) == -1)
		return err_set(e, ERR_DATA, "%s is no vis(3) text", SHOW(p, n));
	len = m->text.len - off;
	if (len > msg_fields[f].max)
		return err_set(e, ERR_DATA, "%s has %zu bytes, at most %u may be", SHOW(p, n),
		    len, (unsigned int)msg_fields[f].max);
	buf_addc(&m->text, '\0');
	wrong = msg_value_wrong(f, m->text.data + off, len);
	if (wrong != NULL)
		return err_set(e, ERR_DATA, "%s %s", SHOW(p, n), wrong);
	return 0;
}

static int line_read(struct msg *m, const char *p, size_t n, struct err *e)
{
	const char *blank = memchr(p, ' ', n);
	const struct msg_rule *r;
	size_t name, off = m->text.len;

	if (blank == NULL)
		return err_set(e, ERR_DATA, "the line %s has no blank", SHOW(p, n));
	name = (size_t)(blank - p);
	r = rule_find(m, p, name);
	if (r == NULL)
		return err_set(e, ERR_DATA, "field %s has no place in it", SHOW(p, name));
	if (r->use != MSG_MANY && msg_has(m, r->field))
		return err_set(e, ERR_DATA, "field %s is there twice", msg_field_name(r->field));
	if (value_read(m, r->field, blank + 1, n - name - 1, e) == -1)
		return err_prefix(e, "field %s", msg_field_name(r->field));
	if (msg_push(m, r->field, m->text.len - off - 1) == -1)
		return err_set(e, ERR_DATA, "more than %d fields", MSG_FIELDS_MAX);
	return 0;
}

static int head_read(struct msg *m, const char *p, size_t n, struct err *e)
{
	const char *end = p + n, *nl;
	const struct msg_rule *r;

	/* A decoded value and its NUL are shorter than its line: text never moves. */
	if (n > 0)
		buf_reserve(&m->text, n);
	for (; p < end; p = nl + 1) {
		nl = memchr(p, '\n', (size_t)(end - p));
		if (nl == NULL)
			return err_set(e, ERR_DATA, "the head ends inside the line %s",
			    SHOW(p, (size_t)(end - p)));
		if (line_read(m, p, (size_t)(nl - p), e) == -1)
			return -1;
	}
	r = missing_rule(m);
	if (r != NULL)
		return err_set(e, ERR_DATA, "field %s is missing", msg_field_name(r->field));
	return 0;
}

int msg_decode(const void *p, size_t n, struct msg **m, size_t *used, struct err *e)
{
	struct prefix x = { 0 };
	const char *s = p;
	int r;

	*m = NULL;
	*used = 0;
	r = prefix_read(s, n, &x, e);
	if (r != 1)
		return r;
	*used = x.len + x.head + x.body;
	if (n < *used)
		return 0;
	*m = msg_new(x.type);
	if (head_read(*m, s + x.len, x.head, e) == -1) {
		err_prefix(e, "%s message", msg_types[x.type].name);
		msg_free(*m);
		*m = NULL;
		*used = 0;
		return -1;
	}
	if (x.body > 0)
		msg_set_body(*m, s + x.len + x.head, x.body);
	return 1;
}
