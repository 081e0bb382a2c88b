/* sieve: lines of a stream, chosen by pattern, time and number, in pieces of any size. */
#include "cli/sieve.h"

#include <stdlib.h>
#include <string.h>

#include "tap.h"

#define NOON INT64_C(1795435200000)

static const struct style style = { .times = TIME_UTC, .now = NOON };
static char got[4000];
static size_t ngot, passed;
static int stop_after;

static int put(void *arg, const void *p, size_t n)
{
	(void)arg;
	passed += n;
	if (n < sizeof(got) - ngot) {
		memcpy(got + ngot, p, n);
		ngot += n;
	}
	got[ngot] = '\0';
	return stop_after > 0 && --stop_after == 0;
}

/* All of text in pieces of `step` bytes, then the end. */
static void pass(struct sieve_want want, const char *text, size_t step, int64_t seen,
    const char *expected, const char *what)
{
	struct sieve *s;
	size_t n = strlen(text);

	want.style = &style;
	want.put = put;
	s = sieve_new(&want);
	ngot = 0;
	got[0] = '\0';
	for (size_t at = 0; at < n; at += step)
		sieve_add(s, text + at, n - at < step ? n - at : step, seen);
	sieve_end(s);
	is_str(got, expected, "%s, %d bytes at once", what, (int)step);
	sieve_free(s);
}

static const char stamped[] =
    "2026-11-23T11:00:00.000Z one\n"
    "2026-11-23T11:30:00.500Z two\n"
    "2026-11-23T12:00:00.000Z three\n";

static void check_choices(regex_t *o)
{
	static const size_t steps[] = { 1, 2, 7, 1000 };
	const struct sieve_want all = { .last = -1 };

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		size_t n = steps[i];
		struct sieve_want w = all;

		pass(w, "a\nb\n\nc", n, 0, "a\nb\n\nc", "all");
		w.pattern = o;
		pass(w, "one\ntwo\nthree\nto", n, 0, "one\ntwo\nto", "those that match");
		pass(w, "x$\no$\n", n, 0, "o$\n", "the end of a line is no part of it");
		w.last = 2;
		pass(w, "one\ntwo\nthree\nto", n, 0, "two\nto", "the last two that match");
		w = all;
		w.last = 1;
		pass(w, "a\nb\n", n, 0, "b\n", "the last one");
		w.last = 0;
		pass(w, "a\nb\n", n, 0, "", "none");
		w = all;
		w.since = NOON - 1800000;
		pass(w, stamped, n, 0, stamped + 29, "since then");
		w.since = NOON + 1;
		pass(w, stamped, n, 0, "", "since later");
		pass(w, "no time\n", n, 0, "no time\n", "a line that has no time");
		w.since = 0;
		w.times = true;
		pass(w, stamped, n, 0, "2026-11-23T11:00:00Z one\n2026-11-23T11:30:00Z two\n"
		    "2026-11-23T12:00:00Z three\n", "times in a style");
		pass(w, "plain\nmore\n", n, NOON, "2026-11-23T12:00:00Z plain\n"
		    "2026-11-23T12:00:00Z more\n", "times at which lines came");
		pass(w, "plain\n", n, 0, "- plain\n", "no time known");
		pass(w, "2026-11-23T11:00:00.000Z\n2026-11-99T11:00:00.000Z x\n", n, 0,
		    "2026-11-23T11:00:00Z \n- 2026-11-99T11:00:00.000Z x\n",
		    "a time alone, and one that is none");
	}
}

static void check_following(regex_t *o)
{
	struct sieve_want want = { .last = 1, .pattern = o, .style = &style, .put = put };
	struct sieve *s = sieve_new(&want);

	ngot = 0;
	got[0] = '\0';
	sieve_add(s, "one\ntwo\nx\nto", 12, 0);
	is_str(got, "", "held back while there is more");
	sieve_caught_up(s);
	is_str(got, "two\n", "the last complete one");
	sieve_add(s, "p\nalso\n", 7, NOON);
	is_str(got, "two\ntop\n", "and what comes and matches, at once");
	ok(!sieve_has_times(s), "none told its time");
	sieve_add(s, stamped, strlen(stamped), 0);
	ok(sieve_has_times(s), "now one has");
	stop_after = 1;
	is_int(sieve_add(s, "o\no\n", 4, 0), 1, "nobody reads any more");
	stop_after = 0;
	sieve_free(s);
	sieve_free(NULL);
}

/* A line longer than is held: 1 MiB. */
static void check_long(regex_t *o)
{
	size_t n = (5u << 20) + 3;
	char *text = calloc(1, n + 2);	/* the sanitizer's regexec looks for an end */
	struct sieve_want want = { .last = -1, .pattern = o, .style = &style, .put = put };
	struct sieve *s;

	memset(text, 'x', n);
	text[n] = '\n';
	for (int pieces = 0; pieces < 2; pieces++) {
		text[0] = pieces ? 'o' : 'x';
		s = sieve_new(&want);
		ngot = passed = 0;
		for (size_t at = 0; at < n + 1; at += 300000) {
			ngot = 0;
			sieve_add(s, text + at, n + 1 - at < 300000 ? n + 1 - at : 300000, 0);
		}
		is_int(passed, pieces ? n + 1 : 0, "a long line passes whole, or not at all");
		ngot = 0;
		sieve_add(s, "o\n", 2, 0);
		got[ngot] = '\0';
		is_str(got, "o\n", "behind a long line the next one is judged by itself");
		sieve_free(s);
	}
	want.last = 2;
	s = sieve_new(&want);
	sieve_add(s, "o1\n", 3, 0);
	sieve_add(s, text, n + 1, 0);
	sieve_add(s, "o2\n", 3, 0);
	sieve_add(s, "o3\n", 3, 0);
	ngot = 0;
	sieve_end(s);
	is_str(got, "o2\no3\n", "a long line is dropped whole");
	sieve_free(s);
	free(text);
}

int main(void)
{
	regex_t o;

	regcomp(&o, "^(o|t[wo])", REG_EXTENDED);
	check_choices(&o);
	check_following(&o);
	check_long(&o);
	regfree(&o);
	return tap_done();
}
