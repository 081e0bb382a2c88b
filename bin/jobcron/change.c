/*
 * change: add, set and edit: schedules with the options of jobsub, or as its document.
 *
 * add is jobsub itself.  set puts the options that are given over the request as it was
 * made; edit shows that request as JSON.  Either way jobd gets a whole request, and
 * judges it as a new one.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/beside.h"
#include "base/fdio.h"
#include "cli/submit.h"
#include "client/client.h"
#include "client/json.h"
#include "conf/zones.h"
#include "msg/plan.h"
#include "editor.h"

#define UNSET_ID 100000		/* above the ids of jobsub's rows */

/* ---- a request, checked and sent */

int request_check(const struct jobcron *j, const struct msg *m, struct err *e)
{
	/* What they are does not matter for what is wrong. */
	static const struct request_defaults d = { .cpus = 1000, .queue = "default" };
	struct arena *a = arena_new();
	struct job_request req;
	struct schedule_row row;
	struct cron c;
	struct zone *z = NULL;
	int r = request_submit(m, &d, a, &req, e);

	if (r == 0 && !request_recurs(m))
		r = err_set(e, ERR_DATA, "there is no cron expression, so it is no schedule");
	if (r == 0)
		r = request_schedule(m, a, &req, "UTC", &row, e);
	if (r == 0 && (cron_parse(&c, row.expression, "s0", e) == -1 ||
	    (z = zone_load(row.zone, e)) == NULL || cron_alive(&c, z, j->look.style.now, e) == -1))
		r = -1;
	zone_free(z);
	arena_free(a);
	return r;
}

int request_send(struct client *client, struct msg *m, const struct schedule_row *row,
    struct err *e)
{
	struct client_result result;
	char uuid[UUID_TEXT];

	if (row != NULL && msg_add_u64(m, F_SCHEDULE, (uint64_t)row->id) == -1)
		return err_set(e, ERR_DATA, "the request is too long");
	if (client_submit(client, m, &result, e) == -1)
		return -1;
	uuid_format(&result.uuid, uuid);
	if (result.outcome == CLIENT_LEFT)
		cli_warn(&program, "jobd does not answer: the request waits in the spool as %s",
		    uuid);
	else
		printf("%s s%" PRId64 "\n", row != NULL ? "changed" : "added", result.schedule);
	return 0;
}

static int row_change(struct jobcron *j, const struct schedule_row *row, struct msg *m,
    struct err *e)
{
	struct client *client;
	int r = request_check(j, m, e);

	if (r == 0) {
		client = client_new(&j->spool);
		r = request_send(client, m, row, e);
		client_free(client);
	}
	return r == -1 ? -1 : EXIT_OK;
}

/* The schedule of that name, and the request that it was made of; the caller frees *m. */
static const struct schedule_row *row_take(struct jobcron *j, const char *word, struct msg **m,
    struct err *e)
{
	const struct schedule_row *row;

	if (place_take(j, e) == -1 || rows_read(j, e) == -1 || (row = row_find(j, word, e)) == NULL)
		return NULL;
	*m = row_request(row);
	if (*m != NULL)
		return row;
	err_set(e, ERR_PERM, "%.64s: is not yours", word);
	return NULL;
}

/* ---- add */

struct set {
	struct submit_options *options;
	const char *unset[MSG_FIELD_COUNT];
	size_t nunset;
};

static int set_option(void *arg, int id, const char *value, struct err *e)
{
	struct set *s = arg;
	struct submit_place place = { s->options, FROM_COMMAND_LINE };

	if (id != UNSET_ID)
		return submit_take(&place, id, value, e);
	if (s->nunset == MSG_FIELD_COUNT)
		return err_set(e, ERR_USAGE, "--unset: too many");
	s->unset[s->nunset++] = value;
	return 0;
}

