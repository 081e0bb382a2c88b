/*
 * hash: SHA-256 as hex, mixing functions, and the map.
 *
 * Owns the map's slots: open addressing, linear probing, at most three quarters
 * in use, removed ones counted.  Promises that map_del during a map_next walk
 * neither skips nor repeats an entry; map_put may move everything.  Requires that
 * a value is not NULL.
 */
#include "base/hash.h"

#include <assert.h>
#include <sha256.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/alloc.h"

#define FNV_BASIS UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)
#define MAP_FIRST 16

struct slot {
	uint64_t key;
	void *value;	/* NULL: free; &removed: was used, so a probe goes on */
};

struct map {
	struct slot *slots;
	size_t cap;	/* a power of two, or 0 */
	size_t count;
	size_t used;	/* count and the removed ones */
};

static char removed;

static void sum_text(SHA2_CTX *ctx, char out[SHA256_HEX])
{
	static const char digit[] = "0123456789abcdef";
	uint8_t sum[SHA256_DIGEST_LENGTH];
	size_t i;

	SHA256Final(sum, ctx);
	for (i = 0; i < sizeof(sum); i++) {
		out[2 * i] = digit[sum[i] >> 4];
		out[2 * i + 1] = digit[sum[i] & 15];
	}
	out[2 * sizeof(sum)] = '\0';
}

void sha256_hex(const void *p, size_t n, char out[SHA256_HEX])
{
	SHA2_CTX ctx;

	SHA256Init(&ctx);
	if (n > 0)
		SHA256Update(&ctx, p, n);
	sum_text(&ctx, out);
}

int sha256_fd(int fd, char out[SHA256_HEX])
{
	unsigned char chunk[65536];
	SHA2_CTX ctx;
	off_t at = 0;
	ssize_t n;

	SHA256Init(&ctx);
	while ((n = pread(fd, chunk, sizeof(chunk), at)) > 0) {
		SHA256Update(&ctx, chunk, (size_t)n);
		at += n;
	}
	if (n == -1)
		return -1;
	sum_text(&ctx, out);
	return 0;
}

static uint64_t mix64(uint64_t z)
{
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

uint64_t splitmix64(uint64_t x)
{
	return mix64(x + UINT64_C(0x9e3779b97f4a7c15));
}

uint64_t hash64(uint64_t seed, const void *p, size_t n)
{
	const unsigned char *s = p;
	uint64_t h = FNV_BASIS ^ seed;
	size_t i;

	for (i = 0; i < n; i++)
		h = (h ^ s[i]) * FNV_PRIME;
	return mix64(h);
}

struct map *map_new(void)
{
	return xcalloc(1, sizeof(struct map));
}

void map_free(struct map *m)
{
	if (m == NULL)
		return;
	free(m->slots);
	free(m);
}

/* The slot of key, or cap when it is not there. */
static size_t slot_find(const struct map *m, uint64_t key)
{
	size_t i;

	if (m->cap == 0)
		return m->cap;
	i = splitmix64(key) & (m->cap - 1);
	for (; m->slots[i].value != NULL; i = (i + 1) & (m->cap - 1)) {
		if (m->slots[i].key == key && m->slots[i].value != &removed)
			return i;
	}
	return m->cap;
}

/* Puts a key that is not there into the first slot that is free or removed. */
static void slot_fill(struct map *m, uint64_t key, void *value)
{
	size_t i = splitmix64(key) & (m->cap - 1);

	while (m->slots[i].value != NULL && m->slots[i].value != &removed)
		i = (i + 1) & (m->cap - 1);
	if (m->slots[i].value == NULL)
		m->used++;
	m->count++;
	m->slots[i].key = key;
	m->slots[i].value = value;
}

/* Gets rid of the removed ones; doubles when what is left fills half. */
static void map_rehash(struct map *m)
{
	struct slot *old = m->slots;
	size_t n = m->cap, i;

	if (m->cap == 0)
		m->cap = MAP_FIRST;
	else if (m->count >= m->cap / 2)
		m->cap *= 2;
	m->slots = xcalloc(m->cap, sizeof(*m->slots));
	m->count = 0;
	m->used = 0;
	for (i = 0; i < n; i++) {
		if (old[i].value != NULL && old[i].value != &removed)
			slot_fill(m, old[i].key, old[i].value);
	}
	free(old);
}

void map_put(struct map *m, uint64_t key, void *value)
{
	size_t i = slot_find(m, key);

	assert(value != NULL);
	if (i < m->cap) {
		m->slots[i].value = value;
		return;
	}
	if (m->used >= m->cap / 4 * 3)
		map_rehash(m);
	slot_fill(m, key, value);
}

void *map_get(const struct map *m, uint64_t key)
{
	size_t i = slot_find(m, key);

	return i < m->cap ? m->slots[i].value : NULL;
}

void *map_del(struct map *m, uint64_t key)
{
	size_t i = slot_find(m, key), mask = m->cap - 1;
	void *value;

	if (i == m->cap)
		return NULL;
	value = m->slots[i].value;
	m->slots[i].value = &removed;
	m->count--;
	if (m->slots[(i + 1) & mask].value != NULL)
		return value;
	/* At the end of a run nothing probes on: free it and the removed before it. */
	for (; m->slots[i].value == &removed; i = (i - 1) & mask) {
		m->slots[i].value = NULL;
		m->used--;
	}
	return value;
}

size_t map_count(const struct map *m)
{
	return m->count;
}

void *map_next(const struct map *m, size_t *iter)
{
	void *value;

	while (*iter < m->cap) {
		value = m->slots[(*iter)++].value;
		if (value != NULL && value != &removed)
			return value;
	}
	return NULL;
}
