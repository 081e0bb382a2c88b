/* agent_host: what the agent asks of its host: users, processes, control groups. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/cgroup.h"
#include "agent/tree.h"
#include "agent/user.h"
#include "agent/users.h"
#include "base/clock.h"
#include "play.h"
#include "tap.h"

/* ---- users */

static void passwd_is(const char *line, bool good)
{
	struct user u;
	int r = user_parse_passwd(&u, line, NULL);

	ok((r == 0) == good, "%s: %s", good ? "taken" : "refused", line);
	user_release(&u);
}

static void groups_are(const char *line, int want)
{
	struct user u = { .uid = 0 };
	int r = user_parse_groups(&u, line, NULL);

	is_int(r == 0 ? (int)u.ngroups : -1, want, "groups: %s", line);
	user_release(&u);
}

static void test_parse(void)
{
	struct user u, copy;

	passwd_is("anna:x:1000:100:Anna,,,:/home/anna:/bin/bash\n", true);
	passwd_is("anna:x:1000:100::/home/anna:", true);
	passwd_is("anna:x:1000:100::/home/anna", false);
	passwd_is("anna:x:1000:100::/home/anna:/bin/sh:more", false);
	passwd_is(":x:1000:100::/home/anna:/bin/sh", false);
	passwd_is("anna:x::100::/home/anna:/bin/sh", false);
	passwd_is("anna:x:-1:100::/home/anna:/bin/sh", false);
	passwd_is("anna:x:4294967295:100::/home/anna:/bin/sh", false);
	passwd_is("anna:x:1000:+100::/home/anna:/bin/sh", false);
	passwd_is("anna:x:1000:100::home:/bin/sh", false);
	passwd_is("", false);
	groups_are("100\n", 1);
	groups_are("100 4 27", 3);
	groups_are("", -1);
	groups_are("100  4", -1);
	groups_are("100 x", -1);
	groups_are("100 4294967295", -1);
	ok(user_parse_passwd(&u, "anna:x:1000:100::/home/anna:", NULL) == 0 &&
	    user_parse_groups(&u, "100 4", NULL) == 0, "a user");
	is_str(u.shell, "/bin/sh", "the shell when there is none");
	user_copy(&copy, &u);
	user_release(&u);
	ok(copy.uid == 1000 && copy.gid == 100 && copy.ngroups == 2 && copy.groups[1] == 4 &&
	    strcmp(copy.home, "/home/anna") == 0, "a copy of its own");
	user_release(&copy);
}

static void test_find(void)
{
	const struct passwd *pw = getpwnam("nobody");
	struct err e = { .code = ERR_NONE };
	struct user u;

	ok(user_find("root", 5000, &u, &e) == 0 && u.uid == 0 && strcmp(u.name, "root") == 0,
	    "root: %s", e.text);
	user_release(&u);
	if (pw != NULL) {
		char number[16];

		snprintf(number, sizeof(number), "%u", pw->pw_uid);
		ok(user_find(number, 5000, &u, &e) == 0 && strcmp(u.name, "nobody") == 0 &&
		    u.ngroups >= 1, "by number: %s", e.text);
		user_release(&u);
	}
	is_int(user_find("no-such-user", 5000, &u, &e), -1, "nobody of that name");
	is_int(e.code, ERR_NOINPUT, "and it says so: %s", e.text);
	is_int(user_find("--help", 5000, &u, &e), -1, "an option is no name: %s", e.text);
	is_int(user_find("", 5000, &u, &e), -1, "nor is nothing");
}

static int watched = -1;

static void watch(void *arg, int fd)
{
	(void)arg;
	watched = fd;
}

/* As the daemon does it: ask, wait for the descriptor, ask again. */
static int look_up(struct users *u, const char *name, int64_t now, const struct user **found,
    struct err *e)
{
	int r = users_find(u, name, now, found, e);

