/*
 * schema: every CREATE and ALTER there is, as numbered rows.
 *
 * Owns the SQL of the tables; the names are those of core/row.c's column tables
 * (a test compares them).  Promises that a file has either its old version or the
 * newest, never something between.  Nothing else in state writes DDL.
 */
#include "state/schema.h"

#include <string.h>

/*
 * The parts that state.db and a day's history share.  In jobs, what filters look
 * at stands in front and what is long stands last, so that a scan that drops a
 * row does not read it whole.
 */
#define JOBS_V1 \
"CREATE TABLE jobs (\n" \
"	job_id INTEGER PRIMARY KEY,\n" \
"	job_uuid TEXT,\n" \
"	status TEXT NOT NULL,             -- queued, scheduled, running, completed...\n" \
"	completed_at INTEGER,             -- instants: ms since 1970 UTC; NULL while it lives\n" \
"	created_at INTEGER,\n" \
"	user TEXT,                        -- who submitted\n" \
"	uid INTEGER NOT NULL,\n" \
"	queue TEXT,\n" \
"	job_name TEXT,\n" \
"	worker_node_id TEXT,              -- of the last execution\n" \
"	-- changes while it lives\n" \
"	reason TEXT,\n" \
"	priority INTEGER NOT NULL,\n" \
"	hold INTEGER NOT NULL,            -- 0 none, 1 by its user, 2 by an admin\n" \
"	exit_code INTEGER,\n" \
"	signal INTEGER,\n" \
"	eligible_at INTEGER,\n" \
"	scheduled_at INTEGER,\n" \
"	started_at INTEGER,\n" \
"	next_retry_at INTEGER,\n" \
"	attempts INTEGER NOT NULL,        -- runs of its own\n" \
"	retry_count INTEGER NOT NULL,\n" \
"	requeue_count INTEGER NOT NULL,   -- runs lost to the infrastructure\n" \
"	executions INTEGER NOT NULL,      -- all dispatches\n" \
"	caused_by INTEGER NOT NULL,       -- the parent that cancelled it, or 0\n" \
"	stopping TEXT,                    -- why its execution is being ended, as a reason\n" \
"	changed_by TEXT,\n" \
"	changed_via TEXT,\n" \
"	-- given at submission\n" \
"	run_as TEXT,\n" \
"	account TEXT,\n" \
"	job_type TEXT,                    -- batch realtime scheduled recurring\n" \
"	execution_env TEXT,\n" \
"	cpu_cores REAL NOT NULL,\n" \
"	memory_gb REAL NOT NULL,          -- GiB; 0: not booked\n" \
"	disk_gb REAL NOT NULL,\n" \
"	gpu_count INTEGER NOT NULL,\n" \
"	bandwidth_mbps INTEGER NOT NULL,\n" \
"	cpu_limit INTEGER NOT NULL,       -- 1: held to its cpus\n" \
"	begin_at INTEGER,\n" \
"	max_execution_time REAL,          -- seconds an attempt may run\n" \
"	deadline_at INTEGER,\n" \
"	queue_timeout_seconds REAL,\n" \
"	max_retries INTEGER NOT NULL,\n" \
"	retry_policy TEXT,                -- immediate fixed exponential_backoff\n" \
"	retry_delay_seconds REAL,\n" \
"	retry_max_delay_seconds REAL,\n" \
"	retry_jitter INTEGER NOT NULL,    -- per cent\n" \
"	retry_on TEXT,\n" \
"	no_retry_on TEXT,\n" \
"	success_codes TEXT,\n" \
"	no_requeue INTEGER NOT NULL,\n" \
"	kill_signal INTEGER NOT NULL,\n" \
"	kill_grace_seconds REAL,\n" \
"	dep_any INTEGER NOT NULL,         -- one dependency is enough\n" \
"	dep_hold INTEGER NOT NULL,        -- an impossible one holds, not cancels\n" \
"	\"key\" TEXT,                       -- idempotency key of its owner\n" \
"	key_scope TEXT,                   -- active window forever\n" \
"	spec_hash TEXT,\n" \
"	rerun_of INTEGER NOT NULL,\n" \
"	-- long\n" \
"	submit_host TEXT,\n" \
"	submit_dir TEXT,\n" \
"	stdout_path TEXT,\n" \
"	stderr_path TEXT,\n" \
"	detail TEXT,                      -- words for a person\n" \
"	tags TEXT,                        -- a JSON object\n" \
"	comment TEXT,\n" \
"	command TEXT,                     -- as a person would type it\n" \
"	launch_hash TEXT,                 -- what the worker gets: a row of blobs...\n" \
"	launch BLOB                       -- ...or, when short, here\n" \
") STRICT;\n"

