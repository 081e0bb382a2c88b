/*
 * order: who goes first.
 *
 * A shape's jobs stand in a tree by a key that never changes with time, so nothing
 * is sorted again as time passes: the policy's rank, and then the number.  A job that
 * has waited longer has a higher rank from the first: everybody's rises with time at
 * the same pace, so only the difference counts.  What does change, the boost of an
 * account, is the same for all jobs of a shape.
 *
 * Each node also knows the shortest job of its subtree, so that those short enough
 * for a gap are found without looking at the others.
 */
#include "core/impl.h"

static int order_compare(const struct job *a, const struct job *b)
{
	if (a->rank != b->rank)
		return a->rank > b->rank ? -1 : 1;
	return a == b ? 0 : job_earlier(a, b) ? -1 : 1;
}

static void note(struct job *j, struct job *shortest, int64_t least)
{
	j->shortest = shortest;
	j->least = least;
}

/* Of equal lengths the first in order: those on the left stand before it. */
static void note_shortest(struct job *j)
{
	const struct job *left = RB_LEFT(j, order), *right = RB_RIGHT(j, order);

	note(j, j, j->length);
	if (left != NULL && left->least <= j->least)
		note(j, left->shortest, left->least);
	if (right != NULL && right->least < j->least)
		note(j, right->shortest, right->least);
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

int64_t job_limit(const struct job *j)
{
	return j->time_limit > 0 ? j->time_limit : INT64_MAX;
}

int64_t planned_length(const struct core *c, int64_t limit, int64_t estimate, int64_t learned)
{
	int64_t length = 0;

	if (c->conf.plan_by == PLAN_LEARNED)
		length = learned;
	if (length == 0 && c->conf.plan_by != PLAN_LIMIT)
		length = estimate;
	if (limit == 0)
		limit = INT64_MAX;
	return length > 0 && length < limit ? length : limit;
}

int64_t job_length(const struct core *c, const struct job *j)
{
	return planned_length(c, j->time_limit, j->estimate, runtime_expected(j->runtime));
}

bool job_shorter(const struct core *c, const struct job *a, const struct job *b)
{
	return a->length != b->length ? a->length < b->length : job_before(c, a, b);
}

/* What all that wait have of it grows at the same pace, so only the beginning counts. */
static int64_t aged(const struct core_conf *conf, int64_t since)
{
	return conf->age_interval > 0 ? -(since / conf->age_interval) * conf->age_step : 0;
}

static bool weighs_priority(const struct core_conf *conf)
{
	return conf->policy == POLICY_PRIORITY || conf->policy == POLICY_HYBRID;
}

static bool weighs_usage(const struct core_conf *conf)
{
	return conf->policy == POLICY_FAIRSHARE || conf->policy == POLICY_HYBRID;
}

bool fair_counts(const struct core *c)
{
	return weighs_usage(&c->conf);
}

struct priority priority_of(const struct core_conf *conf, int64_t given, int64_t eligible_at,
    int64_t boost, int64_t now)
{
	struct priority p = { 0, 0, 0 };

	if (weighs_priority(conf))
		p.given = given;
	if (weighs_usage(conf))
		p.fair = boost;
	if ((weighs_priority(conf) || weighs_usage(conf)) && eligible_at > 0)
		p.age = aged(conf, eligible_at) - aged(conf, now);
	return p;
}

static int64_t job_rank(const struct core *c, const struct job *j)
{
	struct priority p = priority_of(&c->conf, j->priority, j->eligible_at, 0, 0);

	return c->conf.policy == POLICY_SHORTEST ? -j->length : p.given + p.age;
}

int64_t job_standing(const struct core *c, const struct job *j)
{
	return fair_counts(c) ? j->rank + j->shape->account->boost : j->rank;
}

bool job_before(const struct core *c, const struct job *a, const struct job *b)
{
	int64_t x = job_standing(c, a), y = job_standing(c, b);

	return x != y ? x > y : job_earlier(a, b);
}

int64_t order_priority(const struct core *c, const struct job *j, const struct job *other)
{
	int64_t age = priority_of(&c->conf, 0, j->eligible_at, 0, 0).age;
	int64_t least = other->rank - age + job_earlier(other, j);

	if (fair_counts(c))
		least += other->shape->account->boost - j->shape->account->boost;
	return least;
}

static void first_is(struct shape *s, struct job *j)
{
	s->first = j;
	if (j == NULL)
		s->unfit = s->kept = false;	/* whoever comes next has not been tried */
}

void order_insert(struct core *c, struct job *j)
{
	j->length = job_length(c, j);
	j->rank = job_rank(c, j);
	note(j, j, j->length);
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

		if (left != NULL && left->least <= longest)
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
		if (right != NULL && right->least <= longest)
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
