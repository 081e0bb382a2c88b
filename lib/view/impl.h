/* impl: what the files of view share; others use view/view.h. */
#ifndef VIEW_IMPL_H
#define VIEW_IMPL_H

#include "base/alloc.h"
#include "logs/logfile.h"
#include "view/view.h"

/* One row a question, in the order of view.h. */
struct provider {
	int (*job)(struct view *v, int64_t id, struct job_row *row, struct err *e);
	int (*uuid)(struct view *v, const struct uuid *u, int64_t *id, struct err *e);
	int (*jobs)(struct view *v, const struct job_filter *f, row_fn fn, void *arg, bool *more,
	    struct err *e);
	int (*execs)(struct view *v, int64_t job, row_fn fn, void *arg, struct err *e);
	int (*deps)(struct view *v, int64_t job, row_fn fn, void *arg, struct err *e);
	int (*dependents)(struct view *v, int64_t job, row_fn fn, void *arg, struct err *e);
	int (*workers)(struct view *v, row_fn fn, void *arg, struct err *e);
	int (*accounts)(struct view *v, row_fn fn, void *arg, struct err *e);
	int (*quotas)(struct view *v, row_fn fn, void *arg, struct err *e);
	int (*settings)(struct view *v, row_fn fn, void *arg, struct err *e);
	int (*schedules)(struct view *v, row_fn fn, void *arg, struct err *e);
	int (*occurrences)(struct view *v, const struct occurrence_filter *f, row_fn fn,
	    void *arg, struct err *e);
	int (*counts)(struct view *v, int64_t counts[6], struct err *e);
	int (*launch)(struct view *v, const struct job_row *row, struct buf *block,
	    struct err *e);
	int (*log)(struct view *v, const struct view_output *o, uint64_t offset, size_t max,
	    struct buf *out, struct err *e);
	int (*log_size)(struct view *v, const struct view_output *o, uint64_t *size,
	    struct err *e);
	void (*daemon)(struct view *v, struct view_daemon *d);
};

#define VIEW_LOGS 3		/* log files kept open: stdout, stderr, meta of one execution */

struct view {
	const struct provider *p;
	const struct spool *spool;
	char *me;
	bool me_known;
	/* direct */
	struct reader *reader;
	struct {
		struct logfile *file;
		int64_t job, execution;
		char stream[8];
	} logs[VIEW_LOGS];
	/* served */
	int fd;			/* -1: not connected */
	uint64_t seq;
	struct buf in;
	struct arena *rows;	/* what the last answer's rows point into */
};

extern const struct provider view_direct, view_served;

int direct_open(struct view *v, struct err *e);
void direct_close(struct view *v);
int served_open(struct view *v, struct err *e);
void served_close(struct view *v);

/* QUERY messages and filters. */
#define WHAT_JOBS	"jobs"
#define WHAT_NEWEST	"jobs-newest"
int query_from_filter(struct msg *query, const struct job_filter *f, struct err *e);
/* Strings in f are borrowed from query and, for the tag, from the arena. */
int filter_from_query(const struct msg *query, struct arena *a, struct job_filter *f,
    struct err *e);

#endif