#define EXECUTIONS_V1 \
"CREATE TABLE job_executions (\n" \
"	job_id INTEGER NOT NULL,\n" \
"	execution INTEGER NOT NULL,       -- counts every dispatch of the job, from 1\n" \
"	execution_id TEXT GENERATED ALWAYS AS (job_id || '.' || execution) VIRTUAL,\n" \
"	attempt INTEGER NOT NULL,         -- counts the program's own runs\n" \
"	retry_count INTEGER GENERATED ALWAYS AS (max(attempt - 1, 0)) VIRTUAL,\n" \
"	status TEXT NOT NULL,             -- scheduled running completed failed cancelled\n" \
"	worker_node_id TEXT,\n" \
"	reason TEXT,\n" \
"	cause TEXT,                       -- how it ended, as its worker saw it\n" \
"	error_class TEXT,\n" \
"	exit_code INTEGER,\n" \
"	signal INTEGER,\n" \
"	cpu_cores REAL NOT NULL,          -- booked\n" \
"	memory_gb REAL NOT NULL,\n" \
"	disk_gb REAL NOT NULL,\n" \
"	gpu_count INTEGER NOT NULL,\n" \
"	bandwidth_mbps INTEGER NOT NULL,\n" \
"	scheduled_at INTEGER,\n" \
"	started_at INTEGER,\n" \
"	completed_at INTEGER,\n" \
"	duration_ms INTEGER NOT NULL,\n" \
"	cpu_seconds REAL,                 -- used\n" \
"	max_rss INTEGER NOT NULL,         -- KiB\n" \
"	stdout_bytes INTEGER NOT NULL,\n" \
"	stderr_bytes INTEGER NOT NULL,\n" \
"	limits TEXT,                      -- what was in force\n" \
"	epoch INTEGER NOT NULL,           -- of the jobd that gave the order\n" \
"	journal TEXT,                     -- of the worker that got it\n" \
"	error_message TEXT,\n" \
"	PRIMARY KEY (job_id, execution)\n" \
") STRICT, WITHOUT ROWID;\n" \
"-- an allocation is what an open execution has booked\n" \
"CREATE VIEW resource_allocations AS\n" \
"	SELECT execution_id AS allocation_id, job_id, execution_id, worker_node_id,\n" \
"		cpu_cores, memory_gb, disk_gb, gpu_count, bandwidth_mbps,\n" \
"		scheduled_at AS allocated_at, completed_at AS released_at\n" \
"	FROM job_executions;\n"

#define DEPENDENCIES_V1 \
"CREATE TABLE job_dependencies (\n" \
"	job_id INTEGER NOT NULL,\n" \
"	depends_on_job_id INTEGER NOT NULL,\n" \
"	dependency_type TEXT NOT NULL,    -- success failure completion\n" \
"	state TEXT NOT NULL,              -- open satisfied impossible\n" \
"	PRIMARY KEY (job_id, depends_on_job_id)\n" \
") STRICT, WITHOUT ROWID;\n" \
"CREATE INDEX dependents ON job_dependencies(depends_on_job_id);\n"

#define BLOBS_V1 \
"-- what a worker is told to run, once however many jobs share it\n" \
"CREATE TABLE blobs (\n" \
"	hash TEXT PRIMARY KEY,            -- SHA-256 of data\n" \
"	refs INTEGER NOT NULL,            -- jobs in this file that name it\n" \
"	data BLOB NOT NULL\n" \
") STRICT;\n"

