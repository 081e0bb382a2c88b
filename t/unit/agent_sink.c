/* agent_sink: what lies over a sink: times in front of lines, and what is too much cut out. */
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/sink.h"
#include "base/buf.h"
#include "tap.h"

static struct {
	struct buf got[2];
	size_t room, most;	/* bytes it takes: in all, in one call */
	bool finished;
} cup;

static ssize_t cup_write(void *sink, int stream, const void *p, size_t n, struct err *e)
{
	(void)sink;
	if (cup.room == 0)
		return err_set(e, ERR_AGAIN, "full");
	n = n < cup.room ? n : cup.room;
	n = n < cup.most ? n : cup.most;
	cup.room -= n;
	buf_add(&cup.got[stream - 1], p, n);
	return (ssize_t)n;
}

static int cup_finish(void *sink, const void *metadata, size_t n, struct err *e)
{
	(void)sink;
	(void)e;
	cup.finished = n == 4 && memcmp(metadata, "meta", 4) == 0;
	return 0;
}

static struct sink cup_new(size_t room, size_t most)
{
	static const struct sink_fns fns = { .write = cup_write, .finish = cup_finish };

	cup.room = room;
	cup.most = most;
	cup.finished = false;
	for (int i = 0; i < 2; i++) {
		buf_release(&cup.got[i]);
		buf_init(&cup.got[i], 8 << 20);
		buf_adds(&cup.got[i], "");
	}
	return (struct sink){ &fns, NULL };
}

/* As the pump does it: until all is taken; false: it is full. */
static bool say(struct sink s, int stream, const char *p, size_t n)
{
	struct err e;

	while (n > 0) {
		ssize_t r = s.fns->write(s.at, stream, p, n, &e);

		if (r == -1)
			return false;
		p += r;
		n -= (size_t)r;
	}
	return true;
}

static int finish(struct sink s)
{
	struct err e;

	return s.fns->finish(s.at, "meta", 4, &e);
}

static bool got(int stream, const char *text)
{
	const struct buf *b = &cup.got[stream - 1];

	return b->len == strlen(text) && (b->len == 0 || memcmp(b->data, text, b->len) == 0);
}

static bool matches(int stream, const char *pattern)
{
	const struct buf *b = &cup.got[stream - 1];
	char *text = strndup(b->len > 0 ? b->data : "", b->len);
	regex_t re;
	bool r;

	regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB);
	r = regexec(&re, text, 0, NULL, 0) == 0;
	regfree(&re);
	free(text);
	return r;
}

#define TIME "20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z "

static void test_stamp(void)
{
	struct sink s = sink_stamp(cup_new(100000, 7));

	ok(say(s, 1, "a\nb", 3) && say(s, 1, "c\n", 2) && say(s, 1, "\n\nd", 3), "some lines");
	ok(say(s, 2, "error\n", 6), "another stream");
	is_int(finish(s), 0, "and an end");
	ok(matches(1, "^" TIME "a\n" TIME "bc\n" TIME "\n" TIME "\n" TIME "d$"),
	    "each line has its time: %s", cup.got[0].data);
	ok(matches(2, "^" TIME "error\n$"), "in both streams");
	ok(cup.finished, "what is below is finished");
}

static void test_stamp_full(void)
{
	struct sink s = sink_stamp(cup_new(10, 100));

	ok(say(s, 1, "line\n", 5), "taken");
	is_int(cup.got[0].len, 10, "as far as there was room");
	ok(!say(s, 1, "more\n", 5), "then it is full");
	cup.room = 1000;
	ok(say(s, 1, "more\n", 5), "and goes on");
	is_int(finish(s), 0, "to the end");
	ok(matches(1, "^" TIME "line\n" TIME "more\n$"), "without a gap: %s", cup.got[0].data);
	s = sink_stamp(cup_new(10, 100));
	say(s, 1, "line\n", 5);
	is_int(finish(s), -1, "what is lost at the end is told");
	ok(cup.finished, "and all is put away");
}

