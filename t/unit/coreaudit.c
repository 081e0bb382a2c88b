/*
 * coreaudit: what must be true of every turn, whatever happened in it.
 *
 * Knows the edges of SPEC 2.1 by itself, not from the core.  audit_before sees the
 * turn against the disk as it was, audit_after against the disk with the turn on it.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/amounts.h"
#include "base/hash.h"
#include "base/ranges.h"
#include "core/elements.h"
#include "corelib.h"

struct walk {
	const struct disk *d;
	struct map *status;	/* job -> its status so far, plus 1 */
	struct map *rows;	/* job -> its row in this turn */
	struct map *arrays;	/* those that are new in this turn */
};

static bool edge(enum job_status from, enum job_status to)
{
	static const char *const edges[] = {
		[JOB_QUEUED] = "scheduled cancelled failed",
		[JOB_SCHEDULED] = "queued running cancelled failed",
		[JOB_RUNNING] = "queued completed failed cancelled",
		[JOB_COMPLETED] = "",
		[JOB_FAILED] = "queued",
		[JOB_CANCELLED] = "queued",
	};

	return strstr(edges[from], job_status_name(to)) != NULL;
}

static bool is_open(int64_t status)
{
	return status == JOB_SCHEDULED || status == JOB_RUNNING;
}

static void status_set(struct walk *w, int64_t job, int64_t status)
{
	map_put(w->status, (uint64_t)job, (void *)(uintptr_t)(status + 1));
}

/* -1: unknown. */
static int64_t status_get(const struct walk *w, int64_t job)
{
	uintptr_t v = (uintptr_t)map_get(w->status, (uint64_t)job);
	const struct job_row *r = disk_job(w->d, job);

	if (v != 0)
		return (int64_t)v - 1;
	return r != NULL ? r->status : -1;
}

/* An array has no executions of its own. */
static bool is_whole(const struct walk *w, int64_t job)
{
	const struct job_row *r = disk_job(w->d, job);

	return map_get(w->arrays, (uint64_t)job) != NULL || (r != NULL && row_is_array(r));
}

static int see_note(struct walk *w, const struct mut *m, struct err *e)
{
	const struct note *n = &m->note;

	if (status_get(w, n->job) != (int64_t)n->from)
		return err_set(e, ERR_INTERNAL, "job %" PRId64 ": a note says from %s", n->job,
		    job_status_name(n->from));
	if (!edge(n->from, n->to))
		return err_set(e, ERR_INTERNAL, "job %" PRId64 ": no edge %s > %s", n->job,
		    job_status_name(n->from), job_status_name(n->to));
	if (job_status_terminal(n->from) && m->cause->actor.method == BY_SYSTEM)
		return err_set(e, ERR_INTERNAL, "job %" PRId64 " was rerun by nobody", n->job);
	if ((is_open(n->from) || is_open(n->to)) != (n->execution > 0) && !is_whole(w, n->job))
		return err_set(e, ERR_INTERNAL, "job %" PRId64 ": note %s > %s of execution %"
		    PRId64, n->job, job_status_name(n->from), job_status_name(n->to),
		    n->execution);
	status_set(w, n->job, n->to);
	return 0;
}

static bool reason_fits(const struct job_row *r)
{
	int64_t why = r->reason;

	switch ((enum job_status)r->status) {
	case JOB_QUEUED:
		return why >= REASON_PRIORITY && why <= REASON_NEVER_FITS;
	case JOB_SCHEDULED: case JOB_RUNNING:
		return why == (r->stopping != 0 ? REASON_STOPPING : REASON_NONE) ||
		    (why == REASON_SUSPENDED && r->stopping == 0 && r->status == JOB_RUNNING);
	case JOB_COMPLETED:
		return why == REASON_NONE;
	case JOB_FAILED:
		return why >= REASON_NONZERO_EXIT && why <= REASON_MAX_REQUEUES;
	case JOB_CANCELLED:
		return why >= REASON_BY_USER && why <= REASON_ARRAY_HALTED;
	}
	return false;
}

