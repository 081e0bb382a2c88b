/*
 * workers: the table of attachments, by name.
 *
 * Owns who is a worker: the local one, and the hosts of the workers file, which is
 * read again when it has changed.  A bad file changes nothing.  An attachment has a
 * number of its own; an order that was meant for another one is void.  Orders of a
 * round leave in one write.
 */
#include <bsd/string.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/hash.h"
#include "base/log.h"
#include "msg/msg.h"
#include "process.h"
#include "worker.h"

#define DIALS_PER_TICK 10	/* hosts that are called at once... */
#define TICK_MS 20		/* ...and the pause until the next ones */

RB_HEAD(links, link);

struct workers {
	struct links links;
	uint64_t attachments;
	char **command;		/* how the local worker is started, or NULL */
	struct spawn spawn;
	struct cabled *cable;
	struct map *asked;	/* links by the number of what they asked the cable for */
	char *path;		/* of the workers file */
	struct hosts hosts;
	struct stat seen;	/* of that file, when it was read */
	bool bad;		/* it was not taken, and that was said */
};

static int link_compare(const struct link *a, const struct link *b)
{
	return strcmp(a->name, b->name);
}

#define UNUSED_STATIC __attribute__((unused)) static
RB_GENERATE_INTERNAL(links, link, entry, link_compare, UNUSED_STATIC)

static struct link *link_get(const struct jobd *d, const char *name)
{
	struct link key;

	strlcpy(key.name, name, sizeof(key.name));
	return RB_FIND(links, &d->workers->links, &key);
}

static struct link *link_new(struct jobd *d, const char *name)
{
	struct link *l = xcalloc(1, sizeof(*l));

	l->d = d;
	strlcpy(l->name, name, sizeof(l->name));
	RB_INSERT(links, &d->workers->links, l);
	return l;
}

static void link_drop(struct link *l)
{
	RB_REMOVE(links, &l->d->workers->links, l);
	link_end(l);
}

/* ---- for dial.c */

struct cabled *workers_cable(struct link *l)
{
	return l->d->workers->cable;
}

void workers_asked(struct link *l, uint64_t id)
{
	struct workers *w = l->d->workers;
	struct map *asked = w->asked;

	if (l->asked != 0) {
		(void)map_del(asked, l->asked);
		if (w->cable != NULL)
			cabled_drop(w->cable, l->asked);
	}
	l->asked = id;
	if (id != 0)
		map_put(asked, id, l);
}

uint64_t workers_number(struct jobd *d)
{
	return ++d->workers->attachments;
}

/* ---- the cable process speaks */

static void on_answer(void *arg, const struct cable_answer *a)
{
	struct jobd *d = arg;
	struct link *l = map_get(d->workers->asked, a->id);

	if (d->stopping)
		return;
	if (l != NULL)
		link_said(l, a);
	else
		outputs_heard(d, a);
}

static void on_lost(void *arg)
{
	struct jobd *d = arg;
	struct link *l;
	struct err e;

	err_set(&e, ERR_UNAVAIL, "the process that holds the connections has ended");
	RB_FOREACH(l, links, &d->workers->links)
		if (l->asked != 0)
			link_fail(l, &e);
}

static const struct cabled_fns cabled_fns = { on_answer, on_lost };

static char cable_title[] = "jobd: cable", cable_option[] = "--cable";
static char *const cable_argv[] = { cable_title, cable_option, NULL };

/* ---- hosts */

/* The core hears of a host that is none any more as of one that an admin has put away. */
static void host_gone(struct link *l)
{
	struct event *ev = loop_event(l->d, EV_WORKER_GONE);

	worker_cause(l, &ev->cause);
	ev->down.worker = arena_strdup(loop_arena(l->d), l->name);
	ev->down.text = "not in the workers file any more";
	log_info("worker %s: is no worker any more", l->name);
	link_drop(l);
}

static void hosts_drop(struct jobd *d, const struct hosts *next)
{
	struct link *l, *after;

	for (l = RB_MIN(links, &d->workers->links); l != NULL; l = after) {
		after = RB_NEXT(links, &d->workers->links, l);
		if (l->host != NULL && hosts_find(next, l->name) == NULL)
			host_gone(l);
	}
}

/* What it has or how it is reached has changed: it is called anew. */
static void host_changed(struct link *l)
{
	struct err e;

	err_set(&e, ERR_UNAVAIL, "what the workers file says of it has changed");
	link_fail(l, &e);
}

