/*
 * requests: what may be asked, and by whom.
 *
 * A row of the table says for each type who may, and whether it needs a disk with
 * room; the dispatcher is short.  A handler makes an event with a token, or refuses
 * at once what needs no look at the state.
 */
#include <bsd/string.h>
#include <string.h>

#include "msg/plan.h"
#include "notices.h"
#include "schedules.h"
#include "settings.h"

#define TARGET_IDS_MAX 1000000	/* jobs named by one request */

struct request {
	enum msg_type type;
	bool admin;		/* only root and the spool's owner */
	bool writes;
	void (*handle)(struct client *c, const struct msg *m);
};

static uint64_t seq_of(const struct msg *m)
{
	return msg_u64(m, F_SEQ, 0);
}

void cause_fill(struct jobd *d, struct cause *cause, const struct actor *who, const char *via)
{
	memset(cause, 0, sizeof(*cause));
	cause->actor = *who;
	strlcpy(cause->via, via, sizeof(cause->via));
	cause->request = loop_request(d);
}

/* ---- submit */

/* A personal jobd runs everything as its owner; else only an admin runs as others. */
static int run_as(const struct jobd *d, const struct actor *who, struct job_row *row,
    struct err *e)
{
	if (row->run_as != NULL && strcmp(row->run_as, who->name) != 0) {
		if (!d->spool.system)
			return err_set(e, ERR_UNAVAIL, "run_as: this jobd runs jobs as its owner "
			    "only");
		if (!who->admin)
			return err_set(e, ERR_PERM, "run_as: only an administrator runs jobs as %s",
			    row->run_as);
		return 0;
	}
	row->run_as = d->spool.system ? row->user : NULL;
	return 0;
}

/* What its queue says of jobs that do not say. */
static void queue_defaults(const struct jobd *d, const struct msg *m,
    struct request_defaults *r)
{
	const char *name = msg_has(m, F_QUEUE) ? msg_str(m, F_QUEUE) : r->queue;
	const struct queue_conf *q = name != NULL ? queue_in_force(d, name) : NULL;

	if (q == NULL)
		return;
	if (q->default_priority != CONF_AUTO)
		r->priority = q->default_priority;
	if (q->default_time_limit != CONF_AUTO)
		r->time_limit = q->default_time_limit;
	if (q->default_cpus != CONF_AUTO)
		r->cpus = q->default_cpus;
	if (q->default_memory != CONF_AUTO)
		r->mem = q->default_memory;
	if (q->default_retries != CONF_AUTO)
		r->max_retries = q->default_retries;
}

int submit_fill(struct jobd *d, const struct actor *who, const struct msg *m,
    struct job_request *req, struct err *e)
{
	const struct conf *conf = &d->conf;
	struct request_defaults defaults = {
		.cpus = conf->default_cpus, .mem = conf->default_memory,
		.priority = conf->default_priority, .time_limit = conf->default_time_limit,
		.max_retries = conf->default_retries, .kill_grace = conf->kill_grace,
		.queue = conf->default_queue, .prefer = conf->prefer,
	};
	struct job_row *row = &req->row;

	queue_defaults(d, m, &defaults);
	if (request_submit(m, &defaults, loop_arena(d), req, e) == -1)
		return -1;
	row->user = arena_strdup(loop_arena(d), who->name);
	row->uid = who->uid;
	row->created_at = now_read().wall;
	if (notices_allowed(d, row->notify, e) == -1)
		return -1;
	return run_as(d, who, row, e);
}

static void on_submit(struct client *c, const struct msg *m)
{
	struct jobd *d = c->d;
	struct job_request *req = arena_alloc(loop_arena(d), sizeof(*req));
	struct event *ev;
	struct err e;

	if (request_recurs(m)) {
		schedule_submit(c, m);
		return;
	}
	if (submit_fill(d, &c->actor, m, req, &e) == -1) {
		client_error(c, seq_of(m), &e);
		return;
	}
	ev = loop_event(d, EV_SUBMIT);
	cause_fill(d, &ev->cause, &c->actor, "socket");
	ev->submit.jobs = req;
	ev->submit.n = 1;
	ev->token = ask_new(d, c, seq_of(m), answer_submit)->token;
}

