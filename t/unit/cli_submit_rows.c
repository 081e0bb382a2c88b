/*
 * submit: every row of jobsub's options: those that are there take their value, those
 * to come are refused by name, and odd values of each kind are refused with the
 * option's name in front.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "cli/submit.h"
#include "tap.h"

#define NOW INT64_C(1795428000000)
#define N(a) (sizeof(a) / sizeof((a)[0]))

static const char *const surroundings[] = { "PATH=/bin", NULL };
static const struct submit_context context = { .now = NOW, .cwd = "/",
    .environ_ = surroundings };

static int id_of(enum submit_source source, const char *name)
{
	const struct opt *opts = submit_opts(source);

	for (int i = 0; opts[i].name != NULL; i++) {
		if (strcmp(opts[i].name, name) == 0)
			return opts[i].id;
	}
	return -1;
}

/* The message's fields, or the error's text. */
static const char *given(enum submit_source source, const char *name, const char *value,
    struct err *e)
{
	static char out[500];
	struct submit_options *o = submit_options_new();
	struct submit_place place = { o, source };
	struct msg *m = msg_new(MSG_SUBMIT);
	const char *text;
	enum msg_field f;
	size_t iter = 0, n = 0;
	int id = id_of(source, name);

	err_clear(e);
	out[0] = '\0';
	if (id == -1)
		snprintf(out, sizeof(out), "no option %s", name);
	else if (submit_take(&place, id, value, e) == -1 ||
	    submit_message(o, &context, m, e) == -1)
		snprintf(out, sizeof(out), "%s", e->text);
	while (out[0] == '\0' || n > 0) {
		if (e->code != ERR_NONE || !msg_each(m, &iter, &f, &text))
			break;
		n += (size_t)snprintf(out + n, sizeof(out) - n, "%s%s=%s", n ? " " : "",
		    msg_field_name(f), text);
	}
	msg_free(m);
	submit_options_free(o);
	return out;
}

/* ---- what is shown in --help is there; the rest is refused by name */

static void check_rows(void)
{
	const struct opt *opts = submit_opts(FROM_COMMAND_LINE);
	int shown = 0, later = 0;
	struct err e;

	for (const struct opt *o = opts; o->name != NULL; o++) {
		const char *said;
		char want[100];

		if (o->help != NULL) {
			shown++;
			continue;
		}
		later++;
		said = given(FROM_COMMAND_LINE, o->name, "1", &e);
		snprintf(want, sizeof(want), "option --%s is not there yet", o->name);
		is_str(said, want, "--%s", o->name);
		is_int(e.code, ERR_UNAVAIL, "--%s: code", o->name);
	}
	ok(shown > 60 && later > 10, "%d options, %d to come", shown, later);
	for (const struct opt *a = opts; a->name != NULL; a++) {
		for (const struct opt *b = a + 1; b->name != NULL; b++) {
			if (strcmp(a->name, b->name) == 0 || (a->letter && a->letter == b->letter))
				ok(false, "--%s and --%s are two", a->name, b->name);
		}
	}
}

static void check_command_line_only(void)
{
	static const char *const names[] = { "file", "wrap", "spec", "bulk", "atomic", "dry-run",
	    "spool", "config", "help", "version" };
	struct err e;

	for (size_t i = 0; i < N(names); i++) {
		const char *said = given(FROM_SCRIPT, names[i], "x", &e);

		ok(strstr(said, "counts on the command line only") != NULL, "in a script: %s",
		    said);
		is_int(e.code, ERR_USAGE, "is a usage error");
	}
	is_int(id_of(FROM_COMMAND_LINE, "help"), -1, "--help is not ours on the command line");
}

/* ---- values */

static const struct { const char *name, *value, *want; } good[] = {
	{ "cpus", "0.001", "cpus=1" }, { "cpus", "1000000", "cpus=1000000000" },
	{ "mem", "1B", "mem=1" }, { "mem", "1T", "mem=1048576" }, { "disk", "1025K", "disk=2" },
	{ "gpus", "0", "gpus=0" }, { "gpus", "1024", "gpus=1024" }, { "bw", "0", "bw=0" },
	{ "bw", "1G", "bw=1000" }, { "bw", "0.0001G", NULL }, { "priority", "0", "priority=0" },
	{ "time", "0", "time=0" }, { "time", "1-0", NULL }, { "at", "now", "begin=1795428000000" },
	{ "retries", "1000", "retries=1000" }, { "retry-jitter", "0%", "retry_jitter=0" },
	{ "retry-jitter", "100%", "retry_jitter=100" }, { "umask", "0", "umask=0" },
	{ "umask", "0777", "umask=511" }, { "umask", "027", "umask=23" },
	{ "kill-signal", "9", "kill_signal=9" }, { "kill-signal", "SIGHUP", "kill_signal=1" },
	{ "chdir", "/x", "chdir=/x" }, { "chdir", "x", "chdir=/x" }, { "chdir", ".", "chdir=/." },
	{ "env-type", "host", "env_type=vm" }, { "env-type", "vm", "env_type=vm" },
	{ "after", "ok:1", "dep=ok:1" }, { "after", "ok:1:2", "dep=ok:1 dep=ok:2" },
	{ "after", "ok:1,any:2", "dep=ok:1 dep=any:2" },
	{ "after", "ok:1?notok:2", "dep=ok:1 dep=notok:2 dep_any=1" },
	{ "after", "afterok:7", "dep=ok:7" },
};

