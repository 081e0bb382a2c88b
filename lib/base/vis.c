/*
 * vis: the encoding in which one line holds any bytes.
 *
 * Owns the one spelling of every byte: printable ASCII and blank stand for
 * themselves, a backslash is doubled, seven controls have their letter (\n), all
 * else is \ooo.  unvis(3) reads it; unvis_add reads nothing else, so that equal
 * values have equal lines.  A failed call leaves the buffer as it was.
 */
#include <stdint.h>
#include <string.h>

#include "base/text.h"

/* What a byte becomes: 0 itself, 1 octal, else the letter behind the backslash. */
#define V_PLAIN 0
#define V_OCTAL 1

static const char vis_class[256] = {
	[0x00 ... 0x06] = V_OCTAL,
	['\a'] = 'a',
	['\b'] = 'b',
	['\t'] = 't',
	['\n'] = 'n',
	['\v'] = 'v',
	['\f'] = 'f',
	['\r'] = 'r',
	[0x0e ... 0x1f] = V_OCTAL,
	['\\'] = '\\',
	[0x7f ... 0xff] = V_OCTAL,
};

/* The byte that a letter behind the backslash stands for; 0 is none. */
static const char vis_letter[256] = {
	['a'] = '\a',
	['b'] = '\b',
	['t'] = '\t',
	['n'] = '\n',
	['v'] = '\v',
	['f'] = '\f',
	['r'] = '\r',
	['\\'] = '\\',
};

static size_t plain_run(const unsigned char *s, size_t n)
{
	size_t i = 0;

	while (i < n && vis_class[s[i]] == V_PLAIN)
		i++;
	return i;
}

static int fail_at(struct buf *b, size_t len)
{
	buf_truncate(b, len);
	return -1;
}

int vis_add(struct buf *b, const void *p, size_t n)
{
	const unsigned char *s = p;
	size_t start = b->len, i = 0, run, size;
	char esc[4];

	while (i < n) {
		run = plain_run(s + i, n - i);
		if (buf_add(b, s + i, run) == -1)
			return fail_at(b, start);
		i += run;
		if (i == n)
			break;
		esc[0] = '\\';
		if (vis_class[s[i]] == V_OCTAL) {
			esc[1] = (char)('0' + (s[i] >> 6));
			esc[2] = (char)('0' + (s[i] >> 3 & 7));
			esc[3] = (char)('0' + (s[i] & 7));
			size = 4;
		} else {
			esc[1] = vis_class[s[i]];
			size = 2;
		}
		if (buf_add(b, esc, size) == -1)
			return fail_at(b, start);
		i++;
	}
	return 0;
}

/* The length of the escape at s (a backslash) and its byte, or 0. */
static size_t escape_read(const unsigned char *s, size_t n, char *out)
{
	unsigned int v;

	if (n >= 2 && vis_letter[s[1]] != 0) {
		*out = vis_letter[s[1]];
		return 2;
	}
	if (n < 4 || s[1] < '0' || s[1] > '3' || s[2] < '0' || s[2] > '7' || s[3] < '0' ||
	    s[3] > '7')
		return 0;
	v = (unsigned int)(s[1] - '0') << 6 | (unsigned int)(s[2] - '0') << 3 |
	    (unsigned int)(s[3] - '0');
	if (vis_class[v] != V_OCTAL)
		return 0;
	*out = (char)v;
	return 4;
}

int unvis_add(struct buf *b, const char *p, size_t n)
{
	const unsigned char *s = (const unsigned char *)p;
	size_t start = b->len, i = 0, run, size;
	char c;

	while (i < n) {
		run = plain_run(s + i, n - i);
		if (buf_add(b, s + i, run) == -1)
			return fail_at(b, start);
		i += run;
		if (i == n)
			break;
		if (s[i] != '\\' || (size = escape_read(s + i, n - i, &c)) == 0 ||
		    buf_addc(b, c) == -1)
			return fail_at(b, start);
		i += size;
	}
	return 0;
}
