/*
 * Where a job may run and what it gets there: resources that workers name, gpus,
 * tokens of the site, constraints, preferences, a worker to itself.
 */
#include <stdio.h>
#include <string.h>

#include "corelib.h"

static void up(struct lab *l, struct worker_row row)
{
	row.mem = row.disk = 1000;
	lab_worker_up(l, row);
}

static int64_t ask(struct lab *l, struct job_row want)
{
	struct job_request *r = lab_job(l);
	struct job_row *row = &r->row;

	row->cpus = want.cpus > 0 ? want.cpus : 1000;
	row->gpus = want.gpus;
	row->bw = want.bw;
	row->time_limit = want.time_limit;
	row->gpu_type = want.gpu_type;
	row->named = want.named;
	row->tokens = want.tokens;
	row->constraints = want.constraints;
	row->prefer = want.prefer;
	row->on_workers = want.on_workers;
	row->not_workers = want.not_workers;
	row->exclusive = want.exclusive;
	return lab_submit(l, r);
}

#define ASK(l, ...) ask((l), (struct job_row){ __VA_ARGS__ })

static const char *refusal(struct lab *l)
{
	return lab_item(l, 0)->code == ERR_UNAVAIL ? lab_item(l, 0)->text : "";
}

static const char *worker_of(struct lab *l, int64_t job)
{
	return disk_job(l->disk, job)->worker;
}

static const char *gpus_of(struct lab *l, int64_t job)
{
	return disk_exec(l->disk, job, disk_job(l->disk, job)->executions)->gpu_ids;
}

static void test_named(void)
{
	struct lab *l = lab_new(NULL);
	int64_t a, b, c, d;

	up(l, (struct worker_row){ .name = "w1", .cpus = 8000, .bw = 100,
	    .named = "fpga=2,nic=1" });
	a = ASK(l, .named = "fpga=1");
	b = ASK(l, .named = "nic=1,fpga=1", .bw = 60);
	c = ASK(l, .named = "fpga=1");
	d = ASK(l, .cpus = 1000);
	is_job(l, a, "scheduled", "one of two");
	is_job(l, b, "scheduled", "the other, and the nic, in any order");
	is_job(l, c, "queued Resources", "there is no third");
	is_job(l, d, "scheduled", "whoever needs none passes");
	is_str(disk_worker(l->disk, "w1")->free_named, "fpga=0,nic=0", "its row says so");
	is_int(disk_worker(l->disk, "w1")->free_bw, 40, "and of the bandwidth");
	is_int(ASK(l, .bw = 41), 5, "more than is left of it");
	is_job(l, 5, "queued Resources", "waits");
	lab_exit(l, a, 0);
	is_job(l, c, "scheduled", "what is given back is taken");
	is_int(ASK(l, .named = "fpga=3"), 0, "more than there is");
	is_str(refusal(l), "asks for 3 fpga, the largest worker has 2", "is refused");
	is_int(ASK(l, .named = "gold=1"), 0, "of what nobody has");
	is_str(refusal(l), "asks for 1 gold, the largest worker has 0", "is refused");
	lab_free(l);
}

/*
 * Each kind of what can never be is refused alike, also while the workers are away; one
 * that has never been here may have anything.
 */
static void test_never(void)
{
	static const struct job_row wants[] = {
		{ .cpus = 9000 }, { .gpus = 9 }, { .bw = 9000 }, { .named = "gold=1" },
		{ .constraints = "gold" }, { .on_workers = "x*" }, { .not_workers = "*" },
		{ .gpus = 1, .gpu_type = "h100" },
	};
	struct lab *l = lab_new(NULL);
	size_t i, n = sizeof(wants) / sizeof(wants[0]);
	struct event *new;

	is_int(ASK(l, .named = "gold=1", .tokens = "lic=1"), 0, "a token that job.conf has not");
	is_str(refusal(l), "asks for the token lic, which job.conf does not name", "is refused");
	for (i = 0; i < n; i++)
		ok(ask(l, wants[i]) > 0, "before there is any worker it waits (%zu)", i);
	up(l, (struct worker_row){ .name = "w1", .cpus = 2000, .gpus = 1, .gpu_type = "a100" });
	for (i = 0; i < n; i++) {
		const struct job_row *row = disk_job(l->disk, (int64_t)i + 1);

		ok(row->reason == REASON_NEVER_FITS || row->reason == REASON_WORKER_CONSTRAINT,
		    "then it says that it cannot be (%zu)", i);
		ok(ask(l, wants[i]) == 0 && *refusal(l) != '\0', "and now it is refused (%zu)", i);
	}
	lab_worker_down(l, "w1");
	for (i = 0; i < n; i++)
		ok(ask(l, wants[i]) == 0 && *refusal(l) != '\0', "with the worker away, too (%zu)",
		    i);
	new = lab_event(l, EV_WORKER_DOWN);
	new->down.worker = "new";
	new->down.text = "no answer";
	lab_turn(l);
	for (i = 0; i < n; i++)
		if (wants[i].on_workers == NULL && wants[i].not_workers == NULL)
			ok(ask(l, wants[i]) > 0, "a new one may have it (%zu)", i);
	lab_free(l);
}