/* ---- control */

static int targets_read(struct jobd *d, const struct msg *m, struct ev_control *ct,
    struct err *e)
{
	size_t n = msg_count(m, F_TARGET), i, iter = 0;
	const char **names = arena_alloc(loop_arena(d), n * sizeof(*names));
	int64_t *first = arena_alloc(loop_arena(d), n * sizeof(*first));
	int64_t *last = arena_alloc(loop_arena(d), n * sizeof(*last)), ids = 0;
	struct uuid u;

	if (n == 0)
		return err_set(e, ERR_USAGE, "no job is named");
	for (i = 0; i < n; i++) {
		names[i] = arena_strdup(loop_arena(d), msg_next(m, F_TARGET, &iter));
		if (request_target(names[i], &first[i], &last[i], &u, e) == -1)
			return -1;
		ids += last[i] - first[i] + 1;
		if (ids > TARGET_IDS_MAX)
			return err_set(e, ERR_USAGE, "more than %d jobs in one request",
			    TARGET_IDS_MAX);
	}
	ct->names = names;
	ct->first = first;
	ct->last = last;
	ct->n = n;
	return 0;
}

static int change_read(struct jobd *d, const struct msg *m, struct ev_control *ct,
    struct err *e)
{
	struct change *ch = arena_alloc(loop_arena(d), sizeof(*ch));

	ct->change = ch;
	return request_change(m, loop_arena(d), ch, e);
}

static int control_read(struct jobd *d, const struct msg *m, struct ev_control *ct,
    struct err *e)
{
	int op = control_op_parse(msg_str(m, F_OP));
	uint64_t sig = msg_u64(m, F_SIGNAL, 0);

	if (op == -1)
		return err_set(e, ERR_DATA, "op: \"%s\" is none that jobd knows", msg_str(m, F_OP));
	if (op == CONTROL_SIGNAL && (sig < 1 || sig > 64))
		return err_set(e, ERR_DATA, "signal: 1 to 64 is accepted");
	ct->op = (enum control_op)op;
	ct->signal = (int)sig;
	ct->main_only = msg_flag(m, F_MAIN_ONLY);
	ct->now = msg_flag(m, F_NOW);
	ct->text = arena_strdup(loop_arena(d), msg_str(m, F_TEXT));
	if (ct->op == CONTROL_SET && change_read(d, m, ct, e) == -1)
		return -1;
	return targets_read(d, m, ct, e);
}

static void on_control(struct client *c, const struct msg *m)
{
	struct ev_control ct = { .op = CONTROL_CANCEL };
	struct jobd *d = c->d;
	struct event *ev;
	struct err e;

	if (control_read(d, m, &ct, &e) == -1) {
		client_error(c, seq_of(m), &e);
		return;
	}
	ev = loop_event(d, EV_CONTROL);
	cause_fill(d, &ev->cause, &c->actor, "socket");
	ev->control = ct;
	ev->token = ask_new(d, c, seq_of(m), answer_control)->token;
}

/* ---- the rest */

