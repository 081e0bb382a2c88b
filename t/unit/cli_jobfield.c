/*
 * jobfield: what each short name shows of a job, an execution and a worker, of full
 * rows and of empty ones, as text and as JSON; and what each sorts by.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/field.h"
#include "cli/json.h"
#include "tap.h"

#define NOON INT64_C(1795435200000)

static int64_t start_of(const void *arg, int64_t job)
{
	(void)arg;
	return job == 0 ? NOON + 5000 : NOON;
}

static const struct style st = { .times = TIME_UTC, .now = NOON, .start_of = start_of };

static const struct job_row full_job = { .id = 7, .uuid = { .b = { 1, 2, 3 } }, .name = "night",
    .user = "ann", .account = "ops", .queue = "q1", .priority = 900, .status = JOB_FAILED,
    .reason = REASON_OUT_OF_MEMORY, .started_at = NOON - 90000, .completed_at = NOON - 30000,
    .created_at = NOON - 3690000, .begin_at = NOON - 100000, .deadline_at = NOON + 1000,
    .next_retry_at = NOON + 2000, .time_limit = 90000, .cpus = 1250, .mem = 1536, .disk = 2048,
    .gpus = 2, .worker = "h1", .exit_code = -1, .signal = 9, .attempts = 2, .max_retries = 4,
    .tags = "{\"a\":1}", .command = "sleep 1", .gpu_type = "a100", .bw = 100,
    .named = "fpga=2,nic=1", .tokens = "matlab=1", .constraints = "ssd&!old",
    .prefer = "zone=a", .on_workers = "web*", .not_workers = "web3", .exclusive = 1,
    .array_spec = "1-3" };
static const struct job_row empty_job = { .exit_code = -1, .signal = -1, .created_at = NOON };

static const struct exec_row full_exec = { .job_id = 7, .execution = 3, .attempt = 2,
    .worker = "h1", .status = JOB_FAILED, .reason = REASON_TIMEOUT, .error_class = CLASS_TIMEOUT,
    .exit_code = 3, .signal = -1, .started_at = NOON - 61000, .completed_at = NOON - 1000,
    .duration = 60000, .cpu_ms = 1500, .max_rss = 2048, .out_bytes = 10, .err_bytes = 20,
    .limits = "cgroup2", .message = "late", .cause = -1, .gpu_ids = "0,2",
    .late_result = "fenced" };
static const struct exec_row empty_exec = { .exit_code = -1, .signal = -1, .cause = -1,
    .error_class = -1 };

static const struct worker_row full_worker = { .name = "h1", .type = "vm", .version = "0.1",
    .cpus = 8000, .free_cpus = 500, .mem = 2048, .free_mem = 0, .disk = 1024, .free_disk = 1024,
    .gpus = 4, .free_gpus = 1, .status = WORKER_DRAINING, .health = HEALTH_DEGRADED,
    .running = 3, .last_heartbeat = NOON, .reason = "slow", .limits = "none", .bw = 1000,
    .free_bw = 100, .gpu_type = "a100", .named = "fpga=2", .free_named = "fpga=0",
    .region = "eu", .zone = "a", .labels = "{\"ssd\":\"yes\"}", .since = NOON - 1000,
    .round_trip = 12, .clock_offset = -3 };
static const struct worker_row empty_worker = { .round_trip = -1 };

struct shown {
	const char *field, *full, *empty, *json, *json_empty;
};

static const struct shown jobs[] = {
	{ "id", "7", "0", "7", "0" },
	{ "uuid", "01020300-0000-0000-0000-000000000000", "",
	    "\"01020300-0000-0000-0000-000000000000\"", "null" },
	{ "name", "night", "", "\"night\"", "null" }, { "user", "ann", "", "\"ann\"", "null" },
	{ "account", "ops", "", "\"ops\"", "null" }, { "q", "q1", "", "\"q1\"", "null" },
	{ "queue", "q1", "", "\"q1\"", "null" }, { "pri", "900", "0", "900", "0" },
	{ "st", "OOM", "PD", "\"OOM\"", "\"PD\"" },
	{ "state", "failed", "queued", "\"failed\"", "\"queued\"" },
	{ "reason", "OutOfMemory", "", "\"OutOfMemory\"", "null" },
	{ "time", "01:00", "", "60", "null" },
	{ "waited", "01:00:00", "00:00", "3600", "0" },
	{ "limit", "01:30", "", "90", "null" }, { "cpu", "1.25", "0", "1.25", "0" },
	{ "mem", "1.5G", "", "1.5", "0" }, { "disk", "2G", "", "2", "0" },
	{ "gpu", "2", "0", "2", "0" }, { "gputype", "a100", "", "\"a100\"", "null" },
	{ "bw", "100", "0", "100", "0" },
	{ "res", "fpga=2,nic=1", "", "\"fpga=2,nic=1\"", "null" },
	{ "tokens", "matlab=1", "", "\"matlab=1\"", "null" },
	{ "constraint", "ssd&!old", "", "\"ssd&!old\"", "null" },
	{ "prefer", "zone=a", "", "\"zone=a\"", "null" },
	{ "only", "web*", "", "\"web*\"", "null" }, { "not", "web3", "", "\"web3\"", "null" },
	{ "exclusive", "yes", "no", "true", "false" }, { "worker", "h1", "", "\"h1\"", "null" },
	{ "where", "h1", "", "\"h1\"", "null" },
	{ "submitted", "2026-11-23T10:58:30Z", "2026-11-23T12:00:00Z",
	    "\"2026-11-23T10:58:30.000Z\"", "\"2026-11-23T12:00:00.000Z\"" },
	{ "begin", "2026-11-23T11:58:20Z", "", "\"2026-11-23T11:58:20.000Z\"", "null" },
	{ "start", "", "2026-11-23T12:00:05Z", "null", "\"2026-11-23T12:00:05.000Z\"" },
	{ "started", "2026-11-23T11:58:30Z", "", "\"2026-11-23T11:58:30.000Z\"", "null" },
	{ "ended", "2026-11-23T11:59:30Z", "", "\"2026-11-23T11:59:30.000Z\"", "null" },
	{ "deadline", "2026-11-23T12:00:01Z", "", "\"2026-11-23T12:00:01.000Z\"", "null" },
	{ "retry", "2026-11-23T12:00:02Z", "", "\"2026-11-23T12:00:02.000Z\"", "null" },
	{ "exit", "SIG9", "", "\"SIG9\"", "null" }, { "try", "2/5", "0/1", "\"2/5\"", "\"0/1\"" },
	{ "tags", "{\"a\":1}", "", "\"{\\\"a\\\":1}\"", "null" },
	{ "command", "sleep 1", "", "\"sleep 1\"", "null" },
	{ "array", "0", "0", "0", "0" }, { "index", "0", "0", "0", "0" },
	{ "indices", "1-3", "", "\"1-3\"", "null" },
	{ "elements", "", "", "null", "null" },
	/* columns under their own names */
	{ "job_id", "7", "0", "7", "0" }, { "hold", "0", "0", "0", "0" },
	{ "exit_code", "", "", "null", "null" }, { "signal", "9", "", "9", "null" },
	{ "cpu_limit", "no", "no", "false", "false" },
	{ "retry_policy", "immediate", "immediate", "\"immediate\"", "\"immediate\"" },
};

