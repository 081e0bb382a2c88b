/*
 * follow, source: nothing of a job's output is lost, wherever it went and whenever
 * it is written.
 */
#include "view/follow.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/fdio.h"
#include "tap.h"
#include "view/source.h"
#include "viewkit.h"

struct heard {
	struct buf text[FOLLOW_STREAMS];
	int begun, stop_after;
};

static int put(void *arg, enum follow_stream stream, const void *p, size_t n)
{
	struct heard *h = arg;

	buf_add(&h->text[stream], p, n);
	return h->stop_after && --h->stop_after == 0;
}

static void begin(void *arg, const struct exec_row *exec)
{
	struct heard *h = arg;

	(void)exec;
	h->begun++;
}

static void heard_init(struct heard *h)
{
	memset(h, 0, sizeof(*h));
	for (int i = 0; i < FOLLOW_STREAMS; i++) {
		buf_init(&h->text[i], 64 << 20);
		buf_adds(&h->text[i], "");
	}
}

static void heard_release(struct heard *h)
{
	for (int i = 0; i < FOLLOW_STREAMS; i++)
		buf_release(&h->text[i]);
}

static const char *text_of(const struct heard *h, enum follow_stream i)
{
	return h->text[i].len ? h->text[i].data : "";
}

static struct follow_want want_all(struct heard *h)
{
	return (struct follow_want){ .streams = { true, true }, .lines = -1, .put = put,
	    .begin = begin, .arg = h };
}

/* Steps until there is nothing to do but wait. */
static enum follow_result run(struct follow *f, struct err *e)
{
	enum follow_result r;

	while ((r = follow_step(f, e)) == FOLLOW_MORE)
		;
	return r;
}

/* Everything at once, without following. */
static void shows(struct view *v, int64_t id, struct follow_want w, const char *out,
    const char *err, const char *what)
{
	struct heard *h = w.arg;
	struct follow *f = follow_new(v, id, &w);
	struct err e = { .text = "" };

	is_int(run(f, &e), FOLLOW_DONE, "%s: is done %s", what, e.text);
	is_str(text_of(h, FOLLOW_OUT), out, "%s: stdout", what);
	is_str(text_of(h, FOLLOW_ERR), err, "%s: stderr", what);
	follow_free(f);
	heard_release(h);
	heard_init(h);
}

/* ---- of jobs that ended */

static void ended_job(struct kit *k)
{
	struct job_row *row = kit_job(k, 1, "ended");

	row->status = JOB_FAILED;
	row->reason = REASON_NONZERO_EXIT;
	row->executions = 3;
	row->completed_at = KIT_DAY + 9000;
	for (int x = 1; x <= 3; x++) {
		struct exec_row *exec = kit_exec(k, 1, x);

		exec->status = JOB_FAILED;
		exec->completed_at = exec->started_at + 10;
	}
	kit_log(k, row, 1, "stdout.log", "first\n");
	kit_log(k, row, 2, "stderr.log", "second\n");
	kit_log(k, row, 3, "stdout.log", "1\n2\n3\n4");
	kit_log(k, row, 3, "stderr.log", "a\n\nb\n");
}

static void check_ended(struct view *v)
{
	struct follow_want w;
	struct heard h;

	heard_init(&h);
	w = want_all(&h);
	shows(v, 1, w, "1\n2\n3\n4", "a\n\nb\n", "the last execution");
	w.streams[FOLLOW_ERR] = false;
	shows(v, 1, w, "1\n2\n3\n4", "", "its stdout alone");
	w = want_all(&h);
	w.all = true;
	shows(v, 1, w, "first\n1\n2\n3\n4", "second\na\n\nb\n", "all executions");
	w = want_all(&h);
	w.execution = 2;
	shows(v, 1, w, "", "second\n", "one of them");
	w.follow = true;
	shows(v, 1, w, "", "second\n", "one of them, followed");
	w.execution = 0;
	shows(v, 1, w, "1\n2\n3\n4", "a\n\nb\n", "a job that ended, followed");
	w = want_all(&h);
	w.lines = 2;
	shows(v, 1, w, "3\n4", "\nb\n", "two last lines");
	w.lines = 0;
	shows(v, 1, w, "", "", "no line");
	w.lines = 1000;
	shows(v, 1, w, "1\n2\n3\n4", "a\n\nb\n", "more lines than there are");
	w = want_all(&h);
	w.lines = 1;
	w.all = true;
	shows(v, 1, w, "first\n1\n2\n3\n4", "second\na\n\nb\n", "lines count for the first only");
	heard_release(&h);
}

static void check_stop(struct view *v)
{
	struct heard h;
	struct follow_want w;
	struct follow *f;
	struct err e;

	heard_init(&h);
	h.stop_after = 1;
	w = want_all(&h);
	w.all = true;
	f = follow_new(v, 1, &w);
	is_int(run(f, &e), FOLLOW_DONE, "when nobody reads any more, it is done");
	is_str(text_of(&h, FOLLOW_OUT), "first\n", "at once");
	follow_free(f);
	w = want_all(&h);
	f = follow_new(v, 99, &w);
	is_int(run(f, &e), FOLLOW_FAILED, "an unknown job");
	is_int(e.code, ERR_NOINPUT, "is told");
	follow_free(f);
	heard_release(&h);
}

