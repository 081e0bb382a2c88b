/*
 * simclient: who submits and gives orders in the simulation.
 *
 * A submission is sent again until it is answered, over every crash; an order is sent
 * once.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "simworld.h"

static int64_t any_job(struct sim *s)
{
	int64_t n = core_next_id(s->core), back = (int64_t)sim_rnd(s, 40);

	return n - back > 0 ? n - back : 1 + (int64_t)sim_rnd(s, (uint64_t)n);
}

static void random_waits(struct sim *s, struct job_row *row)
{
	if (sim_rnd(s, 12) == 0)
		row->hold = HOLD_USER;
	if (sim_rnd(s, 10) == 0)
		row->begin_at = s->now.wall + (int64_t)sim_rnd(s, 60000);
	if (sim_rnd(s, 10) == 0)
		row->deadline_at = s->now.wall + (int64_t)sim_rnd(s, 90000);
	if (sim_rnd(s, 10) == 0)
		row->queue_timeout = 1 + (int64_t)sim_rnd(s, 60000);
}

static void random_times(struct sim *s, struct job_row *row)
{
	if (sim_rnd(s, 4) != 0)
		row->time_limit = 1000 * (1 + (int64_t)sim_rnd(s, 60));
}

static void random_failures(struct sim *s, struct job_row *row)
{
	row->max_retries = (int64_t)sim_rnd(s, 4);
	row->retry_policy = (int64_t)sim_rnd(s, 3);
	row->retry_delay = 1000;
	row->retry_max_delay = 4000;
	row->retry_jitter = 10;
	row->no_requeue = sim_rnd(s, 6) == 0;
	if (sim_rnd(s, 8) == 0)
		row->retry_on = "timeout,oom";
	if (sim_rnd(s, 8) == 0)
		row->no_retry_on = "75,infra";
	if (sim_rnd(s, 8) == 0)
		row->success_codes = "0-2";
	if (sim_rnd(s, 4) == 0)
		row->retry_mem = "2x:3G";
}

/* All of it is somewhere: see simworker_attach. */
static void random_place(struct sim *s, struct job_row *row)
{
	if (sim_rnd(s, 4) == 0)
		row->named = sim_rnd(s, 2) == 0 ? "fpga=1" : "fpga=2,nic=1";
	if (sim_rnd(s, 5) == 0)
		row->gpus = 1 + (int64_t)sim_rnd(s, 2);
	if (sim_rnd(s, 6) == 0)
		row->tokens = sim_rnd(s, 2) == 0 ? "lic=1" : "lic=2";
	if (sim_rnd(s, 8) == 0)
		row->constraints = sim_rnd(s, 2) == 0 ? "odd" : "worker!=w0";
	if (sim_rnd(s, 8) == 0)
		row->prefer = "!odd";
	if (sim_rnd(s, 20) == 0)
		row->not_workers = "w2";
	row->exclusive = sim_rnd(s, 20) == 0;
}

static void random_dep(struct sim *s, struct dep_request *d)
{
	d->type = (enum dep_type)sim_rnd(s, DEP_START + 1);
	d->parent = any_job(s);
	d->delay = d->type == DEP_START && sim_rnd(s, 2) == 0 ? (int64_t)sim_rnd(s, 60000) : 0;
}

static void random_array(struct sim *s, struct job_row *row)
{
	static const char *const specs[] = { "1-6:2", "0-4", "7", "1,3,9-12" };
	static const char *const halts[] = { "soon,fail=1", "now,fail=2", "now,fail=1" };

	row->array_spec = specs[sim_rnd(s, 4)];
	if (sim_rnd(s, 2) == 0)
		row->array_limit = 1 + (int64_t)sim_rnd(s, 3);
	if (sim_rnd(s, 3) == 0)
		row->array_halt = halts[sim_rnd(s, 3)];
}

