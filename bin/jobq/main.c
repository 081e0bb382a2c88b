/*
 * jobq: lists jobs.
 *
 * main.c owns the command line: which jobs, in which order and form.  Read show.c
 * next.
 */
#include <bsd/string.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "jobq.h"
#include "view/place.h"

#define NAMED_BYTES 500
#define WATCH_MS 2000
#define WATCH_MAX_MS (24 * 3600 * 1000)

enum {
	ALL = 1, ALL_USERS, USER, ME, JOBS, STATES, NAME, TAG, QUEUE, WORKER, SINCE, UNTIL, SORT,
	LIMIT, NO_HEADER, LONG, FIELDS, JSON, JSONL, PARSABLE, TSV, COUNT, MATCH, START, ARRAY,
	JOBLOG, TREE, WATCH
};

static const struct opt opts[] = {
	{ 'a', "all", NULL, "jobs in all states, also those in the history", ALL },
	{ 'A', "all-users", NULL, "jobs of all users", ALL_USERS },
	{ 'u', "user", "USERS", "jobs of these users", USER },
	{ 0, "me", NULL, "my own jobs (the default)", ME },
	{ 'j', "jobs", "IDS", "these jobs, in any state", JOBS },
	{ 't', "state", "STATES", "jobs in these states: names or two-letter codes", STATES },
	{ 'n', "name", "NAMES", "jobs of these names", NAME },
	{ 0, "tag", "K=V", "jobs with this tag", TAG },
	{ 'q', "queue", "QUEUES", "jobs in these queues", QUEUE },
	{ 'w', "worker", "WORKERS", "jobs that run, or ran last, on these workers", WORKER },
	{ 0, "since", "WHEN", "jobs submitted since then (2h: two hours ago)", SINCE },
	{ 0, "until", "WHEN", "jobs submitted until then", UNTIL },
	{ 'S', "sort", "KEY[-]", "in the order of these fields; '-' turns one round", SORT },
	{ 'N', "limit", "LIMIT", "at most so many: the first in order, else the latest", LIMIT },
	{ 'h', "no-header", NULL, "no header", NO_HEADER },
	{ 'l', "long", NULL, "more columns", LONG },
	{ 'o', "format", "FIELDS", "these fields: field[:width][:<|>],...", FIELDS },
	{ 0, "json", NULL, "one JSON document", JSON },
	{ 0, "jsonl", NULL, "a JSON object a line", JSONL },
	{ 0, "parsable", NULL, "fields between '|'", PARSABLE },
	{ 0, "tsv", NULL, "fields between tabs", TSV },
	{ 0, "count", NULL, "how many jobs are in each state", COUNT },
	{ 'e', "exit-status", NULL, "exit with 1 when no job matches", MATCH },
	{ 0, "start", NULL, "when queued jobs may start; the soonest first", START },
	{ 'r', "array", NULL, "a line for each element of an array", ARRAY },
	{ 0, "tree", NULL, "with what depends on them, drawn", TREE },
	{ 0, "joblog", NULL, "what ran and ended, as GNU parallel logs it", JOBLOG },
	{ 0, "watch", "[N]", "again every N seconds (2), until interrupted", WATCH },
	LOOK_TIME_OPTS,
	LOOK_PLACE_OPTS,
	{ 0, NULL, NULL, NULL, 0 }
};

static const char *const usage[] = { "[options] [ID ...]", NULL };
const struct program program = {
	"jobq", usage, "Lists jobs: without options, your own that have not ended.", opts, true
};

/* ---- options */

static int take_words(struct jobq *q, const char *list, struct err *e)
{
	char *copy = xstrdup(list), *rest = copy, *word;
	int r = 0;

	while (r == 0 && (word = strsep(&rest, ",")) != NULL) {
		r = selection_add(q->words, word, e);
		(void)buf_addf(&q->named, "%s%s", q->named.len > 0 ? " " : "", word);
	}
	free(copy);
	return r;
}

