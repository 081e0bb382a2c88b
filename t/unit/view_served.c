/*
 * served: what comes over the socket is what a direct look shows, less what is
 * not for this viewer.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fdio.h"
#include "tap.h"
#include "view/impl.h"
#include "view/rows.h"
#include "viewkit.h"

#define OTHER 4242		/* uid of a stranger */

/* ---- a view process in small */

static void serve_one(struct view *v, const struct viewer *who, int fd)
{
	struct buf in, out;

	buf_init(&in, 1 << 20);
	buf_init(&out, 64 << 20);
	for (;;) {
		struct msg *m = NULL;
		struct err e;
		size_t used;
		char bytes[4096];
		ssize_t n;
		int r = msg_decode(in.data, in.len, &m, &used, &e);

		if (r < 0)
			break;
		if (r == 1) {
			buf_consume(&in, used);
			view_answer(v, who, m, &out, &e);
			msg_free(m);
			if (fd_write_all(fd, out.data, out.len, &e) < 0)
				break;
			buf_reset(&out);
			continue;
		}
		n = read(fd, bytes, sizeof(bytes));
		if (n <= 0)
			break;
		buf_add(&in, bytes, (size_t)n);
	}
	buf_release(&in);
	buf_release(&out);
}

static pid_t serve(const struct spool *s, const struct viewer *who)
{
	struct err e;
	int fd = sock_listen(s->fd, SPOOL_VIEW, 0600, &e);
	pid_t pid;

	if (fd < 0) {
		ok(false, "listen: %s", e.text);
		exit(tap_done());
	}
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		struct view *v = view_open(s, &e);
		struct pollfd p = { .fd = fd, .events = POLLIN };

		signal(SIGPIPE, SIG_IGN);
		while (v && poll(&p, 1, 20000) > 0) {
			int c = kit_accept(fd);

			if (c >= 0)
				serve_one(v, who, c);
			if (c >= 0)
				close(c);
		}
		_exit(0);
	}
	close(fd);
	return pid;
}

static struct view *connect_to(const struct spool *s)
{
	struct view *v = xcalloc(1, sizeof(*v));
	struct err e;

	v->spool = s;
	v->fd = -1;
	ok(served_open(v, &e) == 0, "connects to the view");
	return v;
}

