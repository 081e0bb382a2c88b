/*
 * coresim: the world: clients, time, the lagging disk, crashes; and the calm at the
 * end, in which every job that was accepted has to come to its end.
 *
 * Everything random comes from the seed.  The first thing that is not as it must be
 * is kept in `error` and ends the history.
 */
#include "simworld.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "core/elements.h"

#define START INT64_C(1800000000000)
#define UPTIME INT64_C(1000000000)
#define CENTURY INT64_C(3155760000000)
#define FOUND_MAX 4000
#define EFFECTS_MAX 3000		/* far more than a turn of so small a world can have */

uint64_t sim_rnd(struct sim *s, uint64_t below)
{
	s->rnd++;
	return splitmix64(s->rnd) % below;
}

void sim_error(struct sim *s, const char *fmt, ...)
{
	int n = snprintf(s->error, s->error[0] == '\0' ? sizeof(s->error) : 0, "step %zu: ",
	    s->stepped);
	va_list ap;

	if (s->error[0] == '\0' || strlen(s->error) != (size_t)n)
		return;		/* only the first */
	va_start(ap, fmt);
	vsnprintf(s->error + n, sizeof(s->error) - (size_t)n, fmt, ap);
	va_end(ap);
}

struct event *sim_event(struct sim *s, enum event_type type)
{
	struct event *ev;

	if (s->ninbox == s->cap_inbox) {
		s->cap_inbox = s->cap_inbox != 0 ? s->cap_inbox * 2 : 64;
		s->inbox = xreallocarray(s->inbox, s->cap_inbox, sizeof(*s->inbox));
	}
	ev = &s->inbox[s->ninbox++];
	memset(ev, 0, sizeof(*ev));
	ev->type = type;
	ev->cause = (struct cause){ .actor = { .name = "root", .method = BY_SOCKET, .admin = true },
	    .via = "sim" };
	return ev;
}

/* ---- what is looked up before a turn */

static void look_up_parent(const struct sim *s, struct dep_request *d)
{
	const struct job_row *r = disk_job(s->disk, d->parent);
	struct job_row none;

	if (r == NULL && disk_element(s->disk, d->parent, &none))
		r = &none;
	d->on_disk = !core_holds(s->core, d->parent) && r != NULL;
	d->end = d->on_disk ? (struct parent){ (enum job_status)r->status, r->started_at,
	    r->retry_count > 0 } : (struct parent){ JOB_QUEUED, 0, false };
}

static bool in_force(const struct sim *s, const struct job_row *r)
{
	if (r == NULL || r->completed_at == 0 || strcmp(r->key_scope, "forever") == 0)
		return r != NULL;
	return strcmp(r->key_scope, "window") == 0 &&
	    s->now.wall - r->completed_at < INT64_C(86400000);
}

static void look_up_request(const struct sim *s, struct job_request *r)
{
	const struct job_row *known;
	size_t i;

	for (i = 0; i < r->ndeps; i++)
		look_up_parent(s, &r->deps[i]);
	r->known_id = core_find_uuid(s->core, &r->row.uuid) != 0 ? 0 :
	    disk_uuid(s->disk, &r->row.uuid);
	r->known_by_key = false;
	if (r->known_id == 0 && r->row.key != NULL) {
		known = disk_key(s->disk, r->row.uid, r->row.key);
		r->known_by_key = in_force(s, known);
		r->known_id = r->known_by_key ? known->id : 0;
	}
	if (r->known_id != 0) {
		r->known_uid = disk_job(s->disk, r->known_id)->uid;
		r->known_hash = disk_job(s->disk, r->known_id)->spec_hash;
	}
}

/* It moves to the history when its array has been over for long. */
static bool archived(const struct sim *s, const struct job_row *r)
{
	if (row_is_element(r))
		r = disk_job(s->disk, r->array_id);
	return r->completed_at != 0 && s->now.wall - r->completed_at > 300000;
}

