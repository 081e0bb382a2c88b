/*
 * names: the user behind a uid.
 *
 * Owns a memory of answers, since asking may take a name service its time.  It is
 * emptied on reload, and when it has grown beyond what a machine has users.
 */
#include <bsd/string.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>

#include "jobd.h"

#define NAMES_MAX 65536

struct names {
	struct map *by_uid;
};

void names_forget(struct jobd *d)
{
	char *name;
	size_t i = 0;

	if (d->names == NULL)
		return;
	while ((name = map_next(d->names->by_uid, &i)) != NULL)
		free(name);
	map_free(d->names->by_uid);
	free(d->names);
	d->names = NULL;
}

const char *name_of(struct jobd *d, uid_t uid)
{
	const struct passwd *pw;
	char *name;

	if (d->names != NULL && map_count(d->names->by_uid) >= NAMES_MAX)
		names_forget(d);
	if (d->names == NULL) {
		d->names = xcalloc(1, sizeof(*d->names));
		d->names->by_uid = map_new();
	}
	name = map_get(d->names->by_uid, uid);
	if (name != NULL)
		return name;
	pw = getpwuid(uid);
	name = pw != NULL ? xstrdup(pw->pw_name) : xasprintf("%lu", (unsigned long)uid);
	map_put(d->names->by_uid, uid, name);
	return name;
}

void actor_fill(struct jobd *d, struct actor *a, uid_t uid, enum actor_method method)
{
	strlcpy(a->name, name_of(d, uid), sizeof(a->name));
	a->method = method;
	a->uid = uid;
	a->admin = uid == 0 || uid == d->spool.owner;
}