int add_run(struct jobcron *j, char **words, struct err *e)
{
	struct set s = { .options = submit_options_new() };
	struct program p = program;
	char *path;
	int argc = 0, n;

	(void)j;
	while (words[argc] != NULL)
		argc++;
	p.opts = submit_opts(FROM_COMMAND_LINE);
	p.listing = false;
	n = opts_parse(&p, argc + 1, words - 1, set_option, &s, e);
	if (n != -1 && !submit_has(s.options, "cron", FROM_COMMAND_LINE) &&
	    !submit_has(s.options, "every", FROM_COMMAND_LINE) &&
	    !submit_has(s.options, "spec", FROM_COMMAND_LINE))
		n = err_set(e, ERR_USAGE, "add: --cron or --every says when");
	submit_options_free(s.options);
	if (n == -1)
		return -1;
	path = program_beside("jobsub");
	words[-1] = path;
	execvp(path, words - 1);
	err_sys(e, ERR_OS, "%s", path);
	free(path);
	return -1;
}

/* ---- set */

/* Of the options for jobsub itself, those that mean something here. */
static int tools_check(const struct submit_options *o, struct err *e)
{
	static const enum submit_tool fine[] = { TOOL_NONE, TOOL_WRAP, TOOL_QUIET, TOOL_VERBOSE,
		TOOL_SPOOL, TOOL_CONFIG };

	for (int t = TOOL_NONE; t < TOOL_BUILT_IN; t++) {
		size_t i = 0;

		while (i < sizeof(fine) / sizeof(fine[0]) && (int)fine[i] != t)
			i++;
		if (i == sizeof(fine) / sizeof(fine[0]) &&
		    submit_tool(o, (enum submit_tool)t) != NULL)
			return err_set(e, ERR_USAGE, "set: options for what a job is, and when it "
			    "runs, are taken, --wrap or a command, and no others");
	}
	return 0;
}

static int unset_fields(const struct set *s, bool gone[MSG_FIELD_COUNT], struct err *e)
{
	const struct opt *opts = submit_opts(FROM_COMMAND_LINE), *o;

	for (size_t i = 0; i < s->nunset; i++) {
		for (o = opts; o->name != NULL && strcmp(o->name, s->unset[i]) != 0; o++)
			;
		if (o->name == NULL || submit_field(o->id) == MSG_FIELD_COUNT)
			return err_set(e, ERR_USAGE, "--unset: %.64s is no option that sets "
			    "something of a job", s->unset[i]);
		gone[submit_field(o->id)] = true;
	}
	return 0;
}

/* What was there and is not said anew. */
static int rest_copy(struct msg *m, const struct msg *was, bool gone[MSG_FIELD_COUNT],
    struct err *e)
{
	const void *body;
	enum msg_field f;
	const char *v;
	size_t iter = 0, n;

	for (iter = 0; msg_each(m, &iter, &f, &v);)
		gone[f] = true;
	gone[F_UUID] = gone[F_SEQ] = gone[F_SCHEDULE] = true;
	gone[F_GPU_TYPE] |= gone[F_GPUS];
	gone[F_SCRIPT] |= gone[F_ARG];
	for (iter = 0; msg_each(was, &iter, &f, &v);) {
		if (!gone[f] && msg_add(m, f, v) == -1)
			return err_set(e, ERR_DATA, "the request is too long");
	}
	body = msg_body(was, &n);
	if (!gone[F_SCRIPT] && body != NULL && msg_set_body(m, body, n) == -1)
		return err_set(e, ERR_DATA, "the script is too long");
	return 0;
}

static int command_put(const struct set *s, char **words, struct msg *m, struct err *e)
{
	const char *wrap = submit_tool(s->options, TOOL_WRAP);
	int r = 0;

	if (wrap != NULL && *words != NULL)
		return err_set(e, ERR_USAGE, "a command and --wrap exclude each other");
	if (wrap != NULL)
		r = msg_add(m, F_ARG, "/bin/sh") | msg_add(m, F_ARG, "-c") |
		    msg_add(m, F_ARG, wrap);
	for (; *words != NULL; words++)
		r |= msg_add(m, F_ARG, *words);
	return r == 0 ? 0 : err_set(e, ERR_DATA, "the command is too long");
}

static int whole_file(const char *path, struct buf *b, struct err *e)
{
	return file_read(AT_FDCWD, path, b, e);
}

