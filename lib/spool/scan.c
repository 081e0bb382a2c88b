/*
 * scan: picking requests up, from people who may have put anything there.
 *
 * Owns the choice: owners take turns, whoever waits longest first, each within
 * its limits (impl.h), and of one owner in order of names.  Trusts nothing but
 * the open descriptor: the owner in the listing only steers the choice.  Directories
 * are passed over, since their owner alone could remove them.  In a personal spool
 * there is one owner: nothing is looked up, and no more is kept than is wanted.
 */
#include <bsd/string.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fdio.h"
#include "spool/impl.h"

#define SHOWN_NAME 63

#define KEEP_SPARE 256		/* entries above what is wanted, before the last ones go */

struct entry {
	char name[SHOWN_NAME + 1];
	uid_t uid;
};

struct owner {			/* entries [next, end) are still to be taken */
	size_t next, end;
	size_t files;
	off_t bytes;
};

struct scan {
	const struct spool *spool;
	int dir;
	struct entry *entries;
	size_t n, cap;
	bool trimmed;		/* names behind entries[max - 1] are of no interest */
	struct owner *owners;
	size_t nowners;
	off_t bytes;
	struct incoming *list;
	size_t taken, max;
};

/* ---- what is there */

static int by_owner_and_name(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->uid != y->uid)
		return x->uid < y->uid ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* Of one owner's entries the first ones by name are enough. */
static void entries_trim(struct scan *sc)
{
	if (sc->spool->system || sc->n < 2 * sc->max + KEEP_SPARE)
		return;
	qsort(sc->entries, sc->n, sizeof(*sc->entries), by_owner_and_name);
	sc->n = sc->max;
	sc->trimmed = sc->max > 0;
}

static void entry_add(struct scan *sc, const char *name, uid_t uid)
{
	struct entry *en;

	if (sc->trimmed && strcmp(name, sc->entries[sc->max - 1].name) > 0)
		return;
	if (sc->n == sc->cap) {
		sc->cap = sc->cap == 0 ? 64 : sc->cap * 2;
		sc->entries = xreallocarray(sc->entries, sc->cap, sizeof(*sc->entries));
	}
	en = &sc->entries[sc->n++];
	strlcpy(en->name, name, sizeof(en->name));
	en->uid = uid;
	entries_trim(sc);
}

/* No request and never one: a writer that died, or a name too long to hold on to. */
static bool is_debris(const char *name)
{
	return strncmp(name, INCOMING_TEMP_PREFIX, strlen(INCOMING_TEMP_PREFIX)) == 0 ||
	    strlen(name) > SHOWN_NAME || name[0] == '.';
}

static void entry_look(struct scan *sc, const struct dirent *de)
{
	bool debris = is_debris(de->d_name);
	struct stat st;

	if (de->d_type == DT_DIR)
		return;
	if (!sc->spool->system && !debris && de->d_type != DT_UNKNOWN) {
		entry_add(sc, de->d_name, sc->spool->owner);
		return;
	}
	if (fstatat(sc->dir, de->d_name, &st, AT_SYMLINK_NOFOLLOW) == -1 || S_ISDIR(st.st_mode))
		return;
	if (!debris)
		entry_add(sc, de->d_name, sc->spool->system ? st.st_uid : sc->spool->owner);
	else if (st.st_mtime < time(NULL) - INCOMING_TEMP_AGE)
		unlinkat(sc->dir, de->d_name, 0);
}

static int entries_read(struct scan *sc, struct err *e)
{
	int fd = openat(sc->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);
	const struct dirent *de;
	size_t seen = 0;
	int r = 0;

	if (dir == NULL) {
		err_sys(e, spool_code(errno, ERR_IO), "%s/" SPOOL_INCOMING ": open",
		    sc->spool->path);
		if (fd != -1)
			close(fd);
		return -1;
	}
	while (seen++ < INCOMING_NAMES_MAX && (errno = 0, de = readdir(dir)) != NULL)
		entry_look(sc, de);
	if (seen <= INCOMING_NAMES_MAX && errno != 0)
		r = err_sys(e, ERR_IO, "%s/" SPOOL_INCOMING ": read", sc->spool->path);
	closedir(dir);
	return r;
}

/* ---- whose turn it is */

static int by_oldest(const void *a, const void *b, void *entries)
{
	const struct owner *x = a, *y = b;
	const struct entry *en = entries;

	return strcmp(en[x->next].name, en[y->next].name);
}

