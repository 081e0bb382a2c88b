/*
 * show: from the view to the listing.
 *
 * Rows are written as they come, unless an order or the latest N of them are wanted:
 * then they are kept, sorted and cut first.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/jobdoc.h"
#include "jobq.h"
#include "view/rows.h"

/* ---- a row out */

static void show(struct jobq *q, const struct job_row *row)
{
	struct jobdoc doc = { .row = row, .now = q->look.style.now,
	    .estimated_start = job_expected(&q->look.style, row) };

	q->shown++;
	if (q->output == AS_JOBLOG)
		joblog_row(q->rows, row);
	else if (q->output == AS_LIST)
		chosen_row(&q->chosen, &q->look.style, row, q->rows);
	else if (q->fields)
		chosen_json(&q->chosen, &q->look.style, row, &q->json);
	else
		jobdoc_write(&q->json, &doc);
	if (q->output == AS_JSONL) {
		json_newline(&q->json);
		json_init(&q->json, q->out);
	}
}

static int show_row(void *arg, const void *row)
{
	struct jobq *q = arg;

	show(q, row);
	return ferror(q->out) != 0;
}

/* ---- rows kept */

static int keep_row(void *arg, const void *row)
{
	struct jobq *q = arg;

	if (q->nkept == q->cap) {
		q->cap = q->cap ? q->cap * 2 : 256;
		q->kept = xreallocarray(q->kept, q->cap, sizeof(*q->kept));
	}
	q->kept[q->nkept++] = row_keep(q->kept_in, &table_jobs, row);
	return 0;
}

static void turn_round(const void **rows, size_t n)
{
	for (size_t i = 0; i < n / 2; i++) {
		const void *row = rows[i];

		rows[i] = rows[n - 1 - i];
		rows[n - 1 - i] = row;
	}
}

static void keep_last(struct jobq *q)
{
	size_t more = q->nkept > (size_t)q->limit ? q->nkept - (size_t)q->limit : 0;

	memmove(q->kept, q->kept + more, (q->nkept - more) * sizeof(*q->kept));
	q->nkept -= more;
}

/* An order, or the latest ones: all rows are needed before the first is shown. */
int jobq_keep(struct jobq *q, struct view *v, struct err *e)
{
	bool latest = q->limit && !q->order;
	struct order order;

	if (q->order && order_parse(&job_fields, q->order, &order, e) < 0)
		return -1;
	q->walk.filter.newest_first = latest && !q->walk.elements;
	q->walk.max = q->walk.filter.newest_first ? q->limit : 0;
	if (walk_jobs(v, &q->walk, keep_row, q, e) < 0)
		return -1;
	if (q->order)
		order_sort(&order, &q->look.style, q->kept, q->nkept);
	else if (q->walk.filter.newest_first)
		turn_round(q->kept, q->nkept);
	else if (latest)
		keep_last(q);
	if (q->limit && (size_t)q->limit < q->nkept)
		q->nkept = (size_t)q->limit;
	return 0;
}

/* ---- numbers by state */

static int count_row(void *arg, const void *p)
{
	const struct job_row *row = p;
	struct jobq *q = arg;

	q->shown++;
	q->counts[row->status]++;
	return 0;
}

static void count_list(struct jobq *q)
{
	static const struct list_column columns[] = {
		{ .title = "STATE" }, { .title = "JOBS", .right = true }
	};
	struct list *l = list_new(columns, 2, &q->list, q->out);
	char text[24];

	for (int s = 0; s <= JOB_CANCELLED; s++) {
		if (!(q->states.statuses & (1u << s)))
			continue;
		snprintf(text, sizeof(text), "%lld", (long long)q->counts[s]);
		list_cell(l, job_status_name((enum job_status)s));
		list_cell(l, text);
	}
	list_end(l);
	list_free(l);
}

static void count_json(struct jobq *q)
{
	json_object(&q->json, NULL);
	json_str(&q->json, "schema", JSON_SCHEMA);
	json_object(&q->json, "counts");
	for (int s = 0; s <= JOB_CANCELLED; s++) {
		if (q->states.statuses & (1u << s))
			json_int(&q->json, job_status_name((enum job_status)s), q->counts[s]);
	}
	json_close_list(&q->json);
}

static int count_show(struct jobq *q, struct view *v, struct err *e)
{
	for (int s = 0; s <= JOB_CANCELLED; s++)
		q->counts[s] = 0;
	if (walk_jobs(v, &q->walk, count_row, q, e) < 0)
		return -1;
	if (q->output == AS_LIST)
		count_list(q);
	else
		count_json(q);
	return 0;
}

/* ---- a listing */

static int list_jobs(struct jobq *q, struct view *v, struct err *e)
{
	bool lines = q->output == AS_LIST || q->output == AS_JOBLOG;
	int r;

	if (q->output == AS_JOBLOG)
		q->rows = list_new(joblog_columns, JOBLOG_COLUMNS, &q->list, q->out);
	else if (q->output == AS_LIST)
		q->rows = list_new(q->chosen.columns, q->chosen.n, &q->list, q->out);
	else if (q->output == AS_JSON)
		json_open_list(&q->json, "jobs");
	if (q->order || q->limit) {
		r = jobq_keep(q, v, e);
		for (size_t i = 0; r == 0 && i < q->nkept; i++)
			show(q, q->kept[i]);
	} else {
		r = walk_jobs(v, &q->walk, show_row, q, e);
	}
	if (r == 0 && lines)
		list_end(q->rows);
	else if (r == 0 && q->output == AS_JSON)
		json_close_list(&q->json);
	list_free(q->rows);
	q->rows = NULL;
	return r;
}

int jobq_show(struct jobq *q, struct view *v, struct err *e)
{
	struct forecast *f = NULL;
	int r;

	q->shown = q->nkept = 0;
	q->kept_in = arena_new();
	json_init(&q->json, q->out);
	q->json.lines = q->output == AS_JSON;
	if (q->start) {
		f = forecast_new(v, q->look.style.now, e);
		q->look.style.start_of = forecast_start;
		q->look.style.start_arg = f;
	}
	if (q->start && !f)
		r = -1;
	else if (q->count)
		r = count_show(q, v, e);
	else
		r = q->tree ? tree_show(q, v, e) : list_jobs(q, v, e);
	q->look.style.start_arg = NULL;
	forecast_free(f);
	arena_free(q->kept_in);
	return r;
}
