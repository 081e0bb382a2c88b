/*
 * state: how fast the writer takes rows, and readers find them.
 *
 *	state [N]	N jobs (default 200000) in a scratch folder under $TMPDIR
 *
 * Prints a line for each figure.  A cycle is what a job causes from submission to
 * its end: one new job row, three updates of it, a new execution and two updates.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "../unit/staterow.h"

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void line(const char *what, double n, double s)
{
	printf("%-58s %9.0f /s\n", what, n / s);
	fflush(stdout);
}

/* N new jobs, `per` a turn, all turns handed over as fast as they are made. */
static void bench_new(struct scratch *x, int64_t *id, int64_t n, int per, bool rich)
{
	struct turn **turns = xcalloc((size_t)(n / per), sizeof(*turns));
	char what[80], key[32], hash[65] = { 0 };
	struct job_row row;
	double began;

	memset(hash, 'a', 64);
	for (int64_t i = 0; i < n / per; i++) {
		turns[i] = scratch_turn(x);
		for (int k = 0; k < per; k++) {
			row = plain_job((*id)++);
			if (rich) {
				snprintf(key, sizeof(key), "key-%lld", (long long)*id);
				row.key = key;
				row.tags = "{\"team\":\"risk\",\"environment\":\"production\"}";
				row.launch_hash = hash;
			}
			add_job(turns[i], MUT_JOB_NEW, &row);
		}
	}
	began = now_s();
	for (int64_t i = 0; i < n / per; i++)
		writer_put(x->w, turns[i]);
	scratch_wait(x, x->next - 1);
	snprintf(what, sizeof(what), "new jobs%s, %d a turn, grouped",
	    rich ? " with key, tags, shared block" : "", per);
	line(what, (double)n, now_s() - began);
	free(turns);
}

static void step_new(struct turn *t, struct job_row *job, struct exec_row *exec)
{
	(void)exec;
	add_job(t, MUT_JOB_NEW, job);
}

static void step_start(struct turn *t, struct job_row *job, struct exec_row *exec)
{
	job->status = JOB_SCHEDULED;
	job->scheduled_at = T0;
	job->executions = job->attempts = 1;
	add_exec(t, MUT_EXEC_NEW, exec);
	add_job(t, MUT_JOB_SET, job);
}

static void step_running(struct turn *t, struct job_row *job, struct exec_row *exec)
{
	exec->status = job->status = JOB_RUNNING;
	exec->started_at = job->started_at = T0 + 5;
	add_exec(t, MUT_EXEC_SET, exec);
	add_job(t, MUT_JOB_SET, job);
}

static void step_end(struct turn *t, struct job_row *job, struct exec_row *exec)
{
	exec->status = job->status = JOB_COMPLETED;
	exec->completed_at = job->completed_at = now_read().wall;
	exec->exit_code = job->exit_code = 0;
	add_exec(t, MUT_EXEC_SET, exec);
	add_job(t, MUT_JOB_SET, job);
}

/* Jobs go through their lives `per` at a time: four turns each, handed over together. */
static void bench_cycle(struct scratch *x, int64_t *id, int64_t n, int per, bool wait)
{
	void (*const steps[])(struct turn *, struct job_row *, struct exec_row *) = {
		step_new, step_start, step_running, step_end,
	};
	struct job_row *jobs = xcalloc((size_t)per, sizeof(*jobs));
	struct exec_row *execs = xcalloc((size_t)per, sizeof(*execs));
	double spent = 0;
	char what[80];

	for (int64_t i = 0; i < n / per; i++) {
		for (int k = 0; k < per; k++) {
			jobs[k] = plain_job((*id)++);
			execs[k] = plain_exec(jobs[k].id, 1);
		}
		for (int s = 0; s < 4; s++) {
			struct turn *t = scratch_turn(x);
			double began;

			for (int k = 0; k < per; k++)
				steps[s](t, &jobs[k], &execs[k]);
			began = now_s();
			writer_put(x->w, t);
			if (wait)
				scratch_wait(x, x->next - 1);
			spent += now_s() - began;
		}
	}
	double began = now_s();
	scratch_wait(x, x->next - 1);
	spent += now_s() - began;
	snprintf(what, sizeof(what), "job cycles, %d a turn, %s", per,
	    wait ? "a commit each turn" : "grouped");
	line(what, (double)n, spent);
	free(jobs);
	free(execs);
}