/* ---- of a job that lives */

#define LIVE_CREATED (KIT_DAY + 2)

static void live_log(struct kit *k, int64_t execution, const char *file, const char *bytes)
{
	kit_log(k, &(struct job_row){ .id = 2, .created_at = LIVE_CREATED }, execution, file,
	    bytes);
}

static void live_state(struct kit *k, enum job_status status, int64_t executions)
{
	kit_job_again(k, &(struct job_row){ .id = 2, .status = status, .executions = executions,
	    .exit_code = -1, .signal = -1,
	    .completed_at = job_status_terminal(status) ? KIT_DAY + 99 : 0 });
	if (status == JOB_RUNNING)
		kit_exec(k, 2, executions);
	kit_commit(k);
}

static void check_first_attempt(struct kit *k, struct follow *f, struct heard *h)
{
	struct err e;

	is_int(run(f, &e), FOLLOW_IDLE, "a queued job is waited for");
	live_state(k, JOB_RUNNING, 1);
	is_int(run(f, &e), FOLLOW_IDLE, "one that has written nothing, too");
	follow_pause(f, 0);
	live_log(k, 1, "stdout.log", "one ");
	is_int(run(f, &e), FOLLOW_IDLE, "what it writes");
	is_str(text_of(h, FOLLOW_OUT), "one ", "comes through");
	follow_pause(f, 0);
	live_log(k, 1, "stdout.log", "two\n");
	follow_pause(f, 5000);
	is_int(run(f, &e), FOLLOW_IDLE, "and the next, on a wake-up");
	is_str(text_of(h, FOLLOW_OUT), "one two\n", "as well");
}

static void check_live(struct kit *k, struct view *v)
{
	struct heard h;
	struct follow_want w;
	struct follow *f;
	struct err e;

	kit_job(k, 2, "live")->created_at = LIVE_CREATED;
	kit_commit(k);
	heard_init(&h);
	w = want_all(&h);
	shows(v, 2, w, "", "", "a queued job that is not followed");
	w.follow = true;
	f = follow_new(v, 2, &w);
	check_first_attempt(k, f, &h);

	/* The end of the attempt, its last words, and a retry, all between two looks. */
	live_log(k, 1, "stderr.log", "ouch\n");
	live_state(k, JOB_RUNNING, 2);
	live_log(k, 2, "stdout.log", "again\n");
	is_int(run(f, &e), FOLLOW_IDLE, "a retry is followed, too");
	is_str(text_of(&h, FOLLOW_ERR), "ouch\n", "the last words of the first are there");
	is_str(text_of(&h, FOLLOW_OUT), "one two\nagain\n", "and the first of the second");

	live_log(k, 2, "stdout.log", "end");
	live_state(k, JOB_COMPLETED, 2);
	is_int(run(f, &e), FOLLOW_DONE, "the end ends it");
	is_str(text_of(&h, FOLLOW_OUT), "one two\nagain\nend", "with everything before it");
	is_int(follow_job(f)->status, JOB_COMPLETED, "and tells how the job ended");
	is_int(h.begun, 2, "two executions were begun");
	follow_free(f);
	heard_release(&h);
}

static void check_never_ran(struct kit *k, struct view *v)
{
	struct heard h;
	struct follow_want w;

	struct job_row *row = kit_job(k, 3, "never");

	row->status = JOB_CANCELLED;
	row->completed_at = KIT_DAY + 9;
	kit_commit(k);
	heard_init(&h);
	w = want_all(&h);
	w.follow = true;
	shows(v, 3, w, "", "", "a job that was cancelled before it ran");
	heard_release(&h);
}

/* ---- files of the user's own, and patterns */

static void expands(const char *pattern, const char *want)
{
	struct job_row job = { .id = 123, .name = "night", .user = "bob",
	    .run_as = "ann" };
	struct exec_row exec = { .execution = 4, .attempt = 2, .worker = "h/7",
	    .started_at = KIT_DAY };
	struct buf b;

	buf_init(&b, 200);
	is_int(pattern_expand(pattern, &job, &exec, "/home/ann", &b), 0, "%s", pattern);
	is_str(b.data, want, "becomes %s", want);
	buf_release(&b);
}

static void check_patterns(void)
{
	struct job_row job = { .id = 1, .name = "long name" };
	struct exec_row exec = { .attempt = 1 };
	struct buf b;

	expands("/tmp/%j.%n.out", "/tmp/123.2.out");
	expands("out", "/home/ann/out");
	expands("%x-%u-%w", "/home/ann/night-ann-h_7");
	expands("/l/%Y/%m/%d/%A", "/l/2026/11/23/123");
	expands("/100%%%", "/100%%");
	buf_init(&b, 10);
	is_int(pattern_expand("/%x%x%x", &job, &exec, NULL, &b), -1, "too long a path is refused");
	buf_release(&b);
}