static const char state_v1[] =
JOBS_V1
"CREATE UNIQUE INDEX jobs_uuid ON jobs(job_uuid);\n"
"-- what lives, in order of id (NULL), then what ended, in order of its end\n"
"CREATE INDEX jobs_completed ON jobs(completed_at);\n"
"CREATE INDEX jobs_user ON jobs(user) WHERE completed_at IS NULL;\n"
EXECUTIONS_V1
DEPENDENCIES_V1
BLOBS_V1
"CREATE TABLE worker_nodes (\n"
"	node_id TEXT PRIMARY KEY,\n"
"	node_type TEXT,\n"
"	total_cpu_cores REAL NOT NULL,\n"
"	total_memory_gb REAL NOT NULL,\n"
"	total_disk_gb REAL NOT NULL,\n"
"	total_gpu_count INTEGER NOT NULL,\n"
"	available_cpu_cores REAL NOT NULL,\n"
"	available_memory_gb REAL NOT NULL,\n"
"	available_disk_gb REAL NOT NULL,\n"
"	available_gpu_count INTEGER NOT NULL,\n"
"	status TEXT NOT NULL,             -- active draining inactive\n"
"	health_status TEXT NOT NULL,      -- healthy degraded unhealthy\n"
"	region TEXT,\n"
"	zone TEXT,\n"
"	reason TEXT,                      -- why it drains or is inactive\n"
"	running INTEGER NOT NULL,         -- open executions\n"
"	version TEXT,\n"
"	limits TEXT,                      -- what it can enforce\n"
"	journal TEXT,                     -- a new one has forgotten all orders\n"
"	last_heartbeat INTEGER,\n"
"	created_at INTEGER,\n"
"	updated_at INTEGER\n"
") STRICT, WITHOUT ROWID;\n"
"-- one row: which spool this is, and how far its only writer has come\n"
"CREATE TABLE instance (\n"
"	one INTEGER PRIMARY KEY CHECK (one = 1),\n"
"	instance TEXT NOT NULL,\n"
"	created_at INTEGER NOT NULL,\n"
"	epoch INTEGER NOT NULL,           -- starts of jobd\n"
"	turn INTEGER NOT NULL,            -- the last durable one of this epoch\n"
"	next_id INTEGER NOT NULL          -- of the next job\n"
") STRICT;\n"
"-- a row for every day (UTC) on which a job was submitted; finds a job's history\n"
"CREATE TABLE days (\n"
"	day INTEGER PRIMARY KEY,          -- days since 1970-01-01\n"
"	first_id INTEGER NOT NULL,\n"
"	last_id INTEGER NOT NULL,\n"
"	live INTEGER NOT NULL             -- its jobs that are still in this file\n"
") STRICT;\n"
"-- the jobs in this file, by status\n"
"CREATE TABLE counts (\n"
"	status TEXT PRIMARY KEY,\n"
"	n INTEGER NOT NULL\n"
") STRICT, WITHOUT ROWID;\n"
"-- idempotency keys; ended_at is set when the job moves, before that see jobs\n"
"CREATE TABLE job_keys (\n"
"	uid INTEGER NOT NULL,\n"
"	\"key\" TEXT NOT NULL,\n"
"	scope TEXT,                       -- as jobs.key_scope\n"
"	hash TEXT,                        -- as jobs.spec_hash\n"
"	job_id INTEGER NOT NULL,\n"
"	ended_at INTEGER\n"
") STRICT;\n"
"CREATE UNIQUE INDEX job_keys_key ON job_keys(uid, \"key\");\n"
"CREATE INDEX job_keys_ended ON job_keys(ended_at) WHERE ended_at IS NOT NULL;\n"
"-- of jobs that moved lately: the same request may come once more\n"
"CREATE TABLE job_uuids (\n"
"	job_uuid TEXT PRIMARY KEY,\n"
"	job_id INTEGER NOT NULL,\n"
"	moved_at INTEGER NOT NULL\n"
") STRICT, WITHOUT ROWID;\n"
"CREATE INDEX job_uuids_moved ON job_uuids(moved_at);\n";

static const char day_v1[] =
JOBS_V1
"-- not UNIQUE: a day must be able to take whatever has been\n"
"CREATE INDEX jobs_uuid ON jobs(job_uuid);\n"
"CREATE INDEX jobs_user ON jobs(user);\n"
EXECUTIONS_V1
DEPENDENCIES_V1
BLOBS_V1;

/* What version 2 adds to the jobs of both. */
#define JOBS_V2 \
"ALTER TABLE jobs ADD COLUMN schedule_id INTEGER NOT NULL DEFAULT 0;\n" \
"ALTER TABLE jobs ADD COLUMN scheduled_time INTEGER;\n" \
"ALTER TABLE jobs ADD COLUMN catch_up INTEGER NOT NULL DEFAULT 0;\n"

