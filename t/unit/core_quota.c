/*
 * Quotas: what waits for them and for how long, what is refused, who is counted, and
 * that nobody is in another's way.
 */
#include <string.h>

#include "core/impl.h"
#include "core/usage.h"
#include "corelib.h"

#define HOUR INT64_C(3600000)

static struct share shares[] = {
	{ .name = "ann", .shares = 1 }, { .name = "*", .shares = 1 },
	{ .name = "ops", .team = true, .shares = 1 },
};
static struct queue_conf queues[] = { { .name = "night", .max_priority = 1000 } };

static struct core_conf conf(void)
{
	return (struct core_conf){ .policy = POLICY_PRIORITY, .epoch = 1, .max_requeues = 5,
	    .reservations = 1, .shares = shares, .nshares = 3, .queues = queues, .nqueues = 1,
	    .default_queue = "default" };
}

/* Room for four jobs; nobody has bounds. */
static struct lab *lab(void)
{
	struct core_conf c = conf();
	struct lab *l;
	size_t i;

	for (i = 0; i < 3; i++)
		memset(&shares[i].quota, 0, sizeof(shares[i].quota));
	memset(&queues[0].quota, 0, sizeof(queues[0].quota));
	l = lab_new(&c);
	lab_worker(l, "w1", 4000);
	return l;
}

static void reconfigure(struct lab *l)
{
	core_configure(l->core, &l->conf);
	lab_turn(l);
}

static struct job_request *job_of(struct lab *l, const char *user, const char *queue)
{
	struct job_request *r = lab_job(l);

	r->row.user = user;
	r->row.queue = queue;
	r->row.time_limit = HOUR;
	return r;
}

static int64_t submit(struct lab *l, const char *user, const char *queue)
{
	return lab_submit(l, job_of(l, user, queue));
}

static void refused(struct lab *l, struct job_request *r, enum err_code code, const char *text)
{
	is_int(lab_submit(l, r), 0, "refused");
	is_int(lab_item(l, 0)->code, code, "as it is to be");
	is_str(lab_item(l, 0)->text, text, "and says why");
}

static const char *waits_for(struct lab *l, int64_t job)
{
	return disk_job(l->disk, job)->waits_for;
}

static void test_jobs(void)
{
	struct lab *l = lab();
	int64_t first, second, other;

	shares[0].quota.max[QUOTA_JOBS] = 1;
	reconfigure(l);
	first = submit(l, "ann", "default");
	second = submit(l, "ann", "default");
	is_job(l, first, "scheduled", "one may run");
	is_job(l, second, "queued QuotaJobs", "a second waits, though there is room");
	is_str(waits_for(l, second), "user ann", "and says for whom");
	other = submit(l, "bob", "default");
	is_job(l, other, "scheduled", "it is in nobody's way");
	lab_exit(l, first, 0);
	is_job(l, second, "scheduled", "its turn has come");
	ok(waits_for(l, second) == NULL, "it waits for nobody any more");
	lab_free(l);
}

/* A job that its quota keeps from running gets no reservation: longer ones pass. */
static void test_no_reservation(void)
{
	struct lab *l = lab();
	struct job_request *r;
	int64_t runs, blocked, big, late;

	shares[0].quota.max[QUOTA_CPUS] = 1000;
	reconfigure(l);
	runs = submit(l, "ann", "default");
	blocked = submit(l, "ann", "default");
	is_job(l, runs, "scheduled", "what its quota allows");
	is_job(l, blocked, "queued QuotaCPU", "no more cpus");
	r = job_of(l, "bob", "default");
	r->row.cpus = 4000;
	big = lab_submit(l, r);
	is_job(l, big, "queued Resources", "the first of those that may run is the head");
	ok(job_get(l->core, big)->slot != NULL && job_get(l->core, blocked)->slot == NULL,
	    "and has the reservation");
	lab_exit(l, runs, 0);
	is_job(l, blocked, "scheduled", "the older one comes first when it may");
	lab_exit(l, blocked, 0);
	is_job(l, big, "scheduled", "then the other");
	late = submit(l, "ann", "default");
	is_job(l, late, "queued Resources", "within its quota it waits for room");
	lab_free(l);
}

