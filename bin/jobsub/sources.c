/*
 * sources: options that do not stand on the command line: JOBSUB_<OPTION>, the #JOB
 * lines of a script, the user's file of defaults and the system's.
 *
 * Owns where these files are.  The system's lies beside the configuration that is in
 * effect, so that each installation has its own.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fdio.h"
#include "jobsub.h"

#define NAME "jobsub.conf"
#define FILE_MAX (1u << 20)

int lines_take(struct jobsub *j, enum submit_source source, struct err *e)
{
	const struct directives *lines = &j->lines[source];
	struct submit_place place = { j->options, source };
	struct program program = *j->program;

	program.opts = submit_opts(source);
	for (size_t i = 0; i < lines->n; i++) {
		struct directive *d = &lines->list[i];
		char **words = d->words.list;
		int n = opts_parse(&program, (int)d->words.n, words, submit_take, &place, e);

		if (n != -1 && n < (int)d->words.n)
			n = err_set(e, ERR_USAGE, "%.64s is not an option", words[n]);
		if (n == -1)
			return err_prefix(e, "line %zu", d->line);
	}
	return 0;
}

/* Takes the options of a file; that it is not there is no error. */
static int defaults_take(struct jobsub *j, enum submit_source source, const char *path,
    struct err *e)
{
	struct buf text;
	int r;

	if (access(path, F_OK) == -1)
		return 0;
	buf_init(&text, FILE_MAX);
	r = file_read(AT_FDCWD, path, &text, e);
	if (r == 0 && text.len > 0) {
		r = defaults_read(text.data, text.len, &j->lines[source], e);
		if (r == 0)
			r = lines_take(j, source, e);
		if (r == -1) {
			e->code = e->code == ERR_UNAVAIL ? e->code : ERR_CONFIG;
			err_prefix(e, "%s", path);
		}
	}
	buf_release(&text);
	return r;
}

static char *system_path(const struct jobsub *j)
{
	const char *config = submit_tool(j->options, TOOL_CONFIG), *env = getenv("JOB_CONFIG");
	const char *slash;

	if (config == NULL)
		config = env != NULL && env[0] != '\0' ? env : CONF_DEFAULT;
	slash = strrchr(config, '/');
	return xasprintf("%.*s" NAME, slash != NULL ? (int)(slash + 1 - config) : 0, config);
}

/* NULL: there is no such place. */
static char *user_path(void)
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	if (config != NULL && config[0] == '/')
		return xasprintf("%s/" NAME, config);
	return home != NULL && home[0] == '/' ? xasprintf("%s/.config/" NAME, home) : NULL;
}

int sources_take(struct jobsub *j, struct err *e)
{
	char *system = system_path(j), *user = user_path();
	int r = submit_environment(j->options, j->context.environ_, e);

	if (r == 0 && user != NULL)
		r = defaults_take(j, FROM_USER_FILE, user, e);
	if (r == 0)
		r = defaults_take(j, FROM_SYSTEM_FILE, system, e);
	free(system);
	free(user);
	return r;
}
