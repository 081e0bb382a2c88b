/* codes: lists of outcomes; the class names are core's. */
#include <signal.h>

#include "base/codes.h"
#include "core/types.h"
#include "tap.h"

static void validity(void)
{
	static const struct {
		const char *list;
		bool any, exits;
	} rows[] = {
		{ "0", true, true }, { "75", true, true }, { "0,255", true, true },
		{ "1-5", true, true }, { "1-5,100-120", true, true }, { "5-5", true, true },
		{ "SIGKILL", true, false }, { "SIG9", true, false }, { "SIG*", true, false },
		{ "oom", true, false }, { "transient,75,SIGTERM", true, false },
		{ "", false, false }, { ",", false, false }, { "1,", false, false },
		{ ",1", false, false }, { "256", false, false }, { "5-1", false, false },
		{ "1-", false, false }, { "-1", false, false }, { "1-2-3", false, false },
		{ "1 ,2", false, false }, { "KILL", false, false }, { "SIGNONE", false, false },
		{ "SIG", false, false }, { "SIG0", false, false }, { "SIG65", false, false },
		{ "sigkill", false, false }, { "OOM", false, false }, { "none", false, false },
		{ "0x1", false, false }, { "01234567890123456789012345678901234", false, false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ok((codes_valid(rows[i].list, NULL) == 0) == rows[i].any, "\"%s\"", rows[i].list);
		ok((codes_valid_exits(rows[i].list, NULL) == 0) == rows[i].exits,
		    "\"%s\" as exit codes", rows[i].list);
	}
}

static void words_of_errors(void)
{
	struct err e;

	codes_valid("75,foo", &e);
	is_int(e.code, ERR_DATA, "code");
	is_str(e.text, "\"foo\" is no exit code, range (1-5), signal (SIGTERM) or error class "
	    "(oom)", "names the item");
	codes_valid_exits("75,oom", &e);
	is_str(e.text, "\"oom\" is no exit code (0 to 255) or range of them (1-5)",
	    "and what may be");
	codes_valid("1,,2", &e);
	is_str(e.text, "a list with an empty item: \"1,,2\"", "an empty item");
}

static void matching(void)
{
	const char *list = "75,100-120,SIGTERM,oom";

	ok(codes_match(list, 75, 0, ""), "a code");
	ok(codes_match(list, 100, -1, NULL) && codes_match(list, 120, -1, NULL), "a range's ends");
	ok(!codes_match(list, 99, -1, NULL) && !codes_match(list, 121, -1, NULL), "outside");
	ok(codes_match(list, -1, SIGTERM, NULL), "a signal");
	ok(!codes_match(list, -1, SIGKILL, NULL), "another signal");
	ok(!codes_match(list, SIGTERM, -1, NULL), "a code is no signal");
	ok(codes_match("SIG*", -1, SIGSEGV, NULL), "any signal");
	ok(!codes_match("SIG*", 0, 0, NULL), "no signal is none");
	ok(codes_match(list, -1, -1, "oom"), "a class");
	ok(!codes_match(list, -1, -1, "timeout"), "another class");
	ok(!codes_match("0", -1, -1, ""), "nothing matches an end without a code");
	ok(!codes_match(NULL, 0, 0, "error"), "no list");
	ok(!codes_match("", 0, 0, ""), "an empty list");
	ok(!codes_match("junk,,256", 256, 1, "junk"), "what is invalid matches nothing");
	ok(codes_match("junk,3", 3, -1, NULL), "and does not hide the rest");
}

static void signals(void)
{
	is_int(codes_signal("TERM"), SIGTERM, "TERM");
	is_int(codes_signal("SIGTERM"), SIGTERM, "SIGTERM");
	is_int(codes_signal("15"), 15, "15");
	is_int(codes_signal("SIG15"), 15, "SIG15");
	is_int(codes_signal("0"), -1, "0");
	is_int(codes_signal("65"), -1, "65");
	is_int(codes_signal(""), -1, "nothing");
	is_int(codes_signal("term"), -1, "small letters");
}

static void classes_of_core(void)
{
	for (int c = 0; c < CLASS_COUNT; c++) {
		const char *name = error_class_name((enum error_class)c);

		ok(codes_valid(name, NULL) == 0, "class %s", name);
		ok(codes_match(name, -1, -1, name), "class %s matches itself", name);
	}
}

int main(void)
{
	validity();
	words_of_errors();
	matching();
	signals();
	classes_of_core();
	return tap_done();
}
