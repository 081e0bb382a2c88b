/*
 * agent_pause: what changes while a job runs: suspended and resumed, its limit, signals
 * to its main process alone; also over a restart of the daemon.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/cgroup.h"
#include "agent/tell.h"
#include "base/fdio.h"
#include "core/types.h"
#include "play.h"
#include "tap.h"

#define SH(text) (const char *const[]){ "/bin/sh", "-c", text, NULL }

static struct play p;
static const char *dir, *work;
static uint64_t last;

static const char *at(const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/%s", work, name);
	return path;
}

static void order(uint64_t time, const char *text)
{
	struct msg *start = play_start(&p, ++last, 1), *launch = play_launch(SH(text), NULL);

	if (time > 0)
		msg_add_u64(start, F_TIME, time);
	msg_add(launch, F_CHDIR, work);
	play_order(&p, start, launch);
	play_send(&p);
	msg_free(play_await(&p, MSG_W_STARTED, last, PLAY_MS));
}

static void change(uint64_t time, bool suspend)
{
	struct msg *m = msg_new(MSG_W_SET);

	msg_add_u64(m, F_JOB, last);
	msg_add_u64(m, F_EXECUTION, 1);
	if (time > 0)
		msg_add_u64(m, F_TIME, time);
	if (suspend)
		msg_add_u64(m, F_SUSPEND, 1);
	play_put(&p, m);
	msg_free(m);
	play_send(&p);
}

static uint64_t ended(const char *cause, int sig, const char *what)
{
	struct msg *m = play_await(&p, MSG_W_RESULT, last, PLAY_MS);
	uint64_t ms = 0;

	if (ok(m != NULL, "%s: it ends", what)) {
		is_str(msg_str(m, F_CAUSE), cause, "%s: the cause", what);
		is_int(msg_u64(m, F_SIGNAL, 0), sig, "%s: the signal", what);
		ms = msg_u64(m, F_DURATION, 0);
		play_ack(&p, last, 1);
		play_send(&p);
	}
	msg_free(m);
	return ms;
}

/* The state letter of the process whose number stands in that file. */
static char state_of(const char *name)
{
	char path[64], *end;
	struct buf b;
	char state = '?';

	buf_init(&b, 4096);
	file_read(AT_FDCWD, at(name), &b, NULL);
	snprintf(path, sizeof(path), "/proc/%ld/stat",
	    b.data != NULL ? strtol(b.data, NULL, 10) : 0);
	buf_reset(&b);
	if (file_read(AT_FDCWD, path, &b, NULL) == 0 && (end = strrchr(b.data, ')')) != NULL)
		state = end[2];
	buf_release(&b);
	return state;
}

/* A shell whose child was stopped before its exec waits in the kernel, state D. */
static bool is_stopped(void *name)
{
	char c = state_of(name);

	return c == 'T' || c == 'D';
}

static bool is_awake(void *name)
{
	char c = state_of(name);

	return c == 'S' || c == 'R';
}

static bool is_there(void *name)
{
	return access(at(name), F_OK) == 0;
}

static bool until(bool (*fn)(void *arg), const char *name)
{
	return play_until(fn, (void *)(uintptr_t)name);
}

#define FAMILY "echo $$ >one; (setsid sh -c 'echo $$ >two; while :; do sleep 0.02; done' &); " \
	"while [ ! -e two ]; do sleep 0.01; done; touch up; while :; do sleep 0.02; done"

static void fresh(void)
{
	unlink(at("one"));
	unlink(at("two"));
	unlink(at("up"));
}

static void test_suspend(void)
{
	fresh();
	order(0, FAMILY);
	ok(until(is_there, "up"), "a job and a daemon that it has made");
	change(0, true);
	ok(until(is_stopped, "one"), "its main process is stopped");
	ok(until(is_stopped, "two"), "and so is what has left its group");
	change(0, true);
	change(0, false);
	ok(until(is_awake, "one") && until(is_awake, "two"), "both go on");
	change(0, true);
	ok(until(is_stopped, "two"), "stopped again");
	play_kill(&p, last, 1, "killed", 0, false);
	play_send(&p);
	ended("killed", SIGTERM, "an order to end one that is suspended");
}

