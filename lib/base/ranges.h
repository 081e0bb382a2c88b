/*
 * ranges: ascending lists of numbers, as "1-9:2,12".
 */
#ifndef BASE_RANGES_H
#define BASE_RANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

#define RANGES_NUMBER_MAX INT64_C(1000000000)

struct range {
	int64_t first, last, step;	/* first, first + step... last is one of them */
};

struct ranges {
	struct range *list;	/* ascending, none reaches into the next */
	size_t n, cap;
	int64_t count;		/* numbers in all */
};

/*
 * Reads "N", "N-M" and "N-M:STEP" with commas, numbers from 0 to RANGES_NUMBER_MAX, at
 * most `most` of them.  -1: ERR_DATA, and nothing to release.
 */
int ranges_parse(struct ranges *r, const char *text, int64_t most, struct err *e);

void ranges_release(struct ranges *r);

/* As ranges_parse reads it; -1 when it does not fit. */
int ranges_format(const struct ranges *r, struct buf *out);

/* The number at a place (from 0), and the place of a number; -1: there is none. */
int64_t ranges_at(const struct ranges *r, int64_t place);
int64_t ranges_place(const struct ranges *r, int64_t number);

/* Of lists whose steps are all 1: one more (n > 0), or one less, if that is news. */
void ranges_add(struct ranges *r, int64_t number);
void ranges_remove(struct ranges *r, int64_t number);

#endif
