/*
 * jobdoc, outcome: the JSON of a job, of its parts that may be absent, of a worker
 * and of the answers to a control request, to the byte.
 */
#include "cli/jobdoc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/outcome.h"
#include "tap.h"

#define NOON INT64_C(1795435200000)
#define N(a) (sizeof(a) / sizeof((a)[0]))

static const struct job_row small = { .id = 5, .name = "n", .exit_code = -1, .signal = -1,
    .created_at = NOON };

static char *doc(const struct jobdoc *d)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);
	struct json j;

	json_init(&j, f);
	jobdoc_write(&j, d);
	fclose(f);
	return text;
}

static void has(const char *text, const char *part, const char *what)
{
	ok(strstr(text, part) != NULL, "%s: %s", what, part);
}

/* ---- the groups and what is computed */

static void check_small(void)
{
	static const char *const parts[] = {
		"{\"job_id\":5,\"job_uuid\":null,\"user\":null,",
		"\"resources\":{\"cpu_cores\":0,\"memory_gb\":0,\"disk_gb\":0,\"gpu_count\":0,"
		    "\"bandwidth_mbps\":0}",
		"\"scheduling\":{\"priority\":0,\"max_execution_time\":null,\"begin_at\":null,"
		    "\"timeout_seconds\":null}",
		"\"retry\":{\"max_retries\":0,\"retry_policy\":\"immediate\","
		    "\"retry_delay_seconds\":null}",
		"\"rerun_of\":null", "\"caused_by\":null", "\"status\":\"queued\"",
		"\"reason\":null", "\"exit_code\":null", "\"estimated_start_time\":null",
		"\"max_retries\":0,\"execution_count\":0", "\"tags\":{},\"array\":null}",
	};
	static const char *const never[] = { "\"launch\"", "spec_hash", "stopping", "executions",
	    "dependencies", "current_execution" };
	struct jobdoc d = { .row = &small, .now = NOON };
	char *text = doc(&d);

	for (size_t i = 0; i < N(parts); i++)
		has(text, parts[i], "a job that has only been submitted");
	for (size_t i = 0; i < N(never); i++)
		ok(strstr(text, never[i]) == NULL, "%s does not stand there", never[i]);
	is_int(text[strlen(text) - 1], '}', "it ends");
	free(text);
}

static void check_numbers(void)
{
	struct job_row row = small;
	struct jobdoc d = { .row = &row, .now = NOON };
	char *text;

	row.cpus = 1;
	row.mem = 1;
	row.disk = 1024;
	row.gpus = 3;
	row.bw = 100;
	row.time_limit = 1500;
	row.begin_at = NOON + 1;
	row.deadline_at = NOON + 3600001;
	row.rerun_of = 3;
	row.caused_by = 4;
	row.exit_code = 0;
	row.signal = 15;
	row.max_retries = 2;
	row.retry_delay = 60000;
	row.retry_policy = RETRY_FIXED;
	row.no_requeue = 1;
	text = doc(&d);
	has(text, "\"cpu_cores\":0.001,\"memory_gb\":0.0009765625,\"disk_gb\":1,\"gpu_count\":3,"
	    "\"bandwidth_mbps\":100}", "exact resources");
	has(text, "\"max_execution_time\":1.5,\"begin_at\":\"2026-11-23T12:00:00.001Z\","
	    "\"timeout_seconds\":3600.001}", "times");
	has(text, "\"retry\":{\"max_retries\":2,\"retry_policy\":\"fixed\"", "retries");
	has(text, "\"rerun_of\":3", "an origin");
	has(text, "\"caused_by\":4", "a cause");
	has(text, "\"exit_code\":0,\"signal\":15", "an exit status of 0 is one");
	has(text, "\"no_requeue\":true", "a flag");
	free(text);
}

static void check_tags(void)
{
	static const struct { const char *tags, *want; } tags[] = {
		{ NULL, "\"tags\":{}" }, { "", "\"tags\":{}" }, { "[1]", "\"tags\":{}" },
		{ "null", "\"tags\":{}" }, { "{\"a\":\"b\"}", "\"tags\":{\"a\":\"b\"}" },
	};

	for (size_t i = 0; i < N(tags); i++) {
		struct job_row row = small;
		struct jobdoc d = { .row = &row };
		char *text;

		row.tags = tags[i].tags;
		text = doc(&d);
		has(text, tags[i].want, "tags");
		free(text);
	}
}

