/*
 * routes: the table of routes, and each one's way from nothing to ready.
 *
 * Connect; look whether the jobworker is there; put it there if not; then start what
 * waits.  Where libssh2 gives up and ssh(1) may do better, ssh(1) is tried, and kept.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "route_impl.h"

#define IDLE_MS 5000		/* a route on which nothing runs */

static LIST_HEAD(, route) routes = LIST_HEAD_INITIALIZER(routes);	/* one in a process */

static void route_go(struct route *r);

static void route_free(struct route *r)
{
	LIST_REMOVE(r, link);
	ev_io_free(r->ssh_io);
	ssh_free(r->ssh);
	ev_timer_free(r->again);
	ev_timer_free(r->idle);
	free(r->key);
	free(r->name);
	free(r->address);
	free(r->user);
	free(r->port);
	free(r->identity);
	free(r->known_hosts);
	free(r->command);
	free(r->dir);
	free(r->accept);
	free(r->why);
	free(r);
}

static void on_idle(void *arg)
{
	struct route *r = arg;

	if (TAILQ_EMPTY(&r->runs))
		route_free(r);
}

void route_left(struct route *r)
{
	if (TAILQ_EMPTY(&r->runs))
		ev_timer_set(r->idle, r->state == ROUTE_FAILED ? 0 : IDLE_MS);
}

