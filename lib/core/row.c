/*
 * row: the column tables of jobs, executions, dependencies and workers (recur.c has more).
 *
 * Owns the names that SQL, JSON and listings share, the order of the columns,
 * and which of them change, are private or stay inside.  Requires only types.
 * To add a column: a field in row.h, a row here (at the end of its group is
 * fine: SQL names its columns), and a migration in state's schema.
 */
#include "core/row.h"

#include <string.h>

#include "core/coldef.h"
#include "core/usage.h"

#define ROW job_row
static const struct column job_columns[] = {
	C(id, "job_id", INT, K),
	C(uuid, "job_uuid", UUID, O),
	/* given at submission */
	C(user, "user", TEXT, 0),
	C(uid, "uid", INT, 0),
	C(run_as, "run_as", TEXT, 0),
	C(account, "account", TEXT, 0),
	C(queue, "queue", TEXT, 0),
	C(name, "job_name", TEXT, 0),
	C(type, "job_type", TEXT, 0),
	C(command, "command", TEXT, P),
	C(env_type, "execution_env", TEXT, 0),
	C(cpus, "cpu_cores", MILLI, 0),
	C(mem, "memory_gb", GB, 0),
	C(disk, "disk_gb", GB, 0),
	C(gpus, "gpu_count", INT, 0),
	C(bw, "bandwidth_mbps", INT, 0),
	C(cpu_limit, "cpu_limit", BOOL, 0),
	C(gpu_type, "gpu_type", TEXT, 0),
	C(named, "named_resources", TEXT, 0),
	C(tokens, "tokens", TEXT, 0),
	C(constraints, "constraints", TEXT, 0),
	C(prefer, "prefer", TEXT, 0),
	C(on_workers, "on_workers", TEXT, 0),
	C(not_workers, "not_workers", TEXT, 0),
	C(exclusive, "exclusive", BOOL, 0),
	C(priority, "priority", INT, M),
	C(begin_at, "begin_at", TIME, 0),
	C(time_limit, "max_execution_time", SECONDS, 0),
	C(estimate, "estimate_seconds", SECONDS, 0),
	C(deadline_at, "deadline_at", TIME, M),		/* a rerun after it has none */
	C(queue_timeout, "queue_timeout_seconds", SECONDS, 0),
	C(max_retries, "max_retries", INT, 0),
	C(retry_policy, "retry_policy", RETRY, 0),
	C(retry_delay, "retry_delay_seconds", SECONDS, 0),
	C(retry_max_delay, "retry_max_delay_seconds", SECONDS, 0),
	C(retry_jitter, "retry_jitter", INT, 0),
	C(retry_on, "retry_on", TEXT, 0),
	C(no_retry_on, "no_retry_on", TEXT, 0),
	C(success_codes, "success_codes", TEXT, 0),
	C(retry_mem, "retry_mem", TEXT, 0),
	C(no_requeue, "no_requeue", BOOL, 0),
	C(kill_signal, "kill_signal", INT, 0),
	C(kill_grace, "kill_grace_seconds", SECONDS, 0),
	C(dep_any, "dep_any", BOOL, O),
	C(dep_hold, "dep_hold", BOOL, O),
	C(singleton, "singleton", BOOL, O),
	C(key, "key", TEXT, P | O),
	C(key_scope, "key_scope", TEXT, O),
	C(spec_hash, "spec_hash", TEXT, P | H | O),	/* would confirm a guess at the command */
	C(notify, "notify", TEXT, P | O),
	C(tags, "tags", TEXT, P),
	C(comment, "comment", TEXT, P),
	C(submit_host, "submit_host", TEXT, 0),
	C(submit_dir, "submit_dir", TEXT, P),
	C(stdout_path, "stdout_path", TEXT, P),
	C(stderr_path, "stderr_path", TEXT, P),
	C(launch, "launch", BLOB, P | H | O),
	C(launch_hash, "launch_hash", TEXT, P | H | O),
	C(created_at, "created_at", TIME, 0),
	C(rerun_of, "rerun_of", INT, 0),
	C(schedule_id, "schedule_id", INT, 0),
	C(scheduled_time, "scheduled_time", TIME, 0),
	C(catch_up, "catch_up", BOOL, 0),
	C(array_id, "array_id", INT, 0),
	C(array_index, "array_index", INT, O),
	C(array_spec, "array_spec", TEXT, 0),
	C(array_limit, "array_limit", INT, 0),
	C(array_halt, "array_halt", TEXT, 0),
	/* changes while it lives */
	C(status, "status", STATUS, M),
	C(reason, "reason", REASON, M),
	C(hold, "hold", INT, M),
	C(exit_code, "exit_code", OPT, M),
	C(signal, "signal", OPT, M),
	C(eligible_at, "eligible_at", TIME, M),
	C(scheduled_at, "scheduled_at", TIME, M),
	C(started_at, "started_at", TIME, M),
	C(completed_at, "completed_at", TIME, M),
	C(next_retry_at, "next_retry_at", TIME, M),
	C(attempts, "attempts", INT, M),
	C(retry_count, "retry_count", INT, M),
	C(requeue_count, "requeue_count", INT, M),
	C(executions, "executions", INT, M),
	C(worker, "worker_node_id", TEXT, M),
	C(detail, "detail", TEXT, M | P),
	C(waits_for, "waits_for", TEXT, M),
	C(crashed_on, "crashed_on", TEXT, M | H),
	C(caused_by, "caused_by", INT, M),
	C(stopping, "stopping", REASON, M | H),
	C(changed_by, "changed_by", TEXT, M),
	C(changed_via, "changed_via", TEXT, M),
	C(array_left, "array_left", TEXT, M | H),
	C(array_never, "array_never", TEXT, M | H),
	C(array_fate, "array_fate", REASON, M | H),
	C(array_states, "array_states", TEXT, M),
	C(array_exits, "array_exits", TEXT, M),
	END
};
#undef ROW