static void look_up_target(struct sim *s, struct ev_control *ct, struct found_job *found,
    int64_t id)
{
	const struct job_row *r = disk_job(s->disk, id);
	struct found_job *f = &found[ct->nfound];

	if (core_holds(s->core, id) || !job_status_terminal((enum job_status)r->status))
		return;
	if (ct->nfound == FOUND_MAX)
		abort();
	f->row = *r;
	f->archived = archived(s, r);
	f->fresh.b[0] = 0xf0;
	memcpy(&f->fresh.b[8], &s->serial, sizeof(s->serial));
	s->serial++;
	ct->nfound++;
}

static void look_up_targets(struct sim *s, struct ev_control *ct)
{
	struct found_job *found = arena_alloc(s->arena, FOUND_MAX * sizeof(*found));
	int64_t id, last = *ct->last;

	ct->found = found;
	for (id = *ct->first; id > 0 && id <= last && id < core_next_id(s->core); id++) {
		const struct job_row *r = disk_job(s->disk, id);

		if (r == NULL)
			continue;
		if (row_is_element(r))
			look_up_target(s, ct, found, r->array_id);
		look_up_target(s, ct, found, id);
		if (ct->op == CONTROL_RERUN && array_last(r) > last)
			last = array_last(r);
	}
}

static void look_up(struct sim *s)
{
	size_t i, k;

	for (i = 0; i < s->ninbox; i++) {
		struct event *ev = &s->inbox[i];

		if (ev->type == EV_CONTROL)
			look_up_targets(s, &ev->control);
		for (k = 0; ev->type == EV_SUBMIT && k < ev->submit.n; k++)
			look_up_request(s, &ev->submit.jobs[k]);
	}
}

/* ---- turns and the disk */

static void check_core(struct sim *s)
{
	struct err e;

	err_clear(&e);
	if (core_check(s->core, &e) == -1)
		sim_error(s, "check: %s", e.text);
}

static void keep_turn(struct sim *s, struct turn *t)
{
	struct buf text;

	if (t->neffects > EFFECTS_MAX)
		sim_error(s, "turn %" PRIu64 " has %zu effects", t->number, t->neffects);
	buf_init(&text, (size_t)1 << 30);
	turn_text(t, &text);
	s->hash = hash64(s->hash, text.data, text.len);
	if (s->conf.tell)
		fprintf(stderr, "--- step %zu, turn %" PRIu64 "\n%s", s->stepped, t->number,
		    text.data != NULL ? text.data : "");
	buf_release(&text);
	s->turns = xreallocarray(s->turns, s->nturns + 1, sizeof(struct turn *));
	s->turns[s->nturns++] = t;
	check_core(s);
}

static void release(struct sim *s, const struct turn *t)
{
	size_t i;

	for (i = 0; i < t->neffects; i++) {
		const struct effect *f = &t->effects[i];

		if (f->type == EFF_REPLY)
			simclient_reply(s, f);
		else if (f->type != EFF_STATE && f->type != EFF_NOTICE)
			simworker_order(s, f);
	}
}

static void apply_again(struct sim *s, const struct turn *t)
{
	char *once = disk_text(s->disk), *twice;

	disk_apply(s->disk, t);
	twice = disk_text(s->disk);
	if (strcmp(once, twice) != 0)
		sim_error(s, "turn %" PRIu64 " applied twice is not as once", t->number);
	free(once);
	free(twice);
}

static void make_durable(struct sim *s)
{
	struct turn *t = s->turns[0];
	struct err e;

	err_clear(&e);
	if (audit_before(s->disk, t, &e) == -1)
		sim_error(s, "%s", e.text);
	disk_apply(s->disk, t);
	if (audit_after(s->disk, t, &e) == -1)
		sim_error(s, "%s", e.text);
	watch_rows(s, t);
	if (s->conf.twice)
		apply_again(s, t);
	memmove(&s->turns[0], &s->turns[1], --s->nturns * sizeof(struct turn *));
	core_durable(s->core, t->number);
	release(s, t);
	turn_free(t);
	check_core(s);
}

static void run_turn(struct sim *s)
{
	struct turn *t = turn_new(++s->number);

	look_up(s);
	core_turn(s->core, s->now, s->inbox, s->ninbox, t);
	watch_answers(s, t);
	s->events += s->ninbox;
	s->ninbox = 0;
	keep_turn(s, t);
	while (!s->conf.lag && s->nturns > 0)
		make_durable(s);
}

