/*
 * uuid: UUIDv7.
 *
 * Owns the last time stamp handed out, so that names of one process only rise,
 * also within a millisecond and when the wall clock steps back: 48 bits of
 * milliseconds and 12 below them count as one number.  Safe with threads.  After
 * fork the 62 random bits keep parent and child apart.
 */
#include "base/uuid.h"

#include <bsd/stdlib.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"

/* The largest start of the count below a millisecond: half is left to count up. */
#define COUNT_START 0x7ff

static _Atomic uint64_t last_stamp;

static uint64_t stamp_next(void)
{
	uint64_t fresh, last, next;

	fresh = (uint64_t)now_read().wall << 12 | (arc4random() & COUNT_START);
	last = atomic_load(&last_stamp);
	do {
		next = fresh > last ? fresh : last + 1;
	} while (!atomic_compare_exchange_weak(&last_stamp, &last, next));
	return next;
}

void uuid_new(struct uuid *u)
{
	uint64_t stamp = stamp_next();
	int i;

	arc4random_buf(u->b + 8, 8);
	for (i = 0; i < 6; i++)
		u->b[i] = (uint8_t)(stamp >> (52 - 8 * i));
	u->b[6] = (uint8_t)(0x70 | (stamp >> 8 & 0x0f));
	u->b[7] = (uint8_t)stamp;
	u->b[8] = (uint8_t)(0x80 | (u->b[8] & 0x3f));
}

/* Where others are random, this one is of what it comes from. */
void uuid_derive(struct uuid *u, const struct uuid *from, uint64_t n, int64_t ms)
{
	uint8_t name[24];
	char hex[SHA256_HEX], text[UUID_TEXT];

	memcpy(name, from->b, 16);
	for (int i = 0; i < 8; i++)
		name[16 + i] = (uint8_t)(n >> (8 * i));
	sha256_hex(name, sizeof(name), hex);
	snprintf(text, sizeof(text), "%08" PRIx64 "-%04" PRIx64 "-7%.3s-8%.3s-%.12s",
	    (uint64_t)ms >> 16 & 0xffffffff, (uint64_t)ms & 0xffff, hex, hex + 3, hex + 6);
	(void)uuid_parse(text, u);
}

static bool dash_before(int i)
{
	return i == 4 || i == 6 || i == 8 || i == 10;
}

void uuid_format(const struct uuid *u, char out[UUID_TEXT])
{
	static const char digit[] = "0123456789abcdef";
	char *s = out;
	int i;

	for (i = 0; i < 16; i++) {
		if (dash_before(i))
			*s++ = '-';
		*s++ = digit[u->b[i] >> 4];
		*s++ = digit[u->b[i] & 15];
	}
	*s = '\0';
}

/* Lower case only: one name, one spelling. */
static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int uuid_parse(const char *s, struct uuid *u)
{
	struct uuid v;
	int i, hi, lo;

	for (i = 0; i < 16; i++) {
		if (dash_before(i) && *s++ != '-')
			return -1;
		hi = hex_value(s[0]);
		lo = hi == -1 ? -1 : hex_value(s[1]);
		if (lo == -1)
			return -1;
		v.b[i] = (uint8_t)(hi << 4 | lo);
		s += 2;
	}
	if (*s != '\0')
		return -1;
	*u = v;
	return 0;
}

bool uuid_equal(const struct uuid *a, const struct uuid *b)
{
	return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

bool uuid_is_nil(const struct uuid *u)
{
	static const struct uuid nil;

	return uuid_equal(u, &nil);
}

int64_t uuid_time(const struct uuid *u)
{
	int64_t ms = 0;
	int i;

	for (i = 0; i < 6; i++)
		ms = ms << 8 | u->b[i];
	return ms;
}
