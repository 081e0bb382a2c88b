/*
 * jobctl: steers jobs that were submitted: holds, changes, suspends, runs them again.
 *
 * Verbs are rows: what jobd is asked for, and which options go with it.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "cli/change.h"
#include "cli/json.h"
#include "cli/operands.h"
#include "cli/outcome.h"
#include "client/control.h"
#include "view/place.h"
#include "view/targets.h"

static const char *const usage[] = {
	"hold [options] id ...", "release [options] id ...", "requeue [--now] [options] id ...",
	"rerun [--only failed|cancelled] [options] id ...", "suspend [options] id ...",
	"resume [options] id ...", "set [options] id ... name=value ...",
	"top [options] id ...", "expedite [options] id ...", "move [options] queue id ...", NULL
};

enum {
	OPT_NOW, OPT_ONLY, OPT_REASON, OPT_QUIET, OPT_VERBOSE, OPT_JSON, OPT_SPOOL, OPT_CONFIG,
	OPT_DRY, OPT_LATER
};

static const struct opt opts[] = {
	{ 0, "now", NULL, "requeue: at once", OPT_NOW },
	{ 0, "only", "STATE", "rerun: only those that are failed, or cancelled", OPT_ONLY },
	{ 0, "with-dependents", NULL, NULL, OPT_LATER },
	{ 0, "reason", "TEXT", "why; it stands in the job's record", OPT_REASON },
	{ 0, "dry-run", NULL, "print the jobs, do nothing", OPT_DRY },
	{ 'Q', "quiet", NULL, "no notices", OPT_QUIET },
	{ 'v', "verbose", NULL, "tell what was done", OPT_VERBOSE },
	{ 0, "json", NULL, "print the outcomes as JSON", OPT_JSON },
	{ 0, "spool", "DIR", "which installation", OPT_SPOOL },
	{ 0, "config", "FILE", "read this configuration", OPT_CONFIG },
	{ 0, NULL, NULL, NULL, 0 }
};

static const struct program program = {
	"jobctl", usage, "Steers jobs: holds, changes, suspends them, runs them again.", opts, false
};

#define MOVE "move"		/* set queue=, with the queue in front */

struct verb {
	const char *name;
	enum control_op op;
	const char *done;	/* what -v tells */
};

static const struct verb verbs[] = {
	{ "hold", CONTROL_HOLD, "held" },
	{ "release", CONTROL_RELEASE, "released" },
	{ "requeue", CONTROL_REQUEUE, "requeued" },
	{ "rerun", CONTROL_RERUN, "runs again" },
	{ "suspend", CONTROL_SUSPEND, "suspended" },
	{ "resume", CONTROL_RESUME, "resumed" },
	{ "set", CONTROL_SET, "changed" },
	{ "top", CONTROL_TOP, "goes first" },
	{ "expedite", CONTROL_EXPEDITE, "goes first, at once" },
	{ MOVE, CONTROL_SET, "moved" },
};

#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

struct jobctl {
	const struct verb *verb;
	const char *spool_option, *config, *reason;
	unsigned only;			/* bits 1 << status; 0: all */
	bool now, dry, quiet, verbose, json;
	struct msg *change;		/* of set; or NULL */
	struct spool spool;
	struct targets targets;
	struct outcomes outcomes;
};

static int only_take(struct jobctl *j, const char *value, struct err *e)
{
	int status = job_status_parse(value);

	if (status != JOB_FAILED && status != JOB_CANCELLED)
		return err_set(e, ERR_USAGE, "--only: '%.64s' is neither failed nor cancelled",
		    value);
	j->only |= 1u << status;
	return 0;
}