static int take_tag(struct jobq *q, const char *value, struct err *e)
{
	char *equals;

	if (strlcpy(q->tag, value, sizeof(q->tag)) >= sizeof(q->tag))
		return err_set(e, ERR_USAGE, "--tag: too long");
	equals = strchr(q->tag, '=');
	if (equals == q->tag)
		return err_set(e, ERR_USAGE, "--tag: a tag is NAME=VALUE");
	if (equals)
		*equals = '\0';
	q->walk.filter.tag_key = q->tag;
	q->walk.filter.tag_value = equals ? equals + 1 : NULL;
	return 0;
}

static void take_users(struct jobq *q, const char *users, bool all)
{
	q->walk.users = users;
	q->some_users = users != NULL;
	q->all_users = all;
	q->walk.mine = users == NULL && !all;
}

static int take_filter(struct jobq *q, int id, const char *value, struct err *e)
{
	switch (id) {
	case ALL_USERS:
		take_users(q, NULL, true);
		return 0;
	case USER:
		take_users(q, value, false);
		return 0;
	case ME:
		take_users(q, NULL, false);
		q->some_users = true;
		return 0;
	case JOBS:
		return take_words(q, value, e);
	case STATES:
		q->by_state = true;
		return states_parse(value, &q->states, e);
	case NAME:
		q->walk.names = value;
		return 0;
	case TAG:
		return take_tag(q, value, e);
	case QUEUE:
		q->walk.queues = value;
		return 0;
	case WORKER:
		q->walk.workers = value;
		return 0;
	case SINCE:
		return past_parse(value, q->look.style.now, &q->walk.filter.since, e);
	case UNTIL:
		return past_parse(value, q->look.style.now, &q->walk.filter.until, e);
	default:
		return 1;
	}
}

static int take_watch(struct jobq *q, const char *value, struct err *e)
{
	uint64_t ms = WATCH_MS;

	if (value && dur_parse(value, &ms, e) < 0)
		return err_prefix(e, "--watch");
	if (ms < 100 || ms > WATCH_MAX_MS)
		return err_set(e, ERR_USAGE, "--watch: between 0.1 and 86400 seconds");
	q->watch = (int64_t)ms;
	return 0;
}

static int take_output(struct jobq *q, int id, const char *value, struct err *e)
{
	switch (id) {
	case ALL:
		q->all_states = true;
		break;
	case SORT:
		q->order = value;
		break;
	case LIMIT:
		return num_i64(value, 1, INT64_MAX, &q->limit, e);
	case NO_HEADER:
		q->list.no_header = true;
		break;
	case LONG:
		q->fields = JOB_FIELDS_LONG;
		break;
	case FIELDS:
		q->fields = value;
		break;
	case JSON:
		q->output = AS_JSON;
		break;
	case JSONL:
		q->output = AS_JSONL;
		break;
	case PARSABLE:
		q->list.format = LIST_PARSABLE;
		break;
	case TSV:
		q->list.format = LIST_TSV;
		break;
	case COUNT:
		q->count = true;
		break;
	case MATCH:
		q->need_match = true;
		break;
	case START:
		q->start = true;
		break;
	case ARRAY:
		q->walk.elements = true;
		break;
	case TREE:
		q->tree = true;
		break;
	case JOBLOG:
		q->output = AS_JOBLOG;
		break;
	default:
		return take_watch(q, value, e);
	}
	return 0;
}

static int take(void *ctx, int id, const char *value, struct err *e)
{
	struct jobq *q = ctx;
	int r;

	if (look_option(&q->look, id, value))
		return 0;
	r = take_filter(q, id, value, e);
	return r == 1 ? take_output(q, id, value, e) : r;
}

static int check_options(const struct jobq *q, struct err *e)
{
	bool lines = q->list.format != LIST_TABLE || q->output != AS_LIST;

	if (q->tree && (q->count || lines))
		return err_set(e, ERR_USAGE, "--tree draws: it goes with no other form");
	if (q->count && q->output == AS_JOBLOG)
		return err_set(e, ERR_USAGE, "--count and --joblog exclude each other");
	if (q->watch && lines)
		return err_set(e, ERR_USAGE, "--watch is for people: it goes with tables only");
	return 0;
}

