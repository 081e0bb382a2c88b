/* Tests base/text: sh itself reads the quoting back; JSON, terminals, names, near words. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fdio.h"
#include "base/hash.h"
#include "base/text.h"
#include "tap.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static uint64_t rnd(uint64_t below)
{
	static uint64_t state = 11;

	return splitmix64(state++) % below;
}

static void test_shell_spelling(void)
{
	static const struct {
		const char *word, *want;
	} rows[] = { { "ls", "ls" }, { "/usr/bin/a-b_c.d", "/usr/bin/a-b_c.d" }, { "", "''" },
	    { "a b", "'a b'" }, { "it's", "'it'\\''s'" }, { "'", "''\\'''" },
	    { "$HOME", "'$HOME'" },
	    { "a=b", "'a=b'" }, { "~", "'~'" }, { "*", "'*'" }, { "a\nb", "'a\nb'" },
	    { "if", "'if'" },
	    { "time", "'time'" }, { "iffy", "iffy" }, { "#x", "'#x'" }, { "{a,b}", "'{a,b}'" },
	    { "\xc3\xa4", "'\xc3\xa4'" }, { "!", "'!'" }, { "a%b@c+d:e,f", "a%b@c+d:e,f" } };
	struct buf b;
	size_t i;

	buf_init(&b, 1000);
	for (i = 0; i < COUNT(rows); i++) {
		buf_reset(&b);
		is_int(shell_quote(&b, rows[i].word), 0, "shell_quote '%s'", rows[i].word);
		is_str(b.data, rows[i].want, "is %s", rows[i].want);
	}
	buf_reset(&b);
	shell_quote(&b, "a");
	shell_quote(&b, "");
	shell_quote(&b, "b c");
	is_str(b.data, "a '' 'b c'", "words are joined by blanks");
	buf_reset(&b);
	buf_adds(&b, "cd /tmp\n");
	shell_quote(&b, "ls");
	shell_quote(&b, " ");
	shell_quote(&b, "x");
	is_str(b.data, "cd /tmp\nls ' ' x", "none at the start of a line");
	buf_release(&b);
}

/* printf of a shell, NUL behind each word, is compared with the words. */
static bool sh_says(const char *script, const struct buf *want)
{
	int fds[2], status = -1;
	struct buf got;
	bool same;
	pid_t pid;

	if (pipe(fds) == -1 || (pid = fork()) == -1)
		return false;
	if (pid == 0) {
		dup2(fds[1], STDOUT_FILENO);
		close(fds[0]);
		execl("/bin/sh", "sh", "-c", script, (char *)NULL);
		_exit(127);
	}
	close(fds[1]);
	buf_init(&got, 1 << 20);
	same = fd_read_all(fds[0], &got, NULL) == 0;
	close(fds[0]);
	waitpid(pid, &status, 0);
	same = same && status == 0 && got.len == want->len &&
	    memcmp(got.data, want->data, got.len) == 0;
	buf_release(&got);
	return same;
}

static void test_shell_reads(void)
{
	struct buf script, want;
	char word[20];
	size_t i, k, n;

	buf_init(&script, 1 << 20);
	buf_init(&want, 1 << 20);
	buf_adds(&script, "printf '%s\\000'");
	for (i = 1; i < 256; i++) {
		word[0] = (char)i;
		word[1] = '\0';
		shell_quote(&script, word);
		buf_add(&want, word, 2);
	}
	for (i = 0; i < 2000; i++) {
		n = rnd(sizeof(word) - 1);
		for (k = 0; k < n; k++)
			word[k] = i % 2 == 0 ? (char)(rnd(255) + 1) : "'\"\\ $`!a\n*"[rnd(10)];
		word[n] = '\0';
		shell_quote(&script, word);
		buf_add(&want, word, n + 1);
	}
	ok(sh_says(script.data, &want), "sh reads every byte and 2000 random words back");
	buf_release(&script);
	buf_release(&want);
}

static void test_full(void)
{
	struct buf b;
	size_t max, wrong = 0;

	for (max = 3; max < 14; max++) {
		buf_init(&b, max);
		buf_adds(&b, "abc");
		wrong += shell_quote(&b, "it's") != (max < 13 ? -1 : 0) || (max < 13 && b.len != 3);
		buf_release(&b);
		buf_init(&b, max);
		buf_adds(&b, "abc");
		wrong += json_quote(&b, "i\ts\x01", 4) != -1 || b.len != 3;
		buf_release(&b);
		buf_init(&b, max);
		buf_adds(&b, "abc");
		wrong += safe_add(&b, "i\ts\x01\x02\x03", 6) != -1 || b.len != 3;
		buf_release(&b);
	}
	is_int(wrong, 0, "a buffer too small is left as it was");
}

