/*
 * table: the keys of job.conf.
 *
 * Owns their names, types, defaults, ranges, and which take effect on a reload.
 * job.conf(5) and etc/job.conf are held against this table by a test; to add a
 * key, add a member to struct conf, a row here, and an entry in both.
 */
#include <assert.h>

#include "conf/impl.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define YEARS (36525 * DAY)		/* 100 */
#define MIB_MAX INT64_C(1000000000)
#define CPUS_MAX INT64_C(100000000)

static const char *const policies[] = { "fifo", "priority", "shortest", "fairshare", "hybrid",
    NULL };
static const char *const orders[] = { "shortest", "queue", NULL };
static const char *const placements[] = { "pack", "spread", NULL };
static const char *const lengths[] = { "limit", "estimate", "learned", NULL };
static const char *const levels[] = { "error", "warning", "info", "debug", NULL };

#define AT(member) .offset = offsetof(struct conf, member)
#define K(key, kind, standard) .name = #key, AT(key), .type = CONF_##kind, .fallback = standard
#define RANGE(from, to) .min = (from), .max = (to)
#define RELOAD .reload = true
#define AUTO .may_auto = true

static const struct conf_key keys[] = {
	{ K(spool, PATH, NULL) },
	{ K(user, NAME, NULL) },
	{ K(policy, CHOICE, "hybrid"), .words = policies, RELOAD },
	{ K(backfill_reservations, NUMBER, "1"), RANGE(0, 1000), .may_all = true, RELOAD },
	{ K(backfill_order, CHOICE, "shortest"), .words = orders, RELOAD },
	{ K(plan_by, CHOICE, "limit"), .words = lengths, RELOAD },
	{ K(reserve_after, DURATION, "10m"), RANGE(0, 365 * DAY), RELOAD },
	{ K(placement, CHOICE, "pack"), .words = placements, RELOAD },
	{ K(prefer, EXPR, NULL), RELOAD },
	{ K(tokens, AMOUNTS, NULL), RELOAD },
	{ K(age_interval, DURATION, "1m"), RANGE(0, 365 * DAY), RELOAD },
	{ K(age_step, NUMBER, "1"), RANGE(0, 1000), RELOAD },
	{ K(fair_weight, NUMBER, "100"), RANGE(0, 1000000), RELOAD },
	{ K(fair_half_life, DURATION, "7d"), RANGE(0, YEARS), RELOAD },
	{ K(private_jobs, BOOL, "no") },

	{ K(workers_file, PATH, NULL) },
	{ K(local_worker, BOOL, "yes") },
	{ K(cpus, MILLI, "auto"), RANGE(1, CPUS_MAX), AUTO },
	{ K(memory, MIB, "auto"), RANGE(1, MIB_MAX), AUTO },
	{ K(disk, MIB, "auto"), RANGE(1, MIB_MAX), AUTO },
	{ K(gpus, NUMBER, "auto"), RANGE(0, 1024), AUTO },
	{ K(gpu_type, NAME, NULL) },
	{ K(bandwidth, NUMBER, "0"), RANGE(0, CONF_MBIT_MAX) },
	{ K(resources, AMOUNTS, NULL) },

	{ K(default_cpus, MILLI, "1"), RANGE(1, CPUS_MAX), RELOAD },
	{ K(default_memory, MIB, "0"), RANGE(0, MIB_MAX), RELOAD },
	{ K(default_priority, NUMBER, "500"), RANGE(0, 1000), RELOAD },
	{ K(default_time_limit, DURATION, "none"), RANGE(0, YEARS), RELOAD },
	{ K(default_retries, NUMBER, "0"), RANGE(0, 1000), RELOAD },
	{ K(default_queue, NAME, "default"), RELOAD },
	{ K(retry_on, CODES, NULL), RELOAD },
	{ K(no_retry_on, CODES, NULL), RELOAD },
	{ K(kill_grace, DURATION, "30s"), RANGE(0, DAY), RELOAD },
	{ K(dispatch_ahead, NUMBER, "4"), RANGE(0, 16), RELOAD },
	{ K(max_requeues, NUMBER, "5"), RANGE(0, 1000), RELOAD },
	{ K(time_zone, NAME, "UTC"), RELOAD },
	{ K(misfire_grace, DURATION, "1m"), RANGE(SECOND, DAY), RELOAD },
	{ K(catch_up_rate, NUMBER, "60"), RANGE(1, 60000), RELOAD },
	{ K(notice_rate, NUMBER, "30"), RANGE(0, 1000000), RELOAD },
	{ K(notice_retry, DURATION, "1m"), RANGE(SECOND, DAY), RELOAD },
	{ K(notice_commands, TEXT, NULL), RELOAD },
	{ K(sendmail, PATH, "/usr/sbin/sendmail"), RELOAD },
	{ K(env_path, SEARCH, "/usr/local/bin:/usr/bin:/bin"), RELOAD },

	CONF_QUOTA_ROOM(sections.site),
	{ K(max_queued, NUMBER, "1000000"), RANGE(1, 100000000), RELOAD },
	{ K(max_connections, NUMBER, "1024"), RANGE(1, 65536), RELOAD },
	{ K(max_requests_per_connection, NUMBER, "1000"), RANGE(1, 1000000), RELOAD },

	{ K(history_after, DURATION, "1h"), RANGE(0, 365 * DAY) },
	{ K(uuid_keep, DURATION, "2d"), RANGE(HOUR, 365 * DAY) },
	{ K(compress_logs_after, DURATION, "1d"), RANGE(0, YEARS) },
	{ K(keep_logs, DURATION, "2557d"), RANGE(DAY, YEARS), RELOAD },
	{ K(keep_history, DURATION, "2557d"), RANGE(DAY, YEARS), RELOAD },
	{ K(heartbeat, DURATION, "30s"), RANGE(SECOND, HOUR) },
	{ K(lease, DURATION, "2m"), RANGE(2 * SECOND, DAY) },
	{ K(stop_lease, DURATION, "1d"), RANGE(2 * SECOND, 365 * DAY) },

	{ K(log_level, CHOICE, "info"), .words = levels, RELOAD },
	{ K(syslog, BOOL, "no") },
};

#define COUNT (sizeof(keys) / sizeof(keys[0]))
_Static_assert(COUNT < CONF_KEYS_MAX, "struct conf has room for the origin of each key");

const struct conf_key *conf_key(size_t i)
{
	return i < COUNT ? &keys[i] : NULL;
}

const char *conf_type_name(enum conf_type type)
{
	static const char *const names[] = {
		[CONF_TEXT] = "text", [CONF_PATH] = "path",
		[CONF_SEARCH] = "search path", [CONF_NAME] = "name",
		[CONF_CODES] = "list of outcomes",
		[CONF_AMOUNTS] = "list of amounts", [CONF_EXPR] = "expression",
		[CONF_WINDOWS] = "windows",
		[CONF_BOOL] = "yes or no",
		[CONF_CHOICE] = "word", [CONF_NUMBER] = "number", [CONF_MILLI] = "decimal",
		[CONF_MIB] = "size", [CONF_DURATION] = "duration",
	};

	assert(type < sizeof(names) / sizeof(names[0]));
	return names[type];
}

bool conf_is_text(enum conf_type type)
{
	return type <= CONF_WINDOWS;
}
