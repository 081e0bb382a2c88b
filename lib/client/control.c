/*
 * control: one request for many targets, cut into messages.
 *
 * An answer has a `result` line, in order, for each target that could not be served;
 * the others are done.  A rerun is asked for one by one, since only then the
 * answer names the job that it made.
 */
#include "client/control.h"

#include <string.h>

#define TARGETS_MAX 1000	/* a message */

static struct msg *request_make(const struct client_control *ct, size_t from, size_t n,
    struct err *e)
{
	struct msg *m = msg_new(MSG_CONTROL);
	int r = msg_add(m, F_OP, control_op_name(ct->op));

	if (r == 0 && ct->text != NULL && msg_add(m, F_TEXT, ct->text) == -1) {
		err_set(e, ERR_USAGE, "the reason is too long");
		goto bad;
	}
	if (r == 0 && ct->now)
		r = msg_add_u64(m, F_NOW, 1);
	if (r == 0 && ct->op == CONTROL_SIGNAL)
		r = msg_add_u64(m, F_SIGNAL, (uint64_t)ct->signal);
	if (r == 0 && ct->main_only)
		r = msg_add_u64(m, F_MAIN_ONLY, 1);
	if (r == 0 && ct->change != NULL)
		r = msg_copy_fields(m, ct->change);
	for (size_t i = from; r == 0 && i < from + n; i++) {
		if (msg_add(m, F_TARGET, ct->targets[i]) == -1) {
			err_set(e, ERR_USAGE, "%.100s is no job", ct->targets[i]);
			goto bad;
		}
	}
	if (r == 0)
		return m;
	err_set(e, ERR_INTERNAL, "a request that does not fit");
bad:
	msg_free(m);
	return NULL;
}

static bool names(const struct client_item *item, const char *target)
{
	return strlen(target) == item->name_len && memcmp(target, item->name, item->name_len) == 0;
}

/* Goes through targets and results side by side; -1: a result that is none. */
static int answer_read(const struct client_control *ct, size_t from, size_t n,
    const struct msg *reply, struct err *e)
{
	size_t iter = 0;
	const char *line = msg_next(reply, F_RESULT, &iter);
	struct client_item item;

	for (size_t i = from; i < from + n; i++) {
		const char *target = ct->targets[i];

		if (line != NULL && client_item(line, &item) == -1)
			return err_set(e, ERR_UNAVAIL, "jobd gave an answer that is none: %.100s",
			    line);
		if (line != NULL && names(&item, target)) {
			ct->done(ct->arg, target, (enum err_code)item.code, item.text, 0);
			line = msg_next(reply, F_RESULT, &iter);
		} else {
			ct->done(ct->arg, target, ERR_NONE, "",
			    n == 1 ? (int64_t)msg_u64(reply, F_JOB, 0) : 0);
		}
	}
	return line == NULL ? 0 :
	    err_set(e, ERR_UNAVAIL, "jobd answered for something else: %.100s", line);
}

int client_control(struct client *c, const struct client_control *ct, struct err *e)
{
	size_t most = ct->op == CONTROL_RERUN ? 1 : TARGETS_MAX, n;
	struct msg *m, *reply;
	int r = 0;

	for (size_t from = 0; r == 0 && from < ct->n; from += n) {
		n = ct->n - from < most ? ct->n - from : most;
		m = request_make(ct, from, n, e);
		if (m == NULL)
			return -1;
		r = client_call(c, m, &reply, e);
		if (r == 0)
			r = answer_read(ct, from, n, reply, e);
		msg_free(reply);
		msg_free(m);
	}
	return r;
}
