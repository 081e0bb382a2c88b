/*
 * hello: attachments, and what a worker says it holds.
 *
 * Promises that a journal belongs to one jobd instance for good, and that an epoch
 * that was seen is on disk before anything is said under it: a jobd of the past
 * that comes back from a stall is turned away, also by the next daemon here.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "agent/impl.h"
#include "base/alloc.h"

static void held_send(struct agent *a, const struct exec *x)
{
	struct msg *m = msg_new(MSG_W_HELD), *result = NULL;
	size_t used;

	msg_add_u64(m, F_JOB, x->job);
	msg_add_u64(m, F_EXECUTION, x->number);
	msg_add_u64(m, F_EPOCH, x->epoch);
	if (x->state == EXEC_HELD &&
	    msg_decode(x->result, x->result_len, &result, &used, NULL) == 1) {
		msg_add(m, F_STATUS, "ended");
		msg_copy_fields(m, result);
		msg_free(result);
	} else if (x->at > 0) {
		/* A result that is not durable yet is told when it is. */
		msg_add(m, F_STATUS, "running");
		msg_add_i64(m, F_AT, x->at);
		if (x->limits != NULL)
			msg_add(m, F_LIMITS, x->limits);
	} else {
		msg_add(m, F_STATUS, "starting");
	}
	agent_send(a, m);
	msg_free(m);
}

static void hello_send(struct agent *a)
{
	struct msg *m = probe_hello(&a->config, a->worker, &a->journal.id, &a->cgroups);
	const struct exec *x;

	agent_send(a, m);
	msg_free(m);
	for (int state = 0; state < EXEC_STATES; state++) {
		TAILQ_FOREACH(x, execs_in(a->execs, (enum exec_state)state), link)
			held_send(a, x);
	}
	m = msg_new(MSG_W_HELD_END);
	msg_add_u64(m, F_COUNT, execs_count(a->execs));
	agent_send(a, m);
	msg_free(m);
}

static int may_attach(const struct agent *a, const struct uuid *instance, uint64_t epoch,
    struct err *e)
{
	char text[UUID_TEXT];

	if (!a->journal.begun)
		return 0;
	uuid_format(&a->journal.instance, text);
	if (!uuid_equal(instance, &a->journal.instance))
		return err_set(e, ERR_PERM, "this worker belongs to another jobd instance, %s; its "
		    "folder is %s", text, a->dir);
	if (epoch < a->journal.epoch)
		return err_set(e, ERR_PERM, "epoch %" PRIu64 " is over: %" PRIu64 " has been here",
		    epoch, a->journal.epoch);
	return 0;
}

int agent_output_attach(struct agent *a, const struct msg *m, struct err *e)
{
	struct uuid instance;

	if (msg_uuid(m, F_INSTANCE, &instance) == -1 || !a->journal.begun)
		return err_set(e, ERR_DATA, "nobody has attached yet");
	if (may_attach(a, &instance, msg_u64(m, F_EPOCH, 0), e) == -1)
		return -1;
	outbox_attach(a->outbox);
	return 0;
}

int agent_output_take(struct agent *a, const struct msg *m, struct err *e)
{
	if (msg_type(m) != MSG_O_ACK)
		return err_set(e, ERR_DATA, "%s has no place on a connection for output",
		    msg_type_name(msg_type(m)));
	return outbox_ack(a->outbox, m, e);
}

void agent_output_fill(struct agent *a, struct buf *out, size_t max)
{
	outbox_fill(a->outbox, out, max);
}

int agent_attach(struct agent *a, const struct msg *m, uid_t uid, gid_t gid, struct err *e)
{
	struct uuid instance;
	uint64_t epoch = msg_u64(m, F_EPOCH, 0);

	if (msg_type(m) != MSG_W_ATTACH || msg_uuid(m, F_INSTANCE, &instance) == -1)
		return err_set(e, ERR_DATA, "an attachment begins with %s",
		    msg_type_name(MSG_W_ATTACH));
	if (may_attach(a, &instance, epoch, e) == -1)
		return -1;
	inherit_give_back_all(a);
	if (journal_begin(&a->journal, &instance, epoch, e) == -1)
		return -1;
	free(a->worker);
	a->worker = xstrdup(msg_str(m, F_WORKER));
	a->peer_uid = uid;
	a->peer_gid = gid;
	a->attached = true;
	hello_send(a);
	beat_attach(a, m);
	return 0;
}
