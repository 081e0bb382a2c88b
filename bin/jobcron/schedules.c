/*
 * schedules: list and show, and the words by which schedules are named.
 *
 * A schedule is s12, 12, or %name; names are looked up among the caller's own.
 */
#include <bsd/string.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "cli/sheet.h"
#include "msg/plan.h"
#include "jobcron.h"

int place_take(struct jobcron *j, struct err *e)
{
	if (place_open(j->look.spool, j->look.config, &j->spool, NULL, e) == -1)
		return -1;
	j->view = view_open(&j->spool, e);
	return j->view != NULL ? 0 : -1;
}

static int keep(void *arg, const void *row)
{
	struct jobcron *j = arg;

	if (j->nrows == j->cap) {
		j->cap = j->cap != 0 ? j->cap * 2 : 64;
		j->rows = xreallocarray(j->rows, j->cap, sizeof(*j->rows));
	}
	j->rows[j->nrows++] = row_keep(j->arena, &table_schedules, row);
	return 0;
}

int rows_read(struct jobcron *j, struct err *e)
{
	if (j->arena == NULL)
		j->arena = arena_new();
	j->nrows = 0;
	return view_schedules(j->view, keep, j, e);
}

bool schedule_mine(struct jobcron *j, const struct schedule_row *row)
{
	const char *me = view_me(j->view);

	return me == NULL || (row->user != NULL && strcmp(row->user, me) == 0);
}

static bool is_named(struct jobcron *j, const struct schedule_row *row, const char *word)
{
	int64_t id;

	if (*word == '%')
		return row->name != NULL && strcmp(row->name, word + 1) == 0 &&
		    schedule_mine(j, row);
	return schedule_target(word, &id, NULL) == 0 && id == row->id;
}

const struct schedule_row *row_find(struct jobcron *j, const char *word, struct err *e)
{
	int64_t id;

	if (*word != '%' && schedule_target(word, &id, e) == -1)
		return NULL;
	for (size_t i = j->nrows; i-- > 0;) {
		if (is_named(j, j->rows[i], word))
			return j->rows[i];
	}
	err_set(e, ERR_NOINPUT, "%.64s: no such schedule", word);
	return NULL;
}

/* ---- list */

static void time_cell(const struct jobcron *j, struct list *l, int64_t ms)
{
	char text[TIME_TEXT];

	time_text(&j->look.style, ms, text);
	list_cell(l, text);
}

static void row_list(const struct jobcron *j, struct list *l, const struct schedule_row *row)
{
	char id[24], runs[24];

	snprintf(id, sizeof(id), "s%" PRId64, row->id);
	snprintf(runs, sizeof(runs), "%" PRId64, row->runs);
	list_cell(l, id);
	list_cell(l, row->name);
	list_cell(l, row->user);
	list_cell(l, row->state);
	list_cell(l, row->expression);
	list_cell(l, row->zone);
	time_cell(j, l, row->next_at);
	list_cell(l, runs);
	list_cell(l, row->alert);
	list_cell(l, row->command != NULL ? row->command : row->detail);
}

static void row_json(struct json *out, const struct table *t, const void *row)
{
	json_object(out, NULL);
	for (const struct column *c = t->columns; c->name != NULL; c++) {
		if ((c->flags & COL_HIDDEN) == 0)
			json_column(out, c->name, c, row);
	}
	json_end(out);
}

static void line_end(struct jobcron *j, struct json *out)
{
	if (!j->jsonl)
		return;
	json_newline(out);
	json_init(out, stdout);
}

static int by_next(const void *a, const void *b)
{
	const struct schedule_row *x = *(struct schedule_row *const *)a;
	const struct schedule_row *y = *(struct schedule_row *const *)b;

	if (x->next_at != y->next_at)
		return x->next_at < y->next_at ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

static bool same_next(const struct jobcron *j, size_t a, size_t b)
{
	return a < j->nrows && b < j->nrows && j->rows[a]->next_at == j->rows[b]->next_at;
}

/* Leaves those that are due with another one, in the order of time. */
static void at_once_keep(struct jobcron *j)
{
	size_t kept = 0, n = 0;
	struct schedule_row **all;

	for (size_t i = 0; i < j->nrows; i++) {
		if (j->rows[i]->next_at != 0 && (j->all || schedule_mine(j, j->rows[i])))
			j->rows[n++] = j->rows[i];
	}
	j->nrows = n;
	if (n == 0)
		return;
	qsort(j->rows, n, sizeof(*j->rows), by_next);
	all = xcalloc(n, sizeof(*all));
	for (size_t i = 0; i < n; i++) {
		if (same_next(j, i, i + 1) || (i > 0 && same_next(j, i, i - 1)))
			all[kept++] = j->rows[i];
	}
	free(j->rows);
	j->rows = all;
	j->nrows = j->cap = kept;
}

static void list_json(struct jobcron *j)
{
	struct json out;

	json_init(&out, stdout);
	out.lines = j->json;
	if (j->json)
		json_open_list(&out, "schedules");
	for (size_t i = 0; i < j->nrows; i++) {
		if (!j->all && !schedule_mine(j, j->rows[i]))
			continue;
		row_json(&out, &table_schedules, j->rows[i]);
		line_end(j, &out);
	}
	if (j->json)
		json_close_list(&out);
}

int list_run(struct jobcron *j, char **words, struct err *e)
{
	static const struct list_column columns[] = {
		{ .title = "ID" }, { .title = "NAME", .text = true }, { .title = "USER" },
		{ .title = "STATE" }, { .title = "EXPRESSION" }, { .title = "ZONE" },
		{ .title = "NEXT" }, { .title = "RUNS", .right = true },
		{ .title = "ALERT" },
		{ .title = "COMMAND", .text = true },
	};
	struct list *l;

	if (words[0] != NULL)
		return err_set(e, ERR_USAGE, "list: it lists all; show tells of one");
	if (place_take(j, e) == -1 || rows_read(j, e) == -1)
		return -1;
	if (j->at_once)
		at_once_keep(j);
	if (j->json || j->jsonl) {
		list_json(j);
		return EXIT_OK;
	}
	j->list.columns = terminal_columns();
	l = list_new(columns, sizeof(columns) / sizeof(columns[0]), &j->list, stdout);
	for (size_t i = 0; i < j->nrows; i++) {
		if (j->all || schedule_mine(j, j->rows[i]))
			row_list(j, l, j->rows[i]);
	}
	list_end(l);
	list_free(l);
	return EXIT_OK;
}

/* ---- show */

static void line_time(const struct jobcron *j, const char *label, int64_t ms)
{
	char text[TIME_TEXT];

	time_text(&j->look.style, ms, text);
	sheet_line(stdout, label, text);
}

static void line_span(const char *label, int64_t ms)
{
	char text[32];

	dur_format((uint64_t)ms, text, sizeof(text));
	sheet_line(stdout, label, ms > 0 ? text : NULL);
}

static void line_number(const char *label, int64_t v)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, v);
	sheet_line(stdout, label, text);
}