#define SCHEDULES_V2 \
"CREATE TABLE schedules (\n" \
"	schedule_id INTEGER PRIMARY KEY,\n" \
"	schedule_uuid TEXT,\n" \
"	state TEXT,                       -- active paused ended removed\n" \
"	user TEXT,                        -- who runs it\n" \
"	uid INTEGER NOT NULL,\n" \
"	schedule_name TEXT,\n" \
"	queue TEXT,\n" \
"	expression TEXT,                  -- see job-cron(7)\n" \
"	time_zone TEXT,\n" \
"	dst_gap TEXT,                     -- auto makeup skip\n" \
"	dst_fold TEXT,                    -- auto first second both\n" \
"	anchor_at INTEGER,                -- from which @every counts\n" \
"	catch_up TEXT,                    -- none one all\n" \
"	catch_up_window_seconds REAL,\n" \
"	catch_up_max INTEGER NOT NULL,\n" \
"	overlap TEXT,                     -- skip allow queue queue-all replace\n" \
"	overlap_max INTEGER NOT NULL,\n" \
"	splay_seconds REAL,\n" \
"	jitter_seconds REAL,\n" \
"	until_at INTEGER,\n" \
"	max_runs INTEGER NOT NULL,        -- 0: no bound\n" \
"	cursor_at INTEGER,                -- up to here all is decided\n" \
"	next_at INTEGER,                  -- NULL: nothing is to come\n" \
"	runs INTEGER NOT NULL,\n" \
"	caught INTEGER NOT NULL,          -- catch-up runs in a row\n" \
"	by_hand_at INTEGER,               -- the last run by hand\n" \
"	created_at INTEGER,\n" \
"	changed_by TEXT,\n" \
"	detail TEXT,\n" \
"	\"key\" TEXT,\n" \
"	spec_hash TEXT,\n" \
"	command TEXT,\n" \
"	request BLOB                      -- what was asked for, as jobspool(5) has it\n" \
") STRICT;\n" \
"-- what became of each instant at which a run was due\n" \
"CREATE TABLE occurrences (\n" \
"	schedule_id INTEGER NOT NULL,\n" \
"	nominal_at INTEGER NOT NULL,      -- as planned\n" \
"	due_at INTEGER,                   -- with splay and jitter\n" \
"	decided_at INTEGER,\n" \
"	outcome TEXT,                     -- run waiting missed skipped\n" \
"	reason TEXT,\n" \
"	job_id INTEGER NOT NULL,          -- its run, or 0\n" \
"	blocked_by INTEGER NOT NULL,      -- the run it waits or was skipped for, or 0\n" \
"	catch_up INTEGER NOT NULL,\n" \
"	PRIMARY KEY (schedule_id, nominal_at)\n" \
") STRICT, WITHOUT ROWID;\n" \
"CREATE INDEX occurrences_waiting ON occurrences(schedule_id) WHERE outcome = 'waiting';\n"

/* What version 3 adds: where jobs may run, to both; what workers have, to state.db. */
#define PLACEMENT_V3 \
"ALTER TABLE jobs ADD COLUMN gpu_type TEXT;\n" \
"ALTER TABLE jobs ADD COLUMN named_resources TEXT;	-- fpga=2,nic=1\n" \
"ALTER TABLE jobs ADD COLUMN tokens TEXT;\n" \
"ALTER TABLE jobs ADD COLUMN constraints TEXT;\n" \
"ALTER TABLE jobs ADD COLUMN prefer TEXT;\n" \
"ALTER TABLE jobs ADD COLUMN on_workers TEXT;\n" \
"ALTER TABLE jobs ADD COLUMN not_workers TEXT;\n" \
"ALTER TABLE jobs ADD COLUMN exclusive INTEGER NOT NULL DEFAULT 0;\n" \
"ALTER TABLE job_executions ADD COLUMN gpu_ids TEXT;	-- which it has: 0,2\n"

#define WORKERS_V3 \
"ALTER TABLE worker_nodes ADD COLUMN total_bandwidth_mbps INTEGER NOT NULL DEFAULT 0;\n" \
"ALTER TABLE worker_nodes ADD COLUMN available_bandwidth_mbps INTEGER NOT NULL DEFAULT 0;\n" \
"ALTER TABLE worker_nodes ADD COLUMN gpu_type TEXT;\n" \
"ALTER TABLE worker_nodes ADD COLUMN total_resources TEXT;	-- fpga=2,nic=1\n" \
"ALTER TABLE worker_nodes ADD COLUMN available_resources TEXT;\n" \
"ALTER TABLE worker_nodes ADD COLUMN labels TEXT;	-- a JSON object of strings\n" \
"ALTER TABLE worker_nodes ADD COLUMN since INTEGER;	-- it is as status and health say\n" \
"ALTER TABLE worker_nodes ADD COLUMN round_trip_ms INTEGER;\n" \
"ALTER TABLE worker_nodes ADD COLUMN clock_offset_ms INTEGER NOT NULL DEFAULT 0;\n"

