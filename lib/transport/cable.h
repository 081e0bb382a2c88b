/*
 * cable: how jobd asks the process that holds the connections for a stream to a
 * worker's host, and hears what became of it.
 *
 * Both ends are the same program: datagrams of NUL-ended strings over a socket pair
 * (SOCK_SEQPACKET).  The stream is one end of another pair, handed over with the
 * request; it ends when either side closes it.
 */
#ifndef TRANSPORT_CABLE_H
#define TRANSPORT_CABLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

#define CABLE_TEXT_MAX 400

struct cable_target {		/* strings may be NULL */
	uint64_t id;		/* of the request, and of what is said about it */
	const char *name;	/* of the worker */
	const char *transport;	/* "ssh" or "command" */
	const char *address, *user, *port, *identity, *known_hosts;
	const char *command;	/* with "command": here, for /bin/sh */
	const char *dir;	/* with "ssh": the worker's folder there */
	const char *accept;	/* with "ssh": as in ssh.h, or NULL */
	const char *watch;	/* not NULL: each step on the way is told, too */
	const char *compress;	/* with "ssh": "yes", or NULL */
	const char *replace;	/* with "ssh": not NULL: by a jobworker of our version */
	/*
	 * What the worker is told, over a stream of its own, when the asking side has
	 * gone without a word.
	 */
	const void *last;
	size_t last_len;
};

enum cable_news {
	CABLE_STEP_KEY,		/* its key, "ED25519 SHA256:...", is known, or was added */
	CABLE_STEP_UNKNOWN,	/* its key is not known; it may be accepted */
	CABLE_STEP_LOGIN,	/* as whom, and how */
	CABLE_STEP_WAY,		/* why it is reached by ssh(1) */
	CABLE_STEP_PROGRAM,	/* the jobworker that is there, or was put there */
	CABLE_JOINED,		/* the stream */
	CABLE_OVER		/* and why: nothing more is said */
};

struct cable_answer {
	uint64_t id;
	enum cable_news news;
	enum err_code code;	/* CABLE_OVER: ERR_NONE when the command ended well */
	char text[CABLE_TEXT_MAX];
};

struct cable_target *cable_target_copy(const struct cable_target *t);
void cable_target_free(struct cable_target *t);		/* of such a copy */

/* Sends a request and a copy of stream.  ERR_AGAIN: the other side is behind. */
int cable_ask(int fd, const struct cable_target *t, int stream, struct err *e);

/* That stream is not wanted any more, though nobody may notice its end. */
void cable_drop(int fd, uint64_t id);

/*
 * The next request: 1, and what t points to lies in store (whose content goes), the
 * stream is the caller's, or -1 when t->id is dropped; 0: none now; -1: the other side
 * has ended (ERR_NONE), or e.
 */
int cable_take(int fd, struct cable_target *t, struct buf *store, int *stream, struct err *e);

struct cable_asked {		/* what is done with a request */
	void (*begin)(const struct cable_target *t, int stream);	/* the stream is its own */
	void (*drop)(uint64_t id);
};

/* All requests that have come, as many as one round takes: 0, or -1 as cable_take. */
int cable_serve(int fd, struct buf *store, const struct cable_asked *fns, struct err *e);

/* The same for answers.  What does not fit is not waited for. */
void cable_say(int fd, uint64_t id, enum cable_news news, enum err_code code, const char *text);
int cable_hear(int fd, struct cable_answer *a, struct err *e);

#endif
