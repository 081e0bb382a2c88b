/*
 * Random histories: everything at once, with faults, lag, crashes and jumping
 * clocks, each watched step by step and followed to its end.  SIM_STEPS=N runs N
 * steps in all instead of the short form, SIM_SEED=N begins with that seed.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "coresim.h"

#define SHORT 60000
#define HISTORY 1200

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

int main(void)
{
	size_t left = number("SIM_STEPS", SHORT), starts = 0, ahead = 0, crashes = 0, ended = 0;
	uint64_t seed = number("SIM_SEED", 1), first = seed, bad = 0;

	for (; left > 0 && bad < 5; seed++) {
		struct sim_conf conf = kind(seed);
		struct sim *s;

		if (conf.steps > left)
			conf.steps = left;
		left -= conf.steps;
		s = sim_run(&conf);
		if (s->error[0] != '\0') {
			ok(false, "seed %" PRIu64 " %s", seed, s->error);
			bad++;
		}
		starts += s->starts;
		ahead += s->ahead;
		crashes += s->crashes;
		ended += s->ended;
		sim_free(s);
	}
	ok(bad == 0, "seeds %" PRIu64 " to %" PRIu64 ": %zu jobs ended, %zu started, %zu crashes",
	    first, seed - 1, ended, starts, crashes);
	ok(ahead > 0, "%zu ordered ahead", ahead);
	ok(starts > ended / 3 && (crashes > 0 || first == seed - 1), "and much was done");
	return tap_done();
}
