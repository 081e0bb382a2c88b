/*
 * exec: the open execution of a job, and what its end means; inside lib/core only.
 *
 * Instants are ms of the boot clock where they are not said to be of the wall's.
 */
#ifndef CORE_EXEC_H
#define CORE_EXEC_H

#include "core/event.h"
#include "core/job.h"

struct core;

/* One is ordered now; or, `ahead`, for when another of its size ends. */
void exec_start(struct core *c, struct job *j, struct worker *w, bool ahead);

/* As a row on disk tells of it; NULL: it is not the open one of a job. */
struct exec *exec_adopt(struct core *c, const struct exec_row *row);

/* It has begun, at that instant of the wall clock (0: now); limits: what is enforced, or NULL. */
void exec_running(struct core *c, struct exec *x, int64_t at, const char *limits);

/* It is over: its job goes on to whatever follows, and x is gone. */
void exec_end(struct core *c, struct exec *x, const struct exec_end *end);
void exec_free(struct exec *x);		/* NULL is fine */

/* Books its place from `begun` for as long as the job is taken to run. */
void exec_book(struct core *c, struct exec *x, int64_t begun);
void exec_replan(struct core *c, struct exec *x);	/* its time limit is another */
void exec_overdue(struct core *c, struct exec *x);	/* its end was planned for now */
void exec_adjust(struct core *c, struct exec *x);	/* its worker hears what holds now */

/* outcome.c: what an end is, the reason it gives a job that fails, and whether it is tried again */
enum error_class classify(const struct exec_end *end, const char *success_codes);
enum reason failure_reason(const struct exec_end *end);
bool class_retries(enum error_class cls);

#endif
