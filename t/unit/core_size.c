/*
 * What a live job costs in memory, and what a pass costs in time.  The first is
 * bounded; the second is only told, since a test should not depend on the machine.
 */
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>

#include "core/impl.h"
#include "corelib.h"

#define JOBS 100000
#define SHAPES 2000
#define WORKERS 1000

static void run(struct core *c, struct now now, struct event *ev, size_t n, uint64_t number)
{
	struct turn *t = turn_new(number);

	core_turn(c, now, ev, n, t);
	turn_free(t);
	core_durable(c, number);
}

static void submit(struct core *c, struct now now, size_t from, size_t n, uint64_t number)
{
	struct job_request *all = xcalloc(n, sizeof(*all));
	struct event ev = { .type = EV_SUBMIT, .submit = { .jobs = all, .n = n },
	    .cause = { .actor = { .name = "alice", .uid = 1000 }, .via = "bench" } };
	size_t i;

	for (i = 0; i < n; i++) {
		struct job_row *row = &all[i].row;
		uint64_t id = from + i + 1;

		memcpy(row->uuid.b, &id, sizeof(id));
		row->user = row->run_as = "alice";
		row->uid = 1000;
		row->cpus = 1000 + (int64_t)(id % SHAPES);
		row->mem = 512;
		row->priority = (int64_t)(splitmix64(id) % 1001);
	}
	run(c, now, &ev, 1, number);
	free(all);
}

static void workers_up(struct core *c, struct now now, uint64_t number)
{
	struct event *ev = xcalloc(WORKERS, sizeof(*ev));
	char (*names)[16] = xcalloc(WORKERS, sizeof(*names));
	size_t i;

	for (i = 0; i < WORKERS; i++) {
		snprintf(names[i], sizeof(names[i]), "w%04zu", i);
		ev[i].type = EV_WORKER_UP;
		ev[i].cause = (struct cause){ .actor = { .name = "w" }, .via = "worker" };
		ev[i].up.row = (struct worker_row){ .name = names[i], .cpus = 16000,
		    .mem = 65536, .disk = 1000000 };
		ev[i].up.attachment = i + 1;
	}
	run(c, now, ev, WORKERS, number);
	free(ev);
	free(names);
}

/* Ends the execution of up to n jobs that are open; returns how many. */
static size_t end_some(struct core *c, struct now now, size_t n, uint64_t number)
{
	struct event *ev = xcalloc(n, sizeof(*ev));
	const struct worker *w;
	const struct exec *x;
	size_t k = 0;

	LIST_FOREACH(w, &c->workers, link) {
		if (k == n || (x = LIST_FIRST(&w->execs)) == NULL)
			continue;
		ev[k].type = EV_ENDED;
		ev[k].cause = (struct cause){ .actor = { .name = "w" }, .via = "worker" };
		ev[k].exec.worker = w->name;
		ev[k++].exec.held = (struct held){ x->job->id, x->number, true,
		    { .cause = END_EXIT, .started_at = now.wall, .ended_at = now.wall,
		    .signal = -1 } };
	}
	run(c, now, ev, k, number);
	free(ev);
	return k;
}

static int64_t since(const struct now *from)
{
	struct now now = now_read();

	return now.boot - from->boot;
}

int main(void)
{
	struct core_conf conf = { .policy = POLICY_PRIORITY, .epoch = 1, .max_requeues = 5 };
	struct core *c = core_new(&conf);
	struct now now = { INT64_C(1800000000000), 1000 }, clock;
	size_t before, i, ended = 0;
	uint64_t number = 0;
	int64_t each;

	ok(sizeof(struct job) <= 512, "a struct job has %zu bytes", sizeof(struct job));
	before = mallinfo2().uordblks + mallinfo2().hblkhd;
	clock = now_read();
	for (i = 0; i < JOBS; i += 1000)
		submit(c, now, i, 1000, ++number);
	printf("# %d jobs of %d shapes submitted in %" PRId64 " ms\n", JOBS, SHAPES,
	    since(&clock));
	each = (int64_t)(mallinfo2().uordblks + mallinfo2().hblkhd - before) / JOBS;
	ok(each < 1024, "a queued job costs %" PRId64 " bytes%s", each,
	    each == 0 ? " (not measured here)" : "");
	is_int(core_count(c, JOB_QUEUED), JOBS, "all are queued");

	clock = now_read();
	workers_up(c, now, ++number);
	printf("# %d workers attach, %zu jobs start: %" PRId64 " ms\n", WORKERS,
	    core_count(c, JOB_SCHEDULED), since(&clock));
	ok(core_count(c, JOB_SCHEDULED) > WORKERS, "%zu are started",
	    core_count(c, JOB_SCHEDULED));
	clock = now_read();
	for (i = 0; i < 200; i++)
		ended += end_some(c, now, 1, ++number);
	printf("# a turn with one end and its pass: %" PRId64 " us\n", since(&clock) * 1000 / 200);
	clock = now_read();
	for (i = 0; i < 20; i++)
		ended += end_some(c, now, 100, ++number);
	printf("# a turn with 100 ends and their pass: %" PRId64 " us\n",
	    since(&clock) * 1000 / 20);
	is_int(ended, 2200, "ends were followed by starts");
	core_free(c);
	return tap_done();
}
