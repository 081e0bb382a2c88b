/*
 * make: a spool made ready for jobd.
 *
 * Owns the modes and owners of what stands in a spool.  Promises that it makes
 * what is missing, again after a crash at any step; that it takes nothing over
 * that somebody else could have prepared; and that it never changes a directory
 * with content that is not a spool: it refuses and names the remedy.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fdio.h"
#include "spool/impl.h"

struct part {
	const char *dir, *base;		/* entered one by one: no link is followed */
	const char *name;		/* the two together */
	mode_t personal, system;
	bool may_be_roots;		/* in a system spool: a worker that is root takes it */
};

static const struct part parts[] = {
	{ ".", SPOOL_INCOMING, SPOOL_INCOMING, 0700, SPOOL_INCOMING_SYSTEM, false },
	/* A submitter that knows the request's UUID may read why it was refused. */
	{ SPOOL_INCOMING, "rejected", SPOOL_REJECTED, 0700, 0711, false },
	{ ".", SPOOL_HISTORY, SPOOL_HISTORY, 0700, 0700, false },
	{ ".", SPOOL_LOG, SPOOL_LOG, 0700, 0700, false },
	{ ".", SPOOL_WORKER, SPOOL_WORKER, 0700, 0700, true },
};

static int owner_find(struct spool *s, const char *user, struct err *e)
{
	const struct passwd *pw;

	s->owner = geteuid();
	s->group = getegid();
	s->system = user != NULL;
	if (user == NULL)
		return 0;
	pw = getpwnam(user);
	if (pw == NULL)
		return err_set(e, ERR_CONFIG, "user %s: there is no such account", user);
	if (s->owner != 0 && s->owner != pw->pw_uid)
		return err_set(e, ERR_PERM, "this spool belongs to user %s: start jobd as %s or as "
		    "root", user, user);
	s->owner = pw->pw_uid;
	s->group = pw->pw_gid;
	return 0;
}

/* Gives what was just made its owner and mode, whatever the umask was. */
static int settle(const struct spool *s, int fd, mode_t mode, const char *name, struct err *e)
{
	if (geteuid() == 0 && fchown(fd, s->owner, s->group) == -1)
		return err_sys(e, spool_code(errno, ERR_CREATE), "%s/%s: chown", s->path, name);
	if (fchmod(fd, mode) == -1)
		return err_sys(e, spool_code(errno, ERR_CREATE), "%s/%s: chmod", s->path, name);
	return 0;
}

static bool dir_empty(int fd)
{
	int again = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = again == -1 ? NULL : fdopendir(again);
	const struct dirent *de;
	bool empty = dir != NULL;

	if (dir == NULL) {
		if (again != -1)
			close(again);
		return false;
	}
	while (empty && (de = readdir(dir)) != NULL)
		empty = strcmp(de->d_name, ".") == 0 || strcmp(de->d_name, "..") == 0;
	closedir(dir);
	return empty;
}

static int parent_make(const struct spool *s, struct err *e)
{
	const char *slash = strrchr(s->path, '/');
	char *parent;
	int r;

	if (slash == s->path)
		return 0;
	parent = xstrndup(s->path, (size_t)(slash - s->path));
	r = dir_make(AT_FDCWD, parent, s->system ? 0755 : SPOOL_DIR_PERSONAL, e);
	free(parent);
	return r;
}

/* Who may rename our directory may also put another one in its place. */
static int parent_check(const struct spool *s, struct err *e)
{
	struct stat st;

	if (fstatat(s->fd, "..", &st, 0) == -1)
		return err_sys(e, ERR_IO, "%s/..: stat", s->path);
	if ((st.st_mode & S_IWOTH) != 0 && (st.st_mode & S_ISVTX) == 0)
		return err_set(e, ERR_PERM, "%s: everybody may rename this spool: chmod o-w %s/..",
		    s->path, s->path);
	return 0;
}

/* A directory that was there before: its mode is its maker's, and not for us to change. */
static int top_check(const struct spool *s, mode_t mode, struct err *e)
{
	struct stat st;
	mode_t others = S_IRWXG | S_IRWXO;

	if (fstat(s->fd, &st) == -1)
		return err_sys(e, ERR_IO, "%s: stat", s->path);
	if (st.st_uid == s->owner && (st.st_mode & others) == (mode & others))
		return 0;
	/* As our own mkdir leaves it, when a crash comes before its owner and mode are set. */
	if ((st.st_mode & 07777) == 0700 && dir_empty(s->fd) &&
	    (st.st_uid == s->owner || (st.st_uid == 0 && geteuid() == 0)))
		return settle(s, s->fd, mode, ".", e);
	if (st.st_uid != s->owner)
		return err_set(e, ERR_PERM, "%s: owned by uid %ld, not by uid %ld: choose another "
		    "directory, or chown %ld %s", s->path, (long)st.st_uid, (long)s->owner,
		    (long)s->owner, s->path);
	return err_set(e, ERR_PERM, "%s: mode %04o, a spool has %04o: if it is to be one, "
	    "chmod %o %s", s->path, (unsigned int)st.st_mode & 07777, (unsigned int)mode,
	    (unsigned int)mode, s->path);
}

