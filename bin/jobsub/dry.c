/*
 * dry: what would be sent, for --dry-run.
 *
 * By itself, the request as the document that --spec takes (with --bulk, as lines
 * that --bulk takes); with --json, the job as it would be, in the form of all other
 * JSON.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cli/jobdoc.h"
#include "client/json.h"
#include "jobsub.h"

static int request_show(struct jobsub *j, struct msg *m, const struct job_request *req,
    struct err *e)
{
	char *text;

	/* A document that speaks of retries at all would ask for some. */
	if (msg_has(m, F_NO_RETRY_ON) && !msg_has(m, F_RETRIES))
		msg_add_u64(m, F_RETRIES, (uint64_t)req->row.max_retries);
	text = json_request(m, submit_tool(j->options, TOOL_BULK) != NULL, e);
	if (text == NULL)
		return -1;
	puts(text);
	free(text);
	return 0;
}

static void document_show(const struct job_request *req)
{
	struct dep_row deps[64];
	struct jobdoc d = { .row = &req->row, .now = now_read().wall };
	struct json json;

	/* A parent that is named by its UUID has no number that could be shown. */
	d.has_deps = req->ndeps <= sizeof(deps) / sizeof(deps[0]);
	for (size_t i = 0; i < req->ndeps && d.has_deps; i++) {
		d.has_deps = req->deps[i].parent > 0;
		deps[i] = (struct dep_row){ .parent_id = req->deps[i].parent,
			.type = req->deps[i].type, .state = DEP_OPEN };
	}
	d.deps = deps;
	d.ndeps = req->ndeps;
	json_init(&json, stdout);
	json_open_list(&json, "jobs");
	jobdoc_write(&json, &d);
	json_close_list(&json);
}

int dry_show(struct jobsub *j, struct msg *m, struct err *e)
{
	struct arena *a = arena_new();
	struct job_request req;
	int r = request_check(j, m, a, &req, e);

	if (r == 0 && submit_tool(j->options, TOOL_JSON) != NULL) {
		req.row.created_at = j->context.now;
		document_show(&req);
	} else if (r == 0) {
		r = request_show(j, m, &req, e);
	}
	arena_free(a);
	return r;
}
