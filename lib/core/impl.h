/* impl: the core's whole state, and what its files offer each other; for lib/core alone. */
#ifndef CORE_IMPL_H
#define CORE_IMPL_H

#include "core/array.h"
#include "core/core.h"
#include "core/deps.h"
#include "core/exec.h"
#include "core/fair.h"
#include "core/job.h"
#include "core/notice.h"
#include "core/plan.h"
#include "core/run.h"
#include "core/runtime.h"
#include "core/timer.h"
#include "core/watch.h"
#include "core/worker.h"

TAILQ_HEAD(job_list, job);
RB_HEAD(array_tree, array);

struct core {
	struct core_conf conf;
	int64_t next_id;
	struct map *jobs, *uuids, *keys, *shapes, *rules, *owners, *hosts, *filters, *namesakes;
	struct array_tree arrays;
	LIST_HEAD(, shape) shape_list;
	LIST_HEAD(, worker) workers, lost;
	struct offers offers;
	struct fair fair;
	struct holders holders;
	struct worker_list stale, grown;	/* to be written; with more room than before */
	struct worker_list lively;		/* something has ended there since the last pass */
	struct worker_room room;
	uint64_t capability;	/* grows when what workers could hold changes */
	struct heap wall, boot;
	struct plans plans;
	struct runtimes runtimes;
	struct notices notices;
	struct job_list ended, cascade;
	LIST_HEAD(, dep) stuck;	/* impossible edges of children that are held for them */
	size_t counts[6];
	struct plan plan;
	uint64_t tried;		/* jobs for which passes looked for a worker */
	bool windows;		/* some queue has them */
	int64_t queues_at;	/* wall clock: queues are looked at again */
	bool must_match;	/* something changed that may let a job start */
	bool restoring;		/* rows come from disk: nothing is written or started */
	struct turn *turn;
	struct job **touched;	/* jobs whose row this turn writes */
	size_t ntouched, cap_touched, nworkers;
	struct now now;
	const struct cause *cause;
};

/* intern.c: things that many jobs share, counted */
struct owner *owner_get(struct core *c, int64_t uid, const char *name);
struct rule *rule_get(struct core *c, const struct job_row *row);
void rule_put(struct core *c, struct rule *r);
struct shape *shape_get(struct core *c, const struct job_row *row);
void shape_put(struct core *c, struct shape *s);
bool array_allows(const struct shape *s);	/* of its array another may run */
void intern_free(struct core *c);

/* names.c, job.c: finding, making and dropping jobs; their rows */
struct job *job_get(const struct core *c, int64_t id);
struct job *job_by_uuid(const struct core *c, const struct uuid *u);
struct job *job_by_key(const struct core *c, int64_t uid, const char *key);
bool job_key_in_force(const struct job *j);
void job_key_put(struct core *c, struct job *j);	/* job_by_key finds it from now on */
uint64_t key_hash(int64_t uid, const char *key);
uint64_t uuid_hash(const struct uuid *u);
void names_add(struct core *c, struct job *j, const struct job_row *row);
void names_drop(struct core *c, struct job *j);
struct job *job_new(struct core *c, int64_t id, const struct job_row *row);
void job_free(struct core *c, struct job *j);
void job_announce(struct core *c, struct job *j, const struct job_row *row);	/* MUT_JOB_NEW */
void job_touch(struct core *c, struct job *j);		/* its row is written at the turn's end */
void job_changed_by(struct core *c, struct job *j);	/* the present cause */
void job_detail(struct job *j, const char *text);	/* NULL: none */
void jobs_flush(struct core *c);

/* move.c: the edges, and where a job stands */
void job_move(struct core *c, struct job *j, enum job_status to, enum reason why);
void job_settle(struct core *c, struct job *j);		/* queued: in the order, or waiting */
void job_state_effect(struct core *c, const struct job *j, uint64_t token);
void job_stop(struct core *c, struct job *j, enum reason why, bool now);
enum reason job_blocker(const struct core *c, const struct job *j);	/* NONE: it may run */


void match_pass(struct core *c);			/* match.c */

/* handlers, one file each; and recovery's for a job */
int64_t boot_of(const struct core *c, int64_t wall);
struct job *job_restore(struct core *c, const struct job_row *row);
int job_judge(struct core *c, const struct job_request *r, struct err *e);	/* first */
struct job *job_make(struct core *c, const struct job_request *r);
void on_submit(struct core *c, const struct event *ev);
void trial_answer(struct core *c, const struct job_request *r, struct reply_item *it);
void on_control(struct core *c, const struct event *ev);
void on_worker_set(struct core *c, const struct event *ev);
void on_worker_up(struct core *c, const struct event *ev);
void on_worker_down(struct core *c, const struct event *ev);
void on_exec(struct core *c, const struct event *ev);	/* EV_STARTED, EV_ENDED */
void on_restore(struct core *c, const struct event *ev);

#endif
