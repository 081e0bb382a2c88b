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
#include "core/effect.h"
#include "core/event.h"

enum mut_type {
	MUT_JOB_NEW,	/* job: every column */
	MUT_ELEMENT_NEW,	/* job: COL_OWN and COL_MUTABLE columns; others as array_id has */
	MUT_JOB_SET,	/* job: id and the COL_MUTABLE columns */
	MUT_JOB_EDIT,	/* edit: one other column of a job that is not over */
	MUT_EXEC_NEW,	/* exec: every column */
	MUT_EXEC_SET,	/* exec: key and the COL_MUTABLE columns */
	MUT_EXEC_LATE,	/* exec: key, worker, late_*; for one that was given up, else nothing */
	MUT_DEP_NEW, MUT_DEP_SET,	/* dep */
	MUT_WORKER,	/* worker: insert or replace */
	MUT_SCHEDULE,	/* schedule: insert or replace */
	MUT_SCHEDULE_SET,	/* schedule: id and the COL_MUTABLE columns */
	MUT_OCCURRENCE,	/* occurrence: insert or replace */
	MUT_ACCEPT,	/* a restored state is taken for good */
	MUT_ACCOUNT,	/* account: insert or replace */
	MUT_QUOTA,	/* quota: insert or replace */
	MUT_SETTING,	/* setting: insert or replace; without a value, delete */
	MUT_RUNTIME,	/* runtime: insert or replace; when it tells of no run, delete */
	MUT_ALIAS,	/* alias: another UUID that stands for a job for a while */
	MUT_NOTICE,	/* notice: insert or replace */
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
		const struct runtime_row *runtime;
		const struct account_row *account;
		const struct quota_row *quota;
		const struct setting_row *setting;
		const struct notice_row *notice;
		struct note note;
		struct { struct uuid uuid; int64_t job, at; } alias;	/* at: ms, wall clock */
		struct {
			const struct job_row *row;	/* id and the column */
			const struct column *column;
		} edit;
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
