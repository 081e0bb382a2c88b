/*
 * buf: a growable byte buffer with a maximum that it gets at birth.
 *
 * Adding returns 0, or -1 (and the buffer is unchanged) when the maximum would
 * be passed.  data is NUL-terminated behind len whenever it is not NULL, so a
 * buffer of text is a C string.  Storage for `struct buf` is the caller's.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stddef.h>

struct buf {
	char *data;
	size_t len;
	size_t cap;
	size_t max;
};

void buf_init(struct buf *b, size_t max);
void buf_release(struct buf *b);		/* frees data; b is as after init */
void buf_reset(struct buf *b);			/* len 0, keeps the storage */
int buf_add(struct buf *b, const void *p, size_t n);
int buf_adds(struct buf *b, const char *s);
int buf_addc(struct buf *b, char c);
int buf_addf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
int buf_addv(struct buf *b, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));

/* Room for n more bytes at the end, or NULL; buf_commit says how many came. */
char *buf_reserve(struct buf *b, size_t n);
void buf_commit(struct buf *b, size_t n);

/* Drops the first n bytes (n <= len). */
void buf_consume(struct buf *b, size_t n);

/* Cuts back to len bytes (len <= b->len), as one does when a later piece failed. */
void buf_truncate(struct buf *b, size_t len);

/* Hands the storage to the caller, who frees it (never NULL); b is empty. */
char *buf_steal(struct buf *b);

#endif
