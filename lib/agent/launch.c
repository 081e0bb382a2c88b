/*
 * launch: from an order to arguments, folders, files and limits.
 *
 * Owns the defaults that a worker adds.  Promises that what is malformed is refused
 * with the reason, since jobd checked it at submission and may not be ours.  See
 * environ.c for the environment, child.c for what is done with all this.
 */
#include "agent/launch.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/outbox.h"
#include "base/alloc.h"

#define GRACE_DEFAULT_MS 30000
#define GRACE_MAX_MS (UINT64_C(100) * 366 * 86400 * 1000)
#define UMASK_DEFAULT 022
#define PATH_MAX_BYTES 4096

static int expand_name(struct buf *b, const char *s)
{
	/* A slash would make a folder of what is a name. */
	for (; *s != '\0'; s++) {
		if (buf_addc(b, *s == '/' ? '_' : *s) == -1)
			return -1;
	}
	return 0;
}

static int expand_letter(struct buf *b, char letter, const struct msg *start,
    const struct launch_host *h, const struct tm *tm)
{
	const char *name = msg_str(start, F_NAME);

	switch (letter) {
	case 'j':
		return buf_addf(b, "%" PRIu64, msg_u64(start, F_JOB, 0));
	case 'A':
		return buf_addf(b, "%" PRIu64, msg_u64(start, msg_has(start, F_ARRAY_ID) ?
		    F_ARRAY_ID : F_JOB, 0));
	case 'a':
		return buf_addf(b, "%" PRIu64, msg_u64(start, F_ARRAY_INDEX, 0));
	case 'n':
		return buf_addf(b, "%" PRIu64, msg_u64(start, F_ATTEMPT, 1));
	case 'x':
		return expand_name(b, name != NULL ? name : "job");
	case 'u':
		return expand_name(b, h->user->name);
	case 'w':
		return expand_name(b, h->worker);
	case 'Y':
		return buf_addf(b, "%04d", tm->tm_year + 1900);
	case 'm':
		return buf_addf(b, "%02d", tm->tm_mon + 1);
	case 'd':
		return buf_addf(b, "%02d", tm->tm_mday);
	case '%':
		return buf_addc(b, '%');
	default:
		return -1;
	}
}

char *launch_expand(const char *pattern, const struct msg *start, const struct launch_host *h,
    struct err *e)
{
	time_t now = (time_t)(h->now / 1000);
	const char *s = pattern;
	struct tm tm;
	struct buf b;
	int r = *pattern == '\0' ? -1 : 0;

	localtime_r(&now, &tm);
	buf_init(&b, PATH_MAX_BYTES - 1);
	while (r == 0 && *s != '\0') {
		if (*s != '%')
			r = buf_addc(&b, *s);
		else
			r = expand_letter(&b, *++s, start, h, &tm);
		if (r == 0)
			s++;
	}
	if (r == 0)
		return buf_steal(&b);
	buf_release(&b);
	err_set(e, ERR_DATA, "\"%.200s\" is no name of a file: empty, too long, or with a %% that "
	    "is none of %%j %%A %%a %%n %%x %%u %%w %%Y %%m %%d %%%%", pattern);
	return NULL;
}

/* A file for the job, if there is one; relative to its folder, and the folder is absolute. */
static int file_of(char **to, const struct msg *m, enum msg_field f, const struct msg *start,
    const struct launch_host *h, struct err *e)
{
	const char *pattern = msg_str(m, f);

	if (pattern == NULL)
		return 0;
	*to = launch_expand(pattern, start, h, e);
	return *to == NULL ? err_prefix(e, "%s", msg_field_name(f)) : 0;
}

static void argv_make(struct launch *l)
{
	size_t n = msg_count(l->msg, F_ARG), iter = 0, i = 0;
	const char *s;

	l->argv = xcalloc(n + 3, sizeof(l->argv[0]));
	if (l->script != NULL) {
		/* What does not say by whom it is to be read is read by the shell. */
		if (l->body_len < 2 || memcmp(l->body, "#!", 2) != 0)
			l->argv[i++] = xstrdup("/bin/sh");
		l->argv[i++] = xstrdup(l->script);
	}
	while ((s = msg_next(l->msg, F_ARG, &iter)) != NULL)
		l->argv[i++] = xstrdup(s);
}

