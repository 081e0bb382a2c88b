/*
 * check: the core's invariants, for tests and the simulator.
 *
 * Reads everything, changes nothing.
 */
#include <inttypes.h>
#include <string.h>

#include "core/ahead.h"
#include "core/device.h"
#include "core/impl.h"

static int check_worker(const struct worker *w, struct err *e)
{
	bool takes = w->up && w->status == WORKER_ACTIVE && w->health != HEALTH_UNHEALTHY;
	int64_t sum[RES_COUNT] = { 0 };
	uint64_t bits[DEVICE_WORDS] = { 0 };
	const struct need *y;
	const struct exec *x;
	size_t n = 0;
	int i;

	LIST_FOREACH(x, &w->execs, link) {
		if (x->ahead)
			continue;
		n++;
		for EACH_NEED(y, &x->job->shape->want.needs)
			sum[y->res] += y->n;
		if (devices_add(x, bits, w->busy_words) == -1)
			return err_set(e, ERR_INTERNAL, "worker %s: two have one gpu", w->name);
	}
	if (w->ready != takes || w->dirty)
		return err_set(e, ERR_INTERNAL, "worker %s: in the wrong place, or its row is not "
		    "written", w->name);
	if (n != w->running)
		return err_set(e, ERR_INTERNAL, "worker %s: %zu executions, counted %zu", w->name,
		    n, w->running);
	if (w->busy_words > 0 && memcmp(bits, w->busy, w->busy_words * sizeof(bits[0])) != 0)
		return err_set(e, ERR_INTERNAL, "worker %s: its gpus are not those of its "
		    "executions", w->name);
	for (i = 0; i < RES_COUNT; i++)
		if (w->total[i] - w->free[i] != sum[i])
			return err_set(e, ERR_INTERNAL, "worker %s: booked %" PRId64 " of resource "
			    "%d, open executions hold %" PRId64, w->name, w->total[i] - w->free[i],
			    i, sum[i]);
	return 0;
}

/* Whoever goes ahead has somebody whose place it will take. */
static int check_ahead(const struct exec *x, struct err *e)
{
	const struct exec *y;

	LIST_FOREACH(y, &x->worker->execs, link) {
		if (!x->ahead || (!y->ahead && same_size(x->job->shape, y->job->shape)))
			return 0;
	}
	return err_set(e, ERR_INTERNAL, "job %" PRId64 " waits for a place that nobody has",
	    x->job->id);
}

/* The same steps from now on. */
static bool same_future(struct profile *a, struct profile *b, int64_t now)
{
	size_t i, r, n;

	profile_trim(a, now);
	profile_trim(b, now);
	n = a->end - a->first;
	if (n != b->end - b->first)
		return false;
	for (i = 0; i < n; i++) {
		const struct step *x = profile_step(a, a->first + i);
		const struct step *y = profile_step(b, b->first + i);

		if (i > 0 && x->at != y->at)
			return false;
		for (r = 0; r < RES_COUNT; r++)
			if ((r < a->width ? x->free[r] : 0) != (r < b->width ? y->free[r] : 0))
				return false;
	}
	return true;
}

/* What is booked for the future is what runs and what has a slot. */
static int check_profile(const struct core *c, struct worker *w, struct err *e)
{
	struct profile p;
	const struct exec *x;
	const struct slot *s;
	size_t slots = 0;
	bool same;

	profile_init(&p);
	profile_grow(&p, w->total);
	LIST_FOREACH(x, &w->execs, link) {
		if (!x->ahead)
			profile_book(&p, c->now.boot, x->ends, &x->job->shape->want.needs, 1);
	}
	TAILQ_FOREACH(s, &c->plan.slots, link)
		if (s->worker == w) {
			slots++;
			profile_book(&p, s->start, time_after(s->start, s->job->length),
			    &s->job->shape->want.needs, 1);
		}
	same = same_future(&w->profile, &p, c->now.boot);
	profile_release(&p);
	if (!same || slots != w->slots)
		return err_set(e, ERR_INTERNAL, "worker %s: what is booked for later is not what "
		    "its executions and slots will need", w->name);
	return 0;
}

