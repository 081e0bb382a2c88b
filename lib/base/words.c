/* words: owns how a line is cut; bounded, since lines come from anywhere. */
#include "base/words.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The characters of a quoted stretch behind its opening quote; NULL: it does not end. */
static const char *quoted(const char *p, const char *end, char quote, struct buf *word)
{
	for (; p < end && *p != quote; p++) {
		/* Within "..." a backslash is itself but before what it can protect. */
		if (quote == '"' && *p == '\\' && p + 1 < end && strchr("\\\"$`", p[1]) != NULL)
			p++;
		(void)buf_addc(word, *p);
	}
	return p < end ? p + 1 : NULL;
}

/* One word into `word`, which has room for the whole line; where it ends, or NULL. */
static const char *word_read(const char *p, const char *end, struct buf *word)
{
	while (p != NULL && p < end && !is_blank(*p)) {
		if (*p == '\'' || *p == '"') {
			p = quoted(p + 1, end, *p, word);
			continue;
		}
		if (*p == '\\' && p + 1 < end)
			p++;
		(void)buf_addc(word, *p++);
	}
	return p;
}

void words_add(struct words *w, const char *word)
{
	w->list = xreallocarray(w->list, w->n + 2, sizeof(*w->list));
	w->list[w->n++] = xstrdup(word);
	w->list[w->n] = NULL;
}

int words_split(const char *p, size_t n, struct words *w, struct err *e)
{
	const char *end = p + n;
	struct buf word;
	int r = 0;

	buf_init(&word, n);
	while (r == 0) {
		while (p < end && is_blank(*p))
			p++;
		if (p == end || *p == '#')
			break;
		buf_reset(&word);
		p = word_read(p, end, &word);
		if (p == NULL)
			r = err_set(e, ERR_DATA, "a quote that does not end");
		else if (w->n == WORDS_MAX)
			r = err_set(e, ERR_DATA, "too many words");
		else
			words_add(w, word.len > 0 ? word.data : "");
	}
	buf_release(&word);
	return r;
}

void words_release(struct words *w)
{
	for (size_t i = 0; i < w->n; i++)
		free(w->list[i]);
	free(w->list);
	*w = (struct words){ 0 };
}
