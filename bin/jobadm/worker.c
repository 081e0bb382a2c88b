/*
 * worker: lists the workers, takes one out of service and back.
 */
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "cli/field.h"
#include "cli/jobdoc.h"
#include "jobadm.h"
#include "view/view.h"

struct listing {
	struct chosen chosen;
	struct list *list;	/* NULL: JSON */
	struct json json;
	struct style style;
};

static int worker_row(void *arg, const void *row)
{
	struct listing *l = arg;

	if (l->list == NULL)
		workerdoc_write(&l->json, row);
	else
		chosen_row(&l->chosen, &l->style, row, l->list);
	return 0;
}

/* Only who may look at the lock knows whether jobd runs. */
static void away_notice(const struct jobadm *a)
{
	if (a->quiet || (geteuid() != 0 && geteuid() != a->spool.owner))
		return;
	if (spool_holder(&a->spool) == 0)
		cli_warn(a->program, "jobd does not run: this is the state of when it ran last");
}

static int worker_list(struct jobadm *a, char *const *words, struct err *e)
{
	struct listing l = { .style = { .times = TIME_LOCAL, .now = now_read().wall } };
	struct view *v;
	int r;

	if (words[0] != NULL)
		return err_set(e, ERR_USAGE, "worker list takes no names");
	if (chosen_parse(&worker_fields, a->fields != NULL ? a->fields : WORKER_FIELDS, &l.chosen,
	    e) == -1)
		return -1;
	v = view_open(&a->spool, e);
	if (v == NULL) {
		chosen_release(&l.chosen);
		return -1;
	}
	away_notice(a);
	a->list.columns = terminal_columns();
	json_init(&l.json, stdout);
	if (a->json)
		json_open_list(&l.json, "workers");
	else
		l.list = list_new(l.chosen.columns, l.chosen.n, &a->list, stdout);
	r = view_workers(v, worker_row, &l, e);
	if (a->json)
		json_close_list(&l.json);
	else if (r == 0)
		list_end(l.list);
	list_free(l.list);
	chosen_release(&l.chosen);
	view_close(v);
	return r == 0 ? EXIT_OK : -1;
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

static const struct verb {
	const char *name;
	int (*run)(struct jobadm *a, char *const *words, struct err *e);	/* NULL: later */
} verbs[] = {
	{ "list", worker_list }, { "drain", worker_drain }, { "undrain", worker_undrain },
	{ "lost", worker_lost },
	{ "add", NULL }, { "rm", NULL }, { "set", NULL }, { "check", NULL }, { "probe", NULL },
	{ "sweep", NULL },
};

#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

int worker_run(struct jobadm *a, char *const *words, struct err *e)
{
	const char *names[VERBS], *near;

	if (words[0] == NULL)
		return err_set(e, ERR_USAGE, "there is no verb: worker list, drain, undrain, "
		    "lost");
	for (size_t i = 0; i < VERBS; i++) {
		names[i] = verbs[i].name;
		if (strcmp(names[i], words[0]) != 0)
			continue;
		if (verbs[i].run == NULL)
			return err_set(e, ERR_UNAVAIL, "worker %s: not there yet", names[i]);
		if (place_open(a->spool_option, a->config, &a->spool, NULL, e) == -1)
			return -1;
		return verbs[i].run(a, words + 1, e);
	}
	near = nearest_word(words[0], names, VERBS);
	return err_set(e, ERR_USAGE, "unknown verb worker %.64s%s%s%s", words[0],
	    near != NULL ? "; did you mean " : "", near != NULL ? near : "",
	    near != NULL ? "?" : "");
}
