/* texts: strings that may be NULL; inside lib/core only. */
#ifndef CORE_TEXTS_H
#define CORE_TEXTS_H

#include <stdbool.h>
#include <stdint.h>

uint64_t hash_text(uint64_t h, const char *s);
bool same_text(const char *a, const char *b);
char *copy_text(const char *s);			/* the caller frees */
void set_text(char **to, const char *from);	/* *to is freed, and gets a copy */

#endif
