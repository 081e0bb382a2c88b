/*
 * words: the words of an enum, in order of its values; inside lib/core only.
 */
#ifndef CORE_WORDS_H
#define CORE_WORDS_H

#include <stddef.h>

/* The word of a value, which is below n. */
const char *words_name(const char *const *words, size_t n, unsigned value);

/* The value of a word, or -1: it is none of them. */
int words_value(const char *const *words, size_t n, const char *s);

#endif
