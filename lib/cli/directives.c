/*
 * directives: finds the #JOB lines of a script and splits them into words.
 *
 * Owns the rule which lines count and how a line is cut.  What the words mean is
 * for submit.c.  Promises bounds on everything, as scripts come from anywhere:
 * lines and words are counted before anything is allocated for them.
 */
#include "cli/directives.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"

#define MARK "#JOB"
#define MARK_LEN (sizeof(MARK) - 1)
#define LINE_MAX_BYTES 65536
#define LINES_MAX 1000
#define WORDS_MAX 1000		/* in a line */

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

static int line_split(const char *p, const char *end, struct directive *d, struct err *e)
{
	struct buf word;
	int r = 0;

	buf_init(&word, LINE_MAX_BYTES);
	for (;;) {
		while (p < end && is_blank(*p))
			p++;
		if (p == end || *p == '#')
			break;
		buf_reset(&word);
		p = word_read(p, end, &word);
		if (p == NULL || d->argc == WORDS_MAX) {
			r = err_set(e, ERR_DATA, "line %zu: %s", d->line, p == NULL ?
			    "a quote that does not end" : "too many words");
			break;
		}
		d->argv = xreallocarray(d->argv, (size_t)d->argc + 2, sizeof(*d->argv));
		d->argv[d->argc++] = xstrndup(word.len > 0 ? word.data : "", word.len);
		d->argv[d->argc] = NULL;
	}
	buf_release(&word);
	return r;
}

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
	*one = (struct directive){ .line = number, .argc = 1 };
	one->argv = xcalloc(2, sizeof(*one->argv));
	one->argv[0] = xstrdup(MARK);
	return line_split(line + MARK_LEN, line + len, one, e);
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
		if (is_directive(line, len) && line_take(d, line, len, c.line, e) == -1)
			return -1;
		command = is_command(line, len);
	}
	return 0;
}

void directives_release(struct directives *d)
{
	for (size_t i = 0; i < d->n; i++) {
		for (int j = 0; j < d->list[i].argc; j++)
			free(d->list[i].argv[j]);
		free(d->list[i].argv);
	}
	free(d->list);
	*d = (struct directives){ 0 };
}
