/*
 * jobq: lists jobs.
 *
 * Wires options to a walk over the view and its rows to a listing.  Rows are
 * written as they come, unless an order or the latest N of them are wanted: then
 * they are kept, sorted and cut first.
 */
#include <bsd/string.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "cli/field.h"
#include "cli/jobdoc.h"
#include "cli/look.h"
#include "cli/states.h"
#include "view/place.h"
#include "view/rows.h"
#include "view/walk.h"

#define NAMED_BYTES 500

enum output { AS_LIST, AS_JSON, AS_JSONL };

struct jobq {
	struct look look;
	struct walk walk;
	struct states states;
	struct selection *words;
	struct buf named;		/* the same as they were written, as far as there is room */
	char tag[1100];			/* NAME=VALUE, cut in two */
	bool by_state;			/* -t was given */
	bool all_states, all_users, some_users, count, need_match;
	const char *order, *fields;
	int64_t limit;
	enum output output;
	struct list_options list;
	/* at work */
	struct chosen chosen;
	struct list *out;
	struct json json;
	int64_t counts[JOB_CANCELLED + 1];
	struct arena *kept_in;
	const void **kept;
	size_t nkept, cap;
	size_t shown;
};

enum {
	ALL = 1, ALL_USERS, USER, ME, JOBS, STATES, NAME, TAG, QUEUE, WORKER, SINCE, UNTIL, SORT,
	LIMIT, NO_HEADER, LONG, FIELDS, JSON, JSONL, PARSABLE, TSV, COUNT, MATCH, LATER
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
	{ 0, "start", NULL, NULL, LATER },
	{ 'r', "array", NULL, NULL, LATER },
	{ 0, "joblog", NULL, NULL, LATER },
	{ 0, "tree", NULL, NULL, LATER },
	{ 0, "watch", "[N]", NULL, LATER },
	LOOK_TIME_OPTS,
	LOOK_PLACE_OPTS,
	{ 0, NULL, NULL, NULL, 0 }
};

