/*
 * waiting: -W, the wait for the jobs that were just submitted.
 *
 * An interrupt ends the waiting, not the job, unless --cancel-on-int was given.
 */
#include <stdlib.h>

#include "base/buf.h"
#include "cli/interrupt.h"
#include "jobsub.h"

#define LIST_BYTES 256

/* What is still waited for, as one would type it; cut when it is long. */
static void left_names(const struct waitset *w, struct buf *b)
{
	size_t n;
	const char **names = waitset_targets(w, &n);

	for (size_t i = 0; i < n; i++) {
		if (buf_addf(b, "%s%s", i > 0 ? " " : "", names[i]) == -1) {
			buf_adds(b, "...");
			break;
		}
	}
	free(names);
}

static void cancel(struct jobsub *j, volatile sig_atomic_t *flag)
{
	struct msg *m = msg_new(MSG_CONTROL), *reply = NULL;
	size_t n;
	const char **names = waitset_targets(&j->waits, &n);
	struct err e;
	int r;

	*flag = 0;
	r = msg_add(m, F_OP, control_op_name(CONTROL_CANCEL));
	for (size_t i = 0; r == 0 && i < n; i++)
		r = msg_add(m, F_TARGET, names[i]);
	free(names);
	if (r == -1)
		err_set(&e, ERR_DATA, "too many to be cancelled at once");
	if (r == -1 || client_call(j->client, m, &reply, &e) == -1)
		cli_warn(j->program, "not cancelled: %s", e.text);
	msg_free(reply);
	msg_free(m);
}

int waiting_stopped(struct jobsub *j, volatile sig_atomic_t *flag, const struct err *e)
{
	struct buf names;

	if (*flag == 0 && e->code != ERR_AGAIN)
		return cli_fail(j->program, e);
	if (*flag != 0 && submit_tool(j->options, TOOL_CANCEL_ON_INT) != NULL) {
		cancel(j, flag);
		return EXIT_INTERRUPTED;
	}
	buf_init(&names, LIST_BYTES);
	left_names(&j->waits, &names);
	cli_warn(j->program, "%s; the job goes on", *flag != 0 ? "interrupted" : e->text);
	cli_warn(j->program, "'jobcancel %s' cancels it", names.data != NULL ? names.data : "");
	buf_release(&names);
	return *flag != 0 ? EXIT_INTERRUPTED : EXIT_TEMPFAIL;
}

static int ended(void *arg, const struct msg *m)
{
	struct jobsub *j = arg;

	return waitset_ended(&j->waits, m);
}

static void away(void *arg, bool is_away)
{
	const struct jobsub *j = arg;

	if (submit_tool(j->options, TOOL_QUIET) == NULL)
		cli_warn(j->program, is_away ? "jobd does not answer; waiting goes on" :
		    "jobd is back");
}

int waiting_wait(struct jobsub *j, int64_t ms, volatile sig_atomic_t *flag, struct err *e)
{
	struct client_wait w = { .timeout = ms, .ended = ended, .away = away, .arg = j };
	const char **names = waitset_targets(&j->waits, &w.n);
	int r;

	w.targets = names;
	client_interrupt(j->client, flag);
	r = client_wait(j->client, &w, e);
	client_interrupt(j->client, NULL);
	free(names);
	return r;
}

int waiting_run(struct jobsub *j)
{
	volatile sig_atomic_t *flag;
	struct err e;

	if (submit_tool(j->options, TOOL_WAIT) == NULL || waitset_over(&j->waits))
		return EXIT_OK;
	if (submit_tool(j->options, TOOL_VERBOSE) != NULL)
		j->waits.tell = j->program;
	flag = interrupt_catch();
	if (waiting_wait(j, j->timeout, flag, &e) == -1)
		return waiting_stopped(j, flag, &e);
	return waitset_status(&j->waits);
}
