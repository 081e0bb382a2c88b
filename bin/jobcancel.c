/*
 * jobcancel: cancels jobs, or sends them a signal.
 *
 * Owns the choice of jobs by words and filters, and the questions that are asked
 * before something is ended.  What may be done is jobd's to say.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/interrupt.h"
#include "cli/json.h"
#include "cli/outcome.h"
#include "cli/signame.h"
#include "cli/states.h"
#include "cli/waitset.h"
#include "client/control.h"
#include "view/family.h"
#include "view/place.h"
#include "view/targets.h"
#include "view/walk.h"

static const char *const usage[] = {
	"[options] [filters] id ...", "[options] [--yes] filters", NULL
};

enum {
	OPT_SIGNAL, OPT_NOW, OPT_REASON, OPT_ASK, OPT_DRY, OPT_YES, OPT_WAIT, OPT_QUIET,
	OPT_VERBOSE, OPT_JSON, OPT_BATCH, OPT_CHILDREN, OPT_SPOOL, OPT_CONFIG, OPT_USER, OPT_NAME,
	OPT_TAG, OPT_QUEUE, OPT_STATE, OPT_WORKER
};

static const struct opt opts[] = {
	{ 's', "signal", "SIG", "only send this signal", OPT_SIGNAL },
	{ 'b', "batch", NULL, "with -s: to the main process, not to its children", OPT_BATCH },
	{ 0, "children", NULL, "also the jobs that depend on them, at any depth", OPT_CHILDREN },
	{ 0, "now", NULL, "kill at once, without grace", OPT_NOW },
	{ 0, "reason", "TEXT", "why; it stands in the job's record", OPT_REASON },
	{ 'i', "interactive", NULL, "ask for each job", OPT_ASK },
	{ 0, "dry-run", NULL, "print the jobs, do nothing", OPT_DRY },
	{ 0, "yes", NULL, "do not ask", OPT_YES },
	{ 'W', "wait", NULL, "wait until they have ended", OPT_WAIT },
	{ 'Q', "quiet", NULL, "a job that has ended already is no error", OPT_QUIET },
	{ 'v', "verbose", NULL, "tell what was done", OPT_VERBOSE },
	{ 0, "json", NULL, "print the outcomes as JSON", OPT_JSON },
	{ 'u', "user", "USERS", "filter: jobs of these users", OPT_USER },
	{ 'n', "name", "NAMES", "filter: jobs of these names", OPT_NAME },
	{ 0, "tag", "KEY[=VALUE]", "filter: jobs with this tag", OPT_TAG },
	{ 'q', "queue", "QUEUES", "filter: jobs in these queues", OPT_QUEUE },
	{ 't', "state", "STATES", "filter: jobs in these states", OPT_STATE },
	{ 'w', "worker", "WORKERS", "filter: jobs on these workers", OPT_WORKER },
	{ 0, "spool", "DIR", "which installation", OPT_SPOOL },
	{ 0, "config", "FILE", "read this configuration", OPT_CONFIG },
	{ 0, NULL, NULL, NULL, 0 }
};

static const struct program program = {
	"jobcancel", usage, "Cancels jobs, or sends them a signal.", opts, false
};

struct jobcancel {
	const char *spool_option, *config, *reason;
	int signal;			/* 0: cancel */
	bool now, ask, dry, yes, wait, quiet, verbose, json, batch, children;
	bool filtered;
	struct walk walk;
	struct states states;
	struct spool spool;
	struct client *client;
	struct targets targets;
	struct outcomes outcomes;
	struct waitset set;
};

/* ---- options */

static void tag_take(struct jobcancel *j, const char *value)
{
	char *key = xstrdup(value), *equals = strchr(key, '=');

	if (equals != NULL)
		*equals++ = '\0';
	free((char *)j->walk.filter.tag_key);
	j->walk.filter.tag_key = key;
	j->walk.filter.tag_value = equals;
}

/* 1: it is no filter. */
static int filter_take(struct jobcancel *j, int id, const char *value, struct err *e)
{
	switch (id) {
	case OPT_USER:
		j->walk.users = value;
		break;
	case OPT_NAME:
		j->walk.names = value;
		break;
	case OPT_TAG:
		if (value[0] == '\0' || value[0] == '=')
			return err_set(e, ERR_USAGE, "--tag: write KEY or KEY=VALUE");
		tag_take(j, value);
		break;
	case OPT_QUEUE:
		j->walk.queues = value;
		break;
	case OPT_STATE:
		if (states_parse(value, &j->states, e) == -1)
			return -1;
		if ((j->states.statuses & ~STATES_ACTIVE) != 0)
			return err_set(e, ERR_USAGE, "--state: %.64s: only jobs that are queued, "
			    "scheduled or running can be cancelled", value);
		break;
	case OPT_WORKER:
		j->walk.workers = value;
		break;
	default:
		return 1;
	}
	j->filtered = true;
	return 0;
}

