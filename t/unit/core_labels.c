/* Expressions over the labels of a worker, and lists of their names. */
#include <string.h>

#include "core/labels.h"
#include "tap.h"

static const struct labels here = {
	.json = "{\"arch\":\"x86_64\",\"ssd\":\"yes\",\"odd\":\"a \\\"b\\\"\",\"note\":\"old\","
	    "\"zone\":\"mine\"}",
	.worker = "web1", .region = "eu", .zone = "a", .gpu = "a100",
};
static const struct labels bare = { .worker = "web1" };

static void test_truth(void)
{
	static const struct { const char *expr; bool here, bare; } rows[] = {
		{ "arch", true, false }, { "arch=x86_64", true, false },
		{ "arch = x86_64", true, false }, { "arch=x86", false, false },
		{ "arch!=x86", true, true }, { "arch!=x86_64", false, true },
		{ "!arch", false, true }, { "!!arch", true, false }, { "old", false, false },
		{ "yes", false, false }, { "note=old", true, false },
		{ "arch&ssd", true, false }, { "arch&old", false, false },
		{ "old|ssd", true, false }, { "old | worker=web1", true, true },
		{ "old&old|ssd", true, false }, { "old&(old|ssd)", false, false },
		{ "ssd|old&old", true, false }, { "(ssd|old)&old", false, false },
		{ "!(old|gone)", true, true }, { "!old&ssd", true, false },
		{ "region=eu", true, false }, { "zone=mine", true, false },
		{ "zone=a", false, false }, { "gpu=a100", true, false }, { "gpu", true, false },
		{ "worker=web1", true, true }, { "worker!=web2", true, true },
		{ "arch=x86_64&(zone=mine|zone=b)&!old", true, false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err e = { .text = "" };

		ok(label_expr_valid(rows[i].expr, &e) == 0, "%s is taken %s", rows[i].expr, e.text);
		ok(label_expr_true(rows[i].expr, &here) == rows[i].here, "%s: here", rows[i].expr);
		ok(label_expr_true(rows[i].expr, &bare) == rows[i].bare, "%s: of a bare one",
		    rows[i].expr);
	}
}

static void test_wrong(void)
{
	static const char *const exprs[] = {
		"", " ", "&", "a&", "a|", "|a", "a b", "a=", "a==b", "(a", "a)", "()", "!", "a!b",
		"a=b=c", "a=(b)", "a&&b", "-a", "a=-b", "a=\"b\"",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		"((((((((((((((((((((((((((((((((((((((((((a",
		"!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!a",
	};

	for (size_t i = 0; i < sizeof(exprs) / sizeof(exprs[0]); i++) {
		struct err e = { .text = "" };

		ok(label_expr_valid(exprs[i], &e) == -1 && e.code == ERR_DATA, "\"%s\": %s",
		    exprs[i], e.text);
		(void)label_expr_true(exprs[i], &here);		/* ends, whatever it says */
	}
}

static void test_lists(void)
{
	static const struct { const char *list, *name; bool is; } rows[] = {
		{ "a", "a", true }, { "a", "ab", false }, { "ab", "a", false },
		{ "a,b", "b", true }, { "a,bc", "b", false }, { "*", "x", true },
		{ "web*", "web1", true }, { "web*", "web", true }, { "web*", "we", false },
		{ "*1", "web1", true }, { "*1", "web12", false }, { "*1*2", "a1b12", true },
		{ "w*b*1", "webbb1", true }, { "w*b*1", "webbb2", false },
		{ "x,*.de", "a.de", true },
		{ "a*a", "a", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ok(name_list_has(rows[i].list, rows[i].name) == rows[i].is, "%s %s %s",
		    rows[i].list, rows[i].is ? "has" : "has not", rows[i].name);
	ok(name_list_valid("web*,db1.example", NULL) == 0, "names are taken");
	ok(name_list_valid("", NULL) == -1 && name_list_valid("a,", NULL) == -1 &&
	    name_list_valid("a b", NULL) == -1 && name_list_valid("-x", NULL) == -1,
	    "others are not");
}

int main(void)
{
	test_truth();
	test_wrong();
	test_lists();
	return tap_done();
}
