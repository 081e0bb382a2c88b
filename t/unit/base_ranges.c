/* Lists of numbers: what they read, and the same as sets of numbers. */
#include <string.h>

#include "base/hash.h"
#include "base/ranges.h"
#include "tap.h"

static const char *written(const struct ranges *r)
{
	static struct buf b;

	buf_release(&b);
	buf_init(&b, 65536);
	buf_adds(&b, "");
	(void)ranges_format(r, &b);
	return b.data;
}

static void test_reading(void)
{
	static const struct { const char *text, *as; int64_t count; } good[] = {
		{ "7", "7", 1 }, { "0-3", "0-3", 4 }, { "1-9:2", "1-9:2", 5 },
		{ "1-10:2,12", "1-9:2,12", 6 }, { "5-5", "5", 1 }, { "1-2:5", "1", 1 },
		{ "1-1000000", "1-1000000", 1000000 }, { "3,5,1000000000", "3,5,1000000000", 3 },
	};
	static const char *const bad[] = { "", "a", "1-", "-1", "1,", ",1", "1-9:", "1-9:0", "9-1",
		"1-3,3", "5,1", "1-1000001", "1000000001", "1 ", " 1", "1--2", "1-2-3", "1:2",
		"99999999999999999999", "1-9:2x" };
	struct ranges r;
	struct err e;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		ok(ranges_parse(&r, good[i].text, 1000000, &e) == 0, "%s", good[i].text);
		is_str(written(&r), good[i].as, "is written so");
		is_int(r.count, good[i].count, "and has so many");
		ranges_release(&r);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(ranges_parse(&r, bad[i], 1000000, &e) == -1 && e.code == ERR_DATA,
		    "not \"%s\": %s", bad[i], e.text);
}

static void test_places(void)
{
	struct ranges r;

	if (ranges_parse(&r, "1-9:2,12,20-22", 100, NULL) == -1)
		return;
	is_int(ranges_at(&r, 0), 1, "the first");
	is_int(ranges_at(&r, 4), 9, "the last of the first range");
	is_int(ranges_at(&r, 5), 12, "the one behind it");
	is_int(ranges_at(&r, 8), 22, "the last");
	is_int(ranges_at(&r, 9), -1, "none behind it");
	is_int(ranges_at(&r, -1), -1, "none before the first");
	for (int64_t i = 0; i < r.count; i++)
		is_int(ranges_place(&r, ranges_at(&r, i)), i, "place %lld", (long long)i);
	is_int(ranges_place(&r, 2), -1, "what a step passes over");
	is_int(ranges_place(&r, 13), -1, "what is between");
	is_int(ranges_place(&r, 23), -1, "what is behind");
	ranges_release(&r);
}

/* Changes against a plain set. */
static void test_changes(void)
{
	bool set[64] = { false };
	struct ranges r = { .n = 0 };
	size_t wrong = 0, ranges = 0;
	int64_t count = 0;

	for (uint64_t i = 0; i < 4000; i++) {
		int64_t x = (int64_t)(splitmix64(i) % 64);

		if (splitmix64(i + 10000) % 2 == 0) {
			ranges_add(&r, x);
			count += !set[x];
			set[x] = true;
		} else {
			ranges_remove(&r, x);
			count -= set[x];
			set[x] = false;
		}
		for (int64_t k = 0, place = 0; k < 64; k++)
			wrong += ranges_place(&r, k) != (set[k] ? place++ : -1);
		for (size_t k = 0; k + 1 < r.n; k++)
			wrong += r.list[k].last + 1 >= r.list[k + 1].first;
		wrong += r.count != count;
		ranges = r.n > ranges ? r.n : ranges;
	}
	is_int((int64_t)wrong, 0, "4000 changes are as in a set, none in two pieces");
	ok(ranges > 10, "which fell into %zu pieces", ranges);
	ranges_release(&r);
}

int main(void)
{
	test_reading();
	test_places();
	test_changes();
	return tap_done();
}
