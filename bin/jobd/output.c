/*
 * output: the way of the jobs' output, from a host to `jobd: log`.
 *
 * Owns, for each attached host, a stream that the cable process leads there and that is
 * greeted here and then handed on; from there on no byte of it is seen in this process.
 * When it ends before the attachment does, there is another one a while later: what was
 * not acknowledged is still on the host.
 */
#include <bsd/string.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fdio.h"
#include "base/log.h"
#include "msg/msg.h"
#include "worker.h"

#define NAP_MS 1000
#define NAP_MAX_MS 30000
#define GREETING_MAX 4096

struct outputs {
	struct cabled *log;		/* the process that writes */
	struct map *given, *asked;	/* by the numbers of the two processes */
	char *argv[5];
};

struct output {
	struct link *l;
	uint64_t given, asked;		/* 0: none */
	struct ev_timer *again;
	int64_t nap;
	char why[480], told[480];	/* it has ended; what was logged last */
};

/* ---- the streams */

static int greet(const struct jobd *d, const char *name, int fd, struct err *e)
{
	struct msg *m = msg_new(MSG_W_OUTPUT);
	struct buf b;
	int r;

	(void)msg_add_uuid(m, F_INSTANCE, &d->start.instance);
	(void)msg_add_u64(m, F_EPOCH, (uint64_t)d->start.epoch);
	(void)msg_add(m, F_WORKER, name);
	buf_init(&b, GREETING_MAX);
	r = msg_encode(m, &b);
	if (r == 0)
		r = fd_write_all(fd, b.data, b.len, e);
	buf_release(&b);
	msg_free(m);
	return r;
}

static int begin(struct output *o, struct err *e)
{
	struct cable_target t = { .name = o->l->name, .transport = "output" };
	struct outputs *all = o->l->d->outputs;
	int fd = host_stream(o->l, NULL, &o->asked, e), r;

	if (fd == -1) {
		o->asked = 0;
		return -1;
	}
	map_put(all->asked, o->asked, o);
	r = greet(o->l->d, o->l->name, fd, e);
	if (r == 0)
		r = cabled_give(all->log, &t, fd, e);
	close(fd);
	if (r == -1)
		return -1;
	o->given = t.id;
	map_put(all->given, o->given, o);
	return 0;
}

/* Lets go of it on both sides. */
static void end(struct output *o)
{
	struct outputs *all = o->l->d->outputs;
	struct cabled *cable = workers_cable(o->l);

	if (o->asked != 0) {
		(void)map_del(all->asked, o->asked);
		if (cable != NULL)
			cabled_drop(cable, o->asked);
	}
	if (o->given != 0) {
		(void)map_del(all->given, o->given);
		cabled_drop(all->log, o->given);
	}
	o->asked = o->given = 0;
}

/* Until the next attempt the cable process may say more about it, which counts more. */
static void fail(struct output *o, const char *why)
{
	if (o->why[0] == '\0')
		strlcpy(o->why, why, sizeof(o->why));
	ev_timer_set(o->again, o->nap);
	o->nap = o->nap < NAP_MAX_MS / 2 ? o->nap * 2 : NAP_MAX_MS;
}

static void on_again(void *arg)
{
	struct output *o = arg;
	struct err e;

	if (o->l->d->stopping)
		return;
	if (o->why[0] != '\0' && strcmp(o->why, o->told) != 0)
		log_warn("worker %s: the output of its jobs: %s", o->l->name, o->why);
	strlcpy(o->told, o->why, sizeof(o->told));
	o->why[0] = '\0';
	end(o);
	if (begin(o, &e) == -1)
		fail(o, e.text);
}

void output_start(struct link *l)
{
	struct output *o;

	if (l->host == NULL || l->output != NULL)
		return;
	o = xcalloc(1, sizeof(*o));
	l->output = o;
	o->l = l;
	o->nap = NAP_MS;
	o->again = ev_timer_new(l->d->ev, on_again, o);
	ev_timer_set(o->again, 0);
}

void output_stop(struct link *l)
{
	struct output *o = l->output;

	if (o == NULL)
		return;
	end(o);
	ev_timer_free(o->again);
	free(o);
	l->output = NULL;
}

/* ---- what the two processes say */

/* It knows why a connection has ended; that it has, the other one tells. */
void outputs_heard(struct jobd *d, const struct cable_answer *a)
{
	struct output *o = map_get(d->outputs->asked, a->id);

	if (o == NULL)
		return;
	if (a->code == ERR_NONE)
		o->nap = NAP_MS;
	else
		strlcpy(o->why, a->text, sizeof(o->why));
}

static void on_answer(void *arg, const struct cable_answer *a)
{
	struct jobd *d = arg;
	struct output *o = map_get(d->outputs->given, a->id);

	if (o != NULL && !d->stopping)
		fail(o, a->text);
}

static void on_lost(void *arg)
{
	struct jobd *d = arg;
	struct output *o;
	size_t iter = 0;

	while (!d->stopping && (o = map_next(d->outputs->given, &iter)) != NULL)
		fail(o, "the process that writes it has ended");
}

static const struct cabled_fns log_fns = { on_answer, on_lost };

void outputs_start(struct jobd *d)
{
	static char title[] = "jobd: log", option[] = "--log", spool[] = "--spool";
	struct outputs *all = xcalloc(1, sizeof(*all));
	char *const argv[] = { title, option, spool, d->spool.path, NULL };

	memcpy(all->argv, argv, sizeof(argv));
	all->given = map_new();
	all->asked = map_new();
	all->log = cabled_new(d, "the writer of logs", all->argv, &log_fns, d);
	d->outputs = all;
}

void outputs_free(struct jobd *d)
{
	struct outputs *all = d->outputs;

	if (all == NULL)
		return;
	cabled_free(all->log);
	map_free(all->given);
	map_free(all->asked);
	free(all);
	d->outputs = NULL;
}
