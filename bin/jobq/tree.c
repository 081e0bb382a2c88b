/*
 * tree: the jobs with what depends on them, drawn.
 *
 * A job stands below the first job that it depends on, once; below the others a line
 * only refers to it.  Dependencies have no cycles: a job can depend on older ones
 * only.  The jobs that were asked for are the roots, unless one stands below another.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "jobq.h"
#include "view/rows.h"

#define INDENT_MAX 40		/* levels; what is deeper is drawn below the last one */
#define DRAWING_BYTES 1024

struct edge {
	size_t child;
	int64_t type;
};

struct node {
	const struct job_row *row;
	struct edge *children;
	size_t n, cap;
	bool below, drawn;		/* it has a parent here; it has its line */
};

struct tree {
	struct jobq *q;
	struct view *v;
	struct node *nodes;
	size_t n, cap;
	struct map *places;		/* id -> its place + 1 */
	struct dep_row *deps;		/* of the node at hand */
	size_t ndeps;
	const char *tee, *corner, *bar;
};

/* ---- gathering */

static size_t place_of(const struct tree *t, int64_t id)
{
	return (size_t)(uintptr_t)map_get(t->places, (uint64_t)id);
}

static void add_node(struct tree *t, const struct job_row *row)
{
	if (t->n == t->cap) {
		t->cap = t->cap ? t->cap * 2 : 64;
		t->nodes = xreallocarray(t->nodes, t->cap, sizeof(*t->nodes));
	}
	t->nodes[t->n++] = (struct node){ .row = row };
	map_put(t->places, (uint64_t)row->id, (void *)(uintptr_t)t->n);
}

static int keep_dep(void *arg, const void *row)
{
	struct tree *t = arg;

	t->deps = xreallocarray(t->deps, t->ndeps + 1, sizeof(*t->deps));
	memcpy(&t->deps[t->ndeps++], row, sizeof(*t->deps));
	return 0;
}

static void add_edge(struct tree *t, size_t parent, size_t child, int64_t type)
{
	struct node *p = &t->nodes[parent];

	if (p->n == p->cap) {
		p->cap = p->cap ? p->cap * 2 : 8;
		p->children = xreallocarray(p->children, p->cap, sizeof(*p->children));
	}
	p->children[p->n++] = (struct edge){ child, type };
	t->nodes[child].below = true;
}

/* The dependents of a node; those that are not there yet become nodes, at the end. */
static int expand(struct tree *t, size_t parent, struct err *e)
{
	t->ndeps = 0;
	if (view_dependents(t->v, t->nodes[parent].row->id, keep_dep, t, e) < 0)
		return -1;
	for (size_t i = 0; i < t->ndeps; i++) {
		struct job_row row;
		int r = 1;

		if (place_of(t, t->deps[i].job_id) == 0) {
			r = view_job(t->v, t->deps[i].job_id, &row, e);
			if (r > 0)
				add_node(t, row_keep(t->q->kept_in, &table_jobs, &row));
		}
		if (r < 0)
			return -1;
		if (r > 0)
			add_edge(t, parent, place_of(t, t->deps[i].job_id) - 1, t->deps[i].type);
	}
	return 0;
}

static int gather(struct tree *t, struct err *e)
{
	if (jobq_keep(t->q, t->v, e) < 0)
		return -1;
	for (size_t i = 0; i < t->q->nkept; i++)
		add_node(t, t->q->kept[i]);
	for (size_t i = 0; i < t->n; i++) {
		if (expand(t, i, e) < 0)
			return -1;
	}
	return 0;
}

/* ---- drawing */

/* As jobsub --after has them: the drawing needs the room. */
static const char *word_of(int64_t type)
{
	static const char *const words[] = { [DEP_OK] = "ok", [DEP_NOTOK] = "notok",
	    [DEP_ANY] = "any", [DEP_START] = "start" };

	if (type >= 0 && (size_t)type < sizeof(words) / sizeof(words[0]))
		return words[type];
	return "after";
}

