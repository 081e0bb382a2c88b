/*
 * talk SOCKET [COUNT]: sends its standard input to a Unix socket and prints what
 * comes back, until the other side closes, COUNT lines have come, or 5 s pass.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/fdio.h"
#include "base/num.h"

#define WAIT_MS 5000

static size_t lines(const char *p, size_t n)
{
	size_t count = 0;

	for (; n > 0; p++, n--)
		count += *p == '\n';
	return count;
}

int main(int argc, char **argv)
{
	struct pollfd p = { .events = POLLIN };
	uint64_t want = UINT64_MAX, got = 0;
	char data[65536];
	struct buf in;
	struct err e;
	ssize_t n;

	buf_init(&in, 64u << 20);
	if (argc < 2 || (argc > 2 && num_u64(argv[2], 1, UINT64_MAX, &want, &e) == -1))
		return 64;
	p.fd = sock_connect(AT_FDCWD, argv[1], &e);
	if (p.fd == -1 || fd_read_all(STDIN_FILENO, &in, &e) == -1) {
		(void)fprintf(stderr, "talk: %s\n", e.text);
		return 1;
	}
	(void)signal(SIGPIPE, SIG_IGN);	/* who closes early may have said why */
	(void)fd_write_all(p.fd, in.data, in.len, &e);
	while (got < want && poll(&p, 1, WAIT_MS) == 1 &&
	    (n = read(p.fd, data, sizeof(data))) > 0) {
		got += lines(data, (size_t)n);
		(void)fwrite(data, 1, (size_t)n, stdout);
	}
	buf_release(&in);
	return 0;
}
