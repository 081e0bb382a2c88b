/* top, expedite: who is put before whom, and by how much; what is refused. */
#include <string.h>

#include "corelib.h"

#define SECOND INT64_C(1000)

static struct lab *lab(enum policy policy, int64_t age_step)
{
	struct core_conf conf = { .policy = policy, .epoch = 1, .max_requeues = 5,
	    .age_interval = 60 * SECOND, .age_step = age_step };
	struct lab *l = lab_new(&conf);

	lab_worker(l, "w1", 2000);
	l->cause.actor.admin = true;
	lab_started(l, lab_new_job(l));
	return l;
}

/* One that waits for room; of its own size, so that each stands in a shape of its own. */
static int64_t waits(struct lab *l, int64_t uid, int64_t cpus, int64_t priority)
{
	struct job_request *r = lab_job(l);

	r->row.uid = uid;
	r->row.user = r->row.run_as = uid == 1000 ? "alice" : "bob";
	r->row.cpus = cpus;
	r->row.priority = priority;
	return lab_submit(l, r);
}

static int64_t priority(const struct lab *l, int64_t job)
{
	return disk_job(l->disk, job)->priority;
}

static void test_all(void)
{
	struct lab *l = lab(POLICY_HYBRID, 0);
	int64_t a = waits(l, 1000, 2000, 600), b = waits(l, 1001, 1999, 700);
	int64_t c = waits(l, 1000, 2000, 500);

	is_int(lab_control(l, CONTROL_TOP, c), 0, "an admin's order");
	is_int(priority(l, c), 701, "it passes the jobs of all");
	is_int(lab_control(l, CONTROL_TOP, c), 0, "twice");
	is_int(priority(l, c), 701, "is as once");
	is_int(lab_control(l, CONTROL_TOP, a), 0, "one that came before it");
	is_int(priority(l, a), 701, "needs no more than that");
	lab_control(l, CONTROL_CANCEL, 1);
	lab_end(l, 1, END_KILLED, -1, 9);
	is_job(l, a, "scheduled", "it starts");
	is_job(l, b, "queued Resources", "before the others");
	lab_free(l);
}

static void test_own(void)
{
	struct lab *l = lab(POLICY_HYBRID, 0);
	int64_t a = waits(l, 1000, 2000, 600), b = waits(l, 1001, 1999, 900);
	int64_t c = waits(l, 1000, 1998, 500);

	l->cause.actor.admin = false;
	l->cause.actor.uid = 1000;
	is_int(lab_control(l, CONTROL_TOP, c), 0, "a user's order");
	is_int(priority(l, c), 601, "it passes his own jobs only");
	is_int(lab_control(l, CONTROL_TOP, b), ERR_PERM, "not another's");
	is_int(priority(l, a), 600, "who was passed stays as he was");
	lab_free(l);
}

static void test_age(void)
{
	struct lab *l = lab(POLICY_HYBRID, 10);
	int64_t a = waits(l, 1000, 2000, 990), b;

	lab_pass(l, 600 * SECOND);
	b = waits(l, 1000, 1999, 500);
	is_int(lab_control(l, CONTROL_TOP, b), ERR_DATA, "who has waited long cannot be passed");
	is_int(priority(l, b), 500, "then nothing is changed");
	ok(strstr(lab_item(l, 0)->text, "'jobctl set 2 priority=...' lowers that one") != NULL,
	    "and it says what helps: %s", lab_item(l, 0)->text);
	(void)a;
	lab_free(l);
}

static void test_refused(void)
{
	struct lab *l = lab(POLICY_FIFO, 0);
	struct job_request *r;
	int64_t job = waits(l, 1000, 2000, 500);

	is_int(lab_control(l, CONTROL_TOP, job), ERR_DATA, "where nobody looks at priorities");
	lab_free(l);
	l = lab(POLICY_PRIORITY, 0);
	is_int(lab_control(l, CONTROL_TOP, 1), ERR_DATA, "one that runs");
	is_int(lab_control(l, CONTROL_EXPEDITE, 1), ERR_DATA, "neither way");
	r = lab_job(l);
	r->row.hold = HOLD_USER;
	job = lab_submit(l, r);
	is_int(lab_control(l, CONTROL_TOP, job), ERR_DATA, "one that is held");
	is_int(lab_control(l, CONTROL_EXPEDITE, job), ERR_DATA, "neither way");
	is_int(priority(l, job), 500, "nothing has changed");
	lab_free(l);
}

static void test_expedite(void)
{
	struct lab *l = lab(POLICY_PRIORITY, 0);
	struct job_request *r = lab_job(l);
	int64_t later, again;

	r->row.begin_at = l->now.wall + 3600 * SECOND;
	later = lab_submit(l, r);
	is_job(l, later, "queued BeginTime", "one that is to begin in an hour");
	is_int(lab_control(l, CONTROL_EXPEDITE, later), 0, "is expedited");
	is_job(l, later, "scheduled", "and starts");
	is_int(priority(l, later), 1000, "with the highest priority");
	is_int(disk_job(l->disk, later)->begin_at, 0, "its time is forgotten");
	lab_exit(l, later, 0);
	r = lab_job(l);
	r->row.max_retries = 1;
	r->row.retry_delay = r->row.retry_max_delay = 600 * SECOND;
	again = lab_submit(l, r);
	lab_exit(l, again, 75);
	is_job(l, again, "queued RetryWait", "one that waits for its retry");
	lab_control(l, CONTROL_EXPEDITE, again);
	is_job(l, again, "scheduled", "does so no more");
	lab_free(l);
}

int main(void)
{
	test_all();
	test_own();
	test_age();
	test_refused();
	test_expedite();
	return tap_done();
}
