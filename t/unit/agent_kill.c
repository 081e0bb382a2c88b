/* agent_kill: how jobs are ended: limits, orders, what they leave behind. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/fdio.h"
#include "base/hash.h"
#include "mounts.h"
#include "play.h"
#include "tap.h"

#define SH(text) (const char *const[]){ "/bin/sh", "-c", text, NULL }

static struct play p;
static const char *dir, *work;
static uint64_t last;

static struct msg *start_new(void)
{
	return play_start(&p, ++last, 1);
}

static void order(struct msg *start, const char *const *argv)
{
	struct msg *launch = play_launch(argv, NULL);

	msg_add(launch, F_CHDIR, work);
	play_order(&p, start, launch);
	play_send(&p);
}

static struct msg *result(void)
{
	struct msg *m = play_await(&p, MSG_W_RESULT, last, PLAY_MS);

	if (m == NULL) {
		ok(false, "job %d has a result", (int)last);
		exit(tap_done());
	}
	play_ack(&p, last, 1);
	play_send(&p);
	return m;
}

static void tell(const char *cause, int sig, bool now)
{
	play_kill(&p, last, 1, cause, sig, now);
	play_send(&p);
}

/* A path in the jobs' folder. */
static const char *at(const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/%s", work, name);
	return path;
}

static bool is_there(void *arg)
{
	return access(at(arg), F_OK) == 0;
}

static void wait_for(const char *name)
{
	ok(play_until(is_there, (void *)(uintptr_t)name), "it has made %s", name);
}

static pid_t pid_in(const char *name)
{
	struct buf b;
	pid_t pid;

	wait_for(name);
	buf_init(&b, 64);
	file_read(AT_FDCWD, at(name), &b, NULL);
	pid = b.data != NULL ? (pid_t)strtol(b.data, NULL, 10) : 0;
	buf_release(&b);
	ok(pid > 0, "a process, %d", (int)pid);
	return pid;
}

static void is_ended(struct msg *m, const char *cause, int sig, const char *what)
{
	is_str(msg_str(m, F_CAUSE), cause, "%s: its cause", what);
	is_int(msg_u64(m, F_SIGNAL, 0), sig, "%s: its signal", what);
	msg_free(m);
}

static void test_limit(void)
{
	struct msg *m = start_new();
	uint64_t ms;

	msg_add_u64(m, F_TIME, 200);
	order(m, SH("sleep 30"));
	m = result();
	ms = msg_u64(m, F_DURATION, 0);
	ok(ms >= 200 && ms < 2000, "the limit is kept: %d ms", (int)ms);
	is_ended(m, "timeout", SIGTERM, "a time limit");
	m = start_new();
	msg_add_u64(m, F_TIME, 100);
	msg_add_u64(m, F_KILL_GRACE, 300);
	order(m, SH("trap '' TERM; while :; do sleep 0.05; done"));
	m = result();
	ms = msg_u64(m, F_DURATION, 0);
	ok(ms >= 400 && ms < 2500, "who ignores TERM ends after the grace: %d ms", (int)ms);
	is_ended(m, "timeout", SIGKILL, "a limit that is ignored");
	m = start_new();
	msg_add_u64(m, F_TIME, 100);
	msg_add_u64(m, F_KILL_GRACE, 20000);
	order(m, SH("trap 'exit 5' TERM; while :; do sleep 0.02; done"));
	m = result();
	is_int(msg_u64(m, F_EXIT_CODE, 0), 5, "who ends itself within the grace has its status");
	is_ended(m, "timeout", 0, "and has timed out all the same");
	m = start_new();
	msg_add_u64(m, F_TIME, 100);
	msg_add_u64(m, F_KILL_SIGNAL, SIGUSR2);
	msg_add_u64(m, F_KILL_GRACE, 20000);
	order(m, SH("kill -STOP $$"));
	is_ended(result(), "timeout", SIGUSR2, "a signal of its own; one that is stopped gets it");
	m = start_new();
	msg_add_u64(m, F_TIME, 100);
	msg_add_u64(m, F_KILL_GRACE, 0);
	order(m, SH("trap 'echo soft >soft' TERM; while :; do sleep 0.02; done"));
	is_ended(result(), "timeout", SIGKILL, "no grace");
	ok(access(at("soft"), F_OK) == -1, "no soft signal either");
}

