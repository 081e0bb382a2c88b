/*
 * The check finds what does not fit: each damage done by hand gives its finding,
 * and without damage there is none.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fdio.h"
#include "staterow.h"
#include "tap.h"

#define DAY_FILE "history/2025/11/30.db"

static const struct damage {
	const char *file, *sql, *finding;
} damages[] = {
	{ "state.db", "DELETE FROM instance", "instance: its row is missing" },
	{ "state.db", "UPDATE instance SET next_id = 3", "next_id 3 has been given out" },
	{ "state.db", "UPDATE jobs SET status = 'failed' WHERE job_id = 2",
	    "job 2: is failed, completed_at does not fit" },
	{ "state.db", "UPDATE jobs SET completed_at = 5 WHERE job_id = 2",
	    "job 2: is running, completed_at does not fit" },
	{ "state.db", "DELETE FROM job_executions WHERE job_id = 2",
	    "job 2: is running with 0 open executions" },
	{ "state.db", "UPDATE job_executions SET status = 'failed' WHERE job_id = 2",
	    "job 2: is running with 0 open executions" },
	{ "state.db", "UPDATE jobs SET status = 'queued' WHERE job_id = 2",
	    "job 2: is queued with 1 open executions" },
	{ "state.db", "UPDATE worker_nodes SET total_cpu_cores = 0.5",
	    "worker local: more is booked than it has" },
	{ "state.db", "DELETE FROM worker_nodes", "execution 2.1: on unknown worker local" },
	{ "state.db", "UPDATE counts SET n = n + 1 WHERE status = 'running'",
	    "counts: running is off by 1" },
	{ "state.db", "DELETE FROM counts", "counts: queued is off by -1" },
	{ "state.db", "UPDATE days SET live = live - 1", "days: 2025-11-30 is off by -1" },
	{ "state.db", "DELETE FROM days", "job 1: its day does not know it" },
	{ "state.db", "UPDATE days SET first_id = 2", "job 1: its day does not know it" },
	{ "state.db", "UPDATE job_keys SET \"key\" = 'other'",
	    "job key other: its job 1 has another" },
	{ "state.db", "DELETE FROM jobs WHERE job_id = 2", "execution 2.1: its job is missing" },
	{ "state.db", "DELETE FROM jobs WHERE job_id = 1",
	    "dependency of job 1: its job is missing" },
	{ "state.db", "UPDATE blobs SET refs = 5", "blob f00d: refs is off by 4" },
	{ "state.db", "DELETE FROM blobs", "job 1: its launch block is missing" },
	{ DAY_FILE, "DELETE FROM jobs", "execution 3.1: its job is missing" },
	{ DAY_FILE, "UPDATE blobs SET refs = 0", "blob f00d: refs is off by -1" },
	{ DAY_FILE, "UPDATE jobs SET job_id = 77",
	    "has jobs beyond those that state.db has noted" },
	{ DAY_FILE, "PRAGMA user_version = 9", "written by a newer version" },
};

/* A job that waits, one that runs, and one in the history. */
static void fill(struct spool *s)
{
	struct scratch x;
	struct turn *t;
	struct worker_row worker = plain_worker("local");
	struct dep_row dep = { 1, 2, DEP_OK, DEP_OPEN, 0, 0 };

	scratch_open(s);
	scratch_writer(&x, s, 1);
	t = scratch_turn(&x);
	add_worker(t, &worker);
	for (int id = 1; id <= 3; id++) {
		struct job_row job = plain_job(id);
		struct exec_row exec = plain_exec(id, 1);

		job.launch_hash = id == 2 ? NULL : "f00d";
		job.key = id == 1 ? "k" : NULL;
		job.status = id == 1 ? JOB_QUEUED : id == 2 ? JOB_RUNNING : JOB_COMPLETED;
		job.executions = id > 1;
		job.completed_at = exec.completed_at = id == 3 ? T0 : 0;
		exec.status = job.status;
		add_job(t, MUT_JOB_NEW, &job);
		if (id > 1)
			add_exec(t, MUT_EXEC_NEW, &exec);
	}
	add_dep(t, MUT_DEP_NEW, &dep);
	scratch_commit(&x, t);
	if (!scratch_moved(&x, 1))
		ok(false, "one moves");
	scratch_end(&x);
}

static const char *const names[] = { "state.db", DAY_FILE };
static struct buf whole[2];

static void keep(const struct spool *s)
{
	for (int i = 0; i < 2; i++) {
		buf_init(&whole[i], 1 << 24);
		ok(file_read(s->fd, names[i], &whole[i], NULL) == 0, "%s as it should be",
		    names[i]);
	}
}

static void put_back(const struct spool *s)
{
	unlinkat(s->fd, "state.db-wal", 0);
	unlinkat(s->fd, "state.db-shm", 0);
	for (int i = 0; i < 2; i++)
		file_replace(s->fd, names[i], whole[i].data, whole[i].len, 0600, NULL);
}

int main(void)
{
	struct spool s;

	fill(&s);
	is_str(scratch_check(&s), "", "all is well");
	is_str(scratch_sql(&s, "state.db", "SELECT allocation_id || ' ' || worker_node_id || ' ' "
	    "|| cpu_cores || ' ' || memory_gb FROM resource_allocations "
	    "WHERE released_at IS NULL"),
	    "2.1 local 1.0 0.5", "an allocation is what an open execution has booked");
	keep(&s);
	for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
		const struct damage *d = &damages[i];
		const char *found;

		put_back(&s);
		scratch_sql(&s, d->file, d->sql);
		found = scratch_check(&s);
		if (!ok(strstr(found, d->finding) != NULL, "%s: %s", d->sql, d->finding))
			fprintf(stderr, "# %s\n", found);
	}
	for (int i = 0; i < 2; i++)
		buf_release(&whole[i]);
	scratch_close(&s);
	return tap_done();
}