#define ROW exec_row
static const struct column exec_columns[] = {
	C(job_id, "job_id", INT, K),
	C(execution, "execution", INT, K),
	C(attempt, "attempt", INT, 0),
	C(epoch, "epoch", INT, H),
	C(journal, "journal", UUID, H),
	C(worker, "worker_node_id", TEXT, 0),
	C(cpus, "cpu_cores", MILLI, 0),
	C(mem, "memory_gb", GB, 0),
	C(disk, "disk_gb", GB, 0),
	C(gpus, "gpu_count", INT, 0),
	C(bw, "bandwidth_mbps", INT, 0),
	C(gpu_ids, "gpu_ids", TEXT, 0),
	C(scheduled_at, "scheduled_at", TIME, 0),
	C(status, "status", STATUS, M),
	C(reason, "reason", REASON, M),
	C(cause, "cause", CAUSE, M),
	C(error_class, "error_class", CLASS, M),
	C(exit_code, "exit_code", OPT, M),
	C(signal, "signal", OPT, M),
	C(message, "error_message", TEXT, M | P),
	C(limits, "limits", TEXT, M),
	C(started_at, "started_at", TIME, M),
	C(completed_at, "completed_at", TIME, M),
	C(duration, "duration_ms", INT, M),
	C(cpu_ms, "cpu_seconds", SECONDS, M),
	C(max_rss, "max_rss", INT, M),
	C(out_bytes, "stdout_bytes", INT, M),
	C(err_bytes, "stderr_bytes", INT, M),
	C(adjusted, "adjusted", BOOL, M | H),
	C(late_result, "late_result", TEXT, 0),
	C(late_at, "late_at", TIME, 0),
	END
};
#undef ROW

#define ROW dep_row
static const struct column dep_columns[] = {
	C(job_id, "job_id", INT, K),
	C(parent_id, "depends_on_job_id", INT, K),
	C(type, "dependency_type", DEPTYPE, 0),
	C(state, "state", DEPSTATE, M),
	C(delay, "delay_seconds", SECONDS, 0),
	C(due_at, "due_at", TIME, M),
	END
};
#undef ROW

