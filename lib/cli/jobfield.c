/*
 * jobfield: the short names of a job's, an execution's and a worker's fields.
 *
 * A row here is a name that people type, the title of its column, and either the
 * table's column behind it or a function that computes it.
 */
#include <stdio.h>
#include <string.h>

#include "base/amounts.h"
#include "base/num.h"
#include "cli/field.h"
#include "core/elements.h"
#include "core/usage.h"

#define R FIELD_RIGHT
#define W FIELD_WIDE
#define S FIELD_SECONDS

/* ---- jobs */

/* As selectors write it. */
static int id_text(const struct style *st, const void *p, struct buf *b)
{
	const struct job_row *row = p;

	(void)st;
	if (row_is_element(row))
		return buf_addf(b, "%lld_%lld", (long long)row->array_id,
		    (long long)row->array_index);
	return buf_addf(b, "%lld", (long long)row->id);
}

static int code_text(const struct style *st, const void *row, struct buf *b)
{
	(void)st;
	return buf_adds(b, job_code(row));
}

static int64_t elapsed_number(const struct style *st, const void *row)
{
	return job_elapsed(row, st->now);
}

static int elapsed_text(const struct style *st, const void *row, struct buf *b)
{
	int64_t ms = job_elapsed(row, st->now);
	char text[32];

	if (ms == 0 && !job_has_run(row))
		return 0;
	dur_format((uint64_t)ms, text, sizeof(text));
	return buf_adds(b, text);
}

/* How long it waited for its start, or waits by now. */
static int64_t waited_number(const struct style *st, const void *p)
{
	const struct job_row *row = p;
	int64_t end = row->started_at ? row->started_at :
	    row->completed_at ? row->completed_at : st->now;

	return end > row->created_at ? end - row->created_at : 0;
}

static int waited_text(const struct style *st, const void *row, struct buf *b)
{
	char text[32];

	dur_format((uint64_t)waited_number(st, row), text, sizeof(text));
	return buf_adds(b, text);
}

/* What nobody knows comes last. */
static int64_t expected_number(const struct style *st, const void *row)
{
	int64_t at = job_expected(st, row);

	return at ? at : INT64_MAX;
}

static int expected_text(const struct style *st, const void *row, struct buf *b)
{
	char text[TIME_TEXT];

	time_text(st, job_expected(st, row), text);
	return buf_adds(b, text);
}

static int reason_text(const struct style *st, const void *row, struct buf *b)
{
	(void)st;
	return job_reason(row, b);
}

/* How many elements are in each state: "PD 5, R 2". */
static int states_text(const struct job_row *row, struct buf *b)
{
	struct job_row like = { .status = JOB_QUEUED };
	const char *at = row->array_states;
	struct amount a;
	int r = 0;

	for (const char *comma = ""; r == 0 && amounts_next(&at, &a); comma = ", ") {
		char word[16];

		snprintf(word, sizeof(word), "%.*s", (int)a.len, a.name);
		like.status = job_status_parse(word);
		r = buf_addf(b, "%s%s %lld", comma, job_code(&like), (long long)a.n);
	}
	return r;
}

static int elements_text(const struct style *st, const void *p, struct buf *b)
{
	(void)st;
	return states_text(p, b);
}

/* Where it runs or ran; of one that waits, what for; of an array what its elements do. */
static int where_text(const struct style *st, const void *p, struct buf *b)
{
	const struct job_row *row = p;
	bool whole = row->array_states && row->status != JOB_QUEUED;
	const char *reason;

	(void)st;
	if (whole)
		return states_text(row, b);
	if (row->status != JOB_QUEUED && row->worker)
		return buf_adds(b, row->worker);
	reason = col_word(COL_REASON, row->reason);
	if (reason && *reason && (buf_addc(b, '(') < 0 || job_reason(row, b) < 0 ||
	    buf_adds(b, row->array_states ? ") " : ")") < 0))
		return -1;
	return row->array_states ? states_text(row, b) : 0;
}

