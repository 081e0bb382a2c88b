/* Lists of amounts by name. */
#include <string.h>

#include "base/amounts.h"
#include "tap.h"

static void test_reading(void)
{
	const char *at = "fpga=2,nic=1000000000,x=0";
	struct amount a;

	ok(amounts_next(&at, &a) && a.len == 4 && memcmp(a.name, "fpga", 4) == 0 && a.n == 2,
	    "the first");
	ok(amounts_next(&at, &a) && a.len == 3 && a.n == AMOUNT_MAX, "the second");
	ok(amounts_next(&at, &a) && a.len == 1 && a.n == 0, "the last");
	ok(!amounts_next(&at, &a), "no more");
	at = NULL;
	ok(!amounts_next(&at, &a), "no list");
	at = "";
	ok(!amounts_next(&at, &a), "an empty one");
	is_int(amounts_of("fpga=2,fp=3", "fp", 2), 3, "by name");
	is_int(amounts_of("fpga=2", "fp", 2), 0, "not by a part of it");
	is_int(amounts_of(NULL, "fp", 2), 0, "of no list");
}

static void test_damaged(void)
{
	static const char *const lists[] = { "=", ",", "a", "a=,", "a=1x,b=2", "=1",
	    "a=99999999999999999999", ",,", "a==2" };
	struct amount a;

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		const char *at = lists[i];
		size_t n = 0;

		while (amounts_next(&at, &a) && n < 10)
			n++;
		ok(n < 10 && *at == '\0', "\"%s\" comes to its end", lists[i]);
	}
	is_int(amounts_of("a=1x,b=2", "b", 1), 2, "the rest is read");
}

static void test_valid(void)
{
	static const struct { const char *list, *why; } rows[] = {
		{ "a=1", NULL }, { "a=1,b/c=1000000000", NULL }, { "", "\"\" is not NAME=N" },
		{ "a", "\"a\" is not NAME=N" }, { "a=1,", "\"\" is not NAME=N" },
		{ "-a=1", "\"-a\" is no name" }, { "a b=1", "\"a b\" is no name" },
		{ "=1", "\"\" is no name" }, { "a=0", "a: " }, { "a=1000000001", "a: " },
		{ "a=x", "a: " }, { "ab=1,a=1,ab=2", "ab is there twice" },
		{ "a=1,b=1,c=1,d=1", "more than 3 names" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err e = { .text = "" };
		int r = amounts_valid(rows[i].list, 3, &e);

		if (rows[i].why == NULL)
			ok(r == 0, "%s is taken", rows[i].list);
		else
			ok(r == -1 && e.code == ERR_DATA &&
			    strncmp(e.text, rows[i].why, strlen(rows[i].why)) == 0, "\"%s\": %s",
			    rows[i].list, e.text);
	}
}

int main(void)
{
	test_reading();
	test_damaged();
	test_valid();
	return tap_done();
}
