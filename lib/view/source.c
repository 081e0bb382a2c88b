/*
 * source: reads one stream of an execution from where it was written.
 *
 * Owns the expansion of path patterns on the reading side, which must give what
 * the worker's gives.  A file of the user's own is opened without waiting and
 * must be a regular one: the output may as well have gone to a pipe.
 */
#include "view/source.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "view/record.h"

#define LAUNCH_BYTES ((size_t)MSG_BODY_MAX)
#define BLOCK (64u << 10)	/* read backwards at first... */
#define BLOCK_MAX (8u << 20)	/* ...and at most: a step back in a compressed file is dear */

/* ---- patterns */

static int add_date(char letter, int64_t ms, struct buf *path)
{
	time_t seconds = (time_t)(ms / 1000);
	struct tm tm;

	localtime_r(&seconds, &tm);
	if (letter == 'Y')
		return buf_addf(path, "%04d", tm.tm_year + 1900);
	return buf_addf(path, "%02d", letter == 'm' ? tm.tm_mon + 1 : tm.tm_mday);
}

/* A slash would make a folder of what is a name. */
static int add_name(const char *name, struct buf *path)
{
	for (; *name; name++) {
		if (buf_addc(path, *name == '/' ? '_' : *name) < 0)
			return -1;
	}
	return 0;
}

static int add_letter(char letter, const struct job_row *job, const struct exec_row *exec,
    struct buf *path)
{
	switch (letter) {
	case 'j':
		return buf_addf(path, "%" PRId64, job->id);
	case 'A':
		return buf_addf(path, "%" PRId64, job->array_id != 0 ? job->array_id : job->id);
	case 'a':
		return buf_addf(path, "%" PRId64, job->array_index);
	case 'n':
		return buf_addf(path, "%" PRId64, exec->attempt);
	case 'x':
		return add_name(job->name ? job->name : "job", path);
	case 'u':
		return add_name(job->run_as ? job->run_as : job->user ? job->user : "", path);
	case 'w':
		return add_name(exec->worker ? exec->worker : "", path);
	case 'Y':
	case 'm':
	case 'd':
		return add_date(letter, exec->started_at, path);
	default:
		return buf_addc(path, letter);
	}
}

int pattern_expand(const char *pattern, const struct job_row *job, const struct exec_row *exec,
    const char *dir, struct buf *path)
{
	if (*pattern != '/' && dir && buf_addf(path, "%s/", dir) < 0)
		return -1;
	for (const char *s = pattern; *s; s++) {
		int r;

		if (*s == '%' && s[1])
			r = add_letter(*++s, job, exec, path);
		else
			r = buf_addc(path, *s);
		if (r < 0)
			return -1;
	}
	return 0;
}

/* ---- opening */

/* Where the job ran, for a relative path; the caller frees it. */
static char *job_dir(struct view *v, const struct job_row *job)
{
	struct msg *m = NULL;
	struct buf block;
	size_t used;
	char *dir = NULL;

	buf_init(&block, LAUNCH_BYTES);
	if (view_launch(v, job, &block, NULL) > 0 &&
	    msg_decode(block.data, block.len, &m, &used, NULL) == 1) {
		const char *given = msg_str(m, F_CHDIR);

		dir = xstrdup(given ? given : job->submit_dir ? job->submit_dir : "/");
	}
	msg_free(m);
	buf_release(&block);
	return dir;
}

int source_open(struct source *s, struct view *v, const struct job_row *job,
    const struct exec_row *exec, const char *stream, struct err *e)
{
	const char *pattern = strcmp(stream, "stderr") == 0 ? job->stderr_path : job->stdout_path;
	struct buf path;
	char *dir;

	*s = (struct source){ .v = v, .from = { job, exec->execution, stream }, .fd = -1 };
	if (!pattern)
		return 0;
	dir = *pattern == '/' ? NULL : job_dir(v, job);
	if (*pattern != '/' && !dir)
		return err_set(e, ERR_NOINPUT, "%s went to %s, in a folder that is not known any "
		    "more", stream, pattern);
	buf_init(&path, PATH_MAX);
	if (pattern_expand(pattern, job, exec, dir, &path) < 0)
		err_set(e, ERR_DATA, "the path of %s is too long", stream);
	else
		s->path = buf_steal(&path);
	buf_release(&path);
	free(dir);
	return s->path ? 0 : -1;
}

void source_close(struct source *s)
{
	if (s->fd >= 0)
		close(s->fd);
	free(s->path);
	s->fd = -1;
	s->path = NULL;
}