static int see_job(const struct job_row *r, struct err *e)
{
	const char *status = job_status_name((enum job_status)r->status);

	if (!reason_fits(r))
		return err_set(e, ERR_INTERNAL, "job %" PRId64 " is %s because of '%s'", r->id,
		    status, reason_name((enum reason)r->reason));
	if (r->stopping != 0 && !is_open(r->status))
		return err_set(e, ERR_INTERNAL, "job %" PRId64 " is %s and stopping", r->id,
		    status);
	if (r->next_retry_at != 0 && r->status != JOB_QUEUED)
		return err_set(e, ERR_INTERNAL, "job %" PRId64 " is %s with a retry", r->id,
		    status);
	if (is_open(r->status) && r->array_states == NULL &&
	    (r->worker == NULL || r->scheduled_at == 0))
		return err_set(e, ERR_INTERNAL, "job %" PRId64 " is %s on no worker", r->id,
		    status);
	if (r->status == JOB_RUNNING && r->started_at == 0)
		return err_set(e, ERR_INTERNAL, "job %" PRId64 " runs since never", r->id);
	return 0;
}

static int see_muts(struct walk *w, const struct turn *t, struct err *e)
{
	size_t i;

	for (i = 0; i < t->nmuts; i++) {
		const struct mut *m = &t->muts[i];

		if (m->type == MUT_NOTE && see_note(w, m, e) == -1)
			return -1;
		if (m->type > MUT_JOB_SET)
			continue;
		if (m->type == MUT_JOB_NEW && row_is_array(m->job))
			map_put(w->arrays, (uint64_t)m->job->id, w);
		if (m->type != MUT_JOB_SET)
			status_set(w, m->job->id, JOB_QUEUED);
		if (map_get(w->rows, (uint64_t)m->job->id) != NULL)
			return err_set(e, ERR_INTERNAL, "job %" PRId64 " is written twice",
			    m->job->id);
		map_put(w->rows, (uint64_t)m->job->id, (void *)(uintptr_t)m->job);
	}
	return 0;
}

/* Rows say where the notes lead, and nothing is noted without a row. */
static int see_rows(const struct walk *w, const struct turn *t, struct err *e)
{
	size_t i;

	for (i = 0; i < t->nmuts; i++) {
		const struct mut *m = &t->muts[i];
		int64_t job = m->type == MUT_NOTE ? m->note.job :
		    m->type <= MUT_JOB_SET ? m->job->id : 0;
		const struct job_row *r = job != 0 ? map_get(w->rows, (uint64_t)job) : NULL;

		if (job == 0)
			continue;
		if (r == NULL)
			return err_set(e, ERR_INTERNAL, "job %" PRId64 " moved without a row", job);
		if (r->status != status_get(w, job))
			return err_set(e, ERR_INTERNAL, "job %" PRId64 ": its row says %s, its "
			    "notes something else", job,
			    job_status_name((enum job_status)r->status));
		if (see_job(r, e) == -1)
			return -1;
	}
	return 0;
}

/* What has run is never decided again; what was left out only by hand. */
static int before_occurrence(const struct disk *d, const struct occurrence_row *o,
    struct err *e)
{
	const struct occurrence_row *old = disk_occurrence(d, o->schedule_id, o->nominal_at);
	bool by_hand = o->reason != NULL && (strcmp(o->reason, "by hand") == 0 ||
	    strcmp(o->reason, "replay") == 0 || strcmp(o->reason, "queue full") == 0);

	if (old == NULL || strcmp(old->outcome, "waiting") == 0 ||
	    (by_hand && strcmp(old->outcome, "run") != 0))
		return 0;
	return err_set(e, ERR_INTERNAL, "s%" PRId64 " decides %" PRId64 " twice: %s, then %s",
	    o->schedule_id, o->nominal_at, old->outcome, o->outcome);
}

