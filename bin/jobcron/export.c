/*
 * export: one's own schedules as a crontab, all of them or those that are one.
 *
 * Of all, what cron cannot do is written as a comment that says so.  Those that came from
 * a crontab are written so that reading them again makes the same of them: with their
 * variables and remarks, and the comment that names the schedule.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/words.h"
#include "cli/crontab.h"
#include "jobcron.h"

#define TEXT_BYTES ((size_t)4 << 20)
#define SHELL "SHELL="
#define SHELL_USUAL "/bin/sh"

/* What an entry says, taken from a request. */
struct shown {
	const char *shell;	/* NULL: the words are no shell's */
	struct buf command;
	const char *input;	/* points into command; NULL: none */
};

bool from_crontab(const struct schedule_row *row)
{
	return row->key != NULL && strncmp(row->key, CRONTAB_KEY, strlen(CRONTAB_KEY)) == 0;
}

/* { COMMAND\n} <<'END'\nINPUT\nEND: the input apart from the command. */
static void input_part(struct shown *s)
{
	static const char middle[] = CRONTAB_INPUT_MIDDLE, end[] = CRONTAB_INPUT_END;
	char *text = s->command.data, *at = text != NULL ? strstr(text, middle) : NULL;
	size_t len = s->command.len;

	if (at == NULL || strncmp(text, "{ ", 2) != 0 || len < strlen(end) ||
	    strcmp(text + len - strlen(end), end) != 0 ||
	    at + strlen(middle) > text + len - strlen(end))
		return;
	text[len - strlen(end)] = '\0';
	*at = '\0';
	s->input = at + strlen(middle);
	memmove(text, text + 2, (size_t)(at - text) - 1);
}

/* The command as a shell reads it: the text of `sh -c`, or its words, quoted. */
static void shown_take(const struct schedule_row *row, const struct msg *m, struct shown *s)
{
	const char *words[3] = { NULL, NULL, NULL }, *w;
	size_t iter = 0, n = 0;

	*s = (struct shown){ .shell = NULL };
	buf_init(&s->command, TEXT_BYTES);
	while (m != NULL && (w = msg_next(m, F_ARG, &iter)) != NULL && n < 4) {
		if (n < 3)
			words[n] = w;
		n++;
	}
	if (n == 3 && strcmp(words[1], "-c") == 0 &&
	    (strcmp(words[0], SHELL_USUAL) == 0 || from_crontab(row))) {
		s->shell = words[0];
		(void)buf_adds(&s->command, words[2]);
		input_part(s);
		return;
	}
	(void)buf_adds(&s->command, row->command != NULL ? row->command : "");
}

struct msg *row_request(const struct schedule_row *row)
{
	struct msg *m = NULL;
	size_t used;

	if (row->request != NULL)
		(void)msg_decode(row->request, (size_t)row->request_size, &m, &used, NULL);
	return m;
}

static const char *obstacle(const struct schedule_row *row, const char *command)
{
	const char *x = row->expression;

	if (strncmp(x, "@every", 6) == 0)
		return "cron has no @every";
	if (strpbrk(x, "H#L") != NULL && *x != '@')
		return "cron knows no H, L and #";
	if (strchr(command, '\n') != NULL)
		return "its command has several lines";
	if (strcmp(row->state, "active") != 0)
		return row->state;
	return NULL;
}

/* ---- what stands above entries: each line when it differs from what is in force */

struct above {
	FILE *out;
	const char *zone;
	struct words env;	/* NAME=VALUE as in force */
};

static bool same_name(const char *a, const char *b)
{
	size_t n = strcspn(a, "=");

	return strncmp(a, b, n + 1) == 0;
}

static const char *of_name(const struct words *env, const char *like)
{
	for (size_t i = 0; i < env->n; i++) {
		if (same_name(env->list[i], like))
			return env->list[i];
	}
	return NULL;
}

/* Blanks and quotes at the ends of a value need quotes around it. */
static void variable_write(FILE *out, const char *v)
{
	const char *value = strchr(v, '=') + 1;
	size_t n = strlen(value);
	bool bare = n == 0 || (strchr(" \t\"'", value[0]) == NULL &&
	    strchr(" \t\"'", value[n - 1]) == NULL);

	fprintf(out, bare ? "%.*s%s\n" : "%.*s\"%s\"\n", (int)(value - v), v, value);
}

