/* Tests transport: connects, starts what is not there, says why it could not. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fdio.h"
#include "tap.h"
#include "transport/transport.h"

#define WAIT_MS 10000

static int dir;
static const char *dir_path;

/* Steps until it is over; the limit ends a test that would hang. */
static int go(struct transport *t, int *fd, struct err *e)
{
	struct pollfd p;
	int r, want;

	while ((r = transport_step(t, fd, e)) == 0) {
		p.fd = transport_fd(t, &want);
		p.events = (short)want;
		if (poll(&p, 1, WAIT_MS) != 1)
			return err_set(e, ERR_INTERNAL, "the start is never over");
	}
	return r;
}

/* What a spawned program comes to, as an error or "". */
static const char *outcome(char *const *argv, const struct rlimit *nofile, struct err *e)
{
	struct spawn s;
	struct starter st;
	struct pollfd p = { .events = POLLIN };

	err_clear(e);
	spawn_init(&s, argv);
	s.nofile = nofile;
	st = spawn_starter(&s);
	p.fd = st.begin(st.arg, e);
	if (p.fd != -1 && poll(&p, 1, WAIT_MS) == 1)
		(void)st.finish(st.arg, p.fd, e);
	return e->text;
}

static const char *shell(const char *text, const struct rlimit *nofile, struct err *e)
{
	char copy[512], sh[] = "/bin/sh", c[] = "-c", *argv[] = { sh, c, copy, NULL };

	snprintf(copy, sizeof(copy), "%s", text);
	return outcome(argv, nofile, e);
}

static void test_connect(void)
{
	struct transport *t = transport_local(dir, "there", NULL);
	int l = sock_listen(dir, "there", 0600, NULL), fd = -1;
	struct err e;

	is_int(transport_step(t, &fd, &e), 1, "somebody listens: connected at once");
	ok(fd != -1, "the socket is ours");
	close(fd);
	close(l);
	err_clear(&e);
	is_int(transport_step(t, &fd, &e), -1, "nobody listens, and nothing starts it");
	is_int(e.code, ERR_UNAVAIL, "unavailable");
	transport_free(t);
	transport_free(NULL);
}

static void test_spawn(void)
{
	char missing[] = "/nonexistent/program", *argv[] = { missing, NULL };
	struct rlimit low = { 33, 64 };
	struct err e;

	is_str(shell("exit 0", NULL, &e), "", "a start that went well");
	is_str(shell("echo first >&2; echo no room >&2; exit 75", NULL, &e), "no room",
	    "what it said last is why");
	is_int(e.code, ERR_UNAVAIL, "unavailable");
	is_str(shell("exit 3", NULL, &e), "/bin/sh: exit status 3", "one that says nothing");
	is_str(shell("kill -KILL $$", NULL, &e), "/bin/sh: ended by signal 9",
	    "one that is killed");
	outcome(argv, NULL, &e);
	ok(e.code == ERR_OS && strstr(e.text, missing) != NULL, "a program that is missing");
	is_str(shell("kill -PIPE $$", NULL, &e), "/bin/sh: ended by signal 13",
	    "signals are as by default");
	is_str(shell("read -r pid n s pp pg sid rest </proc/self/stat; test $pid = $sid", NULL, &e),
	    "", "it has a session of its own");
	is_str(shell("read x; test -z \"$x\"", NULL, &e), "", "and nothing to read");
	/* the limit is set while it starts: it may take a moment */
	is_str(shell("end=$(($(date +%s) + 10)); until test $(ulimit -Sn) = 33; do "
	    "test $(date +%s) -lt $end || exit 1; done", &low, &e), "",
	    "descriptors are limited as asked");
	is_int(waitpid(-1, NULL, WNOHANG), -1, "no child is left");
}

static void test_cancel(void)
{
	char sleeper[] = "/bin/sleep", long_time[] = "1000", *argv[] = { sleeper, long_time, NULL };
	struct spawn s;
	struct starter st;
	struct transport *t;
	int fd, want;
	struct err e;

	spawn_init(&s, argv);
	st = spawn_starter(&s);
	t = transport_local(dir, "never", &st);
	is_int(transport_step(t, &fd, &e), 0, "it is being started");
	ok(transport_fd(t, &want) != -1 && want == POLLIN, "there is something to wait for");
	transport_cancel(t);
	is_int(waitpid(-1, NULL, WNOHANG), -1, "given up: no child is left");
	is_int(errno, ECHILD, "really none");
	is_int(transport_step(t, &fd, &e), 0, "another attempt starts it again");
	transport_free(t);
	is_int(waitpid(-1, NULL, WNOHANG), -1, "freed: no child is left");
}

/* A worker's manner: listens, and goes to the background. */
static int serve(const char *path)
{
	struct pollfd p = { .events = POLLIN };

	dir = dir_open(AT_FDCWD, path, NULL);
	p.fd = sock_listen(dir, "late", 0600, NULL);
	if (p.fd == -1)
		return 1;
	if (fork() > 0)
		return 0;
	close(STDERR_FILENO);
	(void)poll(&p, 1, WAIT_MS);
	_exit(0);
}

static void test_start(void)
{
	char self[] = "/proc/self/exe", path[512], *argv[] = { self, path, NULL };
	struct spawn s;
	struct starter st;
	struct transport *t;
	struct err e = { ERR_NONE, "" };
	int fd = -1;

	snprintf(path, sizeof(path), "%s", dir_path);
	spawn_init(&s, argv);
	st = spawn_starter(&s);
	t = transport_local(dir, "late", &st);
	is_int(go(t, &fd, &e), 1, "started, then connected: %s", e.text);
	close(fd);
	transport_free(t);
}

int main(int argc, char **argv)
{
	if (argc == 2)
		return serve(argv[1]);
	(void)signal(SIGPIPE, SIG_IGN);
	dir_path = tap_tmpdir();
	dir = dir_open(AT_FDCWD, dir_path, NULL);
	test_connect();
	test_spawn();
	test_cancel();
	test_start();
	return tap_done();
}
