/*
 * text: names that people choose, shell quoting, vis(3), and the nearest word.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* vis(3) encoding in which one line holds any bytes; unvis refuses what vis would not write. */
int vis_add(struct buf *b, const void *p, size_t n);
int unvis_add(struct buf *b, const char *p, size_t n);	/* -1 malformed or full */

/* A word as sh(1) reads it back to the same bytes; words are joined by blanks. */
int shell_quote(struct buf *b, const char *word);

/* Whether all of it is well-formed UTF-8. */
bool utf8_valid(const char *s, size_t n);

/* Appends s as a JSON string with its quotes; bytes that are no UTF-8 become U+FFFD. */
int json_quote(struct buf *b, const char *s, size_t n);

/* Replaces what could act on a terminal (controls, invalid UTF-8) by vis(3) marks. */
int safe_add(struct buf *b, const char *s, size_t n);

/* Letters, digits, '.', '_', '-', ':', '/', '@', '+': 1..max bytes, no '-' in front. */
bool name_valid(const char *s, size_t max);

/* The candidate nearest to word by edit distance, or NULL when none is near. */
const char *nearest_word(const char *word, const char *const *candidates, size_t n);

#endif
