/*
 * orders: what a worker is told.
 *
 * Owns the wire form of start, kill and ack.  What an order to start needs beside
 * the effect is read back from disk, where it has just become durable.
 */
#include <inttypes.h>
#include <string.h>

#include "base/amounts.h"
#include "base/log.h"
#include "base/ranges.h"
#include "core/elements.h"
#include "core/ending.h"
#include "msg/msg.h"
#include "jobd.h"

static void add(struct msg *m, enum msg_field f, int64_t v)
{
	if (v > 0)
		(void)msg_add_u64(m, f, (uint64_t)v);
}

static void add_text(struct msg *m, enum msg_field f, const char *s)
{
	if (s != NULL && *s != '\0')
		(void)msg_add(m, f, s);
}

static void add_who(const struct jobd *d, struct msg *m, const struct job_row *row)
{
	(void)msg_add(m, F_USER, row->user != NULL ? row->user : "");
	/* A personal worker can be nobody but its owner, whoever of the two asked. */
	(void)msg_add_u64(m, F_UID, d->spool.system ? (uint64_t)row->uid : d->spool.owner);
	if (d->spool.system)
		add_text(m, F_RUN_AS, row->run_as);
	add_text(m, F_NAME, row->name);
	add_text(m, F_ACCOUNT, row->account);
	add_text(m, F_QUEUE, row->queue);
	add_text(m, F_KEY, row->key);
}

static void add_limits(struct msg *m, const struct job_row *row)
{
	if (row->cpu_limit != 0)
		(void)msg_add_u64(m, F_CPU_LIMIT, 1);
	add(m, F_TIME, row->time_limit);
	if (row->deadline_at > 0)
		(void)msg_add_i64(m, F_DEADLINE, row->deadline_at);
	add(m, F_KILL_SIGNAL, row->kill_signal);
	(void)msg_add_u64(m, F_KILL_GRACE, (uint64_t)row->kill_grace);
	(void)msg_add_i64(m, F_CREATED, row->created_at);
}

/* What it asks of its worker by name now; its launch block has what was submitted. */
static void add_named(struct msg *m, const struct job_row *row)
{
	const char *at = row->named;
	struct amount a;

	while (amounts_next(&at, &a))
		(void)msg_addf(m, F_RES, "%.*s=%" PRId64, (int)a.len, a.name, a.n);
}

/* What the core decided for this execution. */
static void add_decided(struct msg *m, const struct effect *f)
{
	(void)msg_add_u64(m, F_PRIORITY, (uint64_t)f->start.priority);
	(void)msg_add_u64(m, F_ATTEMPT, (uint64_t)f->start.attempt);
	add(m, F_MAX_ATTEMPTS, f->start.max_attempts);
	add(m, F_REQUEUES, f->start.requeues);
	add(m, F_CPUS, f->start.cpus);
	add(m, F_MEM, f->start.mem);
	add(m, F_DISK, f->start.disk);
	add(m, F_GPUS, f->start.gpus);
	add(m, F_BW, f->start.bw);
	add_text(m, F_GPU_IDS, f->start.gpu_ids);
	if (f->start.alone)
		(void)msg_add_u64(m, F_ALONE, 1);
	if (f->start.ahead)
		(void)msg_add_u64(m, F_AHEAD, 1);
	if (f->start.prev_status >= 0)
		(void)msg_addf(m, F_STATUS, "%" PRId64, f->start.prev_status);
	if (f->start.prev_reason != REASON_NONE)
		(void)msg_add(m, F_REASON, reason_name(f->start.prev_reason));
}

/* Which run of which schedule. */
static void add_schedule(struct msg *m, const struct job_row *row)
{
	char stamp[CLOCK_RFC3339_SIZE];

	if (row->schedule_id == 0)
		return;
	civil_stamp(row->scheduled_time / 1000, stamp);
	(void)msg_addf(m, F_ENV, "JOB_SCHEDULE=s%" PRId64, row->schedule_id);
	(void)msg_addf(m, F_ENV, "JOB_SCHEDULED_TIME=%sZ", stamp);
	(void)msg_addf(m, F_ENV, "JOB_SCHEDULED_EPOCH=%" PRId64, row->scheduled_time / 1000);
	(void)msg_addf(m, F_ENV, "JOB_CATCHUP=%" PRId64, row->catch_up);
}

