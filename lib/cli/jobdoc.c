/*
 * jobdoc: a job as JSON.
 *
 * Owns which of a job's columns stand together (resources, scheduling, retry) and
 * what is computed beside them.  Names and values of columns are json.c's and the
 * tables': a new column appears here by itself.
 */
#include "cli/jobdoc.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "base/amounts.h"
#include "cli/value.h"
#include "core/elements.h"

#define COLUMNS_MAX 128

struct group {
	const char *name;
	const char *columns[8];
	const struct column *found[8];	/* looked up when they are first needed */
};

static struct group groups[] = {
	{ "resources", { "cpu_cores", "memory_gb", "disk_gb", "gpu_count", "bandwidth_mbps" },
	    { NULL } },
	{ "scheduling", { "priority", "max_execution_time", "begin_at" }, { NULL } },
	{ "retry", { "max_retries", "retry_policy", "retry_delay_seconds" }, { NULL } },
};

#define GROUPS (sizeof(groups) / sizeof(groups[0]))

/* Columns in which 0 is "none", though the table cannot say so; and what is said elsewhere. */
static const char *const zero_is_none[] = { "rerun_of", "caused_by", NULL };
static const char *const elsewhere[] = { "tags", "executions", "array_id", "array_index",
	"array_spec", "array_limit", "array_halt", "array_states", "array_exits", NULL };
static const char *const exec_elsewhere[] = { "job_id", "execution", "max_rss", NULL };

static bool among(const char *const *names, const char *name)
{
	for (; *names; names++) {
		if (strcmp(*names, name) == 0)
			return true;
	}
	return false;
}

enum place { AT_TOP, AT_TOP_NO_ZERO, NOT_HERE };

static enum place place_of(const struct column *c)
{
	if ((c->flags & COL_HIDDEN) || c->kind == COL_BLOB || among(elsewhere, c->name))
		return NOT_HERE;
	for (size_t i = 0; i < GROUPS; i++) {
		if (among(groups[i].columns, c->name))
			return NOT_HERE;
	}
	return among(zero_is_none, c->name) ? AT_TOP_NO_ZERO : AT_TOP;
}

/* Where each column of table_jobs stands, worked out once: long lists are made of this. */
static const enum place *places(void)
{
	static enum place list[COLUMNS_MAX];
	static bool known;

	for (size_t i = 0; !known && table_jobs.columns[i].name; i++) {
		assert(i < COLUMNS_MAX);
		list[i] = place_of(&table_jobs.columns[i]);
	}
	known = true;
	return list;
}

static void put_job_columns(struct json *j, const struct job_row *row)
{
	const enum place *place = places();

	for (const struct column *c = table_jobs.columns; c->name; c++, place++) {
		if (*place == AT_TOP_NO_ZERO && column_int(c, row) == 0)
			json_null(j, c->name);
		else if (*place != NOT_HERE)
			json_column(j, c->name, c, row);
	}
}

static void put_group(struct json *j, struct group *g, const struct job_row *row)
{
	json_object(j, g->name);
	for (size_t i = 0; g->columns[i]; i++) {
		if (!g->found[i])
			g->found[i] = table_column(&table_jobs, g->columns[i]);
		json_column(j, g->columns[i], g->found[i], row);
	}
	if (strcmp(g->name, "scheduling") == 0) {
		if (row->deadline_at)
			json_thousandths(j, "timeout_seconds", row->deadline_at - row->created_at);
		else
			json_null(j, "timeout_seconds");
	}
	json_end(j);
}

static void put_deps(struct json *j, const struct jobdoc *d)
{
	json_array(j, "dependencies");
	for (size_t i = 0; i < d->ndeps; i++) {
		json_object(j, NULL);
		json_int(j, "job_id", d->deps[i].parent_id);
		json_str(j, "dependency_type", col_word(COL_DEPTYPE, d->deps[i].type));
		if (d->deps[i].delay > 0)
			json_thousandths(j, "delay_seconds", d->deps[i].delay);
		json_str(j, "state", col_word(COL_DEPSTATE, d->deps[i].state));
		json_end(j);
	}
	json_end(j);
}

static void put_counts(struct json *j, const char *key, const char *counts)
{
	struct amount a;
	char name[AMOUNT_NAME_MAX + 1];

	json_object(j, key);
	while (amounts_next(&counts, &a)) {
		snprintf(name, sizeof(name), "%.*s", (int)a.len, a.name);
		json_int(j, name, a.n);
	}
	json_end(j);
}