/* The open executions of a core that is gone are booked as they were. */
static void test_restart(void)
{
	struct lab *l = lab_new(NULL);
	struct held held[2] = { { .execution = 1 }, { .execution = 1 } };
	int64_t a, b, c;

	l->conf.tokens = "lic=1";
	core_configure(l->core, &l->conf);
	up(l, (struct worker_row){ .name = "w1", .cpus = 8000, .gpus = 4, .named = "fpga=2" });
	held[0].job = a = ASK(l, .named = "fpga=2", .gpus = 1, .tokens = "lic=1");
	held[1].job = b = ASK(l, .gpus = 2);
	lab_started(l, a);
	lab_started(l, b);
	is_str(gpus_of(l, a), "0", "the first gpu");
	is_str(gpus_of(l, b), "1,2", "the next two");
	lab_restart(l);
	lab_worker_holds(l, "w1", 8000, 1, held, 2);
	is_str(disk_worker(l->disk, "w1")->free_named, NULL, "it came back without a fpga");
	is_int(disk_worker(l->disk, "w1")->free_gpus, -3, "and without gpus");
	up(l, (struct worker_row){ .name = "w1", .cpus = 8000, .gpus = 4,
	    .named = "nic=1,fpga=3" });
	is_job(l, a, "scheduled", "it forgot them: they are ordered again");
	is_str(gpus_of(l, a), "0", "with gpus anew");
	lab_free(l);

	l = lab_new(NULL);
	l->conf.tokens = "lic=1";
	core_configure(l->core, &l->conf);
	up(l, (struct worker_row){ .name = "w1", .cpus = 8000, .gpus = 4, .named = "fpga=2" });
	(void)ASK(l, .named = "fpga=2", .gpus = 1, .tokens = "lic=1");
	(void)ASK(l, .gpus = 1);
	lab_exit(l, 1, 0);
	a = ASK(l, .named = "fpga=2", .gpus = 1, .tokens = "lic=1");
	is_str(gpus_of(l, a), "0", "a gpu that came free");
	lab_restart(l);
	b = ASK(l, .gpus = 2);
	c = ASK(l, .tokens = "lic=1");
	is_job(l, c, "queued Limit", "the token is held still");
	is_job(l, b, "queued WorkersUnavailable", "nobody is here yet");
	lab_free(l);
}

static void test_gpus(void)
{
	struct lab *l = lab_new(NULL);
	int64_t a, b, c, d;

	up(l, (struct worker_row){ .name = "w1", .cpus = 9000, .gpus = 4, .gpu_type = "a100" });
	up(l, (struct worker_row){ .name = "w2", .cpus = 9000, .gpus = 1, .gpu_type = "v100" });
	a = ASK(l, .gpus = 2, .gpu_type = "a100");
	b = ASK(l, .gpus = 1, .gpu_type = "a100");
	c = ASK(l, .gpus = 1, .gpu_type = "v100");
	is_str(lab_effect(l, EFF_START, 0)->start.gpu_ids, "0", "the order says which");
	is_str(worker_of(l, a), "w1", "the type is where");
	is_str(worker_of(l, c), "w2", "and the other");
	is_str(gpus_of(l, a), "0,1", "the lowest two");
	is_str(gpus_of(l, b), "2", "the next");
	lab_exit(l, a, 0);
	d = ASK(l, .gpus = 3);
	is_str(gpus_of(l, d), "0,1,3", "those that are free, of any type");
	is_int(ASK(l, .gpus = 2, .gpu_type = "v100"), 0, "more of a type than there are");
	is_str(refusal(l), "asks for 2 gpus, the largest worker has 1", "is refused");
	is_int(ASK(l, .gpus = 1, .gpu_type = "h100"), 0, "none of a type");
	is_str(refusal(l), "there is no worker as it must be (h100)", "is refused");
	is_str(gpus_of(l, ASK(l, .cpus = 1000)), NULL, "whoever asks for none has none");
	lab_free(l);
}

