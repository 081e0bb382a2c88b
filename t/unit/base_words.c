/* Tests base/words: cutting a line as sh(1) does. */
#include <bsd/string.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/words.h"
#include "tap.h"

/* The words of a line, each in [], or "!" and the error. */
static const char *cut(const char *line)
{
	static char out[4096];
	struct words w = { 0 };
	struct buf b;
	struct err e;

	buf_init(&b, sizeof(out) - 1);
	if (words_split(line, strlen(line), &w, &e) == -1)
		buf_addf(&b, "!%s", e.text);
	else
		ok(w.n == 0 || w.list[w.n] == NULL, "%s: ended by NULL", line);
	for (size_t i = 0; i < w.n; i++)
		buf_addf(&b, "[%s]", w.list[i]);
	strlcpy(out, b.len > 0 ? b.data : "", sizeof(out));
	buf_release(&b);
	words_release(&w);
	ok(w.list == NULL && w.n == 0, "released");
	return out;
}

static void test_split(void)
{
	static const struct {
		const char *line, *words;
	} rows[] = {
		{ "", "" },
		{ " \t ", "" },
		{ "one", "[one]" },
		{ "  one\ttwo  three ", "[one][two][three]" },
		{ "one # two", "[one]" },
		{ "one#two", "[one#two]" },
		{ "'one two'", "[one two]" },
		{ "\"one 'two'\"", "[one 'two']" },
		{ "a'b c'\"d e\"f", "[ab cd ef]" },
		{ "''", "[]" },
		{ "one '' two", "[one][][two]" },
		{ "a\\ b", "[a b]" },
		{ "'a\\b'", "[a\\b]" },
		{ "\"a\\b\"", "[a\\b]" },
		{ "\"a\\\"b\\\\\\$\\`\"", "[a\"b\\$`]" },
		{ "\\#", "[#]" },
		{ "$HOME `ls` *", "[$HOME][`ls`][*]" },
		{ "end\\", "[end\\]" },
		{ "one 'two", "!a quote that does not end[one]" },
		{ "\"", "!a quote that does not end" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		is_str(cut(rows[i].line), rows[i].words, "%s", rows[i].line);
}

static void test_bounds(void)
{
	size_t n = (WORDS_MAX + 1) * 2;
	struct words w = { 0 };
	char *line = malloc(n);
	struct err e;

	for (size_t i = 0; i < n; i++)
		line[i] = i % 2 == 0 ? 'x' : ' ';
	is_int(words_split(line, n - 2, &w, &e), 0, "as many words as may be");
	is_int((int64_t)w.n, WORDS_MAX, "all are there");
	words_release(&w);
	is_int(words_split(line, n, &w, &e), -1, "one more is refused");
	is_int(e.code, ERR_DATA, "as data");
	words_release(&w);
	words_add(&w, "a");
	is_int(words_split("b", 1, &w, &e), 0, "words are appended");
	is_str(w.list[1], "b", "behind what is there");
	words_release(&w);
	free(line);
}

int main(void)
{
	test_split();
	test_bounds();
	return tap_done();
}
