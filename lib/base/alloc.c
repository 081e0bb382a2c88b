/*
 * alloc: allocations that cannot fail, and the arena.
 *
 * Owns the one exit of the libraries: out of memory ends the program with 71.
 * Promises a pointer that is not NULL, also for a length of 0.
 */
#include "base/alloc.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXIT_OS 71
#define ARENA_ALIGN 16
#define ARENA_CHUNK_MIN ((size_t)4 << 10)
#define ARENA_CHUNK_MAX ((size_t)1 << 20)

struct chunk {
	struct chunk *next;
	size_t size;	/* of data */
	size_t used;
	size_t pad;	/* keeps data on a multiple of ARENA_ALIGN */
	unsigned char data[];
};

struct arena {
	struct chunk *head;	/* the chunk that is being filled, then the older ones */
	size_t total;
	size_t next_size;
};

_Static_assert(offsetof(struct chunk, data) % ARENA_ALIGN == 0, "arena alignment");

/* Neither stdio nor atexit handlers may run here: they allocate. */
static _Noreturn void out_of_memory(void)
{
	static const char msg[] = "out of memory\n";

	if (write(STDERR_FILENO, msg, sizeof(msg) - 1) == -1)
		_exit(EXIT_OS);
	_exit(EXIT_OS);
}

void *xmalloc(size_t n)
{
	void *p = malloc(n > 0 ? n : 1);

	if (p == NULL)
		out_of_memory();
	return p;
}

void *xcalloc(size_t n, size_t size)
{
	void *p;

	if (n == 0 || size == 0)
		n = size = 1;
	p = calloc(n, size);
	if (p == NULL)
		out_of_memory();
	return p;
}

void *xreallocarray(void *p, size_t n, size_t size)
{
	if (n == 0 || size == 0)
		n = size = 1;
	p = reallocarray(p, n, size);
	if (p == NULL)
		out_of_memory();
	return p;
}

char *xstrdup(const char *s)
{
	return xmemdup(s, strlen(s) + 1);
}

char *xstrndup(const char *s, size_t n)
{
	size_t len = strnlen(s, n);
	char *p;

	if (len == SIZE_MAX)
		out_of_memory();
	p = xmalloc(len + 1);
	memcpy(p, s, len);
	p[len] = '\0';
	return p;
}

void *xmemdup(const void *p, size_t n)
{
	void *q = xmalloc(n);

	if (n > 0)
		memcpy(q, p, n);
	return q;
}

char *xasprintf(const char *fmt, ...)
{
	va_list ap;
	char *s;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&s, fmt, ap);
	va_end(ap);
	if (n == -1)
		out_of_memory();
	return s;
}

struct arena *arena_new(void)
{
	struct arena *a = xcalloc(1, sizeof(*a));

	a->next_size = ARENA_CHUNK_MIN;
	return a;
}

void arena_free(struct arena *a)
{
	struct chunk *c, *next;

	if (a == NULL)
		return;
	for (c = a->head; c != NULL; c = next) {
		next = c->next;
		free(c);
	}
	free(a);
}

static struct chunk *chunk_new(struct arena *a, size_t size)
{
	struct chunk *c;

	if (size > SIZE_MAX - sizeof(*c))
		out_of_memory();
	c = xcalloc(1, sizeof(*c) + size);
	c->size = size;
	a->total += sizeof(*c) + size;
	return c;
}

/* What is large gets a chunk of its own, behind the one that is being filled. */
static void *arena_alloc_large(struct arena *a, size_t n)
{
	struct chunk *c = chunk_new(a, n);

	c->used = n;
	if (a->head == NULL) {
		a->head = c;
	} else {
		c->next = a->head->next;
		a->head->next = c;
	}
	return c->data;
}

void *arena_alloc(struct arena *a, size_t n)
{
	struct chunk *c = a->head;
	void *p;

	if (n > SIZE_MAX - ARENA_ALIGN)
		out_of_memory();
	n = n == 0 ? ARENA_ALIGN : (n + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
	if (c == NULL || n > c->size - c->used) {
		if (n > a->next_size / 4)
			return arena_alloc_large(a, n);
		c = chunk_new(a, a->next_size);
		c->next = a->head;
		a->head = c;
		if (a->next_size < ARENA_CHUNK_MAX)
			a->next_size *= 2;
	}
	p = c->data + c->used;
	c->used += n;
	return p;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return s == NULL ? NULL : arena_memdup(a, s, strlen(s) + 1);
}

void *arena_memdup(struct arena *a, const void *p, size_t n)
{
	void *q = arena_alloc(a, n);

	if (n > 0)
		memcpy(q, p, n);
	return q;
}

size_t arena_size(const struct arena *a)
{
	return a->total + sizeof(*a);
}
