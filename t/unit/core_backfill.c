/*
 * Backfill: who may pass a job that does not fit, and what it is promised.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "core/impl.h"
#include "corelib.h"

#define SECOND INT64_C(1000)

static struct lab *lab(int64_t reservations, enum backfill_order order)
{
	struct core_conf conf = { .policy = POLICY_FIFO, .epoch = 1, .max_requeues = 5,
	    .reservations = reservations, .backfill_order = order,
	    .reserve_after = 600 * SECOND };

	return lab_new(&conf);
}

/* cpus, and seconds of limit (0: none) */
static int64_t submit(struct lab *l, int64_t cpus, int64_t limit)
{
	struct job_request *r = lab_job(l);

	r->row.cpus = cpus * 1000;
	r->row.time_limit = limit * SECOND;
	return lab_submit(l, r);
}

static const char *on(const struct lab *l, int64_t job)
{
	const char *worker = disk_job(l->disk, job)->worker;

	return worker != NULL ? worker : "none";
}

/* When and where it is to start: "w1 at 100" s from now, or "-". */
static const char *promised(const struct lab *l, int64_t job)
{
	const struct slot *s = job_get(l->core, job)->slot;
	static char text[64];

	if (s == NULL || s->worker == NULL)
		return "-";
	snprintf(text, sizeof(text), "%s at %" PRId64, s->worker->name,
	    (s->start - l->now.boot) / SECOND);
	return text;
}

/* The worked example of the manual: eight cpus, four end at 100, two at 50. */
static struct lab *example(int64_t reservations, int64_t head)
{
	struct lab *l = lab(reservations, BACKFILL_QUEUE);

	lab_worker(l, "w1", 8000);
	submit(l, 4, 100);
	submit(l, 2, 50);
	submit(l, head, 500);
	return l;
}

static void test_example(void)
{
	struct lab *l = example(1, 8);

	is_str(promised(l, 3), "w1 at 100", "the head needs all: when the last ends");
	is_job(l, 3, "queued Resources", "and waits for room");
	is_job(l, submit(l, 2, 200), "queued Reserved", "what would delay it does not start");
	is_job(l, submit(l, 2, 40), "scheduled", "what is over by then does");
	lab_free(l);

	l = example(1, 6);
	is_str(promised(l, 3), "w1 at 100", "it needs six");
	is_job(l, submit(l, 2, 200), "scheduled", "two more will be free then");
	lab_exit(l, 2, 0);
	is_job(l, submit(l, 2, 200), "queued Reserved", "but not four");
	is_job(l, submit(l, 1, 100), "scheduled", "exactly in time");
	lab_free(l);
}

static void test_strict(void)
{
	struct lab *l = example(0, 8);
	int64_t small = submit(l, 1, 1);

	is_job(l, 3, "queued Resources", "strict: the head waits");
	is_job(l, small, "queued Priority", "nobody passes it");
	is_str(promised(l, 3), "-", "nothing is promised");
	lab_exit(l, 2, 0);
	is_job(l, small, "queued Priority", "room alone changes nothing");
	lab_control(l, CONTROL_CANCEL, 3);
	is_job(l, small, "scheduled", "the head is gone");
	lab_worker(l, "large", 99000);
	lab_worker_down(l, "large");
	is_job(l, submit(l, 99, 1), "queued WorkersUnavailable", "one that no worker can take");
	is_job(l, submit(l, 1, 1), "scheduled", "is in nobody's way");
	lab_free(l);
}

static void test_without_limit(void)
{
	struct lab *l = lab(1, BACKFILL_SHORTEST);
	int64_t head;

	lab_worker(l, "w1", 8000);
	submit(l, 4, 100);
	head = submit(l, 8, 10);
	is_job(l, submit(l, 1, 0), "queued Reserved", "no limit: not on the head's worker");
	lab_worker(l, "w2", 4000);
	is_job(l, 3, "scheduled", "on another");
	is_str(on(l, 3), "w2", "which is w2");
	lab_exit(l, 1, 0);
	is_job(l, head, "scheduled", "the head starts");
	lab_free(l);
}

