/*
 * coredisk: the tables of the tests, in memory.
 *
 * Owns deep copies of rows.  Applies a turn as the database would: an update writes
 * the mutable columns only, and what a database would refuse is remembered in
 * `err`.  Promises that a turn applied twice is as applied once, if the core's
 * mutations allow it: tests compare.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "core/elements.h"
#include "corelib.h"
#include "zonelib.h"

struct disk *disk_new(void)
{
	struct disk *d = xcalloc(1, sizeof(*d));

	d->jobs = map_new();
	d->execs = map_new();
	d->deps = map_new();
	d->workers = map_new();
	d->ahead = map_new();
	d->schedules = map_new();
	d->occurrences = map_new();
	d->runtimes = map_new();
	d->notices = map_new();
	d->accounts = map_new();
	return d;
}

static void *field(const void *row, const struct column *col)
{
	return (char *)(uintptr_t)row + col->offset;
}

static void text_free(const struct table *t, void *row)
{
	const struct column *col;

	for (col = t->columns; col->name != NULL; col++)
		if (col->kind == COL_TEXT || col->kind == COL_BLOB)
			free(*(void **)field(row, col));
}

static void vec_free(const struct table *t, struct vec *v)
{
	size_t i;

	for (i = 0; i < v->n; i++) {
		text_free(t, v->rows[i]);
		free(v->rows[i]);
	}
	free(v->rows);
}

void disk_free(struct disk *d)
{
	if (d == NULL)
		return;
	vec_free(&table_jobs, &d->job_rows);
	vec_free(&table_executions, &d->exec_rows);
	vec_free(&table_dependencies, &d->dep_rows);
	vec_free(&table_workers, &d->worker_rows);
	vec_free(&table_schedules, &d->schedule_rows);
	vec_free(&table_occurrences, &d->occurrence_rows);
	vec_free(&table_runtimes, &d->runtime_rows);
	vec_free(&table_notices, &d->notice_rows);
	vec_free(&table_accounts, &d->account_rows);
	map_free(d->jobs);
	map_free(d->execs);
	map_free(d->deps);
	map_free(d->workers);
	map_free(d->ahead);
	map_free(d->schedules);
	map_free(d->occurrences);
	map_free(d->runtimes);
	map_free(d->notices);
	map_free(d->accounts);
	free(d);
}

static size_t column_size(enum col_kind kind)
{
	return kind == COL_UUID ? sizeof(struct uuid) : sizeof(int64_t);
}

/* Texts have their own copy in each row. */
static void column_copy(const struct column *col, void *to, const void *from)
{
	void *dst = field(to, col), *src = field(from, col);

	if (col->kind == COL_TEXT) {
		free(*(char **)dst);
		*(char **)dst = *(char **)src != NULL ? xstrdup(*(char **)src) : NULL;
	} else if (col->kind == COL_BLOB) {
		int64_t n = ((int64_t *)src)[1];

		free(*(void **)dst);
		*(void **)dst = *(void **)src != NULL ? xmemdup(*(void **)src, (size_t)n) : NULL;
		((int64_t *)dst)[1] = n;
	} else
		memcpy(dst, src, column_size(col->kind));
}

static void row_write(const struct table *t, void *to, const void *from, bool all)
{
	const struct column *col;

	for (col = t->columns; col->name != NULL; col++)
		if (all || (col->flags & COL_MUTABLE))
			column_copy(col, to, from);
}

static void refuse(struct disk *d, const char *what, int64_t a, int64_t b)
{
	if (d->err[0] == '\0')
		snprintf(d->err, sizeof(d->err), "%s: %" PRId64 " %" PRId64, what, a, b);
}

/* Insert or replace. */
static void put(struct map *m, struct vec *v, const struct table *t, uint64_t key,
    const void *row)
{
	void *have = map_get(m, key);

	if (have == NULL) {
		have = xcalloc(1, t->size);
		map_put(m, key, have);
		if (v->n == v->cap) {
			v->cap = v->cap != 0 ? v->cap * 2 : 64;
			v->rows = xreallocarray(v->rows, v->cap, sizeof(void *));
		}
		v->rows[v->n++] = have;
	}
	row_write(t, have, row, true);
}

static bool update(struct map *m, const struct table *t, uint64_t key, const void *row)
{
	void *have = map_get(m, key);

	if (have != NULL)
		row_write(t, have, row, false);
	return have != NULL;
}

static uint64_t pair(int64_t a, int64_t b)
{
	const int64_t key[] = { a, b };

	return hash64(0, key, sizeof(key));
}

static uint64_t name_hash(const char *name)
{
	return hash64(0, name, strlen(name));
}

