/*
 * reach: asks a process of its own, `jobd --cable`, for the way to a host.
 *
 * Owns that process.  It becomes the user who jobd is, so that the keys and known
 * hosts are jobd's own, and notices by itself when we have gone.
 */
#include <bsd/string.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "reach.h"

#define CABLE_FD 3		/* where it looks for its socket */

/* jobd stands beside us, in a build folder and when it is installed. */
static void cable_exec(void)
{
	static char title[] = "jobd: cable", option[] = "--cable";
	char *const argv[] = { title, option, NULL };
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - sizeof("jobd"));
	char *slash;

	path[n > 0 ? n : 0] = '\0';
	slash = strrchr(path, '/');
	if (slash != NULL) {
		slash[1] = '\0';
		(void)strlcat(path, "jobd", sizeof(path));
		execv(path, argv);
	}
	execvp("jobd", argv);
}

static bool become(uid_t owner)
{
	const struct passwd *pw;

	if (geteuid() == owner)
		return true;
	pw = getpwuid(owner);
	return pw != NULL && initgroups(pw->pw_name, pw->pw_gid) == 0 &&
	    setgid(pw->pw_gid) == 0 && setuid(pw->pw_uid) == 0 &&
	    setenv("HOME", pw->pw_dir, 1) == 0 && unsetenv("SSH_AUTH_SOCK") == 0;
}

/* What it logs is what we are told. */
static bool stdio_set(int sock)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	return null != -1 && dup2(null, STDERR_FILENO) != -1 && (sock == CABLE_FD ?
	    fcntl(sock, F_SETFD, 0) : dup2(sock, CABLE_FD)) != -1;
}

int reach_open(struct reach *r, uid_t owner, struct err *e)
{
	int fds[2];

	*r = (struct reach){ .fd = -1, .pid = -1 };
	if (geteuid() != 0 && geteuid() != owner)
		return err_set(e, ERR_PERM, "only the owner of the spool and root may do that");
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) == -1)
		return err_sys(e, ERR_OS, "socketpair");
	(void)signal(SIGPIPE, SIG_IGN);		/* a connection that is over is an error to tell */
	r->pid = fork();
	if (r->pid == 0) {
		if (become(owner) && stdio_set(fds[1]))
			cable_exec();
		_exit(127);
	}
	close(fds[1]);
	r->fd = fds[0];
	return r->pid == -1 ? err_sys(e, ERR_OS, "fork") : 0;
}

void reach_close(struct reach *r)
{
	if (r->fd != -1)
		close(r->fd);
	if (r->pid > 0)
		while (waitpid(r->pid, NULL, 0) == -1 && errno == EINTR)
			;
	*r = (struct reach){ .fd = -1, .pid = -1 };
}

int reach_pair(int fds[2], struct err *e)
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == -1)
		return err_sys(e, ERR_OS, "socketpair");
	return 0;
}