/* The request with what is set put over it; the caller frees it. */
static struct msg *request_over(struct jobcron *j, const struct set *s, char **command,
    const struct msg *was, struct err *e)
{
	char cwd[PATH_MAX];
	struct submit_context c = { .now = j->look.style.now, .cwd = cwd,
		.environ_ = (const char *const *)environ, .file = whole_file };
	bool gone[MSG_FIELD_COUNT] = { false };
	struct msg *m = msg_new(MSG_SUBMIT);
	struct uuid u;
	int r = 0;

	if (getcwd(cwd, sizeof(cwd)) == NULL)
		r = err_sys(e, ERR_OS, "the present folder has no name");
	uuid_new(&u);
	(void)msg_add_uuid(m, F_UUID, &u);
	if (r == 0 && (unset_fields(s, gone, e) == -1 ||
	    submit_message(s->options, &c, m, e) == -1 || command_put(s, command, m, e) == -1 ||
	    rest_copy(m, was, gone, e) == -1))
		r = -1;
	if (r == 0)
		return m;
	msg_free(m);
	return NULL;
}

/* Options stand before and behind the schedule; the rest is a command. */
static int set_read(struct set *s, char **words, char **name, char ***command, struct err *e)
{
	static struct opt opts[256];
	const struct opt *jobsub = submit_opts(FROM_COMMAND_LINE);
	struct program p = program;
	int argc = 0, at, n = 0;

	while (jobsub[n].name != NULL && n < 254) {
		opts[n] = jobsub[n];
		n++;
	}
	opts[n] = (struct opt){ 0, "unset", "OPTION", NULL, UNSET_ID };
	p.opts = opts;
	p.listing = false;
	while (words[argc] != NULL)
		argc++;
	at = opts_parse(&p, argc + 1, words - 1, set_option, s, e);
	if (at == -1)
		return -1;
	if (at > argc)
		return err_set(e, ERR_USAGE, "set: no schedule is named");
	*name = words[at - 1];
	n = opts_parse(&p, argc + 1 - at, words + at - 1, set_option, s, e);
	*command = words + at - 1 + n;
	return n == -1 ? -1 : 0;
}

int set_run(struct jobcron *j, char **words, struct err *e)
{
	struct set s = { .options = submit_options_new() };
	const struct schedule_row *row = NULL;
	struct msg *was = NULL, *m = NULL;
	char *name = NULL, **command = words;
	int r = set_read(&s, words, &name, &command, e);

	if (r == 0 && (r = tools_check(s.options, e)) == 0) {
		if (submit_tool(s.options, TOOL_SPOOL) != NULL)
			j->look.spool = submit_tool(s.options, TOOL_SPOOL);
		if (submit_tool(s.options, TOOL_CONFIG) != NULL)
			j->look.config = submit_tool(s.options, TOOL_CONFIG);
		row = row_take(j, name, &was, e);
	}
	if (row != NULL)
		m = request_over(j, &s, command, was, e);
	r = m != NULL ? row_change(j, row, m, e) : -1;
	if (r == -1)
		submit_explain(e);
	msg_free(m);
	msg_free(was);
	submit_options_free(s.options);
	return r;
}

/* ---- edit */

struct edit {
	struct jobcron *j;
	struct msg *m;
};

static int document_check(void *arg, const char *text, size_t n, struct err *e)
{
	struct edit *d = arg;

	msg_free(d->m);
	d->m = NULL;
	if (json_submit(text, n, d->j->look.style.now, &d->m, e) == -1)
		return -1;
	return request_check(d->j, d->m, e);
}

int edit_run(struct jobcron *j, char **words, struct err *e)
{
	struct edit d = { .j = j };
	struct editor editor = { ".json", document_check, &d };
	const struct schedule_row *row;
	struct msg *was = NULL;
	struct buf text = { 0 };
	int r = -1;

	if (words[0] == NULL || words[1] != NULL)
		return err_set(e, ERR_USAGE, "edit: one schedule is needed");
	row = row_take(j, words[0], &was, e);
	if (row != NULL)
		text.data = json_request(was, false, e);
	if (text.data != NULL) {
		text.len = strlen(text.data);
		r = editor_run(&editor, &text, e);
	}
	if (r == 0)
		r = row_change(j, row, d.m, e);
	else if (r == 1 && !j->quiet)
		cli_warn(&program, "nothing is changed");
	free(text.data);
	msg_free(d.m);
	msg_free(was);
	return r == -1 ? -1 : EXIT_OK;
}
