/*
 * stamp: a sink that puts the time in front of each line.
 *
 * Promises that bytes leave in their order and in few writes: what was taken and
 * stamped waits in a buffer when the sink below is full.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/sink.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"

#define STREAMS 2
#define TAKE_MAX 8192		/* bytes at once: each may be a line of its own */
#define STAMP_MAX CLOCK_RFC3339_SIZE

struct stamp {
	struct sink below;
	struct buf waits[STREAMS];	/* stamped, not written yet */
	bool within[STREAMS];		/* a line that has its stamp */
};

static int flush(struct stamp *s, int stream, struct err *e)
{
	struct buf *b = &s->waits[stream - 1];

	while (b->len > 0) {
		ssize_t n = s->below.fns->write(s->below.at, stream, b->data, b->len, e);

		if (n == -1)
			return -1;
		buf_consume(b, (size_t)n);
	}
	return 0;
}

static void stamped(struct stamp *s, int stream, const char *p, size_t n, const char *now)
{
	struct buf *b = &s->waits[stream - 1];
	const char *end = p + n, *next;

	for (; p < end; p = next) {
		next = memchr(p, '\n', (size_t)(end - p));
		next = next != NULL ? next + 1 : end;
		if (!s->within[stream - 1])
			buf_addf(b, "%s ", now);
		buf_add(b, p, (size_t)(next - p));
		s->within[stream - 1] = next[-1] != '\n';
	}
}

static ssize_t stamp_write(void *sink, int stream, const void *p, size_t n, struct err *e)
{
	struct stamp *s = sink;
	char now[STAMP_MAX];
	struct err later;

	if (flush(s, stream, e) == -1)
		return -1;
	if (n > TAKE_MAX)
		n = TAKE_MAX;
	clock_rfc3339(now_read().wall, now);
	stamped(s, stream, p, n, now);
	/* Taken they are; what cannot leave now is told with the next bytes, or at the end. */
	(void)flush(s, stream, &later);
	return (ssize_t)n;
}

static int stamp_finish(void *sink, const void *metadata, size_t n, struct err *e)
{
	struct stamp *s = sink;
	struct err minor;
	int r = 0;

	for (int stream = 1; stream <= STREAMS; stream++) {
		if (flush(s, stream, e) == -1)
			r = -1;
		buf_release(&s->waits[stream - 1]);
	}
	if (s->below.fns->finish(s->below.at, metadata, n, r == 0 ? e : &minor) == -1)
		r = -1;
	free(s);
	return r;
}

struct sink sink_stamp(struct sink below)
{
	static const struct sink_fns fns = { .write = stamp_write, .finish = stamp_finish };
	struct stamp *s = xcalloc(1, sizeof(*s));

	s->below = below;
	for (int i = 0; i < STREAMS; i++)
		buf_init(&s->waits[i], TAKE_MAX * (STAMP_MAX + 1));
	return (struct sink){ &fns, s };
}
