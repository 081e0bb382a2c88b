/*
 * row: jobs, executions, dependencies and workers as they stand in tables.
 *
 * A row struct and its column table are the one owner of the names that the
 * database, the JSON and the listings use.  `state` makes its SQL from the
 * tables, `view` its wire form, `cli` its fields.  Strings in a row are borrowed;
 * whoever fills a row says from where (a turn's arena, a reader's page).
 * Instants and durations are ms, cpu is thousandths, memory and disk are MiB.
 */
#ifndef CORE_ROW_H
#define CORE_ROW_H

#include "base/uuid.h"
#include "core/column.h"
#include "core/types.h"

struct job_row {
	int64_t id;
	struct uuid uuid;
	/* given at submission */
	const char *user, *run_as, *account, *queue, *name, *type, *command, *env_type;
	int64_t uid, cpus, mem, disk, gpus, bw;
	const char *gpu_type, *named, *tokens;	/* lists as "fpga=2,nic=1" */
	const char *constraints, *prefer;	/* expressions: labels.h */
	const char *on_workers, *not_workers;	/* lists of names */
	int64_t exclusive;
	int64_t priority, begin_at, time_limit, estimate, deadline_at, queue_timeout;
	int64_t max_retries, retry_policy, retry_delay, retry_max_delay, retry_jitter;
	const char *retry_on, *no_retry_on, *success_codes, *retry_mem;
	int64_t no_requeue, kill_signal, kill_grace, cpu_limit;
	int64_t dep_any, dep_hold, singleton;	/* `?`; on_dep_fail = hold */
	const char *key, *key_scope, *spec_hash;
	const char *notify;			/* notify.h: subscriptions, one a line */
	const char *tags, *comment, *submit_host, *submit_dir;	/* tags: a JSON object */
	const char *stdout_path, *stderr_path;	/* patterns; NULL: the log tree */
	const void *launch;			/* an encoded LAUNCH block... */
	int64_t launch_size;
	const char *launch_hash;		/* ...or its hash in table blobs */
	int64_t created_at, rerun_of;
	int64_t schedule_id, scheduled_time, catch_up;	/* a run of a schedule; else 0 */
	int64_t array_id, array_index;		/* see elements.h; 0: of no array */
	const char *array_spec;			/* the numbers of the elements: "1-9:2" */
	int64_t array_limit;			/* elements that may run at once; 0: all */
	const char *array_halt;			/* "soon,fail=3"; NULL: never */
	/* changes while it lives */
	int64_t status, reason, hold, exit_code, signal;	/* -1: none */
	int64_t eligible_at, scheduled_at, started_at, completed_at, next_retry_at;
	int64_t attempts, retry_count, requeue_count, executions;
	const char *worker, *detail;		/* of the last execution; words for a person */
	const char *waits_for;		/* a token, or "user ann", that its reason is about */
	const char *crashed_on;			/* workers that were lost under it */
	int64_t caused_by;			/* the parent that cancelled it, or 0 */
	int64_t stopping;			/* why its execution is ended: a reason, or 0 */
	const char *changed_by, *changed_via;
	const char *array_left, *array_never;	/* places of elements without a row */
	int64_t array_fate;			/* why those of array_never will not run */
	const char *array_states, *array_exits;	/* "queued=5,failed=2"; by exit status "1=2" */
};

struct exec_row {
	int64_t job_id, execution, attempt, epoch;
	struct uuid journal;
	const char *worker, *limits, *message;
	int64_t cpus, mem, disk, gpus, bw;	/* booked */
	const char *gpu_ids;			/* which, "0,2"; NULL: none */
	int64_t status, reason, cause, error_class, exit_code, signal;	/* -1: none */
	int64_t scheduled_at, started_at, completed_at, duration;
	int64_t cpu_ms, max_rss, out_bytes, err_bytes;	/* max_rss in KiB */
	int64_t adjusted;			/* its limits were changed while it ran */
	const char *late_result;		/* told after it had been given up, or NULL */
	int64_t late_at;			/* when it ended then, on its worker's clock */
};

struct dep_row {
	int64_t job_id, parent_id, type, state;
	int64_t delay;		/* DEP_START: so long after the start */
	int64_t due_at;		/* open, and satisfied then; 0: it waits for the parent */
};

struct worker_row {
	const char *name, *type, *region, *zone, *reason, *version;
	int64_t cpus, mem, disk, gpus, bw;
	int64_t free_cpus, free_mem, free_disk, free_gpus, free_bw;
	const char *gpu_type, *labels;		/* labels: a JSON object of strings */
	const char *named, *free_named;		/* resources by name: "fpga=2,nic=1" */
	int64_t status, health, running;
	int64_t last_heartbeat, created_at, updated_at;
	struct uuid journal;
	const char *limits;			/* what it can enforce */
	int64_t since;				/* so has it been as status and health say */
	int64_t round_trip, clock_offset;	/* ms, of a host; round_trip -1: none */
};

extern const struct table table_jobs, table_executions, table_dependencies, table_workers;

#endif
