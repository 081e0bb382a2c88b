/*
 * work: the list of jobs that the readers fill.
 *
 * Owns what makes a job fit to be simulated, and the order of submission.
 */
#include "sim/work.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define PRIORITY 500		/* what a job has that does not say */

void work_init(struct work *w)
{
	memset(w, 0, sizeof(*w));
	w->arena = arena_new();
}

void work_release(struct work *w)
{
	free(w->jobs);
	arena_free(w->arena);
	memset(w, 0, sizeof(*w));
}

struct work_job *work_add(struct work *w)
{
	struct work_job *j;

	if (w->n == w->cap) {
		w->cap = w->cap != 0 ? w->cap * 2 : 1024;
		w->jobs = xreallocarray(w->jobs, w->cap, sizeof(*w->jobs));
	}
	j = &w->jobs[w->n++];
	*j = (struct work_job){ .priority = PRIORITY };
	return j;
}

static bool is_whole(struct work *w, const struct work_job *j)
{
	if (j->run <= 0)
		w->no_run++;
	else if (j->cpus <= 0)
		w->no_cpus++;
	else if (j->submit < 0)
		w->no_submit++;
	else
		return true;
	return false;
}

/* Merges two runs that are in order; of equals the left ones come first. */
static void merge(struct work_job *to, const struct work_job *a, size_t na,
    const struct work_job *b, size_t nb)
{
	while (na > 0 && nb > 0) {
		bool left = a->submit <= b->submit;

		*to++ = left ? *a++ : *b++;
		na -= left;
		nb -= !left;
	}
	memcpy(to, a, na * sizeof(*a));
	memcpy(to + na, b, nb * sizeof(*b));
}

/* Traces are in order but for a few places: what is in order already costs one look. */
static void sort(struct work_job *jobs, struct work_job *spare, size_t n)
{
	size_t half = n / 2, i;

	for (i = 1; i < n && jobs[i - 1].submit <= jobs[i].submit; i++)
		;
	if (i >= n)
		return;
	sort(jobs, spare, half);
	sort(jobs + half, spare, n - half);
	memcpy(spare, jobs, n * sizeof(*jobs));
	merge(jobs, spare, half, spare + half, n - half);
}

void work_settle(struct work *w)
{
	struct work_job *spare;
	size_t i, kept = 0;

	for (i = 0; i < w->n; i++)
		if (is_whole(w, &w->jobs[i]))
			w->jobs[kept++] = w->jobs[i];
	w->n = kept;
	spare = xreallocarray(NULL, w->n, sizeof(*spare));
	sort(w->jobs, spare, w->n);
	free(spare);
}
