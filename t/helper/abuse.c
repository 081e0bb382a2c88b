/*
 * abuse SOCKET HOW [N]: a client that misbehaves, until it is killed.
 *
 *	silent N	N connections that say nothing
 *	drip		a request of which a byte comes each second; the text is stdin
 *	garbage		connections that send random bytes, one after the other
 *	flood N		the request on stdin N times on one connection, no answer is read
 */
#include <bsd/stdlib.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fdio.h"
#include "base/num.h"

struct abuse {
	const char *socket;
	uint64_t n;
	struct buf request;
};

static int enter(const struct abuse *a)
{
	struct err e;
	int fd = sock_connect(AT_FDCWD, a->socket, &e);

	if (fd == -1)
		(void)fprintf(stderr, "abuse: %s\n", e.text);
	return fd;
}

static void silent(struct abuse *a)
{
	for (uint64_t i = 0; i < a->n; i++)
		(void)enter(a);
}

static void drip(struct abuse *a)
{
	int fd = enter(a);

	for (size_t i = 0; i < a->request.len; i++) {
		if (write(fd, a->request.data + i, 1) != 1)
			return;
		(void)sleep(1);
	}
}

static void garbage(struct abuse *a)
{
	char data[65536];

	for (;;) {
		int fd = enter(a);

		if (fd == -1)
			return;
		arc4random_buf(data, sizeof(data));
		(void)fd_write_all(fd, data, sizeof(data), NULL);
		close(fd);
		(void)usleep(1000);
	}
}

static void flood(struct abuse *a)
{
	int fd = enter(a);

	for (uint64_t i = 0; i < a->n; i++) {
		if (fd_write_all(fd, a->request.data, a->request.len, NULL) == -1)
			return;
	}
}

static const struct {
	const char *name;
	void (*fn)(struct abuse *a);
	bool reads;
} ways[] = {
	{ "silent", silent, false }, { "drip", drip, true }, { "garbage", garbage, false },
	{ "flood", flood, true },
};

int main(int argc, char **argv)
{
	struct abuse a = { .socket = argv[1], .n = 1 };
	size_t i = 0, count = sizeof(ways) / sizeof(ways[0]);
	struct err e;

	while (argc > 2 && i < count && strcmp(ways[i].name, argv[2]) != 0)
		i++;
	if (argc < 3 || i == count || (argc > 3 && num_u64(argv[3], 1, 100000, &a.n, &e) == -1))
		return 64;
	buf_init(&a.request, 1u << 20);
	if (ways[i].reads && fd_read_all(STDIN_FILENO, &a.request, &e) == -1) {
		(void)fprintf(stderr, "abuse: %s\n", e.text);
		return 1;
	}
	(void)signal(SIGPIPE, SIG_IGN);
	ways[i].fn(&a);
	(void)pause();
	return 0;
}
