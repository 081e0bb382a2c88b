/*
 * The same events at the same times give the same turns, to the byte: that is what
 * makes a recorded history a proof.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "coresim.h"

static void test_whole_histories(void)
{
	uint64_t seed, same = 0, different = 0, last = 0;

	for (seed = 1; seed <= 8; seed++) {
		struct sim_conf conf = { .seed = seed, .steps = 800, .faults = true,
		    .lag = seed % 2 == 0, .crashes = seed % 3 == 0, .jumps = true, .cascade = 50 };
		struct sim *a = sim_run(&conf), *b = sim_run(&conf);

		is_str(a->error, "", "seed %" PRIu64, seed);
		same += a->hash == b->hash;
		different += a->hash != last;
		last = a->hash;
		sim_free(a);
		sim_free(b);
	}
	is_int(same, 8, "each history run twice gives the same turns");
	is_int(different, 8, "and no two of them the same");
}

/* Runs a life of a few jobs; all that the turns said, as text. */
static char *life(void)
{
	struct lab *l = lab_new(NULL);
	struct job_request *r;
	struct buf text;
	int64_t job;
	int i;

	buf_init(&text, 1 << 24);
	for (i = 0; i < 12; i++) {
		r = lab_job(l);
		r->row.priority = 100 * (i % 3);
		r->row.max_retries = 1;
		if (i > 3)
			lab_dep(l, r, (enum dep_type)(i % 3), i - 2);
		lab_submit(l, r);
		turn_text(l->turn, &text);
	}
	lab_worker(l, "w1", 3000);
	turn_text(l->turn, &text);
	for (job = 1; job <= 12; job++) {
		if (strcmp(lab_where(l, job), "scheduled") == 0)
			lab_exit(l, job, job % 4 == 0);
		lab_pass(l, 30000);
		turn_text(l->turn, &text);
	}
	lab_restart(l);
	turn_text(l->turn, &text);
	lab_free(l);
	return buf_steal(&text);
}

static void test_text(void)
{
	char *a = life(), *b;
	void *other = malloc(100000);	/* so that the second one lies elsewhere */

	b = life();
	is_str(a, b, "every row and every effect of a life, word by word");
	ok(strlen(a) > 5000, "which are many");
	free(other);
	free(a);
	free(b);
}

int main(void)
{
	test_whole_histories();
	test_text();
	return tap_done();
}
