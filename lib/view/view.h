/*
 * view: rows out, always with who looks.
 *
 * One interface, two providers.  Direct: the spool's owner and root read state.db
 * and the history themselves (works with jobd running, stopped or killed).
 * Served: everybody else asks `jobd: view` on view.sock, which knows its callers
 * by SO_PEERCRED and leaves out what they may not see: of other users' jobs the
 * COL_PRIVATE columns, launch blocks and logs (all of such jobs when private_jobs is set).
 */
#ifndef VIEW_VIEW_H
#define VIEW_VIEW_H

#include "core/row.h"
#include "msg/msg.h"
#include "spool/spool.h"
#include "state/state.h"

struct view;

/* Chooses the provider; ERR_UNAVAIL with what to do when there is nothing to read. */
struct view *view_open(const struct spool *s, struct err *e);
void view_close(struct view *v);
bool view_is_direct(const struct view *v);

/* As those of state/reader.h; who is served sees each answer for itself. */
int view_hold(struct view *v, struct err *e);
void view_let_go(struct view *v);

/* As the readers of state.h: 1 found, 0 none, -1 error; rows live until the next call. */
int view_job(struct view *v, int64_t id, struct job_row *row, struct err *e);
int view_uuid(struct view *v, const struct uuid *u, int64_t *id, struct err *e);
int view_jobs(struct view *v, const struct job_filter *f, row_fn fn, void *arg, bool *more,
    struct err *e);
int view_execs(struct view *v, int64_t job, row_fn fn, void *arg, struct err *e);
int view_deps(struct view *v, int64_t job, row_fn fn, void *arg, struct err *e);
int view_dependents(struct view *v, int64_t job, row_fn fn, void *arg, struct err *e);
int view_workers(struct view *v, row_fn fn, void *arg, struct err *e);
int view_accounts(struct view *v, row_fn fn, void *arg, struct err *e);
int view_quotas(struct view *v, row_fn fn, void *arg, struct err *e);
int view_settings(struct view *v, row_fn fn, void *arg, struct err *e);
/* Schedules that are not removed; of one, its latest occurrences (state/reader.h). */
int view_schedules(struct view *v, row_fn fn, void *arg, struct err *e);
int view_occurrences(struct view *v, const struct occurrence_filter *f, row_fn fn, void *arg,
    struct err *e);
int view_counts(struct view *v, int64_t counts[6], struct err *e);
int view_launch(struct view *v, const struct job_row *row, struct buf *block, struct err *e);

struct view_output {		/* one file of an execution's log */
	const struct job_row *job;
	int64_t execution;
	const char *stream;	/* "stdout", "stderr", or "meta": execution_metadata.json */
};

/*
 * At most `max` bytes of it from `offset`; 0 bytes at the present end.  Missing file:
 * 0 bytes.  A compressed log reads as if it were not.
 */
int view_log(struct view *v, const struct view_output *o, uint64_t offset, size_t max,
    struct buf *out, struct err *e);

/* How many bytes it has now (uncompressed); 0 when there is none. */
int view_log_size(struct view *v, const struct view_output *o, uint64_t *size, struct err *e);

/*
 * Who asks: the user's name for a filter, or NULL when all jobs here are his; and
 * whether a row is his.  The name is looked up only when it is needed.
 */
const char *view_me(struct view *v);
bool view_is_mine(struct view *v, const struct job_row *row);

struct view_daemon {
	bool runs;
	pid_t pid;		/* 0: not for us to know */
	int64_t since;		/* ms, 0 unknown */
};
void view_daemon(struct view *v, struct view_daemon *d);
const struct spool *view_spool(const struct view *v);

/* ---- the serving side, for `jobd: view` ---- */

struct viewer {			/* who looks */
	uid_t uid;
	bool admin;		/* root or the spool's owner */
	bool private_jobs;	/* conf: others' jobs are not shown at all */
};

/* Answers one QUERY from a direct view; appends ROW/DATA messages and an END to out. */
int view_answer(struct view *v, const struct viewer *who, const struct msg *query,
    struct buf *out, struct err *e);

#endif