	while (r == 0) {
		struct pollfd pfd = { .fd = watched, .events = POLLIN };

		if (poll(&pfd, 1, PLAY_MS) != 1)
			return -2;
		users_ready(u, watched, now);
		r = users_find(u, name, now, found, e);
	}
	return r;
}

static void test_users(void)
{
	struct users *u = users_new(watch, NULL);
	const struct user *found;
	struct err e;
	struct user self;

	is_int(users_find(u, "root", 1000, &found, &e), 0, "not known yet");
	is_int(look_up(u, "root", 1000, &found, &e), 1, "found");
	is_int(found->uid, 0, "it is root");
	is_int(users_find(u, "root", 1000 + USERS_KEEP_MS - 1, &found, &e), 1, "remembered");
	is_int(users_find(u, "root", 1000 + USERS_KEEP_MS, &found, &e), 0, "for a minute");
	is_int(look_up(u, "no-such-user", 1000, &found, &e), -1, "nobody of that name");
	is_int(e.code, ERR_NOINPUT, "is told as that: %s", e.text);
	ok(!users_ready(u, 0, 0), "another descriptor is none of its");
	users_free(u);
	users_free(NULL);
	user_self(&self);
	ok(self.uid == geteuid() && self.home[0] == '/', "ourselves, from the environment");
	user_release(&self);
	while (waitpid(-1, NULL, 0) > 0)
		continue;
}

/* ---- processes */

