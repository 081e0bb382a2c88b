/* sheet: a line for what is so, none for what is not, and all of them harmless. */
#include "cli/sheet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

#define NOON INT64_C(1795435200000)

static const struct style st = { .times = TIME_UTC, .now = NOON };

static char *printed(const struct sheet *s)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	sheet_print(f, s);
	fclose(f);
	return text;
}

static void check_small(void)
{
	struct job_row row = { .id = 7, .name = "small", .user = "ann", .run_as = "ann",
	    .command = "/bin/true", .queue = "default", .priority = 500, .cpus = 1000,
	    .created_at = NOON, .exit_code = -1, .signal = -1, .reason = REASON_PRIORITY };
	struct sheet s = { .style = &st, .job = &row };
	char *text = printed(&s);

	is_str(text, "Job 7  small\n"
	    "  state         queued (Priority)\n"
	    "  uuid          00000000-0000-0000-0000-000000000000\n"
	    "  user          ann\n"
	    "  command       /bin/true\n"
	    "  queue         default, priority 500\n"
	    "  needs         1 cpu\n"
	    "  submitted     2026-11-23T12:00:00Z\n"
	    "  attempts      0 of 1\n", "a job that has only been submitted");
	free(text);
}

static void check_full(void)
{
	struct job_row row = { .id = 8, .name = "full\033[31m", .user = "ann", .run_as = "bob",
	    .account = "ops", .command = "echo \033]0;x\a", .queue = "night", .priority = 900,
	    .cpus = 2500, .mem = 512, .disk = 1024, .gpus = 2, .bw = 100, .time_limit = 60000,
	    .deadline_at = NOON + 9000, .created_at = NOON - 60000, .begin_at = NOON - 30000,
	    .eligible_at = NOON - 30000, .started_at = NOON - 20000, .completed_at = NOON - 5000,
	    .status = JOB_CANCELLED, .reason = REASON_BY_USER, .exit_code = -1, .signal = 15,
	    .submit_host = "web", .submit_dir = "/home/ann", .worker = "h1", .attempts = 2,
	    .max_retries = 3, .retry_policy = RETRY_EXPONENTIAL, .retry_delay = 60000,
	    .requeue_count = 1, .tags = "{\"a\":\"b\"}", .comment = "hurry", .key = "k1",
	    .key_scope = "window", .changed_by = "ann", .changed_via = "jobcancel",
	    .detail = "ended on request", .caused_by = 3, .rerun_of = 4, .dep_any = 1,
	    .queue_timeout = 3600000, .estimate = 90000, .executions = 2 };
	struct exec_row x = { .limits = "cgroup2:memory,cpu", .completed_at = NOON - 5000,
	    .cpu_ms = 1250, .max_rss = 2048, .out_bytes = 9, .error_class = CLASS_CANCELLED,
	    .message = "killed" };
	struct dep_row deps[2] = { { 8, 5, DEP_OK, DEP_SATISFIED, 0, 0 },
	    { 8, 6, DEP_ANY, DEP_OPEN, 0, 0 } };
	struct dep_row dependents[2] = { { .job_id = 10 }, { .job_id = 11 } };
	int64_t parents[2] = { JOB_COMPLETED, -1 };
	struct sheet s = { .style = &st, .job = &row, .last = &x, .out_path = "/l/stdout.log",
	    .err_path = "/l/stderr.log", .deps = deps, .parents = parents, .ndeps = 2,
	    .dependents = dependents, .ndependents = 2 };
	char *text = printed(&s);

	is_str(text, "Job 8  full\\033[31m\n"
	    "  state         cancelled (ByUser), signal 15 (TERM)\n"
	    "  detail        ended on request\n"
	    "  error class   cancelled\n"
	    "  message       killed\n"
	    "  because of    job 3\n"
	    "  cancelled by  ann via jobcancel\n"
	    "  uuid          00000000-0000-0000-0000-000000000000\n"
	    "  user          ann, to run as bob\n"
	    "  account       ops\n"
	    "  command       echo \\033]0;x\\a\n"
	    "  queue         night, priority 900\n"
	    "  key           k1 (window)\n"
	    "  tags          {\"a\":\"b\"}\n"
	    "  comment       hurry\n"
	    "  rerun of      job 4\n"
	    "  needs         2.5 cpus, 512M memory, 1G disk, 2 gpus, 100 Mbit/s\n"
	    "  time limit    01:00 an attempt\n"
	    "  estimate      01:30\n"
	    "  queue limit   01:00:00\n"
	    "  deadline      2026-11-23T12:00:09Z\n"
	    "  in force      cgroup2:memory,cpu\n"
	    "  submitted     2026-11-23T11:59:00Z on web in /home/ann\n"
	    "  begins        2026-11-23T11:59:30Z\n"
	    "  eligible      2026-11-23T11:59:30Z\n"
	    "  started       2026-11-23T11:59:40Z\n"
	    "  ended         2026-11-23T11:59:55Z, after 00:15\n"
	    "  worker        h1\n"
	    "  attempts      2 of 4, exponential_backoff from 01:00, requeued 1 time\n"
	    "  used          1.250 s of cpu, 2M of memory at most\n"
	    "  output        /l/stdout.log (9 bytes)\n"
	    "  needs first   success of job 5 (completed): satisfied\n"
	    "                completion of job 6 (not known any more): open\n"
	    "                one of these is enough\n"
	    "  needed by     10 11\n", "a job of which everything is known");
	free(text);
}

static void check_state(void)
{
	static const struct { struct job_row row; const char *want; } states[] = {
		{ { .status = JOB_RUNNING, .exit_code = -1, .signal = -1 }, "running" },
		{ { .status = JOB_RUNNING, .stopping = REASON_TIMEOUT, .exit_code = -1,
		    .signal = -1 }, "running, being ended (Timeout)" },
		{ { .status = JOB_COMPLETED, .exit_code = 0, .signal = -1 },
		    "completed, exit status 0" },
		{ { .status = JOB_FAILED, .reason = REASON_SIGNAL, .exit_code = -1, .signal = 9 },
		    "failed (Signal), signal 9 (KILL)" },
		{ { .status = JOB_QUEUED, .reason = REASON_RETRY_WAIT, .exit_code = 3,
		    .signal = -1 }, "queued (RetryWait)" },
		{ { .status = 50, .exit_code = -1, .signal = -1 }, "unknown" },
	};

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		struct buf b;

		buf_init(&b, 200);
		sheet_state(&states[i].row, &b);
		is_str(b.data, states[i].want, "%s", states[i].want);
		buf_release(&b);
	}
}

static void check_many(void)
{
	struct job_row row = { .id = 1, .exit_code = -1, .signal = -1 };
	struct dep_row dependents[50];
	struct sheet s = { .style = &st, .job = &row, .dependents = dependents,
	    .ndependents = 50 };
	char *text;

	for (int i = 0; i < 50; i++)
		dependents[i] = (struct dep_row){ .job_id = 100 + i };
	text = printed(&s);
	ok(strstr(text, "needed by     100 101 ") && strstr(text, " 119 and 30 more\n"),
	    "of many dependents some are named");
	ok(strncmp(text, "Job 1  \n", 8) == 0, "a job without a name");
	free(text);
}

int main(void)
{
	check_small();
	check_full();
	check_state();
	check_many();
	return tap_done();
}
