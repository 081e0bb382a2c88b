/*
 * joblog: prints or follows what a job wrote.
 *
 * Wires options to a follow over the view; its stdout goes to stdout, its stderr to
 * stderr, byte for byte.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/num.h"
#include "cli/look.h"
#include "view/place.h"
#include "view/follow.h"
#include "view/select.h"
#include "view/source.h"

#define PAUSE_MS 250
#define META_BYTES (16u << 20)

struct joblog {
	struct look look;
	bool only_out, only_err, follow, path, meta, prev, all, status, quiet;
	int64_t attempt;	/* 0: the last */
	int64_t execution;	/* of JOB.K; 0: not given */
	int64_t lines;		/* -1: all */
	struct spool spool;
	struct view *v;
	int exit;
	bool shown;		/* an execution's output has begun */
};

enum {
	FOLLOW = 1, LINES, ONLY_OUT, ONLY_ERR, ATTEMPT, PREV, PATH, META, STATUS, QUIET, LATER
};

static const struct opt opts[] = {
	{ 'f', "follow", NULL, "go on until the job's end; wait for one that is queued", FOLLOW },
	{ 'n', "lines", "N", "only the last N lines of each stream", LINES },
	{ 'o', "stdout", NULL, "only its standard output", ONLY_OUT },
	{ 'e', "stderr", NULL, "only its standard error", ONLY_ERR },
	{ 'a', "attempt", "N|all", "of attempt N, or of all; without it, of the last", ATTEMPT },
	{ 0, "prev", NULL, "of the execution before the last", PREV },
	{ 0, "path", NULL, "where the output lies, instead of the output", PATH },
	{ 0, "meta", NULL, "the execution's metadata, instead of the output", META },
	{ 0, "exit-status", NULL, "with -f: exit with the job's status", STATUS },
	{ 'Q', "quiet", NULL, "no notices", QUIET },
	{ 't', "timestamps", NULL, NULL, LATER },
	{ 0, "since", "WHEN", NULL, LATER },
	{ 0, "grep", "RE", NULL, LATER },
	{ 0, "all-failed", NULL, NULL, LATER },
	LOOK_PLACE_OPTS,
	{ 0, NULL, NULL, NULL, 0 }
};

static const char *const usage[] = { "[options] ID", NULL };
static const struct program program = {
	"joblog", usage, "Prints what a job wrote to its standard output and standard error.",
	opts, false
};

static int take_attempt(struct joblog *l, const char *value, struct err *e)
{
	if (strcmp(value, "all") == 0) {
		l->all = true;
		return 0;
	}
	return num_i64(value, 1, INT64_MAX, &l->attempt, e);
}

static int take(void *ctx, int id, const char *value, struct err *e)
{
	struct joblog *l = ctx;

	if (look_option(&l->look, id, value))
		return 0;
	switch (id) {
	case FOLLOW:
		l->follow = true;
		return 0;
	case LINES:
		return num_i64(value, 0, INT64_MAX, &l->lines, e);
	case ONLY_OUT:
		l->only_out = true;
		return 0;
	case ONLY_ERR:
		l->only_err = true;
		return 0;
	case ATTEMPT:
		return take_attempt(l, value, e);
	case PREV:
		l->prev = true;
		return 0;
	case PATH:
		l->path = true;
		return 0;
	case META:
		l->meta = true;
		return 0;
	case STATUS:
		l->status = true;
		return 0;
	case QUIET:
		l->quiet = true;
		return 0;
	default:
		return err_set(e, ERR_UNAVAIL, "not there yet: --timestamps, --since, --grep and "
		    "--all-failed");
	}
}

static int check_options(const struct joblog *l, struct err *e)
{
	if (l->status && !l->follow)
		return err_set(e, ERR_USAGE, "--exit-status needs --follow: without it, the job "
		    "may not have ended");
	if (l->only_out && l->only_err)
		return err_set(e, ERR_USAGE, "--stdout and --stderr exclude each other; without "
		    "them, both are shown");
	if (l->prev + (l->attempt > 0) + l->all + (l->execution > 0) > 1)
		return err_set(e, ERR_USAGE,
		    "--attempt, --prev and ID.EXECUTION exclude each other");
	if (l->follow && (l->path || l->meta))
		return err_set(e, ERR_USAGE,
		    "--follow is for the output, not for --path or --meta");
	return 0;
}

/* ---- which job, which execution */