/* What it adds to the jobs and edges of both. */
#define JOBS_V3 \
"ALTER TABLE jobs ADD COLUMN singleton INTEGER NOT NULL DEFAULT 0;\n" \
"ALTER TABLE jobs ADD COLUMN retry_mem TEXT;\n" \
"ALTER TABLE jobs ADD COLUMN crashed_on TEXT;\n"

#define DEPENDENCIES_V3 \
"ALTER TABLE job_dependencies ADD COLUMN delay_seconds REAL;\n" \
"ALTER TABLE job_dependencies ADD COLUMN due_at INTEGER;\n"

static const char state_v2[] = JOBS_V2 SCHEDULES_V2;
static const char day_v2[] = JOBS_V2;

/* What version 3 adds to both, since a job's execution may change while it runs. */
#define EXECUTIONS_V3 \
"ALTER TABLE job_executions ADD COLUMN adjusted INTEGER NOT NULL DEFAULT 0;\n"

#define ESTIMATES_V3 \
"ALTER TABLE jobs ADD COLUMN estimate_seconds REAL;\n"

#define RUNTIMES_V3 \
"-- the last runs of a user's jobs of one name, when plan_by is `learned`\n" \
"CREATE TABLE runtimes (\n" \
"	uid INTEGER NOT NULL,\n" \
"	job_name TEXT NOT NULL,\n" \
"	last_seconds REAL,\n" \
"	before_seconds REAL,              -- of the run before that\n" \
"	learned_at INTEGER,\n" \
"	PRIMARY KEY (uid, job_name)\n" \
") STRICT, WITHOUT ROWID;\n"

#define ACCOUNTS_V3 \
"-- who shares: users in teams, users by themselves, and teams\n" \
"CREATE TABLE accounts (\n" \
"	team TEXT NOT NULL,               -- '': none\n" \
"	user TEXT NOT NULL,               -- '': the team itself\n" \
"	shares INTEGER NOT NULL,\n" \
"	shares_set INTEGER NOT NULL,      -- by an administrator; 0: by job.conf\n" \
"	usage INTEGER NOT NULL,           -- cpu microseconds, decayed until used_at\n" \
"	used_at INTEGER,\n" \
"	fair_boost INTEGER NOT NULL,      -- added to the priority of its jobs\n" \
"	PRIMARY KEY (team, user)\n" \
") STRICT, WITHOUT ROWID;\n"

static const char state_v3[] = EXECUTIONS_V3 JOBS_V3 DEPENDENCIES_V3 PLACEMENT_V3 WORKERS_V3
	ESTIMATES_V3 RUNTIMES_V3 ACCOUNTS_V3
"ALTER TABLE instance ADD COLUMN restored_at INTEGER;\n";
static const char day_v3[] = EXECUTIONS_V3 JOBS_V3 DEPENDENCIES_V3 PLACEMENT_V3 ESTIMATES_V3;

/* What version 4 adds: when schedules may run, and what is amiss with them. */
#define SCHEDULES_V4 \
"ALTER TABLE schedules ADD COLUMN calendar TEXT;	-- only on its days\n" \
"ALTER TABLE schedules ADD COLUMN blackout TEXT;	-- never then\n" \
"ALTER TABLE schedules ADD COLUMN expect_by_seconds REAL;\n" \
"ALTER TABLE schedules ADD COLUMN max_silence_seconds REAL;\n" \
"ALTER TABLE schedules ADD COLUMN watched_at INTEGER;\n" \
"ALTER TABLE schedules ADD COLUMN satisfied_at INTEGER;	-- no run is owed up to there\n" \
"ALTER TABLE schedules ADD COLUMN last_success_at INTEGER;\n" \
"ALTER TABLE schedules ADD COLUMN alert TEXT;		-- late silence\n" \
"ALTER TABLE schedules ADD COLUMN alert_at INTEGER;\n" \
"ALTER TABLE schedules ADD COLUMN failing INTEGER NOT NULL DEFAULT 0;\n" \
"ALTER TABLE schedules ADD COLUMN usual_seconds REAL;	-- that a run takes\n" \
"ALTER TABLE schedules ADD COLUMN usual_runs INTEGER NOT NULL DEFAULT 0;\n"

