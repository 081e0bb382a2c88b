/*
 * directives: finds the #JOB lines of a script and splits them into words.
 *
 * Owns the rule which lines count.  What the words mean is for submit.c.  Promises
 * bounds, as scripts come from anywhere: lines are counted before anything is
 * allocated for them.
 */
#include "cli/directives.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define MARK "#JOB"
#define MARK_LEN (sizeof(MARK) - 1)
#define LINE_MAX_BYTES 65536
#define LINES_MAX 1000

struct cursor {
	const char *at, *end;
	size_t line;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The next line without its end (LF, or CR LF as editors elsewhere write it); false: no more. */
static bool next_line(struct cursor *c, const char **line, size_t *len)
{
	const char *lf;

	if (c->at == c->end)
		return false;
	lf = memchr(c->at, '\n', (size_t)(c->end - c->at));
	*line = c->at;
	*len = (size_t)((lf ? lf : c->end) - c->at);
	c->at = lf ? lf + 1 : c->end;
	c->line++;
	if (*len > 0 && (*line)[*len - 1] == '\r')
		(*len)--;
	return true;
}

static bool is_directive(const char *line, size_t len)
{
	return len >= MARK_LEN && memcmp(line, MARK, MARK_LEN) == 0 &&
	    (len == MARK_LEN || is_blank(line[MARK_LEN]));
}

/* Neither empty nor a comment. */
static bool is_command(const char *line, size_t len)
{
	size_t i;

	for (i = 0; i < len && is_blank(line[i]); i++)
		;
	return i < len && line[i] != '#';
}

/* A line's words, behind its mark if it has one. */
static int line_take(struct directives *d, const char *line, size_t len, size_t number,
    struct err *e)
{
	struct directive *one;

	if (len > LINE_MAX_BYTES)
		return err_set(e, ERR_DATA, "line %zu: longer than %d bytes", number,
		    LINE_MAX_BYTES);
	if (memchr(line, '\0', len) != NULL)
		return err_set(e, ERR_DATA, "line %zu: holds a NUL byte", number);
	if (d->n == LINES_MAX)
		return err_set(e, ERR_DATA, "line %zu: more than %d lines of options", number,
		    LINES_MAX);
	d->list = xreallocarray(d->list, d->n + 1, sizeof(*d->list));
	one = &d->list[d->n++];
	*one = (struct directive){ .line = number };
	words_add(&one->words, MARK);
	if (words_split(line, len, &one->words, e) == -1)
		return err_prefix(e, "line %zu", number);
	return 0;
}

int directives_read(const char *text, size_t n, struct directives *d, struct err *e)
{
	struct cursor c = { text, text + n, 0 };
	const char *line;
	size_t len;
	bool command = false;

	*d = (struct directives){ 0 };
	while (next_line(&c, &line, &len)) {
		if (command && is_directive(line, len)) {
			d->late = c.line;
			break;
		}
		if (command)
			continue;
		if (is_directive(line, len) &&
		    line_take(d, line + MARK_LEN, len - MARK_LEN, c.line, e) == -1)
			return -1;
		command = is_command(line, len);
	}
	return 0;
}

int defaults_read(const char *text, size_t n, struct directives *d, struct err *e)
{
	struct cursor c = { text, text + n, 0 };
	const char *line;
	size_t len;

	*d = (struct directives){ 0 };
	while (next_line(&c, &line, &len)) {
		if (is_command(line, len) && line_take(d, line, len, c.line, e) == -1)
			return -1;
	}
	return 0;
}

void directives_release(struct directives *d)
{
	for (size_t i = 0; i < d->n; i++)
		words_release(&d->list[i].words);
	free(d->list);
	*d = (struct directives){ 0 };
}
