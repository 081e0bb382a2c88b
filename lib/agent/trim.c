/*
 * trim: a sink that keeps the beginning and the end of each stream.
 *
 * Promises that of each stream at most `max` bytes and one line of its own reach the
 * sink below, and that memory is taken only once a stream is too long.  Files of
 * the log tree are only ever added to, so the end of a stream, until it is known to
 * be the end, waits in a ring here.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/sink.h"
#include "base/alloc.h"

#define STREAMS 2
#define MARK_MAX 64

struct stream {
	uint64_t passed, cut;	/* bytes */
	char last;		/* byte that was passed */
	char *ring;		/* of trim's `tail` bytes, or NULL */
	size_t from, n;		/* what is in it */
};

struct trim {
	struct sink below;
	uint64_t head;
	size_t tail;
	struct stream streams[STREAMS];
};

static size_t least(uint64_t a, uint64_t b)
{
	return (size_t)(a < b ? a : b);
}

static ssize_t pass(struct trim *t, int stream, const char *p, size_t n, struct err *e)
{
	struct stream *s = &t->streams[stream - 1];
	ssize_t r = t->below.fns->write(t->below.at, stream, p, n, e);

	if (r > 0) {
		s->passed += (uint64_t)r;
		s->last = p[r - 1];
	}
	return r;
}

/* The last `tail` bytes stay; what they push out is cut. */
static void hold(const struct trim *t, struct stream *s, const char *p, size_t n)
{
	size_t skip = n > t->tail ? n - t->tail : 0, out, at, k;

	s->cut += skip;
	p += skip;
	n -= skip;
	if (n == 0)
		return;
	if (s->ring == NULL)
		s->ring = xmalloc(t->tail);
	out = s->n + n > t->tail ? s->n + n - t->tail : 0;
	s->cut += out;
	s->from = (s->from + out) % t->tail;
	s->n -= out;
	at = (s->from + s->n) % t->tail;
	k = least(n, t->tail - at);
	memcpy(s->ring + at, p, k);
	memcpy(s->ring, p + k, n - k);
	s->n += n;
}

static ssize_t trim_write(void *sink, int stream, const void *p, size_t n, struct err *e)
{
	struct trim *t = sink;
	struct stream *s = &t->streams[stream - 1];

	if (s->passed < t->head)
		return pass(t, stream, p, least(n, t->head - s->passed), e);
	hold(t, s, p, n);
	return (ssize_t)n;
}

static int pass_all(struct trim *t, int stream, const char *p, size_t n, struct err *e)
{
	for (ssize_t r; n > 0; p += r, n -= (size_t)r) {
		r = pass(t, stream, p, n, e);
		if (r == -1)
			return -1;
	}
	return 0;
}

/* The mark on a line of its own, and what was held. */
static int stream_end(struct trim *t, int stream, struct err *e)
{
	struct stream *s = &t->streams[stream - 1];
	size_t first = least(s->n, t->tail - s->from);
	char mark[MARK_MAX];
	int n;

	n = snprintf(mark, sizeof(mark), "%s[... %" PRIu64 " bytes cut ...]\n",
	    s->last == '\n' ? "" : "\n", s->cut);
	if (s->cut > 0 && pass_all(t, stream, mark, (size_t)n, e) == -1)
		return -1;
	if (s->n > 0 && (pass_all(t, stream, s->ring + s->from, first, e) == -1 ||
	    pass_all(t, stream, s->ring, s->n - first, e) == -1))
		return -1;
	return 0;
}

static int trim_finish(void *sink, const void *metadata, size_t n, struct err *e)
{
	struct trim *t = sink;
	struct err minor;
	int r = 0;

	for (int stream = 1; stream <= STREAMS; stream++) {
		if (stream_end(t, stream, e) == -1)
			r = -1;
		free(t->streams[stream - 1].ring);
	}
	if (t->below.fns->finish(t->below.at, metadata, n, r == 0 ? e : &minor) == -1)
		r = -1;
	free(t);
	return r;
}

struct sink sink_trim(struct sink below, uint64_t max, bool tail)
{
	static const struct sink_fns fns = { .write = trim_write, .finish = trim_finish };
	struct trim *t = xcalloc(1, sizeof(*t));

	t->below = below;
	t->tail = tail ? least(max / 2, TRIM_TAIL) : 0;
	t->head = max - t->tail;
	return (struct sink){ &fns, t };
}

bool sink_trim_cuts(const struct sink *trim)
{
	const struct trim *t = trim->at;

	return t->streams[0].cut > 0 || t->streams[1].cut > 0;
}
