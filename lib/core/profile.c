/*
 * profile: what of a worker will be free, as steps in an array.
 *
 * Booking costs the steps that it covers, finding the steps until the place that is
 * found.  Neighbours that have become equal are one step again, so there are never
 * more than two for each thing that is booked, and one.
 */
#include "core/profile.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

int64_t time_after(int64_t from, int64_t length)
{
	return length > INT64_MAX - (from > 0 ? from : 0) ? INT64_MAX : from + length;
}

void profile_init(struct profile *p)
{
	p->cap = 4;
	p->steps = xcalloc(p->cap, sizeof(*p->steps));
	p->steps[0].at = INT64_MIN;
	p->first = 0;
	p->end = 1;
}

void profile_release(struct profile *p)
{
	free(p->steps);
	p->steps = NULL;
}

void profile_grow(struct profile *p, const int64_t *more)
{
	size_t i;
	int r;

	for (i = p->first; i < p->end; i++)
		for (r = 0; r < RES_COUNT; r++)
			p->steps[i].free[r] += more[r];
}

/* The step that is valid at an instant. */
static size_t step_at(const struct profile *p, int64_t at)
{
	size_t low = p->first, high = p->end;

	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;

		if (p->steps[mid].at <= at)
			low = mid;
		else
			high = mid;
	}
	return low;
}

void profile_trim(struct profile *p, int64_t now)
{
	p->first = step_at(p, now);
}

/* Past steps go when there is no place at the end. */
static void make_room(struct profile *p)
{
	if (p->end < p->cap)
		return;
	if (p->first > p->cap / 2) {
		memmove(p->steps, &p->steps[p->first], (p->end - p->first) * sizeof(*p->steps));
		p->end -= p->first;
		p->first = 0;
		return;
	}
	p->cap *= 2;
	p->steps = xreallocarray(p->steps, p->cap, sizeof(*p->steps));
}

/* A step begins at that instant from now on: which. */
static size_t cut(struct profile *p, int64_t at)
{
	size_t i = step_at(p, at);

	if (p->steps[i].at == at)
		return i;
	if (p->end == p->cap) {
		make_room(p);
		i = step_at(p, at);
	}
	memmove(&p->steps[i + 1], &p->steps[i], (p->end - i) * sizeof(*p->steps));
	p->end++;
	p->steps[i + 1].at = at;
	return i + 1;
}

static void join(struct profile *p, size_t i)
{
	if (i <= p->first || i >= p->end || memcmp(p->steps[i].free, p->steps[i - 1].free,
	    sizeof(p->steps[i].free)) != 0)
		return;
	p->end--;
	memmove(&p->steps[i], &p->steps[i + 1], (p->end - i) * sizeof(*p->steps));
}

void profile_book(struct profile *p, int64_t from, int64_t to, const int64_t *want, int sign)
{
	size_t i, a, b;
	int r;

	if (from < p->steps[p->first].at)
		from = p->steps[p->first].at;
	if (from >= to)
		return;
	if (to == INT64_MAX) {
		a = cut(p, from);
		b = p->end;
	} else {
		(void)cut(p, from);
		b = cut(p, to);
		a = step_at(p, from);	/* the second cut may have moved it */
	}
	for (i = a; i < b; i++)
		for (r = 0; r < RES_COUNT; r++)
			p->steps[i].free[r] -= sign * want[r];
	join(p, b);
	join(p, a);
}

/* What is not asked for may be short. */
static void needs(const int64_t *want, int64_t need[RES_COUNT])
{
	int r;

	for (r = 0; r < RES_COUNT; r++)
		need[r] = want[r] > 0 ? want[r] : INT64_MIN;
}

static bool has(const struct step *s, const int64_t *need)
{
	int r;

	for (r = 0; r < RES_COUNT; r++)
		if (need[r] > s->free[r])
			return false;
	return true;
}

int64_t profile_find(const struct profile *p, int64_t from, int64_t before, const int64_t *want,
    int64_t length, int64_t own)
{
	size_t i = step_at(p, from);
	int64_t need[RES_COUNT], start = from, until;

	needs(want, need);
	for (; start < before; i++) {
		bool last = i + 1 == p->end;

		if (!has(&p->steps[i], need)) {
			start = last ? INT64_MAX : p->steps[i + 1].at;
			if (last)
				break;
			continue;
		}
		until = time_after(start, length);
		if (until > own)
			until = own;
		if (last || p->steps[i + 1].at >= until)
			return start;
	}
	return INT64_MAX;
}

bool profile_fits(const struct profile *p, int64_t from, const int64_t *want, int64_t length)
{
	/* a place that begins at once, or none */
	return profile_find(p, from, from + 1, want, length, INT64_MAX) == from;
}
