/*
 * Messages in memory: what may be added, what is read back, and what stays as it
 * was when adding fails.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "msg/impl.h"
#include "tap.h"

static const char id_text[] = "019aae5c-7c00-7a01-8f3e-2b7d90c4e511";

/* A string of n bytes c; the caller frees. */
static char *repeated(char c, size_t n)
{
	char *s = xmalloc(n + 1);

	memset(s, c, n);
	s[n] = '\0';
	return s;
}

static void test_names(void)
{
	is_str(msg_type_name(MSG_SUBMIT), "submit", "name of the first type");
	is_str(msg_type_name(MSG_END), "end", "name of the last type");
	is_str(msg_field_name(F_SEQ), "seq", "name of the first field");
	is_str(msg_field_name(F_COLUMN), "column", "name of the last field");
	is_int(msg_use(MSG_SUBMIT, F_UUID), MSG_REQUIRED, "a required field");
	is_int(msg_use(MSG_SUBMIT, F_NAME), MSG_OPTIONAL, "an optional field");
	is_int(msg_use(MSG_SUBMIT, F_ARG), MSG_MANY, "a field that may be there often");
	is_int(msg_use(MSG_SUBMIT, F_PID), -1, "a field without a place");
}

/* The tables hold together: what schema.c lists can be decoded and sent. */
static void test_tables(void)
{
	const struct msg_rule *r;
	bool once = true, wide = true;

	for (int t = 0; t < MSG_TYPE_COUNT; t++) {
		uint64_t seen[MSG_SEEN_WORDS] = { 0 };

		for (r = msg_schema[t]; r->field != MSG_FIELD_COUNT; r++) {
			once = once && (seen[r->field / 64] >> (r->field % 64) & 1) == 0;
			seen[r->field / 64] |= UINT64_C(1) << (r->field % 64);
		}
	}
	ok(once, "no type lists a field twice");
	for (int f = 0; f < MSG_FIELD_COUNT; f++) {
		wide = wide && (msg_fields[f].kind != MSG_ID || msg_fields[f].max == 36);
		wide = wide && (msg_fields[f].kind != MSG_FLAG || msg_fields[f].max == 1);
		wide = wide && (msg_fields[f].kind != MSG_U64 || msg_fields[f].max <= 20);
		wide = wide && msg_fields[f].len == strlen(msg_field_name((enum msg_field)f));
	}
	ok(wide, "the longest value fits the kind");
}

static void test_kinds(void)
{
	struct msg *m = msg_new(MSG_SUBMIT);
	struct uuid u, got;

	uuid_parse(id_text, &u);
	is_int(msg_type(m), MSG_SUBMIT, "the type");
	is_int(msg_u64(m, F_CPUS, 77), 77, "an absent number");
	is_int(msg_i64(m, F_BEGIN, -5), -5, "an absent signed number");
	ok(!msg_flag(m, F_HOLD), "an absent flag is off");
	ok(msg_str(m, F_NAME) == NULL && !msg_has(m, F_NAME), "an absent string");
	is_int(msg_uuid(m, F_UUID, &got), -1, "an absent uuid");

	is_int(msg_add(m, F_NAME, "two words"), 0, "add a string");
	is_int(msg_add_u64(m, F_SEQ, UINT64_MAX), 0, "add the largest number");
	is_int(msg_add_i64(m, F_BEGIN, INT64_MIN), 0, "add the smallest signed number");
	is_int(msg_add_i64(m, F_DEADLINE, INT64_MAX), 0, "add the largest signed number");
	is_int(msg_add_u64(m, F_HOLD, 1), 0, "add a flag as a number");
	is_int(msg_add(m, F_NO_REQUEUE, "0"), 0, "add a flag as text");
	is_int(msg_add_uuid(m, F_UUID, &u), 0, "add a uuid");
	is_int(msg_addf(m, F_COMMENT, "%s/%d", "x", 12), 0, "add formatted text");
	is_int(msg_addn(m, F_CHDIR, NULL, 0), 0, "add nothing at all");
	is_int(msg_add_u64(m, F_CPUS, 0), 0, "add a zero");

	is_str(msg_str(m, F_NAME), "two words", "the string");
	ok(msg_u64(m, F_SEQ, 0) == UINT64_MAX, "the largest number");
	ok(msg_i64(m, F_BEGIN, 0) == INT64_MIN, "the smallest signed number");
	ok(msg_i64(m, F_DEADLINE, 0) == INT64_MAX, "the largest signed number");
	ok(msg_flag(m, F_HOLD) && !msg_flag(m, F_NO_REQUEUE), "the flags");
	ok(msg_uuid(m, F_UUID, &got) == 0 && uuid_equal(&u, &got), "the uuid");
	is_str(msg_str(m, F_COMMENT), "x/12", "the formatted text");
	is_str(msg_str(m, F_CHDIR), "", "the empty string");
	ok(msg_has(m, F_CPUS) && msg_u64(m, F_CPUS, 9) == 0, "the zero");
	msg_free(m);
	msg_free(NULL);
}