/* There are more timers at once than a turn fires. */
static bool overdue(const struct core *c, const struct job *j)
{
	return (j->at_wall != NO_HEAP && c->wall.due[j->at_wall] <= c->now.wall) ||
	    (j->at_boot != NO_HEAP && c->boot.due[j->at_boot] <= c->now.boot);
}

static int check_waits(const struct core *c, const struct job *j, struct err *e)
{
	enum reason why = job_blocker(c, j);

	if (j->waiting && (j->status != JOB_QUEUED || j->eligible_at == 0 ||
	    (why != REASON_NONE && why != REASON_BEGIN_TIME)))	/* a clock was set back */
		return err_set(e, ERR_INTERNAL, "job %" PRId64 " is %s (%s) and stands in the "
		    "order", j->id, job_status_name(j->status), reason_name(why));
	if (j->status != JOB_QUEUED)
		return 0;
	if (why == REASON_NONE && !j->waiting && !overdue(c, j))
		return err_set(e, ERR_INTERNAL, "job %" PRId64 " may run and stands nowhere",
		    j->id);
	if (j->reason == REASON_NONE)
		return err_set(e, ERR_INTERNAL, "job %" PRId64 " is queued without a reason",
		    j->id);
	return 0;
}

static bool waits_by_boot(const struct job *j)
{
	return j->retry_boot > 0 || (j->waiting && j->queue_timeout > 0) ||
	    ((j->status == JOB_QUEUED || (is_array(j) && !j->is_ended)) && j->dep_due > 0);
}

/* Whoever waits for an instant stands in the heap that will wake it. */
static int check_timers(const struct core *c, const struct job *j, struct err *e)
{
	bool over = job_status_terminal(j->status);
	bool wall = !over && j->stopping == REASON_NONE && j->deadline_at > 0 &&
	    (!is_array(j) || j->status == JOB_QUEUED);
	const struct exec *x = j->exec;
	bool ends = x != NULL && x->ends < INT64_MAX;
	bool boot = x != NULL ? ends || x->recall_at > 0 : waits_by_boot(j);

	if (ends && x->ends <= c->now.boot && !overdue(c, j))
		return err_set(e, ERR_INTERNAL, "job %" PRId64 " should have ended", j->id);
	if ((wall && j->at_wall == NO_HEAP) || (over && j->at_wall != NO_HEAP) ||
	    boot != (j->at_boot != NO_HEAP))
		return err_set(e, ERR_INTERNAL, "job %" PRId64 " is %s, with the wrong timers",
		    j->id, job_status_name(j->status));
	if ((j->at_wall != NO_HEAP && c->wall.jobs[j->at_wall] != j) ||
	    (j->at_boot != NO_HEAP && c->boot.jobs[j->at_boot] != j))
		return err_set(e, ERR_INTERNAL, "job %" PRId64 " has another's timer", j->id);
	return 0;
}

static int check_edges(const struct job *j, struct err *e)
{
	bool over = job_status_terminal(j->status);
	const struct dep *d;
	size_t n = 0;

	LIST_FOREACH(d, &j->parents, of_child)
		n += d->state == DEP_OPEN;
	if (n > j->nopen)
		return err_set(e, ERR_INTERNAL, "job %" PRId64 " waits for %zu jobs, counted %u",
		    j->id, n, j->nopen);
	if (over && !j->in_cascade && !(LIST_EMPTY(&j->children) && LIST_EMPTY(&j->starters)))
		return err_set(e, ERR_INTERNAL, "job %" PRId64 " is over and its children wait",
		    j->id);
	return 0;
}

