/*
 * The decoder, fed with anything.  What it takes must encode to the bytes it was
 * read from, and those must decode to the same again.
 *
 * Input that begins with "job" is a block as it is.  Of any other the first byte
 * chooses a type and the rest is a head under a first line that fits: lengths are
 * hard to guess, and what matters lies behind them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "msg/impl.h"

#define BLOCK_MAX (8u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int cond, const char *what)
{
	if (cond)
		return;
	fprintf(stderr, "fuzz: %s\n", what);
	abort();
}

static void ask(const struct msg *m)
{
	size_t iter = 0;
	enum msg_field f;
	const char *v;
	struct uuid u;

	while (msg_each(m, &iter, &f, &v)) {
		must(strlen(v) <= msg_fields[f].max, "a value is too long");
		must(msg_use(msg_type(m), f) != -1, "a field has no place");
		switch ((enum msg_kind)msg_fields[f].kind) {
		case MSG_STR:
			must(msg_str(m, f) != NULL, "no string");
			break;
		case MSG_U64:
			msg_u64(m, f, 0);
			break;
		case MSG_I64:
			msg_i64(m, f, 0);
			break;
		case MSG_FLAG:
			msg_flag(m, f);
			break;
		case MSG_ID:
			must(msg_uuid(m, f, &u) == 0, "no uuid");
			break;
		}
	}
}

static void check(const void *p, size_t n)
{
	struct msg *m, *again;
	struct err e = { 0 };
	struct buf b;
	size_t used;
	int r = msg_decode(p, n, &m, &used, &e);

	if (r != 1) {
		must(m == NULL, "a message beside an error");
		must(r == 0 || e.text[0] != '\0', "an error without words");
		must(r == 0 ? used == 0 || used > n : used == 0, "a wrong length to wait for");
		return;
	}
	ask(m);
	buf_init(&b, BLOCK_MAX);
	must(msg_encode(m, &b) == 0, "what was decoded does not encode");
	must(b.len == used && memcmp(b.data, p, used) == 0, "other bytes");
	must(msg_decode(b.data, b.len, &again, &used, &e) == 1 && used == b.len, "not again");
	buf_reset(&b);
	must(msg_encode(again, &b) == 0, "nor its bytes");
	must(b.len == used && memcmp(b.data, p, used) == 0, "other bytes the second time");
	buf_release(&b);
	msg_free(again);
	msg_free(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf b;

	if (size < 3 || memcmp(data, "job", 3) == 0) {
		check(data, size);
		return 0;
	}
	buf_init(&b, BLOCK_MAX);
	if (buf_addf(&b, "job1 %s %zu 0\n", msg_type_name(data[0] % MSG_TYPE_COUNT),
	    size - 1) == 0 && buf_add(&b, data + 1, size - 1) == 0)
		check(b.data, b.len);
	buf_release(&b);
	return 0;
}
