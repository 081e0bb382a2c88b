/*
 * output: what jobs wrote, one job after the other, or all of them as it comes.
 *
 * A job's stdout goes to stdout, its stderr to stderr.  Byte for byte, unless lines are
 * chosen by pattern or time, or get their times: then each stream passes a sieve.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/sieve.h"
#include "joblog.h"

#define PAUSE_MS 250
#define TURN_MS 100		/* between two looks at several jobs */

struct tap {			/* one stream of one job */
	struct out *o;
	enum follow_stream stream;
	struct sieve *sieve;	/* NULL: as it is */
};

struct out {			/* one job */
	struct joblog *l;
	int64_t id;
	struct follow *f;
	struct tap taps[FOLLOW_STREAMS];
	bool begun;		/* the output of an execution has */
	bool skip;		/* all of this execution's is too old */
	bool older;		/* some of it may be */
	bool caught_up;		/* all that was there at first is out */
	bool done;
};

int put_bytes(struct joblog *l, int fd, const void *p, size_t n)
{
	const char *s = p;

	while (n > 0) {
		ssize_t r = write(fd, s, n);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0) {
			if (errno != EPIPE)
				cli_warn(&program, "cannot write: %s", strerror(errno));
			l->exit = EXIT_IOERR;
			l->closed = true;
			return 1;
		}
		s += r;
		n -= (size_t)r;
	}
	return 0;
}

/* ---- bytes of one job */

/* Between the outputs of several jobs a notice tells whose it is. */
static void tell_job(struct out *o)
{
	if (o->l->several && !o->l->quiet && o->l->shown != o->id)
		cli_warn(&program, "job %" PRId64 ":", o->id);
	o->l->shown = o->id;
}

static int put_line(void *arg, const void *p, size_t n)
{
	struct tap *t = arg;

	tell_job(t->o);
	return put_bytes(t->o->l, t->stream == FOLLOW_ERR ? STDERR_FILENO : STDOUT_FILENO, p, n);
}

static int put(void *arg, enum follow_stream stream, const void *p, size_t n)
{
	struct out *o = arg;
	struct tap *t = &o->taps[stream];

	if (o->skip)
		return 0;
	if (t->sieve == NULL)
		return put_line(t, p, n);
	return sieve_add(t->sieve, p, n, o->caught_up ? now_read().wall : 0);
}

static void each_sieve(struct out *o, int (*fn)(struct sieve *s))
{
	for (int i = 0; i < FOLLOW_STREAMS; i++) {
		if (o->taps[i].sieve)
			(void)fn(o->taps[i].sieve);
	}
}

static void begin(void *arg, const struct exec_row *exec)
{
	struct out *o = arg;
	int64_t since = o->l->since;

	if (o->begun)
		each_sieve(o, sieve_end);
	if (o->l->all && !o->l->quiet)
		cli_warn(&program, "execution %" PRId64 ".%" PRId64 ", attempt %" PRId64,
		    exec->job_id, exec->execution, exec->attempt);
	o->begun = true;
	o->skip = since && exec->completed_at && exec->completed_at < since;
	o->older |= since && !o->skip && exec->started_at < since;
}

/* ---- one job */

static bool is_sifted(const struct joblog *l)
{
	return l->has_pattern || l->since || l->times;
}

static void out_open(struct out *o, int64_t execution)
{
	struct joblog *l = o->l;
	bool sifted = is_sifted(l);
	struct follow_want want = { .streams = { !l->only_err, !l->only_out },
	    .follow = l->follow, .execution = execution, .all = l->all,
	    .lines = sifted ? -1 : l->lines, .put = put, .begin = begin, .arg = o };
	struct sieve_want choice = { .pattern = l->has_pattern ? &l->pattern : NULL,
	    .since = l->since, .last = l->lines, .times = l->times, .style = &l->look.style,
	    .put = put_line };

	for (int i = 0; i < FOLLOW_STREAMS; i++) {
		o->taps[i] = (struct tap){ .o = o, .stream = (enum follow_stream)i };
		choice.arg = &o->taps[i];
		if (sifted)
			o->taps[i].sieve = sieve_new(&choice);
	}
	o->f = follow_new(l->v, o->id, &want);
}

static void out_close(struct out *o)
{
	for (int i = 0; i < FOLLOW_STREAMS; i++)
		sieve_free(o->taps[i].sieve);
	follow_free(o->f);
}