static void drop_core(struct sim *s)
{
	while (s->nturns > 0)
		turn_free(s->turns[--s->nturns]);
	core_free(s->core);
}

/* What was not durable never was; what was on its way is lost. */
static void crash(struct sim *s)
{
	struct turn *t = turn_new(1);
	size_t i;

	drop_core(s);
	s->ninbox = 0;
	for (i = 0; i < SIM_WORKERS; i++) {
		s->workers[i].attached = false;
		s->workers[i].nnews = s->workers[i].norders = 0;
	}
	for (i = 0; i < s->nclients; i++)
		s->clients[i].sent = s->clients[i].answered;
	s->crashes++;
	s->core_conf.epoch++;
	s->core = core_new(&s->core_conf);
	s->number = 1;
	disk_restore(s->disk, s->core, s->now, t);
	keep_turn(s, t);
	while (!s->conf.lag && s->nturns > 0)
		make_durable(s);
}

/* ---- steps */

static void pass_time(struct sim *s)
{
	int64_t due = core_due(s->core, s->now);
	int64_t ms = sim_rnd(s, 3) == 0 && due > 0 ? due : (int64_t)sim_rnd(s, 8000);

	s->now.wall += ms;
	s->now.boot += ms;
	if (s->conf.jumps && sim_rnd(s, 10) == 0)
		s->now.wall += ((int64_t)sim_rnd(s, 3) - 1) * 100000;
}

/* A bound of jobs keeps nobody from an end; 0 is none. */
static void other_bounds(struct sim *s)
{
	size_t i;

	for (i = 0; i < 2; i++) {
		s->shares[i].quota.max[QUOTA_JOBS] = (int64_t)sim_rnd(s, 4);
		s->shares[i].quota.max[QUOTA_QUEUED] = sim_rnd(s, 4) == 0 ? 10 : 0;
		/* a restart counts the minute anew */
		s->shares[i].quota.max[QUOTA_RATE] =
		    sim_rnd(s, 4) == 0 && s->conf.cut_at == 0 ? 20 : 0;
	}
	s->core_conf.site.max[QUOTA_JOBS] = sim_rnd(s, 3) == 0 ? 5 : 0;
}

static void other_policy(struct sim *s)
{
	static const int64_t reservations[] = { 0, 1, 2, RESERVATIONS_ALL };

	/* usage is not kept on disk */
	s->core_conf.policy = (enum policy)sim_rnd(s, s->conf.cut_at == 0 ? POLICY_HYBRID + 1 :
	    POLICY_FAIRSHARE);
	/* where everybody has a slot, a restart gives new ones */
	s->core_conf.reservations = reservations[sim_rnd(s, s->conf.cut_at == 0 ? 4 : 3)];
	s->core_conf.backfill_order = (enum backfill_order)sim_rnd(s, 2);
	s->core_conf.plan_by = (enum plan_by)sim_rnd(s, 2);
	s->core_conf.placement = (enum placement)sim_rnd(s, 2);
	s->core_conf.read_only = sim_rnd(s, 3) == 0;
	other_bounds(s);
	core_configure(s->core, &s->core_conf);
}

static void administer(struct sim *s)
{
	struct event *ev;

	if (sim_rnd(s, 3) == 0) {
		other_policy(s);
		return;
	}
	ev = sim_event(s, EV_WORKER_SET);
	ev->worker_set.name = s->workers[sim_rnd(s, SIM_WORKERS)].name;
	ev->worker_set.status = sim_rnd(s, 4) != 0 ? WORKER_ACTIVE :
	    (enum worker_status)sim_rnd(s, 3);
	ev->worker_set.text = "sim";
}

static void move_worker(struct sim *s)
{
	struct simworker *w = &s->workers[sim_rnd(s, SIM_WORKERS)];
	uint64_t n = sim_rnd(s, 100);

	if (!w->attached && n < 30)
		simworker_attach(s, w);
	else if (s->conf.faults && n < 3)
		simworker_cut(s, w);
	else if (s->conf.faults && n < 4)
		simworker_forget(s, w);
	else if (n < 50)
		simworker_progress(s, w);
	else if (n < 75)
		simworker_hear(s, w);
	else
		simworker_deliver(s, w);
}

