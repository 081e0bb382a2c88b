/*
 * Random histories: everything at once, with faults, lag, crashes and jumping
 * clocks, each watched step by step and followed to its end.  By the environment:
 *
 *	SIM_EVENTS=N	so many events in all instead of the short form
 *	SIM_SEED=N	begins with that seed
 *	SIM_SHRINK=no	says that one failed, and no more
 *
 * One that fails is shrunk, and printed as what to set to see it again, turn by turn:
 *
 *	SIM_KEEP=N,N...	only these steps of the one seed
 *	SIM_OFF=W,W...	without jumps, crashes, faults or lag
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "coresim.h"

#define SHORT 30000
#define HISTORY 1200

struct sum {
	size_t events, starts, ahead, crashes, ended, bad, histories;
};

static size_t number(const char *name, size_t otherwise)
{
	const char *s = getenv(name);

	return s != NULL ? (size_t)strtoull(s, NULL, 10) : otherwise;
}

static struct sim_conf kind(uint64_t seed)
{
	return (struct sim_conf){
		.seed = seed, .steps = HISTORY,
		.faults = seed % 8 != 0,
		.lag = seed % 3 != 0,
		.crashes = seed % 4 != 1,
		.jumps = seed % 5 == 0,
		.cascade = seed % 7 == 0 ? 2 : 1000,
		.ahead = (int64_t)(seed % 6 / 2),
	};
}

/* ---- one that fails */

static void print_shrunk(const struct sim_shrunk *h, const struct sim_conf *whole)
{
	const struct { const char *name; bool was, is; } kinds[] = {
		{ "jumps", whole->jumps, h->conf.jumps },
		{ "crashes", whole->crashes, h->conf.crashes },
		{ "faults", whole->faults, h->conf.faults }, { "lag", whole->lag, h->conf.lag },
	};
	struct buf b;
	size_t i;

	buf_init(&b, 1 << 20);
	(void)buf_addf(&b, "SIM_SEED=%" PRIu64 " SIM_OFF=none", h->conf.seed);
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].was && !kinds[i].is)
			(void)buf_addf(&b, ",%s", kinds[i].name);
	(void)buf_adds(&b, " SIM_KEEP=");
	for (i = 0; i < h->conf.steps; i++)
		if (!h->skip[i])
			(void)buf_addf(&b, "%zu,", i);
	fprintf(stderr, "# shrunk to %zu of %zu steps (%zu runs): %s\n# again: %s %s\n", h->left,
	    whole->steps, h->runs, h->error, b.data, "build/t/unit/core_random");
	buf_release(&b);
}

static void on_failure(struct sum *sum, const struct sim_conf *conf, const char *error)
{
	struct sim_shrunk h;

	ok(false, "seed %" PRIu64 " %s", conf->seed, error);
	sum->bad++;
	if (getenv("SIM_SHRINK") != NULL)
		return;
	if (sim_shrink(&h, conf))
		print_shrunk(&h, conf);
	sim_shrunk_release(&h);
}

static void run(struct sum *sum, const struct sim_conf *conf)
{
	struct sim *s = sim_run(conf);

	if (s->error[0] != '\0' && conf->tell)
		ok(false, "seed %" PRIu64 " %s", conf->seed, s->error);
	else if (s->error[0] != '\0')
		on_failure(sum, conf, s->error);
	sum->events += s->events;
	sum->starts += s->starts;
	sum->ahead += s->ahead;
	sum->crashes += s->crashes;
	sum->ended += s->ended;
	sum->histories++;
	sim_free(s);
}

/* ---- one that is looked at */

static void look_again(const char *keep, const char *off)
{
	struct sim_conf conf = kind(number("SIM_SEED", 1));
	bool skip[HISTORY];
	struct sum sum = { 0 };
	char *end;

	memset(skip, true, sizeof(skip));
	for (; *keep != '\0'; keep = *end == ',' ? end + 1 : end) {
		size_t step = strtoull(keep, &end, 10);

		if (end == keep || step >= HISTORY)
			break;
		skip[step] = false;
		conf.steps = step + 1;
	}
	conf.skip = skip;
	conf.tell = true;
	conf.jumps &= strstr(off, "jumps") == NULL;
	conf.crashes &= strstr(off, "crashes") == NULL;
	conf.faults &= strstr(off, "faults") == NULL;
	conf.lag &= strstr(off, "lag") == NULL;
	run(&sum, &conf);
	ok(sum.events > 0, "it was looked at");
}

/* ---- shrinking */

/* Any history fails when what fails is a step that it has. */
static void test_shrinking(void)
{
	struct sim_conf conf = kind(3);
	struct sim_shrunk h;

	conf.broken = 700;
	ok(sim_shrink(&h, &conf), "a history that is bound to fail");
	ok(h.left == 1 && !h.skip[700], "is shrunk to the step that breaks it");
	ok(!h.conf.faults && !h.conf.lag && !h.conf.crashes, "without other faults");
	ok(h.runs < 100, "in %zu runs", h.runs);
	sim_shrunk_release(&h);
	conf.broken = 0;
	ok(!sim_shrink(&h, &conf), "one that holds cannot be shrunk");
	sim_shrunk_release(&h);
}

int main(void)
{
	size_t want = number("SIM_EVENTS", SHORT);
	uint64_t first = number("SIM_SEED", 1), seed = first;
	const char *keep = getenv("SIM_KEEP"), *off = getenv("SIM_OFF");
	struct sum sum = { 0 };

	if (keep != NULL) {
		look_again(keep, off != NULL ? off : "");
		return tap_done();
	}
	if (want == SHORT)
		test_shrinking();
	for (; sum.events < want && sum.bad == 0; seed++) {
		struct sim_conf conf = kind(seed);

		run(&sum, &conf);
	}
	ok(sum.bad == 0, "%zu events, seeds %" PRIu64 " to %" PRIu64 ": %zu jobs ended, "
	    "%zu started, %zu ahead, %zu crashes", sum.events, first, seed - 1, sum.ended,
	    sum.starts, sum.ahead, sum.crashes);
	ok(sum.histories < 8 || (sum.starts > sum.ended / 3 && sum.crashes > 0 && sum.ahead > 0),
	    "and much was done");
	return tap_done();
}
