/*
 * sock: single transfers on a stream socket.
 *
 * Apart from conn.c, since <sys/socket.h> and msg/msg.h both have a MSG_BATCH.
 */
#ifndef CLIENT_SOCK_H
#define CLIENT_SOCK_H

#include <stddef.h>
#include <sys/types.h>

/* As write(2), without the signal when the other side has gone. */
ssize_t sock_write(int fd, const void *p, size_t n);

/* As read(2). */
ssize_t sock_read(int fd, void *p, size_t n);

#endif
