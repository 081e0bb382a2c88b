/* Tests base/num: tables of what is read and what is refused, both ways, and random input. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "base/num.h"
#include "tap.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct pair {
	const char *text;
	uint64_t value;
};

/* The same numbers in every run, so that a failure comes again. */
static uint64_t rnd(uint64_t below)
{
	static uint64_t state = 1;

	return splitmix64(state++) % below;
}

typedef int parse_fn(const char *s, uint64_t *out, struct err *e);

static void accepts(const char *what, parse_fn *parse, const struct pair *rows, size_t n)
{
	uint64_t v;
	struct err e;
	size_t i;

	for (i = 0; i < n; i++) {
		v = 77;
		err_clear(&e);
		ok(parse(rows[i].text, &v, &e) == 0 && v == rows[i].value,
		    "%s '%s' is %" PRIu64 " (%" PRIu64 " %s)", what, rows[i].text, rows[i].value, v,
		    e.text);
	}
}

static void refuses(const char *what, parse_fn *parse, const char *const *rows, size_t n)
{
	struct err e;
	uint64_t v;
	size_t i;

	for (i = 0; i < n; i++) {
		v = 77;
		err_clear(&e);
		ok(parse(rows[i], &v, &e) == -1 && v == 77 && e.code == ERR_USAGE &&
		    e.text[0] == '\'' && parse(rows[i], &v, NULL) == -1,
		    "%s refuses '%s' (%s)", what, rows[i], e.text);
	}
}

static int parse_u64(const char *s, uint64_t *out, struct err *e)
{
	return num_u64(s, 0, UINT64_MAX, out, e);
}

static int parse_milli(const char *s, uint64_t *out, struct err *e)
{
	return num_milli(s, 0, UINT64_MAX, out, e);
}

static void test_u64(void)
{
	static const struct pair good[] = { { "0", 0 }, { "007", 7 }, { "42", 42 },
	    { "18446744073709551615", UINT64_MAX }, { "000000000000000000000000001", 1 } };
	static const char *const bad[] = { "", " 1", "1 ", "+1", "-1", "-0", "1x", "0x10", "1.0",
	    "18446744073709551616", "99999999999999999999999", "\xd9\xa1", "1\n" };
	struct err e = { 0 };
	uint64_t v = 9;

	accepts("num_u64", parse_u64, good, COUNT(good));
	refuses("num_u64", parse_u64, bad, COUNT(bad));
	is_int(num_u64("5", 5, 5, &v, NULL), 0, "both bounds belong to the range");
	is_int(num_u64("4", 5, 10, &v, &e), -1, "below the range");
	is_str(e.text, "'4' is out of range: 5 to 10 is accepted", "its text");
	is_int(num_u64("11", 5, 10, &v, &e), -1, "above the range");
	num_u64("x", 5, 10, &v, &e);
	is_str(e.text, "'x' is not a whole number from 5 to 10", "the text for what is no number");
	is_int(v, 5, "out is untouched");
}

static void test_i64(void)
{
	struct err e = { 0 };
	int64_t v = 9;

	is_int(num_i64("-9223372036854775808", INT64_MIN, INT64_MAX, &v, &e), 0, "the least");
	ok(v == INT64_MIN, "its value");
	is_int(num_i64("9223372036854775807", INT64_MIN, INT64_MAX, &v, &e), 0, "the greatest");
	ok(v == INT64_MAX, "its value");
	is_int(num_i64("-0", INT64_MIN, INT64_MAX, &v, &e), 0, "minus nought");
	is_int(v, 0, "its value");
	is_int(num_i64("-17", -20, 20, &v, &e), 0, "below zero");
	is_int(v, -17, "its value");
	is_int(num_i64("9223372036854775808", INT64_MIN, INT64_MAX, &v, &e), -1, "one more");
	is_int(num_i64("-9223372036854775809", INT64_MIN, INT64_MAX, &v, &e), -1, "one less");
	is_int(num_i64("-99999999999999999999", INT64_MIN, INT64_MAX, &v, &e), -1, "much less");
	is_int(num_i64("-21", -20, 20, &v, &e), -1, "outside the range");
	is_str(e.text, "'-21' is out of range: -20 to 20 is accepted", "its text");
	is_int(num_i64("-", -20, 20, &v, &e), -1, "a sign alone");
	is_str(e.text, "'-' is not a whole number from -20 to 20", "its text");
	is_int(num_i64("--1", -20, 20, &v, &e), -1, "two signs");
	is_int(num_i64("", -20, 20, &v, &e), -1, "nothing");
	is_int(num_i64("1-", -20, 20, &v, &e), -1, "a sign behind");
	is_int(v, -17, "out is untouched");
}