static void owners_find(struct scan *sc)
{
	struct owner *o = NULL;

	if (sc->n == 0)
		return;
	qsort(sc->entries, sc->n, sizeof(*sc->entries), by_owner_and_name);
	for (size_t i = 0; i < sc->n; i++)
		sc->nowners += i == 0 || sc->entries[i].uid != sc->entries[i - 1].uid;
	sc->owners = xcalloc(sc->nowners, sizeof(*sc->owners));
	for (size_t i = 0; i < sc->n; i++) {
		if (i == 0 || sc->entries[i].uid != sc->entries[i - 1].uid) {
			o = o == NULL ? sc->owners : o + 1;
			o->next = i;
		}
		o->end = i + 1;
	}
	qsort_r(sc->owners, sc->nowners, sizeof(*sc->owners), by_oldest, sc->entries);
}

/* ---- one file */

/* NULL when this may be read as a request, else what is wrong with it. */
static const char *file_wrong(const struct spool *s, const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		return "it is not a regular file";
	if (st->st_nlink != 1)
		return "the file has more than one name";
	if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return "others than its owner could have written the file";
	if (!s->system && st->st_uid != s->owner && st->st_uid != 0)
		return "its owner may not use this spool";
	if (st->st_size == 0)
		return "the file is empty";
	if (st->st_size > INCOMING_BLOCK_MAX)
		return "the file is larger than a request may be";
	return NULL;
}

/* False when it is sound, but has more bytes than may still be taken. */
static bool file_read_in(const struct scan *sc, const struct owner *o, int fd,
    struct incoming *in)
{
	const char *wrong;
	struct stat st;

	if (fstat(fd, &st) == -1) {
		err_sys(&in->bad, ERR_IO, "stat");
		return true;
	}
	in->uid = st.st_uid;
	wrong = file_wrong(sc->spool, &st);
	if (wrong != NULL) {
		err_set(&in->bad, ERR_DATA, "%s", wrong);
		return true;
	}
	if (st.st_size > INCOMING_OWNER_BYTES - o->bytes ||
	    st.st_size > INCOMING_SCAN_BYTES - sc->bytes)
		return false;
	buf_init(&in->block, (size_t)st.st_size);
	if (fd_read_all(fd, &in->block, &in->bad) == 0 && in->block.len < (size_t)st.st_size)
		err_set(&in->bad, ERR_DATA, "the file changed while it was read");
	return true;
}

static void file_refused(int error, struct err *bad)
{
	if (error == ELOOP)
		err_set(bad, ERR_DATA, "it is a symbolic link");
	else if (error == ENXIO)
		err_set(bad, ERR_DATA, "it is not a regular file");
	else
		err_set(bad, ERR_DATA, "it cannot be opened: %s", strerror(error));
}

/* False when this owner may have no more now; a file that has gone is passed over. */
static bool file_take(struct scan *sc, struct owner *o)
{
	int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, fd;
	struct incoming *in = &sc->list[sc->taken];
	const struct entry *en = &sc->entries[o->next++];
	bool fits = true;

	memset(in, 0, sizeof(*in));
	fd = openat(sc->dir, en->name, flags);
	if (fd == -1 && errno == ENOENT)
		return true;
	strlcpy(in->name, en->name, sizeof(in->name));
	in->uid = en->uid;
	if (uuid_parse(in->name, &in->uuid) == -1 || uuid_is_nil(&in->uuid))
		err_set(&in->bad, ERR_DATA, "its name is no UUID");
	else if (fd == -1)
		file_refused(errno, &in->bad);
	else
		fits = file_read_in(sc, o, fd, in);
	if (fd != -1)
		close(fd);
	if (!fits)
		return false;
	sc->taken++;
	o->files++;
	o->bytes += (off_t)in->block.len;
	sc->bytes += (off_t)in->block.len;
	return true;
}

/* One file of each owner that may; false when none did. */
static bool round_take(struct scan *sc)
{
	bool any = false;

	for (size_t i = 0; i < sc->nowners && sc->taken < sc->max; i++) {
		struct owner *o = &sc->owners[i];

		if (o->next == o->end || o->files == INCOMING_OWNER_FILES)
			continue;
		any = true;
		if (!file_take(sc, o))
			o->next = o->end;
	}
	return any;
}

int incoming_scan(const struct spool *s, size_t max, struct incoming **list, size_t *n,
    struct err *e)
{
	struct scan sc = { .spool = s, .max = max };
	int r;

	*list = NULL;
	*n = 0;
	sc.dir = incoming_open(s, NULL, e);
	if (sc.dir == -1)
		return -1;
	r = entries_read(&sc, e);
	if (r == 0 && sc.n > 0) {
		owners_find(&sc);
		if (sc.max > sc.n)
			sc.max = sc.n;
		sc.list = xcalloc(sc.max, sizeof(*sc.list));
		while (sc.taken < sc.max && round_take(&sc))
			;
	}
	close(sc.dir);
	free(sc.entries);
	free(sc.owners);
	*list = sc.list;
	*n = sc.taken;
	return r;
}

void incoming_release(struct incoming *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_release(&list[i].block);
	free(list);
}