static int top_make(struct spool *s, struct err *e)
{
	mode_t mode = s->system ? SPOOL_DIR_SYSTEM : SPOOL_DIR_PERSONAL;
	bool made;

	if (parent_make(s, e) == -1)
		return -1;
	made = mkdir(s->path, 0700) == 0;
	if (!made && errno != EEXIST)
		return err_sys(e, spool_code(errno, ERR_CREATE), "%s: mkdir", s->path);
	s->fd = open(s->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (s->fd == -1 && (errno == ENOTDIR || errno == ELOOP))
		return err_set(e, ERR_PERM, "%s: is no directory, or a symbolic link: name the "
		    "directory itself", s->path);
	if (s->fd == -1)
		return err_sys(e, spool_code(errno, ERR_CREATE), "%s: open", s->path);
	if (spool_local_fs(s->fd, s->path, e) == -1 || parent_check(s, e) == -1)
		return -1;
	return made ? settle(s, s->fd, mode, ".", e) : top_check(s, mode, e);
}

static int part_check(const struct spool *s, const struct part *p, int fd, struct err *e)
{
	mode_t mode = s->system ? p->system : p->personal, write = S_IWGRP | S_IWOTH;
	struct stat st;

	if (fstat(fd, &st) == -1)
		return err_sys(e, ERR_IO, "%s/%s: stat", s->path, p->name);
	if (s->system && p->may_be_roots && st.st_uid == 0 && (st.st_mode & write) == 0)
		return 0;
	if (st.st_uid != s->owner && !(st.st_uid == 0 && geteuid() == 0 && dir_empty(fd)))
		return err_set(e, ERR_PERM, "%s/%s: owned by uid %ld: move it away, jobd makes a "
		    "new one", s->path, p->name, (long)st.st_uid);
	if ((st.st_mode & write & ~mode) != 0)
		return err_set(e, ERR_PERM, "%s/%s: others could write in it (mode %04o): look at "
		    "what it holds, then chmod %o %s/%s", s->path, p->name,
		    (unsigned int)st.st_mode & 07777, (unsigned int)mode, s->path, p->name);
	if ((st.st_mode & 07777) == mode && st.st_uid == s->owner)
		return 0;
	return settle(s, fd, mode, p->name, e);
}

static int part_enter(const struct spool *s, int at, const struct part *p, bool *made,
    struct err *e)
{
	bool fresh = mkdirat(at, p->base, 0700) == 0;
	int fd, r;

	if (!fresh && errno != EEXIST)
		return err_sys(e, spool_code(errno, ERR_CREATE), "%s/%s: mkdir", s->path, p->name);
	fd = openat(at, p->base, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1 && (errno == ENOTDIR || errno == ELOOP))
		return err_set(e, ERR_PERM, "%s/%s: is no directory, or a symbolic link: move it "
		    "away", s->path, p->name);
	if (fd == -1)
		return err_sys(e, spool_code(errno, ERR_CREATE), "%s/%s: open", s->path, p->name);
	r = fresh ? settle(s, fd, s->system ? p->system : p->personal, p->name, e) :
	    part_check(s, p, fd, e);
	close(fd);
	*made |= fresh;
	return r;
}

static int part_make(const struct spool *s, const struct part *p, bool *made, struct err *e)
{
	int at = openat(s->fd, p->dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), r;

	if (at == -1)
		return err_sys(e, spool_code(errno, ERR_CREATE), "%s/%s: open", s->path, p->dir);
	r = part_enter(s, at, p, made, e);
	close(at);
	return r;
}

/* The names made, and the spool's own name in its parent, survive a power cut. */
static int names_sync(const struct spool *s, struct err *e)
{
	static const char *const dirs[] = { SPOOL_INCOMING, ".", ".." };

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		int fd = openat(s->fd, dirs[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC), r;

		/* A parent that we may not read was not made by us. */
		if (fd == -1 && errno == EACCES)
			continue;
		if (fd == -1)
			return err_sys(e, ERR_IO, "%s/%s: open", s->path, dirs[i]);
		r = dir_sync(fd, e);
		close(fd);
		if (r == -1)
			return err_prefix(e, "%s/%s", s->path, dirs[i]);
	}
	return 0;
}

int spool_make(struct spool *s, const char *path, const char *user, struct err *e)
{
	bool made = false;

	s->fd = -1;
	s->path = spool_absolute(path, e);
	if (s->path == NULL)
		return -1;
	if (owner_find(s, user, e) == -1 || top_make(s, e) == -1)
		goto bad;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (part_make(s, &parts[i], &made, e) == -1)
			goto bad;
	}
	if (made && names_sync(s, e) == -1)
		goto bad;
	return 0;
bad:
	spool_close(s);
	return -1;
}