int audit_before(const struct disk *d, const struct turn *t, struct err *e)
{
	struct walk w = { d, map_new(), map_new(), map_new() };
	int rc = see_muts(&w, t, e);

	if (rc == 0)
		rc = see_rows(&w, t, e);
	for (size_t i = 0; i < t->nmuts && rc == 0; i++)
		if (t->muts[i].type == MUT_OCCURRENCE)
			rc = before_occurrence(d, t->muts[i].occurrence, e);
	map_free(w.status);
	map_free(w.rows);
	map_free(w.arrays);
	return rc;
}

/* One open execution for a scheduled or running job, none for any other. */
static int after_job(const struct disk *d, int64_t id, struct err *e)
{
	const struct job_row *r = disk_job(d, id);
	int64_t k;

	for (k = 1; k <= r->executions; k++) {
		const struct exec_row *x = disk_exec(d, id, k);
		bool want = k == r->executions && is_open(r->status);

		if (x == NULL)
			return err_set(e, ERR_INTERNAL, "execution %" PRId64 ".%" PRId64
			    " is nowhere", id, k);
		if (is_open(x->status) != want || (want && x->status != r->status))
			return err_set(e, ERR_INTERNAL, "job %" PRId64 " is %s, its execution %"
			    PRId64 " %s", id, job_status_name((enum job_status)r->status), k,
			    job_status_name((enum job_status)x->status));
	}
	return 0;
}

/* When it is over the job may be changed, in the same turn already. */
static bool is_as_asked(const struct exec_row *x, const struct job_row *r)
{
	return !is_open(x->status) || (x->cpus == r->cpus && x->mem == r->mem &&
	    x->disk == r->disk && x->gpus == r->gpus && x->bw == r->bw &&
	    (x->gpus > 0) == (x->gpu_ids != NULL) &&
	    x->attempt <= r->max_retries + 1);
}

static int after_exec(const struct disk *d, const struct exec_row *x, struct err *e)
{
	const struct job_row *r = disk_job(d, x->job_id);

	if (r == NULL || x->execution > r->executions)
		return err_set(e, ERR_INTERNAL, "execution %" PRId64 ".%" PRId64 " of no job",
		    x->job_id, x->execution);
	if (is_open(x->status) != (x->cause == -1) ||
	    is_open(x->status) != (x->completed_at == 0) ||
	    is_open(x->status) != (x->error_class == -1))
		return err_set(e, ERR_INTERNAL, "execution %" PRId64 ".%" PRId64 " is %s, cause %"
		    PRId64, x->job_id, x->execution,
		    job_status_name((enum job_status)x->status), x->cause);
	if (x->attempt < 1 || !is_as_asked(x, r))
		return err_set(e, ERR_INTERNAL, "execution %" PRId64 ".%" PRId64
		    " is not what was asked for", x->job_id, x->execution);
	if (x->execution == r->executions && is_open(x->status) &&
	    (x->scheduled_at != r->scheduled_at || x->started_at != r->started_at ||
	    strcmp(x->worker, r->worker) != 0))
		return err_set(e, ERR_INTERNAL, "execution %" PRId64 ".%" PRId64
		    " and its job tell two stories", x->job_id, x->execution);
	return after_job(d, x->job_id, e);
}

static int after_dep(const struct disk *d, const struct dep_row *dep, struct err *e)
{
	const struct job_row *parent = disk_job(d, dep->parent_id);

	if (dep->type == DEP_START && parent != NULL &&
	    (parent->executions > 0 || parent->started_at > 0))
		return 0;
	if (dep->state != DEP_OPEN && parent != NULL &&
	    !job_status_terminal((enum job_status)parent->status))
		return err_set(e, ERR_INTERNAL, "edge %" PRId64 " > %" PRId64
		    " was judged before the parent's end", dep->job_id, dep->parent_id);
	return 0;
}

