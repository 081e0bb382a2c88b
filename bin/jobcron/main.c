/*
 * jobcron: recurring jobs, and what their expressions mean.
 *
 * Verbs are rows; options stand anywhere behind the verb.  This file owns the command
 * line, the others a verb or two each.
 */
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/text.h"
#include "cli/operands.h"
#include "jobcron.h"

static const char *const usage[] = {
	"add [options of jobsub] --cron EXPRESSION|--every PERIOD command [arg ...]",
	"set [--unset OPTION] [options of jobsub] SCHEDULE [command [arg ...]]",
	"edit [options] SCHEDULE", "list [-A] [--at-once] [options]",
	"show [-n COUNT] [options] SCHEDULE",
	"next [-n COUNT] [--tz ZONE] [--from TIME] [options] SCHEDULE|EXPRESSION",
	"test [--tz ZONE] [--from TIME] [options] EXPRESSION",
	"pause|resume|rm [options] SCHEDULE ...", "run [--force] [options] SCHEDULE ...",
	"skip [-n COUNT] [options] SCHEDULE ...",
	"replay --from TIME [--until TIME] [options] SCHEDULE",
	"import [--system] [--dry-run] [options] FILE", "export [options]", "-T FILE",
	"-l", "-e", NULL
};

enum {
	COUNT = 1, TZ, FROM, UNTIL, ANCHOR, DST_GAP, DST_FOLD, ID, NO_HEADER, PARSABLE, TSV, JSON,
	JSONL, ALL_USERS, AT_ONCE, FORCE, SYSTEM,
	DRY_RUN, CHECK, LIST, EDIT, QUIET, UNSET
};

static const struct opt opts[] = {
	{ 'n', "count", "COUNT", "how many: next, show (10), skip (1)", COUNT },
	{ 'A', "all-users", NULL, "list: schedules of all users", ALL_USERS },
	{ 0, "at-once", NULL, "list: those that are due at the same time as another", AT_ONCE },
	{ 0, "force", NULL, "run: though a run has not ended", FORCE },
	{ 0, "tz", "ZONE", "the time zone, as Europe/Berlin", TZ },
	{ 0, "from", "TIME", "next, test, replay: the first at or after this time (now)", FROM },
	{ 0, "until", "TIME", "next, replay: those before this time", UNTIL },
	{ 0, "anchor", "TIME", "the time from which @every counts (that of --from)", ANCHOR },
	{ 0, "dst-gap", "WAY", "local times that are skipped: auto, makeup or skip", DST_GAP },
	{ 0, "dst-fold", "WAY", "those that come twice: auto, first, second or both", DST_FOLD },
	{ 0, "id", "ID", "the schedule from whose name H is computed (s0)", ID },
	{ 0, "system", NULL, "import: a user stands behind the fields of each line", SYSTEM },
	{ 0, "dry-run", NULL, "import: check the file, make nothing", DRY_RUN },
	{ 'T', "check", "FILE", "as crontab -T: the same as import --dry-run FILE", CHECK },
	{ 'l', "list", NULL, "as crontab -l: the schedules made by import and -e", LIST },
	{ 'e', "edit", NULL, "as crontab -e: change these in an editor", EDIT },
	{ 0, "unset", "OPTION", "set: take back what was said with it (repeat for more)", UNSET },
	{ 'Q', "quiet", NULL, "no notices", QUIET },
	{ 'h', "no-header", NULL, "no header", NO_HEADER },
	{ 0, "parsable", NULL, "fields between '|'", PARSABLE },
	{ 0, "tsv", NULL, "fields between tabs", TSV },
	{ 0, "json", NULL, "one JSON document", JSON },
	{ 0, "jsonl", NULL, "a JSON object a line", JSONL },
	LOOK_TIME_OPTS,
	LOOK_PLACE_OPTS,
	{ 0, NULL, NULL, NULL, 0 }
};

const struct program program = {
	"jobcron", usage, "Recurring jobs: when they run, and what became of them.", opts, true
};

static const struct verb {
	const char *name;
	int (*run)(struct jobcron *j, char **words, struct err *e);
	bool as_jobsub;		/* its words are for jobsub's options */
} verbs[] = {
	{ "add", add_run, true }, { "set", set_run, true }, { "edit", edit_run, false },
	{ "list", list_run, false }, { "show", show_run, false }, { "next", next_run, false },
	{ "test", test_run, false },
	{ "import", import_run, false }, { "export", export_run, false },
	{ "pause", order_run, false }, { "resume", order_run, false }, { "run", order_run, false },
	{ "skip", order_run, false }, { "replay", order_run, false }, { "rm", order_run, false },
};

