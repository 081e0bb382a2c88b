/*
 * schema: which fields each message carries.
 *
 * A row is a message's list, ended by END.  R() must be there once, O() may be
 * there once, M() may be there any number of times.
 */
#include <stddef.h>

#include "msg/schema.h"

#define R(f) { F_##f, MSG_REQUIRED }
#define O(f) { F_##f, MSG_OPTIONAL }
#define M(f) { F_##f, MSG_MANY }
#define END { MSG_FIELD_COUNT, MSG_OPTIONAL }

/* What a job needs at its start; the core never reads it. */
#define LAUNCH_FIELDS \
	M(ARG), O(SCRIPT), M(ENV), O(CHDIR), O(UMASK), O(STDIN), O(STDOUT), O(STDERR), \
	O(APPEND), O(SUBMIT_HOST), O(SUBMIT_DIR), O(CHDIR_MISSING), O(SCRATCH), O(LOGIN), \
	O(NICE), M(RLIMIT), O(WARN), O(LOG_MAX), O(LOG_OVERFLOW), O(TIMESTAMPS), O(PTY), \
	O(PIPE), O(GPU_TYPE), M(RES), M(LIMIT_TOKEN)

/* What `set` can change of a job. */
#define CHANGE_FIELDS \
	O(PRIORITY), O(TIME), O(TIME_MORE), O(CPUS), O(MEM), O(DISK), O(GPUS), O(BW), O(QUEUE), \
	O(ACCOUNT), O(NAME), M(TAG), O(COMMENT), O(BEGIN), O(DEADLINE), O(QUEUE_TIMEOUT), \
	O(RETRIES), O(RETRY_POLICY), O(RETRY_DELAY), O(RETRY_MAX_DELAY), O(RETRY_JITTER), \
	O(RETRY_ON), O(NO_RETRY_ON), O(SUCCESS_CODES), O(NO_REQUEUE), O(KILL_SIGNAL), \
	O(KILL_GRACE), O(ON_DEP_FAIL), O(GPU_TYPE), M(RES), M(LIMIT_TOKEN), O(CONSTRAINT), \
	O(PREFER), O(ON_WORKERS), O(NOT_WORKERS), O(EXCLUSIVE), O(ESTIMATE), O(RETRY_MEM), \
	O(SINGLETON), M(DROP)

/* What became of an execution. */
#define RESULT_FIELDS \
	O(CAUSE), O(EXIT_CODE), O(SIGNAL), O(TEXT), O(AT), O(ENDED), O(DURATION), O(CPU_MS), \
	O(MAX_RSS), O(LIMITS), O(OUT_BYTES), O(ERR_BYTES)

