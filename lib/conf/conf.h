/*
 * conf: job.conf, as a table of keys and as a struct.
 *
 * A line is `key = value`, `include dir/x*.conf`, `[kind name]`, empty, or a comment
 * (`#` at its start or behind a blank).  A later file overrides an earlier one; a
 * key twice in one file, or one that is unknown, is an error: `file:line: text`.
 * Of the sections (queue, user, team, role, alert, calendar) role and alert have no key yet.
 */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "conf/section.h"

#define CONF_DEFAULT "/etc/job/job.conf"
#define CONF_KEYS_MAX 64
#define CONF_AUTO (-1)		/* what the worker finds out by itself */
#define CONF_ALL INT64_MAX	/* no bound */

struct core_conf;

struct conf {
	/* where and as whom */
	char *spool;			/* NULL: spool_locate chooses */
	char *user;			/* account of a system spool, or NULL */
	int64_t policy;			/* enum policy of core/core.h */
	int64_t backfill_reservations, backfill_order, plan_by;	/* as in core/core.h */
	int64_t reserve_after;		/* ms */
	int64_t placement;		/* as in core/core.h */
	char *prefer, *tokens;		/* an expression; amounts; or NULL */
	int64_t age_interval, age_step;	/* ms, priority */
	int64_t fair_weight, fair_half_life;	/* priority, ms */
	struct sections sections;
	struct calendars calendars;	/* of sections; owned */
	int64_t private_jobs;		/* others' jobs are not shown */
	/* workers; of the local one: CONF_AUTO or thousandths, MiB, MiB, count */
	char *workers_file;		/* the hosts; NULL: the usual place */
	int64_t local_worker, cpus, memory, disk, gpus, bandwidth;
	char *gpu_type, *resources;	/* or NULL */
	/* for requests that do not say; ms, MiB, thousandths */
	int64_t default_cpus, default_memory, default_priority, default_time_limit;
	int64_t default_retries;
	char *default_queue;
	char *retry_on, *no_retry_on;	/* base/codes.h lists, or NULL */
	int64_t kill_grace, max_requeues;
	char *time_zone;		/* of schedules */
	int64_t misfire_grace, catch_up_rate;	/* ms; runs a minute */
	int64_t notice_rate, notice_retry;	/* a minute and receiver; ms */
	char *notice_commands, *sendmail;	/* paths or NULL; a path */
	int64_t dispatch_ahead;		/* orders beyond each place of a worker */
	char *env_path;			/* PATH of a job */
	/* bounds */
	int64_t max_queued, max_connections, max_requests_per_connection;
	/* times, ms */
	int64_t history_after, uuid_keep, heartbeat, lease, stop_lease;
	int64_t compress_logs_after, keep_logs, keep_history;
	/* what operators see */
	int64_t log_level;		/* enum log_level of base/log.h */
	int64_t syslog;

	char *origin[CONF_KEYS_MAX];	/* by key: "file:line", or NULL: the default */
};

enum conf_type {
	CONF_TEXT, CONF_PATH, CONF_SEARCH, CONF_NAME, CONF_CODES,	/* char * */
	CONF_AMOUNTS, CONF_EXPR, CONF_WINDOWS,
	CONF_BOOL, CONF_CHOICE, CONF_NUMBER, CONF_MILLI, CONF_MIB, CONF_DURATION /* int64_t */
};

struct conf_key {
	const char *name;
	enum conf_type type;
	size_t offset;			/* in struct conf */
	const char *fallback;		/* the default as it would be written; NULL: none */
	int64_t min, max;		/* in the unit of struct conf */
	const char *const *words;	/* CONF_CHOICE: NULL-ended, place = value */
	bool may_auto, may_all;
	bool may_none;			/* "none" is 0 */
	bool reload;			/* SIGHUP takes a new value; else a restart is needed */
};

/* The keys in the order in which they are printed; NULL behind the last. */
const struct conf_key *conf_key(size_t i);
const char *conf_type_name(enum conf_type type);
bool conf_is_text(enum conf_type type);		/* a char *, else an int64_t */

/*
 * Reads path, or $JOB_CONFIG, or CONF_DEFAULT (which alone may be absent), into c,
 * which needs no preparation.  -1: ERR_CONFIG; c is then released.
 */
int conf_load(const char *path, struct conf *c, struct err *e);
void conf_free(struct conf *c);

/*
 * Takes one "key = value", as from a command line.  -1: ERR_CONFIG, and c is as it was.
 */
int conf_assign(struct conf *c, const char *setting, struct err *e);

/* To the core, with these sections; epoch and read_only are the caller's; texts are borrowed. */
void conf_core(const struct conf *c, const struct sections *s, struct core_conf *core);

/* The value of a key as it would be written; "" when it has none. */
int conf_format(const struct conf *c, size_t key, struct buf *out);

/* All keys with their values, a comment behind each that says where it comes from. */
int conf_print(const struct conf *c, struct buf *out);

/*
 * How many keys differ that only a restart can change; their names, with commas,
 * are appended to names (may be NULL).
 */
size_t conf_restart_needed(const struct conf *now, const struct conf *next, struct buf *names);

#endif
