/* Tests base/proc: ourselves, children, zombies, reused numbers, odd names, pidfds. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/proc.h"
#include "tap.h"

#define WAIT_MS 5000

/* A child that waits until its pipe closes; its write end comes back in *hold. */
static pid_t child_start(const char *name, int *hold)
{
	int fds[2];
	pid_t pid;
	char c;

	if (pipe2(fds, O_CLOEXEC) == -1)
		return -1;
	pid = fork();
	if (pid == 0) {
		close(fds[1]);
		if (name != NULL)
			prctl(PR_SET_NAME, name);
		_exit(read(fds[0], &c, 1) != 0);
	}
	close(fds[0]);
	*hold = fds[1];
	return pid;
}

/* Polls, with a deadline, until the child is a zombie. */
static bool zombie_soon(pid_t pid)
{
	siginfo_t si = { 0 };

	alarm(WAIT_MS / 1000);
	return waitid(P_PID, (id_t)pid, &si, WEXITED | WNOWAIT) == 0 && alarm(0) > 0;
}

static void test_self(void)
{
	char boot[UUID_TEXT];
	struct proc_id id, again;
	struct err e = { 0 };
	int64_t age;

	is_int(proc_boot_id(boot, &e), 0, "proc_boot_id");
	is_int(strlen(boot), 36, "is a UUID");
	is_int(proc_self(&id, &e), 0, "proc_self");
	is_int(id.pid, getpid(), "its pid");
	is_str(id.boot, boot, "its boot");
	is_int(proc_of(getpid(), &again, NULL), 0, "proc_of the same");
	ok(again.start == id.start, "is the same");
	ok(proc_alive(&id), "we are alive");
	age = now_read().boot - (int64_t)id.start * 1000 / sysconf(_SC_CLK_TCK);
	ok(age >= -50 && age < 60000, "and began a moment ago (%d ms)", (int)age);
	is_int(proc_of(1, &id, &e), 0, "process 1");
	ok(id.pid == 1 && proc_alive(&id), "is alive");
}

static void test_none(void)
{
	struct proc_id id = { .pid = 77, .start = 5 };
	static const pid_t none[] = { 0, -1, -2147483647 - 1, 2147483647 };
	struct err e = { 0 };
	size_t i;

	for (i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		is_int(proc_of(none[i], &id, &e), -1, "there is no process %d", (int)none[i]);
		is_int(e.code, ERR_NOINPUT, "its code");
	}
	is_str(e.text, "process 2147483647: no such process", "its text");
	ok(id.pid == 77 && id.start == 5, "nothing is written");
	id.pid = 0;
	ok(!proc_alive(&id), "nor is it alive");
	is_int(proc_pidfd(&id, &e), -1, "nor has it a descriptor");
	is_int(e.code, ERR_NOINPUT, "its code");
	id.pid = 2147483647;
	is_int(proc_pidfd(&id, &e), -1, "nor has a great number");
	is_int(e.code, ERR_NOINPUT, "its code");
}

/* What a number that was given away again looks like. */
static void test_reused(void)
{
	struct proc_id id, other;
	struct err e = { 0 };
	int fd;

	proc_self(&id, NULL);
	fd = proc_pidfd(&id, &e);
	ok(fd != -1, "a descriptor of ourselves");
	ok((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0, "closes on exec");
	close(fd);
	other = id;
	other.start++;
	ok(!proc_alive(&other), "another start is another process");
	is_int(proc_pidfd(&other, &e), -1, "and no descriptor of it");
	is_int(e.code, ERR_NOINPUT, "its code");
	ok(strstr(e.text, "another's now") != NULL, "its text: %s", e.text);
	other = id;
	other.boot[0] = other.boot[0] == '0' ? '1' : '0';
	ok(!proc_alive(&other), "another boot is another process");
	is_int(proc_pidfd(&other, &e), -1, "and no descriptor of it");
	fd = dup(0);
	is_int(proc_pidfd(&other, NULL), -1, "again");
	is_int(dup(0), fd + 1, "and none is left open");
	close(fd);
	close(fd + 1);
}

static void test_child(void)
{
	struct pollfd pfd = { .events = POLLIN };
	struct proc_id id;
	struct err e = { 0 };
	int hold, fd;
	pid_t pid = child_start(NULL, &hold);

	is_int(proc_of(pid, &id, &e), 0, "a child");
	ok(proc_alive(&id), "is alive");
	pfd.fd = proc_pidfd(&id, &e);
	ok(pfd.fd != -1, "has a descriptor");
	is_int(poll(&pfd, 1, 0), 0, "that says nothing while it runs");
	close(hold);
	is_int(poll(&pfd, 1, WAIT_MS), 1, "and something when it ends");
	ok(zombie_soon(pid), "it is a zombie");
	ok(!proc_alive(&id), "which is not alive");
	is_int(proc_of(pid, &id, &e), 0, "but still has its number");
	fd = proc_pidfd(&id, &e);
	ok(fd != -1, "and a descriptor, to be waited for");
	close(fd);
	waitpid(pid, NULL, 0);
	ok(!proc_alive(&id), "gone");
	is_int(proc_pidfd(&id, &e), -1, "without a descriptor");
	is_int(e.code, ERR_NOINPUT, "its code");
	is_int(proc_of(pid, &id, &e), -1, "without an entry");
	is_int(e.code, ERR_NOINPUT, "its code");
	close(pfd.fd);
}

/* The command's name stands in the line that is parsed, and is anybody's choice. */
static void test_names(void)
{
	static const char *const names[] = { "a b c", ") Z 1 1 1 1", "((", "))", ")", "", " ", "\n",
	    "x) S 1 2 3 4 5", "\xff\xfe", "1 (x) R 0 0 0 0" };
	struct proc_id id, want;
	size_t i;
	int hold;
	pid_t pid;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		proc_self(&want, NULL);
		prctl(PR_SET_NAME, names[i]);
		ok(proc_self(&id, NULL) == 0 && id.start == want.start && proc_alive(&id),
		    "we are the same under name %zu", i);
		pid = child_start(names[i], &hold);
		ok(proc_of(pid, &id, NULL) == 0 && proc_alive(&id), "a child under name %zu", i);
		close(hold);
		waitpid(pid, NULL, 0);
	}
}

/* Without descriptors nothing can be found out, which is not the same as gone. */
static void test_no_descriptors(void)
{
	struct rlimit lim, low;
	char boot[UUID_TEXT];
	struct proc_id id;
	struct err e = { 0 };

	proc_self(&id, NULL);
	getrlimit(RLIMIT_NOFILE, &lim);
	low = lim;
	low.rlim_cur = 3;
	setrlimit(RLIMIT_NOFILE, &low);
	is_int(proc_of(id.pid, &id, &e), -1, "no descriptor left");
	is_int(e.code, ERR_OS, "its code");
	ok(proc_alive(&id), "who cannot be looked at counts as alive");
	is_int(proc_boot_id(boot, &e), -1, "no boot id");
	is_str(e.text, "/proc/sys/kernel/random/boot_id: Too many open files", "its text");
	is_int(proc_pidfd(&id, &e), -1, "no pidfd");
	is_int(e.code, ERR_OS, "its code");
	setrlimit(RLIMIT_NOFILE, &lim);
}

int main(void)
{
	test_self();
	test_none();
	test_reused();
	test_child();
	test_names();
	test_no_descriptors();
	return tap_done();
}
