/*
 * corelib: what the tests of the scheduling core share.
 *
 * A disk that applies turns, an audit that looks at every turn, and a lab: a core
 * with its disk, a clock that a test moves, and events in a word each.
 */
#ifndef T_UNIT_CORELIB_H
#define T_UNIT_CORELIB_H

#include "base/buf.h"
#include "core/core.h"
#include "tap.h"

/* ---- disk: tables as a database would hold them */

struct disk {
	struct map *jobs, *execs, *deps, *workers, *schedules, *occurrences;
	struct map *runtimes, *accounts, *notices;	/* all: rows by key */
	struct vec {
		void **rows;				/* in order of their making */
		size_t n, cap;
	} job_rows, exec_rows, dep_rows, worker_rows, schedule_rows, occurrence_rows, runtime_rows,
	    account_rows, notice_rows;
	struct map *ahead;				/* execution rows that hold no place */
	char err[256];					/* what a database would have refused */
};

struct disk *disk_new(void);
void disk_free(struct disk *d);
void disk_apply(struct disk *d, const struct turn *t);
const struct job_row *disk_job(const struct disk *d, int64_t id);
bool disk_element(const struct disk *d, int64_t id, struct job_row *row);	/* without a row */
const struct exec_row *disk_exec(const struct disk *d, int64_t job, int64_t execution);
const struct dep_row *disk_dep(const struct disk *d, int64_t job, int64_t parent);
const struct worker_row *disk_worker(const struct disk *d, const char *name);
bool disk_ahead(const struct disk *d, const struct exec_row *x);
const struct schedule_row *disk_schedule(const struct disk *d, int64_t id);
const struct occurrence_row *disk_occurrence(const struct disk *d, int64_t id, int64_t nominal);
int64_t disk_uuid(const struct disk *d, const struct uuid *u);	/* id or 0 */
const struct job_row *disk_key(const struct disk *d, int64_t uid, const char *key);

/* Rows as text, sorted by key; epochs are left out.  The caller frees. */
char *disk_text(const struct disk *d);
void turn_text(const struct turn *t, struct buf *out);		/* everything that it holds */

/* Feeds all that recovery needs to a fresh core, in one turn; fills t. */
void disk_restore(struct disk *d, struct core *c, struct now now, struct turn *t);

/*
 * What must be true of each turn, given the disk before it (and, in audit_after,
 * behind it): -1 and the first thing that is not.
 */
int audit_before(const struct disk *d, const struct turn *t, struct err *e);
int audit_after(const struct disk *d, const struct turn *t, struct err *e);

/* ---- lab: one core, one disk, one clock */

struct lab {
	struct core *core;
	struct core_conf conf;
	struct disk *disk;
	struct now now;
	struct turn *turn;		/* the last one */
	uint64_t number, attachment, serial;
	struct cause cause;		/* of the events that follow */
	struct event ev[64];
	size_t nev;
	struct arena *arena;		/* what events point at, for the lab's life */
};

struct lab *lab_new(const struct core_conf *conf);	/* NULL: the usual */
void lab_free(struct lab *l);
void lab_as(struct lab *l, const char *name, int64_t uid, bool admin);
struct event *lab_event(struct lab *l, enum event_type type);	/* for the next turn */
void lab_turn(struct lab *l);			/* runs it, audits it, makes it durable */
size_t lab_idle(struct lab *l);			/* turns while the core is busy: how many */
void lab_pass(struct lab *l, int64_t ms);	/* time passes; then a turn */
void lab_restart(struct lab *l);		/* a crash: a new core from the disk */

/* A request with the usual in it; lab_submit runs a turn: the new id, or 0. */
struct job_request *lab_job(struct lab *l);
void lab_dep(struct lab *l, struct job_request *r, enum dep_type type, int64_t parent);
int64_t lab_submit(struct lab *l, const struct job_request *r);
int64_t lab_new_job(struct lab *l);		/* the usual, submitted */

/* Each runs a turn. */
void lab_worker(struct lab *l, const char *name, int64_t cpus);
void lab_worker_up(struct lab *l, struct worker_row row);	/* what is in it, and limits */
void lab_worker_with(struct lab *l, const char *name, int64_t cpus, int64_t mem);
void lab_worker_holds(struct lab *l, const char *name, int64_t cpus, uint8_t journal,
    const struct held *held, size_t n);
void lab_worker_down(struct lab *l, const char *name);
void lab_worker_set(struct lab *l, const char *name, enum worker_status status);
void lab_started(struct lab *l, int64_t job);
void lab_end(struct lab *l, int64_t job, enum end_cause cause, int exit_code, int signal);
void lab_exit(struct lab *l, int64_t job, int exit_code);	/* started and ended */
int lab_control(struct lab *l, enum control_op op, int64_t job);	/* the answer's code */
int lab_range(struct lab *l, enum control_op op, int64_t first, int64_t last, bool now);
/* The same, and an end, for the next turn. */
struct ev_control *lab_order(struct lab *l, enum control_op op, int64_t first, int64_t last);
struct held *lab_report(struct lab *l, enum event_type type, int64_t job);

/* Looks at the last turn: the nth of a type, or NULL; how many. */
const struct effect *lab_effect(const struct lab *l, enum effect_type type, size_t nth);
size_t lab_effects(const struct lab *l, enum effect_type type);
const struct reply_item *lab_item(const struct lab *l, size_t nth);
const char *lab_notes(const struct lab *l, int64_t job);	/* "queued>scheduled>running" */

/* "queued Dependency" as it stands on disk; valid until the eighth next call. */
const char *lab_where(const struct lab *l, int64_t job);
#define is_job(l, id, want, ...) is_str(lab_where((l), (id)), (want), __VA_ARGS__)

#endif
