/*
 * profile: what of a worker will be free, from now on; inside lib/core only.
 *
 * Steps in order of time, each valid until the next begins, the last for ever.
 * Instants are ms of the boot clock; INT64_MAX is never.
 */
#ifndef CORE_PROFILE_H
#define CORE_PROFILE_H

#include <stdbool.h>

#include "core/needs.h"

struct step {
	int64_t at;
	int64_t free[];			/* as many as the profile is wide */
};

struct profile {
	int64_t *steps;
	size_t width;			/* resources; of those behind it nothing is free */
	size_t first, end, cap;		/* those before `first` are past */
};

void profile_init(struct profile *p);		/* nothing is free, ever */
void profile_release(struct profile *p);
void profile_grow(struct profile *p, const int64_t more[RES_COUNT]);	/* at all times */
void profile_trim(struct profile *p, int64_t now);		/* what is before is forgotten */
const struct step *profile_step(const struct profile *p, size_t i);

/* From, until before `to`; sign +1 takes, -1 gives back. */
void profile_book(struct profile *p, int64_t from, int64_t to, const struct needs *needs,
    int sign);

/*
 * The first instant, from `from` on and before `before`, from which there is room
 * for `length` ms (INT64_MAX: for ever), or INT64_MAX.  From `own` on there is room
 * in any case: what is booked there is the asker's own.
 */
int64_t profile_find(const struct profile *p, int64_t from, int64_t before,
    const struct needs *needs, int64_t length, int64_t own);
bool profile_fits(const struct profile *p, int64_t from, const struct needs *needs,
    int64_t length);

/* When something that begins at `from` is over. */
int64_t time_after(int64_t from, int64_t length);

#endif
