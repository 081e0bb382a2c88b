/*
 * jobs: from the words of the command line to one job after the other, and the
 * requests that are no jobs yet, or never will be.
 */
#include <inttypes.h>

#include "cli/sheet.h"
#include "jobstat.h"

#define REASON_BYTES (1u << 16)

/* The launch block of the job at hand: what --script and --env show. */
static int load_launch(struct jobstat *s, struct err *e)
{
	size_t used;

	msg_free(s->launch);
	s->launch = NULL;
	buf_reset(&s->block);
	if (view_launch(s->v, s->rec.job, &s->block, e) < 0)
		return -1;
	if (s->block.len == 0 || msg_decode(s->block.data, s->block.len, &s->launch, &used, e) != 1)
		return err_set(e, ERR_IO, "the command of job %" PRId64 " cannot be read",
		    s->rec.job->id);
	return 0;
}

static void judge(struct jobstat *s, int64_t status)
{
	int j = status == JOB_COMPLETED ? 0 :
	    job_status_terminal((enum job_status)status) ? 1 : 2;

	if (j > s->judgement)
		s->judgement = j;
}

/* What has to be read of a job for what was asked: each part costs a query. */
static unsigned parts_needed(const struct jobstat *s)
{
	unsigned parts = 0;

	if (s->json)
		return RECORD_EXECS | RECORD_DEPS;
	if (s->attempts || s->events || s->usage)
		parts |= RECORD_EXECS;
	if (s->why)
		parts |= RECORD_DEPS;
	if (parts == 0 && !s->script && !s->env)
		parts = RECORD_EXECS | RECORD_DEPS | RECORD_DEPENDENTS;
	return parts;
}

static int show_job(struct jobstat *s, int64_t id, struct err *e)
{
	int r = record_load(s->v, id, parts_needed(s), &s->rec, e);

	if (r == 0) {
		cli_warn(&program, "no such job: %" PRId64, id);
		s->unknown = true;
	} else if (r > 0) {
		judge(s, s->rec.job->status);
		r = s->script || s->env ? load_launch(s, e) : 0;
		if (r == 0 && s->json)
			record_document(s);
		else if (r == 0)
			r = record_print(s, e);
	}
	record_release(&s->rec);
	return r < 0 ? -1 : 0;
}

/* A request that has no job yet: it waits in the spool, or was put aside there. */
static void show_request(struct jobstat *s, const char *uuid, const char *state,
    const char *text)
{
	if (s->json) {
		json_object(&s->out, NULL);
		json_null(&s->out, "job_id");
		json_str(&s->out, "job_uuid", uuid);
		json_str(&s->out, "request", state);
		json_str(&s->out, "detail", text);
		json_end(&s->out);
	} else {
		printf("%sRequest %s\n", s->shown ? "\n" : "", uuid);
		sheet_line(stdout, "state", state);
		sheet_line(stdout, "detail", text);
	}
	s->shown++;
}

enum request { NO_REQUEST, WAITING, REJECTED };

/* What the spool knows of a word that is a UUID; for REJECTED also why. */
static enum request find_request(const struct jobstat *s, const char *word, struct buf *reason)
{
	struct uuid u;

	if (uuid_parse(word, &u) < 0)
		return NO_REQUEST;
	if (incoming_reason(&s->spool, &u, reason) < 0)
		return incoming_waits(&s->spool, &u) ? WAITING : NO_REQUEST;
	while (reason->len && reason->data[reason->len - 1] == '\n')
		reason->data[--reason->len] = '\0';
	return REJECTED;
}

bool request_known(const struct jobstat *s, const char *word)
{
	struct buf reason;
	enum request r;

	buf_init(&reason, REASON_BYTES);
	r = find_request(s, word, &reason);
	buf_release(&reason);
	return r != NO_REQUEST;
}

void unknown_show(struct jobstat *s, const char *word)
{
	struct buf reason;

	buf_init(&reason, REASON_BYTES);
	switch (find_request(s, word, &reason)) {
	case WAITING:
		show_request(s, word, "waiting", "it waits in the spool until jobd takes it up");
		judge(s, JOB_QUEUED);
		break;
	case REJECTED:
		show_request(s, word, "rejected", reason.len ? reason.data : "nobody knows why");
		judge(s, JOB_FAILED);
		break;
	case NO_REQUEST:
		cli_warn(&program, "no such job: %s", word);
		s->unknown = true;
	}
	buf_release(&reason);
}

int jobs_show(struct jobstat *s, const struct selection *words, struct err *e)
{
	struct selected found;
	int r = selection_find(words, s->v, 0, &found, e);

	if (r < 0)
		return -1;
	for (size_t i = 0; i < found.n && r == 0; i++)
		r = show_job(s, found.ids[i], e);
	for (size_t i = 0; i < found.nunknown && r == 0; i++)
		unknown_show(s, found.unknown[i]);
	selected_release(&found);
	return r;
}
