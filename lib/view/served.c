/*
 * served: the provider that asks `jobd: view` on its socket.
 *
 * One question at a time; the answer is rows or data and an END.  Blocking, with
 * a deadline: a view that says nothing for STREAM_SILENCE_MS is given up.  A connection
 * on which something went wrong is closed, so that no old answer can be taken for
 * a new one; the next question makes a new one.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fdio.h"
#include "base/num.h"
#include "view/impl.h"
#include "view/rows.h"
#include "view/stream.h"

#define IN_MAX ((size_t)MSG_HEAD_MAX + MSG_BODY_MAX + MSG_PREFIX_MAX)

/* One message of an answer: 0, or -1 with e. */
typedef int (*part_fn)(void *arg, const struct msg *m, struct err *e);

int served_open(struct view *v, struct err *e)
{
	v->p = &view_served;
	buf_init(&v->in, IN_MAX);
	v->fd = sock_connect(v->spool->fd, SPOOL_VIEW, NULL);
	if (v->fd < 0)
		return err_set(e, ERR_UNAVAIL, "nobody serves %s: jobd has not been started, or "
		    "this is another user's own spool", v->spool->path);
	return 0;
}

static void disconnect(struct view *v)
{
	if (v->fd >= 0)
		close(v->fd);
	v->fd = -1;
	buf_reset(&v->in);
}

void served_close(struct view *v)
{
	disconnect(v);
	buf_release(&v->in);
	arena_free(v->rows);
}

/* The next message of the answer, which the caller frees. */
static struct msg *next_message(struct view *v, struct err *e)
{
	struct msg *m = NULL;
	size_t used;
	int r;

	while ((r = msg_decode(v->in.data, v->in.len, &m, &used, e)) == 0) {
		if (stream_receive(v->fd, &v->in, e) < 0)
			return NULL;
	}
	if (r < 0)
		return NULL;
	buf_consume(&v->in, used);
	return m;
}

static int send_query(struct view *v, struct msg *query, struct err *e)
{
	struct buf b;
	int r;

	if (v->fd < 0 && (v->fd = sock_connect(v->spool->fd, SPOOL_VIEW, e)) < 0)
		return -1;
	msg_add_u64(query, F_SEQ, ++v->seq);
	buf_init(&b, IN_MAX);
	if (msg_encode(query, &b) < 0)
		r = err_set(e, ERR_USAGE, "the question is too long");
	else
		r = stream_send(v->fd, b.data, b.len, e);
	buf_release(&b);
	return r;
}

/* Takes one message in: 1 it was the END, 0 more to come, -1 error. */
static int take(struct view *v, struct msg *m, part_fn part, void *arg, struct err *e)
{
	if (msg_u64(m, F_SEQ, 0) != v->seq)
		return err_set(e, ERR_DATA, "the view answers what was not asked");
	if (msg_type(m) == MSG_END)
		return 1;
	if (msg_type(m) != MSG_ROW && msg_type(m) != MSG_DATA)
		return err_set(e, ERR_DATA, "the view answers with a strange message");
	return part ? part(arg, m, e) : 0;
}

/*
 * Asks and hands every part of the answer over.  The END (the caller frees it), or
 * NULL with e; e also holds what the view refused.  Takes query.
 */
static struct msg *ask(struct view *v, struct msg *query, part_fn part, void *arg,
    struct err *e)
{
	struct msg *m = NULL;
	int r = send_query(v, query, e);

	msg_free(query);
	arena_free(v->rows);
	v->rows = arena_new();
	while (r == 0) {
		msg_free(m);
		m = next_message(v, e);
		r = m ? take(v, m, part, arg, e) : -1;
	}
	if (r < 0) {
		disconnect(v);
	} else if (msg_u64(m, F_CODE, 0) != ERR_NONE) {
		err_set(e, (enum err_code)msg_u64(m, F_CODE, 0), "%s",
		    msg_str(m, F_TEXT) ? msg_str(m, F_TEXT) : "refused");
		r = -1;
	}
	if (r < 0) {
		msg_free(m);
		return NULL;
	}
	return m;
}

static struct msg *new_query(const char *what)
{
	struct msg *query = msg_new(MSG_QUERY);

	msg_add(query, F_WHAT, what);
	return query;
}

static struct msg *job_query(const char *what, int64_t id)
{
	struct msg *query = new_query(what);

	msg_addf(query, F_TARGET, "%" PRId64, id);
	return query;
}

/* ---- rows */

