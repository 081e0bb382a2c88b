/*
 * read: the lines of a configuration file.
 *
 * Owns the grammar and the includes, and knows no key.  Everything is bounded:
 * line, file, number of files, depth.  Promises that an error says where.
 */
#include <bsd/string.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fdio.h"
#include "base/text.h"
#include "conf/impl.h"

#define BLANKS " \t\r"
#define SECTION_NAME_MAX 64

static const char *const kinds[] = { "queue", "user", "team", "role", "alert", "calendar" };

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

struct reader {
	conf_item_fn fn;
	void *arg;
	size_t files;
};

struct source {
	struct reader *reader;
	const char *file;
	size_t line, number;
	int depth;
	bool includes;			/* may be followed */
	char kind[16], name[SECTION_NAME_MAX + 1];
};

static int file_follow(struct reader *r, const char *path, int depth, struct err *e);

static char *trim(char *s)
{
	size_t n;

	s += strspn(s, BLANKS);
	for (n = strlen(s); n > 0 && strchr(BLANKS, s[n - 1]) != NULL; n--)
		s[n - 1] = '\0';
	return s;
}

/* A comment begins with `#` at the start or behind a blank. */
static void comment_cut(char *s)
{
	for (char *p = s; (p = strchr(p, '#')) != NULL; p++) {
		if (p == s || strchr(BLANKS, p[-1]) != NULL) {
			*p = '\0';
			return;
		}
	}
}

/* ---- includes */

static int paths_follow(const struct source *src, const glob_t *g, struct err *e)
{
	for (size_t i = 0; i < g->gl_pathc; i++) {
		if (file_follow(src->reader, g->gl_pathv[i], src->depth + 1, e) == -1)
			return -1;
	}
	return 0;
}

/* Relative to the directory of the file that says it. */
static char *pattern_absolute(const struct source *src, const char *pattern)
{
	const char *slash = strrchr(src->file, '/');

	if (pattern[0] == '/' || slash == NULL)
		return xstrdup(pattern);
	return xasprintf("%.*s/%s", (int)(slash - src->file), src->file, pattern);
}

/* A directory that is not there has no files; one that cannot be read is an error. */
static int glob_error(const char *path, int error)
{
	(void)path;
	return error != ENOENT && error != ENOTDIR;
}

static int include(const struct source *src, const char *pattern, struct err *e)
{
	bool many = strpbrk(pattern, "*?[") != NULL;
	glob_t g = { 0 };
	char *path;
	int r;

	if (!src->includes)
		return err_set(e, ERR_CONFIG, "include is of use in a file only");
	if (src->depth == CONF_DEPTH_MAX)
		return err_set(e, ERR_CONFIG, "includes nest deeper than %d", CONF_DEPTH_MAX);
	path = pattern_absolute(src, pattern);
	r = glob(path, many ? 0 : GLOB_NOCHECK, glob_error, &g);
	if (r == 0)
		r = paths_follow(src, &g, e);
	else if (r == GLOB_NOMATCH)
		r = 0;
	else
		r = err_set(e, ERR_CONFIG, "%s: %s", path,
		    r == GLOB_NOSPACE ? "out of memory" : "cannot be read");
	globfree(&g);
	free(path);
	return r;
}

/* ---- lines */

static int section(struct source *src, char *line, struct err *e)
{
	char *end = strchr(line, ']'), *kind, *name;
	const char *near;
	size_t i, n;

	if (end == NULL || end[1] != '\0')
		return err_set(e, ERR_CONFIG, "a section is written [kind name]");
	*end = '\0';
	kind = trim(line + 1);
	n = strcspn(kind, BLANKS);
	name = trim(kind + n);
	kind[n] = '\0';
	for (i = 0; i < KINDS && strcmp(kinds[i], kind) != 0; i++)
		;
	if (i == KINDS) {
		near = nearest_word(kind, kinds, KINDS);
		return err_set(e, ERR_CONFIG, "unknown section \"%.64s\"%s%s%s", kind,
		    near != NULL ? "; did you mean \"" : "", near != NULL ? near : "",
		    near != NULL ? "\"?" : "");
	}
	if (!name_valid(name, SECTION_NAME_MAX) && strcmp(name, "*") != 0)
		return err_set(e, ERR_CONFIG, "[%s %.64s]: \"%.64s\" is no name", kind, name, name);
	strlcpy(src->kind, kind, sizeof(src->kind));
	strlcpy(src->name, name, sizeof(src->name));
	return 0;
}