/* What is booked of the resources that a worker names. */
static int after_named(const struct disk *d, const struct worker_row *w, struct err *e)
{
	const char *at = w->named;
	struct amount a;
	size_t i;

	while (amounts_next(&at, &a)) {
		int64_t free = amounts_of(w->free_named, a.name, a.len), sum = 0;

		for (i = 0; i < d->exec_rows.n; i++) {
			const struct exec_row *x = d->exec_rows.rows[i];
			const struct job_row *r = disk_job(d, x->job_id);

			if (is_open(x->status) && strcmp(x->worker, w->name) == 0 && r != NULL &&
			    !disk_ahead(d, x))
				sum += amounts_of(r->named, a.name, a.len);
		}
		if (a.n - free != sum || free < 0)
			return err_set(e, ERR_INTERNAL, "worker %s: %" PRId64 " of %.*s is booked, "
			    "executions hold %" PRId64, w->name, a.n - free, (int)a.len, a.name,
			    sum);
	}
	return 0;
}

static int after_worker(const struct disk *d, const struct worker_row *w, struct err *e)
{
	int64_t cpus = 0, mem = 0, disk = 0, gpus = 0, running = 0;
	size_t i;

	for (i = 0; i < d->exec_rows.n; i++) {
		const struct exec_row *x = d->exec_rows.rows[i];

		if (!is_open(x->status) || strcmp(x->worker, w->name) != 0 || disk_ahead(d, x))
			continue;
		cpus += x->cpus;
		mem += x->mem;
		disk += x->disk;
		gpus += x->gpus;
		running++;
	}
	if (after_named(d, w, e) == -1)
		return -1;
	if (w->cpus - w->free_cpus == cpus && w->mem - w->free_mem == mem &&
	    w->disk - w->free_disk == disk && w->gpus - w->free_gpus == gpus &&
	    w->running == running)
		return 0;
	return err_set(e, ERR_INTERNAL, "worker %s: its row says %" PRId64 " run with %" PRId64
	    " cpu, executions say %" PRId64 " with %" PRId64, w->name, w->running,
	    w->cpus - w->free_cpus, running, cpus);
}

static int after_effect(const struct disk *d, const struct effect *f, struct err *e)
{
	const struct exec_row *x = disk_exec(d, f->job, f->execution);
	bool ours = x != NULL && f->worker != NULL && strcmp(x->worker, f->worker) == 0;
	bool open = ours && is_open(x->status);

	if (f->type == EFF_START && (!open || x->status != JOB_SCHEDULED || f->attachment == 0))
		return err_set(e, ERR_INTERNAL, "START of %" PRId64 ".%" PRId64
		    ", which is not committed as scheduled there", f->job, f->execution);
	if (f->type == EFF_KILL && (f->kill.cause == END_FENCED ? open : !ours))
		return err_set(e, ERR_INTERNAL, "KILL of %" PRId64 ".%" PRId64 ", which is %s",
		    f->job, f->execution, open ? "open" : "not there");
	if (f->type == EFF_SET && (!ours || x->adjusted == 0))
		return err_set(e, ERR_INTERNAL, "SET of %" PRId64 ".%" PRId64
		    ", which is not committed as adjusted there", f->job, f->execution);
	if (f->type == EFF_ACK && open)
		return err_set(e, ERR_INTERNAL, "ACK of %" PRId64 ".%" PRId64 ", which is open",
		    f->job, f->execution);
	return 0;
}

/* A run's job says which it is, and the cursor is not behind what is decided. */
static int after_occurrence(const struct disk *d, const struct occurrence_row *o, struct err *e)
{
	const struct schedule_row *s = disk_schedule(d, o->schedule_id);
	const struct job_row *j = o->job_id != 0 ? disk_job(d, o->job_id) : NULL;
	bool planned = o->nominal_at % 1000 == 0;	/* no whole second: a run by hand */

	if (s == NULL || (planned && s->cursor_at < o->nominal_at))
		return err_set(e, ERR_INTERNAL, "s%" PRId64 " has not come to what it decided",
		    o->schedule_id);
	if ((strcmp(o->outcome, "run") == 0) != (j != NULL) || (j != NULL &&
	    (j->schedule_id != o->schedule_id || j->scheduled_time != o->nominal_at)))
		return err_set(e, ERR_INTERNAL, "s%" PRId64 ": %s, but job %" PRId64
		    " is of another occurrence", o->schedule_id, o->outcome, o->job_id);
	return 0;
}

