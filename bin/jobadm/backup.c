/*
 * backup: the whole spool copied to a folder, while everything runs.
 *
 * state.db first, then the history: a job that moves meanwhile is in both, never in
 * neither.  What the folder has from a former time and has not changed is not copied
 * again, and nothing is taken out of it: what was pruned from the spool stays there.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/fdio.h"
#include "base/num.h"
#include "jobadm.h"
#include "spool/copy.h"
#include "state/backup.h"

#define DB_TMP "tmp.db"
#define GZ ".gz"
#define FRESH_MS 100	/* clocks of files tick: one so young may change and look the same */

struct backup {
	const struct jobadm *a;
	const char *dir;
	int fd;
	struct manifest before, now;
	size_t copied;
	uint64_t bytes;			/* of what was copied */
};

int backup_open(const char *dir, struct manifest *m, int *fd, struct err *e)
{
	int r;

	*fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*fd == -1)
		return err_sys(e, errno == ENOENT ? ERR_NOINPUT : ERR_IO, "%s", dir);
	r = manifest_read(m, *fd, e);
	if (r == 1)
		return 0;
	close(*fd);
	if (r == 0)
		return err_set(e, ERR_NOINPUT, "%s: there is no backup here", dir);
	return err_prefix(e, "%s", dir);
}

/* ---- verify */

struct verdict {
	const struct jobadm *a;
	const char *dir;
	size_t n;
};

static void finding(void *arg, const char *text)
{
	struct verdict *v = arg;

	v->n++;
	cli_warn(v->a->program, "%s: %s", v->dir, text);
}

int backup_sound(const struct jobadm *a, const char *dir, int fd, const struct manifest *m,
    struct err *e)
{
	struct verdict v = { a, dir, 0 };
	struct backup_mark mark;
	struct err why;

	manifest_verify(m, fd, finding, &v);
	if (v.n == 0 && backup_mark(dir, &mark, &why) == -1)
		finding(&v, why.text);
	for (size_t i = 0; i < m->n && v.n == 0; i++) {
		if (strncmp(m->files[i].path, SPOOL_HISTORY "/", sizeof(SPOOL_HISTORY)) == 0 &&
		    backup_check_day(dir, m->files[i].path, &why) == -1)
			finding(&v, why.text);
	}
	if (v.n == 0)
		return 0;
	return err_set(e, ERR_DATA, "%s: the backup is damaged: take an older one", dir);
}

static int verify(const struct jobadm *a, const char *dir, struct err *e)
{
	char made[CLOCK_RFC3339_SIZE];
	struct manifest m;
	int fd, r;

	if (backup_open(dir, &m, &fd, e) == -1)
		return -1;
	r = backup_sound(a, dir, fd, &m, e);
	clock_local(m.made, made);
	if (r == 0 && !a->quiet)
		printf("%s: whole, %zu files, made %s\n", dir, m.n, made);
	manifest_release(&m);
	close(fd);
	return r == 0 ? EXIT_OK : -1;
}

/* ---- making one */

