/*
 * environ: the environment of a job.
 *
 * Three layers: what any login has (HOME, PATH...), then what the job brought
 * along, then what we say of the job, which nothing overrides.  Names that are
 * ours are dropped from the second layer even when we have nothing to say: a job
 * that was submitted from within a job must not take that one's values for its own.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/launch.h"
#include "agent/tree.h"
#include "base/alloc.h"
#include "base/hash.h"

#define PATH_USER "/usr/local/bin:/usr/bin:/bin"
#define RES_PREFIX "JOB_RES_"
#define PARENT_PREFIX "JOB_PARENT_"
#define PATH_ROOT "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* Those we set when there is something to say. */
static const char *const ours[] = {
	COOKIE_NAME, "JOB_ID", "JOB_NAME", "JOB_USER", "JOB_ACCOUNT", "JOB_QUEUE", "JOB_PRIORITY",
	"JOB_ATTEMPT", "JOB_MAX_ATTEMPTS", "JOB_REQUEUES", "JOB_WORKER", "JOB_CPUS", "JOB_MEM_MB",
	"JOB_DISK_MB", "JOB_GPUS", "JOB_GPU_IDS", "CUDA_VISIBLE_DEVICES", "JOB_BW",
	"JOB_SUBMIT_HOST", "JOB_SUBMIT_DIR", "JOB_DIR",
	"JOB_STDOUT", "JOB_STDERR", "JOB_LOG_DIR", "JOB_TIME_LIMIT", "JOB_END_BY", "JOB_KEY",
	"JOB_PREV_STATUS", "JOB_PREV_REASON", "JOB_PREV_WORKER", "JOB_FENCE", "JOB_VERSION",
	"JOB_SCHEDULE", "JOB_SCHEDULED_TIME", "JOB_SCHEDULED_EPOCH", "JOB_CATCHUP",
};

struct list {
	char **v;
	size_t n, cap;
	struct map *names;	/* hash of a name -> its place + 1 */
};

/* Takes over the string; a later one replaces an earlier one of the same name. */
static void put(struct list *l, char *string)
{
	size_t len = strcspn(string, "=");
	uint64_t key = hash64(0, string, len);
	uintptr_t at = (uintptr_t)map_get(l->names, key);

	if (at != 0 && strncmp(l->v[at - 1], string, len + 1) == 0) {
		free(l->v[at - 1]);
		l->v[at - 1] = string;
		return;
	}
	if (l->n + 1 >= l->cap) {
		l->cap = l->cap == 0 ? 64 : l->cap * 2;
		l->v = xreallocarray(l->v, l->cap, sizeof(l->v[0]));
	}
	l->v[l->n++] = string;
	l->v[l->n] = NULL;
	map_put(l->names, key, (void *)(uintptr_t)l->n);
}

static void putf(struct list *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void putf(struct list *l, const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) == -1)
		abort();
	va_end(ap);
	put(l, s);
}

static void put_str(struct list *l, const char *name, const struct msg *m, enum msg_field f)
{
	const char *s = msg_str(m, f);

	if (s != NULL)
		putf(l, "%s=%s", name, s);
}

static void put_u64(struct list *l, const char *name, const struct msg *m, enum msg_field f,
    uint64_t absent)
{
	putf(l, "%s=%" PRIu64, name, msg_u64(m, f, absent));
}

static bool is_ours(const char *string)
{
	size_t len = strcspn(string, "=");

	if (strncmp(string, RES_PREFIX, strlen(RES_PREFIX)) == 0 ||
	    strncmp(string, PARENT_PREFIX, strlen(PARENT_PREFIX)) == 0)
		return true;

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		if (strlen(ours[i]) == len && strncmp(ours[i], string, len) == 0)
			return true;
	}
	return false;
}

static void put_login(struct list *l, const struct launch_host *h)
{
	putf(l, "HOME=%s", h->user->home);
	putf(l, "LOGNAME=%s", h->user->name);
	putf(l, "USER=%s", h->user->name);
	putf(l, "SHELL=%s", h->user->shell);
	putf(l, "PATH=%s", h->user->uid == 0 ? PATH_ROOT : PATH_USER);
	putf(l, "LANG=%s", h->lang != NULL ? h->lang : "C.UTF-8");
	putf(l, "TMPDIR=/tmp");
	if (h->tz != NULL)
		putf(l, "TZ=%s", h->tz);
}

static void put_resources(struct list *l, const struct msg *start)
{
	uint64_t cpus = msg_u64(start, F_CPUS, 1000);
	char text[32];
	size_t n;

	n = (size_t)snprintf(text, sizeof(text), "%" PRIu64 ".%03" PRIu64, cpus / 1000,
	    cpus % 1000);
	while (text[n - 1] == '0')
		text[--n] = '\0';
	if (text[n - 1] == '.')
		text[--n] = '\0';
	putf(l, "JOB_CPUS=%s", text);
	put_u64(l, "JOB_MEM_MB", start, F_MEM, 0);
	put_u64(l, "JOB_DISK_MB", start, F_DISK, 0);
	put_u64(l, "JOB_GPUS", start, F_GPUS, 0);
	if (msg_has(start, F_GPU_IDS)) {
		put_str(l, "JOB_GPU_IDS", start, F_GPU_IDS);
		put_str(l, "CUDA_VISIBLE_DEVICES", start, F_GPU_IDS);
	}
	if (msg_has(start, F_BW))
		put_u64(l, "JOB_BW", start, F_BW, 0);
}