static void limits_take(struct launch *l, const struct msg *start)
{
	uint64_t signo = msg_u64(start, F_KILL_SIGNAL, SIGTERM);

	l->time = msg_u64(start, F_TIME, 0);
	l->grace = msg_u64(start, F_KILL_GRACE, GRACE_DEFAULT_MS);
	if (l->grace > GRACE_MAX_MS)
		l->grace = GRACE_MAX_MS;
	l->kill_signal = signo >= 1 && signo < NSIG ? (int)signo : SIGTERM;
	l->mem = msg_u64(start, F_MEM, 0);
	l->cpus = msg_flag(start, F_CPU_LIMIT) ? msg_u64(start, F_CPUS, 0) : 0;
}

static int block_decode(struct launch *l, const struct msg *start, struct err *e)
{
	size_t n, used;
	const void *p = msg_body(start, &n);

	if (p == NULL || msg_decode(p, n, &l->msg, &used, e) != 1 || used != n ||
	    msg_type(l->msg) != MSG_LAUNCH)
		return err_set(e, ERR_DATA, "the order holds no launch block");
	if (msg_flag(l->msg, F_SCRIPT)) {
		l->body = msg_body(l->msg, &l->body_len);
		if (l->body_len == 0)
			return err_set(e, ERR_DATA, "an empty script");
	} else if (msg_count(l->msg, F_ARG) == 0 || msg_str(l->msg, F_ARG)[0] == '\0') {
		return err_set(e, ERR_DATA, "no command");
	}
	return 0;
}

/* A name that is relative is one on jobd's host; here the log is kept until it is there. */
static void log_dir_take(struct launch *l, const struct msg *start, const struct launch_host *h)
{
	const char *dir = msg_str(start, F_LOG_DIR);

	if (dir == NULL)
		return;
	l->log_sent = dir[0] != '/';
	l->log_dir = !l->log_sent ? xstrdup(dir) : xasprintf("%s/" OUTBOX_DIR "/%" PRIu64 ".%"
	    PRIu64, h->dir, l->job, l->number);
}

int launch_make(struct launch *l, const struct msg *start, const struct launch_host *h,
    struct err *e)
{
	const char *dir;

	*l = (struct launch){ .job = msg_u64(start, F_JOB, 0) };
	l->number = msg_u64(start, F_EXECUTION, 0);
	if (block_decode(l, start, e) == -1)
		goto bad;
	if (l->body != NULL)
		l->script = xasprintf("%s/" LAUNCH_SCRIPTS "/%" PRIu64 ".%" PRIu64, h->dir, l->job,
		    l->number);
	argv_make(l);
	limits_take(l, start);
	dir = msg_str(l->msg, F_CHDIR);
	l->dir = xstrdup(dir != NULL ? dir : h->user->home);
	l->mask = (mode_t)msg_u64(l->msg, F_UMASK, UMASK_DEFAULT) & 0777;
	/* A later execution must not wipe out what an earlier one has written. */
	l->append = msg_flag(l->msg, F_APPEND) || l->number > 1;
	if (l->dir[0] != '/') {
		err_set(e, ERR_DATA, "the working directory is no absolute path: %.200s", l->dir);
		goto bad;
	}
	if (file_of(&l->in, l->msg, F_STDIN, start, h, e) == -1 ||
	    file_of(&l->out, l->msg, F_STDOUT, start, h, e) == -1 ||
	    file_of(&l->err, l->msg, F_STDERR, start, h, e) == -1)
		goto bad;
	log_dir_take(l, start, h);
	if (settings_take(l, start, h, e) == -1)
		goto bad;
	environ_make(l, start, h);
	return 0;
bad:
	launch_release(l);
	return -1;
}

static void words_free(char **words)
{
	for (char **w = words; w != NULL && *w != NULL; w++)
		free(*w);
	free(words);
}

void launch_release(struct launch *l)
{
	words_free(l->argv);
	words_free(l->env);
	free(l->file);
	free(l->dir);
	free(l->scratch);
	free(l->rlimits);
	free(l->in);
	free(l->out);
	free(l->err);
	free(l->script);
	free(l->log_dir);
	msg_free(l->msg);
	*l = (struct launch){ .job = 0 };
}

void launch_move(struct launch *l, const char *dir, const struct msg *start,
    const struct launch_host *h)
{
	free(l->dir);
	l->dir = xstrdup(dir);
	words_free(l->env);
	environ_make(l, start, h);
}

const char *launch_getenv(const struct launch *l, const char *name)
{
	size_t n = strlen(name);

	for (char **v = l->env; v != NULL && *v != NULL; v++) {
		if (strncmp(*v, name, n) == 0 && (*v)[n] == '=')
			return *v + n + 1;
	}
	return NULL;
}
