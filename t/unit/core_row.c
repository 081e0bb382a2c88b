/*
 * Column tables: they cover their structs exactly, no field twice and none
 * forgotten, and their names are those of the brief.
 */
#include "core/row.h"

#include <string.h>

#include "tap.h"

static const struct table *const tables[] = {
	&table_jobs, &table_executions, &table_dependencies, &table_workers,
};

static size_t width(enum col_kind kind)
{
	switch (kind) {
	case COL_TEXT:
		return sizeof(char *);
	case COL_BLOB:
		return sizeof(struct { const void *p; int64_t n; });
	case COL_UUID:
		return sizeof(struct uuid);
	default:
		return sizeof(int64_t);
	}
}

/* Every byte of the struct belongs to exactly one column. */
static void test_cover(const struct table *t)
{
	unsigned char map[2048];
	size_t missing = 0, twice = 0;

	memset(map, 0, sizeof(map));
	for (const struct column *c = t->columns; c->name; c++) {
		for (size_t i = 0; i < width(c->kind); i++)
			map[c->offset + i]++;
	}
	for (size_t i = 0; i < t->size; i++) {
		missing += map[i] == 0;
		twice += map[i] > 1;
	}
	ok(t->size < sizeof(map), "%s: fits the test", t->name);
	is_int(missing, 0, "%s: no field without a column", t->name);
	is_int(twice, 0, "%s: no field with two", t->name);
}

static void test_names(const struct table *t)
{
	size_t same = 0, lost = 0, keys = 0, bad = 0;

	for (const struct column *c = t->columns; c->name; c++) {
		for (const struct column *d = t->columns; d < c; d++)
			same += strcmp(c->name, d->name) == 0;
		lost += table_column(t, c->name) != c;
		keys += (c->flags & COL_KEY) != 0;
		bad += (c->flags & COL_KEY) && (c->flags & COL_MUTABLE);
		bad += strspn(c->name, "abcdefghijklmnopqrstuvwxyz_") != strlen(c->name);
	}
	is_int(same, 0, "%s: no name twice", t->name);
	is_int(lost, 0, "%s: each is found by its name", t->name);
	ok(keys > 0, "%s: has a key", t->name);
	is_int(bad, 0, "%s: keys do not change, names are plain", t->name);
	ok(table_column(t, "no_such") == NULL && table_column(t, "") == NULL,
	    "%s: others are not found", t->name);
}

struct want {
	const struct table *table;
	const char *name;
	enum col_kind kind;
	unsigned has, has_not;		/* flags */
};

static const struct want wants[] = {
	{ &table_jobs, "job_id", COL_INT, COL_KEY, COL_MUTABLE },
	{ &table_jobs, "job_uuid", COL_UUID, 0, COL_MUTABLE },
	{ &table_jobs, "user", COL_TEXT, 0, COL_PRIVATE },
	{ &table_jobs, "job_name", COL_TEXT, 0, COL_PRIVATE },
	{ &table_jobs, "command", COL_TEXT, COL_PRIVATE, COL_HIDDEN },
	{ &table_jobs, "execution_env", COL_TEXT, 0, 0 },
	{ &table_jobs, "cpu_cores", COL_MILLI, 0, 0 },
	{ &table_jobs, "memory_gb", COL_GB, 0, 0 },
	{ &table_jobs, "disk_gb", COL_GB, 0, 0 },
	{ &table_jobs, "gpu_count", COL_INT, 0, 0 },
	{ &table_jobs, "max_execution_time", COL_SECONDS, 0, COL_MUTABLE },
	{ &table_jobs, "retry_policy", COL_RETRY, 0, 0 },
	{ &table_jobs, "retry_delay_seconds", COL_SECONDS, 0, 0 },
	{ &table_jobs, "status", COL_STATUS, COL_MUTABLE, COL_PRIVATE },
	{ &table_jobs, "exit_code", COL_OPT, COL_MUTABLE, 0 },
	{ &table_jobs, "created_at", COL_TIME, 0, COL_MUTABLE },
	{ &table_jobs, "completed_at", COL_TIME, COL_MUTABLE, 0 },
	{ &table_jobs, "next_retry_at", COL_TIME, COL_MUTABLE, 0 },
	{ &table_jobs, "tags", COL_TEXT, COL_PRIVATE, COL_MUTABLE },
	{ &table_jobs, "key", COL_TEXT, COL_PRIVATE, 0 },
	{ &table_jobs, "launch", COL_BLOB, COL_PRIVATE | COL_HIDDEN, COL_MUTABLE },
	{ &table_executions, "job_id", COL_INT, COL_KEY, 0 },
	{ &table_executions, "execution", COL_INT, COL_KEY, 0 },
	{ &table_executions, "worker_node_id", COL_TEXT, 0, COL_MUTABLE },
	{ &table_executions, "duration_ms", COL_INT, COL_MUTABLE, 0 },
	{ &table_executions, "cpu_seconds", COL_SECONDS, COL_MUTABLE, 0 },
	{ &table_executions, "error_class", COL_CLASS, COL_MUTABLE, 0 },
	{ &table_executions, "error_message", COL_TEXT, COL_MUTABLE, 0 },
	{ &table_dependencies, "depends_on_job_id", COL_INT, COL_KEY, 0 },
	{ &table_dependencies, "dependency_type", COL_DEPTYPE, 0, COL_MUTABLE },
	{ &table_workers, "node_id", COL_TEXT, COL_KEY, 0 },
	{ &table_workers, "total_cpu_cores", COL_MILLI, 0, 0 },
	{ &table_workers, "available_memory_gb", COL_GB, 0, 0 },
	{ &table_workers, "health_status", COL_WHEALTH, 0, 0 },
	{ &table_workers, "last_heartbeat", COL_TIME, 0, 0 },
};

static void test_wants(void)
{
	for (size_t i = 0; i < sizeof(wants) / sizeof(wants[0]); i++) {
		const struct want *w = &wants[i];
		const struct column *c = table_column(w->table, w->name);

		ok(c && c->kind == w->kind && (c->flags & w->has) == w->has &&
		    (c->flags & w->has_not) == 0, "%s.%s is what it was promised to be",
		    w->table->name, w->name);
	}
}

int main(void)
{
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		test_cover(tables[i]);
		test_names(tables[i]);
	}
	is_str(table_jobs.name, "jobs", "table of jobs");
	is_str(table_executions.name, "job_executions", "table of executions");
	is_str(table_dependencies.name, "job_dependencies", "table of dependencies");
	is_str(table_workers.name, "worker_nodes", "table of workers");
	test_wants();
	return tap_done();
}
