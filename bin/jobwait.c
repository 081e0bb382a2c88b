/*
 * jobwait: waits for jobs and exits with their status.
 *
 * jobd tells when they end.  While it is away, what had ended before is read in
 * the spool, and jobd is tried again.  What counts, and when it is over, is
 * lib/cli/waitset.h's.
 */
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "cli/cli.h"
#include "cli/interrupt.h"
#include "cli/waitset.h"
#include "client/client.h"
#include "view/place.h"
#include "view/targets.h"

static const char *const usage[] = { "[options] id ...", NULL };

enum {
	OPT_ALL, OPT_ANY, OPT_UNTIL, OPT_TIMEOUT, OPT_COUNT, OPT_QUIET, OPT_VERBOSE, OPT_SPOOL,
	OPT_CONFIG
};

static const struct opt opts[] = {
	{ 0, "all", NULL, "wait for all of them (default)", OPT_ALL },
	{ 0, "any", NULL, "wait for the first of them", OPT_ANY },
	{ 0, "until", "WHAT", "started, ended (default) or ok", OPT_UNTIL },
	{ 0, "timeout", "D", "wait no longer, exit 75", OPT_TIMEOUT },
	{ 0, "count-failed", NULL, "exit with the number that failed, at most 101", OPT_COUNT },
	{ 'Q', "quiet", NULL, "no notices", OPT_QUIET },
	{ 'v', "verbose", NULL, "tell how each ended", OPT_VERBOSE },
	{ 0, "spool", "DIR", "which installation", OPT_SPOOL },
	{ 0, "config", "FILE", "read this configuration", OPT_CONFIG },
	{ 0, NULL, NULL, NULL, 0 }
};

static const struct program program = {
	"jobwait", usage, "Waits for jobs and exits with their status.", opts, false
};

struct jobwait {
	const char *spool_option, *config;
	int64_t timeout;		/* ms; -1: none */
	bool any, count, quiet, verbose;
	enum wait_until until;
	struct spool spool;
	struct waitset set;
	volatile sig_atomic_t *flag;
	bool found;			/* the spool had all that was waited for */
};

static int until_parse(const char *value, enum wait_until *until, struct err *e)
{
	static const char *const words[] = {
		[UNTIL_ENDED] = "ended", [UNTIL_STARTED] = "started", [UNTIL_OK] = "ok"
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i], value) == 0) {
			*until = (enum wait_until)i;
			return 0;
		}
	}
	return err_set(e, ERR_USAGE, "--until: '%.64s' is none of started, ended and ok", value);
}

static int option(void *ctx, int id, const char *value, struct err *e)
{
	struct jobwait *j = ctx;
	uint64_t ms;

	switch (id) {
	case OPT_ALL:
	case OPT_ANY:
		j->any = id == OPT_ANY;
		break;
	case OPT_UNTIL:
		return until_parse(value, &j->until, e);
	case OPT_TIMEOUT:
		if (dur_parse(value, &ms, e) == -1)
			return err_prefix(e, "--timeout");
		j->timeout = (int64_t)ms;
		break;
	case OPT_COUNT:
		j->count = true;
		break;
	case OPT_QUIET:
	case OPT_VERBOSE:
		*(id == OPT_QUIET ? &j->quiet : &j->verbose) = true;
		break;
	case OPT_SPOOL:
		j->spool_option = value;
		break;
	default:
		j->config = value;
	}
	return 0;
}

static int ended(void *arg, const struct msg *m)
{
	struct jobwait *j = arg;

	return waitset_ended(&j->set, m);
}

/* What the spool says of one job, as far as it can be read. */
static void look_at(struct jobwait *j, struct view *v, struct wait_item *it)
{
	struct job_row row;
	struct uuid u;
	int64_t id = it->job;

	if (uuid_parse(it->name, &u) == 0 && view_uuid(v, &u, &id, NULL) != 1)
		return;
	if (id == 0 && num_i64(it->name, 1, INT64_MAX, &id, NULL) == -1)
		return;
	if (view_job(v, id, &row, NULL) != 1)
		return;
	/* A job that ran when jobd went away may have ended since: only jobd will know. */
	if (job_status_terminal((enum job_status)row.status) || j->until == UNTIL_STARTED)
		waitset_row(&j->set, it, &row);
}

static void away(void *arg, bool is_away)
{
	struct jobwait *j = arg;
	struct view *v = is_away ? view_open(&j->spool, NULL) : NULL;

	for (size_t i = 0; v != NULL && i < j->set.n; i++)
		look_at(j, v, &j->set.items[i]);
	view_close(v);
	if (waitset_over(&j->set)) {
		/* The way to end the wait from here is that of a signal. */
		j->found = true;
		*j->flag = SIGALRM;
	} else if (!j->quiet) {
		cli_warn(&program, is_away ? "jobd does not answer; waiting goes on" :
		    "jobd is back");
	}
}

static int targets_take(struct jobwait *j, char *const *words, struct err *e)
{
	struct targets t = { 0 };

	if (targets_read(&t, words, &j->spool, 0, e) == -1)
		return -1;
	waitset_init(&j->set, j->until, j->any);
	j->set.count_failed = j->count;
	j->set.tell = j->verbose ? &program : NULL;
	for (size_t i = 0; i < t.n; i++)
		waitset_add(&j->set, t.names[i], 0);
	for (size_t i = 0; i < t.nunknown; i++) {
		waitset_add(&j->set, t.unknown[i], 0);
		cli_warn(&program, "%s: no such job", t.unknown[i]);
		waitset_unknown(&j->set, &j->set.items[j->set.n - 1], EXIT_NOINPUT);
	}
	targets_release(&t);
	return 0;
}

static int waited(struct jobwait *j, const struct err *e)
{
	if (j->found)
		return waitset_status(&j->set);
	if (*j->flag != 0) {
		if (!j->quiet) {
			cli_warn(&program, "interrupted; the jobs go on");
			cli_warn(&program, "'jobcancel ID' cancels one");
		}
		return EXIT_INTERRUPTED;
	}
	if (e->code == ERR_AGAIN && j->quiet)
		return EXIT_TEMPFAIL;
	return cli_fail(&program, e);
}

static int run(struct jobwait *j, char *const *words, struct err *e)
{
	struct client_wait w = {
		.timeout = j->timeout, .ended = ended, .away = away, .arg = j,
		.until = j->until == UNTIL_STARTED ? "started" : "ended"
	};
	struct client *client;
	const char **names;
	int r;

	if (words[0] == NULL)
		return err_set(e, ERR_USAGE, "no job is named");
	if (place_open(j->spool_option, j->config, &j->spool, NULL, e) == -1 ||
	    targets_take(j, words, e) == -1)
		return -1;
	if (waitset_over(&j->set))
		return waitset_status(&j->set);
	client = client_new(&j->spool);
	j->flag = interrupt_catch();
	client_interrupt(client, j->flag);
	names = waitset_targets(&j->set, &w.n);
	w.targets = names;
	r = client_wait(client, &w, e) == 0 ? waitset_status(&j->set) : waited(j, e);
	free(names);
	client_free(client);
	return r;
}

int main(int argc, char **argv)
{
	struct jobwait j = { .timeout = -1, .spool = { .fd = -1 } };
	struct err e;
	int n = opts_parse(&program, argc, argv, option, &j, &e), status = -1;

	if (n != -1)
		status = run(&j, argv + n, &e);
	if (status == -1)
		status = cli_fail(&program, &e);
	waitset_release(&j.set);
	if (j.spool.fd != -1)
		spool_close(&j.spool);
	return cli_finish(&program, status);
}
