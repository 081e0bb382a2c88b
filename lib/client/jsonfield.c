/*
 * jsonfield: the rows.  jobspec(5) is held against them by a test: a field has a row
 * here, an entry there, and an option of jobsub for its message field.
 */
#include "client/jsonfield.h"

#define F(name, kind, to) { "", name, kind, F_##to }
#define IN(object, name, kind, to) { object, name, kind, F_##to }

const struct json_field json_fields[] = {
	F("job_uuid", TEXT, UUID),
	F("job_name", TEXT, NAME),
	F("job_type", TEXT, TYPE),
	F("command", COMMAND, ARG),
	F("script", SCRIPT, SCRIPT),
	F("args", WORDS, ARG),
	F("execution_env", TEXT, ENV_TYPE),
	F("resources", OBJECT, COUNT),
	F("scheduling", OBJECT, COUNT),
	F("retry", OBJECT, COUNT),
	F("dependencies", DEPENDENCIES, DEP),
	F("dep_any", FLAG, DEP_ANY),
	F("on_dep_fail", TEXT, ON_DEP_FAIL),
	F("tags", PAIRS, TAG),
	F("job_config", EMPTY, COUNT),
	F("comment", TEXT, COMMENT),
	F("key", TEXT, KEY),
	F("key_scope", TEXT, KEY_SCOPE),
	F("account", TEXT, ACCOUNT),
	F("queue", TEXT, QUEUE),
	F("run_as", TEXT, RUN_AS),
	F("env", PAIRS, ENV),
	F("chdir", TEXT, CHDIR),
	F("umask", OCTAL, UMASK),
	F("stdin_path", TEXT, STDIN),
	F("stdout_path", TEXT, STDOUT),
	F("stderr_path", TEXT, STDERR),
	F("append", FLAG, APPEND),
	F("submit_host", TEXT, SUBMIT_HOST),
	F("submit_dir", TEXT, SUBMIT_DIR),
	F("success_codes", TEXT, SUCCESS_CODES),
	F("no_requeue", FLAG, NO_REQUEUE),
	F("kill_signal", SIGNAL, KILL_SIGNAL),
	F("kill_grace_seconds", SECONDS, KILL_GRACE),
	F("warn_signal", TEXT, WARN),
	F("chdir_missing", TEXT, CHDIR_MISSING),
	F("scratch", FLAG, SCRATCH),
	F("login", FLAG, LOGIN),
	F("nice", INTEGER, NICE),
	F("rlimits", PAIRS, RLIMIT),
	F("log_max_bytes", BYTES, LOG_MAX),
	F("log_overflow", TEXT, LOG_OVERFLOW),
	F("timestamps", FLAG, TIMESTAMPS),
	F("pty_output", FLAG, PTY),

	IN("resources", "cpu_cores", MILLI, CPUS),
	IN("resources", "memory_gb", GB, MEM),
	IN("resources", "disk_gb", GB, DISK),
	IN("resources", "gpu_count", COUNT, GPUS),
	IN("resources", "gpu_type", TEXT, GPU_TYPE),
	IN("resources", "bandwidth_mbps", CEILING, BW),
	IN("resources", "named", AMOUNTS, RES),
	IN("resources", "tokens", AMOUNTS, LIMIT_TOKEN),

	IN("resources", "constraint", TEXT, CONSTRAINT),
	IN("resources", "prefer", TEXT, PREFER),
	IN("resources", "workers", TEXT, ON_WORKERS),
	IN("resources", "not_workers", TEXT, NOT_WORKERS),
	IN("resources", "exclusive", FLAG, EXCLUSIVE),

	IN("scheduling", "priority", COUNT, PRIORITY),
	IN("scheduling", "max_execution_time", SECONDS, TIME),
	IN("scheduling", "timeout_seconds", TIMEOUT, DEADLINE),
	IN("scheduling", "deadline_at", INSTANT, DEADLINE),
	IN("scheduling", "begin_at", INSTANT, BEGIN),
	IN("scheduling", "queue_timeout_seconds", SECONDS, QUEUE_TIMEOUT),
	IN("scheduling", "hold", FLAG, HOLD),

	IN("retry", "max_retries", COUNT, RETRIES),
	IN("retry", "retry_policy", TEXT, RETRY_POLICY),
	IN("retry", "retry_delay_seconds", SECONDS, RETRY_DELAY),
	IN("retry", "retry_max_delay_seconds", SECONDS, RETRY_MAX_DELAY),
	IN("retry", "retry_jitter", COUNT, RETRY_JITTER),
	IN("retry", "retry_on", TEXT, RETRY_ON),
	IN("retry", "no_retry_on", TEXT, NO_RETRY_ON),
};

const size_t json_fields_count = sizeof(json_fields) / sizeof(json_fields[0]);