static unsigned default_states(const struct jobq *q, bool named)
{
	if (q->output == AS_JOBLOG)
		return STATES_ALL & ~STATES_ACTIVE;
	if (q->start)
		return 1u << JOB_QUEUED;
	return q->all_states || named ? STATES_ALL : STATES_ACTIVE;
}

/* Which states, and whether the history is asked, follows from all the options together. */
static void settle(struct jobq *q)
{
	bool named = !selection_empty(q->words);

	if (q->output == AS_JOBLOG)
		q->list.format = LIST_TSV;
	if (q->start && !q->order)
		q->order = "start,pri-,id";
	if (!q->by_state)
		q->states.statuses = q->states.whole = default_states(q, named);
	q->walk.filter.statuses = q->states.statuses;
	q->walk.filter.history = (q->states.statuses & ~STATES_ACTIVE) != 0;
	q->walk.filter.wholes = !named && !q->walk.elements && !q->by_state && !q->walk.workers;
	if (named) {
		q->walk.words = q->words;
		if (!q->some_users)
			take_users(q, NULL, true);
	}
}

/* Whether a job that is named might be there all the same. */
static bool is_filtered(const struct jobq *q)
{
	const struct walk *w = &q->walk;

	return q->by_state || q->some_users || w->names != NULL || w->queues != NULL ||
	    w->workers != NULL || w->filter.tag_key != NULL || w->filter.since != 0 ||
	    w->filter.until != 0;
}

/* ---- all of it */

static bool in_states(void *arg, const struct job_row *row)
{
	struct jobq *q = arg;

	if (q->output == AS_JOBLOG && (row->started_at == 0 || row->completed_at == 0))
		return false;
	return states_match(&q->states, row);
}

/* One look, or many: the exit status, or -1. */
static int look_at(struct jobq *q, const struct spool *s, struct err *e)
{
	struct view *v;
	int r;

	if (q->watch)
		return jobq_watch(q, s);
	v = view_open(s, e);
	r = v ? jobq_show(q, v, e) : -1;
	view_close(v);
	if (r == 0 && q->shown == 0 && q->named.len > 0 && !is_filtered(q))
		cli_warn(&program, "no such job: %s", q->named.data);
	return r < 0 ? -1 : q->need_match && q->shown == 0 ? EXIT_SOME_FAILED : EXIT_OK;
}

static const char *fields_of(const struct jobq *q)
{
	const char *own = getenv("JOBQ_FORMAT");

	if (q->fields)
		return q->fields;
	if (q->tree || q->start)
		return q->tree ? JOB_FIELDS_TREE : JOB_FIELDS_START;
	return own && *own ? own : JOB_FIELDS_SHORT;
}

static int run(struct jobq *q, struct err *e)
{
	struct spool spool;
	int status;

	if (check_options(q, e) < 0 ||
	    chosen_parse(&job_fields, fields_of(q), &q->chosen, e) < 0)
		return -1;
	if (place_open(q->look.spool, q->look.config, &spool, NULL, e) < 0)
		return -1;
	settle(q);
	q->start |= chosen_has(&q->chosen, "start") && q->output != AS_JOBLOG;
	q->walk.match = in_states;
	q->walk.arg = q;
	q->out = stdout;
	q->list.columns = terminal_columns();
	status = look_at(q, &spool, e);
	spool_close(&spool);
	return status;
}

int main(int argc, char **argv)
{
	struct jobq q = { .words = NULL };
	struct err e = { .code = ERR_NONE };
	int status = -1, at = -1;

	if (look_init(&q.look, &e) == 0) {
		q.words = selection_new();
		buf_init(&q.named, NAMED_BYTES);
		q.walk.mine = true;
		at = opts_parse(&program, argc, argv, take, &q, &e);
	}
	for (; at >= 0 && at < argc; at++) {
		if (take_words(&q, argv[at], &e) < 0)
			at = -2;
	}
	if (at >= 0)
		status = run(&q, &e);
	if (status < 0)
		status = cli_fail(&program, &e);
	chosen_release(&q.chosen);
	free(q.kept);
	selection_free(q.words);
	buf_release(&q.named);
	return cli_finish(&program, status);
}