/* What it was asked to be, and what became of its elements; or which element it is. */
static void put_array(struct json *j, const struct job_row *row)
{
	if (row->array_id == 0) {
		json_null(j, "array");
		return;
	}
	json_object(j, "array");
	json_int(j, "array_id", row->array_id);
	json_str(j, "indices", row->array_spec);
	if (row_is_element(row)) {
		json_int(j, "index", row->array_index);
	} else {
		if (row->array_limit > 0)
			json_int(j, "max_running", row->array_limit);
		else
			json_null(j, "max_running");
		json_str(j, "halt", row->array_halt);
		put_counts(j, "elements", row->array_states);
		put_counts(j, "exit_statuses", row->array_exits);
	}
	json_end(j);
}

static void put_exec_id(struct json *j, const struct exec_row *x)
{
	char id[48];

	snprintf(id, sizeof(id), "%" PRId64 ".%" PRId64, x->job_id, x->execution);
	json_str(j, "execution_id", id);
}

static void put_duration(struct json *j, const struct exec_row *x, int64_t now)
{
	int64_t ms = x->duration;

	if (ms == 0 && x->started_at && x->completed_at == 0)
		ms = now > x->started_at ? now - x->started_at : 0;
	if (x->started_at)
		json_int(j, "duration_ms", ms);
	else
		json_null(j, "duration_ms");
}

static void put_current(struct json *j, const struct jobdoc *d)
{
	const struct exec_row *x;

	if (d->nexecs == 0) {
		json_null(j, "current_execution");
		return;
	}
	x = &d->execs[d->nexecs - 1];
	json_object(j, "current_execution");
	put_exec_id(j, x);
	json_int(j, "attempt", x->attempt);
	json_str(j, "worker_node_id", x->worker);
	json_str(j, "status", col_word(COL_STATUS, x->status));
	json_time(j, "started_at", x->started_at);
	put_duration(j, x, d->now);
	json_end(j);
}

static void put_url(struct json *j, const struct jobdoc *d, const struct exec_row *x,
    const char *key, const char *stream)
{
	char url[8192] = "";

	if (d->log_url)
		d->log_url(d->arg, x, stream, url, sizeof(url));
	json_str(j, key, url[0] ? url : NULL);
}

static void put_exec(struct json *j, const struct jobdoc *d, const struct exec_row *x)
{
	json_object(j, NULL);
	put_exec_id(j, x);
	for (const struct column *c = table_executions.columns; c->name; c++) {
		if (strcmp(c->name, "duration_ms") == 0)
			put_duration(j, x, d->now);
		else if (!(c->flags & COL_HIDDEN) && !among(exec_elsewhere, c->name))
			json_column(j, c->name, c, x);
	}
	if (x->max_rss)
		json_1024ths(j, "max_rss_mb", x->max_rss);
	else
		json_null(j, "max_rss_mb");
	put_url(j, d, x, "stdout_log_url", "stdout");
	put_url(j, d, x, "stderr_log_url", "stderr");
	json_end(j);
}

void jobdoc_write(struct json *j, const struct jobdoc *d)
{
	const struct job_row *row = d->row;

	json_object(j, NULL);
	put_job_columns(j, row);
	for (size_t i = 0; i < GROUPS; i++)
		put_group(j, &groups[i], row);
	/* The person we build for has these two at the top of an answer. */
	json_int(j, "max_retries", row->max_retries);
	json_int(j, "execution_count", row->executions);
	json_time(j, "estimated_start_time", d->estimated_start);
	json_raw(j, "tags", row->tags && row->tags[0] == '{' ? row->tags : "{}");
	put_array(j, row);
	if (d->has_deps)
		put_deps(j, d);
	if (d->has_execs)
		put_current(j, d);
	if (d->has_execs && d->list_execs) {
		json_array(j, "executions");
		for (size_t i = 0; i < d->nexecs; i++)
			put_exec(j, d, &d->execs[i]);
		json_end(j);
	}
	if (d->more)
		d->more(d->arg, j);
	json_end(j);
}

int path_url(const char *path, char *url, size_t size)
{
	struct buf b;
	int r;

	buf_init(&b, size - 1);
	r = buf_adds(&b, "file://");
	for (; *path && r == 0; path++) {
		unsigned char c = (unsigned char)*path;

		if (c > ' ' && c < 0x7f && !strchr("%?#\"<>\\^`{|}", c))
			r = buf_addc(&b, (char)c);
		else
			r = buf_addf(&b, "%%%02X", c);
	}
	snprintf(url, size, "%s", r == 0 ? b.data : "");
	buf_release(&b);
	return r;
}

void rowdoc_write(struct json *j, const struct table *t, const void *row)
{
	json_object(j, NULL);
	for (const struct column *c = t->columns; c->name; c++) {
		if (!(c->flags & COL_HIDDEN))
			json_column(j, c->name, c, row);
	}
	json_end(j);
}

void workerdoc_write(struct json *j, const struct worker_row *w)
{
	rowdoc_write(j, &table_workers, w);
}
