/*
 * cable: the process that holds the connections to hosts.
 *
 * It joins streams that jobd asks for to whatever leads to a host, and knows nothing
 * of the bytes.  When jobd's socket closes, it opens each stream that was joined once
 * more, says jobd's last words to the worker behind it, and ends: so workers learn
 * that jobd is gone, which a mere end of a connection does not prove.
 */
#include "cable.h"

#include <bsd/sys/queue.h>
#include <bsd/unistd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fdio.h"
#include "base/log.h"
#include "cli/cli.h"
#include "helper.h"

#define REQUEST_MAX (1u << 17)
#define LAST_MS 10000		/* for all last words together */
#define AT_ONCE 100		/* requests in a round */
#define KEEP_MS 2000		/* a cable that has ended */

struct cable {			/* a stream that is joined */
	LIST_ENTRY(cable) link;
	uint64_t id;		/* 0: it carries last words */
	char *name, *command;
	char *argv[4];
	struct spawn spawn;
	int pidfd;
	struct ev_io *io;		/* NULL: it has ended */
	struct ev_timer *forget;
	void *last;
	size_t last_len;
};

static struct {			/* one in a process */
	struct ev *ev;
	struct ev_io *io;
	struct ev_timer *deadline;
	struct buf request;
	LIST_HEAD(, cable) cables;
	bool leaving;
} c;

static void cable_free(struct cable *k)
{
	LIST_REMOVE(k, link);
	ev_io_free(k->io);
	ev_timer_free(k->forget);
	free(k->name);
	free(k->command);
	free(k->last);
	free(k);
	if (c.leaving && LIST_EMPTY(&c.cables))
		ev_stop(c.ev);
}

static void on_forget(void *arg)
{
	cable_free(arg);
}

/*
 * The program has ended: with it the stream.  When jobd is killed this may be seen
 * before its own end is, so it is not forgotten at once.
 */
static void on_program_end(void *arg, int ready)
{
	struct cable *k = arg;
	struct starter st = spawn_starter(&k->spawn);
	struct err e;

	(void)ready;
	ev_io_free(k->io);
	k->io = NULL;
	if (st.finish(st.arg, k->pidfd, &e) == 0)
		err_set(&e, ERR_UNAVAIL, "the connection has ended");
	if (c.leaving) {
		cable_free(k);
		return;
	}
	cable_say(HELPER_FD, k->id, e.code, e.text);
	k->forget = ev_timer_new(c.ev, on_forget, k);
	ev_timer_set(k->forget, KEEP_MS);
}

/* Runs its command on that end of a stream. */
static int cable_run(struct cable *k, int io, struct err *e)
{
	static char sh[] = "/bin/sh", option[] = "-c";
	char *const argv[] = { sh, option, k->command, NULL };
	struct starter st;

	memcpy(k->argv, argv, sizeof(argv));
	spawn_init(&k->spawn, k->argv);
	k->spawn.io = io;
	st = spawn_starter(&k->spawn);
	k->pidfd = st.begin(st.arg, e);
	if (k->pidfd == -1)
		return -1;
	k->io = ev_io_new(c.ev, k->pidfd, on_program_end, k);
	ev_io_want(k->io, EV_IN);
	return 0;
}

static struct cable *cable_new(uint64_t id, const char *name, const char *command,
    const void *last, size_t n)
{
	struct cable *k = xcalloc(1, sizeof(*k));

	k->id = id;
	k->name = xstrdup(name);
	k->command = xstrdup(command);
	k->pidfd = -1;
	k->last = n > 0 ? xmemdup(last, n) : NULL;
	k->last_len = n;
	LIST_INSERT_HEAD(&c.cables, k, link);
	return k;
}