/* What it does not say itself an element has from its array. */
static void put_element(struct disk *d, const struct job_row *r)
{
	const struct job_row *array = disk_job(d, r->array_id);
	struct job_row whole;

	if (array == NULL)
		refuse(d, "an element of no array", r->id, r->array_id);
	whole = array != NULL ? *array : *r;
	for (const struct column *col = table_jobs.columns; col->name != NULL; col++) {
		if ((col->flags & (COL_KEY | COL_OWN | COL_MUTABLE)) != 0)
			memcpy(field(&whole, col), field(r, col), col->kind == COL_BLOB ?
			    2 * sizeof(int64_t) : column_size(col->kind));
	}
	put(d->jobs, &d->job_rows, &table_jobs, (uint64_t)r->id, &whole);
}

static void apply_job(struct disk *d, const struct mut *m)
{
	const struct job_row *r = m->job;
	int64_t other;

	if (job_status_terminal((enum job_status)r->status) != (r->completed_at != 0))
		refuse(d, "completed_at does not fit the status", r->id, r->status);
	if (m->type == MUT_JOB_SET) {
		if (!update(d->jobs, &table_jobs, (uint64_t)r->id, r))
			refuse(d, "no such job", r->id, 0);
		return;
	}
	if ((other = disk_uuid(d, &r->uuid)) != 0 && other != r->id)
		refuse(d, "two jobs have one uuid", r->id, other);
	if (m->type == MUT_ELEMENT_NEW)
		put_element(d, r);
	else
		put(d->jobs, &d->job_rows, &table_jobs, (uint64_t)r->id, r);
	/* so that jobs are found by their uuid */
	map_put(d->jobs, hash64(1, r->uuid.b, 16) | UINT64_C(1) << 63,
	    map_get(d->jobs, (uint64_t)r->id));
}

/* ---- which executions hold no place: no column says so, an order does */

static uint64_t exec_key(const struct exec_row *x)
{
	return pair(x->job_id, x->execution);
}

bool disk_ahead(const struct disk *d, const struct exec_row *x)
{
	return map_get(d->ahead, exec_key(x)) != NULL;
}

static bool same_place(const struct exec_row *a, const struct exec_row *b)
{
	return strcmp(a->worker, b->worker) == 0 && a->cpus == b->cpus && a->mem == b->mem &&
	    a->disk == b->disk && a->gpus == b->gpus && a->bw == b->bw;
}

/* One that held a place passes it on to the first that came of its size. */
static void place_left(struct disk *d, const struct exec_row *x)
{
	size_t i;

	if (map_del(d->ahead, exec_key(x)) != NULL)
		return;
	for (i = 0; i < d->exec_rows.n; i++) {
		const struct exec_row *y = d->exec_rows.rows[i];

		if (disk_ahead(d, y) && same_place(x, y)) {
			map_del(d->ahead, exec_key(y));
			return;
		}
	}
}

static void apply_late(const struct exec_row *r, struct exec_row *have)
{
	if (have == NULL || have->cause != END_LOST || strcmp(have->worker, r->worker) != 0)
		return;
	column_copy(table_column(&table_executions, "late_result"), have, r);
	column_copy(table_column(&table_executions, "late_at"), have, r);
}

static void apply_exec(struct disk *d, const struct mut *m)
{
	uint64_t key = exec_key(m->exec);
	const struct exec_row *have = map_get(d->execs, key);
	bool was_open = have != NULL && have->completed_at == 0;

	if (m->type == MUT_EXEC_LATE)
		apply_late(m->exec, map_get(d->execs, key));
	else if (m->type == MUT_EXEC_NEW)
		put(d->execs, &d->exec_rows, &table_executions, key, m->exec);
	else if (!update(d->execs, &table_executions, key, m->exec))
		refuse(d, "no such execution", m->exec->job_id, m->exec->execution);
	else if (was_open && have->completed_at != 0)
		place_left(d, have);
}

static void apply_schedule(struct disk *d, const struct mut *m)
{
	const struct schedule_row *r = m->schedule;

	if (m->type == MUT_SCHEDULE)
		put(d->schedules, &d->schedule_rows, &table_schedules, (uint64_t)r->id, r);
	else if (!update(d->schedules, &table_schedules, (uint64_t)r->id, r))
		refuse(d, "no such schedule", r->id, 0);
}

static void apply_edit(struct disk *d, const struct mut *m)
{
	struct job_row *have = map_get(d->jobs, (uint64_t)m->edit.row->id);

	if (have == NULL)
		refuse(d, "no such job", m->edit.row->id, 0);
	else if ((m->edit.column->flags & (COL_MUTABLE | COL_KEY)) != 0)
		refuse(d, "an edit of a column that is written anyway", have->id, 0);
	else
		column_copy(m->edit.column, have, m->edit.row);
}