/* Cuts ".K" off an id. */
static int take_execution(struct joblog *l, char *word, struct err *e)
{
	char *dot = strchr(word, '.');

	if (!dot || strspn(word, "0123456789") != (size_t)(dot - word))
		return 0;
	*dot = '\0';
	return num_i64(dot + 1, 1, INT64_MAX, &l->execution, e);
}

/* The one job that the word names: 1 and *id, 0 none, -1 error. */
static int find_job(struct joblog *l, const char *word, int64_t *id, struct err *e)
{
	struct selection *sel = selection_new();
	struct selected found = { .n = 0 };
	int r = selection_add(sel, word, e);

	if (r == 0)
		r = selection_find(sel, l->v, 0, &found, e);
	if (r == 0 && found.n > 0) {
		*id = found.ids[found.n - 1];
		r = 1;
	}
	selected_release(&found);
	selection_free(sel);
	return r;
}

/* The same, with the view opened; a request in the spool is waited for with -f. */
static int await_job(struct joblog *l, const char *word, int64_t *id, struct err *e)
{
	struct uuid u;
	bool told = false;

	for (;;) {
		bool waits = uuid_parse(word, &u) == 0 && incoming_waits(&l->spool, &u);
		int r = 0;

		if (!l->v)
			l->v = view_open(&l->spool, e);
		if (l->v)
			r = find_job(l, word, id, e);
		else if (!waits)
			r = -1;
		if (r != 0)
			return r < 0 ? -1 : 0;
		if (!waits)
			return err_set(e, ERR_NOINPUT, "no such job: %s", word);
		if (!l->quiet && !told)
			cli_warn(&program, "the request waits in the spool until jobd takes it up");
		told = true;
		if (!l->follow)
			return err_set(e, ERR_NOINPUT, "%s has no output yet", word);
		poll(NULL, 0, PAUSE_MS);
	}
}

/* The execution that the options mean; 0: the last one (and those to come). */
static int choose(struct joblog *l, const struct record *rec, int64_t *execution,
    struct err *e)
{
	const struct job_row *job = rec->job;

	*execution = l->execution;
	if (l->prev)
		*execution = job->executions - 1;
	for (size_t i = 0; i < rec->nexecs && l->attempt; i++) {
		if (rec->execs[i].attempt == l->attempt)
			*execution = rec->execs[i].execution;
	}
	if (l->attempt && *execution == 0)
		return err_set(e, ERR_NOINPUT, "job %" PRId64 " has had no attempt %" PRId64,
		    job->id, l->attempt);
	if (l->prev && *execution <= 0)
		return err_set(e, ERR_NOINPUT,
		    "job %" PRId64 " has had no execution before its last", job->id);
	if (*execution > job->executions)
		return err_set(e, ERR_NOINPUT, "job %" PRId64 " has had no execution %" PRId64,
		    job->id, *execution);
	return 0;
}

/* ---- output */

static int put(void *arg, enum follow_stream stream, const void *p, size_t n)
{
	int fd = stream == FOLLOW_ERR ? STDERR_FILENO : STDOUT_FILENO;
	const char *s = p;

	while (n > 0) {
		ssize_t r = write(fd, s, n);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0) {
			if (errno != EPIPE)
				cli_warn(&program, "cannot write: %s", strerror(errno));
			((struct joblog *)arg)->exit = EXIT_IOERR;
			return 1;
		}
		s += r;
		n -= (size_t)r;
	}
	return 0;
}

static void begin(void *arg, const struct exec_row *exec)
{
	struct joblog *l = arg;

	if (l->all && !l->quiet)
		cli_warn(&program, "execution %" PRId64 ".%" PRId64 ", attempt %" PRId64,
		    exec->job_id, exec->execution, exec->attempt);
	l->shown = true;
}

/* Without output there may be a reason for a person to know. */
static void explain(const struct joblog *l, const struct job_row *job)
{
	const char *status = col_word(COL_STATUS, job->status);
	const char *reason = col_word(COL_REASON, job->reason);

	if (l->shown || l->quiet)
		return;
	cli_warn(&program, "job %" PRId64 " has not %s: it is %s%s%s", job->id,
	    job_status_terminal((enum job_status)job->status) ? "run" : "started yet",
	    status ? status : "unknown", reason && *reason ? ", " : "", reason ? reason : "");
}