static void test_order(void)
{
	order(start_new(), SH("touch runs1; sleep 30"));
	wait_for("runs1");
	tell("killed", 0, false);
	is_ended(result(), "killed", SIGTERM, "an order to end");
	order(start_new(), SH("trap '' TERM; touch runs2; while :; do sleep 0.05; done"));
	wait_for("runs2");
	tell("killed", 0, false);
	tell("timeout", 0, true);
	is_ended(result(), "killed", SIGKILL, "a sharper order after it");
	order(start_new(), SH("touch runs3; sleep 30"));
	wait_for("runs3");
	tell("fenced", 0, true);
	is_ended(result(), "fenced", SIGKILL, "an order with a cause of its own");
	order(start_new(), SH("trap 'echo got >usr1' USR1; trap 'exit 0' USR2; touch runs4; "
	    "while :; do sleep 0.02; done"));
	wait_for("runs4");
	tell("killed", SIGUSR1, false);
	wait_for("usr1");
	tell("killed", SIGUSR2, false);
	is_ended(result(), "exit", 0, "signals alone do not change the cause");
	play_run(&p, ++last, 1, SH("sleep 30"));
	tell("killed", 0, true);
	is_ended(result(), "never_started", 0, "an order to end beside the order to start");
}

/* Out of the session, out of the group, a child of init: still the job's. */
static void test_daemonized(void)
{
	struct msg *m;
	pid_t pid;
	uint64_t ms;

	order(start_new(), SH("(setsid sh -c 'echo $$ >d1.tmp; mv d1.tmp d1; exec sleep 30' &) & "
	    "while [ ! -e d1 ]; do sleep 0.01; done; touch seen; exit 0"));
	wait_for("seen");
	is_ended(result(), "exit", 0, "a job that leaves a daemon behind");
	pid = pid_in("d1");
	ok(process_gone(pid), "its daemon has ended before its result is told");
	m = start_new();
	msg_add_u64(m, F_KILL_GRACE, 300);
	order(m, SH("(trap '' TERM; setsid sh -c 'trap \"\" TERM; echo $$ >d2.tmp; "
	    "mv d2.tmp d2; while :; do sleep 0.05; done' &) & while [ ! -e d2 ]; do sleep 0.01; "
	    "done; exit 6"));
	pid = pid_in("d2");
	m = result();
	ms = msg_u64(m, F_DURATION, 99999);
	is_int(msg_u64(m, F_EXIT_CODE, 0), 6, "a daemon that ignores TERM");
	is_ended(m, "exit", 0, "does not change the end");
	ok(process_gone(pid), "has ended, too, after a grace");
	ok(ms < 2000, "and its time is not the job's: %d ms", (int)ms);
	order(start_new(), SH("setsid sh -c 'echo $$ >d3.tmp; mv d3.tmp d3; sleep 30' & "
	    "touch runs5; wait"));
	wait_for("runs5");
	pid = pid_in("d3");
	tell("killed", 0, false);
	is_ended(result(), "killed", SIGTERM, "an order to end");
	ok(process_gone(pid), "reaches those of other groups");
}

/* It forks faster than one pass over /proc finds them. */
static void test_bomb(void)
{
	struct msg *m = start_new();

	msg_add_u64(m, F_TIME, 150);
	msg_add_u64(m, F_KILL_GRACE, 50);
	order(m, SH("trap '' TERM; n() { while :; do (trap '' TERM; exec setsid sleep 20) & "
	    "sleep 0.003; done; }; n & n & n"));
	is_ended(result(), "timeout", SIGKILL, "one that forks all the time");
}