/* To all that wait for the way; what it does for itself is its own. */
static void route_tell(struct route *r, enum cable_news news, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void route_tell(struct route *r, enum cable_news news, const char *fmt, ...)
{
	char text[CABLE_TEXT_MAX];
	const struct errand *k;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	TAILQ_FOREACH(k, &r->runs, link)
		if (!k->own && k->fns->news != NULL)
			k->fns->news(k->arg, news, text);
}

static void route_fail(struct route *r, enum err_code code, const char *why)
{
	struct errand *k;

	r->state = ROUTE_FAILED;
	free(r->key);
	r->key = xstrdup("");	/* nobody gets it any more */
	while ((k = TAILQ_FIRST(&r->runs)) != NULL)
		errand_over(k, -1, code, why);
	route_left(r);
}

/* ---- steps */

/* What waits for the way to be there. */
static void start_waiting(struct route *r)
{
	struct errand *k, *next;
	struct err e;
	char *text;

	TAILQ_FOREACH_SAFE(k, &r->runs, link, next) {
		if (k->fd == -1 || k->own)
			continue;
		text = r->kind == ROUTE_COMMAND ? xstrdup(r->command) :
		    text_attach(r, k->replace, &e);
		if (text == NULL) {
			route_fail(r, e.code, e.text);
			return;
		}
		errand_start(k, text);
		free(text);
	}
}

static void on_step_over(void *arg, int status, enum err_code code, const char *said);
static const struct errand_fns step_fns = { NULL, on_step_over };

static void step_run(struct route *r, char *text, int fd, struct err *e)
{
	struct errand *k;

	if (text == NULL || fd == -1) {
		free(text);
		if (fd != -1)
			close(fd);
		route_fail(r, e->code, e->text);
		return;
	}
	k = errand_new(r, fd, &step_fns, r);
	k->own = true;
	errand_start(k, text);
	free(text);
}

/* Whether the check has found that it is not there; ssh(1) has complaints of its own. */
static bool is_missing(const struct route *r, int status, const char *said)
{
	if (r->kind == ROUTE_PROGRAM)
		return strcmp(said, "/bin/sh: exit status 1") == 0;
	return status > 0;
}

static void program_told(struct route *r)
{
	const char *mark = text_mark(NULL);

	route_tell(r, CABLE_STEP_PROGRAM, "jobworker-%s %s", mark != NULL ? mark : "",
	    r->state == ROUTE_INSTALL ? "was put there" : "is there");
}

static void on_step_over(void *arg, int status, enum err_code code, const char *said)
{
	struct route *r = arg;
	char why[2 * CABLE_TEXT_MAX];

	if (r->state == ROUTE_FAILED)
		return;
	if (status == 0) {
		if (r->kind == ROUTE_PROGRAM && r->state == ROUTE_CHECK)
			route_tell(r, CABLE_STEP_LOGIN, "by ssh(1)");
		program_told(r);
		r->state = ROUTE_READY;
	} else if (r->state == ROUTE_CHECK && is_missing(r, status, said)) {
		r->state = ROUTE_INSTALL;
	} else {
		(void)snprintf(why, sizeof(why), "%s%s%s", r->state == ROUTE_INSTALL ?
		    "jobworker cannot be put there: " : r->why != NULL ? r->why : "",
		    r->state == ROUTE_CHECK && r->why != NULL ? "; ssh(1): " : "", said);
		route_fail(r, r->state == ROUTE_INSTALL ? ERR_CREATE : r->code != ERR_NONE ?
		    r->code : code, why);
		return;
	}
	route_go(r);
}

/* To the state it is in now. */
static void route_go(struct route *r)
{
	struct err e = { .text = "" };

	switch (r->state) {
	case ROUTE_CHECK:
		step_run(r, text_check(r, &e), open("/dev/null", O_RDWR | O_CLOEXEC), &e);
		break;
	case ROUTE_INSTALL:
		log_info("worker %s: jobworker is put there", r->name);
		step_run(r, text_install(r, &e), install_file(&e), &e);
		break;
	case ROUTE_READY:
		start_waiting(r);
		break;
	default:
		break;
	}
	if (r->kind == ROUTE_SSH && r->state != ROUTE_FAILED)
		ev_timer_set(r->again, 0);
}

/* ---- sessions */

static void on_session(void *arg, int ready)
{
	(void)ready;
	route_move(arg);
}

static void session_watch(struct route *r)
{
	int want, fd = ssh_want(r->ssh, &want);

	if (r->ssh_io == NULL || fd != r->ssh_fd) {
		ev_io_free(r->ssh_io);
		r->ssh_io = ev_io_new(r->ev, fd, on_session, r);
		r->ssh_fd = fd;
	}
	ev_io_want(r->ssh_io, (want & POLLIN ? EV_IN : 0) | (want & POLLOUT ? EV_OUT : 0));
}

static void session_failed(struct route *r, const struct err *why)
{
	bool other = ssh_other_way(r->ssh) && program_is_there();
	const char *key;

	ev_io_free(r->ssh_io);
	r->ssh_io = NULL;
	if (ssh_trust(r->ssh, &key) == SSH_UNKNOWN)
		route_tell(r, CABLE_STEP_UNKNOWN, "%s", key);
	if (!other) {
		route_fail(r, why->code, why->text);
		return;
	}
	log_info("worker %s: over ssh(1), since: %s", r->name, why->text);
	route_tell(r, CABLE_STEP_WAY, "%s", why->text);
	r->code = why->code;
	r->why = xstrdup(why->text);
	r->kind = ROUTE_PROGRAM;
	r->state = ROUTE_CHECK;
	route_go(r);
}

static bool session_begin(struct route *r)
{
	const struct ssh_target t = { r->address, r->user, r->port, r->identity, r->known_hosts,
		r->accept, r->compress };
	struct err e;

	r->ssh = ssh_new(&t, &e);
	if (r->ssh == NULL)
		route_fail(r, e.code, e.text);
	return r->ssh != NULL;
}

static void session_up(struct route *r)
{
	const char *user, *key;
	bool added = ssh_trust(r->ssh, &key) == SSH_ADDED;

	route_tell(r, CABLE_STEP_KEY, "%s is %s", key, added ? "known from now on" : "known");
	ssh_login(r->ssh, &user, &key);
	route_tell(r, CABLE_STEP_LOGIN, "as %s with %s", user, key);
	r->state = ROUTE_CHECK;
	route_go(r);
}

static void session_connect(struct route *r)
{
	struct err e;
	int s = ssh_step(r->ssh, &e);

	if (s == -1) {
		session_failed(r, &e);
		return;
	}
	session_watch(r);
	if (s == 1)
		session_up(r);
}

/* Ends of runs may change the list, and may free what is behind them in it. */
static void runs_moved(struct route *r)
{
	struct errand *k, *next;

	TAILQ_FOREACH_SAFE(k, &r->runs, link, next) {
		errand_moved(k);
		if (r->state == ROUTE_FAILED)
			return;
	}
	session_watch(r);
}

void route_move(struct route *r)
{
	struct err e;
	int s;

	if (r->kind != ROUTE_SSH || r->state == ROUTE_FAILED)
		return;
	if (r->state == ROUTE_CONNECT) {
		if (r->ssh != NULL || session_begin(r))
			session_connect(r);
		return;
	}
	s = ssh_move(r->ssh, &e);
	if (s == -1) {
		ev_io_free(r->ssh_io);
		r->ssh_io = NULL;
		route_fail(r, e.code, e.text);
		return;
	}
	runs_moved(r);
	if (s == 1 && r->state != ROUTE_FAILED)
		ev_timer_set(r->again, 0);
}

static void on_again(void *arg)
{
	struct route *r = arg;

	if (r->state == ROUTE_READY)
		start_waiting(r);
	route_move(r);
}

/* ---- the table */

static char *keep(const char *s)
{
	return s != NULL ? xstrdup(s) : NULL;
}

static char *key_of(const struct cable_target *t)
{
	const char *const parts[] = { t->name, t->transport, t->address, t->user, t->port,
		t->identity, t->known_hosts, t->command, t->dir, t->accept, t->compress };
	struct buf b;

	buf_init(&b, 1u << 17);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		(void)buf_addf(&b, "%s\n", parts[i] != NULL ? parts[i] : "");
	return buf_steal(&b);
}

static struct route *route_new(struct ev *ev, const struct cable_target *t, char *key)
{
	struct route *r = xcalloc(1, sizeof(*r));

	r->ev = ev;
	r->key = key;
	r->name = xstrdup(t->name);
	r->address = xstrdup(t->address != NULL ? t->address : t->name);
	r->user = keep(t->user);
	r->port = keep(t->port);
	r->identity = keep(t->identity);
	r->known_hosts = keep(t->known_hosts);
	r->command = keep(t->command);
	r->dir = keep(t->dir);
	r->accept = keep(t->accept);
	r->compress = t->compress != NULL;
	r->kind = strcmp(t->transport, "command") == 0 ? ROUTE_COMMAND : ROUTE_SSH;
	r->state = r->kind == ROUTE_COMMAND ? ROUTE_READY : ROUTE_CONNECT;
	TAILQ_INIT(&r->runs);
	r->again = ev_timer_new(ev, on_again, r);
	r->idle = ev_timer_new(ev, on_idle, r);
	LIST_INSERT_HEAD(&routes, r, link);
	return r;
}

struct route *route_get(struct ev *ev, const struct cable_target *t)
{
	char *key = key_of(t);
	struct route *r;

	LIST_FOREACH(r, &routes, link) {
		if (strcmp(r->key, key) == 0) {
			free(key);
			return r;
		}
	}
	return route_new(ev, t, key);
}

struct errand *route_join(struct route *r, int stream, bool replace, const struct errand_fns *fns,
    void *arg)
{
	int fd = fcntl(stream, F_DUPFD_CLOEXEC, 3);
	struct errand *k = errand_new(r, fd, fns, arg);

	k->replace = replace;
	/* Not at once: what fails is told by a call, which the caller is not ready for. */
	ev_timer_set(r->again, 0);
	return k;
}

void routes_free(void)
{
	struct route *r;
	struct errand *k;

	while ((r = LIST_FIRST(&routes)) != NULL) {
		while ((k = TAILQ_FIRST(&r->runs)) != NULL)
			errand_cut(k);
		route_free(r);
	}
}
