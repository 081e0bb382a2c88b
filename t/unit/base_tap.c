/* Tests the harness itself: what a failing test prints and returns, and what it leaves. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fdio.h"
#include "tap.h"

static void all_pass(void)
{
	ok(true, "one");
	is_int(2, 2, "two");
	is_str(NULL, NULL, "three");
}

static void some_fail(void)
{
	ok(true, "fine");
	ok(false, "not %s", "fine");
	is_int(1, 2, "numbers");
	is_str("a", "b", "texts");
	is_str("a", NULL, "text and none");
	is_str(NULL, "b", "none and text");
	ok(true, "a # and\na line");
}

static void none(void)
{
}

static void makes_folders(void)
{
	const char *dir = tap_tmpdir();
	int fd = dir_open(AT_FDCWD, dir, NULL);

	dir_make(fd, "a/b/c", 0700, NULL);
	file_replace(fd, "a/b/f", "x", 1, 0400, NULL);
	dir_make(fd, "shut/in", 0100, NULL);
	printf("%s\n", dir);
	ok(fd != -1 && strcmp(dir, tap_tmpdir()) != 0, "each call makes one");
	/* A child's exit must not take them away. */
	fflush(stdout);
	if (fork() == 0)
		exit(0);
	wait(NULL);
	ok(access(dir, F_OK) == 0, "still there");
	close(fd);
}

/* Runs fn as a test of its own; its output goes to out, its status comes back. */
static int run(void (*fn)(void), struct buf *out)
{
	int fds[2], status, before;
	pid_t pid;

	fflush(stdout);
	if (pipe(fds) == -1)
		return -1;
	pid = fork();
	if (pid == 0) {
		dup2(fds[1], STDOUT_FILENO);
		dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);
		close(fds[0]);
		close(fds[1]);
		fn();
		exit(tap_done());
	}
	close(fds[1]);
	before = (int)out->len;
	fd_read_all(fds[0], out, NULL);
	close(fds[0]);
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) && (int)out->len > before ?
	    WEXITSTATUS(status) : -1;
}

int main(void)
{
	struct buf b;
	char *end;

	/* The children inherit the count, so they go before the first check of ours. */
	buf_init(&b, 10000);
	int pass = run(all_pass, &b);
	char *pass_text = buf_steal(&b);
	int fail = run(some_fail, &b);
	char *fail_text = buf_steal(&b);
	int empty = run(none, &b);
	char *empty_text = buf_steal(&b);
	int folders = run(makes_folders, &b);

	is_int(pass, 0, "a test that passes returns 0");
	is_str(pass_text, "ok 1 - one\nok 2 - two\nok 3 - three\n1..3\n", "its TAP");
	is_int(fail, 1, "a test that fails returns 1");
	is_str(fail_text, "ok 1 - fine\nnot ok 2 - not fine\nnot ok 3 - numbers\nnot ok 4 - texts\n"
	    "not ok 5 - text and none\nnot ok 6 - none and text\nok 7 - a ? and?a line\n1..7\n",
	    "its TAP");
	is_int(empty, 1, "a test without checks returns 1");
	is_str(empty_text, "1..0\n", "its TAP");
	is_int(folders, 0, "a test with folders");
	end = strchr(b.data, '\n');
	ok(end != NULL, "says which");
	if (end != NULL)
		*end = '\0';
	ok(access(b.data, F_OK) == -1, "and it is gone");
	free(pass_text);
	free(fail_text);
	free(empty_text);
	buf_release(&b);
	return tap_done();
}
