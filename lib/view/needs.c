/*
 * needs: what of a job's demands a worker does not meet, in words.
 */
#include "view/needs.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/amounts.h"
#include "base/num.h"
#include "core/labels.h"

static void format_milli(int64_t v, char *out, size_t size)
{
	size_t n = (size_t)snprintf(out, size, "%" PRId64 ".%03d", v / 1000, (int)(v % 1000));

	while (out[n - 1] == '0')
		out[--n] = '\0';
	if (out[n - 1] == '.')
		out[n - 1] = '\0';
}

static void format_mib(int64_t v, char *out, size_t size)
{
	size_format((uint64_t)v << 20, out, size);
	if (v == 0)
		snprintf(out, size, "0");
}

static void format_count(int64_t v, char *out, size_t size)
{
	snprintf(out, size, "%" PRId64, v);
}

void needs_of(const struct job_row *j, const struct worker_row *w, struct needs *needs)
{
	const struct need fixed[] = {
		{ "cpus", 4, j->cpus, w->free_cpus, w->cpus, format_milli },
		{ "memory", 6, j->mem, w->free_mem, w->mem, format_mib },
		{ "disk", 4, j->disk, w->free_disk, w->disk, format_mib },
		{ "gpus", 4, j->gpus, w->free_gpus, w->gpus, format_count },
		{ "Mbit/s", 6, j->bw, w->free_bw, w->bw, format_count },
	};
	const char *at = j->named;
	struct amount a;

	memcpy(needs->list, fixed, sizeof(fixed));
	needs->n = sizeof(fixed) / sizeof(fixed[0]);
	while (needs->n < NEEDS_MAX && amounts_next(&at, &a))
		needs->list[needs->n++] = (struct need){ a.name, (int)a.len, a.n,
		    amounts_of(w->free_named, a.name, a.len),
		    amounts_of(w->named, a.name, a.len), format_count };
}

/* "4 cpus wanted, 2 free of 8; ..." for the dimensions that lack; of_all: even when idle. */
static bool lacking(const struct needs *needs, bool of_all, char *text, size_t size)
{
	size_t at = 0;

	text[0] = '\0';
	for (size_t i = 0; i < needs->n && at < size; i++) {
		const struct need *x = &needs->list[i];
		char want[32], free[32], total[32];

		if (x->want <= (of_all ? x->total : x->free))
			continue;
		x->format(x->want, want, sizeof(want));
		x->format(x->free, free, sizeof(free));
		x->format(x->total, total, sizeof(total));
		at += (size_t)snprintf(text + at, size - at, "%s%.*s: %s wanted, %s%s%s",
		    at ? "; " : "", x->len, x->name, want, of_all ? total : free,
		    of_all ? " in all" : " free of ", of_all ? "" : total);
	}
	return at > 0;
}

/* What of the job's own words keeps it off the worker; false: nothing. */
bool needs_kept_off(const struct job_row *j, const struct worker_row *w, char *text,
    size_t size)
{
	struct labels l = labels_of(w);

	if (j->on_workers != NULL && !name_list_has(j->on_workers, w->name))
		snprintf(text, size, "it is none of %s", j->on_workers);
	else if (j->not_workers != NULL && name_list_has(j->not_workers, w->name))
		snprintf(text, size, "it is one of %s, which are excluded", j->not_workers);
	else if (j->gpu_type != NULL && (w->gpu_type == NULL ||
	    strcmp(j->gpu_type, w->gpu_type) != 0))
		snprintf(text, size, "gpus of type %s wanted, it has %s", j->gpu_type,
		    w->gpu_type != NULL ? w->gpu_type : "none of a known type");
	else if (j->constraints != NULL && !label_expr_true(j->constraints, &l))
		snprintf(text, size, "%s is not true of it", j->constraints);
	else
		return false;
	return true;
}

bool needs_never(const struct job_row *j, const struct worker_row *w, char *text, size_t size)
{
	struct needs needs;

	needs_of(j, w, &needs);
	return needs_kept_off(j, w, text, size) || lacking(&needs, true, text, size);
}

bool needs_busy(const struct job_row *j, const struct worker_row *w, char *text, size_t size)
{
	struct needs needs;

	needs_of(j, w, &needs);
	if (lacking(&needs, false, text, size))
		return true;
	if (!j->exclusive || w->running == 0)
		return false;
	snprintf(text, size, "it is to have it to itself, and %" PRId64 " %s there", w->running,
	    w->running == 1 ? "runs" : "run");
	return true;
}