/* Nobody says when it ends: after a while the head has a worker for itself. */
static void test_kept_worker(void)
{
	struct lab *l = lab(1, BACKFILL_SHORTEST);
	int64_t head;

	lab_worker(l, "w1", 4000);
	lab_worker(l, "w2", 4000);
	submit(l, 3, 0);
	submit(l, 3, 0);
	submit(l, 1, 0);
	is_str(on(l, 3), "w1", "one more cpu of w1");
	head = submit(l, 4, 0);
	is_str(promised(l, head), "-", "no end can be foreseen");
	lab_pass(l, 599 * SECOND);
	is_job(l, submit(l, 1, 0), "scheduled", "before ten minutes others pass");
	lab_exit(l, 5, 0);
	lab_pass(l, SECOND);
	is_job(l, submit(l, 1, 0), "queued Reserved", "then nothing more is placed on w2");
	lab_exit(l, 3, 0);
	is_job(l, 6, "scheduled", "now w1 has as much: it is kept instead, by its name");
	is_str(on(l, 6), "w2", "and the other takes jobs");
	lab_exit(l, 1, 0);
	is_job(l, head, "scheduled", "all of w1 is free");
	is_str(on(l, head), "w1", "and the head has it");
	is_job(l, submit(l, 1, 0), "queued Resources", "nothing is kept any more");
	lab_free(l);
}

static void test_where(void)
{
	struct lab *l = lab(1, BACKFILL_QUEUE);
	int64_t head;

	lab_worker(l, "b", 4000);
	lab_worker(l, "a", 4000);
	lab_worker(l, "c", 2000);
	submit(l, 2, 10);	/* c */
	submit(l, 3, 100);	/* a */
	submit(l, 3, 100);	/* b */
	head = submit(l, 4, 50);
	is_str(promised(l, head), "a at 100", "the same time: by name");
	is_job(l, submit(l, 1, 200), "scheduled", "one cpu");
	is_str(on(l, 5), "b", "of the worker that is not promised");
	is_job(l, submit(l, 1, 200), "queued Reserved", "no other");
	lab_exit(l, 3, 0);
	is_str(promised(l, head), "a at 100", "b is used by another for longer");
	is_str(on(l, 6), "b", "and takes the next");
	lab_exit(l, 5, 0);
	lab_exit(l, 6, 0);
	is_job(l, head, "scheduled", "both gone: it starts");
	is_str(on(l, head), "b", "where it was not to be expected");
	lab_free(l);
}

static void test_drained(void)
{
	struct lab *l = lab(1, BACKFILL_QUEUE);
	int64_t head;

	lab_worker(l, "w1", 4000);
	lab_worker(l, "w2", 4000);
	submit(l, 3, 50);
	submit(l, 3, 100);
	head = submit(l, 4, 50);
	is_str(promised(l, head), "w1 at 50", "the first to be free");
	lab_worker_set(l, "w1", WORKER_DRAINING);
	is_str(promised(l, head), "w2 at 100", "it is drained: the other one");
	lab_worker_set(l, "w1", WORKER_ACTIVE);
	is_str(promised(l, head), "w1 at 50", "and back");
	lab_worker_down(l, "w2");
	lab_worker_down(l, "w1");
	is_str(promised(l, head), "-", "no worker, no promise");
	is_job(l, head, "queued WorkersUnavailable", "and it says so");
	lab_free(l);
}

/* A job that runs longer than planned (its kill takes time) moves all promises. */
static void test_overdue(int64_t reservations, const char *waits)
{
	struct lab *l = lab(reservations, BACKFILL_QUEUE);
	int64_t head;

	lab_worker(l, "w1", 4000);
	submit(l, 3, 100);
	head = submit(l, 4, 50);
	lab_pass(l, 99 * SECOND);
	is_int(core_due(l->core, l->now), SECOND, "the planned end is due");
	lab_pass(l, SECOND);
	is_str(promised(l, head), "w1 at 1", "a second more");
	is_job(l, submit(l, 1, 20), waits, "nobody slips in");
	lab_pass(l, SECOND);
	is_str(promised(l, head), "w1 at 1", "two seconds in all");
	lab_pass(l, 3 * SECOND);
	is_str(promised(l, head), "w1 at 4", "eight in all");
	lab_exit(l, 1, 0);
	is_job(l, head, "scheduled", "it ends, the head starts");
	lab_free(l);
}