static void test_tokens(void)
{
	struct lab *l = lab_new(NULL);
	int64_t a, b, c, d;

	l->conf.tokens = "lic=2,other=1";
	core_configure(l->core, &l->conf);
	up(l, (struct worker_row){ .name = "w1", .cpus = 8000 });
	a = ASK(l, .tokens = "lic=1");
	b = ASK(l, .tokens = "lic=2");
	c = ASK(l, .tokens = "lic=1,other=1");
	d = ASK(l, .cpus = 4000);
	is_job(l, a, "scheduled", "a token is there");
	is_job(l, b, "queued Limit", "two are not");
	is_job(l, c, "scheduled", "one is: whoever waits for tokens is passed");
	is_job(l, d, "scheduled", "and keeps no room");
	lab_exit(l, a, 0);
	is_job(l, b, "queued Limit", "one is not enough");
	lab_exit(l, c, 0);
	is_job(l, b, "scheduled", "two are");
	is_int(ASK(l, .tokens = "lic=3"), 0, "more than there are");
	is_str(refusal(l), "asks for 3 of the token lic, of which there are 2", "is refused");
	is_int(ASK(l, .tokens = "xyz=1"), 0, "one that nobody knows");
	is_str(refusal(l), "asks for the token xyz, which job.conf does not name", "is refused");
	l->conf.tokens = "lic=1";
	core_configure(l->core, &l->conf);
	c = ASK(l, .tokens = "lic=1");
	is_job(l, c, "queued Limit", "there are fewer now");
	l->conf.tokens = "lic=3";
	core_configure(l->core, &l->conf);
	lab_pass(l, 1);
	is_job(l, c, "scheduled", "and more again");
	lab_free(l);
}

/* The same where every job has a slot. */
static void test_tokens_planned(void)
{
	struct core_conf conf = { .policy = POLICY_FIFO, .epoch = 1, .max_requeues = 5,
		.reservations = RESERVATIONS_ALL, .reserve_after = 600000, .tokens = "lic=1" };
	struct lab *l = lab_new(&conf);
	int64_t a, b, c;

	up(l, (struct worker_row){ .name = "w1", .cpus = 2000 });
	a = ASK(l, .tokens = "lic=1", .time_limit = 1000000);
	b = ASK(l, .tokens = "lic=1", .time_limit = 1000000);
	c = ASK(l, .time_limit = 1000000);
	is_job(l, b, "queued Limit", "no token");
	is_job(l, c, "scheduled", "it holds no place meanwhile");
	lab_exit(l, a, 0);
	is_job(l, b, "scheduled", "its token has come");
	lab_free(l);
}

static void test_constraints(void)
{
	struct lab *l = lab_new(NULL);
	struct worker_row a = { .name = "a1", .cpus = 2000, .zone = "a",
	    .labels = "{\"ssd\":\"yes\"}" };
	struct worker_row b = { .name = "b1", .cpus = 2000, .zone = "b", .region = "eu" };
	int64_t j;

	up(l, a);
	up(l, b);
	is_str(worker_of(l, ASK(l, .constraints = "ssd")), "a1", "a label");
	is_str(worker_of(l, ASK(l, .constraints = "zone=b&!ssd")), "b1", "a zone, and no label");
	is_str(worker_of(l, ASK(l, .on_workers = "b*")), "b1", "by name");
	is_str(worker_of(l, ASK(l, .not_workers = "b1,c1")), "a1", "not by name");
	j = ASK(l, .on_workers = "a1");
	is_job(l, j, "queued Resources", "it is full");
	lab_exit(l, 2, 0);
	is_job(l, j, "queued Resources", "and room elsewhere does not help");
	is_int(ASK(l, .constraints = "gold"), 0, "what is true of nobody");
	is_str(refusal(l), "there is no worker as it must be (gold)", "is refused");
	is_int(ASK(l, .constraints = "ssd", .cpus = 3000), 0, "more than those have of whom it is");
	is_str(refusal(l), "asks for 3 cpus, the largest worker has 2", "is refused");
	j = ASK(l, .constraints = "ssd");
	a.labels = NULL;
	lab_worker_down(l, "a1");
	is_job(l, j, "queued WorkersUnavailable", "it may come back");
	up(l, a);
	is_job(l, 1, "queued WorkerConstraint", "it came back as another");
	b.labels = "{\"ssd\":\"1\"}";
	lab_worker_down(l, "b1");
	up(l, b);
	is_job(l, 1, "scheduled", "and so did the other");
	lab_free(l);
}

