/*
 * hosts_edit: reads, changes, checks, replaces.
 *
 * A symbolic link is followed, so that it stays one.  Owner and mode stay, too.
 */
#include "conf/hosts_edit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fdio.h"
#include "conf/hosts.h"
#include "conf/impl.h"

#define FILE_MAX (16u << 20)
#define MODE_NEW 0644

struct edit {
	char *path;		/* where it really stands */
	const char *name;	/* its last part */
	int dir;		/* locked until it is closed */
	struct stat st;		/* st_nlink 0: there is none yet */
	struct buf text;
};

static void edit_end(struct edit *ed)
{
	if (ed->dir != -1)
		close(ed->dir);
	buf_release(&ed->text);
	free(ed->path);
}

static int folder_lock(struct edit *ed, struct err *e)
{
	char *slash = strrchr(ed->path, '/');

	ed->name = slash != NULL ? slash + 1 : ed->path;
	if (slash == NULL || slash == ed->path) {
		ed->dir = dir_open(AT_FDCWD, slash == NULL ? "." : "/", e);
	} else {
		*slash = '\0';
		ed->dir = dir_open(AT_FDCWD, ed->path, e);
		*slash = '/';
	}
	if (ed->dir == -1)
		return -1;
	return flock(ed->dir, LOCK_EX) == 0 ? 0 : err_sys(e, ERR_IO, "%s: lock", ed->path);
}

static int edit_begin(struct edit *ed, const char *path, struct err *e)
{
	char *real = realpath(path, NULL);

	*ed = (struct edit){ .path = real != NULL ? real : xstrdup(path), .dir = -1 };
	buf_init(&ed->text, FILE_MAX);
	if (folder_lock(ed, e) == -1)
		return -1;
	if (fstatat(ed->dir, ed->name, &ed->st, 0) == -1) {
		ed->st.st_nlink = 0;
		return 0;
	}
	return conf_file_read(ed->path, &ed->text, e);
}

static int edit_write(const struct edit *ed, struct err *e)
{
	bool is_new = ed->st.st_nlink == 0;
	mode_t mode = is_new ? MODE_NEW : ed->st.st_mode & 0777;
	struct hosts check;

	if (hosts_parse(ed->path, ed->text.data, ed->text.len, &check, e) == -1)
		return -1;
	hosts_free(&check);
	if (file_replace(ed->dir, ed->name, ed->text.data, ed->text.len, mode, e) == -1)
		return err_prefix(e, "%s", ed->path);
	if (!is_new && geteuid() == 0 &&
	    fchownat(ed->dir, ed->name, ed->st.st_uid, ed->st.st_gid, AT_SYMLINK_NOFOLLOW) == -1)
		return err_sys(e, ERR_PERM, "%s: its owner", ed->path);
	return 0;
}

static int line_append(struct edit *ed, const char *line, struct err *e)
{
	struct buf *b = &ed->text;
	bool whole = b->len == 0 || b->data[b->len - 1] == '\n';

	if ((!whole && buf_addc(b, '\n') == -1) || buf_adds(b, line) == -1 ||
	    buf_addc(b, '\n') == -1)
		return err_set(e, ERR_CONFIG, "%s: the file is too long", ed->path);
	return 0;
}

int hosts_add(const char *path, const char *line, struct err *e)
{
	struct edit ed;
	int r = edit_begin(&ed, path, e);

	if (r == 0)
		r = line_append(&ed, line, e);
	if (r == 0)
		r = edit_write(&ed, e);
	edit_end(&ed);
	return r;
}

/* Where the line begins and how long it is, with its end. */
static size_t line_find(const struct buf *b, size_t number, size_t *len)
{
	const char *p = b->data, *end = b->data + b->len, *nl = end;

	for (size_t n = 1; n <= number && p < end; n++) {
		nl = memchr(p, '\n', (size_t)(end - p));
		nl = nl != NULL ? nl + 1 : end;
		if (n < number)
			p = nl;
	}
	*len = (size_t)(nl - p);
	return (size_t)(p - b->data);
}

static void line_cut(struct buf *b, size_t number)
{
	size_t len, at = line_find(b, number, &len);

	memmove(b->data + at, b->data + at + len, b->len - at - len);
	b->len -= len;
}

static int line_remove(struct edit *ed, const char *name, struct err *e)
{
	const struct host *h;
	struct hosts all;
	size_t same = 0, line = 0;

	if (hosts_parse(ed->path, ed->text.data, ed->text.len, &all, e) == -1)
		return -1;
	h = hosts_find(&all, name);
	for (size_t i = 0; h != NULL && i < all.n; i++)
		same += all.list[i].line == h->line;
	line = h != NULL ? h->line : 0;
	hosts_free(&all);
	if (same == 0)
		return err_set(e, ERR_NOINPUT, "%s does not stand in %s", name, ed->path);
	if (same > 1)
		return err_set(e, ERR_DATA, "%s stands in line %zu of %s together with others: "
		    "change that line by hand", name, line, ed->path);
	line_cut(&ed->text, line);
	return 0;
}

int hosts_remove(const char *path, const char *name, struct err *e)
{
	struct edit ed;
	int r = edit_begin(&ed, path, e);

	if (r == 0)
		r = line_remove(&ed, name, e);
	if (r == 0)
		r = edit_write(&ed, e);
	edit_end(&ed);
	return r;
}
