/*
 * types: the words of the scheduler, as enums with their stable strings.
 *
 * The strings stand in the database, in JSON and in scripts: they never change.
 */
#ifndef CORE_TYPES_H
#define CORE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOCAL_WORKER "local"	/* the name of the worker on jobd's own host */

enum job_status {	/* the six of the brief; the last three are terminal */
	JOB_QUEUED, JOB_SCHEDULED, JOB_RUNNING, JOB_COMPLETED, JOB_FAILED, JOB_CANCELLED
};

/* SPEC 2.13: identifier, string, two-letter code for habit */
#define REASON_ROWS(X) \
	X(NONE, "", "") /* queued */ \
	X(PRIORITY, "Priority", "PD") X(RESOURCES, "Resources", "PD") X(HELD, "Held", "PD") \
	X(RESERVED, "Reserved", "PD") X(DEPENDENCY, "Dependency", "PD") X(WINDOW, "Window", "PD") \
	X(DEP_NEVER, "DependencyNeverSatisfied", "PD") X(BEGIN_TIME, "BeginTime", "PD") \
	X(RETRY_WAIT, "RetryWait", "PD") X(HELD_ADMIN, "HeldByAdmin", "PD") \
	X(WORKERS_UNAVAILABLE, "WorkersUnavailable", "PD") X(QUEUE_STOPPED, "QueueStopped", "PD") \
	X(WORKER_CONSTRAINT, "WorkerConstraint", "PD") X(SINGLETON, "Singleton", "PD") \
	X(LIMIT, "Limit", "PD") X(QUOTA_JOBS, "QuotaJobs", "PD") X(QUOTA_CPU, "QuotaCPU", "PD") \
	X(QUOTA_MEM, "QuotaMem", "PD") X(QUOTA_DISK, "QuotaDisk", "PD") \
	X(QUOTA_GPU, "QuotaGPU", "PD") X(QUOTA_QUEUE, "QuotaQueue", "PD") \
	X(ARRAY_LIMIT, "ArrayLimit", "PD") X(CRASH_LOOP, "CrashLoop", "PD") \
	X(NEVER_FITS, "NeverFits", "PD") \
	/* running */ \
	X(STOPPING, "Stopping", "CG") X(SUSPENDED, "Suspended", "S") X(ADOPTING, "Adopting", "R") \
	/* failed */ \
	X(NONZERO_EXIT, "NonZeroExit", "F") X(SIGNAL, "Signal", "F") X(TIMEOUT, "Timeout", "TO") \
	X(DEADLINE, "Deadline", "TO") X(OUT_OF_MEMORY, "OutOfMemory", "OOM") \
	X(NODE_LOST, "NodeLost", "NF") X(LAUNCH_FAILED, "LaunchFailed", "F") \
	X(DIR_MISSING, "DirMissing", "F") X(NOT_FOUND, "NotFound", "F") \
	X(NOT_EXECUTABLE, "NotExecutable", "F") X(LOG_OVERFLOW, "LogOverflow", "F") \
	X(UNKILLABLE, "Unkillable", "F") X(MAX_REQUEUES, "MaxRequeues", "F") \
	/* cancelled */ \
	X(BY_USER, "ByUser", "CA") X(BY_ADMIN, "ByAdmin", "CA") X(EXPIRED, "Expired", "EX") \
	X(DEP_FAILED, "DependencyFailed", "DF") X(REPLACED, "Replaced", "CA") \
	X(ARRAY_HALTED, "ArrayHalted", "CA") \
	/* transient, on an execution */ \
	X(PREEMPTED, "Preempted", "PR") X(DRAINED, "Drained", "PR") X(REQUEUED, "Requeued", "PR") \
	X(FENCED, "Fenced", "NF") X(NEVER_STARTED, "NeverStarted", "NF")

enum reason {
#define X(id, text, code) REASON_##id,
	REASON_ROWS(X)
#undef X
	REASON_COUNT
};

/* How an execution ended, as its worker saw it. */
enum end_cause {
	END_EXIT,	/* exit_code */
	END_SIGNAL,	/* signal, not sent by us */
	END_TIMEOUT,	/* the run limit, whatever the status after it */
	END_OOM,	/* the memory limit */
	END_KILLED,	/* ended on our order; why is known to whoever gave it */
	END_LAUNCH,	/* never got to exec; launch_error in `text`, exit_code 125/126/127 */
	END_DIR,	/* working directory missing */
	END_NO_EXEC,	/* 126 */
	END_NOT_FOUND,	/* 127 */
	END_RESOURCE,	/* fork, memory, disk of the worker: class infra */
	END_USER,	/* user unknown on the worker, or may not be become */
	END_LOST,	/* outcome unknown: worker or supervisor gone */
	END_NEVER,	/* certainly never started: class infra */
	END_FENCED,	/* lease ran out */
	END_UNKILLABLE,	/* not empty 120 s after SIGKILL */
	END_RECALLED,	/* ordered ahead and given back before it began */
	END_LOG_OVERFLOW,	/* it wrote more than --log-max, with --log-overflow kill */
	END_COUNT
};

enum error_class {	/* SPEC 2.5, in order */
	CLASS_SUCCESS, CLASS_CANCELLED, CLASS_INFRA, CLASS_OOM, CLASS_TIMEOUT, CLASS_PERMANENT,
	CLASS_USER, CLASS_TRANSIENT, CLASS_ERROR, CLASS_COUNT
};

enum retry_policy { RETRY_IMMEDIATE, RETRY_FIXED, RETRY_EXPONENTIAL };
enum dep_type { DEP_OK, DEP_NOTOK, DEP_ANY, DEP_START };
enum dep_state { DEP_OPEN, DEP_SATISFIED, DEP_IMPOSSIBLE };
enum hold { HOLD_NONE, HOLD_USER, HOLD_ADMIN, HOLD_CRASH };
enum worker_status { WORKER_ACTIVE, WORKER_DRAINING, WORKER_INACTIVE };
enum worker_health { HEALTH_HEALTHY, HEALTH_DEGRADED, HEALTH_UNHEALTHY };
enum control_op {
	CONTROL_CANCEL, CONTROL_HOLD, CONTROL_RELEASE, CONTROL_REQUEUE, CONTROL_RERUN,
	CONTROL_SIGNAL, CONTROL_SUSPEND, CONTROL_RESUME, CONTROL_SET, CONTROL_TOP,
	CONTROL_EXPEDITE, CONTROL_COUNT
};

/* The stable string of each; _parse returns -1 for what is none. */
const char *job_status_name(enum job_status s);
int job_status_parse(const char *s);
bool job_status_terminal(enum job_status s);
const char *reason_name(enum reason r);
const char *reason_code(enum reason r);		/* two letters */
int reason_parse(const char *s);
const char *end_cause_name(enum end_cause c);	/* "exit", "signal", "timeout"... */
int end_cause_parse(const char *s);
const char *error_class_name(enum error_class c);
int error_class_parse(const char *s);
const char *retry_policy_name(enum retry_policy p);	/* "exponential_backoff"... */
int retry_policy_parse(const char *s);			/* also "exponential" */
const char *dep_type_name(enum dep_type t);		/* "success", "failure"... */
int dep_type_parse(const char *s);			/* also ok notok any afterok... */
const char *dep_state_name(enum dep_state s);		/* "open", "satisfied", "impossible" */
int dep_state_parse(const char *s);
const char *worker_status_name(enum worker_status s);
int worker_status_parse(const char *s);
const char *worker_health_name(enum worker_health h);
int worker_health_parse(const char *s);
const char *control_op_name(enum control_op op);
int control_op_parse(const char *s);

#endif
