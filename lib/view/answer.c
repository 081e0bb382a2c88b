/*
 * answer: the serving side: one QUERY answered from a direct view.
 *
 * Owns who may see what: of another user's job the private columns, the launch
 * block and the logs stay here, and the whole job when the spool keeps jobs
 * private.  Requires a query that msg_decode took; everything in it is still a
 * stranger's.  Keeps an answer short: a long list is cut into pages.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "view/impl.h"
#include "view/rows.h"

#define PAGE_ROWS 1000
#define PAGE_BYTES (1u << 20)	/* a page ends behind the row that passes this */
#define LOG_BYTES (256u << 10)
#define LAUNCH_BYTES ((size_t)MSG_BODY_MAX)

struct answer {
	struct view *v;
	const struct viewer *who;
	const struct msg *query;
	struct buf *out;
	const struct table *table;	/* of the rows that are being sent */
	unsigned except;		/* column flags that do not leave */
	bool only_own;			/* a tag tells about a job: own ones only */
	bool failed;			/* out is full */
	uint64_t count;
	size_t start;			/* of this answer in out */
	int64_t last;			/* id of the last job that was looked at */
	bool more;
};

static bool is_viewer(const struct answer *a, int64_t uid)
{
	return a->who->admin || uid == (int64_t)a->who->uid;
}

static bool owns(const struct answer *a, const struct job_row *row)
{
	return is_viewer(a, row->uid);
}

static bool visible(const struct answer *a, const struct job_row *row)
{
	return owns(a, row) || !a->who->private_jobs;
}

/* Appends m to the answer, and frees it. */
static int put(struct answer *a, struct msg *m)
{
	int r;

	msg_add_u64(m, F_SEQ, msg_u64(a->query, F_SEQ, 0));
	r = msg_encode(m, a->out);
	msg_free(m);
	if (r < 0)
		a->failed = true;
	return r;
}

static int put_row(struct answer *a, const void *row)
{
	struct msg *m = msg_new(MSG_ROW);

	if (row_to_msg(a->table, row, a->except, m) < 0) {
		msg_free(m);
		a->failed = true;
		return -1;
	}
	a->count++;
	return put(a, m);
}

static int each_row(void *arg, const void *row)
{
	return put_row(arg, row);
}

static int put_data(struct answer *a, const struct buf *b)
{
	struct msg *m = msg_new(MSG_DATA);

	if (b->len && msg_set_body(m, b->data, b->len) < 0) {
		msg_free(m);
		return -1;
	}
	return put(a, m);
}

/* The job that the query's target names, if it is there for this viewer: 1, 0, -1. */
static int target_job(struct answer *a, struct job_row *row, struct err *e)
{
	const char *target = msg_str(a->query, F_TARGET);
	struct uuid u;
	int64_t id;
	int r;

	if (!target)
		return err_set(e, ERR_DATA, "a query without a target");
	if (uuid_parse(target, &u) == 0) {
		r = view_uuid(a->v, &u, &id, e);
		if (r <= 0)
			return r;
	} else if (num_i64(target, 0, INT64_MAX, &id, e) < 0) {
		return -1;
	}
	r = view_job(a->v, id, row, e);
	return r <= 0 ? r : visible(a, row);
}

/* The same, for what only the owner and admins see. */
static int own_job(struct answer *a, struct job_row *row, struct err *e)
{
	int r = target_job(a, row, e);

	if (r == 0)
		return err_set(e, ERR_NOINPUT, "no such job");
	if (r > 0 && !owns(a, row))
		return err_set(e, ERR_PERM, "job %" PRId64 " belongs to %s", row->id,
		    row->user ? row->user : "another user");
	return r < 0 ? -1 : 0;
}

/* ---- one function a question */

static int answer_job(struct answer *a, struct err *e)
{
	struct job_row row;
	int r = target_job(a, &row, e);

	if (r <= 0)
		return r;
	a->table = &table_jobs;
	a->except = owns(a, &row) ? 0 : COL_PRIVATE;
	put_row(a, &row);
	return 0;
}

static int each_job(void *arg, const void *p)
{
	const struct job_row *row = p;
	struct answer *a = arg;

	a->last = row->id;
	if (a->only_own ? owns(a, row) : visible(a, row)) {
		a->except = owns(a, row) ? 0 : COL_PRIVATE;
		if (put_row(a, row) < 0)
			return 1;
	}
	if (a->out->len - a->start > PAGE_BYTES) {
		a->more = true;
		return 1;
	}
	return 0;
}

static int answer_jobs(struct answer *a, struct err *e)
{
	struct arena *arena = arena_new();
	struct job_filter f;
	bool more = false;
	int r = filter_from_query(a->query, arena, &f, e);

	if (r == 0) {
		if (f.limit == 0 || f.limit > PAGE_ROWS)
			f.limit = PAGE_ROWS;
		a->table = &table_jobs;
		a->only_own = f.tag_key != NULL;
		r = view_jobs(a->v, &f, each_job, a, &more, e);
		a->more |= more;
	}
	arena_free(arena);
	return r;
}

