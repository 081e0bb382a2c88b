/*
 * worker: lists the workers, takes one out of service and back.
 */
#include "cli/field.h"
#include "hosts.h"
#include "jobadm.h"

static int worker_list(struct jobadm *a, char *const *words, struct err *e)
{
	if (words[0] != NULL)
		return err_set(e, ERR_USAGE, "worker list takes no names");
	return listing_run(a, &worker_fields, WORKER_FIELDS, "workers", view_workers, e);
}

static int worker_set(struct jobadm *a, const char *op, char *const *words, struct err *e)
{
	struct client *client = client_new(&a->spool);
	struct msg *m, *reply;
	int r = 0;

	for (; *words != NULL && r == 0; words++) {
		m = msg_new(MSG_WORKER_SET);
		reply = NULL;
		if (msg_add(m, F_WORKER, *words) == -1 || msg_add(m, F_OP, op) == -1 ||
		    (a->reason != NULL && msg_add(m, F_TEXT, a->reason) == -1))
			r = err_set(e, ERR_USAGE, "the name or the reason is too long");
		if (r == 0 && client_call(client, m, &reply, e) == -1)
			r = err_prefix(e, "%.100s", *words);
		msg_free(reply);
		msg_free(m);
	}
	client_free(client);
	return r == 0 ? EXIT_OK : -1;
}

static int worker_drain(struct jobadm *a, char *const *words, struct err *e)
{
	if (words[0] == NULL)
		return err_set(e, ERR_USAGE, "no worker is named");
	if (a->reason == NULL || a->reason[0] == '\0')
		return err_set(e, ERR_USAGE, "drain needs a --reason, which is shown in the list");
	return worker_set(a, "drain", words, e);
}

static int worker_undrain(struct jobadm *a, char *const *words, struct err *e)
{
	if (words[0] == NULL)
		return err_set(e, ERR_USAGE, "no worker is named");
	return worker_set(a, "undrain", words, e);
}

static int worker_lost(struct jobadm *a, char *const *words, struct err *e)
{
	if (words[0] == NULL)
		return err_set(e, ERR_USAGE, "no worker is named");
	if (!a->confirmed_dead)
		return err_set(e, ERR_USAGE, "lost gives its jobs to others: one that still ran "
		    "would run twice; see that the host is off, then say --confirmed-dead");
	return worker_set(a, "lost", words, e);
}

int worker_run(struct jobadm *a, char *const *words, struct err *e)
{
	static const struct verb verbs[] = {
		{ "list", worker_list }, { "drain", worker_drain },
		{ "undrain", worker_undrain }, { "lost", worker_lost },
		{ "add", worker_add }, { "rm", worker_rm }, { "check", worker_check },
		{ "probe", worker_probe }, { "set", NULL }, { "sweep", NULL }, { NULL, NULL },
	};

	return verbs_run(a, "worker", verbs, words, e);
}
