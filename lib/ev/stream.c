/*
 * stream: a socket with a bounded buffer each way.
 *
 * Owns the descriptor and both buffers.  Bytes are read through one scratch buffer
 * of the loop, so an idle stream holds no memory; they are written at the end of a
 * round.  Promises that callbacks run only while a round serves what is ready, and
 * never from within a call of ours: whatever a call finds out is told in the next
 * round, from the list `notify`.
 *
 * A stream is read while nothing speaks against it (reads()).  After a failed
 * write it is still read to its end, since the peer may have said why it closed.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "ev/impl.h"

#define KEEP_MAX 16384		/* an empty buffer that is larger is given back */

struct stream {
	struct ev *ev;
	struct ev_io *io;
	int fd;
	const struct stream_fns *fns;
	void *arg;
	struct buf in, out;
	size_t sent;			/* bytes at the front of out that have left */
	int error;			/* for on_close */
	bool paused, finishing;
	bool full;			/* `in` was: is on ev->stalled */
	bool ended;			/* nothing more can be read */
	bool unwritable;		/* a write failed: the out buffer has no use */
	bool again, drained;		/* to be told */
	bool closed;			/* on_close was called */
	bool is_dirty, is_notify;	/* is on that list of ev */
	uint64_t noticed, again_in;	/* rounds: put on notify; to call on_data in */
	bool *dead;			/* set when freed by a callback */
	TAILQ_ENTRY(stream) dirty, notify, stalled;
};

static void stream_notify(struct stream *s)
{
	if (s->is_notify)
		return;
	TAILQ_INSERT_TAIL(&s->ev->notify, s, notify);
	s->is_notify = true;
	s->noticed = s->ev->round;
}

static bool reads(const struct stream *s)
{
	return !s->ended && !s->paused && !s->full && !s->finishing && !s->closed;
}

static bool writes(const struct stream *s)
{
	return !s->unwritable && s->out.len > s->sent;
}

static void stream_look(struct stream *s, bool blocked)
{
	ev_io_want(s->io, (reads(s) ? EV_IN : 0) | (blocked ? EV_OUT : 0));
}

/* Whether all that on_close waits for has happened. */
static bool close_is_due(const struct stream *s)
{
	if (s->closed || s->again)
		return false;
	if (s->finishing)
		return !writes(s);
	return s->ended || (s->unwritable && !reads(s));
}

/* Calls on_data; false when that freed the stream. */
static bool stream_data(struct stream *s)
{
	bool dead = false;

	s->again = false;
	s->dead = &dead;
	s->fns->on_data(s->arg, s);
	if (dead)
		return false;
	s->dead = NULL;
	if (s->in.len == 0 && s->in.cap > KEEP_MAX)
		buf_release(&s->in);
	if (s->in.len >= s->in.max && !s->full) {
		s->full = true;
		TAILQ_INSERT_TAIL(&s->ev->stalled, s, stalled);
	}
	return true;
}