static const struct msg_rule submit[] = {
	O(SEQ), R(UUID), O(NAME), M(TAG), O(COMMENT), O(KEY), O(KEY_SCOPE), O(ACCOUNT), O(QUEUE),
	O(TYPE), O(ENV_TYPE), O(RUN_AS), O(CPUS), O(MEM), O(DISK), O(GPUS), O(BW), O(PRIORITY),
	O(HOLD), O(BEGIN), O(DEADLINE), O(TIME), O(ESTIMATE), O(QUEUE_TIMEOUT), O(CREATED),
	M(DEP), O(DEP_ANY), O(ON_DEP_FAIL), O(SINGLETON), O(RETRIES), O(RETRY_POLICY),
	O(RETRY_DELAY), O(RETRY_MAX_DELAY), O(RETRY_JITTER), O(RETRY_ON), O(NO_RETRY_ON),
	O(SUCCESS_CODES), O(RETRY_MEM), O(NO_REQUEUE),
	O(KILL_SIGNAL), O(KILL_GRACE), O(TRIAL), O(CRON), O(TZ), O(DST_GAP), O(DST_FOLD),
	O(ANCHOR), O(CATCH_UP), O(CATCH_UP_WINDOW), O(CATCH_UP_MAX), O(OVERLAP), O(OVERLAP_MAX),
	O(SPLAY), O(JITTER), O(UNTIL_TIME), O(RUNS), O(SCHEDULE), O(CONSTRAINT), O(PREFER),
	M(TELL), O(CALENDAR), O(BLACKOUT), O(EXPECT_BY), O(MAX_SILENCE),
	O(ON_WORKERS), O(NOT_WORKERS), O(EXCLUSIVE), O(ARRAY), O(ARRAY_LIMIT), O(HALT),
	O(MAX_FAILS), LAUNCH_FIELDS, END
};
static const struct msg_rule schedule[] = {
	O(SEQ), R(OP), M(TARGET), O(NOW), O(COUNT), O(SINCE), O(UNTIL_TIME), END
};
static const struct msg_rule batch[] = { O(SEQ), R(COUNT), END };
static const struct msg_rule control[] = {
	O(SEQ), R(OP), M(TARGET), O(TEXT), O(SIGNAL), O(MAIN_ONLY), O(NOW), CHANGE_FIELDS, END
};
static const struct msg_rule wait[] = { O(SEQ), M(TARGET), O(UNTIL), END };
static const struct msg_rule account_set[] = { O(SEQ), O(ACCOUNT), O(USER), R(SHARES), END };
static const struct msg_rule worker_set[] = { O(SEQ), R(WORKER), R(OP), O(TEXT), END };
static const struct msg_rule setting[] = {
	O(SEQ), R(OP), R(WHAT), O(NAME), M(SETTING), END
};
static const struct msg_rule status[] = { O(SEQ), END };
static const struct msg_rule accept[] = { O(SEQ), END };
static const struct msg_rule okay[] = {
	O(SEQ), O(JOB), O(SCHEDULE), O(UUID), O(DUPLICATE), O(STATUS), O(REASON), O(TEXT), O(COUNT),
	O(AT), M(RESULT), M(COLUMN), END
};
static const struct msg_rule error[] = { O(SEQ), R(CODE), R(TEXT), O(JOB), END };
static const struct msg_rule ended[] = {
	O(SEQ), O(JOB), O(UUID), O(TARGET), R(STATUS), O(REASON), O(EXIT_CODE), O(SIGNAL),
	O(CODE), O(TEXT), END
};
static const struct msg_rule launch[] = { LAUNCH_FIELDS, END };

static const struct msg_rule attach[] = {
	R(INSTANCE), R(EPOCH), R(VERSION), R(WORKER), O(LOG_DIR), O(HEARTBEAT), O(LEASE),
	O(STOP_LEASE), END
};
static const struct msg_rule hello[] = {
	R(WORKER), R(JOURNAL), R(BOOT), R(VERSION), O(PID), O(CPUS), O(MEM), O(DISK), O(GPUS),
	O(LIMITS), END
};
static const struct msg_rule held[] = {
	R(JOB), R(EXECUTION), R(EPOCH), R(STATUS), O(AHEAD), RESULT_FIELDS, END
};
static const struct msg_rule held_end[] = { R(COUNT), END };
static const struct msg_rule start[] = {
	R(JOB), R(EXECUTION), R(EPOCH), R(INSTANCE), R(UUID), R(USER), R(UID), O(RUN_AS), O(NAME),
	O(ACCOUNT), O(QUEUE), O(PRIORITY), R(ATTEMPT), O(MAX_ATTEMPTS), O(REQUEUES), O(CPUS),
	O(CPU_LIMIT), O(AHEAD), O(MEM), O(DISK), O(GPUS), O(BW), O(TIME), O(DEADLINE),
	O(KILL_SIGNAL), O(KILL_GRACE), O(KEY), O(LOG_DIR), O(STATUS), O(REASON), O(WORKER),
	O(CREATED), O(GPU_IDS), M(RES), O(ALONE), O(ARRAY_ID), O(ARRAY_INDEX), M(ENV), END
};
static const struct msg_rule started[] = { R(JOB), R(EXECUTION), R(AT), O(LIMITS), END };
static const struct msg_rule result[] = { R(JOB), R(EXECUTION), RESULT_FIELDS, END };
static const struct msg_rule ack[] = { R(JOB), R(EXECUTION), END };
static const struct msg_rule kill_order[] = {
	R(JOB), R(EXECUTION), R(CAUSE), O(SIGNAL), O(MAIN_ONLY), O(NOW), O(KILL_GRACE), END
};
static const struct msg_rule set_order[] = { R(JOB), R(EXECUTION), O(TIME), O(SUSPEND), END };
static const struct msg_rule refuse[] = { O(JOB), O(EXECUTION), O(CODE), R(TEXT), END };
static const struct msg_rule beat[] = { R(SEQ), R(AT), O(ROUND_TRIP), END };
static const struct msg_rule lease[] = { R(SEQ), END };
static const struct msg_rule gone[] = { R(INSTANCE), R(EPOCH), END };
static const struct msg_rule probe[] = { R(SEQ), END };
static const struct msg_rule probed[] = {
	R(SEQ), R(VERSION), R(AT), O(ARCH), O(USER), R(UID), O(CPUS), O(MEM), O(DISK), O(GPUS),
	O(LIMITS), O(SESSIONS), O(COUNT), O(TEXT), END
};
static const struct msg_rule output[] = { R(INSTANCE), R(EPOCH), R(WORKER), END };
static const struct msg_rule out_data[] = { R(JOB), R(EXECUTION), R(STREAM), R(OFFSET), END };
static const struct msg_rule out_end[] = {
	R(JOB), R(EXECUTION), R(OUT_BYTES), R(ERR_BYTES), END
};
static const struct msg_rule out_ack[] = { R(JOB), R(EXECUTION), O(STREAM), O(OFFSET), END };
static const struct msg_rule ping[] = { R(SEQ), END };
static const struct msg_rule pong[] = { R(SEQ), END };

