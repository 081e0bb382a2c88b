/*
 * follow: walks the executions of a job and hands out what they wrote.
 *
 * Promises: the state of the job is read before its output, so when a step sees
 * the end and then finds nothing more, nothing more exists.  Where the files are
 * ours to read the kernel wakes us (inotify on the logs and on the database's
 * journal), else we look at intervals; either way a missed wake-up costs time only.
 */
#include "view/follow.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "view/source.h"

#define CHUNK (256u << 10)	/* bytes of a stream a step */
#define BLIND_MS 100		/* how often we look when nothing can wake us */
#define REST_MS 10		/* a busy database wakes us no more often */
#define AWAIT_MS 20		/* the description of an execution wakes nobody */
#define BEHIND_MS 5000		/* for output that is still on another host */

static const char *const streams[FOLLOW_STREAMS] = { "stdout", "stderr" };

struct follow {
	struct view *v;
	int64_t id;
	struct follow_want want;
	struct record rec;
	int64_t current;		/* execution whose sources are open; 0: none yet */
	bool started;			/* the first one has been chosen */
	struct source src[FOLLOW_STREAMS];
	bool open[FOLLOW_STREAMS];
	bool watched[FOLLOW_STREAMS];
	struct buf chunk;
	int notify;			/* inotify, or -1 */
	int64_t came;			/* when there was something, CLOCK_BOOTTIME; 0: never */
	bool awaits, whole;		/* the rest from another host; it has come */
	bool tailed;			/* it stands where the last lines begin */
	bool gave_up, behind;		/* waiting for the rest: of this one, of any */
};

struct follow *follow_new(struct view *v, int64_t job, const struct follow_want *want)
{
	struct follow *f = xcalloc(1, sizeof(*f));

	f->v = v;
	f->id = job;
	f->want = *want;
	f->notify = -1;
	buf_init(&f->chunk, CHUNK);
	if (want->follow && view_is_direct(v)) {
		char *wal = xasprintf("%s/%s-wal", view_spool(v)->path, SPOOL_DB);

		f->notify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
		if (f->notify >= 0)
			inotify_add_watch(f->notify, wal, IN_MODIFY);
		free(wal);
	}
	return f;
}

static void close_sources(struct follow *f)
{
	for (int i = 0; i < FOLLOW_STREAMS; i++) {
		if (f->open[i])
			source_close(&f->src[i]);
		f->open[i] = f->watched[i] = false;
	}
	f->current = 0;
	f->whole = f->gave_up = false;
}

void follow_free(struct follow *f)
{
	if (!f)
		return;
	close_sources(f);
	record_release(&f->rec);
	buf_release(&f->chunk);
	if (f->notify >= 0)
		close(f->notify);
	free(f);
}

const struct job_row *follow_job(const struct follow *f)
{
	return f->rec.job;
}

bool follow_behind(const struct follow *f)
{
	return f->behind;
}

static const struct exec_row *find_exec(const struct follow *f, int64_t k)
{
	for (size_t i = 0; i < f->rec.nexecs; i++) {
		if (f->rec.execs[i].execution == k)
			return &f->rec.execs[i];
	}
	return NULL;
}

/* Two streams may have been sent to one file: it is shown once. */
static bool same_file(const struct follow *f)
{
	const char *out = f->src[FOLLOW_OUT].path, *err = f->src[FOLLOW_ERR].path;

	return f->open[FOLLOW_OUT] && f->open[FOLLOW_ERR] && out && err &&
	    strcmp(out, err) == 0;
}

static int open_sources(struct follow *f, const struct exec_row *exec, struct err *e)
{
	for (int i = 0; i < FOLLOW_STREAMS; i++) {
		if (!f->want.streams[i])
			continue;
		if (source_open(&f->src[i], f->v, f->rec.job, exec, streams[i], e) < 0)
			return -1;
		f->open[i] = true;
	}
	if (same_file(f)) {
		source_close(&f->src[FOLLOW_ERR]);
		f->open[FOLLOW_ERR] = false;
	}
	f->current = exec->execution;
	f->tailed |= f->started || f->want.lines < 0;
	f->started = true;
	f->came = now_read().boot;
	if (f->want.begin)
		f->want.begin(f->want.arg, exec);
	return 0;
}

/* The execution to begin with; 0: there is none yet. */
static int64_t first_wanted(const struct follow *f)
{
	if (f->want.execution)
		return f->want.execution <= f->rec.job->executions ? f->want.execution : 0;
	return f->want.all && f->rec.job->executions > 0 ? 1 : f->rec.job->executions;
}

/* Hands over what one stream has: 1 something, 0 nothing, -1 error, 2 nobody reads. */
static int pass_on(struct follow *f, enum follow_stream i, struct err *e)
{
	buf_reset(&f->chunk);
	if (source_read(&f->src[i], CHUNK, &f->chunk, e) < 0)
		return -1;
	if (f->chunk.len == 0)
		return 0;
	return f->want.put(f->want.arg, i, f->chunk.data, f->chunk.len) ? 2 : 1;
}

static enum follow_result pass_all(struct follow *f, struct err *e)
{
	enum follow_result result = FOLLOW_IDLE;

	for (int i = 0; i < FOLLOW_STREAMS; i++) {
		int r = f->open[i] ? pass_on(f, (enum follow_stream)i, e) : 0;

		if (r < 0)
			return FOLLOW_FAILED;
		if (r == 2)
			return FOLLOW_DONE;
		if (r == 1)
			result = FOLLOW_MORE;
	}
	if (result == FOLLOW_MORE)
		f->came = now_read().boot;
	return result;
}