static void apply_dep(struct disk *d, const struct mut *m)
{
	uint64_t key = pair(m->dep->job_id, m->dep->parent_id);

	if (m->type == MUT_DEP_NEW)
		put(d->deps, &d->dep_rows, &table_dependencies, key, m->dep);
	else if (!update(d->deps, &table_dependencies, key, m->dep))
		refuse(d, "no such dependency", m->dep->job_id, m->dep->parent_id);
}

/* Rows that no job, worker or schedule is made of; of the others no test looks for them. */
static void apply_aside(struct disk *d, const struct mut *m)
{
	uint64_t key;

	if (m->type == MUT_NOTICE) {
		put(d->notices, &d->notice_rows, &table_notices, (uint64_t)m->notice->id,
		    m->notice);
	} else if (m->type == MUT_RUNTIME) {
		key = hash64((uint64_t)m->runtime->uid, m->runtime->name, strlen(m->runtime->name));
		put(d->runtimes, &d->runtime_rows, &table_runtimes, key, m->runtime);
	} else if (m->type == MUT_ACCOUNT) {
		key = hash64(name_hash(m->account->team), m->account->user,
		    strlen(m->account->user));
		put(d->accounts, &d->account_rows, &table_accounts, key, m->account);
	}
}

static void apply_mut(struct disk *d, const struct mut *m)
{
	uint64_t key;

	if (m->cause == NULL || m->cause->via[0] == '\0')
		refuse(d, "a mutation without a cause", m->type, 0);
	switch (m->type) {
	case MUT_JOB_NEW: case MUT_ELEMENT_NEW: case MUT_JOB_SET:
		apply_job(d, m);
		break;
	case MUT_JOB_EDIT:
		apply_edit(d, m);
		break;
	case MUT_EXEC_NEW: case MUT_EXEC_SET: case MUT_EXEC_LATE:
		apply_exec(d, m);
		break;
	case MUT_DEP_NEW: case MUT_DEP_SET:
		apply_dep(d, m);
		break;
	case MUT_WORKER:
		put(d->workers, &d->worker_rows, &table_workers, name_hash(m->worker->name),
		    m->worker);
		break;
	case MUT_SCHEDULE: case MUT_SCHEDULE_SET:
		apply_schedule(d, m);
		break;
	case MUT_OCCURRENCE:
		key = pair(m->occurrence->schedule_id, m->occurrence->nominal_at);
		put(d->occurrences, &d->occurrence_rows, &table_occurrences, key, m->occurrence);
		break;
	default:
		apply_aside(d, m);
	}
}

void disk_apply(struct disk *d, const struct turn *t)
{
	size_t i;

	for (i = 0; i < t->nmuts; i++)
		apply_mut(d, &t->muts[i]);
	for (i = 0; i < t->neffects; i++) {
		const struct effect *f = &t->effects[i];

		if (f->type == EFF_START && f->start.ahead)
			map_put(d->ahead, pair(f->job, f->execution),
			    map_get(d->execs, pair(f->job, f->execution)));
	}
}

const struct job_row *disk_job(const struct disk *d, int64_t id)
{
	return map_get(d->jobs, (uint64_t)id);
}

const struct exec_row *disk_exec(const struct disk *d, int64_t job, int64_t execution)
{
	return map_get(d->execs, pair(job, execution));
}

const struct dep_row *disk_dep(const struct disk *d, int64_t job, int64_t parent)
{
	return map_get(d->deps, pair(job, parent));
}

const struct worker_row *disk_worker(const struct disk *d, const char *name)
{
	return map_get(d->workers, name_hash(name));
}

const struct schedule_row *disk_schedule(const struct disk *d, int64_t id)
{
	return map_get(d->schedules, (uint64_t)id);
}

const struct occurrence_row *disk_occurrence(const struct disk *d, int64_t id, int64_t nominal)
{
	return map_get(d->occurrences, pair(id, nominal));
}

int64_t disk_uuid(const struct disk *d, const struct uuid *u)
{
	const struct job_row *r = map_get(d->jobs, hash64(1, u->b, 16) | UINT64_C(1) << 63);

	return r != NULL && uuid_equal(&r->uuid, u) ? r->id : 0;
}

/* The latest job that has the key. */
const struct job_row *disk_key(const struct disk *d, int64_t uid, const char *key)
{
	size_t i;

	for (i = d->job_rows.n; i-- > 0;) {
		const struct job_row *r = d->job_rows.rows[i];

		if (r->uid == uid && r->key != NULL && strcmp(r->key, key) == 0)
			return r;
	}
	return NULL;
}

/* ---- recovery */

struct events {
	struct event *ev;
	size_t n, cap;
};

static struct ev_restore *more(struct events *all)
{
	struct event *ev;

