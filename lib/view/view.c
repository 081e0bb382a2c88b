/*
 * view: chooses who answers, and passes the question on.
 *
 * The spool's owner and root read the files themselves; everybody else asks the
 * view process.  Nothing here decides or writes.  Read direct.c and served.c next.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/account.h"
#include "view/impl.h"

struct view *view_open(const struct spool *s, struct err *e)
{
	struct view *v = xcalloc(1, sizeof(*v));
	uid_t uid = geteuid();
	int r;

	v->spool = s;
	v->fd = -1;
	if (uid == 0 || uid == s->owner)
		r = direct_open(v, e);
	else
		r = served_open(v, e);
	if (r < 0) {
		view_close(v);
		return NULL;
	}
	return v;
}

void view_close(struct view *v)
{
	if (!v)
		return;
	if (v->p == &view_direct)
		direct_close(v);
	else if (v->p == &view_served)
		served_close(v);
	free(v->me);
	free(v);
}

bool view_is_direct(const struct view *v)
{
	return v->p == &view_direct;
}

int view_hold(struct view *v, struct err *e)
{
	return v->reader ? reader_hold(v->reader, e) : 0;
}

void view_let_go(struct view *v)
{
	if (v->reader)
		reader_let_go(v->reader);
}

const struct spool *view_spool(const struct view *v)
{
	return v->spool;
}

const char *view_me(struct view *v)
{
	if (!v->me_known && (v->spool->system || getuid() != v->spool->owner)) {
		const struct passwd *pw = account_of(getuid());

		v->me = pw ? xstrdup(pw->pw_name) : NULL;
	}
	v->me_known = true;
	return v->me;
}

bool view_is_mine(struct view *v, const struct job_row *row)
{
	(void)v;
	return row->uid == (int64_t)getuid();
}

int view_job(struct view *v, int64_t id, struct job_row *row, struct err *e)
{
	return v->p->job(v, id, row, e);
}

int view_uuid(struct view *v, const struct uuid *u, int64_t *id, struct err *e)
{
	return v->p->uuid(v, u, id, e);
}

int view_jobs(struct view *v, const struct job_filter *f, row_fn fn, void *arg, bool *more,
    struct err *e)
{
	return v->p->jobs(v, f, fn, arg, more, e);
}

int view_execs(struct view *v, int64_t job, row_fn fn, void *arg, struct err *e)
{
	return v->p->execs(v, job, fn, arg, e);
}

int view_deps(struct view *v, int64_t job, row_fn fn, void *arg, struct err *e)
{
	return v->p->deps(v, job, fn, arg, e);
}

int view_dependents(struct view *v, int64_t job, row_fn fn, void *arg, struct err *e)
{
	return v->p->dependents(v, job, fn, arg, e);
}

int view_workers(struct view *v, row_fn fn, void *arg, struct err *e)
{
	return v->p->workers(v, fn, arg, e);
}

int view_quotas(struct view *v, row_fn fn, void *arg, struct err *e)
{
	return v->p->quotas(v, fn, arg, e);
}

int view_settings(struct view *v, row_fn fn, void *arg, struct err *e)
{
	return v->p->settings(v, fn, arg, e);
}

int view_accounts(struct view *v, row_fn fn, void *arg, struct err *e)
{
	return v->p->accounts(v, fn, arg, e);
}

int view_schedules(struct view *v, row_fn fn, void *arg, struct err *e)
{
	return v->p->schedules(v, fn, arg, e);
}

int view_occurrences(struct view *v, const struct occurrence_filter *f, row_fn fn, void *arg,
    struct err *e)
{
	return v->p->occurrences(v, f, fn, arg, e);
}

int view_counts(struct view *v, int64_t counts[6], struct err *e)
{
	return v->p->counts(v, counts, e);
}

int view_launch(struct view *v, const struct job_row *row, struct buf *block, struct err *e)
{
	return v->p->launch(v, row, block, e);
}

int view_log(struct view *v, const struct view_output *o, uint64_t offset, size_t max,
    struct buf *out, struct err *e)
{
	return v->p->log(v, o, offset, max, out, e);
}

int view_log_size(struct view *v, const struct view_output *o, uint64_t *size, struct err *e)
{
	return v->p->log_size(v, o, size, e);
}

void view_daemon(struct view *v, struct view_daemon *d)
{
	memset(d, 0, sizeof(*d));
	v->p->daemon(v, d);
}
