/* base_command: programs of the host that are asked, and who a user id is. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/account.h"
#include "base/command.h"
#include "mounts.h"
#include "tap.h"

static void test_command(void)
{
	const char *const slow[] = { "sleep", "30", NULL }, *const loud[] = { "yes", NULL };
	const char *const missing[] = { "no-such-program", NULL }, *const fds[] = { "sh", "-c",
		"ls /proc/self/fd | grep -c .; exit 7", NULL };
	struct err e;
	struct buf b;
	int status;

	buf_init(&b, 1000);
	is_int(command_read(slow, 50, &b, &status, &e), -1, "one that hangs: %s", e.text);
	is_int(command_read(loud, 5000, &b, &status, &e), -1, "one that says too much: %s", e.text);
	is_int(command_read(missing, 5000, &b, &status, &e), -1, "one that is missing: %s", e.text);
	buf_reset(&b);
	is_int(command_read(fds, 5000, &b, &status, &e), 0, "one that works");
	ok(status == 7 && b.len == 2 && b.data[0] <= '4', "its status, and no descriptor of ours");
	buf_release(&b);
}

static void test_account(void)
{
	const struct passwd *pw = account_of(0);

	ok(pw != NULL && strcmp(pw->pw_name, "root") == 0 && pw->pw_dir[0] == '/', "root");
	ok(account_of(3999999999u) == NULL, "nobody");
}

/* getent gives way to a program that knows one user, who is in no file. */
static void test_directory(void)
{
	static const char program[] = "#!/bin/sh\n[ \"$1 $2\" = 'passwd 3999999999' ] && "
	    "echo 'erika:x:3999999999:100:Erika:/home/erika:/bin/sh'\n";
	const struct passwd *pw;
	char path[200];
	int fd;

	snprintf(path, sizeof(path), "%s/getent", tap_tmpdir());
	fd = open(path, O_WRONLY | O_CREAT, 0755);
	ok(write(fd, program, strlen(program)) == (ssize_t)strlen(program) && close(fd) == 0,
	    "another getent");
	if (mounts_private() && mount(path, "/usr/bin/getent", NULL, MS_BIND, NULL) == 0) {
		pw = account_of(3999999999u);
		ok(pw != NULL && strcmp(pw->pw_name, "erika") == 0 &&
		    strcmp(pw->pw_dir, "/home/erika") == 0, "what only getent knows");
		ok(account_of(3999999998u) == NULL, "and what it does not know");
	} else {
		ok(true, "skipped: not permitted to mount");
	}
}

int main(void)
{
	test_command();
	test_account();
	test_directory();
	return tap_done();
}