static void random_request(struct sim *s, struct job_request *r)
{
	static const char *const keys[] = { "a", "b", "c", "d", "e" };
	static const char *const scopes[] = { "active", "window", "forever" };
	static const char *const names[] = { "x", "y", "z" };
	struct job_row *row = &r->row;
	size_t i, n = sim_rnd(s, 3) == 0 ? 1 + sim_rnd(s, 3) : 0;

	s->serial++;
	memcpy(&row->uuid.b[8], &s->serial, sizeof(s->serial));
	row->uuid.b[0] = 1;
	row->uid = 1000 + (int64_t)sim_rnd(s, 2);
	row->user = row->run_as = row->uid == 1000 ? "alice" : "bob";
	row->command = "true";
	/* Only those of the same size can go ahead. */
	row->cpus = s->conf.ahead > 0 && sim_rnd(s, 4) != 0 ? 1000 :
	    500 * (1 + (int64_t)sim_rnd(s, 8));
	row->mem = s->conf.ahead > 0 ? 0 : 256 * (int64_t)sim_rnd(s, 5);
	if (s->conf.ahead == 0)
		random_place(s, row);
	row->priority = (int64_t)sim_rnd(s, 1001);
	row->created_at = s->now.wall;
	random_waits(s, row);
	random_times(s, row);
	random_failures(s, row);
	row->dep_any = sim_rnd(s, 3) == 0;
	row->dep_hold = sim_rnd(s, 3) == 0;
	row->singleton = sim_rnd(s, 6) == 0;
	row->name = names[sim_rnd(s, 3)];
	if (sim_rnd(s, 6) == 0)
		random_array(s, row);
	r->deps = arena_alloc(s->arena, (n + 1) * sizeof(*r->deps));
	for (i = 0; i < n; i++)
		random_dep(s, &r->deps[i]);
	r->ndeps = n;
	if (sim_rnd(s, 10) == 0) {
		row->key = keys[sim_rnd(s, 5)];
		row->key_scope = scopes[sim_rnd(s, 3)];
		row->spec_hash = sim_rnd(s, 3) == 0 ? "h1" : "h2";
	}
}

static struct event *new_client(struct sim *s, enum event_type type)
{
	struct simclient *cl;

	if (s->nclients == s->cap_clients) {
		s->cap_clients = s->cap_clients != 0 ? s->cap_clients * 2 : 64;
		s->clients = xreallocarray(s->clients, s->cap_clients, sizeof(*s->clients));
	}
	cl = &s->clients[s->nclients++];
	memset(cl, 0, sizeof(*cl));
	cl->ev.type = type;
	cl->ev.token = s->nclients;
	return &cl->ev;
}

void simclient_submit(struct sim *s)
{
	size_t n = sim_rnd(s, 4) == 0 ? 2 + sim_rnd(s, 3) : 1, i;
	struct event *ev = new_client(s, EV_SUBMIT);

	ev->cause = (struct cause){ .actor = { .name = "alice", .method = BY_SOCKET, .uid = 1000 },
	    .via = "jobsub" };
	ev->submit.jobs = arena_alloc(s->arena, n * sizeof(struct job_request));
	ev->submit.n = n;
	ev->submit.atomic = sim_rnd(s, 3) == 0;
	for (i = 0; i < n; i++)
		random_request(s, &ev->submit.jobs[i]);
}

/* One attribute, to a value that some jobs may have and others may not. */
static const struct change *random_change(struct sim *s)
{
	static const enum attr numbers[] = { ATTR_PRIORITY, ATTR_TIME, ATTR_CPUS, ATTR_MEM,
	    ATTR_BEGIN, ATTR_DEADLINE, ATTR_QUEUE_TIMEOUT, ATTR_RETRIES, ATTR_NO_REQUEUE };
	enum attr a = numbers[sim_rnd(s, sizeof(numbers) / sizeof(numbers[0]))];
	struct change *ch = arena_alloc(s->arena, sizeof(*ch));
	int64_t *at = (int64_t *)(void *)((char *)&ch->row + attr_column(a)->offset);

	ch->set = ATTR_BIT(a);
	*at = a == ATTR_BEGIN || a == ATTR_DEADLINE ? s->now.wall + sim_rnd(s, 600000) :
	    a == ATTR_TIME || a == ATTR_QUEUE_TIMEOUT ? sim_rnd(s, 600000) :
	    a == ATTR_CPUS ? 500 + sim_rnd(s, 2000) : sim_rnd(s, 2);
	return ch;
}

