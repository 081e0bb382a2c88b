/*
 * helper: a process of its own for one kind of work, a fresh image of our program
 * that shares nothing with the writer; started again when it ends.
 */
#ifndef JOBD_HELPER_H
#define JOBD_HELPER_H

#include "ev/ev.h"

#define HELPER_FD 3		/* where it finds the descriptor that it is given */

struct helper;

struct helper_fns {
	int (*open)(void *arg);		/* the descriptor for it, or -1: not now */
	void (*started)(void *arg, int fd);	/* it has its copy; may be NULL */
	void (*ended)(void *arg);	/* before it is started again; may be NULL */
	/*
	 * After how many ms, when it has ended with this status of waitpid(2).  NULL: it
	 * should not have ended: 1 s, with a warning.
	 */
	int (*again)(void *arg, int status);
};

/*
 * Starts in the next round of the loop.  what: for the log; argv: NULL-ended, its
 * first word is the title.  All borrowed.
 */
struct helper *helper_new(struct ev *ev, const char *what, char *const *argv,
    const struct helper_fns *fns, void *arg);

/* Lets go of it: it notices by itself that we have gone.  NULL is fine. */
void helper_leave(struct helper *h);

/* Sends SIGTERM and waits for its end.  NULL is fine. */
void helper_free(struct helper *h);

#endif
