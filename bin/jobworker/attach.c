/*
 * attach: joins stdin and stdout to the daemon's socket, so that any program with a
 * stdio can be the cable: ssh, podman exec, a pipe.
 *
 * It knows nothing of what the bytes mean.  When either side ends, the other is told,
 * and it stays until the second one ends, too.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "jobworker.h"

#define SIZE 65536
#define CONNECT_MS 5000
#define CONNECT_PAUSE_MS 20

struct half {			/* one direction */
	int from, to;
	bool ended;
	size_t at, n;
	char data[SIZE];
};

static int connect_once(const struct options *o, struct err *e)
{
	/* Who may attach may walk through root's folder, but not list it. */
	int dir = open(o->dir, O_PATH | O_DIRECTORY | O_CLOEXEC), fd;

	if (dir == -1)
		return err_sys(e, errno == ENOENT ? ERR_NOINPUT : ERR_PERM, "%s", o->dir);
	fd = sock_connect(dir, "sock", e);
	close(dir);
	return fd != -1 ? fd : err_prefix(e, "%s", o->dir);
}

/* Connects; starts the daemon if nobody listens.  Two that do so at once meet at the first. */
static int connect_or_start(const struct options *o, int *status)
{
	int64_t until = now_read().boot + CONNECT_MS;
	struct err e;
	int fd = connect_once(o, &e);

	if (fd != -1)
		return fd;
	if (e.code != ERR_UNAVAIL && e.code != ERR_NOINPUT) {
		fprintf(stderr, "jobworker: %s\n", e.text);
		*status = exit_status(e.code);
		return -1;
	}
	*status = run_background(o);
	while (*status == 0 || *status == exit_status(ERR_AGAIN)) {
		fd = connect_once(o, &e);
		if (fd != -1)
			return fd;
		if (now_read().boot >= until) {
			fprintf(stderr, "jobworker: %s\n", e.text);
			*status = exit_status(e.code);
			return -1;
		}
		poll(NULL, 0, CONNECT_PAUSE_MS);
	}
	return -1;
}

static void half_read(struct half *h)
{
	ssize_t n = read(h->from, h->data, sizeof(h->data));

	if (n > 0) {
		h->at = 0;
		h->n = (size_t)n;
	} else if (n == 0 || (errno != EINTR && errno != EAGAIN)) {
		h->ended = true;
	}
}

static int half_write(struct half *h)
{
	ssize_t n = write(h->to, h->data + h->at, h->n);

	if (n == -1)
		return errno == EINTR || errno == EAGAIN ? 0 : -1;
	h->at += (size_t)n;
	h->n -= (size_t)n;
	return 0;
}

static void half_poll(const struct half *h, struct pollfd *in, struct pollfd *out)
{
	*in = (struct pollfd){ .fd = h->n == 0 && !h->ended ? h->from : -1, .events = POLLIN };
	*out = (struct pollfd){ .fd = h->n > 0 ? h->to : -1, .events = POLLOUT };
}

/* Moves what can be moved; -1 when the other end is gone. */
static int half_step(struct half *h, const struct pollfd *in, const struct pollfd *out)
{
	if (in->revents != 0)
		half_read(h);
	return out->revents != 0 ? half_write(h) : 0;
}

static int join(int sock)
{
	static struct half up, down;
	struct pollfd p[4];
	bool shut = false;

	up.from = STDIN_FILENO;
	up.to = sock;
	down.from = sock;
	down.to = STDOUT_FILENO;
	while (!down.ended || down.n > 0) {
		if (up.ended && up.n == 0 && !shut) {
			shutdown(sock, SHUT_WR);
			shut = true;
		}
		half_poll(&up, &p[0], &p[1]);
		half_poll(&down, &p[2], &p[3]);
		if (poll(p, 4, -1) == -1 && errno != EINTR && errno != EAGAIN)
			return exit_status(ERR_OS);
		/* A daemon that closes has said why; stdout that is closed has no reader. */
		if (half_step(&up, &p[0], &p[1]) == -1)
			up.n = 0;
		if (half_step(&down, &p[2], &p[3]) == -1)
			return exit_status(ERR_IO);
	}
	return 0;
}

int attach(const struct options *o)
{
	int status = o->replace ? run_end(o) : 0, sock, r;

	if (status != 0)
		return status;
	sock = connect_or_start(o, &status);
	if (sock == -1)
		return status;
	r = join(sock);
	close(sock);
	return r;
}
