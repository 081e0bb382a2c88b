/*
 * submit: the rows of jobsub's options, the values given, and which of them count.
 *
 * Owns the list of options (--help, the completion and the tests on the manual
 * come from it) and the precedence of their sources.  Requires that submit_take
 * gets values that live as long as the options.  How a value is read stands in
 * submit_value.c.
 */
#include "cli/submit.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "cli/envrules.h"
#include "cli/submit_value.h"

#define NONE MSG_FIELD_COUNT
#define ENV_FILE_MAX (4u << 20)

#define ROW(letter, name, arg, help, parse, field, max, more, tool, here, set) \
	{ { letter, name, arg, help, 0 }, parse, field, max, more, tool, here, set }

#define JOB(letter, name, arg, help, parse, field) \
	ROW(letter, name, arg, help, value_##parse, F_##field, 0, MORE_LAST, TOOL_NONE, false, \
	    SET_NONE)
#define NUMBER(letter, name, arg, help, parse, field, max) \
	ROW(letter, name, arg, help, value_##parse, F_##field, max, MORE_LAST, TOOL_NONE, \
	    false, SET_NONE)
#define SET(letter, name, arg, help, set) \
	ROW(letter, name, arg, help, NULL, NONE, 0, MORE_ADD, TOOL_NONE, false, SET_##set)
#define MANY(letter, name, arg, help, parse, field) \
	ROW(letter, name, arg, help, value_##parse, F_##field, 0, MORE_SOURCE, TOOL_NONE, \
	    false, SET_NONE)
#define TOOL(letter, name, arg, help, tool) \
	ROW(letter, name, arg, help, NULL, NONE, 0, MORE_LAST, TOOL_##tool, false, SET_NONE)
#define HERE(letter, name, arg, help, tool) \
	ROW(letter, name, arg, help, NULL, NONE, 0, MORE_LAST, TOOL_##tool, true, SET_NONE)
#define LATER(letter, name, arg) \
	ROW(letter, name, arg, NULL, NULL, NONE, 0, MORE_LAST, TOOL_NONE, false, SET_NONE)

static const struct submit_row rows[] = {
	/* what is run */
	HERE('f', "file", "SCRIPT", "run a script, whose text is kept now; - is stdin", SCRIPT),
	HERE(0, "wrap", "TEXT", "run a text with /bin/sh -c", WRAP),
	HERE(0, "spec", "FILE", "submit a job described in JSON; - is stdin", SPEC),
	HERE(0, "bulk", "FILE", "submit a job for each line of JSON; - is stdin", BULK),
	HERE(0, "atomic", NULL, "with --bulk: all of them or none", ATOMIC),
	/* identity */
	JOB('J', "name", "NAME", "name of the job", text, NAME),
	SET(0, "tag", "KEY=VALUE", "tag the job (repeat for more)", TAG),
	JOB(0, "comment", "TEXT", "a remark for people", text, COMMENT),
	JOB(0, "key", "KEY", "the same key again gives the same job", text, KEY),
	JOB(0, "key-scope", "SCOPE", "how long the key lasts: active, window, forever", text,
	    KEY_SCOPE),
	JOB('A', "account", "TEAM", "account that is charged", text, ACCOUNT),
	JOB('q', "queue", "QUEUE", "queue", text, QUEUE),
	/* resources */
	JOB('c', "cpus", "N", "processors, also fractions (1)", cpus, CPUS),
	JOB('m', "mem", "SIZE", "memory: 512M, 4G; a plain number is MiB", size, MEM),
	JOB(0, "disk", "SIZE", "disk space, written as memory", size, DISK),
	NUMBER('G', "gpus", "N", "GPUs; TYPE:N of this type", gpus, GPUS, 1024),
	JOB(0, "bw", "RATE", "network bandwidth: 100M, 1G bits a second", rate, BW),
	MANY('R', "res", "NAME=N", "a resource that workers name (repeat for more)", text, RES),
	MANY('L', "limit", "TOKEN[:N]", "a token, as of a licence (repeat for more)", token,
	    LIMIT_TOKEN),
	JOB('C', "constraint", "EXPR", "only where labels of workers say so: arch=arm&!old", text,
	    CONSTRAINT),
	JOB(0, "prefer", "EXPR", "rather where they say so", text, PREFER),
	JOB('w', "worker", "LIST", "only on these; * is anything", text, ON_WORKERS),
	JOB('x', "exclude", "LIST", "not on these", text, NOT_WORKERS),
	JOB(0, "exclusive", NULL, "with the worker to itself", flag, EXCLUSIVE),
	LATER(0, "or", "ALTERNATIVE"),
	/* scheduling */
	NUMBER('p', "priority", "N", "0 to 1000, higher is sooner (500)", number, PRIORITY, 1000),
	JOB('H', "hold", NULL, "do not start before jobctl release", flag, HOLD),
	JOB(0, "at", "WHEN", "not before: +2h, 10:30, 5pm friday, 2026-11-23T10:00", instant,
	    BEGIN),
	JOB('t', "time", "D", "limit of each attempt: 90 (seconds), 15m, 2h30m", duration, TIME),
	JOB(0, "deadline", "WHEN", "must have ended by then, with all attempts", instant,
	    DEADLINE),
	JOB(0, "estimate", "D", "how long it should take, for the plan", duration, ESTIMATE),
	JOB(0, "queue-timeout", "D", "cancel it when it waits longer", duration, QUEUE_TIMEOUT),
	LATER(0, "class", "CLASS"), LATER(0, "preemptible", NULL),
	HERE(0, "test-only", NULL, "say whether it fits and when it would start, no more",
	    TEST_ONLY),
	/* recurrence */
	JOB(0, "cron", "EXPR", "run it again and again: a schedule, see job-cron(7)", text, CRON),
	JOB(0, "every", "D", "the same with a period: 90m", every, CRON),
	JOB(0, "tz", "ZONE", "time zone of the schedule, or of times given here", text, TZ),
	JOB(0, "dst-gap", "WAY", "local times that are skipped: auto, makeup, skip", text, DST_GAP),
	JOB(0, "dst-fold", "WAY", "those that come twice: auto, first, second, both", text,
	    DST_FOLD),
	JOB(0, "anchor", "WHEN", "from when --every counts (now)", instant, ANCHOR),
	JOB(0, "catch-up", "HOW", "of missed runs: one (the latest; default), none, all", text,
	    CATCH_UP),
	JOB(0, "catch-up-window", "D", "but none that is older (1d)", duration, CATCH_UP_WINDOW),
	NUMBER(0, "catch-up-max", "N", "and of all at most so many in a row (100)", number,
	    CATCH_UP_MAX, 10000),
	JOB(0, "overlap", "HOW", "while one runs: skip (default), allow, queue, queue-all, replace",
	    text, OVERLAP),
	NUMBER(0, "overlap-max", "N", "with queue-all: so many wait at most (100)", number,
	    OVERLAP_MAX, 10000),
	JOB(0, "splay", "D", "late by a part of D, always the same", duration, SPLAY),
	JOB(0, "jitter", "D", "late by a part of D, another each time", duration, JITTER),
	JOB(0, "calendar", "NAME", "run it only on the days of this calendar", text, CALENDAR),
	JOB(0, "blackout", "WINDOWS", "and never then: sat, 22:00-06:00, 12-24..12-26, @CALENDAR",
	    text, BLACKOUT),
	JOB(0, "expect-by", "D", "alert when a run has not ended well D after it was due", duration,
	    EXPECT_BY),
	JOB(0, "max-silence", "D", "alert when none has for so long", duration, MAX_SILENCE),
	JOB(0, "until", "WHEN", "the schedule ends then", instant, UNTIL_TIME),
	NUMBER(0, "count", "N", "or after N runs", number, RUNS, 1000000000),
	/* dependencies */
	MANY('d', "after", "TYPE:ID", "wait for jobs: ok, notok, any, start[+D]; `,` all, `?` one",
	    after, DEP),
	JOB(0, "on-dep-fail", "WHAT", "when that cannot be any more: cancel (default) or hold",
	    text, ON_DEP_FAIL),
	JOB(0, "singleton", NULL, "wait for all your earlier jobs of this name", flag, SINGLETON),
	/* retries */
	NUMBER('r', "retries", "N", "run it again after a failure, at most so often (0)", number,
	    RETRIES, 1000),
	JOB(0, "retry-policy", "HOW", "exponential (default), fixed or immediate", text,
	    RETRY_POLICY),
	JOB(0, "retry-delay", "D", "wait before the first retry (60)", duration, RETRY_DELAY),
	JOB(0, "retry-max-delay", "D", "the longest wait (1h)", duration, RETRY_MAX_DELAY),
	NUMBER(0, "retry-jitter", "PCT", "waits vary upwards by so much (10)", percent,
	    RETRY_JITTER, 100),
	JOB(0, "retry-on", "LIST", "retry also on: classes, exit codes, SIG*", text, RETRY_ON),
	JOB(0, "no-retry-on", "LIST", "never retry on these", text, NO_RETRY_ON),
	JOB(0, "success-codes", "LIST", "exit codes that mean success (0)", text, SUCCESS_CODES),
	JOB(0, "no-requeue", NULL, "never run it twice, even if its worker is lost", flag,
	    NO_REQUEUE),
	JOB(0, "retry-mem", "FACTORx[:MAX]", "out of memory: again with so many times as much",
	    growth, RETRY_MEM),
	LATER(0, "partition", "HOW"),
	/* stopping */
	JOB(0, "kill-signal", "SIG", "the first signal when it is stopped (TERM)", signal,
	    KILL_SIGNAL),
	JOB(0, "kill-grace", "D", "from that signal to KILL (30)", duration, KILL_GRACE),
	JOB(0, "signal", "SIG@D", "a signal D (60) before the time limit; B:SIG: only to its "
	    "main process", text, WARN),
	/* execution */
	JOB('D', "chdir", "DIR", "where it runs (the present folder)", folder, CHDIR),
	SET('E', "env", "RULES", "environment: NONE (default), ALL, NAME, -NAME, NAME=VALUE", ENV),
	JOB(0, "umask", "MASK", "its umask (the present one)", umask, UMASK),
	JOB('u', "user", "NAME", "run it as somebody else (privileged)", text, RUN_AS),
	JOB(0, "env-type", "TYPE", "where it runs: host", env_type, ENV_TYPE),
	JOB(0, "chdir-missing", "HOW", "if that is missing: fail (default), create, home", text,
	    CHDIR_MISSING),
	JOB(0, "scratch", NULL, "a private folder, removed at the end", flag, SCRATCH),
	SET(0, "env-file", "FILE", "environment: a file of NAME=VALUE lines", ENV_FILE),
	JOB(0, "login", NULL, "as at a login: the shell reads its profile first", flag, LOGIN),
	JOB(0, "nice", "N", "-20 to 19, higher is more polite", nice, NICE),
	MANY(0, "rlimit", "NAME=SOFT[:HARD]", "a limit of setrlimit(2) (repeat for more)", text,
	    RLIMIT),
	LATER(0, "secret", "NAME=REF"), LATER(0, "image", "IMAGE"), LATER(0, "mount", "SPEC"),
	LATER(0, "in", "FILE"), LATER(0, "out", "GLOB"),
	/* arrays */
	NUMBER(0, "array-limit", "N", "of an array: so many at once", number, ARRAY_LIMIT, 1000000),
	JOB('a', "array", "INDICES", "a job for each: 1-100, 1-9:2, 3,7; %N: so many at once",
	    array, ARRAY),
	JOB(0, "max-fails", "N", "of an array: with more failures (5%) no more start", text,
	    MAX_FAILS),
	JOB(0, "halt", "HOW", "the same: soon,fail=N, or now,fail=N also stops what runs", text,
	    HALT),
	LATER(0, "each-line", "FILE"), LATER(0, "each-json", "FILE"),
	/* output */
	JOB('o', "output", "FILE", "standard output (a file of the log tree)", text, STDOUT),
	JOB('e', "error", "FILE", "standard error (a file of the log tree)", text, STDERR),
	JOB('i', "input", "FILE", "standard input (/dev/null)", text, STDIN),
	JOB(0, "append", NULL, "add to these files instead of replacing them", flag, APPEND),
	JOB(0, "log-max", "SIZE", "keep so much of each stream in the log tree", bytes, LOG_MAX),
	JOB(0, "log-overflow", "HOW", "what is more: truncate (default) or kill", text,
	    LOG_OVERFLOW),
	JOB(0, "timestamps", NULL, "in the log tree, each line with its time", flag, TIMESTAMPS),
	JOB(0, "pty-output", NULL, "write to a terminal: programs write each line at once", flag,
	    PTY),
	MANY(0, "notify", "EVENTS:HOW:WHOM", "tell of started, ended, failed, first-failure, "
	    "recovery, late, unusual: mail:ADDRESS, cmd:PATH, hook:URL (repeat for more)", text,
	    TELL),
	/* waiting */
	TOOL('W', "wait", NULL, "wait for its end and exit as it does", WAIT),
	TOOL(0, "timeout", "D", "with -W: wait no longer, exit 75", TIMEOUT),
	TOOL(0, "cancel-on-int", NULL, "with -W: an interrupt cancels the job", CANCEL_ON_INT),
	TOOL(0, "pipe", NULL, "wait, with its standard input, output and error attached", PIPE),
	/* machine */
	TOOL(0, "parsable", NULL, "print id|state|duplicate", PARSABLE),
	TOOL(0, "json", NULL, "print the answer as JSON", JSON),
	TOOL('Q', "quiet", NULL, "no notices", QUIET),
	TOOL('v', "verbose", NULL, "say more", VERBOSE),
	HERE(0, "dry-run", NULL, "check the request and show it, submit nothing", DRY_RUN),
	HERE(0, "spool", "DIR", "which installation", SPOOL),
	HERE(0, "config", "FILE", "read this configuration", CONFIG),
	/* Of the command line, opts_parse does these itself. */
	HERE('h', "help", NULL, NULL, BUILT_IN), HERE('V', "version", NULL, NULL, BUILT_IN),
	ROW(0, NULL, NULL, NULL, NULL, NONE, 0, MORE_LAST, TOOL_NONE, false, SET_NONE)
};

#define ROWS (sizeof(rows) / sizeof(rows[0]) - 1)
#define BUILT_IN 2	/* of these at the end */

struct given {
	const struct submit_row *row;
	const char *value;
	enum submit_source source;
};

struct submit_options {
	struct given *list;
	size_t n;
};

struct submit_options *submit_options_new(void)
{
	return xcalloc(1, sizeof(struct submit_options));
}

void submit_options_free(struct submit_options *o)
{
	if (o == NULL)
		return;
	free(o->list);
	free(o);
}

const struct opt *submit_opts(enum submit_source source)
{
	static struct opt all[2][ROWS + 1];
	bool here = source == FROM_COMMAND_LINE;
	struct opt *opts = all[here];

	for (size_t i = 0; i < ROWS - (here ? BUILT_IN : 0); i++) {
		opts[i] = rows[i].opt;
		opts[i].id = (int)i;
	}
	return opts;
}

enum msg_field submit_field(int id)
{
	static const enum msg_field sets[] = {
		[SET_NONE] = NONE, [SET_TAG] = F_TAG, [SET_ENV] = F_ENV, [SET_ENV_FILE] = F_ENV
	};

	return rows[id].set != SET_NONE ? sets[rows[id].set] : rows[id].field;
}

static bool not_there_yet(const struct submit_row *r)
{
	return r->tool == TOOL_NONE && r->field == NONE && r->set == SET_NONE;
}

int submit_take(void *place, int id, const char *value, struct err *e)
{
	const struct submit_place *p = place;
	struct submit_options *o = p->options;
	const struct submit_row *r = &rows[id];

	if (not_there_yet(r))
		return err_set(e, ERR_UNAVAIL, "option --%s is not there yet", r->opt.name);
	if (r->command_line && p->source != FROM_COMMAND_LINE)
		return err_set(e, ERR_USAGE, "option --%s counts on the command line only",
		    r->opt.name);
	o->list = xreallocarray(o->list, o->n + 1, sizeof(*o->list));
	o->list[o->n++] = (struct given){ r, value != NULL ? value : "", p->source };
	return 0;
}

/* ---- from the environment */

#define PREFIX "JOBSUB_"

/* The row for the name behind JOBSUB_ (n bytes, in capitals, _ for -), or NULL. */
static const struct submit_row *row_of_variable(const char *name, size_t n)
{
	for (const struct submit_row *r = rows; r < rows + ROWS; r++) {
		const char *s = r->opt.name;
		size_t i = 0;

		while (i < n && s[i] != '\0' &&
		    (s[i] == '-' ? '_' : toupper((unsigned char)s[i])) == name[i])
			i++;
		if (i == n && s[i] == '\0')
			return r;
	}
	return NULL;
}

static bool in_words(const char *s, const char *const *words)
{
	while (*words != NULL && strcmp(*words, s) != 0)
		words++;
	return *words != NULL;
}

/* 1: set, 0: as if it were not, -1: neither. */
static int flag_of_variable(const char *value)
{
	static const char *const yes[] = { "1", "yes", "true", NULL };
	static const char *const no[] = { "", "0", "no", "false", NULL };

	return in_words(value, yes) ? 1 : in_words(value, no) ? 0 : -1;
}

static int variable_take(struct submit_options *o, const char *word, size_t name, struct err *e)
{
	const struct submit_row *r = row_of_variable(word + strlen(PREFIX), name - strlen(PREFIX));
	struct submit_place place = { o, FROM_ENVIRONMENT };
	const char *value = word + name + 1;
	int flag = 1;

	if (r == NULL)
		return err_set(e, ERR_USAGE, "there is no such option");
	if (r->opt.arg == NULL)
		flag = flag_of_variable(value);
	if (flag == -1)
		return err_set(e, ERR_USAGE, "\"%.64s\" is neither 1 nor 0", value);
	return flag == 0 ? 0 :
	    submit_take(&place, (int)(r - rows), r->opt.arg != NULL ? value : NULL, e);
}

int submit_environment(struct submit_options *o, const char *const *environ_, struct err *e)
{
	for (; *environ_ != NULL; environ_++) {
		size_t name = strcspn(*environ_, "=");

		if (strncmp(*environ_, PREFIX, strlen(PREFIX)) != 0 || (*environ_)[name] == '\0')
			continue;
		if (variable_take(o, *environ_, name, e) == -1)
			return err_prefix(e, "%.*s", name < 64 ? (int)name : 64, *environ_);
	}
	return 0;
}

/* ---- which of them count */

/* Which of the values count: those of these sources. */
struct part {
	const struct submit_options *o;
	enum submit_source lowest, highest;
};

static struct part whole(const struct submit_options *o)
{
	return (struct part){ o, FROM_SYSTEM_FILE, FROM_COMMAND_LINE };
}

static bool counts(const struct part *p, const struct given *g)
{
	return g->source >= p->lowest && g->source <= p->highest;
}

/* The last value of the highest source; NULL: none. */
static const struct given *best(const struct part *p, const struct submit_row *r)
{
	const struct given *found = NULL, *g;

	for (g = p->o->list; g < p->o->list + p->o->n; g++) {
		if (g->row == r && counts(p, g) && (found == NULL || g->source >= found->source))
			found = g;
	}
	return found;
}

const char *submit_tool(const struct submit_options *o, enum submit_tool tool)
{
	struct part p = whole(o);

	for (size_t i = 0; i < o->n; i++) {
		if (o->list[i].row->tool == tool)
			return best(&p, o->list[i].row)->value;
	}
	return NULL;
}

const char *submit_tz(const struct submit_options *o)
{
	struct part p = whole(o);

	for (size_t i = 0; i < o->n; i++) {
		if (o->list[i].row->field == F_TZ)
			return best(&p, o->list[i].row)->value;
	}
	return NULL;
}

bool submit_has(const struct submit_options *o, const char *name, enum submit_source lowest)
{
	for (size_t i = 0; i < o->n; i++) {
		if (o->list[i].source >= lowest && strcmp(o->list[i].row->opt.name, name) == 0)
			return true;
	}
	return false;
}

/* What is said of two fields, or of one that has no option. */
static const char *const other_words[][2] = {
	{ "arg: there is no command", "there is no command" },
	{ "arg: ", "arguments: " },
	{ "deadline: it is not after begin", "--deadline: it is not after --at" },
	{ "pipe: ", "--pipe: " },
	{ "key_scope: there is no key that", "--key-scope: there is no --key that" },
	{ "retry_max_delay: it is below retry_delay",
	    "--retry-max-delay: it is below --retry-delay" },
};

static void front_replace(struct err *e, size_t n, const char *dashes, const char *with)
{
	char rest[sizeof(e->text)];

	snprintf(rest, sizeof(rest), "%s", e->text + n);
	err_set(e, e->code, "%s%s%s", dashes, with, rest);
}

static enum msg_field field_of(const struct submit_row *r)
{
	return r->set == SET_TAG ? F_TAG : r->set == SET_ENV ? F_ENV : r->field;
}

/* The option that sets the field with which a message begins, or NULL. */
static const struct submit_row *row_in_front(const struct err *e)
{
	size_t n = strcspn(e->text, ":");

	for (size_t i = 0; i < ROWS; i++) {
		enum msg_field f = field_of(&rows[i]);
		const char *field = f != NONE ? msg_field_name(f) : "";

		if (strlen(field) == n && n > 0 && memcmp(e->text, field, n) == 0)
			return &rows[i];
	}
	return NULL;
}

void submit_explain(struct err *e)
{
	const struct submit_row *r = row_in_front(e);

	for (size_t i = 0; i < sizeof(other_words) / sizeof(other_words[0]); i++) {
		size_t len = strlen(other_words[i][0]);

		if (strncmp(e->text, other_words[i][0], len) == 0) {
			front_replace(e, len, "", other_words[i][1]);
			return;
		}
	}
	if (r != NULL)
		front_replace(e, strlen(msg_field_name(field_of(r))), "--", r->opt.name);
}

static bool in_a_file(const struct given *g)
{
	return g->source < FROM_ENVIRONMENT;
}

/* Wrong where options are it is a usage error, in a file it is data. */
static int value_wrong(const struct given *g, struct err *e)
{
	if (in_a_file(g) && e->code == ERR_USAGE)
		e->code = ERR_DATA;
	return err_prefix(e, "--%s", g->row->opt.name);
}

void submit_blame(const struct submit_options *o, struct err *e)
{
	const struct submit_row *r = row_in_front(e);
	struct part p = whole(o);
	const struct given *g = r != NULL ? best(&p, r) : NULL;

	if (e->code != ERR_DATA)
		return;
	if (g != NULL ? !in_a_file(g) : strncmp(e->text, "arg: ", 5) == 0)
		e->code = ERR_USAGE;
}

bool submit_for_job(const struct submit_options *o, enum submit_source lowest,
    enum submit_source highest)
{
	struct part p = { o, lowest, highest };

	for (size_t i = 0; i < o->n; i++) {
		if (o->list[i].row->tool == TOOL_NONE && counts(&p, &o->list[i]))
			return true;
	}
	return false;
}

/* What is collected by name before it goes into the message: a later value replaces. */
struct sets {
	struct envset env, tags;
};

static int tag_take(struct envset *tags, const char *value, struct err *e)
{
	size_t key = strcspn(value, "=");

	if (key == 0 || value[key] == '\0')
		return err_set(e, ERR_USAGE, "%.64s is not a tag: write KEY=VALUE", value);
	envset_put(tags, value);
	return 0;
}

static int env_file_take(struct envset *env, const char *path, const struct submit_context *c,
    struct err *e)
{
	struct buf text;
	int r;

	buf_init(&text, ENV_FILE_MAX);
	r = c->file(path, &text, e);
	if (r == 0 && (r = envfile_apply(env, text.data, text.len, c->environ_, e)) == -1)
		err_prefix(e, "%s", path);
	buf_release(&text);
	return r;
}

static int set_take(const struct given *g, const struct submit_context *c, struct sets *sets,
    struct err *e)
{
	int r = 0;

	switch (g->row->set) {
	case SET_TAG:
		r = tag_take(&sets->tags, g->value, e);
		break;
	case SET_ENV:
		r = envrules_apply(&sets->env, g->value, c->environ_, e);
		break;
	case SET_ENV_FILE:
		r = env_file_take(&sets->env, g->value, c, e);
		break;
	case SET_NONE:
		break;
	}
	return r == -1 ? value_wrong(g, e) : 0;
}

static int set_add(const struct envset *set, enum msg_field f, struct msg *m, struct err *e)
{
	for (size_t i = 0; i < set->n; i++) {
		if (submit_put(m, f, set->list[i], e) == -1)
			return err_prefix(e, "--%s", f == F_ENV ? "env" : "tag");
	}
	return 0;
}

/* Sets from the lowest source on, each in the order given: files and rules mix. */
static int sets_add(const struct part *p, const struct submit_context *c, struct msg *m,
    struct err *e)
{
	struct sets sets = { 0 };
	int r = 0;

	for (int source = (int)p->lowest; source <= (int)p->highest; source++) {
		for (size_t i = 0; i < p->o->n && r == 0; i++) {
			const struct given *g = &p->o->list[i];

			if ((int)g->source == source)
				r = set_take(g, c, &sets, e);
		}
	}
	if (r == 0 && (set_add(&sets.env, F_ENV, m, e) == -1 ||
	    set_add(&sets.tags, F_TAG, m, e) == -1))
		r = -1;
	envset_release(&sets.env);
	envset_release(&sets.tags);
	return r;
}

/* All that counts of one row: the last value, or those of the highest source in their order. */
static int row_add(const struct part *p, const struct submit_row *r,
    const struct submit_context *c, struct msg *m, struct err *e)
{
	const struct given *top = best(p, r), *g = r->more == MORE_LAST ? top : p->o->list;

	if (top == NULL)
		return 0;
	for (; g < p->o->list + p->o->n; g++) {
		if (g->row == r && g->source == top->source &&
		    r->parse(r, g->value, c, m, e) == -1)
			return value_wrong(g, e);
	}
	return 0;
}

int submit_part(const struct submit_options *o, enum submit_source lowest,
    enum submit_source highest, const struct submit_context *c, struct msg *m, struct err *e)
{
	struct part p = { o, lowest, highest };

	for (size_t i = 0; i < ROWS && o->n > 0; i++) {
		if (rows[i].parse != NULL && row_add(&p, &rows[i], c, m, e) == -1)
			return -1;
	}
	return sets_add(&p, c, m, e);
}

int submit_message(const struct submit_options *o, const struct submit_context *c,
    struct msg *m, struct err *e)
{
	return submit_part(o, FROM_SYSTEM_FILE, FROM_COMMAND_LINE, c, m, e);
}

int submit_assign(const char *option, const char *value, const struct submit_context *c,
    struct msg *m, struct err *e)
{
	for (size_t i = 0; i < ROWS; i++) {
		const struct submit_row *r = &rows[i];

		if (strcmp(r->opt.name, option) != 0)
			continue;
		if (r->parse == NULL || msg_use(msg_type(m), r->field) == -1)
			return 1;
		return r->parse(r, value, c, m, e);
	}
	return 1;
}

int submit_surroundings(const struct submit_context *c, const char *host, unsigned umask_,
    struct msg *m, struct err *e)
{
	if ((!msg_has(m, F_CHDIR) && submit_put(m, F_CHDIR, c->cwd, e) == -1) ||
	    (!msg_has(m, F_SUBMIT_DIR) && submit_put(m, F_SUBMIT_DIR, c->cwd, e) == -1))
		return err_prefix(e, "the present folder's name");
	if (!msg_has(m, F_SUBMIT_HOST) && submit_put(m, F_SUBMIT_HOST, host, e) == -1)
		return err_prefix(e, "this machine's name");
	if (!msg_has(m, F_UMASK) && msg_add_u64(m, F_UMASK, umask_) == -1)
		return err_set(e, ERR_INTERNAL, "umask %o does not fit", umask_);
	return 0;
}
