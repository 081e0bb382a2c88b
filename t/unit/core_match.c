/*
 * Matching: who goes first, on which worker, that nothing is ever booked twice, and
 * what a job that waits is told.
 */
#include <inttypes.h>
#include <string.h>

#include "base/hash.h"
#include "corelib.h"

static int64_t submit(struct lab *l, int64_t cpus, int64_t priority)
{
	struct job_request *r = lab_job(l);

	r->row.cpus = cpus;
	r->row.priority = priority;
	return lab_submit(l, r);
}

/* Lets the one that runs end and says who is next on its worker. */
static int64_t next_after(struct lab *l, int64_t job)
{
	lab_exit(l, job, 0);
	return lab_effects(l, EFF_START) > 0 ? lab_effect(l, EFF_START, 0)->job : 0;
}

static void test_order(enum policy policy)
{
	static const int64_t by_priority[] = { 3, 5, 2, 4, 6, 7 }, by_number[] =
	    { 2, 3, 4, 5, 6, 7 };
	const int64_t *want = policy == POLICY_FIFO ? by_number : by_priority;
	struct core_conf conf = { .policy = policy, .epoch = 1, .max_requeues = 5 };
	struct lab *l = lab_new(&conf);
	int64_t job;
	int i;

	lab_worker(l, "w1", 4000);
	job = submit(l, 4000, 500);
	is_job(l, job, "scheduled", "the first takes all");
	submit(l, 4000, 500);
	submit(l, 4000, 900);
	submit(l, 3000, 500);	/* another shape */
	submit(l, 4000, 800);
	submit(l, 4000, 100);
	submit(l, 2500, 0);
	for (i = 0; i < 6; i++) {
		job = next_after(l, job);
		is_int(job, want[i], "%s: number %d", policy == POLICY_FIFO ? "fifo" : "priority",
		    i + 1);
	}
	lab_free(l);
}

static void test_shortest(void)
{
	static const int64_t limits[] = { 0, 900, 100, 500, 100 }, want[] = { 4, 6, 5, 3, 2 };
	struct core_conf conf = { .policy = POLICY_SHORTEST, .epoch = 1, .reservations = 1 };
	struct lab *l = lab_new(&conf);
	int64_t job;
	int i;

	lab_worker(l, "w1", 1000);
	job = submit(l, 1000, 500);
	for (i = 0; i < 5; i++) {
		struct job_request *r = lab_job(l);

		r->row.time_limit = limits[i];
		lab_submit(l, r);
	}
	for (i = 0; i < 5; i++) {
		job = next_after(l, job);
		is_int(job, want[i], "shortest: number %d", i + 1);
	}
	lab_free(l);
}

static void test_policy_change(void)
{
	struct core_conf conf = { .policy = POLICY_FIFO, .epoch = 1 };
	struct lab *l = lab_new(&conf);
	int64_t job;
	int i;

	lab_worker(l, "w1", 1000);
	job = submit(l, 1000, 0);
	for (i = 0; i < 20; i++)
		submit(l, 1000, (i * 7) % 20);
	conf.policy = POLICY_PRIORITY;
	core_configure(l->core, &conf);
	ok(core_busy(l->core), "a new policy is a reason to look");
	lab_turn(l);
	job = next_after(l, job);
	is_int(disk_job(l->disk, job)->priority, 19, "priority: the highest");
	job = next_after(l, job);
	is_int(disk_job(l->disk, job)->priority, 18, "then the next");
	conf.policy = POLICY_FIFO;
	core_configure(l->core, &conf);
	is_int(next_after(l, job), 2, "fifo again: the lowest number");
	lab_free(l);
}

/* The first of a shape that does not fit keeps no other shape waiting. */
static void test_no_shape_blocks_another(void)
{
	struct lab *l = lab_new(NULL);
	int64_t small, large;

	lab_worker(l, "w1", 4000);
	submit(l, 3000, 500);
	large = submit(l, 2000, 1000);
	is_job(l, large, "queued Resources", "does not fit");
	small = submit(l, 1000, 0);
	is_job(l, small, "scheduled", "one that fits passes by, whatever its priority");
	is_job(l, submit(l, 500, 0), "queued Resources", "until nothing is free");
	is_int(next_after(l, 1), large, "then the large one comes first");
	lab_free(l);
}

static void test_pack(void)
{
	struct lab *l = lab_new(NULL);

	lab_worker(l, "b", 4000);
	lab_worker(l, "a", 4000);
	lab_worker(l, "c", 2000);
	lab_worker(l, "d", 1000);
	is_str(disk_job(l->disk, submit(l, 2000, 0))->worker, "c", "the least that is enough");
	is_str(disk_job(l->disk, submit(l, 2000, 0))->worker, "a", "of equal ones by name");
	is_str(disk_job(l->disk, submit(l, 1000, 0))->worker, "d", "exactly fitting");
	is_str(disk_job(l->disk, submit(l, 2000, 0))->worker, "a", "the one that is begun");
	is_str(disk_job(l->disk, submit(l, 100, 0))->worker, "b", "what is left");
	lab_free(l);
}

