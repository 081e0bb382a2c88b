/*
 * rmtree: removes a folder of somebody else's making.
 *
 * Promises a bound on descriptors and stack whatever stands there: what is deeper
 * than DEPTH_MAX is moved to the top first.  Each name is looked up in its open
 * folder, so a link leads nowhere.
 */
#include "base/rmtree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEPTH_MAX 32

struct removal {
	int top;		/* the folder that is removed */
	unsigned moved;		/* folders brought up to it */
	unsigned names;		/* tried for them */
	int error;		/* the errno of the first that would not go */
};

static void note(struct removal *r)
{
	if (r->error == 0)
		r->error = errno;
}

static void folder_empty(struct removal *r, int parent, const char *name, int depth);

/* Up to the top, under a name that nobody chose. */
static void bring_up(struct removal *r, int parent, const char *name)
{
	char to[32];

	/* Its own ".." changes, so it has to be writable. */
	if (fchmodat(parent, name, 0700, 0) == -1)
		note(r);
	do {
		snprintf(to, sizeof(to), ".deep.%u", r->names++);
		if (renameat2(parent, name, r->top, to, RENAME_NOREPLACE) == 0) {
			r->moved++;
			return;
		}
	} while (errno == EEXIST);
	note(r);
}

static void entry_remove(struct removal *r, int fd, const char *name, int depth)
{
	if (unlinkat(fd, name, 0) == 0)
		return;
	if (errno != EISDIR) {
		note(r);
		return;
	}
	if (depth == DEPTH_MAX) {
		bring_up(r, fd, name);
		return;
	}
	folder_empty(r, fd, name, depth + 1);
	if (unlinkat(fd, name, AT_REMOVEDIR) == -1)
		note(r);
}

static int folder_open(int parent, const char *name)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW;
	int fd = openat(parent, name, flags);

	/* Its owner may have shut it even for himself. */
	if (fd == -1 && errno == EACCES && fchmodat(parent, name, 0700, 0) == 0)
		fd = openat(parent, name, flags);
	return fd;
}

static void entries_remove(struct removal *r, int fd, int depth)
{
	DIR *dir = fdopendir(fd);
	const struct dirent *d;

	if (dir == NULL) {
		note(r);
		close(fd);
		return;
	}
	/* As folder_open: what is in it may go only when it may be written. */
	if (faccessat(fd, ".", W_OK, 0) == -1 && fchmod(fd, 0700) == -1)
		note(r);
	while ((d = readdir(dir)) != NULL) {
		if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
			entry_remove(r, fd, d->d_name, depth);
	}
	closedir(dir);
}

static void folder_empty(struct removal *r, int parent, const char *name, int depth)
{
	int fd = folder_open(parent, name);

	if (fd == -1)
		note(r);
	else
		entries_remove(r, fd, depth);
}

int dir_remove(int dirfd, const char *name, struct err *e)
{
	struct removal r = { .moved = 0 };
	unsigned before;

	r.top = folder_open(dirfd, name);
	if (r.top == -1)
		return errno == ENOENT ? 0 : err_sys(e, ERR_IO, "%s: remove", name);
	do {
		before = r.moved;
		r.error = 0;
		entries_remove(&r, fcntl(r.top, F_DUPFD_CLOEXEC, 0), 0);
		lseek(r.top, 0, SEEK_SET);
	} while (r.moved != before);
	close(r.top);
	if (unlinkat(dirfd, name, AT_REMOVEDIR) == 0)
		return 0;
	errno = r.error != 0 ? r.error : errno;
	return err_sys(e, ERR_IO, "%s: remove", name);
}