static const struct shown execs[] = {
	{ "exec", "3", "0", "3", "0" }, { "try", "2", "0", "2", "0" },
	{ "worker", "h1", "", "\"h1\"", "null" },
	{ "state", "failed", "queued", "\"failed\"", "\"queued\"" },
	{ "reason", "Timeout", "", "\"Timeout\"", "null" },
	{ "class", "timeout", "", "\"timeout\"", "null" },
	{ "exit", "3", "", "\"3\"", "null" },
	{ "started", "2026-11-23T11:58:59Z", "", "\"2026-11-23T11:58:59.000Z\"", "null" },
	{ "ended", "2026-11-23T11:59:59Z", "", "\"2026-11-23T11:59:59.000Z\"", "null" },
	{ "time", "01:00", "", "60", "null" }, { "cpu", "1.5", "0", "\"1.5\"", "\"0\"" },
	{ "out", "10", "0", "10", "0" }, { "err", "20", "0", "20", "0" },
	{ "gpus", "0,2", "", "\"0,2\"", "null" },
	{ "limits", "cgroup2", "", "\"cgroup2\"", "null" },
	{ "late", "fenced", "", "\"fenced\"", "null" },
	{ "message", "late", "", "\"late\"", "null" }, { "maxrss", "2M", NULL, "\"2M\"", NULL },
	{ "duration_ms", "60000", "0", "60000", "0" },
	{ "cpu_seconds", "00:01", NULL, "1.5", "null" },
};