struct ev_control *simclient_control(struct sim *s, enum control_op op, int64_t first,
    int64_t last)
{
	struct event *ev = new_client(s, EV_CONTROL);
	int64_t range[] = { first, last }, *kept = arena_memdup(s->arena, range, sizeof(range));
	static const char *const name[] = { "x" };

	ev->cause = (struct cause){ .actor = { .name = "root", .method = BY_SOCKET,
	    .admin = true }, .via = "jobctl" };
	ev->control = (struct ev_control){ .op = op, .names = name, .first = &kept[0],
	    .last = &kept[1], .n = 1, .signal = 10 };
	if (op == CONTROL_SET)
		ev->control.change = random_change(s);
	return &ev->control;
}

void simclient_order(struct sim *s)
{
	int64_t first = any_job(s), last = first;
	struct ev_control *ct;
	struct actor *a;

	if (sim_rnd(s, 4) == 0)
		last += (int64_t)sim_rnd(s, 5);
	ct = simclient_control(s, (enum control_op)sim_rnd(s, CONTROL_COUNT), first, last);
	ct->now = sim_rnd(s, 3) == 0;
	a = &s->clients[s->nclients - 1].ev.cause.actor;
	if (sim_rnd(s, 3) != 0) {
		a->admin = false;
		a->uid = 1000 + (int64_t)sim_rnd(s, 3);
		snprintf(a->name, sizeof(a->name), "user%" PRId64, a->uid);
	}
}

/* ---- what is sent, and what is answered */

/*
 * Submissions are sent again until they are answered, and by a fault once more after
 * that; orders are sent once.
 */
void simclient_send(struct sim *s)
{
	size_t i;

	for (i = 0; i < s->nclients; i++) {
		struct simclient *cl = &s->clients[i];

		if (cl->answered && cl->id != 0 && s->conf.faults && sim_rnd(s, 300) == 0)
			*sim_event(s, cl->ev.type) = cl->ev;
		if (cl->sent || cl->answered)
			continue;
		*sim_event(s, cl->ev.type) = cl->ev;
		cl->sent = true;
		cl->answered = cl->ev.type == EV_CONTROL;
	}
}

/* What a request depends on stands on disk with it, unless it was a job before. */
static void check_deps(struct sim *s, const struct reply_item *it, const struct job_request *r)
{
	size_t i;

	for (i = 0; !it->duplicate && i < r->ndeps; i++)
		if (disk_dep(s->disk, it->job, r->deps[i].parent) == NULL)
			sim_error(s, "job %" PRId64 " depends on %" PRId64 ", which is not on disk",
			    it->job, r->deps[i].parent);
}

static void check_item(struct sim *s, const struct reply_item *it, const struct job_request *r)
{
	if (disk_job(s->disk, it->job) == NULL)
		sim_error(s, "job %" PRId64 " was accepted and is not on disk", it->job);
	if (r->row.key == NULL && disk_uuid(s->disk, &r->row.uuid) != it->job)
		sim_error(s, "job %" PRId64 " was accepted under another's uuid", it->job);
	check_deps(s, it, r);
}

void simclient_reply(struct sim *s, const struct effect *f)
{
	struct simclient *cl;
	size_t i, taken = 0;

	if (f->token == 0)
		return;
	cl = &s->clients[f->token - 1];
	for (i = 0; cl->ev.type == EV_SUBMIT && i < f->reply.n; i++) {
		if (f->reply.items[i].code != 0)
			continue;
		check_item(s, &f->reply.items[i], &cl->ev.submit.jobs[i]);
		taken++;
		if (i == 0 && cl->id != 0 && cl->id != f->reply.items[i].job &&
		    cl->ev.submit.jobs[0].row.key == NULL)
			sim_error(s, "job %" PRId64 " has become job %" PRId64 ", too", cl->id,
			    f->reply.items[i].job);
		if (i == 0)
			cl->id = f->reply.items[i].job;
	}
	if (cl->ev.type == EV_SUBMIT && cl->ev.submit.atomic && taken > 0 &&
	    taken < cl->ev.submit.n)
		sim_error(s, "%zu of %zu were taken, which are all or none", taken,
		    cl->ev.submit.n);
	cl->answered = true;
}
