/*
 * why: every reason for which a queued job waits.
 *
 * Computed from rows alone, so that it answers while jobd is away, too.  The code
 * of each is one of the stable reasons; the words say what is lacking and how much.
 */
#ifndef VIEW_WHY_H
#define VIEW_WHY_H

#include "view/record.h"

struct quota_row;

struct why {
	enum reason reason;
	bool sooner;		/* no reason, but what would make it start sooner */
	int64_t until;		/* ms: it ends by itself then; 0: it does not */
	int64_t job;		/* the other job it is about, or 0 */
	const char *worker;	/* the worker it is about, or NULL */
	char text[400];
};

struct why_case {		/* what is known about a job and its surroundings */
	const struct job_row *job;
	const struct dep_row *deps;
	const int64_t *parents;	/* status of each dependency's parent; -1: not known */
	size_t ndeps;
	const struct worker_row *workers;
	size_t nworkers;
	const struct quota_row *quotas;	/* of all who have bounds */
	size_t nquotas;
	int64_t ahead;		/* jobs that stand before it */
	bool daemon_runs;
	int64_t now;
};

typedef void (*why_fn)(void *arg, const struct why *w);

/*
 * Tells every reason, what blocks it longest first, and then what would make it start
 * sooner: nothing for a job that is not queued.
 */
void why_list(const struct why_case *c, why_fn fn, void *arg);

/* True when a queued job goes before this one: higher priority, or the same and earlier. */
bool why_before(const struct job_row *other, const struct job_row *job);

/* Looks all that up (rec with its dependencies) and tells it. */
int why_ask(struct view *v, const struct record *rec, int64_t now, why_fn fn, void *arg,
    struct err *e);

#endif
