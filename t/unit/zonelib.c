#include "zonelib.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const known[][2] = {
	{ "UTC", "UTC0" },
	{ "America/New_York", "EST5EDT,M3.2.0,M11.1.0" },
	{ "Europe/London", "GMT0BST,M3.5.0/1,M10.5.0" },
	{ "Australia/Lord_Howe", "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0" },
	{ "Africa/Cairo", "EET-2EEST,M4.5.5/0,M10.5.4/24" },
	{ "America/Havana", "CST5CDT,M3.2.0/0,M11.1.0/1" },
	{ "Asia/Kolkata", "IST-5:30" },
};

static void number_add(struct buf *b, int64_t v, int width)
{
	for (int i = width - 1; i >= 0; i--)
		buf_addc(b, (char)((uint64_t)v >> (8 * i)));
}

static void block_add(struct buf *b, int first, const struct shift *changes, size_t n,
    int width, char version)
{
	buf_adds(b, "TZif");
	buf_addc(b, version);
	for (int i = 0; i < 15; i++)
		buf_addc(b, 0);
	number_add(b, 0, 4);			/* no flags of UT and standard time */
	number_add(b, 0, 4);
	number_add(b, 0, 4);			/* no leap seconds */
	number_add(b, (int64_t)n, 4);
	number_add(b, (int64_t)n + 1, 4);
	number_add(b, 1, 4);
	for (size_t i = 0; i < n; i++)
		number_add(b, changes[i].at, width);
	for (size_t i = 0; i < n; i++)
		buf_addc(b, (char)(i + 1));
	for (size_t i = 0; i <= n; i++) {
		number_add(b, i == 0 ? first : changes[i - 1].offset, 4);
		number_add(b, 0, 2);
	}
	buf_addc(b, 0);				/* the one abbreviation */
}

void tzif_add(struct buf *b, int first, const struct shift *changes, size_t n,
    const char *footer)
{
	if (footer == NULL) {
		block_add(b, first, changes, n, 4, 0);
		return;
	}
	block_add(b, 0, NULL, 0, 4, '3');
	block_add(b, first, changes, n, 8, '3');
	buf_addf(b, "\n%s\n", footer);
}

void zone_bytes(const char *name, struct buf *b)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(known[i][0], name) == 0)
			tzif_add(b, 0, NULL, 0, known[i][1]);
	}
}

struct zone *zone_ruled(const char *name, const char *rule)
{
	struct zone *z;
	struct err e;
	struct buf b;

	buf_init(&b, 4096);
	tzif_add(&b, 0, NULL, 0, rule);
	z = zone_decode(name, b.data, b.len, &e);
	buf_release(&b);
	if (z == NULL) {
		printf("Bail out! %s\n", e.text);
		exit(1);
	}
	return z;
}

struct zone *zone_known(const char *name)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(known[i][0], name) == 0)
			return zone_ruled(name, known[i][1]);
	}
	printf("Bail out! no zone %s\n", name);
	exit(1);
}

int64_t utc(const char *stamp)
{
	int64_t ms;
	bool local;

	if (!civil_read(stamp, &ms, &local)) {
		printf("Bail out! no time: %s\n", stamp);
		exit(1);
	}
	return ms;
}
