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

static struct step *step(const struct profile *p, size_t i)
{
	return (struct step *)(void *)&p->steps[i * (p->width + 1)];
}

const struct step *profile_step(const struct profile *p, size_t i)
{
	return step(p, i);
}

static size_t step_bytes(const struct profile *p)
{
	return (p->width + 1) * sizeof(*p->steps);
}

void profile_init(struct profile *p)
{
	p->cap = 4;
	p->width = RES_NAMED;
	p->steps = xcalloc(p->cap, step_bytes(p));
	step(p, 0)->at = INT64_MIN;
	p->first = 0;
	p->end = 1;
}

void profile_release(struct profile *p)
{
	free(p->steps);
	p->steps = NULL;
}

static void widen(struct profile *p, size_t width)
{
	struct profile old = *p;
	size_t i;

	p->width = width;
	p->steps = xcalloc(p->cap, step_bytes(p));
	for (i = old.first; i < old.end; i++)
		memcpy(step(p, i), step(&old, i), step_bytes(&old));	/* the rest is 0 */
	free(old.steps);
}

void profile_grow(struct profile *p, const int64_t more[RES_COUNT])
{
	size_t i, r, width = p->width;

	for (r = width; r < RES_COUNT; r++)
		if (more[r] != 0)
			width = r + 1;
	if (width > p->width)
		widen(p, width);
	for (i = p->first; i < p->end; i++)
		for (r = 0; r < p->width; r++)
			step(p, i)->free[r] += more[r];
}

/* The step that is valid at an instant. */
static size_t step_at(const struct profile *p, int64_t at)
{
	size_t low = p->first, high = p->end;

	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;

		if (step(p, mid)->at <= at)
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
		memmove(p->steps, step(p, p->first), (p->end - p->first) * step_bytes(p));
		p->end -= p->first;
		p->first = 0;
		return;
	}
	p->cap *= 2;
	p->steps = xreallocarray(p->steps, p->cap, step_bytes(p));
}

/* A step begins at that instant from now on: which. */
static size_t cut(struct profile *p, int64_t at)
{
	size_t i = step_at(p, at);

	if (step(p, i)->at == at)
		return i;
	if (p->end == p->cap) {
		make_room(p);
		i = step_at(p, at);
	}
	memmove(step(p, i + 1), step(p, i), (p->end - i) * step_bytes(p));
	p->end++;
	step(p, i + 1)->at = at;
	return i + 1;
}

static void join(struct profile *p, size_t i)
{
	if (i <= p->first || i >= p->end || memcmp(step(p, i)->free, step(p, i - 1)->free,
	    step_bytes(p) - sizeof(int64_t)) != 0)
		return;
	p->end--;
	memmove(step(p, i), step(p, i + 1), (p->end - i) * step_bytes(p));
}

static size_t width_of(const struct needs *needs)
{
	return (size_t)needs->list[needs->n - 1].res + 1;
}

static void take(struct step *s, const struct needs *needs, int sign)
{
	const struct need *x;

	for EACH_NEED(x, needs)
		s->free[x->res] -= sign * x->n;
}

void profile_book(struct profile *p, int64_t from, int64_t to, const struct needs *needs,
    int sign)
{
	size_t i, a, b;

	if (from < step(p, p->first)->at)
		from = step(p, p->first)->at;
	if (from >= to)
		return;
	if (needs->n > 0 && width_of(needs) > p->width)
		widen(p, width_of(needs));	/* what its worker does not name any more */
	if (to == INT64_MAX) {
		a = cut(p, from);
		b = p->end;
	} else {
		(void)cut(p, from);
		b = cut(p, to);
		a = step_at(p, from);	/* the second cut may have moved it */
	}
	for (i = a; i < b; i++)
		take(step(p, i), needs, sign);
	join(p, b);
	join(p, a);
}

static bool has(const struct step *s, const struct needs *needs)
{
	const struct need *x;

	for EACH_NEED(x, needs)
		if (x->n > s->free[x->res])
			return false;
	return true;
}

static const struct step *behind(const struct step *s, size_t width)
{
	return (const struct step *)(const void *)(&s->at + width + 1);
}

/* The first step from s on, and before `until`, without room; or the end. */
static const struct step *obstacle(const struct step *s, const struct step *end, size_t width,
    const struct needs *needs, int64_t until)
{
	do {
		if (!has(s, needs))
			return s;
		s = behind(s, width);
	} while (s < end && s->at < until);
	return end;
}

int64_t profile_find(const struct profile *p, int64_t from, int64_t before,
    const struct needs *needs, int64_t length, int64_t own)
{
	const struct step *s = step(p, step_at(p, from)), *end = step(p, p->end);
	int64_t start = from, until;

	if (needs->n > 0 && width_of(needs) > p->width)
		return INT64_MAX;
	while (start < before) {
		until = time_after(start, length);
		s = obstacle(s, end, p->width, needs, until < own ? until : own);
		if (s == end)
			return start;
		do
			s = behind(s, p->width);
		while (s < end && !has(s, needs));
		if (s == end)
			break;
		start = s->at;
	}
	return INT64_MAX;
}

bool profile_fits(const struct profile *p, int64_t from, const struct needs *needs,
    int64_t length)
{
	/* a place that begins at once, or none */
	return profile_find(p, from, from + 1, needs, length, INT64_MAX) == from;
}
