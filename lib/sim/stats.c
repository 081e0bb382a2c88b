/*
 * stats: means and percentiles over the jobs of a simulation, and over its users.
 *
 * Owns the definitions of the figures.  Sums go over the jobs in order, so that the
 * same simulation gives the same digits.
 */
#include "sim/stats.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

#define SHORTEST 10000.0	/* ms: shorter jobs count as this long in a slowdown */
#define SECOND 1000.0

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* percent * n / 100, rounded up */
static double ranked(const double *sorted, size_t n, size_t percent)
{
	return sorted[(percent * n + 99) / 100 - 1];
}

/* Sorts values. */
static struct spread spread_of(double *values, size_t n)
{
	struct spread s = { 0 };
	size_t i;

	if (n == 0)
		return s;
	for (i = 0; i < n; i++)
		s.mean += values[i];
	s.mean /= (double)n;
	qsort(values, n, sizeof(*values), by_value);
	s.p50 = ranked(values, n, 50);
	s.p90 = ranked(values, n, 90);
	s.p95 = ranked(values, n, 95);
	s.p99 = ranked(values, n, 99);
	s.max = values[n - 1];
	return s;
}

static double slowdown(double wait, double run)
{
	double s = (wait + run) / (run > SHORTEST ? run : SHORTEST);

	return s > 1 ? s : 1;
}

/* ---- users */

static struct user_stats *user_of(struct sim_stats *s, struct map *known, const char *name)
{
	uint64_t h = hash64(0, name, strlen(name));
	size_t at;

	while ((at = (size_t)(uintptr_t)map_get(known, h)) != 0 &&
	    strcmp(s->users[at - 1].name, name) != 0)
		h = splitmix64(h);
	if (at != 0)
		return &s->users[at - 1];
	s->users = xreallocarray(s->users, s->nusers + 1, sizeof(*s->users));
	memset(&s->users[s->nusers], 0, sizeof(*s->users));
	s->users[s->nusers].name = name;
	map_put(known, h, (void *)(uintptr_t)++s->nusers);
	return &s->users[s->nusers - 1];
}

static int by_use(const void *a, const void *b)
{
	const struct user_stats *x = a, *y = b;

	if (x->cpu_time != y->cpu_time)
		return x->cpu_time > y->cpu_time ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* Jain's index of the users' slowdowns. */
static void judge_users(struct sim_stats *s)
{
	double sum = 0, squares = 0;
	size_t i;

	for (i = 0; i < s->nusers; i++) {
		struct user_stats *u = &s->users[i];

		u->wait /= (double)u->jobs;
		u->slowdown /= (double)u->jobs;
		sum += u->slowdown;
		squares += u->slowdown * u->slowdown;
		if (u->slowdown > s->worst)
			s->worst = u->slowdown;
	}
	s->fairness = s->nusers > 0 ? sum * sum / ((double)s->nusers * squares) : 0;
	if (s->nusers > 0)
		qsort(s->users, s->nusers, sizeof(*s->users), by_use);
}

/* ---- all */

struct sums {
	struct map *known;	/* users: place + 1, by name */
	double *waits, *slowdowns;
	double used;		/* cpu seconds */
	int64_t first, last;
};

static void add_job(struct sim_stats *s, struct sums *all, const struct work_job *j,
    const struct fate *f)
{
	struct user_stats *u = user_of(s, all->known, j->user != NULL ? j->user : "nobody");
	double wait = (double)(f->start - j->submit), run = (double)(f->end - f->start);
	double used = (double)j->cpus / 1000 * (run / SECOND);

	all->waits[s->jobs] = wait / SECOND;
	all->slowdowns[s->jobs] = slowdown(wait, run);
	u->wait += all->waits[s->jobs];
	u->slowdown += all->slowdowns[s->jobs];
	u->cpu_time += used;
	u->jobs++;
	all->used += used;
	if (s->jobs == 0 || j->submit < all->first)
		all->first = j->submit;
	if (s->jobs == 0 || f->end > all->last)
		all->last = f->end;
	s->jobs++;
}

void stats_make(struct sim_stats *s, const struct work *w, const struct machine *m,
    const struct sim_result *r)
{
	struct sums all = { .known = map_new(),
	    .waits = xreallocarray(NULL, w->n, sizeof(double)),
	    .slowdowns = xreallocarray(NULL, w->n, sizeof(double)) };
	size_t i;

	memset(s, 0, sizeof(*s));
	for (i = 0; i < w->n; i++)
		if (r->fates[i].start != -1)
			add_job(s, &all, &w->jobs[i], &r->fates[i]);
	s->refused = r->refused;
	s->wait = spread_of(all.waits, s->jobs);
	s->slowdown = spread_of(all.slowdowns, s->jobs);
	s->makespan = (double)(all.last - all.first) / SECOND;
	if (s->makespan > 0)
		s->utilization = all.used / ((double)m->cpus / 1000 * s->makespan);
	judge_users(s);
	map_free(all.known);
	free(all.waits);
	free(all.slowdowns);
}

void stats_release(struct sim_stats *s)
{
	free(s->users);
	s->users = NULL;
}
