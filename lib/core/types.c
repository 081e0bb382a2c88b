/*
 * types: the enums of core/types.h and their words, in both directions.
 *
 * Owns every such string; promises that each enum value has exactly one, that
 * parsing gives the value back, and that a word which is none gives -1.
 * Requires nothing.  A string once released never changes: the database, JSON
 * and people's scripts hold it.
 */
#include "core/types.h"

#include <assert.h>
#include <string.h>

#include "core/words.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct word {		/* an alias, or a value's own word */
	const char *text;
	int value;
};

static const char *const job_statuses[] = {
	[JOB_QUEUED] = "queued", [JOB_SCHEDULED] = "scheduled", [JOB_RUNNING] = "running",
	[JOB_COMPLETED] = "completed", [JOB_FAILED] = "failed", [JOB_CANCELLED] = "cancelled",
};

static const char *const reasons[REASON_COUNT] = {
#define X(id, text, code) [REASON_##id] = text,
	REASON_ROWS(X)
#undef X
};

static const char *const reason_codes[REASON_COUNT] = {
#define X(id, text, code) [REASON_##id] = code,
	REASON_ROWS(X)
#undef X
};

static const char *const end_causes[END_COUNT] = {
	[END_EXIT] = "exit", [END_SIGNAL] = "signal", [END_TIMEOUT] = "timeout",
	[END_OOM] = "oom", [END_KILLED] = "killed", [END_LAUNCH] = "launch",
	[END_DIR] = "directory", [END_NO_EXEC] = "not_executable",
	[END_NOT_FOUND] = "not_found", [END_RESOURCE] = "resource", [END_USER] = "user",
	[END_LOST] = "lost", [END_NEVER] = "never_started", [END_FENCED] = "fenced",
	[END_UNKILLABLE] = "unkillable",
	[END_RECALLED] = "recalled",
	[END_LOG_OVERFLOW] = "log_overflow",
};

static const char *const error_classes[CLASS_COUNT] = {
	[CLASS_SUCCESS] = "success", [CLASS_CANCELLED] = "cancelled", [CLASS_INFRA] = "infra",
	[CLASS_OOM] = "oom", [CLASS_TIMEOUT] = "timeout", [CLASS_PERMANENT] = "permanent",
	[CLASS_USER] = "user", [CLASS_TRANSIENT] = "transient", [CLASS_ERROR] = "error",
};

static const char *const retry_policies[] = {
	[RETRY_IMMEDIATE] = "immediate", [RETRY_FIXED] = "fixed",
	[RETRY_EXPONENTIAL] = "exponential_backoff",
};

static const char *const dep_types[] = {
	[DEP_OK] = "success", [DEP_NOTOK] = "failure", [DEP_ANY] = "completion",
	[DEP_START] = "start",
};

static const struct word dep_aliases[] = {
	{ "ok", DEP_OK }, { "afterok", DEP_OK },
	{ "notok", DEP_NOTOK }, { "afternotok", DEP_NOTOK },
	{ "any", DEP_ANY }, { "afterany", DEP_ANY }, { "after", DEP_START },
};

static const char *const dep_states[] = {
	[DEP_OPEN] = "open", [DEP_SATISFIED] = "satisfied", [DEP_IMPOSSIBLE] = "impossible",
};

static const char *const worker_statuses[] = {
	[WORKER_ACTIVE] = "active", [WORKER_DRAINING] = "draining",
	[WORKER_INACTIVE] = "inactive",
};

static const char *const worker_healths[] = {
	[HEALTH_HEALTHY] = "healthy", [HEALTH_DEGRADED] = "degraded",
	[HEALTH_UNHEALTHY] = "unhealthy",
};

static const char *const control_ops[CONTROL_COUNT] = {
	[CONTROL_CANCEL] = "cancel", [CONTROL_HOLD] = "hold", [CONTROL_RELEASE] = "release",
	[CONTROL_REQUEUE] = "requeue", [CONTROL_RERUN] = "rerun", [CONTROL_SIGNAL] = "signal",
	[CONTROL_SUSPEND] = "suspend", [CONTROL_RESUME] = "resume", [CONTROL_SET] = "set",
	[CONTROL_TOP] = "top", [CONTROL_EXPEDITE] = "expedite",
};

const char *words_name(const char *const *words, size_t n, unsigned value)
{
	assert(value < n);
	return words[value];
}

int words_value(const char *const *words, size_t n, const char *s)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(words[i], s) == 0)
			return (int)i;
	}
	return -1;
}

const char *job_status_name(enum job_status s)
{
	return words_name(job_statuses, COUNT(job_statuses), s);
}

int job_status_parse(const char *s)
{
	return words_value(job_statuses, COUNT(job_statuses), s);
}

bool job_status_terminal(enum job_status s)
{
	return s >= JOB_COMPLETED;
}

const char *reason_name(enum reason r)
{
	return words_name(reasons, COUNT(reasons), r);
}

const char *reason_code(enum reason r)
{
	return words_name(reason_codes, COUNT(reason_codes), r);
}

int reason_parse(const char *s)
{
	return words_value(reasons, COUNT(reasons), s);
}

const char *end_cause_name(enum end_cause c)
{
	return words_name(end_causes, COUNT(end_causes), c);
}

int end_cause_parse(const char *s)
{
	return words_value(end_causes, COUNT(end_causes), s);
}

const char *error_class_name(enum error_class c)
{
	return words_name(error_classes, COUNT(error_classes), c);
}

int error_class_parse(const char *s)
{
	return words_value(error_classes, COUNT(error_classes), s);
}

const char *retry_policy_name(enum retry_policy p)
{
	return words_name(retry_policies, COUNT(retry_policies), p);
}

int retry_policy_parse(const char *s)
{
	if (strcmp(s, "exponential") == 0)
		return RETRY_EXPONENTIAL;
	return words_value(retry_policies, COUNT(retry_policies), s);
}

const char *dep_type_name(enum dep_type t)
{
	return words_name(dep_types, COUNT(dep_types), t);
}

int dep_type_parse(const char *s)
{
	for (size_t i = 0; i < COUNT(dep_aliases); i++) {
		if (strcmp(dep_aliases[i].text, s) == 0)
			return dep_aliases[i].value;
	}
	return words_value(dep_types, COUNT(dep_types), s);
}

const char *dep_state_name(enum dep_state s)
{
	return words_name(dep_states, COUNT(dep_states), s);
}

int dep_state_parse(const char *s)
{
	return words_value(dep_states, COUNT(dep_states), s);
}

const char *worker_status_name(enum worker_status s)
{
	return words_name(worker_statuses, COUNT(worker_statuses), s);
}

int worker_status_parse(const char *s)
{
	return words_value(worker_statuses, COUNT(worker_statuses), s);
}

const char *worker_health_name(enum worker_health h)
{
	return words_name(worker_healths, COUNT(worker_healths), h);
}

int worker_health_parse(const char *s)
{
	return words_value(worker_healths, COUNT(worker_healths), s);
}

const char *control_op_name(enum control_op op)
{
	return words_name(control_ops, COUNT(control_ops), op);
}

int control_op_parse(const char *s)
{
	return words_value(control_ops, COUNT(control_ops), s);
}
