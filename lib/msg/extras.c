/*
 * extras: what only some jobs ask of their worker: limits, folders, the treatment
 * of their output, a warning.
 *
 * Promises that the worker can read what it gets (setting.h), and that nothing is
 * accepted that could have no effect.
 */
#include <inttypes.h>
#include <string.h>

#include "msg/setting.h"
#include "msg/submit.h"

#define NICE_MIN (-20)
#define NICE_MAX 19
#define LOG_MAX_LEAST 1024

static const char *const missing_words[] = { "fail", "create", "home", NULL };
static const char *const overflow_words[] = { "truncate", "kill", NULL };

bool submit_repeated(const struct msg *m, enum msg_field f, const char *s, size_t n)
{
	const char *other;
	size_t iter = 0;

	while ((other = msg_next(m, f, &iter)) != s) {
		if (strncmp(other, s, n) == 0)
			return true;
	}
	return false;
}

static int process_check(const struct msg *m, struct err *e)
{
	int64_t nice = msg_i64(m, F_NICE, 0);
	const char *missing = msg_str(m, F_CHDIR_MISSING), *s;
	struct rlimit_setting limit;
	size_t iter = 0;

	if (nice < NICE_MIN || nice > NICE_MAX)
		return err_set(e, ERR_DATA, "nice: %" PRId64 " is out of range: %d to %d is "
		    "accepted", nice, NICE_MIN, NICE_MAX);
	if (missing != NULL && submit_word(F_CHDIR_MISSING, missing, missing_words, e) == -1)
		return -1;
	while ((s = msg_next(m, F_RLIMIT, &iter)) != NULL) {
		if (rlimit_setting_parse(s, &limit, e) == -1)
			return err_prefix(e, "rlimit");
		if (submit_repeated(m, F_RLIMIT, s, strcspn(s, "=") + 1))
			return err_set(e, ERR_DATA, "rlimit: %s is given twice", limit.name);
	}
	return 0;
}

/* Both streams go to files of the job's own: the worker does not see what is written. */
static bool output_unseen(const struct msg *m)
{
	return msg_has(m, F_STDOUT) && msg_has(m, F_STDERR);
}

static int output_check(const struct msg *m, struct err *e)
{
	static const enum msg_field needs_log[] = { F_LOG_MAX, F_TIMESTAMPS, F_PTY };
	const char *overflow = msg_str(m, F_LOG_OVERFLOW);

	if (msg_has(m, F_LOG_MAX) && msg_u64(m, F_LOG_MAX, 0) < LOG_MAX_LEAST)
		return err_set(e, ERR_DATA, "log_max: %" PRIu64 " is too little: from %d bytes on "
		    "is accepted", msg_u64(m, F_LOG_MAX, 0), LOG_MAX_LEAST);
	if (overflow != NULL && submit_word(F_LOG_OVERFLOW, overflow, overflow_words, e) == -1)
		return -1;
	if (overflow != NULL && !msg_has(m, F_LOG_MAX))
		return err_set(e, ERR_DATA, "log_overflow: there is no log_max that could be "
		    "passed");
	for (size_t i = 0; i < sizeof(needs_log) / sizeof(needs_log[0]); i++) {
		if (msg_has(m, needs_log[i]) && output_unseen(m))
			return err_set(e, ERR_DATA, "%s: it is for the log tree, and both streams "
			    "go to files", msg_field_name(needs_log[i]));
	}
	return 0;
}

static int warn_check(const struct msg *m, const struct job_row *row, struct err *e)
{
	struct warn_setting warn;

	if (!msg_has(m, F_WARN))
		return 0;
	if (warn_setting_parse(msg_str(m, F_WARN), &warn, e) == -1)
		return err_prefix(e, "warn");
	if (row->time_limit == 0)
		return err_set(e, ERR_DATA, "warn: the job has no time limit that it could come "
		    "before");
	if (warn.before >= (uint64_t)row->time_limit)
		return err_set(e, ERR_DATA, "warn: the time limit is not longer than the time of "
		    "the warning before it");
	return 0;
}

/* An input that a client feeds is there once. */
static int pipe_check(const struct msg *m, const struct job_row *row, struct err *e)
{
	if (!msg_flag(m, F_PIPE))
		return 0;
	if (!msg_has(m, F_STDIN))
		return err_set(e, ERR_DATA, "pipe: there is no stdin");
	if (row->max_retries > 0)
		return err_set(e, ERR_DATA, "pipe: its input cannot be sent twice, so it cannot "
		    "be tried again");
	return 0;
}

int submit_extras(const struct msg *m, const struct job_row *row, struct err *e)
{
	if (process_check(m, e) == -1 || output_check(m, e) == -1)
		return -1;
	return warn_check(m, row, e) == -1 ? -1 : pipe_check(m, row, e);
}
