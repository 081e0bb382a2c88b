/*
 * record: gathers a job, its executions and dependencies through a view.
 *
 * The view is held meanwhile.  To one who is served each part is read for itself, so
 * a record may show a job that moves on between two of them; the job's own row is read
 * first and never newer than the rest.
 */
#include "view/record.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "logs/logfile.h"
#include "view/rows.h"

struct gather {			/* rows of one kind, growing in plain memory */
	struct arena *arena;
	const struct table *table;
	char *rows;
	size_t n, cap;
};

static int gather_row(void *arg, const void *row)
{
	struct gather *g = arg;

	if (g->n == g->cap) {
		g->cap = g->cap ? g->cap * 2 : 8;
		g->rows = xreallocarray(g->rows, g->cap, g->table->size);
	}
	memcpy(g->rows + g->n++ * g->table->size, row_keep(g->arena, g->table, row),
	    g->table->size);
	return 0;
}

typedef int (*list_fn)(struct view *v, int64_t job, row_fn fn, void *arg, struct err *e);

static int gather_list(struct view *v, struct record *r, const struct table *t, list_fn list,
    void **rows, size_t *n, struct err *e)
{
	struct gather g = { .arena = r->arena, .table = t };
	int rc = list(v, r->job->id, gather_row, &g, e);

	if (rc == 0 && g.n > 0)
		*rows = arena_memdup(r->arena, g.rows, g.n * t->size);
	*n = g.n;
	free(g.rows);
	return rc;
}

static int load_parents(struct view *v, struct record *r, struct err *e)
{
	struct job_row parent;

	r->parents = arena_alloc(r->arena, (r->ndeps + 1) * sizeof(*r->parents));
	for (size_t i = 0; i < r->ndeps; i++) {
		int rc = view_job(v, r->deps[i].parent_id, &parent, e);

		if (rc < 0)
			return -1;
		r->parents[i] = rc > 0 ? parent.status : -1;
	}
	return 0;
}

static int load(struct view *v, int64_t id, unsigned parts, struct record *r, struct err *e)
{
	struct job_row row;
	void *rows[3] = { NULL };
	int rc = view_job(v, id, &row, e);
	if (rc <= 0)
		return rc;
	r->arena = arena_new();
	r->job = row_keep(r->arena, &table_jobs, &row);
	if ((parts & RECORD_EXECS) && r->job->executions > 0 && gather_list(v, r,
	    &table_executions, view_execs, &rows[0], &r->nexecs, e) < 0)
		return -1;
	if ((parts & RECORD_DEPS) && gather_list(v, r, &table_dependencies, view_deps, &rows[1],
	    &r->ndeps, e) < 0)
		return -1;
	if ((parts & RECORD_DEPENDENTS) && gather_list(v, r, &table_dependencies,
	    view_dependents, &rows[2], &r->ndependents, e) < 0)
		return -1;
	r->execs = rows[0];
	r->deps = rows[1];
	r->dependents = rows[2];
	return (parts & RECORD_DEPS) && load_parents(v, r, e) < 0 ? -1 : 1;
}

int record_load(struct view *v, int64_t id, unsigned parts, struct record *r, struct err *e)
{
	int rc;

	memset(r, 0, sizeof(*r));
	if (view_hold(v, e) < 0)
		return -1;
	rc = load(v, id, parts, r, e);
	view_let_go(v);
	return rc;
}

void record_release(struct record *r)
{
	arena_free(r->arena);
	memset(r, 0, sizeof(*r));
}

void record_log_path(const struct view *v, const struct view_output *o, struct buf *path)
{
	const char *name = logfile_name(o->stream);
	const struct spool *s = view_spool(v);
	char dir[SPOOL_NAME_MAX], *plain, *gz;

	spool_log_name(o->job->created_at, o->job->id, o->execution, dir);
	plain = xasprintf("%s/%s", dir, name ? name : o->stream);
	gz = xasprintf("%s.gz", plain);
	/* Who may not look into the tree is told the name that it has at first. */
	buf_addf(path, "%s/%s", s->path, faccessat(s->fd, plain, F_OK, 0) == -1 &&
	    faccessat(s->fd, gz, F_OK, 0) == 0 ? gz : plain);
	free(plain);
	free(gz);
}
