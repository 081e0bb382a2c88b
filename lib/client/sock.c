/*
 * sock: the two calls that need <sys/socket.h>.
 */
#include "client/sock.h"

#include <sys/socket.h>

ssize_t sock_write(int fd, const void *p, size_t n)
{
	return send(fd, p, n, MSG_NOSIGNAL);
}

ssize_t sock_read(int fd, void *p, size_t n)
{
	return recv(fd, p, n, 0);
}