/* 1 the submitter's file is open, 0 it is not there (yet), -1 it cannot be read. */
static int own_file(struct source *s, struct err *e)
{
	struct stat st;

	if (s->fd >= 0)
		return 1;
	s->fd = open(s->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (s->fd < 0 && errno == ENOENT)
		return 0;
	if (s->fd < 0)
		return err_sys(e, errno == EACCES ? ERR_PERM : ERR_IO, "%s went to %s",
		    s->from.stream, s->path);
	if (fstat(s->fd, &st) == 0 && S_ISREG(st.st_mode))
		return 1;
	close(s->fd);
	s->fd = -1;
	return err_set(e, ERR_NOINPUT, "%s went to %s, which is no regular file", s->from.stream,
	    s->path);
}

/* ---- reading */

static int read_own(struct source *s, uint64_t offset, size_t max, struct buf *out,
    struct err *e)
{
	int r = own_file(s, e);
	char *p;
	ssize_t n;

	if (r <= 0)
		return r;
	if ((p = buf_reserve(out, max)) == NULL)
		return err_set(e, ERR_INTERNAL, "no room for %zu bytes", max);
	do
		n = pread(s->fd, p, max, (off_t)offset);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_sys(e, ERR_IO, "%s", s->path);
	buf_commit(out, (size_t)n);
	return 0;
}

static int read_from(struct source *s, uint64_t offset, size_t max, struct buf *out,
    struct err *e)
{
	if (s->path)
		return read_own(s, offset, max, out, e);
	return view_log(s->v, &s->from, offset, max, out, e);
}

/*
 * A file of the user's own may be cut short, or another may have taken its name: then
 * what is there is read from its start.
 */
static bool own_anew(struct source *s)
{
	struct stat open_one, named;

	if (!s->path || s->fd < 0 || fstat(s->fd, &open_one) < 0)
		return false;
	if (stat(s->path, &named) == 0 &&
	    (named.st_ino != open_one.st_ino || named.st_dev != open_one.st_dev)) {
		close(s->fd);
		s->fd = -1;
	} else if ((uint64_t)open_one.st_size >= s->offset) {
		return false;
	}
	s->offset = 0;
	return true;
}

int source_read(struct source *s, size_t max, struct buf *out, struct err *e)
{
	size_t before = out->len;

	if (read_from(s, s->offset, max, out, e) < 0)
		return -1;
	if (out->len == before && own_anew(s) && read_from(s, 0, max, out, e) < 0)
		return -1;
	s->offset += out->len - before;
	return 0;
}

static int source_size(struct source *s, uint64_t *size, struct err *e)
{
	struct stat st;
	int r;

	if (!s->path)
		return view_log_size(s->v, &s->from, size, e);
	*size = 0;
	r = own_file(s, e);
	if (r <= 0)
		return r;
	if (fstat(s->fd, &st) < 0)
		return err_sys(e, ERR_IO, "%s", s->path);
	*size = (uint64_t)st.st_size;
	return 0;
}

/*
 * Looks in one block for the line end in front of the wanted lines; `last` is the
 * offset of the very last byte, whose line end ends a line and begins none.
 */
static bool line_start(const struct buf *b, uint64_t offset, uint64_t last, int64_t *left,
    uint64_t *start)
{
	for (size_t i = b->len; i-- > 0;) {
		if (b->data[i] == '\n' && offset + i != last && --*left == 0) {
			*start = offset + i + 1;
			return true;
		}
	}
	return false;
}

int source_tail(struct source *s, int64_t lines, struct err *e)
{
	uint64_t size, at;
	size_t block = BLOCK;
	struct buf b;
	int r = source_size(s, &size, e);

	s->offset = size;
	if (r < 0 || lines == 0)
		return r;
	s->offset = 0;
	buf_init(&b, BLOCK_MAX);
	for (at = size; at > 0 && r == 0; block = block < BLOCK_MAX ? block * 2 : block) {
		size_t n = at < block ? (size_t)at : block;

		at -= n;
		buf_reset(&b);
		r = read_from(s, at, n, &b, e);
		if (r == 0 && line_start(&b, at, size - 1, &lines, &s->offset))
			break;
	}
	buf_release(&b);
	return r;
}

void source_path(const struct source *s, struct buf *path)
{
	if (s->path)
		buf_adds(path, s->path);
	else
		record_log_path(s->v, &s->from, path);
}
