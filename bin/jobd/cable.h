/*
 * cable: the processes to which jobd hands streams, and its side of them: `jobd: cable`,
 * which joins them to hosts, and `jobd: log`, which takes the output of jobs from them.
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

/*
 * cabled.c: jobd's side.  The process is started with the first request.  what: for the
 * log; argv: as helper_new; both are borrowed.
 */
struct cabled *cabled_new(struct jobd *d, const char *what, char *const *argv,
    const struct cabled_fns *fns, void *arg);
void cabled_free(struct cabled *c);		/* NULL is fine */

/* One end of a stream to that host, now; t->id is set here.  -1 with e. */
int cabled_ask(struct cabled *c, struct cable_target *t, struct err *e);

/* Hands over a copy of stream; t->id is set here.  -1 with e. */
int cabled_give(struct cabled *c, struct cable_target *t, int stream, struct err *e);

void cabled_drop(struct cabled *c, uint64_t id);	/* it is not wanted any more */

/* cable.c, log.c: the processes themselves, which find their socket at HELPER_FD. */
int cable_main(void);
int log_main(const char *spool);

#endif