static void test_every_dimension(void)
{
	struct lab *l = lab_new(NULL);
	struct job_request *r = lab_job(l);

	lab_worker_with(l, "w1", 8000, 1000);
	r->row.mem = 600;
	lab_submit(l, r);
	r = lab_job(l);
	r->row.mem = 600;
	is_job(l, lab_submit(l, r), "queued Resources", "cpus are free, memory is not");
	r = lab_job(l);
	r->row.mem = 0;
	is_job(l, lab_submit(l, r), "scheduled", "one that books no memory fits");
	is_int(disk_worker(l->disk, "w1")->free_mem, 400, "booked: memory");
	is_int(disk_worker(l->disk, "w1")->free_cpus, 6000, "booked: cpus");
	is_int(disk_worker(l->disk, "w1")->running, 2, "two run");
	lab_free(l);
}

static void test_workers_that_take_none(void)
{
	static const char *const words[] = { "draining", "inactive" };
	static const enum worker_status statuses[] = { WORKER_DRAINING, WORKER_INACTIVE };
	int i;

	for (i = 0; i < 2; i++) {
		struct lab *l = lab_new(NULL);
		int64_t running, waiting;

		lab_worker(l, "w1", 4000);
		running = submit(l, 1000, 0);
		lab_worker_set(l, "w1", statuses[i]);
		is_int(lab_item(l, 0)->code, 0, "set %s", words[i]);
		waiting = submit(l, 1000, 0);
		is_job(l, waiting, "queued WorkersUnavailable", "%s: nothing is started",
		    words[i]);
		is_job(l, running, "scheduled", "%s: what runs runs on", words[i]);
		is_str(disk_worker(l->disk, "w1")->reason, "a test", "%s: and it says why",
		    words[i]);
		lab_exit(l, running, 0);
		lab_restart(l);
		lab_worker(l, "w1", 4000);
		is_job(l, waiting, "queued WorkersUnavailable", "%s: after a restart, too",
		    words[i]);
		lab_worker_set(l, "w1", WORKER_ACTIVE);
		is_job(l, waiting, "scheduled", "active: it starts");
		lab_free(l);
	}
}

static void test_worker_set(void)
{
	struct lab *l = lab_new(NULL);
	struct event *ev;

	lab_worker_set(l, "w9", WORKER_DRAINING);
	is_int(lab_item(l, 0)->code, ERR_NOINPUT, "no such worker");
	is_str(lab_item(l, 0)->name, "w9", "by name");
	lab_worker(l, "w1", 1000);
	ev = lab_event(l, EV_WORKER_SET);
	ev->worker_set.name = "w1";
	ev->worker_set.status = WORKER_INACTIVE;
	lab_turn(l);
	is_int(lab_item(l, 0)->code, ERR_PERM, "not for users");
	is_int(disk_worker(l->disk, "w1")->status, WORKER_ACTIVE, "nothing happened");
	lab_free(l);
}

static void test_reasons(void)
{
	struct lab *l = lab_new(NULL);
	int64_t a, b, c, wide;

	a = submit(l, 1000, 0);
	b = submit(l, 1000, 0);
	is_job(l, a, "queued WorkersUnavailable", "no worker at all");
	is_job(l, b, "queued Priority", "the next of the same kind waits for the first");
	wide = submit(l, 8000, 0);
	lab_worker(l, "w1", 1000);
	is_job(l, a, "scheduled", "one comes");
	is_job(l, b, "queued Resources", "and is full");
	is_job(l, wide, "queued NeverFits", "and is too small for this one");
	c = submit(l, 1000, 0);
	is_job(l, c, "queued Priority", "others come first");
	lab_worker_down(l, "w1");
	is_job(l, b, "queued WorkersUnavailable", "it is gone");
	lab_worker(l, "w2", 16000);
	is_job(l, b, "scheduled", "another comes: all start");
	is_job(l, c, "scheduled", "in order");
	is_job(l, wide, "scheduled", "the wide one as well");
	a = submit(l, 1000, 0);
	b = submit(l, 8000, 0);
	is_job(l, b, "queued Resources", "no room");
	c = submit(l, 8000, 0);
	lab_control(l, CONTROL_CANCEL, b);
	is_job(l, c, "queued Resources", "the first is cancelled: the next one is told");
	lab_worker_down(l, "w2");
	is_job(l, c, "queued WorkersUnavailable", "the only one that could take it is gone");
	lab_free(l);
}

