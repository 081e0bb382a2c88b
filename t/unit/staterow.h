/*
 * staterow: what the tests of state share: a scratch spool, rows, turns, and a
 * writer that is waited for with a deadline.
 */
#ifndef T_UNIT_STATEROW_H
#define T_UNIT_STATEROW_H

#include "state/state.h"

#define HOUR 3600000LL
#define T0 1764500000000LL	/* some instant: 2025-11-30T10:53:20Z */

/* A spool in a fresh temporary folder; release it with scratch_close. */
void scratch_open(struct spool *s);
void scratch_close(struct spool *s);

/* A plain queued job of user alice, created T0. */
struct job_row plain_job(int64_t id);
struct exec_row plain_exec(int64_t job, int64_t execution);
struct worker_row plain_worker(const char *name);

/* Random values in every column of a row, texts in a; equal by table's columns. */
void random_row(const struct table *t, void *row, struct arena *a);
bool same_row(const struct table *t, const void *a, const void *b);

/* Mutations of a turn, with everything copied into its arena. */
void add_job(struct turn *t, enum mut_type type, const struct job_row *row);
void add_edit(struct turn *t, const char *column, const struct job_row *row);
void add_exec(struct turn *t, enum mut_type type, const struct exec_row *row);
void add_dep(struct turn *t, enum mut_type type, const struct dep_row *row);
void add_worker(struct turn *t, const struct worker_row *row);

/* A writer with its eventfd and the number of its next turn. */
struct scratch {
	struct writer *w;
	struct writer_start start;
	int fd;
	uint64_t next, durable;		/* number of the next turn, of the last durable */
};

/* history_after in ms; bails out of the test when it cannot be opened. */
void scratch_writer(struct scratch *x, const struct spool *s, int64_t history_after);
void scratch_end(struct scratch *x);
struct turn *scratch_turn(struct scratch *x);

/* Hands the turn over and waits until it is durable. */
bool scratch_commit(struct scratch *x, struct turn *t);

/* Takes what is durable; if nothing is, waits a moment for it. */
void scratch_look(struct scratch *x);

/* Waits for this turn, for that many moved jobs, for a health: false after 10 s. */
bool scratch_wait(struct scratch *x, uint64_t number);
bool scratch_moved(struct scratch *x, uint64_t n);
bool scratch_health(struct scratch *x, enum writer_health health);

/* One job in one turn. */
bool scratch_job(struct scratch *x, const struct job_row *row);

/* A value of state.db by SQL, as text; "" for NULL, "error" when it fails. */
const char *scratch_sql(const struct spool *s, const char *file, const char *sql);

/* The findings of reader_check, joined by newlines. */
const char *scratch_check(const struct spool *s);

/* The ids that a filter gives, page by page, as "1 2 3". */
const char *scratch_ids(struct reader *r, struct job_filter f);

#endif
