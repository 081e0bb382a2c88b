/* Tests base/alloc: the wrappers, the end when memory is gone, the arena. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "tap.h"

static void test_wrappers(void)
{
	char *s, *t;
	int *v;

	s = xmalloc(0);
	ok(s != NULL, "xmalloc(0) is a pointer");
	free(s);
	v = xcalloc(4, sizeof(*v));
	is_int(v[0] | v[3], 0, "xcalloc gives zeros");
	v = xreallocarray(v, 100, sizeof(*v));
	v[99] = 5;
	is_int(v[0], 0, "xreallocarray keeps what was there");
	free(v);
	free(xcalloc(0, 8));
	s = xreallocarray(NULL, 0, 8);
	ok(s != NULL, "xreallocarray of nothing is a pointer");
	free(s);
	s = xstrdup("hello");
	t = xstrndup(s, 3);
	is_str(s, "hello", "xstrdup");
	is_str(t, "hel", "xstrndup cuts");
	free(t);
	t = xstrndup(s, 99);
	is_str(t, "hello", "xstrndup stops at the end");
	free(t);
	t = xstrndup("abc", 0);
	is_str(t, "", "xstrndup of none is empty");
	free(t);
	t = xmemdup("a\0b", 3);
	ok(memcmp(t, "a\0b", 3) == 0, "xmemdup copies bytes");
	free(t);
	free(xmemdup(NULL, 0));
	t = xasprintf("%s-%d", s, 42);
	is_str(t, "hello-42", "xasprintf");
	free(t);
	free(s);
}

enum gone { GONE_MALLOC, GONE_CALLOC, GONE_REALLOC, GONE_ARENA, GONE_ARENA_WRAP };

/* The child asks for more than there can be; its stderr comes back in text. */
static int gone_status(enum gone how, char *text, size_t size)
{
	volatile size_t huge = PTRDIFF_MAX;
	int fds[2], status;
	ssize_t r;
	pid_t pid;

	if (pipe(fds) == -1)
		return -1;
	pid = fork();
	if (pid == 0) {
		dup2(fds[1], STDERR_FILENO);
		if (how == GONE_MALLOC)
			free(xmalloc(huge));
		else if (how == GONE_CALLOC)
			free(xcalloc(huge, 16));
		else if (how == GONE_REALLOC)
			free(xreallocarray(NULL, huge, 16));
		else if (how == GONE_ARENA)
			arena_alloc(arena_new(), huge);
		else
			arena_alloc(arena_new(), huge * 2 + 1);
		_exit(0);
	}
	close(fds[1]);
	r = read(fds[0], text, size - 1);
	text[r > 0 ? r : 0] = '\0';
	close(fds[0]);
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_gone(void)
{
	char text[256];

#ifdef __SANITIZE_ADDRESS__
	return;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
	return;		/* the sanitizer ends the program itself */
#endif
#endif
	is_int(gone_status(GONE_MALLOC, text, sizeof(text)), 71, "no memory ends with 71");
	is_str(text, "out of memory\n", "and says so in one line");
	is_int(gone_status(GONE_CALLOC, text, sizeof(text)), 71, "xcalloc: a product that wraps");
	is_int(gone_status(GONE_REALLOC, text, sizeof(text)), 71, "xreallocarray: the same");
	is_int(gone_status(GONE_ARENA, text, sizeof(text)), 71, "arena_alloc without memory");
	is_int(gone_status(GONE_ARENA_WRAP, text, sizeof(text)), 71, "arena_alloc of SIZE_MAX");
}

static void test_arena(void)
{
	struct arena *a = arena_new();
	size_t before = arena_size(a), i, n, bad = 0, unaligned = 0, dirty = 0;
	unsigned char *p[2000];

	ok(before > 0 && before < 256, "an empty arena is small");
	arena_free(NULL);
	for (i = 0; i < 2000; i++) {
		n = i % 97 == 0 ? 10000 + i : i % 50;
		p[i] = arena_alloc(a, n);
		unaligned += (uintptr_t)p[i] % 16 != 0;
		for (size_t k = 0; k < n; k++)
			dirty += p[i][k] != 0;
		memset(p[i], (int)(i & 0xff), n);
	}
	is_int(unaligned, 0, "all pieces are aligned");
	is_int(dirty, 0, "all pieces are zeroed");
	for (i = 0; i < 2000; i++) {
		n = i % 97 == 0 ? 10000 + i : i % 50;
		for (size_t k = 0; k < n; k++)
			bad += p[i][k] != (i & 0xff);
	}
	is_int(bad, 0, "no piece overlaps another");
	ok(arena_size(a) > 21 * 10000 && arena_size(a) < 500000, "arena_size counts chunks");
	ok(arena_alloc(a, 0) != arena_alloc(a, 0), "pieces of no length are distinct");
	arena_free(a);
}

static void test_arena_copies(void)
{
	struct arena *a = arena_new();
	char *big = arena_alloc(a, 5 << 20), *s;

	memset(big, 1, 5 << 20);
	s = arena_strdup(a, "text");
	is_str(s, "text", "arena_strdup");
	ok(arena_strdup(a, NULL) == NULL, "arena_strdup of NULL is NULL");
	ok(memcmp(arena_memdup(a, "x\0y", 3), "x\0y", 3) == 0, "arena_memdup");
	ok(arena_memdup(a, NULL, 0) != NULL, "arena_memdup of nothing");
	is_str(s, "text", "what was there stays");
	arena_free(a);
}

int main(void)
{
	test_wrappers();
	test_gone();
	test_arena();
	test_arena_copies();
	return tap_done();
}