static void test_refused(void)
{
	static const struct {
		enum msg_field field;
		const char *value;
	} bad[] = {
		{ F_CPUS, "" }, { F_CPUS, "01" }, { F_CPUS, "+1" }, { F_CPUS, "-1" },
		{ F_CPUS, "1 " }, { F_CPUS, " 1" }, { F_CPUS, "1x" }, { F_CPUS, "0x1" },
		{ F_CPUS, "1234567890123" }, { F_SEQ, "18446744073709551616" },
		{ F_SEQ, "99999999999999999999" }, { F_BEGIN, "-0" }, { F_BEGIN, "-" },
		{ F_BEGIN, "--1" }, { F_BEGIN, "9223372036854775808" },
		{ F_BEGIN, "-9223372036854775809" }, { F_BEGIN, "-01" }, { F_HOLD, "" },
		{ F_HOLD, "2" }, { F_HOLD, "00" }, { F_HOLD, "yes" }, { F_UUID, "" },
		{ F_UUID, "019aae5c-7c00-7a01-8f3e-2b7d90c4e51" },
		{ F_UUID, "019aae5c-7c00-7a01-8f3e-2b7d90c4e5111" },
		{ F_UUID, "019AAE5C-7C00-7A01-8F3E-2B7D90C4E511" },
		{ F_UUID, "019aae5c+7c00-7a01-8f3e-2b7d90c4e511" },
		{ F_KEY_SCOPE, "123456789" },
	};
	struct msg *m = msg_new(MSG_SUBMIT);
	char *longest = repeated('x', 256);
	size_t iter = 0;
	enum msg_field f;
	const char *v;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		is_int(msg_add(m, bad[i].field, bad[i].value), -1, "%s cannot be \"%s\"",
		    msg_field_name(bad[i].field), bad[i].value);
	}
	is_int(msg_addn(m, F_NAME, "a\0b", 3), -1, "no NUL in a string");
	is_int(msg_addf(m, F_NAME, "a%cb", 0), -1, "no NUL from a format");
	is_int(msg_add(m, F_NAME, longest), -1, "no name of 256 bytes");
	is_int(msg_addf(m, F_NAME, "%s", longest), -1, "nor from a format");
	ok(!msg_each(m, &iter, &f, &v) && !msg_has(m, F_NAME), "nothing came of it");
	is_int(msg_add(m, F_NAME, longest + 1), 0, "a name of 255 bytes");
	is_int(msg_add(m, F_NAME, "again"), -1, "no second name");
	is_str(msg_str(m, F_NAME), longest + 1, "the first one is there still");
	free(longest);
	msg_free(m);
}

/* Many values: beyond the small array, and with text that moves. */
static void test_many(void)
{
	struct msg *m = msg_new(MSG_LAUNCH);
	bool all = true;
	size_t iter = 0, n = 0;
	const char *s;

	for (int i = 0; i < 1000; i++) {
		all = all && msg_addf(m, F_ARG, "arg %d", i) == 0;
		all = all && msg_addf(m, F_ENV, "E%d=%d", i, i) == 0;
	}
	ok(all, "2000 fields");
	is_int(msg_count(m, F_ARG), 1000, "count of one of them");
	is_int(msg_count(m, F_CHDIR), 0, "count of none");
	while ((s = msg_next(m, F_ENV, &iter)) != NULL) {
		char want[32];

		snprintf(want, sizeof(want), "E%zu=%zu", n, n);
		all = all && strcmp(s, want) == 0;
		n++;
	}
	ok(all && n == 1000, "all in their order");
	ok(msg_next(m, F_ENV, &iter) == NULL, "the end stays the end");
	is_str(msg_str(m, F_ARG), "arg 0", "the first of many");
	msg_free(m);
}

static void test_own_value(void)
{
	struct msg *m = msg_new(MSG_LAUNCH);
	bool same = true;

	msg_add(m, F_ARG, "a value that is added again and again");
	for (int i = 0; i < 100; i++)
		same = same && msg_add(m, F_ARG, msg_str(m, F_ARG)) == 0;
	for (size_t iter = 0, i = 0; i < 101; i++)
		same = same && strcmp(msg_next(m, F_ARG, &iter), msg_str(m, F_ARG)) == 0;
	ok(same, "a message's own value may be added to it");
	msg_free(m);
}

