/*
 * spool: opening the directory of a spool, and which file systems may hold one.
 *
 * Owns struct spool.  Promises that an open spool cannot be written by strangers,
 * judged on the open descriptor.  Requires nothing of the path: it may be longer
 * than a socket address, since everything below goes through the descriptor.
 * Making a spool is in make.c, finding one in locate.c.
 */
#include "spool/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/alloc.h"
#include "spool/impl.h"

enum err_code spool_code(int error, enum err_code other)
{
	switch (error) {
	case EACCES:
	case EPERM:
	case EROFS:
		return ERR_PERM;
	case ENOSPC:
	case EDQUOT:
		return ERR_AGAIN;
	default:
		return other;
	}
}

char *spool_absolute(const char *path, struct err *e)
{
	char cwd[PATH_MAX], *s;
	size_t n;

	if (path[0] == '\0') {
		err_set(e, ERR_USAGE, "the path of the spool is empty");
		return NULL;
	}
	if (path[0] == '/') {
		s = xstrdup(path);
	} else if (getcwd(cwd, sizeof(cwd)) != NULL) {
		s = xasprintf("%s/%s", strcmp(cwd, "/") == 0 ? "" : cwd, path);
	} else {
		err_sys(e, ERR_OS, "the working directory has no name");
		return NULL;
	}
	/* "dir/" and "dir/." would make O_NOFOLLOW look behind a link. */
	n = strlen(s);
	while (n > 1 && (s[n - 1] == '/' || (s[n - 1] == '.' && s[n - 2] == '/')))
		s[--n] = '\0';
	return s;
}

const char *spool_network_fs(unsigned long magic)
{
	static const struct {
		unsigned long magic;
		const char *name;
	} remote[] = {
		{ 0x6969, "NFS" }, { 0x517b, "SMB" }, { 0xfe534d42, "SMB2" },
		{ 0xff534d42, "CIFS" }, { 0x65735546, "FUSE" }, { 0x01021997, "9P" },
		{ 0x00c36400, "Ceph" }, { 0x0bd00bd0, "Lustre" }, { 0x47504653, "GPFS" },
		{ 0x5346414f, "AFS" }, { 0x6b414653, "AFS" }, { 0x73757245, "Coda" },
		{ 0x564c, "NCP" }, { 0x01161970, "GFS2" }, { 0x7461636f, "OCFS2" },
		{ 0x19830326, "BeeGFS" }, { 0xaad7aaea, "PanFS" }, { 0x20030528, "OrangeFS" },
	};

	for (size_t i = 0; i < sizeof(remote) / sizeof(remote[0]); i++) {
		if (remote[i].magic == (magic & 0xffffffff))
			return remote[i].name;
	}
	return NULL;
}

int spool_local_fs(int fd, const char *path, struct err *e)
{
	struct statfs fs;
	const char *name;

	if (fstatfs(fd, &fs) == -1)
		return err_sys(e, ERR_IO, "%s: statfs", path);
	name = spool_network_fs((unsigned long)fs.f_type);
	if (name == NULL)
		return 0;
	return err_set(e, ERR_UNAVAIL, "%s: lies on %s, where locks and the database are not safe: "
	    "choose a directory on a disk of this machine", path, name);
}

/* For reading when we may, so that it can be synced; else to look names up in it. */
static int dir_open_any(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

	if (fd == -1 && errno == EACCES)
		fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	return fd;
}

int spool_open(struct spool *s, const char *path, struct err *e)
{
	struct stat st;
	int fd;

	s->fd = -1;
	s->path = spool_absolute(path, e);
	if (s->path == NULL)
		return -1;
	fd = dir_open_any(s->path);
	if (fd == -1) {
		if (errno == ENOENT)
			err_set(e, ERR_UNAVAIL, "%s: there is no spool here (jobd makes it)",
			    s->path);
		else
			err_sys(e, ERR_UNAVAIL, "%s: cannot open the spool", s->path);
		goto bad;
	}
	s->fd = fd;
	if (fstat(fd, &st) == -1) {
		err_sys(e, ERR_IO, "%s: stat", s->path);
		goto bad;
	}
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
		err_set(e, ERR_PERM, "%s: others may write in this spool (mode %04o): "
		    "chmod go-w %s", s->path, (unsigned int)st.st_mode & 07777, s->path);
		goto bad;
	}
	s->owner = st.st_uid;
	s->group = st.st_gid;
	s->system = (st.st_mode & S_IXOTH) != 0;
	return 0;
bad:
	spool_close(s);
	return -1;
}

void spool_close(struct spool *s)
{
	int saved = errno;

	if (s->fd != -1)
		close(s->fd);
	free(s->path);
	s->fd = -1;
	s->path = NULL;
	errno = saved;
}