static const struct shown workers[] = {
	{ "name", "h1", "", "\"h1\"", "null" }, { "type", "vm", "", "\"vm\"", "null" },
	{ "state", "draining", "active", "\"draining\"", "\"active\"" },
	{ "health", "degraded", "healthy", "\"degraded\"", "\"healthy\"" },
	{ "cpus", "0.5/8", "", "\"0.5/8\"", "null" }, { "mem", "0/2G", "", "\"0/2G\"", "null" },
	{ "disk", "1G/1G", "", "\"1G/1G\"", "null" }, { "gpus", "1/4", "", "\"1/4\"", "null" },
	{ "gputype", "a100", "", "\"a100\"", "null" },
	{ "bw", "100/1000", "", "\"100/1000\"", "null" },
	{ "res", "fpga=2", "", "\"fpga=2\"", "null" },
	{ "resfree", "fpga=0", "", "\"fpga=0\"", "null" },
	{ "region", "eu", "", "\"eu\"", "null" }, { "zone", "a", "", "\"a\"", "null" },
	{ "labels", "{\"ssd\":\"yes\"}", "", "\"{\\\"ssd\\\":\\\"yes\\\"}\"", "null" },
	{ "running", "3", "0", "3", "0" },
	{ "heartbeat", "2026-11-23T12:00:00Z", "", "\"2026-11-23T12:00:00.000Z\"", "null" },
	{ "since", "2026-11-23T11:59:59Z", "", "\"2026-11-23T11:59:59.000Z\"", "null" },
	{ "heard", "00:00", "", "0", "null" },
	{ "rtt", "12ms", "", "\"12ms\"", "null" }, { "clock", "-3ms", "", "\"-3ms\"", "null" },
	{ "round_trip_ms", "12", "", "12", "null" },
	{ "skew", "0.1, not " JOB_VERSION, "", "\"0.1, not " JOB_VERSION "\"", "null" },
	{ "reason", "slow", "", "\"slow\"", "null" },
	{ "version", "0.1", "", "\"0.1\"", "null" }, { "limits", "none", "", "\"none\"", "null" },
	{ "total_cpu_cores", "8", "0", "8", "0" }, { "total_memory_gb", "2G", "", "2", "0" },
};

static void text_is(const struct field_set *set, const char *name, const void *row,
    const char *want, const char *which)
{
	struct chosen c;
	struct buf b;
	struct err e = { .text = "" };

	if (!ok(chosen_parse(set, name, &c, &e) == 0, "field %s %s", name, e.text))
		return;
	buf_init(&b, 1000);
	is_int(pick_text(&c.fields[0], &st, row, &b), 0, "%s, %s: shows", name, which);
	is_str(b.len ? b.data : "", want, "%s, %s: text", name, which);
	buf_release(&b);
	chosen_release(&c);
}

static void json_is(const struct field_set *set, const char *name, const void *row,
    const char *want, const char *which)
{
	char *text = NULL, whole[200];
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);
	struct chosen c;
	struct json j;

	json_init(&j, f);
	chosen_parse(set, name, &c, NULL);
	chosen_json(&c, &st, row, &j);
	fclose(f);
	snprintf(whole, sizeof(whole), "{\"%s\":%s}", name, want);
	is_str(text, whole, "%s, %s: JSON", name, which);
	chosen_release(&c);
	free(text);
}

static void check_set(const struct field_set *set, const struct shown *rows, size_t n,
    const void *full, const void *empty)
{
	for (size_t i = 0; i < n; i++) {
		text_is(set, rows[i].field, full, rows[i].full, "full");
		json_is(set, rows[i].field, full, rows[i].json, "full");
		if (rows[i].empty != NULL)
			text_is(set, rows[i].field, empty, rows[i].empty, "empty");
		if (rows[i].json_empty != NULL)
			json_is(set, rows[i].field, empty, rows[i].json_empty, "empty");
	}
	/* No field without its line above. */
	for (const struct field *f = set->fields; f->name; f++) {
		bool seen = false;

		for (size_t i = 0; i < n; i++)
			seen |= strcmp(rows[i].field, f->name) == 0;
		ok(seen, "%s is looked at", f->name);
	}
}

#define N(a) (sizeof(a) / sizeof((a)[0]))

/* ---- what depends on the state */

static void check_where(void)
{
	static const struct { int64_t status, reason; const char *worker, *want; } rows[] = {
		{ JOB_QUEUED, REASON_PRIORITY, NULL, "(Priority)" },
		{ JOB_QUEUED, REASON_NODE_LOST, "h1", "(NodeLost)" },
		{ JOB_QUEUED, REASON_NONE, NULL, "" }, { JOB_QUEUED, 999, NULL, "" },
		{ JOB_SCHEDULED, REASON_NONE, "h1", "h1" },
		{ JOB_RUNNING, REASON_NONE, "h2", "h2" },
		{ JOB_CANCELLED, REASON_BY_USER, NULL, "(ByUser)" },
	};

	for (size_t i = 0; i < N(rows); i++) {
		struct job_row row = { .status = rows[i].status, .reason = rows[i].reason,
		    .worker = rows[i].worker };

		text_is(&job_fields, "where", &row, rows[i].want, "by state");
	}
}