static void test_full(void)
{
	struct msg *m = msg_new(MSG_LAUNCH), *src = msg_new(MSG_LAUNCH);
	char *large = repeated('x', 2 << 20);
	size_t n = 0;

	while (n < 100 && msg_add(m, F_ARG, large) == 0)
		n++;
	is_int(n, 11, "values end where a head would be too long");
	is_int(msg_add(m, F_ARG, "small"), 0, "a smaller one has room");
	free(large);
	msg_free(m);

	m = msg_new(MSG_LAUNCH);
	for (n = 0; n <= MSG_FIELDS_MAX && msg_add(m, F_ARG, "") == 0; n++)
		continue;
	is_int(n, MSG_FIELDS_MAX, "fields end at the limit");
	is_int(msg_add(m, F_CHDIR, "/"), -1, "also those of another name");
	msg_add(src, F_CHDIR, "/");
	is_int(msg_copy_fields(m, src), -1, "and those from another message");
	msg_free(src);
	msg_free(m);
}

static void test_each(void)
{
	struct msg *m = msg_new(MSG_CONTROL);
	size_t iter = 0;
	enum msg_field f;
	const char *v;

	msg_add(m, F_TARGET, "5");
	msg_add(m, F_OP, "cancel");
	msg_add(m, F_TARGET, "7");
	ok(msg_each(m, &iter, &f, &v) && f == F_TARGET && strcmp(v, "5") == 0, "first");
	ok(msg_each(m, &iter, &f, &v) && f == F_OP && strcmp(v, "cancel") == 0, "second");
	ok(msg_each(m, &iter, &f, &v) && f == F_TARGET && strcmp(v, "7") == 0, "third");
	ok(!msg_each(m, &iter, &f, &v), "then the end");
	msg_free(m);
}

static void test_body(void)
{
	struct msg *m = msg_new(MSG_SUBMIT);
	char script[] = "#!/bin/sh\n";
	size_t n = 99;

	ok(msg_body(m, &n) == NULL && n == 0, "no body at first");
	is_int(msg_set_body(m, script, sizeof(script)), 0, "set one, with its NUL");
	script[0] = 'X';
	ok(msg_body(m, &n) != NULL && n == sizeof(script), "it is there");
	ok(memcmp(msg_body(m, &n), "#!/bin/sh\n", 10) == 0, "and is a copy");
	is_int(msg_set_body(m, script, (size_t)MSG_BODY_MAX + 1), -1, "none too long");
	ok(msg_body(m, &n) != NULL && n == sizeof(script), "the old one stays");
	is_int(msg_set_body(m, NULL, 0), 0, "take it away");
	ok(msg_body(m, &n) == NULL && n == 0, "and it is gone");
	msg_free(m);
}

static void test_copy_fields(void)
{
	struct msg *src = msg_new(MSG_SUBMIT), *dst = msg_new(MSG_LAUNCH);
	size_t iter = 0, n;

	msg_add(src, F_UUID, id_text);
	msg_add(src, F_ARG, "one");
	msg_add(src, F_ARG, "two");
	msg_add(src, F_ENV, "SRC=1");
	msg_add(src, F_CHDIR, "/src");
	msg_add(src, F_UMASK, "18");
	msg_set_body(src, "body", 4);
	msg_add(dst, F_CHDIR, "/dst");
	msg_add(dst, F_ENV, "DST=1");
	is_int(msg_copy_fields(dst, src), 0, "copy fields");
	is_str(msg_next(dst, F_ARG, &iter), "one", "a field of many, first value");
	is_str(msg_next(dst, F_ARG, &iter), "two", "second value");
	is_str(msg_str(dst, F_CHDIR), "/dst", "what dst has stays");
	is_str(msg_str(dst, F_ENV), "DST=1", "so does a field of many");
	is_int(msg_count(dst, F_ENV), 1, "and gets no more values");
	is_int(msg_u64(dst, F_UMASK, 0), 18, "a number came along");
	ok(!msg_has(dst, F_UUID), "what dst does not know stays out");
	ok(msg_body(dst, &n) == NULL, "the body is not copied");
	is_int(msg_copy_fields(dst, src), 0, "copying again");
	is_int(msg_count(dst, F_ARG), 2, "changes nothing");
	msg_free(src);
	msg_free(dst);
}

int main(void)
{
	test_names();
	test_tables();
	test_kinds();
	test_refused();
	test_many();
	test_own_value();
	test_full();
	test_each();
	test_body();
	test_copy_fields();
	return tap_done();
}
