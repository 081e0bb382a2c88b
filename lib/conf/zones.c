/*
 * zones: finds and reads the file of a time zone.
 *
 * Promises that no name leads out of the folder, and that what is read is a regular
 * file of bounded size; core/zone.h judges its bytes.  The folder is walked only to find
 * the name that a person may have meant.
 */
#include "conf/zones.h"

#include <fcntl.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/fdio.h"
#include "base/text.h"

#define FOLDER "/usr/share/zoneinfo"
#define NAMES_MAX 2048
#define DEPTH_MAX 3

struct names {
	char **list;
	size_t n;
};

static const char *folder(void)
{
	const char *dir = getenv("TZDIR");

	return dir != NULL && *dir != '\0' ? dir : FOLDER;
}

/* A path of plain words: no word is empty or begins with a dot. */
static bool name_safe(const char *name)
{
	size_t n = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789_+-/.");

	if (n == 0 || n >= ZONE_NAME_MAX || name[n] != '\0')
		return false;
	for (const char *s = name; s != NULL; s = strchr(s, '/')) {
		s += s != name;
		if (*s == '\0' || *s == '/' || *s == '.')
			return false;
	}
	return true;
}

/* Files whose names begin with a capital are zones; the others are tables about them. */
static bool is_zone(const FTSENT *f, size_t prefix)
{
	const char *name = f->fts_path + prefix;

	return f->fts_info == FTS_F && f->fts_name[0] >= 'A' && f->fts_name[0] <= 'Z' &&
	    strncmp(name, "posix/", 6) != 0 && strncmp(name, "right/", 6) != 0 &&
	    strlen(name) < ZONE_NAME_MAX;
}

static void names_collect(struct names *all, const char *dir)
{
	char *paths[] = { (char *)(uintptr_t)dir, NULL };
	FTS *fts = fts_open(paths, FTS_LOGICAL | FTS_NOCHDIR, NULL);
	FTSENT *f;

	all->list = xcalloc(NAMES_MAX, sizeof(*all->list));
	all->n = 0;
	while (fts != NULL && all->n < NAMES_MAX && (f = fts_read(fts)) != NULL) {
		if (f->fts_info == FTS_D && f->fts_level > DEPTH_MAX)
			(void)fts_set(fts, f, FTS_SKIP);
		else if (is_zone(f, strlen(dir) + 1))
			all->list[all->n++] = xstrdup(f->fts_path + strlen(dir) + 1);
	}
	if (fts != NULL)
		fts_close(fts);
}

static void names_release(struct names *all)
{
	for (size_t i = 0; i < all->n; i++)
		free(all->list[i]);
	free(all->list);
}

/* But for case, and for a blank where an underscore stands. */
static bool same(const char *word, const char *name)
{
	size_t i;

	for (i = 0; word[i] != '\0' && name[i] != '\0'; i++) {
		if (strncasecmp(word + i, name + i, 1) != 0 && !(word[i] == ' ' && name[i] == '_'))
			return false;
	}
	return word[i] == name[i];
}

static bool almost(const char *word, const char *name)
{
	const char *last = strrchr(name, '/');

	return same(word, name) || (last != NULL && same(word, last + 1));
}

static const char *near_name(const struct names *all, const char *word)
{
	for (size_t i = 0; i < all->n; i++) {
		if (almost(word, all->list[i]))
			return all->list[i];
	}
	return nearest_word(word, (const char *const *)all->list, all->n);
}

static int unknown(const char *name, struct err *e)
{
	struct names all;
	const char *near;

	names_collect(&all, folder());
	near = near_name(&all, name);
	if (all.n == 0)
		err_set(e, ERR_DATA, "the time zone %.64s is not known: there are no zones in "
		    "%.120s; install tzdata", name, folder());
	else if (near != NULL)
		err_set(e, ERR_DATA, "the time zone %.64s is not known; did you mean %s?", name,
		    near);
	else
		err_set(e, ERR_DATA, "the time zone %.64s is not known; names are like "
		    "Europe/Berlin (see %.120s)", name, folder());
	names_release(&all);
	return -1;
}

int zone_read(const char *name, struct buf *b, struct err *e)
{
	struct stat st;
	struct err why;
	char *path;
	int r = 0;

	if (!name_safe(name))
		return unknown(name, e);
	path = xasprintf("%s/%s", folder(), name);
	if (stat(path, &st) == -1 || !S_ISREG(st.st_mode))
		r = unknown(name, e);
	else if (file_read(AT_FDCWD, path, b, &why) == -1)
		r = err_set(e, ERR_DATA, "the time zone %.64s cannot be read: %s", name, why.text);
	free(path);
	return r;
}

struct zone *zone_load(const char *name, struct err *e)
{
	struct zone *z = NULL;
	struct buf b;

	if (strcmp(name, "UTC") == 0)
		return zone_new_utc();
	buf_init(&b, ZONE_BYTES_MAX);
	if (zone_read(name, &b, e) == 0)
		z = zone_decode(name, b.data, b.len, e);
	buf_release(&b);
	return z;
}
