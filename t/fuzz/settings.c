/*
 * settings: limits, warnings, amounts, rules and files of variables, JOBSUB_ variables,
 * defaults and the names of files with patterns are taken or refused, within bounds.
 *
 * The first byte chooses the parser, the rest is the text.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/launch.h"
#include "base/alloc.h"
#include "cli/directives.h"
#include "cli/envrules.h"
#include "cli/submit.h"
#include "msg/setting.h"

static const char *const surroundings[] = { "PATH=/bin", "HOME=/h", "JOB_ID=1", "ODD", NULL };

static void need(bool holds)
{
	if (!holds)
		abort();
}

static void on_rlimit(const char *s)
{
	struct rlimit_setting got;

	if (rlimit_setting_parse(s, &got, NULL) == 0)
		need(strncmp(s, got.name, strlen(got.name)) == 0 &&
		    (!got.has_hard || got.soft <= got.hard));
}

static void on_warning(const char *s)
{
	struct warn_setting got;

	if (warn_setting_parse(s, &got, NULL) == 0)
		need(got.signal >= 1 && got.signal <= 64 && got.before > 0);
}

static void on_amount(const char *s)
{
	size_t len;
	int64_t n;

	if (amount_setting_parse(s, &len, &n, NULL) == 0)
		need(len >= 1 && len <= 64 && s[len] == '=' && n >= 1);
}

static void set_check(const struct envset *set)
{
	for (size_t i = 0; i < set->n; i++)
		need(strchr(set->list[i], '=') != NULL && set->list[i][0] != '=');
}

static void on_rules(const char *s)
{
	struct envset set = { 0 };

	(void)envrules_apply(&set, s, surroundings, NULL);
	set_check(&set);
	envset_release(&set);
}

static void on_env_file(const char *s)
{
	struct envset set = { 0 };
	size_t n = strlen(s);
	char *text = xstrdup(s);

	/* No text of C's has one in it. */
	for (size_t i = 0; i < n; i++) {
		if (text[i] == '\x7f')
			text[i] = '\0';
	}
	(void)envfile_apply(&set, text, n, surroundings, NULL);
	set_check(&set);
	envset_release(&set);
	free(text);
}

static void on_variable(const char *s)
{
	struct submit_options *o = submit_options_new();
	char *word = xasprintf("JOBSUB_%s", s);
	const char *const words[] = { word, NULL };

	(void)submit_environment(o, words, NULL);
	submit_options_free(o);
	free(word);
}

static void on_defaults(const char *s)
{
	struct directives d;

	if (defaults_read(s, strlen(s), &d, NULL) == 0) {
		for (size_t i = 0; i < d.n; i++)
			need(d.list[i].words.list[d.list[i].words.n] == NULL);
	}
	directives_release(&d);
}

static void on_pattern(const char *s)
{
	static char name[] = "anna", home[] = "/home/anna", shell[] = "/bin/sh";
	const struct user user = { .uid = 1, .name = name, .home = home, .shell = shell };
	const struct launch_host host = { .worker = "a/b", .dir = "/w", .token = "t",
		.user = &user, .now = INT64_C(1795428005000) };
	struct msg *start = msg_new(MSG_W_START);
	char *path;

	msg_add(start, F_NAME, "x/y");
	path = launch_expand(s, start, &host, NULL);
	need(path == NULL || (path[0] != '\0' && strlen(path) < 4096));
	free(path);
	msg_free(start);
}

static void (*const parsers[])(const char *) = {
	on_rlimit, on_warning, on_amount, on_rules, on_env_file, on_variable, on_defaults,
	on_pattern
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *s;

	if (size == 0)
		return 0;
	s = xstrndup((const char *)data + 1, size - 1);
	parsers[data[0] % (sizeof(parsers) / sizeof(parsers[0]))](s);
	free(s);
	return 0;
}
