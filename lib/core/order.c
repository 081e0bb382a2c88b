/*
 * order: who goes first among jobs that ask for the same.
 *
 * A shape's jobs stand in a tree by a key that never changes with time, so nothing
 * is sorted again as time passes.  The key is the policy's: fifo, the number;
 * priority, the priority and then the number; shortest, the length and then the
 * number.  Each node also knows the shortest job of its subtree, so that those short
 * enough for a gap are found without looking at the others.
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

static int by_length(const struct job *a, const struct job *b)
{
	if (a->length != b->length)
		return a->length < b->length ? -1 : 1;
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

static bool shorter(const struct job *a, const struct job *b)
{
	if (a->length != b->length)
		return a->length < b->length;
	return order_compare(a, b) < 0;
}

static void note_shortest(struct job *j)
{
	const struct job *left = RB_LEFT(j, order), *right = RB_RIGHT(j, order);

	j->shortest = j;
	if (left != NULL && shorter(left->shortest, j->shortest))
		j->shortest = left->shortest;
	if (right != NULL && shorter(right->shortest, j->shortest))
		j->shortest = right->shortest;
}

static void note_above(struct job *j)
{
	for (; j != NULL; j = RB_PARENT(j, order))
		note_shortest(j);
}

/* Rotations keep the notes right; what is above a change is ours to do. */
#undef RB_AUGMENT
#define RB_AUGMENT(j) note_shortest(j)
#define UNUSED_STATIC __attribute__((unused)) static
RB_GENERATE_INTERNAL(job_order, job, order, order_compare, UNUSED_STATIC)

/* Without a limit a job may run for ever. */
int64_t job_length(const struct core *c, const struct job *j)
{
	(void)c;
	return j->time_limit > 0 ? j->time_limit : INT64_MAX;
}

bool job_shorter(const struct core *c, const struct job *a, const struct job *b)
{
	return a->length != b->length ? a->length < b->length : job_before(c, a, b);
}

bool job_before(const struct core *c, const struct job *a, const struct job *b)
{
	return policies[c->conf.policy](a, b) < 0;
}

static void first_is(struct shape *s, struct job *j)
{
	s->first = j;
	if (j == NULL)
		s->unfit = s->kept = false;	/* whoever comes next has not been tried */
}

void order_insert(struct core *c, struct job *j)
{
	j->policy = (uint8_t)c->conf.policy;
	j->length = job_length(c, j);
	j->shortest = j;
	RB_INSERT(job_order, &j->shape->jobs, j);
	note_above(j);
	if (j->shape->first == NULL || order_compare(j, j->shape->first) < 0)
		first_is(j->shape, j);
	j->waiting = true;
	plan_enter(c, j);
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

struct job *order_shortest(const struct shape *s)
{
	const struct job *root = RB_ROOT(&s->jobs);

	return root != NULL ? root->shortest : NULL;
}

/* The first in order of a subtree; it holds one. */
static struct job *first_within(struct job *j, int64_t longest)
{
	for (;;) {
		struct job *left = RB_LEFT(j, order);

		if (left != NULL && left->shortest->length <= longest)
			j = left;
		else if (j->length <= longest)
			return j;
		else
			j = RB_RIGHT(j, order);
	}
}

struct job *order_next_within(const struct job *j, int64_t longest)
{
	const struct job *from = NULL;

	/* up, to the right of where we come from: all that stands behind j, in order */
	for (; j != NULL; from = j, j = RB_PARENT(j, order)) {
		struct job *right = RB_RIGHT(j, order);

		if (from != NULL && from == right)
			continue;
		if (from != NULL && j->length <= longest)
			return (struct job *)(uintptr_t)j;
		if (right != NULL && right->shortest->length <= longest)
			return first_within(right, longest);
	}
	return NULL;
}

void order_remove(struct core *c, struct job *j)
{
	struct job *above = RB_PARENT(j, order);

	if (!j->waiting)
		return;
	plan_leave(c, j);
	if (j->shape->first == j) {
		first_is(j->shape, order_next(j));
		c->must_match = true;	/* to tell it what it waits for */
	}
	RB_REMOVE(job_order, &j->shape->jobs, j);
	note_above(above);
	j->waiting = false;
}

static void rebuild_shape(struct core *c, struct shape *s)
{
	struct job_order all = s->jobs;
	struct job *j;

	RB_INIT(&s->jobs);
	s->first = NULL;
	while ((j = RB_ROOT(&all)) != NULL) {
		plan_leave(c, j);
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
