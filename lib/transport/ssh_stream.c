/*
 * ssh_stream: commands on a session, each joined to a descriptor.
 *
 * Whatever wakes us, all streams are moved until none can: reading one channel takes
 * packets of others off the connection.  stderr is read too, or it would fill the
 * window.  What would block while it sends is repeated before anything else is sent,
 * and so is the opening of a channel: `writer`.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fdio.h"
#include "transport/ssh_impl.h"

#define ROUNDS 64		/* of moving in one call: others want their turn, too */

struct ssh_stream *ssh_exec(struct ssh *s, const char *command, int fd)
{
	struct ssh_stream *t = xcalloc(1, sizeof(*t));
	struct stat st;

	t->ssh = s;
	t->command = xstrdup(command);
	t->fd = fd;
	t->status = -1;
	t->file = fstat(fd, &st) == 0 && !S_ISSOCK(st.st_mode) && !S_ISFIFO(st.st_mode);
	(void)fd_nonblock(fd);
	TAILQ_INSERT_TAIL(&s->streams, t, link);
	return t;
}

static void fd_close(struct ssh_stream *t)
{
	if (t->fd != -1)
		close(t->fd);
	t->fd = -1;
	t->in_ended = true;
}

/* The channel goes with the session, or when the host has closed it. */
void ssh_stream_free(struct ssh_stream *t)
{
	if (t == NULL)
		return;
	TAILQ_REMOVE(&t->ssh->streams, t, link);
	if (t->ssh->writer == t)
		t->ssh->writer = NULL;
	if (t->channel != NULL)
		(void)libssh2_channel_free(t->channel);
	fd_close(t);
	free(t->command);
	free(t);
}

int ssh_stream_want(const struct ssh_stream *t, int *want)
{
	*want = 0;
	if (t->fd == -1 || t->file || t->state != STREAM_JOINED)
		return -1;
	*want = (!t->in_ended && t->up_n == 0 ? POLLIN : 0) | (t->down_n > 0 ? POLLOUT : 0);
	return t->fd;
}

bool ssh_stream_over(const struct ssh_stream *t, int *status, const char **said)
{
	*status = t->status;
	*said = t->said;
	return t->state == STREAM_OVER;
}

bool ssh_stream_joined(const struct ssh_stream *t)
{
	return t->state >= STREAM_JOINED;
}

/* ---- from its beginning: 1 something was done, 0 wait, -1 the session is over */

static bool is_again(ssize_t r)
{
	return r == LIBSSH2_ERROR_EAGAIN;
}

/* One at a time on a session: the caller tries the next only when this is done. */
static int stream_open(struct ssh *s, struct ssh_stream *t, struct err *e)
{
	int r;

	if (t->state == STREAM_OPEN) {
		t->channel = libssh2_channel_open_session(s->session);
		s->writer = t->channel == NULL ? t : NULL;
		if (t->channel == NULL && is_again(libssh2_session_last_errno(s->session)))
			return 0;
		if (t->channel == NULL)
			return ssh_error(s, e, "opening a channel");
		t->state = STREAM_EXEC;
	}
	r = libssh2_channel_exec(t->channel, t->command);
	s->writer = is_again(r) ? t : NULL;
	if (is_again(r))
		return 0;
	if (r != 0)
		return ssh_error(s, e, "running a command");
	t->state = STREAM_JOINED;
	return 1;
}

/* ---- to the host */

static int fd_read(struct ssh_stream *t)
{
	ssize_t n;

	if (t->in_ended || t->up_n > 0)
		return 0;
	n = read(t->fd, t->up, sizeof(t->up));
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0) {
		t->in_ended = true;
		return 1;
	}
	t->up_at = 0;
	t->up_n = (size_t)n;
	return 1;
}