static const struct { const char *name, *value; enum err_code code; const char *why; } bad[] = {
	{ "cpus", "", ERR_USAGE, "--cpus: " }, { "cpus", "1e3", ERR_USAGE, "--cpus: " },
	{ "cpus", "0.0001", ERR_USAGE, "--cpus: " }, { "cpus", "1000001", ERR_USAGE, "--cpus: " },
	{ "mem", "-1", ERR_USAGE, "--mem: " }, { "mem", "1X", ERR_USAGE, "--mem: " },
	{ "mem", "99999999999999999999G", ERR_USAGE, "--mem: " },
	{ "gpus", "1025", ERR_USAGE, "--gpus: " },
	{ "gpus", ":1", ERR_USAGE, "no type before the colon" },
	{ "nice", "-21", ERR_USAGE, "--nice: " }, { "log-max", "x", ERR_USAGE, "--log-max: " },
	{ "limit", "", ERR_USAGE, "the name is empty" },
	{ "bw", "", ERR_USAGE, "is not a rate" }, { "bw", "G", ERR_USAGE, "is not a rate" },
	{ "bw", "1K", ERR_USAGE, "is not a rate" }, { "bw", "-1M", ERR_USAGE, "is not a rate" },
	{ "priority", "1001", ERR_USAGE, "0 to 1000 is accepted" },
	{ "priority", "+1", ERR_USAGE, "--priority: " }, { "time", "", ERR_USAGE, "--time: " },
	{ "time", "-5", ERR_USAGE, "--time: " }, { "at", "", ERR_USAGE, "--at: " },
	{ "retries", "1001", ERR_USAGE, "--retries: " },
	{ "retry-jitter", "101%", ERR_USAGE, "--retry-jitter: " },
	{ "retry-jitter", "%", ERR_USAGE, "--retry-jitter: " },
	{ "retry-jitter", "10%%", ERR_USAGE, "--retry-jitter: " },
	{ "umask", "", ERR_USAGE, "is not a umask" }, { "umask", "1000", ERR_USAGE, "not a umask" },
	{ "umask", "8", ERR_USAGE, "is not a umask" }, { "umask", "00022", ERR_USAGE, "umask" },
	{ "kill-signal", "0", ERR_USAGE, "--kill-signal: " },
	{ "kill-signal", "SIGNONE", ERR_USAGE, "--kill-signal: " },
	{ "chdir", "", ERR_USAGE, "--chdir: the value is empty" },
	{ "env-type", "docker", ERR_UNAVAIL, "docker is not there yet" },
	{ "env-type", "kubernetes", ERR_UNAVAIL, "not there yet" },
	{ "env-type", "moon", ERR_USAGE, "is no place to run a job" },
	{ "after", "", ERR_USAGE, "is not a dependency" }, { "after", "1", ERR_USAGE, "ok:ID" },
	{ "after", "ok:", ERR_USAGE, "is not a job" }, { "after", "ok:0", ERR_USAGE, "not a job" },
	{ "after", "ok:1:", ERR_USAGE, "is not a job" },
	{ "after", "ok:x", ERR_USAGE, "not a job" },
	{ "after", "ok:1,", ERR_USAGE, "is not a dependency" },
	{ "after", "ok:1,ok:2?ok:3", ERR_USAGE, "cannot be mixed" },
	{ "after", "any+5:1", ERR_USAGE, "only start" },
	{ "after", "soon:1", ERR_USAGE, "is not a type of dependency" },
	{ "name", "", ERR_USAGE, "--name: the value is empty" },
	{ "tag", "x", ERR_USAGE, "is not a tag" }, { "tag", "=x", ERR_USAGE, "is not a tag" },
	{ "env", "=x", ERR_USAGE, "--env: " },
};

static void check_values(void)
{
	struct err e;

	for (size_t i = 0; i < N(good); i++) {
		const char *said = given(FROM_COMMAND_LINE, good[i].name, good[i].value, &e);

		if (good[i].want != NULL)
			is_str(said, good[i].want, "--%s %s", good[i].name, good[i].value);
	}
	for (size_t i = 0; i < N(bad); i++) {
		const char *said = given(FROM_COMMAND_LINE, bad[i].name, bad[i].value, &e);

		is_int(e.code, bad[i].code, "--%s '%s': code", bad[i].name, bad[i].value);
		ok(strstr(said, bad[i].why) != NULL, "--%s '%s': %s", bad[i].name, bad[i].value,
		    said);
	}
}

/* A value that is longer than its field is refused, and never cut. */
static void check_long(void)
{
	static const char *const names[] = { "name", "comment", "key", "account", "queue", "chdir",
	    "output", "tag", "env", "user" };
	char *value = xmalloc(3000001);
	struct err e;

	memset(value, 'x', 3000000);
	value[3000000] = '\0';
	value[1] = '=';
	for (size_t i = 0; i < N(names); i++) {
		const char *said = given(FROM_COMMAND_LINE, names[i], value, &e);

		is_int(e.code, ERR_USAGE, "--%s of three megabytes", names[i]);
		ok(strstr(said, names[i]) != NULL && strlen(said) < 300, "is told: %s", said);
	}
	free(value);
}

int main(void)
{
	check_rows();
	check_command_line_only();
	check_values();
	check_long();
	return tap_done();
}