	if (all->n == all->cap) {
		all->cap = all->cap != 0 ? all->cap * 2 : 256;
		all->ev = xreallocarray(all->ev, all->cap, sizeof(*all->ev));
	}
	ev = &all->ev[all->n++];
	memset(ev, 0, sizeof(*ev));
	ev->type = EV_RESTORE;
	ev->cause = (struct cause){ .actor = { .name = "jobd", .uid = -1 }, .via = "recovery" };
	return &ev->restore;
}

static bool lives(const struct disk *d, int64_t job)
{
	const struct job_row *r = disk_job(d, job);

	return r != NULL && !job_status_terminal((enum job_status)r->status);
}

/* Jobs that are not over, and the ended ones on which a live job's edge is open. */
static void add_jobs(const struct disk *d, struct events *all)
{
	struct map *wanted = map_new();
	size_t i;

	for (i = 0; i < d->dep_rows.n; i++) {
		const struct dep_row *r = d->dep_rows.rows[i];

		if (r->state == DEP_OPEN && lives(d, r->job_id))
			map_put(wanted, (uint64_t)r->parent_id, d->dep_rows.rows[i]);
	}
	for (i = 0; i < d->job_rows.n; i++) {
		const struct job_row *r = d->job_rows.rows[i];

		if (lives(d, r->id) || map_get(wanted, (uint64_t)r->id) != NULL)
			more(all)->job = r;
	}
	map_free(wanted);
}

/* The request of a schedule stands there as the struct itself. */
static void add_schedules(const struct disk *d, struct events *all, struct arena *a)
{
	struct buf b;

	buf_init(&b, 4096);
	for (size_t i = 0; i < d->schedule_rows.n; i++) {
		const struct schedule_row *r = d->schedule_rows.rows[i];
		struct ev_restore *ev;
		struct event *zone;

		(void)more(all);
		zone = &all->ev[all->n - 1];
		buf_reset(&b);
		zone_bytes(r->zone, &b);
		zone->type = EV_ZONE;
		zone->zone = (struct ev_zone){ r->zone, arena_memdup(a, b.data, b.len), b.len };
		if (strcmp(r->state, "removed") == 0)
			continue;
		ev = more(all);
		ev->schedule = r;
		ev->request = r->request;
	}
	for (size_t i = 0; i < d->occurrence_rows.n; i++) {
		const struct occurrence_row *r = d->occurrence_rows.rows[i];

		if (strcmp(r->outcome, "waiting") == 0)
			more(all)->occurrence = r;
	}
	buf_release(&b);
}

static int64_t next_id(const struct disk *d)
{
	int64_t next = 1;

	for (size_t i = 0; i < d->job_rows.n; i++) {
		int64_t last = array_last(d->job_rows.rows[i]);

		next = last >= next ? last + 1 : next;
	}
	return next;
}

void disk_restore(struct disk *d, struct core *c, struct now now, struct turn *t)
{
	struct events all = { NULL, 0, 0 };
	struct arena *a = arena_new();
	size_t i;

	/* The core that comes books all that is open. */
	map_free(d->ahead);
	d->ahead = map_new();

	for (i = 0; i < d->account_rows.n; i++)
		more(&all)->account = d->account_rows.rows[i];
	for (i = 0; i < d->runtime_rows.n; i++)
		if (((const struct runtime_row *)d->runtime_rows.rows[i])->last > 0)
			more(&all)->runtime = d->runtime_rows.rows[i];
	for (i = 0; i < d->notice_rows.n; i++)
		if (strcmp(((const struct notice_row *)d->notice_rows.rows[i])->state,
		    "pending") == 0)
			more(&all)->notice = d->notice_rows.rows[i];
	for (i = 0; i < d->worker_rows.n; i++)
		more(&all)->worker = d->worker_rows.rows[i];
	add_schedules(d, &all, a);
	add_jobs(d, &all);
	for (i = 0; i < d->exec_rows.n; i++) {
		const struct exec_row *r = d->exec_rows.rows[i];

		if (r->status == JOB_SCHEDULED || r->status == JOB_RUNNING)
			more(&all)->exec = r;
	}
	for (i = 0; i < d->dep_rows.n; i++) {
		const struct dep_row *r = d->dep_rows.rows[i];

		if (lives(d, r->job_id))
			more(&all)->dep = r;
	}
	more(&all)->done = true;
	all.ev[all.n - 1].restore.next_id = next_id(d);
	all.ev[all.n - 1].restore.next_schedule = (int64_t)d->schedule_rows.n + 1;
	all.ev[all.n - 1].restore.next_notice = (int64_t)d->notice_rows.n + 1;
	core_turn(c, now, all.ev, all.n, t);
	free(all.ev);
	arena_free(a);
}
