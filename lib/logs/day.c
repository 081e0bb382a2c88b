/*
 * day: walks the log folder of a day.
 *
 * Owns its depth: two levels of thousands, the job, the execution.  Follows no
 * symbolic link, and looks at regular files only; what else is there is removed with
 * the folder, and otherwise passed over.
 */
#include "logs/day.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define EXECUTION 4		/* how deep the folders of executions stand */
#define DEEPEST 16		/* removed at most: our own trees are flat */

struct walk {
	log_day_fn fn;
	void *arg;
	bool remove;
};

static int folder_walk(struct walk *w, int at, const char *name, int depth, struct err *e);

static int entry_visit(struct walk *w, int dirfd, const char *name, int depth, struct err *e)
{
	struct stat st;
	int r = 0;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return errno == ENOENT ? 0 : err_sys(e, ERR_IO, "%s", name);
	if (S_ISDIR(st.st_mode))
		return folder_walk(w, dirfd, name, depth + 1, e);
	if (S_ISREG(st.st_mode) && depth == EXECUTION)
		r = w->fn(w->arg, dirfd, name, &st, e);
	if (r == 0 && w->remove && unlinkat(dirfd, name, 0) == -1 && errno != ENOENT)
		r = err_sys(e, ERR_IO, "cannot remove %s", name);
	return r;
}

static bool is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static int folder_walk(struct walk *w, int at, const char *name, int depth, struct err *e)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), r = 0;
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);
	const struct dirent *de;

	if (dir == NULL && errno == ENOENT)
		return 0;
	if (dir == NULL || depth > DEEPEST) {
		if (dir == NULL)
			err_sys(e, ERR_IO, "%s", name);
		else
			err_set(e, ERR_DATA, "%s: too deep", name);
		if (dir != NULL)
			closedir(dir);
		else if (fd != -1)
			close(fd);
		return -1;
	}
	while (r == 0 && (errno = 0, de = readdir(dir)) != NULL) {
		if (!is_dots(de->d_name))
			r = entry_visit(w, dirfd(dir), de->d_name, depth, e);
	}
	if (r == 0 && errno != 0)
		r = err_sys(e, ERR_IO, "%s", name);
	closedir(dir);
	if (r == 0 && w->remove && unlinkat(at, name, AT_REMOVEDIR) == -1 && errno != ENOENT)
		r = err_sys(e, ERR_IO, "cannot remove %s", name);
	return r;
}

static int day_walk(const struct spool *s, int64_t day_ms, struct walk *w, struct err *e)
{
	char name[SPOOL_NAME_MAX];
	int r;

	spool_log_day(day_ms, name);
	r = folder_walk(w, s->fd, name, 0, e);
	return r == -1 ? err_prefix(e, "%s/%s", s->path, name) : r;
}

int log_day_each(const struct spool *s, int64_t day_ms, log_day_fn fn, void *arg,
    struct err *e)
{
	struct walk w = { .fn = fn, .arg = arg };

	return day_walk(s, day_ms, &w, e);
}

static int add_file(void *arg, int dirfd, const char *name, const struct stat *st,
    struct err *e)
{
	struct log_day_sum *sum = arg;

	(void)dirfd;
	(void)name;
	(void)e;
	sum->files++;
	sum->bytes += (uint64_t)st->st_size;
	return 0;
}

int log_day_measure(const struct spool *s, int64_t day_ms, struct log_day_sum *sum,
    struct err *e)
{
	*sum = (struct log_day_sum){ 0 };
	return log_day_each(s, day_ms, add_file, sum, e);
}

int log_day_remove(const struct spool *s, int64_t day_ms, struct log_day_sum *sum,
    struct err *e)
{
	struct walk w = { .fn = add_file, .arg = sum, .remove = true };

	*sum = (struct log_day_sum){ 0 };
	return day_walk(s, day_ms, &w, e);
}