/* Without output there may be a reason for a person to know. */
static void explain(const struct out *o)
{
	const struct job_row *job = follow_job(o->f);
	const char *status = col_word(COL_STATUS, job->status);
	const char *reason = col_word(COL_REASON, job->reason);
	bool times = false;

	if (o->l->quiet)
		return;
	if (!o->begun)
		cli_warn(&program, "job %" PRId64 " has not %s: it is %s%s%s", job->id,
		    job_status_terminal((enum job_status)job->status) ? "run" : "started yet",
		    status ? status : "unknown", reason && *reason ? ", " : "",
		    reason ? reason : "");
	for (int i = 0; i < FOLLOW_STREAMS; i++)
		times |= o->taps[i].sieve && sieve_has_times(o->taps[i].sieve);
	if (o->older && !times)
		cli_warn(&program, "job %" PRId64 ": its lines have no times, so older ones are "
		    "shown, too", job->id);
}

static void behind(const struct out *o)
{
	if (!o->l->quiet)
		cli_warn(&program, "job %" PRId64 ": the rest of its output is still on its host",
		    o->id);
	o->l->exit = EXIT_TEMPFAIL;
}

static void out_finish(struct out *o)
{
	const struct job_row *job = follow_job(o->f);
	struct joblog *l = o->l;
	int status;

	o->done = true;
	each_sieve(o, sieve_end);
	explain(o);
	status = exit_of_job((int)job->status, (int)job->reason, (int)job->exit_code,
	    (int)job->signal);
	if (l->status && status > l->exit)
		l->exit = status;
	if (follow_behind(o->f))
		behind(o);
}

static enum follow_result out_step(struct out *o, struct err *e)
{
	enum follow_result r = follow_step(o->f, e);

	/* When nothing is followed, what is idle waits for the rest of it, and so do lines. */
	if (r == FOLLOW_IDLE && !o->caught_up && o->l->follow) {
		o->caught_up = true;
		each_sieve(o, sieve_caught_up);
	}
	if (r == FOLLOW_DONE)
		out_finish(o);
	return r;
}

/* ---- all jobs */

static int show_one(struct out *o, struct err *e)
{
	enum follow_result r;

	while ((r = out_step(o, e)) == FOLLOW_MORE || r == FOLLOW_IDLE) {
		if (r == FOLLOW_IDLE)
			follow_pause(o->f, PAUSE_MS);
	}
	return r == FOLLOW_DONE ? 0 : -1;
}

/* With several, what is wrong with one keeps nobody from the others. */
static int trouble(struct out *o, struct err *e)
{
	if (!o->l->several)
		return -1;
	cli_warn(&program, "%s", e->text);
	o->l->exit = exit_of(e->code);
	o->done = true;
	return 0;
}

/* A look at each that is not done: how many are not, and whether there was nothing new. */
static size_t look_at_all(struct out *list, size_t n, bool *idle)
{
	size_t left = 0;
	struct err e;

	*idle = true;
	for (size_t i = 0; i < n && !list[i].l->closed; i++) {
		enum follow_result r = list[i].done ? FOLLOW_IDLE : out_step(&list[i], &e);

		if (r == FOLLOW_FAILED)
			(void)trouble(&list[i], &e);
		left += !list[i].done;
		*idle &= r == FOLLOW_IDLE;
	}
	return left;
}

static int out_begin(struct out *o, struct err *e)
{
	int64_t execution = 0;
	struct record rec;
	int r = record_load(o->l->v, o->id, RECORD_EXECS, &rec, e);

	if (r == 0)
		r = err_set(e, ERR_NOINPUT, "no such job: %" PRId64, o->id);
	else if (r > 0)
		r = execution_chosen(o->l, &rec, &execution, e);
	record_release(&rec);
	if (r == 0)
		out_open(o, execution);
	return r;
}

static void follow_all(struct joblog *l, const int64_t *ids, size_t n)
{
	struct out *list = xcalloc(n, sizeof(*list));
	struct err e;
	bool idle;

	for (size_t i = 0; i < n; i++) {
		list[i] = (struct out){ .l = l, .id = ids[i] };
		if (out_begin(&list[i], &e) == -1)
			(void)trouble(&list[i], &e);
	}
	while (look_at_all(list, n, &idle) > 0) {
		if (idle)
			poll(NULL, 0, TURN_MS);
	}
	for (size_t i = 0; i < n; i++)
		out_close(&list[i]);
	free(list);
}

int output_show(struct joblog *l, const int64_t *ids, size_t n, struct err *e)
{
	int r = 0;

	if (l->follow && n > 1) {
		follow_all(l, ids, n);
		return 0;
	}
	for (size_t i = 0; i < n && r == 0 && !l->closed; i++) {
		struct out o = { .l = l, .id = ids[i] };

		if (out_begin(&o, e) == -1 || show_one(&o, e) == -1)
			r = trouble(&o, e);
		out_close(&o);
	}
	return r;
}