static void test_preferences(void)
{
	struct lab *l = lab_new(NULL);

	up(l, (struct worker_row){ .name = "w1", .cpus = 2000 });
	up(l, (struct worker_row){ .name = "w2", .cpus = 8000, .zone = "b" });
	is_str(worker_of(l, ASK(l, .cpus = 1000)), "w1", "packed");
	is_str(worker_of(l, ASK(l, .prefer = "zone=b")), "w2", "preferred");
	is_str(worker_of(l, ASK(l, .prefer = "zone=b", .cpus = 7000)), "w2", "preferred");
	is_str(worker_of(l, ASK(l, .prefer = "zone=b")), "w1", "no room there: elsewhere");
	lab_free(l);
}

static void test_exclusive(void)
{
	struct lab *l = lab_new(NULL);
	int64_t a, b, c;

	up(l, (struct worker_row){ .name = "w1", .cpus = 8000 });
	a = ASK(l, .time_limit = 1000000);
	b = ASK(l, .exclusive = 1, .time_limit = 1000000);
	c = ASK(l, .time_limit = 2000000);
	is_job(l, b, "queued Resources", "somebody is there");
	is_job(l, c, "queued Reserved", "and nobody comes who would be in its way");
	lab_exit(l, a, 0);
	is_job(l, b, "scheduled", "alone");
	is_job(l, c, "queued Resources", "whatever is free");
	lab_exit(l, b, 0);
	is_job(l, c, "scheduled", "it is over");
	lab_free(l);
}

static void test_spread(void)
{
	struct core_conf conf = { .policy = POLICY_FIFO, .epoch = 1, .max_requeues = 5,
		.reservations = 1, .reserve_after = 600000, .placement = PLACE_SPREAD };
	struct lab *l = lab_new(&conf);

	up(l, (struct worker_row){ .name = "w1", .cpus = 3000 });
	up(l, (struct worker_row){ .name = "w2", .cpus = 4000 });
	is_str(worker_of(l, ASK(l, .cpus = 1000)), "w2", "most is free there");
	is_str(worker_of(l, ASK(l, .cpus = 1000)), "w1", "as much: by name");
	is_str(worker_of(l, ASK(l, .cpus = 1000)), "w2", "in turns");
	is_str(worker_of(l, ASK(l, .cpus = 2000)), "w1", "one has room");
	is_job(l, ASK(l, .cpus = 3000), "queued Resources", "none has");
	conf.placement = PLACE_PACK;
	core_configure(l->core, &conf);
	lab_exit(l, 2, 0);
	is_str(worker_of(l, ASK(l, .cpus = 500)), "w1", "packed from now on");
	lab_free(l);
}

/* A promise counts all that was asked for. */
static void test_reserved(void)
{
	struct lab *l = lab_new(NULL);
	int64_t head, late, early;

	up(l, (struct worker_row){ .name = "w1", .cpus = 8000, .named = "fpga=3" });
	(void)ASK(l, .named = "fpga=1", .time_limit = 100000);
	head = ASK(l, .named = "fpga=3", .time_limit = 100000);
	late = ASK(l, .named = "fpga=1", .time_limit = 200000);
	early = ASK(l, .named = "fpga=1", .time_limit = 50000);
	is_job(l, head, "queued Resources", "not all are free");
	is_job(l, late, "queued Reserved", "it would delay the first");
	is_job(l, early, "scheduled", "it does not");
	lab_free(l);
}

/* More names than there are places for: those that nobody has any more give way. */
static void test_many_names(void)
{
	struct lab *l = lab_new(NULL);
	char name[16];
	int i, ran = 0;

	for (i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "r%d=2", i);
		up(l, (struct worker_row){ .name = "w1", .cpus = 8000,
		    .named = arena_strdup(l->arena, name) });
		ran += ASK(l, .named = arena_strdup(l->arena, name)) > 0 &&
		    strcmp(lab_where(l, i + 1), "scheduled") == 0;
		lab_exit(l, i + 1, 0);
	}
	is_int(ran, 100, "each was known when it was there");
	lab_free(l);
}

int main(void)
{
	test_named();
	test_never();
	test_restart();
	test_gpus();
	test_tokens();
	test_tokens_planned();
	test_constraints();
	test_preferences();
	test_exclusive();
	test_spread();
	test_reserved();
	test_many_names();
	return tap_done();
}