static bool placed(const char *list, int64_t place)
{
	struct ranges r;
	bool there;

	if (list == NULL || ranges_parse(&r, list, ARRAY_MAX, NULL) == -1)
		return false;
	there = ranges_place(&r, place) != -1;
	ranges_release(&r);
	return there;
}

static int64_t array_index(const struct job_row *array, int64_t id)
{
	struct ranges r;
	int64_t index;

	if (ranges_parse(&r, array->array_spec, ARRAY_MAX, NULL) == -1)
		return -1;
	index = ranges_at(&r, id - array->id - 1);
	ranges_release(&r);
	return index;
}

/* Each place once; and the array counts what its elements are. */
static int after_array(const struct disk *d, const struct job_row *r, struct err *e)
{
	int64_t n[6] = { 0 };

	if (r == NULL || array_size(r) > 100)	/* it would take long */
		return 0;
	for (int64_t id = r->id + 1; id <= array_last(r); id++) {
		const struct job_row *x = disk_job(d, id);
		struct job_row none;

		if (x == NULL && array_element_row(r, id, &none) == 0)
			x = &none;
		if (x == NULL || x->array_index != array_index(r, id) || x->array_id != r->id)
			return err_set(e, ERR_INTERNAL, "job %" PRId64 " is no element", id);
		if (x != &none && (placed(r->array_left, id - r->id - 1) ||
		    placed(r->array_never, id - r->id - 1)))
			return err_set(e, ERR_INTERNAL, "element %" PRId64 " is there twice", id);
		if (x == &none && placed(r->array_left, id - r->id - 1) ==
		    placed(r->array_never, id - r->id - 1))
			return err_set(e, ERR_INTERNAL, "element %" PRId64 " is nowhere", id);
		n[x->status]++;
	}
	for (int s = 0; s < 6; s++) {
		const char *name = job_status_name((enum job_status)s);

		if (n[s] != amounts_of(r->array_states, name, strlen(name)))
			return err_set(e, ERR_INTERNAL, "array %" PRId64 ": %" PRId64 " are %s, "
			    "its row says %s", r->id, n[s], name, r->array_states);
	}
	if ((n[0] + n[1] + n[2] == 0) != (r->completed_at != 0))
		return err_set(e, ERR_INTERNAL, "array %" PRId64 " is %s with %s", r->id,
		    job_status_name((enum job_status)r->status), r->array_states);
	return 0;
}

static int after_mut(const struct disk *d, const struct mut *m, struct err *e)
{
	switch (m->type) {
	case MUT_JOB_NEW: case MUT_ELEMENT_NEW: case MUT_JOB_SET:
		return after_job(d, m->job->id, e) == -1 ? -1 :
		    after_array(d, disk_job(d, m->job->array_states != NULL ? m->job->id :
		    disk_job(d, m->job->id)->array_id), e);
	case MUT_EXEC_NEW: case MUT_EXEC_SET:
		return after_exec(d, m->exec, e);
	case MUT_DEP_SET:
		return after_dep(d, m->dep, e);
	case MUT_WORKER:
		/* costs all executions: enough if it is looked at while they are few */
		return d->exec_rows.n < 500 ? after_worker(d, m->worker, e) : 0;
	case MUT_OCCURRENCE:
		return after_occurrence(d, m->occurrence, e);
	default:	/* of the others nothing more has to be true */
		return 0;
	}
}

int audit_after(const struct disk *d, const struct turn *t, struct err *e)
{
	size_t i;

	if (d->err[0] != '\0')
		return err_set(e, ERR_INTERNAL, "the disk refuses: %s", d->err);
	for (i = 0; i < t->nmuts; i++)
		if (after_mut(d, &t->muts[i], e) == -1)
			return -1;
	for (i = 0; i < t->neffects; i++)
		if (after_effect(d, &t->effects[i], e) == -1)
			return -1;
	return 0;
}
