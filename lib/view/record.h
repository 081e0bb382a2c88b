/* record: one job with all that belongs to it, as a copy that stays. */
#ifndef VIEW_RECORD_H
#define VIEW_RECORD_H

#include "base/alloc.h"
#include "view/view.h"

#define RECORD_EXECS		0x1
#define RECORD_DEPS		0x2	/* and where the parents stand */
#define RECORD_DEPENDENTS	0x4

struct record {
	struct arena *arena;		/* everything lives there */
	struct job_row *job;
	struct exec_row *execs;		/* in order */
	size_t nexecs;
	struct dep_row *deps;
	int64_t *parents;		/* status of each parent; -1: not known */
	size_t ndeps;
	struct dep_row *dependents;
	size_t ndependents;
};

/* 1 and r filled, 0 no such job, -1 error.  record_release also after 0 and -1. */
int record_load(struct view *v, int64_t id, unsigned parts, struct record *r, struct err *e);
void record_release(struct record *r);

/* Where an execution's output lies: an absolute path below the spool. */
void record_log_path(const struct view *v, const struct view_output *o, struct buf *path);

#endif