static int text_take(struct jobcancel *j, int id, const char *value, struct err *e)
{
	switch (id) {
	case OPT_SIGNAL:
		return signal_parse(value, &j->signal, e);
	case OPT_REASON:
		j->reason = value;
		return 0;
	case OPT_SPOOL:
		j->spool_option = value;
		return 0;
	default:
		j->config = value;
		return 0;
	}
}

static int option(void *ctx, int id, const char *value, struct err *e)
{
	struct jobcancel *j = ctx;
	bool *const flags[] = {
		[OPT_NOW] = &j->now, [OPT_ASK] = &j->ask, [OPT_DRY] = &j->dry, [OPT_YES] = &j->yes,
		[OPT_WAIT] = &j->wait, [OPT_QUIET] = &j->quiet, [OPT_VERBOSE] = &j->verbose,
		[OPT_JSON] = &j->json, [OPT_BATCH] = &j->batch, [OPT_CHILDREN] = &j->children,
		[OPT_CONFIG] = NULL
	};
	int r;

	if (id <= OPT_CONFIG && flags[id] != NULL) {
		*flags[id] = true;
		return 0;
	}
	r = filter_take(j, id, value, e);
	return r == 1 ? text_take(j, id, value, e) : r;
}

static int options_check(const struct jobcancel *j, bool words, struct err *e)
{
	if (!words && !j->filtered)
		return err_set(e, ERR_USAGE, "no job is named");
	if (j->signal != 0 && j->now)
		return err_set(e, ERR_USAGE, "--signal and --now exclude each other");
	if (j->batch && j->signal == 0)
		return err_set(e, ERR_USAGE, "--batch goes with --signal");
	if (!words && !j->yes && !j->ask && !j->dry && !isatty(STDIN_FILENO))
		return err_set(e, ERR_USAGE, "a filter alone needs --yes");
	return 0;
}

/* ---- choosing */

/* A yes from the terminal, which need not be standard input. */
static bool agreed(const char *question)
{
	FILE *tty = fopen("/dev/tty", "r");
	char line[16] = "";

	if (tty == NULL) {
		cli_warn(&program, "%s there is no terminal to ask at", question);
		return false;
	}
	fprintf(stderr, "%s: %s [y/N] ", program.name, question);
	if (fgets(line, sizeof(line), tty) == NULL)
		line[0] = '\0';
	fclose(tty);
	return line[0] == 'y' || line[0] == 'Y';
}

static int choose(void *arg, const void *p)
{
	const struct job_row *row = p;
	struct jobcancel *j = arg;
	char id[24], question[400];

	snprintf(id, sizeof(id), "%" PRId64, row->id);
	if (j->ask) {
		struct buf b;

		snprintf(question, sizeof(question), "%s job %s (%s, %s)?",
		    j->signal != 0 ? "signal" : "cancel", id, row->name != NULL ? row->name : "",
		    job_status_name((enum job_status)row->status));
		buf_init(&b, sizeof(question) * 4);
		safe_add(&b, question, strlen(question));
		if (!agreed(b.data))
			id[0] = '\0';
		buf_release(&b);
	}
	if (id[0] != '\0')
		targets_add(&j->targets, id);
	return 0;
}

static bool in_state(void *arg, const struct job_row *row)
{
	const struct jobcancel *j = arg;

	return j->states.statuses == 0 || states_match(&j->states, row);
}

/* Through the view: what filters choose, and whatever somebody is asked about or shown. */
static int chosen_read(struct jobcancel *j, char *const *words, struct err *e)
{
	struct view *v = view_open(&j->spool, e);
	struct selection *sel = selection_new();
	int r = v != NULL ? 0 : -1;

	for (char *const *w = words; *w != NULL && r == 0; w++)
		r = selection_add(sel, *w, e);
	j->walk.words = words[0] != NULL ? sel : NULL;
	j->walk.mine = words[0] == NULL && j->walk.users == NULL;
	j->walk.filter.statuses = j->states.statuses != 0 ? j->states.statuses : STATES_ACTIVE;
	j->walk.match = in_state;
	j->walk.arg = j;
	if (r == 0)
		r = walk_jobs(v, &j->walk, choose, j, e);
	selection_free(sel);
	view_close(v);
	return r;
}

