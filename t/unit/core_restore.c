/*
 * Restarts: a core that was started from the disk behaves as the one that went on,
 * whatever the moment; a turn may be applied twice; and what recovery itself writes.
 *
 * A history is run twice: in one all workers are cut off at step N, in the other the
 * core is thrown away at that step and made from the disk as well.  From then on all
 * is the same, so at the end the disks have to be the same.  SIM_STEPS=N tries N / 20000
 * seeds instead of the short form.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coresim.h"

#define STEPS 400

/* Where two texts part, for a person: the row's beginning, and the rest of both. */
static void show_difference(const char *a, const char *b)
{
	size_t line = 0, i;

	for (i = 0; a[i] != '\0' && a[i] == b[i]; i++)
		if (a[i] == '\n')
			line = i + 1;
	for (; i > line && a[i - 1] != ' '; i--)
		;
	fprintf(stderr, "# %.40s\n# went on:   %.*s\n# restarted: %.*s\n",
	    a + line, (int)strcspn(a + i, "\n"), a + i,
	    (int)strcspn(b + i, "\n"), b + i);
}

static bool same_end(uint64_t seed, size_t cut_at)
{
	struct sim_conf conf = { .seed = seed, .steps = STEPS, .faults = seed % 2 == 0,
	    .cascade = 1000, .cut_at = cut_at };
	struct sim *on, *anew;
	char *a, *b;
	bool same;

	on = sim_run(&conf);
	conf.restart = true;
	anew = sim_run(&conf);
	a = disk_text(on->disk);
	b = disk_text(anew->disk);
	same = on->error[0] == '\0' && anew->error[0] == '\0' && strcmp(a, b) == 0;
	if (!same) {
		ok(false, "seed %" PRIu64 ", step %zu: %s%s", seed, cut_at, on->error, anew->error);
		show_difference(a, b);
	}
	free(a);
	free(b);
	sim_free(on);
	sim_free(anew);
	return same;
}

static void test_any_moment(void)
{
	const char *more = getenv("SIM_STEPS");
	uint64_t seed, seeds = more != NULL ? strtoull(more, NULL, 10) / 20000 : 4;
	size_t cut_at, bad = 0, n = 0;

	for (seed = 1; seed <= seeds && bad == 0; seed++)
		for (cut_at = 5 + seed % 17; cut_at < STEPS && bad == 0; cut_at += 17) {
			bad += !same_end(seed, cut_at);
			n++;
		}
	ok(bad == 0, "%zu histories, thrown away and taken up again", n);
}

static void test_twice(void)
{
	struct sim_conf conf = { .seed = 4, .steps = 600, .faults = true, .lag = true,
	    .crashes = true, .cascade = 3, .twice = true };
	struct sim *s = sim_run(&conf);

	is_str(s->error, "", "each turn of a history applied twice");
	sim_free(s);
}

/* A restart in itself writes little: nobody is attached, and that is all the news. */
static void test_quiet(void)
{
	struct lab *l = lab_new(NULL);
	int i;

	lab_worker(l, "w1", 1000);
	for (i = 0; i < 50; i++)
		lab_new_job(l);
	lab_started(l, 1);
	lab_restart(l);
	is_int(l->turn->nmuts, 2, "50 jobs, one shape: two rows");
	is_int(l->turn->neffects, 0, "and nothing is said");
	is_job(l, 1, "running", "what ran runs");
	is_job(l, 2, "queued WorkersUnavailable", "the first that waits is told");
	is_int(disk_worker(l->disk, "w1")->running, 1, "its cpu is booked");
	is_int(core_next_id(l->core), 51, "numbers go on");
	is_int(core_count(l->core, JOB_QUEUED), 49, "and so do counts");
	ok(core_find_uuid(l->core, &disk_job(l->disk, 7)->uuid) == 7, "uuids are known");
	lab_free(l);
}