static void check_hostile(void)
{
	struct job_row row = small;
	struct jobdoc d = { .row = &row };
	char *text;

	row.name = "a\"b\\c\n\033\x01\xff\u00e9";
	text = doc(&d);
	has(text, "\"job_name\":\"a\\\"b\\\\c\\n\\u001b\\u0001\xef\xbf\xbd\u00e9\"", "a name");
	for (const char *p = text; *p; p++) {
		if ((unsigned char)*p < ' ')
			ok(false, "a control byte %d in JSON", *p);
	}
	free(text);
}

/* ---- executions and dependencies */

static void url(void *arg, const struct exec_row *x, const char *stream, char *out, size_t size)
{
	(void)arg;
	if (x->execution == 2)
		snprintf(out, size, "file:///%s", stream);
}

static void more(void *arg, struct json *j)
{
	(void)arg;
	json_int(j, "more", 1);
}

static void check_execs(void)
{
	static const struct exec_row execs[2] = {
		{ .job_id = 5, .execution = 1, .attempt = 1, .worker = "h1", .status = JOB_FAILED,
		    .reason = REASON_TIMEOUT, .cause = END_TIMEOUT, .error_class = CLASS_TIMEOUT,
		    .exit_code = -1, .signal = 15, .started_at = NOON - 9000,
		    .completed_at = NOON - 5000, .duration = 4000, .cpu_ms = 1250, .max_rss = 512 },
		{ .job_id = 5, .execution = 2, .attempt = 2, .worker = "h2", .status = JOB_RUNNING,
		    .cause = -1, .error_class = -1, .exit_code = -1, .signal = -1,
		    .started_at = NOON - 1000 },
	};
	struct jobdoc d = { .row = &small, .has_execs = true, .list_execs = true, .execs = execs,
	    .nexecs = 2, .log_url = url, .more = more, .now = NOON };
	char *text = doc(&d);

	has(text, "\"current_execution\":{\"execution_id\":\"5.2\",\"attempt\":2,"
	    "\"worker_node_id\":\"h2\",\"status\":\"running\","
	    "\"started_at\":\"2026-11-23T11:59:59.000Z\",\"duration_ms\":1000}", "the last");
	has(text, "\"executions\":[{\"execution_id\":\"5.1\",\"attempt\":1,", "all");
	has(text, "\"reason\":\"Timeout\",\"cause\":\"timeout\",\"error_class\":\"timeout\","
	    "\"exit_code\":null,\"signal\":15", "how the first ended");
	has(text, "\"duration_ms\":4000,\"cpu_seconds\":1.25", "what it used");
	has(text, "\"max_rss_mb\":0.5,\"stdout_log_url\":null,\"stderr_log_url\":null},{",
	    "memory");
	has(text, "\"max_rss_mb\":null,\"stdout_log_url\":\"file:///stdout\","
	    "\"stderr_log_url\":\"file:///stderr\"}],\"more\":1}", "where its output is");
	free(text);
	d.log_url = NULL;
	d.list_execs = false;
	text = doc(&d);
	ok(strstr(text, "\"executions\"") == NULL, "without the list");
	has(text, "\"current_execution\":{", "the last stays");
	free(text);
	d.nexecs = 0;
	d.list_execs = true;
	text = doc(&d);
	has(text, "\"current_execution\":null,\"executions\":[],\"more\":1}", "none at all");
	free(text);
}

static void check_durations(void)
{
	static const struct { int64_t started, completed, duration; const char *want; } rows[] = {
		{ 0, 0, 0, "\"duration_ms\":null" }, { NOON - 7, 0, 0, "\"duration_ms\":7" },
		{ NOON + 7, 0, 0, "\"duration_ms\":0" }, { NOON - 7, NOON, 0, "\"duration_ms\":0" },
		{ NOON - 7, NOON, 6, "\"duration_ms\":6" },
	};

	for (size_t i = 0; i < N(rows); i++) {
		struct exec_row x = { .execution = 1, .started_at = rows[i].started,
		    .completed_at = rows[i].completed, .duration = rows[i].duration };
		struct jobdoc d = { .row = &small, .has_execs = true, .execs = &x, .nexecs = 1,
		    .now = NOON };
		char *text = doc(&d);

		has(text, rows[i].want, "a duration");
		free(text);
	}
}

