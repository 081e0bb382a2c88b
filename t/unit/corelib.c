/*
 * corelib: the lab.
 *
 * Owns a core, its disk and its clock.  Every turn is audited and applied, and the
 * core's invariants are checked behind it; what does not hold is a failed check of
 * the test that runs.
 */
#include "corelib.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/elements.h"

#define START INT64_C(1800000000000)
#define UPTIME INT64_C(86400000)

static const struct core_conf usual = {
	.policy = POLICY_PRIORITY, .epoch = 1, .max_requeues = 5, .cascade = 1000,
	.reservations = 1, .reserve_after = 600000,
};

struct lab *lab_new(const struct core_conf *conf)
{
	struct lab *l = xcalloc(1, sizeof(*l));

	l->conf = conf != NULL ? *conf : usual;
	l->core = core_new(&l->conf);
	l->disk = disk_new();
	l->arena = arena_new();
	l->now = (struct now){ START, UPTIME };
	lab_as(l, "alice", 1000, false);
	return l;
}

void lab_free(struct lab *l)
{
	turn_free(l->turn);
	core_free(l->core);
	disk_free(l->disk);
	arena_free(l->arena);
	free(l);
}

void lab_as(struct lab *l, const char *name, int64_t uid, bool admin)
{
	memset(&l->cause, 0, sizeof(l->cause));
	snprintf(l->cause.actor.name, sizeof(l->cause.actor.name), "%s", name);
	l->cause.actor.method = BY_SOCKET;
	l->cause.actor.uid = uid;
	l->cause.actor.admin = admin;
	snprintf(l->cause.via, sizeof(l->cause.via), "test");
}

struct event *lab_event(struct lab *l, enum event_type type)
{
	struct event *ev = &l->ev[l->nev++];

	if (l->nev > sizeof(l->ev) / sizeof(l->ev[0]))
		abort();
	memset(ev, 0, sizeof(*ev));
	ev->type = type;
	ev->cause = l->cause;
	ev->cause.request = l->serial;
	ev->token = ++l->serial;
	return ev;
}

/* Silent unless something is wrong: tests run thousands of turns. */
static void look(struct lab *l)
{
	struct err e;

	err_clear(&e);
	if (audit_before(l->disk, l->turn, &e) == -1)
		ok(false, "turn %" PRIu64 ": %s", l->number, e.text);
	disk_apply(l->disk, l->turn);
	if (audit_after(l->disk, l->turn, &e) == -1)
		ok(false, "turn %" PRIu64 ": %s", l->number, e.text);
	if (core_check(l->core, &e) == -1)
		ok(false, "turn %" PRIu64 ": check: %s", l->number, e.text);
}

static struct turn *next_turn(struct lab *l)
{
	turn_free(l->turn);
	return l->turn = turn_new(++l->number);
}

void lab_turn(struct lab *l)
{
	core_turn(l->core, l->now, l->ev, l->nev, next_turn(l));
	l->nev = 0;
	look(l);
	core_durable(l->core, l->number);
}

size_t lab_idle(struct lab *l)
{
	size_t n = 0;

	while (core_busy(l->core) && n < 1000) {
		lab_turn(l);
		n++;
	}
	return n;
}

void lab_pass(struct lab *l, int64_t ms)
{
	l->now.wall += ms;
	l->now.boot += ms;
	lab_turn(l);
}

void lab_restart(struct lab *l)
{
	core_free(l->core);
	l->conf.epoch++;
	l->core = core_new(&l->conf);
	l->number = 0;
	disk_restore(l->disk, l->core, l->now, next_turn(l));
	look(l);
	core_durable(l->core, l->number);
}

/* ---- submissions */

struct job_request *lab_job(struct lab *l)
{
	struct job_request *r = arena_alloc(l->arena, sizeof(*r));
	struct job_row *row = &r->row;

