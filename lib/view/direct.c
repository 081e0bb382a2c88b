/*
 * direct: the provider that reads the spool's files itself.
 *
 * Works with jobd running, stopped or killed.  Owns the open log files of the
 * execution that is being read, so that following one costs a pread a look.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/proc.h"
#include "view/impl.h"

int direct_open(struct view *v, struct err *e)
{
	v->reader = reader_open(v->spool, e);
	if (!v->reader)
		return -1;
	v->p = &view_direct;
	return 0;
}

void direct_close(struct view *v)
{
	for (size_t i = 0; i < VIEW_LOGS; i++)
		logfile_close(v->logs[i].file);
	reader_close(v->reader);
}

static int direct_job(struct view *v, int64_t id, struct job_row *row, struct err *e)
{
	return reader_job(v->reader, id, row, e);
}

static int direct_uuid(struct view *v, const struct uuid *u, int64_t *id, struct err *e)
{
	return reader_uuid(v->reader, u, id, e);
}

static int direct_jobs(struct view *v, const struct job_filter *f, row_fn fn, void *arg,
    bool *more, struct err *e)
{
	return reader_jobs(v->reader, f, fn, arg, more, e);
}

static int direct_execs(struct view *v, int64_t job, row_fn fn, void *arg, struct err *e)
{
	return reader_execs(v->reader, job, fn, arg, e);
}

static int direct_deps(struct view *v, int64_t job, row_fn fn, void *arg, struct err *e)
{
	return reader_deps(v->reader, job, fn, arg, e);
}

static int direct_dependents(struct view *v, int64_t job, row_fn fn, void *arg,
    struct err *e)
{
	return reader_dependents(v->reader, job, fn, arg, e);
}

static int direct_quotas(struct view *v, row_fn fn, void *arg, struct err *e)
{
	return reader_quotas(v->reader, fn, arg, e);
}

static int direct_settings(struct view *v, row_fn fn, void *arg, struct err *e)
{
	return reader_settings(v->reader, fn, arg, e);
}

static int direct_accounts(struct view *v, row_fn fn, void *arg, struct err *e)
{
	return reader_accounts(v->reader, fn, arg, e);
}

static int direct_workers(struct view *v, row_fn fn, void *arg, struct err *e)
{
	return reader_workers(v->reader, fn, arg, e);
}

static int direct_schedules(struct view *v, row_fn fn, void *arg, struct err *e)
{
	return reader_schedules(v->reader, false, fn, arg, e);
}

static int direct_occurrences(struct view *v, const struct occurrence_filter *f, row_fn fn,
    void *arg, struct err *e)
{
	return reader_occurrences(v->reader, f, fn, arg, e);
}

static int direct_counts(struct view *v, int64_t counts[6], struct err *e)
{
	return reader_counts(v->reader, counts, e);
}

static int direct_launch(struct view *v, const struct job_row *row, struct buf *block,
    struct err *e)
{
	return reader_launch(v->reader, row, block, e);
}

/* The open file, or NULL: ERR_NOINPUT when nothing has been written. */
static struct logfile *log_of(struct view *v, const struct view_output *o, struct err *e)
{
	size_t slot = strcmp(o->stream, "stdout") == 0 ? 0 :
	    strcmp(o->stream, "stderr") == 0 ? 1 : 2;
	struct logfile *f = v->logs[slot].file;

	if (f && v->logs[slot].job == o->job->id && v->logs[slot].execution == o->execution &&
	    strcmp(v->logs[slot].stream, o->stream) == 0)
		return f;
	logfile_close(f);
	f = logfile_open(v->spool, o->job->created_at, o->job->id, o->execution, o->stream, e);
	v->logs[slot].file = f;
	v->logs[slot].job = o->job->id;
	v->logs[slot].execution = o->execution;
	snprintf(v->logs[slot].stream, sizeof(v->logs[slot].stream), "%s", o->stream);
	return f;
}

static int direct_log(struct view *v, const struct view_output *o, uint64_t offset,
    size_t max, struct buf *out, struct err *e)
{
	struct err why = { .code = ERR_NONE };
	struct logfile *f = log_of(v, o, &why);

	if (f)
		return logfile_read(f, offset, max, out, e);
	return why.code == ERR_NOINPUT ? 0 : err_set(e, why.code, "%s", why.text);
}

static int direct_log_size(struct view *v, const struct view_output *o, uint64_t *size,
    struct err *e)
{
	struct err why = { .code = ERR_NONE };
	struct logfile *f = log_of(v, o, &why);

	*size = 0;
	if (f)
		return logfile_size(f, size, e);
	return why.code == ERR_NOINPUT ? 0 : err_set(e, why.code, "%s", why.text);
}

static void direct_daemon(struct view *v, struct view_daemon *d)
{
	struct now now = now_read();
	struct proc_id id;
	long hz = sysconf(_SC_CLK_TCK);

	d->pid = spool_holder(v->spool);
	d->runs = d->pid != 0;
	if (d->pid > 0 && hz > 0 && proc_of(d->pid, &id, NULL) == 0)
		d->since = now.wall - (now.boot - (int64_t)(id.start * 1000 / (uint64_t)hz));
}

const struct provider view_direct = {
	.job = direct_job, .uuid = direct_uuid, .jobs = direct_jobs, .execs = direct_execs,
	.deps = direct_deps, .dependents = direct_dependents, .workers = direct_workers,
	.accounts = direct_accounts,
	.quotas = direct_quotas,
	.settings = direct_settings,
	.schedules = direct_schedules, .occurrences = direct_occurrences,
	.counts = direct_counts, .launch = direct_launch, .log = direct_log,
	.log_size = direct_log_size, .daemon = direct_daemon,
};