#define ROW worker_row
static const struct column worker_columns[] = {
	C(name, "node_id", TEXT, K),
	C(type, "node_type", TEXT, M),
	C(cpus, "total_cpu_cores", MILLI, M),
	C(mem, "total_memory_gb", GB, M),
	C(disk, "total_disk_gb", GB, M),
	C(gpus, "total_gpu_count", INT, M),
	C(free_cpus, "available_cpu_cores", MILLI, M),
	C(free_mem, "available_memory_gb", GB, M),
	C(free_disk, "available_disk_gb", GB, M),
	C(free_gpus, "available_gpu_count", INT, M),
	C(bw, "total_bandwidth_mbps", INT, M),
	C(free_bw, "available_bandwidth_mbps", INT, M),
	C(gpu_type, "gpu_type", TEXT, M),
	C(named, "total_resources", TEXT, M),
	C(free_named, "available_resources", TEXT, M),
	C(labels, "labels", TEXT, M),
	C(status, "status", WSTATUS, M),
	C(health, "health_status", WHEALTH, M),
	C(region, "region", TEXT, M),
	C(zone, "zone", TEXT, M),
	C(reason, "reason", TEXT, M),
	C(running, "running", INT, M),
	C(version, "version", TEXT, M),
	C(limits, "limits", TEXT, M),
	C(journal, "journal", UUID, M | H),
	C(since, "since", TIME, M),
	C(round_trip, "round_trip_ms", OPT, M),
	C(clock_offset, "clock_offset_ms", INT, M),
	C(last_heartbeat, "last_heartbeat", TIME, M),
	C(created_at, "created_at", TIME, M),
	C(updated_at, "updated_at", TIME, M),
	END
};
#undef ROW

#define ROW runtime_row
static const struct column runtime_columns[] = {
	C(uid, "uid", INT, K),
	C(name, "job_name", TEXT, K),
	C(last, "last_seconds", SECONDS, M),
	C(before, "before_seconds", SECONDS, M),
	C(learned_at, "learned_at", TIME, M),
	END
};
#undef ROW

#define ROW account_row
static const struct column account_columns[] = {
	C(team, "team", TEXT, K),
	C(user, "user", TEXT, K),
	C(shares, "shares", INT, M),
	C(shares_set, "shares_set", INT, M),
	C(usage, "usage", INT, M),
	C(used_at, "used_at", TIME, M),
	C(boost, "fair_boost", INT, M),
	END
};
#undef ROW

#define ROW quota_row
static const struct column quota_columns[] = {
	C(kind, "kind", TEXT, K),
	C(name, "name", TEXT, K),
	C(max[QUOTA_JOBS], "max_running", INT, M),
	C(used[QUOTA_JOBS], "running", INT, M),
	C(max[QUOTA_CPUS], "max_cpu_cores", MILLI, M),
	C(used[QUOTA_CPUS], "cpu_cores", MILLI, M),
	C(max[QUOTA_MEM], "max_memory_gb", GB, M),
	C(used[QUOTA_MEM], "memory_gb", GB, M),
	C(max[QUOTA_DISK], "max_disk_gb", GB, M),
	C(used[QUOTA_DISK], "disk_gb", GB, M),
	C(max[QUOTA_GPUS], "max_gpu_count", INT, M),
	C(used[QUOTA_GPUS], "gpu_count", INT, M),
	C(max[QUOTA_QUEUED], "max_queued", INT, M),
	C(used[QUOTA_QUEUED], "queued", INT, M),
	C(max[QUOTA_RATE], "max_rate", INT, M),
	C(max[QUOTA_TIME], "max_time_limit", SECONDS, M),
	END
};
#undef ROW

#define ROW setting_row
static const struct column setting_columns[] = {
	C(kind, "kind", TEXT, K),
	C(name, "name", TEXT, K),
	C(key, "key", TEXT, K),
	C(value, "value", TEXT, M),
	C(changed_by, "changed_by", TEXT, M),
	C(changed_at, "changed_at", TIME, M),
	END
};
#undef ROW

