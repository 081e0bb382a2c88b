/*
 * crowd: connections that are kept open, each submitting one job after the other.
 *
 *	crowd CONNECTIONS JOBS		into $JOB_SPOOL; acknowledged jobs a second
 *
 * Each has one request under way and sends the next when the answer has come.
 */
#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fdio.h"
#include "msg/msg.h"
#include "spool/spool.h"

#define MESSAGE_MAX 65536

struct member {
	struct buf in;
	long left;		/* to be sent */
};

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void ask(struct member *m, int fd)
{
	struct msg *request = msg_new(MSG_SUBMIT);
	struct uuid uuid;
	struct buf out;

	buf_init(&out, MESSAGE_MAX);
	uuid_new(&uuid);
	msg_add_uuid(request, F_UUID, &uuid);
	msg_add(request, F_ARG, "/bin/true");
	msg_add(request, F_CHDIR, "/");
	msg_encode(request, &out);
	if (write(fd, out.data, out.len) != (ssize_t)out.len)
		err(1, "send");
	msg_free(request);
	buf_release(&out);
	m->left--;
}

/* True: an answer has come. */
static bool answered(struct member *m, int fd)
{
	struct msg *reply;
	size_t used;
	char data[4096];
	ssize_t n = read(fd, data, sizeof(data));
	int r;

	if (n <= 0 || buf_add(&m->in, data, (size_t)n) == -1)
		errx(1, "jobd has closed a connection");
	r = msg_decode(m->in.data, m->in.len, &reply, &used, NULL);
	if (r == 0)
		return false;
	if (r == -1 || msg_type(reply) != MSG_OK)
		errx(1, "refused: %s", r == 1 ? msg_str(reply, F_TEXT) : "no message");
	msg_free(reply);
	buf_consume(&m->in, used);
	return true;
}

static void begin(struct member *m, struct pollfd *p, const char *spool, long jobs)
{
	struct err e;
	int dir = open(spool, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	p->fd = dir != -1 ? sock_connect(dir, SPOOL_SOCK, &e) : -1;
	if (p->fd == -1)
		errx(1, "%s: cannot connect", spool);
	close(dir);
	p->events = POLLIN;
	buf_init(&m->in, MESSAGE_MAX);
	m->left = jobs;
	ask(m, p->fd);
}

int main(int argc, char **argv)
{
	size_t n = argc == 3 ? strtoul(argv[1], NULL, 10) : 0;
	long jobs = argc == 3 ? strtol(argv[2], NULL, 10) : 0, open = (long)n;
	const char *spool = getenv("JOB_SPOOL");
	struct member *crowd = xcalloc(n + 1, sizeof(*crowd));
	struct pollfd *polls = xcalloc(n + 1, sizeof(*polls));
	double began = now_s();

	if (n == 0 || spool == NULL || jobs < (long)n)
		errx(1, "usage: JOB_SPOOL=... crowd CONNECTIONS JOBS");
	for (size_t i = 0; i < n; i++)
		begin(&crowd[i], &polls[i], spool, jobs / (long)n);
	while (open > 0) {
		if (poll(polls, n, 10000) <= 0)
			errx(1, "jobd does not answer");
		for (size_t i = 0; i < n; i++) {
			if (polls[i].revents == 0 || !answered(&crowd[i], polls[i].fd))
				continue;
			if (crowd[i].left > 0) {
				ask(&crowd[i], polls[i].fd);
				continue;
			}
			close(polls[i].fd);
			polls[i].fd = -1;
			buf_release(&crowd[i].in);
			open--;
		}
	}
	printf("%.0f\n", (double)(jobs / (long)n * (long)n) / (now_s() - began));
	free(crowd);
	free(polls);
	return 0;
}