/* The folder, which is new, empty, or a backup of the same spool. */
static int folder_take(struct backup *b, struct err *e)
{
	int r;

	if (mkdir(b->dir, 0700) == -1 && errno != EEXIST)
		return err_sys(e, ERR_CREATE, "%s", b->dir);
	b->fd = open(b->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (b->fd == -1)
		return err_sys(e, ERR_CREATE, "%s", b->dir);
	r = manifest_read(&b->before, b->fd, e);
	if (r == -1)
		return err_prefix(e, "%s", b->dir);
	if (r == 1 && !uuid_equal(&b->before.instance, &b->now.instance))
		return err_set(e, ERR_DATA, "%s: this is a backup of another spool", b->dir);
	return 0;
}

static void note(struct backup *b, struct manifest_file *f, const char *path, bool copied)
{
	f->path = (char *)(uintptr_t)path;
	if (copied && f->mtime > b->now.made - FRESH_MS)
		f->mtime = 0;		/* to be copied again */
	manifest_add(&b->now, f);
	b->copied += copied;
	b->bytes += copied ? f->size : 0;
}

/* A database under its name in the folder, with the time of the file in the spool. */
static int db_copy(struct backup *b, const char *name, int64_t mtime, struct err *e)
{
	struct manifest_file f;
	char *to = xasprintf("%s/" DB_TMP, b->dir), *folder = xstrdup(name);
	char *slash = strrchr(folder, '/');
	int r = -1;

	(void)unlinkat(b->fd, DB_TMP, 0);
	if (slash != NULL)
		*slash = '\0';
	if ((slash == NULL || dir_make(b->fd, folder, 0700, e) == 0) &&
	    backup_copy(b->a->spool.path, name, to, e) == 0 && copy_look(b->fd, DB_TMP, &f, e) == 0)
		r = chmod(to, 0600) == 0 && renameat(b->fd, DB_TMP, b->fd, name) == 0 ? 0 :
		    err_sys(e, ERR_IO, "%s/%s", b->dir, name);
	if (r == 0) {
		f.mtime = mtime;
		note(b, &f, name, true);
	} else {
		(void)unlinkat(b->fd, DB_TMP, 0);
	}
	free(to);
	free(folder);
	return r;
}

/* What the folder has already: not copied again. */
static bool kept(struct backup *b, const char *path, int64_t mtime)
{
	const struct manifest_file *f = manifest_find(&b->before, path);
	struct manifest_file same;
	struct stat there;

	if (f == NULL || f->mtime != mtime ||
	    fstatat(b->fd, path, &there, AT_SYMLINK_NOFOLLOW) == -1 ||
	    (uint64_t)there.st_size != f->size)
		return false;
	same = *f;
	note(b, &same, path, false);
	return true;
}

/* What was written last may stand in its log, also when nobody has it open. */
static int64_t db_mtime(const struct backup *b, const char *path, const struct stat *st)
{
	char *wal = xasprintf("%s-wal", path);
	int64_t mtime = copy_mtime(st);
	struct stat log;

	if (fstatat(b->a->spool.fd, wal, &log, AT_SYMLINK_NOFOLLOW) == 0 &&
	    copy_mtime(&log) > mtime)
		mtime = copy_mtime(&log);
	free(wal);
	return mtime;
}

static int history_file(void *arg, const char *path, const struct stat *st, struct err *e)
{
	struct backup *b = arg;
	size_t n = strlen(path);
	int64_t mtime;

	if (n < 3 || strcmp(path + n - 3, ".db") != 0)
		return 0;
	mtime = db_mtime(b, path, st);
	return kept(b, path, mtime) ? 0 : db_copy(b, path, mtime, e);
}

/* Its compressed form takes the place of a plain file. */
static void plain_drop(struct backup *b, const char *path)
{
	size_t n = strlen(path);
	char *plain;

	if (n <= sizeof(GZ) || strcmp(path + n - 3, GZ) != 0)
		return;
	plain = xstrndup(path, n - 3);
	(void)unlinkat(b->fd, plain, 0);
	free(plain);
}

static int plain_file(void *arg, const char *path, const struct stat *st, struct err *e)
{
	struct backup *b = arg;
	struct manifest_file f;
	struct err why;

	if (kept(b, path, copy_mtime(st)))
		return 0;
	if (copy_file(b->a->spool.fd, b->fd, path, &f, &why) == -1) {
		if (why.code == ERR_NOINPUT)
			return 0;	/* compressed or removed just now */
		*e = why;
		return -1;
	}
	note(b, &f, path, true);
	plain_drop(b, path);
	return 0;
}

/* What the spool has no more stays, as long as it is there. */
static void keep_old(struct backup *b)
{
	struct map *names = map_new();
	struct stat st;

	for (size_t i = 0; i < b->now.n; i++) {
		const char *path = b->now.files[i].path;

		map_put(names, hash64(0, path, strlen(path)), b);
	}
	for (size_t i = 0; i < b->before.n; i++) {
		const struct manifest_file *f = &b->before.files[i];

		if (map_get(names, hash64(0, f->path, strlen(f->path))) == NULL &&
		    fstatat(b->fd, f->path, &st, AT_SYMLINK_NOFOLLOW) == 0)
			manifest_add(&b->now, f);
	}
	map_free(names);
}

static int make(struct backup *b, struct err *e)
{
	struct stat st;

	if (fstatat(b->a->spool.fd, SPOOL_DB, &st, 0) == -1)
		return err_sys(e, ERR_UNAVAIL, "%s/" SPOOL_DB, b->a->spool.path);
	if (db_copy(b, SPOOL_DB, copy_mtime(&st), e) == -1 ||
	    copy_walk(b->a->spool.fd, SPOOL_HISTORY, history_file, b, e) == -1 ||
	    copy_walk(b->a->spool.fd, SPOOL_LOG, plain_file, b, e) == -1 ||
	    (fstatat(b->a->spool.fd, SPOOL_HOSTS, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    plain_file(b, SPOOL_HOSTS, &st, e) == -1))
		return -1;
	keep_old(b);
	if (syncfs(b->fd) == -1)
		return err_sys(e, ERR_IO, "%s: sync", b->dir);
	return manifest_write(&b->now, b->fd, e);
}

static int run(struct backup *b, struct err *e)
{
	struct backup_mark mark;
	char size[32];

	if (backup_mark(b->a->spool.path, &mark, e) == -1)
		return -1;
	b->now.instance = mark.instance;
	b->now.epoch = mark.epoch;
	b->now.next_id = mark.next_id;
	b->now.made = now_read().wall;
	if (folder_take(b, e) == -1 || make(b, e) == -1)
		return -1;
	size_format(b->bytes, size, sizeof(size));
	if (!b->a->quiet)
		printf("%s: %zu files, %zu of them copied (%s)\n", b->dir, b->now.n, b->copied,
		    size);
	return EXIT_OK;
}

int backup_run(struct jobadm *a, char *const *words, struct err *e)
{
	struct backup b = { .a = a, .dir = words[0], .fd = -1 };
	int r;

	if (words[0] == NULL || words[1] != NULL)
		return err_set(e, ERR_USAGE, "backup takes one folder");
	if (a->verify)
		return verify(a, words[0], e);
	if (installation_open(a, e) == -1 || owner_only(a, e) == -1)
		return -1;
	r = run(&b, e);
	manifest_release(&b.before);
	manifest_release(&b.now);
	if (b.fd != -1)
		close(b.fd);
	return r;
}