static void sleeper(int ready, bool session)
{
	if (session)
		setsid();
	if (write(ready, "x", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

static int tree_count(pid_t root)
{
	return tree_signal(root, 0, 0);
}

static void test_tree(void)
{
	int fds[2];
	char c[3];
	pid_t child;

	ok(pipe(fds) == 0, "a pipe");
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	child = fork();
	if (child == 0) {
		if (fork() == 0)
			sleeper(fds[1], true);
		if (fork() == 0)
			sleeper(fds[1], false);
		sleeper(fds[1], true);
	}
	for (int i = 0; i < 3; i++)
		ok(read(fds[0], c, 1) == 1, "a process");
	is_int(tree_count(getpid()), 3, "children and theirs, whatever session they are in");
	is_int(tree_count(child), 2, "those below the child");
	is_int(tree_signal(getpid(), 0, child), 2, "without a group");
	kill(child, SIGKILL);
	ok(waitpid(child, NULL, 0) == child, "the one in between ends");
	is_int(tree_count(getpid()), 2, "its children are ours now");
	is_int(tree_signal(getpid(), SIGKILL, 0), 2, "told to end");
	while (waitpid(-1, NULL, 0) > 0)
		continue;
	ok(errno == ECHILD, "and they do");
	is_int(tree_count(getpid()), 0, "nothing is left");
	close(fds[0]);
	close(fds[1]);
}

static int cookies(const char *token)
{
	return cookie_signal(cookie_is, (void *)(uintptr_t)token, 0);
}

static void test_cookie(void)
{
	char token[64], variable[96], *env[] = { variable, NULL };
	const char *const argv[] = { "/bin/sleep", "30", NULL };
	pid_t child;

	snprintf(token, sizeof(token), "test.%d", (int)getpid());
	snprintf(variable, sizeof(variable), COOKIE_NAME "=%s", token);
	is_int(cookies(token), 0, "nobody has it");
	child = fork();
	if (child == 0) {
		execve(argv[0], (char *const *)argv, env);
		_exit(127);
	}
	for (int i = 0; i < 2000 && cookies(token) == 0; i++)
		usleep(1000);
	is_int(cookies(token), 1, "found by its cookie");
	token[strlen(token) - 1] ^= 1;
	is_int(cookies(token), 0, "not by one that is almost the same");
	token[strlen(token) - 1] ^= 1;
	is_int(cookie_signal(cookie_is, token, SIGKILL), 1, "ended");
	ok(waitpid(child, NULL, 0) == child, "it is gone");
	is_int(process_open(child, 1), -1, "and cannot be opened any more");
}

/* ---- control groups */

static void parsed(const char *mounts, const char *own, int version, const char *memory,
    const char *cpu, const char *what)
{
	struct cgroup_host h;

	cgroup_parse(&h, mounts, own);
	is_int(h.version, version, "%s: version", what);
	is_str(h.memory, memory, "%s: memory", what);
	is_str(h.cpu, cpu, "%s: cpu", what);
	cgroup_host_release(&h);
}

static void test_cgroup_parse(void)
{
	static const char v1[] = "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n"
	    "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup rw,cpu,cpuacct\n"
	    "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
	    "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";
	static const char v2[] = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 "
	    "rw,nsdelegate\n";
	static const char part[] = "32 31 0:29 /docker/ab /sys/fs/cgroup/memory ro - cgroup cgroup "
	    "rw,memory\n";

	parsed(v1, "4:memory:/a/b\n2:cpu,cpuacct:/\n0::/\n", 1, "/sys/fs/cgroup/memory/a/b",
	    "/sys/fs/cgroup/cpu,cpuacct", "both versions: the controllers are in the first");
	parsed(v2, "0::/user.slice/session-1.scope\n", 2,
	    "/sys/fs/cgroup/user.slice/session-1.scope",
	    "/sys/fs/cgroup/user.slice/session-1.scope", "version 2 alone");
	parsed(part, "4:memory:/docker/ab/x\n", 1, "/sys/fs/cgroup/memory/x", NULL,
	    "a part of the hierarchy");
	parsed(part, "4:memory:/docker/abc\n", 0, NULL, NULL, "a part that we are not in");
	parsed("", "", 0, NULL, NULL, "nothing");
	parsed("a b\n- -\n\n", "4:memory\n::\n", 0, NULL, NULL, "nonsense");
}

static void test_cgroup(void)
{
	struct cgroup_host h;
	struct cgroup g;
	struct err e = { .code = ERR_NONE };
	char name[64];
	pid_t child;
	int fds[2];
	char c;

	cgroup_find(&h);
	if (h.version != 1 || h.memory == NULL) {
		ok(true, "control groups, version 1: skipped, they are not ours to make");
		cgroup_host_release(&h);
		return;
	}
	snprintf(name, sizeof(name), "test-%d", (int)getpid());
	cgroup_plan(&g, &h, name, 64, 500);
	is_int(g.npaths, 2, "one for each controller");
	ok(cgroup_make(&g, &h, 64, 500, &e) == 0, "made: %s", e.text);
	is_int(cgroup_kill(g.paths[0]), 0, "empty");
	ok(pipe(fds) == 0, "a pipe");
	child = fork();
	if (child == 0) {
		if (cgroup_join(&g) == -1)
			_exit(1);
		sleeper(fds[1], true);
	}
	ok(read(fds[0], &c, 1) == 1, "a process in it");
	is_int(cgroup_oom_kills(&g), 0, "nothing was killed for its memory");
	is_int(cgroup_kill(g.paths[0]), 1, "one process is there");
	ok(waitpid(child, NULL, 0) == child, "and ends");
	is_int(cgroup_remove(g.paths[0]) + cgroup_remove(g.paths[1]), 0, "removed");
	is_int(cgroup_remove(g.paths[0]), 0, "again is no error");
	is_int(cgroup_kill(g.paths[0]), 0, "nothing is in one that is not there");
	is_int(cgroup_make(&g, &h, UINT64_MAX >> 20, 500, &e), 0, "the largest limit");
	cgroup_remove(g.paths[0]);
	cgroup_remove(g.paths[1]);
	cgroup_release(&g);
	cgroup_plan(&g, &h, name, 0, 0);
	is_int(g.npaths, 0, "no limit, no group");
	cgroup_host_release(&h);
	close(fds[0]);
	close(fds[1]);
}

int main(void)
{
	test_parse();
	test_find();
	test_users();
	test_tree();
	test_cookie();
	test_cgroup_parse();
	test_cgroup();
	return tap_done();
}
