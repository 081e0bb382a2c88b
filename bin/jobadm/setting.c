/*
 * setting: what is said of a queue, a user, a team or the site, to jobd.
 */
#include "jobadm.h"

int setting_send(struct jobadm *a, const char *op, const char *kind, const char *name,
    char *const *settings, struct err *e)
{
	struct msg *m = msg_new(MSG_SETTING), *reply = NULL;
	struct client *client = client_new(&a->spool);
	int r = msg_add(m, F_OP, op) == -1 || msg_add(m, F_WHAT, kind) == -1 ||
	    (name != NULL && msg_add(m, F_NAME, name) == -1) ? -1 : 0;

	for (; r == 0 && *settings != NULL; settings++)
		r = msg_add(m, F_SETTING, *settings);
	if (r == -1)
		err_set(e, ERR_USAGE, "a name or a value is too long");
	else
		r = client_call(client, m, &reply, e);
	msg_free(reply);
	msg_free(m);
	client_free(client);
	return r == 0 ? EXIT_OK : -1;
}
