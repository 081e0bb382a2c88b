/*
 * gzip: inflates a whole file that lies in memory.
 *
 * Owns the use of zlib for input that is read at once (logs reads its files piece
 * by piece).  Promises to be bounded by the maximum of the buffer it fills.
 */
#include "base/gzip.h"

#include <limits.h>
#include <stdint.h>
#include <zlib.h>

#define STEP ((size_t)1 << 20)
#define GZIP_ONLY (15 + 16)	/* the largest window, and a gzip header is required */

bool gzip_is(const void *p, size_t n)
{
	const unsigned char *b = p;

	return n >= 2 && b[0] == 0x1f && b[1] == 0x8b;
}

/* Room for the next piece, as far as the maximum allows. */
static int make_room(z_stream *z, struct buf *out)
{
	size_t room = out->max - out->len < STEP ? out->max - out->len : STEP;

	z->next_out = room > 0 ? (Bytef *)buf_reserve(out, room) : NULL;
	z->avail_out = (uInt)room;
	return z->next_out != NULL ? 0 : -1;
}

/* Z_STREAM_END when all members are read, else an error of zlib. */
static int inflate_all(z_stream *z, struct buf *out)
{
	int r;

	for (;;) {
		size_t room;

		if (make_room(z, out) == -1)
			return Z_BUF_ERROR;
		room = z->avail_out;
		r = inflate(z, Z_NO_FLUSH);
		buf_commit(out, room - z->avail_out);
		if (r == Z_STREAM_END && z->avail_in > 0)
			r = inflateReset(z);
		else if (r == Z_STREAM_END || (r == Z_OK && z->avail_in == 0 && z->avail_out > 0))
			return r;
		if (r != Z_OK)
			return r;
	}
}

int gzip_expand(const void *p, size_t n, struct buf *out, struct err *e)
{
	z_stream z = { .next_in = (Bytef *)(uintptr_t)p, .avail_in = (uInt)n };
	int r;

	if (n > UINT_MAX)
		return err_set(e, ERR_DATA, "too large");
	if (inflateInit2(&z, GZIP_ONLY) != Z_OK)
		return err_set(e, ERR_OS, "zlib: cannot start");
	r = inflate_all(&z, out);
	(void)inflateEnd(&z);
	if (r == Z_STREAM_END)
		return 0;
	if (out->len == out->max)
		return err_set(e, ERR_DATA, "expands to more than %zu MiB", out->max >> 20);
	return err_set(e, ERR_DATA, r == Z_OK || r == Z_BUF_ERROR ?
	    "the compressed file ends too early" : "the compressed file is damaged");
}