static int setting(const struct source *src, char *line, struct err *e)
{
	struct conf_item item = { .file = src->file, .line = src->line,
	    .file_number = src->number };
	char *equals = strchr(line, '=');

	if (equals == NULL)
		return err_set(e, ERR_CONFIG, "\"%.64s\" is neither `key = value`, `include file` "
		    "nor `[section name]`", line);
	*equals = '\0';
	item.key = trim(line);
	item.value = trim(equals + 1);
	if (src->kind[0] != '\0') {
		item.kind = src->kind;
		item.name = src->name;
	}
	if (item.key[0] == '\0')
		return err_set(e, ERR_CONFIG, "no key in front of =");
	if (item.value[0] == '\0')
		return err_set(e, ERR_CONFIG, "%.64s has no value; a comment keeps the default",
		    item.key);
	return src->reader->fn(src->reader->arg, &item, e);
}

static int line_read(struct source *src, char *line, struct err *e)
{
	static const char word[] = "include";
	size_t n = sizeof(word) - 1;

	comment_cut(line);
	line = trim(line);
	if (line[0] == '\0')
		return 0;
	if (line[0] == '[')
		return section(src, line, e);
	if (strncmp(line, word, n) == 0 && strchr(BLANKS, line[n]) != NULL && line[n] != '\0' &&
	    line[n + strspn(line + n, BLANKS)] != '=')
		return include(src, trim(line + n), e);
	return setting(src, line, e);
}

static int lines_read(struct source *src, const char *text, size_t n, struct err *e)
{
	const char *end = text + n, *p = text, *nl;
	char line[CONF_LINE_MAX + 1];
	size_t len;
	int r = 0;

	src->number = src->reader->files++;
	for (src->line = 1; r == 0 && p < end; src->line++, p = nl + 1) {
		nl = memchr(p, '\n', (size_t)(end - p));
		if (nl == NULL)
			nl = end;
		len = (size_t)(nl - p);
		if (len > CONF_LINE_MAX || memchr(p, '\0', len) != NULL)
			return err_set(e, ERR_CONFIG, "%s:%zu: %s", src->file, src->line,
			    len > CONF_LINE_MAX ? "the line is too long" :
			    "the line holds a NUL byte");
		memcpy(line, p, len);
		line[len] = '\0';
		r = line_read(src, line, e);
		/* What comes out of an included file has its place in front already. */
		if (r == -1)
			err_prefix(e, "%s:%zu", src->file, src->line);
	}
	return r;
}

/* ---- files */

static int file_open(const char *path, struct err *e)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd == -1)
		return err_sys(e, ERR_CONFIG, "%s", path);
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & S_IWOTH) != 0) {
		close(fd);
		return err_set(e, ERR_CONFIG, "%s: everybody may write it: chmod o-w %s", path,
		    path);
	}
	return fd;
}

int conf_file_read(const char *path, struct buf *b, struct err *e)
{
	int fd = file_open(path, e), r;

	if (fd == -1)
		return -1;
	r = fd_read_all(fd, b, e);
	if (r == -1) {
		err_prefix(e, "%s", path);
		if (e != NULL)
			e->code = ERR_CONFIG;
	}
	close(fd);
	return r;
}

static int file_follow(struct reader *r, const char *path, int depth, struct err *e)
{
	struct source src = { .reader = r, .file = path, .depth = depth, .includes = true };
	struct buf b;
	int result;

	if (r->files >= CONF_FILES_MAX)
		return err_set(e, ERR_CONFIG, "more than %d files", CONF_FILES_MAX);
	buf_init(&b, CONF_FILE_MAX);
	result = conf_file_read(path, &b, e);
	if (result == 0)
		result = lines_read(&src, b.data, b.len, e);
	buf_release(&b);
	return result;
}

int conf_read_file(const char *path, conf_item_fn fn, void *arg, struct err *e)
{
	struct reader r = { .fn = fn, .arg = arg };

	return file_follow(&r, path, 0, e);
}

int conf_read_text(const char *name, const char *text, size_t n, conf_item_fn fn, void *arg,
    struct err *e)
{
	struct reader r = { .fn = fn, .arg = arg };
	struct source src = { .reader = &r, .file = name };

	return lines_read(&src, text, n, e);
}
