/*
 * trial: --test-only: whether a job could run, and when it would start.
 *
 * One word on stdout: "now", a time, or "unknown"; what it would wait for is for
 * people, on stderr.  With --json, both.
 */
#include <inttypes.h>

#include "base/clock.h"
#include "jobsub.h"

static void show_json(const struct client_trial *t)
{
	struct json json;

	json_init(&json, stdout);
	json_open_list(&json, "jobs");
	json_object(&json, NULL);
	if (t->job > 0)
		json_int(&json, "job_id", t->job);
	else
		json_null(&json, "job_id");
	json_time(&json, "estimated_start_time", t->start);
	json_str(&json, "reason", t->reason[0] != '\0' ? t->reason : NULL);
	json_end(&json);
	json_close_list(&json);
}

static void show(const struct jobsub *j, const struct client_trial *t)
{
	bool quiet = submit_tool(j->options, TOOL_QUIET) != NULL;
	char text[CLOCK_RFC3339_SIZE] = "unknown";

	if (t->start != 0)
		clock_local(t->start, text);
	puts(t->start != 0 && t->reason[0] == '\0' ? "now" : text);
	if (t->job > 0 && !quiet)
		cli_warn(j->program, "it is job %" PRId64 " already", t->job);
	else if (t->reason[0] != '\0' && !quiet)
		cli_warn(j->program, "it would wait: %s", t->reason);
}

int trial_run(struct jobsub *j, struct msg *m, struct err *e)
{
	struct arena *a = arena_new();
	struct client_trial t;
	struct job_request req;
	int r = request_check(j, m, a, &req, e);

	arena_free(a);
	if (r == -1 || client_try(j->client, m, &t, e) == -1)
		return -1;
	if (submit_tool(j->options, TOOL_JSON) != NULL)
		show_json(&t);
	else
		show(j, &t);
	return EXIT_OK;
}