#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

static int way(const char *option, int value, const char *word, const char *ways, struct err *e)
{
	if (value == -1)
		return err_set(e, ERR_USAGE, "--%s: '%.32s' is none of %s", option, word, ways);
	return value;
}

static int take_meaning(struct jobcron *j, int id, const char *value, struct err *e)
{
	int v = 0;

	switch (id) {
	case TZ:
		j->tz = value;
		break;
	case FROM:
		j->from = value;
		break;
	case UNTIL:
		j->until = value;
		break;
	case ANCHOR:
		j->anchor = value;
		break;
	case ID:
		j->id = value;
		break;
	case DST_GAP:
		v = way("dst-gap", cron_gap_parse(value), value, "auto, makeup, skip", e);
		j->gap = (enum cron_gap)v;
		break;
	case DST_FOLD:
		v = way("dst-fold", cron_fold_parse(value), value, "auto, first, second, both", e);
		j->fold = (enum cron_fold)v;
		break;
	default:
		return 1;
	}
	return v == -1 ? -1 : 0;
}

static int take(void *ctx, int id, const char *value, struct err *e)
{
	struct jobcron *j = ctx;
	int r;

	if (look_option(&j->look, id, value))
		return 0;
	r = take_meaning(j, id, value, e);
	if (r != 1)
		return r;
	switch (id) {
	case COUNT:
		return num_i64(value, 1, INT32_MAX, &j->count, e);
	case NO_HEADER:
		j->list.no_header = true;
		break;
	case PARSABLE:
		j->list.format = LIST_PARSABLE;
		break;
	case TSV:
		j->list.format = LIST_TSV;
		break;
	case JSON:
		j->json = true;
		break;
	case ALL_USERS:
		j->all = true;
		break;
	case AT_ONCE:
		j->at_once = true;
		break;
	case FORCE:
		j->force = true;
		break;
	case SYSTEM:
		j->system = true;
		break;
	case DRY_RUN:
		j->dry = true;
		break;
	case CHECK:
		j->check = value;
		break;
	case LIST:
		j->print = true;
		break;
	case EDIT:
		j->edit = true;
		break;
	case UNSET:
		return err_set(e, ERR_USAGE, "--unset stands behind set");
	case QUIET:
		j->quiet = true;
		break;
	default:
		j->jsonl = true;
		break;
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
	err_set(e, ERR_USAGE, "unknown verb %.64s%s%s%s", name, near ? "; did you mean " : "",
	    near ? near : "", near ? "?" : "");
	return NULL;
}

/* -T, -l and -e, which hands know from crontab(1). */
static int as_crontab(struct jobcron *j, struct err *e)
{
	char *file[] = { (char *)(uintptr_t)j->check, NULL };

	if (j->print + j->edit + (j->check != NULL) > 1)
		return err_set(e, ERR_USAGE, "-T, -l and -e exclude each other");
	if (j->print)
		return tab_print(j, e);
	if (j->edit)
		return tab_edit(j, e);
	j->dry = true;
	return import_run(j, file, e);
}

static int run(struct jobcron *j, int argc, char **argv, struct err *e)
{
	int at = opts_parse(&program, argc, argv, take, j, e), n;
	const struct verb *verb;

	if (at == -1)
		return -1;
	if (at == argc && (j->check != NULL || j->print || j->edit))
		return as_crontab(j, e);
	if (at == argc)
		return err_set(e, ERR_USAGE, "there is no verb: add, set, edit, list, show, next, "
		    "test, pause, resume, run, skip, replay, rm, import or export");
	verb = verb_find(argv[at], e);
	if (verb == NULL)
		return -1;
	j->verb = verb->name;
	if (verb->as_jobsub)
		return verb->run(j, argv + at + 1, e);
	n = operands_parse(&program, argc - at, argv + at, take, j, e);
	if (n == -1)
		return -1;
	argv[at + 1 + n] = NULL;
	return verb->run(j, argv + at + 1, e);
}

int main(int argc, char **argv)
{
	struct jobcron j = { .id = "s0", .spool = { .fd = -1 } };
	struct err e;
	int status = look_init(&j.look, &e);

	if (status == 0)
		status = run(&j, argc, argv, &e);
	if (status == -1)
		status = cli_fail(&program, &e);
	zone_free(j.zone);
	windows_release(&j.blackout);
	calendars_free(&j.calendars);
	view_close(j.view);
	arena_free(j.arena);
	free(j.rows);
	if (j.spool.fd != -1)
		spool_close(&j.spool);
	return cli_finish(&program, status);
}