/* All that it asks for stands in the order, and on the worker's row. */
static void test_whole_request(void)
{
	struct lab *l = lab_new(NULL);
	struct event *ev = lab_event(l, EV_WORKER_UP);
	struct job_request *r = lab_job(l);
	const struct worker_row *w;
	const struct effect *f;

	ev->up.row = (struct worker_row){ .name = "w1", .cpus = 4000, .mem = 4096, .disk = 100,
	    .gpus = 2 };
	ev->up.attachment = 7;
	lab_turn(l);
	r->row.mem = 1024;
	r->row.disk = 60;
	r->row.gpus = 1;
	lab_submit(l, r);
	f = lab_effect(l, EFF_START, 0);
	ok(f->start.cpus == 1000 && f->start.mem == 1024 && f->start.disk == 60 &&
	    f->start.gpus == 1 && f->start.bw == 0, "the order has all of it");
	w = disk_worker(l->disk, "w1");
	ok(w->free_cpus == 3000 && w->free_mem == 3072 && w->free_disk == 40 &&
	    w->free_gpus == 1 && w->updated_at == l->now.wall, "the worker has that much less");
	lab_free(l);
}

/* A job that comes in and starts says so in one turn. */
static void test_at_once(void)
{
	struct lab *l = lab_new(NULL);
	const struct effect *f;
	int64_t job;

	lab_worker(l, "w1", 2000);
	job = submit(l, 1000, 700);
	is_str(lab_notes(l, job), "queued>scheduled", "submitted and scheduled");
	f = lab_effect(l, EFF_START, 0);
	is_str(f->worker, "w1", "the order: to whom");
	is_int(f->job, job, "which job");
	is_int(f->execution, 1, "which execution");
	is_int(f->attachment, l->attachment, "by which connection");
	is_int(f->start.cpus, 1000, "with what");
	is_int(f->start.priority, 700, "its priority");
	is_int(f->start.attempt, 1, "the first attempt");
	is_int(f->start.max_attempts, 1, "of one");
	is_int(f->start.prev_status, -1, "nothing before it");
	is_int(disk_exec(l->disk, job, 1)->epoch, 1, "the epoch stands in its row");
	is_int(disk_exec(l->disk, job, 1)->journal.b[0], 1, "and whose journal got the order");
	lab_free(l);
}

static void test_full_disk(void)
{
	struct core_conf conf = { .policy = POLICY_FIFO, .epoch = 1 };
	struct lab *l = lab_new(&conf);
	int64_t job = submit(l, 1000, 0);

	conf.read_only = true;
	core_configure(l->core, &conf);
	ok(!core_busy(l->core), "the disk is full: nothing to do");
	lab_worker(l, "w1", 1000);
	is_int(lab_effects(l, EFF_START), 0, "nothing is started");
	conf.read_only = false;
	core_configure(l->core, &conf);
	ok(core_busy(l->core), "there is room again: at once");
	lab_idle(l);
	is_job(l, job, "scheduled", "it starts");
	lab_free(l);
}

/* Random jobs on random workers: the audit compares each worker's row with its jobs. */
static void test_never_overbooked(void)
{
	static const char *const names[] = { "w0", "w1", "w2", "w3" };
	struct lab *l = lab_new(NULL);
	uint64_t x = 1, starts = 0, full = 0;
	int64_t job;
	int i;

	for (i = 0; i < 4; i++)
		lab_worker_with(l, names[i], 2000 + 1000 * i, 4000 - 500 * i);
	for (i = 0; i < 400; i++) {
		struct job_request *r = lab_job(l);

		x = splitmix64(x);
		r->row.cpus = (int64_t)(x % 12 + 1) * 250;
		r->row.mem = (int64_t)(x >> 8) % 9 * 250;
		r->row.priority = (int64_t)(x >> 16) % 1001;
		lab_submit(l, r);
		for (job = 1 + (int64_t)(x >> 32) % 5; (x >> 40) % 3 == 0 && job <= i; job += 7)
			if (strcmp(lab_where(l, job), "scheduled") == 0)
				lab_exit(l, job, 0);
		starts += lab_effects(l, EFF_START);
	}
	for (i = 0; i < 4; i++) {
		const struct worker_row *w = disk_worker(l->disk, names[i]);

		full += w->free_cpus >= 0 && w->free_mem >= 0 && w->free_cpus < w->cpus;
	}
	is_int(full, 4, "all are at work, none has promised more than it has");
	ok(starts > 30, "%" PRIu64 " were started on the way", starts);
	lab_free(l);
}

int main(void)
{
	test_order(POLICY_FIFO);
	test_order(POLICY_PRIORITY);
	test_shortest();
	test_policy_change();
	test_no_shape_blocks_another();
	test_pack();
	test_every_dimension();
	test_workers_that_take_none();
	test_worker_set();
	test_reasons();
	test_whole_request();
	test_at_once();
	test_full_disk();
	test_never_overbooked();
	return tap_done();
}