/* Nobody waits who could start without delaying one that has a slot. */
static int check_idle(const struct core *c, const struct job *j, struct err *e)
{
	bool kept;

	if (c->must_match || c->restoring || c->conf.reservations == 0 || j->slot != NULL ||
	    !shape_allowed(j->shape))
		return 0;
	if (c->conf.reservations == RESERVATIONS_ALL)
		return err_set(e, ERR_INTERNAL, "job %" PRId64 " waits and has no slot", j->id);
	if (worker_choose(c, j, &kept) != NULL)
		return err_set(e, ERR_INTERNAL, "job %" PRId64 " waits and there is room", j->id);
	return 0;
}

static int check_shapes(const struct core *c, size_t waiting, struct err *e)
{
	const struct shape *s;
	const struct job *j;
	size_t n = 0;

	LIST_FOREACH(s, &c->shape_list, link) {
		const struct job *least = order_first(s);

		if (least != NULL && (check_idle(c, least, e) == -1 ||
		    check_idle(c, order_shortest(s), e) == -1))
			return -1;
		for (j = order_first(s); j != NULL; j = order_next(j)) {
			n++;
			if (job_shorter(c, j, least))
				least = j;
			if (j->shape != s || !j->waiting)
				return err_set(e, ERR_INTERNAL, "job %" PRId64
				    " stands in the wrong order", j->id);
		}
		if (least != order_shortest(s))
			return err_set(e, ERR_INTERNAL, "job %" PRId64 " is not known as the "
			    "shortest", least->id);
	}
	if (n != waiting)
		return err_set(e, ERR_INTERNAL, "%zu jobs wait for room, %zu stand in an order",
		    waiting, n);
	return 0;
}

static int check_job(const struct core *c, const struct job *j, struct err *e)
{
	bool open = j->status == JOB_SCHEDULED || j->status == JOB_RUNNING;

	if (is_array(j) && array_check(c, j, e) == -1)
		return -1;
	if (open != (j->exec != NULL || (open && is_array(j))))
		return err_set(e, ERR_INTERNAL, "job %" PRId64 " is %s with%s an open execution",
		    j->id, job_status_name(j->status), j->exec != NULL ? "" : "out");
	open = open && !is_array(j);
	if (open && j->exec->running != (j->status == JOB_RUNNING))
		return err_set(e, ERR_INTERNAL, "job %" PRId64 " and its execution disagree",
		    j->id);
	if (open && check_ahead(j->exec, e) == -1)
		return -1;
	if (job_status_terminal(j->status) != j->is_ended)
		return err_set(e, ERR_INTERNAL, "job %" PRId64 " is %s, on the wrong list", j->id,
		    job_status_name(j->status));
	if (check_waits(c, j, e) == -1 || check_timers(c, j, e) == -1)
		return -1;
	return check_edges(j, e);
}

/* What is due first stands in front. */
static int check_heap(const struct heap *h, struct err *e)
{
	uint32_t i;

	for (i = 1; i < h->n; i++)
		if (h->due[i] < h->due[(i - 1) / 2])
			return err_set(e, ERR_INTERNAL, "a timer of job %" PRId64 " is hidden "
			    "behind a later one", h->jobs[i]->id);
	return 0;
}

int core_check(const struct core *c, struct err *e)
{
	size_t counts[6] = { 0 }, waiting = 0, i;
	struct worker *w;
	const struct job *j;

	for (i = 0; (j = map_next(c->jobs, &i)) != NULL;) {
		counts[j->status]++;
		waiting += j->waiting;
		if (check_job(c, j, e) == -1)
			return -1;
	}
	for (i = 0; i < 6; i++)
		if (counts[i] != c->counts[i])
			return err_set(e, ERR_INTERNAL, "%zu jobs are %s, counted %zu", counts[i],
			    job_status_name((enum job_status)i), c->counts[i]);
	LIST_FOREACH(w, &c->workers, link)
		if (check_worker(w, e) == -1 || check_profile(c, w, e) == -1)
			return -1;
	if (quotas_check(c, e) == -1)
		return -1;
	if (check_heap(&c->wall, e) == -1 || check_heap(&c->boot, e) == -1)
		return -1;
	return check_shapes(c, waiting, e);
}
