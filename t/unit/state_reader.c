/*
 * Readers: filters, pages over both places, recovery, counts; while the writer
 * writes, and after it has stopped.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "staterow.h"
#include "tap.h"

#define N 400
#define DAY (24 * HOUR)

/* What job id looks like in the tests of filters: everything follows from the id. */
static struct job_row varied_job(int64_t id)
{
	static const char *const users[] = { "alice", "bob", "carol", "dave", "eve" };
	static const char *const queues[] = { "batch", "night", NULL };
	static const char *const tags[] = {
		NULL, "{\"team\":\"risk\"}", "{\"team\":\"ops\",\"a \\\"b\\\"\":\"1\"}",
		"no json at all",
	};
	struct job_row row = plain_job(id);

	row.user = users[id % 5];
	row.queue = queues[id % 3];
	row.name = id % 4 ? "nightly" : "hourly";
	row.tags = tags[id % 4];
	row.worker = id % 6 ? NULL : "w1";
	row.created_at = T0 + id / 100 * DAY + id;
	row.status = id % 7 % 6;
	if (job_status_terminal((enum job_status)row.status))
		row.completed_at = T0 + id;
	return row;
}

static bool fits_text(const char *want, const char *got)
{
	return want == NULL || (got != NULL && strcmp(want, got) == 0);
}

static bool fits_tag(const struct job_filter *f, const struct job_row *row)
{
	char want[64];

	if (f->tag_key == NULL)
		return true;
	snprintf(want, sizeof(want), "\"%s\":\"%s", f->tag_key, f->tag_value ? f->tag_value : "");
	if (strchr(f->tag_key, '"'))
		return row->tags && strstr(row->tags, "a \\\"b");
	return row->tags && strstr(row->tags, want) != NULL;
}

static bool fits(const struct job_filter *f, const struct job_row *row)
{
	return (f->first == 0 || row->id >= f->first) && (f->last == 0 || row->id <= f->last) &&
	    (f->statuses == 0 || f->statuses >> row->status & 1) &&
	    fits_text(f->user, row->user) && fits_text(f->name, row->name) &&
	    fits_text(f->queue, row->queue) && fits_text(f->worker, row->worker) &&
	    fits_tag(f, row) && (f->since == 0 || row->created_at >= f->since) &&
	    (f->until == 0 || row->created_at <= f->until) &&
	    (f->history || !row->completed_at);
}

/* What the filter should give, by looking at every job. */
static const char *expected(const struct job_filter *f)
{
	static char text[N * 5];
	size_t len = 0;

	text[0] = '\0';
	for (int i = 1; i <= N; i++) {
		int id = f->newest_first ? N + 1 - i : i;
		struct job_row row = varied_job(id);

		if (fits(f, &row))
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%d",
			    len ? " " : "", id);
	}
	return text;
}

#define LIVE (1u << JOB_QUEUED | 1u << JOB_SCHEDULED | 1u << JOB_RUNNING)

static const struct job_filter filters[] = {
	{ .history = true },
	{ .history = true, .newest_first = true },
	{ .history = false },
	{ .statuses = LIVE },
	{ .statuses = LIVE, .newest_first = true },
	{ .statuses = LIVE, .user = "alice" },
	{ .statuses = 1u << JOB_RUNNING, .user = "bob", .newest_first = true },
	{ .statuses = 1u << JOB_FAILED, .history = true },
	{ .statuses = 1u << JOB_FAILED | 1u << JOB_QUEUED, .history = true },
	{ .user = "alice", .history = true, .newest_first = true },
	{ .user = "nobody", .history = true },
	{ .name = "hourly", .queue = "night", .history = true },
	{ .worker = "w1", .history = true },
	{ .tag_key = "team", .history = true },
	{ .tag_key = "team", .tag_value = "risk", .history = true, .newest_first = true },
	{ .tag_key = "a \"b\"", .tag_value = "1", .history = true },
	{ .tag_key = "tea", .history = true },
	{ .first = 50, .last = 60, .history = true },
	{ .first = 390, .history = true, .newest_first = true },
	{ .last = 3, .history = true },
	{ .first = 10, .last = 5, .history = true },
	{ .since = T0 + DAY + 150, .history = true },
	{ .until = T0 + DAY + 150, .history = true, .newest_first = true },
	{ .since = T0 + DAY, .until = T0 + 2 * DAY, .user = "eve", .history = true },
	{ .since = T0 + 100 * DAY, .history = true },
	{ .user = "alice", .name = "nightly", .queue = "batch", .statuses = 1u << JOB_COMPLETED,
	    .first = 1, .last = 399, .since = T0, .tag_key = "team", .history = true },
};

