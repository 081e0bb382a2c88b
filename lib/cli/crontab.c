/*
 * crontab: lines of a crontab.
 *
 * Owns cron's grammar but for the expression itself (core/cron.h): what is a comment, a
 * variable or an entry, what a bare % does, and which variables are in force.
 */
#include "cli/crontab.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"

#define LINE_MAX_BYTES 100000
#define BLANKS " \t"
#define EVERY "@every"

struct reading {
	const struct crontab_reader *r;
	struct buf comment;
	char schedule[24];	/* "": no comment above names one */
	char **env;
	size_t nenv, wrong, line;
};

static void wrong(struct reading *in, const char *why)
{
	in->wrong++;
	in->r->wrong(in->r->arg, in->line, why);
}

const char *crontab_env(const struct crontab_entry *e, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = e->nenv; i-- > 0;) {
		if (strncmp(e->env[i], name, len) == 0 && e->env[i][len] == '=')
			return e->env[i] + len + 1;
	}
	return NULL;
}

/* ---- variables: NAME = VALUE, blanks around either, quotes around the value */

static size_t name_length(const char *s)
{
	size_t n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789");

	return *s >= '0' && *s <= '9' ? 0 : n;
}

static char *trim(char *s)
{
	size_t n;

	s += strspn(s, BLANKS);
	for (n = strlen(s); n > 0 && strchr(BLANKS "\r", s[n - 1]) != NULL; n--)
		s[n - 1] = '\0';
	if (n >= 2 && (*s == '"' || *s == '\'') && s[n - 1] == *s) {
		s[n - 1] = '\0';
		s++;
	}
	return s;
}

static bool variable(struct reading *in, char *s)
{
	size_t n = name_length(s);
	char *equals = s + n + strspn(s + n, BLANKS);

	if (n == 0 || *equals != '=')
		return false;
	in->env = xreallocarray(in->env, in->nenv + 1, sizeof(*in->env));
	in->env[in->nenv++] = xasprintf("%.*s=%s", (int)n, s, trim(equals + 1));
	return true;
}

/* "unset NAME": it is as if it had not stood above. */
static bool unset(struct reading *in, const char *s)
{
	size_t len, kept = 0;

	if (strncmp(s, CRONTAB_UNSET, strlen(CRONTAB_UNSET)) != 0)
		return false;
	s += strlen(CRONTAB_UNSET);
	len = name_length(s);
	if (len == 0 || s[len + strspn(s + len, BLANKS)] != '\0')
		return false;
	for (size_t i = 0; i < in->nenv; i++) {
		if (strncmp(in->env[i], s, len) == 0 && in->env[i][len] == '=')
			free(in->env[i]);
		else
			in->env[kept++] = in->env[i];
	}
	in->nenv = kept;
	return true;
}

/* ---- entries */

/* The word at *s, which is cut off there; *s goes to the next one. */
static char *word(char **s)
{
	char *first = *s;

	*s += strcspn(*s, BLANKS);
	if (**s != '\0')
		*(*s)++ = '\0';
	*s += strspn(*s, BLANKS);
	return *first != '\0' ? first : NULL;
}

static bool expression(char **s, struct buf *out)
{
	int n = strncmp(*s, EVERY " ", sizeof(EVERY)) == 0 ? 2 : **s == '@' ? 1 : 5;
	const char *w;

	for (int i = 0; i < n; i++) {
		if ((w = word(s)) == NULL)
			return false;
		(void)buf_addf(out, "%s%s", i > 0 ? " " : "", w);
	}
	return true;
}

/* The first bare % ends the command, further ones are line ends; \% is a %. */
static char *percent(char *s)
{
	char *to = s, *input = NULL;

	for (; *s != '\0'; s++) {
		if (*s == '\\' && s[1] == '%') {
			*to++ = *++s;
		} else if (*s == '%' && input == NULL) {
			*to++ = '\0';
			input = to;
		} else {
			*to++ = *s == '%' ? '\n' : *s;
		}
	}
	*to = '\0';
	return input;
}

static void entry(struct reading *in, char *s)
{
	struct crontab_entry e = { .line = in->line, .env = (const char *const *)in->env,
	    .nenv = in->nenv };
	struct buf text;

	buf_init(&text, LINE_MAX_BYTES);
	if (!expression(&s, &text)) {
		wrong(in, "there are not five fields, and it sets no variable");
	} else if (in->r->system && (e.user = word(&s)) == NULL) {
		wrong(in, "there is no user behind the fields");
	} else if (*s == '\0') {
		wrong(in, "there is no command");
	} else {
		e.expression = text.data;
		e.command = s;
		e.input = percent(s);
		e.schedule = in->schedule[0] != '\0' ? in->schedule : NULL;
		e.comment = in->comment.len > 0 ? in->comment.data : NULL;
		in->r->entry(in->r->arg, &e);
	}
	buf_release(&text);
}

/* "s12", and what may stand behind it. */
static bool names_schedule(struct reading *in, const char *s)
{
	size_t n = *s == 's' ? 1 + strspn(s + 1, "0123456789") : 0;

	if (n < 2 || n >= sizeof(in->schedule) || (s[n] != '\0' && strchr(BLANKS, s[n]) == NULL))
		return false;
	memcpy(in->schedule, s, n);
	in->schedule[n] = '\0';
	return true;
}

static void comment(struct reading *in, const char *s)
{
	s += strspn(s, "#");
	s += strspn(s, BLANKS);
	if (unset(in, s) || names_schedule(in, s))
		return;
	(void)buf_addf(&in->comment, "%s%s", in->comment.len > 0 ? "\n" : "", s);
}

static void line(struct reading *in, char *s)
{
	size_t n = strlen(s);

	if (n > 0 && s[n - 1] == '\r')
		s[n - 1] = '\0';
	s += strspn(s, BLANKS);
	if (*s == '#') {
		comment(in, s);
		return;
	}
	if (*s != '\0' && !variable(in, s))
		entry(in, s);
	buf_reset(&in->comment);
	in->schedule[0] = '\0';
}

size_t crontab_read(const char *text, size_t n, const struct crontab_reader *r)
{
	struct reading in = { .r = r };
	const char *end = text + n, *next;
	char *copy;

	buf_init(&in.comment, 4000);
	for (; text < end; text = next) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));

		next = stop != NULL ? stop + 1 : end;
		in.line++;
		if ((size_t)(next - text) > LINE_MAX_BYTES) {
			wrong(&in, "the line is too long");
			continue;
		}
		copy = xstrndup(text, (size_t)((stop != NULL ? stop : end) - text));
		line(&in, copy);
		free(copy);
	}
	for (size_t i = 0; i < in.nenv; i++)
		free(in.env[i]);
	free(in.env);
	buf_release(&in.comment);
	return in.wrong;
}

/* ---- and written */

static void text_write(struct buf *b, const char *s)
{
	for (; *s != '\0'; s++)
		(void)buf_addf(b, "%s%c", *s == '%' ? "\\" : "", *s);
}

int crontab_write(struct buf *b, const char *expression, const char *command, const char *input)
{
	if (strchr(command, '\n') != NULL)
		return -1;
	(void)buf_addf(b, "%s ", expression);
	text_write(b, command);
	for (const char *line = input, *next; line != NULL; line = next) {
		char *one = xstrndup(line, strcspn(line, "\n"));

		next = line[strlen(one)] == '\n' ? line + strlen(one) + 1 : NULL;
		(void)buf_addc(b, '%');
		text_write(b, one);
		free(one);
	}
	(void)buf_addc(b, '\n');
	return 0;
}
