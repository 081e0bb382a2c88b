/*
 * Properties, over random messages made from the schema: a message survives the
 * way to bytes and back, no beginning of a block is a message, and a block with a
 * changed byte is refused or is itself what its message encodes to.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "msg/impl.h"
#include "tap.h"

#define BLOCK_MAX (1 << 20)
#define ROUNDS 200			/* messages of each type */

static uint64_t rnd_state = 20260301;

static uint64_t rnd(uint64_t below)
{
	rnd_state++;
	return splitmix64(rnd_state) % below;
}

/* A number of up to the given count of digits, small and large ones alike. */
static uint64_t rnd_number(uint32_t digits)
{
	uint64_t v = splitmix64(++rnd_state) >> rnd(64), limit = 1;

	for (uint32_t i = 0; i < digits && i < 19; i++)
		limit *= 10;
	return digits > 19 ? v : v % limit;
}

static int add_string(struct msg *m, enum msg_field f)
{
	char s[300];
	size_t n = rnd(4) == 0 ? rnd(sizeof(s)) : rnd(20);

	if (n > msg_fields[f].max)
		n = msg_fields[f].max;
	for (size_t i = 0; i < n; i++)
		s[i] = (char)(rnd(4) == 0 ? 1 + rnd(255) : ' ' + rnd(95));
	return msg_addn(m, f, s, n);
}

static int add_uuid(struct msg *m, enum msg_field f)
{
	struct uuid u;

	for (size_t i = 0; i < sizeof(u.b); i++)
		u.b[i] = (uint8_t)rnd(256);
	return msg_add_uuid(m, f, &u);
}

static int add_random(struct msg *m, enum msg_field f)
{
	uint32_t max = msg_fields[f].max;
	uint64_t v;

	switch ((enum msg_kind)msg_fields[f].kind) {
	case MSG_STR:
		return add_string(m, f);
	case MSG_U64:
		return msg_add_u64(m, f, rnd_number(max));
	case MSG_I64:
		v = rnd_number(max);
		return msg_add_i64(m, f, (int64_t)v);
	case MSG_FLAG:
		return msg_add_u64(m, f, rnd(2));
	case MSG_ID:
		return add_uuid(m, f);
	}
	return -1;
}

/* All required fields and some of the others, in an order of its own. */
static struct msg *message_random(enum msg_type type)
{
	const struct msg_rule *rules = msg_schema[type];
	struct msg *m = msg_new(type);
	size_t n = 0, start, times;

	while (rules[n].field != MSG_FIELD_COUNT)
		n++;
	start = rnd(n);
	for (size_t i = 0; i < n; i++) {
		const struct msg_rule *r = &rules[(start + i) % n];

		times = r->use == MSG_REQUIRED ? 1 : r->use == MSG_MANY ? rnd(6) : rnd(2);
		for (; times > 0; times--)
			if (add_random(m, r->field) == -1)
				ok(false, "add %s", msg_field_name(r->field));
	}
	if (msg_types[type].body && rnd(2) == 0) {
		char body[64];

		for (size_t i = 0; i < sizeof(body); i++)
			body[i] = (char)rnd(256);
		msg_set_body(m, body, rnd(sizeof(body)));
	}
	return m;
}

static bool same_message(const struct msg *a, const struct msg *b)
{
	size_t ia = 0, ib = 0, na, nb;
	enum msg_field fa, fb;
	const char *va, *vb;

	if (msg_type(a) != msg_type(b))
		return false;
	while (msg_each(a, &ia, &fa, &va))
		if (!msg_each(b, &ib, &fb, &vb) || fa != fb || strcmp(va, vb) != 0)
			return false;
	if (msg_each(b, &ib, &fb, &vb))
		return false;
	va = msg_body(a, &na);
	vb = msg_body(b, &nb);
	return na == nb && (na == 0 || memcmp(va, vb, na) == 0);
}

/* Asks a decoded message for everything that it has: none of this can fail. */
static bool ask_all(const struct msg *m)
{
	size_t iter = 0;
	enum msg_field f;
	const char *v;
	struct uuid u;
	char text[32];
	bool same = true;

	while (msg_each(m, &iter, &f, &v)) {
		switch ((enum msg_kind)msg_fields[f].kind) {
		case MSG_STR:
			same = same && strlen(v) <= msg_fields[f].max && msg_str(m, f) != NULL;
			break;
		case MSG_U64:
			snprintf(text, sizeof(text), "%" PRIu64, msg_u64(m, f, 0));
			same = same && strcmp(text, v) == 0;
			break;
		case MSG_I64:
			snprintf(text, sizeof(text), "%" PRId64, msg_i64(m, f, 0));
			same = same && strcmp(text, v) == 0;
			break;
		case MSG_FLAG:
			same = same && msg_flag(m, f) == (v[0] == '1');
			break;
		case MSG_ID:
			same = same && msg_uuid(m, f, &u) == 0;
			break;
		}
	}
	return same;
}