/* It has written into the log tree from another host. */
static bool is_remote(const struct follow *f, const struct exec_row *exec)
{
	bool in_tree = false;

	for (int i = 0; i < FOLLOW_STREAMS; i++)
		in_tree |= f->open[i] && f->src[i].path == NULL;
	return in_tree && exec->out_bytes + exec->err_bytes > 0 && exec->worker != NULL &&
	    strcmp(exec->worker, LOCAL_WORKER) != 0;
}

/* DONE: all that an execution wrote which has ended is here, or is not to be waited for. */
static enum follow_result await_rest(struct follow *f, const struct exec_row *exec,
    struct err *e)
{
	const struct view_output meta = { f->rec.job, exec->execution, "meta" };
	uint64_t size;

	if (f->whole || f->gave_up || !is_remote(f, exec))
		return FOLLOW_DONE;
	if (view_log_size(f->v, &meta, &size, e) < 0)
		return FOLLOW_FAILED;
	if (size > 0) {
		/* It comes behind all output, of which some may have come since we looked. */
		f->whole = true;
		return FOLLOW_MORE;
	}
	f->awaits = now_read().boot - f->came < BEHIND_MS;
	if (f->awaits)
		return FOLLOW_IDLE;
	f->gave_up = f->behind = true;
	return FOLLOW_DONE;
}

/* Which lines are the last can be told only when no more will come. */
static enum follow_result tail_sources(struct follow *f, const struct exec_row *exec,
    struct err *e)
{
	enum follow_result r = FOLLOW_DONE;

	if (!f->want.follow && exec->completed_at != 0)
		r = await_rest(f, exec, e);
	if (r == FOLLOW_IDLE || r == FOLLOW_FAILED)
		return r;
	for (int i = 0; i < FOLLOW_STREAMS; i++) {
		if (f->open[i] && source_tail(&f->src[i], f->want.lines, e) < 0)
			return FOLLOW_FAILED;
	}
	f->tailed = true;
	return FOLLOW_MORE;
}

/* What to do when the present execution has nothing more for now. */
static enum follow_result at_its_end(struct follow *f, int64_t k, struct err *e)
{
	const struct job_row *job = f->rec.job;
	bool onward = f->want.all || (f->want.follow && !f->want.execution);
	bool over = k < job->executions || job_status_terminal((enum job_status)job->status);
	const struct exec_row *exec = find_exec(f, k);
	enum follow_result r = FOLLOW_DONE;

	if (exec != NULL && exec->completed_at != 0)
		r = await_rest(f, exec, e);
	if (r != FOLLOW_DONE)
		return r;
	if (k < job->executions && onward) {
		close_sources(f);
		f->current = k + 1;
		return FOLLOW_MORE;
	}
	if (f->want.execution && exec && exec->completed_at)
		over = true;
	return over || !f->want.follow ? FOLLOW_DONE : FOLLOW_IDLE;
}

enum follow_result follow_step(struct follow *f, struct err *e)
{
	const struct exec_row *exec;
	enum follow_result r;
	int64_t k;
	int found;

	f->awaits = false;
	record_release(&f->rec);
	found = record_load(f->v, f->id, RECORD_EXECS, &f->rec, e);
	if (found == 0)
		err_set(e, ERR_NOINPUT, "no such job: %" PRId64, f->id);
	if (found <= 0)
		return FOLLOW_FAILED;
	for (int i = 0; i < FOLLOW_STREAMS; i++)
		f->src[i].from.job = f->rec.job;	/* the former record is gone */
	k = f->current ? f->current : first_wanted(f);
	if (k == 0)
		return f->want.follow && !job_status_terminal((enum job_status)f->rec.job->status)
		    ? FOLLOW_IDLE : FOLLOW_DONE;
	exec = find_exec(f, k);
	if (exec && !f->open[FOLLOW_OUT] && !f->open[FOLLOW_ERR] &&
	    open_sources(f, exec, e) < 0)
		return FOLLOW_FAILED;
	if (exec && !f->tailed)
		return tail_sources(f, exec, e);
	r = pass_all(f, e);
	return r == FOLLOW_IDLE ? at_its_end(f, k, e) : r;
}

/* ---- waiting */

static bool watch(struct follow *f)
{
	bool all = f->notify >= 0 && f->current > 0;
	struct buf path;

	buf_init(&path, 2 * 4096);
	for (int i = 0; i < FOLLOW_STREAMS && f->notify >= 0; i++) {
		if (!f->open[i] || f->watched[i])
			continue;
		buf_reset(&path);
		source_path(&f->src[i], &path);
		f->watched[i] = path.len && inotify_add_watch(f->notify, path.data,
		    IN_MODIFY) >= 0;
		all &= f->watched[i];
	}
	buf_release(&path);
	return all;
}

void follow_pause(struct follow *f, int ms)
{
	struct timespec rest = { 0, REST_MS * 1000000L };
	struct pollfd p = { .fd = f->notify, .events = POLLIN };
	char events[4096];

	if (!watch(f) && ms > BLIND_MS)
		ms = BLIND_MS;
	if (f->awaits && ms > AWAIT_MS)
		ms = AWAIT_MS;
	if (poll(&p, 1, ms) <= 0 || f->notify < 0)
		return;
	nanosleep(&rest, NULL);
	while (read(f->notify, events, sizeof(events)) > 0)
		;
}
