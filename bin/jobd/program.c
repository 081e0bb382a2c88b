/*
 * program: which of our programs are started, as the local worker is.
 *
 * $JOBWORKER for jobworker, else the one beside jobd (a build folder), else the one that was
 * installed with it, else the first in PATH.
 */
#include <bsd/string.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "process.h"

static bool runs(const char *path)
{
	return access(path, X_OK) == 0;
}

/* The directory of our own program, with its last slash. */
static int own_dir(char out[PATH_MAX])
{
	ssize_t n = readlink("/proc/self/exe", out, PATH_MAX - 1);
	char *slash;

	if (n <= 0)
		return -1;
	out[n] = '\0';
	slash = strrchr(out, '/');
	if (slash == NULL)
		return -1;
	slash[1] = '\0';
	return 0;
}

static char *in_path(const char *name)
{
	const char *p = getenv("PATH");
	char *path;
	size_t n;

	for (; p != NULL && *p != '\0'; p += n + (p[n] == ':')) {
		n = strcspn(p, ":");
		path = xasprintf("%.*s/%s", (int)n, p, name);
		if (n > 0 && *p == '/' && runs(path))
			return path;
		free(path);
	}
	return NULL;
}

char *libexec_program(const char *name, const char *variable, struct err *e)
{
	static const char *const beside[] = { "", "../libexec/job/" };
	const char *named = getenv(variable);
	char dir[PATH_MAX], *path;
	size_t i;

	if (named != NULL && *named != '\0')
		return xstrdup(named);
	for (i = 0; own_dir(dir) == 0 && i < 2; i++) {
		path = xasprintf("%s%s%s", dir, beside[i], name);
		if (runs(path))
			return path;
		free(path);
	}
	path = in_path(name);
	if (path == NULL)
		err_set(e, ERR_UNAVAIL, "%s: not found beside jobd, in ../libexec/job, or in "
		    "PATH: set %s", name, variable);
	return path;
}

char *worker_program(struct err *e)
{
	char *path = libexec_program("jobworker", "JOBWORKER", e);

	if (path == NULL && e != NULL)
		strlcat(e->text, ", or local_worker = no", sizeof(e->text));
	return path;
}

void command_free(char **argv)
{
	size_t i;

	for (i = 0; argv != NULL && argv[i] != NULL; i++)
		free(argv[i]);
	free(argv);
}

char **worker_command(const struct jobd *d, struct err *e)
{
	char **argv = xcalloc(10, sizeof(char *)), *program = worker_program(e);
	size_t n = 0;

	if (program == NULL) {
		free(argv);
		return NULL;
	}
	argv[n++] = program;
	argv[n++] = xstrdup("run");
	argv[n++] = xstrdup("--local");
	argv[n++] = xstrdup("--dir");
	argv[n++] = xasprintf("%s/%s", d->spool.path, SPOOL_WORKER);
	if (d->spool.system) {
		argv[n++] = xstrdup("--allow-uid");
		argv[n++] = xasprintf("%ld", (long)d->spool.owner);
	}
	return argv;
}