/* Which element of which array. */
static void add_array(struct msg *m, const struct job_row *row)
{
	struct ranges spec;

	if (!row_is_element(row) || ranges_parse(&spec, row->array_spec, ARRAY_MAX, NULL) == -1)
		return;
	(void)msg_add_u64(m, F_ARRAY_ID, (uint64_t)row->array_id);
	(void)msg_add_u64(m, F_ARRAY_INDEX, (uint64_t)row->array_index);
	(void)msg_addf(m, F_ENV, "JOB_ARRAY_ID=%" PRId64, row->array_id);
	(void)msg_addf(m, F_ENV, "JOB_ARRAY_INDEX=%" PRId64, row->array_index);
	(void)msg_addf(m, F_ENV, "JOB_ARRAY_COUNT=%" PRId64, spec.count);
	(void)msg_addf(m, F_ENV, "JOB_ARRAY_MIN=%" PRId64, spec.list[0].first);
	(void)msg_addf(m, F_ENV, "JOB_ARRAY_MAX=%" PRId64, spec.list[spec.n - 1].last);
	ranges_release(&spec);
}

/* ---- what became of those that it waited for */

#define PARENTS_MAX 100		/* of which more than the number is told */

struct parents {
	int64_t ids[PARENTS_MAX];
	size_t n;
	struct buf list;
};

static int parent_add(void *arg, const void *row)
{
	const struct dep_row *dep = row;
	struct parents *p = arg;

	buf_addf(&p->list, "%s%" PRId64, p->list.len > 0 ? " " : "", dep->parent_id);
	if (p->n < PARENTS_MAX)
		p->ids[p->n++] = dep->parent_id;
	return 0;
}

/* Nothing is said of one that is not over. */
static int add_parent(struct jobd *d, struct msg *m, int64_t id, struct err *e)
{
	struct job_row row;
	int r = reader_job(d->reader, id, &row, e);

	if (r != 1 || !job_status_terminal((enum job_status)row.status))
		return r == -1 ? -1 : 0;
	(void)msg_addf(m, F_ENV, "JOB_PARENT_%" PRId64 "_STATUS=%d", id,
	    exit_of_job((int)row.status, (int)row.reason, (int)row.exit_code, (int)row.signal));
	if (row.reason != REASON_NONE)
		(void)msg_addf(m, F_ENV, "JOB_PARENT_%" PRId64 "_REASON=%s", id,
		    reason_name((enum reason)row.reason));
	return 0;
}

static int add_parents(struct jobd *d, struct msg *m, int64_t job, struct err *e)
{
	struct parents p = { .n = 0 };
	int r;

	buf_init(&p.list, 65536);
	r = reader_deps(d->reader, job, parent_add, &p, e);
	if (r >= 0 && p.list.len > 0)
		(void)msg_addf(m, F_ENV, "JOB_PARENT_IDS=%s", p.list.data);
	buf_release(&p.list);
	for (size_t i = 0; r >= 0 && i < p.n; i++)
		r = add_parent(d, m, p.ids[i], e);
	return r;
}

/* ---- all of it */

/* Where a job finds us; and PATH of the site, if it has one of its own. */
static void add_env(const struct jobd *d, struct msg *m)
{
	const struct conf_key *k;
	size_t i;

	(void)msg_addf(m, F_ENV, "JOB_SPOOL=%s", d->spool.path);
	for (i = 0; (k = conf_key(i)) != NULL; i++)
		if (k->offset == offsetof(struct conf, env_path) && d->conf.origin[i] != NULL)
			(void)msg_addf(m, F_ENV, "PATH=%s", d->conf.env_path);
}

/* A host has no such folder: there a name that is relative to ours means that we get it. */
static void add_place(const struct jobd *d, struct msg *m, const struct job_row *row,
    const struct effect *f)
{
	char name[SPOOL_NAME_MAX];

	spool_log_name(row->created_at, row->id, f->execution, name);
	if (strcmp(f->worker, LOCAL_WORKER) == 0)
		(void)msg_addf(m, F_LOG_DIR, "%s/%s", d->spool.path, name);
	else
		(void)msg_add(m, F_LOG_DIR, name);
}

static struct msg *start_new(const struct jobd *d, const struct effect *f,
    const struct job_row *row)
{
	struct msg *m = msg_new(MSG_W_START);

	(void)msg_add_u64(m, F_JOB, (uint64_t)f->job);
	(void)msg_add_u64(m, F_EXECUTION, (uint64_t)f->execution);
	(void)msg_add_u64(m, F_EPOCH, (uint64_t)d->start.epoch);
	(void)msg_add_uuid(m, F_INSTANCE, &d->start.instance);
	(void)msg_add_uuid(m, F_UUID, &row->uuid);
	(void)msg_add(m, F_WORKER, f->worker);
	add_who(d, m, row);
	add_limits(m, row);
	add_named(m, row);
	add_decided(m, f);
	add_place(d, m, row, f);
	add_env(d, m);
	add_schedule(m, row);
	add_array(m, row);
	return m;
}

