-- state.db as the third version left it: never to be changed
PRAGMA application_id = 1246708307;
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
CREATE UNIQUE INDEX jobs_uuid ON jobs(job_uuid);
CREATE INDEX jobs_completed ON jobs(completed_at);
CREATE INDEX jobs_user ON jobs(user) WHERE completed_at IS NULL;
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
CREATE TABLE worker_nodes (
	node_id TEXT PRIMARY KEY,
	node_type TEXT,
	total_cpu_cores REAL NOT NULL,
	total_memory_gb REAL NOT NULL,
	total_disk_gb REAL NOT NULL,
	total_gpu_count INTEGER NOT NULL,
	available_cpu_cores REAL NOT NULL,
	available_memory_gb REAL NOT NULL,
	available_disk_gb REAL NOT NULL,
	available_gpu_count INTEGER NOT NULL,
	status TEXT NOT NULL,             -- active draining inactive
	health_status TEXT NOT NULL,      -- healthy degraded unhealthy
	region TEXT,
	zone TEXT,
	reason TEXT,                      -- why it drains or is inactive
	running INTEGER NOT NULL,         -- open executions
	version TEXT,
	limits TEXT,                      -- what it can enforce
	journal TEXT,                     -- a new one has forgotten all orders
	last_heartbeat INTEGER,
	created_at INTEGER,
	updated_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE instance (
	one INTEGER PRIMARY KEY CHECK (one = 1),
	instance TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	epoch INTEGER NOT NULL,           -- starts of jobd
	turn INTEGER NOT NULL,            -- the last durable one of this epoch
	next_id INTEGER NOT NULL          -- of the next job
) STRICT;
CREATE TABLE days (
	day INTEGER PRIMARY KEY,          -- days since 1970-01-01
	first_id INTEGER NOT NULL,
	last_id INTEGER NOT NULL,
	live INTEGER NOT NULL             -- its jobs that are still in this file
) STRICT;
CREATE TABLE counts (
	status TEXT PRIMARY KEY,
	n INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE job_keys (
	uid INTEGER NOT NULL,
	"key" TEXT NOT NULL,
	scope TEXT,                       -- as jobs.key_scope
	hash TEXT,                        -- as jobs.spec_hash
	job_id INTEGER NOT NULL,
	ended_at INTEGER
) STRICT;
CREATE UNIQUE INDEX job_keys_key ON job_keys(uid, "key");
CREATE INDEX job_keys_ended ON job_keys(ended_at) WHERE ended_at IS NOT NULL;
CREATE TABLE job_uuids (
	job_uuid TEXT PRIMARY KEY,
	job_id INTEGER NOT NULL,
	moved_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX job_uuids_moved ON job_uuids(moved_at);
CREATE TABLE schedules (
	schedule_id INTEGER PRIMARY KEY,
	schedule_uuid TEXT,
	state TEXT,                       -- active paused ended removed
	user TEXT,                        -- who runs it
	uid INTEGER NOT NULL,
	schedule_name TEXT,
	queue TEXT,
	expression TEXT,                  -- see job-cron(7)
	time_zone TEXT,
	dst_gap TEXT,                     -- auto makeup skip
	dst_fold TEXT,                    -- auto first second both
	anchor_at INTEGER,                -- from which @every counts
	catch_up TEXT,                    -- none one all
	catch_up_window_seconds REAL,
	catch_up_max INTEGER NOT NULL,
	overlap TEXT,                     -- skip allow queue queue-all replace
	overlap_max INTEGER NOT NULL,
	splay_seconds REAL,
	jitter_seconds REAL,
	until_at INTEGER,
	max_runs INTEGER NOT NULL,        -- 0: no bound
	cursor_at INTEGER,                -- up to here all is decided
	next_at INTEGER,                  -- NULL: nothing is to come
	runs INTEGER NOT NULL,
	caught INTEGER NOT NULL,          -- catch-up runs in a row
	by_hand_at INTEGER,               -- the last run by hand
	created_at INTEGER,
	changed_by TEXT,
	detail TEXT,
	"key" TEXT,
	spec_hash TEXT,
	command TEXT,
	request BLOB                      -- what was asked for, as jobspool(5) has it
) STRICT;
CREATE TABLE occurrences (
	schedule_id INTEGER NOT NULL,
	nominal_at INTEGER NOT NULL,      -- as planned
	due_at INTEGER,                   -- with splay and jitter
	decided_at INTEGER,
	outcome TEXT,                     -- run waiting missed skipped
	reason TEXT,
	job_id INTEGER NOT NULL,          -- its run, or 0
	blocked_by INTEGER NOT NULL,      -- the run it waits or was skipped for, or 0
	catch_up INTEGER NOT NULL,
	PRIMARY KEY (schedule_id, nominal_at)
) STRICT, WITHOUT ROWID;
CREATE INDEX occurrences_waiting ON occurrences(schedule_id) WHERE outcome = 'waiting';
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
ALTER TABLE worker_nodes ADD COLUMN total_bandwidth_mbps INTEGER NOT NULL DEFAULT 0;
ALTER TABLE worker_nodes ADD COLUMN available_bandwidth_mbps INTEGER NOT NULL DEFAULT 0;
ALTER TABLE worker_nodes ADD COLUMN gpu_type TEXT;
ALTER TABLE worker_nodes ADD COLUMN total_resources TEXT;	-- fpga=2,nic=1
ALTER TABLE worker_nodes ADD COLUMN available_resources TEXT;
ALTER TABLE worker_nodes ADD COLUMN labels TEXT;	-- a JSON object of strings
ALTER TABLE worker_nodes ADD COLUMN since INTEGER;	-- it is as status and health say
ALTER TABLE worker_nodes ADD COLUMN round_trip_ms INTEGER;
ALTER TABLE worker_nodes ADD COLUMN clock_offset_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN estimate_seconds REAL;
-- the last runs of a user's jobs of one name, when plan_by is `learned`
CREATE TABLE runtimes (
	uid INTEGER NOT NULL,
	job_name TEXT NOT NULL,
	last_seconds REAL,
	before_seconds REAL,              -- of the run before that
	learned_at INTEGER,
	PRIMARY KEY (uid, job_name)
) STRICT, WITHOUT ROWID;
-- who shares: users in teams, users by themselves, and teams
CREATE TABLE accounts (
	team TEXT NOT NULL,               -- '': none
	user TEXT NOT NULL,               -- '': the team itself
	shares INTEGER NOT NULL,
	shares_set INTEGER NOT NULL,      -- by an administrator; 0: by job.conf
	usage INTEGER NOT NULL,           -- cpu microseconds, decayed until used_at
	used_at INTEGER,
	fair_boost INTEGER NOT NULL,      -- added to the priority of its jobs
	PRIMARY KEY (team, user)
) STRICT, WITHOUT ROWID;
ALTER TABLE instance ADD COLUMN restored_at INTEGER;
INSERT INTO jobs("job_id","job_uuid","status","completed_at","created_at","user","uid","queue","job_name","worker_node_id","reason","priority","hold","exit_code","signal","eligible_at","scheduled_at","started_at","next_retry_at","attempts","retry_count","requeue_count","executions","caused_by","stopping","changed_by","changed_via","run_as","account","job_type","execution_env","cpu_cores","memory_gb","disk_gb","gpu_count","bandwidth_mbps","cpu_limit","begin_at","max_execution_time","deadline_at","queue_timeout_seconds","max_retries","retry_policy","retry_delay_seconds","retry_max_delay_seconds","retry_jitter","retry_on","no_retry_on","success_codes","no_requeue","kill_signal","kill_grace_seconds","dep_any","dep_hold","key","key_scope","spec_hash","rerun_of","submit_host","submit_dir","stdout_path","stderr_path","detail","tags","comment","command","launch_hash","launch","schedule_id","scheduled_time","catch_up") VALUES(1,'019ad465-4d00-0000-0000-000000000001','queued',NULL,1764500000000,'alice',1000,'batch','nightly',NULL,'Priority',500,0,NULL,NULL,1764500000000,NULL,NULL,NULL,0,0,0,0,0,'','alice','jobsub','alice','risk','batch','vm',1.5,0.5,1.5,2,100,0,1764500000001,3600.0,1764500000005,1.5,3,'exponential_backoff',60.0,3600.0,10,'oom','65','0,3',0,15,30.0,0,0,'nightly-1','forever','abc',0,'h1','/home/alice','%j.out','%j.err',NULL,'{"team":"risk"}','it''s a "job"','make report',NULL,x'6c61756e636820626c6f636b',0,NULL,0);
INSERT INTO jobs("job_id","job_uuid","status","completed_at","created_at","user","uid","queue","job_name","worker_node_id","reason","priority","hold","exit_code","signal","eligible_at","scheduled_at","started_at","next_retry_at","attempts","retry_count","requeue_count","executions","caused_by","stopping","changed_by","changed_via","run_as","account","job_type","execution_env","cpu_cores","memory_gb","disk_gb","gpu_count","bandwidth_mbps","cpu_limit","begin_at","max_execution_time","deadline_at","queue_timeout_seconds","max_retries","retry_policy","retry_delay_seconds","retry_max_delay_seconds","retry_jitter","retry_on","no_retry_on","success_codes","no_requeue","kill_signal","kill_grace_seconds","dep_any","dep_hold","key","key_scope","spec_hash","rerun_of","submit_host","submit_dir","stdout_path","stderr_path","detail","tags","comment","command","launch_hash","launch","schedule_id","scheduled_time","catch_up") VALUES(2,'019ad465-4d00-0000-0000-000000000002','running',NULL,1764500000000,'bob',1001,'batch','nightly','local','',500,0,NULL,NULL,1764500000000,1764500000010,1764500000020,NULL,1,0,0,1,0,'','alice','jobsub','alice',NULL,'batch','vm',1.0,0.5,0.0,0,0,0,NULL,NULL,NULL,NULL,0,'exponential_backoff',60.0,NULL,0,NULL,NULL,NULL,0,0,NULL,0,0,NULL,NULL,'abc',0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'make report','6f1ed002ab5595859014ebf0951522d9',NULL,1,1764500000000,1);
INSERT INTO jobs("job_id","job_uuid","status","completed_at","created_at","user","uid","queue","job_name","worker_node_id","reason","priority","hold","exit_code","signal","eligible_at","scheduled_at","started_at","next_retry_at","attempts","retry_count","requeue_count","executions","caused_by","stopping","changed_by","changed_via","run_as","account","job_type","execution_env","cpu_cores","memory_gb","disk_gb","gpu_count","bandwidth_mbps","cpu_limit","begin_at","max_execution_time","deadline_at","queue_timeout_seconds","max_retries","retry_policy","retry_delay_seconds","retry_max_delay_seconds","retry_jitter","retry_on","no_retry_on","success_codes","no_requeue","kill_signal","kill_grace_seconds","dep_any","dep_hold","key","key_scope","spec_hash","rerun_of","submit_host","submit_dir","stdout_path","stderr_path","detail","tags","comment","command","launch_hash","launch","schedule_id","scheduled_time","catch_up") VALUES(3,'019ad465-4d00-0000-0000-000000000003','failed',1764500003020,1764500000000,'alice',1000,'batch','nightly','local','NonZeroExit',500,0,3,NULL,1764500000000,1764500000010,1764500000020,NULL,2,1,0,2,0,'','alice','jobsub','alice',NULL,'batch','vm',1.0,0.5,0.0,0,0,0,NULL,NULL,NULL,NULL,0,'exponential_backoff',60.0,NULL,0,NULL,NULL,NULL,0,0,NULL,0,0,'k',NULL,'abc',0,NULL,NULL,NULL,NULL,'exit status 3',NULL,NULL,'make report','6f1ed002ab5595859014ebf0951522d9',NULL,0,NULL,0);
INSERT INTO job_executions("job_id","execution","attempt","status","worker_node_id","reason","cause","error_class","exit_code","signal","cpu_cores","memory_gb","disk_gb","gpu_count","bandwidth_mbps","scheduled_at","started_at","completed_at","duration_ms","cpu_seconds","max_rss","stdout_bytes","stderr_bytes","limits","epoch","journal","error_message") VALUES(2,1,1,'running','local','',NULL,NULL,NULL,NULL,1.0,0.5,0.0,0,0,1764500000000,1764500000020,NULL,0,NULL,0,0,0,'rlimit:cpu',1,'01020304-0506-0708-090a-0b0c0d0e0f10',NULL);
INSERT INTO job_executions("job_id","execution","attempt","status","worker_node_id","reason","cause","error_class","exit_code","signal","cpu_cores","memory_gb","disk_gb","gpu_count","bandwidth_mbps","scheduled_at","started_at","completed_at","duration_ms","cpu_seconds","max_rss","stdout_bytes","stderr_bytes","limits","epoch","journal","error_message") VALUES(3,1,1,'failed','local','NonZeroExit','exit','error',3,NULL,1.0,0.5,0.0,0,0,1764500000000,1764500000020,1764500001020,1000,0.25,2048,5,7,NULL,1,NULL,'exit status 3');
INSERT INTO job_executions("job_id","execution","attempt","status","worker_node_id","reason","cause","error_class","exit_code","signal","cpu_cores","memory_gb","disk_gb","gpu_count","bandwidth_mbps","scheduled_at","started_at","completed_at","duration_ms","cpu_seconds","max_rss","stdout_bytes","stderr_bytes","limits","epoch","journal","error_message") VALUES(3,2,2,'failed','local','NonZeroExit','exit','error',3,NULL,1.0,0.5,0.0,0,0,1764500000000,1764500000020,1764500001020,1000,0.25,2048,5,7,NULL,1,NULL,'exit status 3');
INSERT INTO job_dependencies("job_id","depends_on_job_id","dependency_type","state") VALUES(1,2,'completion','open');
INSERT INTO job_dependencies("job_id","depends_on_job_id","dependency_type","state") VALUES(1,3,'failure','satisfied');
INSERT INTO blobs("hash","refs","data") VALUES('6f1ed002ab5595859014ebf0951522d9',2,x'6c61756e636820626c6f636b');
INSERT INTO worker_nodes("node_id","node_type","total_cpu_cores","total_memory_gb","total_disk_gb","total_gpu_count","available_cpu_cores","available_memory_gb","available_disk_gb","available_gpu_count","status","health_status","region","zone","reason","running","version","limits","journal","last_heartbeat","created_at","updated_at") VALUES('local','vm',4.0,8.0,0.0,0,3.0,8.0,0.0,0,'active','healthy','eu',NULL,NULL,1,'0.1','rlimit',NULL,1764500000000,1764500000000,1764500000000);
INSERT INTO instance("one","instance","created_at","epoch","turn","next_id") VALUES(1,'01a208ef-fe17-77d5-a55c-2ddfc410e4ad',1795446275607,1,1,4);
INSERT INTO days("day","first_id","last_id","live") VALUES(20422,1,3,3);
INSERT INTO counts("status","n") VALUES('failed',1);
INSERT INTO counts("status","n") VALUES('queued',1);
INSERT INTO counts("status","n") VALUES('running',1);
INSERT INTO job_keys("uid","key","scope","hash","job_id","ended_at") VALUES(1000,'nightly-1','forever','abc',1,NULL);
INSERT INTO job_keys("uid","key","scope","hash","job_id","ended_at") VALUES(1000,'k',NULL,'abc',3,NULL);
INSERT INTO schedules("schedule_id","schedule_uuid","state","user","uid","schedule_name","queue","expression","time_zone","dst_gap","dst_fold","anchor_at","catch_up","catch_up_window_seconds","catch_up_max","overlap","overlap_max","splay_seconds","jitter_seconds","until_at","max_runs","cursor_at","next_at","runs","caught","by_hand_at","created_at","changed_by","detail","key","spec_hash","command","request") VALUES(1,'01a208ef-fe17-77d5-a55c-2ddfc410e4ae','active','alice',1000,'nightly',NULL,'30 2 * * *','Europe/London','auto','auto',1764400000000,'one',86400.0,100,'queue',1,NULL,NULL,NULL,0,1764500000000,1764556200000,1,0,NULL,1764400000000,'alice',NULL,NULL,NULL,'make night',x'7265717565737420626c6f636b');
INSERT INTO occurrences("schedule_id","nominal_at","due_at","decided_at","outcome","reason","job_id","blocked_by","catch_up") VALUES(1,1764469800000,1764469800000,1764500000000,'waiting',NULL,0,2,0);
INSERT INTO occurrences("schedule_id","nominal_at","due_at","decided_at","outcome","reason","job_id","blocked_by","catch_up") VALUES(1,1764500000000,1764500000000,1764500000000,'run',NULL,2,0,1);
UPDATE jobs SET singleton = 1, retry_mem = '2x:64G', estimate_seconds = 60.0, constraints = 'arch=arm', tokens = 'matlab=1' WHERE job_id = 1;
UPDATE jobs SET crashed_on = 'a b', gpu_type = 'a100', exclusive = 1 WHERE job_id = 3;
UPDATE job_dependencies SET delay_seconds = 5.0 WHERE job_id = 1 AND depends_on_job_id = 2;
UPDATE worker_nodes SET total_bandwidth_mbps = 100, labels = '{"arch":"arm"}', since = 1764500000000;
INSERT INTO runtimes VALUES(1000,'nightly',60.0,55.5,1764500003020);
INSERT INTO accounts VALUES('','alice',1,0,1000000,1764500000000,-5);
COMMIT;