/* The MAILTO that an entry was made with, if it was; all else is no crontab's. */
static void mail_want(struct words *want, const struct msg *m)
{
	static const char prefix[] = CRONTAB_NOTICE;
	size_t iter = 0, n = sizeof(prefix) - 1;
	struct buf line;
	const char *s;

	buf_init(&line, TEXT_BYTES);
	while (m != NULL && (s = msg_next(m, F_TELL, &iter)) != NULL) {
		if (strncmp(s, prefix, n) == 0)
			(void)buf_addf(&line, "%s%s", line.len > 0 ? "," : "MAILTO=", s + n);
	}
	if (line.len > 0)
		words_add(want, line.data);
	buf_release(&line);
}

static void env_write(struct above *a, const struct shown *s, const struct msg *m)
{
	struct words want = { 0 };
	size_t iter = 0;
	const char *v;

	if (s->shell != NULL && strcmp(s->shell, SHELL_USUAL) != 0) {
		char *line = xasprintf(SHELL "%s", s->shell);

		words_add(&want, line);
		free(line);
	}
	while (m != NULL && (v = msg_next(m, F_ENV, &iter)) != NULL)
		words_add(&want, v);
	mail_want(&want, m);
	for (size_t i = 0; i < a->env.n; i++) {
		if (of_name(&want, a->env.list[i]) == NULL)
			fprintf(a->out, "#" CRONTAB_UNSET "%.*s\n",
			    (int)strcspn(a->env.list[i], "="), a->env.list[i]);
	}
	for (size_t i = 0; i < want.n; i++) {
		const char *old = of_name(&a->env, want.list[i]);

		if (old == NULL || strcmp(old, want.list[i]) != 0)
			variable_write(a->out, want.list[i]);
	}
	words_release(&a->env);
	a->env = want;
}

static void comment_write(FILE *out, const char *text)
{
	for (const char *next; text != NULL; text = next) {
		size_t n = strcspn(text, "\n");

		fprintf(out, "# %.*s\n", (int)n, text);
		next = text[n] == '\n' ? text + n + 1 : NULL;
	}
}

static void line_write(FILE *out, const struct schedule_row *row, const struct shown *s)
{
	struct buf line;

	buf_init(&line, 2 * TEXT_BYTES);
	if (crontab_write(&line, row->expression, s->command.data, s->input) == 0) {
		fputs(line.data, out);
	} else {
		fprintf(out, "%s ", row->expression);
		for (const char *c = s->command.data; *c != '\0'; c++)
			putc(*c == '\n' ? ' ' : *c, out);
		putc('\n', out);
	}
	buf_release(&line);
}

/* tab: as part of a crontab, where all is written that can be written. */
static void row_write(struct above *a, const struct schedule_row *row, bool tab)
{
	struct msg *m = row_request(row);
	const char *why;
	struct shown s;

	shown_take(row, m, &s);
	why = tab ? NULL : obstacle(row, s.command.data);
	if (a->zone == NULL || strcmp(a->zone, row->zone) != 0)
		fprintf(a->out, "CRON_TZ=%s\n", row->zone);
	a->zone = row->zone;
	if (from_crontab(row))
		env_write(a, &s, m);
	fprintf(a->out, "# s%" PRId64 "%s%s", row->id, row->name != NULL ? " " : "",
	    row->name != NULL ? row->name : "");
	fprintf(a->out, tab && strcmp(row->state, "active") != 0 ? " (%s)\n" : "\n", row->state);
	comment_write(a->out, m != NULL ? msg_str(m, F_COMMENT) : NULL);
	if (why != NULL)
		fprintf(a->out, "# (%s) ", why);
	line_write(a->out, row, &s);
	buf_release(&s.command);
	msg_free(m);
}

void tab_write(struct jobcron *j, FILE *out, bool tab)
{
	struct above above = { .out = out };

	for (size_t i = 0; i < j->nrows; i++) {
		if (schedule_mine(j, j->rows[i]) && (!tab || from_crontab(j->rows[i])))
			row_write(&above, j->rows[i], tab);
	}
	words_release(&above.env);
}

static int print(struct jobcron *j, bool tab, struct err *e)
{
	if (place_take(j, e) == -1 || rows_read(j, e) == -1)
		return -1;
	tab_write(j, stdout, tab);
	return EXIT_OK;
}

int export_run(struct jobcron *j, char **words, struct err *e)
{
	if (words[0] != NULL)
		return err_set(e, ERR_USAGE, "export: it writes all schedules");
	return print(j, false, e);
}

int tab_print(struct jobcron *j, struct err *e)
{
	return print(j, true, e);
}
