/*
 * needs: what a job asks of a worker, beside what the worker has; inside lib/view only.
 */
#ifndef VIEW_NEEDS_H
#define VIEW_NEEDS_H

#include "core/row.h"

struct need {			/* one dimension of it */
	const char *name;	/* of len bytes */
	int len;
	int64_t want, free, total;
	void (*format)(int64_t v, char *out, size_t size);
};

#define NEEDS_MAX (5 + 64)

struct needs {
	struct need list[NEEDS_MAX];
	size_t n;
};

void needs_of(const struct job_row *j, const struct worker_row *w, struct needs *needs);

/* Each fills the text when it is so. */
bool needs_kept_off(const struct job_row *j, const struct worker_row *w, char *text,
    size_t size);	/* by the job's own words, whatever room there is */
bool needs_never(const struct job_row *j, const struct worker_row *w, char *text, size_t size);
bool needs_busy(const struct job_row *j, const struct worker_row *w, char *text, size_t size);

#endif
