/* stream: bytes to and from the view's socket, with a deadline on silence. */
#ifndef VIEW_STREAM_H
#define VIEW_STREAM_H

#include "base/buf.h"
#include "base/err.h"

#define STREAM_SILENCE_MS 10000

/* Sends all of it; ERR_AGAIN: the other side reads nothing, ERR_UNAVAIL: it is gone. */
int stream_send(int fd, const char *p, size_t n, struct err *e);

/* Waits for some bytes and appends them; an end is ERR_UNAVAIL. */
int stream_receive(int fd, struct buf *in, struct err *e);

#endif
