/*
 * transport: a stream socket to a worker, whatever it takes to get one.
 *
 * A transport owns no loop and does not know what the bytes mean: transport_step
 * does what can be done now, and while it says "wait" the caller watches one
 * descriptor and steps again.  The socket that comes out is the caller's.
 */
#ifndef TRANSPORT_TRANSPORT_H
#define TRANSPORT_TRANSPORT_H

#include <sys/resource.h>
#include <sys/types.h>

#include "base/err.h"

/*
 * How the process behind a socket is started when nobody listens on it.  begin
 * returns a descriptor that becomes readable when the start is over; finish, called
 * then, says how it went, and closes it; cancel gives up before that.
 */
struct starter {
	int (*begin)(void *arg, struct err *e);
	int (*finish)(void *arg, int fd, struct err *e);
	void (*cancel)(void *arg, int fd);
	void *arg;
};

struct transport;

/*
 * A socket by name below dirfd (both borrowed); start may be NULL.  When nobody
 * listens, it is started once for each attempt.
 */
struct transport *transport_local(int dirfd, const char *sock, const struct starter *start);
void transport_free(struct transport *t);	/* gives up what is under way */

/*
 * 1: connected, *fd is the caller's; 0: wait for transport_fd; -1: this attempt
 * failed, with the reason, and the next call begins another.
 */
int transport_step(struct transport *t, int *fd, struct err *e);
int transport_fd(const struct transport *t, int *want);	/* want: POLLIN or POLLOUT */
void transport_cancel(struct transport *t);

/*
 * A starter that runs a program which leaves a daemon behind and exits 0, or says
 * on stderr why not; or one that works on `io` until its end.  argv[0] is its path;
 * argv is borrowed.  It gets /dev/null, a session of its own, no other descriptor and
 * the default signals.
 */
struct spawn {
	char *const *argv;
	int io;			/* its stdin and stdout instead, borrowed; -1: /dev/null */
	const struct rlimit *nofile;	/* its limit on descriptors; NULL: ours */
	pid_t pid;
	int out;		/* what it says; -1: none runs */
};
void spawn_init(struct spawn *s, char *const *argv);
struct starter spawn_starter(struct spawn *s);

#endif