/* The status, or the signal as SIG9. */
static int end_text(int64_t exit_code, int64_t signal, struct buf *b)
{
	if (signal > 0)
		return buf_addf(b, "SIG%d", (int)signal);
	return exit_code >= 0 ? buf_addf(b, "%d", (int)exit_code) : 0;
}

static int exit_text(const struct style *st, const void *p, struct buf *b)
{
	const struct job_row *row = p;

	(void)st;
	return end_text(row->exit_code, row->signal, b);
}

static int try_text(const struct style *st, const void *p, struct buf *b)
{
	const struct job_row *row = p;

	(void)st;
	return buf_addf(b, "%d/%d", (int)row->attempts, (int)row->max_retries + 1);
}

static int64_t try_number(const struct style *st, const void *p)
{
	(void)st;
	return ((const struct job_row *)p)->attempts;
}

static const struct field job_list[] = {
	{ "id", "ID", "job_id", id_text, NULL, R },
	{ "uuid", "UUID", "job_uuid", NULL, NULL, 0 },
	{ "name", "NAME", "job_name", NULL, NULL, W },
	{ "user", "USER", "user", NULL, NULL, W },
	{ "account", "ACCOUNT", "account", NULL, NULL, W },
	{ "q", "Q", "queue", NULL, NULL, W },
	{ "queue", "QUEUE", "queue", NULL, NULL, W },
	{ "pri", "PRI", "priority", NULL, NULL, R },
	{ "st", "ST", NULL, code_text, NULL, 0 },
	{ "state", "STATE", "status", NULL, NULL, 0 },
	{ "reason", "REASON", NULL, reason_text, NULL, 0 },
	{ "time", "TIME", NULL, elapsed_text, elapsed_number, R | S },
	{ "waited", "WAITED", NULL, waited_text, waited_number, R | S },
	{ "limit", "LIMIT", "max_execution_time", NULL, NULL, R },
	{ "cpu", "CPU", "cpu_cores", NULL, NULL, R },
	{ "mem", "MEM", "memory_gb", NULL, NULL, R },
	{ "disk", "DISK", "disk_gb", NULL, NULL, R },
	{ "gpu", "GPU", "gpu_count", NULL, NULL, R },
	{ "gputype", "GPU TYPE", "gpu_type", NULL, NULL, 0 },
	{ "bw", "MBIT/S", "bandwidth_mbps", NULL, NULL, R },
	{ "res", "RESOURCES", "named_resources", NULL, NULL, W },
	{ "tokens", "TOKENS", "tokens", NULL, NULL, W },
	{ "constraint", "CONSTRAINT", "constraints", NULL, NULL, W },
	{ "prefer", "PREFER", "prefer", NULL, NULL, W },
	{ "only", "ONLY ON", "on_workers", NULL, NULL, W },
	{ "not", "NOT ON", "not_workers", NULL, NULL, W },
	{ "exclusive", "EXCLUSIVE", "exclusive", NULL, NULL, 0 },
	{ "worker", "WORKER", "worker_node_id", NULL, NULL, W },
	{ "where", "WORKER/REASON", NULL, where_text, NULL, W },
	{ "submitted", "SUBMITTED", "created_at", NULL, NULL, 0 },
	{ "begin", "BEGIN", "begin_at", NULL, NULL, 0 },
	{ "start", "START", NULL, expected_text, expected_number,
	    FIELD_INSTANT },
	{ "started", "STARTED", "started_at", NULL, NULL, 0 },
	{ "ended", "ENDED", "completed_at", NULL, NULL, 0 },
	{ "deadline", "DEADLINE", "deadline_at", NULL, NULL, 0 },
	{ "retry", "RETRY", "next_retry_at", NULL, NULL, 0 },
	{ "exit", "EXIT", NULL, exit_text, NULL, R },
	{ "try", "TRY", NULL, try_text, try_number, R },
	{ "tags", "TAGS", "tags", NULL, NULL, W },
	{ "command", "COMMAND", "command", NULL, NULL, W },
	{ "array", "ARRAY", "array_id", NULL, NULL, R },
	{ "index", "INDEX", "array_index", NULL, NULL, R },
	{ "indices", "INDICES", "array_spec", NULL, NULL, W },
	{ "elements", "ELEMENTS", NULL, elements_text, NULL, W },
	{ NULL, NULL, NULL, NULL, NULL, 0 }
};

