/* Tests base/err: texts, codes, errno, cutting off, arguments that point into the error. */
#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "tap.h"

static void test_set(void)
{
	struct err e = { 0 };

	is_int(err_set(&e, ERR_DATA, "job %d: %s", 7, "bad"), -1, "err_set returns -1");
	is_int(e.code, ERR_DATA, "err_set keeps the code");
	is_str(e.text, "job 7: bad", "err_set formats");
	is_int(err_set(NULL, ERR_DATA, "x"), -1, "err_set takes NULL");
	err_clear(&e);
	is_int(e.code, ERR_NONE, "err_clear: code");
	is_str(e.text, "", "err_clear: text");
	err_clear(NULL);
}

static void test_sys(void)
{
	struct err e = { 0 };

	errno = ENOENT;
	is_int(err_sys(&e, ERR_NOINPUT, "open %s", "a"), -1, "err_sys returns -1");
	is_int(errno, ENOENT, "err_sys keeps errno");
	is_int(e.code, ERR_NOINPUT, "err_sys keeps the code");
	is_str(e.text, "open a: No such file or directory", "err_sys appends the reason");
	errno = 12345;
	err_sys(&e, ERR_OS, "x");
	is_str(e.text, "x: Unknown error 12345", "err_sys with an errno that is none");
	errno = EIO;
	is_int(err_sys(NULL, ERR_OS, "x"), -1, "err_sys takes NULL");
	is_int(errno, EIO, "and keeps errno");
	errno = EAGAIN;
	err_set(&e, ERR_OS, "%s", "x");
	is_int(errno, EAGAIN, "err_set keeps errno");
}

static void test_prefix(void)
{
	struct err e = { 0 };

	err_set(&e, ERR_IO, "short read");
	is_int(err_prefix(&e, "file %s", "f"), -1, "err_prefix returns -1");
	is_str(e.text, "file f: short read", "err_prefix puts its text in front");
	is_int(e.code, ERR_IO, "err_prefix keeps the code");
	is_int(err_prefix(NULL, "x"), -1, "err_prefix takes NULL");
	err_clear(&e);
	err_prefix(&e, "alone");
	is_str(e.text, "alone", "err_prefix of nothing has no colon");
}

static void test_alias(void)
{
	struct err e = { 0 };

	err_set(&e, ERR_IO, "inner");
	err_set(&e, ERR_DATA, "outer: %s!", e.text);
	is_str(e.text, "outer: inner!", "an argument may be the error's own text");
	err_prefix(&e, "<%s>", e.text);
	is_str(e.text, "<outer: inner!>: outer: inner!", "also for err_prefix");
	errno = EIO;
	err_set(&e, ERR_IO, "a");
	err_sys(&e, ERR_IO, "%s%s", e.text, e.text);
	is_str(e.text, "aa: Input/output error", "also for err_sys");
}

static void test_cut(void)
{
	struct err e = { 0 };
	char big[2000];
	int i;

	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	err_set(&e, ERR_DATA, "%s", big);
	is_int(strlen(e.text), sizeof(e.text) - 1, "a long text is cut");
	errno = ENOENT;
	err_sys(&e, ERR_DATA, "%s", big);
	is_int(strlen(e.text), sizeof(e.text) - 1, "err_sys cuts, too");
	err_set(&e, ERR_DATA, "end");
	for (i = 0; i < 500; i++)
		err_prefix(&e, "p%d", i);
	is_int(strlen(e.text), sizeof(e.text) - 1, "many prefixes are cut at the end");
	is_int(strncmp(e.text, "p499: p498: ", 12), 0, "and the last one stays in front");
}

int main(void)
{
	test_set();
	test_sys();
	test_prefix();
	test_alias();
	test_cut();
	return tap_done();
}
