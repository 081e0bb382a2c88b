/*
 * trial: asks jobd when a job would start.
 */
#include <bsd/string.h>

#include "client/impl.h"

int client_try(struct client *c, struct msg *submit, struct client_trial *t, struct err *e)
{
	struct msg *reply = NULL;
	const char *reason;
	struct buf block;
	uint64_t seq;
	int r;

	*t = (struct client_trial){ .start = 0 };
	if (!msg_has(submit, F_TRIAL) && msg_add_u64(submit, F_TRIAL, 1) == -1)
		return err_set(e, ERR_DATA, "the request is too large");
	if (client_block(c, submit, &block, &seq, e) == -1)
		return -1;
	r = client_exchange(c, &block, seq, &reply, e);
	buf_release(&block);
	if (r == -1)
		return -1;
	t->start = msg_i64(reply, F_AT, 0);
	t->job = (int64_t)msg_u64(reply, F_JOB, 0);
	reason = msg_str(reply, F_REASON);
	strlcpy(t->reason, reason != NULL ? reason : "", sizeof(t->reason));
	msg_free(reply);
	return 0;
}
