/*
 * answer: the results of submissions on stdout, and notices on stderr.
 *
 * Owns the three forms: an id a line, id|state|duplicate, JSON.  A request that was
 * left in the spool has no id yet: its UUID stands in that place.  When stdout cannot
 * be written, the message names what was accepted, so that no id gets lost.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "jobsub.h"

#define NAMES_BYTES 700		/* of accepted jobs, in a message */

static bool given(const struct jobsub *j, enum submit_tool tool)
{
	return submit_tool(j->options, tool) != NULL;
}

void answer_begin(struct jobsub *j)
{
	buf_init(&j->accepted, NAMES_BYTES);
	/* A reader who has gone is an error like others: it has to be told. */
	(void)signal(SIGPIPE, SIG_IGN);
	if (!given(j, TOOL_JSON))
		return;
	json_init(&j->json, stdout);
	json_open_list(&j->json, "jobs");
}

static void result_json(struct json *json, const struct client_result *r)
{
	char uuid[UUID_TEXT];

	uuid_format(&r->uuid, uuid);
	json_object(json, NULL);
	if (r->schedule != 0)
		json_int(json, "schedule_id", r->schedule);
	if (r->outcome == CLIENT_LEFT || r->schedule != 0)
		json_null(json, "job_id");
	else
		json_int(json, "job_id", r->job);
	json_str(json, "job_uuid", uuid);
	json_str(json, "status", r->status[0] != '\0' ? r->status : NULL);
	json_str(json, "reason", r->reason[0] != '\0' ? r->reason : NULL);
	json_bool(json, "duplicate", r->outcome == CLIENT_DUPLICATE);
	json_bool(json, "left_in_spool", r->outcome == CLIENT_LEFT);
	json_end(json);
}

/* Who holds the lock; 0: nobody, or it is not for us to know. */
static pid_t holder(const struct jobsub *j)
{
	return spool_holder(&j->spool);
}

static const char *away_words(const struct jobsub *j, char words[64])
{
	pid_t pid = holder(j);

	if (pid > 0)
		snprintf(words, 64, "jobd (process %ld) does not answer", (long)pid);
	else
		snprintf(words, 64, "jobd does not answer");
	return words;
}

/* Where it runs, or where the lock is not ours to look at, another start is no help. */
static const char *starts_it(const struct jobsub *j)
{
	bool may_look = geteuid() == 0 || geteuid() == j->spool.owner;

	return may_look && holder(j) == 0 ? "; 'jobd' starts it" : "";
}

/* One word for a single request; of many, only their number at the end. */
void answer_left(struct jobsub *j, const struct client_result *r, const char *uuid)
{
	char words[64];

	if (j->left++ > 0 || given(j, TOOL_QUIET))
		return;
	if (given(j, TOOL_VERBOSE))
		cli_warn(j->program, "%s", r->err.text);
	if (!given(j, TOOL_BULK))
		cli_warn(j->program, "%s: the request waits in the spool as %s%s",
		    away_words(j, words), uuid, starts_it(j));
}

/* Remembers why stdout failed: a later call may not know any more. */
static void look_at_stdout(struct jobsub *j, bool failed)
{
	if (j->unwritten == 0 && (failed || ferror(stdout)))
		j->unwritten = errno != 0 ? errno : EIO;
}

void answer_flush(struct jobsub *j)
{
	errno = 0;
	look_at_stdout(j, fflush(stdout) != 0);
}

/* As far as there is room. */
static void keep_name(struct jobsub *j, const char *name)
{
	if (!j->more)
		j->more = buf_addf(&j->accepted, "%s%s", j->accepted.len > 0 ? " " : "", name) < 0;
}

void answer_name(const struct client_result *r, char name[UUID_TEXT])
{
	if (r->outcome == CLIENT_LEFT)
		uuid_format(&r->uuid, name);
	else if (r->schedule != 0)
		snprintf(name, UUID_TEXT, "s%" PRId64, r->schedule);
	else
		snprintf(name, UUID_TEXT, "%" PRId64, r->job);
}

void answer_result(struct jobsub *j, const struct client_result *r)
{
	char name[UUID_TEXT];

	answer_name(r, name);
	errno = 0;
	if (given(j, TOOL_JSON))
		result_json(&j->json, r);
	else if (given(j, TOOL_PARSABLE))
		printf("%s|%s|%d\n", name, r->status, r->outcome == CLIENT_DUPLICATE);
	else
		printf("%s\n", name);
	look_at_stdout(j, false);
	keep_name(j, name);
	if (r->outcome == CLIENT_LEFT)
		answer_left(j, r, name);
	if (r->outcome == CLIENT_DUPLICATE && given(j, TOOL_VERBOSE))
		cli_warn(j->program, "job %s was there before", name);
	if (given(j, TOOL_WAIT))
		waitset_add(&j->waits, name, r->job);
}

void answer_refused(struct jobsub *j, size_t line, const struct err *e)
{
	if (line > 0)
		cli_warn(j->program, "line %zu: %s", line, e->text);
	else
		cli_fail(j->program, e);
	if (!given(j, TOOL_JSON))
		return;
	json_object(&j->json, NULL);
	json_null(&j->json, "job_id");
	json_int(&j->json, "line", (int64_t)line);
	json_int(&j->json, "code", exit_of(e->code));
	json_str(&j->json, "error", e->text);
	json_end(&j->json);
}

int answer_end(struct jobsub *j)
{
	char words[64];

	if (given(j, TOOL_JSON))
		json_close_list(&j->json);
	if (j->left > 0 && given(j, TOOL_BULK) && !given(j, TOOL_QUIET))
		cli_warn(j->program, "%s: %zu request%s in the spool%s", away_words(j, words),
		    j->left, j->left == 1 ? " waits" : "s wait", starts_it(j));
	/* Who reads us wants the ids before we wait. */
	answer_flush(j);
	if (j->unwritten != 0)
		cli_warn(j->program, "cannot write to standard output: %s; accepted: %s%s",
		    strerror(j->unwritten), j->accepted.len > 0 ? j->accepted.data : "nothing",
		    j->more ? " ..." : "");
	buf_release(&j->accepted);
	if (j->unwritten == 0)
		return EXIT_OK;
	clearerr(stdout);
	return EXIT_IOERR;
}
