/* json, jobdoc: the documents that scripts read, letter by letter. */
#include "cli/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/jobdoc.h"
#include "tap.h"

#define NOON INT64_C(1795435200000)

static char *text;
static size_t size;

static struct json open_text(void)
{
	struct json j;

	free(text);
	text = NULL;
	json_init(&j, open_memstream(&text, &size));
	return j;
}

static const char *close_text(struct json *j)
{
	fclose(j->out);
	return text;
}

static void check_writer(void)
{
	struct json j = open_text();

	json_object(&j, NULL);
	json_str(&j, "text", "a\"b\\c\n\033\xff");
	json_str(&j, "none", NULL);
	json_strn(&j, "bytes", "x\0y", 3);
	json_int(&j, "int", -5);
	json_bool(&j, "yes", true);
	json_array(&j, "list");
	json_int(&j, NULL, 1);
	json_object(&j, NULL);
	json_end(&j);
	json_array(&j, NULL);
	json_end(&j);
	json_end(&j);
	json_time(&j, "at", NOON + 7);
	json_time(&j, "never", 0);
	json_raw(&j, "raw", "{}");
	json_end(&j);
	json_newline(&j);
	is_str(close_text(&j), "{\"text\":\"a\\\"b\\\\c\\n\\u001b\xef\xbf\xbd\",\"none\":null,"
	    "\"bytes\":\"x\\u0000y\",\"int\":-5,\"yes\":true,\"list\":[1,{},[]],"
	    "\"at\":\"2026-11-23T12:00:00.007Z\",\"never\":null,\"raw\":{}}\n", "a document");
	j = open_text();
	json_open_list(&j, "jobs");
	json_int(&j, NULL, 1);
	json_int(&j, NULL, 2);
	json_close_list(&j);
	is_str(close_text(&j), "{\"schema\":\"job/1\",\"jobs\":[1,2]}\n", "a list with its schema");
}

static void check_lines(void)
{
	struct json j = open_text();

	j.lines = true;
	json_open_list(&j, "jobs");
	json_object(&j, NULL);
	json_int(&j, "a", 1);
	json_object(&j, "none");
	json_end(&j);
	json_end(&j);
	json_int(&j, NULL, 2);
	json_close_list(&j);
	is_str(close_text(&j), "{\n  \"schema\": \"job/1\",\n  \"jobs\": [\n    {\n"
	    "      \"a\": 1,\n      \"none\": {}\n    },\n    2\n  ]\n}\n",
	    "a member a line");
}

static void check_numbers(void)
{
	struct json j = open_text();

	json_array(&j, NULL);
	json_thousandths(&j, NULL, 0);
	json_thousandths(&j, NULL, 1500);
	json_thousandths(&j, NULL, 1);
	json_thousandths(&j, NULL, -2050);
	json_thousandths(&j, NULL, INT64_MIN);
	json_1024ths(&j, NULL, 1024);
	json_1024ths(&j, NULL, 1536);
	json_1024ths(&j, NULL, 1);
	json_end(&j);
	is_str(close_text(&j), "[0,1.5,0.001,-2.05,-9223372036854775.808,1,1.5,0.0009765625]",
	    "fractions are exact");
}

/* ---- documents */

static struct job_row a_job(void)
{
	struct job_row row = { .id = 12, .user = "ann", .name = "night\"ly", .command = "true",
	    .type = "batch", .env_type = "vm", .cpus = 500, .mem = 1536, .priority = 700,
	    .time_limit = 90000, .created_at = NOON, .deadline_at = NOON + 60500,
	    .max_retries = 3, .retry_policy = RETRY_FIXED, .retry_delay = 1000,
	    .status = JOB_RUNNING, .exit_code = -1, .signal = -1, .executions = 2,
	    .tags = "{\"a\":\"b\"}", .spec_hash = "hidden", .launch_hash = "hidden" };

	return row;
}

static bool holds(const char *part)
{
	return strstr(text, part) != NULL;
}

/* Depth in brackets, outside of strings: 0 at the end of what is whole. */
static int balance(const char *s)
{
	int depth = 0;
	bool quoted = false;

	for (; *s; s++) {
		if (quoted && *s == '\\')
			s++;
		else if (*s == '"')
			quoted = !quoted;
		else if (!quoted)
			depth += (*s == '{' || *s == '[') - (*s == '}' || *s == ']');
	}
	return quoted ? -1 : depth;
}

static void check_short(void)
{
	struct job_row row = a_job();
	struct jobdoc d = { .row = &row, .now = NOON };
	struct json j = open_text();

	jobdoc_write(&j, &d);
	close_text(&j);
	is_int(balance(text), 0, "a job's document is whole");
	ok(holds("{\"job_id\":12,"), "begins with its id");
	ok(holds("\"job_name\":\"night\\\"ly\"") && holds("\"status\":\"running\"") &&
	    holds("\"reason\":null") && holds("\"exit_code\":null"), "its own columns");
	ok(holds("\"resources\":{\"cpu_cores\":0.5,\"memory_gb\":1.5,\"disk_gb\":0,\"gpu_count\":0,"
	    "\"bandwidth_mbps\":0}"), "resources");
	ok(holds("\"scheduling\":{\"priority\":700,\"max_execution_time\":90,\"begin_at\":null,"
	    "\"timeout_seconds\":60.5}"), "scheduling");
	ok(holds("\"retry\":{\"max_retries\":3,\"retry_policy\":\"fixed\","
	    "\"retry_delay_seconds\":1}"), "retry");
	ok(holds("\"max_retries\":3,\"execution_count\":2,\"estimated_start_time\":null,"
	    "\"tags\":{\"a\":\"b\"}"), "what stands at the top besides");
	ok(holds("\"created_at\":\"2026-11-23T12:00:00.000Z\"") && holds("\"rerun_of\":null") &&
	    holds("\"completed_at\":null"), "instants and what is not so");
	ok(!holds("hidden") && !holds("launch"), "nothing that is hidden");
	ok(!holds("executions\"") && !holds("current_execution") && !holds("dependencies"),
	    "nothing that was not asked for");
	ok(!strstr(strstr(text, "\"priority\"") + 1, "\"priority\""), "no name twice");
}

