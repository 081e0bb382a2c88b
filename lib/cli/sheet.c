/*
 * sheet: the full record of a job, a line for each thing that is so.
 *
 * What is not so has no line.  Every text passes through safe_add, since names,
 * commands and messages are other people's.
 */
#include "cli/sheet.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "base/amounts.h"
#include "base/num.h"
#include "cli/list.h"
#include "cli/signame.h"
#include "core/elements.h"

#define TEXT_BYTES (1u << 20)
#define LABEL 13		/* columns of a label */
#define NAMED_MAX 20		/* dependents that are listed by number */

void sheet_line(FILE *out, const char *label, const char *text)
{
	if (!text || !*text)
		return;
	fprintf(out, "  %-*s ", LABEL, label);
	text_line(out, text);
	putc('\n', out);
}

static void linef(FILE *out, const char *label, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void linef(FILE *out, const char *label, const char *fmt, ...)
{
	struct buf b;
	va_list ap;

	buf_init(&b, TEXT_BYTES);
	va_start(ap, fmt);
	if (buf_addv(&b, fmt, ap) == 0)
		sheet_line(out, label, b.data);
	va_end(ap);
	buf_release(&b);
}

static const char *duration(int64_t ms, char out[32])
{
	dur_format((uint64_t)(ms > 0 ? ms : 0), out, 32);
	return out;
}

static void line_time(FILE *out, const struct sheet *s, const char *label, int64_t ms,
    const char *behind)
{
	char text[TIME_TEXT];

	time_text(s->style, ms, text);
	if (text[0])
		linef(out, label, "%s%s", text, behind);
}

/* ---- what became of it */

int sheet_state(const struct job_row *job, struct buf *b)
{
	const char *status = col_word(COL_STATUS, job->status);
	const char *reason = col_word(COL_REASON, job->reason);
	const char *stopping = job->stopping > 0 ? col_word(COL_REASON, job->stopping) : NULL;
	int r = buf_adds(b, status ? status : "unknown");

	if (reason && *reason)
		r |= buf_adds(b, " (") | job_reason(job, b) | buf_addc(b, ')');
	if (stopping && *stopping && job->status == JOB_RUNNING)
		r |= buf_addf(b, ", being ended (%s)", stopping);
	if (job->signal > 0)
		r |= buf_addf(b, ", signal %d (%s)", (int)job->signal,
		    signal_name((int)job->signal));
	else if (job->exit_code >= 0 && job->status != JOB_QUEUED)
		r |= buf_addf(b, ", exit status %d", (int)job->exit_code);
	return r;
}

static void put_state(FILE *out, const struct sheet *s)
{
	const struct job_row *job = s->job;
	struct buf b;

	buf_init(&b, 1000);
	if (sheet_state(job, &b) == 0)
		sheet_line(out, "state", b.data);
	buf_release(&b);
	sheet_line(out, "detail", job->detail);
	if (s->last && s->last->error_class > CLASS_SUCCESS)
		sheet_line(out, "error class", col_word(COL_CLASS, s->last->error_class));
	if (s->last && s->last->message && (!job->detail ||
	    strcmp(job->detail, s->last->message) != 0))
		sheet_line(out, "message", s->last->message);
	if (job->caused_by)
		linef(out, "because of", "job %" PRId64, job->caused_by);
	if (job->changed_by && (job->status == JOB_CANCELLED || job->hold || job->stopping > 0))
		linef(out, job->status == JOB_CANCELLED ? "cancelled by" : job->hold ? "held by" :
		    "ended by", "%s%s%s", job->changed_by, job->changed_via ? " via " : "",
		    job->changed_via ? job->changed_via : "");
}

/* ---- what was asked for */

static void put_who(FILE *out, const struct job_row *job)
{
	char uuid[UUID_TEXT];

	uuid_format(&job->uuid, uuid);
	sheet_line(out, "uuid", uuid);
	if (job->user && job->run_as && strcmp(job->user, job->run_as) != 0)
		linef(out, "user", "%s, to run as %s", job->user, job->run_as);
	else
		sheet_line(out, "user", job->user);
	sheet_line(out, "account", job->account);
	sheet_line(out, "command", job->command);
	linef(out, "queue", "%s, priority %" PRId64, job->queue ? job->queue : "-", job->priority);
	if (job->key)
		linef(out, "key", "%s (%s)", job->key, job->key_scope ? job->key_scope : "window");
	if (job->tags && strcmp(job->tags, "{}") != 0)
		sheet_line(out, "tags", job->tags);
	sheet_line(out, "comment", job->comment);
	if (job->rerun_of)
		linef(out, "rerun of", "job %" PRId64, job->rerun_of);
}

static void add_size(struct buf *b, int64_t mib, const char *what)
{
	char text[32];

	size_format((uint64_t)mib << 20, text, sizeof(text));
	if (mib > 0)
		buf_addf(b, ", %s %s", text, what);
}

static void put_needs(FILE *out, const struct sheet *s)
{
	const struct job_row *job = s->job;
	char text[32];
	struct buf b;

	buf_init(&b, TEXT_BYTES);
	milli_text(job->cpus, &b);
	buf_adds(&b, job->cpus == 1000 ? " cpu" : " cpus");
	add_size(&b, job->mem, "memory");
	add_size(&b, job->disk, "disk");
	if (job->gpus > 0)
		buf_addf(&b, ", %" PRId64 " gpus%s%s", job->gpus,
		    job->gpu_type != NULL ? " of type " : "",
		    job->gpu_type != NULL ? job->gpu_type : "");
	if (job->bw > 0)
		buf_addf(&b, ", %" PRId64 " Mbit/s", job->bw);
	if (job->named != NULL)
		buf_addf(&b, ", %s", job->named);
	if (job->exclusive)
		buf_adds(&b, ", the worker to itself");
	sheet_line(out, "needs", b.data);
	buf_release(&b);
	sheet_line(out, "tokens", job->tokens);
	sheet_line(out, "constraint", job->constraints);
	sheet_line(out, "prefers", job->prefer);
	sheet_line(out, "only on", job->on_workers);
	sheet_line(out, "not on", job->not_workers);
	if (s->last && s->last->gpu_ids)
		sheet_line(out, "has gpus", s->last->gpu_ids);
	if (job->time_limit)
		linef(out, "time limit", "%s an attempt", duration(job->time_limit, text));
	if (job->estimate)
		linef(out, "estimate", "%s", duration(job->estimate, text));
	if (job->queue_timeout)
		linef(out, "queue limit", "%s", duration(job->queue_timeout, text));
	line_time(out, s, "deadline", job->deadline_at, "");
	if (s->last && s->last->limits)
		linef(out, "in force", "%s", s->last->limits);
}

/* ---- an array, or an element of one */

static void put_counts(FILE *out, const char *label, const char *counts)
{
	struct amount a;
	struct buf b;

	buf_init(&b, TEXT_BYTES);
	for (const char *at = counts; amounts_next(&at, &a);)
		buf_addf(&b, "%s%" PRId64 " %s%.*s", b.len > 0 ? ", " : "", a.n,
		    a.name[0] >= '0' && a.name[0] <= '9' ? "with " : "", (int)a.len, a.name);
	sheet_line(out, label, b.len > 0 ? b.data : NULL);
	buf_release(&b);
}

static void put_array(FILE *out, const struct job_row *job)
{
	if (row_is_element(job))
		linef(out, "element", "%" PRId64 " of array %" PRId64, job->array_index,
		    job->array_id);
	if (!row_is_array(job))
		return;
	if (job->array_limit > 0)
		linef(out, "array", "%s, at most %" PRId64 " at once", job->array_spec,
		    job->array_limit);
	else
		sheet_line(out, "array", job->array_spec);
	put_counts(out, "elements", job->array_states);
	put_counts(out, "exit statuses", job->array_exits);
	sheet_line(out, "halts", job->array_halt);
}

/* ---- when and where */

static void put_times(FILE *out, const struct sheet *s)
{
	const struct job_row *job = s->job;
	char behind[5000] = "", text[32];

	snprintf(behind, sizeof(behind), "%s%s%s%s", job->submit_host ? " on " : "",
	    job->submit_host ? job->submit_host : "", job->submit_dir ? " in " : "",
	    job->submit_dir ? job->submit_dir : "");
	line_time(out, s, "submitted", job->created_at, behind);
	line_time(out, s, "begins", job->begin_at, "");
	if (job->eligible_at > job->created_at)
		line_time(out, s, "eligible", job->eligible_at, "");
	if (job->started_at == 0)
		line_time(out, s, "scheduled", job->scheduled_at, "");
	line_time(out, s, "started", job->started_at, "");
	behind[0] = '\0';
	if (job->started_at && job->completed_at)
		snprintf(behind, sizeof(behind), ", after %s",
		    duration(job->completed_at - job->started_at, text));
	line_time(out, s, "ended", job->completed_at, behind);
	if (job->status == JOB_RUNNING)
		linef(out, "running for", "%s", duration(job_elapsed(job, s->style->now), text));
	sheet_line(out, "worker", job->worker);
}

static void put_attempts(FILE *out, const struct sheet *s)
{
	const struct job_row *job = s->job;
	const char *policy = col_word(COL_RETRY, job->retry_policy);
	struct buf b;
	char text[32];

	buf_init(&b, TEXT_BYTES);
	buf_addf(&b, "%" PRId64 " of %" PRId64, job->attempts, job->max_retries + 1);
	if (job->max_retries > 0 && policy)
		buf_addf(&b, ", %s", policy);
	if (job->max_retries > 0 && job->retry_delay && job->retry_policy != RETRY_IMMEDIATE)
		buf_addf(&b, " from %s", duration(job->retry_delay, text));
	if (job->requeue_count)
		buf_addf(&b, ", requeued %" PRId64 " time%s", job->requeue_count,
		    job->requeue_count == 1 ? "" : "s");
	sheet_line(out, "attempts", b.data);
	buf_release(&b);
	if (job->retry_on)
		sheet_line(out, "retry on", job->retry_on);
	if (job->no_retry_on)
		sheet_line(out, "no retry on", job->no_retry_on);
	line_time(out, s, "next attempt", job->next_retry_at, "");
}

static void put_usage(FILE *out, const struct sheet *s)
{
	const struct exec_row *x = s->last;
	char rss[32];

	if (!x || x->completed_at == 0)
		return;
	size_format((uint64_t)x->max_rss << 10, rss, sizeof(rss));
	linef(out, "used", "%" PRId64 ".%03d s of cpu, %s of memory at most", x->cpu_ms / 1000,
	    (int)(x->cpu_ms % 1000), rss);
}

/* A file of the log tree is made when there is something to write. */
static void put_output(FILE *out, const char *label, const char *path, int64_t bytes,
    bool counted)
{
	if (counted && bytes == 0)
		return;
	if (path && counted)
		linef(out, label, "%s (%" PRId64 " bytes)", path, bytes);
	else
		sheet_line(out, label, path);
}

/* ---- neighbours */

static void put_deps(FILE *out, const struct sheet *s)
{
	for (size_t i = 0; i < s->ndeps; i++) {
		const char *type = col_word(COL_DEPTYPE, s->deps[i].type);
		const char *state = col_word(COL_DEPSTATE, s->deps[i].state);
		const char *parent = col_word(COL_STATUS, s->parents ? s->parents[i] : -1);

		linef(out, i == 0 ? "needs first" : "", "%s of job %" PRId64 " (%s): %s",
		    type ? type : "?", s->deps[i].parent_id, parent ? parent : "not known any more",
		    state ? state : "?");
	}
	if (s->ndeps > 1 && s->job->dep_any)
		linef(out, "", "one of these is enough");
}

static void put_dependents(FILE *out, const struct sheet *s)
{
	struct buf b;
	size_t n = s->ndependents < NAMED_MAX ? s->ndependents : NAMED_MAX;

	if (s->ndependents == 0)
		return;
	buf_init(&b, TEXT_BYTES);
	for (size_t i = 0; i < n; i++)
		buf_addf(&b, "%s%" PRId64, i ? " " : "", s->dependents[i].job_id);
	if (n < s->ndependents)
		buf_addf(&b, " and %zu more", s->ndependents - n);
	sheet_line(out, "needed by", b.data);
	buf_release(&b);
}

void sheet_print(FILE *out, const struct sheet *s)
{
	bool ended = s->last && s->last->completed_at;

	fprintf(out, "Job %" PRId64 "  ", s->job->id);
	text_line(out, s->job->name ? s->job->name : "");
	putc('\n', out);
	put_state(out, s);
	put_array(out, s->job);
	put_who(out, s->job);
	put_needs(out, s);
	put_times(out, s);
	if (!row_is_array(s->job))
		put_attempts(out, s);
	put_usage(out, s);
	if (s->last) {
		/* Nobody counts what goes to a file of the user's own. */
		put_output(out, "output", s->out_path, s->last->out_bytes,
		    ended && !s->job->stdout_path);
		put_output(out, "errors", s->err_path, s->last->err_bytes,
		    ended && !s->job->stderr_path);
	}
	put_deps(out, s);
	put_dependents(out, s);
}
