/*
 * tab: -e, the user's crontab in an editor, and what becomes of the schedules in it.
 *
 * An entry that says what a schedule says is that schedule, and stays as it is.  One whose
 * comment names a schedule changes it; one that does neither is new.  A schedule that no
 * entry stands for is removed.  All is read and checked before anything is done.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "client/client.h"
#include "editor.h"

#define TAB_BYTES ((size_t)16 << 20)

struct tab {
	struct jobcron *j;
	struct import import;
	bool *used;			/* by the number of the row: an entry stands for it */
	const struct schedule_row **is;	/* by the number of the entry; NULL: it is new */
};

static int tab_check(void *arg, const char *text, size_t n, struct err *e)
{
	struct tab *t = arg;

	import_release(&t->import);
	return import_read(&t->import, text, n, e);
}

static bool in_tab(struct jobcron *j, const struct schedule_row *row)
{
	return schedule_mine(j, row) && from_crontab(row);
}

static bool same_text(const char *a, const char *b)
{
	return strcmp(a != NULL ? a : "", b != NULL ? b : "") == 0;
}

static bool same_entry(const struct schedule_row *row, const struct entry *n)
{
	return same_text(row->key, msg_str(n->msg, F_KEY));
}

static bool is_named(const struct schedule_row *row, const struct entry *n)
{
	return n->schedule == row->id;
}

/* Gives each entry that has none yet a row that nobody has. */
static void rows_match(struct tab *t, bool (*fits)(const struct schedule_row *,
    const struct entry *))
{
	struct jobcron *j = t->j;

	for (size_t i = 0; i < t->import.n; i++) {
		for (size_t k = 0; k < j->nrows && t->is[i] == NULL; k++) {
			if (t->used[k] || !in_tab(j, j->rows[k]) ||
			    !fits(j->rows[k], &t->import.list[i]))
				continue;
			t->used[k] = true;
			t->is[i] = j->rows[k];
		}
	}
}

/* Whom they tell of what. */
static bool same_notices(const struct msg *a, const struct msg *b)
{
	size_t i = 0, k = 0;
	const char *x, *y;

	do {
		x = msg_next(a, F_TELL, &i);
		y = msg_next(b, F_TELL, &k);
	} while (x != NULL && y != NULL && strcmp(x, y) == 0);
	return x == NULL && y == NULL;
}

/* But for the remark and the notices, which are no part of the key. */
static bool is_unchanged(const struct schedule_row *row, const struct entry *n)
{
	struct msg *m = row_request(row);
	bool same = m != NULL && same_entry(row, n) &&
	    same_text(msg_str(m, F_COMMENT), msg_str(n->msg, F_COMMENT)) &&
	    same_notices(m, n->msg);

	msg_free(m);
	return same;
}

static int entry_send(struct tab *t, struct client *client, size_t i, struct err *e)
{
	const struct schedule_row *row = t->is[i];
	struct entry *n = &t->import.list[i];

	if (row != NULL && is_unchanged(row, n))
		return 0;
	return request_send(client, n->msg, row, e);
}

static int removed_send(struct tab *t, struct client *client, struct err *e)
{
	struct msg *m = msg_new(MSG_SCHEDULE), *reply = NULL;
	struct jobcron *j = t->j;
	int r = msg_add(m, F_OP, "rm"), n = 0;

	for (size_t k = 0; k < j->nrows && r == 0; k++) {
		if (t->used[k] || !in_tab(j, j->rows[k]))
			continue;
		r = msg_addf(m, F_TARGET, "s%" PRId64, j->rows[k]->id);
		n++;
	}
	if (r == -1)
		err_set(e, ERR_DATA, "too many schedules at once");
	else if (n > 0)
		r = client_call(client, m, &reply, e);
	for (size_t k = 0; k < j->nrows && r == 0; k++) {
		if (!t->used[k] && in_tab(j, j->rows[k]))
			printf("removed s%" PRId64 "\n", j->rows[k]->id);
	}
	msg_free(reply);
	msg_free(m);
	return r;
}

static int tab_take(struct tab *t, struct err *e)
{
	struct client *client = client_new(&t->j->spool);
	int r = 0;

	t->used = xcalloc(t->j->nrows + 1, sizeof(*t->used));
	t->is = xcalloc(t->import.n + 1, sizeof(*t->is));
	rows_match(t, same_entry);
	rows_match(t, is_named);
	for (size_t i = 0; i < t->import.n && r == 0; i++)
		r = entry_send(t, client, i, e);
	if (r == 0)
		r = removed_send(t, client, e);
	free(t->used);
	free(t->is);
	client_free(client);
	return r;
}

int tab_edit(struct jobcron *j, struct err *e)
{
	struct tab t = { .j = j, .import = { .j = j, .file = "crontab" } };
	struct editor editor = { ".crontab", tab_check, &t };
	struct buf text;
	size_t n = 0;
	FILE *out;
	int r;

	if (place_take(j, e) == -1 || rows_read(j, e) == -1)
		return -1;
	buf_init(&text, TAB_BYTES);
	out = open_memstream(&text.data, &n);
	if (out == NULL)
		return err_sys(e, ERR_OS, "memory");
	tab_write(j, out, true);
	fclose(out);
	text.len = n;
	j->dry = true;		/* as far as messages about lines go: nothing is done yet */
	r = editor_run(&editor, &text, e);
	if (r == 0)
		r = tab_take(&t, e);
	else if (r == 1 && !j->quiet)
		cli_warn(&program, "nothing is changed");
	import_release(&t.import);
	buf_release(&text);
	return r == -1 ? -1 : EXIT_OK;
}