/*
 * What a step draws depends on its number alone, so that one can be left out and the
 * others stay what they were.
 */
static void step(struct sim *s)
{
	uint64_t n;

	s->rnd = splitmix64(s->conf.seed * UINT64_C(1000000007) + s->stepped);
	if (s->conf.broken != 0 && s->conf.broken == s->stepped)
		sim_error(s, "this is the broken step");
	n = sim_rnd(s, 1000);
	if (n < 120)
		simclient_submit(s);
	else if (n < 180)
		simclient_order(s);
	else if (n < 190)
		administer(s);
	else if (n < 260)
		pass_time(s);
	else if (n < 650)
		move_worker(s);
	else if (s->conf.lag && n < 800) {
		if (s->nturns > 0)
			make_durable(s);
	} else if (s->conf.crashes && n >= 996)
		crash(s);
	else {
		simclient_send(s);
		run_turn(s);
	}
}

/* All are cut off at once; the core hears of it, or is another one. */
static void cut_all(struct sim *s)
{
	size_t i;

	simclient_send(s);
	run_turn(s);
	if (s->conf.restart) {
		crash(s);
		return;
	}
	for (i = 0; i < SIM_WORKERS; i++) {
		s->workers[i].attached = false;
		s->workers[i].nnews = s->workers[i].norders = 0;
		sim_event(s, EV_WORKER_DOWN)->down.worker = s->workers[i].name;
	}
	run_turn(s);
}

/* ---- the calm */

static void let_all_go(struct sim *s, size_t round)
{
	int64_t last = core_next_id(s->core) - 1, id;
	size_t i;

	for (i = 0; i < SIM_WORKERS; i++) {
		struct event *ev = sim_event(s, EV_WORKER_SET);

		ev->worker_set.name = s->workers[i].name;
		ev->worker_set.status = WORKER_ACTIVE;
		if (round % 20 == 0 || !s->workers[i].attached)
			simworker_attach(s, &s->workers[i]);
	}
	if (last > 0 && round % 4 == 0)
		simclient_control(s, CONTROL_RELEASE, 1, last);
	for (id = 1; id <= last; id++) {
		const struct job_row *r = disk_job(s->disk, id);

		if (r != NULL && ((r->status == JOB_QUEUED && r->reason == REASON_DEP_NEVER) ||
		    (r->status == JOB_RUNNING && sim_endless(id))))
			simclient_control(s, CONTROL_CANCEL, id, id);
	}
}

static bool all_quiet(const struct sim *s)
{
	return core_count(s->core, JOB_QUEUED) + core_count(s->core, JOB_SCHEDULED) +
	    core_count(s->core, JOB_RUNNING) == 0 && s->ninbox == 0 && !core_busy(s->core);
}

static void calm(struct sim *s)
{
	size_t round, i, k;

	s->conf.faults = s->conf.lag = s->core_conf.read_only = false;
	core_configure(s->core, &s->core_conf);
	for (i = 0; i < SIM_WORKERS; i++)
		while (s->workers[i].norders > 0)
			simworker_hear(s, &s->workers[i]);
	for (round = 0; round < 2000 && s->now.boot < CENTURY && s->error[0] == '\0'; round++) {
		let_all_go(s, round);
		simclient_send(s);
		run_turn(s);
		for (i = 0; i < SIM_WORKERS; i++) {
			for (k = 0; k < 4 * s->workers[i].n; k++)
				simworker_progress(s, &s->workers[i]);
			while (s->workers[i].nnews > 0)
				simworker_deliver(s, &s->workers[i]);
		}
		run_turn(s);
		if (round > 25 && all_quiet(s))
			return;
		if (core_due(s->core, s->now) > 0) {
			int64_t ms = core_due(s->core, s->now);

			s->now.wall += ms;
			s->now.boot += ms;
		}
	}
	sim_error(s, "there is no end: %zu queued, %zu scheduled, %zu running",
	    core_count(s->core, JOB_QUEUED), core_count(s->core, JOB_SCHEDULED),
	    core_count(s->core, JOB_RUNNING));
}

