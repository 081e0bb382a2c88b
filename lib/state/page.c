/*
 * page: lists of jobs in order of id, from state.db and the history as one.
 *
 * Ids are given out in a row, so a list goes by windows of ids: of each window
 * every source (state.db, and the days whose ids reach into it) gives its rows in
 * order, and the merge drops what stands in two of them.  A window bounds how long
 * a read transaction lasts, whatever the filter; it grows while it finds nothing.
 * Promises that no job is missed that moves meanwhile: state.db is always looked
 * at before the days.
 */
#include <stdlib.h>
#include <string.h>

#include "state/history.h"
#include "state/read.h"
#include "state/tally.h"

#define WINDOW_MIN 2000
#define WINDOW_MAX 64000
#define STATE INT64_MIN		/* not a day: state.db itself */
#define LIVE_BITS (1u << JOB_QUEUED | 1u << JOB_SCHEDULED | 1u << JOB_RUNNING)

/* Parameters of the SQL; those of filters that are not given do not stand in it. */
enum { P_LOW = 1, P_HIGH, P_LIMIT, P_USER, P_NAME, P_QUEUE, P_WORKER, P_TAG, P_TAG_VALUE,
	P_SINCE, P_UNTIL };

struct source {
	int64_t day;		/* or STATE */
	struct db *db, own;	/* own: of a day */
	sqlite3_stmt *st;
	bool has;		/* st stands on a row, with this id */
	int64_t id;
};

struct page {
	struct reader *r;
	const struct job_filter *f;
	bool live;			/* only what lives: indexes find it */
	int64_t low, high;		/* ids still wanted, both included */
	struct day_range *days;		/* those that may hold any */
	size_t ndays;
	struct source **sources;	/* sources[0]: state.db */
	size_t nsources;
	size_t left;
	row_fn fn;
	void *arg;
	bool more, stopped;
};

static void add_statuses(struct buf *sql, unsigned statuses)
{
	const char *comma = " AND status IN (";

	for (int s = JOB_QUEUED; s <= JOB_CANCELLED; s++) {
		if (!(statuses & 1u << s))
			continue;
		buf_addf(sql, "%s'%s'", comma, job_status_name((enum job_status)s));
		comma = ",";
	}
	buf_addc(sql, ')');
}

/* Which way to the rows; the planner has no statistics, so it is told. */
static const char *way(const struct page *p, bool state)
{
	if (p->f->user && (p->live || !state))
		return " INDEXED BY jobs_user";
	return p->live ? " INDEXED BY jobs_completed" : " NOT INDEXED";
}

static void add_equal(struct buf *sql, const char *column, const char *given, int param)
{
	if (given)
		buf_addf(sql, " AND %s = ?%d", column, param);
}

static void add_conditions(struct buf *sql, const struct job_filter *f)
{
	add_equal(sql, "user", f->user, P_USER);
	add_equal(sql, "job_name", f->name, P_NAME);
	add_equal(sql, "queue", f->queue, P_QUEUE);
	add_equal(sql, "worker_node_id", f->worker, P_WORKER);
	if (f->statuses)
		add_statuses(sql, f->statuses);
	if (f->since)
		buf_addf(sql, " AND created_at >= ?%d", P_SINCE);
	if (f->until)
		buf_addf(sql, " AND created_at <= ?%d", P_UNTIL);
	if (f->tag_key == NULL)
		return;
	buf_addf(sql, " AND CASE WHEN json_valid(tags) THEN EXISTS "
	    "(SELECT 1 FROM json_each(tags) t WHERE t.key = ?%d", P_TAG);
	add_equal(sql, "t.value", f->tag_value, P_TAG_VALUE);
	buf_adds(sql, ") END");
}

static void bind_given(sqlite3_stmt *st, int param, const char *given)
{
	if (given)
		sqlite3_bind_text(st, param, given, -1, SQLITE_STATIC);
}

