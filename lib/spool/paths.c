/*
 * paths: the names of days and executions.
 *
 * Owns how a day and a job become a path, and back.  Days are UTC.  Nothing but
 * names that this file would write is taken for a day.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/fdio.h"
#include "base/num.h"
#include "spool/impl.h"

#define MS_DAY INT64_C(86400000)
#define JOBS_A_DIR 1000

struct days {
	const char *suffix;	/* behind the digits of a day's name */
	int64_t *list;
	size_t n, cap;
};

static void civil_of(int64_t ms, int *y, int *m, int *d)
{
	int64_t days = ms / MS_DAY;

	if (ms % MS_DAY < 0)
		days--;
	civil_from_days(days, y, m, d);
}

void spool_history_name(int64_t created_ms, char out[SPOOL_NAME_MAX])
{
	int y, m, d;

	civil_of(created_ms, &y, &m, &d);
	snprintf(out, SPOOL_NAME_MAX, SPOOL_HISTORY "/%04d/%02d/%02d.db", y, m, d);
}

void spool_log_name(int64_t created_ms, int64_t job, int64_t execution,
    char out[SPOOL_NAME_MAX])
{
	int y, m, d;

	civil_of(created_ms, &y, &m, &d);
	snprintf(out, SPOOL_NAME_MAX, SPOOL_LOG "/%04d/%02d/%02d/%03" PRId64 "/%03" PRId64
	    "/%" PRId64 "/%" PRId64, y, m, d, job / (JOBS_A_DIR * JOBS_A_DIR),
	    job / JOBS_A_DIR % JOBS_A_DIR, job, execution);
}

void spool_log_day(int64_t created_ms, char out[SPOOL_NAME_MAX])
{
	int y, m, d;

	civil_of(created_ms, &y, &m, &d);
	snprintf(out, SPOOL_NAME_MAX, SPOOL_LOG "/%04d/%02d/%02d", y, m, d);
}

/* Exactly `digits` digits and then `suffix`: their value, or -1. */
static int part_read(const char *name, size_t digits, const char *suffix)
{
	char text[8];
	uint64_t v;

	if (strspn(name, "0123456789") != digits || strcmp(name + digits, suffix) != 0)
		return -1;
	memcpy(text, name, digits);
	text[digits] = '\0';
	return num_u64(text, 0, 9999, &v, NULL) == -1 ? -1 : (int)v;
}

/* What a folder's entry is worth at each level: year/, month/, and the day's own name. */
static int level_value(const struct days *days, const char *name, int level)
{
	return part_read(name, level == 0 ? 4 : 2, level == 2 ? days->suffix : "");
}

static void day_add(struct days *days, const int part[3])
{
	int64_t n = civil_to_days(part[0], part[1], part[2]);
	int y, m, d;

	civil_from_days(n, &y, &m, &d);
	if (y != part[0] || m != part[1] || d != part[2])
		return;		/* 30 February */
	if (days->n == days->cap) {
		days->cap = days->cap == 0 ? 32 : days->cap * 2;
		days->list = xreallocarray(days->list, days->cap, sizeof(*days->list));
	}
	days->list[days->n++] = n * MS_DAY;
}

static int level_walk(int at, const char *path, int level, int part[3], struct days *days,
    struct err *e)
{
	const struct dirent *de;
	DIR *dir;
	int fd, r = 0;

	fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP))
		return 0;
	dir = fd == -1 ? NULL : fdopendir(fd);
	if (dir == NULL) {
		err_sys(e, spool_code(errno, ERR_IO), "%s: open", path);
		if (fd != -1)
			close(fd);
		return -1;
	}
	while (r == 0 && (errno = 0, de = readdir(dir)) != NULL) {
		part[level] = level_value(days, de->d_name, level);
		if (part[level] == -1)
			continue;
		if (level == 2)
			day_add(days, part);
		else
			r = level_walk(dirfd(dir), de->d_name, level + 1, part, days, e);
	}
	if (r == 0 && errno != 0)
		r = err_sys(e, ERR_IO, "%s: read", path);
	closedir(dir);
	return r;
}

static int newest_first(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? 1 : x > y ? -1 : 0;
}

static int days_below(const struct spool *s, const char *root, const char *suffix,
    int64_t **days, size_t *n, struct err *e)
{
	struct days found = { .suffix = suffix };
	int part[3];

	if (level_walk(s->fd, root, 0, part, &found, e) == -1) {
		free(found.list);
		return -1;
	}
	if (found.n > 1)
		qsort(found.list, found.n, sizeof(*found.list), newest_first);
	*days = found.list;
	*n = found.n;
	return 0;
}

int spool_history_days(const struct spool *s, int64_t **days, size_t *n, struct err *e)
{
	return days_below(s, SPOOL_HISTORY, ".db", days, n, e);
}

int spool_log_days(const struct spool *s, int64_t **days, size_t *n, struct err *e)
{
	return days_below(s, SPOOL_LOG, "", days, n, e);
}
