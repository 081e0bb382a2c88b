/*
 * family: a walk down the dependencies, generation by generation.
 *
 * A job that is reached by several ways stands in the list once, where it was found
 * last, since its end must come before that of every one it depends on.
 */
#include "view/family.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"

struct family {
	struct view *view;
	int64_t *ids;		/* 0: it was found again further on */
	size_t n, cap, kept;
	struct map *places;	/* place + 1 by id */
	struct err *e;
};

static int found(struct family *f, int64_t id)
{
	uintptr_t place = (uintptr_t)map_get(f->places, (uint64_t)id);

	if (place != 0)
		f->ids[place - 1] = 0;
	else if (++f->kept > FAMILY_MAX)
		return err_set(f->e, ERR_DATA, "more than %d jobs depend on these", FAMILY_MAX);
	if (f->n == f->cap) {
		f->cap = f->cap != 0 ? f->cap * 2 : 64;
		f->ids = xreallocarray(f->ids, f->cap, sizeof(*f->ids));
	}
	f->ids[f->n++] = id;
	map_put(f->places, (uint64_t)id, (void *)(uintptr_t)f->n);
	return 0;
}

static int dependent(void *arg, const void *row)
{
	return found(arg, ((const struct dep_row *)row)->job_id);
}

static int name_id(struct family *f, const char *name, int64_t *id)
{
	struct uuid u;

	if (uuid_parse(name, &u) == 0)
		return view_uuid(f->view, &u, id, f->e);
	*id = strtoll(name, NULL, 10);
	return 1;
}

/* All generations; the named ones stand in front. */
static int walk(struct family *f, const struct targets *t)
{
	int64_t id;
	int r = 0;

	for (size_t i = 0; i < t->n && r == 0; i++) {
		r = name_id(f, t->names[i], &id);
		r = r == 1 ? found(f, id) : r;
	}
	f->e->code = ERR_NONE;
	for (size_t i = 0; i < f->n && r == 0; i++) {
		if (f->ids[i] != 0)
			r = view_dependents(f->view, f->ids[i], dependent, f, f->e);
		/* One that stopped the walk said why. */
		if (r == 0 && f->e->code != ERR_NONE)
			r = -1;
	}
	return r;
}

static bool lives(struct family *f, int64_t id)
{
	struct job_row row;

	return view_job(f->view, id, &row, NULL) == 1 &&
	    !job_status_terminal((enum job_status)row.status);
}

static bool is_named(const struct targets *t, const char *id)
{
	for (size_t i = 0; i < t->n; i++) {
		if (strcmp(t->names[i], id) == 0)
			return true;
	}
	return false;
}

int family_add(struct targets *t, const struct spool *s, struct err *e)
{
	struct family f = { .view = view_open(s, e), .places = map_new(), .e = e };
	struct targets all = { .unknown = t->unknown, .nunknown = t->nunknown };
	char id[24];
	int r = f.view != NULL ? walk(&f, t) : -1;

	for (size_t i = f.n; i > 0 && r == 0; i--) {
		snprintf(id, sizeof(id), "%" PRId64, f.ids[i - 1]);
		if (f.ids[i - 1] != 0 && !is_named(t, id) && lives(&f, f.ids[i - 1]))
			targets_add(&all, id);
	}
	for (size_t i = 0; i < t->n && r == 0; i++)
		targets_add(&all, t->names[i]);
	if (r == 0) {
		t->unknown = NULL;
		t->nunknown = 0;
		targets_release(t);
		*t = all;
	}
	free(f.ids);
	map_free(f.places);
	view_close(f.view);
	return r;
}
