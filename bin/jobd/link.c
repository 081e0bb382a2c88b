/*
 * link: what a worker says, as events.
 *
 * A table of message types and when they may come.  Before a worker is attached it
 * says who it is and what it holds; then it reports.  What it says is believed of
 * its own executions only: the core compares names and numbers.
 */
#include <bsd/string.h>
#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "msg/msg.h"
#include "worker.h"

struct said {
	enum msg_type type;
	bool attached;		/* comes after the greeting, else during it */
	int (*fn)(struct link *l, const struct msg *m, struct err *e);
};

void worker_cause(const struct link *l, struct cause *cause)
{
	memset(cause, 0, sizeof(*cause));
	strlcpy(cause->actor.name, l->name, sizeof(cause->actor.name));
	cause->actor.method = BY_WORKER;
	cause->actor.uid = -1;
	strlcpy(cause->via, "worker", sizeof(cause->via));
}

/* ---- the greeting */

static int64_t or_conf(const struct msg *m, enum msg_field f, int64_t conf)
{
	return conf != CONF_AUTO ? conf : (int64_t)msg_u64(m, f, 0);
}

static bool is_to_be_replaced(struct link *l, const char *version)
{
	bool other = strcmp(version, JOB_VERSION) != 0;

	if (other && l->replace == REPLACE_NONE && l->host != NULL &&
	    strcmp(host_transport_name(l->host), "ssh") == 0)
		l->replace = REPLACE_NEXT;
	else
		l->replace = other ? REPLACE_DONE : REPLACE_NONE;
	return l->replace == REPLACE_NEXT;
}

static int on_hello(struct link *l, const struct msg *m, struct err *e)
{
	const struct host *h = l->host;
	const struct conf *conf = &l->d->conf;
	struct worker_row *row = &l->row;

	if (l->greeted)
		return err_set(e, ERR_DATA, "it greeted twice");
	if (is_to_be_replaced(l, msg_str(m, F_VERSION)))
		return err_set(e, ERR_AGAIN, "its jobworker is of version %s, and is replaced by "
		    "%s", msg_str(m, F_VERSION), JOB_VERSION);
	l->greeted = true;
	memset(row, 0, sizeof(*row));
	row->name = arena_strdup(l->arena, l->name);
	row->type = h == NULL ? "local" : "vm";
	if (h != NULL) {
		row->region = arena_strdup(l->arena, h->region);
		row->zone = arena_strdup(l->arena, h->zone);
		row->labels = arena_strdup(l->arena, h->labels);
	}
	row->version = arena_strdup(l->arena, msg_str(m, F_VERSION));
	row->limits = arena_strdup(l->arena, msg_str(m, F_LIMITS));
	row->cpus = or_conf(m, F_CPUS, h != NULL ? h->cpus : conf->cpus);
	row->mem = or_conf(m, F_MEM, h != NULL ? h->memory : conf->memory);
	row->disk = or_conf(m, F_DISK, h != NULL ? h->disk : conf->disk);
	row->gpus = or_conf(m, F_GPUS, h != NULL ? h->gpus : conf->gpus);
	row->bw = h != NULL ? h->bandwidth : conf->bandwidth;
	row->gpu_type = arena_strdup(l->arena, h != NULL ? h->gpu_type : conf->gpu_type);
	row->named = arena_strdup(l->arena, h != NULL ? h->resources : conf->resources);
	return msg_uuid(m, F_JOURNAL, &row->journal);
}

static int read_end(const struct msg *m, struct arena *a, struct exec_end *end, struct err *e)
{
	const char *cause = msg_str(m, F_CAUSE);
	int v = cause != NULL ? end_cause_parse(cause) : -1;

	if (v == -1)
		return err_set(e, ERR_DATA, "an end without a cause that is known");
	end->cause = (enum end_cause)v;
	end->exit_code = msg_has(m, F_EXIT_CODE) ? (int)msg_u64(m, F_EXIT_CODE, 0) : -1;
	end->signal = msg_has(m, F_SIGNAL) ? (int)msg_u64(m, F_SIGNAL, 0) : -1;
	end->started_at = msg_i64(m, F_AT, 0);
	end->ended_at = msg_i64(m, F_ENDED, 0);
	end->duration = (int64_t)msg_u64(m, F_DURATION, 0);
	end->cpu_ms = (int64_t)msg_u64(m, F_CPU_MS, 0);
	end->max_rss = (int64_t)msg_u64(m, F_MAX_RSS, 0);
	end->out_bytes = (int64_t)msg_u64(m, F_OUT_BYTES, 0);
	end->err_bytes = (int64_t)msg_u64(m, F_ERR_BYTES, 0);
	end->text = arena_strdup(a, msg_str(m, F_TEXT));
	end->limits = arena_strdup(a, msg_str(m, F_LIMITS));
	return 0;
}

static struct held *held_add(struct link *l)
{
	struct held *more;

	if (l->nheld == l->cap_held) {
		l->cap_held = l->cap_held != 0 ? l->cap_held * 2 : 64;
		more = arena_alloc(l->arena, l->cap_held * sizeof(*more));
		if (l->nheld > 0)
			memcpy(more, l->held, l->nheld * sizeof(*more));
		l->held = more;
	}
	return &l->held[l->nheld++];
}