	row->uuid.b[6] = 0x70;
	row->uuid.b[14] = (uint8_t)(++l->serial >> 8);
	row->uuid.b[15] = (uint8_t)l->serial;
	row->uuid.b[13] = (uint8_t)(l->serial >> 16);
	row->user = row->run_as = arena_strdup(l->arena, l->cause.actor.name);
	row->uid = l->cause.actor.uid;
	row->command = "true";
	row->type = "batch";
	row->env_type = "vm";
	row->cpus = 1000;
	row->priority = 500;
	row->retry_policy = RETRY_EXPONENTIAL;
	row->retry_delay = 60000;
	row->retry_max_delay = 3600000;
	row->retry_jitter = 10;
	row->kill_signal = 15;
	row->kill_grace = 30000;
	row->created_at = l->now.wall;
	return r;
}

void lab_dep(struct lab *l, struct job_request *r, enum dep_type type, int64_t parent)
{
	struct dep_request *more = arena_alloc(l->arena, (r->ndeps + 1) * sizeof(*more));

	if (r->ndeps > 0)
		memcpy(more, r->deps, r->ndeps * sizeof(*more));
	more[r->ndeps].type = type;
	more[r->ndeps++].parent = parent;
	r->deps = more;
}

int64_t lab_submit(struct lab *l, const struct job_request *r)
{
	struct event *ev = lab_event(l, EV_SUBMIT);
	const struct reply_item *it;

	ev->submit.jobs = arena_memdup(l->arena, r, sizeof(*r));
	ev->submit.n = 1;
	lab_turn(l);
	it = lab_item(l, 0);
	return it->code == 0 ? it->job : 0;
}

int64_t lab_new_job(struct lab *l)
{
	return lab_submit(l, lab_job(l));
}

/* ---- workers */

void lab_worker_holds(struct lab *l, const char *name, int64_t cpus, uint8_t journal,
    const struct held *held, size_t n)
{
	struct event *ev = lab_event(l, EV_WORKER_UP);
	struct worker_row *row = &ev->up.row;

	row->name = name;
	row->cpus = cpus;
	row->mem = 1024 * 1024;
	row->disk = 1024 * 1024;
	row->version = "0.1";
	row->limits = "none";
	row->journal.b[0] = journal;
	ev->up.attachment = ++l->attachment;
	if (n > 0)
		ev->up.held = arena_memdup(l->arena, held, n * sizeof(*held));
	ev->up.nheld = n;
	lab_turn(l);
}

void lab_worker_up(struct lab *l, struct worker_row row)
{
	struct event *ev = lab_event(l, EV_WORKER_UP);

	row.limits = "none";
	row.journal.b[0] = 1;
	ev->up.row = row;
	ev->up.attachment = ++l->attachment;
	lab_turn(l);
}

void lab_worker_with(struct lab *l, const char *name, int64_t cpus, int64_t mem)
{
	lab_worker_up(l, (struct worker_row){ .name = name, .cpus = cpus, .mem = mem });
}

void lab_worker(struct lab *l, const char *name, int64_t cpus)
{
	lab_worker_holds(l, name, cpus, 1, NULL, 0);
}

void lab_worker_down(struct lab *l, const char *name)
{
	lab_event(l, EV_WORKER_DOWN)->down.worker = name;
	lab_turn(l);
}

void lab_worker_set(struct lab *l, const char *name, enum worker_status status)
{
	struct event *ev = lab_event(l, EV_WORKER_SET);

	ev->cause.actor.admin = true;
	ev->worker_set.name = name;
	ev->worker_set.status = status;
	ev->worker_set.text = "a test";
	lab_turn(l);
}

struct held *lab_report(struct lab *l, enum event_type type, int64_t job)
{
	const struct job_row *r = disk_job(l->disk, job);
	struct event *ev = lab_event(l, type);

	ev->cause.actor.method = BY_WORKER;
	snprintf(ev->cause.via, sizeof(ev->cause.via), "worker");
	ev->token = 0;
	ev->exec.worker = arena_strdup(l->arena, r->worker);
	ev->exec.held.job = job;
	ev->exec.held.execution = r->executions;
	ev->exec.held.end.exit_code = ev->exec.held.end.signal = -1;
	ev->exec.held.ended = type == EV_ENDED;
	return &ev->exec.held;
}

void lab_started(struct lab *l, int64_t job)
{
	struct held *h = lab_report(l, EV_STARTED, job);

	h->end.started_at = l->now.wall;
	h->end.limits = "none";
	lab_turn(l);
}

