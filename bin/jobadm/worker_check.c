/*
 * worker_check: goes to hosts that are in the workers file, and says how they are.
 *
 * Nothing is changed but what is missing there: the jobworker, its start, and with
 * --accept-new a host key.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "core/row.h"
#include "hosts.h"
#include "transport/ssh.h"
#include "view/view.h"

#define CALLED_MS 15000		/* jobd calls each host at least each ten seconds */

/* ---- what jobd knows of it */

struct known {
	struct steps *steps;
	bool met;
};

static int known_row(void *arg, const void *p)
{
	struct known *k = arg;
	const struct worker_row *row = p;
	const char *reason = row->reason != NULL ? row->reason : "";

	if (strcmp(row->name, k->steps->host) != 0)
		return 0;
	k->met = true;
	if (row->status == WORKER_DRAINING)
		steps_say(k->steps, RESULT_WARN, "jobd", "gives it no jobs, since it is drained "
		    "(%s): 'jobadm worker undrain %s'", reason, row->name);
	else if (row->health == HEALTH_UNHEALTHY)
		steps_fail(k->steps, ERR_UNAVAIL, "jobd", "is not attached: %s: it calls it again "
		    "at least each ten seconds", reason);
	else
		steps_say(k->steps, RESULT_OK, "jobd", "is attached, heard it %" PRId64 " s ago, %"
		    PRId64 " jobs run there", (now_read().wall - row->last_heartbeat) / 1000,
		    row->running);
	return 0;
}

/* One that has just been mended: jobd's next call comes within ten seconds. */
static void tell_known(struct visit *v, bool well)
{
	struct known k = { .steps = &v->steps };
	struct view *view;
	struct err e;

	if (well)
		(void)worker_await(v->a, v->steps.host, CALLED_MS, worker_attached, &e);
	view = view_open(&v->a->spool, &e);

	if (view == NULL || view_workers(view, known_row, &k, &e) == -1)
		steps_fail(&v->steps, e.code, "jobd", "%s", e.text);
	else if (!k.met)
		steps_fail(&v->steps, ERR_UNAVAIL, "jobd", "has not taken it up: see jobd.log in "
		    "the spool");
	view_close(view);
}

/* ---- hosts */

static void check(struct visit *v, const struct host *h)
{
	const char *accept = v->a->accept_new ? SSH_ACCEPT_ANY : NULL;
	struct reached reached;
	bool well = visit_host(v, h, accept, &reached) == 0;

	if (well) {
		survey_tell(&v->steps, h, v->a->spool.system, &reached);
		msg_free(reached.probed);
	}
	if (!v->brief)
		tell_known(v, well);
}

static int names_known(const struct hosts *all, char *const *words, const char *path,
    struct err *e)
{
	for (; *words != NULL; words++)
		if (hosts_find(all, *words) == NULL)
			return err_set(e, ERR_NOINPUT, "%s does not stand in %s", *words, path);
	return 0;
}

static int visit_all(const struct jobadm *a, const struct hosts *all, char *const *words,
    bool brief, struct err *e)
{
	struct visit v;
	int r = visit_begin(&v, a, e);

	if (r == 0) {
		v.brief = brief;
		for (size_t i = 0; a->all && i < all->n; i++)
			check(&v, &all->list[i]);
		for (; *words != NULL; words++)
			check(&v, hosts_find(all, *words));
		r = v.steps.failed ? EXIT_SOME_FAILED : EXIT_OK;
	}
	visit_end(&v);
	return r;
}

static int run(const struct jobadm *a, char *const *words, bool brief, struct err *e)
{
	char *path;
	struct hosts all;
	int r;

	if ((words[0] == NULL) != a->all)
		return err_set(e, ERR_USAGE, "name workers, or say --all");
	path = hosts_path(a);
	r = hosts_load(path, &all, e);
	if (r == 0)
		r = names_known(&all, words, path, e);
	if (r == 0)
		r = visit_all(a, &all, words, brief, e);
	hosts_free(&all);
	free(path);
	return r;
}

int worker_check(struct jobadm *a, char *const *words, struct err *e)
{
	return run(a, words, false, e);
}

int worker_probe(struct jobadm *a, char *const *words, struct err *e)
{
	return run(a, words, true, e);
}
