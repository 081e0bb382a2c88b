/*
 * pump: a job's output on its way.
 *
 * Owns the read ends of the pipes and one buffer.  Promises that memory does not
 * grow with the output, and that a full disk loses nothing: the pipes are left
 * alone until there is room, and the job waits.  What the sink refuses for good is
 * counted as lost, since the job must not hang on a broken disk.
 */
#include "agent/pump.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

void pump_init(struct pump *p, const int fds[2], struct sink sink)
{
	p->fds[0] = fds[0];
	p->fds[1] = fds[1];
	p->bytes[0] = p->bytes[1] = p->lost = 0;
	p->sink = sink;
	p->stuck = false;
	p->stuck_stream = 0;
	p->from = p->to = 0;
	err_clear(&p->why);
}

static void end(struct pump *p, int which)
{
	close(p->fds[which]);
	p->fds[which] = -1;
}

/* Hands on what is in data. */
static void push(struct pump *p, int which)
{
	ssize_t n;

	p->stuck = false;
	while (p->from < p->to) {
		n = p->sink.fns == NULL ? (ssize_t)(p->to - p->from) :
		    p->sink.fns->write(p->sink.at, which + 1, p->data + p->from,
		    p->to - p->from, &p->why);
		if (n >= 0) {
			p->from += (size_t)n;
			p->bytes[which] += (size_t)n;
			continue;
		}
		if (p->why.code == ERR_AGAIN) {
			p->stuck = true;
			p->stuck_stream = which;
			return;
		}
		p->lost += p->to - p->from;
		p->from = p->to;
	}
}

void pump_move(struct pump *p, int which)
{
	ssize_t n;

	if (p->stuck || p->fds[which] == -1)
		return;
	n = read(p->fds[which], p->data, sizeof(p->data));
	if (n > 0) {
		p->from = 0;
		p->to = (size_t)n;
		push(p, which);
	} else if (n == 0 || (errno != EINTR && errno != EAGAIN)) {
		end(p, which);
	}
}

void pump_retry(struct pump *p)
{
	if (p->stuck)
		push(p, p->stuck_stream);
}

static bool is_ready(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	return poll(&pfd, 1, 0) == 1;
}

bool pump_drain(struct pump *p)
{
	pump_retry(p);
	for (int i = 0; i < 2; i++) {
		while (!p->stuck && p->fds[i] != -1 && is_ready(p->fds[i]))
			pump_move(p, i);
	}
	return !p->stuck;
}

void pump_give_up(struct pump *p)
{
	p->lost += p->to - p->from;
	p->from = p->to;
	p->stuck = false;
	p->sink.fns = NULL;
	for (int i = 0; i < 2; i++) {
		uint64_t before = p->bytes[i];

		while (p->fds[i] != -1 && is_ready(p->fds[i]))
			pump_move(p, i);
		p->lost += p->bytes[i] - before;
		p->bytes[i] = before;
	}
}

void pump_close(struct pump *p)
{
	for (int i = 0; i < 2; i++) {
		if (p->fds[i] != -1)
			end(p, i);
	}
}
