/*
 * copy: what a backup does with files.
 *
 * Promises that no link is followed and that nothing half-written has a file's name.
 * A file that grows meanwhile is copied as far as it was read.
 */
#include "spool/copy.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fdio.h"

#define TMP "tmp."
#define CHUNK 65536

int64_t copy_mtime(const struct stat *st)
{
	return (int64_t)st->st_mtim.tv_sec * 1000 + st->st_mtim.tv_nsec / 1000000;
}

static int look(int fd, const struct stat *st, struct manifest_file *f, const char *path,
    struct err *e)
{
	if (sha256_fd(fd, f->hash) == -1)
		return err_sys(e, ERR_IO, "%s: read", path);
	f->size = (uint64_t)st->st_size;
	f->mtime = copy_mtime(st);
	return 0;
}

int copy_look(int dirfd, const char *path, struct manifest_file *f, struct err *e)
{
	int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK), r;
	struct stat st;

	if (fd == -1)
		return err_sys(e, errno == ENOENT ? ERR_NOINPUT : ERR_IO, "%s", path);
	r = fstat(fd, &st) == -1 ? err_sys(e, ERR_IO, "%s", path) : look(fd, &st, f, path, e);
	close(fd);
	return r;
}

static int bytes_copy(int in, int out, const char *path, struct err *e)
{
	char chunk[CHUNK];
	ssize_t n;

	while ((n = read(in, chunk, sizeof(chunk))) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return err_sys(e, ERR_IO, "%s: read", path);
		if (fd_write_all(out, chunk, (size_t)n, e) == -1)
			return err_prefix(e, "%s", path);
	}
	return 0;
}

/* The folder of a path, made; the caller frees. */
static char *folder_make(int to, const char *path, struct err *e)
{
	const char *slash = strrchr(path, '/');
	char *folder = xstrndup(path, slash != NULL ? (size_t)(slash - path) : 0);

	if (slash == NULL || dir_make(to, folder, 0700, e) == 0)
		return folder;
	free(folder);
	return NULL;
}

static int put(int in, int to, const char *path, const char *tmp, struct manifest_file *f,
    struct err *e)
{
	int out = openat(to, tmp, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600), r;
	struct timespec times[2];
	struct stat before, st;

	if (out == -1)
		return err_sys(e, ERR_CREATE, "%s", tmp);
	if (fstat(in, &before) == -1)
		r = err_sys(e, ERR_IO, "%s", path);
	else
		r = bytes_copy(in, out, path, e);
	times[0] = times[1] = before.st_mtim;
	if (r == 0 && (futimens(out, times) == -1 || fstat(out, &st) == -1))
		r = err_sys(e, ERR_IO, "%s", tmp);
	if (r == 0)
		r = look(out, &st, f, tmp, e);
	close(out);
	if (r == 0 && renameat(to, tmp, to, path) == -1)
		r = err_sys(e, ERR_IO, "%s: rename", tmp);
	if (r == -1)
		unlinkat(to, tmp, 0);
	return r;
}

int copy_file(int from, int to, const char *path, struct manifest_file *f, struct err *e)
{
	int in = openat(from, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK), r = -1;
	const char *slash = strrchr(path, '/');
	char *folder, *tmp;

	if (in == -1)
		return err_sys(e, errno == ENOENT ? ERR_NOINPUT : ERR_IO, "%s", path);
	folder = folder_make(to, path, e);
	if (folder != NULL) {
		tmp = xasprintf("%s%s" TMP "%s", folder, slash != NULL ? "/" : "",
		    slash != NULL ? slash + 1 : path);
		r = put(in, to, path, tmp, f, e);
		free(tmp);
	}
	free(folder);
	close(in);
	return r;
}

/* Of this file, of file_replace, of whoever compresses. */
static bool is_temporary(const char *name)
{
	size_t n = strlen(name);

	return name[0] == '.' || strncmp(name, TMP, sizeof(TMP) - 1) == 0 ||
	    (n >= 4 && strcmp(name + n - 4, ".tmp") == 0);
}

static int one(int fd, const char *path, const char *name, copy_fn fn, void *arg,
    struct err *e)
{
	char *full = xasprintf("%s/%s", path, name);
	struct stat st;
	int r = 0;

	/* One that has just gone is none; a temporary one is nobody's. */
	if (!is_temporary(name) &&
	    fstatat(fd, full, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		if (S_ISDIR(st.st_mode))
			r = copy_walk(fd, full, fn, arg, e);
		else if (S_ISREG(st.st_mode))
			r = fn(arg, full, &st, e);
	}
	free(full);
	return r;
}

int copy_walk(int dirfd, const char *path, copy_fn fn, void *arg, struct err *e)
{
	int fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW), r = 0;
	const struct dirent *de;
	DIR *dir;

	if (fd == -1)
		return errno == ENOENT ? 0 : err_sys(e, ERR_IO, "%s", path);
	dir = fdopendir(fd);
	if (dir == NULL) {
		close(fd);
		return err_sys(e, ERR_IO, "%s", path);
	}
	while (r == 0 && (de = readdir(dir)) != NULL)
		if (strcmp(de->d_name, ".") != 0 && strcmp(de->d_name, "..") != 0)
			r = one(dirfd, path, de->d_name, fn, arg, e);
	closedir(dir);
	return r;
}
