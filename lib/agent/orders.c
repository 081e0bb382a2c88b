/*
 * orders: what jobd says, as a table of messages and what is done with them.
 *
 * Promises that an order which comes twice is carried out once, and that one which
 * comes too late is refused: a smaller execution number or a lower epoch than the
 * highest seen is an old one that was stuck somewhere.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/impl.h"
#include "agent/result.h"
#include "agent/run.h"
#include "agent/tell.h"
#include "base/clock.h"
#include "core/types.h"

struct incoming {
	struct msg *m;		/* NULL when it was taken over */
	const void *block;
	size_t n;
	uint64_t job, number;
};

void order_refuse(struct agent *a, uint64_t job, uint64_t number, int code, const char *text)
{
	struct msg *m = msg_new(MSG_W_REFUSE);

	msg_add_u64(m, F_JOB, job);
	msg_add_u64(m, F_EXECUTION, number);
	msg_add_u64(m, F_CODE, (uint64_t)code);
	msg_addf(m, F_TEXT, "%.1000s", text);
	agent_send(a, m);
	msg_free(m);
}

/* Why a new execution cannot be taken, or NULL. */
static const char *reason_against(const struct agent *a, const struct incoming *in)
{
	struct uuid instance;

	if (in->job == 0 || in->number == 0)
		return "there is no such job or execution";
	if (msg_uuid(in->m, F_INSTANCE, &instance) == -1 ||
	    !uuid_equal(&instance, &a->journal.instance))
		return "the order is of another instance than this worker's";
	if (msg_u64(in->m, F_EPOCH, 0) < a->journal.epoch)
		return "the order is of an earlier epoch than one that was seen";
	if (in->number <= execs_highest(a->execs, in->job))
		return "an order as old as this was seen before";
	if (execs_active(a->execs, in->job) != NULL)
		return "another execution of this job is still here";
	if (engine_find(msg_str(in->m, F_ENV_TYPE)) == NULL)
		return "this worker cannot run that kind of environment";
	return NULL;
}

static void on_start(struct agent *a, struct incoming *in)
{
	struct exec *x = execs_get(a->execs, in->job, in->number);
	const char *why;

	if (x != NULL) {
		exec_announce(a, x);
		return;
	}
	why = reason_against(a, in);
	if (why != NULL) {
		order_refuse(a, in->job, in->number, ERR_DATA, why);
		return;
	}
	if (journal_add(&a->journal, in->block, in->n, true) == -1) {
		order_refuse(a, in->job, in->number, ERR_AGAIN, "too many orders at once");
		return;
	}
	x = execs_add(a->execs, in->job, in->number, msg_u64(in->m, F_EPOCH, 0), EXEC_ORDERED);
	inherit_note(x, in->m);
	x->order = in->m;
	in->m = NULL;
	x->bytes = in->n;
	a->journal.live += (off_t)in->n;
}

/* It ends here before it has begun, for good: a later order to start it is too late. */
static void never(struct agent *a, struct exec *x)
{
	exec_ended(a, x, result_plain(x->job, x->number, END_NEVER, 0, now_read().wall,
	    "the order to end it came first"));
}

static void on_kill(struct agent *a, struct incoming *in)
{
	struct exec *x = execs_get(a->execs, in->job, in->number);
	int cause = end_cause_parse(msg_str(in->m, F_CAUSE));
	uint64_t grace = msg_u64(in->m, F_KILL_GRACE, UINT64_MAX);
	struct tell t = {
		.signal = (int)msg_u64(in->m, F_SIGNAL, 0), .now = msg_flag(in->m, F_NOW),
		.cause = cause != -1 ? cause : END_KILLED, .main = msg_flag(in->m, F_MAIN_ONLY),
		.grace = grace <= INT64_MAX ? (int64_t)grace : -1,
	};

	if (t.cause == END_RECALLED) {
		if (x != NULL)
			inherit_give_back(a, x);
		return;
	}
	if (x == NULL && in->number <= execs_highest(a->execs, in->job))
		return;		/* it is settled, and jobd has said so itself */
	if (x == NULL) {
		x = execs_add(a->execs, in->job, in->number, a->journal.epoch, EXEC_READY);
		never(a, x);
	} else if (x->state == EXEC_ORDERED || x->state == EXEC_READY) {
		if (t.signal == 0)
			never(a, x);
	} else if (x->state == EXEC_STARTING || x->state == EXEC_RUNNING) {
		exec_tell(a, x, tell_encode(&t));
	} else {
		exec_announce(a, x);
	}
}

/* What has no process yet is not changed: jobd says it again when it has started. */
static void on_set(struct agent *a, struct incoming *in)
{
	struct exec *x = execs_get(a->execs, in->job, in->number);

	if (x == NULL || (x->state != EXEC_STARTING && x->state != EXEC_RUNNING))
		return;
	msg_free(x->change);
	x->change = in->m;
	in->m = NULL;
	agent_exec_adjust(a, x);
}

static void on_ack(struct agent *a, struct incoming *in)
{
	struct exec *x = execs_get(a->execs, in->job, in->number);

	if (x != NULL && x->state == EXEC_HELD)
		exec_acked(a, x);
}

static void on_ping(struct agent *a, struct incoming *in)
{
	struct msg *m = msg_new(MSG_W_PONG);

	msg_add_u64(m, F_SEQ, msg_u64(in->m, F_SEQ, 0));
	agent_send(a, m);
	msg_free(m);
}

static void on_lease(struct agent *a, struct incoming *in)
{
	beat_acked(a, in->m);
}

static const struct {
	enum msg_type type;
	void (*fn)(struct agent *a, struct incoming *in);
} orders[] = {
	{ MSG_W_START, on_start },
	{ MSG_W_KILL, on_kill },
	{ MSG_W_SET, on_set },
	{ MSG_W_ACK, on_ack },
	{ MSG_W_PING, on_ping },
	{ MSG_W_LEASE, on_lease },
};

int order_take(struct agent *a, struct msg *m, const void *block, size_t n, struct err *e)
{
	struct incoming in = { .m = m, .block = block, .n = n };
	size_t i = 0, count = sizeof(orders) / sizeof(orders[0]);

	while (i < count && orders[i].type != msg_type(m))
		i++;
	if (i == count) {
		err_set(e, ERR_DATA, "%s is not an order", msg_type_name(msg_type(m)));
		msg_free(m);
		return -1;
	}
	if (msg_has(m, F_JOB)) {
		in.job = msg_u64(m, F_JOB, 0);
		in.number = msg_u64(m, F_EXECUTION, 0);
	}
	orders[i].fn(a, &in);
	msg_free(in.m);
	return 0;
}