static void join(const struct cable_target *t, int stream)
{
	struct cable *k;
	struct err e;

	if (strcmp(t->transport, "command") != 0 || t->command == NULL) {
		cable_say(HELPER_FD, t->id, ERR_UNAVAIL, "transport ssh: not there yet");
		close(stream);
		return;
	}
	k = cable_new(t->id, t->name, t->command, t->last, t->last_len);
	if (cable_run(k, stream, &e) == 0) {
		cable_say(HELPER_FD, k->id, ERR_NONE, "");
	} else {
		cable_say(HELPER_FD, k->id, e.code, e.text);
		cable_free(k);
	}
	close(stream);
}

/* A program that does not notice the end of its stream, or is stuck, is ended. */
static void cut(struct cable *k)
{
	struct starter st = spawn_starter(&k->spawn);

	if (k->io == NULL)
		return;		/* it has ended, and is remembered for a while */
	st.cancel(st.arg, k->pidfd);
	cable_free(k);
}

static void drop(uint64_t id)
{
	struct cable *k;

	LIST_FOREACH(k, &c.cables, link) {
		if (k->id == id) {
			cut(k);
			return;
		}
	}
}

/* ---- jobd has ended */

static void last_words(struct cable *former)
{
	struct cable *k;
	struct err e;
	int fds[2];

	if (former->last == NULL ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == -1)
		return;
	k = cable_new(0, former->name, former->command, NULL, 0);
	if (cable_run(k, fds[1], &e) == -1 ||
	    fd_write_all(fds[0], former->last, former->last_len, &e) == -1)
		log_warn("worker %s does not hear that jobd has ended: %s", k->name, e.text);
	(void)shutdown(fds[0], SHUT_WR);
	close(fds[0]);
	close(fds[1]);
	if (k->io == NULL)
		cable_free(k);
}

static void on_deadline(void *arg)
{
	(void)arg;
	ev_stop(c.ev);
}

/* Those that have ended are not waited for; those that go on see the end of their stream. */
static void leave(void)
{
	struct cable *k, *next;

	c.leaving = true;
	ev_io_want(c.io, 0);
	ev_timer_set(c.deadline, LAST_MS);
	/* New ones are put in front, and are not met. */
	for (k = LIST_FIRST(&c.cables); k != NULL; k = next) {
		next = LIST_NEXT(k, link);
		last_words(k);
		if (k->io == NULL)
			cable_free(k);
	}
	if (LIST_EMPTY(&c.cables))
		ev_stop(c.ev);
}

static void on_requests(void *arg, int ready)
{
	struct cable_target t;
	struct err e;
	int stream, n, r = 1;

	(void)arg;
	(void)ready;
	for (n = 0; n < AT_ONCE && r == 1; n++) {
		r = cable_take(HELPER_FD, &t, &c.request, &stream, &e);
		if (r == 1 && stream == -1)
			drop(t.id);
		else if (r == 1)
			join(&t, stream);
	}
	if (r == -1 && e.code != ERR_NONE)
		log_error("%s", e.text);
	if (r == -1)
		leave();
}

int cable_main(void)
{
	struct cable *k, *next;
	struct err e;

	closefrom(HELPER_FD + 1);
	log_init("jobd: cable", false);
	(void)signal(SIGINT, SIG_IGN);	/* of a terminal: jobd decides */
	(void)signal(SIGPIPE, SIG_IGN);
	LIST_INIT(&c.cables);
	buf_init(&c.request, REQUEST_MAX);
	c.ev = fd_cloexec(HELPER_FD) == 0 ? ev_new(&e) : NULL;
	if (c.ev == NULL) {
		log_error("the holder of connections cannot start");
		return EXIT_OSERR;
	}
	c.deadline = ev_timer_new(c.ev, on_deadline, NULL);
	c.io = ev_io_new(c.ev, HELPER_FD, on_requests, NULL);
	ev_io_want(c.io, EV_IN);
	ev_run(c.ev);
	for (k = LIST_FIRST(&c.cables); k != NULL; k = next) {
		next = LIST_NEXT(k, link);
		cut(k);
	}
	return EXIT_OK;
}
