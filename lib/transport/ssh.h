/*
 * ssh: a session to a host with libssh2, and streams over it.
 *
 * Nothing here waits or owns a loop: ssh_step and ssh_move do what can be done now,
 * and ssh_want, ssh_stream_want say for which descriptors to wait.  A session belongs
 * to one thread.  Deadlines are the caller's: a peer that says nothing is no error.
 *
 * libssh2 1.10 can neither sign with RSA keys as servers want it today nor check an
 * RSA host key: ssh_other_way says that ssh(1) may do better.
 */
#ifndef TRANSPORT_SSH_H
#define TRANSPORT_SSH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct ssh_target {		/* NULL: the usual */
	const char *address;	/* a name or number */
	const char *user, *port;
	const char *identity;	/* a private key; else the agent's, ~/.ssh/id_ed25519, id_ecdsa */
	const char *known_hosts;	/* else ~/.ssh/known_hosts and /etc/ssh/ssh_known_hosts */
	/*
	 * A host of which no key is known: its key is put into known_hosts when this is its
	 * fingerprint, or SSH_ACCEPT_ANY; NULL: it is refused.
	 */
	const char *accept;
	bool compress;			/* with zlib, if the host agrees */
};

#define SSH_ACCEPT_ANY "any"
#define SSH_KEY_MAX 80		/* of a key's kind and fingerprint */

enum ssh_trust { SSH_UNCHECKED, SSH_KNOWN, SSH_ADDED, SSH_UNKNOWN, SSH_CHANGED };

struct ssh;
struct ssh_stream;

/* Copies t.  NULL with e: what is local is not as it has to be. */
struct ssh *ssh_new(const struct ssh_target *t, struct err *e);

/* Gives up all streams at once, without a word to the host.  NULL is fine. */
void ssh_free(struct ssh *s);

/* On the way there.  1: logged in; 0: wait; -1: it failed, for good. */
int ssh_step(struct ssh *s, struct err *e);
bool ssh_other_way(const struct ssh *s);	/* after -1 */

/* What was found of the host's key, "ED25519 SHA256:..."; "" before it is there. */
enum ssh_trust ssh_trust(const struct ssh *s, const char **key);

/* Once logged in: as whom, and with which key. */
void ssh_login(const struct ssh *s, const char **user, const char **key);

/* The descriptor and POLLIN, POLLOUT; -1: none yet. */
int ssh_want(const struct ssh *s, int *want);

/*
 * Runs a command for the host's shell, its stdin and stdout joined to fd, which is
 * taken over.  A file is sent whole.  Streams are opened one by one.
 */
struct ssh_stream *ssh_exec(struct ssh *s, const char *command, int fd);
void ssh_stream_free(struct ssh_stream *t);
int ssh_stream_want(const struct ssh_stream *t, int *want);	/* as ssh_want */

/* Moves what can be moved, on all streams.  1: call again soon; -1: the session is over. */
int ssh_move(struct ssh *s, struct err *e);

/*
 * Whether the command has ended: its status, 128 + N for signal N, -1 when it is not
 * known.  said: the last line of its stderr, "" if none.
 */
bool ssh_stream_over(const struct ssh_stream *t, int *status, const char **said);
bool ssh_stream_joined(const struct ssh_stream *t);	/* the command has begun */

#endif
