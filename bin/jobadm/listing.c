/*
 * listing: rows of the view as a table, as lines for scripts, or as JSON.
 */
#include <unistd.h>

#include "base/clock.h"
#include "cli/field.h"
#include "cli/jobdoc.h"
#include "jobadm.h"

struct listing {
	struct chosen chosen;
	struct list *list;	/* NULL: JSON */
	struct json json;
	struct style style;
	const struct table *table;
};

static int each(void *arg, const void *row)
{
	struct listing *l = arg;

	if (l->list == NULL)
		rowdoc_write(&l->json, l->table, row);
	else
		chosen_row(&l->chosen, &l->style, row, l->list);
	return 0;
}

/* Only who may look at the lock knows whether jobd runs. */
static void away_notice(const struct jobadm *a)
{
	if (a->quiet || (geteuid() != 0 && geteuid() != a->spool.owner))
		return;
	if (spool_holder(&a->spool) == 0)
		cli_warn(a->program, "jobd does not run: this is the state of when it ran last");
}

int listing_run(struct jobadm *a, const struct field_set *set, const char *fields,
    const char *what, rows_fn ask, struct err *e)
{
	struct listing l = { .table = set->table,
	    .style = { .times = TIME_LOCAL, .now = now_read().wall } };
	struct view *v;
	int r;

	if (chosen_parse(set, a->fields != NULL ? a->fields : fields, &l.chosen, e) == -1)
		return -1;
	v = view_open(&a->spool, e);
	if (v == NULL) {
		chosen_release(&l.chosen);
		return -1;
	}
	away_notice(a);
	a->list.columns = terminal_columns();
	json_init(&l.json, stdout);
	if (a->json)
		json_open_list(&l.json, what);
	else
		l.list = list_new(l.chosen.columns, l.chosen.n, &a->list, stdout);
	r = ask(a, v, each, &l, e);
	if (a->json)
		json_close_list(&l.json);
	else if (r == 0)
		list_end(l.list);
	list_free(l.list);
	chosen_release(&l.chosen);
	view_close(v);
	return r == 0 ? EXIT_OK : -1;
}
