/*
 * again: what changes for a job before it is tried again.
 *
 * More memory where it ran out of it, and a halt where one worker after the other is
 * lost under it: that may well be its own doing.
 */
#include <stdlib.h>
#include <string.h>

#include "base/growth.h"
#include "base/text.h"
#include "core/again.h"
#include "core/given.h"

#define CRASHES_MAX 3		/* workers on which it may be lost before it is held */

/* How many words; whether `name` is one of them. */
static size_t words_count(const char *list, const char *name, bool *there)
{
	size_t n = 0, len;

	for (*there = false; list != NULL && *list != '\0'; list += len) {
		list += strspn(list, " ");
		len = strcspn(list, " ");
		n += len > 0;
		*there = *there || (len == strlen(name) && strncmp(list, name, len) == 0);
	}
	return n;
}

bool again_crashed(struct job *j, const struct exec_end *end)
{
	const char *name = j->worker->name;
	char *list;
	size_t n;
	bool there;

	if (end->cause == END_NEVER)	/* it was not there */
		return false;
	n = words_count(j->crashed_on, name, &there);
	if (!there) {
		list = n > 0 ? xasprintf("%s %s", j->crashed_on, name) : xstrdup(name);
		free(j->crashed_on);
		j->crashed_on = list;
		n++;
	}
	return n >= CRASHES_MAX;
}

void again_forgiven(struct job *j)
{
	free(j->crashed_on);
	j->crashed_on = NULL;
}

/* The memory of the next attempt; no more than now when it may not grow. */
static int64_t grown(const struct job *j, int64_t mem)
{
	struct growth g;
	int64_t more;

	if (j->rule->retry_mem == NULL || growth_parse(j->rule->retry_mem, &g, NULL) == -1)
		return mem;
	more = mem > INT64_MAX / g.factor ? INT64_MAX : mem * g.factor / 1000;
	return g.max > 0 && more > g.max ? g.max : more;
}

bool again_with_memory(struct core *c, struct job *j)
{
	struct job_row row = { .id = 0 }, *edit;
	int64_t mem;
	struct err e;
	struct mut *m;

	job_given(j, &row);
	mem = grown(j, row.mem);
	if (mem <= row.mem)
		return false;
	row.mem = mem;
	if (demand_never(c, &row, &e) == -1) {
		job_detail(j, e.text);
		return false;
	}
	job_regive(c, j, &row);
	edit = arena_alloc(c->turn->arena, sizeof(*edit));
	edit->id = j->id;
	edit->mem = mem;
	m = turn_mut(c->turn, MUT_JOB_EDIT, c->cause);
	m->edit.row = edit;
	m->edit.column = table_column(&table_jobs, "memory_gb");
	return true;
}
