/* zones: names that lead somewhere, names that do not, and what was meant. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fdio.h"
#include "conf/zones.h"
#include "tap.h"
#include "zonelib.h"

static const char *dir;

static void put(const char *name, const char *footer)
{
	char path[512], *slash;
	struct buf b;

	snprintf(path, sizeof(path), "%s/zones/%s", dir, name);
	for (slash = path + strlen(dir) + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
		*slash = '\0';
		(void)mkdir(path, 0755);
		*slash = '/';
	}
	buf_init(&b, 4096);
	if (footer == NULL)
		buf_adds(&b, "no zone");
	else
		tzif_add(&b, 0, NULL, 0, footer);
	if (file_replace(AT_FDCWD, path, b.data, b.len, 0644, NULL) == -1)
		ok(false, "%s", path);
	buf_release(&b);
}

static void refused(const char *name, const char *says)
{
	struct err e = { .text = "" };
	struct zone *z = zone_load(name, &e);

	ok(z == NULL && e.code == ERR_DATA && strstr(e.text, says) != NULL &&
	    strstr(e.text, "the time zone ") != NULL, "'%s': %s", name, e.text);
	zone_free(z);
}

int main(void)
{
	char path[512];
	struct err e;
	struct zone *z;

	dir = tap_tmpdir();
	put("Europe/Berlin", "CET-1CEST,M3.5.0,M10.5.0/3");
	put("America/New_York", "EST5EDT,M3.2.0,M11.1.0");
	put("America/Argentina/La_Rioja", "<-03>3");
	put("GMT", "GMT0");
	put("posix/Asia/Tokyo", "JST-9");
	put("zone.tab", NULL);
	put("Broken", NULL);
	put("../Outside", "UTC0");
	snprintf(path, sizeof(path), "%s/zones", dir);
	setenv("TZDIR", path, 1);

	z = zone_load("Europe/Berlin", &e);
	ok(z != NULL && strcmp(zone_name(z), "Europe/Berlin") == 0, "a zone");
	is_int(zone_span(z, utc("2026-07-01")).offset, 7200000, "its rule");
	zone_free(z);
	z = zone_load("America/Argentina/La_Rioja", &e);
	ok(z != NULL, "three words deep");
	zone_free(z);
	z = zone_load("posix/Asia/Tokyo", &e);
	ok(z != NULL, "what is not proposed may be taken");
	zone_free(z);

	refused("Europe/Berlni", "did you mean Europe/Berlin?");
	refused("europe/berlin", "did you mean Europe/Berlin?");
	refused("new york", "did you mean America/New_York?");
	refused("La_Rioja", "did you mean America/Argentina/La_Rioja?");
	refused("Antarctica/Troll", "names are like Europe/Berlin");
	refused("Tokyo", "names are like");
	refused("Europe", "not known");
	refused("", "not known");
	refused("/etc/passwd", "not known");
	refused("../Outside", "not known");
	refused("Europe/../GMT", "not known");
	refused("Europe/.hidden", "not known");
	refused("Europe//Berlin", "not known");
	refused("Europe/", "not known");
	refused("a-name-that-is-too-long-to-be-one-of-a-time-zone-which-have-63-bytes-at-most",
	    "not known");
	refused("Broken", "cannot be used: it is no time zone file");

	setenv("TZDIR", "/nonexistent", 1);
	refused("Europe/Berlin", "there are no zones in /nonexistent; install tzdata");
	z = zone_load("UTC", &e);
	ok(z != NULL, "UTC needs no file");
	zone_free(z);
	return tap_done();
}
