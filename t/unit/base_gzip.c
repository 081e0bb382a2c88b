/* gzip: what was compressed comes back, and nothing else does. */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/alloc.h"
#include "base/gzip.h"
#include "tap.h"

#define PLENTY ((size_t)64 << 20)

/* One member of gzip(1). */
static size_t compress_into(unsigned char *to, size_t room, const char *text, size_t n)
{
	z_stream z = { .next_in = (Bytef *)(uintptr_t)text, .avail_in = (uInt)n, .next_out = to,
	    .avail_out = (uInt)room };

	ok(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK &&
	    deflate(&z, Z_FINISH) == Z_STREAM_END, "compressed");
	(void)deflateEnd(&z);
	return room - z.avail_out;
}

static const char *expand(const void *p, size_t n, size_t max, struct buf *out, struct err *e)
{
	buf_init(out, max);
	err_clear(e);
	return gzip_expand(p, n, out, e) == 0 ? "" : e->text;
}

static void test_whole(void)
{
	unsigned char z[4096];
	struct buf out;
	struct err e;
	size_t n = compress_into(z, sizeof(z), "hello ", 6);

	n += compress_into(z + n, sizeof(z) - n, "world", 5);
	ok(gzip_is(z, n) && !gzip_is("hello", 5) && !gzip_is(z, 1), "is told by its beginning");
	is_str(expand(z, n, PLENTY, &out, &e), "", "two members");
	is_str(out.data, "hello world", "one behind the other");
	buf_release(&out);
	n = compress_into(z, sizeof(z), "", 0);
	is_str(expand(z, n, PLENTY, &out, &e), "", "of nothing");
	is_int(out.len, 0, "comes nothing");
	buf_release(&out);
}

static void test_large(void)
{
	size_t len = (size_t)5 << 20, room = 1 << 20, n;
	char *text = xcalloc(1, len);
	unsigned char *z = xmalloc(room);
	struct buf out;
	struct err e;

	memset(text, 'x', len);
	n = compress_into(z, room, text, len);
	is_str(expand(z, n, PLENTY, &out, &e), "", "more than a step");
	ok(out.len == len && memcmp(out.data, text, len) == 0, "whole");
	buf_release(&out);
	is_str(expand(z, n, len, &out, &e), "", "exactly as much as there is room for");
	buf_release(&out);
	is_str(expand(z, n, (size_t)2 << 20, &out, &e), "expands to more than 2 MiB",
	    "a maximum is kept");
	is_int(e.code, ERR_DATA, "as bad data");
	buf_release(&out);
	free(text);
	free(z);
}

static void test_damaged(void)
{
	unsigned char z[4096];
	struct buf out;
	struct err e;
	size_t n = compress_into(z, sizeof(z), "some text to be damaged", 23), i, early = 0;

	for (i = 2; i < n; i++) {
		early += strcmp(expand(z, i, PLENTY, &out, &e),
		    "the compressed file ends too early") == 0;
		buf_release(&out);
	}
	is_int(early, n - 2, "cut at any place");
	z[n - 8] ^= 1;	/* of the sum */
	is_str(expand(z, n, PLENTY, &out, &e), "the compressed file is damaged", "a wrong sum");
	buf_release(&out);
	z[n - 8] ^= 1;
	memcpy(z + n, "rubbish", 7);
	is_str(expand(z, n + 7, PLENTY, &out, &e), "the compressed file is damaged",
	    "rubbish behind it");
	buf_release(&out);
}

int main(void)
{
	test_whole();
	test_large();
	test_damaged();
	return tap_done();
}