static void test_filters(struct spool *s)
{
	struct reader *r = reader_open(s, NULL);

	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		struct job_filter f = filters[i];

		f.limit = 1 + splitmix64(i) % 50;
		is_str(scratch_ids(r, f), expected(&f), "filter %d in pages of %d", (int)i,
		    (int)f.limit);
		f.limit = 0;
		is_str(scratch_ids(r, f), expected(&f), "filter %d in one page", (int)i);
	}
	reader_close(r);
}

struct page {
	int n;
	int64_t last;
};

static int page_row(void *arg, const void *row)
{
	struct page *p = arg;

	p->last = ((const struct job_row *)row)->id;
	return ++p->n == 5;		/* stops there */
}

static void test_pages(struct spool *s)
{
	struct reader *r = reader_open(s, NULL);
	struct job_filter f = { .history = true, .limit = 5, .first = 1, .last = 5 };
	struct page p = { -100, 0 };
	bool more = true;

	ok(reader_jobs(r, &f, page_row, &p, &more, NULL) == 0 && !more && p.last == 5,
	    "as many as a page takes: no more");
	f.last = 6;
	ok(reader_jobs(r, &f, page_row, &p, &more, NULL) == 0 && more && p.last == 5,
	    "one more than a page takes: more");
	f = (struct job_filter){ .history = true };
	p = (struct page){ 0, 0 };
	ok(reader_jobs(r, &f, page_row, &p, &more, NULL) == 0 && more && p.n == 5,
	    "a callback that stops, stops");
	f.after = N;
	ok(reader_jobs(r, &f, page_row, &p, &more, NULL) == 0 && !more && p.n == 5,
	    "nothing behind the last");
	f.after = 1;
	f.newest_first = true;
	ok(reader_jobs(r, &f, page_row, &p, &more, NULL) == 0 && !more && p.n == 5,
	    "nothing before the first");
	reader_close(r);
}

static void test_counts(struct spool *s)
{
	struct reader *r = reader_open(s, NULL);
	int64_t counts[6], want[6] = { 0 };

	for (int id = 1; id <= N; id++) {
		struct job_row row = varied_job(id);

		want[row.status] += !row.completed_at;
	}
	ok(reader_counts(r, counts, NULL) == 0, "counts");
	for (int i = 0; i < 6; i++)
		is_int(counts[i], want[i], "%s", job_status_name((enum job_status)i));
	reader_close(r);
}

#define DAY_MS INT64_C(86400000)

static void test_day_live(struct spool *s)
{
	struct reader *r = reader_open(s, NULL);
	int64_t day = varied_job(1).created_at / DAY_MS, live = -1, want = 0;

	for (int id = 1; id <= N; id++) {
		struct job_row row = varied_job(id);

		want += !row.completed_at && row.created_at / DAY_MS == day;
	}
	ok(reader_day_live(r, day * DAY_MS + 1, &live, NULL) == 0 && want > 0, "a day");
	is_int(live, want, "has so many jobs that have not moved");
	ok(reader_day_live(r, 0, &live, NULL) == 0 && live == 0, "a day without a job: none");
	reader_close(r);
}

/* ---- recovery ---- */

struct seen {
	char text[2000];
};

static int note(struct seen *s, const char *what, int64_t a, int64_t b)
{
	size_t len = strlen(s->text);

	snprintf(s->text + len, sizeof(s->text) - len, "%s %lld/%lld ", what, (long long)a,
	    (long long)b);
	return 0;
}

static int on_job(void *arg, const void *row)
{
	const struct job_row *j = row;

	return note(arg, "job", j->id, j->status);
}

static int on_exec(void *arg, const void *row)
{
	const struct exec_row *x = row;

	return note(arg, "exec", x->job_id, x->execution);
}

static int on_dep(void *arg, const void *row)
{
	const struct dep_row *d = row;

	return note(arg, "dep", d->job_id, d->parent_id);
}

static int on_worker(void *arg, const void *row)
{
	return note(arg, "worker", ((const struct worker_row *)row)->cpus, 0);
}

static int stop(void *arg, const void *row)
{
	(void)arg;
	(void)row;
	return -1;
}

