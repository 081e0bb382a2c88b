/*
 * hash: SHA-256 (libmd), a mixing function, and a map from 64-bit keys.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_HEX 65

void sha256_hex(const void *p, size_t n, char out[SHA256_HEX]);

/* Of a file from its beginning, wherever fd stands; -1 with errno. */
int sha256_fd(int fd, char out[SHA256_HEX]);

/* The generator of SPEC 2.5: one step, pure. */
uint64_t splitmix64(uint64_t x);

/* FNV-1a, mixed: for map keys made of strings; seed with 0 or an earlier result. */
uint64_t hash64(uint64_t seed, const void *p, size_t n);

/*
 * map: u64 -> pointer, open addressing.  Values are borrowed.  Key 0 is allowed.
 * map_put replaces; map_get and map_del return the value or NULL.
 */
struct map;
struct map *map_new(void);
void map_free(struct map *m);
void map_put(struct map *m, uint64_t key, void *value);
void *map_get(const struct map *m, uint64_t key);
void *map_del(struct map *m, uint64_t key);
size_t map_count(const struct map *m);

/* Visits all: *iter starts at 0; returns the next value or NULL at the end. */
void *map_next(const struct map *m, size_t *iter);

#endif