const struct field_set job_fields = { &table_jobs, job_list };

/* ---- executions */

static int exec_end_text(const struct style *st, const void *p, struct buf *b)
{
	const struct exec_row *row = p;

	(void)st;
	return end_text(row->exit_code, row->signal, b);
}

static int64_t exec_time_number(const struct style *st, const void *p)
{
	const struct exec_row *row = p;

	if (row->duration > 0 || row->completed_at || row->started_at == 0)
		return row->duration;
	return st->now > row->started_at ? st->now - row->started_at : 0;
}

static int exec_time_text(const struct style *st, const void *p, struct buf *b)
{
	const struct exec_row *row = p;
	char text[32];

	if (row->started_at == 0)
		return 0;
	dur_format((uint64_t)exec_time_number(st, p), text, sizeof(text));
	return buf_adds(b, text);
}

static int exec_cpu_text(const struct style *st, const void *p, struct buf *b)
{
	(void)st;
	return milli_text(((const struct exec_row *)p)->cpu_ms, b);
}

static int exec_rss_text(const struct style *st, const void *p, struct buf *b)
{
	char text[32];

	(void)st;
	size_format((uint64_t)((const struct exec_row *)p)->max_rss << 10, text, sizeof(text));
	return buf_adds(b, text);
}

static const struct field exec_list[] = {
	{ "exec", "EXEC", "execution", NULL, NULL, R },
	{ "try", "TRY", "attempt", NULL, NULL, R },
	{ "worker", "WORKER", "worker_node_id", NULL, NULL, W },
	{ "state", "STATE", "status", NULL, NULL, 0 },
	{ "reason", "REASON", "reason", NULL, NULL, 0 },
	{ "class", "CLASS", "error_class", NULL, NULL, 0 },
	{ "exit", "EXIT", NULL, exec_end_text, NULL, R },
	{ "started", "STARTED", "started_at", NULL, NULL, 0 },
	{ "ended", "ENDED", "completed_at", NULL, NULL, 0 },
	{ "time", "TIME", NULL, exec_time_text, exec_time_number, R | S },
	{ "cpu", "CPU S", NULL, exec_cpu_text, NULL, R },
	{ "maxrss", "MAX RSS", NULL, exec_rss_text, NULL, R },
	{ "out", "OUT", "stdout_bytes", NULL, NULL, R },
	{ "err", "ERR", "stderr_bytes", NULL, NULL, R },
	{ "gpus", "GPUS", "gpu_ids", NULL, NULL, 0 },
	{ "limits", "LIMITS", "limits", NULL, NULL, W },
	{ "late", "LATE RESULT", "late_result", NULL, NULL, 0 },
	{ "message", "MESSAGE", "error_message", NULL, NULL, W },
	{ NULL, NULL, NULL, NULL, NULL, 0 }
};

const struct field_set exec_fields = { &table_executions, exec_list };

/* ---- workers: what is free of what there is */

static int share_text(int64_t free, int64_t total, int (*unit)(int64_t, struct buf *),
    struct buf *b)
{
	if (total == 0)
		return 0;
	if (unit(free, b) < 0 || buf_addc(b, '/') < 0)
		return -1;
	return unit(total, b);
}

static int mib_text(int64_t mib, struct buf *b)
{
	char text[32];

	size_format((uint64_t)mib << 20, text, sizeof(text));
	return buf_adds(b, mib ? text : "0");
}

static int count_text(int64_t n, struct buf *b)
{
	return milli_text(n * 1000, b);
}

static int cpus_share(const struct style *st, const void *p, struct buf *b)
{
	const struct worker_row *w = p;

	(void)st;
	return share_text(w->free_cpus, w->cpus, milli_text, b);
}

static int mem_share(const struct style *st, const void *p, struct buf *b)
{
	const struct worker_row *w = p;

	(void)st;
	return share_text(w->free_mem, w->mem, mib_text, b);
}

