/*
 * result: judges how an execution ended.
 *
 * The order of the questions is the judgement: could it be started at all; is it
 * gone; was it we who ended it; was it the memory limit; what did it say itself.
 * An exit status 0 is believed even when the kernel killed a child for its memory.
 */
#include "agent/result.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/buf.h"
#include "core/types.h"

#define TEXT_MAX 1024

static int judge(const struct outcome *o)
{
	if (o->failure != NULL)
		return o->failure->cause;
	if (o->gave_up)
		return END_UNKILLABLE;
	if (o->ladder_cause != -1)
		return o->ladder_cause;
	if (o->usage->oom && !(WIFEXITED(o->status) && WEXITSTATUS(o->status) == 0))
		return END_OOM;
	return WIFSIGNALED(o->status) ? END_SIGNAL : END_EXIT;
}

static void add_text(struct msg *m, const struct outcome *o)
{
	struct buf b;

	buf_init(&b, TEXT_MAX);
	if (o->failure != NULL)
		buf_adds(&b, o->failure->text);
	else if (o->gave_up)
		buf_adds(&b, "processes were left two minutes after SIGKILL");
	if (o->lost > 0)
		buf_addf(&b, "%s%llu bytes of output are lost: %s", b.len > 0 ? "; " : "",
		    (unsigned long long)o->lost, o->lost_why);
	if (b.len > 0)
		msg_add(m, F_TEXT, b.data);
	buf_release(&b);
}

struct msg *result_make(const struct outcome *o)
{
	struct msg *m = msg_new(MSG_W_RESULT);

	msg_add_u64(m, F_JOB, o->job);
	msg_add_u64(m, F_EXECUTION, o->number);
	msg_add(m, F_CAUSE, end_cause_name((enum end_cause)judge(o)));
	if (o->failure != NULL)
		msg_add_u64(m, F_EXIT_CODE, (uint64_t)o->failure->exit_code);
	else if (o->has_status && WIFSIGNALED(o->status))
		msg_add_u64(m, F_SIGNAL, (uint64_t)WTERMSIG(o->status));
	else if (o->has_status)
		msg_add_u64(m, F_EXIT_CODE, (uint64_t)WEXITSTATUS(o->status));
	add_text(m, o);
	if (o->at > 0 && o->executed)
		msg_add_i64(m, F_AT, o->at);
	msg_add_i64(m, F_ENDED, o->ended);
	msg_add_u64(m, F_DURATION, o->duration > 0 ? (uint64_t)o->duration : 0);
	msg_add_u64(m, F_CPU_MS, o->usage->cpu_ms);
	msg_add_u64(m, F_MAX_RSS, o->usage->max_rss);
	if (o->limits != NULL && o->limits[0] != '\0')
		msg_add(m, F_LIMITS, o->limits);
	msg_add_u64(m, F_OUT_BYTES, o->out_bytes);
	msg_add_u64(m, F_ERR_BYTES, o->err_bytes);
	return m;
}

struct msg *result_plain(uint64_t job, uint64_t number, int cause, int64_t at, int64_t ended,
    const char *text)
{
	struct msg *m = msg_new(MSG_W_RESULT);

	msg_add_u64(m, F_JOB, job);
	msg_add_u64(m, F_EXECUTION, number);
	msg_add(m, F_CAUSE, end_cause_name((enum end_cause)cause));
	if (text != NULL)
		msg_add(m, F_TEXT, text);
	if (at > 0)
		msg_add_i64(m, F_AT, at);
	msg_add_i64(m, F_ENDED, ended);
	return m;
}