static void end(struct lab *l, int64_t job, int64_t started_at, const struct exec_end *how)
{
	struct held *h = lab_report(l, EV_ENDED, job);

	h->end = *how;
	h->end.started_at = started_at;
	h->end.ended_at = l->now.wall;
	h->end.duration = started_at > 0 ? l->now.wall - started_at : 0;
	lab_turn(l);
}

void lab_end(struct lab *l, int64_t job, enum end_cause cause, int exit_code, int signal)
{
	const struct exec_end how = { .cause = cause, .exit_code = exit_code, .signal = signal };

	end(l, job, disk_job(l->disk, job)->started_at, &how);
}

void lab_exit(struct lab *l, int64_t job, int exit_code)
{
	const struct exec_end how = { .cause = END_EXIT, .exit_code = exit_code, .signal = -1 };

	end(l, job, l->now.wall, &how);
}

/* ---- control */

struct ev_control *lab_order(struct lab *l, enum control_op op, int64_t first, int64_t last)
{
	struct event *ev = lab_event(l, EV_CONTROL);
	const char **name = arena_alloc(l->arena, sizeof(*name));
	int64_t range[2] = { first, last }, *kept = arena_memdup(l->arena, range, sizeof(range));
	char text[48];

	snprintf(text, sizeof(text), "%" PRId64 "-%" PRId64, first, last);
	*name = arena_strdup(l->arena, text);
	ev->control.op = op;
	ev->control.names = name;
	ev->control.first = &kept[0];
	ev->control.last = &kept[1];
	ev->control.n = 1;
	ev->control.signal = 10;
	return &ev->control;
}

int lab_range(struct lab *l, enum control_op op, int64_t first, int64_t last, bool now)
{
	lab_order(l, op, first, last)->now = now;
	lab_turn(l);
	return lab_item(l, 0)->code;
}

int lab_control(struct lab *l, enum control_op op, int64_t job)
{
	return lab_range(l, op, job, job, false);
}

/* ---- looking */

bool disk_element(const struct disk *d, int64_t id, struct job_row *row)
{
	for (size_t i = 0; i < d->job_rows.n; i++) {
		const struct job_row *r = d->job_rows.rows[i];

		if (row_is_array(r) && id > r->id && id <= array_last(r))
			return array_element_row(r, id, row) == 0;
	}
	return false;
}

const struct effect *lab_effect(const struct lab *l, enum effect_type type, size_t nth)
{
	size_t i;

	for (i = 0; i < l->turn->neffects; i++)
		if (l->turn->effects[i].type == type && nth-- == 0)
			return &l->turn->effects[i];
	return NULL;
}

size_t lab_effects(const struct lab *l, enum effect_type type)
{
	size_t i, n = 0;

	for (i = 0; i < l->turn->neffects; i++)
		n += l->turn->effects[i].type == type;
	return n;
}

const struct reply_item *lab_item(const struct lab *l, size_t nth)
{
	static const struct reply_item none = { .code = -1, .text = "no reply" };
	const struct effect *f = lab_effect(l, EFF_REPLY, 0);

	return f != NULL && nth < f->reply.n ? &f->reply.items[nth] : &none;
}

const char *lab_notes(const struct lab *l, int64_t job)
{
	static char text[200];
	size_t i, n = 0;

	text[0] = '\0';
	for (i = 0; i < l->turn->nmuts; i++) {
		const struct mut *m = &l->turn->muts[i];

		if (m->type == MUT_NOTE && m->note.job == job && n < sizeof(text) - 1)
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s>%s",
			    n > 0 ? " " : "", job_status_name(m->note.from),
			    job_status_name(m->note.to));
	}
	return text;
}

const char *lab_where(const struct lab *l, int64_t job)
{
	static char texts[8][64];
	static int turn;
	const struct job_row *r = disk_job(l->disk, job);
	char *text = texts[turn++ % 8];

	if (r == NULL)
		return "no such job";
	snprintf(text, sizeof(texts[0]), "%s%s%s", job_status_name((enum job_status)r->status),
	    r->reason != 0 ? " " : "", reason_name((enum reason)r->reason));
	return text;
}
