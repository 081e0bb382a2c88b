/*
 * keeper: a root process that can do one thing.
 *
 * In a system installation jobd gives up root before it opens the state.  The
 * keeper stays behind it: whenever jobd writes a byte, it runs one fixed command,
 * the local jobworker, and says how that went.  It parses nothing, and ends when
 * jobd's end of the socket closes.
 */
#include <bsd/unistd.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fdio.h"
#include "base/log.h"
#include "process.h"

#define START_MS 25000

struct keeper {
	int fd;			/* jobd's end */
	uint32_t number;	/* of the last request */
};

struct keeper_reply {
	uint32_t number;
	struct err err;
};

/* ---- the keeper's side */

static void start_once(char *const *argv, struct err *e)
{
	struct spawn s;
	struct starter st;
	struct pollfd p = { .events = POLLIN };

	spawn_init(&s, argv);
	st = spawn_starter(&s);
	p.fd = st.begin(st.arg, e);
	if (p.fd == -1)
		return;
	if (poll(&p, 1, START_MS) == 1) {
		(void)st.finish(st.arg, p.fd, e);
		return;
	}
	st.cancel(st.arg, p.fd);
	err_set(e, ERR_UNAVAIL, "%s did not come up within %d s", argv[0], START_MS / 1000);
}

static void keeper_main(int fd, char *const *argv)
{
	struct keeper_reply reply;
	uint32_t number;
	ssize_t n;

	setproctitle("keeper");
	for (;;) {
		n = recv(fd, &number, sizeof(number), 0);
		if (n == -1 && errno == EINTR)
			continue;
		if (n != (ssize_t)sizeof(number))
			_exit(0);
		memset(&reply, 0, sizeof(reply));
		reply.number = number;
		start_once(argv, &reply.err);
		(void)send(fd, &reply, sizeof(reply), MSG_NOSIGNAL);
	}
}

/* It must hold nothing of jobd's: above all not the lock. */
static void keeper_child(int fd, char *const *argv)
{
	sigset_t none;

	if (dup2(fd, 3) == -1 || chdir("/") == -1)
		_exit(71);
	closefrom(4);
	(void)fd_cloexec(3);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)signal(SIGINT, SIG_IGN);	/* of a terminal: jobd decides */
	keeper_main(3, argv);
}

/* ---- jobd's side */

int keeper_start(struct jobd *d, char *const *argv, struct err *e)
{
	int fds[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) == -1)
		return err_sys(e, ERR_OS, "socketpair");
	pid = fork();
	if (pid == 0)
		keeper_child(fds[1], argv);
	close(fds[1]);
	if (pid == -1) {
		err_sys(e, ERR_OS, "fork");
		close(fds[0]);
		return -1;
	}
	d->keeper = xcalloc(1, sizeof(*d->keeper));
	d->keeper->fd = fds[0];
	return 0;
}

void keeper_free(struct jobd *d)
{
	if (d->keeper == NULL)
		return;
	close(d->keeper->fd);
	free(d->keeper);
	d->keeper = NULL;
}

static int keeper_begin(void *arg, struct err *e)
{
	struct keeper *k = arg;

	k->number++;
	if (send(k->fd, &k->number, sizeof(k->number), MSG_NOSIGNAL | MSG_DONTWAIT) == -1)
		return err_sys(e, ERR_OS, "the keeper, which starts the local worker, is gone: "
		    "restart jobd");
	return k->fd;
}

/* An answer to a request that was given up is passed over. */
static int keeper_finish(void *arg, int fd, struct err *e)
{
	struct keeper *k = arg;
	struct keeper_reply reply;
	ssize_t n;

	while ((n = recv(fd, &reply, sizeof(reply), MSG_DONTWAIT)) == (ssize_t)sizeof(reply)) {
		if (reply.number != k->number)
			continue;
		if (reply.err.code == ERR_NONE)
			return 0;
		reply.err.text[sizeof(reply.err.text) - 1] = '\0';
		return err_set(e, reply.err.code, "%s", reply.err.text);
	}
	return err_set(e, ERR_OS, "the keeper, which starts the local worker, is %s",
	    n == 0 ? "gone: restart jobd" : "behind");
}

static void keeper_cancel(void *arg, int fd)
{
	(void)arg;
	(void)fd;
}

struct starter keeper_starter(struct keeper *k)
{
	struct starter st = { keeper_begin, keeper_finish, keeper_cancel, k };

	return st;
}
