/* simulate: instants, ends, limits, what is refused and what would wait for ever. */
#include <string.h>

#include "sim/simulate.h"
#include "tap.h"

static const struct core_conf fifo = { .policy = POLICY_FIFO, .epoch = 1, .reservations = 1,
    .reserve_after = 600000, .cascade = 1000, .max_queued = INT64_MAX };

struct small {
	struct work work;
	struct machine machine;
	struct sim_result result;
	struct err err;
};

static void begin(struct small *s, int64_t cpus)
{
	memset(s, 0, sizeof(*s));
	work_init(&s->work);
	machine_add(&s->machine, "m", cpus * 1000);
}

static struct work_job *add(struct small *s, int64_t submit, int64_t run, int64_t cpus)
{
	struct work_job *j = work_add(&s->work);

	j->submit = submit * 1000;
	j->run = run * 1000;
	j->cpus = cpus * 1000;
	return j;
}

static int run(struct small *s)
{
	sim_result_release(&s->result);
	err_clear(&s->err);
	return simulate(&s->work, &s->machine, &fifo, &s->result, &s->err);
}

static void end(struct small *s)
{
	sim_result_release(&s->result);
	machine_release(&s->machine);
	work_release(&s->work);
}

/* "start-end" of a job, in seconds. */
static void is_fate(const struct small *s, size_t job, int64_t start, int64_t last)
{
	is_int(s->result.fates[job].start, start * 1000, "job %zu starts", job);
	is_int(s->result.fates[job].end, last * 1000, "job %zu ends", job);
}

static void test_instants(void)
{
	struct small s;

	begin(&s, 4);
	add(&s, 0, 10, 4);
	add(&s, 0, 5, 2);
	add(&s, 3, 7, 2);
	add(&s, 10, 1, 4);	/* submitted when the first ends: behind those that wait */
	is_int(run(&s), 0, "four jobs");
	is_fate(&s, 0, 0, 10);
	is_fate(&s, 1, 10, 15);
	is_fate(&s, 2, 10, 17);
	is_fate(&s, 3, 17, 18);
	ok(s.result.turns > 0 && s.result.events == 8 && s.result.muts > 12, "by way of the core");
	end(&s);
}

static void test_limits(void)
{
	struct small s;

	begin(&s, 1);
	add(&s, 5, 10, 1)->limit = 4000;
	add(&s, 5, 10, 1)->limit = 10000;
	is_int(run(&s), 0, "two jobs");
	is_fate(&s, 0, 5, 9);	/* ended at its limit */
	is_fate(&s, 1, 9, 19);
	end(&s);
}

static void test_refused(void)
{
	struct small s;

	begin(&s, 2);
	add(&s, 0, 1, 3);
	add(&s, 0, 1, 2);
	add(&s, 0, 1, 1)->gpus = 1;
	is_int(run(&s), 0, "two that are too large");
	is_int(s.result.refused, 2, "are refused");
	is_fate(&s, 1, 0, 1);
	ok(s.result.fates[0].start == -1 && s.result.fates[2].start == -1, "and never start");
	end(&s);
}

/* A job runs on one worker: two halves are no whole. */
static void test_workers(void)
{
	struct small s;

	begin(&s, 2);
	machine_add(&s.machine, "n", 3000)->mem = 100;
	add(&s, 0, 10, 2)->mem = 200;
	add(&s, 0, 10, 2)->mem = 200;
	add(&s, 0, 10, 3);
	is_int(run(&s), 0, "two workers");
	is_fate(&s, 0, 0, 10);
	is_fate(&s, 1, 10, 20);
	is_fate(&s, 2, 0, 10);
	end(&s);
}

/* In 1970 and in our days, and with a fraction of a second. */
static void test_epoch(void)
{
	struct small s;

	begin(&s, 1);
	add(&s, 1764000000, 10, 1)->submit += 250;
	add(&s, 1764000001, 10, 1);
	is_int(run(&s), 0, "in our days");
	is_int(s.result.fates[1].start, INT64_C(1764000010250), "to the millisecond");
	end(&s);
	begin(&s, 1);
	is_int(run(&s), 0, "no job at all");
	end(&s);
}

/* More jobs than one turn's arena serves, many at one instant. */
static void test_many(void)
{
	struct small s;
	size_t i, wrong = 0;

	begin(&s, 1);
	for (i = 0; i < 3000; i++)
		add(&s, (int64_t)(i / 100), 2, 1);
	is_int(run(&s), 0, "3000 jobs");
	for (i = 0; i < 3000; i++)
		wrong += s.result.fates[i].start != (int64_t)i * 2000;
	is_int(wrong, 0, "one behind the other");
	end(&s);
}

int main(void)
{
	test_instants();
	test_limits();
	test_refused();
	test_workers();
	test_epoch();
	test_many();
	return tap_done();
}
