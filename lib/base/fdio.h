/*
 * fdio: descriptors and files, with the care that a spool needs.
 *
 * Every function here sets O_CLOEXEC, handles EINTR and short transfers, and
 * returns -1 with e filled (code ERR_IO, ERR_CREATE, ERR_NOINPUT or ERR_PERM, and
 * ERR_AGAIN for a full disk).  Modes are exact: the umask has no say.
 */
#ifndef BASE_FDIO_H
#define BASE_FDIO_H

#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

int fd_nonblock(int fd);
int fd_cloexec(int fd);
int fd_write_all(int fd, const void *p, size_t n, struct err *e);

/*
 * Writes what the file holds over itself, and syncs it.  After a sync that failed the
 * kernel takes the pages for clean that never reached the disk, and the next sync says
 * that all is well: whoever goes on with a file that another may have left like that
 * does this first.  Nobody else may be writing it.
 */
int fd_renew(int fd, struct err *e);

/* Appends what is left in fd to b; -1 also when b's maximum is passed (ERR_DATA). */
int fd_read_all(int fd, struct buf *b, struct err *e);

/* A whole file, relative to dirfd (or AT_FDCWD), into b. */
int file_read(int dirfd, const char *path, struct buf *b, struct err *e);

/*
 * Replaces a file so that either the old or the new content is there, durably:
 * temporary name, write, fsync, rename, fsync of the directory.
 */
int file_replace(int dirfd, const char *path, const void *p, size_t n, mode_t mode,
    struct err *e);

/* mkdir -p below dirfd with this mode for what is made; existing is fine. */
int dir_make(int dirfd, const char *path, mode_t mode, struct err *e);
int dir_open(int dirfd, const char *path, struct err *e);	/* O_DIRECTORY|O_RDONLY */
int dir_sync(int dirfd, struct err *e);

/*
 * A Unix stream socket by directory and name, for paths longer than sun_path:
 * goes through /proc/self/fd.  Listen unlinks a dead one and sets the mode;
 * connect fails with ERR_UNAVAIL when nobody listens.  The listener does not
 * block and is refused with ERR_AGAIN where another listens; the client blocks.
 */
int sock_listen(int dirfd, const char *name, mode_t mode, struct err *e);
int sock_connect(int dirfd, const char *name, struct err *e);

#endif
