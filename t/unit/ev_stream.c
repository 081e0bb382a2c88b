/* ev_stream: buffers, back pressure, ends and errors of a stream. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fdio.h"
#include "ev/ev.h"
#include "tap.h"

#define BIG (4u << 20)

struct side {
	struct ev *ev;
	struct stream *s;
	struct buf got;
	size_t keep;		/* bytes that on_data leaves */
	int data, closes, drains, error, rounds;
	bool free_on_data, free_on_close, again, consume_none, finish_on_close;
};

static struct ev *loop;

static void side_data(void *arg, struct stream *s)
{
	struct side *d = arg;
	struct buf *in = stream_in(s);
	size_t n = in->len > d->keep ? in->len - d->keep : 0;

	d->data++;
	if (d->free_on_data) {
		stream_free(s);
		d->s = NULL;
		ev_stop(loop);
		return;
	}
	if (d->consume_none)
		return;
	if (d->again && n > 1) {
		n = 1;
		stream_again(s);
	}
	buf_add(&d->got, in->data, n);
	buf_consume(in, n);
}

static void side_close(void *arg, struct stream *s, int error)
{
	struct side *d = arg;

	d->closes++;
	d->error = error;
	if (d->free_on_close) {
		stream_free(s);
		d->s = NULL;
	}
	if (d->finish_on_close) {
		buf_adds(stream_out(s), "last words");
		stream_finish(s);
		d->s = NULL;
		return;
	}
	ev_stop(loop);
}

static void side_drain(void *arg, struct stream *s)
{
	struct side *d = arg;

	(void)s;
	d->drains++;
}

static const struct stream_fns fns = { side_data, side_close, side_drain };
static const struct stream_fns quiet = { side_data, side_close, NULL };

/* A stream on one end of a socket pair; the other end is returned. */
static int side_open(struct side *d, size_t in_max, size_t out_max)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) == -1)
		exit(1);
	buf_init(&d->got, BIG * 2);
	d->s = stream_new(loop, fds[0], in_max, out_max, &fns, d);
	return fds[1];
}

static void side_shut(struct side *d, int peer)
{
	stream_free(d->s);
	buf_release(&d->got);
	if (peer != -1)
		close(peer);
}

static void put(int fd, const char *s)
{
	ok(write(fd, s, strlen(s)) == (ssize_t)strlen(s), "written: %s", s);
}

static void stop_at_round(void *arg)
{
	struct side *d = arg;

	if (--d->rounds <= 0)
		ev_stop(loop);
}

/* Runs so many rounds; a timer makes rounds where nothing else does. */
static void tick(void *arg)
{
	ev_timer_set(*(struct ev_timer **)arg, 0);
}

static void rounds(int n)
{
	struct side d = { .rounds = n };
	struct ev_timer *t;

	t = ev_timer_new(loop, tick, &t);
	ev_timer_set(t, 0);
	ev_after(loop, stop_at_round, &d);
	ev_run(loop);
	ev_after(loop, NULL, NULL);
	ev_timer_free(t);
}

static void test_read(void)
{
	struct side d = { .keep = 0 };
	int peer = side_open(&d, 1024, 1024);

	put(peer, "hello");
	rounds(2);
	is_str(d.got.data, "hello", "bytes come");
	d.keep = 3;
	put(peer, "abcdef");
	rounds(2);
	is_str(d.got.data, "helloabc", "what is left stays");
	is_int(stream_in(d.s)->len, 3, "three bytes");
	put(peer, "g");
	close(peer);
	ev_run(loop);
	is_str(d.got.data, "helloabcd", "more comes behind it");
	is_int(d.closes, 1, "the end is told");
	is_int(d.error, 0, "as no error");
	rounds(3);
	is_int(d.closes, 1, "once");
	side_shut(&d, -1);
}

static void test_free_within(void)
{
	struct side a = { .free_on_data = true }, b = { .free_on_close = true };
	int peer = side_open(&a, 64, 64);

	put(peer, "x");
	ev_run(loop);
	ok(a.s == NULL, "freed by on_data");
	side_shut(&a, peer);
	peer = side_open(&b, 64, 64);
	close(peer);
	ev_run(loop);
	ok(b.s == NULL && b.closes == 1, "freed by on_close");
	side_shut(&b, -1);
	stream_free(NULL);
}

static void test_full(void)
{
	struct side d = { .consume_none = true };
	int peer = side_open(&d, 8, 64);

	put(peer, "0123456789abcdef");
	rounds(5);
	is_int(stream_in(d.s)->len, 8, "no more than the maximum is taken");
	is_int(d.data, 1, "told once");
	buf_consume(stream_in(d.s), 8);
	d.consume_none = false;
	rounds(5);
	is_str(d.got.data, "89abcdef", "when there is room, reading goes on");
	side_shut(&d, peer);
}

static void test_pause(void)
{
	struct side d = { .keep = 0 };
	int peer = side_open(&d, 64, 64);

	stream_pause(d.s, true);
	put(peer, "waits");
	rounds(4);
	is_int(d.data, 0, "paused: nothing comes");
	stream_pause(d.s, false);
	rounds(4);
	is_str(d.got.data, "waits", "then it does");
	stream_pause(d.s, true);
	put(peer, "!");
	close(peer);
	rounds(3);
	is_int(d.closes, 0, "nor is the end seen while paused");
	stream_pause(d.s, false);
	ev_run(loop);
	is_str(d.got.data, "waits!", "everything before the end");
	side_shut(&d, -1);
}

