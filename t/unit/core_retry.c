/*
 * The delay before a retry (SPEC 2.5), and what each end of an execution makes of
 * its class, its job's status and reason.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "corelib.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static int64_t usual_delay(int64_t job, int64_t attempt)
{
	return retry_delay(RETRY_EXPONENTIAL, 60000, 3600000, 10, attempt - 1, job, attempt);
}

static void test_vectors(void)
{
	static const struct {
		int64_t job, attempt, delay;
	} vectors[] = {
		{ 1, 1, 62233 }, { 1, 2, 127247 }, { 1, 3, 248657 }, { 42, 1, 62745 },
		{ 42, 2, 122363 }, { 100000, 7, 3732628 },
	};
	size_t i;

	for (i = 0; i < COUNT(vectors); i++)
		is_int(usual_delay(vectors[i].job, vectors[i].attempt), vectors[i].delay,
		    "delay of job %" PRId64 " after attempt %" PRId64, vectors[i].job,
		    vectors[i].attempt);
}

static void test_policies(void)
{
	int64_t n, job, worst = 0, least = INT64_MAX;

	is_int(retry_delay(RETRY_IMMEDIATE, 60000, 3600000, 10, 3, 1, 4), 0, "immediate is 0");
	for (n = 0; n < 5; n++)
		is_int(retry_delay(RETRY_FIXED, 5000, 3600000, 0, n, 1, n + 1), 5000,
		    "fixed: the same before retry %" PRId64, n);
	is_int(retry_delay(RETRY_FIXED, 5000, 3000, 0, 0, 1, 1), 3000, "fixed has the cap too");
	is_int(retry_delay(RETRY_FIXED, 0, 3000, 10, 0, 1, 1), 0, "a base of 0 is no delay");
	is_int(retry_delay(RETRY_EXPONENTIAL, 1000, 8000, 0, 2, 1, 3), 4000, "base * 2^n");
	is_int(retry_delay(RETRY_EXPONENTIAL, 1000, 8000, 0, 3, 1, 4), 8000, "at the cap");
	is_int(retry_delay(RETRY_EXPONENTIAL, 1000, 8000, 0, 4, 1, 5), 8000, "held by the cap");
	is_int(retry_delay(RETRY_EXPONENTIAL, 1000, 0, 0, 4, 1, 5), 0, "a cap of 0");
	for (job = 1; job <= 1000; job++) {
		int64_t d = retry_delay(RETRY_FIXED, 10000, 3600000, 50, 0, job, 1);

		worst = d > worst ? d : worst;
		least = d < least ? d : least;
	}
	ok(least >= 10000 && least < 10100, "never below nominal (%" PRId64 ")", least);
	ok(worst < 15000 && worst > 14900, "jitter reaches its whole width (%" PRId64 ")", worst);
}

static void test_overflow(void)
{
	int64_t d;

	is_int(retry_delay(RETRY_EXPONENTIAL, 1, 3600000, 0, 1000000, 1, 1), 3600000,
	    "a million retries end at the cap");
	d = retry_delay(RETRY_EXPONENTIAL, INT64_MAX / 2 + 1, INT64_MAX, 0, 5, 1, 1);
	is_int(d, INT64_MAX, "doubling stops before it overflows");
	d = retry_delay(RETRY_FIXED, INT64_MAX, INT64_MAX, 100, 0, 1, 1);
	is_int(d, INT64_MAX, "so does the jitter");
	is_int(retry_delay(RETRY_FIXED, 60000, 60000, 10, 0, 1, (1 << 16) + 1), 62233,
	    "attempts wrap after 65536");
}

/* What an end makes of a job that is not retried. */
static const struct verdict {
	enum end_cause cause;
	int first, last;	/* exit codes */
	int signal;
	const char *cls, *job, *execution;
} verdicts[] = {
	{ END_EXIT, 0, 0, -1, "success", "completed", "completed" },
	{ END_EXIT, 1, 63, -1, "error", "failed NonZeroExit", "failed NonZeroExit" },
	{ END_EXIT, 64, 68, -1, "user", "failed NonZeroExit", "failed NonZeroExit" },
	{ END_EXIT, 69, 69, -1, "transient", "failed NonZeroExit", "failed NonZeroExit" },
	{ END_EXIT, 70, 70, -1, "permanent", "failed NonZeroExit", "failed NonZeroExit" },
	{ END_EXIT, 71, 71, -1, "transient", "failed NonZeroExit", "failed NonZeroExit" },
	{ END_EXIT, 72, 73, -1, "permanent", "failed NonZeroExit", "failed NonZeroExit" },
	{ END_EXIT, 74, 75, -1, "transient", "failed NonZeroExit", "failed NonZeroExit" },
	{ END_EXIT, 76, 76, -1, "permanent", "failed NonZeroExit", "failed NonZeroExit" },
	{ END_EXIT, 77, 77, -1, "user", "failed NonZeroExit", "failed NonZeroExit" },
	{ END_EXIT, 78, 78, -1, "permanent", "failed NonZeroExit", "failed NonZeroExit" },
	{ END_EXIT, 79, 125, -1, "error", "failed NonZeroExit", "failed NonZeroExit" },
	{ END_EXIT, 126, 127, -1, "permanent", "failed NonZeroExit", "failed NonZeroExit" },
	{ END_EXIT, 128, 255, -1, "error", "failed NonZeroExit", "failed NonZeroExit" },
	{ END_SIGNAL, -1, -1, 11, "error", "failed Signal", "failed Signal" },
	{ END_TIMEOUT, 0, 0, -1, "timeout", "failed Timeout", "failed Timeout" },
	{ END_TIMEOUT, -1, -1, 9, "timeout", "failed Timeout", "failed Timeout" },
	{ END_OOM, -1, -1, 9, "oom", "failed OutOfMemory", "failed OutOfMemory" },
	{ END_KILLED, -1, -1, 15, "cancelled", "cancelled ByAdmin", "cancelled Signal" },
	{ END_LAUNCH, 126, 126, -1, "permanent", "failed LaunchFailed", "failed LaunchFailed" },
	{ END_DIR, -1, -1, -1, "permanent", "failed DirMissing", "failed DirMissing" },
	{ END_NO_EXEC, 126, 126, -1, "permanent", "failed NotExecutable",
	    "failed NotExecutable" },
	{ END_NOT_FOUND, 127, 127, -1, "permanent", "failed NotFound", "failed NotFound" },
	{ END_RESOURCE, -1, -1, -1, "infra", "failed MaxRequeues", "failed LaunchFailed" },
	{ END_USER, -1, -1, -1, "permanent", "failed LaunchFailed", "failed LaunchFailed" },
	{ END_LOST, -1, -1, -1, "infra", "failed MaxRequeues", "failed NodeLost" },
	{ END_NEVER, -1, -1, -1, "infra", "failed MaxRequeues", "failed NeverStarted" },
	{ END_FENCED, -1, -1, 9, "infra", "failed MaxRequeues", "failed Fenced" },
	{ END_UNKILLABLE, -1, -1, -1, "permanent", "failed Unkillable", "failed Unkillable" },
	{ END_LOG_OVERFLOW, -1, -1, 15, "permanent", "failed LogOverflow", "failed LogOverflow" },
};