static void put_past(struct scratch *x)
{
	struct turn *t = scratch_turn(x);
	struct worker_row worker = plain_worker("local");
	struct dep_row deps[] = {
		{ 3, 1, DEP_OK, DEP_SATISFIED, 0, 0 }, { 3, 2, DEP_OK, DEP_OPEN, 0, 0 },
		{ 4, 1, DEP_ANY, DEP_SATISFIED, 0, 0 },
	};

	for (int id = 1; id <= 5; id++) {
		struct job_row row = plain_job(id);
		struct exec_row exec = plain_exec(id, 1);

		row.status = id == 5 ? JOB_RUNNING : id == 3 ? JOB_QUEUED : JOB_COMPLETED;
		row.completed_at = id == 5 || id == 3 ? 0 : T0 + id;
		add_job(t, MUT_JOB_NEW, &row);
		exec.status = JOB_FAILED;
		add_exec(t, MUT_EXEC_NEW, &exec);
		exec.execution = 2;
		exec.status = JOB_RUNNING;
		if (id == 5)
			add_exec(t, MUT_EXEC_NEW, &exec);
	}
	for (size_t i = 0; i < sizeof(deps) / sizeof(deps[0]); i++)
		add_dep(t, MUT_DEP_NEW, &deps[i]);
	add_worker(t, &worker);
	scratch_commit(x, t);
}

static int on_schedule(void *arg, const void *row)
{
	return note(arg, "schedule", ((const struct schedule_row *)row)->id, 0);
}

static int on_occurrence(void *arg, const void *row)
{
	const struct occurrence_row *o = row;

	return note(arg, "at", o->schedule_id, (o->nominal_at - T0) / HOUR);
}

static int on_runtime(void *arg, const void *row)
{
	const struct runtime_row *t = row;

	return note(arg, t->name, t->last, t->before);
}

static int on_account(void *arg, const void *row)
{
	const struct account_row *a = row;

	return note(arg, a->user, a->usage, a->boost);
}

static int on_quota(void *arg, const void *row)
{
	const struct quota_row *q = row;

	return note(arg, q->name, q->max[QUOTA_CPUS], q->used[QUOTA_MEM]);
}

static int on_setting(void *arg, const void *row)
{
	const struct setting_row *s = row;

	return note(arg, s->value, s->changed_at == T0, 0);
}

/* One setting is replaced, and one taken back. */
static void put_bounds(struct scratch *x)
{
	static const struct cause cause = { .via = "test" };
	static const struct quota_row quota = { .kind = "user", .name = "bob",
	    .max[QUOTA_CPUS] = 2500, .used[QUOTA_MEM] = 512 };
	static const struct setting_row settings[] = {
		{ "queue", "night", "users", "ann", "root", T0 },
		{ "queue", "night", "users", "eve", "root", T0 },
		{ "user", "bob", "max_cpus", "2.5", "root", T0 },
		{ "user", "bob", "max_cpus", NULL, "root", T0 },
	};
	struct turn *t = scratch_turn(x);

	turn_mut(t, MUT_QUOTA, &cause)->quota = &quota;
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		turn_mut(t, MUT_SETTING, &cause)->setting = &settings[i];
	scratch_commit(x, t);
}

static int on_notice(void *arg, const void *row)
{
	const struct notice_row *n = row;

	return note(arg, n->state, n->id, n->job_id);
}

static void put_notices(struct scratch *x)
{
	static const struct cause cause = { .via = "test" };
	static const struct notice_row rows[] = {
		{ .id = 1, .job_id = 3, .state = "sent", .created_at = T0 },
		{ .id = 2, .job_id = 3, .state = "pending", .created_at = T0 },
		{ .id = 4, .schedule_id = 1, .state = "failed", .created_at = T0 },
		{ .id = 5, .job_id = 5, .state = "pending", .created_at = T0 },
	};
	struct turn *t = scratch_turn(x);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		turn_mut(t, MUT_NOTICE, &cause)->notice = &rows[i];
	scratch_commit(x, t);
}

static void check_notices(struct reader *r, struct seen *seen)
{
	int64_t next = 0;

	seen->text[0] = '\0';
	is_int(reader_next_notice(r, &next, NULL), 0, "the next notice");
	is_int(next, 6, "has a number of its own");
	is_int(reader_notices(r, &(struct notice_filter){ .job = 3 }, on_notice, seen, NULL), 0,
	    "those of a job");
	is_int(reader_notices(r, &(struct notice_filter){ .schedule = 1 }, on_notice, seen, NULL),
	    0, "of a schedule");
	is_int(reader_notices(r, &(struct notice_filter){ .limit = 2 }, on_notice, seen, NULL), 0,
	    "of all");
	is_str(seen->text, "pending 2/3 sent 1/3 failed 4/0 pending 5/5 failed 4/0 ",
	    "newest first");
}