struct rows_in {
	struct view *v;
	const struct table *table;
	void *row;		/* filled for each */
	row_fn fn;		/* NULL: the one row is enough */
	void *arg;
	size_t seen;
	bool stopped;		/* by fn: the rest of the answer is read and dropped */
};

static int take_row(void *arg, const struct msg *m, struct err *e)
{
	struct rows_in *in = arg;

	if (in->stopped)
		return 0;
	if (row_from_msg(in->table, m, in->v->rows, in->row, e) < 0)
		return -1;
	in->seen++;
	if (in->fn && in->fn(in->arg, in->row))
		in->stopped = true;
	return 0;
}

static int ask_rows(struct view *v, struct msg *query, struct rows_in *in, struct err *e)
{
	struct msg *end;

	in->v = v;
	end = ask(v, query, take_row, in, e);
	msg_free(end);
	return end ? 0 : -1;
}

static int served_job(struct view *v, int64_t id, struct job_row *row, struct err *e)
{
	struct rows_in in = { .table = &table_jobs, .row = row };

	if (ask_rows(v, job_query("job", id), &in, e) < 0)
		return -1;
	return in.seen > 0;
}

static int served_uuid(struct view *v, const struct uuid *u, int64_t *id, struct err *e)
{
	struct job_row row;
	struct rows_in in = { .table = &table_jobs, .row = &row };
	struct msg *query = new_query("uuid");
	char text[UUID_TEXT];

	uuid_format(u, text);
	msg_add(query, F_TARGET, text);
	if (ask_rows(v, query, &in, e) < 0)
		return -1;
	*id = in.seen ? row.id : 0;
	return in.seen > 0;
}

/* A page that holds nothing for us may have more behind it: goes on until there is a row. */
static int served_jobs(struct view *v, const struct job_filter *f, row_fn fn, void *arg,
    bool *more, struct err *e)
{
	struct job_filter page = *f;
	struct job_row row;
	struct rows_in in = { .table = &table_jobs, .row = &row, .fn = fn, .arg = arg, .v = v };

	do {
		struct msg *query = new_query(f->newest_first ? WHAT_NEWEST : WHAT_JOBS), *end;

		if (query_from_filter(query, &page, e) < 0) {
			msg_free(query);
			return -1;
		}
		end = ask(v, query, take_row, &in, e);
		if (!end)
			return -1;
		*more = msg_has(end, F_AFTER);
		page.after = (int64_t)msg_u64(end, F_AFTER, 0);
		msg_free(end);
	} while (*more && in.seen == 0);
	return 0;
}

static int served_execs(struct view *v, int64_t job, row_fn fn, void *arg, struct err *e)
{
	struct exec_row row;
	struct rows_in in = { .table = &table_executions, .row = &row, .fn = fn, .arg = arg };

	return ask_rows(v, job_query("execs", job), &in, e);
}

static int served_deps(struct view *v, int64_t job, row_fn fn, void *arg, struct err *e)
{
	struct dep_row row;
	struct rows_in in = { .table = &table_dependencies, .row = &row, .fn = fn, .arg = arg };

	return ask_rows(v, job_query("deps", job), &in, e);
}

static int served_dependents(struct view *v, int64_t job, row_fn fn, void *arg,
    struct err *e)
{
	struct dep_row row;
	struct rows_in in = { .table = &table_dependencies, .row = &row, .fn = fn, .arg = arg };

	return ask_rows(v, job_query("dependents", job), &in, e);
}

static int served_workers(struct view *v, row_fn fn, void *arg, struct err *e)
{
	struct worker_row row;
	struct rows_in in = { .table = &table_workers, .row = &row, .fn = fn, .arg = arg };

	return ask_rows(v, new_query("workers"), &in, e);
}

static int served_accounts(struct view *v, row_fn fn, void *arg, struct err *e)
{
	struct account_row row;
	struct rows_in in = { .table = &table_accounts, .row = &row, .fn = fn, .arg = arg };

	return ask_rows(v, new_query("accounts"), &in, e);
}

static int served_quotas(struct view *v, row_fn fn, void *arg, struct err *e)
{
	struct quota_row row;
	struct rows_in in = { .table = &table_quotas, .row = &row, .fn = fn, .arg = arg };

	return ask_rows(v, new_query("quotas"), &in, e);
}

static int served_settings(struct view *v, row_fn fn, void *arg, struct err *e)
{
	struct setting_row row;
	struct rows_in in = { .table = &table_settings, .row = &row, .fn = fn, .arg = arg };

	return ask_rows(v, new_query("settings"), &in, e);
}