static void test_memory(const char *limits, bool oom)
{
	struct msg *m = start_new();

	msg_add_u64(m, F_MEM, 64);
	order(m, SH("head -c 200000000 /dev/zero | tail >/dev/null"));
	m = result();
	is_str(msg_str(m, F_LIMITS), limits, "which limits are in force");
	if (oom) {
		is_str(msg_str(m, F_CAUSE), "oom", "out of memory is known as that");
		ok(msg_u64(m, F_MAX_RSS, 0) > 40000, "its peak: %d KiB",
		    (int)msg_u64(m, F_MAX_RSS, 0));
	} else {
		ok(msg_u64(m, F_EXIT_CODE, 0) != 0 || strcmp(msg_str(m, F_CAUSE), "exit") != 0,
		    "it fails: %s", msg_str(m, F_CAUSE));
	}
	msg_free(m);
	m = start_new();
	msg_add_u64(m, F_MEM, 64);
	order(m, SH("exit 3"));
	m = result();
	is_int(msg_u64(m, F_EXIT_CODE, 0), 3, "one that fits ends as it likes");
	is_ended(m, "exit", 0, "below the limit");
}

static void test_cpu(const char *limits)
{
	struct msg *m = start_new();
	uint64_t cpu, ms;

	msg_add_u64(m, F_CPUS, 200);
	msg_add_u64(m, F_CPU_LIMIT, 1);
	msg_add_u64(m, F_TIME, 700);
	order(m, SH("while :; do :; done"));
	m = result();
	cpu = msg_u64(m, F_CPU_MS, 0);
	ms = msg_u64(m, F_DURATION, 1);
	ok(cpu > 20 && cpu * 100 / ms < 45, "a fifth of a processor: %d ms in %d", (int)cpu,
	    (int)ms);
	is_str(msg_str(m, F_LIMITS), limits, "which limits are in force");
	msg_free(m);
}

/* Groups of ours that are left behind. */
static bool no_group(void)
{
	char command[128];
	struct msg *m;
	bool none;

	snprintf(command, sizeof(command), "! find /sys/fs/cgroup -name 'jobworker-%08x-*' | "
	    "grep .", (unsigned)hash64(0, dir, strlen(dir)));
	order(start_new(), SH(command));
	m = result();
	none = msg_u64(m, F_EXIT_CODE, 1) == 0;
	msg_free(m);
	return none;
}

static bool up(void)
{
	dir = tap_tmpdir();
	p.daemon = play_daemon(dir, NULL);
	return p.daemon != 0 && play_connect(&p, dir) == 0 && play_attach(&p, NULL, NULL) == 0;
}

static void down(void)
{
	play_close(&p);
	play_stop(p.daemon);
}

/* The version of control groups in which this test may make some; 0: none. */
static int cgroup_version(void)
{
	if (geteuid() != 0)
		return 0;
	if (access("/sys/fs/cgroup/memory/memory.limit_in_bytes", F_OK) == 0 &&
	    access("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", F_OK) == 0)
		return 1;
	/* In the root of version 2, which has no such file, or in what systemd delegates. */
	return access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0 &&
	    access("/sys/fs/cgroup/cgroup.type", F_OK) == -1 ? 2 : 0;
}

int main(void)
{
	work = tap_tmpdir();
	play_init(&p);
	if (!up()) {
		ok(false, "a daemon to play with");
		return tap_done();
	}
	test_limit();
	test_order();
	test_daemonized();
	test_bomb();
	if (cgroup_version() != 0) {
		test_memory(cgroup_version() == 1 ? "cgroup1:memory" : "cgroup2:memory", true);
		test_cpu(cgroup_version() == 1 ? "cgroup1:cpu" : "cgroup2:cpu");
		ok(no_group(), "no group is left");
	} else {
		ok(true, "control groups: skipped, they are not ours to make");
	}
	down();
	/* Without control groups. */
	if (mounts_private())
		umount2("/sys/fs/cgroup", MNT_DETACH);
	p.epoch = 1;
	if (!up()) {
		ok(false, "another daemon");
		return tap_done();
	}
	test_memory("rlimit:memory", false);
	down();
	play_release(&p);
	return tap_done();
}
