/*
 * nomem: to be preloaded.  In a process of the program $NOMEM_FOR the allocation number $NOMEM_AT
 * finds no memory, and the file $NOMEM_HIT is there from then on.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void *__libc_malloc(size_t n);		/* glibc's own, which ours stand in front of */
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);

static atomic_long made;

static bool refused(void)
{
	const char *name = getenv("NOMEM_FOR"), *at = getenv("NOMEM_AT"), *hit;

	if (name == NULL || at == NULL || strcmp(name, program_invocation_short_name) != 0)
		return false;
	if (atomic_fetch_add(&made, 1) + 1 != strtol(at, NULL, 10))
		return false;
	hit = getenv("NOMEM_HIT");
	if (hit != NULL)
		close(open(hit, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	errno = ENOMEM;
	return true;
}

void *malloc(size_t n)
{
	return refused() ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
	return refused() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
	return refused() ? NULL : __libc_realloc(p, n);
}