static int print_output(struct joblog *l, int64_t id, int64_t execution, struct err *e)
{
	struct follow_want want = { .streams = { !l->only_err, !l->only_out },
	    .follow = l->follow, .execution = execution, .all = l->all, .lines = l->lines,
	    .put = put, .begin = begin, .arg = l };
	struct follow *f = follow_new(l->v, id, &want);
	enum follow_result r;

	while ((r = follow_step(f, e)) == FOLLOW_MORE || r == FOLLOW_IDLE) {
		if (r == FOLLOW_IDLE)
			follow_pause(f, PAUSE_MS);
	}
	if (r == FOLLOW_DONE) {
		const struct job_row *job = follow_job(f);

		explain(l, job);
		if (l->status && l->exit == EXIT_OK)
			l->exit = exit_of_job((int)job->status, (int)job->reason,
			    (int)job->exit_code, (int)job->signal);
	}
	follow_free(f);
	return r == FOLLOW_DONE ? 0 : -1;
}

static int print_path(const struct joblog *l, const struct record *rec,
    const struct exec_row *exec, const char *stream, struct err *e)
{
	struct source src;
	struct buf path;

	if (source_open(&src, l->v, rec->job, exec, stream, e) < 0)
		return -1;
	buf_init(&path, 1 << 16);
	source_path(&src, &path);
	printf("%s\n", path.len ? path.data : "");
	buf_release(&path);
	source_close(&src);
	return 0;
}

static int print_meta(struct joblog *l, const struct record *rec,
    const struct exec_row *exec, struct err *e)
{
	struct view_output o = { rec->job, exec->execution, "meta" };
	struct buf b;
	int r;

	buf_init(&b, META_BYTES);
	r = view_log(l->v, &o, 0, META_BYTES, &b, e);
	if (r == 0 && b.len == 0)
		r = err_set(e, ERR_NOINPUT, "execution %" PRId64 ".%" PRId64 " has no metadata: it "
		    "wrote nothing, or runs", exec->job_id, exec->execution);
	else if (r == 0)
		put(l, FOLLOW_OUT, b.data, b.len);
	buf_release(&b);
	return r;
}

/* --path and --meta: of the chosen execution, or of all. */
static int print_facts(struct joblog *l, const struct record *rec, int64_t execution,
    struct err *e)
{
	int r = 0;

	if (rec->nexecs == 0)
		return err_set(e, ERR_NOINPUT, "job %" PRId64 " has not started", rec->job->id);
	for (size_t i = 0; i < rec->nexecs && r == 0; i++) {
		const struct exec_row *x = &rec->execs[i];

		if (!l->all && x->execution != (execution ? execution : rec->job->executions))
			continue;
		if (l->meta)
			r = print_meta(l, rec, x, e);
		if (r == 0 && l->path && !l->only_err)
			r = print_path(l, rec, x, "stdout", e);
		if (r == 0 && l->path && !l->only_out)
			r = print_path(l, rec, x, "stderr", e);
	}
	return r;
}

static int show(struct joblog *l, const char *word, struct err *e)
{
	struct record rec;
	int64_t id = 0, execution = 0;
	int r = await_job(l, word, &id, e);

	if (r < 0)
		return -1;
	r = record_load(l->v, id, RECORD_EXECS, &rec, e);
	if (r == 0)
		r = err_set(e, ERR_NOINPUT, "no such job: %" PRId64, id);
	if (r > 0)
		r = choose(l, &rec, &execution, e);
	if (r == 0 && (l->path || l->meta))
		r = print_facts(l, &rec, execution, e);
	else if (r == 0)
		r = print_output(l, id, execution, e);
	record_release(&rec);
	return r;
}

static int run(struct joblog *l, int n, char **words, struct err *e)
{
	int r;

	if (n != 1)
		return err_set(e, ERR_USAGE, n ? "one job at a time" : "of which job?");
	if (take_execution(l, words[0], e) < 0 || check_options(l, e) < 0)
		return -1;
	if (place_open(l->look.spool, l->look.config, &l->spool, NULL, e) < 0)
		return -1;
	r = show(l, words[0], e);
	view_close(l->v);
	spool_close(&l->spool);
	return r;
}

int main(int argc, char **argv)
{
	struct joblog l = { .exit = EXIT_OK };
	struct err e = { .code = ERR_NONE };
	int status, at = -1;

	if (look_init(&l.look, &e) == 0) {
		l.lines = -1;
		at = opts_parse(&program, argc, argv, take, &l, &e);
	}
	if (at < 0 || run(&l, argc - at, argv + at, &e) < 0)
		status = cli_fail(&program, &e);
	else
		status = l.exit;
	return cli_finish(&program, status);
}