static void url(void *arg, const struct exec_row *x, const char *stream, char *out, size_t n)
{
	(void)arg;
	if (x->execution == 2)
		snprintf(out, n, "file:///log/%s", stream);
}

static void more(void *arg, struct json *j)
{
	json_str(j, "more", arg);
}

static void check_full(void)
{
	struct job_row row = a_job();
	struct dep_row deps[2] = { { 12, 7, DEP_OK, DEP_SATISFIED, 0, 0 },
	    { 12, 8, DEP_ANY, DEP_OPEN, 0, 0 } };
	struct exec_row x[2] = {
		{ .job_id = 12, .execution = 1, .attempt = 1, .worker = "h1", .status = JOB_FAILED,
		    .reason = REASON_NONZERO_EXIT, .cause = END_EXIT, .error_class = CLASS_ERROR,
		    .exit_code = 3, .signal = -1, .started_at = NOON, .completed_at = NOON + 2500,
		    .duration = 2500, .cpu_ms = 1250, .max_rss = 3072, .message = "exit 3" },
		{ .job_id = 12, .execution = 2, .attempt = 2, .worker = "h2", .status = JOB_RUNNING,
		    .cause = -1, .error_class = -1, .exit_code = -1, .signal = -1,
		    .started_at = NOON + 5000 },
	};
	struct jobdoc d = { .row = &row, .has_deps = true, .deps = deps, .ndeps = 2,
	    .has_execs = true, .execs = x, .nexecs = 2, .list_execs = true, .log_url = url,
	    .more = more, .arg = (void *)(uintptr_t)"x", .now = NOON + 6000 };
	struct json j = open_text();

	jobdoc_write(&j, &d);
	close_text(&j);
	is_int(balance(text), 0, "a full document is whole");
	ok(holds("\"dependencies\":[{\"job_id\":7,\"dependency_type\":\"success\","
	    "\"state\":\"satisfied\"},{\"job_id\":8,\"dependency_type\":\"completion\","
	    "\"state\":\"open\"}]"), "dependencies");
	ok(holds("\"current_execution\":{\"execution_id\":\"12.2\",\"attempt\":2,"
	    "\"worker_node_id\":\"h2\",\"status\":\"running\","
	    "\"started_at\":\"2026-11-23T12:00:05.000Z\",\"duration_ms\":1000}"),
	    "the current execution, and how long it runs by now");
	ok(holds("\"executions\":[{\"execution_id\":\"12.1\",\"attempt\":1,"), "all executions");
	ok(holds("\"error_class\":\"error\",\"exit_code\":3,\"signal\":null,"
	    "\"error_message\":\"exit 3\"") && holds("\"duration_ms\":2500,\"cpu_seconds\":1.25") &&
	    holds("\"max_rss_mb\":3"), "how one ended and what it used");
	ok(holds("\"stdout_log_url\":null,\"stderr_log_url\":null}") &&
	    holds("\"stdout_log_url\":\"file:///log/stdout\""), "where they wrote");
	ok(holds(",\"more\":\"x\"}"), "and what the program adds");

	row.tags = "not an object";
	d = (struct jobdoc){ .row = &row, .has_execs = true };
	j = open_text();
	jobdoc_write(&j, &d);
	close_text(&j);
	ok(holds("\"tags\":{}") && holds("\"current_execution\":null"), "without any, none");
}

static void check_worker(void)
{
	struct worker_row w = { .name = "h1", .cpus = 8000, .free_cpus = 1500, .mem = 2048,
	    .status = WORKER_DRAINING, .reason = "new kernel", .last_heartbeat = NOON };
	struct json j = open_text();

	workerdoc_write(&j, &w);
	close_text(&j);
	is_int(balance(text), 0, "a worker's document is whole");
	ok(holds("{\"node_id\":\"h1\"") && holds("\"total_cpu_cores\":8,") &&
	    holds("\"available_cpu_cores\":1.5,") && holds("\"total_memory_gb\":2,") &&
	    holds("\"status\":\"draining\"") && holds("\"reason\":\"new kernel\""), "its columns");
}

static void check_url(void)
{
	char out[100], tiny[10];

	is_int(path_url("/log/a b%c#d?\xc3\xa9", out, sizeof(out)), 0, "a path as a URL");
	is_str(out, "file:///log/a%20b%25c%23d%3F%C3%A9", "with its bytes escaped");
	is_int(path_url("/log", tiny, sizeof(tiny)), -1, "one that does not fit");
	is_str(tiny, "", "is none");
}

int main(void)
{
	check_writer();
	check_lines();
	check_numbers();
	check_short();
	check_full();
	check_worker();
	check_url();
	free(text);
	return tap_done();
}
