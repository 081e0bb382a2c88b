/*
 * stream: blocking transfers on a socket that may be stuck.
 *
 * Promises that no call lasts longer than STREAM_SILENCE_MS without a byte moving,
 * and that a closed connection is an error and not a signal.
 */
#include "view/stream.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/clock.h"

#define READ_STEP 65536

/* Waits until fd can do that: 0, or -1 with e. */
static int wait_for(int fd, short what, struct err *e)
{
	struct pollfd p = { .fd = fd, .events = what };
	int64_t end = now_read().boot + STREAM_SILENCE_MS;

	for (;;) {
		int64_t left = end - now_read().boot;
		int r = poll(&p, 1, left > 0 ? (int)left : 0);

		if (r > 0)
			return 0;
		if (r == 0)
			return err_set(e, ERR_AGAIN, "the view of jobd does not answer");
		if (errno != EINTR)
			return err_sys(e, ERR_OS, "poll");
	}
}

int stream_send(int fd, const char *p, size_t n, struct err *e)
{
	while (n > 0) {
		ssize_t r = send(fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (r >= 0) {
			p += r;
			n -= (size_t)r;
		} else if (errno == EAGAIN) {
			if (wait_for(fd, POLLOUT, e) < 0)
				return -1;
		} else if (errno != EINTR) {
			return err_sys(e, ERR_UNAVAIL, "the view of jobd is gone");
		}
	}
	return 0;
}

int stream_receive(int fd, struct buf *in, struct err *e)
{
	char *p = buf_reserve(in, READ_STEP);
	ssize_t r;

	if (!p)
		return err_set(e, ERR_DATA, "an answer of the view is too long");
	do {
		if (wait_for(fd, POLLIN, e) < 0)
			return -1;
		r = recv(fd, p, READ_STEP, MSG_DONTWAIT);
	} while (r < 0 && (errno == EAGAIN || errno == EINTR));
	if (r < 0)
		return err_sys(e, ERR_UNAVAIL, "the view of jobd is gone");
	if (r == 0)
		return err_set(e, ERR_UNAVAIL, "the view of jobd has closed the connection");
	buf_commit(in, (size_t)r);
	return 0;
}