static int source_prepare(struct page *p, struct source *s, struct err *e)
{
	const struct job_filter *f = p->f;
	struct buf sql;

	buf_init(&sql, 65536);
	buf_adds(&sql, "SELECT ");
	row_columns(s->db, &table_jobs, &sql);
	buf_addf(&sql, " FROM jobs%s WHERE job_id BETWEEN ?1 AND ?2%s", way(p, s->day == STATE),
	    p->live ? " AND completed_at IS NULL" : "");
	add_conditions(&sql, f);
	if (f->wholes && read_has_arrays(s->db))
		buf_adds(&sql, " AND array_id IN (0, job_id)");
	buf_addf(&sql, " ORDER BY job_id%s LIMIT ?3", f->newest_first ? " DESC" : "");
	s->st = db_prepare(s->db, sql.data, e);
	buf_release(&sql);
	if (s->st == NULL)
		return -1;
	bind_given(s->st, P_USER, f->user);
	bind_given(s->st, P_NAME, f->name);
	bind_given(s->st, P_QUEUE, f->queue);
	bind_given(s->st, P_WORKER, f->worker);
	bind_given(s->st, P_TAG, f->tag_key);
	bind_given(s->st, P_TAG_VALUE, f->tag_value);
	if (f->since)
		sqlite3_bind_int64(s->st, P_SINCE, f->since);
	if (f->until)
		sqlite3_bind_int64(s->st, P_UNTIL, f->until);
	return 0;
}

static void source_free(struct source *s)
{
	sqlite3_finalize(s->st);
	if (s->own.h)
		db_close(&s->own);
	free(s);
}

/* A day without a file has no source, which is no error. */
static int source_add(struct page *p, int64_t day, struct err *e)
{
	struct source *s = xcalloc(1, sizeof(*s));
	int rc = 1;

	s->day = day;
	s->db = day == STATE ? &p->r->state : &s->own;
	if (day != STATE)
		rc = history_open(&s->own, p->r->spool, day, e);
	if (rc == 1 && source_prepare(p, s, e) == 0) {
		p->sources = xreallocarray(p->sources, p->nsources + 1, sizeof(*p->sources));
		p->sources[p->nsources++] = s;
		return 0;
	}
	source_free(s);
	return rc == 0 ? 0 : -1;
}

static bool day_reaches(const struct day_range *d, int64_t low, int64_t high)
{
	return d->first <= high && d->last >= low;
}

static bool has_source(const struct page *p, int64_t day)
{
	for (size_t i = 0; i < p->nsources; i++) {
		if (p->sources[i]->day == day)
			return true;
	}
	return false;
}

/* Opens the days that reach into the window, closes those that do no longer. */
static int sources_for(struct page *p, int64_t low, int64_t high, struct err *e)
{
	for (size_t i = 0; i < p->ndays; i++) {
		const struct day_range *d = &p->days[i];

		if (day_reaches(d, low, high) && !has_source(p, d->day) &&
		    source_add(p, d->day, e) != 0)
			return -1;
		for (size_t k = 1; k < p->nsources && !day_reaches(d, low, high); k++) {
			if (p->sources[k]->day == d->day) {
				source_free(p->sources[k]);
				p->sources[k] = p->sources[--p->nsources];
			}
		}
	}
	return 0;
}

static int source_step(struct source *s, struct err *e)
{
	int rc = db_step(s->db, s->st, e);

	s->has = rc == 1;
	s->id = s->has ? sqlite3_column_int64(s->st, 0) : 0;
	return rc < 0 ? -1 : 0;
}

/* The next in order; of equals the first source, which is state.db. */
static struct source *source_next(const struct page *p)
{
	struct source *best = NULL;

	for (size_t i = 0; i < p->nsources; i++) {
		struct source *s = p->sources[i];

		if (s->has && (best == NULL ||
		    (p->f->newest_first ? s->id > best->id : s->id < best->id)))
			best = s;
	}
	return best;
}

static int give(struct page *p, struct source *s, struct err *e)
{
	struct job_row row;
	int64_t id = s->id;

	if (row_read(s->db, s->st, &table_jobs, &row, NULL, e) != 0)
		return -1;
	p->stopped = p->fn(p->arg, &row) != 0;
	p->left--;
	for (size_t i = 0; i < p->nsources; i++) {
		if (p->sources[i]->has && p->sources[i]->id == id &&
		    source_step(p->sources[i], e) != 0)
			return -1;
	}
	return 0;
}

static int window_run(struct page *p, int64_t low, int64_t high, struct err *e)
{
	struct source *s;
	int rc = sources_for(p, low, high, e);

	for (size_t i = 0; i < p->nsources && rc == 0; i++) {
		s = p->sources[i];
		sqlite3_bind_int64(s->st, P_LOW, low);
		sqlite3_bind_int64(s->st, P_HIGH, high);
		sqlite3_bind_int64(s->st, P_LIMIT, (int64_t)p->left + 1);
		rc = source_step(s, e);
	}
	while (rc == 0 && !p->stopped && (s = source_next(p)) != NULL) {
		if (p->left == 0) {
			p->more = p->stopped = true;
			break;
		}
		rc = give(p, s, e);
	}
	for (size_t i = 0; i < p->nsources; i++) {
		sqlite3_reset(p->sources[i]->st);
		p->sources[i]->has = false;
	}
	return rc;
}