typedef int (*list_fn)(struct view *v, int64_t job, row_fn fn, void *arg, struct err *e);

static int answer_list(struct answer *a, const struct table *t, list_fn list,
    struct err *e)
{
	struct job_row row;
	int r = target_job(a, &row, e);

	if (r <= 0)
		return r;
	a->table = t;
	a->except = owns(a, &row) ? 0 : COL_PRIVATE;
	return list(a->v, row.id, each_row, a, e);
}

static int answer_execs(struct answer *a, struct err *e)
{
	return answer_list(a, &table_executions, view_execs, e);
}

static int answer_deps(struct answer *a, struct err *e)
{
	return answer_list(a, &table_dependencies, view_deps, e);
}

struct dep_rows {
	struct dep_row *rows;
	size_t n;
};

static int keep_dep(void *arg, const void *row)
{
	struct dep_rows *d = arg;

	d->rows = xreallocarray(d->rows, d->n + 1, sizeof(*d->rows));
	memcpy(&d->rows[d->n++], row, sizeof(*d->rows));
	return 0;
}

/* Dependents may be other people's jobs, which may be private. */
static int answer_dependents(struct answer *a, struct err *e)
{
	struct dep_rows d = { NULL, 0 };
	struct job_row row;
	int r = target_job(a, &row, e);

	if (r <= 0)
		return r;
	r = view_dependents(a->v, row.id, keep_dep, &d, e);
	a->table = &table_dependencies;
	for (size_t i = 0; i < d.n && r >= 0; i++) {
		if (a->who->private_jobs)
			r = view_job(a->v, d.rows[i].job_id, &row, e);
		if (r >= 0 && (!a->who->private_jobs || (r > 0 && visible(a, &row))))
			put_row(a, &d.rows[i]);
	}
	free(d.rows);
	return r < 0 ? -1 : 0;
}

static int answer_workers(struct answer *a, struct err *e)
{
	a->table = &table_workers;
	a->except = a->who->admin ? 0 : COL_PRIVATE;
	return view_workers(a->v, each_row, a, e);
}

/* How much others use is theirs to know, where their jobs are. */
static int answer_accounts(struct answer *a, struct err *e)
{
	a->table = &table_accounts;
	return a->who->private_jobs && !a->who->admin ? 0 :
	    view_accounts(a->v, each_row, a, e);
}

/* Whose bounds they are: one's own and those of queues, or all. */
static int each_quota(void *arg, const void *p)
{
	const struct quota_row *row = p;
	struct answer *a = arg;
	bool own = strcmp(row->kind, "queue") == 0 || strcmp(row->kind, "site") == 0;

	return own || !a->who->private_jobs || a->who->admin ? put_row(a, row) : 0;
}

static int answer_quotas(struct answer *a, struct err *e)
{
	a->table = &table_quotas;
	return view_quotas(a->v, each_quota, a, e);
}

/* What stands there is the site's rules, as job.conf has them for everybody to read. */
static int answer_settings(struct answer *a, struct err *e)
{
	a->table = &table_settings;
	return view_settings(a->v, each_row, a, e);
}

static int each_schedule(void *arg, const void *p)
{
	const struct schedule_row *row = p;
	struct answer *a = arg;
	bool own = is_viewer(a, row->uid);

	a->except = own ? 0 : COL_PRIVATE;
	return own || !a->who->private_jobs ? put_row(a, row) : 0;
}

static int answer_schedules(struct answer *a, struct err *e)
{
	a->table = &table_schedules;
	return view_schedules(a->v, each_schedule, a, e);
}

struct seeking {
	const struct answer *a;
	int64_t id;
	bool visible;
};

static int seek_schedule(void *arg, const void *p)
{
	const struct schedule_row *row = p;
	struct seeking *s = arg;

	if (row->id == s->id)
		s->visible = is_viewer(s->a, row->uid) || !s->a->who->private_jobs;
	return s->visible;
}

static int answer_occurrences(struct answer *a, struct err *e)
{
	const char *target = msg_str(a->query, F_TARGET);
	struct seeking s = { .a = a };
	struct occurrence_filter f = { .since = msg_i64(a->query, F_SINCE, 0),
	    .until = msg_i64(a->query, F_UNTIL_TIME, 0),
	    .limit = (size_t)msg_u64(a->query, F_LIMIT, PAGE_ROWS) };

	if (!target || num_i64(target, 1, INT64_MAX, &s.id, e) < 0)
		return err_set(e, ERR_DATA, "a query without a target");
	if (view_schedules(a->v, seek_schedule, &s, e) < 0)
		return -1;
	if (!s.visible)
		return 0;
	f.schedule = s.id;
	if (f.limit == 0 || f.limit > PAGE_ROWS)
		f.limit = PAGE_ROWS;
	a->table = &table_occurrences;
	return view_occurrences(a->v, &f, each_row, a, e);
}