/* A running job's limit is changed: what was planned behind it moves. */
static void test_other_limit(int64_t reservations)
{
	struct lab *l = lab(reservations, BACKFILL_QUEUE);
	struct change ch = { .set = ATTR_BIT(ATTR_TIME) };
	const int64_t limits[] = { 200, 50, 0, 80 };
	const char *const ends[] = { "w1 at 190", "w1 at 40", "-", "w1 at 70" };
	int64_t head;
	size_t i;

	lab_worker(l, "w1", 4000);
	submit(l, 3, 100);
	head = submit(l, 4, 50);
	lab_pass(l, 10 * SECOND);
	is_str(promised(l, head), "w1 at 90", "when the first is to end");
	for (i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		ch.row.time_limit = limits[i] * SECOND;
		lab_order(l, CONTROL_SET, 1, 1)->change = &ch;
		lab_turn(l);
		is_str(promised(l, head), ends[i], "%" PRId64 " s instead", limits[i]);
	}
	is_job(l, submit(l, 1, 60), "scheduled", "it fits before that");
	lab_free(l);
}

static void test_two_reservations(void)
{
	struct lab *l = lab(2, BACKFILL_QUEUE);

	lab_worker(l, "w1", 8000);
	submit(l, 6, 100);
	submit(l, 8, 50);
	is_str(promised(l, submit(l, 3, 300)), "w1 at 150", "the second head, behind the first");
	is_str(promised(l, submit(l, 4, 10)), "-", "the third has none");
	is_job(l, submit(l, 2, 250), "queued Reserved", "who would delay a head waits");
	is_job(l, submit(l, 2, 100), "scheduled", "who delays none does not");
	lab_free(l);
}

static void test_conservative(void)
{
	struct lab *l = lab(RESERVATIONS_ALL, BACKFILL_QUEUE);
	int64_t a, b, c;

	lab_worker(l, "w1", 8000);
	submit(l, 6, 100);
	a = submit(l, 8, 50);
	b = submit(l, 4, 300);
	c = submit(l, 5, 20);
	is_str(promised(l, a), "w1 at 100", "each has its place");
	is_str(promised(l, b), "w1 at 150", "behind the others");
	is_str(promised(l, c), "w1 at 450", "in which it moves none");
	is_job(l, submit(l, 2, 100), "scheduled", "a gap is used");
	lab_control(l, CONTROL_CANCEL, b);
	is_str(promised(l, c), "w1 at 150", "one is gone: those behind move up");
	lab_pass(l, 10 * SECOND);
	lab_exit(l, 5, 0);
	lab_exit(l, 1, 0);
	is_job(l, a, "scheduled", "the first two end early: all move up");
	is_str(promised(l, c), "w1 at 50", "and the promise holds from now");
	lab_worker(l, "w2", 8000);
	is_job(l, c, "scheduled", "a new worker");
	b = submit(l, 8, 10);
	is_str(promised(l, b), "w2 at 20", "the sooner of two");
	l->conf.reservations = 1;
	core_configure(l->core, &l->conf);
	lab_turn(l);
	is_str(promised(l, b), "w2 at 20", "another number of reservations");
	l->conf.reservations = RESERVATIONS_ALL;
	core_configure(l->core, &l->conf);
	lab_turn(l);
	is_str(promised(l, b), "w2 at 20", "and back");
	lab_free(l);
}

/* Queue order looks at the oldest first, shortest at the shortest. */
static void test_order(void)
{
	enum backfill_order order;

	for (order = BACKFILL_SHORTEST; order <= BACKFILL_QUEUE; order++) {
		struct lab *l = lab(1, order);

		lab_worker(l, "w1", 4000);
		submit(l, 4, 10);
		submit(l, 2, 100);
		submit(l, 4, 10);
		submit(l, 2, 80);
		submit(l, 2, 60);
		submit(l, 2, 120);
		lab_exit(l, 1, 0);
		is_job(l, 3, "queued Resources", "the head");
		is_job(l, order == BACKFILL_QUEUE ? 4 : 5, "scheduled", "%s behind it",
		    order == BACKFILL_QUEUE ? "the next" : "the shortest");
		is_job(l, 6, "queued Priority", "no other");
		lab_free(l);
	}
}

/* ---- the promise, in random histories in which limits hold */

struct history {
	struct lab *l;
	uint64_t rnd;
	int64_t first[400];	/* promise to a job, boot clock; 0: none yet */
	int64_t ends[400];	/* of those that run */
	int64_t promises, late;
};

static int64_t below(struct history *h, uint64_t n)
{
	return (int64_t)(splitmix64(++h->rnd) % n);
}

