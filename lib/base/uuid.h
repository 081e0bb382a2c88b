/* uuid: UUIDv7 (RFC 9562): time-ordered names that a client makes by itself. */
#ifndef BASE_UUID_H
#define BASE_UUID_H

#include <stdbool.h>
#include <stdint.h>

#define UUID_TEXT 37	/* 36 characters and NUL */

struct uuid {
	uint8_t b[16];
};

/* A new one from the wall clock and arc4random; later ones sort later within a process. */
void uuid_new(struct uuid *u);

/* The nth of those that come from another, always the same, with its own time (ms). */
void uuid_derive(struct uuid *u, const struct uuid *from, uint64_t n, int64_t ms);
void uuid_format(const struct uuid *u, char out[UUID_TEXT]);
int uuid_parse(const char *s, struct uuid *u);	/* lower case; -1 if none */
bool uuid_equal(const struct uuid *a, const struct uuid *b);
bool uuid_is_nil(const struct uuid *u);
int64_t uuid_time(const struct uuid *u);	/* its milliseconds since the epoch */

#endif