static int write_up(struct ssh *s, struct ssh_stream *t, struct err *e)
{
	ssize_t n;

	if (t->up_n > 0) {
		n = libssh2_channel_write(t->channel, t->up + t->up_at, t->up_n);
		s->writer = is_again(n) ? t : NULL;
		if (is_again(n))
			return 0;
		if (n < 0)
			return ssh_error(s, e, "sending");
		t->up_at += (size_t)n;
		t->up_n -= (size_t)n;
		return 1;
	}
	if (!t->in_ended || t->eof_sent)
		return 0;
	n = libssh2_channel_send_eof(t->channel);
	s->writer = is_again(n) ? t : NULL;
	if (is_again(n))
		return 0;
	if (n < 0)
		return ssh_error(s, e, "sending");
	t->eof_sent = true;
	return 1;
}

/* ---- from the host */

static int fd_write(struct ssh_stream *t)
{
	ssize_t n;

	if (t->down_n == 0)
		return 0;
	n = t->fd == -1 || t->file ? (ssize_t)t->down_n :
	    write(t->fd, t->down + t->down_at, t->down_n);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n == -1) {		/* nobody reads it any more */
		fd_close(t);
		n = (ssize_t)t->down_n;
	}
	t->down_at += (size_t)n;
	t->down_n -= (size_t)n;
	return 1;
}

/* Keeps the last line of what the command says of itself. */
static void said_add(struct ssh_stream *t, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (t->said_n > 0 && t->said[t->said_n - 1] == '\n' && p[i] != '\n')
			t->said_n = 0;
		if (t->said_n < sizeof(t->said) - 1)
			t->said[t->said_n++] = p[i];
	}
}

static void said_end(struct ssh_stream *t)
{
	while (t->said_n > 0 && (t->said[t->said_n - 1] == '\n' || t->said[t->said_n - 1] == '\r'))
		t->said_n--;
	t->said[t->said_n] = '\0';
}

static int read_down(struct ssh *s, struct ssh_stream *t, struct err *e)
{
	char errs[512];
	ssize_t n, m;

	m = libssh2_channel_read_stderr(t->channel, errs, sizeof(errs));
	if (m > 0)
		said_add(t, errs, (size_t)m);
	n = t->down_n > 0 ? LIBSSH2_ERROR_EAGAIN :
	    libssh2_channel_read(t->channel, t->down, sizeof(t->down));
	if (n > 0) {
		t->down_at = 0;
		t->down_n = (size_t)n;
	}
	if ((n < 0 && !is_again(n)) || (m < 0 && !is_again(m)))
		return ssh_error(s, e, "receiving");
	return n > 0 || m > 0;
}

static int stream_end(struct ssh_stream *t)
{
	char *name = NULL;

	if (t->down_n > 0 || !libssh2_channel_eof(t->channel))
		return 0;
	/* Its status comes behind the end, with the close. */
	if (is_again(libssh2_channel_wait_closed(t->channel)))
		return 0;
	t->status = libssh2_channel_get_exit_status(t->channel);
	(void)libssh2_channel_get_exit_signal(t->channel, &name, NULL, NULL, NULL, NULL, NULL);
	if (name != NULL)
		t->status = -1;
	said_end(t);
	fd_close(t);
	t->state = STREAM_OVER;
	return 1;
}

/* ---- all of them */

static int stream_move(struct ssh *s, struct ssh_stream *t, struct err *e)
{
	int moved, r;

	bool may_write = s->writer == NULL || s->writer == t;

	if (t->state < STREAM_JOINED)
		return may_write ? stream_open(s, t, e) : 0;
	if (t->state == STREAM_OVER)
		return 0;
	moved = fd_read(t);
	if (may_write) {
		r = write_up(s, t, e);
		if (r == -1)
			return -1;
		moved |= r;
	}
	r = read_down(s, t, e);
	if (r == -1)
		return -1;
	return moved | r | fd_write(t) | stream_end(t);
}

int ssh_move(struct ssh *s, struct err *e)
{
	struct ssh_stream *t;
	int moved = 1, r;

	for (int i = 0; i < ROUNDS && moved; i++) {
		moved = 0;
		TAILQ_FOREACH(t, &s->streams, link) {
			r = stream_move(s, t, e);
			if (r == -1)
				return -1;
			moved |= r;
		}
	}
	return moved;
}
