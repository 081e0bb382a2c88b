/*
 * change: `set`, on a job that is not over.
 *
 * A row of `attrs` for each attribute: its column, in which states it may be changed,
 * and what else has to be true.  All that is asked for is checked before any of it is
 * done.  What the core holds of a job it takes anew from a row, as at its birth; what
 * only the disk has is written there.
 */
#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "core/given.h"
#include "core/ops.h"

#define IN(s) (1u << JOB_##s)
#define WAITING IN(QUEUED)
#define LIVE (IN(QUEUED) | IN(SCHEDULED) | IN(RUNNING))

/* row: how the job would be. */
typedef int (*check_fn)(struct core *c, const struct job *j, const struct job_row *row,
    struct err *e);

static int check_room(struct core *c, const struct job *j, const struct job_row *row,
    struct err *e)
{
	(void)j;
	return demand_never(c, row, e) == -1 ? -1 : quota_never(c, row, e);
}

static int check_account(struct core *c, const struct job *j, const struct job_row *row,
    struct err *e)
{
	(void)j;
	return quota_never(c, row, e);
}

static int check_queue(struct core *c, const struct job *j, const struct job_row *row,
    struct err *e)
{
	bool moves = strcmp(row->queue != NULL ? row->queue : "", j->shape->queue) != 0;

	if (queue_admits(c, row, moves, e) == -1)
		return err_prefix(e, "cannot be changed");
	return moves ? quota_never(c, row, e) : 0;
}

/* A limit that has passed already would end it here and now, by mistake perhaps. */
static int check_time(struct core *c, const struct job *j, const struct job_row *row,
    struct err *e)
{
	int64_t ran = j->status == JOB_RUNNING ? c->now.wall - j->started_at : 0;

	if (row->time_limit < 0 || (row->time_limit > 0 && row->time_limit <= ran))
		return err_set(e, ERR_DATA, "has run for %" PRId64 " s: a limit of %" PRId64
		    " s is over (jobcancel ends it)", ran / 1000, row->time_limit / 1000);
	return check_queue(c, j, row, e) == -1 ? -1 : quota_never(c, row, e);
}

static int check_deadline(struct core *c, const struct job *j, const struct job_row *row,
    struct err *e)
{
	(void)j;
	if (row->deadline_at != 0 && row->deadline_at <= c->now.wall)
		return err_set(e, ERR_DATA, "cannot have a deadline that has passed");
	if (row->deadline_at != 0 && row->deadline_at <= row->begin_at)
		return err_set(e, ERR_DATA, "cannot have a deadline that is not after its begin");
	return 0;
}

/* Those that it has had cannot be taken away. */
static int check_retries(struct core *c, const struct job *j, const struct job_row *row,
    struct err *e)
{
	(void)c;
	if (row->max_retries < j->retry_count)
		return err_set(e, ERR_DATA, "has been retried %" PRId64 " times: retries=%" PRId64
		    " allows no more", (int64_t)j->retry_count, (int64_t)j->retry_count);
	return 0;
}

static int check_delay(struct core *c, const struct job *j, const struct job_row *row,
    struct err *e)
{
	(void)c;
	(void)j;
	if (row->retry_max_delay < row->retry_delay)
		return err_set(e, ERR_DATA, "cannot have a retry_max_delay below its retry_delay");
	return 0;
}

static const struct attr_row {
	const char *column;	/* of table jobs */
	unsigned states;	/* bits 1 << status, in which it may be changed */
	check_fn check;		/* NULL: nothing can be against it */
} attrs[ATTR_COUNT] = {
	[ATTR_PRIORITY] = { "priority", LIVE, check_queue },
	[ATTR_TIME] = { "max_execution_time", LIVE, check_time },
	[ATTR_CPUS] = { "cpu_cores", WAITING, check_room },
	[ATTR_MEM] = { "memory_gb", WAITING, check_room },
	[ATTR_DISK] = { "disk_gb", WAITING, check_room },
	[ATTR_GPUS] = { "gpu_count", WAITING, check_room },
	[ATTR_BW] = { "bandwidth_mbps", WAITING, check_room },
	[ATTR_QUEUE] = { "queue", WAITING, check_queue },
	[ATTR_ACCOUNT] = { "account", WAITING, check_account },
	[ATTR_NAME] = { "job_name", LIVE, NULL },
	[ATTR_TAGS] = { "tags", LIVE, NULL },
	[ATTR_COMMENT] = { "comment", LIVE, NULL },
	[ATTR_BEGIN] = { "begin_at", WAITING, check_deadline },
	[ATTR_DEADLINE] = { "deadline_at", LIVE, check_deadline },
	[ATTR_QUEUE_TIMEOUT] = { "queue_timeout_seconds", WAITING, NULL },
	[ATTR_RETRIES] = { "max_retries", LIVE, check_retries },
	[ATTR_RETRY_POLICY] = { "retry_policy", LIVE, NULL },
	[ATTR_RETRY_DELAY] = { "retry_delay_seconds", LIVE, check_delay },
	[ATTR_RETRY_MAX_DELAY] = { "retry_max_delay_seconds", LIVE, check_delay },
	[ATTR_RETRY_JITTER] = { "retry_jitter", LIVE, NULL },
	[ATTR_RETRY_ON] = { "retry_on", LIVE, NULL },
	[ATTR_NO_RETRY_ON] = { "no_retry_on", LIVE, NULL },
	[ATTR_SUCCESS_CODES] = { "success_codes", LIVE, NULL },
	[ATTR_NO_REQUEUE] = { "no_requeue", LIVE, NULL },
	[ATTR_KILL_SIGNAL] = { "kill_signal", WAITING, NULL },
	[ATTR_KILL_GRACE] = { "kill_grace_seconds", WAITING, NULL },
	[ATTR_DEP_HOLD] = { "dep_hold", WAITING, NULL },
	[ATTR_GPU_TYPE] = { "gpu_type", WAITING, check_room },
	[ATTR_NAMED] = { "named_resources", WAITING, check_room },
	[ATTR_TOKENS] = { "tokens", WAITING, check_room },
	[ATTR_CONSTRAINTS] = { "constraints", WAITING, check_room },
	[ATTR_PREFER] = { "prefer", WAITING, NULL },
	[ATTR_ON_WORKERS] = { "on_workers", WAITING, check_room },
	[ATTR_NOT_WORKERS] = { "not_workers", WAITING, check_room },
	[ATTR_EXCLUSIVE] = { "exclusive", WAITING, NULL },
	[ATTR_ESTIMATE] = { "estimate_seconds", LIVE, NULL },
	[ATTR_RETRY_MEM] = { "retry_mem", LIVE, NULL },
	[ATTR_SINGLETON] = { "singleton", WAITING, NULL },
};