static bool error_is_wait(int error)
{
	return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

static void stream_read(struct stream *s)
{
	size_t room = s->in.max - s->in.len;
	ssize_t r;

	if (!reads(s))
		return;
	r = read(s->fd, s->ev->scratch, room < EV_SCRATCH ? room : EV_SCRATCH);
	if (r == -1 && error_is_wait(errno))
		return;
	if (r > 0) {
		buf_add(&s->in, s->ev->scratch, (size_t)r);
		if (!stream_data(s))
			return;
	} else {
		if (r == -1 && s->error == 0)
			s->error = errno;
		s->ended = true;
	}
	stream_look(s, writes(s));
	if (close_is_due(s))
		stream_notify(s);
}

/* One write of what is buffered. */
static void stream_write(struct stream *s)
{
	ssize_t r = 0;

	if (writes(s)) {
		r = send(s->fd, s->out.data + s->sent, s->out.len - s->sent,
		    MSG_NOSIGNAL | MSG_DONTWAIT);
		if (r == -1 && !error_is_wait(errno)) {
			s->unwritable = true;
			if (s->error == 0)
				s->error = errno;
		}
	}
	if (r > 0)
		s->sent += (size_t)r;
	if (!writes(s)) {
		s->sent = 0;
		buf_reset(&s->out);
		if (s->out.cap > KEEP_MAX)
			buf_release(&s->out);
		s->drained = r > 0 && s->fns->on_drain != NULL;
	} else if (s->sent >= s->out.len / 2) {
		buf_consume(&s->out, s->sent);
		s->sent = 0;
	}
	stream_look(s, writes(s));
	if (s->drained || close_is_due(s) || (s->closed && s->finishing && !writes(s)))
		stream_notify(s);
}

static void stream_ready(void *arg, int ready)
{
	if (ready == EV_IN)
		stream_read(arg);
	else
		stream_write(arg);
}

struct stream *stream_new(struct ev *ev, int fd, size_t in_max, size_t out_max,
    const struct stream_fns *fns, void *arg)
{
	struct stream *s = xcalloc(1, sizeof(*s));

	s->ev = ev;
	s->fd = fd;
	s->fns = fns;
	s->arg = arg;
	buf_init(&s->in, in_max);
	buf_init(&s->out, out_max);
	s->io = ev_io_new(ev, fd, stream_ready, s);
	stream_look(s, false);
	return s;
}

void stream_free(struct stream *s)
{
	if (s == NULL)
		return;
	if (s->dead != NULL)
		*s->dead = true;
	if (s->is_dirty)
		TAILQ_REMOVE(&s->ev->dirty, s, dirty);
	if (s->is_notify)
		TAILQ_REMOVE(&s->ev->notify, s, notify);
	if (s->full)
		TAILQ_REMOVE(&s->ev->stalled, s, stalled);
	ev_io_free(s->io);
	close(s->fd);
	buf_release(&s->in);
	buf_release(&s->out);
	free(s);
}

void stream_finish(struct stream *s)
{
	s->finishing = true;
	s->again = false;
	stream_flush(s);
	stream_notify(s);
}

void stream_fail(struct stream *s, int error)
{
	if (s->error == 0)
		s->error = error;
	s->unwritable = true;
	s->ended = true;
	s->again = false;
	stream_look(s, false);
	stream_notify(s);
}

struct buf *stream_in(struct stream *s)
{
	return &s->in;
}

struct buf *stream_out(struct stream *s)
{
	return &s->out;
}

void stream_flush(struct stream *s)
{
	if (s->is_dirty)
		return;
	TAILQ_INSERT_TAIL(&s->ev->dirty, s, dirty);
	s->is_dirty = true;
}

void stream_pause(struct stream *s, bool paused)
{
	s->paused = paused;
	stream_look(s, writes(s));
	if (close_is_due(s))
		stream_notify(s);
}

void stream_again(struct stream *s)
{
	s->again = true;
	s->again_in = s->ev->round + (s->ev->served ? 1 : 2);
	stream_notify(s);
}

size_t stream_unsent(const struct stream *s)
{
	return s->out.len - s->sent;
}

int stream_fd(const struct stream *s)
{
	return s->fd;
}

/* Tells one stream's owner what there is, in an order in which each may free it. */
static void stream_tell(struct stream *s)
{
	bool dead = false;

	if (s->closed) {
		/* Finished after its end was told: nobody waits for it any more. */
		if (s->finishing && !writes(s))
			stream_free(s);
		return;
	}
	if (s->drained) {
		s->drained = false;
		s->dead = &dead;
		s->fns->on_drain(s->arg, s);
		if (dead)
			return;
		s->dead = NULL;
	}
	if (s->again && s->again_in > s->ev->round) {
		stream_notify(s);
		return;
	}
	if (s->again && !stream_data(s))
		return;
	stream_look(s, writes(s));
	if (close_is_due(s)) {
		s->closed = true;
		stream_look(s, writes(s));
		s->fns->on_close(s->arg, s, s->error);
	}
}

void streams_tell(struct ev *ev)
{
	struct stream *s;

	ev->round++;
	ev->served = true;
	while ((s = TAILQ_FIRST(&ev->notify)) != NULL && s->noticed < ev->round) {
		TAILQ_REMOVE(&ev->notify, s, notify);
		s->is_notify = false;
		stream_tell(s);
	}
}

void streams_flush(struct ev *ev)
{
	struct stream *s, *next;

	TAILQ_FOREACH_SAFE(s, &ev->stalled, stalled, next) {
		if (s->in.len >= s->in.max)
			continue;
		TAILQ_REMOVE(&ev->stalled, s, stalled);
		s->full = false;
		stream_look(s, writes(s));
	}
	while ((s = TAILQ_FIRST(&ev->dirty)) != NULL) {
		TAILQ_REMOVE(&ev->dirty, s, dirty);
		s->is_dirty = false;
		stream_write(s);
	}
	ev->served = false;
}
