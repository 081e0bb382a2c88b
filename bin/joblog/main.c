/*
 * joblog: prints or follows what jobs wrote.
 *
 * main.c owns the command line.  Read choose.c and output.c next.
 */
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "joblog.h"
#include "view/place.h"

#define FAILED_LINES 10		/* of each, with --all-failed */

enum {
	FOLLOW = 1, LINES, ONLY_OUT, ONLY_ERR, ATTEMPT, PREV, PATH, META, STATUS, QUIET,
	TIMES, SINCE, GREP, ALL_FAILED
};

static const struct opt opts[] = {
	{ 'f', "follow", NULL, "go on until the job's end; wait for one that is queued", FOLLOW },
	{ 'n', "lines", "N", "only the last N lines of each stream", LINES },
	{ 'o', "stdout", NULL, "only its standard output", ONLY_OUT },
	{ 'e', "stderr", NULL, "only its standard error", ONLY_ERR },
	{ 'a', "attempt", "N|all", "of attempt N, or of all; without it, of the last", ATTEMPT },
	{ 0, "prev", NULL, "of the execution before the last", PREV },
	{ 0, "path", NULL, "where the output lies, instead of the output", PATH },
	{ 0, "meta", NULL, "the execution's metadata, instead of the output", META },
	{ 0, "exit-status", NULL, "with -f: exit with the job's status", STATUS },
	{ 'Q', "quiet", NULL, "no notices", QUIET },
	{ 't', "timestamps", NULL, "with the time of each line, as far as it is known", TIMES },
	{ 0, "since", "WHEN", "what was written since then (2h: two hours ago)", SINCE },
	{ 0, "grep", "RE", "lines that match the extended regular expression", GREP },
	{ 0, "all-failed", NULL, "the last lines of all those jobs that failed", ALL_FAILED },
	LOOK_TIME_OPTS,
	LOOK_PLACE_OPTS,
	{ 0, NULL, NULL, NULL, 0 }
};

static const char *const usage[] = { "[options] ID ...", "--all-failed [options] [ID ...]", NULL };
const struct program program = {
	"joblog", usage, "Prints what jobs wrote to standard output and standard error.",
	opts, false
};

static int take_attempt(struct joblog *l, const char *value, struct err *e)
{
	if (strcmp(value, "all") == 0) {
		l->all = true;
		return 0;
	}
	return num_i64(value, 1, INT64_MAX, &l->attempt, e);
}

static int take_pattern(struct joblog *l, const char *value, struct err *e)
{
	char text[200];
	int r;

	if (l->has_pattern)
		regfree(&l->pattern);
	r = regcomp(&l->pattern, value, REG_EXTENDED);
	l->has_pattern = r == 0;
	if (r == 0)
		return 0;
	regerror(r, &l->pattern, text, sizeof(text));
	return err_set(e, ERR_USAGE, "--grep: '%.80s' is no regular expression: %s", value, text);
}

static int take(void *ctx, int id, const char *value, struct err *e)
{
	struct joblog *l = ctx;

	if (look_option(&l->look, id, value))
		return 0;
	switch (id) {
	case FOLLOW:
		l->follow = true;
		return 0;
	case LINES:
		return num_i64(value, 0, INT64_MAX, &l->lines, e);
	case ONLY_OUT:
		l->only_out = true;
		return 0;
	case ONLY_ERR:
		l->only_err = true;
		return 0;
	case ATTEMPT:
		return take_attempt(l, value, e);
	case PREV:
		l->prev = true;
		return 0;
	case PATH:
		l->path = true;
		return 0;
	case META:
		l->meta = true;
		return 0;
	case STATUS:
		l->status = true;
		return 0;
	case QUIET:
		l->quiet = true;
		return 0;
	case TIMES:
		l->times = true;
		return 0;
	case SINCE:
		return past_parse(value, l->look.style.now, &l->since, e);
	case GREP:
		return take_pattern(l, value, e);
	default:
		l->all_failed = true;
		return 0;
	}
}

static int check_options(const struct joblog *l, struct err *e)
{
	if (l->status && !l->follow)
		return err_set(e, ERR_USAGE, "--exit-status needs --follow: without it, the job "
		    "may not have ended");
	if (l->only_out && l->only_err)
		return err_set(e, ERR_USAGE, "--stdout and --stderr exclude each other; without "
		    "them, both are shown");
	if (l->prev + (l->attempt > 0) + l->all + (l->execution > 0) > 1)
		return err_set(e, ERR_USAGE,
		    "--attempt, --prev and ID.EXECUTION exclude each other");
	if ((l->follow || l->all_failed) && (l->path || l->meta))
		return err_set(e, ERR_USAGE,
		    "--follow and --all-failed are for the output, not for --path or --meta");
	if (l->follow && l->all_failed)
		return err_set(e, ERR_USAGE, "--follow and --all-failed exclude each other: what "
		    "failed writes no more");
	return 0;
}

/* Cuts ".K" off an id. */
static int take_execution(struct joblog *l, char *word, struct err *e)
{
	char *dot = strchr(word, '.');

	if (!dot || strspn(word, "0123456789_") != (size_t)(dot - word))
		return 0;
	*dot = '\0';
	return num_i64(dot + 1, 1, INT64_MAX, &l->execution, e);
}

static int show(struct joblog *l, char *const *words, struct err *e)
{
	int64_t *ids = NULL;
	size_t n = 0;
	int r = jobs_chosen(l, words, &ids, &n, e);

	l->several = n > 1 || l->all_failed;
	if (l->all_failed && l->lines == -1)
		l->lines = FAILED_LINES;
	if (r == 0 && n == 0 && !l->quiet)
		cli_warn(&program, "no job has failed");
	if (r == 0 && (l->path || l->meta)) {
		for (size_t i = 0; i < n && r == 0; i++)
			r = facts_show(l, ids[i], e);
	} else if (r == 0) {
		r = output_show(l, ids, n, e);
	}
	free(ids);
	return r;
}

static int run(struct joblog *l, int n, char **words, struct err *e)
{
	int r;

	if (n == 0 && !l->all_failed)
		return err_set(e, ERR_USAGE, "of which job?");
	for (int i = 0; i < n; i++) {
		if (take_execution(l, words[i], e) < 0)
			return -1;
	}
	if (n > 1 && l->execution)
		return err_set(e, ERR_USAGE, "ID.EXECUTION goes with no other job");
	if (check_options(l, e) < 0)
		return -1;
	if (place_open(l->look.spool, l->look.config, &l->spool, NULL, e) < 0)
		return -1;
	r = show(l, words, e);
	view_close(l->v);
	spool_close(&l->spool);
	return r;
}

int main(int argc, char **argv)
{
	struct joblog l = { .exit = EXIT_OK };
	struct err e = { .code = ERR_NONE };
	int status, at = -1;

	if (look_init(&l.look, &e) == 0) {
		l.lines = -1;
		at = opts_parse(&program, argc, argv, take, &l, &e);
	}
	if (at < 0 || run(&l, argc - at, argv + at, &e) < 0)
		status = cli_fail(&program, &e);
	else
		status = l.exit;
	if (l.has_pattern)
		regfree(&l.pattern);
	return cli_finish(&program, status);
}