static const char *exec_where(const struct lab *l, int64_t job)
{
	static char text[64];
	const struct exec_row *x = disk_exec(l->disk, job, 1);

	snprintf(text, sizeof(text), "%s%s%s", job_status_name((enum job_status)x->status),
	    x->reason != 0 ? " " : "", reason_name((enum reason)x->reason));
	return text;
}

static bool judge(struct lab *l, const struct verdict *v, int code, bool started)
{
	int64_t job = lab_new_job(l);
	const struct exec_row *x;

	if (started)
		lab_started(l, job);
	lab_end(l, job, v->cause, code, v->signal);
	x = disk_exec(l->disk, job, 1);
	if (strcmp(lab_where(l, job), v->job) == 0 && x->exit_code == code &&
	    x->signal == v->signal && strcmp(exec_where(l, job), v->execution) == 0 &&
	    x->error_class == error_class_parse(v->cls) && x->cause == (int64_t)v->cause &&
	    disk_job(l->disk, job)->exit_code == code)
		return true;
	return ok(false, "%s %d: %s, execution %s, class %s", end_cause_name(v->cause), code,
	    lab_where(l, job), exec_where(l, job),
	    error_class_name((enum error_class)x->error_class));
}

/* No retries and no requeues: every end is the last word. */
static void test_ends(bool started)
{
	struct core_conf conf = { .policy = POLICY_FIFO, .epoch = 1 };
	bool causes[END_COUNT] = { false }, all = true;
	struct lab *l = lab_new(&conf);
	size_t i;
	int code;

	lab_worker(l, "w1", 8000);
	for (i = 0; i < COUNT(verdicts); i++) {
		bool pass = true;

		causes[verdicts[i].cause] = true;
		for (code = verdicts[i].first; code <= verdicts[i].last; code++)
			pass = judge(l, &verdicts[i], code, started) && pass;
		ok(pass, "%s %d-%d, %s: %s, %s", end_cause_name(verdicts[i].cause),
		    verdicts[i].first, verdicts[i].last, started ? "running" : "scheduled",
		    verdicts[i].cls, verdicts[i].job);
		if (verdicts[i].cause == END_UNKILLABLE)
			lab_worker_set(l, "w1", WORKER_ACTIVE);
	}
	/* What was given back has not ended: core_ahead. */
	causes[END_RECALLED] = true;
	for (i = 0; i < END_COUNT; i++)
		all = all && causes[i];
	ok(all, "every cause was tried");
	lab_free(l);
}

/* Which classes are retried when nobody said anything. */
static void test_default_actions(void)
{
	static const struct {
		enum end_cause cause;
		int code;
		bool retried;
	} ends[] = {
		{ END_EXIT, 1, true }, { END_EXIT, 69, true }, { END_EXIT, 75, true },
		{ END_EXIT, 64, false }, { END_EXIT, 70, false }, { END_EXIT, 78, false },
		{ END_EXIT, 127, false }, { END_SIGNAL, -1, true }, { END_TIMEOUT, -1, false },
		{ END_OOM, -1, false }, { END_LAUNCH, 125, false }, { END_DIR, -1, false },
		{ END_USER, -1, false }, { END_UNKILLABLE, -1, false }, { END_KILLED, -1, false },
	};
	struct lab *l = lab_new(NULL);
	size_t i;

	for (i = 0; i < COUNT(ends); i++) {
		struct job_request *r = lab_job(l);
		int64_t job;

		lab_worker(l, "w1", 8000);
		lab_worker_set(l, "w1", WORKER_ACTIVE);
		r->row.max_retries = 1;
		job = lab_submit(l, r);
		lab_started(l, job);
		lab_end(l, job, ends[i].cause, ends[i].code, ends[i].code < 0 ? 9 : -1);
		is_int(disk_job(l->disk, job)->status == JOB_QUEUED, ends[i].retried,
		    "%s %d is%s retried by itself", end_cause_name(ends[i].cause), ends[i].code,
		    ends[i].retried ? "" : " not");
	}
	lab_free(l);
}

int main(void)
{
	test_vectors();
	test_policies();
	test_overflow();
	test_ends(true);
	test_ends(false);
	test_default_actions();
	return tap_done();
}