static int disk_share(const struct style *st, const void *p, struct buf *b)
{
	const struct worker_row *w = p;

	(void)st;
	return share_text(w->free_disk, w->disk, mib_text, b);
}

static int gpus_share(const struct style *st, const void *p, struct buf *b)
{
	const struct worker_row *w = p;

	(void)st;
	return share_text(w->free_gpus, w->gpus, count_text, b);
}

static int bw_share(const struct style *st, const void *p, struct buf *b)
{
	const struct worker_row *w = p;

	(void)st;
	return share_text(w->free_bw, w->bw, count_text, b);
}

/* How long ago, in whole units; nothing for an instant that is not known. */
static int ago_text(const struct style *st, int64_t at, struct buf *b)
{
	char text[32];

	if (at == 0)
		return 0;
	dur_format((uint64_t)(st->now > at ? st->now - at : 0), text, sizeof(text));
	return buf_adds(b, text);
}

static int heard_text(const struct style *st, const void *p, struct buf *b)
{
	return ago_text(st, ((const struct worker_row *)p)->last_heartbeat, b);
}

static int64_t heard_number(const struct style *st, const void *p)
{
	return st->now - ((const struct worker_row *)p)->last_heartbeat;
}

static int offset_text(const struct style *st, const void *p, struct buf *b)
{
	const struct worker_row *w = p;

	(void)st;
	return w->round_trip >= 0 ? buf_addf(b, "%+lldms", (long long)w->clock_offset) : 0;
}

static int64_t offset_number(const struct style *st, const void *p)
{
	(void)st;
	return ((const struct worker_row *)p)->clock_offset;
}

static int round_text(const struct style *st, const void *p, struct buf *b)
{
	const struct worker_row *w = p;

	(void)st;
	return w->round_trip >= 0 ? buf_addf(b, "%lldms", (long long)w->round_trip) : 0;
}

static int64_t round_number(const struct style *st, const void *p)
{
	(void)st;
	return ((const struct worker_row *)p)->round_trip;
}

/* The version there, where it is not ours. */
static int skew_text(const struct style *st, const void *p, struct buf *b)
{
	const struct worker_row *w = p;
	bool same = w->version == NULL || strcmp(w->version, JOB_VERSION) == 0;

	(void)st;
	return same ? 0 : buf_addf(b, "%s, not " JOB_VERSION, w->version);
}

static const struct field worker_list[] = {
	{ "name", "WORKER", "node_id", NULL, NULL, W },
	{ "type", "TYPE", "node_type", NULL, NULL, 0 },
	{ "state", "STATE", "status", NULL, NULL, 0 },
	{ "health", "HEALTH", "health_status", NULL, NULL, 0 },
	{ "cpus", "CPUS FREE", NULL, cpus_share, NULL, R },
	{ "mem", "MEM FREE", NULL, mem_share, NULL, R },
	{ "disk", "DISK FREE", NULL, disk_share, NULL, R },
	{ "gpus", "GPUS FREE", NULL, gpus_share, NULL, R },
	{ "gputype", "GPU TYPE", "gpu_type", NULL, NULL, 0 },
	{ "bw", "MBIT/S FREE", NULL, bw_share, NULL, R },
	{ "res", "RESOURCES", "total_resources", NULL, NULL, W },
	{ "resfree", "RESOURCES FREE", "available_resources", NULL, NULL, W },
	{ "region", "REGION", "region", NULL, NULL, 0 },
	{ "zone", "ZONE", "zone", NULL, NULL, 0 },
	{ "labels", "LABELS", "labels", NULL, NULL, W },
	{ "running", "RUNNING", "running", NULL, NULL, R },
	{ "since", "SINCE", "since", NULL, NULL, 0 },
	{ "heartbeat", "LAST HEARD", "last_heartbeat", NULL, NULL, 0 },
	{ "heard", "HEARD", NULL, heard_text, heard_number, R | S },
	{ "rtt", "RTT", NULL, round_text, round_number, R },
	{ "clock", "CLOCK", NULL, offset_text, offset_number, R },
	{ "skew", "SKEW", NULL, skew_text, NULL, 0 },
	{ "reason", "REASON", "reason", NULL, NULL, W },
	{ "version", "VERSION", "version", NULL, NULL, 0 },
	{ "limits", "LIMITS", "limits", NULL, NULL, W },
	{ NULL, NULL, NULL, NULL, NULL, 0 }
};

