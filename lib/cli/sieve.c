/*
 * sieve: cuts a stream into lines, and judges each.
 *
 * Promises bounded memory: a line longer than LINE_BYTES is judged by its beginning and
 * its rest goes with that, and the last lines that are held back take at most HELD_BYTES:
 * older ones are dropped first, as if fewer had been asked for.
 */
#include "cli/sieve.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"

#define LINE_BYTES (1u << 20)
#define HELD_BYTES (256u << 20)
#define STAMP 24		/* "2026-11-23T10:00:00.123Z" */

struct held {			/* a line that may be one of the last, or more of one */
	struct held *next;
	bool begins;
	size_t n;
	char bytes[];
};

struct sieve {
	struct sieve_want want;
	struct buf line;		/* the one that is not complete */
	bool within, passes;		/* its beginning has been judged: its rest follows */
	bool has_times, caught_up;
	struct held *first, **end;
	int64_t held;			/* lines */
	size_t held_bytes;
};

struct sieve *sieve_new(const struct sieve_want *want)
{
	struct sieve *s = xcalloc(1, sizeof(*s));

	s->want = *want;
	s->caught_up = want->last < 0;
	s->end = &s->first;
	buf_init(&s->line, LINE_BYTES + 1);
	return s;
}

static void drop_piece(struct sieve *s)
{
	struct held *h = s->first;

	s->first = h->next;
	if (s->first == NULL)
		s->end = &s->first;
	s->held -= h->begins;
	s->held_bytes -= h->n;
	free(h);
}

static void drop_line(struct sieve *s)
{
	do
		drop_piece(s);
	while (s->first && !s->first->begins);
}

void sieve_free(struct sieve *s)
{
	if (!s)
		return;
	while (s->first)
		drop_piece(s);
	buf_release(&s->line);
	free(s);
}

bool sieve_has_times(const struct sieve *s)
{
	return s->has_times;
}

/* The time that a line begins with, and how many bytes that is; 0: none. */
static size_t stamp_read(const char *p, size_t n, int64_t *ms)
{
	char text[STAMP + 1];
	bool local;

	if (n < STAMP || p[STAMP - 1] != 'Z' || p[10] != 'T' || p[19] != '.')
		return 0;
	memcpy(text, p, STAMP);
	text[STAMP] = '\0';
	if (strlen(text) != STAMP || !civil_read(text, ms, &local) || local)
		return 0;
	return n > STAMP && p[STAMP] == ' ' ? STAMP + 1 : STAMP;
}

static bool matches(const struct sieve *s, const char *p, size_t n)
{
	regmatch_t whole = { .rm_so = 0, .rm_eo = (regoff_t)n };

	if (n > 0 && p[n - 1] == '\n')
		whole.rm_eo--;
	return s->want.pattern == NULL || regexec(s->want.pattern, p, 1, &whole, REG_STARTEND) == 0;
}

/* ---- lines out */

static void hold(struct sieve *s, const char *p, size_t n, bool begins)
{
	struct held *h = xmalloc(sizeof(*h) + n);

	h->next = NULL;
	h->begins = begins;
	h->n = n;
	memcpy(h->bytes, p, n);
	*s->end = h;
	s->end = &h->next;
	s->held += begins;
	s->held_bytes += n;
	while (s->held > s->want.last || (s->held_bytes > HELD_BYTES && s->held > 1))
		drop_line(s);
}

static int out(struct sieve *s, const char *p, size_t n, bool begins)
{
	if (s->caught_up)
		return s->want.put(s->want.arg, p, n);
	if (s->want.last > 0)
		hold(s, p, n, begins);
	return 0;
}

static void add_time(const struct sieve *s, int64_t ms, struct buf *b)
{
	char text[TIME_TEXT];

	time_text(s->want.style, ms, text);
	buf_addf(b, "%s ", text[0] ? text : "-");
}

/* A line, or the beginning of one that is too long, is judged and goes its way. */
static int judge(struct sieve *s, const char *p, size_t n, int64_t seen)
{
	int64_t written = 0;
	size_t stamp = stamp_read(p, n, &written), from = s->want.times ? stamp : 0;
	struct buf b;
	int r;

	s->has_times |= stamp > 0;
	s->passes = matches(s, p + stamp, n - stamp) &&
	    (stamp == 0 || written >= s->want.since);
	if (!s->passes || !s->want.times)
		return s->passes ? out(s, p, n, true) : 0;
	buf_init(&b, LINE_BYTES + TIME_TEXT + 2);
	add_time(s, stamp ? written : seen, &b);
	buf_add(&b, p + from, n - from);
	r = out(s, b.data, b.len, true);
	buf_release(&b);
	return r;
}

static int piece(struct sieve *s, const char *p, size_t n, int64_t seen)
{
	bool complete = p[n - 1] == '\n', within = s->within;

	s->within = !complete;
	if (within)
		return s->passes ? out(s, p, n, false) : 0;
	return judge(s, p, n, seen);
}

int sieve_add(struct sieve *s, const void *bytes, size_t n, int64_t seen)
{
	const char *p = bytes;
	int r = 0;

	while (n > 0 && r == 0) {
		const char *end = memchr(p, '\n', n);
		size_t take = end ? (size_t)(end - p) + 1 : n;

		if (s->line.len == 0 && end) {		/* nothing to put together */
			r = piece(s, p, take, seen);
		} else {
			if (take > LINE_BYTES - s->line.len)
				take = LINE_BYTES - s->line.len;
			buf_add(&s->line, p, take);
			if (p[take - 1] == '\n' || s->line.len == LINE_BYTES) {
				r = piece(s, s->line.data, s->line.len, seen);
				buf_reset(&s->line);
			}
		}
		p += take;
		n -= take;
	}
	return r;
}

int sieve_caught_up(struct sieve *s)
{
	int r = 0;

	s->caught_up = true;
	while (s->first && r == 0) {
		r = s->want.put(s->want.arg, s->first->bytes, s->first->n);
		drop_piece(s);
	}
	return r;
}

int sieve_end(struct sieve *s)
{
	int r = 0;

	if (s->line.len > 0)
		r = piece(s, s->line.data, s->line.len, 0);
	buf_reset(&s->line);
	s->within = false;
	return r == 0 ? sieve_caught_up(s) : r;
}