struct conversion {
	const char *in, *want;
};

static void test_json(void)
{
	static const struct conversion rows[] = { { "", "\"\"" }, { "abc", "\"abc\"" },
	    { "a\"b\\c/d", "\"a\\\"b\\\\c/d\"" }, { "\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\"" },
	    { "\x01\x1f\x7f", "\"\\u0001\\u001f\\u007f\"" },
	    { "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"" },
	    { "\xff", "\"\xef\xbf\xbd\"" }, { "a\xc3", "\"a\xef\xbf\xbd\"" },
	    { "\xc0\x80x", "\"\xef\xbf\xbd\xef\xbf\xbdx\"" },
	    { "\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
	    { "\xc2\x9b" "31m", "\"\\u009b31m\"" }, { "\xe2\x80\xae", "\"\\u202e\"" },
	    { "\xf4\x90\x80\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" } };
	struct buf b;
	size_t i;

	buf_init(&b, 1000);
	for (i = 0; i < COUNT(rows); i++) {
		buf_reset(&b);
		is_int(json_quote(&b, rows[i].in, strlen(rows[i].in)), 0, "json_quote %zu", i);
		is_str(b.data, rows[i].want, "its text");
	}
	buf_reset(&b);
	ok(utf8_valid("", 0) && utf8_valid("a\xc3\xa4\xf0\x9f\x98\x80", 7), "UTF-8");
	ok(!utf8_valid("a\xe4z", 3) && !utf8_valid("\xc3", 1) && !utf8_valid("\xc0\x80", 2) &&
	    !utf8_valid("\xed\xa0\x80", 3), "Latin-1, half a character, overlong, a surrogate");
	json_quote(&b, "a\0b", 3);
	json_quote(&b, "c", 1);
	is_str(b.data, "\"a\\u0000b\"\"c\"", "a NUL, and appending");
	buf_reset(&b);
	json_quote(&b, NULL, 0);
	is_str(b.data, "\"\"", "nothing");
	buf_release(&b);
}

static void test_safe(void)
{
	static const struct conversion rows[] = { { "", NULL },
	    { "plain \\ text", "plain \\ text" }, { "\x1b[2J", "\\033[2J" },
	    { "a\tb\nc\r", "a\\tb\\nc\\r" }, { "\x7f", "\\177" },
	    { "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80", "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80" },
	    { "\xc2\x80\xc2\x9f\xc2\xa0", "\\302\\200\\302\\237\xc2\xa0" },
	    { "\xe2\x80\xa9\xe2\x80\xaa", "\xe2\x80\xa9\\342\\200\\252" },
	    { "\xe2\x80\xae\xe2\x80\xaf", "\\342\\200\\256\xe2\x80\xaf" },
	    { "\xe2\x81\xa5\xe2\x81\xa6", "\xe2\x81\xa5\\342\\201\\246" },
	    { "\xe2\x81\xa9\xe2\x81\xaa", "\\342\\201\\251\xe2\x81\xaa" },
	    { "\xff\xfe", "\\377\\376" }, { "\xc3(", "\\303(" }, { "\xe2\x82", "\\342\\202" },
	    { "\xf0\x8f\xbf\xbf", "\\360\\217\\277\\277" }, { "\xe0\x9f\xbf", "\\340\\237\\277" } };
	struct buf b;
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		buf_init(&b, 1000);
		is_int(safe_add(&b, rows[i].in, strlen(rows[i].in)), 0, "safe_add %zu", i);
		is_str(b.data, rows[i].want, "its text");
		buf_release(&b);
	}
}

/* Writes cp as UTF-8, without any check of it. */
static size_t utf8_put(uint32_t cp, size_t len, char *s)
{
	static const unsigned char lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	size_t i;

	for (i = len - 1; i > 0; i--, cp >>= 6)
		s[i] = (char)(0x80 | (cp & 0x3f));
	s[0] = (char)(lead[len] | cp);
	return len;
}

/* Every code point in every length: kept exactly if it is well-formed and quiet. */
static void test_safe_all(void)
{
	static const uint32_t from[] = { 0, 0, 0x80, 0x800, 0x10000 }, limit[] = { 0, 0x80, 0x800,
	    0x10000, 0x200000 };
	size_t len, wrong = 0;
	bool quiet, kept;
	struct buf b;
	uint32_t cp;
	char s[4];

	buf_init(&b, 100);
	for (len = 1; len <= 4; len++) {
		for (cp = 0; cp < limit[len]; cp++) {
			quiet = cp >= from[len] && cp <= 0x10ffff && (cp < 0xd800 || cp > 0xdfff) &&
			    cp >= 0x20 && (cp < 0x7f || cp > 0x9f) &&
			    (cp < 0x202a || cp > 0x202e) &&
			    (cp < 0x2066 || cp > 0x2069);
			utf8_put(cp, len, s);
			buf_reset(&b);
			safe_add(&b, s, len);
			kept = b.len == len && memcmp(b.data, s, len) == 0;
			wrong += kept != quiet;
		}
	}
	is_int(wrong, 0, "every code point in every length");
	buf_release(&b);
}

static void test_random(void)
{
	struct buf b, again;
	char s[40];
	size_t i, k, n, wrong = 0;

	buf_init(&b, 1000);
	buf_init(&again, 1000);
	for (i = 0; i < 100000; i++) {
		n = rnd(sizeof(s));
		for (k = 0; k < n; k++)
			s[k] = (char)rnd(256);
		buf_reset(&b);
		wrong += safe_add(&b, s, n) != 0;
		for (k = 0; k < b.len; k++)
			wrong += (unsigned char)b.data[k] < 0x20 || b.data[k] == 0x7f;
		/* What is safe already stays as it is. */
		buf_reset(&again);
		wrong += b.len > 0 && (safe_add(&again, b.data, b.len) != 0 || again.len != b.len);
		buf_reset(&b);
		wrong += json_quote(&b, s, n) != 0 || b.data[0] != '"' || b.data[b.len - 1] != '"';
	}
	is_int(wrong, 0, "random bytes leave no control");
	buf_release(&b);
	buf_release(&again);
}

static void test_name(void)
{
	static const char *const good[] = { "a", "A9", "a.b_c-d:e/f@g+h", "1", ".", "_", "a-" };
	static const char *const bad[] = { "", "-a", "a b", "a\n", "a*", "\xc3\xa4", "a,b", "a=b",
	    "a\\", "a%", "#", "a\x7f", " a", "a ", "a\"" };
	size_t i;

	for (i = 0; i < COUNT(good); i++)
		ok(name_valid(good[i], 64), "a name: %s", good[i]);
	for (i = 0; i < COUNT(bad); i++)
		ok(!name_valid(bad[i], 64), "no name: bad[%zu]", i);
	ok(name_valid("abc", 3) && !name_valid("abcd", 3), "the length counts");
	ok(!name_valid("a", 0), "nothing fits into nothing");
}

static void test_nearest(void)
{
	static const char *const words[] = { "submit", "status", "cancel", "pause", "resume",
	    "requeue", "hold", "release", "q" };
	static const struct conversion rows[] = { { "submit", "submit" }, { "sumbit", "submit" },
	    { "submt", "submit" }, { "submitt", "submit" }, { "statsu", "status" },
	    { "stat", NULL }, { "cancle", "cancel" }, { "puase", "pause" }, { "hodl", "hold" },
	    { "hlod", "hold" }, { "requue", "requeue" }, { "reqeueu", "requeue" }, { "xyz", NULL },
	    { "", NULL }, { "w", NULL }, { "q", "q" }, { "qq", "q" }, { "ho", NULL },
	    { "rel3ase", "release" },
	    { "submitsubmitsubmitsubmitsubmitsubmitsubmitsubmitsubmitsubmitsubmi", NULL } };
	static const char long_word[] =
	    "x12345678901234567890123456789012345678901234567890123456789099";
	static const char *const longs[] = {
	    "x1234567890123456789012345678901234567890123456789012345678901234",
	    "x12345678901234567890123456789012345678901234567890123456789012" };
	static const char *const same[] = { "aab", "aac" };
	size_t i;

	for (i = 0; i < COUNT(rows); i++)
		is_str(nearest_word(rows[i].in, words, COUNT(words)), rows[i].want,
		    "nearest to '%s'",
		    rows[i].in);
	ok(nearest_word("x", NULL, 0) == NULL, "of no words none is near");
	ok(nearest_word(long_word, longs, 2) == longs[1], "words of the greatest length");
	ok(nearest_word("aad", same, 2) == same[0], "of two the first");
}

int main(void)
{
	test_shell_spelling();
	test_shell_reads();
	test_full();
	test_json();
	test_safe();
	test_safe_all();
	test_random();
	test_name();
	test_nearest();
	return tap_done();
}
