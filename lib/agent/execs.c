/*
 * execs: the table of executions.
 *
 * Owns every struct exec, three indexes (by job, by supervisor, by state) and the
 * ring of what is settled.  Promises that an execution is on exactly one list, its
 * state's.  The order of states is their order in time; only a step forward, or to
 * the same state, is a move.
 */
#include "agent/execs.h"

#include <assert.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "msg/msg.h"

struct settled {
	uint64_t job, number;
};

struct execs {
	struct map *jobs;		/* job -> the first struct exec of it */
	struct map *pids;
	struct exec_list lists[EXEC_STATES];
	size_t count;
	struct map *ended;		/* job -> the struct settled with its highest number */
	struct settled ring[EXECS_SETTLED];
	size_t next, filled;
};

struct execs *execs_new(void)
{
	struct execs *t = xcalloc(1, sizeof(*t));

	t->jobs = map_new();
	t->pids = map_new();
	t->ended = map_new();
	for (int i = 0; i < EXEC_STATES; i++)
		TAILQ_INIT(&t->lists[i]);
	return t;
}

static void exec_free(struct exec *x)
{
	if (x->pidfd != -1)
		close(x->pidfd);
	msg_free(x->order);
	free(x->limits);
	free(x->result);
	free(x);
}

void execs_free(struct execs *t)
{
	struct exec *x;

	if (t == NULL)
		return;
	for (int i = 0; i < EXEC_STATES; i++) {
		while ((x = TAILQ_FIRST(&t->lists[i])) != NULL) {
			TAILQ_REMOVE(&t->lists[i], x, link);
			exec_free(x);
		}
	}
	map_free(t->jobs);
	map_free(t->pids);
	map_free(t->ended);
	free(t);
}

struct exec *execs_get(const struct execs *t, uint64_t job, uint64_t number)
{
	struct exec *x = map_get(t->jobs, job);

	while (x != NULL && x->number != number)
		x = x->next;
	return x;
}

uint64_t execs_highest(const struct execs *t, uint64_t job)
{
	const struct settled *s = map_get(t->ended, job);
	uint64_t highest = s != NULL ? s->number : 0;

	for (const struct exec *x = map_get(t->jobs, job); x != NULL; x = x->next) {
		if (x->number > highest)
			highest = x->number;
	}
	return highest;
}

struct exec *execs_active(const struct execs *t, uint64_t job)
{
	struct exec *x = map_get(t->jobs, job);

	while (x != NULL && x->state >= EXEC_ENDED)
		x = x->next;
	return x;
}

struct exec *execs_add(struct execs *t, uint64_t job, uint64_t number, uint64_t epoch,
    enum exec_state state)
{
	struct exec *x = xcalloc(1, sizeof(*x));

	assert(execs_get(t, job, number) == NULL);
	x->job = job;
	x->number = number;
	x->epoch = epoch;
	x->state = state;
	x->pidfd = -1;
	x->next = map_get(t->jobs, job);
	map_put(t->jobs, job, x);
	TAILQ_INSERT_TAIL(&t->lists[state], x, link);
	t->count++;
	return x;
}

void execs_move(struct execs *t, struct exec *x, enum exec_state to)
{
	assert(to >= x->state);
	if (to == x->state)
		return;
	TAILQ_REMOVE(&t->lists[x->state], x, link);
	TAILQ_INSERT_TAIL(&t->lists[to], x, link);
	x->state = to;
}

void execs_forget(struct execs *t, struct exec *x)
{
	struct exec *first = map_get(t->jobs, x->job), **at = &first;

	while (*at != x)
		at = &(*at)->next;
	*at = x->next;
	if (first == NULL)
		map_del(t->jobs, x->job);
	else
		map_put(t->jobs, x->job, first);
	execs_set_pid(t, x, 0);
	TAILQ_REMOVE(&t->lists[x->state], x, link);
	t->count--;
	exec_free(x);
}

void execs_settle(struct execs *t, uint64_t job, uint64_t number)
{
	struct exec *x = execs_get(t, job, number);
	struct settled *s, *known;

	if (x != NULL)
		execs_forget(t, x);
	known = map_get(t->ended, job);
	if (known != NULL && known->number >= number)
		return;
	s = &t->ring[t->next];
	/* The oldest goes, unless a later one of its job has taken its place in the map. */
	if (t->filled == EXECS_SETTLED && map_get(t->ended, s->job) == s)
		map_del(t->ended, s->job);
	*s = (struct settled){ job, number };
	map_put(t->ended, job, s);
	t->next = (t->next + 1) % EXECS_SETTLED;
	if (t->filled < EXECS_SETTLED)
		t->filled++;
}

struct exec_list *execs_in(struct execs *t, enum exec_state state)
{
	return &t->lists[state];
}

size_t execs_count(const struct execs *t)
{
	return t->count;
}

bool execs_settled(const struct execs *t, size_t *iter, uint64_t *job, uint64_t *number)
{
	size_t first = (t->next + EXECS_SETTLED - t->filled) % EXECS_SETTLED;
	const struct settled *s;

	if (*iter >= t->filled)
		return false;
	s = &t->ring[(first + *iter) % EXECS_SETTLED];
	*job = s->job;
	*number = s->number;
	++*iter;
	return true;
}

struct exec *execs_by_pid(struct execs *t, pid_t pid)
{
	return map_get(t->pids, (uint64_t)pid);
}

void execs_set_pid(struct execs *t, struct exec *x, pid_t pid)
{
	if (x->pid != 0)
		map_del(t->pids, (uint64_t)x->pid);
	x->pid = pid;
	if (pid != 0)
		map_put(t->pids, (uint64_t)pid, x);
}
