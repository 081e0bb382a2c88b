/* Tests base/hash: known vectors, spread, and the map against a plain array. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "tap.h"

#define KEYS 4096

/* The same numbers in every run, so that a failure comes again. */
static uint64_t rnd(uint64_t below)
{
	static uint64_t state = 1;

	return splitmix64(state++) % below;
}

static void test_sha256(void)
{
	char out[SHA256_HEX], *big;

	sha256_hex(NULL, 0, out);
	is_str(out, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	    "of nothing");
	sha256_hex("abc", 3, out);
	is_str(out, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "of abc");
	big = malloc(1000000);
	memset(big, 'a', 1000000);
	sha256_hex(big, 1000000, out);
	is_str(out, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
	    "of a million");
	free(big);
}

/* The table of retries: u in millionths, from the top 53 bits. */
static void test_splitmix(void)
{
	static const struct {
		uint64_t job, attempt, u;
	} rows[] = { { 1, 1, 372255 }, { 1, 2, 603994 }, { 1, 3, 360736 }, { 42, 1, 457504 },
	    { 42, 2, 196960 }, { 100000, 7, 368413 } };
	uint64_t top;
	size_t i;

	is_int((int64_t)splitmix64(0), (int64_t)UINT64_C(0xe220a8397b1dcdaf),
	    "the first of seed 0");
	is_int((int64_t)splitmix64(UINT64_C(0x9e3779b97f4a7c15)),
	    (int64_t)UINT64_C(0x6e789e6aa1b965f4), "the second");
	is_int((int64_t)splitmix64(1234567), INT64_C(6457827717110365317),
	    "the first of seed 1234567");
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		top = splitmix64(rows[i].job << 16 | rows[i].attempt) >> 11;
		/* u * 10^6, rounded, without leaving 64 bits */
		is_int(((top >> 20) * 1000000 + (UINT64_C(1) << 32)) >> 33, rows[i].u,
		    "u of job %" PRIu64 ", attempt %" PRIu64, rows[i].job, rows[i].attempt);
	}
}

static void test_hash64(void)
{
	static uint64_t seen[20000];
	static uint8_t bucket[4096];
	size_t i, full = 0;
	char s[32];

	ok(hash64(0, "a", 1) != hash64(0, "b", 1), "other bytes, another hash");
	ok(hash64(0, "a", 1) != hash64(1, "a", 1), "another seed, another hash");
	ok(hash64(0, "a", 1) != hash64(0, "a\0", 2), "another length, another hash");
	ok(hash64(0, "abc", 3) == hash64(0, "abc", 3), "the same, the same");
	ok(hash64(7, NULL, 0) == hash64(7, "", 0), "nothing can be hashed");
	ok(hash64(hash64(0, "ab", 2), "c", 1) != hash64(hash64(0, "a", 1), "bc", 2),
	    "chained pieces do not run together");
	for (i = 0; i < 20000; i++) {
		snprintf(s, sizeof(s), "job-%zu", i);
		seen[i] = hash64(0, s, strlen(s));
		bucket[seen[i] & 4095]++;
	}
	for (i = 0; i < 4096; i++)
		full += bucket[i] > 0;
	ok(full > 3900, "the low bits are spread (%zu of 4096)", full);
}

static void test_map_basics(void)
{
	struct map *m = map_new();
	size_t iter = 0;
	int a, b;

	is_int(map_count(m), 0, "a new map is empty");
	ok(map_get(m, 0) == NULL && map_del(m, 0) == NULL, "nothing is in it");
	ok(map_next(m, &iter) == NULL, "and a walk ends at once");
	map_put(m, 0, &a);
	ok(map_get(m, 0) == &a, "key 0 is a key");
	map_put(m, UINT64_MAX, &b);
	ok(map_get(m, UINT64_MAX) == &b, "and so is the greatest");
	map_put(m, 0, &b);
	ok(map_get(m, 0) == &b && map_count(m) == 2, "map_put replaces");
	ok(map_del(m, 0) == &b && map_get(m, 0) == NULL, "map_del gives it back");
	ok(map_del(m, 0) == NULL && map_count(m) == 1, "once");
	map_free(m);
	map_free(NULL);
}

/* Random steps, and after each the map must say what the array says. */
static void test_map_random(void)
{
	static char values[KEYS];
	static void *model[KEYS];
	struct map *m = map_new();
	size_t i, count = 0, wrong = 0, iter, seen, round;
	uint64_t k;
	char *v;

	for (i = 0; i < 400000; i++) {
		/* The share of removals swings, so that it fills and empties. */
		k = rnd(KEYS);
		if (rnd(100) < (i / 50000 % 2 == 0 ? 70u : 20u)) {
			v = &values[rnd(KEYS)];
			count += model[k] == NULL;
			model[k] = v;
			map_put(m, k << 40, v);
		} else {
			wrong += map_del(m, k << 40) != model[k];
			count -= model[k] != NULL;
			model[k] = NULL;
		}
		k = rnd(KEYS);
		wrong += map_get(m, k << 40) != model[k] || map_count(m) != count;
	}
	is_int(wrong, 0, "random steps agree with an array");
	for (round = 0; round < 2; round++) {
		for (iter = 0, seen = 0; map_next(m, &iter) != NULL;)
			seen++;
		is_int(seen, count, "a walk sees each once");
	}
	map_free(m);
}

static void test_map_walk_delete(void)
{
	static uint64_t keys[KEYS];
	struct map *m = map_new();
	size_t i, iter = 0, seen = 0, twice = 0;
	static bool hit[KEYS];
	uint64_t *k;

	for (i = 0; i < KEYS; i++) {
		keys[i] = i * 3;
		map_put(m, keys[i], &keys[i]);
	}
	while ((k = map_next(m, &iter)) != NULL) {
		twice += hit[k - keys];
		hit[k - keys] = true;
		seen++;
		map_del(m, *k);
	}
	is_int(seen, KEYS, "a walk that deletes sees all");
	is_int(twice, 0, "none twice");
	is_int(map_count(m), 0, "and leaves none");
	map_free(m);
}

/* A queue's life: old keys go, new ones come, forever; it must not grow nor slow down. */
static void test_map_churn(void)
{
	struct map *m = map_new();
	uint64_t i, wrong = 0;
	char v;

	for (i = 0; i < 1000000; i++) {
		map_put(m, i, &v);
		if (i >= 1000)
			wrong += map_del(m, i - 1000) != &v;
	}
	is_int(wrong, 0, "a million keys in and out");
	is_int(map_count(m), 1000, "a thousand stay");
	map_free(m);
}

int main(void)
{
	test_sha256();
	test_splitmix();
	test_hash64();
	test_map_basics();
	test_map_random();
	test_map_walk_delete();
	test_map_churn();
	return tap_done();
}
