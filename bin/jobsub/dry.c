/*
 * dry: what would be sent, for --dry-run.
 *
 * By itself, the message as it would go to jobd, which a person can read; with
 * --json, the job as it would be, in the form of all other JSON.
 */
#include <string.h>

#include "base/clock.h"
#include "cli/jobdoc.h"
#include "jobsub.h"

#define BLOCK_MAX ((size_t)MSG_HEAD_MAX + MSG_BODY_MAX + MSG_PREFIX_MAX)

static int block_show(const struct msg *m, struct err *e)
{
	struct buf b;
	int r = 0;

	buf_init(&b, BLOCK_MAX);
	if (msg_encode(m, &b) == -1)
		r = err_set(e, ERR_DATA, "the request is larger than a message may be");
	else
		fwrite(b.data, 1, b.len, stdout);
	buf_release(&b);
	return r;
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

int dry_show(struct jobsub *j, const struct msg *m, struct err *e)
{
	struct arena *a = arena_new();
	struct job_request req;
	int r = request_check(j, m, a, &req, e);

	if (r == 0 && submit_tool(j->options, TOOL_JSON) != NULL) {
		req.row.created_at = j->context.now;
		document_show(&req);
	} else if (r == 0) {
		r = block_show(m, e);
	}
	arena_free(a);
	return r;
}
