/*
 * turn: what one turn of the core leaves behind: rows to write, and what may be
 * done once they are on disk.
 *
 * All of it lives in its arena.  It is made by the caller, filled by core_turn,
 * committed by state, released (effects), freed.  Applied twice, it gives the same rows.
 */
#ifndef CORE_TURN_H
#define CORE_TURN_H

#include "base/alloc.h"
#include "core/event.h"

enum mut_type {
	MUT_JOB_NEW,	/* job: every column */
	MUT_JOB_SET,	/* job: id and the COL_MUTABLE columns */
	MUT_JOB_EDIT,	/* edit: one other column of a job that is not over */
	MUT_EXEC_NEW,	/* exec: every column */
	MUT_EXEC_SET,	/* exec: key and the COL_MUTABLE columns */
	MUT_DEP_NEW, MUT_DEP_SET,	/* dep */
	MUT_WORKER,	/* worker: insert or replace */
	MUT_SCHEDULE,	/* schedule: insert or replace */
	MUT_SCHEDULE_SET,	/* schedule: id and the COL_MUTABLE columns */
	MUT_OCCURRENCE,	/* occurrence: insert or replace */
	MUT_ACCEPT,	/* a restored state is taken for good */
	MUT_NOTE	/* note: one status change, for the audit record; no row of its own */
};

struct note {
	int64_t job;
	int64_t execution;	/* 0: none */
	enum job_status from, to;
	enum reason reason;
};

struct mut {
	enum mut_type type;
	const struct cause *cause;	/* never NULL */
	union {
		const struct job_row *job;
		const struct exec_row *exec;
		const struct dep_row *dep;
		const struct worker_row *worker;
		const struct schedule_row *schedule;
		const struct occurrence_row *occurrence;
		struct note note;
		struct {
			const struct job_row *row;	/* id and the column */
			const struct column *column;
		} edit;
	};
};

enum effect_type {
	EFF_REPLY,	/* to the client named by token */
	EFF_STATE,	/* where a job stands now: it started, ended, or somebody asked */
	EFF_START,	/* order to worker: execution `execution` of `job` */
	EFF_KILL,	/* order to worker: end it */
	EFF_SET,	/* order to worker: what holds for it from now on */
	EFF_ACK		/* to worker: its result is kept, it may forget it */
};

struct reply_item {	/* one target of a control request, or one job of a submission */
	const char *name;	/* as the caller wrote it; NULL in a submission */
	int64_t job;
	struct uuid uuid;
	int code;		/* enum err_code; 0: done */
	const char *text;	/* why not; or a remark, or NULL */
	bool duplicate;
	bool tested;		/* nothing was made; `start` says when it would start */
	int64_t start;		/* ms since the epoch; 0: nobody knows */
	enum job_status status;
	enum reason reason;
};

struct effect {
	enum effect_type type;
	uint64_t token;		/* REPLY, and STATE for a watch; else 0 */
	const char *worker;	/* START, KILL, ACK */
	int64_t job, execution;
	uint64_t attachment;	/* START: void unless the worker is still attached by it */
	union {
		struct { struct reply_item *items; size_t n; } reply;
		struct {
			enum job_status status;
			enum reason reason;
			int exit_code, signal;
			bool unknown;		/* a watch on a job that the core does not hold */
		} state;
		struct {			/* beside what is stored with the job */
			int64_t attempt, max_attempts, requeues, priority;
			int64_t cpus, mem, disk, gpus, bw;
			int64_t prev_status;	/* exit status of the last attempt, or -1 */
			enum reason prev_reason;
			bool ahead;		/* begins when one of its size ends */
		} start;
		struct {
			enum end_cause cause;	/* END_KILLED; TIMEOUT: deadline; FENCED: stray */
			int signal;		/* only this signal, nothing else; 0: the ladder */
			bool main;		/* to the main process alone */
			bool now;		/* skip the grace */
		} kill;
		struct {
			int64_t time;		/* limit of its run clock, ms; 0: none */
			bool suspend;
		} set;
	};
};

struct turn {
	uint64_t number;	/* counts from 1 within an epoch */
	struct arena *arena;
	struct mut *muts;
	size_t nmuts, cap_muts;
	struct effect *effects;
	size_t neffects, cap_effects;
	void *keep;		/* the loop's: what must live until the effects have left */
};

struct turn *turn_new(uint64_t number);
void turn_free(struct turn *t);

/* Appends an empty one; the core fills it.  cause is copied into the arena. */
struct mut *turn_mut(struct turn *t, enum mut_type type, const struct cause *cause);
struct effect *turn_effect(struct turn *t, enum effect_type type);

#endif