/* JOB_RES_NAME=N, in capitals; what no variable's name can have becomes a _. */
static void put_named(struct list *l, const struct msg *m)
{
	size_t iter = 0;
	const char *s;

	while ((s = msg_next(m, F_RES, &iter)) != NULL) {
		char *variable = xasprintf(RES_PREFIX "%s", s);

		for (char *p = variable + strlen(RES_PREFIX); *p != '\0' && *p != '='; p++)
			*p = isalnum((unsigned char)*p) ? (char)toupper((unsigned char)*p) : '_';
		put(l, variable);
	}
}

static void put_times(struct list *l, const struct launch *launch, const struct msg *start,
    int64_t now)
{
	int64_t by = msg_i64(start, F_DEADLINE, 0);

	if (launch->time > 0) {
		putf(l, "JOB_TIME_LIMIT=%" PRIu64, (launch->time + 999) / 1000);
		if (by == 0 || now + (int64_t)launch->time < by)
			by = now + (int64_t)launch->time;
	}
	if (by > 0)
		putf(l, "JOB_END_BY=%" PRId64, by / 1000);
}

static void put_file(struct list *l, const char *name, const struct launch *launch,
    const char *file, const char *log)
{
	if (file != NULL && file[0] != '/')
		putf(l, "%s=%s/%s", name, launch->dir, file);
	else if (file != NULL)
		putf(l, "%s=%s", name, file);
	else if (launch->log_dir != NULL)
		putf(l, "%s=%s/%s", name, launch->log_dir, log);
}

static void put_job(struct list *l, const struct launch *launch, const struct msg *start,
    const struct launch_host *h)
{
	putf(l, "JOB_ID=%" PRIu64, launch->job);
	putf(l, "JOB_FENCE=%" PRIu64, launch->number);
	put_str(l, "JOB_NAME", start, F_NAME);
	put_str(l, "JOB_USER", start, F_USER);
	put_str(l, "JOB_ACCOUNT", start, F_ACCOUNT);
	put_str(l, "JOB_QUEUE", start, F_QUEUE);
	put_str(l, "JOB_KEY", start, F_KEY);
	if (msg_has(start, F_PRIORITY))
		put_u64(l, "JOB_PRIORITY", start, F_PRIORITY, 0);
	put_u64(l, "JOB_ATTEMPT", start, F_ATTEMPT, 1);
	put_u64(l, "JOB_MAX_ATTEMPTS", start, F_MAX_ATTEMPTS, 1);
	put_u64(l, "JOB_REQUEUES", start, F_REQUEUES, 0);
	putf(l, "JOB_WORKER=%s", h->worker);
	putf(l, "JOB_VERSION=%s", JOB_VERSION);
	/* In an order, these two tell of the attempt before. */
	put_str(l, "JOB_PREV_STATUS", start, F_STATUS);
	put_str(l, "JOB_PREV_REASON", start, F_REASON);
	put_str(l, "JOB_SUBMIT_HOST", launch->msg, F_SUBMIT_HOST);
	put_str(l, "JOB_SUBMIT_DIR", launch->msg, F_SUBMIT_DIR);
	putf(l, "JOB_DIR=%s", launch->scratch != NULL ? launch->scratch : launch->dir);
	if (launch->scratch != NULL)
		putf(l, "TMPDIR=%s", launch->scratch);
	if (launch->log_dir != NULL)
		putf(l, "JOB_LOG_DIR=%s", launch->log_dir);
	put_file(l, "JOB_STDOUT", launch, launch->out, "stdout.log");
	put_file(l, "JOB_STDERR", launch, launch->err, "stderr.log");
}

void environ_make(struct launch *launch, const struct msg *start, const struct launch_host *h)
{
	struct list l = { .names = map_new() };
	size_t iter = 0;
	const char *s;

	/* In front, where whoever looks for it finds it first. */
	putf(&l, COOKIE_NAME "=%s", h->token);
	put_login(&l, h);
	while ((s = msg_next(start, F_ENV, &iter)) != NULL)	/* the site's, for all jobs */
		put(&l, xstrdup(s));
	iter = 0;
	while ((s = msg_next(launch->msg, F_ENV, &iter)) != NULL) {
		if (strchr(s, '=') > s && !is_ours(s))
			put(&l, xstrdup(s));
	}
	put_job(&l, launch, start, h);
	put_resources(&l, start);
	put_named(&l, start);
	put_times(&l, launch, start, h->now);
	map_free(l.names);
	launch->env = l.v;
}