const struct field_set worker_fields = { &table_workers, worker_list };

/* Cpu time, as a duration. */
static int64_t used_number(const struct style *st, const void *p)
{
	(void)st;
	return ((const struct account_row *)p)->usage / 1000;
}

static int used_text(const struct style *st, const void *p, struct buf *b)
{
	char text[32];

	dur_format((uint64_t)used_number(st, p), text, sizeof(text));
	return buf_adds(b, text);
}

static const struct field account_list[] = {
	{ "team", "TEAM", "team", NULL, NULL, 0 },
	{ "user", "USER", "user", NULL, NULL, 0 },
	{ "shares", "SHARES", "shares", NULL, NULL, R },
	{ "used", "USED", NULL, used_text, used_number, R | S },
	{ "boost", "BOOST", "fair_boost", NULL, NULL, R },
	{ NULL, NULL, NULL, NULL, NULL, 0 }
};

const struct field_set account_fields = { &table_accounts, account_list };

/* ---- bounds: what is used of what may be, where there is a bound */

static int bound_text(const struct quota_row *q, enum quota_dim dim,
    int (*unit)(int64_t, struct buf *), struct buf *b)
{
	if (unit(q->used[dim], b) < 0)
		return -1;
	return q->max[dim] == 0 ? 0 : buf_addc(b, '/') < 0 ? -1 : unit(q->max[dim], b);
}

static int jobs_bound(const struct style *st, const void *p, struct buf *b)
{
	(void)st;
	return bound_text(p, QUOTA_JOBS, count_text, b);
}

static int cpus_bound(const struct style *st, const void *p, struct buf *b)
{
	(void)st;
	return bound_text(p, QUOTA_CPUS, milli_text, b);
}

static int mem_bound(const struct style *st, const void *p, struct buf *b)
{
	(void)st;
	return bound_text(p, QUOTA_MEM, mib_text, b);
}

static int disk_bound(const struct style *st, const void *p, struct buf *b)
{
	(void)st;
	return bound_text(p, QUOTA_DISK, mib_text, b);
}

static int gpus_bound(const struct style *st, const void *p, struct buf *b)
{
	(void)st;
	return bound_text(p, QUOTA_GPUS, count_text, b);
}

static int queued_bound(const struct style *st, const void *p, struct buf *b)
{
	(void)st;
	return bound_text(p, QUOTA_QUEUED, count_text, b);
}

static int rate_bound(const struct style *st, const void *p, struct buf *b)
{
	int64_t rate = ((const struct quota_row *)p)->max[QUOTA_RATE];

	(void)st;
	return rate > 0 ? buf_addf(b, "%lld/min", (long long)rate) : 0;
}

static const struct field quota_list[] = {
	{ "kind", "KIND", "kind", NULL, NULL, 0 },
	{ "name", "NAME", "name", NULL, NULL, 0 },
	{ "running", "RUNNING", NULL, jobs_bound, NULL, R },
	{ "cpus", "CPUS", NULL, cpus_bound, NULL, R },
	{ "mem", "MEM", NULL, mem_bound, NULL, R },
	{ "disk", "DISK", NULL, disk_bound, NULL, R },
	{ "gpus", "GPUS", NULL, gpus_bound, NULL, R },
	{ "queued", "QUEUED", NULL, queued_bound, NULL, R },
	{ "rate", "RATE", NULL, rate_bound, NULL, R },
	{ "time", "TIME LIMIT", "max_time_limit", NULL, NULL, R },
	{ NULL, NULL, NULL, NULL, NULL, 0 }
};

const struct field_set quota_fields = { &table_quotas, quota_list };
