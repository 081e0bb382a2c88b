/*
 * settings: what few jobs ask for, read from the launch block.
 *
 * Owns how a program is run as at a login.  Pure, as launch.c; child.c and
 * supervisor.c do what stands here.  jobd has checked all of it, but may not be ours.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "agent/launch.h"
#include "base/alloc.h"

#define LOGIN_WORDS 3	/* -c, what the shell does, and the argument that is its $0 */

static int rlimits_take(struct launch *l, struct err *e)
{
	size_t n = msg_count(l->msg, F_RLIMIT), iter = 0;
	const char *s;

	if (n == 0)
		return 0;
	l->rlimits = xcalloc(n, sizeof(l->rlimits[0]));
	while ((s = msg_next(l->msg, F_RLIMIT, &iter)) != NULL) {
		if (rlimit_setting_parse(s, &l->rlimits[l->nrlimits], e) == -1)
			return err_prefix(e, "rlimit");
		l->nrlimits++;
	}
	return 0;
}

/* One that knows -l and "$@"; csh(1) and fish(1) do not. */
static const char *login_shell(const char *shell)
{
	static const char *const known[] = { "sh", "bash", "dash", "ksh", "mksh", "zsh", "ash" };
	const char *slash = strrchr(shell, '/'), *name = slash != NULL ? slash + 1 : shell;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(known[i], name) == 0)
			return shell;
	}
	return "/bin/sh";
}

/* The shell reads the profile, since its name begins with a dash, and becomes the program. */
static void login_make(struct launch *l, const struct user *user)
{
	size_t n = 0;

	l->file = xstrdup(login_shell(user->shell));
	while (l->argv[n] != NULL)
		n++;
	l->argv = xreallocarray(l->argv, n + 1 + LOGIN_WORDS, sizeof(l->argv[0]));
	memmove(l->argv + LOGIN_WORDS, l->argv, (n + 1) * sizeof(l->argv[0]));
	l->argv[0] = xasprintf("-%s", strrchr(l->file, '/') + 1);
	l->argv[1] = xstrdup("-c");
	l->argv[2] = xstrdup("exec \"$0\" \"$@\"");
}

static void missing_take(struct launch *l)
{
	const char *word = msg_str(l->msg, F_CHDIR_MISSING);

	if (word != NULL && strcmp(word, "create") == 0)
		l->missing = MISSING_CREATE;
	else if (word != NULL && strcmp(word, "home") == 0)
		l->missing = MISSING_HOME;
}

int settings_take(struct launch *l, const struct msg *start, const struct launch_host *h,
    struct err *e)
{
	(void)start;
	missing_take(l);
	l->nice = (int)msg_i64(l->msg, F_NICE, 0);
	l->pipe = msg_flag(l->msg, F_PIPE);
	l->pty = msg_flag(l->msg, F_PTY);
	l->timestamps = msg_flag(l->msg, F_TIMESTAMPS);
	l->log_max = msg_u64(l->msg, F_LOG_MAX, 0);
	l->log_kill = msg_has(l->msg, F_LOG_OVERFLOW) &&
	    strcmp(msg_str(l->msg, F_LOG_OVERFLOW), "kill") == 0;
	if (msg_flag(l->msg, F_SCRATCH))
		l->scratch = xasprintf("%s/" LAUNCH_SCRATCH "/%" PRIu64 ".%" PRIu64, h->dir, l->job,
		    l->number);
	if (msg_flag(l->msg, F_LOGIN))
		login_make(l, h->user);
	if (msg_has(l->msg, F_WARN) &&
	    warn_setting_parse(msg_str(l->msg, F_WARN), &l->warn, e) == -1)
		return err_prefix(e, "warn");
	return rlimits_take(l, e);
}
