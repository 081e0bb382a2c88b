/* Tests base/text's vis(3): all bytes both ways, the library's unvis as a second reader,
    refusals. */
#define LIBBSD_NETBSD_VIS
#include <bsd/vis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/text.h"
#include "tap.h"

#define ROOM 100000

static uint64_t rnd(uint64_t below)
{
	static uint64_t state = 7;

	return splitmix64(state++) % below;
}

/* Encodes, checks the line's alphabet, and decodes with both readers. */
static bool round_trip(const unsigned char *p, size_t n)
{
	struct buf line, back;
	char *other;
	size_t i;
	bool good;

	buf_init(&line, ROOM);
	buf_init(&back, ROOM);
	good = vis_add(&line, p, n) == 0;
	for (i = 0; i < line.len; i++)
		good = good && line.data[i] >= ' ' && line.data[i] <= '~';
	good = good && unvis_add(&back, line.data != NULL ? line.data : "", line.len) == 0;
	good = good && back.len == n && (n == 0 || memcmp(back.data, p, n) == 0);
	other = malloc(line.len + 1);
	good = good && strunvis(other, line.data != NULL ? line.data : "") == (int)n;
	good = good && memcmp(other, p, n) == 0;
	free(other);
	buf_release(&line);
	buf_release(&back);
	return good;
}

static void test_round_trips(void)
{
	static const unsigned char hard[] = " \\01a\n\xc3\0";
	unsigned char s[600], pair[2];
	size_t i, k, n, wrong = 0;

	for (i = 0; i < 256; i++)
		s[i] = (unsigned char)i;
	ok(round_trip(s, 256), "all bytes in one value");
	ok(round_trip(s, 0), "no bytes");
	for (i = 0; i < 65536; i++) {
		pair[0] = (unsigned char)(i >> 8);
		pair[1] = (unsigned char)i;
		wrong += !round_trip(pair, 2);
	}
	is_int(wrong, 0, "every pair of bytes");
	for (i = 0, wrong = 0; i < 4000; i++) {
		n = rnd(sizeof(s));
		for (k = 0; k < n; k++)
			s[k] = (unsigned char)(i % 2 == 0 ? rnd(256) : hard[rnd(8)]);
		wrong += !round_trip(s, n);
	}
	is_int(wrong, 0, "random values");
}

static void test_spelling(void)
{
	static const struct {
		const char *raw;
		size_t n;
		const char *want;
	} rows[] = {
		{ "plain text, as it is!", 21, "plain text, as it is!" },
		{ " a b ", 5, " a b " },
		{ "a\\b", 3, "a\\\\b" },
		{ "\a\b\t\n\v\f\r", 7, "\\a\\b\\t\\n\\v\\f\\r" },
		{ "\0", 1, "\\000" },
		{ "\0" "0", 2, "\\0000" },
		{ "\x1b[31m\x7f", 6, "\\033[31m\\177" },
		{ "\xc3\xa4\xff", 3, "\\303\\244\\377" },
	};
	struct buf b;
	size_t i;

	buf_init(&b, 100);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_reset(&b);
		vis_add(&b, rows[i].raw, rows[i].n);
		is_str(b.data, rows[i].want, "spelling %zu", i);
	}
	buf_reset(&b);
	vis_add(&b, "a\n", 2);
	vis_add(&b, "b", 1);
	is_str(b.data, "a\\nb", "values are appended");
	buf_release(&b);
}

static void test_refused(void)
{
	static const char *const bad[] = { "\\", "a\\", "\\\\\\", "\\x", "\\x41", "\\s", "\\E",
	    "\\$", "\\^A", "\\M-a", "\\M^A", "\\0", "\\00", "\\0a0", "\\08", "\\400", "\\777",
	    "\\018", "\\1", "\\141", "\\040", "\\134", "\\012", "\\011", "\\007", "\\ ", "\\\n",
	    "a\nb", "\t", "\r", "\x1b", "\x7f", "\xc3\xa4", "\xff", "\\N", "ok\\q" };
	struct buf b;
	size_t i;

	buf_init(&b, 100);
	buf_adds(&b, "keep");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(unvis_add(&b, bad[i], strlen(bad[i])) == -1 && b.len == 4, "refused: bad[%zu]",
		    i);
	is_int(unvis_add(&b, "a\0b", 3), -1, "refused: a raw NUL");
	is_int(unvis_add(&b, "\\000", 3), -1, "refused: an escape cut by the length");
	is_str(b.data, "keep", "what was there stays");
	buf_release(&b);
}

/* A backslash and any four symbols: what unvis takes must be what vis writes of it. */
static void test_canonical(void)
{
	static const char symbols[] = "\\0123789anbtvfrMx ^-\n\x80";
	size_t n = sizeof(symbols), total = n * n * n * n, i, k, v, wrong = 0, taken = 0;
	struct buf raw, again;
	char s[5] = "\\";

	buf_init(&raw, 100);
	buf_init(&again, 100);
	for (i = 0; i < total; i++) {
		for (k = 1, v = i; k < 5; k++, v /= n)
			s[k] = symbols[v % n];
		buf_reset(&raw);
		buf_reset(&again);
		if (unvis_add(&raw, s, 5) == -1)
			continue;
		taken++;
		wrong += vis_add(&again, raw.data, raw.len) == -1 || again.len != 5 ||
		    memcmp(again.data, s, 5) != 0;
	}
	ok(taken > 1000, "%zu escapes are taken", taken);
	is_int(wrong, 0, "and each is the one that vis writes");
	buf_release(&raw);
	buf_release(&again);
}

static void test_full(void)
{
	struct buf b;
	size_t max, wrong = 0;

	for (max = 0; max < 12; max++) {
		buf_init(&b, max);
		wrong += vis_add(&b, "ab\n\xff" "cd\\", 7) != -1 || b.len != 0;
		buf_release(&b);
	}
	is_int(wrong, 0, "vis_add into a buffer too small changes nothing");
	buf_init(&b, 12);
	is_int(vis_add(&b, "ab\n\xff" "cd\\", 7), 0, "twelve are enough");
	buf_release(&b);
}

static void test_unvis_full(void)
{
	struct buf b;
	size_t max, wrong = 0;

	for (max = 0; max < 6; max++) {
		buf_init(&b, max);
		wrong += unvis_add(&b, "ab\\n\\377cd", 10) != -1 || b.len != 0;
		buf_release(&b);
	}
	is_int(wrong, 0, "unvis_add into a buffer too small changes nothing");
	buf_init(&b, 6);
	is_int(unvis_add(&b, "ab\\n\\377cd", 10), 0, "six are enough");
	buf_release(&b);
}

int main(void)
{
	test_round_trips();
	test_spelling();
	test_refused();
	test_canonical();
	test_full();
	test_unvis_full();
	return tap_done();
}
