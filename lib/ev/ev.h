/*
 * ev: one loop per process over libevent: descriptors, timers, signals, and
 * buffered streams.
 *
 * Callbacks run one at a time and do bounded work.  `after` runs once after each
 * round of callbacks: jobd makes its turn there, so everything that was ready is
 * served by one commit.
 */
#ifndef EV_EV_H
#define EV_EV_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

struct ev;

#define EV_IN	0x1
#define EV_OUT	0x2

struct ev *ev_new(struct err *e);
void ev_free(struct ev *ev);		/* everything made on it must be gone */
void ev_run(struct ev *ev);		/* until ev_stop */
void ev_stop(struct ev *ev);
void ev_after(struct ev *ev, void (*fn)(void *arg), void *arg);

struct ev_io;	/* a descriptor, borrowed; level-triggered */
struct ev_io *ev_io_new(struct ev *ev, int fd, void (*fn)(void *arg, int ready), void *arg);
void ev_io_want(struct ev_io *io, int want);	/* EV_IN | EV_OUT, 0: neither */
void ev_io_free(struct ev_io *io);

struct ev_timer;	/* CLOCK_BOOTTIME-like: counts while suspended where the kernel can */
struct ev_timer *ev_timer_new(struct ev *ev, void (*fn)(void *arg), void *arg);
void ev_timer_set(struct ev_timer *t, int64_t ms);	/* once, ms from now; < 0: off */
void ev_timer_free(struct ev_timer *t);

struct ev_signal;
struct ev_signal *ev_signal_new(struct ev *ev, int signo, void (*fn)(void *arg, int signo),
    void *arg);
void ev_signal_free(struct ev_signal *s);

/*
 * stream: a non-blocking socket with a bounded buffer each way.
 *
 * on_data is called when bytes have come; it consumes what it can from
 * stream_in() and leaves the rest.  While that buffer is full, or after
 * stream_pause, the socket is not read.  Writes are gathered and leave once a
 * round.  on_close comes at most once: 0 for end of file after on_data has seen
 * everything, an errno otherwise.  Whoever finds the out buffer full, since the
 * peer does not read, calls stream_fail(s, ENOBUFS).  The callbacks may free the
 * stream.
 */
struct stream;
struct stream_fns {
	void (*on_data)(void *arg, struct stream *s);
	void (*on_close)(void *arg, struct stream *s, int error);
	void (*on_drain)(void *arg, struct stream *s);	/* out buffer is empty; may be NULL */
};

/* Takes over fd.  in_max and out_max bound the buffers in bytes. */
struct stream *stream_new(struct ev *ev, int fd, size_t in_max, size_t out_max,
    const struct stream_fns *fns, void *arg);
void stream_free(struct stream *s);		/* closes at once; what was not sent is lost */

/* Sends what is buffered, then on_close(0); after on_close: then frees the stream. */
void stream_finish(struct stream *s);
void stream_fail(struct stream *s, int error);	/* on_close(error) follows, e.g. ENOBUFS */
struct buf *stream_in(struct stream *s);	/* consume with buf_consume */
struct buf *stream_out(struct stream *s);	/* append, then stream_flush */
void stream_flush(struct stream *s);
void stream_pause(struct stream *s, bool paused);
void stream_again(struct stream *s);	/* call on_data once more in the next round */
size_t stream_unsent(const struct stream *s);
int stream_fd(const struct stream *s);

/* Who is at the other end of a Unix socket. */
int peer_cred(int fd, uid_t *uid, gid_t *gid, pid_t *pid, struct err *e);

/* Accepts on a listening socket; fn gets each new descriptor (CLOEXEC, non-blocking). */
struct listener;
struct listener *listener_new(struct ev *ev, int fd, void (*fn)(void *arg, int fd), void *arg);
void listener_pause(struct listener *l, bool paused);
void listener_free(struct listener *l);		/* closes fd */

#endif
