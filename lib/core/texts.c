/* texts: no string is another one than the empty string. */
#include "core/texts.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"

uint64_t hash_text(uint64_t h, const char *s)
{
	return s == NULL ? hash64(h, "", 0) + 1 : hash64(h, s, strlen(s));
}

bool same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

char *copy_text(const char *s)
{
	return s == NULL ? NULL : xstrdup(s);
}

void set_text(char **to, const char *from)
{
	free(*to);
	*to = copy_text(from);
}
