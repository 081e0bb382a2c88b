-- a day of history as the third version left it: never to be changed
PRAGMA application_id = 1246708292;
PRAGMA user_version = 3;
BEGIN;
CREATE TABLE jobs (
	job_id INTEGER PRIMARY KEY,
	job_uuid TEXT,
	status TEXT NOT NULL,             -- queued, scheduled, running, completed...
	completed_at INTEGER,             -- instants: ms since 1970 UTC; NULL while it lives
	created_at INTEGER,
	user TEXT,                        -- who submitted
	uid INTEGER NOT NULL,
	queue TEXT,
	job_name TEXT,
	worker_node_id TEXT,              -- of the last execution
	-- changes while it lives
	reason TEXT,
	priority INTEGER NOT NULL,
	hold INTEGER NOT NULL,            -- 0 none, 1 by its user, 2 by an admin
	exit_code INTEGER,
	signal INTEGER,
	eligible_at INTEGER,
	scheduled_at INTEGER,
	started_at INTEGER,
	next_retry_at INTEGER,
	attempts INTEGER NOT NULL,        -- runs of its own
	retry_count INTEGER NOT NULL,
	requeue_count INTEGER NOT NULL,   -- runs lost to the infrastructure
	executions INTEGER NOT NULL,      -- all dispatches
	caused_by INTEGER NOT NULL,       -- the parent that cancelled it, or 0
	stopping TEXT,                    -- why its execution is being ended, as a reason
	changed_by TEXT,
	changed_via TEXT,
	-- given at submission
	run_as TEXT,
	account TEXT,
	job_type TEXT,                    -- batch realtime scheduled recurring
	execution_env TEXT,
	cpu_cores REAL NOT NULL,
	memory_gb REAL NOT NULL,          -- GiB; 0: not booked
	disk_gb REAL NOT NULL,
	gpu_count INTEGER NOT NULL,
	bandwidth_mbps INTEGER NOT NULL,
	cpu_limit INTEGER NOT NULL,       -- 1: held to its cpus
	begin_at INTEGER,
	max_execution_time REAL,          -- seconds an attempt may run
	deadline_at INTEGER,
	queue_timeout_seconds REAL,
	max_retries INTEGER NOT NULL,
	retry_policy TEXT,                -- immediate fixed exponential_backoff
	retry_delay_seconds REAL,
	retry_max_delay_seconds REAL,
	retry_jitter INTEGER NOT NULL,    -- per cent
	retry_on TEXT,
	no_retry_on TEXT,
	success_codes TEXT,
	no_requeue INTEGER NOT NULL,
	kill_signal INTEGER NOT NULL,
	kill_grace_seconds REAL,
	dep_any INTEGER NOT NULL,         -- one dependency is enough
	dep_hold INTEGER NOT NULL,        -- an impossible one holds, not cancels
	"key" TEXT,                       -- idempotency key of its owner
	key_scope TEXT,                   -- active window forever
	spec_hash TEXT,
	rerun_of INTEGER NOT NULL,
	-- long
	submit_host TEXT,
	submit_dir TEXT,
	stdout_path TEXT,
	stderr_path TEXT,
	detail TEXT,                      -- words for a person
	tags TEXT,                        -- a JSON object
	comment TEXT,
	command TEXT,                     -- as a person would type it
	launch_hash TEXT,                 -- what the worker gets: a row of blobs...
	launch BLOB                       -- ...or, when short, here
, schedule_id INTEGER NOT NULL DEFAULT 0, scheduled_time INTEGER, catch_up INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE INDEX jobs_uuid ON jobs(job_uuid);
CREATE INDEX jobs_user ON jobs(user);
CREATE TABLE job_executions (
	job_id INTEGER NOT NULL,
	execution INTEGER NOT NULL,       -- counts every dispatch of the job, from 1
	execution_id TEXT GENERATED ALWAYS AS (job_id || '.' || execution) VIRTUAL,
	attempt INTEGER NOT NULL,         -- counts the program's own runs
	retry_count INTEGER GENERATED ALWAYS AS (max(attempt - 1, 0)) VIRTUAL,
	status TEXT NOT NULL,             -- scheduled running completed failed cancelled
	worker_node_id TEXT,
	reason TEXT,
	cause TEXT,                       -- how it ended, as its worker saw it
	error_class TEXT,
	exit_code INTEGER,
	signal INTEGER,
	cpu_cores REAL NOT NULL,          -- booked
	memory_gb REAL NOT NULL,
	disk_gb REAL NOT NULL,
	gpu_count INTEGER NOT NULL,
	bandwidth_mbps INTEGER NOT NULL,
	scheduled_at INTEGER,
	started_at INTEGER,
	completed_at INTEGER,
	duration_ms INTEGER NOT NULL,
	cpu_seconds REAL,                 -- used
	max_rss INTEGER NOT NULL,         -- KiB
	stdout_bytes INTEGER NOT NULL,
	stderr_bytes INTEGER NOT NULL,
	limits TEXT,                      -- what was in force
	epoch INTEGER NOT NULL,           -- of the jobd that gave the order
	journal TEXT,                     -- of the worker that got it
	error_message TEXT,
	PRIMARY KEY (job_id, execution)
) STRICT, WITHOUT ROWID;
CREATE VIEW resource_allocations AS
	SELECT execution_id AS allocation_id, job_id, execution_id, worker_node_id,
		cpu_cores, memory_gb, disk_gb, gpu_count, bandwidth_mbps,
		scheduled_at AS allocated_at, completed_at AS released_at
	FROM job_executions;
CREATE TABLE job_dependencies (
	job_id INTEGER NOT NULL,
	depends_on_job_id INTEGER NOT NULL,
	dependency_type TEXT NOT NULL,    -- success failure completion
	state TEXT NOT NULL,              -- open satisfied impossible
	PRIMARY KEY (job_id, depends_on_job_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX dependents ON job_dependencies(depends_on_job_id);
CREATE TABLE blobs (
	hash TEXT PRIMARY KEY,            -- SHA-256 of data
	refs INTEGER NOT NULL,            -- jobs in this file that name it
	data BLOB NOT NULL
) STRICT;
ALTER TABLE job_executions ADD COLUMN adjusted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN singleton INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN retry_mem TEXT;
ALTER TABLE jobs ADD COLUMN crashed_on TEXT;
ALTER TABLE job_dependencies ADD COLUMN delay_seconds REAL;
ALTER TABLE job_dependencies ADD COLUMN due_at INTEGER;
ALTER TABLE jobs ADD COLUMN gpu_type TEXT;
ALTER TABLE jobs ADD COLUMN named_resources TEXT;	-- fpga=2,nic=1
ALTER TABLE jobs ADD COLUMN tokens TEXT;
ALTER TABLE jobs ADD COLUMN constraints TEXT;
ALTER TABLE jobs ADD COLUMN prefer TEXT;
ALTER TABLE jobs ADD COLUMN on_workers TEXT;
ALTER TABLE jobs ADD COLUMN not_workers TEXT;
ALTER TABLE jobs ADD COLUMN exclusive INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job_executions ADD COLUMN gpu_ids TEXT;	-- which it has: 0,2
ALTER TABLE jobs ADD COLUMN estimate_seconds REAL;
INSERT INTO jobs("job_id","job_uuid","status","completed_at","created_at","user","uid","queue","job_name","worker_node_id","reason","priority","hold","exit_code","signal","eligible_at","scheduled_at","started_at","next_retry_at","attempts","retry_count","requeue_count","executions","caused_by","stopping","changed_by","changed_via","run_as","account","job_type","execution_env","cpu_cores","memory_gb","disk_gb","gpu_count","bandwidth_mbps","cpu_limit","begin_at","max_execution_time","deadline_at","queue_timeout_seconds","max_retries","retry_policy","retry_delay_seconds","retry_max_delay_seconds","retry_jitter","retry_on","no_retry_on","success_codes","no_requeue","kill_signal","kill_grace_seconds","dep_any","dep_hold","key","key_scope","spec_hash","rerun_of","submit_host","submit_dir","stdout_path","stderr_path","detail","tags","comment","command","launch_hash","launch","schedule_id","scheduled_time","catch_up") VALUES(3,'019ad465-4d00-0000-0000-000000000003','failed',1764500003020,1764500000000,'alice',1000,'batch','nightly','local','NonZeroExit',500,0,3,NULL,1764500000000,1764500000010,1764500000020,NULL,2,1,0,2,0,'','alice','jobsub','alice',NULL,'batch','vm',1.0,0.5,0.0,0,0,0,NULL,NULL,NULL,NULL,0,'exponential_backoff',60.0,NULL,0,NULL,NULL,NULL,0,0,NULL,0,0,'k',NULL,'abc',0,NULL,NULL,NULL,NULL,'exit status 3',NULL,NULL,'make report','6f1ed002ab5595859014ebf0951522d9',NULL,0,NULL,0);
INSERT INTO job_executions("job_id","execution","attempt","status","worker_node_id","reason","cause","error_class","exit_code","signal","cpu_cores","memory_gb","disk_gb","gpu_count","bandwidth_mbps","scheduled_at","started_at","completed_at","duration_ms","cpu_seconds","max_rss","stdout_bytes","stderr_bytes","limits","epoch","journal","error_message") VALUES(3,1,1,'failed','local','NonZeroExit','exit','error',3,NULL,1.0,0.5,0.0,0,0,1764500000000,1764500000020,1764500001020,1000,0.25,2048,5,7,NULL,1,NULL,'exit status 3');
INSERT INTO job_executions("job_id","execution","attempt","status","worker_node_id","reason","cause","error_class","exit_code","signal","cpu_cores","memory_gb","disk_gb","gpu_count","bandwidth_mbps","scheduled_at","started_at","completed_at","duration_ms","cpu_seconds","max_rss","stdout_bytes","stderr_bytes","limits","epoch","journal","error_message") VALUES(3,2,2,'failed','local','NonZeroExit','exit','error',3,NULL,1.0,0.5,0.0,0,0,1764500000000,1764500000020,1764500001020,1000,0.25,2048,5,7,NULL,1,NULL,'exit status 3');
INSERT INTO blobs("hash","refs","data") VALUES('6f1ed002ab5595859014ebf0951522d9',1,x'6c61756e636820626c6f636b');
UPDATE jobs SET crashed_on = 'a b', gpu_type = 'a100', exclusive = 1 WHERE job_id = 3;
COMMIT;
