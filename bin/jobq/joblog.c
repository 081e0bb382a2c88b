/*
 * joblog: the log of jobs that GNU parallel writes, for tools that read that.
 *
 * A line is a job that ran and ended.  Nothing was sent or received in parallel's
 * sense, so these columns are 0.
 */
#include <inttypes.h>

#include "cli/cli.h"
#include "jobq.h"

const struct list_column joblog_columns[JOBLOG_COLUMNS] = {
	{ .title = "Seq" }, { .title = "Host" }, { .title = "Starttime" },
	{ .title = "JobRuntime" }, { .title = "Send" }, { .title = "Receive" },
	{ .title = "Exitval" }, { .title = "Signal" }, { .title = "Command" },
};

static void seconds_cell(struct list *l, int64_t ms, int width)
{
	char text[40];

	snprintf(text, sizeof(text), "%*" PRId64 ".%03d", width, ms / 1000, (int)(ms % 1000));
	list_cell(l, text);
}

static void number_cell(struct list *l, int64_t n)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, n);
	list_cell(l, text);
}

/* An end that was not the program's has the status that a waiter gets. */
static int64_t exit_value(const struct job_row *row)
{
	if (row->exit_code >= 0)
		return row->exit_code;
	return row->signal > 0 ? 0 : exit_of_job((int)row->status, (int)row->reason, -1, -1);
}

void joblog_row(struct list *l, const struct job_row *row)
{
	number_cell(l, row->id);
	list_cell(l, row->worker ? row->worker : ":");
	seconds_cell(l, row->started_at, 0);
	seconds_cell(l, row->completed_at - row->started_at, 6);
	number_cell(l, 0);
	number_cell(l, 0);
	number_cell(l, exit_value(row));
	number_cell(l, row->signal > 0 ? row->signal : 0);
	list_cell(l, row->command ? row->command : "");
}
