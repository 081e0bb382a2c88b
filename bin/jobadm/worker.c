/*
 * worker: lists the workers, and finds the verb.
 */
#include "cli/field.h"
#include "hosts.h"
#include "jobadm.h"

static int ask_workers(struct jobadm *a, struct view *v, row_fn fn, void *arg, struct err *e)
{
	(void)a;
	return view_workers(v, fn, arg, e);
}

static int worker_list(struct jobadm *a, char *const *words, struct err *e)
{
	if (words[0] != NULL)
		return err_set(e, ERR_USAGE, "worker list takes no names");
	return listing_run(a, &worker_fields, WORKER_FIELDS, "workers", ask_workers, e);
}

static int worker_lost(struct jobadm *a, char *const *words, struct err *e)
{
	if (words[0] == NULL)
		return err_set(e, ERR_USAGE, "no worker is named");
	if (!a->confirmed_dead)
		return err_set(e, ERR_USAGE, "lost gives its jobs to others: one that still ran "
		    "would run twice; see that the host is off, then say --confirmed-dead");
	for (; *words != NULL; words++)
		if (worker_set(a, "lost", *words, e) == -1)
			return -1;
	return EXIT_OK;
}

int worker_run(struct jobadm *a, char *const *words, struct err *e)
{
	static const struct verb verbs[] = {
		{ "list", worker_list }, { "drain", worker_drain },
		{ "undrain", worker_undrain }, { "resume", worker_undrain },
		{ "lost", worker_lost },
		{ "add", worker_add }, { "rm", worker_rm }, { "check", worker_check },
		{ "probe", worker_probe }, { "set", NULL }, { "sweep", NULL }, { NULL, NULL },
	};

	return verbs_run(a, "worker", verbs, words, e);
}