static int served_schedules(struct view *v, row_fn fn, void *arg, struct err *e)
{
	struct schedule_row row;
	struct rows_in in = { .table = &table_schedules, .row = &row, .fn = fn, .arg = arg };

	return ask_rows(v, new_query("schedules"), &in, e);
}

static int served_occurrences(struct view *v, const struct occurrence_filter *f, row_fn fn,
    void *arg, struct err *e)
{
	struct occurrence_row row;
	struct rows_in in = { .table = &table_occurrences, .row = &row, .fn = fn, .arg = arg };
	struct msg *query = job_query("occurrences", f->schedule);

	msg_add_i64(query, F_SINCE, f->since);
	msg_add_i64(query, F_UNTIL_TIME, f->until);
	msg_add_u64(query, F_LIMIT, f->limit);
	return ask_rows(v, query, &in, e);
}

/* ---- data */

static int take_counts(void *arg, const struct msg *m, struct err *e)
{
	int64_t *counts = arg;
	const char *field;
	size_t iter = 0;

	while ((field = msg_next(m, F_COLUMN, &iter)) != NULL) {
		const char *blank = strchr(field, ' ');
		size_t len = blank ? (size_t)(blank - field) : 0;
		int64_t n;

		for (int s = 0; blank && s <= JOB_CANCELLED; s++) {
			const char *name = job_status_name((enum job_status)s);

			if (strlen(name) == len && memcmp(name, field, len) == 0 &&
			    num_i64(blank + 1, 0, INT64_MAX, &n, e) == 0)
				counts[s] = n;
		}
	}
	return 0;
}

static int served_counts(struct view *v, int64_t counts[6], struct err *e)
{
	struct msg *end;

	memset(counts, 0, 6 * sizeof(*counts));
	end = ask(v, new_query("counts"), take_counts, counts, e);
	msg_free(end);
	return end ? 0 : -1;
}

static int take_data(void *arg, const struct msg *m, struct err *e)
{
	size_t n;
	const void *p = msg_body(m, &n);

	if (p && buf_add(arg, p, n) < 0)
		return err_set(e, ERR_DATA, "more data than there is room for");
	return 0;
}

static int served_launch(struct view *v, const struct job_row *row, struct buf *block,
    struct err *e)
{
	size_t before = block->len;
	struct msg *end = ask(v, job_query("launch", row->id), take_data, block, e);

	msg_free(end);
	return end ? block->len > before : -1;
}

static struct msg *log_query(const char *what, const struct view_output *o)
{
	struct msg *query = job_query(what, o->job->id);

	msg_add_u64(query, F_EXECUTION, (uint64_t)o->execution);
	msg_add(query, F_STREAM, o->stream);
	return query;
}

static int served_log(struct view *v, const struct view_output *o, uint64_t offset,
    size_t max, struct buf *out, struct err *e)
{
	struct msg *query = log_query("log", o), *end;

	msg_add_u64(query, F_OFFSET, offset);
	msg_add_u64(query, F_LIMIT, max);
	end = ask(v, query, take_data, out, e);
	msg_free(end);
	return end ? 0 : -1;
}

static int served_log_size(struct view *v, const struct view_output *o, uint64_t *size,
    struct err *e)
{
	struct msg *end = ask(v, log_query("log-size", o), NULL, NULL, e);

	*size = end ? msg_u64(end, F_COUNT, 0) : 0;
	msg_free(end);
	return end ? 0 : -1;
}

/* The lock is not ours to look at; but who answers at the door is there. */
static void served_daemon(struct view *v, struct view_daemon *d)
{
	int fd = sock_connect(v->spool->fd, SPOOL_SOCK, NULL);
	struct stat st;

	if (fd < 0)
		return;
	close(fd);
	d->runs = true;
	if (fstatat(v->spool->fd, SPOOL_SOCK, &st, AT_SYMLINK_NOFOLLOW) == 0)
		d->since = (int64_t)st.st_ctim.tv_sec * 1000 + st.st_ctim.tv_nsec / 1000000;
}

const struct provider view_served = {
	.job = served_job, .uuid = served_uuid, .jobs = served_jobs, .execs = served_execs,
	.deps = served_deps, .dependents = served_dependents, .workers = served_workers,
	.accounts = served_accounts,
	.quotas = served_quotas,
	.settings = served_settings,
	.schedules = served_schedules, .occurrences = served_occurrences,
	.counts = served_counts, .launch = served_launch, .log = served_log,
	.log_size = served_log_size, .daemon = served_daemon,
};
