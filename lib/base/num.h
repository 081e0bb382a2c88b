/*
 * num: numbers, durations and sizes as people write them, and back.
 *
 * Parsers take the whole string or refuse it: -1 and e filled with a text that
 * names what was wrong and what is accepted; *out untouched.
 */
#ifndef BASE_NUM_H
#define BASE_NUM_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Decimal digits only, within [min, max]. */
int num_u64(const char *s, uint64_t min, uint64_t max, uint64_t *out, struct err *e);
int num_i64(const char *s, int64_t min, int64_t max, int64_t *out, struct err *e);

/* A decimal with up to three places, in thousandths: "1.5" -> 1500. */
int num_milli(const char *s, uint64_t min, uint64_t max, uint64_t *out, struct err *e);

/*
 * A duration in milliseconds: 90, 90s, 1.5s, 500ms, 15m, 2h30m, 1d, 1w, MM:SS,
 * HH:MM:SS, D-HH:MM:SS.  A plain number is seconds.  At most 100 years.
 */
int dur_parse(const char *s, uint64_t *ms, struct err *e);

/* Writes "D-HH:MM:SS" or "HH:MM:SS" or "MM:SS"; fractions are cut off. */
void dur_format(uint64_t ms, char *out, size_t size);

/* A size in bytes: 512M, 4G, 1.5G, 100K, 2T, 64B (powers of 1024); plain = MiB. */
int size_parse(const char *s, uint64_t *bytes, struct err *e);

/* Writes "512M", "1.5G", "-" for 0. */
void size_format(uint64_t bytes, char *out, size_t size);

#endif
