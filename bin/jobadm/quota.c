/*
 * quota: how much users, teams, queues and the site may have, and have.
 *
 * The bounds of a queue are set with the queue; here they are shown.
 */
#include <string.h>

#include "cli/field.h"
#include "jobadm.h"

struct showing {
	row_fn fn;
	void *arg;
};

/* Who had bounds once has a row without any. */
static int each_bounded(void *arg, const void *p)
{
	const struct showing *s = arg;
	const struct quota_row *row = p;

	for (int i = 0; i < QUOTA_COUNT; i++)
		if (row->max[i] > 0)
			return s->fn(s->arg, row);
	return 0;
}

static int ask_quotas(struct jobadm *a, struct view *v, row_fn fn, void *arg, struct err *e)
{
	struct showing s = { fn, arg };

	(void)a;
	return view_quotas(v, each_bounded, &s, e);
}

static int quota_list(struct jobadm *a, char *const *words, struct err *e)
{
	if (words[0] != NULL)
		return err_set(e, ERR_USAGE, "quota list takes no names");
	return listing_run(a, &quota_fields, QUOTA_FIELDS, "quotas", ask_quotas, e);
}

/* KIND [NAME] and what is behind it. */
static int change(struct jobadm *a, const char *op, char *const *words, struct err *e)
{
	const char *kind = words[0], *name = NULL;

	if (kind == NULL || (strcmp(kind, "user") != 0 && strcmp(kind, "team") != 0 &&
	    strcmp(kind, "site") != 0))
		return err_set(e, ERR_USAGE, "write quota %s user NAME, team NAME or site%s", op,
		    kind != NULL && strcmp(kind, "queue") == 0 ?
		    "; a queue's bounds are set with jobadm queue set" : "");
	words++;
	if (strcmp(kind, "site") != 0 && (name = *words++) == NULL)
		return err_set(e, ERR_USAGE, "quota %s: no %s is named", op, kind);
	return setting_send(a, op, kind, name, words, e);
}

static int quota_set(struct jobadm *a, char *const *words, struct err *e)
{
	return change(a, "set", words, e);
}

static int quota_rm(struct jobadm *a, char *const *words, struct err *e)
{
	return change(a, "rm", words, e);
}

int quota_run(struct jobadm *a, char *const *words, struct err *e)
{
	static const struct verb verbs[] = {
		{ "list", quota_list }, { "set", quota_set }, { "rm", quota_rm }, { NULL, NULL },
	};

	return verbs_run(a, "quota", verbs, words, e);
}
