/*
 * order: who goes first among jobs that ask for the same.
 *
 * A shape's jobs stand in a tree by a key that never changes with time, so nothing
 * is sorted again as time passes.  The key is the policy's: fifo, the number;
 * priority, the priority and then the number; shortest, the limit and then the number.
 */
#include "core/impl.h"

static int by_number(const struct job *a, const struct job *b)
{
	return a->id < b->id ? -1 : a->id > b->id;
}

static int by_priority(const struct job *a, const struct job *b)
{
	if (a->priority != b->priority)
		return a->priority > b->priority ? -1 : 1;
	return by_number(a, b);
}

/* A job without a limit may run for ever. */
static int by_length(const struct job *a, const struct job *b)
{
	int64_t x = a->time_limit > 0 ? a->time_limit : INT64_MAX;
	int64_t y = b->time_limit > 0 ? b->time_limit : INT64_MAX;

	if (x != y)
		return x < y ? -1 : 1;
	return by_number(a, b);
}

typedef int (*order_fn)(const struct job *, const struct job *);

static const order_fn policies[] = {
	[POLICY_FIFO] = by_number,
	[POLICY_PRIORITY] = by_priority,
	[POLICY_FAIRSHARE] = by_number,
	[POLICY_HYBRID] = by_priority,
	[POLICY_SHORTEST] = by_length,
};

/*
 * sys/tree.h hands compare only the two jobs.  All jobs of a tree are filed under
 * one policy, which each carries, so that no global is needed.
 */
static int order_compare(const struct job *a, const struct job *b)
{
	return policies[a->policy](a, b);
}

#define UNUSED_STATIC __attribute__((unused)) static
RB_GENERATE_INTERNAL(job_order, job, order, order_compare, UNUSED_STATIC)

bool job_before(const struct core *c, const struct job *a, const struct job *b)
{
	return policies[c->conf.policy](a, b) < 0;
}

static void first_is(struct shape *s, struct job *j)
{
	s->first = j;
	s->other_first = true;
	if (j == NULL)
		s->unfit = false;	/* whoever comes next has not been tried */
}

void order_insert(struct core *c, struct job *j)
{
	j->policy = (uint8_t)c->conf.policy;
	RB_INSERT(job_order, &j->shape->jobs, j);
	if (j->shape->first == NULL || order_compare(j, j->shape->first) < 0)
		first_is(j->shape, j);
	j->waiting = true;
}

struct job *order_first(const struct shape *s)
{
	return s->first;
}

/* sys/tree.h has no const; this changes nothing. */
struct job *order_next(const struct job *j)
{
	return RB_NEXT(job_order, NULL, (struct job *)(uintptr_t)j);
}

void order_remove(struct core *c, struct job *j)
{
	if (!j->waiting)
		return;
	if (j->shape->first == j) {
		first_is(j->shape, order_next(j));
		c->must_match = true;	/* to tell it what it waits for */
	}
	RB_REMOVE(job_order, &j->shape->jobs, j);
	j->waiting = false;
}

static void rebuild_shape(struct core *c, struct shape *s)
{
	struct job_order all = s->jobs;
	struct job *j;

	RB_INIT(&s->jobs);
	s->first = NULL;
	while ((j = RB_ROOT(&all)) != NULL) {
		RB_REMOVE(job_order, &all, j);
		j->waiting = false;
		order_insert(c, j);
	}
}

void order_rebuild(struct core *c)
{
	struct shape *s;

	LIST_FOREACH(s, &c->shape_list, link)
		rebuild_shape(c, s);
}