static void test_round_trip(enum msg_type type)
{
	struct buf b;
	struct err e = { 0 };
	struct msg *m, *d;
	size_t used;
	int good = 0;

	buf_init(&b, BLOCK_MAX);
	for (int i = 0; i < ROUNDS; i++) {
		m = message_random(type);
		buf_reset(&b);
		if (msg_encode(m, &b) == 0 && msg_decode(b.data, b.len, &d, &used, &e) == 1) {
			good += used == b.len && same_message(m, d) && ask_all(d);
			msg_free(d);
		}
		msg_free(m);
	}
	is_int(good, ROUNDS, "%s: there and back (%s)", msg_type_name(type), e.text);
	buf_release(&b);
}

/* A copy of exact size, so that a sanitizer sees each byte that is read behind it. */
static void test_truncated(enum msg_type type)
{
	struct msg *m = message_random(type), *d;
	struct buf b;
	struct err e;
	size_t used, n, good = 0;

	buf_init(&b, BLOCK_MAX);
	msg_encode(m, &b);
	for (n = 0; n < b.len; n++) {
		char *copy = xmemdup(b.data, n);

		good += msg_decode(copy, n, &d, &used, &e) == 0 && d == NULL &&
		    (used == 0 || used == b.len);
		free(copy);
	}
	is_int(good, b.len, "%s: a beginning is no message", msg_type_name(type));
	buf_release(&b);
	msg_free(m);
}

/* What the decoder takes has the bytes that the encoder writes. */
static bool canonical(const char *p, size_t n)
{
	struct msg *m;
	struct err e = { 0 };
	struct buf again;
	size_t used;
	bool same;
	int r = msg_decode(p, n, &m, &used, &e);

	if (r != 1)
		return r == 0 ? m == NULL && (used == 0 || used > n) :
		    m == NULL && e.code == ERR_DATA && e.text[0] != '\0';
	buf_init(&again, BLOCK_MAX);
	same = ask_all(m) && msg_encode(m, &again) == 0 && again.len == used &&
	    memcmp(again.data, p, used) == 0;
	buf_release(&again);
	msg_free(m);
	return same;
}

static void test_changed(enum msg_type type)
{
	static const char special[] = { '\n', ' ', '\\', '0', '1', 'a', '-', '\0', '\177', '\377' };
	struct msg *m = message_random(type);
	struct buf b;
	size_t good = 0, tried = 0;

	buf_init(&b, BLOCK_MAX);
	msg_encode(m, &b);
	for (size_t i = 0; i < b.len; i++) {
		char old = b.data[i];

		for (int bit = 0; bit < 8; bit++, tried++) {
			b.data[i] = (char)(old ^ 1 << bit);
			good += canonical(b.data, b.len);
		}
		for (size_t k = 0; k < sizeof(special); k++, tried++) {
			b.data[i] = special[k];
			good += canonical(b.data, b.len);
		}
		b.data[i] = old;
	}
	is_int(good, tried, "%s: a changed byte is refused or means what it says",
	    msg_type_name(type));
	buf_release(&b);
	msg_free(m);
}

/* Lines gone, doubled or swapped, under a first line with the right length. */
static void test_lines(enum msg_type type)
{
	struct msg *m = message_random(type);
	struct buf b, c;
	size_t head, lines = 0, good = 0, tried = 0;
	const char *p, *nl;

	buf_init(&b, BLOCK_MAX);
	buf_init(&c, BLOCK_MAX);
	msg_set_body(m, NULL, 0);
	msg_encode(m, &b);
	head = (size_t)(strchr(b.data, '\n') + 1 - b.data);
	for (p = b.data + head; *p != '\0'; p = nl + 1, lines++) {
		size_t before = (size_t)(p - b.data) - head, len;

		nl = strchr(p, '\n');
		len = (size_t)(nl + 1 - p);
		for (int times = 0; times < 4; times += 2, tried++) {
			buf_reset(&c);
			buf_addf(&c, "job1 %s %zu 0\n", msg_type_name(type),
			    b.len - head - len + (size_t)times * len);
			buf_add(&c, b.data + head, before);
			for (int t = 0; t < times; t++)
				buf_add(&c, p, len);
			buf_adds(&c, nl + 1);
			good += canonical(c.data, c.len);
		}
	}
	is_int(good, tried, "%s: lines gone or doubled", msg_type_name(type));
	buf_release(&b);
	buf_release(&c);
	msg_free(m);
}

int main(void)
{
	for (int i = 0; i < MSG_TYPE_COUNT; i++) {
		enum msg_type type = (enum msg_type)i;

		test_round_trip(type);
		test_truncated(type);
		test_changed(type);
		test_lines(type);
	}
	return tap_done();
}
