/* coretext: the tables of the tests, and turns, as text that can be compared. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "corelib.h"

static void column_text(const struct column *col, const void *row, struct buf *out)
{
	const void *at = (const char *)row + col->offset;
	char text[UUID_TEXT];

	if (strcmp(col->name, "epoch") == 0)
		return;
	if (col->kind == COL_TEXT) {
		const char *s = *(char *const *)at;

		buf_addf(out, " %s=%s", col->name, s != NULL ? s : "-");
	} else if (col->kind == COL_UUID) {
		uuid_format(at, text);
		buf_addf(out, " %s=%s", col->name, text);
	} else if (col->kind != COL_BLOB && *(const int64_t *)at != 0)
		buf_addf(out, " %s=%" PRId64, col->name, *(const int64_t *)at);
}

static void row_text(const struct table *t, const void *row, bool mutable_only, struct buf *out)
{
	const struct column *col;

	buf_adds(out, t->name);
	for (col = t->columns; col->name != NULL; col++)
		if (!mutable_only || (col->flags & (COL_MUTABLE | COL_KEY)))
			column_text(col, row, out);
	buf_addc(out, '\n');
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void vec_text(const struct table *t, const struct vec *v, struct buf *out)
{
	char **lines = xcalloc(v->n, sizeof(char *));
	struct buf line;
	size_t i;

	buf_init(&line, 1 << 20);
	for (i = 0; i < v->n; i++) {
		row_text(t, v->rows[i], false, &line);
		lines[i] = xstrdup(line.data);
		buf_reset(&line);
	}
	qsort(lines, v->n, sizeof(char *), by_text);
	for (i = 0; i < v->n; i++) {
		buf_adds(out, lines[i]);
		free(lines[i]);
	}
	free(lines);
	buf_release(&line);
}

char *disk_text(const struct disk *d)
{
	struct buf out;

	buf_init(&out, (size_t)1 << 30);
	vec_text(&table_jobs, &d->job_rows, &out);
	vec_text(&table_executions, &d->exec_rows, &out);
	vec_text(&table_dependencies, &d->dep_rows, &out);
	vec_text(&table_workers, &d->worker_rows, &out);
	vec_text(&table_schedules, &d->schedule_rows, &out);
	vec_text(&table_occurrences, &d->occurrence_rows, &out);
	vec_text(&table_runtimes, &d->runtime_rows, &out);
	vec_text(&table_notices, &d->notice_rows, &out);
	vec_text(&table_accounts, &d->account_rows, &out);
	return buf_steal(&out);
}

/* The table and row of what belongs to no job. */
static const struct table *other_row(const struct mut *m, const void **row)
{
	const struct { const struct table *table; const void *row; } of[MUT_NOTE + 1] = {
		[MUT_WORKER] = { &table_workers, m->worker },
		[MUT_SCHEDULE] = { &table_schedules, m->schedule },
		[MUT_SCHEDULE_SET] = { &table_schedules, m->schedule },
		[MUT_OCCURRENCE] = { &table_occurrences, m->occurrence },
		[MUT_ACCOUNT] = { &table_accounts, m->account },
		[MUT_RUNTIME] = { &table_runtimes, m->runtime },
		[MUT_NOTICE] = { &table_notices, m->notice },
		[MUT_QUOTA] = { &table_quotas, m->quota },
		[MUT_SETTING] = { &table_settings, m->setting },
	};

	*row = of[m->type].row;
	return of[m->type].table;
}

static void mut_text(const struct mut *m, struct buf *out)
{
	const struct note *n = &m->note;
	const struct table *table;
	const void *row;

	buf_addf(out, "[%s %s] ", m->cause->actor.name, m->cause->via);
	switch (m->type) {
	case MUT_JOB_NEW: case MUT_ELEMENT_NEW: case MUT_JOB_SET:
		row_text(&table_jobs, m->job, m->type == MUT_JOB_SET, out);
		break;
	case MUT_JOB_EDIT:
		buf_addf(out, "%s of ", m->edit.column->name);
		row_text(&table_jobs, m->edit.row, false, out);
		break;
	case MUT_EXEC_NEW: case MUT_EXEC_SET: case MUT_EXEC_LATE:
		row_text(&table_executions, m->exec, m->type == MUT_EXEC_SET, out);
		break;
	case MUT_DEP_NEW: case MUT_DEP_SET:
		row_text(&table_dependencies, m->dep, false, out);
		break;
	case MUT_ACCEPT:
		buf_adds(out, "accept\n");
		break;
	case MUT_ALIAS:
		buf_addf(out, "alias of %" PRId64 "\n", m->alias.job);
		break;
	case MUT_NOTE:
		buf_addf(out, "note %" PRId64 ".%" PRId64 " %s > %s %s\n", n->job, n->execution,
		    job_status_name(n->from), job_status_name(n->to), reason_name(n->reason));
		break;
	default:
		table = other_row(m, &row);
		row_text(table, row, m->type == MUT_SCHEDULE_SET, out);
	}
}

static void items_text(const struct effect *f, struct buf *out)
{
	size_t i;

	for (i = 0; i < f->reply.n; i++) {
		const struct reply_item *it = &f->reply.items[i];
		char text[UUID_TEXT];

		uuid_format(&it->uuid, text);
		buf_addf(out, "  %s %" PRId64 " %s %d %s %d %s %s\n",
		    it->name != NULL ? it->name : "-", it->job, text, it->code,
		    it->text != NULL ? it->text : "-", it->duplicate,
		    job_status_name(it->status), reason_name(it->reason));
	}
}

static void effect_text(const struct effect *f, struct buf *out)
{
	buf_addf(out, "effect %d %" PRIu64 " %s %" PRId64 ".%" PRId64 " %" PRIu64, (int)f->type,
	    f->token, f->worker != NULL ? f->worker : "-", f->job, f->execution, f->attachment);
	if (f->type == EFF_STATE)
		buf_addf(out, " %d %d %d %d %d", (int)f->state.status, (int)f->state.reason,
		    f->state.exit_code, f->state.signal, f->state.unknown);
	else if (f->type == EFF_START)
		buf_addf(out, " %" PRId64 "/%" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %d %d",
		    f->start.attempt, f->start.max_attempts, f->start.requeues, f->start.cpus,
		    f->start.prev_status, (int)f->start.prev_reason, f->start.ahead);
	else if (f->type == EFF_KILL)
		buf_addf(out, " %d %d %d", (int)f->kill.cause, f->kill.signal, f->kill.now);
	else if (f->type == EFF_SET)
		buf_addf(out, " %" PRId64 " %d", f->set.time, f->set.suspend);
	else if (f->type == EFF_NOTICE)
		buf_addf(out, " %" PRId64 " %s", f->notice->id, f->notice->event);
	buf_addc(out, '\n');
	if (f->type == EFF_REPLY)
		items_text(f, out);
}

void turn_text(const struct turn *t, struct buf *out)
{
	size_t i;

	buf_addf(out, "turn %" PRIu64 "\n", t->number);
	for (i = 0; i < t->nmuts; i++)
		mut_text(&t->muts[i], out);
	for (i = 0; i < t->neffects; i++)
		effect_text(&t->effects[i], out);
}
