/*
 * check: does what is stored fit together.
 *
 * A check is a statement whose rows are the findings, in words.  Owns no data and
 * changes none; it holds a read transaction as long as it takes, so it is for
 * `--check` and for tests, not for every day.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "state/history.h"
#include "state/read.h"
#include "state/schema.h"

typedef void (*finding_fn)(void *arg, const char *finding);

#define OPEN "IN ('queued', 'scheduled', 'running')"

static const char *const state_checks[] = {
	"SELECT 'instance: its row is missing' WHERE NOT EXISTS (SELECT 1 FROM instance)",
	"SELECT 'instance: next_id ' || next_id || ' has been given out' FROM instance "
	    "WHERE next_id <= (SELECT max(last_id) FROM days)",
	"SELECT 'job ' || job_id || ': is ' || status || ', completed_at does not fit' FROM jobs "
	    "WHERE (status " OPEN ") <> (completed_at IS NULL)",
	"SELECT 'job ' || job_id || ': is ' || status || ' with ' || n || ' open executions' "
	    "FROM (SELECT job_id, status, executions, (SELECT count(*) FROM job_executions x "
	    "WHERE x.job_id = jobs.job_id AND x.status " OPEN ") AS n FROM jobs) "
	    /* an array has no executions */
	    "WHERE n <> (status IN ('scheduled', 'running') AND executions > 0)",
	"SELECT 'worker ' || w.node_id || ': more is booked than it has' FROM worker_nodes w "
	    "JOIN (SELECT worker_node_id, sum(cpu_cores) c, sum(memory_gb) m, sum(disk_gb) d, "
	    "sum(gpu_count) g FROM job_executions WHERE status " OPEN " GROUP BY 1) b "
	    "ON b.worker_node_id = w.node_id WHERE b.c > w.total_cpu_cores + 1e-6 OR "
	    "b.m > w.total_memory_gb + 1e-6 OR b.d > w.total_disk_gb + 1e-6 OR "
	    "b.g > w.total_gpu_count",
	"SELECT 'execution ' || execution_id || ': on unknown worker ' || worker_node_id "
	    "FROM job_executions WHERE status " OPEN " AND worker_node_id NOT IN "
	    "(SELECT node_id FROM worker_nodes)",
	"SELECT 'counts: ' || s || ' is off by ' || sum(n) FROM (SELECT status s, n FROM counts "
	    "UNION ALL SELECT status, -1 FROM jobs) GROUP BY s HAVING sum(n) <> 0",
	"SELECT 'days: ' || date(x * 86400, 'unixepoch') || ' is off by ' || sum(n) FROM "
	    "(SELECT day x, live n FROM days UNION ALL "
	    "SELECT coalesce(created_at, 0) / 86400000, -1 FROM jobs) GROUP BY x "
	    "HAVING sum(n) <> 0",
	"SELECT 'job ' || job_id || ': its day does not know it' FROM jobs WHERE NOT EXISTS "
	    "(SELECT 1 FROM days WHERE day = coalesce(created_at, 0) / 86400000 AND "
	    "job_id BETWEEN first_id AND last_id)",
	"SELECT 'job key ' || k.\"key\" || ': its job ' || k.job_id || ' has another' "
	    "FROM job_keys k JOIN jobs j USING (job_id) "
	    "WHERE j.\"key\" IS NOT k.\"key\" OR j.uid <> k.uid",
};

static const char *const common_checks[] = {
	"SELECT 'execution ' || execution_id || ': its job is missing' FROM job_executions "
	    "WHERE job_id NOT IN (SELECT job_id FROM jobs)",
	"SELECT 'dependency of job ' || job_id || ': its job is missing' FROM job_dependencies "
	    "WHERE job_id NOT IN (SELECT job_id FROM jobs)",
	"SELECT 'blob ' || h || ': refs is off by ' || sum(n) FROM "
	    "(SELECT hash h, refs n FROM blobs UNION ALL SELECT launch_hash, -1 FROM jobs "
	    "WHERE launch_hash IN (SELECT hash FROM blobs)) GROUP BY h HAVING sum(n) <> 0",
	"SELECT 'job ' || job_id || ': its launch block is missing' FROM jobs "
	    "WHERE launch_hash IS NOT NULL AND launch_hash NOT IN (SELECT hash FROM blobs)",
};

struct check {
	finding_fn fn;
	void *arg;
};

static void found(const struct check *c, const char *name, const char *text)
{
	char line[600];

	snprintf(line, sizeof(line), "%s: %s", name, text);
	c->fn(c->arg, line);
}

/* A check that cannot be run is itself a finding. */
static void check_run(const struct check *c, struct db *d, const char *sql)
{
	sqlite3_stmt *st;
	struct err why;
	const char *text;
	int rc = -1;

	if ((st = db_prepare(d, sql, &why)) != NULL) {
		while ((rc = db_step(d, st, &why)) == 1) {
			text = (const char *)sqlite3_column_text(st, 0);
			if (text && strcmp(text, "ok") != 0)
				found(c, d->name, text);
		}
	}
	if (rc < 0)
		c->fn(c->arg, why.text);
	sqlite3_finalize(st);
}

static void check_list(const struct check *c, struct db *d, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		check_run(c, d, list[i]);
}

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void check_ids(const struct check *c, struct reader *r, struct db *d, int64_t day)
{
	sqlite3_stmt *st = db_stmt(&r->state, "SELECT first_id, last_id FROM days WHERE day = ?1",
	    NULL);
	int64_t first, last;

	if (st == NULL || db_int(d, "SELECT min(job_id) FROM jobs", &first, NULL) < 0 ||
	    db_int(d, "SELECT max(job_id) FROM jobs", &last, NULL) < 0)
		return;		/* said already */
	sqlite3_bind_int64(st, 1, day);
	if (db_step(&r->state, st, NULL) != 1)
		found(c, d->name, "state.db knows nothing of this day");
	else if (first > 0 && (first < sqlite3_column_int64(st, 0) ||
	    last > sqlite3_column_int64(st, 1)))
		found(c, d->name, "has jobs beyond those that state.db has noted");
	sqlite3_reset(st);
}

static void check_day(const struct check *c, struct reader *r, int64_t day)
{
	struct err why;
	struct db d;

	int rc = history_open(&d, r->spool, day, &why);

	if (rc < 0)
		c->fn(c->arg, why.text);
	if (rc != 1)
		return;
	check_run(c, &d, "PRAGMA quick_check");
	check_list(c, &d, common_checks, COUNT(common_checks));
	check_ids(c, r, &d, day);
	db_close(&d);
}

int reader_check(struct reader *r, void (*fn)(void *arg, const char *finding), void *arg,
    struct err *e)
{
	struct check c = { fn, arg };
	int64_t *days;
	size_t n;

	check_run(&c, &r->state, "PRAGMA quick_check");
	check_list(&c, &r->state, state_checks, COUNT(state_checks));
	check_list(&c, &r->state, common_checks, COUNT(common_checks));
	if (spool_history_days(r->spool, &days, &n, e) != 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		check_day(&c, r, days[i] / DAY_MS);
	free(days);
	return 0;
}
