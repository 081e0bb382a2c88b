/*
 * route: how the cable process reaches one host, and the streams on it.
 *
 * Three kinds of way: a command of the workers file; a session of libssh2; ssh(1),
 * for what libssh2 cannot do.  With the latter two the jobworker is put there first,
 * when the host has not this very one.
 */
#ifndef JOBD_ROUTE_H
#define JOBD_ROUTE_H

#include "ev/ev.h"
#include "transport/cable.h"

struct route;
struct errand;

struct errand_fns {
	/* A step on the way, or CABLE_JOINED; may be NULL. */
	void (*news)(void *arg, enum cable_news news, const char *text);
	/*
	 * status: of the command as in ssh_stream_over, or -1; code: why it did not come
	 * to that; said: the last line of its stderr, or why there is none.  The errand
	 * is gone after it.
	 */
	void (*over)(void *arg, int status, enum err_code code, const char *said);
};

/*
 * routes.c: the route that t describes, made when there is none, or when it says
 * something else than before.  It goes by itself when nothing runs on it for a while.
 */
struct route *route_get(struct ev *ev, const struct cable_target *t);
void routes_free(void);			/* cuts everything */

/*
 * Joins a stream, which is copied, to the worker, as soon as the way is there.  replace:
 * the daemon there is ended first, and one of this very jobworker takes its place.  The
 * deadline is the caller's, who ends it with errand_cut.
 */
struct errand *route_join(struct route *r, int stream, bool replace, const struct errand_fns *fns,
    void *arg);

/* errand.c */
void errand_cut(struct errand *r);		/* nothing is called any more */

#endif
