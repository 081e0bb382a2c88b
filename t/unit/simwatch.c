/*
 * simwatch: what must be true between the core and the world that it does not see:
 * what workers really did, and what everybody who asked was told.
 */
#include <inttypes.h>

#include "base/hash.h"
#include "simworld.h"

static uint64_t name_of(int64_t job, int64_t execution)
{
	return (uint64_t)job << 24 | (uint64_t)execution;
}

void watch_started(struct sim *s, int64_t job, int64_t execution)
{
	map_put(s->ran, name_of(job, execution), s);
}

/* A result is acknowledged whenever it comes, or its worker would keep it for ever. */
static bool acknowledged(const struct turn *t, const struct held *h)
{
	size_t i;

	for (i = 0; i < t->neffects; i++)
		if (t->effects[i].type == EFF_ACK && t->effects[i].job == h->job &&
		    t->effects[i].execution == h->execution)
			return true;
	return false;
}

void watch_answers(struct sim *s, const struct turn *t)
{
	size_t i;

	for (i = 0; i < s->ninbox; i++) {
		const struct held *h = &s->inbox[i].exec.held;

		if (s->inbox[i].type == EV_ENDED && !acknowledged(t, h))
			sim_error(s, "the result of %" PRId64 ".%" PRId64 " is not acknowledged",
			    h->job, h->execution);
	}
}

/* Where it is said that an execution never started, none did. */
static void check_never(struct sim *s, const struct exec_row *x)
{
	if (x->cause == END_NEVER && map_get(s->ran, name_of(x->job_id, x->execution)) != NULL)
		sim_error(s, "%" PRId64 ".%" PRId64 " is said never to have started, and it did",
		    x->job_id, x->execution);
}

/* A job whose parents are decided in its favour does not wait for them. */
static void check_waiting(struct sim *s, const struct job_row *r)
{
	size_t i, open = 0, met = 0;
	int64_t id;

	if (r == NULL || r->status != JOB_QUEUED || r->reason != REASON_DEPENDENCY)
		return;
	id = r->array_id != 0 ? r->array_id : r->id;	/* an element waits with its array */
	for (i = 0; i < s->disk->dep_rows.n; i++) {
		const struct dep_row *d = s->disk->dep_rows.rows[i];

		open += d->job_id == id && d->state == DEP_OPEN;
		met += d->job_id == id && d->state == DEP_SATISFIED;
	}
	if (open == 0 || (r->dep_any && met > 0))
		sim_error(s, "job %" PRId64 " waits for parents that are over", r->id);
}

void watch_rows(struct sim *s, const struct turn *t)
{
	size_t i;

	for (i = 0; i < t->nmuts; i++) {
		const struct mut *m = &t->muts[i];

		if (m->type == MUT_EXEC_SET)
			check_never(s, m->exec);
		else if (m->type == MUT_DEP_SET)
			check_waiting(s, disk_job(s->disk, m->dep->job_id));
		else if (m->type <= MUT_JOB_SET)
			check_waiting(s, disk_job(s->disk, m->job->id));
	}
}