static void test_milli(void)
{
	static const struct pair good[] = { { "0", 0 }, { "1", 1000 }, { "1.5", 1500 },
	    { "0.001", 1 }, { "0.25", 250 }, { "12.340", 12340 }, { "0.000", 0 },
	    { "18446744073709551.615", UINT64_MAX }, { "18446744073709551", UINT64_MAX - 615 } };
	static const char *const bad[] = { "", ".5", "1.", "1.2345", "1..2", "1.5x", "-1", "1,5",
	    ".", "18446744073709551.616", "18446744073709552", "99999999999999999999.5", "1e3",
	    "1. 5" };
	struct err e = { 0 };
	uint64_t v = 9;

	accepts("num_milli", parse_milli, good, COUNT(good));
	refuses("num_milli", parse_milli, bad, COUNT(bad));
	is_int(num_milli("3", 500, 2500, &v, &e), -1, "num_milli has a range");
	is_str(e.text, "'3' is out of range: 0.500 to 2.500 is accepted", "and says it");
	is_int(num_milli("2.5", 500, 2500, &v, &e), 0, "its bound belongs to it");
}

static void test_dur(void)
{
	static const struct pair good[] = { { "0", 0 }, { "90", 90000 }, { "90s", 90000 },
	    { "1.5s", 1500 }, { "1.5", 1500 }, { "500ms", 500 }, { "15m", 900000 },
	    { "2h30m", 9000000 }, { "1d", 86400000 }, { "1w", 604800000 }, { "0.5h", 1800000 },
	    { "1w2d3h4m5s6ms", 788645006 }, { "1h0.001s", 3600001 }, { "05:30", 330000 },
	    { "5:30", 330000 }, { "90:00", 5400000 }, { "01:02:03", 3723000 },
	    { "100:00:00", 360000000 }, { "1-00:00:00", 86400000 }, { "2-03:04:05", 183845000 },
	    { "10-1:00:00", 867600000 }, { "36525d", 3155760000000 },
	    { "3155760000", 3155760000000 }, { "36525-00:00:00", 3155760000000 }, { "00:00", 0 },
	    { "0s", 0 }, { "0.001w", 604800 }, { "0001m", 60000 } };
	static const char *const bad[] = { "", " ", "s", "1x", "1 h", " 1h", "1h ", "-1", "+1",
	    "1.", ".5s", "1.2345s", "1.5ms", "30m2h", "1h1h", "2h30", "1.5h30m", "1H", "1M", "1hm",
	    "1y", "5:3", "5:60", ":30", "5:", "1:2:3", "1:60:00", "1:00:60", "1-24:00:00",
	    "1-00:00", "-1:00:00", "1-", "1--1:00:00", "1-1-00:00:00", "00:00:00:00", "1:00.5",
	    "1:00s", "1d-1:00:00", "1-5", "36526d", "36525-00:00:01", "3155760001", "36525d1ms",
	    "18446744073709551616", "18446744073709551615w", "99999999999999999999h30m",
	    "99999999999999999999:00", "99999999999999999999-00:00:00", "213503982334602d",
	    "52595999999:00", "876600:00:01" };

	accepts("dur_parse", dur_parse, good, COUNT(good));
	refuses("dur_parse", dur_parse, bad, COUNT(bad));
}

static void test_dur_text(void)
{
	struct err e = { 0 };
	uint64_t v;

	dur_parse("200y", &v, &e);
	is_str(e.text,
	    "'200y' is not a duration: write 90 (seconds), 1.5s, 500ms, 15m, 2h30m, 1d, 1w, "
	    "MM:SS, HH:MM:SS or D-HH:MM:SS", "the text says what is accepted");
	dur_parse("99999999999999999999h30m", &v, &e);
	is_str(e.text, "'99999999999999999999h30m' is too long: at most 100 years are accepted",
	    "the text for what is too long");
}

static void test_dur_format(void)
{
	static const struct pair rows[] = { { "00:00", 0 }, { "00:00", 999 }, { "00:01", 1999 },
	    { "59:59", 3599999 }, { "01:00:00", 3600000 }, { "23:59:59", 86399999 },
	    { "1-00:00:00", 86400000 }, { "36525-00:00:00", 3155760000000 },
	    { "213503982334-14:25:51", UINT64_MAX } };
	char out[64], tiny[4];
	uint64_t ms, back;
	size_t i, wrong = 0;

	for (i = 0; i < COUNT(rows); i++) {
		dur_format(rows[i].value, out, sizeof(out));
		is_str(out, rows[i].text, "dur_format %" PRIu64, rows[i].value);
	}
	dur_format(3600000, tiny, sizeof(tiny));
	is_str(tiny, "01:", "a small place cuts");
	for (i = 0; i < 20000; i++) {
		ms = rnd(UINT64_C(1) << (i % 31 + 1)) * 1000;
		dur_format(ms, out, sizeof(out));
		wrong += dur_parse(out, &back, NULL) != 0 || back != ms;
	}
	is_int(wrong, 0, "dur_parse reads what dur_format writes");
}

