/*
 * Tried again: with more memory after too little, and not for ever where one worker
 * after the other is lost.
 */
#include <inttypes.h>
#include <string.h>

#include "corelib.h"

#define GB 1024

static struct job_request *growing(struct lab *l, const char *growth, int64_t retries)
{
	struct job_request *r = lab_job(l);

	r->row.mem = 2 * GB;
	r->row.retry_mem = growth;
	r->row.max_retries = retries;
	r->row.retry_policy = RETRY_IMMEDIATE;
	return r;
}

static void starve(struct lab *l, int64_t job)
{
	lab_started(l, job);
	lab_end(l, job, END_OOM, -1, 9);
}

/* ---- memory */

static void test_growth(void)
{
	struct lab *l = lab_new(NULL);
	int64_t id;

	lab_worker_with(l, "w1", 8000, 100 * GB);
	id = lab_submit(l, growing(l, "2x:6G", 9));
	starve(l, id);
	is_job(l, id, "scheduled", "it is tried again");
	is_int(disk_job(l->disk, id)->mem, 4 * GB, "with twice as much");
	is_int(disk_exec(l->disk, id, 2)->mem, 4 * GB, "which is booked");
	is_int(disk_exec(l->disk, id, 1)->mem, 2 * GB, "the first had what it had");
	is_int(lab_effect(l, EFF_START, 0)->start.mem, 4 * GB, "and is told to the worker");
	starve(l, id);
	is_int(disk_job(l->disk, id)->mem, 6 * GB, "up to the bound");
	lab_restart(l);
	lab_worker_with(l, "w1", 8000, 100 * GB);
	is_int(disk_exec(l->disk, id, disk_job(l->disk, id)->executions)->mem, 6 * GB,
	    "a restart changes nothing");
	starve(l, id);
	is_job(l, id, "failed OutOfMemory", "and then it is final");
	lab_free(l);
}

/* Other failures do not make it larger. */
static void test_other_failures(void)
{
	struct lab *l = lab_new(NULL);
	int64_t id;

	lab_worker_with(l, "w1", 8000, 100 * GB);
	id = lab_submit(l, growing(l, "2x", 1));
	lab_exit(l, id, 1);
	is_int(disk_job(l->disk, id)->mem, 2 * GB, "it failed by itself: as before");
	starve(l, id);
	is_job(l, id, "failed OutOfMemory", "no retry is left");
	is_int(disk_job(l->disk, id)->mem, 2 * GB, "so nothing grows");
	lab_free(l);
}

static void test_no_room(void)
{
	struct lab *l = lab_new(NULL);
	int64_t id;

	lab_worker_with(l, "w1", 8000, 3 * GB);
	id = lab_submit(l, growing(l, "2x", 9));
	starve(l, id);
	is_job(l, id, "failed OutOfMemory", "no worker has so much");
	ok(strstr(disk_job(l->disk, id)->detail, "the largest worker has") != NULL, "it says: %s",
	    disk_job(l->disk, id)->detail);
	lab_free(l);
}

static void test_without(void)
{
	struct lab *l = lab_new(NULL);
	struct job_request *r;
	int64_t id;

	lab_worker_with(l, "w1", 8000, 100 * GB);
	id = lab_submit(l, growing(l, NULL, 9));
	starve(l, id);
	is_job(l, id, "failed OutOfMemory", "without it the first time is final");
	r = growing(l, "2x", 9);
	r->row.mem = 0;
	id = lab_submit(l, r);
	starve(l, id);
	is_job(l, id, "failed OutOfMemory", "nothing is twice nothing");
	r = growing(l, "2x", 9);
	r->row.no_retry_on = "oom";
	id = lab_submit(l, r);
	starve(l, id);
	is_job(l, id, "failed OutOfMemory", "--no-retry-on wins");
	lab_free(l);
}

/* ---- crashes */

/* It starts on whatever worker is there, which is then lost. */
static void crash(struct lab *l, int64_t job, const char *name)
{
	lab_worker(l, name, 8000);
	is_str(disk_job(l->disk, job)->worker, name, "it goes to %s", name);
	lab_started(l, job);
	lab_worker_set(l, name, WORKER_INACTIVE);
	lab_end(l, job, END_LOST, -1, -1);
}

static void test_crash_loop(void)
{
	struct lab *l = lab_new(NULL);
	int64_t id = lab_new_job(l);

	crash(l, id, "w1");
	crash(l, id, "w2");
	is_job(l, id, "queued WorkersUnavailable", "two are not enough");
	is_str(disk_job(l->disk, id)->crashed_on, "w1 w2", "but are known");
	lab_restart(l);
	crash(l, id, "w3");
	is_job(l, id, "queued CrashLoop", "three are, after a restart too");
	is_int(disk_job(l->disk, id)->hold, HOLD_CRASH, "it is held");
	lab_restart(l);
	is_job(l, id, "queued CrashLoop", "and stays so");
	is_int(lab_control(l, CONTROL_RELEASE, id), 0, "its owner may release it");
	crash(l, id, "w4");
	is_job(l, id, "queued WorkersUnavailable", "and counting begins anew");
	lab_free(l);
}

static void test_same_worker(void)
{
	struct lab *l = lab_new(NULL);
	int64_t id = lab_new_job(l), i;

	lab_worker(l, "w1", 8000);
	for (i = 0; i < 4; i++) {
		lab_started(l, id);
		lab_end(l, id, END_LOST, -1, -1);
	}
	is_job(l, id, "scheduled", "one bad worker is no crash loop");
	lab_started(l, id);
	lab_end(l, id, END_LOST, -1, -1);
	lab_started(l, id);
	lab_end(l, id, END_LOST, -1, -1);
	is_job(l, id, "failed MaxRequeues", "but five requeues are all");
	lab_free(l);
}

/* What never arrived was not lost under it. */
static void test_never_started(void)
{
	struct lab *l = lab_new(NULL);
	int64_t id = lab_new_job(l);
	const char *const names[] = { "w1", "w2", "w3" };

	for (int i = 0; i < 3; i++) {
		lab_worker(l, names[i], 8000);
		lab_worker_set(l, names[i], WORKER_INACTIVE);
		lab_end(l, id, END_NEVER, -1, -1);
	}
	is_job(l, id, "queued WorkersUnavailable", "it was never there");
	lab_free(l);
}

int main(void)
{
	test_growth();
	test_other_failures();
	test_no_room();
	test_without();
	test_crash_loop();
	test_same_worker();
	test_never_started();
	return tap_done();
}
