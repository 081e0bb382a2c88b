/* setting: limits, warnings and amounts as they are written; what is none of them. */
#include <string.h>
#include <sys/resource.h>

#include "msg/setting.h"
#include "tap.h"

static void rlimit_is(const char *s, int resource, uint64_t soft, bool has_hard, uint64_t hard)
{
	struct rlimit_setting got;
	struct err e = { 0 };

	if (!ok(rlimit_setting_parse(s, &got, &e) == 0, "%s: %s", s, e.text))
		return;
	ok(got.resource == resource && got.soft == soft && got.has_hard == has_hard &&
	    got.hard == hard, "%s means what it says", s);
	ok(strncmp(s, got.name, strlen(got.name)) == 0, "and has its name");
}

static void rlimit_bad(const char *s, const char *text)
{
	struct rlimit_setting got;
	struct err e = { 0 };

	is_int(rlimit_setting_parse(s, &got, &e), -1, "rlimit %s", s);
	is_int(e.code, ERR_DATA, "is no data");
	ok(strstr(e.text, text) != NULL, "and says %s: %s", text, e.text);
}

static void test_rlimits(void)
{
	rlimit_is("nofile=100", RLIMIT_NOFILE, 100, false, 0);
	rlimit_is("nofile=0:100", RLIMIT_NOFILE, 0, true, 100);
	rlimit_is("core=1", RLIMIT_CORE, 1 << 20, false, 0);
	rlimit_is("stack=64K:1M", RLIMIT_STACK, 65536, true, 1 << 20);
	rlimit_is("cpu=1m:2m", RLIMIT_CPU, 60, true, 120);
	rlimit_is("cpu=1500ms", RLIMIT_CPU, 2, false, 0);
	rlimit_is("core=unlimited", RLIMIT_CORE, SETTING_UNLIMITED, false, 0);
	rlimit_is("as=1G:unlimited", RLIMIT_AS, 1 << 30, true, SETTING_UNLIMITED);
	is_int(RLIM_INFINITY == SETTING_UNLIMITED, 1, "unlimited is that of setrlimit");
	rlimit_bad("nofile", "NAME=SOFT");
	rlimit_bad("", "NAME=SOFT");
	rlimit_bad("files=1", "there are as, core, cpu");
	rlimit_bad("=1", "no limit");
	rlimit_bad("nofile=", "nofile");
	rlimit_bad("nofile=1:", "nofile");
	rlimit_bad("nofile=1:2:3", "nofile");
	rlimit_bad("nofile=2:1", "above the hard one");
	rlimit_bad("nofile=unlimited:1", "above the hard one");
	rlimit_bad("nofile=-1", "nofile");
	rlimit_bad("nofile=111111111111111111111111111111111111111", "no value");
	rlimit_bad("stack=big", "stack");
	rlimit_bad("cpu=never", "cpu");
}

static void warn_is(const char *s, int signal, uint64_t before, bool main_only)
{
	struct warn_setting got;
	struct err e = { 0 };

	if (ok(warn_setting_parse(s, &got, &e) == 0, "%s: %s", s, e.text))
		ok(got.signal == signal && got.before == before && got.main_only == main_only,
		    "%s means what it says", s);
}

static void warn_bad(const char *s, const char *text)
{
	struct warn_setting got;
	struct err e = { 0 };

	is_int(warn_setting_parse(s, &got, &e), -1, "warn %s", s);
	is_int(e.code, ERR_DATA, "is no data");
	ok(strstr(e.text, text) != NULL, "and says %s: %s", text, e.text);
}

static void test_warnings(void)
{
	warn_is("USR1", 10, 60000, false);
	warn_is("SIGUSR1@5", 10, 5000, false);
	warn_is("B:10@2m", 10, 120000, true);
	warn_is("B:TERM", 15, 60000, true);
	warn_bad("", "no signal");
	warn_bad("B:", "no signal");
	warn_bad("B", "no signal");
	warn_bad("NOPE@1", "no signal");
	warn_bad("USR1@", "");
	warn_bad("USR1@soon", "soon");
	warn_bad("USR1@0", "is none");
	warn_bad("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA@1", "[B:]SIG[@TIME]");
}

static void test_amounts(void)
{
	struct err e = { 0 };
	char name[70];
	size_t len;
	int64_t n;

	ok(amount_setting_parse("fpga=2", &len, &n, &e) == 0 && len == 4 && n == 2, "an amount");
	is_int(amount_setting_parse("fpga", &len, &n, &e), -1, "no number: %s", e.text);
	is_int(amount_setting_parse("=1", &len, &n, &e), -1, "no name: %s", e.text);
	is_int(amount_setting_parse("a b=1", &len, &n, &e), -1, "no name either: %s", e.text);
	is_int(amount_setting_parse("a=0", &len, &n, &e), -1, "nothing: %s", e.text);
	is_int(e.code, ERR_DATA, "is no data");
	is_int(amount_setting_parse("a=1x", &len, &n, NULL), -1, "without a place for words");
	memset(name, 'a', 65);
	memcpy(name + 65, "=1", 3);
	is_int(amount_setting_parse(name, &len, &n, &e), -1, "a long name: %s", e.text);
	is_int(amount_setting_parse(name + 1, &len, &n, &e), 0, "one that just fits: %s", e.text);
}

int main(void)
{
	test_rlimits();
	test_warnings();
	test_amounts();
	return tap_done();
}
