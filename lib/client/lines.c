/*
 * lines: cuts what is read into lines.
 *
 * Holds no more than one line and one read of the stream.
 */
#include "client/lines.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define READ_SIZE 65536

void lines_init(struct lines *l, int fd, size_t max)
{
	*l = (struct lines){ .fd = fd };
	buf_init(&l->in, max + READ_SIZE);
}

void lines_release(struct lines *l)
{
	buf_release(&l->in);
}

static const char *line_end(const struct lines *l)
{
	return l->in.len > l->used ?
	    memchr(l->in.data + l->used, '\n', l->in.len - l->used) : NULL;
}

static int more(struct lines *l, struct err *e)
{
	char *room;
	ssize_t n;

	if (l->used > 0)
		buf_consume(&l->in, l->used);
	l->used = 0;
	room = buf_reserve(&l->in, READ_SIZE);
	if (room == NULL)
		return err_set(e, ERR_DATA, "line %zu is longer than %zu bytes", l->number + 1,
		    l->in.max - READ_SIZE);
	do {
		n = read(l->fd, room, READ_SIZE);
	} while (n == -1 && errno == EINTR);
	if (n == -1)
		return err_sys(e, ERR_IO, "cannot read the lines");
	buf_commit(&l->in, (size_t)n);
	l->ended = n == 0;
	return 0;
}

int lines_next(struct lines *l, const char **p, size_t *n, struct err *e)
{
	const char *end;

	while ((end = line_end(l)) == NULL && !l->ended) {
		if (more(l, e) == -1)
			return -1;
	}
	if (end == NULL && l->used == l->in.len)
		return 0;
	*p = l->in.data + l->used;
	*n = end != NULL ? (size_t)(end - *p) : l->in.len - l->used;
	l->used += *n + (end != NULL);
	l->number++;
	return 1;
}

bool lines_ready(const struct lines *l)
{
	struct pollfd pfd = { .fd = l->fd, .events = POLLIN };

	return l->ended || line_end(l) != NULL || poll(&pfd, 1, 0) != 0;
}
