/* Tests base/buf: growth, the maximum, formatting, reserve, consume, steal. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "tap.h"

static void test_add(void)
{
	struct buf b;

	buf_init(&b, 100);
	ok(b.data == NULL && b.len == 0, "a new buffer has no storage");
	is_int(buf_add(&b, NULL, 0), 0, "adding nothing");
	buf_reset(&b);
	is_int(buf_adds(&b, "ab"), 0, "buf_adds");
	is_int(buf_addc(&b, 'c'), 0, "buf_addc");
	is_int(buf_add(&b, "\0d", 2), 0, "buf_add with a NUL");
	is_int(b.len, 5, "the length counts the NUL");
	ok(memcmp(b.data, "abc\0d", 6) == 0, "all bytes are there, and a NUL behind them");
	buf_reset(&b);
	is_int(b.len, 0, "buf_reset empties");
	is_str(b.data, "", "and leaves a C string");
	ok(b.cap > 0, "and keeps the storage");
	buf_release(&b);
	ok(b.data == NULL && b.cap == 0 && b.max == 100, "buf_release goes back to init");
	buf_release(&b);
}

static void test_max(void)
{
	struct buf b;
	size_t max, i, wrong = 0;

	for (max = 0; max < 300; max++) {
		buf_init(&b, max);
		for (i = 0; i < max; i++)
			wrong += buf_addc(&b, 'x') != 0;
		wrong += buf_addc(&b, 'y') != -1 || buf_adds(&b, "yy") != -1;
		wrong += buf_addf(&b, "%d", 1) != -1 || buf_reserve(&b, 1) != NULL;
		wrong += b.len != max || b.cap > max + 1;
		wrong += max > 0 && (strlen(b.data) != max || strspn(b.data, "x") != max);
		buf_release(&b);
	}
	is_int(wrong, 0, "every maximum below 300 is held exactly, byte by byte");
	for (max = 0, wrong = 0; max < 300; max++) {
		buf_init(&b, max);
		while (buf_add(&b, "1234567", 7) == 0)
			;
		wrong += b.len != max / 7 * 7;
		buf_release(&b);
	}
	is_int(wrong, 0, "and in pieces of seven");
}

static void test_overflow(void)
{
	struct buf b;

	buf_init(&b, SIZE_MAX);
	buf_adds(&b, "abc");
	is_int(buf_add(&b, "x", SIZE_MAX), -1, "a length of SIZE_MAX is refused");
	is_int(buf_add(&b, "x", SIZE_MAX - 3), -1, "also where the sum is SIZE_MAX");
	ok(buf_reserve(&b, SIZE_MAX - 2) == NULL, "also for buf_reserve");
	is_str(b.data, "abc", "and nothing changed");
	buf_release(&b);
}

static void test_format(void)
{
	struct buf b;
	char big[1001];
	int i;

	memset(big, 'z', 1000);
	big[1000] = '\0';
	buf_init(&b, 2000);
	is_int(buf_addf(&b, "%d-%s", 5, "x"), 0, "buf_addf into nothing");
	is_str(b.data, "5-x", "its text");
	is_int(buf_addf(&b, "%s", big), 0, "buf_addf that grows");
	is_int(b.len, 1003, "its length");
	is_int(buf_addf(&b, "%s", big), -1, "buf_addf past the maximum");
	is_int(b.len, 1003, "leaves the length");
	is_int(strlen(b.data), 1003, "and the end");
	is_int(buf_addf(&b, "%s", ""), 0, "buf_addf of nothing");
	buf_release(&b);
	buf_init(&b, 10000);
	for (i = 0; i < 1000; i++)
		buf_addf(&b, "%03d", i);
	ok(b.len == 3000 && memcmp(b.data + 2997, "999", 4) == 0, "a thousand pieces");
	buf_release(&b);
}

static void test_reserve(void)
{
	struct buf b;
	char *p;

	buf_init(&b, 10);
	p = buf_reserve(&b, 0);
	ok(p != NULL, "room for nothing is a pointer");
	buf_commit(&b, 0);
	p = buf_reserve(&b, 10);
	ok(p != NULL, "room for all");
	memcpy(p, "0123456789", 10);
	buf_commit(&b, 4);
	is_str(b.data, "0123", "buf_commit takes what came and ends it");
	ok(buf_reserve(&b, 7) == NULL, "no room beyond the maximum");
	p = buf_reserve(&b, 6);
	ok(p == b.data + 4, "room at the end");
	buf_release(&b);
	buf_commit(&b, 0);
}

static void test_consume_steal(void)
{
	struct buf b;
	char *s;

	buf_init(&b, 10);
	buf_consume(&b, 0);
	s = buf_steal(&b);
	is_str(s, "", "the storage of an empty buffer is an empty string");
	free(s);
	buf_adds(&b, "abcdef");
	buf_consume(&b, 2);
	is_str(b.data, "cdef", "buf_consume drops the front");
	buf_truncate(&b, 3);
	is_str(b.data, "cde", "buf_truncate drops the end");
	buf_consume(&b, 3);
	is_str(b.data, "", "all of it");
	buf_truncate(&b, 0);
	buf_adds(&b, "0123456789");
	s = buf_steal(&b);
	is_str(s, "0123456789", "buf_steal hands over");
	ok(b.data == NULL && b.len == 0 && b.max == 10, "and leaves an empty buffer");
	free(s);
	is_int(buf_adds(&b, "again"), 0, "that can be used again");
	buf_release(&b);
}

static void test_growth(void)
{
	struct buf b;
	size_t moves = 0, cap = 0, i, wrong = 0;

	buf_init(&b, 1 << 20);
	for (i = 0; i < 1 << 20; i++) {
		wrong += buf_addc(&b, (char)(i * 7)) != 0;
		moves += b.cap != cap;
		cap = b.cap;
	}
	for (i = 0; i < 1 << 20; i++)
		wrong += b.data[i] != (char)(i * 7);
	is_int(wrong, 0, "a million bytes");
	ok(moves < 20, "grow by doubling (%zu moves)", moves);
	buf_release(&b);
}

int main(void)
{
	test_add();
	test_max();
	test_overflow();
	test_format();
	test_reserve();
	test_consume_steal();
	test_growth();
	return tap_done();
}
