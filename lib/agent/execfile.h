/*
 * execfile: DIR/exec/JOB.K, what is known of one execution outside of any process.
 *
 * The daemon makes and locks it, the supervisor inherits the open file, so the lock
 * lives exactly as long as the supervisor.  In it stand message blocks: X_RUN of
 * the supervisor, X_RUN of the job's process (before it can exec), W_SET of the
 * daemon whenever jobd changes what holds (the last one counts), W_RESULT.
 */
#ifndef AGENT_EXECFILE_H
#define AGENT_EXECFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/proc.h"
#include "msg/msg.h"

#define EXECFILE_DIR "exec"
#define EXECFILE_NAME_MAX 48

struct execfile {
	struct msg *supervisor, *job, *set, *result;	/* NULL: not there */
	off_t sound;				/* bytes of whole blocks */
};

/* "JOB.K" and back; -1 for what is no such name. */
void execfile_name(uint64_t job, uint64_t number, char out[EXECFILE_NAME_MAX]);
int execfile_name_parse(const char *name, uint64_t *job, uint64_t *number);

/* A new one, locked; it must not be there.  Returns a descriptor. */
int execfile_make(int execfd, uint64_t job, uint64_t number, struct err *e);

/* ERR_NOINPUT: there is none. */
int execfile_open(int execfd, uint64_t job, uint64_t number, struct err *e);

/* 1: locked now by us, 0: by another, -1: error. */
int execfile_lock(int fd, struct err *e);

/* Reads all whole blocks; a torn one at the end does not count. */
int execfile_read(int fd, struct execfile *r, struct err *e);
void execfile_release(struct execfile *r);
int execfile_add(int fd, const struct msg *m, struct err *e);
int execfile_remove(int execfd, uint64_t job, uint64_t number, struct err *e);

/* An X_RUN of the calling process; cgroups and token may be NULL. */
struct msg *execfile_run(const struct proc_id *id, int64_t at, const char *limits,
    char *const *cgroups, int ncgroups, const char *token);

/* The process that an X_RUN names. */
void execfile_proc(const struct msg *run, struct proc_id *id);

#endif