static void test_size(void)
{
	static const struct pair good[] = { { "0", 0 }, { "1", 1 << 20 }, { "512M", 512u << 20 },
	    { "4G", UINT64_C(4) << 30 }, { "1.5G", UINT64_C(3) << 29 }, { "100K", 102400 },
	    { "2T", UINT64_C(2) << 40 }, { "64B", 64 }, { "0.5", 512 << 10 }, { "1g", 1 << 30 },
	    { "0.001K", 1 }, { "8388607T", UINT64_C(8388607) << 40 }, { "0B", 0 },
	    { "9223372036854775807B", INT64_MAX }, { "1.0B", 1 } };
	static const char *const bad[] = { "", "G", "1.5B", "1GB", "1Gi", "1 G", "-1", "+1", "1P",
	    "1.", ".5G", "1.2345G", "8388608T", "8388607.999999T", "9223372036854775808B", "1G1M",
	    "18446744073709551616", "99999999999999999999T", "0x1", "M1" };
	struct err e = { 0 };
	uint64_t v;

	accepts("size_parse", size_parse, good, COUNT(good));
	refuses("size_parse", size_parse, bad, COUNT(bad));
	size_parse("12Q", &v, &e);
	is_str(e.text,
	    "'12Q' is not a size: write 512M, 4G, 1.5G, 100K, 2T or 64B; a plain number is MiB",
	    "the text says what is accepted");
}

static void test_size_format(void)
{
	static const struct pair rows[] = { { "-", 0 }, { "1B", 1 }, { "1023B", 1023 },
	    { "1K", 1024 }, { "1.5K", 1536 }, { "1025B", 1025 }, { "9.7K", 10001 },
	    { "512M", 512u << 20 }, { "1.5G", UINT64_C(3) << 29 },
	    { "1537M", UINT64_C(1537) << 20 }, { "117.7M", 123456789 },
	    { "4G", UINT64_C(4) << 30 }, { "2T", UINT64_C(2) << 40 }, { "8388607.9T", INT64_MAX },
	    { "16777215.9T", UINT64_MAX }, { "10.5G", UINT64_C(10752) << 20 } };
	char out[64];
	uint64_t bytes, back;
	size_t i, wrong = 0;

	for (i = 0; i < COUNT(rows); i++) {
		size_format(rows[i].value, out, sizeof(out));
		is_str(out, rows[i].text, "size_format %" PRIu64, rows[i].value);
	}
	for (i = 1; i < 9999; i++) {
		size_format((uint64_t)i << 20, out, sizeof(out));
		wrong += size_parse(out, &back, NULL) != 0 || back != (uint64_t)i << 20;
	}
	is_int(wrong, 0, "every number of MiB below 9999 comes back exactly");
	for (i = 0, wrong = 0; i < 20000; i++) {
		bytes = rnd(UINT64_MAX >> (i % 62 + 1)) + 1;
		size_format(bytes, out, sizeof(out));
		wrong += size_parse(out, &back, NULL) != 0 || back > bytes ||
		    back < bytes - bytes / 10;
	}
	is_int(wrong, 0, "any size comes back at most a tenth smaller");
}

/* No input may wrap: what is accepted is below the bound, whatever the text. */
static void test_random(void)
{
	static const char letters[] = "0123456789999.:-wdhms TGMKB";
	char s[24];
	uint64_t v;
	size_t i, k, n, wrong = 0;

	for (i = 0; i < 200000; i++) {
		n = rnd(sizeof(s) - 1);
		for (k = 0; k < n; k++)
			s[k] = letters[rnd(sizeof(letters) - 1)];
		s[n] = '\0';
		v = UINT64_MAX;
		wrong += dur_parse(s, &v, NULL) == 0 ? v > 3155760000000 : v != UINT64_MAX;
		v = UINT64_MAX;
		wrong += size_parse(s, &v, NULL) == 0 ? v > INT64_MAX : v != UINT64_MAX;
	}
	is_int(wrong, 0, "random texts");
}

int main(void)
{
	test_u64();
	test_i64();
	test_milli();
	test_dur();
	test_dur_text();
	test_dur_format();
	test_size();
	test_size_format();
	test_random();
	return tap_done();
}
