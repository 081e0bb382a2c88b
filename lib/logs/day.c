/*
 * day: walks the log folder of a day.
 *
 * Owns its depth: two levels of thousands, the job, the execution.  Follows no
 * symbolic link, and looks at regular files only; what else is there is passed over.
 */
#include "logs/day.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/rmtree.h"

#define EXECUTION 4		/* how deep the folders of executions stand */
#define DEEPEST 16		/* looked at: our own trees are flat */

struct walk {
	log_day_fn fn;
	void *arg;
};

static int folder_walk(struct walk *w, int at, const char *name, int depth, struct err *e);

static int entry_visit(struct walk *w, int dirfd, const char *name, int depth, struct err *e)
{
	struct stat st;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return errno == ENOENT ? 0 : err_sys(e, ERR_IO, "%s", name);
	if (S_ISDIR(st.st_mode))
		return folder_walk(w, dirfd, name, depth + 1, e);
	if (S_ISREG(st.st_mode) && depth == EXECUTION)
		return w->fn(w->arg, dirfd, name, &st, e);
	return 0;
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
	char name[SPOOL_NAME_MAX];

	if (log_day_measure(s, day_ms, sum, e) < 0)
		return -1;
	spool_log_day(day_ms, name);
	return dir_remove(s->fd, name, e) < 0 ? err_prefix(e, "%s", s->path) : 0;
}