static void test_dimensions(void)
{
	static const struct { enum quota_dim dim; const char *reason; } rows[] = {
		{ QUOTA_MEM, "queued QuotaMem" }, { QUOTA_DISK, "queued QuotaDisk" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct lab *l = lab();
		struct job_request *r;
		int64_t job = 0, n;

		shares[0].quota.max[rows[i].dim] = 250;
		reconfigure(l);
		for (n = 0; n < 3; n++) {
			r = job_of(l, "ann", "default");
			r->row.mem = r->row.disk = 100;
			job = lab_submit(l, r);
		}
		is_job(l, job, rows[i].reason, "two fit, the third waits");
		is_job(l, job - 1, "scheduled", "the second does not");
		lab_free(l);
	}
}

/* The tightest wins: of the user, the team, the queue and the site. */
static void test_tightest(void)
{
	struct lab *l = lab();
	struct job_request *r;
	int64_t a, b;

	shares[2].quota.max[QUOTA_JOBS] = 1;
	queues[0].quota.max[QUOTA_JOBS] = 2;
	l->conf.site.max[QUOTA_JOBS] = 3;
	reconfigure(l);
	r = job_of(l, "ann", "night");
	r->row.account = "ops";
	a = lab_submit(l, r);
	r = job_of(l, "bob", "night");
	r->row.account = "ops";
	b = lab_submit(l, r);
	is_job(l, a, "scheduled", "one of the team");
	is_job(l, b, "queued QuotaJobs", "and no more");
	is_str(waits_for(l, b), "team ops", "by whom");
	submit(l, "cat", "night");
	b = submit(l, "dan", "night");
	is_job(l, b, "queued QuotaQueue", "two in the queue");
	is_str(waits_for(l, b), "queue night", "by whom");
	submit(l, "eve", "default");
	b = submit(l, "eve", "default");
	is_job(l, b, "queued QuotaJobs", "three at all");
	is_str(waits_for(l, b), "site", "by whom");
	lab_free(l);
}

static void test_everybody(void)
{
	struct lab *l = lab();
	int64_t job;

	shares[1].quota.max[QUOTA_JOBS] = 1;
	shares[0].quota.max[QUOTA_JOBS] = 2;
	reconfigure(l);
	submit(l, "ann", "default");
	is_job(l, submit(l, "ann", "default"), "scheduled", "a bound of one's own beats *");
	submit(l, "bob", "default");
	job = submit(l, "bob", "default");
	is_job(l, job, "queued QuotaJobs", "which holds for all others");
	is_str(waits_for(l, job), "user bob", "each for himself");
	is_job(l, submit(l, "cat", "default"), "scheduled", "another has its own");
	lab_free(l);
}

static void test_never(void)
{
	struct lab *l = lab();
	struct job_request *r = job_of(l, "ann", "default");
	int64_t job;

	shares[0].quota.max[QUOTA_CPUS] = 2500;
	shares[0].quota.max[QUOTA_TIME] = HOUR;
	reconfigure(l);
	r->row.cpus = 3000;
	refused(l, r, ERR_UNAVAIL, "asks for 3 cpus, user ann may have 2.5 at once");
	r->row.cpus = 2500;
	r->row.time_limit = HOUR + 1;
	refused(l, r, ERR_DATA, "user ann has only jobs with a time limit of at most 3600 s");
	r->row.time_limit = HOUR;
	job = lab_submit(l, r);
	is_job(l, job, "scheduled", "exactly as much is allowed");
	lab_free(l);
}

static void test_rate(void)
{
	struct lab *l = lab();
	struct job_request *r;

	shares[0].quota.max[QUOTA_RATE] = 2;
	reconfigure(l);
	ok(submit(l, "ann", "default") > 0, "one");
	lab_pass(l, 20500);
	ok(submit(l, "ann", "default") > 0, "two");
	refused(l, job_of(l, "ann", "default"), ERR_AGAIN,
	    "user ann may submit 2 jobs a minute: retry after 40 s");
	ok(submit(l, "bob", "default") > 0, "others may");
	lab_pass(l, 39499);
	r = job_of(l, "ann", "default");
	is_int(lab_submit(l, r), 0, "a millisecond before");
	lab_pass(l, 1);
	ok(submit(l, "ann", "default") > 0, "the minute is over");
	lab_free(l);
}

static void test_queued(void)
{
	struct lab *l = lab();
	struct job_request *all;
	struct event *ev;
	int64_t held;

	shares[0].quota.max[QUOTA_QUEUED] = 2;
	reconfigure(l);
	ok(submit(l, "ann", "default") > 0, "what starts at once does not wait");
	submit(l, "bob", "default");
	submit(l, "bob", "default");
	submit(l, "bob", "default");
	ok(submit(l, "ann", "default") > 0, "one waits");
	all = arena_alloc(l->arena, 2 * sizeof(*all));
	all[0] = *job_of(l, "ann", "default");
	all[1] = *job_of(l, "ann", "default");
	ev = lab_event(l, EV_SUBMIT);
	ev->submit.jobs = all;
	ev->submit.n = 2;
	ev->submit.atomic = true;
	lab_turn(l);
	is_str(lab_item(l, 0)->text, "entry 2: user ann has 1 of the 2 jobs that may wait: retry "
	    "after 60 s", "all or nothing");
	held = submit(l, "ann", "default");
	ok(held > 0, "two wait");
	is_int(lab_submit(l, job_of(l, "ann", "default")), 0, "and no more");
	lab_control(l, CONTROL_CANCEL, held);
	ok(submit(l, "ann", "default") > 0, "but for one that is gone");
	lab_free(l);
}

/* Lowering a bound ends nothing; after a restart all is counted as before. */
static void test_life(void)
{
	struct lab *l = lab();
	int64_t a = submit(l, "ann", "default"), b = submit(l, "ann", "default"), c;

	shares[0].quota.max[QUOTA_JOBS] = 1;
	reconfigure(l);
	is_job(l, a, "scheduled", "both run on");
	is_job(l, b, "scheduled", "under a lower bound");
	c = submit(l, "ann", "default");
	lab_exit(l, a, 0);
	is_job(l, c, "queued QuotaJobs", "one of two is over: there still is one");
	lab_restart(l);
	lab_worker(l, "w1", 4000);
	is_job(l, c, "queued QuotaJobs", "a restart forgets none");
	is_str(waits_for(l, c), "user ann", "and for whom");
	shares[0].quota.max[QUOTA_JOBS] = 2;
	reconfigure(l);
	is_job(l, c, "scheduled", "a higher bound holds at once");
	lab_free(l);
}

/* Conservative: no slot either. */
static void test_conservative(void)
{
	struct lab *l = lab();
	int64_t a, b, c;

	shares[0].quota.max[QUOTA_JOBS] = 1;
	l->conf.reservations = RESERVATIONS_ALL;
	reconfigure(l);
	a = submit(l, "ann", "default");
	b = submit(l, "ann", "default");
	c = submit(l, "bob", "default");
	is_job(l, b, "queued QuotaJobs", "it waits for its bound");
	is_job(l, c, "scheduled", "and keeps no room");
	lab_exit(l, a, 0);
	is_job(l, b, "scheduled", "until it may");
	lab_free(l);
}

/* Another user, team or queue is another bound. */
static void test_moves(void)
{
	struct lab *l = lab();
	struct change ch = { .set = ATTR_BIT(ATTR_QUEUE), .row.queue = "default" };
	int64_t a, b;

	queues[0].quota.max[QUOTA_JOBS] = 1;
	queues[0].quota.max[QUOTA_QUEUED] = 1;
	reconfigure(l);
	a = submit(l, "ann", "night");
	b = submit(l, "ann", "night");
	is_job(l, b, "queued QuotaQueue", "the queue has no room");
	is_int(lab_submit(l, job_of(l, "bob", "night")), 0, "nor for another that waits");
	lab_order(l, CONTROL_SET, b, b)->change = &ch;
	lab_turn(l);
	is_job(l, b, "scheduled", "elsewhere there is");
	ok(submit(l, "bob", "night") > a, "its place is free");
	lab_free(l);
}

/* The row of who has bounds tells what is used. */
static void test_rows(void)
{
	struct lab *l = lab();
	const struct quota_row *row = NULL;
	size_t i;

	shares[0].quota.max[QUOTA_JOBS] = 1;
	reconfigure(l);
	submit(l, "ann", "default");
	for (i = 0; i < l->turn->nmuts; i++)
		if (l->turn->muts[i].type == MUT_QUOTA)
			row = l->turn->muts[i].quota;
	ok(row != NULL && strcmp(row->kind, "user") == 0 && strcmp(row->name, "ann") == 0,
	    "there is a row");
	if (row != NULL) {
		is_int(row->used[QUOTA_JOBS], 1, "of one job");
		is_int(row->used[QUOTA_CPUS], 1000, "with its cpu");
		is_int(row->max[QUOTA_JOBS], 1, "of one that may be");
	}
	submit(l, "bob", "default");
	for (i = 0; i < l->turn->nmuts; i++)
		ok(l->turn->muts[i].type != MUT_QUOTA, "nobody else has one");
	lab_free(l);
}

int main(void)
{
	test_jobs();
	test_no_reservation();
	test_dimensions();
	test_tightest();
	test_everybody();
	test_never();
	test_rate();
	test_queued();
	test_life();
	test_conservative();
	test_moves();
	test_rows();
	return tap_done();
}