static const char *const usage[] = { "[options] [ID ...]", NULL };
static const struct program program = {
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
	default:
		return err_set(e, ERR_UNAVAIL, "not there yet: --start, --array, "
		    "--joblog, --tree and --watch");
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

/* Which states, and whether the history is asked, follows from all the options together. */
static void settle(struct jobq *q)
{
	bool named = !selection_empty(q->words);

	if (!q->by_state)
		q->states.statuses = q->states.whole =
		    q->all_states || named ? STATES_ALL : STATES_ACTIVE;
	q->walk.filter.statuses = q->states.statuses;
	q->walk.filter.history = (q->states.statuses & ~STATES_ACTIVE) != 0;
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

/* ---- rows out */

static bool in_states(void *arg, const struct job_row *row)
{
	return states_match(&((struct jobq *)arg)->states, row);
}

static void show(struct jobq *q, const struct job_row *row)
{
	struct jobdoc doc = { .row = row, .now = q->look.style.now };

	q->shown++;
	if (q->output == AS_LIST)
		chosen_row(&q->chosen, &q->look.style, row, q->out);
	else if (q->fields)
		chosen_json(&q->chosen, &q->look.style, row, &q->json);
	else
		jobdoc_write(&q->json, &doc);
	if (q->output == AS_JSONL) {
		json_newline(&q->json);
		json_init(&q->json, stdout);
	}
}

static int show_row(void *arg, const void *row)
{
	show(arg, row);
	return ferror(stdout) != 0;
}

static int count_row(void *arg, const void *p)
{
	const struct job_row *row = p;
	struct jobq *q = arg;

	q->shown++;
	q->counts[row->status]++;
	return 0;
}

static int keep_row(void *arg, const void *row)
{
	struct jobq *q = arg;

	if (q->nkept == q->cap) {
		q->cap = q->cap ? q->cap * 2 : 256;
		q->kept = xreallocarray(q->kept, q->cap, sizeof(*q->kept));
	}
	q->kept[q->nkept++] = row_dup(q->kept_in, &table_jobs, row);
	return 0;
}

/* An order, or the latest ones: all rows are needed before the first is shown. */
static int show_kept(struct jobq *q, struct view *v, struct err *e)
{
	struct order order;
	size_t n;

	if (q->order && order_parse(&job_fields, q->order, &order, e) < 0)
		return -1;
	if (!q->order) {
		q->walk.filter.newest_first = true;
		q->walk.max = q->limit;
	}
	if (walk_jobs(v, &q->walk, keep_row, q, e) < 0)
		return -1;
	n = q->limit && (size_t)q->limit < q->nkept ? (size_t)q->limit : q->nkept;
	if (q->order)
		order_sort(&order, &q->look.style, q->kept, q->nkept);
	for (size_t i = 0; i < n; i++)
		show(q, q->kept[q->order ? i : n - 1 - i]);
	return 0;
}

static void count_show(struct jobq *q)
{
	static const struct list_column columns[] = {
		{ .title = "STATE" }, { .title = "JOBS", .right = true }
	};
	struct list *l = NULL;
	char text[24];

	if (q->output == AS_LIST) {
		l = list_new(columns, 2, &q->list, stdout);
	} else {
		json_object(&q->json, NULL);
		json_str(&q->json, "schema", JSON_SCHEMA);
		json_object(&q->json, "counts");
	}
	for (int s = 0; s <= JOB_CANCELLED; s++) {
		const char *name = job_status_name((enum job_status)s);

		if (!(q->states.statuses & (1u << s)))
			continue;
		snprintf(text, sizeof(text), "%lld", (long long)q->counts[s]);
		if (l) {
			list_cell(l, name);
			list_cell(l, text);
		} else {
			json_int(&q->json, name, q->counts[s]);
		}
	}
	if (l)
		list_end(l);
	else
		json_close_list(&q->json);
	list_free(l);
}

static int list_jobs(struct jobq *q, struct view *v, struct err *e)
{
	int r;

	if (q->output == AS_LIST)
		q->out = list_new(q->chosen.columns, q->chosen.n, &q->list, stdout);
	else if (q->output == AS_JSON)
		json_open_list(&q->json, "jobs");
	if (q->order || q->limit)
		r = show_kept(q, v, e);
	else
		r = walk_jobs(v, &q->walk, show_row, q, e);
	if (r < 0)
		return -1;
	if (q->output == AS_LIST)
		list_end(q->out);
	else if (q->output == AS_JSON)
		json_close_list(&q->json);
	return 0;
}

static int run(struct jobq *q, struct err *e)
{
	const char *fields = q->fields ? q->fields : getenv("JOBQ_FORMAT");
	struct spool spool;
	struct view *v;
	bool filtered;
	int r;

	if (chosen_parse(&job_fields, fields && *fields ? fields : JOB_FIELDS_SHORT, &q->chosen,
	    e) < 0)
		return -1;
	if (place_open(q->look.spool, q->look.config, &spool, NULL, e) < 0)
		return -1;
	settle(q);
	filtered = is_filtered(q);
	q->walk.match = in_states;
	q->walk.arg = q;
	q->list.columns = terminal_columns();
	json_init(&q->json, stdout);
	q->json.lines = q->output == AS_JSON;
	v = view_open(&spool, e);
	if (v && q->count) {
		r = walk_jobs(v, &q->walk, count_row, q, e);
		if (r == 0)
			count_show(q);
	} else {
		r = v ? list_jobs(q, v, e) : -1;
	}
	view_close(v);
	if (r == 0 && q->shown == 0 && q->named.len > 0 && !filtered)
		cli_warn(&program, "no such job: %s", q->named.data);
	spool_close(&spool);
	return r;
}

int main(int argc, char **argv)
{
	struct jobq q = { .words = NULL };
	struct err e = { .code = ERR_NONE };
	int status = EXIT_OK, at = -1;

	if (look_init(&q.look, &e) == 0) {
		q.words = selection_new();
		buf_init(&q.named, NAMED_BYTES);
		q.walk.mine = true;
		q.kept_in = arena_new();
		at = opts_parse(&program, argc, argv, take, &q, &e);
	}
	for (; at >= 0 && at < argc; at++) {
		if (take_words(&q, argv[at], &e) < 0)
			at = -2;
	}
	if (at < 0 || run(&q, &e) < 0)
		status = cli_fail(&program, &e);
	else if (q.need_match && q.shown == 0)
		status = EXIT_SOME_FAILED;
	list_free(q.out);
	chosen_release(&q.chosen);
	free(q.kept);
	arena_free(q.kept_in);
	selection_free(q.words);
	buf_release(&q.named);
	return cli_finish(&program, status);
}