static int option(void *ctx, int id, const char *value, struct err *e)
{
	struct jobctl *j = ctx;

	switch (id) {
	case OPT_NOW:
		j->now = true;
		break;
	case OPT_ONLY:
		return only_take(j, value, e);
	case OPT_REASON:
		j->reason = value;
		break;
	case OPT_DRY:
		j->dry = true;
		break;
	case OPT_QUIET:
		j->quiet = true;
		break;
	case OPT_VERBOSE:
		j->verbose = true;
		break;
	case OPT_JSON:
		j->json = true;
		break;
	case OPT_SPOOL:
		j->spool_option = value;
		break;
	case OPT_CONFIG:
		j->config = value;
		break;
	default:
		return err_set(e, ERR_UNAVAIL, "option --with-dependents is not there yet");
	}
	return 0;
}

static const struct verb *verb_find(const char *name, struct err *e)
{
	const char *names[VERBS], *near;

	for (size_t i = 0; i < VERBS; i++) {
		names[i] = verbs[i].name;
		if (strcmp(names[i], name) == 0)
			return &verbs[i];
	}
	near = nearest_word(name, names, VERBS);
	err_set(e, ERR_USAGE, "unknown verb %.64s%s%s%s", name,
	    near != NULL ? "; did you mean " : "", near != NULL ? near : "",
	    near != NULL ? "?" : "");
	return NULL;
}

/* Options that would mean nothing are a mistake. */
static int options_check(const struct jobctl *j, struct err *e)
{
	if (j->now && j->verb->op != CONTROL_REQUEUE)
		return err_set(e, ERR_USAGE, "--now goes with requeue");
	if (j->only != 0 && j->verb->op != CONTROL_RERUN)
		return err_set(e, ERR_USAGE, "--only goes with rerun");
	return 0;
}

static void done(void *arg, const char *target, enum err_code code, const char *text,
    int64_t job)
{
	struct jobctl *j = arg;
	char own[24];

	outcomes_add(&j->outcomes, target, strlen(target), code, text);
	snprintf(own, sizeof(own), "%" PRId64, job);
	if (code != ERR_NONE && !j->quiet)
		cli_warn(&program, "%s: %s", target, text);
	else if (code == ERR_NONE && j->verbose)
		cli_warn(&program, "%s: %s", target, j->verb->done);
	/* What was in the history runs under a new number. */
	if (j->verb->op == CONTROL_RERUN && code == ERR_NONE && job != 0 && !j->json &&
	    strcmp(own, target) != 0)
		printf("%s\n", own);
}

/* --only: the others are left out, since that is what was asked for. */
static int only_keep(struct jobctl *j, struct err *e)
{
	struct view *v = view_open(&j->spool, e);
	struct targets kept = { 0 };
	struct job_row row;
	struct uuid u;
	int64_t id;
	int r = v != NULL ? 0 : -1;

	for (size_t i = 0; i < j->targets.n && r != -1; i++) {
		const char *name = j->targets.names[i];

		id = strtoll(name, NULL, 10);
		r = uuid_parse(name, &u) == 0 ? view_uuid(v, &u, &id, e) : 1;
		if (r == 1)
			r = view_job(v, id, &row, e);
		/* An unknown one is jobd's to refuse. */
		if (r == 0 || (r == 1 && (j->only & (1u << row.status)) != 0))
			targets_add(&kept, name);
	}
	view_close(v);
	kept.unknown = j->targets.unknown;
	kept.nunknown = j->targets.nunknown;
	j->targets.unknown = NULL;
	j->targets.nunknown = 0;
	targets_release(&j->targets);
	j->targets = kept;
	return r == -1 ? -1 : 0;
}

static int act(struct jobctl *j, struct err *e)
{
	struct client_control ct = {
		.op = j->verb->op, .n = j->targets.n, .text = j->reason,
		.targets = (const char *const *)j->targets.names, .now = j->now,
		.change = j->change, .done = done, .arg = j
	};
	struct client *client = client_new(&j->spool);
	struct json json;
	int r;

	for (size_t i = 0; i < j->targets.nunknown; i++)
		done(j, j->targets.unknown[i], ERR_NOINPUT, OUTCOME_UNKNOWN, 0);
	r = client_control(client, &ct, e);
	client_free(client);
	if (j->json) {
		json_init(&json, stdout);
		outcomes_json(&j->outcomes, &json);
	}
	if (r == -1)
		return -1;
	/* With --only, nothing left to do is what was asked for. */
	return j->outcomes.n == 0 ? EXIT_OK : outcomes_status(&j->outcomes);
}

