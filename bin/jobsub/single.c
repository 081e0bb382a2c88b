/*
 * single: one job, from the message to the id.
 *
 * The request is checked here before it leaves, so that what can never be right is
 * told at once even if jobd is away and the request would be left in the spool.
 */
#include "jobsub.h"

static int send_one(struct jobsub *j, struct msg *m, struct client_result *result,
    struct err *e)
{
	struct arena *a = arena_new();
	struct job_request req;
	int r = request_check(j, m, a, &req, e);

	arena_free(a);
	return r == 0 ? client_submit(j->client, m, result, e) : -1;
}

/* --pipe: our output is the job's, so its name goes to those who ask for more. */
static int attached_run(struct jobsub *j, struct msg *m, struct err *e)
{
	struct client_result result;
	char name[UUID_TEXT];

	if (attach_begin(j, m, e) == -1 || send_one(j, m, &result, e) == -1)
		return -1;
	answer_name(&result, name);
	if (result.outcome == CLIENT_LEFT)
		answer_left(j, &result, name);
	if (submit_tool(j->options, TOOL_VERBOSE) != NULL)
		cli_warn(j->program, "job %s", name);
	waitset_add(&j->waits, name, result.job);
	return attach_run(j);
}

/* Exit status; -1 with e. */
static int submit_run(struct jobsub *j, struct msg *m, struct err *e)
{
	struct client_result result;
	int r;

	if (j->dry)
		return dry_show(j, m, e) == -1 ? -1 : EXIT_OK;
	if (submit_tool(j->options, TOOL_TEST_ONLY) != NULL)
		return trial_run(j, m, e);
	if (submit_tool(j->options, TOOL_PIPE) != NULL) {
		r = attached_run(j, m, e);
		attach_end(j);
		return r;
	}
	if (send_one(j, m, &result, e) == -1)
		return -1;
	answer_begin(j);
	answer_result(j, &result);
	r = answer_end(j);
	return r != EXIT_OK ? r : waiting_run(j);
}

int single_run(struct jobsub *j)
{
	bool spec = submit_tool(j->options, TOOL_SPEC) != NULL;
	struct err e;
	struct msg *m = spec ? spec_make(j, &e) : request_make(j, &e);
	int r;

	if (m == NULL)
		return cli_fail(j->program, &e);
	r = place_ready(j, &e);
	if (r == 0)
		r = submit_run(j, m, &e);
	msg_free(m);
	if (r == -1 && !spec)
		submit_explain(&e);
	return r == -1 ? cli_fail(j->program, &e) : r;
}
