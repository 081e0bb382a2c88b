/*
 * fakejobd: a jobd that says what a test wants, in a child process.
 */
#ifndef T_UNIT_FAKEJOBD_H
#define T_UNIT_FAKEJOBD_H

#include <sys/types.h>

#include "msg/msg.h"
#include "spool/spool.h"

struct peer {			/* a client, as the fake sees it */
	int fd;
	struct buf in;
};

/* Listens before it returns; fn runs in a child that then exits with 0. */
pid_t fake_start(const struct spool *s, void (*fn)(int listener));
int fake_end(pid_t pid);	/* waits; the exit status */

/* In the child.  What cannot be done ends it with a status that is not 0. */
void peer_accept(struct peer *p, int listener);
struct msg *peer_read(struct peer *p);			/* NULL at the end; caller frees */
struct msg *peer_expect(struct peer *p, enum msg_type type);
void peer_send(struct peer *p, struct msg *m);		/* frees m */
void peer_close(struct peer *p);

/* Answers to m. */
struct msg *reply_new(enum msg_type type, const struct msg *m);
void peer_okay(struct peer *p, const struct msg *m, uint64_t job);
void peer_error(struct peer *p, const struct msg *m, enum err_code code, const char *text);
void peer_ended(struct peer *p, const struct msg *m, const char *target, uint64_t job);

#endif