static struct msg *start_read(struct jobd *d, const struct effect *f, struct err *e)
{
	struct job_row row;
	int64_t parents_of = f->start.parents ? f->job : 0;
	struct msg *m = NULL;
	struct buf launch;
	int r = reader_job(d->reader, f->job, &row, e);

	buf_init(&launch, MSG_HEAD_MAX + MSG_BODY_MAX);
	if (r == 1) {
		m = start_new(d, f, &row);	/* the row ends with the next call */
		if (row_is_element(&row))	/* it has waited with its array */
			parents_of = row.array_id;
		r = reader_launch(d->reader, &row, &launch, e);
	}
	if (r == 1 && parents_of != 0 && add_parents(d, m, parents_of, e) == -1)
		r = -1;
	if (r == 0)
		err_set(e, ERR_IO, "its record is missing");
	if (r == 1 && msg_set_body(m, launch.data, launch.len) == -1)
		r = err_set(e, ERR_INTERNAL, "its launch block is too long");
	buf_release(&launch);
	if (r == 1)
		return m;
	msg_free(m);
	return NULL;
}

/* The worker has heard nothing of it: so it ends here, as never started. */
static void cannot_start(struct jobd *d, const struct effect *f, const struct err *why)
{
	struct event *ev;

	log_error("job %" PRId64 ": %s", f->job, why->text);
	ev = loop_event(d, EV_ENDED);
	ev->cause = (struct cause){ .actor = { .name = "jobd", .method = BY_SYSTEM, .uid = -1 },
		.via = "start" };
	ev->exec.worker = arena_strdup(loop_arena(d), f->worker);
	ev->exec.held.job = f->job;
	ev->exec.held.execution = f->execution;
	ev->exec.held.ended = true;
	ev->exec.held.end.cause = END_NEVER;
	ev->exec.held.end.exit_code = ev->exec.held.end.signal = -1;
	ev->exec.held.end.text = arena_strdup(loop_arena(d), why->text);
}

void order_start(struct jobd *d, const struct effect *f)
{
	struct msg *m;
	struct err e;

	/* Reconciliation settles what was ordered over an attachment that has ended. */
	if (f->attachment == 0 || f->attachment != workers_attachment(d, f->worker))
		return;
	err_clear(&e);
	m = start_read(d, f, &e);
	if (m == NULL)
		cannot_start(d, f, &e);
	else
		workers_send(d, f->worker, m);
}

void order_kill(struct jobd *d, const struct effect *f)
{
	struct msg *m = msg_new(MSG_W_KILL);

	if (f->kill.cause == END_FENCED)
		log_warn("worker %s: %" PRId64 ".%" PRId64 " runs there, and should not: it is "
		    "ended", f->worker, f->job, f->execution);
	(void)msg_add_u64(m, F_JOB, (uint64_t)f->job);
	(void)msg_add_u64(m, F_EXECUTION, (uint64_t)f->execution);
	(void)msg_add(m, F_CAUSE, end_cause_name(f->kill.cause));
	add(m, F_SIGNAL, f->kill.signal);
	if (f->kill.main)
		(void)msg_add_u64(m, F_MAIN_ONLY, 1);
	if (f->kill.now)
		(void)msg_add_u64(m, F_NOW, 1);
	workers_send(d, f->worker, m);
}

void order_set(struct jobd *d, const struct effect *f)
{
	struct msg *m = msg_new(MSG_W_SET);

	(void)msg_add_u64(m, F_JOB, (uint64_t)f->job);
	(void)msg_add_u64(m, F_EXECUTION, (uint64_t)f->execution);
	add(m, F_TIME, f->set.time);
	if (f->set.suspend)
		(void)msg_add_u64(m, F_SUSPEND, 1);
	workers_send(d, f->worker, m);
}

void order_ack(struct jobd *d, const struct effect *f)
{
	struct msg *m = msg_new(MSG_W_ACK);

	(void)msg_add_u64(m, F_JOB, (uint64_t)f->job);
	(void)msg_add_u64(m, F_EXECUTION, (uint64_t)f->execution);
	workers_send(d, f->worker, m);
}
