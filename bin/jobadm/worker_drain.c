/*
 * worker_drain: out of service and back, and what becomes of the jobs that run there.
 *
 * jobd only gives a drained worker no more jobs.  Waiting for those that run, and
 * sending them elsewhere, is done from here: whoever breaks it off has a drained
 * worker whose jobs run on.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/num.h"
#include "client/control.h"
#include "core/row.h"
#include "hosts.h"
#include "view/view.h"

#define PAGE 1000
#define FOREVER (INT64_C(1) << 52)	/* ms */

int worker_set(struct jobadm *a, const char *op, const char *name, struct err *e)
{
	struct client *client = client_new(&a->spool);
	struct msg *m = msg_new(MSG_WORKER_SET), *reply = NULL;
	int r = 0;

	if (msg_add(m, F_WORKER, name) == -1 || msg_add(m, F_OP, op) == -1 ||
	    (a->reason != NULL && msg_add(m, F_TEXT, a->reason) == -1))
		r = err_set(e, ERR_USAGE, "the name or the reason is too long");
	if (r == 0 && client_call(client, m, &reply, e) == -1)
		r = err_prefix(e, "%.100s", name);
	msg_free(reply);
	msg_free(m);
	client_free(client);
	return r;
}

/* ---- jobs elsewhere */

struct there {
	char ids[PAGE][24];
	const char *list[PAGE];
	size_t n;
	int64_t last;		/* the number of the last one */
	enum err_code code;	/* of the first that could not be requeued */
	char text[256];
};

static int there_add(void *arg, const void *row)
{
	struct there *t = arg;

	if (t->n == PAGE)
		return 1;
	t->last = ((const struct job_row *)row)->id;
	(void)snprintf(t->ids[t->n], sizeof(t->ids[0]), "%" PRId64, t->last);
	t->list[t->n] = t->ids[t->n];
	t->n++;
	return 0;
}

/* The page behind job `after`. */
static int there_find(const struct jobadm *a, const char *name, int64_t after, struct there *t,
    struct err *e)
{
	const struct job_filter f = { .worker = name, .limit = PAGE, .after = after,
		.statuses = 1u << JOB_SCHEDULED | 1u << JOB_RUNNING };
	struct view *v = view_open(&a->spool, e);
	bool more;
	int r = v != NULL ? view_jobs(v, &f, there_add, t, &more, e) : -1;

	view_close(v);
	return r;
}

/* One that has ended meanwhile is as good as gone. */
static void on_done(void *arg, const char *target, enum err_code code, const char *text,
    int64_t job)
{
	struct there *t = arg;

	(void)job;
	if (code == ERR_NONE || code == ERR_NOINPUT || code == ERR_DATA || t->code != ERR_NONE)
		return;
	t->code = code;
	(void)snprintf(t->text, sizeof(t->text), "job %s: %s", target, text);
}

/* Those that run there now, each with its grace; nothing new comes there. */
static int requeue(const struct jobadm *a, const char *name, struct err *e)
{
	struct there *t = xcalloc(1, sizeof(*t));
	struct client_control ct = { .op = CONTROL_REQUEUE, .targets = t->list, .done = on_done,
		.text = a->reason, .arg = t };
	struct client *c = client_new(&a->spool);
	int64_t after = 0;
	int r;

	do {
		t->n = 0;
		r = there_find(a, name, after, t, e);
		ct.n = t->n;
		after = t->last;
		if (r == 0 && t->n > 0)
			r = client_control(c, &ct, e);
	} while (r == 0 && t->n == PAGE);
	if (r == 0 && t->code != ERR_NONE)
		r = err_set(e, t->code, "%s", t->text);
	client_free(c);
	free(t);
	return r;
}

/* ---- waiting */

static bool is_empty(const struct worker_row *row)
{
	return row->running == 0;
}

/* Until nothing runs there; what runs at the deadline is sent elsewhere. */
static int settle(const struct jobadm *a, const char *name, int64_t deadline, struct err *e)
{
	int r = 0;

	if (!a->requeue && deadline > 0)
		r = worker_await(a, name, deadline, is_empty, e);
	if (r == 0 && (a->requeue || deadline > 0))
		r = requeue(a, name, e);
	if (r == 0 && (a->wait || deadline > 0))
		r = worker_await(a, name, FOREVER, is_empty, e);
	return r == -1 ? -1 : 0;
}

int worker_drain(struct jobadm *a, char *const *words, struct err *e)
{
	uint64_t deadline = 0;
	size_t i;

	if (words[0] == NULL)
		return err_set(e, ERR_USAGE, "no worker is named");
	if (a->reason == NULL || a->reason[0] == '\0')
		return err_set(e, ERR_USAGE, "drain needs a --reason, which is shown in the list");
	if (a->deadline != NULL && dur_parse(a->deadline, &deadline, e) == -1) {
		e->code = ERR_USAGE;
		return err_prefix(e, "--deadline");
	}
	for (i = 0; words[i] != NULL; i++)
		if (worker_set(a, "drain", words[i], e) == -1)
			return -1;
	for (i = 0; words[i] != NULL; i++)
		if (settle(a, words[i], (int64_t)deadline, e) == -1)
			return -1;
	return EXIT_OK;
}

int worker_undrain(struct jobadm *a, char *const *words, struct err *e)
{
	if (words[0] == NULL)
		return err_set(e, ERR_USAGE, "no worker is named");
	for (; *words != NULL; words++)
		if (worker_set(a, "undrain", *words, e) == -1)
			return -1;
	return EXIT_OK;
}
