/*
 * batch: --bulk with --atomic, all lines or none.
 *
 * Owns the graph of lines that name each other: they are sent with each behind what it
 * depends on, and answered in the order of the lines.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "jobsub.h"

struct batch {
	struct msg **list;	/* as they stand in the file */
	size_t *lines, *order;
	size_t n, cap;
	struct graph *graph;
};

static void batch_free(struct batch *b)
{
	for (size_t i = 0; i < b->n; i++)
		msg_free(b->list[i]);
	free(b->list);
	free(b->lines);
	free(b->order);
	graph_free(b->graph);
}

static void batch_grow(struct batch *b)
{
	if (b->n < b->cap)
		return;
	b->cap = b->cap > 0 ? b->cap * 2 : 64;
	b->list = xreallocarray(b->list, b->cap, sizeof(*b->list));
	b->lines = xreallocarray(b->lines, b->cap, sizeof(*b->lines));
}

/* All lines as messages; the first that is none ends it. */
static int batch_read(struct jobsub *j, struct lines *lines, struct batch *b, struct err *e)
{
	const char *p;
	size_t len;
	int r;

	while ((r = lines_next(lines, &p, &len, e)) == 1) {
		if (line_blank(p, len))
			continue;
		if (b->n == CLIENT_BATCH_MAX)
			return err_set(e, ERR_DATA, "--atomic takes at most %d jobs",
			    CLIENT_BATCH_MAX);
		batch_grow(b);
		graph_line(b->graph, lines->number);
		b->list[b->n] = document_make(j, p, len, b->graph, e);
		if (b->list[b->n] == NULL)
			return err_prefix(e, "line %zu", lines->number);
		b->lines[b->n++] = lines->number;
	}
	if (r == -1)
		return -1;
	b->order = xcalloc(b->n + 1, sizeof(*b->order));
	return graph_order(b->graph, b->list, b->lines, b->n, b->order, e);
}

/* jobd counts entries as they were sent. */
static void name_line(const struct batch *b, struct err *e)
{
	static const char word[] = "entry ";
	const size_t len = sizeof(word) - 1;
	char *rest;
	unsigned long at;

	if (strncmp(e->text, word, len) != 0)
		return;
	at = strtoul(e->text + len, &rest, 10);
	if (at == 0 || at > b->n || *rest != ':')
		return;
	memmove(e->text, rest + 1 + strspn(rest + 1, " "), strlen(rest));
	err_prefix(e, "line %zu", b->lines[b->order[at - 1]]);
}

static int batch_send(struct jobsub *j, const struct batch *b, struct err *e)
{
	struct client_result *results = xcalloc(b->n + 1, sizeof(*results));
	struct msg **sent = xcalloc(b->n + 1, sizeof(struct msg *));
	size_t *place = xcalloc(b->n + 1, sizeof(*place)), i;
	int r;

	for (i = 0; i < b->n; i++) {
		sent[i] = b->list[b->order[i]];
		place[b->order[i]] = i;
	}
	r = client_submit_batch(j->client, sent, b->n, results, e);
	for (i = 0; r == 0 && i < b->n; i++)
		answer_result(j, &results[place[i]]);
	if (r == -1)
		name_line(b, e);
	free(results);
	free(sent);
	free(place);
	return r;
}

static int batch_show(struct jobsub *j, const struct batch *b, struct err *e)
{
	for (size_t i = 0; i < b->n; i++)
		if (dry_show(j, b->list[i], e) == -1)
			return err_prefix(e, "line %zu", b->lines[i]);
	return 0;
}

int batch_run(struct jobsub *j, struct lines *lines, struct err *e)
{
	struct batch b = { .graph = graph_new() };
	int r = batch_read(j, lines, &b, e);

	if (r == 0 && b.n > 0)
		r = j->dry ? batch_show(j, &b, e) : batch_send(j, &b, e);
	batch_free(&b);
	return r;
}
