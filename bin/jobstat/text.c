/*
 * text: a job for people: its record, or the parts of it that were asked for.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/events.h"
#include "cli/field.h"
#include "cli/sheet.h"
#include "jobstat.h"
#include "view/source.h"
#include "view/why.h"

static void print_line(const char *text)
{
	text_print(stdout, text, strlen(text));
	putchar('\n');
}

static void print_script(const struct jobstat *s)
{
	size_t n, iter = 0;
	const char *body = msg_body(s->launch, &n), *word;
	struct buf b;

	if (body && msg_flag(s->launch, F_SCRIPT)) {
		text_print(stdout, body, n);
		return;
	}
	buf_init(&b, LAUNCH_BYTES);
	while ((word = msg_next(s->launch, F_ARG, &iter)) != NULL)
		shell_quote(&b, word);
	print_line(b.len ? b.data : "");
	buf_release(&b);
}

static void print_env(const struct jobstat *s)
{
	const char *word;
	size_t iter = 0;

	while ((word = msg_next(s->launch, F_ENV, &iter)) != NULL)
		print_line(word);
}

static void print_execs(const struct jobstat *s, const char *fields)
{
	struct list_options o = { .columns = terminal_columns() };
	struct chosen c;
	struct list *l;

	if (s->rec.nexecs == 0 || chosen_parse(&exec_fields, fields, &c, NULL) < 0)
		return;
	l = list_new(c.columns, c.n, &o, stdout);
	for (size_t i = 0; i < s->rec.nexecs; i++)
		chosen_row(&c, &s->look.style, &s->rec.execs[i], l);
	list_end(l);
	list_free(l);
	chosen_release(&c);
}

/* Most jobs have nothing that came too late, and no column for it. */
static const char *attempt_fields(const struct jobstat *s)
{
	for (size_t i = 0; i < s->rec.nexecs; i++)
		if (s->rec.execs[i].late_result != NULL)
			return EXEC_FIELDS_LATE;
	return EXEC_FIELDS;
}

struct event_list {
	const struct style *style;
	struct list *list;
};

static void print_event(void *arg, const struct job_event *ev)
{
	const struct event_list *l = arg;
	char at[TIME_TEXT], execution[24] = "";

	time_text(l->style, ev->at, at);
	if (ev->exec != NULL)
		snprintf(execution, sizeof(execution), "%" PRId64, ev->exec->execution);
	list_cell(l->list, at);
	list_cell(l->list, ev->name);
	list_cell(l->list, execution);
	list_cell(l->list, ev->exec != NULL && ev->exec->worker != NULL ? ev->exec->worker : "");
	list_cell(l->list, ev->text);
}

static void print_events(const struct jobstat *s)
{
	static const struct list_column columns[] = {
		{ "TIME", 0, false, false }, { "EVENT", 0, false, false },
		{ "EXEC", 0, true, false }, { "WORKER", 0, false, false },
		{ "WHAT", 0, false, true },
	};
	struct list_options o = { .columns = terminal_columns() };
	struct event_list l = { &s->look.style, list_new(columns,
	    sizeof(columns) / sizeof(columns[0]), &o, stdout) };

	events_each(s->rec.job, s->rec.execs, s->rec.nexecs, print_event, &l);
	list_end(l.list);
	list_free(l.list);
}

static void print_why(void *arg, const struct why *w)
{
	const struct jobstat *s = arg;
	char until[TIME_TEXT];

	time_text(&s->look.style, w->until, until);
	printf("  %-20s ", w->sooner ? "(sooner)" : reason_name(w->reason));
	text_line(stdout, w->text);
	if (until[0])
		printf(" (until %s)", until);
	putchar('\n');
}

static int print_whys(struct jobstat *s, struct err *e)
{
	const struct job_row *job = s->rec.job;
	struct buf b;

	buf_init(&b, 1000);
	sheet_state(job, &b);
	printf("Job %" PRId64 " is %s%s\n", job->id, b.data,
	    job->status == JOB_QUEUED ? "; it waits for:" : ".");
	buf_release(&b);
	return why_ask(s->v, &s->rec, s->look.style.now, print_why, s, e);
}

char *output_path(struct jobstat *s, const struct exec_row *x, const char *stream)
{
	struct source src;
	struct buf path;
	char *text = NULL;

	buf_init(&path, 1 << 16);
	if (source_open(&src, s->v, s->rec.job, x, stream, NULL) == 0) {
		source_path(&src, &path);
		text = path.len ? buf_steal(&path) : NULL;
		source_close(&src);
	}
	buf_release(&path);
	return text;
}

static void print_sheet(struct jobstat *s)
{
	const struct record *r = &s->rec;
	struct sheet sheet = { .style = &s->look.style, .job = r->job, .deps = r->deps,
	    .parents = r->parents, .ndeps = r->ndeps, .dependents = r->dependents,
	    .ndependents = r->ndependents };
	char *out = NULL, *err = NULL;

	if (r->nexecs > 0) {
		sheet.last = &r->execs[r->nexecs - 1];
		sheet.out_path = out = output_path(s, sheet.last, "stdout");
		sheet.err_path = err = output_path(s, sheet.last, "stderr");
	}
	sheet_print(stdout, &sheet);
	free(out);
	free(err);
}

int record_print(struct jobstat *s, struct err *e)
{
	bool parts = s->why || s->prio || s->attempts || s->events || s->script || s->env ||
	    s->usage;

	if (s->shown++ > 0 && !s->script && !s->env)
		putchar('\n');
	if (!parts)
		print_sheet(s);
	if (s->why && print_whys(s, e) < 0)
		return -1;
	if (s->prio && prio_print(s, e) < 0)
		return -1;
	if (s->attempts)
		print_execs(s, attempt_fields(s));
	if (s->events)
		print_events(s);
	if (s->usage)
		print_execs(s, EXEC_FIELDS_USAGE);
	if (s->script)
		print_script(s);
	if (s->env)
		print_env(s);
	return 0;
}
