/*
 * export: one's own schedules as a crontab.
 *
 * What cron cannot do is written as a comment that says so.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "jobcron.h"

#define TEXT_BYTES ((size_t)4 << 20)

/* The command as a shell reads it: the text of `sh -c`, or its words, quoted. */
static int command_text(const struct schedule_row *row, const struct msg *m, struct buf *out)
{
	const char *words[3] = { NULL, NULL, NULL }, *w;
	size_t iter = 0, n = 0;

	while (m != NULL && (w = msg_next(m, F_ARG, &iter)) != NULL && n < 4) {
		if (n < 3)
			words[n] = w;
		n++;
	}
	if (n == 3 && strcmp(words[0], "/bin/sh") == 0 && strcmp(words[1], "-c") == 0)
		return buf_adds(out, words[2]);
	return buf_adds(out, row->command != NULL ? row->command : "");
}

/* The request, if it is for us to see. */
static struct msg *request_of(const struct schedule_row *row)
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

/* A bare % would be a line end. */
static void entry_write(const struct schedule_row *row, const char *command, const char *why)
{
	if (why != NULL)
		printf("# (%s) ", why);
	printf("%s ", row->expression);
	for (const char *s = command; *s != '\0'; s++)
		printf("%s%c", *s == '%' ? "\\" : "", *s == '\n' ? ' ' : *s);
	putchar('\n');
}

/* What stands above entries: each line when it differs from the one before. */
struct above {
	const char *zone;
	struct buf env;
};

/* Of what was a crontab, so that it comes back as the same; others have no variables here. */
static void env_write(struct above *a, const struct schedule_row *row, const struct msg *m)
{
	size_t iter = 0;
	const char *s;
	struct buf env;

	if (m == NULL || row->key == NULL || strncmp(row->key, CRONTAB_KEY, 8) != 0)
		return;
	buf_init(&env, TEXT_BYTES);
	while ((s = msg_next(m, F_ENV, &iter)) != NULL)
		(void)buf_addf(&env, "%s\n", s);
	if (env.len > 0 && (a->env.len != env.len || memcmp(a->env.data, env.data, env.len) != 0))
		fputs(env.data, stdout);
	buf_reset(&a->env);
	if (env.len > 0)
		(void)buf_add(&a->env, env.data, env.len);
	buf_release(&env);
}

static void row_export(struct above *a, const struct schedule_row *row)
{
	struct msg *m = request_of(row);
	struct buf command;

	buf_init(&command, TEXT_BYTES);
	(void)command_text(row, m, &command);
	if (a->zone == NULL || strcmp(a->zone, row->zone) != 0)
		printf("CRON_TZ=%s\n", row->zone);
	a->zone = row->zone;
	env_write(a, row, m);
	printf("# s%" PRId64 "%s%s\n", row->id, row->name != NULL ? " " : "",
	    row->name != NULL ? row->name : "");
	entry_write(row, command.data, obstacle(row, command.data));
	buf_release(&command);
	msg_free(m);
}

int export_run(struct jobcron *j, char **words, struct err *e)
{
	struct above above = { .zone = NULL };

	if (words[0] != NULL)
		return err_set(e, ERR_USAGE, "export: it writes all schedules");
	if (place_take(j, e) == -1 || rows_read(j, e) == -1)
		return -1;
	buf_init(&above.env, TEXT_BYTES);
	for (size_t i = 0; i < j->nrows; i++) {
		if (schedule_mine(j, j->rows[i]))
			row_export(&above, j->rows[i]);
	}
	buf_release(&above.env);
	return EXIT_OK;
}
