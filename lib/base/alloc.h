/*
 * alloc: small allocations that end the program when memory is gone.
 *
 * A job scheduler that is out of memory has one safe move: to stop and be
 * started again, since everything acknowledged is on disk.  So these print one
 * line to stderr and exit with 71.  Lengths that come from outside are bounded
 * by the caller before they get here.
 */
#ifndef BASE_ALLOC_H
#define BASE_ALLOC_H

#include <stddef.h>

void *xmalloc(size_t n);
void *xcalloc(size_t n, size_t size);
void *xreallocarray(void *p, size_t n, size_t size);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t n);
void *xmemdup(const void *p, size_t n);
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * arena: many small things that die together (a turn's mutations).
 * arena_alloc returns zeroed, 16-byte aligned memory that lives until
 * arena_free.  arena_strdup(a, NULL) is NULL.
 */
struct arena;
struct arena *arena_new(void);
void arena_free(struct arena *a);
void *arena_alloc(struct arena *a, size_t n);
char *arena_strdup(struct arena *a, const char *s);
void *arena_memdup(struct arena *a, const void *p, size_t n);
size_t arena_size(const struct arena *a);	/* bytes taken from the system */

#endif