/* What version 4 adds to both: what came of an execution after it had been given up. */
#define EXECUTIONS_V4 \
"ALTER TABLE job_executions ADD COLUMN late_result TEXT;\n" \
"ALTER TABLE job_executions ADD COLUMN late_at INTEGER;\n"

/* What version 4 adds: bounds of users, teams and queues, and who waits for which. */
#define JOBS_V4 \
"ALTER TABLE jobs ADD COLUMN waits_for TEXT;		-- a token, 'user ann', 'queue night'\n" \
"ALTER TABLE jobs ADD COLUMN notify TEXT;	-- subscriptions, one a line\n"

#define QUOTAS_V4 \
"-- of whom there are bounds, or were; a bound of 0 is none\n" \
"CREATE TABLE quotas (\n" \
"	kind TEXT NOT NULL,               -- site user team queue\n" \
"	name TEXT NOT NULL,\n" \
"	max_running INTEGER NOT NULL,\n" \
"	running INTEGER NOT NULL,\n" \
"	max_cpu_cores REAL NOT NULL,\n" \
"	cpu_cores REAL NOT NULL,\n" \
"	max_memory_gb REAL NOT NULL,\n" \
"	memory_gb REAL NOT NULL,\n" \
"	max_disk_gb REAL NOT NULL,\n" \
"	disk_gb REAL NOT NULL,\n" \
"	max_gpu_count INTEGER NOT NULL,\n" \
"	gpu_count INTEGER NOT NULL,\n" \
"	max_queued INTEGER NOT NULL,\n" \
"	queued INTEGER NOT NULL,\n" \
"	max_rate INTEGER NOT NULL,        -- submissions a minute\n" \
"	max_time_limit REAL,\n" \
"	PRIMARY KEY (kind, name)\n" \
") STRICT, WITHOUT ROWID;\n" \
"-- what an administrator has said beside job.conf: keys of its sections\n" \
"CREATE TABLE settings (\n" \
"	kind TEXT NOT NULL,\n" \
"	name TEXT NOT NULL,\n" \
"	\"key\" TEXT NOT NULL,\n" \
"	value TEXT,\n" \
"	changed_by TEXT,\n" \
"	changed_at INTEGER,\n" \
"	PRIMARY KEY (kind, name, \"key\")\n" \
") STRICT, WITHOUT ROWID;\n"

#define NOTICES_V4 \
"-- what was to be told of jobs and schedules\n" \
"CREATE TABLE notices (\n" \
"	notice_id INTEGER PRIMARY KEY,\n" \
"	event TEXT,                       -- started ended failed first-failure...\n" \
"	job_id INTEGER NOT NULL,          -- or 0\n" \
"	execution INTEGER NOT NULL,\n" \
"	schedule_id INTEGER NOT NULL,     -- or 0\n" \
"	user TEXT,                        -- whose it is\n" \
"	uid INTEGER NOT NULL,\n" \
"	name TEXT,\n" \
"	status TEXT,                      -- of the job then, or the alert\n" \
"	reason TEXT,\n" \
"	exit_code INTEGER,\n" \
"	signal INTEGER,\n" \
"	detail TEXT,\n" \
"	channel TEXT,                     -- mail cmd hook\n" \
"	target TEXT,\n" \
"	created_at INTEGER,\n" \
"	state TEXT,                       -- pending sent failed limited\n" \
"	attempts INTEGER NOT NULL,\n" \
"	next_at INTEGER,                  -- of the next attempt\n" \
"	sent_at INTEGER,\n" \
"	error TEXT                        -- of the last attempt\n" \
") STRICT;\n" \
"CREATE INDEX notices_pending ON notices(notice_id) WHERE state = 'pending';\n"

