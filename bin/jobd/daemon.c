/*
 * daemon: to the background and back to the caller, and out of root.
 *
 * Promises that the command returns 0 only when jobd answers; else with the status
 * of what went wrong, which was said on the caller's stderr.
 */
#include <bsd/string.h>
#include <bsd/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fdio.h"
#include "base/log.h"
#include "cli/cli.h"
#include "process.h"

#define FILES_LEAST 64		/* twice what it has open with a worker and some clients */

/* The caller's process: waits for one byte, the exit status. */
static void wait_for_child(int fd)
{
	unsigned char status;
	ssize_t n;

	do
		n = read(fd, &status, 1);
	while (n == -1 && errno == EINTR);
	if (n == 1)
		_exit(status);
	(void)fprintf(stderr, "jobd: ended while it started\n");
	_exit(EXIT_SOFTWARE);
}

int background(struct jobd *d, struct err *e)
{
	int fds[2];
	pid_t pid;

	/* What the caller has open, a lock or a pipe's end, is not held as long as jobs run. */
	closefrom(STDERR_FILENO + 1);
	if (pipe2(fds, O_CLOEXEC) == -1)
		return err_sys(e, ERR_OS, "pipe");
	pid = fork();
	if (pid == -1)
		return err_sys(e, ERR_OS, "fork");
	if (pid > 0) {
		close(fds[1]);
		wait_for_child(fds[0]);
	}
	close(fds[0]);
	d->ready = fds[1];
	if (setsid() == -1)
		return err_sys(e, ERR_OS, "setsid");
	return 0;
}

void not_ready(struct jobd *d, int status)
{
	unsigned char byte = (unsigned char)status;

	if (d->ready == -1)
		return;
	(void)!write(d->ready, &byte, 1);
	close(d->ready);
	d->ready = -1;
}

int log_reopen(struct jobd *d, struct err *e)
{
	int fd;

	if (d->foreground)
		return 0;
	fd = openat(d->spool.fd, SPOOL_LOGFILE, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW |
	    O_CLOEXEC, 0600);
	if (fd == -1)
		return err_sys(e, ERR_CREATE, "%s/%s", d->spool.path, SPOOL_LOGFILE);
	(void)dup2(fd, STDERR_FILENO);
	close(fd);
	return 0;
}

static int pid_file(const struct jobd *d, struct err *e)
{
	char text[32];
	int n = snprintf(text, sizeof(text), "%ld\n", (long)getpid());

	return file_replace(d->spool.fd, SPOOL_PIDFILE, text, (size_t)n, 0644, e);
}

static int close_terminal(void)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (fd == -1)
		return -1;
	(void)dup2(fd, STDIN_FILENO);
	(void)dup2(fd, STDOUT_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
	return 0;
}

int ready(struct jobd *d, struct err *e)
{
	if (pid_file(d, e) == -1)
		return -1;
	if (!d->foreground && close_terminal() == -1)
		return err_sys(e, ERR_OS, "/dev/null");
	if (log_reopen(d, e) == -1)
		return -1;
	notify("READY=1");
	not_ready(d, EXIT_OK);
	return 0;
}

int limits_raise(struct jobd *d, struct err *e)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == -1)
		return err_sys(e, ERR_OS, "descriptors");
	d->nofile = r;
	r.rlim_cur = r.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &r) == -1) {
		r.rlim_cur = d->nofile.rlim_cur;
		log_debug("descriptors: limit stays at %llu", (unsigned long long)r.rlim_cur);
	}
	if (r.rlim_cur >= FILES_LEAST)
		return 0;
	return err_set(e, ERR_OS, "only %llu files may be open at once, at least %d are needed: "
	    "raise the limit (ulimit -n)", (unsigned long long)r.rlim_cur, FILES_LEAST);
}

/* Asks the kernel whether it is done, not the calls. */
static bool is_dropped(uid_t uid, gid_t gid)
{
	uid_t r, s, t;
	gid_t a, b, c;

	if (getresuid(&r, &s, &t) == -1 || getresgid(&a, &b, &c) == -1)
		return false;
	return r == uid && s == uid && t == uid && a == gid && b == gid && c == gid &&
	    setuid(0) == -1;
}

int drop_privileges(struct jobd *d, struct err *e)
{
	uid_t uid = d->spool.owner;
	gid_t gid = d->spool.group;

	if (geteuid() != 0 || uid == 0)
		return 0;
	if (initgroups(d->conf.user, gid) == -1 || setresgid(gid, gid, gid) == -1 ||
	    setresuid(uid, uid, uid) == -1)
		return err_sys(e, ERR_OS, "becoming user %s", d->conf.user);
	if (!is_dropped(uid, gid))
		return err_set(e, ERR_OS, "becoming user %s: root is not given up", d->conf.user);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return err_sys(e, ERR_OS, "no_new_privs");
	return 0;
}

void notify(const char *text)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	socklen_t len;
	int fd;

	if (path == NULL || (path[0] != '/' && path[0] != '@') ||
	    strlcpy(sun.sun_path, path, sizeof(sun.sun_path)) >= sizeof(sun.sun_path))
		return;
	len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
	if (path[0] == '@')
		sun.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return;
	(void)sendto(fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT,
	    (struct sockaddr *)&sun, len);
	close(fd);
}