static void check_own_file(struct kit *k, struct view *v)
{
	struct job_row *row = kit_job(k, 4, "own");
	struct heard h;
	struct follow_want w;
	char pattern[300], path[300];
	int fd;

	snprintf(pattern, sizeof(pattern), "%s/%%j.out", k->path);
	row->stdout_path = row->stderr_path = arena_strdup(k->turn->arena, pattern);
	row->status = JOB_COMPLETED;
	row->completed_at = KIT_DAY + 9000;
	row->executions = 1;
	kit_exec(k, 4, 1);
	kit_commit(k);
	heard_init(&h);
	w = want_all(&h);
	shows(v, 4, w, "", "", "a file that is not there yet");
	snprintf(path, sizeof(path), "%s/4.out", k->path);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	ok(fd_write_all(fd, "x\ny\nz\n", 6, NULL) == 0, "the job writes it");
	close(fd);
	shows(v, 4, w, "x\ny\nz\n", "", "both streams in one file are shown once");
	w.lines = 1;
	shows(v, 4, w, "z\n", "", "its last line");
	heard_release(&h);
}

/* ---- large and compressed logs */

static void check_large(struct kit *k, struct view *v)
{
	struct job_row *row = kit_job(k, 5, "large");
	size_t n = 600000;
	char *text = xmalloc(n + 1);
	struct follow_want w;
	struct heard h;

	for (size_t i = 0; i < n; i++)
		text[i] = i % 7919 == 7918 ? '\n' : (char)('a' + i % 26);
	text[n] = '\0';
	row->status = JOB_COMPLETED;
	row->completed_at = KIT_DAY + 9000;
	row->executions = 1;
	kit_exec(k, 5, 1);
	kit_log(k, row, 1, "stdout.log", text);
	kit_commit(k);
	heard_init(&h);
	w = want_all(&h);
	shows(v, 5, w, text, "", "600,000 bytes");
	w.lines = 20;
	shows(v, 5, w, text + (n / 7919 - 19) * 7919, "", "20 long lines of it");
	heard_release(&h);
	free(text);
}

static void check_compressed(struct kit *k, struct view *v)
{
	struct job_row *row = kit_job(k, 6, "old");
	char dir[SPOOL_NAME_MAX], path[600];
	struct follow_want w;
	struct heard h;
	gzFile gz;

	row->status = JOB_COMPLETED;
	row->completed_at = KIT_DAY + 9000;
	row->executions = 1;
	kit_exec(k, 6, 1);
	kit_log(k, row, 1, "stderr.log", "plain\n");
	spool_log_name(row->created_at, 6, 1, dir);
	kit_commit(k);
	snprintf(path, sizeof(path), "%s/%s/stdout.log.gz", k->path, dir);
	gz = gzopen(path, "wb");
	gzputs(gz, "red\ngreen\nblue\n");
	gzclose(gz);
	heard_init(&h);
	w = want_all(&h);
	shows(v, 6, w, "red\ngreen\nblue\n", "plain\n", "a compressed log");
	w.lines = 2;
	shows(v, 6, w, "green\nblue\n", "plain\n", "the last lines of one");
	heard_release(&h);
}

/* Its job has ended on another host, and some of its output is still on its way. */
static void check_rest(struct kit *k, struct view *v)
{
	struct job_row *row = kit_job(k, 7, "far");
	struct exec_row *exec = kit_exec(k, 7, 1);
	struct err e = { .text = "" };
	struct follow_want w;
	struct follow *f;
	struct heard h;

	row->status = JOB_COMPLETED;
	row->executions = 1;
	row->completed_at = exec->completed_at = KIT_DAY + 9000;
	exec->worker = "web1";
	exec->out_bytes = 6;
	kit_log(k, row, 1, "stdout.log", "a\nb\n");
	kit_commit(k);
	heard_init(&h);
	w = want_all(&h);
	w.lines = 1;
	f = follow_new(v, 7, &w);
	is_int(run(f, &e), FOLLOW_IDLE, "its last line: it is waited for %s", e.text);
	is_str(text_of(&h, FOLLOW_OUT), "", "and no other is taken for it");
	kit_log(k, follow_job(f), 1, "stdout.log", "c\n");
	kit_log(k, follow_job(f), 1, "execution_metadata.json", "{}\n");
	is_int(run(f, &e), FOLLOW_DONE, "all of it has come");
	is_str(text_of(&h, FOLLOW_OUT), "c\n", "then it is the last one");
	ok(!follow_behind(f), "and nothing is behind");
	follow_free(f);
	heard_release(&h);
}

int main(void)
{
	struct view *v;
	struct kit k;
	struct err e;

	check_patterns();
	kit_open(&k);
	ended_job(&k);
	kit_commit(&k);
	v = view_open(&k.spool, &e);
	ok(v != NULL, "a view");
	if (v) {
		check_ended(v);
		check_stop(v);
		check_live(&k, v);
		check_never_ran(&k, v);
		check_own_file(&k, v);
		check_large(&k, v);
		check_compressed(&k, v);
		check_rest(&k, v);
	}
	view_close(v);
	kit_close(&k);
	return tap_done();
}