static void test_again(void)
{
	struct side d = { .again = true };
	int peer = side_open(&d, 64, 64);

	put(peer, "abcd");
	close(peer);
	ev_run(loop);
	is_str(d.got.data, "abcd", "again and again, then the end");
	is_int(d.data, 4, "a byte each time");
	is_int(d.closes, 1, "the end after everything");
	side_shut(&d, -1);
	d = (struct side){ .consume_none = true };
	peer = side_open(&d, 64, 64);
	put(peer, "abcd");
	rounds(2);
	d.consume_none = false;
	stream_again(d.s);
	rounds(2);
	is_str(d.got.data, "abcd", "from outside of a callback");
	side_shut(&d, peer);
}

static void test_write(void)
{
	struct side d = { .keep = 0 };
	int peer = side_open(&d, 64, BIG);
	char text[64];

	buf_adds(stream_out(d.s), "one ");
	stream_flush(d.s);
	buf_adds(stream_out(d.s), "two");
	stream_flush(d.s);
	is_int(read(peer, text, sizeof(text)), -1, "nothing leaves before the round's end");
	is_int(stream_unsent(d.s), 7, "seven bytes wait");
	rounds(1);
	is_int(read(peer, text, sizeof(text)), 7, "then all in one piece");
	rounds(1);
	is_int(d.drains, 1, "and the owner hears that the buffer is empty");
	side_shut(&d, peer);
}

/* More than the socket holds, to a peer that reads now and then. */
static void test_large(void)
{
	struct side d = { .keep = 0 };
	int peer = side_open(&d, 64, BIG);
	char *want = xmalloc(BIG), *got = xmalloc(BIG);
	size_t n = 0;
	ssize_t r;
	int writes = 0;

	for (size_t i = 0; i < BIG; i++)
		want[i] = (char)(i * 2654435761u >> 13);
	ok(buf_add(stream_out(d.s), want, BIG) == 0, "four megabytes");
	ok(buf_addc(stream_out(d.s), 'x') == -1, "and not a byte more");
	stream_flush(d.s);
	while (n < BIG && writes++ < 100000) {
		rounds(2);
		while ((r = read(peer, got + n, BIG - n)) > 0)
			n += (size_t)r;
	}
	ok(n == BIG && memcmp(want, got, BIG) == 0, "all of it arrives as it was");
	rounds(2);
	is_int(d.drains, 1, "drained once");
	is_int(stream_unsent(d.s), 0, "nothing left");
	free(want);
	free(got);
	side_shut(&d, peer);
}

static void test_finish(void)
{
	struct side d = { .keep = 0 };
	int peer = side_open(&d, 64, BIG);
	char text[64];

	buf_adds(stream_out(d.s), "bye");
	stream_finish(d.s);
	put(peer, "too late");
	ev_run(loop);
	is_int(d.closes, 1, "finished: told");
	is_int(d.error, 0, "without error");
	is_int(d.data, 0, "and nothing is read any more");
	is_int(read(peer, text, sizeof(text)), 3, "the last bytes arrived");
	side_shut(&d, peer);
	d = (struct side){ .finish_on_close = true };
	peer = side_open(&d, 64, 64);
	stream_free(d.s);
	side_shut(&(struct side){ .s = NULL }, peer);
	peer = side_open(&d, 64, 64);
	shutdown(peer, SHUT_WR);
	rounds(4);
	is_int(read(peer, text, sizeof(text)), 10, "an answer after the peer's end");
	is_int(read(peer, text, sizeof(text)), 0, "then the stream is gone by itself");
	is_int(d.closes, 1, "told once");
	side_shut(&d, peer);
}

static void test_gone(void)
{
	struct side d = { .keep = 0 };
	int peer = side_open(&d, 64, 64);

	put(peer, "why");
	close(peer);
	buf_adds(stream_out(d.s), "into the void");
	stream_flush(d.s);
	ev_run(loop);
	is_str(d.got.data, "why", "what the peer said before it left is read");
	is_int(d.error, EPIPE, "then the failed write is told");
	side_shut(&d, -1);
	d = (struct side){ .keep = 0 };
	peer = side_open(&d, 64, 64);
	stream_pause(d.s, true);
	close(peer);
	buf_adds(stream_out(d.s), "x");
	stream_flush(d.s);
	ev_run(loop);
	is_int(d.error, EPIPE, "also while paused");
	side_shut(&d, -1);
	d = (struct side){ .keep = 0 };
	peer = side_open(&d, 64, 64);
	stream_fail(d.s, ENOBUFS);
	is_int(d.closes, 0, "a failure that the owner found is not told from within");
	ev_run(loop);
	is_int(d.error, ENOBUFS, "but then");
	side_shut(&d, peer);
}

static void test_quiet(void)
{
	struct side d = { .keep = 0 };
	int fds[2];

	ok(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) == 0, "a pair");
	buf_init(&d.got, 64);
	d.s = stream_new(loop, fds[0], 64, 64, &quiet, &d);
	buf_adds(stream_out(d.s), "x");
	stream_flush(d.s);
	rounds(3);
	is_int(d.drains, 0, "no on_drain where none is wanted");
	is_int(stream_fd(d.s), fds[0], "the descriptor");
	stream_again(d.s);
	buf_adds(stream_out(d.s), "x");
	stream_flush(d.s);
	side_shut(&d, fds[1]);
	rounds(1);
	ok(true, "freed while it waits on every list");
}

int main(void)
{
	struct err e;

	loop = ev_new(&e);
	if (loop == NULL)
		return 1;
	test_read();
	test_free_within();
	test_full();
	test_pause();
	test_again();
	test_write();
	test_large();
	test_finish();
	test_gone();
	test_quiet();
	ev_free(loop);
	return tap_done();
}