static void stop(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* ---- rows as text, to compare them */

struct text {
	struct buf b;
	const struct table *table;
	unsigned except;
	int64_t last;
	int rows, stop_at;
};

static int add_row(void *arg, const void *row)
{
	struct text *t = arg;
	struct msg *m = msg_new(MSG_ROW);

	row_to_msg(t->table, row, t->except, m);
	msg_encode(m, &t->b);
	msg_free(m);
	if (t->table == &table_jobs)
		t->last = ((const struct job_row *)row)->id;
	return ++t->rows == t->stop_at;
}

static void text_init(struct text *t, const struct table *table, unsigned except)
{
	memset(t, 0, sizeof(*t));
	buf_init(&t->b, 64 << 20);
	t->table = table;
	t->except = except;
}

static void same(struct text *a, struct text *b, const char *what)
{
	ok(a->rows > 0, "%s: there are rows (%d)", what, a->rows);
	is_int(b->rows, a->rows, "%s: as many rows", what);
	is_str(b->b.data, a->b.data, "%s: the same rows", what);
	buf_release(&a->b);
	buf_release(&b->b);
}

typedef int (*list_fn)(struct view *v, int64_t job, row_fn fn, void *arg, struct err *e);

static void compare_list(struct view *d, struct view *s, const struct table *t, list_fn fn,
    int64_t job, unsigned except, const char *what)
{
	struct text a, b;
	struct err e;

	text_init(&a, t, except);
	text_init(&b, t, 0);
	is_int(fn(d, job, add_row, &a, &e), 0, "%s: direct", what);
	is_int(fn(s, job, add_row, &b, &e), 0, "%s: served", what);
	same(&a, &b, what);
}

static int workers(struct view *v, int64_t job, row_fn fn, void *arg, struct err *e)
{
	(void)job;
	return view_workers(v, fn, arg, e);
}

/* All pages of a filter. */
static int pages(struct view *v, struct job_filter f, struct text *t, struct err *e)
{
	bool more = true;
	int n = 0;

	while (more && n++ < 1000) {
		if (view_jobs(v, &f, add_row, t, &more, e) < 0)
			return -1;
		f.after = t->last;
	}
	return n;
}

static void compare_jobs(struct view *d, struct view *s, struct job_filter f, unsigned except,
    const char *what)
{
	struct text a, b;
	struct err e;

	text_init(&a, &table_jobs, except);
	text_init(&b, &table_jobs, 0);
	ok(pages(d, f, &a, &e) > 0, "%s: direct", what);
	ok(pages(s, f, &b, &e) > 0, "%s: served", what);
	same(&a, &b, what);
}

/* ---- the data */

#define JOBS 40
#define ARRAY 45

static void fill(struct kit *k)
{
	for (int64_t id = 1; id <= JOBS; id++) {
		struct job_row *row = kit_job(k, id, id % 2 ? "odd one" : "even\none");

		if (id % 4 == 0) {
			row->uid = OTHER;
			row->user = "stranger";
		}
		row->command = "secret --word 'a b'";
		row->tags = id % 5 ? "{\"team\":\"a\"}" : "{\"team\":\"b\"}";
		row->comment = "mine";
		row->mem = 1536;
		row->status = id % 3 ? JOB_QUEUED : JOB_RUNNING;
		row->executions = id % 3 ? 0 : 2;
		row->queue = id % 7 ? "default" : "night";
		row->worker = id % 3 ? NULL : "local";
		if (id % 3 == 0) {
			struct exec_row *x = kit_exec(k, id, 1);

			x->status = JOB_FAILED;
			x->message = "it hurts";
			x->exit_code = 3;
			x->completed_at = x->started_at + 500;
			kit_exec(k, id, 2)->limits = "cgroup2:memory";
		}
		if (id > 30)
			kit_dep(k, id, 30)->type = DEP_ANY;
		if (id % 3 == 0 && id < 10)
			kit_log(k, row, 2, "stdout.log", "line one\nline two\n");
	}
	for (int64_t id = ARRAY; id <= ARRAY + 1; id++) {
		struct job_row *row = kit_job(k, id, "array");

		row->array_id = ARRAY;
		row->array_index = id == ARRAY ? 0 : 3;
		row->array_spec = "3-9:3";
		row->array_left = id == ARRAY ? "1" : NULL;
		row->array_never = id == ARRAY ? "2" : NULL;
		row->array_fate = id == ARRAY ? REASON_BY_USER : REASON_NONE;
		row->array_states = id == ARRAY ? "queued=2,cancelled=1" : NULL;
	}
	kit_worker(k, "local")->reason = "all is well";
	kit_worker(k, "h2")->status = WORKER_DRAINING;
	kit_commit(k);
}

/* ---- what an owner or admin sees: everything */

static int one_job(struct view *v, int64_t id, row_fn fn, void *arg, struct err *e)
{
	struct job_row row;
	int r = view_job(v, id, &row, e);

	return r <= 0 ? r : fn(arg, &row);
}

static void compare_filters(struct view *d, struct view *s)
{
	struct job_filter f = { .limit = 7 };

	compare_jobs(d, s, f, 0, "all jobs, pages of 7");
	f.newest_first = true;
	compare_jobs(d, s, f, 0, "newest first");
	f = (struct job_filter){ .first = 10, .last = 20, .limit = 100 };
	compare_jobs(d, s, f, 0, "a range");
	f = (struct job_filter){ .statuses = 1u << JOB_RUNNING, .limit = 100 };
	compare_jobs(d, s, f, 0, "a status");
	f = (struct job_filter){ .user = "stranger", .queue = "night", .limit = 100,
	    .history = true };
	compare_jobs(d, s, f, 0, "a user and a queue, in the history, too");
	f = (struct job_filter){ .name = "even\none", .worker = "local", .limit = 100 };
	compare_jobs(d, s, f, 0, "a name and a worker");
	f = (struct job_filter){ .tag_key = "team", .tag_value = "b", .limit = 100 };
	compare_jobs(d, s, f, 0, "a tag");
	f = (struct job_filter){ .since = KIT_DAY + 5, .until = KIT_DAY + 9, .limit = 100 };
	compare_jobs(d, s, f, 0, "a time");
	f = (struct job_filter){ .wholes = true, .limit = 100 };
	compare_jobs(d, s, f, 0, "arrays without their elements");
}

static void compare_log(struct view *d, struct view *s, const struct job_row *row)
{
	struct view_output o = { row, 2, "stdout" };
	struct buf a, b;
	uint64_t size = 0;
	struct err e;

	buf_init(&a, 100);
	buf_init(&b, 100);
	is_int(view_log(d, &o, 5, 8, &a, &e), 0, "a log, direct");
	is_int(view_log(s, &o, 5, 8, &b, &e), 0, "a log, served");
	is_str(a.data, "one\nline", "direct: from the offset, so much");
	is_str(b.data, "one\nline", "served: the same");
	is_int(view_log_size(s, &o, &size, &e), 0, "its size, served");
	is_int(size, 18, "is right");
	o.stream = "stderr";
	is_int(view_log_size(s, &o, &size, &e), 0, "a log that is not there");
	is_int(size, 0, "has no bytes");
	o.stream = "../../x";
	is_int(view_log(s, &o, 0, 8, &b, &e), -1, "no other file is read");
	buf_release(&a);
	buf_release(&b);
}

static void check_admin(const struct kit *k, struct view *d)
{
	struct viewer who = { .uid = 1, .admin = true, .private_jobs = true };
	pid_t pid = serve(&k->spool, &who);
	struct view *s = connect_to(&k->spool);
	struct job_row row, served;
	int64_t counts[6], served_counts[6], id = 0;
	struct err e;

	compare_filters(d, s);
	compare_list(d, s, &table_executions, view_execs, 6, 0, "executions");
	compare_list(d, s, &table_dependencies, view_deps, 33, 0, "dependencies");
	compare_list(d, s, &table_dependencies, view_dependents, 30, 0, "dependents");
	compare_list(d, s, &table_workers, workers, 0, 0, "workers");
	is_int(view_job(d, 12, &row, &e), 1, "a job, direct");
	is_int(view_uuid(s, &row.uuid, &id, &e), 1, "its id by its UUID, served");
	is_int(id, 12, "is right");
	is_int(view_job(s, 12, &served, &e), 1, "a job, served");
	is_str(served.command, row.command, "with its command");
	is_int(view_job(s, 99, &served, &e), 0, "one that is not there");
	compare_list(d, s, &table_jobs, one_job, ARRAY, 0, "an array");
	compare_list(d, s, &table_jobs, one_job, ARRAY + 1, 0, "an element");
	compare_list(d, s, &table_jobs, one_job, ARRAY + 2, 0, "one that is still to come");
	compare_list(d, s, &table_jobs, one_job, ARRAY + 3, 0, "one that will never run");
	is_int(view_job(s, ARRAY + 4, &served, &e), 0, "and none behind them");
	is_int(view_counts(d, counts, &e), 0, "counts, direct");
	is_int(view_counts(s, served_counts, &e), 0, "counts, served");
	ok(memcmp(counts, served_counts, sizeof(counts)) == 0 && counts[JOB_RUNNING] == 13,
	    "are the same");
	view_job(d, 6, &row, &e);
	compare_log(d, s, &row);
	view_close(s);
	stop(pid);
}

/* ---- what another user sees */

static void check_stranger(const struct kit *k, struct view *d)
{
	struct viewer who = { .uid = OTHER };
	pid_t pid = serve(&k->spool, &who);
	struct view *s = connect_to(&k->spool);
	struct job_filter f = { .tag_key = "team", .tag_value = "a", .limit = 100 };
	struct job_row row = { .id = 0 };
	struct view_output o = { &row, 2, "stdout" };
	struct text t;
	struct buf b;
	struct err e;

	buf_init(&b, 1000);
	is_int(view_job(s, 4, &row, &e), 1, "one's own job");
	ok(row.command && row.comment && row.tags, "has all its columns");
	is_int(view_job(s, 3, &row, &e), 1, "another user's job");
	ok(!row.command && !row.comment && !row.tags && !row.submit_dir, "lacks the private ones");
	ok(row.name && row.status == JOB_RUNNING && row.mem == 1536, "but has the others");
	is_int(view_launch(s, &row, &b, &e), -1, "its launch block");
	is_int(e.code, ERR_PERM, "is not for a stranger");
	is_int(view_log(s, &o, 0, 100, &b, &e), -1, "nor its log");
	is_int(e.code, ERR_PERM, "for the same reason");
	o.stream = "meta";
	is_int(view_log(s, &o, 0, 100, &b, &e), -1, "nor its metadata");
	is_int(view_job(s, 3, &row, &e), 1, "after a refusal the view still answers");
	compare_list(d, s, &table_executions, view_execs, 3, COL_PRIVATE, "its executions");

	text_init(&t, &table_jobs, 0);
	ok(pages(s, f, &t, &e) > 0, "jobs by a tag");
	is_int(t.rows, 8, "are one's own alone: a tag is private");
	buf_release(&t.b);
	buf_release(&b);
	view_close(s);
	stop(pid);
}

static void check_private(const struct kit *k)
{
	struct viewer who = { .uid = OTHER, .private_jobs = true };
	pid_t pid = serve(&k->spool, &who);
	struct view *s = connect_to(&k->spool);
	struct job_filter f = { .limit = 2 };
	struct job_row row, mine;
	int64_t counts[6], id;
	struct text t;
	struct err e;

	is_int(view_job(s, 3, &row, &e), 0, "with private_jobs another's job is not there");
	is_int(view_job(s, 4, &mine, &e), 1, "one's own is");
	is_int(view_uuid(s, &mine.uuid, &id, &e), 1, "by its UUID, too");
	text_init(&t, &table_jobs, 0);
	ok(pages(s, f, &t, &e) > 1, "all jobs, page by page over what is hidden");
	is_int(t.rows, JOBS / 4, "are one's own");
	is_int(view_counts(s, counts, &e), 0, "counts");
	is_int(counts[JOB_QUEUED] + counts[JOB_RUNNING], JOBS / 4, "are of one's own");
	buf_release(&t.b);
	text_init(&t, &table_dependencies, 0);
	is_int(view_dependents(s, 30, add_row, &t, &e), 0, "dependents of a hidden job");
	is_int(t.rows, 0, "are none");
	buf_release(&t.b);
	view_close(s);
	stop(pid);
}

/* ---- when things go wrong */

static void check_stop(const struct kit *k)
{
	struct viewer who = { .admin = true };
	pid_t pid = serve(&k->spool, &who);
	struct view *s = connect_to(&k->spool);
	struct job_filter f = { .limit = 20 };
	struct job_row row;
	struct text t;
	bool more;
	struct err e;

	text_init(&t, &table_jobs, 0);
	t.stop_at = 3;
	is_int(view_jobs(s, &f, add_row, &t, &more, &e), 0, "a caller that has enough");
	is_int(t.rows, 3, "gets no more");
	is_int(view_job(s, 1, &row, &e), 1, "and the next question has its own answer");
	buf_release(&t.b);
	stop(pid);
	is_int(view_job(s, 1, &row, &e), -1, "a view that died is an error");
	is_int(e.code, ERR_UNAVAIL, "that says so");
	pid = serve(&k->spool, &who);
	is_int(view_job(s, 1, &row, &e), 1, "a new one is found by the next question");
	view_close(s);
	stop(pid);
}

static void check_hostile(struct view *d)
{
	static const char *const whats[] = { "nonsense", "job", "execs", "log", "launch", "jobs" };
	struct viewer who = { .uid = OTHER };
	struct buf out;
	struct err e;

	buf_init(&out, 1 << 20);
	for (size_t i = 0; i < 6; i++) {
		struct msg *q = msg_new(MSG_QUERY), *end = NULL;
		size_t used;

		buf_reset(&out);
		msg_add(q, F_WHAT, whats[i]);
		msg_add(q, F_TARGET, "-5--x");
		is_int(view_answer(d, &who, q, &out, &e), 0, "%s: answered", whats[i]);
		ok(msg_decode(out.data, out.len, &end, &used, NULL) == 1 &&
		    msg_type(end) == MSG_END && msg_u64(end, F_CODE, 0) != ERR_NONE,
		    "%s: with the reason", whats[i]);
		msg_free(end);
		msg_free(q);
	}
	buf_release(&out);
}

int main(void)
{
	struct view *d;
	struct kit k;
	struct err e;

	kit_open(&k);
	fill(&k);
	d = view_open(&k.spool, &e);
	ok(d != NULL && view_is_direct(d), "the spool's owner reads it himself");
	if (d) {
		check_admin(&k, d);
		check_stranger(&k, d);
		check_private(&k);
		check_stop(&k);
		check_hostile(d);
	}
	view_close(d);
	kit_close(&k);
	return tap_done();
}