static void line_alert(const struct jobcron *j, const struct schedule_row *row)
{
	char time[TIME_TEXT], text[TIME_TEXT + 64];

	time_text(&j->look.style, row->alert_at, time);
	snprintf(text, sizeof(text), "%.32s since %s", row->alert, time);
	sheet_line(stdout, "alert", text);
}

static void sheet_show(const struct jobcron *j, const struct schedule_row *row)
{
	printf("Schedule s%" PRId64 "\n", row->id);
	sheet_line(stdout, "name", row->name);
	sheet_line(stdout, "user", row->user);
	sheet_line(stdout, "state", row->state);
	sheet_line(stdout, "remark", row->detail);
	sheet_line(stdout, "expression", row->expression);
	sheet_line(stdout, "zone", row->zone);
	sheet_line(stdout, "catch up", row->catch_up);
	line_span("but none older", row->catch_up_window);
	sheet_line(stdout, "overlap", row->overlap);
	line_span("splay", row->splay);
	line_span("jitter", row->jitter);
	sheet_line(stdout, "calendar", row->calendar);
	sheet_line(stdout, "blackout", row->blackout);
	line_span("expected within", row->expect_by);
	line_span("silent at most", row->max_silence);
	if (row->alert != NULL)
		line_alert(j, row);
	line_time(j, "last success", row->success_at);
	line_time(j, "until", row->until_at);
	if (row->max_runs > 0)
		line_number("runs at most", row->max_runs);
	line_time(j, "next", row->next_at);
	line_number("runs", row->runs);
	sheet_line(stdout, "command", row->command);
	line_time(j, "created", row->created_at);
}

struct occurrences {
	const struct jobcron *j;
	struct list *list;
	struct json *json;
};

static int occurrence_show(void *arg, const void *p)
{
	const struct occurrence_row *o = p;
	const struct occurrences *all = arg;
	char job[24] = "", by[24] = "";

	if (all->json != NULL) {
		row_json(all->json, &table_occurrences, o);
		return 0;
	}
	if (o->job_id != 0)
		snprintf(job, sizeof(job), "%" PRId64, o->job_id);
	if (o->blocked_by != 0)
		snprintf(by, sizeof(by), "%" PRId64, o->blocked_by);
	time_cell(all->j, all->list, o->nominal_at);
	list_cell(all->list, o->outcome);
	list_cell(all->list, o->reason);
	list_cell(all->list, job);
	list_cell(all->list, by);
	list_cell(all->list, o->catch_up != 0 ? "yes" : "");
	return 0;
}

static int show_json(struct jobcron *j, const struct schedule_row *row,
    const struct occurrence_filter *f, struct err *e)
{
	struct json out;
	struct occurrences all = { j, NULL, &out };
	int r;

	json_init(&out, stdout);
	out.lines = true;
	json_open_list(&out, "schedules");
	row_json(&out, &table_schedules, row);
	json_end(&out);
	json_array(&out, "occurrences");
	r = view_occurrences(j->view, f, occurrence_show, &all, e);
	json_close_list(&out);
	return r;
}

int show_run(struct jobcron *j, char **words, struct err *e)
{
	static const struct list_column columns[] = {
		{ .title = "NOMINAL" }, { .title = "OUTCOME" }, { .title = "REASON", .text = true },
		{ .title = "JOB" }, { .title = "BLOCKED BY" }, { .title = "CATCH-UP" },
	};
	struct occurrence_filter f = { .limit = (size_t)(j->count != 0 ? j->count : 10) };
	struct occurrences all = { .j = j };
	const struct schedule_row *row;
	int r;

	if (words[0] == NULL || words[1] != NULL)
		return err_set(e, ERR_USAGE, "show: one schedule is needed");
	if (place_take(j, e) == -1 || rows_read(j, e) == -1 ||
	    (row = row_find(j, words[0], e)) == NULL)
		return -1;
	f.schedule = row->id;
	if (j->json || j->jsonl)
		return show_json(j, row, &f, e);
	sheet_show(j, row);
	putchar('\n');
	all.list = list_new(columns, 6, &j->list, stdout);
	r = view_occurrences(j->view, &f, occurrence_show, &all, e);
	list_end(all.list);
	list_free(all.list);
	return r;
}
