/*
 * viewd: jobd's side of `jobd: view`, the process that answers readers of a system
 * spool.
 *
 * Owns the socket, so that nobody who connects is lost while the process is started
 * anew.  When jobd is killed the view stays; the next jobd puts a new socket
 * in the place of the old one, and the old view leaves when it sees that.  A socket
 * whose name got lost is made anew in the same way.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fdio.h"
#include "base/log.h"
#include "helper.h"
#include "process.h"

#define NEW_NAME "view.new"

struct viewd {
	struct jobd *d;
	struct helper *helper;
	int fd;			/* listens */
	ino_t ino;		/* of its name */
	char inode[24];		/* the same in digits */
	bool troubled;		/* the name could not be made again; it was told */
	char *argv[8];
};

static int on_open(void *arg)
{
	return ((struct viewd *)arg)->fd;
}

static const struct helper_fns helper_fns = { on_open, NULL, NULL, NULL };

static void arguments(struct viewd *v)
{
	static char title[] = "jobd: view", view[] = "--view", spool[] = "--spool",
	    private[] = "--private";
	char *const argv[] = { title, view, v->inode, spool, v->d->spool.path,
		v->d->conf.private_jobs ? private : NULL, NULL };

	memcpy(v->argv, argv, sizeof(argv));
}

static int listen_for_view(struct viewd *v, struct err *e)
{
	const struct spool *s = &v->d->spool;
	int fd = sock_listen(s->fd, NEW_NAME, 0666, e);
	struct stat st;

	if (fd == -1)
		return err_prefix(e, "%s", s->path);
	if (fstatat(s->fd, NEW_NAME, &st, AT_SYMLINK_NOFOLLOW) == -1 ||
	    renameat(s->fd, NEW_NAME, s->fd, SPOOL_VIEW) == -1) {
		err_sys(e, ERR_CREATE, "%s/%s", s->path, SPOOL_VIEW);
		close(fd);
		return -1;
	}
	if (v->fd != -1)
		close(v->fd);
	v->fd = fd;
	v->ino = st.st_ino;
	snprintf(v->inode, sizeof(v->inode), "%" PRIu64, (uint64_t)st.st_ino);
	return 0;
}

void viewd_again(struct jobd *d)
{
	struct viewd *v = d->viewd;
	struct stat st;
	struct err e;

	if (v == NULL || (fstatat(d->spool.fd, SPOOL_VIEW, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    st.st_ino == v->ino))
		return;
	if (listen_for_view(v, &e) == 0) {
		/* The view leaves when it sees that; the next one gets the new socket. */
		log_warn("%s/" SPOOL_VIEW " was gone: made again", d->spool.path);
		v->troubled = false;
		return;
	}
	if (!v->troubled)
		log_error("the view's socket is gone and cannot be made again: %s", e.text);
	v->troubled = true;
}

int viewd_start(struct jobd *d, struct err *e)
{
	struct viewd *v;

	if (!d->spool.system)
		return 0;
	v = xcalloc(1, sizeof(*v));
	d->viewd = v;
	v->d = d;
	v->fd = -1;
	if (listen_for_view(v, e) == -1)
		return -1;
	arguments(v);
	/* It starts after ready(): stderr is the log by then. */
	v->helper = helper_new(d->ev, "the view", v->argv, &helper_fns, v);
	return 0;
}

void viewd_stop(struct jobd *d)
{
	struct viewd *v = d->viewd;

	if (v == NULL)
		return;
	helper_free(v->helper);
	if (v->fd != -1) {
		close(v->fd);
		if (!d->lost)
			(void)unlinkat(d->spool.fd, SPOOL_VIEW, 0);
	}
	free(v);
	d->viewd = NULL;
}