static const struct msg_rule notice[] = {
	R(SEQ), R(EVENT), R(CHANNEL), R(RECEIVER), R(AT), O(JOB), O(EXECUTION), O(SCHEDULE),
	O(USER), O(NAME), O(STATUS), O(REASON), O(EXIT_CODE), O(SIGNAL), O(TEXT), END
};

static const struct msg_rule journal[] = { R(JOURNAL), R(VERSION), R(INSTANCE), R(EPOCH), END };
static const struct msg_rule run[] = {
	R(PID), R(START_TIME), R(BOOT), R(AT), O(LIMITS), M(CGROUP), O(TOKEN), END
};

static const struct msg_rule query[] = {
	O(SEQ), R(WHAT), M(TARGET), M(STATUS), O(USER), O(NAME), M(TAG), O(QUEUE), O(WORKER),
	O(SINCE), O(UNTIL_TIME), O(LIMIT), O(AFTER), O(ALL), O(EXECUTION), O(OFFSET), O(STREAM),
	O(WHOLES), END
};
static const struct msg_rule row[] = { O(SEQ), O(WHAT), M(COLUMN), END };
static const struct msg_rule data[] = { O(SEQ), O(OFFSET), O(STREAM), END };
static const struct msg_rule end[] = { O(SEQ), O(CODE), O(TEXT), O(COUNT), O(AFTER), END };

const struct msg_rule *const msg_schema[MSG_TYPE_COUNT] = {
	[MSG_SUBMIT] = submit,
	[MSG_BATCH] = batch,
	[MSG_CONTROL] = control,
	[MSG_SCHEDULE] = schedule,
	[MSG_WAIT] = wait,
	[MSG_ACCOUNT_SET] = account_set,
	[MSG_WORKER_SET] = worker_set,
	[MSG_SETTING] = setting,
	[MSG_ACCEPT] = accept,
	[MSG_STATUS] = status,
	[MSG_OK] = okay,
	[MSG_ERROR] = error,
	[MSG_ENDED] = ended,
	[MSG_LAUNCH] = launch,
	[MSG_W_ATTACH] = attach,
	[MSG_W_HELLO] = hello,
	[MSG_W_HELD] = held,
	[MSG_W_HELD_END] = held_end,
	[MSG_W_START] = start,
	[MSG_W_STARTED] = started,
	[MSG_W_RESULT] = result,
	[MSG_W_ACK] = ack,
	[MSG_W_KILL] = kill_order,
	[MSG_W_SET] = set_order,
	[MSG_W_REFUSE] = refuse,
	[MSG_W_BEAT] = beat,
	[MSG_W_LEASE] = lease,
	[MSG_W_GONE] = gone,
	[MSG_W_PROBE] = probe,
	[MSG_W_PROBED] = probed,
	[MSG_W_OUTPUT] = output,
	[MSG_O_DATA] = out_data,
	[MSG_O_END] = out_end,
	[MSG_O_ACK] = out_ack,
	[MSG_W_PING] = ping,
	[MSG_W_PONG] = pong,
	[MSG_NOTICE] = notice,
	[MSG_J_HEAD] = journal,
	[MSG_X_RUN] = run,
	[MSG_QUERY] = query,
	[MSG_ROW] = row,
	[MSG_DATA] = data,
	[MSG_END] = end,
};
