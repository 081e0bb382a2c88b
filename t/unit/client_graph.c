/* Lines that name each other: names, the order in which they are made, circles. */
#include "client/graph.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "client/json.h"
#include "tap.h"

#define LINES_MAX 8
#define LONG 10000

struct file {
	struct graph *graph;
	struct msg **list;
	size_t *lines, *order, n;
};

static void file_init(struct file *f, size_t max)
{
	*f = (struct file){ .graph = graph_new() };
	f->list = xcalloc(max, sizeof(*f->list));
	f->lines = xcalloc(max, sizeof(*f->lines));
	f->order = xcalloc(max, sizeof(*f->order));
}

static void file_release(struct file *f)
{
	for (size_t i = 0; i < f->n; i++)
		msg_free(f->list[i]);
	free(f->list);
	free(f->lines);
	free(f->order);
	graph_free(f->graph);
}

/* The lines begin at the tenth and have an empty one between them. */
static int file_add(struct file *f, const char *text, struct err *e)
{
	f->lines[f->n] = 10 + 2 * f->n;
	graph_line(f->graph, f->lines[f->n]);
	return json_submit_in(f->graph, text, strlen(text), 1795428000000, &f->list[f->n++], e);
}

/* "c:a,b": a line named c that depends on a and b. */
static int file_step(struct file *f, const char *step, struct err *e)
{
	const char *colon = strchr(step, ':');
	char *rest = xstrdup(colon != NULL ? colon + 1 : ""), *at = rest, *name, text[400];
	int n = snprintf(text, sizeof(text), "{\"ref\":\"%.*s\",\"command\":\"x\","
	    "\"dependencies\":[", (int)strcspn(step, ":"), step);
	bool first = true;

	while (colon != NULL && (name = strsep(&at, ",")) != NULL) {
		n += snprintf(text + n, sizeof(text) - (size_t)n, "%s{\"ref\":\"%s\"}",
		    first ? "" : ",", name);
		first = false;
	}
	snprintf(text + n, sizeof(text) - (size_t)n, "]}");
	free(rest);
	return file_add(f, text, e);
}

/* The order as letters, or what is wrong. */
static const char *order_of(const char *const *steps)
{
	static char out[500];
	struct file f;
	struct err e;
	int r = 0;

	file_init(&f, LINES_MAX);
	for (size_t i = 0; r == 0 && steps[i] != NULL; i++)
		r = file_step(&f, steps[i], &e);
	if (r == 0)
		r = graph_order(f.graph, f.list, f.lines, f.n, f.order, &e);
	out[0] = '\0';
	for (size_t i = 0; r == 0 && i < f.n; i++)
		snprintf(out + i, sizeof(out) - i, "%c", steps[f.order[i]][0]);
	if (r == -1)
		snprintf(out, sizeof(out), "%s", e.text);
	file_release(&f);
	return out;
}

#define STEPS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void test_orders(void)
{
	is_str(order_of(STEPS("a", "b", "c")), "abc", "who names nobody stays in place");
	is_str(order_of(STEPS("a", "b:a", "c:b", "d:a")), "abcd", "what is in order, too");
	is_str(order_of(STEPS("a:b", "b:c", "c")), "cba", "backwards");
	is_str(order_of(STEPS("d:b,c", "b:a", "c:a", "a", "e")), "abcde", "a diamond");
	is_str(order_of(STEPS("b:a,a", "a")), "ab", "the same one twice");
}

static void test_wrong(void)
{
	is_str(order_of(STEPS("a", "b:x", "c:y")),
	    "line 12: dependencies: no line has the name \"x\"", "the first unknown name");
	is_str(order_of(STEPS("a:a")),
	    "line 10: dependencies: it would wait for itself, by way of line 10", "itself");
	is_str(order_of(STEPS("x", "a:c", "b:a", "c:b")),
	    "line 12: dependencies: it would wait for itself, by way of line 14", "a circle");
	is_str(order_of(STEPS("a", "a")), "ref: line 10 has the name \"a\" already", "twice");
	is_str(order_of(STEPS("-")), "ref: \"-\" is no name: 1 to 64 letters, digits and "
	    "._-:/@+, no - in front", "no name");
}

static void test_without(void)
{
	struct msg *m;
	struct err e;
	const char *named = "{\"ref\":\"a\",\"command\":\"x\"}";
	const char *both = "{\"command\":\"x\",\"dependencies\":[{\"ref\":\"a\",\"job_id\":1}]}";
	struct graph *g = graph_new();

	is_int(json_submit(named, strlen(named), 0, &m, &e), -1, "names where none go");
	is_str(e.text, "ref: names go with --bulk and --atomic: all of them or none", "it is told");
	is_int(json_submit_in(g, both, strlen(both), 0, &m, &e), -1, "a number and a name");
	ok(strstr(e.text, "job_id and ref: only one") != NULL, "it is told: %s", e.text);
	graph_free(g);
}

static void test_long(void)
{
	struct file f;
	struct err e;
	char step[40];
	size_t i, right = 0;

	file_init(&f, LONG);
	for (i = 0; i < LONG; i++) {
		snprintf(step, sizeof(step), i + 1 < LONG ? "n%zu:n%zu" : "n%zu", i, i + 1);
		if (file_step(&f, step, &e) == -1)
			break;
	}
	is_int(f.n, LONG, "a chain of 10,000 lines, backwards");
	is_int(graph_order(f.graph, f.list, f.lines, f.n, f.order, &e), 0, "is put in order");
	for (i = 0; i < LONG; i++)
		right += f.order[i] == LONG - 1 - i;
	is_int(right, LONG, "from its end");
	file_release(&f);
}

int main(void)
{
	test_orders();
	test_wrong();
	test_without();
	test_long();
	return tap_done();
}
