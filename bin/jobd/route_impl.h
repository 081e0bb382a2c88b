/* route_impl: what errand.c, routes.c and install.c share. */
#ifndef JOBD_ROUTE_IMPL_H
#define JOBD_ROUTE_IMPL_H

#include <bsd/sys/queue.h>

#include "route.h"
#include "transport/ssh.h"
#include "transport/transport.h"

enum route_kind { ROUTE_COMMAND, ROUTE_SSH, ROUTE_PROGRAM };
enum route_state { ROUTE_CONNECT, ROUTE_CHECK, ROUTE_INSTALL, ROUTE_READY, ROUTE_FAILED };

struct errand {			/* a command on its way or running */
	TAILQ_ENTRY(errand) link;
	struct route *route;
	const struct errand_fns *fns;
	void *arg;
	int fd;			/* to be joined; -1 when it is */
	bool joined, own;	/* own: a step of the route itself */
	bool replace;
	struct ssh_stream *stream;
	char *text, *argv[4];
	struct spawn spawn;
	int pidfd;
	struct ev_io *io;	/* of the stream's fd, or the pidfd */
};

struct route {
	LIST_ENTRY(route) link;
	struct ev *ev;
	char *key;		/* all that it was asked for by */
	char *name, *address, *user, *port, *identity, *known_hosts, *command, *dir, *accept;
	bool compress;
	char *why;		/* what libssh2 could not do, or NULL */
	enum err_code code;	/* of that */
	enum route_kind kind;
	enum route_state state;
	struct ssh *ssh;
	int ssh_fd;		/* watched by ssh_io */
	struct ev_io *ssh_io;
	struct ev_timer *again, *idle;
	TAILQ_HEAD(, errand) runs;
};

/* errand.c: starts what waits, now that the way is there. */
struct errand *errand_new(struct route *r, int fd, const struct errand_fns *fns, void *arg);
void errand_start(struct errand *k, const char *text);
void errand_over(struct errand *k, int status, enum err_code code, const char *said);
void errand_moved(struct errand *k);		/* its stream was moved: what it wants now */

/* routes.c */
void route_move(struct route *r);
void route_left(struct route *r);	/* a run has gone */

/* install.c: the texts for the host's shell, which the caller frees; and the file. */
char *text_check(const struct route *r, struct err *e);
char *text_install(const struct route *r, struct err *e);
char *text_attach(const struct route *r, bool replace, struct err *e);
char *text_program(const struct route *r, const char *text);	/* here: ssh(1) with it */
const char *text_mark(struct err *e);	/* of this jobworker: its version and hash; or NULL */
bool program_is_there(void);
int install_file(struct err *e);	/* the jobworker, open */

#endif
