/*
 * job: a live job and what it shares with others; inside lib/core only.  A job's state is its
 * status plus the list it is on: in its shape's order when it may run, in a timer heap when it
 * waits for a time, on `ended` when it is over.  job_move() alone changes a status.
 */
#ifndef CORE_JOB_H
#define CORE_JOB_H

#include <bsd/sys/queue.h>
#include <bsd/sys/tree.h>

#include "base/hash.h"
#include "core/demand.h"
#include "core/holder.h"

struct job;
struct worker;
RB_HEAD(job_order, job);

struct shape {		/* jobs that ask for the same: if the first does not fit, none does */
	uint64_t hash;
	struct account *account;
	char *queue;
	int64_t array, limit, active;	/* of this array so many may run, 0: all; so many do */
	size_t users;		/* live jobs of this shape, waiting or not */
	struct job_order jobs;	/* those that may run now, best first... */
	LIST_ENTRY(shape) link;
	/* what a pass looks at, of every shape */
	struct demand want;
	struct job *first;	/* ...and the best of them, or NULL */
	const char *waits_for;	/* the token or the holder that it lacks; or NULL */
	uint64_t lack_at;	/* of capability: when `lack` was found */
	struct holder *holders[HOLDER_KINDS];	/* whose bounds hold for it; or NULL */
	int64_t pace;		/* ms that its jobs take of late; -1: not known */
	uint8_t lack;		/* why no worker has room: a reason */
	bool unfit;		/* the last pass found no room: only new room can help */
	uint8_t closed;		/* why its queue starts none: a reason, or 0 */
	bool kept;		/* ...found room, but it is kept for others */
};

struct rule {		/* what a job says of its ends, shared by jobs that say the same */
	uint64_t hash;
	size_t users;
	int64_t max_retries, policy, delay, max_delay, jitter;
	char *retry_on, *no_retry_on, *success_codes, *retry_mem, *notify;	/* NULL: not said */
};

struct owner {		/* who submits; also the name of whoever changed a job last */
	int64_t uid;
	char name[64];
};

struct job_key {
	char *key, *scope;
	struct job *next;		/* keys of the same hash */
	char hash[SHA256_HEX];
};

struct exec {		/* the one open execution of a scheduled or running job */
	struct job *job;
	struct worker *worker;
	int64_t number, attempt, epoch, scheduled_at, started_at;
	int64_t begun, ends;		/* boot clock: booked since; when it is taken to end */
	struct uuid journal;
	char *limits;
	char *gpu_ids;			/* see device.h; NULL: none */
	bool running;
	bool ahead;			/* books nothing: takes the place of one that ends */
	int64_t recall_at;		/* boot, ms: taken back if it has not begun; 0: never */
	bool adjusted;			/* it was told something else since its start */
	struct exec_row *pending;	/* its row in turn `pending_turn` */
	uint64_t pending_turn;
	LIST_ENTRY(exec) link;		/* of the worker's open executions */
};

#define NO_HEAP UINT32_MAX

struct job {
	int64_t id;
	struct uuid uuid;
	struct owner *owner;
	struct shape *shape;
	struct rule *rule;
	struct runtime *runtime;	/* NULL: nothing is learned */
	struct job *uuid_next;		/* uuids of the same hash */
	struct job_key *key;		/* NULL: none */
	struct exec *exec;		/* NULL unless scheduled or running */
	struct run *run;		/* NULL: no schedule made it */
	struct array *array;		/* that it is, or is of; or NULL */
	const struct owner *changed_by, *changed_via;
	struct worker *worker;		/* of the last execution */
	const char *waits_for;		/* the token, user... that its reason is about */
	char *detail, *crashed_on;	/* NULL: none; workers under it that were lost */
	struct job_row *pending;	/* its row in the present turn, or NULL */
	RB_ENTRY(job) order;
	struct job *shortest;		/* of its subtree in the order... */
	int64_t least;			/* ...and that one's length */
	int64_t rank;			/* the higher the sooner, but for its account's boost */
	int64_t length;			/* how long it is taken to run; INT64_MAX: for ever */
	struct slot *slot;		/* or NULL */
	TAILQ_ENTRY(job) chain, ripple;	/* of `ended`, of `cascade` */
	LIST_HEAD(, dep) parents, children;
	LIST_HEAD(, dep) starters;	/* children that wait for the start */
	struct namesakes *namesakes;
	RB_ENTRY(job) namesake;
	int64_t created_at, begin_at, deadline_at, time_limit, queue_timeout, kill_grace;
	int64_t eligible_at, scheduled_at, started_at, completed_at, next_retry_at;
	int64_t eligible_boot, retry_boot, estimate;
	int64_t dep_due;		/* boot: an edge's delay is over; 0: none runs */
	int64_t caused_by;
	uint64_t ended_turn;
	uint32_t at_wall, at_boot;	/* places in the timer heaps, or NO_HEAP */
	uint32_t executions, attempts, retry_count, requeue_count;
	uint32_t nopen, nbad, nmet;	/* parents: undecided, impossible, satisfied */
	int16_t priority, exit_code, signal, last_exit;
	uint8_t status, reason, hold, stopping, last_reason;
	bool no_requeue, dep_any, dep_hold, singleton, waiting, in_cascade, is_ended;
};

#endif
