/*
 * Questions and rows as they come over the view's socket: what decodes as a message may
 * still be any filter and any row.
 */
#include <stdint.h>
#include <stdlib.h>

#include "view/impl.h"
#include "view/rows.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take_query(const struct msg *m)
{
	struct arena *a = arena_new();
	struct msg *back = msg_new(MSG_QUERY);
	struct job_filter f, again;
	struct err e;

	msg_add(back, F_WHAT, WHAT_JOBS);
	if (filter_from_query(m, a, &f, &e) == 0 && query_from_filter(back, &f, &e) == 0 &&
	    (filter_from_query(back, a, &again, &e) < 0 || again.statuses != f.statuses ||
	    again.after != f.after || again.since != f.since || again.limit != f.limit))
		abort();
	msg_free(back);
	arena_free(a);
}

static void take_row(const struct msg *m)
{
	static const struct table *const tables[] = { &table_jobs, &table_executions,
	    &table_dependencies, &table_workers };
	union { struct job_row j; struct exec_row x; struct dep_row d; struct worker_row w; } row;
	struct arena *a = arena_new();
	struct err e;

	for (size_t i = 0; i < 4; i++) {
		struct msg *back = msg_new(MSG_ROW);

		if (row_from_msg(tables[i], m, a, &row, &e) == 0) {
			row_keep(a, tables[i], &row);
			row_to_msg(tables[i], &row, 0, back);
		}
		msg_free(back);
	}
	arena_free(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct msg *m = NULL;
	size_t used;

	if (msg_decode(data, size, &m, &used, NULL) != 1)
		return 0;
	if (msg_type(m) == MSG_QUERY)
		take_query(m);
	else if (msg_type(m) == MSG_ROW)
		take_row(m);
	msg_free(m);
	return 0;
}