/* The queue goes, as a change, the jobs stay. */
static int queue_take(struct jobctl *j, char **words, const struct submit_context *c,
    struct err *e)
{
	char *change;
	int r;

	if (words[0] == NULL)
		return err_set(e, ERR_USAGE, "to which queue?");
	change = xasprintf("queue=%s", words[0]);
	r = change_take(change, c, j->change, e);
	free(change);
	for (; words[0] != NULL; words++)
		words[0] = words[1];
	return r;
}

/* Takes the words of a change out of the list; the others name jobs. */
static int changes_take(struct jobctl *j, char **words, struct err *e)
{
	const struct submit_context c = { .now = now_read().wall, .cwd = "/" };
	char **jobs = words;

	if (j->verb->op != CONTROL_SET)
		return 0;
	j->change = msg_new(MSG_CONTROL);
	if (strcmp(j->verb->name, MOVE) == 0)
		return queue_take(j, words, &c, e);
	for (; *words != NULL; words++) {
		if (!change_is(*words))
			*jobs++ = *words;
		else if (change_take(*words, &c, j->change, e) == -1)
			return -1;
	}
	if (jobs == words)
		return err_set(e, ERR_USAGE, "there is nothing to be set: write name=value");
	*jobs = NULL;
	return 0;
}

static int preview(const struct jobctl *j, struct err *e)
{
	for (size_t i = 0; i < j->targets.n; i++)
		printf("%s\n", j->targets.names[i]);
	return j->targets.n > 0 ? EXIT_OK : err_set(e, ERR_NOINPUT, "no job was chosen");
}

static int run(struct jobctl *j, char **words, struct err *e)
{
	if (changes_take(j, words, e) == -1)
		return -1;
	if (words[0] == NULL)
		return err_set(e, ERR_USAGE, "no job is named");
	if (options_check(j, e) == -1 ||
	    place_open(j->spool_option, j->config, &j->spool, NULL, e) == -1 ||
	    targets_read(&j->targets, words, &j->spool, 0, e) == -1)
		return -1;
	if (j->only != 0 && only_keep(j, e) == -1)
		return -1;
	return j->dry ? preview(j, e) : act(j, e);
}

/* The verb, then options and jobs in any order. */
static int line_read(struct jobctl *j, int argc, char **argv, char ***words, struct err *e)
{
	int verb = opts_parse(&program, argc, argv, option, j, e), n;

	if (verb == -1)
		return -1;
	if (verb == argc)
		return err_set(e, ERR_USAGE, "there is no verb: hold, release, set, suspend, "
		    "resume, requeue, rerun, top, expedite or move");
	j->verb = verb_find(argv[verb], e);
	if (j->verb == NULL)
		return -1;
	n = operands_parse(&program, argc - verb, argv + verb, option, j, e);
	if (n == -1)
		return -1;
	*words = argv + verb + 1;
	(*words)[n] = NULL;
	return 0;
}

int main(int argc, char **argv)
{
	struct jobctl j = { .spool = { .fd = -1 } };
	char **words = NULL;
	struct err e;
	int status = line_read(&j, argc, argv, &words, &e);

	if (status == 0)
		status = run(&j, words, &e);
	if (status == -1)
		status = cli_fail(&program, &e);
	outcomes_release(&j.outcomes);
	targets_release(&j.targets);
	msg_free(j.change);
	if (j.spool.fd != -1)
		spool_close(&j.spool);
	return cli_finish(&program, status);
}
