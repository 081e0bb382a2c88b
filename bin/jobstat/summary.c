/*
 * summary: the whole system in short.
 */
#include <inttypes.h>

#include "base/num.h"
#include "cli/field.h"
#include "cli/jobdoc.h"
#include "cli/sheet.h"
#include "jobstat.h"

struct summary {
	int64_t counts[JOB_CANCELLED + 1];
	struct view_daemon daemon;
	struct job_row oldest;		/* id 0: nothing waits */
	struct arena *arena;
	struct jobstat *s;
	struct list *workers;
	bool alerted;			/* there is an alert */
	struct chosen chosen;
	size_t nworkers;
};

static int take_oldest(void *arg, const void *row)
{
	struct summary *sum = arg;

	sum->oldest = *(const struct job_row *)row;
	sum->oldest.name = arena_strdup(sum->arena, sum->oldest.name);
	return 1;
}

static int take_worker(void *arg, const void *row)
{
	struct summary *sum = arg;

	sum->nworkers++;
	if (sum->s->json)
		workerdoc_write(&sum->s->out, row);
	else
		chosen_row(&sum->chosen, &sum->s->look.style, row, sum->workers);
	return 0;
}

static void summary_json(struct summary *sum)
{
	struct json *j = &sum->s->out;

	json_object(j, "jobs");
	for (int i = 0; i <= JOB_CANCELLED; i++)
		json_int(j, job_status_name((enum job_status)i), sum->counts[i]);
	json_end(j);
	json_object(j, "jobd");
	json_bool(j, "running", sum->daemon.runs);
	if (sum->daemon.pid)
		json_int(j, "pid", sum->daemon.pid);
	else
		json_null(j, "pid");
	json_time(j, "since", sum->daemon.since);
	json_end(j);
	json_str(j, "spool", sum->s->spool.path);
	if (sum->oldest.id == 0) {
		json_null(j, "oldest_pending");
		return;
	}
	json_object(j, "oldest_pending");
	json_int(j, "job_id", sum->oldest.id);
	json_str(j, "job_name", sum->oldest.name);
	json_str(j, "reason", col_word(COL_REASON, sum->oldest.reason));
	json_time(j, "created_at", sum->oldest.created_at);
	json_end(j);
}

static void summary_text(struct summary *sum)
{
	const struct style *st = &sum->s->look.style;
	char since[TIME_TEXT], waited[32], text[200];
	const char *reason = col_word(COL_REASON, sum->oldest.reason);
	struct buf b;

	time_text(st, sum->daemon.since, since);
	if (sum->daemon.runs && sum->daemon.pid)
		snprintf(text, sizeof(text), "runs (process %d)%s%s", (int)sum->daemon.pid,
		    since[0] ? " since " : "", since);
	else
		snprintf(text, sizeof(text), "%s%s%s", sum->daemon.runs ? "runs" : "does not run",
		    since[0] ? " since " : "", since);
	sheet_line(stdout, "spool", sum->s->spool.path);
	sheet_line(stdout, "jobd", text);
	buf_init(&b, 1000);
	for (int i = 0; i <= JOB_CANCELLED; i++)
		buf_addf(&b, "%s%" PRId64 " %s", i ? ", " : "", sum->counts[i],
		    job_status_name((enum job_status)i));
	sheet_line(stdout, "jobs", b.data);
	buf_release(&b);
	if (sum->oldest.id) {
		dur_format((uint64_t)(st->now > sum->oldest.created_at ?
		    st->now - sum->oldest.created_at : 0), waited, sizeof(waited));
		snprintf(text, sizeof(text), "job %" PRId64 " (%.100s), for %s%s%s",
		    sum->oldest.id, sum->oldest.name ? sum->oldest.name : "", waited,
		    reason && *reason ? ": " : "", reason ? reason : "");
		sheet_line(stdout, "oldest queued", text);
	}
}

static int take_alert(void *arg, const void *p)
{
	const struct schedule_row *row = p;
	struct summary *sum = arg;
	struct json *j = &sum->s->out;
	char since[TIME_TEXT], text[200];

	if (row->alert == NULL)
		return 0;
	if (sum->s->json) {
		json_object(j, NULL);
		json_int(j, "schedule_id", row->id);
		json_str(j, "schedule_name", row->name);
		json_str(j, "alert", row->alert);
		json_time(j, "alert_at", row->alert_at);
		json_end(j);
		return 0;
	}
	time_text(&sum->s->look.style, row->alert_at, since);
	snprintf(text, sizeof(text), "s%" PRId64 " (%.100s) %.32s since %s", row->id,
	    row->name != NULL ? row->name : "", row->alert, since);
	sheet_line(stdout, sum->alerted ? "" : "alerts", text);
	sum->alerted = true;
	return 0;
}

/* Schedules whose runs do not happen; without any, text has no line of it. */
static int summary_alerts(struct summary *sum, struct err *e)
{
	int r;

	if (sum->s->json)
		json_array(&sum->s->out, "alerts");
	r = view_schedules(sum->s->v, take_alert, sum, e);
	if (sum->s->json)
		json_end(&sum->s->out);
	return r;
}

/* Rows of the workers, below the rest in text, before it in JSON: no matter there. */
static int summary_workers(struct summary *sum, struct err *e)
{
	struct jobstat *s = sum->s;
	struct list_options o = { .columns = terminal_columns() };
	int r;

	if (s->json) {
		json_array(&s->out, "workers");
		r = view_workers(s->v, take_worker, sum, e);
		json_end(&s->out);
		return r;
	}
	if (chosen_parse(&worker_fields, WORKER_FIELDS, &sum->chosen, e) < 0)
		return -1;
	sum->workers = list_new(sum->chosen.columns, sum->chosen.n, &o, stdout);
	r = view_workers(s->v, take_worker, sum, e);
	if (sum->nworkers > 0) {
		putchar('\n');
		list_end(sum->workers);
	} else if (r == 0) {
		sheet_line(stdout, "workers", "none");
	}
	list_free(sum->workers);
	chosen_release(&sum->chosen);
	return r;
}

int summary_show(struct jobstat *s, struct err *e)
{
	struct summary sum = { .s = s, .arena = arena_new() };
	struct job_filter f = { .statuses = 1u << JOB_QUEUED, .limit = 1 };
	bool more;
	int r = view_counts(s->v, sum.counts, e);

	if (r == 0)
		r = view_jobs(s->v, &f, take_oldest, &sum, &more, e);
	if (r == 0) {
		view_daemon(s->v, &sum.daemon);
		if (s->json)
			summary_json(&sum);
		else
			summary_text(&sum);
		r = summary_alerts(&sum, e);
	}
	if (r == 0)
		r = summary_workers(&sum, e);
	arena_free(sum.arena);
	return r;
}