/* The run clock stands meanwhile; a limit may be another one at any time. */
static void test_clock(void)
{
	uint64_t ms;

	fresh();
	order(400, FAMILY);
	ok(until(is_there, "up"), "a job with a limit");
	change(400, true);
	ok(until(is_stopped, "one"), "suspended");
	poll(NULL, 0, 600);
	ok(is_stopped((void *)(uintptr_t)"one"), "longer than its limit: it is there still");
	change(400, false);
	ms = ended("timeout", SIGTERM, "resumed, it has the rest of its time");
	ok(ms >= 400, "and that is what it ran: %d ms", (int)ms);
	order(300, "sleep 20");
	change(700, false);
	ms = ended("timeout", SIGTERM, "a longer limit");
	ok(ms >= 700, "is kept: %d ms", (int)ms);
	order(20000, "sleep 20");
	change(200, false);
	ms = ended("timeout", SIGTERM, "a shorter one");
	ok(ms < 10000, "as well: %d ms", (int)ms);
	order(200, "sleep 0.5");
	change(0, false);
	ended("exit", 0, "no limit any more");
}

static void test_main_only(void)
{
	struct msg *m;

	fresh();
	order(0, "trap 'touch one' USR1; sh -c 'trap \"touch two\" USR1; touch up; "
	    "while :; do sleep 0.02; done' & while [ ! -e one ]; do sleep 0.02; done; "
	    "kill $!; wait");
	ok(until(is_there, "up"), "a job with a child");
	m = msg_new(MSG_W_KILL);
	msg_add_u64(m, F_JOB, last);
	msg_add_u64(m, F_EXECUTION, 1);
	msg_add(m, F_CAUSE, "killed");
	msg_add_u64(m, F_SIGNAL, SIGUSR1);
	msg_add_u64(m, F_MAIN_ONLY, 1);
	play_put(&p, m);
	msg_free(m);
	play_send(&p);
	ended("exit", 0, "a signal to the main process");
	ok(access(at("two"), F_OK) == -1, "is not seen by its child");
}

/* A daemon that dies between writing it down and telling has a successor who tells. */
static void test_restart(void)
{
	fresh();
	order(0, FAMILY);
	ok(until(is_there, "up"), "a job");
	change(0, true);
	ok(until(is_stopped, "one"), "suspended");
	kill(p.daemon, SIGKILL);
	play_close(&p);
	play_stop(p.daemon);
	ok(until(is_stopped, "one"), "its worker dies: it stays so");
	p.daemon = play_daemon(dir, NULL);
	p.epoch++;
	ok(p.daemon != 0 && play_connect(&p, dir) == 0 && play_attach(&p, NULL, NULL) == 0,
	    "another worker takes over");
	ok(until(is_stopped, "one"), "it is suspended still");
	change(500, false);
	ok(until(is_awake, "two"), "and can be resumed");
	ended("timeout", SIGTERM, "with a limit that came meanwhile");
}

static void test_tell(void)
{
	const struct tell in[] = {
		{ .look = true },
		{ .signal = SIGUSR1, .main = true, .cause = END_KILLED, .grace = -1 },
		{ .signal = SIGUSR1, .cause = END_KILLED, .grace = -1 },
		{ .now = true, .cause = END_TIMEOUT, .grace = 5000 },
	};

	for (size_t i = 0; i < sizeof(in) / sizeof(in[0]); i++) {
		struct tell out;

		ok(tell_decode(tell_encode(&in[i]), &out) == 0 && out.look == in[i].look &&
		    (out.look || (out.signal == in[i].signal && out.main == in[i].main &&
		    out.now == in[i].now && out.cause == in[i].cause &&
		    out.grace == in[i].grace)), "an order of form %d there and back", (int)i);
	}
}

/* A group of version 2 beside version 1 has a freezer, too. */
static void test_freezer(void)
{
	static const char *const roots[] = { "/sys/fs/cgroup/unified", "/sys/fs/cgroup" };
	char path[128], file[160];
	struct buf b;

	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/job-test-%d", roots[i], (int)getpid());
		snprintf(file, sizeof(file), "%s/cgroup.freeze", path);
		if (mkdir(path, 0755) == -1)
			continue;
		if (access(file, W_OK) == 0) {
			buf_init(&b, 64);
			ok(cgroup_freeze(path, true) == 0 &&
			    file_read(AT_FDCWD, file, &b, NULL) == 0 && b.data[0] == '1',
			    "a group is frozen");
			ok(cgroup_freeze(path, false) == 0, "and thawed");
			buf_release(&b);
		}
		rmdir(path);
	}
	is_int(cgroup_freeze("/nowhere", true), -1, "a group that is not there cannot be");
}

int main(void)
{
	work = tap_tmpdir();
	dir = tap_tmpdir();
	play_init(&p);
	p.daemon = play_daemon(dir, NULL);
	if (p.daemon == 0 || play_connect(&p, dir) == -1 || play_attach(&p, NULL, NULL) == -1) {
		ok(false, "a daemon to play with");
		return tap_done();
	}
	test_tell();
	test_freezer();
	test_suspend();
	test_clock();
	test_main_only();
	test_restart();
	play_close(&p);
	play_stop(p.daemon);
	play_release(&p);
	return tap_done();
}
