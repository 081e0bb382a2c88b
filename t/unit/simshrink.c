/*
 * simshrink: the smallest history that still fails.
 *
 * First what can go wrong by itself is switched off, kind by kind; then steps are left
 * out, in pieces that get smaller (what a step draws depends on its number alone).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coresim.h"

/* Notes the error, if there is one. */
static bool fails(struct sim_shrunk *h)
{
	struct sim *s = sim_run(&h->conf);
	bool bad = s->error[0] != '\0';

	if (bad)
		snprintf(h->error, sizeof(h->error), "%s", s->error);
	if (bad && s->stepped < h->conf.steps)
		h->conf.steps = s->stepped + 1;
	sim_free(s);
	h->runs++;
	return bad;
}

static void switch_off(struct sim_shrunk *h)
{
	bool *const kinds[] = { &h->conf.jumps, &h->conf.crashes, &h->conf.faults, &h->conf.lag };
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		bool was = *kinds[i];

		*kinds[i] = false;
		if (was && !fails(h))
			*kinds[i] = was;
	}
}

/* Leaves out what it can of the steps from `at` on: true when that fails, too. */
static bool leave_out(struct sim_shrunk *h, size_t at, size_t n)
{
	bool *before = xmemdup(h->skip + at, n);
	bool fewer = false;
	size_t i;

	for (i = 0; i < n; i++) {
		fewer = fewer || !h->skip[at + i];
		h->skip[at + i] = true;
	}
	fewer = fewer && fails(h);
	if (!fewer)
		memcpy(h->skip + at, before, n);
	free(before);
	return fewer;
}

bool sim_shrink(struct sim_shrunk *h, const struct sim_conf *conf)
{
	size_t piece, at;
	bool fewer;

	memset(h, 0, sizeof(*h));
	h->conf = *conf;
	h->skip = xcalloc(conf->steps, sizeof(*h->skip));
	h->conf.skip = h->skip;
	if (!fails(h))
		return false;
	switch_off(h);
	for (piece = h->conf.steps / 2; piece > 0; piece = fewer ? piece : piece / 2) {
		fewer = false;
		for (at = 0; at < h->conf.steps; at += piece)
			fewer |= leave_out(h, at, at + piece > h->conf.steps ?
			    h->conf.steps - at : piece);
		if (piece > 1)
			fewer = false;	/* only single steps are tried until nothing helps */
	}
	for (at = 0; at < h->conf.steps; at++)
		h->left += !h->skip[at];
	return true;
}

void sim_shrunk_release(struct sim_shrunk *h)
{
	free(h->skip);
}
