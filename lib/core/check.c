/*
 * check: the core's invariants, for tests and the simulator.
 *
 * Reads everything, changes nothing.
 */
#include <inttypes.h>

#include "core/ahead.h"
#include "core/impl.h"

static int check_worker(const struct worker *w, struct err *e)
{
	bool takes = w->up && w->status == WORKER_ACTIVE && w->health != HEALTH_UNHEALTHY;
	int64_t sum[RES_COUNT] = { 0 };
	const struct exec *x;
	size_t n = 0;
	int i;

	LIST_FOREACH(x, &w->execs, link) {
		if (x->ahead)
			continue;
		n++;
		for (i = 0; i < RES_COUNT; i++)
			sum[i] += x->job->shape->want[i];
	}
	if (w->ready != takes || w->dirty)
		return err_set(e, ERR_INTERNAL, "worker %s: in the wrong place, or its row is not "
		    "written", w->name);
	if (n != w->running)
		return err_set(e, ERR_INTERNAL, "worker %s: %zu executions, counted %zu", w->name,
		    n, w->running);
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

/* Whoever waits for an instant stands in the heap that will wake it. */
static int check_timers(const struct core *c, const struct job *j, struct err *e)
{
	bool over = job_status_terminal(j->status);
	bool wall = !over && j->stopping == REASON_NONE && j->deadline_at > 0;
	bool boot = j->status == JOB_QUEUED ?
	    j->retry_boot > 0 || (j->waiting && j->queue_timeout > 0) :
	    j->exec != NULL && j->exec->recall_at > 0;

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
		n++;
	if (n > j->nopen)
		return err_set(e, ERR_INTERNAL, "job %" PRId64 " waits for %zu jobs, counted %u",
		    j->id, n, j->nopen);
	if (over && !j->in_cascade && !LIST_EMPTY(&j->children))
		return err_set(e, ERR_INTERNAL, "job %" PRId64 " is over and its children wait",
		    j->id);
	return 0;
}

static int check_shapes(const struct core *c, size_t waiting, struct err *e)
{
	const struct shape *s;
	const struct job *j;
	size_t n = 0;

	LIST_FOREACH(s, &c->shape_list, link) {
		if (order_first(s) != NULL && !c->must_match && !c->restoring &&
		    worker_choose(c, s->want, NULL) != NULL)
			return err_set(e, ERR_INTERNAL, "job %" PRId64 " waits and there is room",
			    order_first(s)->id);
		for (j = order_first(s); j != NULL; j = order_next(j)) {
			n++;
			if (j->shape != s || !j->waiting)
				return err_set(e, ERR_INTERNAL, "job %" PRId64
				    " stands in the wrong order", j->id);
		}
	}
	if (n != waiting)
		return err_set(e, ERR_INTERNAL, "%zu jobs wait for room, %zu stand in an order",
		    waiting, n);
	return 0;
}

static int check_job(const struct core *c, const struct job *j, struct err *e)
{
	bool open = j->status == JOB_SCHEDULED || j->status == JOB_RUNNING;

	if (open != (j->exec != NULL))
		return err_set(e, ERR_INTERNAL, "job %" PRId64 " is %s with%s an open execution",
		    j->id, job_status_name(j->status), j->exec != NULL ? "" : "out");
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

int core_check(const struct core *c, struct err *e)
{
	size_t counts[6] = { 0 }, waiting = 0, i;
	const struct worker *w;
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
		if (check_worker(w, e) == -1)
			return -1;
	return check_shapes(c, waiting, e);
}
