/*
 * text: what people name and read.
 *
 * Owns the quoting for sh, for JSON and for a terminal, the rule for names, and
 * the guess at a mistyped word.  Promises that a failed call leaves the buffer as
 * it was.  vis(3) stands in vis.c.
 */
#include "base/text.h"

#include <stdint.h>
#include <string.h>

#define WORD_MAX_BYTES 63

static int fail_at(struct buf *b, size_t len)
{
	buf_truncate(b, len);
	return -1;
}

/*
 * The length of the UTF-8 character at s, and its code point; 0 when there is
 * none.  Overlong forms, surrogates and what is above U+10FFFF are none.
 */
static size_t utf8_read(const unsigned char *s, size_t n, uint32_t *cp)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len, i;
	uint32_t c;

	if (s[0] < 0x80) {
		*cp = s[0];
		return 1;
	}
	len = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
	if (s[0] < 0xc2 || s[0] > 0xf4 || len > n)
		return 0;
	c = s[0] & (0x7fu >> len);
	for (i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*cp = c;
	return len;
}

bool utf8_valid(const char *s, size_t n)
{
	const unsigned char *u = (const unsigned char *)s;
	size_t len;
	uint32_t cp;

	for (size_t i = 0; i < n; i += len) {
		len = utf8_read(u + i, n - i, &cp);
		if (len == 0)
			return false;
	}
	return true;
}

/* Controls, and the marks that turn the direction of what follows on a screen. */
static bool acts_on_terminal(uint32_t cp)
{
	return cp < 0x20 || (cp >= 0x7f && cp <= 0x9f) || (cp >= 0x202a && cp <= 0x202e) ||
	    (cp >= 0x2066 && cp <= 0x2069);
}

static bool word_plain(const char *s)
{
	static const char *const reserved[] = { "case", "coproc", "do", "done", "elif", "else",
	    "esac", "fi", "for", "function", "if", "in", "select", "then", "time", "until",
	    "while" };
	size_t i;

	for (i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
		if (strcmp(s, reserved[i]) == 0)
			return false;
	}
	return s[0] != '\0' && s[strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789_@%+:,./-")] == '\0';
}

int shell_quote(struct buf *b, const char *word)
{
	size_t start = b->len, run;
	int r;

	if (start > 0 && b->data[start - 1] != ' ' && b->data[start - 1] != '\n' &&
	    buf_addc(b, ' ') == -1)
		return -1;
	if (word_plain(word)) {
		r = buf_adds(b, word);
		return r == -1 ? fail_at(b, start) : 0;
	}
	r = buf_addc(b, '\'');
	while (r == 0) {
		run = strcspn(word, "'");
		r = buf_add(b, word, run);
		word += run;
		if (r == -1 || *word == '\0')
			break;
		r = buf_adds(b, "'\\''");
		word++;
	}
	if (r == -1 || buf_addc(b, '\'') == -1)
		return fail_at(b, start);
	return 0;
}

static int json_escape(struct buf *b, uint32_t cp)
{
	static const char letter[] = "\b" "b" "\f" "f" "\n" "n" "\r" "r" "\t" "t" "\"\"\\\\";
	size_t i;

	for (i = 0; i + 1 < sizeof(letter); i += 2) {
		if (cp == (unsigned char)letter[i])
			return buf_addc(b, '\\') == -1 ? -1 : buf_addc(b, letter[i + 1]);
	}
	return buf_addf(b, "\\u%04x", (unsigned int)cp);
}

int json_quote(struct buf *b, const char *s, size_t n)
{
	const unsigned char *u = (const unsigned char *)s;
	size_t start = b->len, i, plain = 0, len;
	uint32_t cp;
	int r = buf_addc(b, '"');

	for (i = 0; i < n && r == 0; i += len) {
		len = utf8_read(u + i, n - i, &cp);
		if (len > 0 && cp != '"' && cp != '\\' && !acts_on_terminal(cp))
			continue;
		r = buf_add(b, u + plain, i - plain);
		if (r == 0)
			r = len > 0 ? json_escape(b, cp) : buf_adds(b, "\xef\xbf\xbd");
		if (len == 0)
			len = 1;
		plain = i + len;
	}
	if (r == 0 && plain < n)
		r = buf_add(b, u + plain, n - plain);
	if (r == -1 || buf_addc(b, '"') == -1)
		return fail_at(b, start);
	return 0;
}

int safe_add(struct buf *b, const char *s, size_t n)
{
	const unsigned char *u = (const unsigned char *)s;
	size_t start = b->len, i, plain = 0, len;
	uint32_t cp;

	for (i = 0; i < n; i += len) {
		len = utf8_read(u + i, n - i, &cp);
		if (len > 0 && !acts_on_terminal(cp))
			continue;
		if (len == 0)
			len = 1;
		if (buf_add(b, u + plain, i - plain) == -1 || vis_add(b, u + i, len) == -1)
			return fail_at(b, start);
		plain = i + len;
	}
	if (plain < n && buf_add(b, u + plain, n - plain) == -1)
		return fail_at(b, start);
	return 0;
}

bool name_valid(const char *s, size_t max)
{
	size_t n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789._-:/@+");

	return n > 0 && n <= max && s[n] == '\0' && s[0] != '-';
}

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

/*
 * Edit distance where two letters changed about count as one; three rows of the
 * table are enough.  Both words are at most WORD_MAX_BYTES long.
 */
static size_t edit_distance(const char *a, size_t an, const char *b, size_t bn)
{
	size_t rows[3][WORD_MAX_BYTES + 1], *before = rows[0], *prev = rows[1], *row = rows[2];
	size_t *swap, i, j;

	for (j = 0; j <= bn; j++)
		prev[j] = j;
	for (i = 1; i <= an; i++) {
		row[0] = i;
		for (j = 1; j <= bn; j++) {
			row[j] = min3(prev[j] + 1, row[j - 1] + 1,
			    prev[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    before[j - 2] + 1 < row[j])
				row[j] = before[j - 2] + 1;
		}
		swap = before;
		before = prev;
		prev = row;
		row = swap;
	}
	return prev[bn];
}

const char *nearest_word(const char *word, const char *const *candidates, size_t n)
{
	size_t len = strlen(word), best, d, clen, i;
	const char *found = NULL;

	if (len == 0 || len > WORD_MAX_BYTES)
		return NULL;
	/* A third of the word may be wrong; of one letter, nothing would be left. */
	best = len < 6 ? 2 : len / 3 + 1;
	if (best > len)
		best = len;
	for (i = 0; i < n; i++) {
		clen = strlen(candidates[i]);
		if (clen > WORD_MAX_BYTES)
			continue;
		d = edit_distance(word, len, candidates[i], clen);
		if (d < best) {
			best = d;
			found = candidates[i];
		}
	}
	return found;
}
