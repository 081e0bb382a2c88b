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

int single_run(struct jobsub *j)
{
	struct client_result result;
	struct msg *m;
	struct err e;
	int r;

	m = submit_tool(j->options, TOOL_SPEC) != NULL ? spec_make(j, &e) : request_make(j, &e);
	if (m == NULL)
		return cli_fail(j->program, &e);
	r = place_ready(j, &e);
	if (r == 0)
		r = j->dry ? dry_show(j, m, &e) : send_one(j, m, &result, &e);
	msg_free(m);
	if (r == -1 && submit_tool(j->options, TOOL_SPEC) == NULL)
		submit_explain(&e);
	if (r == -1)
		return cli_fail(j->program, &e);
	if (j->dry)
		return EXIT_OK;
	answer_begin(j);
	answer_result(j, &result);
	r = answer_end(j);
	return r != EXIT_OK ? r : waiting_run(j);
}
