/*
 * effect: what may be done once a turn is on disk.
 *
 * All that it points to lives in the arena of its turn.
 */
#ifndef CORE_EFFECT_H
#define CORE_EFFECT_H

#include "base/uuid.h"
#include "core/types.h"

enum effect_type {
	EFF_REPLY,	/* to the client named by token */
	EFF_STATE,	/* where a job stands now: it started, ended, or somebody asked */
	EFF_START,	/* order to worker: execution `execution` of `job` */
	EFF_KILL,	/* order to worker: end it */
	EFF_SET,	/* order to worker: what holds for it from now on */
	EFF_NOTICE,	/* to be sent to whoever wants to be told */
	EFF_ACK		/* to worker: its result is kept, it may forget it */
};

struct notice_row;

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
		const struct notice_row *notice;
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
			const char *gpu_ids;	/* which gpus, "0,2"; NULL: none */
			bool alone;		/* nothing that is ahead takes its place */
			int64_t prev_status;	/* exit status of the last attempt, or -1 */
			enum reason prev_reason;
			bool parents;		/* there are jobs that it has waited for */
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

#endif