static void put_account(struct scratch *x)
{
	static const struct cause cause = { .via = "test" };
	static const struct account_row row = { "ops", "ann", 1, 0, 12345678901234, T0, -7 };
	struct turn *t = scratch_turn(x);

	turn_mut(t, MUT_ACCOUNT, &cause)->account = &row;
	scratch_commit(x, t);
}

/* One of them is forgotten again. */
static void put_runtimes(struct scratch *x)
{
	static const struct cause cause = { .via = "test" };
	static const struct runtime_row rows[] = {
		{ 1000, "b", 2500, 1000, T0 + 2 }, { 1000, "a", 7000, 0, T0 + 1 },
		{ 1001, "a", 3000, 0, T0 + 3 }, { 1001, "a", 0, 0, T0 + 4 },
	};
	struct turn *t = scratch_turn(x);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		turn_mut(t, MUT_RUNTIME, &cause)->runtime = &rows[i];
	scratch_commit(x, t);
}

static void put_plans(struct scratch *x)
{
	static const struct cause cause = { .via = "test" };
	static const struct schedule_row schedules[] = {
		{ .id = 1, .state = "active" }, { .id = 3, .state = "paused" },
		{ .id = 4, .state = "removed" },
	};
	static const struct occurrence_row occurrences[] = {
		{ 1, T0, T0, T0, "run", NULL, 2, 0, 0 },
		{ 1, T0 + HOUR, T0, T0, "skipped", "overlap", 0, 2, 0 },
		{ 1, T0 + 2 * HOUR, T0, T0, "waiting", "overlap", 0, 2, 0 },
	};
	struct turn *t = scratch_turn(x);

	for (size_t i = 0; i < 3; i++) {
		turn_mut(t, MUT_SCHEDULE, &cause)->schedule = &schedules[i];
		turn_mut(t, MUT_OCCURRENCE, &cause)->occurrence = &occurrences[i];
	}
	scratch_commit(x, t);
}

static void test_recover(void)
{
	struct seen seen = { "" };
	const struct recovered to = { on_account, on_quota, on_notice, on_runtime, on_worker,
	    on_schedule, on_occurrence, on_job, on_exec, on_dep, &seen };
	struct recovered stops = to;
	int64_t next = 0;
	struct scratch x;
	struct spool s;
	struct reader *r;

	stops.job = stop;
	scratch_open(&s);
	scratch_writer(&x, &s, HOUR);
	put_past(&x);
	put_plans(&x);
	put_runtimes(&x);
	put_account(&x);
	put_bounds(&x);
	put_notices(&x);
	r = reader_open(&s, NULL);
	ok(reader_recover(r, &to, NULL) == 0, "recovery");
	is_str(seen.text, "ann 12345678901234/-7 bob 2500/512 pending 2/3 pending 5/5 a 7000/0 "
	    "b 2500/1000 worker 4000/0 "
	    "schedule 1/0 schedule 3/0 at 1/2 job 3/0 job 5/2 "
	    "job 2/3 exec 5/2 dep 3/1 dep 3/2 ",
	    "accounts, bounds, notices to be sent, run times by age, workers, schedules and "
	    "what waits, what lives and whom it waits for, what is open");
	seen.text[0] = '\0';
	is_int(reader_settings(r, on_setting, &seen, NULL), 0, "what an administrator has said");
	is_str(seen.text, "eve 1/0 ", "and not taken back");
	is_int(reader_next_schedule(r, &next, NULL), 0, "the next schedule");
	is_int(next, 5, "has a number that a removed one had not");
	seen.text[0] = '\0';
	is_int(reader_schedules(r, true, on_schedule, &seen, NULL), 0, "all schedules");
	is_str(seen.text, "schedule 1/0 schedule 3/0 schedule 4/0 ", "with those that are removed");
	seen.text[0] = '\0';
	is_int(reader_occurrences(r, &(struct occurrence_filter){ .schedule = 1, .limit = 2 },
	    on_occurrence, &seen, NULL), 0, "its occurrences");
	is_str(seen.text, "at 1/2 at 1/1 ", "newest first, as many as wanted");
	check_notices(r, &seen);
	is_int(reader_recover(r, &stops, NULL), -1,
	    "a callback that stops makes it fail");
	seen.text[0] = '\0';
	ok(reader_recover(r, &to, NULL) == 0,
	    "it can be done again");
	reader_close(r);
	scratch_end(&x);
	scratch_close(&s);
}

/* ---- beside a writer ---- */

