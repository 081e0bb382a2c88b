/*
 * viewkit: a spool with jobs in it, made through state's writer, for the tests of
 * view and of the programs that look.
 */
#ifndef T_UNIT_VIEWKIT_H
#define T_UNIT_VIEWKIT_H

#include "core/turn.h"
#include "spool/spool.h"

struct kit {
	char path[200];
	struct spool spool;
	struct writer *writer;
	struct turn *turn;
	struct cause cause;
};

/* A fresh personal spool with an empty state.db; ends the test when it cannot be made. */
void kit_open(struct kit *k);
void kit_close(struct kit *k);

/* Opens it again, to move what has ended to the history, and waits until n jobs are there. */
void kit_archive(struct kit *k, uint64_t n);

/* Rows to fill in, with defaults that make sense; written by kit_commit. */
struct job_row *kit_job(struct kit *k, int64_t id, const char *name);
struct exec_row *kit_exec(struct kit *k, int64_t job, int64_t execution);
struct dep_row *kit_dep(struct kit *k, int64_t job, int64_t parent);
struct worker_row *kit_worker(struct kit *k, const char *name);

/* The same job or execution again, changed: its mutable columns are written. */
struct job_row *kit_job_again(struct kit *k, const struct job_row *row);
struct exec_row *kit_exec_again(struct kit *k, const struct exec_row *row);

/* Hands the turn over and waits until it is durable. */
void kit_commit(struct kit *k);

/* Appends bytes to a log of an execution. */
void kit_log(struct kit *k, const struct job_row *job, int64_t execution, const char *file,
    const char *bytes);

/* accept(2), for tests that cannot include <sys/socket.h> beside msg.h's MSG_ names. */
int kit_accept(int fd);

#define KIT_DAY INT64_C(1795428000000)	/* 2026-11-23T10:00:00Z: when the jobs were submitted */

#endif