static int targets_choose(struct jobcancel *j, char *const *words, struct err *e)
{
	char question[64];

	bool plain = !j->filtered && !j->ask && !j->dry;
	int r = plain ? targets_read(&j->targets, words, &j->spool, 0, e) :
	    chosen_read(j, words, e);

	if (r == 0 && j->children)
		r = family_add(&j->targets, &j->spool, e);
	if (plain || r == -1)
		return r;
	snprintf(question, sizeof(question), "%s %zu jobs?", j->signal != 0 ? "signal" : "cancel",
	    j->targets.n);
	if (words[0] == NULL && !j->yes && !j->ask && !j->dry && j->targets.n > 0 &&
	    !agreed(question))
		return err_set(e, ERR_USAGE, "nothing was done");
	return 0;
}

/* ---- doing */

static void done(void *arg, const char *target, enum err_code code, const char *text,
    int64_t job)
{
	struct jobcancel *j = arg;

	(void)job;
	outcomes_add(&j->outcomes, target, strlen(target), code, text);
	if (code == ERR_NONE && j->wait && j->signal == 0)
		waitset_add(&j->set, target, 0);
}

static void outcomes_show(const struct jobcancel *j)
{
	struct json json;

	for (size_t i = 0; i < j->outcomes.n; i++) {
		const struct outcome *o = &j->outcomes.list[i];

		if (o->code != ERR_NONE)
			cli_warn(&program, "%s: %s", o->target, o->text);
		else if (j->verbose)
			cli_warn(&program, "%s: %s", o->target,
			    j->signal != 0 ? "signalled" : "cancelled");
	}
	if (!j->json)
		return;
	json_init(&json, stdout);
	outcomes_json(&j->outcomes, &json);
}

static int ended(void *arg, const struct msg *m)
{
	return waitset_ended(arg, m);
}

static int wait_ends(struct jobcancel *j, int status)
{
	volatile sig_atomic_t *flag = interrupt_catch();
	struct client_wait w = { .timeout = -1, .ended = ended, .arg = &j->set };
	const char **names = waitset_targets(&j->set, &w.n);
	struct err e;
	int r;

	w.targets = names;
	client_interrupt(j->client, flag);
	r = client_wait(j->client, &w, &e);
	free(names);
	if (r == 0)
		return status;
	if (*flag == 0)
		return cli_fail(&program, &e);
	cli_warn(&program, "interrupted; the jobs are being ended all the same");
	return EXIT_INTERRUPTED;
}

static int act(struct jobcancel *j, struct err *e)
{
	struct client_control ct = {
		.op = j->signal != 0 ? CONTROL_SIGNAL : CONTROL_CANCEL, .n = j->targets.n,
		.targets = (const char *const *)j->targets.names, .text = j->reason,
		.signal = j->signal, .main_only = j->batch, .now = j->now, .done = done, .arg = j
	};
	int r, status;

	for (size_t i = 0; i < j->targets.nunknown; i++)
		outcomes_add(&j->outcomes, j->targets.unknown[i], strlen(j->targets.unknown[i]),
		    ERR_NOINPUT, OUTCOME_UNKNOWN);
	j->client = client_new(&j->spool);
	r = client_control(j->client, &ct, e);
	if (j->quiet)
		outcomes_forgive(&j->outcomes);
	outcomes_show(j);
	if (r == -1)
		return -1;
	status = outcomes_status(&j->outcomes);
	return j->set.n > 0 ? wait_ends(j, status) : status;
}

static int run(struct jobcancel *j, char *const *words, struct err *e)
{
	if (options_check(j, words[0] != NULL, e) == -1 ||
	    place_open(j->spool_option, j->config, &j->spool, NULL, e) == -1 ||
	    targets_choose(j, words, e) == -1)
		return -1;
	if (!j->dry && j->targets.n + j->targets.nunknown > 0)
		return act(j, e);
	for (size_t i = 0; i < j->targets.n; i++)
		printf("%s\n", j->targets.names[i]);
	if (j->targets.n > 0 || j->quiet)
		return EXIT_OK;
	return err_set(e, ERR_NOINPUT, "no job was chosen");
}

int main(int argc, char **argv)
{
	struct jobcancel j = { .spool = { .fd = -1 } };
	struct err e;
	int n = opts_parse(&program, argc, argv, option, &j, &e), status = -1;

	waitset_init(&j.set, UNTIL_ENDED, false);
	if (n != -1)
		status = run(&j, argv + n, &e);
	if (status == -1)
		status = cli_fail(&program, &e);
	client_free(j.client);
	waitset_release(&j.set);
	outcomes_release(&j.outcomes);
	targets_release(&j.targets);
	free((char *)j.walk.filter.tag_key);
	if (j.spool.fd != -1)
		spool_close(&j.spool);
	return cli_finish(&program, status);
}
