/* ev_loop: rounds, timers, signals, descriptors and new connections. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "ev/ev.h"
#include "tap.h"

struct probe {
	struct ev *ev;
	struct ev_io *io;
	struct ev_timer *timer, *other;
	int fd, calls, after, stop_at, order[8], n;
	int64_t set_at, fired_at;
};

static struct ev *loop_new(void)
{
	struct err e = { .code = ERR_NONE };
	struct ev *ev = ev_new(&e);

	if (!ok(ev != NULL, "a loop: %s", e.text))
		exit(1);
	return ev;
}

static void stop(void *arg)
{
	ev_stop(arg);
}

static void count_after(void *arg)
{
	struct probe *p = arg;

	p->after++;
}

static void io_read(void *arg, int ready)
{
	struct probe *p = arg;
	char c;

	ok(ready == EV_IN, "ready to be read");
	p->calls++;
	/* One byte a call: what is left must be told again. */
	if (read(p->fd, &c, 1) != 1 || c == 'z')
		ev_stop(p->ev);
}

static void test_io(void)
{
	struct probe p = { .ev = loop_new() };
	int fds[2];

	ok(pipe2(fds, O_CLOEXEC | O_NONBLOCK) == 0, "a pipe");
	p.fd = fds[0];
	p.io = ev_io_new(p.ev, fds[0], io_read, &p);
	ev_after(p.ev, count_after, &p);
	ok(write(fds[1], "abz", 3) == 3, "three bytes");
	ev_io_want(p.io, EV_IN);
	ev_run(p.ev);
	is_int(p.calls, 3, "level-triggered: a call for each byte left");
	is_int(p.after, 3, "after runs once a round");
	ev_io_free(p.io);
	ev_free(p.ev);
	close(fds[0]);
	close(fds[1]);
}

static void io_write(void *arg, int ready)
{
	struct probe *p = arg;

	p->calls++;
	ok(ready == EV_OUT, "ready to be written");
	ev_io_want(p->io, 0);
	ev_timer_set(p->timer, 20);
}

static void test_want(void)
{
	struct probe p = { .ev = loop_new() };
	int fds[2];

	ok(pipe2(fds, O_CLOEXEC | O_NONBLOCK) == 0, "a pipe");
	p.io = ev_io_new(p.ev, fds[1], io_write, &p);
	p.timer = ev_timer_new(p.ev, stop, p.ev);
	ev_io_want(p.io, EV_OUT);
	ev_run(p.ev);
	is_int(p.calls, 1, "what is not wanted any more is not told");
	ev_timer_free(p.timer);
	ev_io_free(p.io);
	ev_io_free(NULL);
	ev_free(p.ev);
	close(fds[0]);
	close(fds[1]);
}

static void timer_fired(void *arg)
{
	struct probe *p = arg;

	p->fired_at = now_read().boot;
	ev_stop(p->ev);
}

static void test_timer(void)
{
	struct probe p = { .ev = loop_new() };
	static const int64_t waits[] = { 0, 1, 7, 30 };

	p.timer = ev_timer_new(p.ev, timer_fired, &p);
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		p.set_at = now_read().boot;
		ev_timer_set(p.timer, waits[i]);
		ev_run(p.ev);
		ok(p.fired_at - p.set_at >= waits[i], "%d ms: not early (%d)", (int)waits[i],
		    (int)(p.fired_at - p.set_at));
		ok(p.fired_at - p.set_at < waits[i] + 2000, "%d ms: not late", (int)waits[i]);
	}
	ev_timer_set(p.timer, 5);
	ev_timer_set(p.timer, 60000);
	p.other = ev_timer_new(p.ev, stop, p.ev);
	ev_timer_set(p.other, 15);
	p.fired_at = 0;
	ev_run(p.ev);
	is_int(p.fired_at, 0, "a timer set anew has forgotten the first time");
	ev_timer_set(p.timer, 1);
	ev_timer_set(p.timer, -1);
	ev_timer_set(p.other, 10);
	ev_run(p.ev);
	is_int(p.fired_at, 0, "a timer that is off does not fire");
	ev_timer_set(p.timer, INT64_MAX);
	ev_timer_set(p.other, 1);
	ev_run(p.ev);
	is_int(p.fired_at, 0, "a far away time is no overflow");
	ev_timer_free(p.timer);
	ev_timer_free(p.other);
	ev_timer_free(NULL);
	ev_free(p.ev);
}

struct numbered {
	struct probe *p;
	int number;
};

static void timer_number(void *arg)
{
	struct numbered *n = arg;

	n->p->order[n->p->n++] = n->number;
	if (n->number == 3)
		ev_stop(n->p->ev);
}

static void timer_kill(void *arg)
{
	struct probe *p = arg;

	/* Both are due in this round. */
	ev_timer_free(p->other);
	p->other = NULL;
	ev_timer_set(p->timer, 0);
	p->calls++;
	if (p->calls == 3)
		ev_stop(p->ev);
}