static void check_deps(void)
{
	static const struct dep_row deps[] = { { 5, 1, DEP_OK, DEP_SATISFIED, 0, 0 },
	    { 5, 2, DEP_NOTOK, DEP_OPEN, 0, 0 },
	    { 5, 3, DEP_ANY, DEP_IMPOSSIBLE, 0, 0 }, { 5, 4, 9, 9, 0, 0 } };
	struct jobdoc d = { .row = &small, .has_deps = true, .deps = deps, .ndeps = 4 };
	char *text = doc(&d);

	has(text, "\"dependencies\":["
	    "{\"job_id\":1,\"dependency_type\":\"success\",\"state\":\"satisfied\"},"
	    "{\"job_id\":2,\"dependency_type\":\"failure\",\"state\":\"open\"},"
	    "{\"job_id\":3,\"dependency_type\":\"completion\",\"state\":\"impossible\"},"
	    "{\"job_id\":4,\"dependency_type\":null,\"state\":null}]}", "dependencies");
	free(text);
	d.ndeps = 0;
	text = doc(&d);
	has(text, "\"dependencies\":[]}", "none");
	free(text);
}

static void check_worker(void)
{
	static const struct worker_row w = { .name = "h1", .cpus = 8000, .mem = 1536,
	    .status = WORKER_DRAINING, .last_heartbeat = NOON };
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);
	struct json j;

	json_init(&j, f);
	workerdoc_write(&j, &w);
	fclose(f);
	is_int(strncmp(text, "{\"node_id\":\"h1\",\"node_type\":null,\"total_cpu_cores\":8,"
	    "\"total_memory_gb\":1.5,", 75), 0, "a worker: %s", text);
	has(text, "\"status\":\"draining\",\"health_status\":\"healthy\"", "its state");
	ok(strstr(text, "journal") == NULL, "its journal is its own");
	free(text);
}

/* ---- URLs */

static void check_urls(void)
{
	static const struct { const char *path, *url; } urls[] = {
		{ "/a/b.log", "file:///a/b.log" }, { "/a b", "file:///a%20b" },
		{ "/100%", "file:///100%25" }, { "/?#", "file:///%3F%23" },
		{ "/\"<>\\^`{|}", "file:///%22%3C%3E%5C%5E%60%7B%7C%7D" },
		{ "/\n\x7f", "file:///%0A%7F" }, { "/\u00e9", "file:///%C3%A9" },
		{ "", "file://" }, { "/~a-_.!*'()", "file:///~a-_.!*'()" },
	};
	char out[100];

	for (size_t i = 0; i < N(urls); i++) {
		is_int(path_url(urls[i].path, out, sizeof(out)), 0, "'%s'", urls[i].path);
		is_str(out, urls[i].url, "as a URL");
	}
	is_int(path_url("/abc", out, 12), 0, "what just fits");
	is_str(out, "file:///abc", "fits");
	for (size_t size = 2; size < 12; size++) {
		is_int(path_url("/abc", out, size), -1, "%zu bytes are too few", size);
		is_str(out, "", "nothing is left of it");
	}
}

/* ---- answers to a control request */

static void check_outcomes(void)
{
	struct outcomes o = { 0 };
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);
	struct json j;

	outcomes_add(&o, "123rest", 3, ERR_NONE, "");
	outcomes_add(&o, "x\"y", 3, ERR_NOINPUT, OUTCOME_UNKNOWN);
	outcomes_add(&o, "7", 1, ERR_PERM, "not \033yours");
	json_init(&j, f);
	outcomes_json(&o, &j);
	fclose(f);
	is_str(text, "{\"schema\":\"job/1\",\"results\":["
	    "{\"target\":\"123\",\"done\":true,\"code\":0,\"text\":null},"
	    "{\"target\":\"x\\\"y\",\"done\":false,\"code\":66,\"text\":\"no such job\"},"
	    "{\"target\":\"7\",\"done\":false,\"code\":77,\"text\":\"not \\u001byours\"}]}\n",
	    "answers as JSON");
	free(text);
	outcomes_release(&o);
	f = open_memstream(&text, &size);
	json_init(&j, f);
	outcomes_json(&o, &j);
	fclose(f);
	is_str(text, "{\"schema\":\"job/1\",\"results\":[]}\n", "none");
	free(text);
}

int main(void)
{
	check_small();
	check_numbers();
	check_tags();
	check_hostile();
	check_execs();
	check_durations();
	check_deps();
	check_worker();
	check_urls();
	check_outcomes();
	return tap_done();
}