static void check_end(struct sim *s)
{
	size_t i;

	for (i = 0; i < s->disk->job_rows.n; i++) {
		const struct job_row *r = s->disk->job_rows.rows[i];

		s->ended++;
		if (!job_status_terminal((enum job_status)r->status))
			sim_error(s, "job %" PRId64 " is %s at the end", r->id,
			    job_status_name((enum job_status)r->status));
		if (core_holds(s->core, r->id))
			sim_error(s, "job %" PRId64 " is over and still in the core", r->id);
	}
	for (i = 0; i < s->nclients; i++)
		if (!s->clients[i].answered)
			sim_error(s, "request %zu was never answered", i);
	for (i = 0; i < s->disk->worker_rows.n; i++) {
		const struct worker_row *w = s->disk->worker_rows.rows[i];

		if (w->running != 0 || w->free_cpus != w->cpus || w->free_mem != w->mem ||
		    w->free_gpus != w->gpus || (w->named != NULL &&
		    strcmp(w->named, w->free_named) != 0))
			sim_error(s, "worker %s has something booked at the end", w->name);
	}
	for (i = 0; i < SIM_WORKERS; i++)
		if (s->workers[i].n > 0)
			sim_error(s, "worker %s holds %" PRId64 ".%" PRId64 " at the end",
			    s->workers[i].name, s->workers[i].ex[0].job,
			    s->workers[i].ex[0].number);
	if (core_due(s->core, s->now) != -1)
		sim_error(s, "a timer is left at the end");
}

static struct sim *sim_new(const struct sim_conf *conf)
{
	struct sim *s = xcalloc(1, sizeof(*s));
	size_t i;

	s->conf = *conf;
	s->shares[0] = (struct share){ .name = "alice", .shares = 1 };
	s->shares[1] = (struct share){ .name = "*", .shares = 1 };
	s->core_conf = (struct core_conf){ .policy = POLICY_PRIORITY, .epoch = 1,
	    .reservations = 1, .reserve_after = 5000, .age_interval = 10000, .age_step = 100,
	    .fair_weight = 100, .fair_half_life = 100000,
	    .max_requeues = 3, .cascade = conf->cascade, .max_queued = 60,
	    .ahead = conf->ahead, .tokens = "lic=2", .shares = s->shares, .nshares = 2,
	    .placement = conf->seed % 2 == 0 ? PLACE_PACK : PLACE_SPREAD };
	s->core = core_new(&s->core_conf);
	s->disk = disk_new();
	s->arena = arena_new();
	s->ran = map_new();
	s->now = (struct now){ START, UPTIME };
	for (i = 0; i < SIM_WORKERS; i++) {
		struct simworker *w = &s->workers[i];

		snprintf(w->name, sizeof(w->name), "w%zu", i);
		w->cpus = 2000 + 1000 * (int64_t)i;
		w->mem = 1024 + 512 * (int64_t)(SIM_WORKERS - i);
		w->journal = (uint8_t)(10 * i + 1);
	}
	return s;
}

struct sim *sim_run(const struct sim_conf *conf)
{
	struct sim *s = sim_new(conf);

	for (; s->stepped < conf->steps && s->error[0] == '\0'; s->stepped++) {
		if (conf->cut_at != 0 && s->stepped == conf->cut_at)
			cut_all(s);
		if (conf->skip == NULL || !conf->skip[s->stepped])
			step(s);
	}
	while (s->nturns > 0)
		make_durable(s);
	calm(s);
	if (s->error[0] == '\0')
		check_end(s);
	return s;
}

void sim_free(struct sim *s)
{
	size_t i;

	drop_core(s);
	for (i = 0; i < SIM_WORKERS; i++) {
		free(s->workers[i].ex);
		free(s->workers[i].news);
		free(s->workers[i].orders);
	}
	map_free(s->ran);
	free(s->turns);
	free(s->inbox);
	free(s->clients);
	disk_free(s->disk);
	arena_free(s->arena);
	free(s);
}