static void bench_one(struct scratch *x, int64_t *id, int n)
{
	double began = now_s();

	for (int i = 0; i < n; i++) {
		struct job_row row = plain_job((*id)++);

		scratch_job(x, &row);
	}
	line("one job a commit", n, now_s() - began);
}

struct seen {
	int64_t n, last;
};

static int count_row(void *arg, const void *row)
{
	(void)row;
	((struct seen *)arg)->n++;
	return 0;
}

static int count_job(void *arg, const void *row)
{
	((struct seen *)arg)->last = ((const struct job_row *)row)->id;
	return count_row(arg, row);
}

static void bench_pages(struct reader *r, const char *what, unsigned statuses)
{
	struct job_filter f = { .user = "alice", .statuses = statuses, .limit = 1000,
	    .newest_first = true, .history = true };
	struct seen seen = { 0, 0 };
	double began = now_s();
	bool more = true;

	while (more && reader_jobs(r, &f, count_job, &seen, &more, NULL) == 0)
		f.after = seen.last;
	line(what, (double)seen.n, now_s() - began);
}

static void bench_read(const struct spool *s, int64_t last)
{
	struct reader *r = reader_open(s, NULL);
	int64_t counts[6], n = 0;
	struct seen seen = { 0, 0 };
	struct job_row row;
	double began = now_s();

	for (int i = 0; i < 50000; i++)
		n += reader_job(r, 1 + (i * 7919LL) % last, &row, NULL) == 1;
	line("one job by id", (double)n, now_s() - began);
	bench_pages(r, "queued jobs of a user in pages of 1000", 1u << JOB_QUEUED);
	bench_pages(r, "all jobs of a user in pages of 1000", 0);
	began = now_s();
	for (int i = 0; i < 1000; i++)
		reader_counts(r, counts, NULL);
	line("counts by status", 1000, now_s() - began);
	began = now_s();
	reader_recover(r, &(struct recovered){ count_row, count_row, count_row, count_row,
	    count_row, count_row, count_row, count_row, count_row, count_row, &seen }, NULL);
	printf("%-58s %9.2f s\n", "recovery of all that lives", now_s() - began);
	printf("%-58s %9lld\n", "  rows", (long long)seen.n);
	reader_close(r);
}

static void bench_move(const struct spool *s)
{
	struct scratch x;
	struct writer_stats st;
	double began = now_s();
	uint64_t before;

	scratch_writer(&x, s, 1);
	printf("%-58s %9.2f s\n", "opening the writer on it", now_s() - began);
	began = now_s();
	do {
		writer_stats(x.w, &st);
		before = st.moved;
		poll(NULL, 0, 500);
		writer_stats(x.w, &st);
	} while (st.moved != before || st.moved == 0);
	line("jobs moved to the history, idle", (double)st.moved, now_s() - began - 0.5);
	scratch_end(&x);
}

/* Lives of jobs while others move to the history, as they do all day. */
static void bench_both(const struct spool *s, int64_t n)
{
	struct writer_stats st;
	struct scratch x;
	int64_t id;
	double began;

	scratch_writer(&x, s, 1);
	id = x.start.next_id;
	began = now_s();
	bench_cycle(&x, &id, n, 100, true);
	writer_stats(x.w, &st);
	line("  moved meanwhile", (double)st.moved, now_s() - began);
	printf("%-58s %9.1f ms\n", "  longest commit", (double)st.max_commit_us / 1000);
	scratch_end(&x);
}

int main(int argc, char **argv)
{
	int64_t n = argc > 1 ? strtoll(argv[1], NULL, 10) : 200000, id = 1;
	struct writer_stats st;
	struct scratch x;
	struct spool s;

	scratch_open(&s);
	scratch_writer(&x, &s, HOUR);
	bench_one(&x, &id, 2000);
	bench_new(&x, &id, n / 2, 1000, false);
	bench_new(&x, &id, n / 4, 10, false);
	bench_new(&x, &id, n / 4, 100, true);
	bench_cycle(&x, &id, n / 4, 100, true);
	bench_cycle(&x, &id, n / 4, 100, false);
	bench_cycle(&x, &id, n / 4, 1000, true);
	writer_stats(x.w, &st);
	printf("%-58s %9.1f ms\n", "longest commit", (double)st.max_commit_us / 1000);
	scratch_end(&x);
	bench_read(&s, id - 1);
	bench_both(&s, n / 4);
	bench_move(&s);
	scratch_close(&s);
	return 0;
}