static void note_promises(struct history *h)
{
	const struct slot *s;
	size_t i;

	for (i = 0; i < lab_effects(h->l, EFF_START); i++) {
		int64_t job = lab_effect(h->l, EFF_START, i)->job;

		h->late += h->first[job] != 0 && h->l->now.boot > h->first[job];
		h->ends[job] = h->l->now.boot +
		    disk_job(h->l->disk, job)->time_limit / (1 + below(h, 3));
	}
	TAILQ_FOREACH(s, &h->l->core->plan.slots, link)
		if (s->worker != NULL && h->first[s->job->id] == 0) {
			h->first[s->job->id] = s->start;
			h->promises++;
		}
}

static void end_due(struct history *h, int64_t last)
{
	int64_t job;

	for (job = 1; job <= last; job++)
		if (h->ends[job] != 0 && h->ends[job] <= h->l->now.boot) {
			h->ends[job] = 0;
			lab_exit(h->l, job, 0);
			note_promises(h);
		}
}

/* All that happens until then, at its time: ends, and what else the core is due for. */
static void live_until(struct history *h, int64_t then, int64_t last)
{
	while (h->l->now.boot < then) {
		int64_t due = core_due(h->l->core, h->l->now), next = then, job;

		for (job = 1; job <= last; job++)
			if (h->ends[job] != 0 && h->ends[job] < next)
				next = h->ends[job];
		if (due >= 0 && h->l->now.boot + due < next)
			next = h->l->now.boot + due;
		h->l->now.wall += next - h->l->now.boot;
		h->l->now.boot = next;
		end_due(h, last);
		lab_turn(h->l);
		note_promises(h);
	}
}

static void test_promise(int64_t reservations, enum backfill_order order)
{
	struct history h = { .l = lab(reservations, order), .rnd = (uint64_t)reservations * 77 };
	int64_t job;

	lab_worker_with(h.l, "w1", 8000, 64);
	lab_worker_with(h.l, "w2", 6000, 256);
	lab_worker_with(h.l, "w3", 4000, 128);
	for (job = 1; job < 300; job++) {
		struct job_request *r = lab_job(h.l);

		r->row.cpus = 500 * (1 + below(&h, below(&h, 4) == 0 ? 16 : 6));
		r->row.mem = 16 * below(&h, 9);
		r->row.time_limit = (1 + below(&h, 40)) * SECOND;
		lab_submit(h.l, r);
		note_promises(&h);
		live_until(&h, h.l->now.boot + below(&h, 11) * SECOND, job);
	}
	live_until(&h, h.l->now.boot + 4000 * SECOND, job - 1);
	is_int(h.late, 0, "%" PRId64 " promises, none broken", h.promises);
	ok(h.promises > 20 && core_count(h.l->core, JOB_QUEUED) == 0, "and all have run");
	lab_free(h.l);
}

/* What a pass looks at grows with the shapes and the jobs started, not with the queue. */
static void test_cost(void)
{
	int64_t n, shapes = 20;

	for (n = 100; n <= 10000; n *= 10) {
		struct lab *l = lab(1, BACKFILL_SHORTEST);
		struct event *ev = lab_event(l, EV_SUBMIT);
		struct job_request *all = arena_alloc(l->arena, (size_t)n * sizeof(*all));
		uint64_t before;
		int64_t i;

		for (i = 0; i < n; i++) {
			all[i] = *lab_job(l);
			all[i].row.cpus = 1000 + 10 * (i % shapes);
			all[i].row.time_limit = (1 + i * 7 % 1000) * SECOND;
		}
		ev->submit.jobs = all;
		ev->submit.n = (size_t)n;
		lab_turn(l);
		before = l->core->tried;
		lab_worker(l, "w1", 16000);
		i = (int64_t)(l->core->tried - before);
		ok(i <= shapes * 2 + (int64_t)lab_effects(l, EFF_START), "%" PRId64
		    " queued: %" PRId64 " looked at", n, i);
		ok(lab_effects(l, EFF_START) >= 12, "%zu started", lab_effects(l, EFF_START));
		lab_free(l);
	}
}

int main(void)
{
	test_example();
	test_strict();
	test_without_limit();
	test_kept_worker();
	test_where();
	test_drained();
	test_overdue(1, "queued Reserved");
	test_overdue(RESERVATIONS_ALL, "queued Resources");
	test_other_limit(1);
	test_other_limit(RESERVATIONS_ALL);
	test_two_reservations();
	test_conservative();
	test_order();
	test_promise(1, BACKFILL_QUEUE);
	test_promise(1, BACKFILL_SHORTEST);
	test_promise(2, BACKFILL_SHORTEST);
	test_promise(RESERVATIONS_ALL, BACKFILL_QUEUE);
	test_cost();
	return tap_done();
}