/* What the user's terminal shows, by the variables that setlocale(3) would read. */
static bool shows_utf8(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = getenv(names[i]);

		if (value && *value)
			return strcasestr(value, "UTF-8") || strcasestr(value, "utf8");
	}
	return false;
}

static void put_row(struct tree *t, struct buf *drawing, const char *word, struct node *n)
{
	struct jobq *q = t->q;

	q->shown++;
	buf_addf(drawing, "%s%s%" PRId64, word, *word ? " " : "", n->row->id);
	list_cell(q->rows, drawing->data);
	if (!n->drawn)
		chosen_row(&q->chosen, &q->look.style, n->row, q->rows);
	for (size_t i = 0; i < q->chosen.n && n->drawn; i++)
		list_cell(q->rows, i == 0 ? "(shown above)" : " ");
	n->drawn = true;
}

struct level {			/* a node whose children are being drawn */
	const struct node *node;
	size_t next;		/* child */
	size_t lead;		/* bytes of the drawing in front of them */
};

/* The next child of the innermost level; true when its own children come next. */
static bool draw_child(struct tree *t, struct level *l, struct buf *lead, size_t depth)
{
	const struct edge *edge = &l->node->children[l->next++];
	struct node *child = &t->nodes[edge->child];
	bool last = l->next == l->node->n, again = child->drawn;
	size_t mark;

	buf_truncate(lead, l->lead);
	mark = lead->len;
	buf_adds(lead, last ? t->corner : t->tee);
	put_row(t, lead, word_of(edge->type), child);
	buf_truncate(lead, mark);
	if (depth < INDENT_MAX)
		buf_adds(lead, last ? "   " : t->bar);
	return !again;
}

static void draw_root(struct tree *t, struct node *root)
{
	struct level *levels = NULL;
	size_t depth = 0, room = 0;
	struct buf lead;
	const struct node *down = root;

	buf_init(&lead, DRAWING_BYTES);
	put_row(t, &lead, "", root);
	buf_reset(&lead);
	while (down || depth > 0) {
		if (down && depth == room) {
			room = room ? room * 2 : 16;
			levels = xreallocarray(levels, room, sizeof(*levels));
		}
		if (down)
			levels[depth++] = (struct level){ down, 0, lead.len };

		struct level *l = &levels[depth - 1];

		down = NULL;
		if (l->next == l->node->n)
			depth--;
		else if (draw_child(t, l, &lead, depth))
			down = &t->nodes[l->node->children[l->next - 1].child];
	}
	free(levels);
	buf_release(&lead);
}

static void draw_all(struct tree *t)
{
	struct jobq *q = t->q;
	struct list_column *columns = xcalloc(q->chosen.n + 1, sizeof(*columns));
	bool utf8 = shows_utf8();

	t->tee = utf8 ? "\u251c\u2500 " : "|- ";
	t->corner = utf8 ? "\u2514\u2500 " : "`- ";
	t->bar = utf8 ? "\u2502  " : "|  ";
	columns[0] = (struct list_column){ .title = "JOB" };
	memcpy(columns + 1, q->chosen.columns, q->chosen.n * sizeof(*columns));
	q->rows = list_new(columns, q->chosen.n + 1, &q->list, q->out);
	for (size_t i = 0; i < t->n; i++) {
		if (!t->nodes[i].below)
			draw_root(t, &t->nodes[i]);
	}
	list_end(q->rows);
	list_free(q->rows);
	q->rows = NULL;
	free(columns);
}

int tree_show(struct jobq *q, struct view *v, struct err *e)
{
	struct tree t = { .q = q, .v = v, .places = map_new() };
	int r = gather(&t, e);

	if (r == 0)
		draw_all(&t);
	for (size_t i = 0; i < t.n; i++)
		free(t.nodes[i].children);
	free(t.nodes);
	free(t.deps);
	map_free(t.places);
	return r;
}