static void read_started(const struct msg *m, struct arena *a, struct held *h)
{
	h->end.exit_code = h->end.signal = -1;
	h->end.started_at = msg_i64(m, F_AT, 0);
	h->end.limits = arena_strdup(a, msg_str(m, F_LIMITS));
}

static int on_held(struct link *l, const struct msg *m, struct err *e)
{
	struct held *h = held_add(l);

	h->job = (int64_t)msg_u64(m, F_JOB, 0);
	h->execution = (int64_t)msg_u64(m, F_EXECUTION, 0);
	h->ended = strcmp(msg_str(m, F_STATUS), "ended") == 0;
	if (h->ended)
		return read_end(m, l->arena, &h->end, e);
	read_started(m, l->arena, h);
	return 0;
}

static int on_held_end(struct link *l, const struct msg *m, struct err *e)
{
	if (!l->greeted || msg_u64(m, F_COUNT, 0) != l->nheld)
		return err_set(e, ERR_DATA, "its list of executions is not whole");
	l->greeted = false;	/* of the next attachment */
	link_up(l);
	return 0;
}

/* ---- reports */

static struct held *report(struct link *l, enum event_type type, const struct msg *m)
{
	struct event *ev = loop_event(l->d, type);

	worker_cause(l, &ev->cause);
	ev->exec.worker = arena_strdup(loop_arena(l->d), l->name);
	ev->exec.held.job = (int64_t)msg_u64(m, F_JOB, 0);
	ev->exec.held.execution = (int64_t)msg_u64(m, F_EXECUTION, 0);
	return &ev->exec.held;
}

static int on_started(struct link *l, const struct msg *m, struct err *e)
{
	(void)e;
	read_started(m, loop_arena(l->d), report(l, EV_STARTED, m));
	return 0;
}

static int on_result(struct link *l, const struct msg *m, struct err *e)
{
	struct exec_end end;
	struct held *h;

	memset(&end, 0, sizeof(end));
	if (read_end(m, loop_arena(l->d), &end, e) == -1)
		return -1;
	h = report(l, EV_ENDED, m);
	h->ended = true;
	h->end = end;
	return 0;
}

/* Of the attachment, or of one order: then that execution was never started. */
static int on_refuse(struct link *l, const struct msg *m, struct err *e)
{
	const char *text = msg_str(m, F_TEXT);
	struct held *h;

	if (!msg_has(m, F_JOB) || !msg_has(m, F_EXECUTION))
		return err_set(e, ERR_UNAVAIL, "it refuses: %s", text);
	log_warn("worker %s refuses %" PRIu64 ".%" PRIu64 ": %s", l->name, msg_u64(m, F_JOB, 0),
	    msg_u64(m, F_EXECUTION, 0), text);
	h = report(l, EV_ENDED, m);
	h->ended = true;
	h->end.cause = END_NEVER;
	h->end.exit_code = h->end.signal = -1;
	h->end.text = arena_strdup(loop_arena(l->d), text);
	return 0;
}

/* Answered at once; the core hears of it for the list of workers. */
static int on_beat(struct link *l, const struct msg *m, struct err *e)
{
	struct event *ev = loop_event(l->d, EV_WORKER_BEAT);

	(void)e;
	link_beat(l, msg_u64(m, F_SEQ, 0));
	worker_cause(l, &ev->cause);
	ev->beat.worker = arena_strdup(loop_arena(l->d), l->name);
	ev->beat.round_trip = msg_has(m, F_ROUND_TRIP) ?
	    (int64_t)msg_u64(m, F_ROUND_TRIP, 0) : -1;
	ev->beat.clock_offset = msg_i64(m, F_AT, 0) - now_read().wall;
	return 0;
}

static int on_pong(struct link *l, const struct msg *m, struct err *e)
{
	(void)l;
	(void)m;
	(void)e;
	return 0;
}

static int on_attach_refused(struct link *l, const struct msg *m, struct err *e)
{
	(void)l;
	return err_set(e, ERR_UNAVAIL, "it refuses: %s", msg_str(m, F_TEXT));
}

static const struct said says[] = {
	{ MSG_W_HELLO, false, on_hello },
	{ MSG_W_HELD, false, on_held },
	{ MSG_W_HELD_END, false, on_held_end },
	{ MSG_W_REFUSE, false, on_attach_refused },
	{ MSG_W_STARTED, true, on_started },
	{ MSG_W_RESULT, true, on_result },
	{ MSG_W_REFUSE, true, on_refuse },
	{ MSG_W_BEAT, true, on_beat },
	{ MSG_W_PONG, true, on_pong },
};

int link_message(struct link *l, const struct msg *m, struct err *e)
{
	size_t i;

	for (i = 0; i < sizeof(says) / sizeof(says[0]); i++)
		if (says[i].type == msg_type(m) && says[i].attached == (l->attachment != 0))
			return says[i].fn(l, m, e);
	return err_set(e, ERR_DATA, "%s is not expected %s the greeting",
	    msg_type_name(msg_type(m)), l->attachment != 0 ? "after" : "during");
}
