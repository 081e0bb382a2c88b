/*
 * event: what may happen to the scheduler, from outside.  A turn takes an array of these, each
 * with all that its handler needs: what stands on disk was looked up before (the `found` parts).
 * All pointers are borrowed until core_turn returns.
 */
#ifndef CORE_EVENT_H
#define CORE_EVENT_H

#include "core/change.h"
#include "core/notify.h"
#include "core/recur.h"
#include "core/usage.h"

struct ev_submit {
	struct job_request *jobs;
	size_t n;
	bool atomic;		/* all or none, one reply */
};

struct found_job {
	struct job_row row;	/* with its launch block */
	bool archived;		/* in the history: a rerun makes a new job... */
	struct uuid fresh;	/* ...of this name */
};

struct ev_control {
	enum control_op op;
	const char *const *names;	/* each target as the caller wrote it, for the answer */
	const int64_t *first, *last;	/* ranges of ids; 0 when the name is unknown */
	size_t n;
	int signal;			/* CONTROL_SIGNAL */
	bool main_only;			/* the signal: to the main process alone */
	bool now;			/* no grace; or requeue without waiting */
	const struct change *change;	/* CONTROL_SET */
	const char *text;		/* the caller's reason, or NULL */
	const struct found_job *found;	/* targets that the core holds no more */
	size_t nfound;
};

struct ev_worker_set {
	const char *name;
	enum worker_status status;	/* unless dead */
	bool dead;		/* nothing of it runs any more: its jobs may run elsewhere */
	const char *text;
};

struct ev_account_set {		/* how many shares one has, of its team's or of the site's */
	const char *team, *user;	/* one may be NULL */
	int64_t shares;			/* 0: as the configuration says */
};

struct held {			/* an execution that a worker holds */
	int64_t job, execution;
	bool ended;		/* `end` is filled */
	struct exec_end {
		enum end_cause cause;
		int exit_code, signal;		/* -1: none */
		int64_t started_at, ended_at, duration;	/* worker's wall clock; ms */
		int64_t cpu_ms, max_rss, out_bytes, err_bytes;
		const char *text, *limits;
	} end;
};

struct ev_worker_up {		/* attached: what it is and all that it holds */
	struct worker_row row;	/* name, resources, version, journal, limits */
	uint64_t attachment;	/* the loop's number for this connection */
	struct held *held;
	size_t nheld;
};

struct ev_exec {		/* started, or ended */
	const char *worker;
	struct held held;	/* started: end.started_at and end.limits only */
};

struct ev_restore {		/* recovery: rows as they stand on disk, then `done` */
	const struct job_row *job;		/* exactly one row or `done` is set */
	const struct exec_row *exec;
	const struct dep_row *dep;
	const struct worker_row *worker;
	const struct schedule_row *schedule;	/* with its request, decoded */
	const struct job_request *request;
	const struct occurrence_row *occurrence;	/* one that waits */
	const struct runtime_row *runtime;
	const struct account_row *account;
	const struct quota_row *quota;
	const struct notice_row *notice;	/* one that is to be sent */
	int64_t next_schedule, next_notice, next_id;	/* with done */
	bool done;
};

enum event_type {
	EV_SUBMIT, EV_CONTROL, EV_WORKER_SET, EV_WORKER_UP, EV_WORKER_DOWN, EV_WORKER_LOST,
	EV_WORKER_GONE, EV_WORKER_BEAT, EV_STARTED, EV_ENDED, EV_RESTORE, EV_SCHEDULE, EV_ZONE,
	EV_ACCEPT, EV_WATCH, EV_TICK, EV_ACCOUNT_SET, EV_SETTING, EV_NOTICED, EV_TYPE_COUNT
};

struct event {
	enum event_type type;
	struct cause cause;
	uint64_t token;		/* names the client that waits for the reply; 0: nobody */
	union {
		struct ev_submit submit;
		struct ev_control control;
		struct ev_worker_set worker_set;
		struct ev_account_set account_set;
		struct { const struct setting_row *rows; size_t n; } setting;	/* remember it */
		struct ev_worker_up up;
		struct { const char *worker, *text; } down;	/* LOST, GONE; text: why */
		struct { const char *worker; int64_t round_trip, clock_offset; } beat;	/* ms */
		struct ev_exec exec;
		struct ev_restore restore;
		struct ev_schedule schedule;
		struct ev_zone zone;
		struct { int64_t id; const char *error; } noticed;	/* NULL: it was sent */
		struct { int64_t job; } watch;	/* say where this job stands (EFF_STATE) */
	};
};

#endif