const struct column *attr_column(enum attr a)
{
	return table_column(&table_jobs, attrs[a].column);
}

static bool is_set(const struct change *ch, enum attr a)
{
	return (ch->set & ATTR_BIT(a)) != 0;
}

static void value_copy(const struct column *col, struct job_row *to, const struct job_row *from)
{
	size_t size = col->kind == COL_TEXT ? sizeof(char *) : sizeof(int64_t);

	memcpy((char *)to + col->offset, (const char *)from + col->offset, size);
}

static void text_keep(struct arena *a, const struct column *col, struct job_row *row)
{
	const char **text = (const char **)(void *)((char *)row + col->offset);

	*text = arena_strdup(a, *text);
}

/* The job as it would be: how it is, with what is changed over it. */
static void overlay(const struct job *j, const struct change *ch, struct job_row *row)
{
	int64_t before;
	int a;

	memset(row, 0, sizeof(*row));
	job_given(j, row);
	before = row->time_limit;
	for (a = 0; a < ATTR_COUNT; a++) {
		if (is_set(ch, (enum attr)a))
			value_copy(attr_column((enum attr)a), row, &ch->row);
	}
	if (ch->time_more)
		row->time_limit += before;
}

static int check(struct core *c, const struct job *j, const struct change *ch,
    const struct job_row *row, struct err *e)
{
	int a;

	if (ch->time_more && j->time_limit == 0)
		return err_set(e, ERR_DATA, "has no time limit that could be longer or shorter");
	for (a = 0; a < ATTR_COUNT; a++) {
		if (!is_set(ch, (enum attr)a))
			continue;
		if ((attrs[a].states & 1u << j->status) == 0)
			return err_set(e, ERR_DATA, "is %s: %s can be changed only while it is "
			    "queued", job_status_name(j->status), attrs[a].column);
		if (attrs[a].check != NULL && attrs[a].check(c, j, row, e) == -1)
			return -1;
	}
	return 0;
}

/* Columns that are written whenever the job changes need no edit. */
static void write_edits(struct core *c, const struct job *j, const struct change *ch,
    const struct job_row *row)
{
	struct job_row *kept = arena_alloc(c->turn->arena, sizeof(*kept));
	int a;

	kept->id = j->id;
	for (a = 0; a < ATTR_COUNT; a++) {
		const struct column *col = attr_column((enum attr)a);
		struct mut *m;

		if (!is_set(ch, (enum attr)a) || (col->flags & COL_MUTABLE) != 0)
			continue;
		value_copy(col, kept, row);
		if (col->kind == COL_TEXT)
			text_keep(c->turn->arena, col, kept);
		m = turn_mut(c->turn, MUT_JOB_EDIT, c->cause);
		m->edit.row = kept;
		m->edit.column = col;
	}
}

void job_regive(struct core *c, struct job *j, const struct job_row *row)
{
	struct shape *shape = shape_get(c, row), *old_shape = j->shape;
	struct rule *rule = rule_get(c, row), *old_rule = j->rule;

	order_remove(c, j);	/* its place may be another */
	if (j->status == JOB_QUEUED) {
		quota_wait(c, old_shape, -1);
		quota_wait(c, shape, 1);
	}
	j->shape = shape;
	j->rule = rule;
	shape_put(c, old_shape);
	rule_put(c, old_rule);
	job_take_given(j, row);
	namesakes_rename(c, j, row->name != NULL ? row->name : "");
}

int op_set(struct core *c, struct job *j, const struct ev_control *ct, struct err *e)
{
	const struct change *ch = ct->change;
	int64_t limit = j->time_limit, estimate = j->estimate;
	struct job_row row;

	overlay(j, ch, &row);
	if (check(c, j, ch, &row, e) == -1)
		return -1;
	write_edits(c, j, ch, &row);
	job_regive(c, j, &row);
	if (ct->text != NULL)
		job_detail(j, ct->text);
	job_changed_by(c, j);
	job_touch(c, j);
	dep_settle(c, j, 0);
	timer_update(c, j);
	if (j->exec != NULL && (j->time_limit != limit || j->estimate != estimate))
		exec_replan(c, j->exec);
	if (j->exec != NULL && j->time_limit != limit)
		exec_adjust(c, j->exec);
	return 0;
}
