/*
 * The profile of a worker against a plain table of every instant.
 */
#include <inttypes.h>
#include <string.h>

#include "base/hash.h"
#include "core/profile.h"
#include "tap.h"

#define SPAN 60		/* instants that are looked at; the last stands for all later */

struct table {
	int64_t free[SPAN][RES_NAMED];
};

static void table_book(struct table *t, int64_t from, int64_t to, const int64_t *want, int sign)
{
	int64_t at;
	int r;

	for (at = from; at < to && at < SPAN; at++)
		for (r = 0; r < RES_NAMED; r++)
			t->free[at][r] -= sign * want[r];
}

static bool table_fits(const struct table *t, int64_t from, int64_t to, const int64_t *want)
{
	int64_t at;
	int r;

	for (at = from; at < to && at < SPAN; at++)
		for (r = 0; r < RES_NAMED; r++)
			if (want[r] > 0 && want[r] > t->free[at][r])
				return false;
	return true;
}

static int64_t table_find(const struct table *t, int64_t from, int64_t before,
    const int64_t *want, int64_t length, int64_t own)
{
	int64_t at;

	for (at = from; at < before && at < SPAN; at++) {
		int64_t to = time_after(at, length);

		if (table_fits(t, at, to < own ? to : own, want))
			return at;
	}
	return INT64_MAX;
}

/* Never more steps than things booked, times two; never two that are equal. */
static bool lean(const struct profile *p)
{
	size_t i;

	for (i = p->first + 1; i < p->end; i++)
		if (profile_step(p, i)->at <= profile_step(p, i - 1)->at ||
		    memcmp(profile_step(p, i)->free, profile_step(p, i - 1)->free,
		    p->width * sizeof(int64_t)) == 0)
			return false;
	return true;
}

struct thing {
	int64_t from, to, want[RES_NAMED];
};

static uint64_t seed;

/* The same amounts as needs; they live until the next but one call. */
static const struct needs *sparse(const int64_t want[RES_NAMED])
{
	static struct need lists[2][RES_NAMED];
	static struct needs needs[2];
	static int turn;
	struct needs *it = &needs[turn ^= 1];

	*it = (struct needs){ lists[turn], 0 };
	for (int r = 0; r < RES_NAMED; r++)
		if (want[r] > 0)
			it->list[it->n++] = (struct need){ want[r], r };
	return it;
}

static void book(struct profile *p, const struct thing *it, int sign)
{
	profile_book(p, it->from, it->to, sparse(it->want), sign);
}

static int64_t below(uint64_t n)
{
	return (int64_t)(splitmix64(++seed) % n);
}

static bool same(const struct profile *p, const struct table *t, int64_t now)
{
	int64_t want[RES_NAMED] = { below(9), below(3), 0, 0, below(2) };
	int64_t from = now + below((uint64_t)(SPAN - now)), before = from + 1 + below(SPAN);
	int64_t length = below(4) == 0 ? INT64_MAX : 1 + below(20);
	int64_t own = below(3) == 0 ? from + below(20) : INT64_MAX;

	if (own < INT64_MAX && before > own)
		before = own;
	return profile_find(p, from, before, sparse(want), length, own) ==
	    table_find(t, from, before, want, length, own) &&
	    profile_fits(p, from, sparse(want), length) ==
	    table_fits(t, from, time_after(from, length), want);
}

static void test_random(void)
{
	const int64_t total[RES_COUNT] = { 10, 5, 5, 5, 5 };
	struct thing things[20] = { 0 };
	size_t wrong = 0, fat = 0, round;
	struct table t = { 0 };
	struct profile p;
	int64_t now = 0;

	profile_init(&p);
	profile_grow(&p, total);
	table_book(&t, 0, SPAN, total, -1);
	for (round = 0; round < 20000; round++) {
		struct thing *it = &things[below(20)];

		book(&p, it, -1);
		table_book(&t, it->from, it->to, it->want, -1);
		memset(it, 0, sizeof(*it));
		if (below(3) != 0)
			*it = (struct thing){ now + below((uint64_t)(SPAN - now)), 0,
			    { below(4), below(3), 0, 0, below(2) } };
		it->to = below(4) == 0 ? INT64_MAX : it->from + below(30);
		if (it->to < INT64_MAX && it->to >= SPAN)
			it->to = SPAN - 1;	/* the table ends there */
		book(&p, it, 1);
		table_book(&t, it->from, it->to, it->want, 1);
		if (round % 400 == 0)
			profile_trim(&p, ++now < SPAN / 2 ? now : --now);
		wrong += !same(&p, &t, now);
		fat += !lean(&p);
	}
	is_int((int64_t)wrong, 0, "20000 bookings: the same answers as a table");
	is_int((int64_t)fat, 0, "no two steps are one");
	for (round = 0; round < 20; round++)
		book(&p, &things[round], -1);
	ok(p.end - p.first == 1, "all given back: one step");
	ok(p.cap <= 128, "past steps do not stay: room for %zu", p.cap);
	profile_release(&p);
}

static void test_edges(void)
{
	const int64_t total[RES_COUNT] = { 8 };
	struct need two_cpus = { 2, RES_CPU }, all_cpus = { 8, RES_CPU };
	const struct needs need_two = { &two_cpus, 1 }, need_all = { &all_cpus, 1 };
	const struct needs *two = &need_two, *all = &need_all;
	struct profile p;

	profile_init(&p);
	is_int(profile_find(&p, 0, INT64_MAX, two, 1, INT64_MAX), INT64_MAX, "nothing, never");
	profile_grow(&p, total);
	is_int(profile_find(&p, 5, INT64_MAX, all, INT64_MAX, INT64_MAX), 5, "all, for ever");
	profile_book(&p, 0, 100, two, 1);
	profile_book(&p, 0, INT64_MAX, two, 1);
	is_int(profile_find(&p, 5, INT64_MAX, all, 1, INT64_MAX), INT64_MAX, "two for ever");
	profile_book(&p, 0, INT64_MAX, two, -1);
	is_int(profile_find(&p, 5, INT64_MAX, all, 1, INT64_MAX), 100, "at their end");
	is_int(profile_find(&p, 5, 100, all, 1, INT64_MAX), INT64_MAX, "not before it");
	is_int(profile_find(&p, 5, 101, all, 1, INT64_MAX), 100, "by then");
	ok(!profile_fits(&p, 99, all, 1) && profile_fits(&p, 100, all, INT64_MAX), "not earlier");
	is_int(time_after(5, INT64_MAX), INT64_MAX, "for ever ends never");
	is_int(time_after(-5, 3), -2, "before the host was up");
	profile_release(&p);
}

int main(void)
{
	test_edges();
	test_random();
	return tap_done();
}
