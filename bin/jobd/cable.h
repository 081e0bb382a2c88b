/*
 * cable: `jobd: cable`, the process that holds the connections to hosts, and jobd's
 * side of it.
 */
#ifndef JOBD_CABLE_H
#define JOBD_CABLE_H

#include "process.h"
#include "transport/cable.h"

struct cabled;

struct cabled_fns {
	/* What became of a request: joined, or over and why.  None comes after the latter. */
	void (*answer)(void *arg, const struct cable_answer *a);
	void (*lost)(void *arg);	/* the process has ended: every request is over */
};

/* cabled.c: jobd's side.  The process is started with the first request. */
struct cabled *cabled_new(struct jobd *d, const struct cabled_fns *fns, void *arg);
void cabled_free(struct cabled *c);

/* One end of a stream to that host, now; t->id is set here.  -1 with e. */
int cabled_ask(struct cabled *c, struct cable_target *t, struct err *e);

void cabled_drop(struct cabled *c, uint64_t id);	/* it is not wanted any more */

/* cable.c: the process itself, which finds its socket at HELPER_FD. */
int cable_main(void);

#endif
