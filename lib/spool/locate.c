/*
 * locate: which spool a program means.
 *
 * Owns the order of the places.
 */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/account.h"
#include "base/alloc.h"
#include "spool/impl.h"

#define SYSTEM_SPOOL "/var/spool/job"

static bool given(const char *s)
{
	return s != NULL && s[0] != '\0';
}

/* Made by the package for all, or ours: either way we can go into it. */
static bool usable(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode) && access(path, X_OK) == 0;
}

static int locate_own(char **path, struct err *e)
{
	const char *dir = getenv("XDG_STATE_HOME"), *home;
	const struct passwd *pw;

	/* A relative one is to be ignored, says its specification. */
	if (given(dir) && dir[0] == '/') {
		*path = xasprintf("%s/job", dir);
		return 0;
	}
	home = getenv("HOME");
	if (!given(home) || home[0] != '/') {
		pw = account_of(geteuid());
		home = pw != NULL ? pw->pw_dir : NULL;
	}
	if (!given(home) || home[0] != '/')
		return err_set(e, ERR_UNAVAIL, "no home directory to keep a spool in: name one "
		    "with --spool DIR or JOB_SPOOL");
	*path = xasprintf("%s/.local/state/job", home);
	return 0;
}

int spool_locate(const char *option, const char *configured, char **path, struct err *e)
{
	const char *env = getenv("JOB_SPOOL");
	const char *named = option != NULL ? option : given(env) ? env : configured;

	if (named == NULL && !usable(SYSTEM_SPOOL))
		return locate_own(path, e);
	*path = spool_absolute(named != NULL ? named : SYSTEM_SPOOL, e);
	return *path == NULL ? -1 : 0;
}