static void hosts_take(struct jobd *d, struct hosts *next)
{
	struct workers *w = d->workers;
	size_t i, fresh = 0;

	for (i = 0; i < next->n; i++) {
		const struct host *h = &next->list[i];
		struct link *l = link_get(d, h->name);
		bool same = l != NULL && l->host != NULL && host_equal(l->host, h);

		if (l == NULL) {
			l = link_new(d, h->name);
			l->host = h;
			link_start(l, (int64_t)(fresh++ / DIALS_PER_TICK * TICK_MS));
			link_down(l, "not reached yet");
		} else if (l->host == NULL) {
			log_warn("%s:%zu: %s is the local worker, and no host", w->path, h->line,
			    h->name);
		} else {
			l->host = h;
			if (!same)
				host_changed(l);
		}
	}
	hosts_free(&w->hosts);
	w->hosts = *next;
}

static bool is_seen(const struct workers *w, const struct stat *st)
{
	return st->st_ino == w->seen.st_ino && st->st_size == w->seen.st_size &&
	    st->st_mtim.tv_sec == w->seen.st_mtim.tv_sec &&
	    st->st_mtim.tv_nsec == w->seen.st_mtim.tv_nsec;
}

void workers_look(struct jobd *d)
{
	struct workers *w = d->workers;
	struct stat st = { 0 };
	struct hosts next;
	struct err e;

	if (d->start.restored || (stat(w->path, &st) == -1 && errno != ENOENT))
		return;
	if (is_seen(w, &st))
		return;
	w->seen = st;
	if (hosts_load(w->path, &next, &e) == -1) {
		log_error("the hosts stay as they were: %s", e.text);
		return;
	}
	if (w->cable == NULL && next.n > 0)
		w->cable = cabled_new(d, "the holder of connections", cable_argv, &cabled_fns, d);
	hosts_drop(d, &next);
	hosts_take(d, &next);
	log_info("%zu hosts in %s", w->hosts.n, w->path);
}

/* ---- orders */

uint64_t workers_attachment(const struct jobd *d, const char *name)
{
	const struct link *l = link_get(d, name);

	return l != NULL ? l->attachment : 0;
}

void workers_send(struct jobd *d, const char *name, struct msg *m)
{
	struct link *l = link_get(d, name);

	/* What is not said now is said again when it attaches and is asked what it holds. */
	if (l == NULL || l->attachment == 0)
		msg_free(m);
	else
		link_send(l, m);
}

/* ---- start and stop */

static int local_start(struct jobd *d, struct err *e)
{
	struct workers *w = d->workers;
	struct starter st = { NULL, NULL, NULL, NULL };
	struct link *l;

	if (!d->conf.local_worker)
		return 0;
	if (d->keeper != NULL) {
		st = keeper_starter(d->keeper);
	} else if (!d->spool.system) {
		/* In a system spool without root, somebody else has to start it. */
		w->command = worker_command(d, e);
		if (w->command == NULL)
			return -1;
		spawn_init(&w->spawn, w->command);
		w->spawn.nofile = &d->nofile;
		st = spawn_starter(&w->spawn);
	}
	l = link_new(d, LOCAL_WORKER);
	l->transport = transport_local(d->spool.fd, SPOOL_WORKER "/sock", &st);
	link_start(l, 0);
	return 0;
}

int workers_start(struct jobd *d, struct err *e)
{
	struct workers *w = xcalloc(1, sizeof(*w));

	d->workers = w;
	RB_INIT(&w->links);
	w->asked = map_new();
	outputs_start(d);
	if (d->conf.workers_file != NULL)
		w->path = xstrdup(d->conf.workers_file);
	else if (d->spool.system)
		w->path = xstrdup(HOSTS_SITE_FILE);
	else
		w->path = xasprintf("%s/%s", d->spool.path, SPOOL_HOSTS);
	if (d->start.restored)
		return 0;	/* nobody is called until it is accepted */
	if (local_start(d, e) == -1)
		return -1;
	workers_look(d);
	return 0;
}

void workers_quiet(struct jobd *d)
{
	struct link *l;

	RB_FOREACH(l, links, &d->workers->links)
		link_quiet(l);
}

void workers_free(struct jobd *d)
{
	struct workers *w = d->workers;
	struct link *l;

	if (w == NULL)
		return;
	cabled_free(w->cable);	/* first: so it knows why the streams end */
	w->cable = NULL;
	while ((l = RB_ROOT(&w->links)) != NULL)
		link_drop(l);
	outputs_free(d);
	hosts_free(&w->hosts);
	map_free(w->asked);
	command_free(w->command);
	free(w->path);
	free(w);
	d->workers = NULL;
}