/* The first id in order, of those still wanted, that any source may have; 0: none. */
static int first_id(struct page *p, int64_t *id, struct err *e)
{
	const char *sql = p->f->newest_first ?
	    "SELECT max(job_id) FROM jobs WHERE job_id BETWEEN ?1 AND ?2" :
	    "SELECT min(job_id) FROM jobs WHERE job_id BETWEEN ?1 AND ?2";
	sqlite3_stmt *st = db_stmt(&p->r->state, sql, e);
	int rc;

	if (st == NULL)
		return -1;
	sqlite3_bind_int64(st, 1, p->low);
	sqlite3_bind_int64(st, 2, p->high);
	rc = db_step(&p->r->state, st, e);
	*id = rc == 1 ? sqlite3_column_int64(st, 0) : 0;
	sqlite3_reset(st);
	for (size_t i = 0; i < p->ndays; i++) {
		const struct day_range *d = &p->days[i];
		int64_t low = d->first > p->low ? d->first : p->low;
		int64_t high = d->last < p->high ? d->last : p->high;

		if (low > high)
			continue;
		if (*id == 0 || (p->f->newest_first ? high > *id : low < *id))
			*id = p->f->newest_first ? high : low;
	}
	return rc < 0 ? -1 : 0;
}

/* 1 and the next window, which is wanted no longer; 0 there is none; -1. */
static int window_next(struct page *p, int64_t width, int64_t *low, int64_t *high,
    struct err *e)
{
	int64_t id;

	if (p->stopped || p->low > p->high)
		return 0;
	if (first_id(p, &id, e) != 0)
		return -1;
	if (id == 0)
		return 0;
	if (p->left == 0) {
		p->more = true;
		return 0;
	}
	if (p->f->newest_first) {
		*high = id;
		*low = id - p->low < width ? p->low : id - width + 1;
		p->high = *low - 1;
	} else {
		*low = id;
		*high = p->high - id < width ? p->high : id + width - 1;
		p->low = *high + 1;
	}
	return 1;
}

/* By the days that lie in since..until: the ids that may be meant, and which days. */
static int limit_days(struct page *p, struct err *e)
{
	const struct job_filter *f = p->f;
	int64_t since = f->since ? tally_day_of(f->since) : INT64_MIN;
	int64_t until = f->until ? tally_day_of(f->until) : INT64_MAX;
	int64_t first = INT64_MAX, last = 0;
	size_t n, kept = 0;

	if (read_days(p->r, &p->days, &n, e) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct day_range d = p->days[i];

		if (d.day < since || d.day > until)
			continue;
		first = d.first < first ? d.first : first;
		last = d.last > last ? d.last : last;
		p->days[kept++] = d;
	}
	p->low = first > p->low ? first : p->low;
	p->high = last < p->high ? last : p->high;
	p->ndays = f->history && !p->live ? kept : 0;
	return 0;
}

static int page_begin(struct page *p, struct err *e)
{
	const struct job_filter *f = p->f;

	p->left = f->limit ? f->limit : 1000;
	p->live = f->statuses != 0 && (f->statuses & ~LIVE_BITS) == 0;
	p->low = f->first > 1 ? f->first : 1;
	p->high = f->last > 0 ? f->last : INT64_MAX - 1;
	if (f->after > 0 && f->newest_first && f->after <= p->high)
		p->high = f->after - 1;
	if (f->after > 0 && !f->newest_first && f->after >= p->low)
		p->low = f->after + 1;
	return limit_days(p, e) != 0 || source_add(p, STATE, e) != 0 ? -1 : 0;
}

int reader_jobs(struct reader *r, const struct job_filter *f, row_fn fn, void *arg, bool *more,
    struct err *e)
{
	struct page p = { .r = r, .f = f, .fn = fn, .arg = arg };
	int64_t width, low, high;
	int rc = page_begin(&p, e);

	width = p.live ? INT64_MAX : WINDOW_MIN;
	while (rc == 0 && (rc = window_next(&p, width, &low, &high, e)) == 1) {
		size_t left = p.left;

		rc = window_run(&p, low, high, e);
		if (p.left == left && width < WINDOW_MAX)
			width *= 2;
	}
	for (size_t i = 0; i < p.nsources; i++)
		source_free(p.sources[i]);
	free(p.sources);
	free(p.days);
	*more = p.more || (rc == 0 && p.stopped);
	return rc;
}
