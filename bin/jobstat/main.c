/*
 * jobstat: one job in full, or the whole system in short.
 *
 * Wires the words of its command line to records of the view, and these to a sheet,
 * tables or JSON: see jobs.c, then text.c and document.c; summary.c for the rest.
 */
#include <string.h>

#include "jobstat.h"
#include "view/place.h"

enum { WHY = 1, PRIO, ATTEMPTS, EVENTS, SCRIPT, ENV, USAGE, JSON, JUDGE };

static const struct opt opts[] = {
	{ 0, "why", NULL, "every reason for which a queued job waits", WHY },
	{ 0, "prio", NULL, "what its place in the queue is made of", PRIO },
	{ 0, "attempts", NULL, "all its executions", ATTEMPTS },
	{ 0, "events", NULL, "what has happened to it, and when", EVENTS },
	{ 0, "script", NULL, "the script, or the command, as it was submitted", SCRIPT },
	{ 0, "env", NULL, "the environment as it was submitted", ENV },
	{ 0, "usage", NULL, "what its executions used", USAGE },
	{ 0, "json", NULL, "one JSON document", JSON },
	{ 'e', "exit-status", NULL, "exit with 0 completed, 1 failed or cancelled, 2 not ended",
	    JUDGE },
	LOOK_TIME_OPTS,
	LOOK_PLACE_OPTS,
	{ 0, NULL, NULL, NULL, 0 }
};

static const char *const usage[] = { "[options] ID ...", "[--json] [options]", NULL };
const struct program program = {
	"jobstat", usage, "Shows jobs in full; without an ID, the state of the whole system.",
	opts, false
};

static int take(void *ctx, int id, const char *value, struct err *e)
{
	struct jobstat *s = ctx;

	bool *const flags[] = {
		[WHY] = &s->why, [PRIO] = &s->prio, [ATTEMPTS] = &s->attempts,
		[EVENTS] = &s->events, [SCRIPT] = &s->script, [ENV] = &s->env,
		[USAGE] = &s->usage, [JSON] = &s->json, [JUDGE] = &s->judge,
	};

	(void)e;
	if (!look_option(&s->look, id, value))
		*flags[id] = true;
	return 0;
}

static void json_begin(struct jobstat *s, bool jobs)
{
	json_init(&s->out, stdout);
	s->out.lines = true;
	json_object(&s->out, NULL);
	json_str(&s->out, "schema", JSON_SCHEMA);
	if (jobs)
		json_array(&s->out, "jobs");
	else
		json_object(&s->out, "summary");
}

/* With nothing to read yet, requests that wait in the spool can still be told. */
static bool only_requests(const struct jobstat *s, char **words)
{
	if (!*words)
		return false;
	for (; *words; words++) {
		if (!request_known(s, *words))
			return false;
	}
	return true;
}

static int show(struct jobstat *s, const struct selection *sel, char **words, struct err *e)
{
	int r = 0;

	s->v = view_open(&s->spool, e);
	if (!s->v && !only_requests(s, words))
		return -1;
	if (s->json)
		json_begin(s, *words != NULL);
	if (s->v)
		r = *words ? jobs_show(s, sel, e) : summary_show(s, e);
	for (; !s->v && *words; words++)
		unknown_show(s, *words);
	if (s->json)
		json_close_list(&s->out);
	view_close(s->v);
	return r;
}

static int run(struct jobstat *s, char **words, struct err *e)
{
	struct selection *sel = selection_new();
	struct conf conf;
	int r = 0;

	for (char **w = words; *w && r == 0; w++)
		r = selection_add(sel, *w, e);
	if (r == 0)
		r = place_open(s->look.spool, s->look.config, &s->spool, &conf, e);
	if (r == 0) {
		conf_core(&conf, &conf.sections, &s->rules);
		r = show(s, sel, words, e);
		spool_close(&s->spool);
		conf_free(&conf);
	}
	selection_free(sel);
	return r;
}

int main(int argc, char **argv)
{
	struct jobstat s = { .judgement = 0 };
	struct err e = { .code = ERR_NONE };
	int status = EXIT_OK, at = -1;

	if (look_init(&s.look, &e) == 0)
		at = opts_parse(&program, argc, argv, take, &s, &e);
	buf_init(&s.block, LAUNCH_BYTES);
	if (at < 0 || run(&s, argv + at, &e) < 0)
		status = cli_fail(&program, &e);
	else if (s.unknown)
		status = EXIT_NOINPUT;
	else if (s.judge)
		status = s.judgement;
	msg_free(s.launch);
	buf_release(&s.block);
	return cli_finish(&program, status);
}