const struct table table_jobs = { "jobs", job_columns, sizeof(struct job_row) };
const struct table table_executions = {
	"job_executions", exec_columns, sizeof(struct exec_row)
};
const struct table table_dependencies = {
	"job_dependencies", dep_columns, sizeof(struct dep_row)
};
const struct table table_workers = {
	"worker_nodes", worker_columns, sizeof(struct worker_row)
};
const struct table table_accounts = {
	"accounts", account_columns, sizeof(struct account_row)
};
const struct table table_quotas = { "quotas", quota_columns, sizeof(struct quota_row) };
const struct table table_settings = {
	"settings", setting_columns, sizeof(struct setting_row)
};
const struct table table_runtimes = {
	"runtimes", runtime_columns, sizeof(struct runtime_row)
};

/* How many values an enum kind has; 0: the kind is no enum. */
static const int value_count[] = {
	[COL_STATUS] = JOB_CANCELLED + 1, [COL_REASON] = REASON_COUNT, [COL_CAUSE] = END_COUNT,
	[COL_CLASS] = CLASS_COUNT, [COL_RETRY] = RETRY_EXPONENTIAL + 1,
	[COL_DEPTYPE] = DEP_START + 1, [COL_DEPSTATE] = DEP_IMPOSSIBLE + 1,
	[COL_WSTATUS] = WORKER_INACTIVE + 1, [COL_WHEALTH] = HEALTH_UNHEALTHY + 1,
};

/*
 * The words of types.h, for a plain int64_t: a row holds its enums as such, and
 * a file may hold a value that this version does not know.
 */
const char *col_word(enum col_kind kind, int64_t v)
{
	if (v < 0 || v >= value_count[kind])
		return NULL;
	switch (kind) {
	case COL_STATUS:
		return job_status_name((enum job_status)v);
	case COL_REASON:
		return reason_name((enum reason)v);
	case COL_CAUSE:
		return end_cause_name((enum end_cause)v);
	case COL_CLASS:
		return error_class_name((enum error_class)v);
	case COL_RETRY:
		return retry_policy_name((enum retry_policy)v);
	case COL_DEPTYPE:
		return dep_type_name((enum dep_type)v);
	case COL_DEPSTATE:
		return dep_state_name((enum dep_state)v);
	case COL_WSTATUS:
		return worker_status_name((enum worker_status)v);
	case COL_WHEALTH:
		return worker_health_name((enum worker_health)v);
	default:
		return NULL;
	}
}

int col_value(enum col_kind kind, const char *word)
{
	switch (kind) {
	case COL_STATUS:
		return job_status_parse(word);
	case COL_REASON:
		return reason_parse(word);
	case COL_CAUSE:
		return end_cause_parse(word);
	case COL_CLASS:
		return error_class_parse(word);
	case COL_RETRY:
		return retry_policy_parse(word);
	case COL_DEPTYPE:
		return dep_type_parse(word);
	case COL_DEPSTATE:
		return dep_state_parse(word);
	case COL_WSTATUS:
		return worker_status_parse(word);
	case COL_WHEALTH:
		return worker_health_parse(word);
	default:
		return -1;
	}
}

const struct column *table_column(const struct table *t, const char *name)
{
	for (const struct column *c = t->columns; c->name; c++) {
		if (strcmp(c->name, name) == 0)
			return c;
	}
	return NULL;
}

void *row_keep(struct arena *a, const struct table *t, const void *row)
{
	char *copy = arena_memdup(a, row, t->size);
	const struct column *col;

	for (col = t->columns; col->name != NULL; col++) {
		void **at = (void **)(void *)(copy + col->offset);

		if (col->kind == COL_TEXT)
			*at = arena_strdup(a, *at);
		else if (col->kind == COL_BLOB && *at != NULL)
			*at = arena_memdup(a, *at, (size_t)*(const int64_t *)(const void *)
			    (copy + col->offset + sizeof(void *)));
	}
	return copy;
}