/* What is written of a job later says all that was said before. */
static void test_words(void)
{
	struct lab *l = lab_new(NULL);
	struct job_request *r = lab_job(l);
	const struct job_row *row;
	int64_t job;

	lab_worker(l, "w1", 1000);
	r->row.max_retries = 1;
	job = lab_submit(l, r);
	lab_report(l, EV_ENDED, job)->end = (struct exec_end){ .cause = END_EXIT, .exit_code = 3,
	    .signal = -1, .started_at = 1, .text = "it said so" };
	lab_turn(l);
	lab_restart(l);
	lab_as(l, "root", 0, true);
	lab_range(l, CONTROL_REQUEUE, job, job, true);
	row = disk_job(l->disk, job);
	is_str(row->detail, "it said so", "words");
	is_str(row->worker, "w1", "where it was");
	ok(row->exit_code == 3 && row->attempts == 1 && row->retry_count == 1 &&
	    row->executions == 1 && row->scheduled_at != 0 && row->started_at == 1 &&
	    row->priority == 500, "how it went");
	is_str(row->changed_by, "root", "who touched it");
	lab_free(l);
}

/* Recovery may come in many turns: nothing is written or started before `done`. */
static void test_in_pieces(void)
{
	struct lab *l = lab_new(NULL);
	struct core *c;
	struct turn *t;
	struct event ev = { .type = EV_RESTORE, .cause = l->cause };
	int64_t id;

	lab_worker(l, "w1", 8000);
	for (id = 1; id <= 3; id++)
		lab_new_job(l);
	c = core_new(&l->conf);
	ev.restore.worker = disk_worker(l->disk, "w1");
	core_turn(c, l->now, &ev, 1, t = turn_new(1));
	ev.restore.worker = NULL;
	for (id = 1; id <= 3; id++) {
		ev.restore.job = disk_job(l->disk, id);
		core_turn(c, l->now, &ev, 1, t);
		ev.restore.job = NULL;
		ev.restore.exec = disk_exec(l->disk, id, 1);
		core_turn(c, l->now, &ev, 1, t);
		ev.restore.exec = NULL;
	}
	is_int(t->nmuts + t->neffects, 0, "nothing before it is done");
	ok(!core_busy(c), "and nothing to do");
	ev.restore.done = true;
	ev.restore.next_id = 100;
	core_turn(c, l->now, &ev, 1, t);
	is_int(t->nmuts, 1, "then the worker's row");
	is_int(core_next_id(c), 100, "numbers go on where the disk says");
	is_int(core_count(c, JOB_SCHEDULED), 3, "all are there");
	turn_free(t);
	core_free(c);
	lab_free(l);
}

/* Rows that contradict each other start nothing twice. */
static void test_odd_rows(void)
{
	struct lab *l = lab_new(NULL);
	struct core *c;
	struct turn *t = turn_new(1);
	struct event ev[4] = { 0 };
	struct job_row queued;
	struct exec_row old;
	struct dep_row orphan = { .job_id = 1, .parent_id = 77, .type = DEP_OK };
	struct err e;

	lab_worker(l, "w1", 8000);
	lab_new_job(l);
	lab_end(l, 1, END_NEVER, -1, -1);
	queued = *disk_job(l->disk, 1);
	queued.status = JOB_QUEUED;
	queued.reason = REASON_DEPENDENCY;
	queued.executions = 0;
	old = *disk_exec(l->disk, 1, 1);
	c = core_new(&l->conf);
	ev[0].restore.job = ev[1].restore.job = &queued;
	ev[2].restore.exec = &old;
	ev[3].restore.dep = &orphan;
	ev[0].type = ev[1].type = ev[2].type = ev[3].type = EV_RESTORE;
	core_turn(c, l->now, ev, 4, t);
	memset(&ev[0].restore, 0, sizeof(ev[0].restore));
	ev[0].restore.done = true;
	core_turn(c, l->now, ev, 1, t);
	is_int(core_count(c, JOB_QUEUED), 1, "a job that comes twice is one");
	is_int(core_check(c, &e), 0, "an execution that is not its last is none of it");
	ev[0] = (struct event){ .type = EV_WATCH, .watch.job = 1 };
	core_turn(c, l->now, ev, 1, t);
	is_int(t->effects[0].state.reason, REASON_DEPENDENCY,
	    "a parent that is nowhere is waited for");
	turn_free(t);
	core_free(c);
	lab_free(l);
}

int main(void)
{
	test_quiet();
	test_words();
	test_in_pieces();
	test_odd_rows();
	test_twice();
	test_any_moment();
	return tap_done();
}