static void check_exit(void)
{
	static const struct { int64_t exit_code, signal; const char *want; } ends[] = {
		{ -1, -1, "" }, { 0, -1, "0" }, { 255, -1, "255" }, { -1, 15, "SIG15" },
		{ 3, 9, "SIG9" }, { 0, 0, "0" },
	};

	for (size_t i = 0; i < N(ends); i++) {
		struct job_row row = { .exit_code = ends[i].exit_code, .signal = ends[i].signal };
		struct exec_row x = { .exit_code = ends[i].exit_code, .signal = ends[i].signal };

		text_is(&job_fields, "exit", &row, ends[i].want, "of a job");
		text_is(&exec_fields, "exit", &x, ends[i].want, "of an execution");
	}
}

static void check_times(void)
{
	static const struct { struct job_row row; const char *time, *waited; } rows[] = {
		{ { .status = JOB_RUNNING, .started_at = NOON - 5000, .created_at = NOON - 6000 },
		    "00:05", "00:01" },
		{ { .status = JOB_RUNNING, .started_at = NOON + 5000, .created_at = NOON - 6000 },
		    "00:00", "00:11" },
		{ { .status = JOB_QUEUED, .created_at = NOON + 6000 }, "", "00:00" },
		{ { .status = JOB_QUEUED, .created_at = NOON - 60000 }, "", "01:00" },
		{ { .status = JOB_CANCELLED, .created_at = NOON - 60000,
		    .completed_at = NOON - 50000 }, "", "00:10" },
	};
	struct exec_row x = { .started_at = NOON - 2000 };

	for (size_t i = 0; i < N(rows); i++) {
		text_is(&job_fields, "time", &rows[i].row, rows[i].time, "a time");
		text_is(&job_fields, "waited", &rows[i].row, rows[i].waited, "a wait");
	}
	text_is(&exec_fields, "time", &x, "00:02", "one that runs");
	x.started_at = NOON + 2000;
	text_is(&exec_fields, "time", &x, "00:00", "one of a clock ahead");
	x.completed_at = NOON + 2000;
	text_is(&exec_fields, "time", &x, "00:00", "one that ended at once");
}

/* ---- order */

static void sorts(const char *keys, const char *want)
{
	static const struct job_row rows[3] = {
		{ .id = 1, .attempts = 10, .created_at = NOON - 1000, .started_at = NOON },
		{ .id = 2, .attempts = 9, .created_at = NOON - 9000, .started_at = NOON },
		{ .id = 3, .attempts = 9, .created_at = NOON - 5000, .uuid = { .b = { 9 } } },
	};
	const void *list[3] = { &rows[0], &rows[1], &rows[2] };
	struct order o;
	char got[8] = "";

	is_int(order_parse(&job_fields, keys, &o, NULL), 0, "-S %s", keys);
	order_sort(&o, &st, list, 3);
	for (int i = 0; i < 3; i++)
		got[i] = (char)('0' + ((const struct job_row *)list[i])->id);
	is_str(got, want, "-S %s: the order", keys);
	order_sort(&o, &st, list, 0);
}

static void check_order(void)
{
	sorts("try", "231");
	sorts("try-", "123");
	sorts("try-,id-", "132");
	sorts("waited", "132");
	sorts("waited-", "231");
	sorts("uuid-", "312");
	sorts("uuid,id-", "213");
	sorts("submitted", "231");
	sorts("try,id", "231");
}

/* Arrays and their elements beside other jobs. */
static void check_arrays(void)
{
	struct job_row array = { .id = 7, .array_id = 7, .array_states = "queued=1,failed=2",
	    .status = JOB_QUEUED, .reason = REASON_HELD, .exit_code = -1, .signal = -1 };
	struct job_row element = { .id = 9, .array_id = 7, .array_index = 30, .worker = "h1",
	    .status = JOB_RUNNING, .exit_code = -1, .signal = -1 };

	text_is(&job_fields, "id", &array, "7", "an array");
	text_is(&job_fields, "elements", &array, "PD 1, F 2", "an array");
	text_is(&job_fields, "where", &array, "(Held) PD 1, F 2", "that waits");
	array.status = JOB_RUNNING;
	text_is(&job_fields, "where", &array, "PD 1, F 2", "that runs");
	text_is(&job_fields, "id", &element, "7_30", "an element");
	json_is(&job_fields, "id", &element, "9", "an element");
	text_is(&job_fields, "where", &element, "h1", "an element");
}

int main(void)
{
	check_set(&job_fields, jobs, N(jobs), &full_job, &empty_job);
	check_set(&exec_fields, execs, N(execs), &full_exec, &empty_exec);
	check_set(&worker_fields, workers, N(workers), &full_worker, &empty_worker);
	check_where();
	check_exit();
	check_times();
	check_order();
	check_arrays();
	return tap_done();
}