static void test_stamp_much(void)
{
	struct sink s = sink_stamp(cup_new(4 << 20, 1 << 20));
	char *lines = malloc(100000);

	memset(lines, '\n', 100000);
	ok(say(s, 1, lines, 100000), "a hundred thousand lines");
	is_int(finish(s), 0, "end");
	is_int(cup.got[0].len, 100000 * 26, "each has its time");
	free(lines);
}

static void test_short(void)
{
	struct sink s = sink_trim(cup_new(1000, 3), 16, true);

	ok(say(s, 1, "0123456789", 10), "ten bytes");
	ok(got(1, "01234567"), "the first half leaves at once");
	ok(!sink_trim_cuts(&s), "nothing is cut");
	is_int(finish(s), 0, "end");
	ok(got(1, "0123456789"), "all of them");
	s = sink_trim(cup_new(1000, 1000), 16, true);
	ok(say(s, 1, "0123456789abcdef", 16), "as much as it may be");
	is_int(finish(s), 0, "end");
	ok(got(1, "0123456789abcdef"), "is kept as it was");
	ok(got(2, "") && cup.finished, "and nothing else");
}

static void test_cut(void)
{
	struct sink s = sink_trim(cup_new(1000, 3), 16, true);

	ok(say(s, 1, "0123456789abcdefg", 17), "one byte too many");
	ok(say(s, 2, "short\n", 6), "not in the other");
	ok(sink_trim_cuts(&s), "is cut");
	is_int(finish(s), 0, "end");
	ok(got(1, "01234567\n[... 1 bytes cut ...]\n9abcdefg"), "marked: %s", cup.got[0].data);
	ok(got(2, "short\n"), "each stream for itself");
	s = sink_trim(cup_new(1000, 1000), 16, true);
	for (int i = 0; i < 1000; i++)
		say(s, 1, "1234567\n", 8);
	is_int(finish(s), 0, "end");
	ok(got(1, "1234567\n[... 7984 bytes cut ...]\n1234567\n"), "by lines: %s",
	    cup.got[0].data);
}

/* Against a plain way to do it, with pieces of all lengths. */
static void test_pieces(void)
{
	char all[4096], want[200];
	bool good = true;

	for (size_t i = 0; i < sizeof(all); i++)
		all[i] = (char)('a' + i % 26);
	for (size_t piece = 1; piece < 200 && good; piece++) {
		struct sink s = sink_trim(cup_new(100000, piece % 7 + 1), 64, true);
		size_t n = 1000 + piece;

		for (size_t at = 0; at < n; at += piece)
			say(s, 1, all + at, at + piece < n ? piece : n - at);
		finish(s);
		snprintf(want, sizeof(want), "%.32s\n[... %zu bytes cut ...]\n%.32s", all, n - 64,
		    all + n - 32);
		good = got(1, want);
		if (!good)
			ok(false, "pieces of %zu: %s", piece, cup.got[0].data);
	}
	ok(good, "pieces of every length");
}

static void test_head_only(void)
{
	struct sink s = sink_trim(cup_new(1000, 1000), 16, false);

	ok(say(s, 1, "0123456789abcdef", 16) && !sink_trim_cuts(&s), "as much as it may be");
	ok(say(s, 1, "ghi", 3) && sink_trim_cuts(&s), "more");
	is_int(finish(s), 0, "end");
	ok(got(1, "0123456789abcdef\n[... 3 bytes cut ...]\n"), "the beginning is kept");
	s = sink_trim(cup_new(3, 1000), 16, false);
	ok(!say(s, 1, "0123456789", 10), "a full sink is full");
	ok(!sink_trim_cuts(&s), "and nothing is cut for that");
	finish(s);
	s = sink_trim(cup_new(16, 1000), 16, false);
	say(s, 1, "0123456789abcdefgh", 18);
	is_int(finish(s), -1, "no room for the mark is told");
}

int main(void)
{
	test_stamp();
	test_stamp_full();
	test_stamp_much();
	test_short();
	test_cut();
	test_pieces();
	test_head_only();
	for (int i = 0; i < 2; i++)
		buf_release(&cup.got[i]);
	return tap_done();
}
