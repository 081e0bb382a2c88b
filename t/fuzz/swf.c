/*
 * Traces of any bytes: what is taken has names and numbers in their bounds and stays
 * in order, what is not has a text that begins with the place.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/swf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int cond, const char *what)
{
	if (cond)
		return;
	fprintf(stderr, "fuzz: %s\n", what);
	abort();
}

static void look_at(struct work *w)
{
	size_t i, all = w->n;

	work_settle(w);
	must(w->n + w->no_run + w->no_cpus + w->no_submit == all, "a job that is not counted");
	for (i = 0; i < w->n; i++) {
		const struct work_job *j = &w->jobs[i];

		must(j->run > 0 && j->cpus > 0 && j->submit >= 0 && j->limit > 0, "a job");
		must(i == 0 || j[-1].submit <= j->submit, "the order");
		must(j->user == NULL || j->user[0] == 'u', "a name");
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct work w;
	struct err e;

	err_clear(&e);
	work_init(&w);
	if (swf_read(&w, "f", (const char *)data, size, &e) == 0)
		look_at(&w);
	else
		must(e.code == ERR_DATA && strncmp(e.text, "f:", 2) == 0, "no place");
	work_release(&w);
	return 0;
}
