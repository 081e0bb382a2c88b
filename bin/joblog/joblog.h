/* joblog: what the parts of the program share. */
#ifndef JOBLOG_JOBLOG_H
#define JOBLOG_JOBLOG_H

#include <regex.h>

#include "cli/look.h"
#include "view/follow.h"
#include "view/record.h"

struct joblog {
	struct look look;
	bool only_out, only_err, follow, path, meta, prev, all, status, quiet, all_failed, times;
	int64_t attempt;	/* 0: the last */
	int64_t execution;	/* of JOB.K; 0: not given */
	int64_t lines;		/* -1: all */
	int64_t since;		/* ms, 0: all */
	bool has_pattern;
	regex_t pattern;
	struct spool spool;
	struct view *v;
	int exit;
	bool several;		/* jobs: a notice tells which one it is */
	int64_t shown;		/* the job that was written last; 0: none */
	bool closed;		/* nobody reads any more */
};

extern const struct program program;

/* choose.c: the jobs that the words name, or that have failed; the caller frees *ids. */
int jobs_chosen(struct joblog *l, char *const *words, int64_t **ids, size_t *n, struct err *e);

/* The execution that the options mean; 0: the last one (and those to come). */
int execution_chosen(const struct joblog *l, const struct record *rec, int64_t *execution,
    struct err *e);

/* output.c: what they wrote, one after the other, or as it comes. */
int output_show(struct joblog *l, const int64_t *ids, size_t n, struct err *e);

/* facts.c: paths and metadata. */
int facts_show(struct joblog *l, int64_t id, struct err *e);

/* All n bytes to the descriptor: 0, or 1 when nobody reads any more (l->exit tells). */
int put_bytes(struct joblog *l, int fd, const void *p, size_t n);

#endif