struct beside {
	struct spool *spool;
	_Atomic bool done;
	int bad, rounds;
	struct err why;		/* of a bad read: what it said or saw */
};

/* A turn brings two jobs with the same detail: no view shows one without the other. */
static int count_pair(void *arg, const void *row)
{
	(void)row;
	(*(int *)arg)++;
	return 0;
}

static void *read_beside(void *arg)
{
	struct beside *b = arg;
	struct reader *r = reader_open(b->spool, NULL);
	struct job_filter f = { .history = true, .limit = 100000 };

	while (!b->done) {
		int n = 0;
		bool more;

		if (reader_jobs(r, &f, count_pair, &n, &more, NULL) != 0 || n % 2 != 0)
			b->bad++;
		b->rounds++;
	}
	reader_close(r);
	return NULL;
}

static void test_beside(void)
{
	struct scratch x;
	struct spool s;
	struct beside b = { .spool = &s };
	pthread_t thread;
	int64_t id = 1;

	scratch_open(&s);
	scratch_writer(&x, &s, HOUR);
	pthread_create(&thread, NULL, read_beside, &b);
	for (int i = 0; i < 150; i++) {
		struct turn *t = scratch_turn(&x);

		for (int k = 0; k < 2; k++) {
			struct job_row row = plain_job(id++);

			add_job(t, MUT_JOB_NEW, &row);
		}
		scratch_commit(&x, t);
	}
	b.done = true;
	pthread_join(thread, NULL);
	is_int(b.bad, 0, "%d reads while it was written: always whole turns", b.rounds);
	scratch_end(&x);
	scratch_close(&s);
}

/* A job is always found, even while it moves. */
static void *read_moving(void *arg)
{
	struct beside *b = arg;
	struct reader *r = reader_open(b->spool, NULL);
	struct job_filter f = { .history = true, .limit = 100000 };
	struct job_row row;

	for (int64_t i = 0; !b->done; i++) {
		int n = 0;
		bool more;

		if (reader_job(r, 1 + i % N, &row, &b->why) != 1)
			b->bad++;
		if (reader_jobs(r, &f, count_pair, &n, &more, &b->why) != 0) {
			b->bad++;
		} else if (n != N) {
			err_set(&b->why, ERR_DATA, "a list of %d jobs", n);
			b->bad++;
		}
		b->rounds++;
	}
	reader_close(r);
	return NULL;
}

static void test_moving(struct spool *s, struct scratch *x, uint64_t n)
{
	struct beside b = { .spool = s };
	pthread_t thread;

	scratch_end(x);
	pthread_create(&thread, NULL, read_moving, &b);
	scratch_writer(x, s, 1);
	ok(scratch_moved(x, n), "%d jobs move", (int)n);
	b.done = true;
	pthread_join(thread, NULL);
	is_str(b.bad == 0 ? "" : b.why.text, "",
	    "%d reads while they moved: all jobs, once each", b.rounds);
}

/* After a clean stop nothing but files is there; they need not be written. */
static void test_stopped(struct spool *s)
{
	struct reader *r;
	struct job_row row;

	r = reader_open(s, NULL);
	ok(r && reader_job(r, 1, &row, NULL) == 1, "a reader after a clean stop");
	reader_close(r);
	ok(faccessat(s->fd, "state.db-wal", F_OK, 0) == 0, "which leaves the log where it is");
	r = reader_open(s, NULL);
	ok(r && reader_job(r, 1, &row, NULL) == 1, "and the next one");
	is_int(reader_job(r, N + 1, &row, NULL), 0, "a job that is not there");
	is_int(reader_job(r, -1, &row, NULL), 0, "nor this");
	is_int(reader_execs(r, N + 1, count_pair, NULL, NULL), 0, "and nothing of it");
	reader_close(r);
	reader_close(NULL);
}

int main(void)
{
	struct scratch x;
	struct spool s;
	struct turn *t;
	uint64_t ended = 0;

	scratch_open(&s);
	scratch_writer(&x, &s, 100 * 365 * DAY);
	t = scratch_turn(&x);
	for (int id = 1; id <= N; id++) {
		struct job_row row = varied_job(id);

		ended += row.completed_at != 0;
		add_job(t, MUT_JOB_NEW, &row);
	}
	ok(scratch_commit(&x, t), "%d jobs", N);
	test_moving(&s, &x, ended);
	test_filters(&s);
	test_pages(&s);
	test_counts(&s);
	test_day_live(&s);
	scratch_end(&x);
	test_stopped(&s);
	scratch_close(&s);
	test_recover();
	test_beside();
	return tap_done();
}
