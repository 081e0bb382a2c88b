/* events: what rows tell of the past, in order of time. */
#include "cli/events.h"

#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "tap.h"

#define NOON INT64_C(1795435200000)

static void put(void *arg, const struct job_event *ev)
{
	buf_addf(arg, "%" PRId64 " %s %" PRId64 " %s\n", (ev->at - NOON) / 1000, ev->name,
	    ev->exec != NULL ? ev->exec->execution : 0, ev->text);
}

static void are(const struct job_row *job, const struct exec_row *execs, size_t n,
    const char *expected, const char *what)
{
	struct buf b;

	buf_init(&b, 1 << 16);
	events_each(job, execs, n, put, &b);
	is_str(b.data, expected, "%s", what);
	buf_release(&b);
}

static void check_waiting(void)
{
	struct job_row job = { .user = "ann", .created_at = NOON, .status = JOB_QUEUED,
	    .exit_code = -1, .signal = -1 };

	are(&job, NULL, 0, "0 submitted 0 by ann\n", "one that waits");
	job.submit_host = "web";
	job.rerun_of = 4;
	job.eligible_at = NOON + 5000;
	are(&job, NULL, 0, "0 submitted 0 by ann on web, as job 4 again\n5 eligible 0 \n",
	    "one that waits for room");
	job.rerun_of = 0;
	job.schedule_id = 3;
	job.eligible_at = 0;
	job.status = JOB_CANCELLED;
	job.reason = REASON_BY_ADMIN;
	job.completed_at = NOON + 9000;
	job.changed_by = "root";
	job.changed_via = "jobcancel";
	job.detail = "no more";
	are(&job, NULL, 0, "0 submitted 0 by ann on web, as a run of schedule s3\n"
	    "9 cancelled 0 cancelled (ByAdmin), by root via jobcancel: no more\n",
	    "one that was cancelled");
	job.caused_by = 7;
	job.detail = NULL;
	are(&job, NULL, 0, "0 submitted 0 by ann on web, as a run of schedule s3\n"
	    "9 cancelled 0 cancelled (ByAdmin), because of job 7\n", "by its parent's end");
}

static void check_runs(void)
{
	struct job_row job = { .user = "ann", .created_at = NOON, .eligible_at = NOON + 21000,
	    .status = JOB_RUNNING, .exit_code = -1, .signal = -1 };
	struct exec_row x[] = {
		{ .execution = 1, .attempt = 1, .status = JOB_FAILED, .exit_code = 3,
		  .signal = -1, .reason = REASON_NONZERO_EXIT, .scheduled_at = NOON + 1000,
		  .started_at = NOON + 2000, .completed_at = NOON + 12000, .message = "oops" },
		{ .execution = 2, .attempt = 2, .status = JOB_FAILED, .exit_code = -1,
		  .signal = 9, .reason = REASON_SIGNAL, .scheduled_at = NOON + 22000,
		  .started_at = NOON + 22000, .completed_at = NOON + 23000, .limits = "none" },
	};

	are(&job, x, 1, "0 submitted 0 by ann\n1 scheduled 1 attempt 1\n2 started 1 \n"
	    "12 ended 1 failed (NonZeroExit), exit status 3: oops\n21 eligible 0 \n",
	    "between two attempts");
	job.next_retry_at = NOON + 40000;
	are(&job, x, 2, "0 submitted 0 by ann\n1 scheduled 1 attempt 1\n2 started 1 \n"
	    "12 ended 1 failed (NonZeroExit), exit status 3: oops\n21 eligible 0 \n"
	    "22 scheduled 2 attempt 2\n22 started 2 limits in force: none\n"
	    "23 ended 2 failed (Signal), signal 9 (KILL)\n40 retry 0 \n", "and behind them");
	job.next_retry_at = 0;
	job.status = JOB_FAILED;
	job.reason = REASON_SIGNAL;
	job.signal = 9;
	job.completed_at = NOON + 23000;
	are(&job, &x[1], 1, "0 submitted 0 by ann\n21 eligible 0 \n"
	    "22 scheduled 2 attempt 2\n22 started 2 limits in force: none\n"
	    "23 ended 2 failed (Signal), signal 9 (KILL)\n"
	    "23 failed 0 failed (Signal), signal 9 (KILL)\n",
	    "of the same instant: as they follow from each other");
}

int main(void)
{
	check_waiting();
	check_runs();
	return tap_done();
}
