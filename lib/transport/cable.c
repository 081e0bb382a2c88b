/* cable: owns the layout of the datagrams between jobd and its holder of connections. */
#include "transport/cable.h"

#include <bsd/string.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"

#define AT_ONCE 100		/* requests in a round */
#define DATAGRAM_MAX 65536
#define STRINGS 13

/* The strings of a target, in the order in which they travel. */
static const char **string_at(struct cable_target *t, size_t i)
{
	const char **const all[STRINGS] = { &t->name, &t->transport, &t->address, &t->user,
		&t->port, &t->identity, &t->known_hosts, &t->command, &t->dir,
		&t->accept, &t->watch, &t->compress, &t->replace };

	return all[i];
}

struct cable_target *cable_target_copy(const struct cable_target *t)
{
	struct cable_target *copy = xmemdup(t, sizeof(*t));
	size_t i;

	for (i = 0; i < STRINGS; i++) {
		const char **s = string_at(copy, i);

		*s = *s != NULL ? xstrdup(*s) : NULL;
	}
	copy->last = t->last_len > 0 ? xmemdup(t->last, t->last_len) : NULL;
	return copy;
}

void cable_target_free(struct cable_target *t)
{
	size_t i;

	for (i = 0; i < STRINGS; i++)
		free((char *)(uintptr_t)*string_at(t, i));
	free((void *)(uintptr_t)t->last);
	free(t);
}

/* ---- requests */

static int target_encode(const struct cable_target *t, struct buf *b)
{
	struct cable_target copy = *t;
	size_t i;

	if (buf_addf(b, "%" PRIu64, t->id) == -1 || buf_addc(b, '\0') == -1)
		return -1;
	for (i = 0; i < STRINGS; i++) {
		const char *s = *string_at(&copy, i);

		if (buf_adds(b, s != NULL ? s : "") == -1 || buf_addc(b, '\0') == -1)
			return -1;
	}
	return t->last_len > 0 ? buf_add(b, t->last, t->last_len) : 0;
}

/* The string at *at, which is moved behind it; NULL: it has no end. */
static const char *string_next(const struct buf *b, size_t *at)
{
	const char *s = b->data + *at, *end = memchr(s, '\0', b->len - *at);

	if (end == NULL)
		return NULL;
	*at += (size_t)(end - s) + 1;
	return s;
}

static int target_decode(const struct buf *b, struct cable_target *t)
{
	const char *s;
	size_t at = 0, i;

	*t = (struct cable_target){ 0 };
	s = string_next(b, &at);
	if (s == NULL)
		return -1;
	t->id = strtoull(s, NULL, 10);
	for (i = 0; i < STRINGS; i++) {
		s = string_next(b, &at);
		if (s == NULL)
			return -1;
		*string_at(t, i) = *s != '\0' ? s : NULL;
	}
	t->last = b->data + at;
	t->last_len = b->len - at;
	return 0;
}

union control {			/* room for one descriptor, aligned */
	struct cmsghdr head;
	char room[CMSG_SPACE(sizeof(int))];
};

static ssize_t send_with(int fd, const struct buf *b, int stream)
{
	struct iovec iov = { .iov_base = b->data, .iov_len = b->len };
	union control control = { 0 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.room,
		.msg_controllen = sizeof(control.room) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &stream, sizeof(int));
	return sendmsg(fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
}

int cable_ask(int fd, const struct cable_target *t, int stream, struct err *e)
{
	struct buf b;
	int r = 0;

	buf_init(&b, DATAGRAM_MAX);
	if (target_encode(t, &b) == -1)
		r = err_set(e, ERR_CONFIG, "what is said of this host is too long");
	else if (send_with(fd, &b, stream) == -1)
		r = err_sys(e, errno == EAGAIN ? ERR_AGAIN : ERR_OS,
		    "the process that holds the connections");
	buf_release(&b);
	return r;
}

void cable_drop(int fd, uint64_t id)
{
	const struct cable_target t = { .id = id };
	struct buf b;

	buf_init(&b, DATAGRAM_MAX);
	if (target_encode(&t, &b) == 0)
		(void)send(fd, b.data, b.len, MSG_NOSIGNAL | MSG_DONTWAIT);
	buf_release(&b);
}

/* The descriptor that came with a datagram, or -1. */
static int descriptor_of(struct msghdr *m)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(m);
	int fd;

	if (c == NULL || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS ||
	    c->cmsg_len != CMSG_LEN(sizeof(int)))
		return -1;
	memcpy(&fd, CMSG_DATA(c), sizeof(int));
	return fd;
}

int cable_take(int fd, struct cable_target *t, struct buf *store, int *stream, struct err *e)
{
	struct iovec iov = { .iov_len = DATAGRAM_MAX };
	union control control;
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.room,
		.msg_controllen = sizeof(control.room) };
	ssize_t n;

	buf_reset(store);
	iov.iov_base = buf_reserve(store, DATAGRAM_MAX);
	if (iov.iov_base == NULL)
		return err_set(e, ERR_INTERNAL, "no room for a request");
	n = recvmsg(fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n == 0 || (n == -1 && errno == ECONNRESET))
		return err_set(e, ERR_NONE, "the asking side has ended");
	if (n == -1)
		return err_sys(e, ERR_IO, "requests");
	buf_commit(store, (size_t)n);
	*stream = descriptor_of(&m);
	if (target_decode(store, t) == 0 &&
	    (t->name != NULL && t->transport != NULL) == (*stream != -1))
		return 1;
	if (*stream != -1)
		close(*stream);
	return err_set(e, ERR_DATA, "a request that cannot be read");
}

int cable_serve(int fd, struct buf *store, const struct cable_asked *fns, struct err *e)
{
	struct cable_target t;
	int stream, n, r = 1;

	for (n = 0; n < AT_ONCE && r == 1; n++) {
		r = cable_take(fd, &t, store, &stream, e);
		if (r == 1 && stream == -1)
			fns->drop(t.id);
		else if (r == 1)
			fns->begin(&t, stream);
	}
	return r == -1 ? -1 : 0;
}

/* ---- answers */

void cable_say(int fd, uint64_t id, enum cable_news news, enum err_code code, const char *text)
{
	struct cable_answer a = { .id = id, .news = news, .code = code };

	strlcpy(a.text, text, sizeof(a.text));
	(void)send(fd, &a, sizeof(a), MSG_NOSIGNAL | MSG_DONTWAIT);
}

int cable_hear(int fd, struct cable_answer *a, struct err *e)
{
	ssize_t n = recv(fd, a, sizeof(*a), MSG_DONTWAIT);

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n != (ssize_t)sizeof(*a))
		return err_set(e, ERR_IO, "the process that holds the connections has ended");
	a->text[sizeof(a->text) - 1] = '\0';
	return 1;
}