struct counting {
	const struct answer *a;
	int64_t *counts, last;
};

static int count_own(void *arg, const void *p)
{
	const struct job_row *row = p;
	struct counting *c = arg;

	c->last = row->id;
	if (visible(c->a, row) && row->status >= 0 && row->status <= JOB_CANCELLED)
		c->counts[row->status]++;
	return 0;
}

static int answer_counts(struct answer *a, struct err *e)
{
	int64_t counts[6] = { 0 };
	struct counting c = { a, counts, 0 };
	struct job_filter f = { .limit = PAGE_ROWS };
	bool more = a->who->private_jobs && !a->who->admin;
	struct msg *m;

	if (!more && view_counts(a->v, counts, e) < 0)
		return -1;
	while (more) {
		f.after = c.last;
		if (view_jobs(a->v, &f, count_own, &c, &more, e) < 0)
			return -1;
	}
	m = msg_new(MSG_ROW);
	for (int s = 0; s <= JOB_CANCELLED; s++)
		msg_addf(m, F_COLUMN, "%s %" PRId64, job_status_name((enum job_status)s),
		    counts[s]);
	return put(a, m);
}

static int answer_launch(struct answer *a, struct err *e)
{
	struct job_row row;
	struct buf b;
	int r = own_job(a, &row, e);

	if (r < 0)
		return -1;
	buf_init(&b, LAUNCH_BYTES);
	r = view_launch(a->v, &row, &b, e);
	if (r > 0)
		put_data(a, &b);
	buf_release(&b);
	return r < 0 ? -1 : 0;
}

/* The output that a query means, of the caller's own job, which is put into row. */
static int own_output(struct answer *a, struct job_row *row, struct view_output *o,
    struct err *e)
{
	const char *stream = msg_str(a->query, F_STREAM);

	o->job = row;
	o->execution = (int64_t)msg_u64(a->query, F_EXECUTION, 0);
	o->stream = stream ? stream : "stdout";
	return own_job(a, row, e);
}

static int answer_log(struct answer *a, struct err *e)
{
	uint64_t max = msg_u64(a->query, F_LIMIT, LOG_BYTES);
	struct view_output o;
	struct job_row row;
	struct buf b;
	int r = own_output(a, &row, &o, e);

	if (r < 0)
		return -1;
	buf_init(&b, LOG_BYTES);
	r = view_log(a->v, &o, msg_u64(a->query, F_OFFSET, 0),
	    max < LOG_BYTES ? (size_t)max : LOG_BYTES, &b, e);
	if (r == 0)
		put_data(a, &b);
	buf_release(&b);
	return r;
}

static int answer_log_size(struct answer *a, struct err *e)
{
	struct view_output o;
	struct job_row row;

	if (own_output(a, &row, &o, e) < 0)
		return -1;
	return view_log_size(a->v, &o, &a->count, e);
}

static const struct {
	const char *what;
	int (*fn)(struct answer *a, struct err *e);
} questions[] = {
	{ "job", answer_job }, { "uuid", answer_job },
	{ WHAT_JOBS, answer_jobs }, { WHAT_NEWEST, answer_jobs },
	{ "execs", answer_execs }, { "deps", answer_deps },
	{ "dependents", answer_dependents }, { "workers", answer_workers },
	{ "accounts", answer_accounts }, { "quotas", answer_quotas },
	{ "settings", answer_settings },
	{ "schedules", answer_schedules }, { "occurrences", answer_occurrences },
	{ "counts", answer_counts }, { "launch", answer_launch },
	{ "log", answer_log }, { "log-size", answer_log_size },
};

static int answer(struct answer *a, struct err *e)
{
	const char *what = msg_str(a->query, F_WHAT);

	if (msg_type(a->query) != MSG_QUERY || !what)
		return err_set(e, ERR_DATA, "this is no question");
	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
		if (strcmp(questions[i].what, what) == 0)
			return questions[i].fn(a, e);
	}
	return err_set(e, ERR_DATA, "the view does not know the question '%s'", what);
}

int view_answer(struct view *v, const struct viewer *who, const struct msg *query,
    struct buf *out, struct err *e)
{
	struct answer a = { .v = v, .who = who, .query = query, .out = out, .start = out->len };
	struct err why = { .code = ERR_NONE };
	struct msg *end = msg_new(MSG_END);
	int r = answer(&a, &why);

	if (r == 0 && a.failed)
		r = err_set(&why, ERR_AGAIN, "the answer is too long");
	if (r < 0) {
		msg_add_u64(end, F_CODE, why.code);
		msg_add(end, F_TEXT, why.text);
	} else {
		msg_add_u64(end, F_COUNT, a.count);
		if (a.more)
			msg_add_u64(end, F_AFTER, (uint64_t)a.last);
	}
	if (put(&a, end) < 0) {
		out->len = a.start;
		return err_set(e, ERR_IO, "no room for an answer");
	}
	return 0;
}
