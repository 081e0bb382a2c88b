/*
 * compact: the journal without what is settled.
 *
 * What is still held becomes one W_HELD block each, whose result, if it has one, is
 * the one that was reported; of what is settled the last few thousand stay as
 * W_ACK, so that an order that is repeated late is still known to be old.
 */
#include "agent/impl.h"
#include "base/log.h"

#define BLOCKS_MAX (1u << 30)

static void held_add(struct exec *x, struct buf *out)
{
	struct msg *m = msg_new(MSG_W_HELD), *result = NULL;
	size_t before = out->len, used;

	msg_add_u64(m, F_JOB, x->job);
	msg_add_u64(m, F_EXECUTION, x->number);
	msg_add_u64(m, F_EPOCH, x->epoch);
	if (x->result != NULL && msg_decode(x->result, x->result_len, &result, &used, NULL) == 1) {
		msg_add(m, F_STATUS, "ended");
		msg_copy_fields(m, result);
		msg_free(result);
	} else {
		msg_add(m, F_STATUS, "running");
		if (x->waits)
			msg_add_u64(m, F_AHEAD, 1);
	}
	msg_encode(m, out);
	msg_free(m);
	x->bytes = out->len - before;
}

static void settled_add(uint64_t job, uint64_t number, struct buf *out)
{
	struct msg *m = msg_new(MSG_W_ACK);

	msg_add_u64(m, F_JOB, job);
	msg_add_u64(m, F_EXECUTION, number);
	msg_encode(m, out);
	msg_free(m);
}

int agent_compact(struct agent *a, struct err *e)
{
	struct buf blocks;
	struct err why;
	struct exec *x;
	uint64_t job, number;
	size_t iter = 0, live;
	int r;

	buf_init(&blocks, BLOCKS_MAX);
	while (execs_settled(a->execs, &iter, &job, &number))
		settled_add(job, number, &blocks);
	live = blocks.len;
	for (int state = 0; state < EXEC_STATES; state++) {
		TAILQ_FOREACH(x, execs_in(a->execs, (enum exec_state)state), link)
			held_add(x, &blocks);
	}
	r = journal_rewrite(&a->journal, &blocks, &why);
	if (r == 0) {
		a->journal.live = (off_t)(blocks.len - live);
	} else if (why.code == ERR_AGAIN) {
		log_warn("the journal stays as long as it is: %s", why.text);
		r = 0;
	} else {
		err_set(e, why.code, "%s", why.text);
	}
	buf_release(&blocks);
	return r;
}