static void test_timer_order(void)
{
	struct probe p = { .ev = loop_new() };
	struct numbered n[4];
	struct ev_timer *t[4];
	static const int ms[4] = { 3, 6, 3, 9 }, want[4] = { 0, 2, 1, 3 };

	for (int i = 0; i < 4; i++) {
		n[i] = (struct numbered){ .p = &p, .number = i };
		t[i] = ev_timer_new(p.ev, timer_number, &n[i]);
		ev_timer_set(t[i], ms[i]);
	}
	ev_run(p.ev);
	for (int i = 0; i < 4; i++) {
		is_int(p.order[i], want[i], "timer %d comes in order of time", i);
		ev_timer_free(t[i]);
	}
	p.timer = ev_timer_new(p.ev, timer_kill, &p);
	p.other = ev_timer_new(p.ev, timer_kill, &p);
	ev_after(p.ev, count_after, &p);
	ev_timer_set(p.timer, 0);
	ev_timer_set(p.other, 1);
	while (now_read().boot < p.set_at + 3)
		p.set_at = p.set_at == 0 ? now_read().boot : p.set_at;
	ev_run(p.ev);
	is_int(p.calls, 3, "a timer may free one that is due and set itself");
	is_int(p.after, 3, "a timer set to 0 fires in the next round");
	ev_timer_free(p.timer);
	ev_free(p.ev);
}

static void signal_came(void *arg, int signo)
{
	struct probe *p = arg;

	p->calls++;
	is_int(signo, SIGUSR1, "the signal");
	ev_stop(p->ev);
}

static void test_signal(void)
{
	struct probe p = { .ev = loop_new() };
	struct ev_signal *s = ev_signal_new(p.ev, SIGUSR1, signal_came, &p);

	kill(getpid(), SIGUSR1);
	ev_run(p.ev);
	is_int(p.calls, 1, "a signal is a callback");
	ev_signal_free(s);
	ev_signal_free(NULL);
	ev_stop(p.ev);
	ev_run(p.ev);
	ok(true, "a loop stopped before it runs does not run");
	ev_free(p.ev);
	ev_free(NULL);
}

struct door {
	struct ev *ev;
	struct listener *l;
	struct ev_timer *timer;
	int accepted, want, fds[256];
};

static void door_opened(void *arg, int fd)
{
	struct door *d = arg;

	d->fds[d->accepted++] = fd;
	if (d->accepted == d->want) {
		listener_free(d->l);
		d->l = NULL;
		ev_stop(d->ev);
	}
}

static void connect_all(int dir, int *fds, int n)
{
	for (int i = 0; i < n; i++)
		fds[i] = sock_connect(dir, "s", NULL);
}

static void test_listener(void)
{
	struct door d = { .ev = loop_new(), .want = 100 };
	struct err e = { .code = ERR_NONE };
	int dir = dir_open(AT_FDCWD, tap_tmpdir(), &e), fd, clients[100];
	uid_t uid;
	pid_t pid;

	fd = sock_listen(dir, "s", 0600, &e);
	if (!ok(fd >= 0, "a socket: %s", e.text))
		exit(1);
	connect_all(dir, clients, 100);
	d.l = listener_new(d.ev, fd, door_opened, &d);
	ev_run(d.ev);
	is_int(d.accepted, 100, "all who wait are accepted, and the door may close within");
	ok((fcntl(d.fds[5], F_GETFL) & O_NONBLOCK) != 0, "non-blocking");
	ok((fcntl(d.fds[5], F_GETFD) & FD_CLOEXEC) != 0, "close on exec");
	ok(peer_cred(d.fds[5], &uid, NULL, &pid, &e) == 0 && uid == getuid() && pid == getpid(),
	    "who is there: %s", e.text);
	ok(peer_cred(0, &uid, NULL, &pid, &e) == -1, "no peer where there is no socket");
	for (int i = 0; i < 100; i++) {
		close(d.fds[i]);
		close(clients[i]);
	}
	ev_free(d.ev);
	close(dir);
}

static void door_relief(void *arg)
{
	struct door *d = arg;
	struct rlimit r;

	is_int(d->accepted, 1, "out of descriptors: the others wait");
	getrlimit(RLIMIT_NOFILE, &r);
	r.rlim_cur = r.rlim_max;
	setrlimit(RLIMIT_NOFILE, &r);
}

/* With all descriptors in use, the loop looks away and comes back. */
static void test_shortage(void)
{
	struct door d = { .ev = loop_new(), .want = 3 };
	struct err e = { .code = ERR_NONE };
	int dir = dir_open(AT_FDCWD, tap_tmpdir(), &e), fd, clients[3];
	struct rlimit r;

	fd = sock_listen(dir, "s", 0600, &e);
	connect_all(dir, clients, 3);
	d.l = listener_new(d.ev, fd, door_opened, &d);
	listener_pause(d.l, true);
	listener_pause(d.l, false);
	d.timer = ev_timer_new(d.ev, door_relief, &d);
	ev_timer_set(d.timer, 30);
	getrlimit(RLIMIT_NOFILE, &r);
	r.rlim_cur = (rlim_t)clients[2] + 2;
	setrlimit(RLIMIT_NOFILE, &r);
	ev_run(d.ev);
	is_int(d.accepted, 3, "all are served once there is room");
	for (int i = 0; i < 3; i++) {
		close(d.fds[i]);
		close(clients[i]);
	}
	ev_timer_free(d.timer);
	ev_free(d.ev);
	close(dir);
}

int main(void)
{
	test_io();
	test_want();
	test_timer();
	test_timer_order();
	test_signal();
	test_listener();
	test_shortage();
	return tap_done();
}