static void on_worker_set(struct client *c, const struct msg *m)
{
	static const struct {
		const char *word;
		enum worker_status status;
		bool dead;
	} ops[] = {
		{ "undrain", WORKER_ACTIVE, false }, { "drain", WORKER_DRAINING, false },
		{ "lost", WORKER_ACTIVE, true },
	};
	const size_t count = sizeof(ops) / sizeof(ops[0]);
	const char *op = msg_str(m, F_OP);
	struct jobd *d = c->d;
	struct event *ev;
	struct err e;
	size_t i = 0;

	while (i < count && strcmp(op, ops[i].word) != 0)
		i++;
	if (i == count) {
		err_set(&e, ERR_DATA, "op: \"%s\" is none of drain, undrain and lost", op);
		client_error(c, seq_of(m), &e);
		return;
	}
	ev = loop_event(d, EV_WORKER_SET);
	cause_fill(d, &ev->cause, &c->actor, "socket");
	ev->worker_set.name = arena_strdup(loop_arena(d), msg_str(m, F_WORKER));
	ev->worker_set.status = ops[i].status;
	ev->worker_set.dead = ops[i].dead;
	ev->worker_set.text = arena_strdup(loop_arena(d), msg_str(m, F_TEXT));
	ev->token = ask_new(d, c, seq_of(m), answer_done)->token;
}

static void on_account_set(struct client *c, const struct msg *m)
{
	const char *team = msg_str(m, F_ACCOUNT), *user = msg_str(m, F_USER);
	struct jobd *d = c->d;
	struct event *ev;
	struct err e;

	if (team == NULL && user == NULL) {
		err_set(&e, ERR_DATA, "user: missing, and account, too");
		client_error(c, seq_of(m), &e);
		return;
	}
	ev = loop_event(d, EV_ACCOUNT_SET);
	cause_fill(d, &ev->cause, &c->actor, "socket");
	ev->account_set.team = arena_strdup(loop_arena(d), team);
	ev->account_set.user = arena_strdup(loop_arena(d), user);
	ev->account_set.shares = (int64_t)msg_u64(m, F_SHARES, 0);
	ev->token = ask_new(d, c, seq_of(m), answer_done)->token;
}

static void on_accept(struct client *c, const struct msg *m)
{
	struct jobd *d = c->d;
	struct event *ev;
	struct err e;

	if (!d->start.restored) {
		err_set(&e, ERR_DATA, "this spool was not restored, or was accepted already");
		client_error(c, seq_of(m), &e);
		return;
	}
	ev = loop_event(d, EV_ACCEPT);
	cause_fill(d, &ev->cause, &c->actor, "socket");
	ev->token = ask_new(d, c, seq_of(m), answer_accept)->token;
}

static void on_status(struct client *c, const struct msg *m)
{
	client_send(c, status_reply(c->d, seq_of(m)));
}

static const struct request requests[] = {
	{ MSG_SUBMIT, false, true, on_submit },
	{ MSG_BATCH, false, true, batch_begin },
	{ MSG_CONTROL, false, true, on_control },
	{ MSG_SCHEDULE, false, true, schedule_order },
	{ MSG_WAIT, false, false, wait_begin },
	{ MSG_WORKER_SET, true, true, on_worker_set },
	{ MSG_ACCOUNT_SET, true, true, on_account_set },
	{ MSG_SETTING, true, true, setting_request },
	{ MSG_ACCEPT, true, true, on_accept },
	{ MSG_STATUS, false, false, on_status },
};

static const struct request *find(enum msg_type type)
{
	size_t i;

	for (i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		if (requests[i].type == type)
			return &requests[i];
	return NULL;
}

void request_handle(struct client *c, struct msg *m, size_t bytes)
{
	const struct request *r = find(msg_type(m));
	struct err e;

	err_clear(&e);
	if (c->batch != NULL) {
		batch_add(c, m, bytes);
		return;
	}
	if (r == NULL)
		err_set(&e, ERR_DATA, "%s is no request", msg_type_name(msg_type(m)));
	else if (r->admin && !c->actor.admin)
		err_set(&e, ERR_PERM, "only an administrator may do that");
	else if (r->writes && c->d->read_only)
		err_set(&e, ERR_AGAIN, "the disk of the spool is full: try later");
	else
		r->handle(c, m);
	if (e.code != ERR_NONE)
		client_error(c, seq_of(m), &e);
	msg_free(m);
}