/* What it adds for arrays. */
#define ARRAYS_V4 \
"ALTER TABLE jobs ADD COLUMN array_id INTEGER NOT NULL DEFAULT 0;	-- its own: an array\n" \
"ALTER TABLE jobs ADD COLUMN array_index INTEGER NOT NULL DEFAULT 0;\n" \
"ALTER TABLE jobs ADD COLUMN array_spec TEXT;	-- indices: 1-9:2,12\n" \
"ALTER TABLE jobs ADD COLUMN array_limit INTEGER NOT NULL DEFAULT 0;\n" \
"ALTER TABLE jobs ADD COLUMN array_halt TEXT;	-- soon,fail=3\n" \
"ALTER TABLE jobs ADD COLUMN array_left TEXT;	-- places of elements without a row\n" \
"ALTER TABLE jobs ADD COLUMN array_never TEXT;	-- ...which will not run, and why:\n" \
"ALTER TABLE jobs ADD COLUMN array_fate TEXT;\n" \
"ALTER TABLE jobs ADD COLUMN array_states TEXT;	-- queued=5,failed=2\n" \
"ALTER TABLE jobs ADD COLUMN array_exits TEXT;	-- by exit status: 1=2\n"

static const char state_v4[] = SCHEDULES_V4 EXECUTIONS_V4 JOBS_V4 ARRAYS_V4 QUOTAS_V4 NOTICES_V4;
static const char day_v4[] = EXECUTIONS_V4 JOBS_V4 ARRAYS_V4;

static const struct migration state_rows[] = {
	{ 1, state_v1 }, { 2, state_v2 }, { 3, state_v3 }, { 4, state_v4 }
};
static const struct migration day_rows[] = {
	{ 1, day_v1 }, { 2, day_v2 }, { 3, day_v3 }, { 4, day_v4 }
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

const struct schema schema_state = { 0x4a4f4253, state_rows, COUNT(state_rows) };	/* "JOBS" */
const struct schema schema_day = { 0x4a4f4244, day_rows, COUNT(day_rows) };		/* "JOBD" */

int schema_version(const struct schema *s)
{
	return s->rows[s->n - 1].version;
}

static int set_pragma(struct db *d, const char *name, int value, struct err *e)
{
	char sql[64];

	sqlite3_snprintf(sizeof(sql), sql, "PRAGMA %s = %d", name, value);
	return db_exec(d, sql, e);
}

/* All of one moment: the file may be filled meanwhile, in one commit. */
static int read_marks(struct db *d, int64_t *tables, int64_t *version, int64_t *application,
    struct err *e)
{
	bool alone = sqlite3_get_autocommit(d->h) != 0;
	int rc = -1;

	if (alone && db_exec(d, "BEGIN", e) != 0)
		return -1;
	if (db_int(d, "SELECT count(*) FROM sqlite_schema", tables, e) == 1 &&
	    db_int(d, "PRAGMA user_version", version, e) == 1 &&
	    db_int(d, "PRAGMA application_id", application, e) == 1)
		rc = 0;
	if (alone)
		db_rollback(d);
	return rc;
}

int schema_of(struct db *d, const struct schema *s, struct err *e)
{
	int64_t application, version, tables;

	if (read_marks(d, &tables, &version, &application, e) != 0)
		return -1;
	if (tables == 0 && version == 0 && (application == 0 || application == s->application))
		return 0;
	if (application != s->application)
		return err_set(e, ERR_DATA, "%s: not a database of this kind", d->name);
	if (version > schema_version(s))
		return err_set(e, ERR_UNAVAIL, "%s: written by a newer version (its schema is "
		    "%lld, this program knows %d): install that version", d->name,
		    (long long)version, schema_version(s));
	d->newest = version == schema_version(s);
	return (int)version;
}

int schema_migrate(struct db *d, const struct schema *s, struct err *e)
{
	int version;

	if (db_exec(d, "BEGIN IMMEDIATE", e) != 0)
		return -1;
	if ((version = schema_of(d, s, e)) < 0)
		goto fail;
	if (version == 0 && set_pragma(d, "application_id", s->application, e) != 0)
		goto fail;
	for (size_t i = 0; i < s->n; i++) {
		if (s->rows[i].version <= version)
			continue;
		if (db_exec(d, s->rows[i].sql, e) != 0 ||
		    set_pragma(d, "user_version", s->rows[i].version, e) != 0) {
			err_prefix(e, "schema %d", s->rows[i].version);
			goto fail;
		}
	}
	if (db_exec(d, "COMMIT", e) == 0)
		return 0;
fail:
	db_rollback(d);
	return -1;
}

int schema_readable(struct db *d, const struct schema *s, struct err *e)
{
	int version = schema_of(d, s, e);

	if (version < 0)
		return -1;
	if (version == 0)
		return err_set(e, ERR_UNAVAIL, "%s: empty: jobd has not started here yet",
		    d->name);
	return 0;
}
